//! Who was opened, as it is told: in words or as JSON, written as it goes.

use super::{
    Options,
    find::{Found, Opened},
    how::How,
    time,
};
use crate::ledger::typed::Typed;
use anyhow::Result;
use ledger::Reader;
use std::{
    io::{self, Write},
    ops::Range,
    thread,
};
use uuid::Uuid;

/// Openings that are put into words at once, by one thread.
const AT_ONCE: usize = 16_384;

/// How persons and their openings are written.
trait Form: Sync {
    /// Between two persons.
    const BETWEEN: &'static str;

    fn person(&self, out: &mut Vec<u8>, person: &str, openings: &[Opened], days: &mut time::Days);
}

impl Found {
    pub(super) fn write_json(
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
            "count": self.persons(), "mails_to_nobody": self.nobodys,
        });
        write!(out, "{},\"persons\":[", head.to_string().trim_end_matches('}'))?;
        self.write(out, &Json(self.hows.iter().map(serde_json::to_string).collect::<Result<_, _>>()?))?;
        match typed {
            None => writeln!(out, "]}}")?,
            Some(typed) => writeln!(out, "],\"typed\":{}}}", serde_json::to_string(typed)?)?,
        }
        Ok(())
    }

    pub(super) fn write_text(
        &self,
        out: &mut impl Write,
        options: &Options,
        range: Range<u64>,
    ) -> Result<()> {
        let (from, to) = (time::shown(options.from), time::shown(options.to));
        writeln!(
            out,
            "{} persons were opened from {from} to {to} ({} entries).",
            self.persons(),
            range.end - range.start
        )?;
        if self.nobodys > 0 {
            writeln!(out, "{} mails went to addresses that have no account.", self.nobodys)?;
        }
        Ok(self.write(out, &Words(self.hows.iter().map(How::words).collect()))?)
    }

    /// How many there are.
    fn persons(&self) -> usize {
        self.openings.chunk_by(same).count()
    }

    /// Writes all persons. While some are written the next ones are put into words, by all processors.
    fn write<F: Form>(&self, out: &mut impl Write, form: &F) -> io::Result<()> {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let (mut rest, mut ready) = (&self.openings[..], Vec::new());
        while !rest.is_empty() || !ready.is_empty() {
            ready = thread::scope(|s| {
                let running: Vec<_> =
                    (0..threads).map(|_| take(&mut rest)).map(|some| s.spawn(|| words(form, some))).collect();
                ready.iter().try_for_each(|words: &Vec<u8>| out.write_all(words))?;
                let words = running.into_iter().map(|words| words.join());
                words.collect::<Result<Vec<_>, _>>().map_err(|_| io::Error::other("a writer panicked"))
            })?;
            ready.retain(|words| !words.is_empty());
            let last = ready.last_mut().filter(|_| rest.is_empty());
            last.into_iter().for_each(|last| last.truncate(last.len() - F::BETWEEN.len()));
        }
        Ok(())
    }
}

fn same(one: &Opened, other: &Opened) -> bool {
    one.person == other.person
}

/// The next openings, those of the last person all of them.
fn take<'o>(rest: &mut &'o [Opened]) -> &'o [Opened] {
    let mut end = rest.len().min(AT_ONCE);
    if let Some(last) = end.checked_sub(1).map(|last| rest[last].person) {
        end = rest.partition_point(|opening| opening.person <= last);
    }
    let (some, behind) = rest.split_at(end);
    *rest = behind;
    some
}

fn words<F: Form>(form: &F, openings: &[Opened]) -> Vec<u8> {
    let (mut out, mut days) = (Vec::new(), time::Days::default());
    for his in openings.chunk_by(same) {
        let mut name = Uuid::encode_buffer();
        form.person(&mut out, his[0].person.hyphenated().encode_lower(&mut name), his, &mut days);
        out.extend_from_slice(F::BETWEEN.as_bytes());
    }
    out
}

/// Holds every [`How`] as JSON.
struct Json(Vec<String>);

impl Form for Json {
    const BETWEEN: &'static str = ",";

    fn person(&self, out: &mut Vec<u8>, person: &str, openings: &[Opened], days: &mut time::Days) {
        put(out, &["{\"person\":\"", person, "\",\"openings\":["]);
        for (at, opening) in openings.iter().enumerate() {
            put(out, &[if at > 0 { "," } else { "" }, "{\"entry\":"]);
            decimal(out, opening.number);
            put(out, &[",\"time\":\""]);
            days.put(out, opening.at_ms);
            put(out, &["\",", &self.0[opening.how as usize][1..]]);
        }
        put(out, &["]}"]);
    }
}

/// Holds every [`How`] in words.
struct Words(Vec<String>);

impl Form for Words {
    const BETWEEN: &'static str = "";

    fn person(&self, out: &mut Vec<u8>, person: &str, openings: &[Opened], days: &mut time::Days) {
        put(out, &[person, "\n"]);
        for opening in openings {
            put(out, &["  "]);
            decimal(out, opening.number);
            put(out, &["  "]);
            days.put(out, opening.at_ms);
            put(out, &["  ", &self.0[opening.how as usize], "\n"]);
        }
    }
}

fn put(out: &mut Vec<u8>, texts: &[&str]) {
    texts.iter().for_each(|text| out.extend_from_slice(text.as_bytes()));
}

fn decimal(out: &mut Vec<u8>, number: u64) {
    // A vector takes every byte.
    let _ = write!(out, "{number}");
}
