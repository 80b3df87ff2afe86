//! A real vault on a real socket: seal, open, refuse, restart.

#![allow(clippy::unwrap_used)]

use sha2::{Digest, Sha256};
use std::{
    io::Write,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    thread::JoinHandle,
    time::{Duration, Instant},
};
use telemetry::Life;
use uuid::Uuid;
use vault_api::{
    Client, Column, FRAME_BYTES_MAX, Hello, IndexAsk, IndexField, MessageKind, OrderAsk, Place, Plain,
    Purpose, Reason, Request, Response, Role, RoleKey, SealItem, Secret, UnsealItem, VaultError,
};
use wire::Line;

struct Running {
    life: Life,
    thread: JoinHandle<anyhow::Result<()>>,
    socket: PathBuf,
}

impl Running {
    fn start(dir: &Path, peers: Vec<(u32, Role)>) -> Running {
        Running::start_with(dir, |config| config.peers = peers)
    }

    fn start_with(dir: &Path, set: impl FnOnce(&mut vault::Config)) -> Running {
        let socket = dir.join("vault.sock");
        let life = Life::of_test("vault", dir);
        let mut config = vault::Config::new(dir.join("vault"), &socket, "Risudo");
        set(&mut config);
        let thread = std::thread::spawn({
            let life = life.clone();
            move || vault::run(config, life)
        });
        Running { life, thread, socket }
    }

    fn client(&self, role: Role) -> Client {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            match Client::connect(&self.socket, role) {
                Ok(client) => return client,
                Err(e) if Instant::now() > until || self.thread.is_finished() => {
                    panic!("the vault does not come up: {e}")
                }
                Err(_) => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    fn stop(self) {
        self.life.stop();
        self.thread.join().unwrap().unwrap();
        assert!(!self.socket.exists());
    }
}

fn item(place: &Place, text: &str) -> SealItem {
    SealItem { place: *place, plaintext: Plain::new(text), create_person: true, index: Vec::new() }
}

#[test]
fn a_purchase_from_seal_to_mail_and_on_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Running::start(dir.path(), Vec::new());
    let (web, post, owner) = (vault.client(Role::Web), vault.client(Role::Post), vault.client(Role::Owner));

    // A guest buys.
    let (order, person) = (Uuid::new_v4(), Uuid::new_v4());
    let place = Place::new(Column::OrdersEmail, order, person);
    let mut mail = item(&place, "hanako@example.jp");
    mail.index = vec![IndexAsk::new(IndexField::Email, "Hanako@Example.JP")];
    let ask = OrderAsk { order, person, places: vec![place] };
    let mut placed = web.seal_order(None, vec![mail], ask).unwrap();
    let (sealed, grant) = (placed.items.remove(0), placed.grant);
    let cap = grant.guest_cap.unwrap();
    let items = || vec![UnsealItem { place, sealed: sealed.sealed.clone() }];
    let opened = |answer: Result<Vec<Result<Plain, _>>, VaultError>| {
        answer.map(|mut all| all.remove(0).ok().and_then(|plain| plain.reveal_text().map(str::to_owned)))
    };
    let hanako = Ok(Some("hanako@example.jp".to_owned()));
    assert_eq!(opened(web.unseal(&cap, Purpose::OrderPage, items())), hanako);
    assert_eq!(
        opened(web.unseal(&cap, Purpose::StaffOrder, items())),
        Err(VaultError::Denied(Reason::NotCovered))
    );
    let denied = Some(VaultError::Denied(Reason::Role));
    assert_eq!(post.unseal(&cap, Purpose::OrderPage, items()).err(), denied);

    // The mail goes out, staff looks the buyer up.
    let message = Uuid::new_v4();
    let kind = MessageKind::OrderReceived;
    let opened_mail = post.open_message(&grant.message_grant, message, kind, items()).unwrap();
    assert_eq!(opened(Ok(opened_mail.opened)), hanako);
    let link = owner.staff_invite(Uuid::new_v4(), Secret::new("owner")).unwrap();
    let staff = web.staff_redeem(&link).unwrap();
    let found = web.index(&staff, vec![IndexAsk::new(IndexField::Email, "hanako@example.jp")]).unwrap();
    assert_eq!(found, [[sealed.index[0]; 2]]);
    let before = owner.ping().unwrap();
    vault.stop();
    assert_eq!(web.ping().err(), Some(VaultError::Unavailable));

    // The same clients, capabilities and links go on after a restart.
    let vault = Running::start(dir.path(), Vec::new());
    assert_eq!(vault.client(Role::Watch).ping().unwrap().ledger_seq, before.ledger_seq + 1);
    assert_eq!(opened(web.unseal(&staff, Purpose::StaffOrder, items())), hanako);
    assert_eq!(opened(web.unseal(&cap, Purpose::OrderPage, items())), hanako);
    let again = web.redeem_order_link(opened_mail.order_link.as_ref().unwrap()).unwrap();
    assert_eq!((again.order, again.person), (order, person));
    assert_eq!(opened(web.unseal(&again.cap, Purpose::OrderPage, items())), hanako);
    web.revoke(&cap).unwrap();
    let ended = VaultError::Denied(Reason::NoCapability);
    assert_eq!(opened(web.unseal(&cap, Purpose::OrderPage, items())), Err(ended));
    vault.stop();
    let folder = ledger::Folder::reading(dir.path().join("vault/ledger/1"));
    let (reader, mut denials) = (ledger::Reader::open(folder).unwrap(), 0);
    let seen = &mut |_, bytes: &[u8]| {
        assert!(!String::from_utf8_lossy(bytes).contains("hanako"));
        denials += usize::from(ledger::Entry::decode(bytes).unwrap().kind == ledger::Kind::Deny);
        Ok(true)
    };
    reader.entries(0..u64::MAX, seen).unwrap();
    assert_eq!(denials, 3);
}

#[test]
fn a_listed_user_speaks_in_his_roles_only() {
    let dir = tempfile::tempdir().unwrap();
    let me = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(dir.path()).unwrap());
    let vault = Running::start(dir.path(), vec![(me, Role::Watch), (me + 1, Role::Web)]);
    assert!(vault.client(Role::Watch).ping().unwrap().ledger_ok);
    assert_eq!(Client::connect(&vault.socket, Role::Web).err(), Some(VaultError::Unavailable));
    let after = vault.client(Role::Watch).ping().unwrap();
    assert_eq!(after.ledger_seq, 2, "the refused connection is on the ledger");
    vault.stop();
}

