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
    up::visit::house(&options.shop.data, |store, vault| {
        let (mut taken, mut known, mut left, mut unread) = (0, 0, 0, Vec::new());
        for path in &options.files {
            let bytes = match read(path) {
                Ok(bytes) => bytes,
                // Those behind it are mails of others.
                Err(error) => {
                    unread.push(format!("{error:#}"));
                    continue;
                }
            };
            for mail in bounce::mailbox(&bytes) {
                match bounce::written(mail) {
                    Some(written) if keep(store, vault, mail, &written)? => taken += 1,
                    Some(_) => known += 1,
                    // A machine wrote it: a report, an automatic answer, a list.
                    None => left += 1,
                }
            }
        }
        let known = if known > 0 { format!(", {known} known already") } else { String::new() };
        writeln!(std::io::stdout(), "{taken} taken{known}, {left} not written by a person")?;
        anyhow::ensure!(unread.is_empty(), "{}", unread.join("\n"));
        Ok(())
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
    anyhow::ensure!(
        is_mail(&bytes),
        "{} is no mail: one begins with its header, a mailbox with a line “From ”",
        path.display()
    );
    Ok(bytes)
}

/// Whether it begins with a field of a header (RFC 5322, section 2.2), or as a mailbox does (RFC 4155).
fn is_mail(bytes: &[u8]) -> bool {
    let line = bytes.split(|b| *b == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let name = line.split(|b| *b == b':').next().unwrap_or_default();
    let is_field = name.len() < line.len() && !name.is_empty() && name.iter().all(|b| (33..=126).contains(b));
    is_field || line.starts_with(b"From ")
}

/// A file is read whole up to this, in bytes.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// `false` where it is there already. A mail asks the first question, with the one address in its `From`; whatever else it says is for staff to read.
fn keep(store: &Store, vault: &Client, mail: &[u8], written: &bounce::Written) -> Result<bool> {
    let now = jiff::Timestamp::now().as_millisecond();
    // The same mail is the same case, however often it is handed over.
    let id = name_of(mail);
    let person = Uuid::now_v7();
    if store.read_blocking(move |tx| store::case::get(tx, CaseId(id)))?.is_some() {
        return Ok(false);
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
    store.write_blocking(move |tx| store::case::insert(tx, &case))?;
    Ok(true)
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

#[cfg(test)]
mod tests {
    use super::is_mail;

    #[test]
    fn an_export_is_no_mail() {
        for mail in [
            "From: a@b.example\n\nhello",
            "\r\nReturn-Path: <>\r\n",
            "From a@b.example Thu Nov 26\nTo: b@c.example\n\n",
        ] {
            assert!(is_mail(mail.as_bytes()), "{mail}");
        }
        for other in
            ["", "\n\n", "注文ID,注文日\n1,2026-11-26\n", "id,at\n1,12:30\n", "To whom it may concern:\n"]
        {
            assert!(!is_mail(other.as_bytes()), "{other}");
        }
    }
}
