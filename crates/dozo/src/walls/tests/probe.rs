//! What somebody whose code runs inside a process can try against its walls.

use super::*;
use std::{
    io::ErrorKind,
    net::{TcpListener, TcpStream, UdpSocket},
    os::{
        linux::net::SocketAddrExt,
        unix::{
            net::{SocketAddr, UnixListener, UnixStream},
            process::{CommandExt, ExitStatusExt},
        },
    },
    process::Command,
};
use walls::Unlisted;

/// Says to the test program that it is to be the process of that name.
const PROBE: &str = "DOZO_TEST_PROBE";
/// SIGSYS.
const FORBIDDEN_CALL: i32 = rustix::process::Signal::SYS.as_raw();

/// What `find` says behind the walls of each process, or nothing where the kernel has none. Walls bind the thread
/// that puts them up.
pub fn behind_each_wall(s: &Settings, find: fn(Name, &Settings)) {
    for name in Name::ALL.into_iter().filter(|name| *name != Name::Eyes) {
        let s = s.clone();
        let walled = std::thread::spawn(move || {
            // Refused, so that one thread can try more than one thing.
            let walls = Walls { unlisted: Unlisted::Refused, ..of(name, &s).unwrap() };
            match walls::raise(&walls).unwrap() {
                Standing { files: Files::Enforced, calls: true, .. } => find(name, &s),
                standing => {
                    testkit::skip(&testkit::test_name(), &format!("walls of this kernel: {standing}"))
                }
            }
        });
        walled.join().unwrap();
    }
}

pub fn denied<T>(done: std::io::Result<T>) -> bool {
    done.is_err_and(|e| e.kind() == ErrorKind::PermissionDenied)
}

/// A data folder with everything that a start makes, on ports that are free. It goes with the first value.
fn house() -> (tempfile::TempDir, crate::up::folder::Folder, Settings) {
    let dir = tempfile::tempdir().unwrap();
    let folder = crate::up::folder::Folder::enter(&dir.path().join("data")).unwrap();
    let free = |_| TcpListener::bind("127.0.0.1:0").unwrap();
    let held: Vec<TcpListener> = (0..5).map(free).collect();
    let mut s = Settings::demo(8080);
    let at = |n: usize| held[n].local_addr().unwrap();
    s.listen.shop = at(0);
    (s.listen.pay, s.listen.mail, s.listen.smtp, s.listen.status) = (at(1), at(2), at(3), at(4));
    s.smtp.port = s.listen.smtp.port();
    s.hand_out().unwrap();
    (dir, folder, s)
}

#[test]
fn nothing_is_written_outside_the_own_rooms() {
    let (dir, _folder, s) = house();
    let outside = dir.path().join("outside").to_string_lossy().into_owned();
    std::fs::write(&outside, "").unwrap();
    std::fs::write("run/outside", &outside).unwrap();
    behind_each_wall(&s, |name, _| {
        let mut own = vec![name.word().to_owned(), format!("run/{name}")];
        own.extend(users::opens_the_database(name).then(|| "shop".to_owned()));
        for room in
            ["vault", "shop", "web", "till", "sandbox", "gate", "watch", "post", "mailbox", "run", "logs"]
                .into_iter()
                .map(str::to_owned)
                .chain(Name::ALL.map(|other| format!("run/{other}")))
        {
            let wrote = std::fs::write(format!("{room}/probe"), "x");
            if own.contains(&room) {
                wrote.unwrap_or_else(|e| panic!("{name} in {room}: {e}"));
                // Its own files are data, never programs: see below.
                std::fs::remove_file(format!("{room}/probe")).unwrap();
            } else {
                assert!(denied(wrote), "{name} writes in {room}");
            }
        }
        for path in ["probe", "dozo.toml", "/tmp/probe", "/var/tmp/probe", "/dev/shm/probe", "/etc/probe"] {
            assert!(denied(std::fs::write(path, "x")), "{name} writes {path}");
        }
        let seen = std::fs::read_to_string("run/outside");
        assert!(denied(seen), "{name} reads in run");
        assert!(
            denied(std::fs::read_dir("/home")) && denied(std::fs::read_dir("/proc")),
            "{name} looks around"
        );
        // A way out by a second name: neither made nor followed.
        let own_link = format!("{name}/link");
        assert!(denied(std::os::unix::fs::symlink("/etc/passwd", &own_link)), "{name}: symlink");
        assert!(denied(std::fs::hard_link("run/settings.toml", &own_link)), "{name}: link");
    });
}

