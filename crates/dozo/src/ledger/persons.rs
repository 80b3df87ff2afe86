//! `dozo ledger persons`: of whom something was opened in a window of time, by whom, and what for.

use super::{
    time,
    typed::{self, Typed},
};
use anyhow::{Result, ensure};
use ledger::{Entry, Numbered, Reader, Word, hex};
use serde::Serialize;
use std::{
    collections::{BTreeMap, HashMap},
    io::{self, BufWriter, Write},
    ops::Range,
    thread,
};
use uuid::Uuid;

#[derive(clap::Args)]
pub(super) struct Options {
    /// The beginning of the window: RFC 3339, or a day or minute in Japan.
    #[arg(long, value_parser = time::parse)]
    pub(super) from: i64,
    /// Its end, which is not part of it.
    #[arg(long, value_parser = time::parse)]
    pub(super) to: i64,
    /// Only this person.
    #[arg(long)]
    person: Option<Uuid>,
    /// Also who typed something himself, by the ledger, the gate's journal and the database: what code inside `web` would
    /// have seen without opening anything.
    #[arg(long, conflicts_with = "person")]
    typed: bool,
}

/// What the openings of one person have in common with many others: kept once.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
struct How {
    kind: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<Word>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Word>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<Word>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cap: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    staff: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Word>,
}

/// One opening: the entry's number, its time, and which [`How`].
type Opening = (u64, i64, u32);

/// Who was opened, and how.
#[derive(Default)]
struct Found {
    persons: BTreeMap<Uuid, Vec<Opening>>,
    hows: Vec<How>,
    numbers: HashMap<How, u32>,
    /// Mails to addresses that have no account.
    nobodys: u64,
}

pub(super) fn run(all: &super::Options, options: &Options) -> Result<()> {
    ensure!(options.from < options.to, "the window ends before it begins");
    let reader = all.reader()?;
    let number = |time_ms: i64| reader.first_at(u64::try_from(time_ms).unwrap_or(0));
    let range = number(options.from)?..number(options.to)?;
    let found = find(&reader, range.clone(), options.person)?;
    let typed = options.typed.then(|| typed::find(&reader, range.clone(), &all.data, options)).transpose()?;
    let out = &mut BufWriter::new(io::stdout().lock());
    if all.json {
        found.write_json(out, &reader, options, range, typed.as_ref())?;
    } else {
        found.write_text(out, options, range)?;
        write!(out, "{}", typed.map_or_else(String::new, |typed| typed.words()))?;
    }
    Ok(out.flush()?)
}

fn find(reader: &Reader, range: Range<u64>, person: Option<Uuid>) -> io::Result<Found> {
    let part = |range: Range<u64>| {
        let mut found = Found::default();
        let mut seen = |opening: Numbered| {
            found.add(&opening, person);
            Ok(())
        };
        match person {
            Some(person) => reader.openings_of(person, range, &mut seen)?,
            None => reader.openings(range, &mut seen)?,
        }
        Ok(found)
    };
    if person.is_some() || range.is_empty() {
        return part(range);
    }
    // A large window is read by as many as the machine has processors, one behind the other's part.
    let parts = thread::available_parallelism().map_or(1, usize::from) as u64;
    let step = (range.end - range.start).div_ceil(parts);
    thread::scope(|s| {
        let starts = range.clone().step_by(usize::try_from(step).map_err(io::Error::other)?);
        let running: Vec<_> =
            starts.map(|from| s.spawn(move || part(from..range.end.min(from + step)))).collect();
        let mut found = Found::default();
        for part in running {
            found.append(part.join().map_err(|_| io::Error::other("a reader of the ledger panicked"))??);
        }
        Ok(found)
    })
}

impl Found {
    fn add(&mut self, Numbered { number, entry }: &Numbered, only: Option<Uuid>) {
        let opened = entry.opened();
        self.nobodys += u64::from(opened.is_empty());
        for (person, fields) in opened {
            if only.is_none_or(|only| only == person) {
                let how = self.number(How::of(entry, fields));
                self.persons.entry(person).or_default().push((*number, entry.at_ms, how));
            }
        }
    }

