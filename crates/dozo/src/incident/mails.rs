//! `dozo incident inquire`: mails that ask about an incident become cases, as the form's do. For a pipe of the mail server,
//! or files of a mailbox.

use super::kept::Shop;
use crate::up;
use anyhow::{Context, Result};
use domain::{
    CaseId, Locale, PersonId,
    inquiry::{Asker, CaseState, Level, Reach, Via},
};
use inquiry::{rhythm, words};
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{Read, Write},
    path::{Path, PathBuf},
};
use store::{Store, case::Case};
use uuid::Uuid;
use vault_api::{Client, Column, IndexAsk, IndexField, Place, Plain, SealItem};

/// Which mails.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    shop: Shop,
    /// Files, each with one mail or a mailbox; `-` for standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// Takes them in. Nothing is answered to the sender, and nobody can tell from this whether anything is recorded of him.
///
/// # Errors
/// Where a file cannot be read, or vault and database cannot be asked. What was taken in before stays; the same mail is
/// taken once.
pub fn run(options: &Options) -> Result<()> {
    let files = options.files.iter().map(|path| read(path)).collect::<Result<Vec<_>>>()?;
    up::visit::house(&options.shop.data, |store, vault| {
        let (mut taken, mut left) = (0, 0);
        for mail in files.iter().flat_map(|bytes| bounce::mailbox(bytes)) {
            match bounce::written(mail) {
                Some(written) => {
                    keep(store, vault, mail, &written)?;
                    taken += 1;
                }
                // A machine wrote it: a report, an automatic answer, a list.
                None => left += 1,
            }
        }
        Ok(writeln!(std::io::stdout(), "{taken} taken, {left} not written by a person")?)
    })
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let cannot = || format!("cannot read {}", path.display());
    let mut from: Box<dyn Read> = match path.as_os_str() == "-" {
        true => Box::new(std::io::stdin()),
        false => Box::new(File::open(path).with_context(cannot)?),
    };
    let mut bytes = Vec::new();
    from.by_ref().take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).with_context(cannot)?;
    anyhow::ensure!(
        bytes.len() as u64 <= FILE_BYTES_MAX,
        "{} is larger than {FILE_BYTES_MAX} bytes",
        path.display()
    );
    Ok(bytes)
}

/// A file is read whole up to this, in bytes.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// A mail asks the first question, with the one address in its `From`; whatever else it says is for staff to read.
fn keep(store: &Store, vault: &Client, mail: &[u8], written: &bounce::Written) -> Result<()> {
    let now = jiff::Timestamp::now().as_millisecond();
    // The same mail is the same case, however often it is handed over.
    let id = name_of(mail);
    let person = Uuid::now_v7();
    if store.read_blocking(move |tx| store::case::get(tx, CaseId(id)))?.is_some() {
        return Ok(());
    }
    let asked = format!("{}\n\n{}", written.subject, written.text);
    let item = |column, text: &str, index: Option<IndexField>| SealItem {
        place: Place::new(column, id, person),
        plaintext: Plain::new(text),
        create_person: true,
        index: index.map(|field| IndexAsk::new(field, text)).into_iter().collect(),
    };
    let from = written.from.as_deref().filter(|from| domain::person::email(from).is_ok());
    let mut items = vec![item(Column::CaseBody, &words::own(&asked), None)];
    items.extend(from.map(|from| item(Column::CaseMail, from, Some(IndexField::Email))));
    let mut sealed = vault.import_seal(items)?.into_iter();
    let body = sealed.next().context("the vault gave back fewer fields than it got")?;
    let address = sealed.next();
    // Without an address there is nobody to find: staff reads it.
    let state = if address.is_some() { CaseState::Received } else { CaseState::Staff };
    let case = Case {
        id: CaseId(id),
        person: PersonId(person),
        via: Via::Mail,
        asker: Asker::Customer,
        level: Level::Concerned,
        reach: Reach::Mail,
        state,
        locale: language(&asked),
        mail_index: address.as_ref().and_then(|a| Some(a.index.first()?.0.into())),
        mail: address.map(|a| a.sealed.into_bytes().into()),
        name: None,
        phone: None,
        body: body.sealed.into_bytes().into(),
        name_index: None,
        phone_index: None,
        had_card: words::had_card(&asked),
        needs: String::new(),
        topic: None,
        round_at: rhythm::round_of(now),
        received_at: now,
        updated_at: now,
    };
    Ok(store.write_blocking(move |tx| store::case::insert(tx, &case))?)
}

/// What the case of a mail is called: the beginning of its hash.
fn name_of(mail: &[u8]) -> Uuid {
    let hash: [u8; 32] = Sha256::digest(mail).into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// The language of somebody's words: Japanese where any of them is.
fn language(text: &str) -> Locale {
    let kana = |c: char| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}');
    if text.contains(kana) { Locale::Ja } else { Locale::En }
}
