//! `dozo incident import`: exports of other shop systems become records of the house. Who is named in them is sealed by
//! the vault before anything is written; nothing of a file stands on the disk or in a message in the clear.

mod part;
mod told;

use super::print::Lang;
use crate::{bar::Bar, up};
use ::import::{Dictionary, Import, Item, Kind, Note, Survey, survey};
use anyhow::{Context, Result, ensure};
use part::Part;
use sha2::{Digest, Sha256};
use std::{
    cell::Cell,
    fs::File,
    io::{BufReader, Read},
    path::{Path, PathBuf},
    rc::Rc,
    time::Instant,
};
use store::{
    Store,
    imported::{self, ImportedFile},
};
use told::Told;
use uuid::Uuid;
use vault_api::Client;

/// What `dozo incident import` takes.
#[derive(clap::Args)]
pub struct Options {
    /// Exports: orders and customers of EC-CUBE 4, orders of Shopify and WooCommerce, or our own form
    /// (docs/incident/import.md).
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The folder for keys and data.
    #[arg(long, default_value = "dozo-data")]
    data: PathBuf,
    /// What the files are, where that cannot be told.
    #[arg(long = "as", value_name = "KIND", value_parser = kind)]
    kind: Option<Kind>,
    /// What the system is called that they come from, as `system` of the facts names it.
    #[arg(long, value_parser = system)]
    system: Option<String>,
    /// What a name of the merchant's means: `payment:店頭払い=cash`. Several times.
    #[arg(long = "word", value_name = "FIELD:NAME=WORD")]
    words: Vec<String>,
    /// The beginning of the digest of an imported file whose refused rows are mended in this one.
    #[arg(long)]
    mends: Option<String>,
    /// Read files again that were imported already: what was unknown and is known now is added.
    #[arg(long)]
    again: bool,
    /// The language of what is printed for the eyes.
    #[arg(long, value_enum, default_value = "ja")]
    lang: Lang,
    /// One JSON object a line on standard output.
    #[arg(long)]
    json: bool,
}

fn kind(name: &str) -> Result<Kind, String> {
    let all: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    Kind::named(name).ok_or_else(|| format!("the kinds are {}", all.join(", ")))
}

fn system(name: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let fine = (1..=SYSTEM_CHARS_MAX).contains(&name.len()) && name.chars().all(plain);
    let own = name == recorded::SHOP;
    match (fine, own) {
        (true, false) => Ok(name.to_owned()),
        (true, true) => Err(format!("“{name}” is this shop itself: choose another name")),
        _ => Err(format!("write up to {SYSTEM_CHARS_MAX} letters, digits, -, _ and .")),
    }
}

/// The longest name of a system.
const SYSTEM_CHARS_MAX: usize = 40;

/// A file that was looked at.
struct Looked {
    path: PathBuf,
    name: String,
    survey: Survey,
    digest: [u8; 32],
}

/// Does it.
///
/// # Errors
/// One line that says what is in the way. What was imported until then stays, and the same command goes on.
pub fn run(options: &Options) -> Result<()> {
    let mut words = Dictionary::default();
    for word in &options.words {
        words.add(word).map_err(|e| anyhow::anyhow!("--word {word}: {e}"))?;
    }
    let told = Told { json: options.json, lang: options.lang };
    // All files are looked at before anything of one is taken.
    let looked: Vec<Looked> =
        options.files.iter().map(|path| look(path, options.kind)).collect::<Result<_>>()?;
    looked.iter().try_for_each(|file| told.looked(&file.name, &file.survey, &file.digest))?;
    up::visit::house(&options.data, |store, vault| {
        let mends = options.mends.as_deref().map(|digest| mended(store, digest)).transpose()?;
        for file in &looked {
            let work = Work { options, words: &words, told: &told, store, vault, file };
            work.run(mends.as_ref())?;
        }
        Ok(())
    })
}

fn look(path: &Path, kind: Option<Kind>) -> Result<Looked> {
    let name = path.display().to_string();
    // The process will stand in the shop's folder.
    let path = path.canonicalize().with_context(|| format!("cannot read {name}"))?;
    let file = File::open(&path).with_context(|| format!("cannot read {name}"))?;
    let mut hash = Sha256::new();
    let survey = survey(file, kind, |bytes| hash.update(bytes)).with_context(|| name.clone())?;
    Ok(Looked { path, name, survey, digest: hash.finalize().into() })
}

