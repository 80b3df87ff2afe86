//! An OpenSMTPD of our own, from Debian's package taken apart (`DOZO_OPENSMTPD` names the folder). Its users, its spool and its
//! sockets stand at fixed places: it sees its own at these, in a mount namespace that ends with it, and the machine sees nothing.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Users of the package, which nobody on this machine has.
const USERS: &str = "opensmtpd:x:60025:60025::/nonexistent:/usr/sbin/nologin\n\
    opensmtpq:x:60026:60026::/nonexistent:/usr/sbin/nologin\n";
const GROUPS: &str = "opensmtpd:x:60025:\nopensmtpq:x:60026:\n";
/// What happens within the namespace: `$1` is the folder, `$2` the program.
const START: &str = "set -e
mount --bind $1/passwd /etc/passwd
mount --bind $1/group /etc/group
for at in /run /var/spool /var/lib; do mount -t tmpfs none $at; done
mkdir -m 711 /var/spool/smtpd
mkdir -p -m 755 /var/lib/opensmtpd/empty
exec $2 -d -f $1/smtpd.conf";

pub struct Opensmtpd {
    child: Child,
    pub port: u16,
    _dir: tempfile::TempDir,
}

impl Opensmtpd {
    /// Starts one that refuses `rejected.example`, defers `deferred.example`, hangs up at `dropped.example` and relays all else to
    /// a port of this machine. None, with a word, where it cannot be.
    pub fn start(hop: u16) -> Option<Opensmtpd> {
        let folder = std::env::var_os("DOZO_OPENSMTPD").map(PathBuf::from);
        let program = folder.map(|folder| folder.join("usr/sbin/smtpd")).filter(|program| program.is_file());
        let alone = Command::new("unshare").args(["--mount", "true"]).output();
        let (Some(program), true) = (program, alone.is_ok_and(|out| out.status.success())) else {
            testkit::skip(
                &testkit::test_name(),
                "needs Debian's OpenSMTPD (`cargo xtask test` fetches it), and root for mounts of its own",
            );
            return None;
        };
        let dir = tempfile::Builder::new().prefix("os-").tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for (name, more) in [("passwd", USERS), ("group", GROUPS)] {
            let known = fs::read_to_string(Path::new("/etc").join(name)).unwrap();
            fs::write(dir.path().join(name), known + more).unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        fs::write(dir.path().join("smtpd.conf"), config(port, hop)).unwrap();
        let mut command = Command::new("unshare");
        command.args(["--mount", "--fork", "--kill-child", "sh", "-c", START, "sh"]);
        command.arg(dir.path()).arg(program);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let server = Opensmtpd { child, port, _dir: dir };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "OpenSMTPD does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(server)
    }
}

impl Drop for Opensmtpd {
    fn drop(&mut self) {
        // The kernel ends what it started with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn config(port: u16, hop: u16) -> String {
    format!(
        "table rejected {{ \"@rejected.example\" }}\n\
         table deferred {{ \"@deferred.example\" }}\n\
         table dropped {{ \"@dropped.example\" }}\n\
         filter \"rejects\" phase rcpt-to match rcpt-to <rejected> reject \"550 5.1.1 nobody of this name\"\n\
         filter \"defers\" phase rcpt-to match rcpt-to <deferred> reject \"451 4.7.1 come back later\"\n\
         filter \"drops\" phase rcpt-to match rcpt-to <dropped> disconnect \"421 4.3.2 going down\"\n\
         filter \"all\" chain {{ \"rejects\", \"defers\", \"drops\" }}\n\
         listen on 127.0.0.1 port {port} hostname relay.test filter \"all\"\n\
         action \"on\" relay host smtp://127.0.0.1:{hop}\n\
         match from any for any action \"on\"\n"
    )
}
