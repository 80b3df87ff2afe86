//! Our own form, for every system that has no other here: `docs/incident/import.md` describes it.

use super::{
    Kind, Layout, Refused, Words, absent, add_recipient, amount, id_of, party::Columns, record, required,
};
use crate::{
    cell::Row,
    note::{Broken, Reason},
    record::{Record, Value},
    table::Header,
    words::of_vocabulary,
};

/// Fields whose words stand in the file as the vocabulary has them.
const WORDS: [&str; 6] = ["payment", "status", "channel", "means", "step", "outcome"];
/// Fields that are true or false.
const TRUTHS: [&str; 2] = ["signed_in", "new_card"];
/// Fields that name something.
const NAMES: [&str; 4] = ["brand", "last4", "fingerprint", "order"];

/// Events of any kind.
pub(super) struct Events {
    event: usize,
    id: usize,
    at: Option<usize>,
    until: Option<usize>,
    member: Option<usize>,
    person_kind: Option<usize>,
    person: Columns,
    to: Columns,
    amount: Option<usize>,
    words: [Option<usize>; 6],
    truths: [Option<usize>; 2],
    names: [Option<usize>; 4],
}

fn party(header: &Header, prefix: &str) -> Columns {
    let find = |name: &str| header.find(&[&format!("{prefix}{name}")]);
    Columns {
        mail: find("mail"),
        name: [find("name"), None],
        kana: [find("kana"), None],
        company: find("company"),
        phone: find("phone"),
        postcode: find("postcode"),
        address: vec![find("address")],
    }
}

impl Events {
    pub(super) fn is(header: &Header) -> bool {
        header.has(&["event"]) && header.has(&["id"])
    }

    pub(super) fn find(header: &Header) -> Result<Events, Broken> {
        let kind = Kind::Plain;
        let find = |name: &str| header.find(&[name]);
        Ok(Events {
            event: required(kind, header, &["event"])?,
            id: required(kind, header, &["id"])?,
            at: find("at"),
            until: find("until"),
            member: find("member"),
            person_kind: find("kind"),
            person: party(header, ""),
            to: party(header, "to_"),
            amount: find("amount"),
            words: WORDS.map(find),
            truths: TRUTHS.map(find),
            names: NAMES.map(find),
        })
    }

    fn fields(&self, row: &mut Row<'_>, event: &mut Record, words: &mut Words) {
        for (name, column) in WORDS.into_iter().zip(self.words) {
            if name == "payment" {
                words.payment(row, event, column);
            } else {
                words.put(row, event, name, column, |_| None);
            }
        }
        for (name, column) in TRUTHS.into_iter().zip(self.truths) {
            match row.raw(column) {
                Some("true") => event.fields.push((name.to_owned(), Value::Bool(true))),
                Some("false") => event.fields.push((name.to_owned(), Value::Bool(false))),
                Some(_) => row.note(column, Reason::UnknownWord),
                None => {}
            }
        }
        for (name, column) in NAMES.into_iter().zip(self.names) {
            event.fields.extend(row.id(column).map(|text| (name.to_owned(), Value::Text(text))));
        }
        amount(row, event, self.amount);
    }
}

impl Layout for Events {
    fn id(&self) -> usize {
        self.id
    }

    fn also(&self) -> Option<usize> {
        Some(self.event)
    }

    fn first(&self, row: &mut Row<'_>, words: &mut Words) -> Result<Vec<Record>, Refused> {
        let kind = row.raw(Some(self.event)).unwrap_or_default();
        if incident::history::known_kind(kind).is_err() || kind.chars().count() > crate::cell::ID_CHARS_MAX {
            return Err(Refused(Some(self.event), Reason::UnknownEvent));
        }
        let id = id_of(row, self.id)?;
        let mut event = record(row, kind, id);
        event.at = row.rough_time(self.at);
        event.until = row.rough_time(self.until).filter(|_| event.at.is_some());
        let mut person = self.person.read(row);
        person.member = row.member(self.member);
        person.kind = row.raw(self.person_kind).and_then(|word| {
            let known = of_vocabulary("kind", word);
            if known.is_none() {
                row.note(self.person_kind, Reason::UnknownWord);
            }
            known
        });
        event.person = (!person.is_nobody()).then_some(person);
        self.fields(row, &mut event, words);
        add_recipient(&mut event, self.to.read(row));
        Ok(vec![event])
    }

    fn more(&self, row: &mut Row<'_>, event: &mut Record) {
        add_recipient(event, self.to.read(row));
    }

    fn lacking(&self) -> Vec<&'static str> {
        absent(&[(self.at, "at"), (self.payment(), "payment")])
            .into_iter()
            .chain(self.person.names().iter().filter(|(column, _)| column.is_none()).map(|(_, name)| *name))
            .collect()
    }
}

impl Events {
    fn payment(&self) -> Option<usize> {
        self.words[0]
    }
}
