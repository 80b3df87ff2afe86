//! Another machine: the ledger's witness (`dozo witness`), or the whole watch (`dozo watch run`), in a folder of its own.

use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// That machine. Ends with the test.
#[derive(Debug)]
pub struct Elsewhere {
    /// Its folder.
    pub dir: PathBuf,
    /// The port at which the shop shows its ledger.
    pub port: u16,
    /// `witness` or `watch`.
    what: &'static str,
    running: Option<Child>,
}

impl Elsewhere {
    /// Sets a witness up. It does not run yet, and knows nothing of the shop but its address.
    pub fn set_up(dir: PathBuf) -> Elsewhere {
        let elsewhere = Elsewhere::with(dir, "witness");
        elsewhere.is_told(&format!("folder = \"kept\"\n{}", elsewhere.way()));
        elsewhere
    }

    /// Sets a watch up; what it watches is said by [`Elsewhere::is_told`].
    pub fn watching(dir: PathBuf) -> Elsewhere {
        Elsewhere::with(dir, "watch")
    }

    fn with(dir: PathBuf, what: &'static str) -> Elsewhere {
        fs::create_dir_all(&dir).expect("a folder can be made");
        Elsewhere { dir, port: free_port(), what, running: None }
    }

    /// The lines about the way to the shop.
    pub fn way(&self) -> String {
        format!(
            "url = \"https://127.0.0.1:{}\"\ncertificate_file = \"shop.crt\"\ntoken_file = \"token\"\nkeys_file = \"shop.keys\"\n",
            self.port
        )
    }

    /// Its configuration.
    pub fn is_told(&self, config: &str) {
        fs::write(self.config(), config).expect("can be written");
    }

    fn config(&self) -> PathBuf {
        self.dir.join(format!("{}.toml", self.what))
    }

    fn dozo(&self, what: &[&str]) -> Command {
        let mut command = Command::new(testkit::binary().expect("the binary is built"));
        command.arg(self.what).args(what).arg("--config").arg(self.config());
        command
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.running.as_ref().expect("it runs").id()
    }

    /// What it has said.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }

    /// Its public key.
    pub fn key(&self) -> String {
        let out = self.dozo(&["key"]).output().expect("it starts");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).expect("a text").trim().to_owned()
    }

    /// Tells a closed shop of it.
    pub fn is_told_to(&self, data: &Path) {
        let settings = fs::read_to_string(data.join("dozo.toml")).expect("the settings are there");
        let ours = format!("\n[witness]\nrelay = \"127.0.0.1:{}\"\nkeys = [\"{}\"]\n", self.port, self.key());
        fs::write(data.join("dozo.toml"), format!("{settings}{ours}")).expect("can be written");
    }

    /// The owner carries certificate, token and keys over.
    pub fn learns_of(&self, data: &Path) {
        let relay = data.join("watch/witness");
        for (from, to) in [
            (relay.join("relay.crt"), "shop.crt"),
            (relay.join("relay.token"), "token"),
            (data.join("vault/ledger/1/keys"), "shop.keys"),
        ] {
            fs::copy(from, self.dir.join(to)).expect("can be carried over");
        }
    }

    /// Starts it.
    pub fn run(&mut self) {
        let log = fs::File::create(self.dir.join("log")).expect("can be written");
        let child = self.dozo(&["run"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        self.running = Some(child.expect("it starts"));
    }

    /// Whether all is well, and what it saw.
    pub fn look(&self) -> (bool, Value) {
        let out = self.dozo(&["look", "--json"]).output().expect("it starts");
        let told = serde_json::from_slice(&out.stdout);
        let told =
            told.unwrap_or_else(|_| panic!("{}\n{}", String::from_utf8_lossy(&out.stderr), self.log()));
        (out.status.success(), told)
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        if let Some(mut child) = self.running.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// What a witness doubts.
pub fn doubts(state: &Value) -> Vec<&str> {
    state["doubts"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it has an address").port()
}
