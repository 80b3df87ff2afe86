//! Both ends on one machine, with somebody behind them who answers as the vault would.

use super::*;
use sha2::{Digest, Sha256};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
    time::Instant,
};
use telemetry::Life;
use vault_api::{Door, Hello, RoleKey};
use wire::{Line, Listener, Pool};

const KEYS: [(Role, u8); 3] = [(Role::Web, 1), (Role::Post, 2), (Role::Watch, 3)];

fn key(byte: u8) -> RoleKey {
    RoleKey::from_bytes([byte; 32])
}

/// The ends, running.
struct Way {
    dir: tempfile::TempDir,
    lives: [Life; 2],
    /// Where the vault's end is called.
    at: std::net::SocketAddr,
    threads: Vec<JoinHandle<anyhow::Result<()>>>,
    /// The papers that were carried over.
    carried: String,
}

impl Way {
    fn open() -> Way {
        let dir = tempfile::tempdir().unwrap();
        let at = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let lives = ["far", "near"].map(|name| Life::of_test(name, dir.path()));
        let (authority, carried) = enrol(jiff::Timestamp::now()).unwrap();
        papers::write_whole(&dir.path().join("authority.pem"), &authority).unwrap();
        papers::write_whole(&dir.path().join("papers.pem"), &carried).unwrap();
        let hash = |byte: u8| Sha256::digest([byte; 32]).into();
        let far = Far {
            listen: at,
            socket: dir.path().join("vault.sock"),
            keys: KEYS.map(|(role, byte)| (role, key(byte))).to_vec(),
            authority: dir.path().join("authority.pem"),
        };
        let near = Near {
            socket: dir.path().join("near.sock"),
            door: Door {
                own_uid: rustix::process::geteuid().as_raw(),
                role_keys: KEYS.map(|(role, byte)| (role, hash(byte + 10))).to_vec(),
                ..Door::default()
            },
            remote: at.to_string(),
            papers: dir.path().join("papers.pem"),
        };
        let [of_far, of_near] = lives.clone();
        let mut threads = vec![std::thread::spawn(move || far.run(&of_far))];
        until("the far end is not there", || std::net::TcpStream::connect(at).is_ok());
        threads.push(std::thread::spawn(move || near.run(&of_near)));
        until("the near end is not there", || dir.path().join("near.sock").exists());
        Way { dir, lives, at, threads, carried: carried.to_string() }
    }

    fn pool(&self, role: Role, shown: u8) -> Pool<Hello> {
        let hello = Hello { role, key: Some(key(shown)) };
        Pool::new(&self.dir.path().join("near.sock"), Some(hello), 1 << 20, Duration::from_secs(5))
    }

    fn papers(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("papers.pem")).unwrap()
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        self.lives.iter().for_each(Life::stop);
        self.threads.drain(..).for_each(|thread| thread.join().unwrap().unwrap());
    }
}

