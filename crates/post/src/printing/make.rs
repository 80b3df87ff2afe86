//! One batch, from the rows in which its addresses stand sealed to the file.

use super::{Config, files::Files};
use crate::{
    campaign::NoticeOpener,
    tongue::{Tongue, say},
};
use ::campaign::letters::{digest, places};
use ::letters::{Address, FILES, Font, Letter, PostingList, Press, Unset};
use desk::paper::Paper;
use domain::{
    Locale,
    letter::BatchEvent,
    person::{Contact, Personal},
};
use store::{
    Store,
    letter::{
        self, Batch,
        each::{self, ToMake},
    },
    notice::Source,
};
use uuid::Uuid;
use vault_api::{NotOpened, NoticeAsk, OpenedNotice, Place, Sealed, UnsealItem};

/// Addresses that are opened at once.
const PART: u32 = 64;

/// What came of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Printed {
    /// Letters in the file.
    pub letters: u32,
    /// Letters that cannot be printed: the batch says of each why.
    pub unfit: u32,
    /// Sheets of paper.
    pub sheets: u32,
}

/// Why a batch cannot be made now. Nothing personal is in it.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// There is no font.
    #[error("no font for letters is installed: take Debian's fonts-noto-cjk or fonts-ipaexfont-mincho")]
    Font,
    /// A text cannot be set.
    #[error("what the letters say cannot be set: {0}")]
    Text(#[from] Unset),
    /// What is written down does not fit.
    #[error("what the letters say is not what was approved")]
    Changed,
    /// The vault does not open them.
    #[error("the vault opens no letters: {0}")]
    Closed(#[from] vault_api::VaultError),
    /// The file cannot be written.
    #[error("the file cannot be written: {0}")]
    Disk(#[from] std::io::Error),
    /// The database fails.
    #[error("the database fails: {0}")]
    Store(#[from] store::Error),
    /// The process stops.
    #[error("the process stops")]
    Stopped,
}

impl Trouble {
    /// As it is stored.
    pub const fn word(&self) -> &'static str {
        match self {
            Trouble::Font => "font",
            Trouble::Text(_) => "text",
            Trouble::Changed => "changed",
            Trouble::Closed(_) => "vault",
            Trouble::Disk(_) => "disk",
            Trouble::Store(_) => "database",
            Trouble::Stopped => "stopped",
        }
    }
}

/// Makes batches.
pub struct Printer<'a> {
    /// The database.
    pub store: &'a Store,
    /// The vault.
    pub opener: &'a dyn NoticeOpener,
    /// Where files go.
    pub config: &'a Config,
    /// The clock, Unix milliseconds.
    pub now_ms: &'a (dyn Fn() -> i64 + Sync),
    /// Whether to stop.
    pub stopping: &'a (dyn Fn() -> bool + Sync),
}

/// A letter, or why there is none.
type Opened = (Uuid, Result<Letter, &'static str>);

impl Printer<'_> {
    /// Makes the files of a batch, and writes down what became of each letter.
    ///
    /// # Errors
    /// Why it cannot be made now; nothing is changed then.
    pub fn make(&self, batch: &Batch) -> Result<Printed, Trouble> {
        let id = batch.id;
        let texts = self.store.read_blocking(move |tx| letter::texts(tx, id))?;
        let papers =
            texts.iter().map(|text| serde_json::from_str::<Paper>(text).ok()).collect::<Option<Vec<_>>>();
        let papers = papers.filter(|_| digest(&texts) == batch.texts).ok_or(Trouble::Changed)?;
        let data = FILES.iter().find_map(|file| std::fs::read(file).ok()).ok_or(Trouble::Font)?;
        let font = Font::read(&data).map_err(|_| Trouble::Font)?;
        let mut press = Press::new(font, self.config.envelope, &papers)?;
        let mut opened = self.open(batch)?;
        // As the post wants them, and as people look for one.
        opened.sort_by_cached_key(|(id, letter)| {
            (letter.as_ref().map(|l| l.address.postcode.reveal().to_owned()).unwrap_or_default(), *id)
        });
        let tongue = Tongue::of(Locale::Ja);
        let mut list = PostingList::new(heads(tongue));
        let mut printed = Printed { letters: 0, unfit: 0, sheets: 0 };
        let mut became = Vec::with_capacity(opened.len());
        for (id, letter) in opened {
            let made = letter.and_then(|mut letter| {
                letter.number = printed.letters + 1;
                let made = press.add(&letter).map_err(|why| why.word())?;
                list.add(&letter, made, &say!(tongue, "letters-bars-yes"));
                Ok((letter.number, made.sheets, made.has_bars))
            });
            match made {
                Ok((_, sheets, _)) => {
                    (printed.letters, printed.sheets) = (printed.letters + 1, printed.sheets + sheets)
                }
                Err(_) => printed.unfit += 1,
            }
            became.push((id, made));
        }
        let pdf = press.finish().map_err(|_| Trouble::Font)?;
        Files::of(&self.config.folder).write(batch.number, [&pdf, &list.finish()])?;
        let now = (self.now_ms)();
        self.store.write_blocking(move |tx| {
            for (letter, made) in &became {
                match made {
                    Ok(made) => each::made(tx, *letter, *made, now)?,
                    Err(why) => each::unfit(tx, *letter, why, now)?,
                }
            }
            letter::step(tx, id, BatchEvent::Finish, None, now)
        })?;
        Ok(printed)
    }

    /// All letters of a batch.
    fn open(&self, batch: &Batch) -> Result<Vec<Opened>, Trouble> {
        let (id, mut after) = (batch.id, None);
        let mut all = Vec::new();
        loop {
            if (self.stopping)() {
                return Err(Trouble::Stopped);
            }
            let part = self.store.read_blocking(move |tx| each::to_make(tx, id, after, PART))?;
            let Some(last) = part.last() else { return Ok(all) };
            after = Some(last.id);
            let opened = self.opener.open(id, batch.texts, part.iter().map(ask).collect())?;
            all.extend(
                part.iter().zip(opened).map(|(to_make, opened)| (to_make.id, letter_of(to_make, opened))),
            );
        }
    }
}

fn ask(l: &ToMake) -> NoticeAsk {
    let (source, row) = l.address;
    let sealed = [Some(&l.postal), l.name.as_ref()].into_iter().flatten();
    let item = |(place, sealed): (Place, &store::Sealed)| UnsealItem {
        place,
        sealed: Sealed::from_bytes(sealed.0.clone()),
    };
    let places = places(source, row, l.person, l.name.is_some());
    NoticeAsk { grant: l.grant.clone(), items: places.into_iter().zip(sealed).map(item).collect() }
}

/// Reads what the vault opened; else a word for why there is no letter.
fn letter_of(l: &ToMake, opened: OpenedNotice) -> Result<Letter, &'static str> {
    let mut fields = opened.opened.into_iter();
    let postal = match fields.next() {
        Some(Ok(postal)) => postal,
        Some(Err(NotOpened::NoKey)) => return Err("erased"),
        Some(Err(NotOpened::Mismatch)) | None => return Err("closed"),
    };
    let address = match l.address.0 {
        Source::Order | Source::Customer => {
            Contact::from_bytes(postal.reveal()).ok().map(|contact| Address::of_contact(&contact))
        }
        Source::Imported => {
            let name = fields.next().and_then(Result::ok);
            let name = name.and_then(|name| name.reveal_text().map(Personal::new)).unwrap_or_default();
            Address::of_record(postal.reveal(), name)
        }
    };
    let text = usize::try_from(l.text).map_err(|_| "closed")?;
    Ok(Letter { number: 0, text, address: address.ok_or("closed")?, code: opened.code.to_text() })
}

fn heads(tongue: &Tongue) -> [String; 7] {
    [
        say!(tongue, "letters-number"),
        say!(tongue, "letters-postcode"),
        say!(tongue, "letters-place"),
        say!(tongue, "letters-company"),
        say!(tongue, "letters-name"),
        say!(tongue, "letters-sheets"),
        say!(tongue, "letters-bars"),
    ]
}
