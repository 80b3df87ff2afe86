//! Walks through the whole vault, without the socket, with a clock and a disk that the test holds.

mod accounts;
mod authenticator;
mod campaigns;
mod crash;
mod envelopes;
mod exports;
mod failing;
mod flood;
mod honey;
mod imports;
mod leaving;
mod ledger;
mod lock_down;
mod mails;
mod orders;
mod passkeys;
mod passkeys_altered;
mod people;
mod records;
mod recovery;
mod root;
mod rotation;
mod sign_ins;
mod state;
mod witness;
pub(crate) mod wycheproof;

use crate::{clock::Clock, config::Config, counters::Counters, house::House};
use ::ledger::{DiskFile, Folder, Reader};
use std::{
    io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};
use telemetry::Life;
use uuid::Uuid;
use vault_api::{
    CapToken, Column, IndexAsk, NotOpened, OrderAsk, OrderGrant, Place, Plain, Purpose, Reason, Request,
    Response, Role, SealItem, Sealed, SealedBatch, SealedOrder, Secret, UnsealItem, VaultError,
};

const START_MS: i64 = 1_800_000_000_000;

/// A vault in a folder of its own.
struct Bench {
    dir: tempfile::TempDir,
    house: Option<House>,
    now: Arc<AtomicI64>,
    disk: Disk,
}

/// What goes wrong with the ledger's disk.
#[derive(Clone, Default)]
struct Disk {
    full: Arc<AtomicBool>,
    sync_fails: Arc<AtomicBool>,
}

/// A folder on a disk that something is wrong with.
struct Layer(Arc<Folder>, Disk);

impl ::ledger::Disk for Layer {
    fn list(&self) -> io::Result<Vec<String>> {
        self.0.list()
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(LayerFile(self.0.open(name)?, self.1.clone())))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(LayerFile(self.0.create(name)?, self.1.clone())))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn sync_names(&self) -> io::Result<()> {
        self.0.sync_names()
    }
}

struct LayerFile(Box<dyn DiskFile>, Disk);

impl DiskFile for LayerFile {
    fn length(&self) -> io::Result<u64> {
        self.0.length()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(offset, buffer)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if self.1.full.load(Ordering::SeqCst) {
            // As a real disk does: some bytes still fit.
            self.0.write_at(offset, &bytes[..bytes.len() / 2])?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0.write_at(offset, bytes)
    }

    fn allocate(&self, offset: u64, length: u64) -> io::Result<()> {
        self.0.allocate(offset, length)
    }

    fn sync_data(&self) -> io::Result<()> {
        if self.1.sync_fails.load(Ordering::SeqCst) {
            return Err(io::Error::from_raw_os_error(5));
        }
        self.0.sync_data()
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data().and(self.0.sync())
    }
}

impl Bench {
    fn new() -> Bench {
        let now = Arc::new(AtomicI64::new(START_MS));
        let mut bench = Bench { dir: tempfile::tempdir().unwrap(), house: None, now, disk: Disk::default() };
        bench.restart();
        bench
    }

    fn restart(&mut self) {
        self.house = None;
        self.house = Some(self.open().unwrap());
    }

    fn open(&self) -> anyhow::Result<House> {
        self.open_with(|_| {})
    }

    fn open_with(&self, set: impl FnOnce(&mut Config)) -> anyhow::Result<House> {
        let mut config = Config::new(self.path("vault"), self.path("s"), "Risudo");
        config.staff_persons_per_hour_max = 3;
        config.staff_lookups_per_hour_max = 3;
        set(&mut config);
        config.origin = Some(authenticator::ORIGIN.into());
        let (now, disk) = (Arc::clone(&self.now), self.disk.clone());
        let clock = Clock::of(move || now.load(Ordering::SeqCst));
        let counters = Counters::new(Life::of_test("vault", self.dir.path()).metrics());
        let layer = |path: &std::path::Path| Ok(Arc::new(Layer(Folder::writing(path)?, disk)) as _);
        House::open_with(&config, clock, counters, layer)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn house(&self) -> &House {
        self.house.as_ref().unwrap()
    }

    fn pass(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::SeqCst);
    }

    fn now_ms(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }

    fn ask(&self, role: Role, request: Request) -> Result<Response, VaultError> {
        match self.house().answer(role, request) {
            Response::Failed(error) => Err(error),
            response => Ok(response),
        }
    }

    fn seal(
        &self,
        role: Role,
        cap: Option<&CapToken>,
        items: Vec<SealItem>,
    ) -> Result<SealedBatch, VaultError> {
        match self.ask(role, Request::Seal { cap: cap.cloned(), items })? {
            Response::Sealed(batch) => Ok(batch),
            _ => panic!("another answer"),
        }
    }