fn until(what: &str, mut so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !so() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Answers each caller with the role that he came in, whether with the right key, and what he said.
fn vault(socket: PathBuf) -> Arc<Listener> {
    let listener = Arc::new(Listener::bind(&socket).unwrap());
    let theirs = Arc::clone(&listener);
    std::thread::spawn(move || {
        while let Ok((stream, _)) = theirs.accept() {
            std::thread::spawn(move || {
                let mut line = Line::new(stream);
                let hello: Hello = line.recv(64).unwrap().unwrap();
                let known = KEYS.iter().any(|(role, byte)| {
                    hello.role == *role && hello.key.as_ref().is_some_and(|k| k.reveal() == &[*byte; 32])
                });
                while let Ok(Some(said)) = line.recv::<Vec<u8>>(1 << 20) {
                    line.send(&(hello.role, known, said)).unwrap();
                }
            });
        }
    });
    listener
}

type Answer = (Role, bool, Vec<u8>);

fn asks(pool: &Pool<Hello>, said: &[u8]) -> Result<Answer, wire::WireError> {
    pool.call::<Vec<u8>, Answer>(&said.to_vec())
}

#[test]
fn each_role_arrives_as_itself_and_nobody_as_another() {
    let way = Way::open();
    let _vault = vault(way.dir.path().join("vault.sock"));
    let long = vec![7; 300_000];
    for (role, byte) in KEYS {
        let pool = way.pool(role, byte + 10);
        for said in [&b"x"[..], b"", &long] {
            assert_eq!(asks(&pool, said).unwrap(), (role, true, said.to_vec()));
        }
    }
    // The vault's keys are not the shop's; web's is not post's; nobody is the owner or the keeper.
    for (role, shown) in [(Role::Web, 1), (Role::Post, 11), (Role::Owner, 11), (Role::Keeper, 11)] {
        assert!(asks(&way.pool(role, shown), b"x").is_err(), "{role:?}");
    }
}

#[test]
fn papers_are_renewed_with_keys_made_here() {
    let keys = |text: &str| -> Vec<[u8; 32]> {
        let begin = "-----BEGIN PRIVATE KEY-----";
        let parts = text.split(begin).skip(1).map(|part| format!("{begin}{part}"));
        parts.map(|part| tls::Key::from_pem(&part).unwrap().public()).collect()
    };
    let way = Way::open();
    let carried = keys(&way.carried);
    assert_eq!(carried.len(), 3);
    until("the papers are not renewed", || keys(&way.papers()).iter().all(|key| !carried.contains(key)));
    let _vault = vault(way.dir.path().join("vault.sock"));
    assert!(asks(&way.pool(Role::Web, 11), b"x").unwrap().1);
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(way.dir.path().join("papers.pem")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn who_was_enrolled_before_is_out() {
    let way = Way::open();
    let _vault = vault(way.dir.path().join("vault.sock"));
    let pool = way.pool(Role::Web, 11);
    asks(&pool, b"x").unwrap();
    let (authority, _) = enrol(jiff::Timestamp::now()).unwrap();
    papers::write_whole(&way.dir.path().join("authority.pem"), &authority).unwrap();
    until("the papers of before still open", || asks(&pool, b"x").is_err());
    assert!(asks(&way.pool(Role::Post, 12), b"x").is_err());
}

#[test]
fn who_proves_nothing_in_time_is_cut_however_busily_he_sends() {
    use std::io::Write;
    let way = Way::open();
    let began = Instant::now();
    let mut slow = std::net::TcpStream::connect(way.at).unwrap();
    // The beginning of a record of a handshake that never ends.
    let mut cut = slow.write_all(&[0x16, 3, 1, 0x20, 0]).is_err();
    while !cut && began.elapsed() < HANDSHAKE * 3 {
        std::thread::sleep(Duration::from_millis(300));
        cut = slow.write_all(&[1]).is_err();
    }
    assert!(cut, "each byte bought more time");
}

#[test]
fn a_vault_that_comes_back_is_reached_again() {
    let way = Way::open();
    let socket = way.dir.path().join("vault.sock");
    let pool = way.pool(Role::Web, 11);
    assert!(asks(&pool, b"x").is_err(), "there is none yet");
    let first = vault(socket.clone());
    asks(&pool, b"x").unwrap();
    let _second = vault(socket);
    asks(&pool, b"x").unwrap();
    drop(first);
}

#[test]
fn broken_papers_are_said_to_be_broken() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("papers.pem");
    let told = |path: &Path| format!("{:#}", Papers::read(path).err().unwrap());
    assert!(told(&path).contains("dozo vault relay enroll"));
    let (_, papers) = enrol(jiff::Timestamp::now()).unwrap();
    let (other, _) = papers.split_at(papers.len() / 2);
    for text in ["", "x", other] {
        std::fs::write(&path, text).unwrap();
        assert!(told(&path).contains("papers of a relay"), "{}", told(&path));
    }
}

#[test]
fn what_the_way_costs_is_far_below_what_a_person_notices() {
    const CALLS: usize = 400;
    let way = Way::open();
    let socket = way.dir.path().join("vault.sock");
    let _vault = vault(socket.clone());
    let direct = Pool::new(
        &socket,
        Some(Hello { role: Role::Web, key: Some(key(1)) }),
        1 << 20,
        Duration::from_secs(5),
    );
    let p50 = |pool: &Pool<Hello>| {
        asks(pool, b"warm").unwrap();
        let mut all: Vec<Duration> = (0..CALLS)
            .map(|_| {
                let began = Instant::now();
                asks(pool, &[7; 200]).unwrap();
                began.elapsed()
            })
            .collect();
        all.sort();
        all[CALLS / 2]
    };
    let (near, through) = (p50(&direct), p50(&way.pool(Role::Web, 11)));
    println!(
        "200 bytes there and back, p50: {near:?} over the socket, {through:?} over both ends of the relay"
    );
    assert!(through < Duration::from_millis(50), "{through:?}");
}
