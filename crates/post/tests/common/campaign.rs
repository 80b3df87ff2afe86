//! A campaign in a database of its own, whose addresses are sealed by a stand-in for the vault.

use super::seal;
use domain::{Locale, notice::CampaignEvent};
use post::{
    Address, Schedule,
    campaign::{Carried, Ended, NoticeOpener, Pace, Runner, Sender},
    smtp::{Limits, Server},
};
use std::{
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
};
use store::{
    Sealed, Store,
    campaign::{self, Campaign, Text},
    imported::{self, Event, ImportedFile, Party},
    notice::{self, NewNotice, Source},
};
use tempfile::TempDir;
use uuid::Uuid;
use vault_api::{NoticeAsk, NoticeCode, OpenedNotice, Plain, VaultError};

pub const CAMPAIGN: Uuid = Uuid::from_u128(7);

/// Opens what [`seal`] sealed.
#[derive(Default)]
pub struct FakeNotices;

impl NoticeOpener for FakeNotices {
    fn open(&self, _: Uuid, _: [u8; 32], notices: Vec<NoticeAsk>) -> Result<Vec<OpenedNotice>, VaultError> {
        let open = |ask: NoticeAsk| {
            let mut bytes = ask.grant.iter().copied().cycle();
            let code = NoticeCode::draw(|| Ok::<_, VaultError>(bytes.next().unwrap() % 200))?;
            let fields = ask.items.into_iter().map(|item| Ok(Plain::new(seal(item.sealed.as_bytes()))));
            Ok(OpenedNotice { opened: fields.collect(), code })
        };
        notices.into_iter().map(open).collect()
    }
}

/// Databases of one kind, each of them new.
pub struct Databases {
    folder: TempDir,
    on_postgres: bool,
    next: AtomicU32,
}

impl Databases {
    /// Runs a test on SQLite.
    pub fn sqlite(test: fn(&Databases)) {
        test(&Databases::new(false));
    }

    /// Runs a test on the PostgreSQL server that `DOZO_TEST_POSTGRES` names.
    pub fn postgres(test: fn(&Databases)) {
        if testkit::postgres_url().is_some() {
            test(&Databases::new(true));
        }
    }

    fn new(on_postgres: bool) -> Databases {
        Databases { folder: tempfile::tempdir().unwrap(), on_postgres, next: AtomicU32::new(0) }
    }

    /// A folder for whatever else a test writes.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The address of a new one.
    pub fn url(&self) -> String {
        if self.on_postgres {
            return testkit::postgres_url().unwrap();
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.folder().join(format!("shop-{number}.db")).display().to_string()
    }

    /// A new one.
    pub fn store(&self) -> Store {
        open(&self.url())
    }
}

/// Opens a database by its address.
pub fn open(url: &str) -> Store {
    Store::open(&url.parse().unwrap()).unwrap()
}

/// Each of these tests on SQLite, and on PostgreSQL.
macro_rules! both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $test() { crate::common::campaign::Databases::sqlite(super::$test) })+
        }
        mod postgres {
            $(#[test] fn $test() { crate::common::campaign::Databases::postgres(super::$test) })+
        }
    };
}
pub(crate) use both;

pub fn text() -> Text {
    Text {
        number: 0,
        locale: Locale::Ja,
        subject: "【栗鼠堂】お客様の情報が漏えいした可能性についてのお知らせ".into(),
        body: format!("{} 様\n\n.\nお知らせの番号は {} です。\n", ::campaign::NAME, ::campaign::CODE),
        concerns: "対象：お支払い".into(),
    }
}

/// The id of the notice to the `n`th recipient.
pub fn notice_id(n: usize) -> Uuid {
    Uuid::from_u128(1_000_000 + n as u128)
}

