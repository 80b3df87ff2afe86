//! The forms of exports: which columns each has, and what a row of it means.

mod eccube;
mod party;
mod plain;
mod shopify;
mod woocommerce;

use crate::{
    cell::Row,
    note::{Broken, Reason},
    record::{Party, Record, Value},
    table::Header,
    words::{self, Dictionary},
};
use std::collections::HashSet;

/// What a file is an export of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Orders or shippings of EC-CUBE 4.0 to 4.3: both have the same columns.
    EccubeOrders,
    /// Customers of EC-CUBE 4.0 to 4.3.
    EccubeCustomers,
    /// Orders of Shopify.
    Shopify,
    /// Orders of WooCommerce, by one of its common exporters.
    Woocommerce,
    /// Our own form.
    Plain,
}

impl Kind {
    /// All of them, in the order in which a header is compared.
    pub const ALL: [Kind; 5] =
        [Kind::Plain, Kind::EccubeOrders, Kind::EccubeCustomers, Kind::Shopify, Kind::Woocommerce];

    /// Its name, for the command line.
    pub fn name(self) -> &'static str {
        match self {
            Kind::EccubeOrders => "eccube-orders",
            Kind::EccubeCustomers => "eccube-customers",
            Kind::Shopify => "shopify-orders",
            Kind::Woocommerce => "woocommerce-orders",
            Kind::Plain => "plain",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What the system that it comes from is called where nobody says so.
    pub fn system(self) -> &'static str {
        match self {
            Kind::EccubeOrders | Kind::EccubeCustomers => "eccube",
            Kind::Shopify => "shopify",
            Kind::Woocommerce => "woocommerce",
            Kind::Plain => "other",
        }
    }

    /// What a header looks like.
    pub(crate) fn of(header: &Header) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| match kind {
            Kind::EccubeOrders => eccube::Orders::is(header),
            Kind::EccubeCustomers => eccube::Customers::is(header),
            Kind::Shopify => shopify::Orders::is(header),
            Kind::Woocommerce => woocommerce::Orders::is(header),
            Kind::Plain => plain::Events::is(header),
        })
    }

    /// Finds the columns.
    pub(crate) fn layout(self, header: &Header) -> Result<Box<dyn Layout + Send>, Broken> {
        Ok(match self {
            Kind::EccubeOrders => Box::new(eccube::Orders::find(header)?),
            Kind::EccubeCustomers => Box::new(eccube::Customers::find(header)?),
            Kind::Shopify => Box::new(shopify::Orders::find(header)?),
            Kind::Woocommerce => Box::new(woocommerce::Orders::find(header)?),
            Kind::Plain => Box::new(plain::Events::find(header)?),
        })
    }
}

/// Where the columns of a form are.
pub(crate) trait Layout {
    /// The column that names a row's record; rows one behind the other with the same name are one record.
    fn id(&self) -> usize;

    /// What else must be the same in rows of one record.
    fn also(&self) -> Option<usize> {
        None
    }

    /// The records of a first row; the last of them goes on with the rows that follow.
    fn first(&self, row: &mut Row<'_>, words: &mut Words) -> Result<Vec<Record>, Refused>;

    /// What a further row of the same record adds.
    fn more(&self, row: &mut Row<'_>, record: &mut Record);

    /// Columns that the form has and the file lacks, without which more persons count as concerned.
    fn lacking(&self) -> Vec<&'static str>;
}

/// Why a row is no record: the column, and what is wrong with it.
pub(crate) struct Refused(pub(crate) Option<usize>, pub(crate) Reason);

/// The column, or the first of these names as what is missing.
fn required(kind: Kind, header: &Header, names: &[&'static str]) -> Result<usize, Broken> {
    header.find(names).ok_or_else(|| Broken::Missing { kind: kind.name(), columns: names.to_vec() })
}

/// Whether one of the columns is there.
fn any_of(kind: Kind, header: &Header, names: &[&'static str]) -> Result<(), Broken> {
    required(kind, header, names).map(drop)
}

/// What columns are called for people of a form, where the file lacks them.
fn absent(columns: &[(Option<usize>, &'static str)]) -> Vec<&'static str> {
    columns.iter().filter(|(column, _)| column.is_none()).map(|(_, name)| *name).collect()
}

/// A record of which nothing but its name is known.
fn record(row: &Row<'_>, event: &str, id: String) -> Record {
    Record {
        line: row.line,
        rows: 0,
        event: event.to_owned(),
        id,
        at: None,
        until: None,
        person: None,
        recipients: Vec::new(),
        fields: Vec::new(),
    }
}

/// What a row is called in this column.
fn id_of(row: &mut Row<'_>, column: usize) -> Result<String, Refused> {
    row.id(Some(column)).ok_or(Refused(Some(column), Reason::NoId))
}

/// An order of which nothing but its name and time are known.
fn order(row: &mut Row<'_>, id: usize, at: usize) -> Result<Record, Refused> {
    let id = id_of(row, id)?;
    let mut order = record(row, "order", id);
    order.at = row.time(Some(at));
    Ok(order)
}

/// What was paid, in yen.
fn amount(row: &mut Row<'_>, record: &mut Record, column: Option<usize>) {
    record.fields.extend(row.yen(column).map(|yen| ("amount".to_owned(), Value::Number(yen))));
}

/// The same, where the file says no other currency.
fn amount_in(row: &mut Row<'_>, record: &mut Record, column: Option<usize>, currency: Option<usize>) {
    if row.raw(currency).is_none_or(|currency| currency == "JPY") {
        amount(row, record, column);
    }
}

/// Adds to whom a parcel went, where that is somebody else and not known yet.
fn add_recipient(record: &mut Record, mut to: Party) {
    let known = record.person.iter().chain(&record.recipients).any(|party| party.is_plainly(&to));
    // The same parcel, row by row.
    to.kind = Some("recipient");
    if (!to.is_nobody() || to.unread) && !known && !record.recipients.contains(&to) {
        record.recipients.push(to);
    }
}

/// The names of a file in the words of the vocabulary. Each name that has none is told once.
pub(crate) struct Words {
    pub(crate) own: Dictionary,
    told: HashSet<(&'static str, String)>,
}

/// So many names without a word are remembered.
const TOLD_MAX: usize = 1_000;

impl Words {
    pub(crate) fn new(own: Dictionary) -> Words {
        Words { own, told: HashSet::new() }
    }

    /// Puts the word for what stands in a column into a record; `known` are those of the form.
    fn put(
        &mut self,
        row: &mut Row<'_>,
        record: &mut Record,
        field: &'static str,
        column: Option<usize>,
        known: impl Fn(&str) -> Option<Word>,
    ) {
        let Some(name) = row.text(column) else { return };
        let word = self.own.find(field, name).or_else(|| words::of_vocabulary(field, name)).map(Word::Is);
        match word.or_else(|| known(name)) {
            Some(Word::Is(word)) => record.fields.push((field.to_owned(), Value::Text(word.to_owned()))),
            Some(Word::Unsaid) => {}
            None => {
                let name = (field, words::bare(name));
                if self.told.len() < TOLD_MAX && self.told.insert(name) {
                    row.note(column, Reason::UnknownWord);
                }
            }
        }
    }

    fn payment(&mut self, row: &mut Row<'_>, record: &mut Record, column: Option<usize>) {
        self.put(row, record, "payment", column, |name| words::payment(name).map(Word::Is));
    }
}

/// What a name means.
enum Word {
    /// This.
    Is(&'static str),
    /// Something for which there is no word: it is left unknown, and nobody need be told.
    Unsaid,
}