#[test]
fn who_has_no_port_has_no_internet_and_who_has_one_has_no_other() {
    let (_dir, _folder, s) = house();
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    // Beside the ports of the house there is one more in the settings: that of health and metrics.
    let status = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut s = Settings { listen: crate::settings::Listen { status, ..s.listen.clone() }, ..s };
    let open = [&mut s.listen.shop, &mut s.listen.pay, &mut s.listen.smtp].map(|at| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        *at = listener.local_addr().unwrap();
        listener
    });
    s.smtp.port = s.listen.smtp.port();
    s.listen.mail = elsewhere.local_addr().unwrap();
    behind_each_wall(&s, |name, s| {
        let walls = of(name, s).unwrap();
        for at in [s.listen.shop, s.listen.pay, s.listen.smtp, s.listen.mail] {
            let done = TcpStream::connect(at);
            if walls.connects.contains(&at.port()) {
                done.unwrap_or_else(|e| panic!("{name} connects to {at}: {e}"));
            } else {
                assert!(denied(done), "{name} connects to {at}");
            }
        }
        assert!(denied(TcpListener::bind(s.listen.status)), "{name} listens on a port that is not its own");
        assert!(denied(TcpListener::bind("127.0.0.1:0")), "{name} listens on any port");
        assert!(denied(UdpSocket::bind("127.0.0.1:0")), "{name} has UDP");
        use rustix::net::{AddressFamily as Family, Protocol, SocketType as Type, socket};
        let mptcp = Protocol::from_raw(std::num::NonZeroU32::new(262).unwrap());
        for (family, kind, protocol) in [
            (Family::NETLINK, Type::RAW, None),
            (Family::PACKET, Type::RAW, None),
            (Family::INET, Type::RAW, Some(rustix::net::ipproto::ICMP)),
            (Family::INET, Type::STREAM, Some(mptcp)),
            (Family::INET6, Type::STREAM, Some(mptcp)),
            (Family::VSOCK, Type::STREAM, None),
            (Family::from_raw(38), Type::SEQPACKET, None),
        ] {
            let got = socket(family, kind, protocol);
            assert_eq!(got.err(), Some(rustix::io::Errno::PERM), "{name}: {family:?} {kind:?} {protocol:?}");
        }
    });
    drop(open);
}

#[test]
fn nobody_reaches_other_processes() {
    let (_dir, _folder, s) = house();
    let parent = rustix::process::getpid().as_raw_nonzero();
    let address = SocketAddr::from_abstract_name(format!("dozo-probe-{parent}")).unwrap();
    let _listener = UnixListener::bind_addr(&address).unwrap();
    behind_each_wall(&s, |name, _| {
        let own = rustix::process::getpid();
        let address = SocketAddr::from_abstract_name(format!("dozo-probe-{}", own.as_raw_nonzero())).unwrap();
        assert!(denied(UnixStream::connect_addr(&address)), "{name} reaches a socket without a file");
        let signal =
            rustix::process::kill_process(rustix::process::getppid().unwrap(), rustix::process::Signal::TERM);
        assert_eq!(signal.err(), Some(rustix::io::Errno::PERM), "{name} sends signals");
        let limit = rustix::process::Rlimit { current: None, maximum: None };
        let core = rustix::process::setrlimit(rustix::process::Resource::Core, limit);
        assert!(core.is_err(), "{name} wants core dumps");
        let dumpable = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::Dumpable);
        assert_eq!(dumpable.err(), Some(rustix::io::Errno::PERM), "{name} opens its memory");
        let caps = rustix::thread::capabilities(None).unwrap();
        assert!(caps.permitted.is_empty() && caps.effective.is_empty(), "{name} has powers of root");
        assert!(denied(Command::new("/bin/true").spawn()), "{name} makes a process");
        std::thread::spawn(|| ()).join().unwrap();
    });
}

/// Their system calls are not filtered, since a browser makes nearly all that there are; files and ports are.
#[test]
fn the_eyes_start_a_browser_and_touch_nothing_of_the_shop() {
    let (_dir, _folder, s) = house();
    let owner = crate::roles::hand_out(crate::house::House::Whole).unwrap();
    std::fs::copy("/bin/true", "eyes/program").unwrap();
    let walled = std::thread::spawn(move || {
        let standing = walls::raise(&of(Name::Eyes, &s).unwrap()).unwrap();
        if standing.files != Files::Enforced {
            return testkit::skip(&testkit::test_name(), &format!("walls of this kernel: {standing}"));
        }
        for file in ["vault/roles.toml", "web/role.key", "watch/role.key", "shop/database.url"] {
            assert!(denied(std::fs::read(file)), "reads {file}");
        }
        for room in
            ["vault", "shop", "web", "till", "gate", "watch", "post", "logs", "run/watch", "/tmp", "."]
        {
            assert!(denied(std::fs::write(format!("{room}/probe"), "x")), "writes in {room}");
        }
        for at in [s.listen.mail, s.listen.smtp, s.listen.status] {
            assert!(denied(TcpStream::connect(at)), "connects to {at}");
        }
        assert!(denied(Command::new("eyes/program").spawn()), "starts what somebody put into its room");
        assert!(denied(Command::new("/usr/bin/env").spawn()), "starts another program");
        let shell = Command::new(eyes::SHELL).args(["-c", "exit 7"]).status().unwrap();
        assert_eq!(shell.code(), Some(7), "the shell that lays the browser's pipes");
    });
    walled.join().unwrap();
    drop(owner);
}

/// Not in a thread: the kernel ends the whole process.
#[test]
fn a_program_is_started_by_nobody() {
    if let Ok(name) = std::env::var(PROBE) {
        let name = Name::ALL.into_iter().find(|n| n.word() == name).unwrap();
        let (_dir, _folder, s) = house();
        // Somebody wrote a program into the room that he may write in.
        let program = format!("{name}/program");
        std::fs::copy("/bin/true", &program).unwrap();
        if raise(name, &s).unwrap().calls {
            let failed = Command::new(&program).exec();
            panic!("{name}: {failed}");
        }
        return;
    }
    if !walls::calls_can_be_filtered() {
        return testkit::skip(&testkit::test_name(), "this kernel does not filter system calls");
    }
    for name in Name::ALL.into_iter().filter(|name| *name != Name::Eyes) {
        let this = std::env::current_exe().unwrap();
        let test = "walls::tests::probe::a_program_is_started_by_nobody";
        let mut probe = Command::new(this);
        let done = probe.args(["--exact", test]).env(PROBE, name.word()).output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        assert_eq!(done.status.signal(), Some(FORBIDDEN_CALL), "{name}: {:?}\n{said}", done.status);
    }
}
