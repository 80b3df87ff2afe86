//! An authority that vouches for names by itself (ACME): a server that others wrote, on loopback.

use anyhow::{Context, Result, ensure};
use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Another name of the shop, on the same certificate.
pub const ALIAS: &str = "www.shop.localhost";
/// How long it may take to come up.
const UP_WITHIN: Duration = Duration::from_secs(30);

/// The running authority. Ends with the test.
#[derive(Debug)]
pub struct Authority {
    folder: PathBuf,
    port: u16,
    /// Where it looks for proofs, instead of port 80.
    pub proof_port: u16,
    running: Child,
}

impl Authority {
    /// Starts it in a folder of its own, by this Python.
    ///
    /// # Errors
    /// Where it does not come up.
    pub fn start(python: &Path, folder: PathBuf) -> Result<Authority> {
        fs::create_dir_all(&folder)?;
        for (name, subject) in [("ca", "/CN=Test Authority"), ("server", "/CN=localhost")] {
            let made = Command::new("openssl")
                .args([
                    "req",
                    "-x509",
                    "-newkey",
                    "ec",
                    "-pkeyopt",
                    "ec_paramgen_curve:P-256",
                    "-nodes",
                    "-days",
                    "90",
                ])
                .args(["-subj", subject, "-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")])
                .current_dir(&folder)
                .output()
                .context("openssl")?;
            ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        }
        let (port, proof_port) = (free_port()?, free_port()?);
        let log = fs::File::create(folder.join("log"))?;
        let running = Command::new(python)
            .arg(testkit::root().join("e2e/acme/authority.py"))
            .arg(&folder)
            .args([port.to_string(), proof_port.to_string()])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut authority = Authority { folder, port, proof_port, running };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let over = authority.running.try_wait()?.is_some() || began.elapsed() > UP_WITHIN;
            ensure!(!over, "it does not come up: {}", authority.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(authority)
    }

    /// What it has said.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// For how long it vouches from now on.
    ///
    /// # Errors
    /// As the file system says.
    pub fn vouches_for(&self, life: Duration) -> Result<()> {
        Ok(fs::write(self.folder.join("life_s"), life.as_secs().to_string())?)
    }

    /// Advises from now on to renew when so much of a certificate's life is over.
    ///
    /// # Errors
    /// As the file system says.
    pub fn advises_at(&self, percent: u8) -> Result<()> {
        Ok(fs::write(self.folder.join("advice_percent"), percent.to_string())?)
    }

    /// Answers nobody from now on.
    pub fn goes_away(&mut self) {
        let _ = self.running.kill();
        let _ = self.running.wait();
    }

    /// The certificate by which customers believe whom it vouched for.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// The lines about it in a shop's settings.
    pub fn settings(&self) -> String {
        format!(
            "\n[tls]\nhost = \"{}\"\naliases = [\"{ALIAS}\"]\nredirect = \"127.0.0.1:{}\"\nca_file = \"{}\"\n\n[tls.acme]\ndirectory = \"https://127.0.0.1:{}/directory\"\n\
             contact = [\"owner@risudo.example\"]\nterms_agreed = true\nca_file = \"{}\"\n",
            crate::secure::HOST,
            self.proof_port,
            self.certificate().display(),
            self.port,
            self.folder.join("server.pem").display()
        )
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        self.goes_away();
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