    /// Adds what was found behind all of this.
    fn append(&mut self, later: Found) {
        let hows: Vec<u32> = later.hows.into_iter().map(|how| self.number(how)).collect();
        self.nobodys += later.nobodys;
        for (person, openings) in later.persons {
            let openings =
                openings.into_iter().map(|(number, time_ms, how)| (number, time_ms, hows[how as usize]));
            self.persons.entry(person).or_default().extend(openings);
        }
    }

    /// The number of a [`How`], which it is given the first time.
    fn number(&mut self, how: How) -> u32 {
        let next = self.hows.len() as u32;
        *self.numbers.entry(how).or_insert_with_key(|how| {
            self.hows.push(how.clone());
            next
        })
    }

    fn write_json(
        &self,
        out: &mut impl Write,
        reader: &Reader,
        options: &Options,
        range: Range<u64>,
        typed: Option<&Typed>,
    ) -> Result<()> {
        let log = reader.keys()?.and_then(|keys| Some(keys.first()?.name().to_owned()));
        let (from, to) = (time::shown(options.from), time::shown(options.to));
        let head = serde_json::json!({
            "log": log, "from": from, "to": to, "first_entry": range.start, "end_entry": range.end,
            "count": self.persons.len(), "mails_to_nobody": self.nobodys,
        });
        let hows = self.hows.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
        // Written as it goes: a window may hold very many.
        write!(out, "{},\"persons\":[", head.to_string().trim_end_matches('}'))?;
        for (at, (person, openings)) in self.persons.iter().enumerate() {
            write!(out, "{}{{\"person\":\"{person}\",\"openings\":[", if at > 0 { "," } else { "" })?;
            for (at, (number, time_ms, how)) in openings.iter().enumerate() {
                let comma = if at > 0 { "," } else { "" };
                write!(
                    out,
                    "{comma}{{\"entry\":{number},\"time\":\"{}\",{}",
                    time::shown(*time_ms),
                    &hows[*how as usize][1..]
                )?;
            }
            write!(out, "]}}")?;
        }
        match typed {
            None => writeln!(out, "]}}")?,
            Some(typed) => writeln!(out, "],\"typed\":{}}}", serde_json::to_string(typed)?)?,
        }
        Ok(())
    }

    fn write_text(&self, out: &mut impl Write, options: &Options, range: Range<u64>) -> Result<()> {
        let (from, to) = (time::shown(options.from), time::shown(options.to));
        writeln!(
            out,
            "{} persons were opened from {from} to {to} ({} entries).",
            self.persons.len(),
            range.end - range.start
        )?;
        if self.nobodys > 0 {
            writeln!(out, "{} mails went to addresses that have no account.", self.nobodys)?;
        }
        let hows: Vec<String> = self.hows.iter().map(How::words).collect();
        for (person, openings) in &self.persons {
            writeln!(out, "{person}")?;
            for (number, time_ms, how) in openings {
                writeln!(out, "  {number}  {}  {}", time::shown(*time_ms), hows[*how as usize])?;
            }
        }
        Ok(())
    }
}

impl How {
    fn of(entry: &Entry, fields: Vec<&str>) -> How {
        How {
            kind: if entry.kind == ledger::Kind::Honeytoken { "honeytoken" } else { "unseal" },
            fields: fields.into_iter().map(str::to_owned).collect(),
            asked: entry.asked.clone(),
            role: entry.role.clone(),
            purpose: entry.purpose.clone(),
            cap: entry.cap.map(|cap| hex(&cap)),
            staff: entry.staff,
            message: entry.message,
            reason: entry.reason.clone(),
        }
    }

    fn words(&self) -> String {
        let fields =
            if self.fields.is_empty() { "address of an account".into() } else { self.fields.join(", ") };
        let mut text = format!(
            "{fields}; {} for {}",
            self.role.as_deref().unwrap_or("-"),
            self.purpose.as_deref().unwrap_or("-")
        );
        for (name, value) in [
            ("capability", self.cap.clone()),
            ("staff", self.staff.map(|id| id.to_string())),
            ("message", self.message.map(|id| id.to_string())),
            ("reason", self.reason.as_ref().map(ToString::to_string)),
        ] {
            if let Some(value) = value {
                text += &format!("; {name} {value}");
            }
        }
        text
    }
}