#[test]
fn a_room_speaks_in_its_own_role_only() {
    let dir = tempfile::tempdir().unwrap();
    let keys = [(Role::Web, [1; 32]), (Role::Post, [2; 32]), (Role::Owner, [3; 32])];
    let vault = Running::start_with(dir.path(), |config| {
        config.role_keys = keys.map(|(role, key)| (role, Sha256::digest(key).into())).to_vec();
        // Whoever started it; this test is somebody else, even with the owner's key.
        config.owner_pid = Some(1);
    });
    let client = |role, key: [u8; 32]| Client::with_key(&vault.socket, role, Some(RoleKey::from_bytes(key)));
    let until = Instant::now() + Duration::from_secs(20);
    let seq = loop {
        match client(Role::Web, [1; 32]).ping() {
            Ok(health) => break health.ledger_seq,
            Err(e) => assert!(Instant::now() < until, "the vault does not come up: {e}"),
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    client(Role::Post, [2; 32]).ping().unwrap();
    for (role, key) in
        [(Role::Post, [1; 32]), (Role::Owner, [1; 32]), (Role::Owner, [3; 32]), (Role::Watch, [1; 32])]
    {
        assert_eq!(client(role, key).ping().err(), Some(VaultError::Unavailable), "{role:?}");
    }
    assert_eq!(Client::connect(&vault.socket, Role::Web).err(), Some(VaultError::Unavailable), "no key");
    let after = client(Role::Web, [1; 32]).ping().unwrap();
    assert_eq!(after.ledger_seq, seq + 5, "each refused connection is on the ledger");
    vault.stop();
}

#[test]
fn large_batches_from_several_threads() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Running::start(dir.path(), Vec::new());
    let owner = vault.client(Role::Owner);
    std::thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(|| {
                for _ in 0..2 {
                    let place = || Place::new(Column::CustomerContact, Uuid::new_v4(), Uuid::new_v4());
                    let items =
                        (0..1000).map(|_| item(&place(), "a contact of some length, as they are")).collect();
                    assert_eq!(owner.seal(None, items).unwrap().items.len(), 1000);
                }
            });
        }
    });
    vault.stop();
}