/// The file whose refused rows another one has.
fn mended(store: &Store, digest: &str) -> Result<ImportedFile> {
    let files = store.read_blocking(imported::files)?;
    let wanted = digest.to_lowercase();
    let mut fitting = files.into_iter().filter(|f| told::hex(&f.digest).starts_with(&wanted));
    match (fitting.next(), fitting.next()) {
        (Some(one), None) if wanted.len() >= 8 => Ok(one),
        (None, _) => anyhow::bail!("--mends: no imported file has a digest that begins so"),
        _ => anyhow::bail!("--mends: write more of the digest, eight digits at least"),
    }
}

/// One file on its way in.
struct Work<'a> {
    options: &'a Options,
    words: &'a Dictionary,
    told: &'a Told,
    store: &'a Store,
    vault: &'a Client,
    file: &'a Looked,
}

impl Work<'_> {
    fn run(&self, mends: Option<&ImportedFile>) -> Result<()> {
        let survey = &self.file.survey;
        let system = self.options.system.clone().unwrap_or_else(|| survey.kind.system().to_owned());
        let file = self.begun(&system)?;
        if file.finished_at.is_some() && !self.options.again {
            return self.told.known(&self.file.name, &file);
        }
        let again = file.finished_at.is_some();
        let read = Rc::new(Cell::new(0));
        let source =
            File::open(&self.file.path).with_context(|| format!("cannot read {}", self.file.name))?;
        let source = BufReader::new(Counted(source, Rc::clone(&read)));
        let mut import =
            Import::open(source, survey, self.words.clone()).with_context(|| self.file.name.clone())?;
        import.skip(if again { 0 } else { file.rows }).with_context(|| self.file.name.clone())?;
        let mut bar = Bar::new(&self.file.name);
        let (begun, before) = (Instant::now(), import.rows());
        let mut part = Part::new(self.store, self.vault, file, again);
        while let Some(item) = import.next_item().with_context(|| self.file.name.clone())? {
            match item {
                Item::Note(note) => {
                    part.note(&note);
                    self.note(&note)?;
                }
                Item::Record(record) => self.notes(part.take(*record)?)?,
            }
            bar.draw(read.get(), survey.bytes, || {
                rate(import.rows(), before, begun, read.get(), survey.bytes)
            });
        }
        let rows = import.rows();
        let (done, refused) = part.end(rows, jiff::Timestamp::now().as_millisecond())?;
        self.notes(refused)?;
        bar.end(|| rate(rows, before, begun, survey.bytes, survey.bytes));
        if let Some(old) = mends.filter(|old| old.id != done.id && done.refused == 0) {
            let (old, by) = (old.id, done.id);
            self.store.write_blocking(move |tx| imported::mend(tx, old, by))?;
        }
        self.told.done(&self.file.name, &done)
    }

    /// The file as the books have it, begun where it is new.
    fn begun(&self, system: &str) -> Result<ImportedFile> {
        let (digest, name) = (self.file.digest, system.to_owned());
        if let Some(file) = self.store.read_blocking(|tx| imported::file(tx, digest, &name))? {
            ensure!(
                file.kind == self.file.survey.kind.name(),
                "{} was begun as {}: say --as {}",
                self.file.name,
                file.kind,
                file.kind
            );
            return Ok(file);
        }
        let file = ImportedFile {
            id: Uuid::now_v7(),
            digest,
            system: system.to_owned(),
            kind: self.file.survey.kind.name().to_owned(),
            bytes: self.file.survey.bytes,
            rows: 0,
            records: 0,
            refused: 0,
            mended_by: None,
            created_at: jiff::Timestamp::now().as_millisecond(),
            finished_at: None,
        };
        let new = file.clone();
        self.store.write_blocking(move |tx| imported::begin(tx, &new))?;
        Ok(file)
    }

    fn note(&self, note: &Note) -> Result<()> {
        self.told.note(&self.file.name, note)
    }

    fn notes(&self, notes: Vec<Note>) -> Result<()> {
        notes.iter().try_for_each(|note| self.note(note))
    }
}

/// A file, and how much of it was read.
struct Counted(File, Rc<Cell<u64>>);

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.read(into)?;
        self.1.set(self.1.get() + count as u64);
        Ok(count)
    }
}

/// How many rows, how fast, and how long it will take.
fn rate(rows: u64, before: u64, begun: Instant, read: u64, bytes: u64) -> String {
    let seconds = begun.elapsed().as_secs_f64().max(0.001);
    let rate = rows.saturating_sub(before) as f64 / seconds;
    let rest = if read == 0 { 0.0 } else { seconds * bytes.saturating_sub(read) as f64 / read as f64 };
    format!("{rows} rows, {rate:.0}/s, {rest:.0} s left")
}
