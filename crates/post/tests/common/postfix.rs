//! A Postfix of our own, from Debian's package, that relays for this machine and returns what it cannot deliver.

use post::smtp::Server;
use std::{
    fs,
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

pub struct Postfix {
    master: Child,
    port: u16,
    _dir: tempfile::TempDir,
}

impl Postfix {
    /// Starts one that carries mail for each domain to a port of this machine, and what comes back for
    /// `bounces@risudo.example` to `lmtp`. None, with a word, where it cannot be.
    pub fn start(lmtp: SocketAddr, hops: &[(String, u16)]) -> Option<Postfix> {
        let master = Path::new("/usr/lib/postfix/sbin/master");
        let root = fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0);
        if !master.exists() || !root {
            testkit::skip(
                &testkit::test_name(),
                "needs Debian's package postfix, and root to start one of its own",
            );
            return None;
        }
        let dir = tempfile::Builder::new().prefix("pf-").tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = dir.path().join("etc");
        write(&config, "main.cf", &main(dir.path(), lmtp));
        write(&config, "master.cf", &services(port));
        let line = |(domain, port): &(String, u16)| format!("{domain} smtp:[127.0.0.1]:{port}\n");
        write(&config, "transport", &hops.iter().map(line).collect::<String>());
        write(&config, "rejected", "rejected.example REJECT\n");
        for folder in ["spool", "data"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        let owner = Command::new("chown").arg("postfix").arg(dir.path().join("data")).status().unwrap();
        assert!(owner.success());
        let checked = Command::new("/usr/sbin/postfix").arg("-c").arg(&config).arg("check").output().unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
        let master = Command::new(master)
            .arg("-c")
            .arg(&config)
            .arg("-d")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let postfix = Postfix { master, port, _dir: dir };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "postfix does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(postfix)
    }

    pub fn server(&self) -> Server {
        Server { host: "127.0.0.1".into(), port: self.port, login: None }
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        // It ends its children with it.
        let _ = Command::new("kill").arg(self.master.id().to_string()).status();
        let _ = self.master.wait();
    }
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(name), text).unwrap();
}

fn main(dir: &Path, lmtp: SocketAddr) -> String {
    let path = |name: &str| -> PathBuf { dir.join(name) };
    format!(
        "compatibility_level = 3.6\nqueue_directory = {}\ndata_directory = {}\nmaillog_file = {}\n\
         maillog_file_prefixes = /\nmyhostname = relay.test\nmydestination =\ninet_interfaces = loopback-only\n\
         inet_protocols = ipv4\nmynetworks = 127.0.0.0/8\nrecipient_delimiter = +\nalias_maps =\nalias_database =\n\
         local_recipient_maps =\nvirtual_mailbox_domains = risudo.example\n\
         virtual_mailbox_maps = inline:{{ bounces@risudo.example=x }}\n\
         virtual_transport = lmtp:inet:{lmtp}\ntransport_maps = texthash:{}\n\
         smtpd_recipient_restrictions = check_recipient_access texthash:{}, permit_mynetworks, reject\n\
         delay_warning_time = 2s\nqueue_run_delay = 2s\nminimal_backoff_time = 2s\nmaximal_backoff_time = 2s\n\
         smtputf8_enable = no\n",
        path("spool").display(),
        path("data").display(),
        path("log").display(),
        path("etc/transport").display(),
        path("etc/rejected").display(),
    )
}

fn services(port: u16) -> String {
    let service = |line: &str| format!("{line}\n");
    [
        &format!("127.0.0.1:{port} inet n - n - - smtpd"),
        "pickup unix n - n 60 1 pickup",
        "cleanup unix n - n - 0 cleanup",
        "qmgr unix n - n 300 1 qmgr",
        "rewrite unix - - n - - trivial-rewrite",
        "bounce unix - - n - 0 bounce",
        "defer unix - - n - 0 bounce",
        "trace unix - - n - 0 bounce",
        "verify unix - - n - 1 verify",
        "flush unix n - n 1000? 0 flush",
        "proxymap unix - - n - - proxymap",
        "smtp unix - - n - - smtp",
        "relay unix - - n - - smtp",
        "error unix - - n - - error",
        "retry unix - - n - - error",
        "discard unix - - n - - discard",
        "local unix - n n - - local",
        "virtual unix - n n - - virtual",
        "lmtp unix - - n - - lmtp",
        "anvil unix - - n - 1 anvil",
        "scache unix - - n - 1 scache",
        "postlog unix-dgram n - n - 1 postlogd",
    ]
    .into_iter()
    .map(service)
    .collect()
}