#[test]
fn who_asks_in_pieces_or_takes_his_answers_slowly_holds_up_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Running::start(dir.path(), Vec::new());
    let owner = vault.client(Role::Owner);
    let places: Vec<Place> =
        (0..64).map(|_| Place::new(Column::OrderRecipientContact, Uuid::new_v4(), Uuid::new_v4())).collect();
    let web = vault.client(Role::Web);
    let items = places.iter().map(|place| item(place, "a contact of some length, as they are")).collect();
    let ask = OrderAsk { order: Uuid::new_v4(), person: places[0].person, places: places.clone() };
    let placed = web.seal_order(None, items, ask).unwrap();
    let cap = placed.grant.guest_cap.unwrap();
    let fields = || {
        let sealed = placed.items.iter().map(|item| item.sealed.clone());
        places.iter().zip(sealed).map(|(place, sealed)| UnsealItem { place: *place, sealed }).collect()
    };
    let unseal = || Request::Unseal { cap: cap.clone(), purpose: Purpose::OrderPage, items: fields() };

    // Requests of every kind at once, and in two pieces: answered in their order.
    const ROUNDS: usize = 40;
    let mut asked = Line::new(Vec::new());
    asked.send(&Hello { role: Role::Web, key: None }).unwrap();
    for _ in 0..ROUNDS {
        asked.send(&unseal()).unwrap();
        asked.send(&Request::WhoAmI { cap: cap.clone() }).unwrap();
        asked.send(&Request::Ping).unwrap();
    }
    let asked = asked.into_stream();
    // One for each thread that hears callers, whichever it falls to; nobody reads yet.
    let slow: Vec<UnixStream> = (0..4).map(|_| UnixStream::connect(&vault.socket).unwrap()).collect();
    let (done, all_done) = std::sync::mpsc::channel();
    std::thread::scope(|s| {
        for stream in &slow {
            let (done, asked, mut stream) = (done.clone(), &asked, stream.try_clone().unwrap());
            s.spawn(move || {
                let (first, rest) = asked.split_at(asked.len() / 2 + 3);
                stream.write_all(first).unwrap();
                std::thread::sleep(Duration::from_millis(200));
                stream.write_all(rest).unwrap();
                done.send(()).unwrap();
            });
        }
        for _ in 0..20 {
            assert!(web.unseal(&cap, Purpose::OrderPage, fields()).unwrap().iter().all(Result::is_ok));
            owner.ping().unwrap();
        }
        for stream in &slow {
            let mut line = Line::new(stream.try_clone().unwrap());
            for _ in 0..ROUNDS {
                let mut next = || line.recv::<Response>(FRAME_BYTES_MAX).unwrap().unwrap();
                assert!(matches!(next(), Response::Opened(all) if all.iter().all(Result::is_ok)));
                assert!(matches!(next(), Response::Identity(_)));
                assert!(matches!(next(), Response::Health(_)));
            }
        }
    });
    drop(done);
    assert_eq!(all_done.iter().count(), slow.len());

    // Who hangs up in the middle of a request, or of his answers, is forgotten. While the vault
    // has not come to it yet, his place is taken and the next of the same process is sent away.
    let until = Instant::now() + Duration::from_secs(30);
    for _ in 0..300 {
        let hang_up = || UnixStream::connect(&vault.socket)?.write_all(&asked[..asked.len() / 3]);
        while let Err(e) = hang_up() {
            assert!(Instant::now() < until, "who hung up keeps his place: {e}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    assert!(web.unseal(&cap, Purpose::OrderPage, fields()).unwrap().iter().all(Result::is_ok));
    vault.stop();
}