    fn seal_new(&self, place: &Place, text: &str) -> (Sealed, CapToken) {
        let mut batch = self.seal(Role::Web, None, vec![item(place, text)]).unwrap();
        (batch.items.remove(0).sealed, batch.ticket.unwrap())
    }

    fn unseal(&self, cap: &CapToken, purpose: Purpose, items: &[(&Place, &Sealed)]) -> Opened {
        let items = items.iter().map(|(place, sealed)| unseal_item(place, sealed)).collect();
        match self.ask(Role::Web, Request::Unseal { cap: cap.clone(), purpose, items })? {
            Response::Opened(opened) => Ok(opened.into_iter().map(text).collect()),
            _ => panic!("another answer"),
        }
    }

    fn seal_order(
        &self,
        cap: Option<&CapToken>,
        items: Vec<SealItem>,
        order: Uuid,
        places: &[&Place],
    ) -> Result<SealedOrder, VaultError> {
        let places = places.iter().map(|p| **p).collect::<Vec<_>>();
        let order = OrderAsk { order, person: places[0].person, places };
        match self.ask(Role::Web, Request::SealOrder { cap: cap.cloned(), items, order })? {
            Response::OrderSealed(sealed) => Ok(sealed),
            _ => panic!("another answer"),
        }
    }

    /// A customer with an account, signed in.
    fn customer(&self, person: Uuid, mail: &str) -> CapToken {
        let (mail, password) = (Secret::new(mail), Secret::new(PASSWORD));
        let set = Request::CustomerSetPassword { person, mail: mail.clone(), password: password.clone() };
        self.ask(Role::Owner, set).unwrap();
        match self.ask(Role::Web, Request::CustomerSignIn { mail, password }).unwrap() {
            Response::CustomerSignedIn(signed) => signed.cap,
            _ => panic!("another answer"),
        }
    }

    /// A staff member, signed in by an invitation.
    fn staff(&self, staff: Uuid, login: &str) -> CapToken {
        let token =
            match self.ask(Role::Owner, Request::StaffInvite { staff, login: Secret::new(login) }).unwrap() {
                Response::Link(token) => token,
                _ => panic!("another answer"),
            };
        match self.ask(Role::Web, Request::StaffRedeem { token }).unwrap() {
            Response::Cap(cap) => cap,
            _ => panic!("another answer"),
        }
    }

    fn ledger(&self) -> Vec<serde_json::Value> {
        entries(&self.path("vault/ledger/1"))
    }

    /// The last entry: kind and reason.
    fn last_entry(&self) -> (String, String) {
        let ledger = self.ledger();
        let text = |key| ledger.last().unwrap()[key].as_str().unwrap_or_default().to_owned();
        (text("kind"), text("reason"))
    }
}

/// The entries of a log as JSON, with their numbers.
fn entries(log: &std::path::Path) -> Vec<serde_json::Value> {
    let (reader, mut all) = (Reader::open(Folder::reading(log)).unwrap(), Vec::new());
    let seen = &mut |number, bytes: &[u8]| {
        let entry = ::ledger::Entry::decode(bytes).unwrap();
        let mut json = serde_json::to_value(entry).unwrap();
        json["seq"] = u64::into(number);
        all.push(json);
        Ok(true)
    };
    reader.entries(0..u64::MAX, seen).unwrap();
    all
}

type Opened = Result<Vec<Result<String, NotOpened>>, VaultError>;

const PASSWORD: &str = "kuri to kurumi 7";

fn denied<T>(reason: Reason) -> Result<T, VaultError> {
    Err(VaultError::Denied(reason))
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn place(column: &str, row: u128, person: u128) -> Place {
    Place::new(Column::named("orders", column).unwrap(), id(row), id(person))
}

fn item(place: &Place, text: &str) -> SealItem {
    let plaintext = Plain::new(text.as_bytes());
    SealItem { place: *place, plaintext, create_person: true, index: Vec::<IndexAsk>::new() }
}

fn unseal_item(place: &Place, sealed: &Sealed) -> UnsealItem {
    UnsealItem { place: *place, sealed: sealed.clone() }
}

fn text(opened: Result<Plain, NotOpened>) -> Result<String, NotOpened> {
    opened.map(|plain| plain.reveal_text().unwrap().to_owned())
}

fn err<T>(result: Result<T, VaultError>) -> Option<VaultError> {
    result.err()
}
