//! Letters: from sealed addresses to the file for the printer, and the file's end.
#![allow(clippy::unwrap_used, reason = "for tests")]

mod common;

use ::campaign::letters::digest;
use common::campaign::{CAMPAIGN, Databases, FakeNotices, both, notice_id, plan};
use desk::{
    Lang,
    paper::{Paper, Part},
};
use domain::{
    letter::{BatchEvent, BatchState, LetterState},
    message::ReturnOutcome,
};
use post::printing::{Config, Printed, Printer, name_of};
use std::{os::unix::fs::PermissionsExt, path::Path, process::Command};
use store::{
    Store,
    letter::{
        self,
        each::{self, About, NewLetter},
    },
    notice::{self, Report, Source, due},
};
use uuid::Uuid;

both!(
    whoever_got_no_mail_is_in_the_file_and_on_the_list,
    made_again_the_letters_keep_their_numbers_and_codes,
    what_was_changed_since_it_was_approved_is_not_made
);

const BATCH: Uuid = Uuid::from_u128(8);

fn paper() -> String {
    let paper = Paper {
        lang: Lang::Ja,
        day: "2026年11月26日".into(),
        sender: vec!["栗鼠堂".into()],
        subject: "お客様の情報についてのお知らせ".into(),
        parts: vec![Part::Paragraph("拝啓　お客様の情報が漏えいした可能性があります。".into())],
        code: "このお知らせの番号".into(),
        check: None,
    };
    serde_json::to_string(&paper).unwrap()
}

/// A batch to whoever's notice came back, to be made.
fn batch(store: &Store, count: usize) {
    batch_of(store, count, digest(&[paper()]));
}

/// The same, approved with texts of this hash.
fn batch_of(store: &Store, count: usize, approved: [u8; 32]) {
    let mails: Vec<String> = (0..count).map(|n| format!("buyer-{n}@example.jp")).collect();
    plan(store, &mails, "{}");
    let report = |n: u8| Report {
        report: [n; 32],
        outcome: ReturnOutcome::Failed,
        reason: "no_mailbox".into(),
        status: None,
        reply: None,
        at: 3,
    };
    let new = |(n, (notice, person)): (usize, (Uuid, Uuid))| NewLetter {
        id: Uuid::from_u128(9_000 + n as u128),
        about: About::Notice(notice),
        person,
        text: 0,
        address: (Source::Imported, Uuid::from_u128(2_000_000 + n as u128)),
        grant: vec![u8::try_from(n).unwrap(); 11],
    };
    store
        .write_blocking(move |tx| {
            for due in due::due(tx, CAMPAIGN, 3, u32::MAX)? {
                due::begin(tx, due.id, due.was, 3)?;
                due::settle(tx, due.id, due.was, true, &due::Outcome::Accepted, 3)?;
            }
            for n in 0..count {
                notice::note_return(tx, notice_id(n), &report(u8::try_from(n).unwrap()))?;
            }
            let needing = each::needing(tx, CAMPAIGN, None, 99)?;
            let letters: Vec<NewLetter> = needing.into_iter().enumerate().map(new).collect();
            letter::begin(tx, (BATCH, Some(CAMPAIGN), approved), &[paper()], None, 4)?;
            each::add(tx, BATCH, &letters, 4)?;
            letter::step(tx, BATCH, BatchEvent::Settle, None, 4)?;
            letter::step(tx, BATCH, BatchEvent::Make, None, 5).map(drop)
        })
        .unwrap();
}

fn make(store: &Store, folder: &Path) -> Result<Printed, String> {
    let config = Config { folder: folder.to_owned(), envelope: letters::Envelope::LONG_3 };
    let now = || 6;
    let printer = Printer { store, opener: &FakeNotices, config: &config, now_ms: &now, stopping: &|| false };
    let batch = store.read_blocking(|tx| letter::get(tx, BATCH)).unwrap().unwrap();
    printer.make(&batch).map_err(|trouble| trouble.word().to_owned())
}

/// Whether what these tests need is on this machine; else they say that they did not run.
fn ready() -> bool {
    let font = letters::FILES.iter().any(|file| Path::new(file).exists());
    let ready = font && Command::new("pdftotext").arg("-h").output().is_ok();
    if !ready {
        testkit::skip(&testkit::test_name(), "install poppler-utils and fonts-noto-cjk");
    }
    ready
}

fn whoever_got_no_mail_is_in_the_file_and_on_the_list(databases: &Databases) {
    if !ready() {
        return;
    }
    let (store, folder) = (databases.store(), databases.folder().join("letters"));
    batch(&store, 5);
    let printed = make(&store, &folder).unwrap();
    assert_eq!(printed, Printed { letters: 4, unfit: 1, sheets: 4 });
    let found = store.read_blocking(|tx| letter::get(tx, BATCH)).unwrap().unwrap();
    assert_eq!((found.state, found.made_at), (BatchState::Made, Some(6)));
    let unfit = store.read_blocking(|tx| each::list(tx, BATCH, Some(LetterState::Unfit), 9)).unwrap();
    assert_eq!(unfit[0].reason.as_deref(), Some("incomplete"), "the one without a postcode");

    let [pdf, list] = name_of(found.number).map(|name| folder.join(name));
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&pdf), mode(&list)), (0o700, 0o600, 0o600));
    let list = std::fs::read_to_string(list).unwrap();
    let lines: Vec<&str> = list.lines().collect();
    assert_eq!(lines.len(), 5, "a line of heads, and one for each envelope");
    assert!(
        lines[1].starts_with("1,1000013,") && lines[4].starts_with("4,3900874,"),
        "by postcode: {lines:?}"
    );
    let text = Command::new("pdftotext").arg("-raw").arg(&pdf).arg("-").output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap().replace([' ', '　'], "");
    assert_eq!((text.matches("山野栗子様").count(), text.matches("〒390-0874").count()), (4, 2));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2, "nothing half-written is left");
}

/// A file that was lost is made again, and says the same.
fn made_again_the_letters_keep_their_numbers_and_codes(databases: &Databases) {
    if !ready() {
        return;
    }
    let (store, folder) = (databases.store(), databases.folder().join("letters"));
    batch(&store, 4);
    make(&store, &folder).unwrap();
    let [pdf, _] = name_of(1).map(|name| folder.join(name));
    let first = std::fs::read(&pdf).unwrap();
    std::fs::remove_file(&pdf).unwrap();
    store.write_blocking(|tx| letter::step(tx, BATCH, BatchEvent::Make, None, 7)).unwrap();
    make(&store, &folder).unwrap();
    assert!(first == std::fs::read(&pdf).unwrap());
}

fn what_was_changed_since_it_was_approved_is_not_made(databases: &Databases) {
    if !ready() {
        return;
    }
    let (store, folder) = (databases.store(), databases.folder().join("letters"));
    batch_of(&store, 2, digest(&["another text".to_owned()]));
    assert_eq!(make(&store, &folder).unwrap_err(), "changed");
    assert!(!folder.exists());
}