/// The postal address of the `n`th recipient, as it is sealed in an imported record: each fifth has no postcode.
fn postal(n: usize) -> String {
    let postcode = ["3900874", "1000013", "3900874", "1500001", ""][n % 5];
    format!(r#"{{"postcode":"{postcode}","address":["長野県","松本市大手","一丁目{n}番2号"]}}"#)
}

/// A campaign to these mail addresses that is to be sent.
pub fn plan(store: &Store, mails: &[String], pace: &str) {
    let row = |n: usize| Uuid::from_u128(2_000_000 + n as u128);
    let person = |n: usize| Uuid::from_u128(3_000_000 + n as u128);
    let file = ImportedFile {
        id: Uuid::from_u128(1),
        digest: [1; 32],
        system: "eccube".into(),
        kind: "plain".into(),
        bytes: 0,
        rows: 0,
        records: 0,
        refused: 0,
        mended_by: None,
        created_at: 0,
        finished_at: None,
    };
    let event = Event {
        id: Uuid::from_u128(2),
        file: file.id,
        system: "eccube".into(),
        event: "order".into(),
        source_id: "1".into(),
        happened: None,
        until: None,
        fields: "{}".into(),
    };
    let party = |n: usize, mail: &str| Party {
        id: row(n),
        event: event.id,
        position: u32::try_from(n).unwrap(),
        person: person(n),
        kind: None,
        system: "eccube".into(),
        member: None,
        mail: Some(Sealed(seal(mail.as_bytes()))),
        name: Some(Sealed(seal("山野 栗子".as_bytes()))),
        phone: None,
        address: Some(Sealed(seal(postal(n).as_bytes()))),
        mail_index: None,
        name_index: None,
        phone_index: None,
    };
    let parties: Vec<Party> = mails.iter().enumerate().map(|(n, mail)| party(n, mail)).collect();
    let of = |n: usize| NewNotice {
        id: notice_id(n),
        person: person(n),
        text: 0,
        address: Some((Source::Imported, row(n), n.to_be_bytes().to_vec())),
    };
    let notices: Vec<NewNotice> = (0..mails.len()).map(of).collect();
    let texts = ::campaign::digest(&[text()], pace);
    let campaign = Campaign { pace: pace.into(), ..Campaign::planning(CAMPAIGN, "2026-01", texts, 0) };
    store
        .write_blocking(move |tx| -> Result<(), store::Error> {
            imported::begin(tx, &file)?;
            imported::add_event(tx, &event)?;
            parties.iter().try_for_each(|party| imported::add_party(tx, party))?;
            campaign::begin(tx, &campaign, &[text()])?;
            notice::add(tx, CAMPAIGN, &notices, 0)?;
            campaign::step(tx, CAMPAIGN, CampaignEvent::Settle, 1)?;
            campaign::step(tx, CAMPAIGN, CampaignEvent::Send, 2).map(drop)
        })
        .unwrap();
}

pub fn sender(port: u16, lines: usize) -> Sender {
    Sender {
        server: Server { host: "127.0.0.1".into(), port, login: None },
        from: Address::parse("shop@risudo.example").unwrap(),
        name: super::shop().name,
        email: super::shop().email,
        returns: Some(post::Returns::new("bounces@risudo.example", &[7; 32]).unwrap()),
        signer: None,
        lines,
        limits: Limits::default(),
        schedule: Schedule::default(),
    }
}

pub fn found(store: &Store) -> Campaign {
    store.read_blocking(|tx| campaign::get(tx, CAMPAIGN)).unwrap().unwrap()
}

/// One run at this time, until nothing is due.
pub fn run(store: &Store, sender: &Sender, pace: &mut Pace, now_ms: i64) -> Ended {
    let now = move || now_ms;
    run_with(store, sender, pace, &now, &|| false)
}

pub fn run_with(
    store: &Store,
    sender: &Sender,
    pace: &mut Pace,
    now_ms: &(dyn Fn() -> i64 + Sync),
    stopping: &(dyn Fn() -> bool + Sync),
) -> Ended {
    let told = |_: &Carried| {};
    let runner = Runner { store, opener: &FakeNotices, sender, now_ms, stopping, told: &told };
    runner.run(&found(store), pace)
}
