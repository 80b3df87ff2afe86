//! Shopify: the CSV of orders. A row is an item; what concerns the order stands in its first row only.

use super::{
    Kind, Layout, Refused, Word, Words, absent, add_recipient, amount_in, any_of, order, party::Columns,
    required,
};
use crate::{
    cell::Row,
    note::Broken,
    record::{Record, Value},
    table::Header,
};

const NAMED_BY: &[&str] = &["Email", "Billing Name", "Phone", "Billing Phone"];

/// Orders.
pub(super) struct Orders {
    id: usize,
    buyer: Columns,
    /// The telephone number of the account, where the bill names none.
    phone: Option<usize>,
    to: Columns,
    at: usize,
    total: Option<usize>,
    currency: Option<usize>,
    payment: Option<usize>,
    paid: Option<usize>,
    sent: Option<usize>,
    canceled: Option<usize>,
    source: Option<usize>,
}

fn party(header: &Header, prefix: &str) -> Columns {
    let find = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| format!("{prefix} {name}")).collect();
        header.find(&names.iter().map(String::as_str).collect::<Vec<_>>())
    };
    Columns {
        mail: None,
        name: [find(&["Name"]), None],
        kana: [None, None],
        company: find(&["Company"]),
        phone: find(&["Phone"]),
        postcode: find(&["Zip"]),
        address: vec![
            find(&["Province", "Province Name"]),
            find(&["City"]),
            find(&["Address1"]),
            find(&["Address2"]),
        ],
    }
}

impl Orders {
    pub(super) fn is(header: &Header) -> bool {
        header.has(&["Name"])
            && header.has(&["Financial Status", "Lineitem name", "Lineitem quantity"])
            && header.has(&["Created at", "Paid at"])
    }

    pub(super) fn find(header: &Header) -> Result<Orders, Broken> {
        let kind = Kind::Shopify;
        any_of(kind, header, NAMED_BY)?;
        Ok(Orders {
            id: required(kind, header, &["Name"])?,
            buyer: Columns { mail: header.find(&["Email"]), ..party(header, "Billing") },
            phone: header.find(&["Phone"]),
            to: party(header, "Shipping"),
            at: required(kind, header, &["Created at"])?,
            total: header.find(&["Total"]),
            currency: header.find(&["Currency"]),
            payment: header.find(&["Payment Method"]),
            paid: header.find(&["Financial Status"]),
            sent: header.find(&["Fulfillment Status"]),
            canceled: header.find(&["Cancelled at"]),
            source: header.find(&["Source"]),
        })
    }

    fn status(&self, row: &mut Row<'_>, order: &mut Record, words: &mut Words) {
        if row.raw(self.canceled).is_some() {
            order.fields.push(("status".to_owned(), Value::Text("canceled".to_owned())));
            return;
        }
        let sent = row.raw(self.sent) == Some("fulfilled");
        words.put(row, order, "status", self.paid, |name| {
            Some(match name {
                "paid" | "refunded" | "partially_refunded" if sent => Word::Is("completed"),
                "paid" | "refunded" | "partially_refunded" | "partially_paid" | "pending" | "authorized" => {
                    Word::Is("placed")
                }
                "voided" => Word::Is("canceled"),
                "expired" => Word::Is("failed"),
                _ => return None,
            })
        });
    }
}

impl Layout for Orders {
    fn id(&self) -> usize {
        self.id
    }

    fn first(&self, row: &mut Row<'_>, words: &mut Words) -> Result<Vec<Record>, Refused> {
        let mut order = order(row, self.id, self.at)?;
        let mut buyer = self.buyer.read(row);
        if buyer.phone.is_none() {
            buyer.phone = row.phone(self.phone);
        }
        order.person = (!buyer.is_nobody()).then_some(buyer);
        amount_in(row, &mut order, self.total, self.currency);
        words.payment(row, &mut order, self.payment);
        self.status(row, &mut order, words);
        words.put(row, &mut order, "channel", self.source, |name| {
            Some(match name {
                "web" => Word::Is("web"),
                "pos" => Word::Is("store"),
                // Written by the staff, or by another program: it may have come by telephone, mail or a mall.
                _ => Word::Unsaid,
            })
        });
        add_recipient(&mut order, self.to.read(row));
        Ok(vec![order])
    }

    fn more(&self, row: &mut Row<'_>, order: &mut Record) {
        add_recipient(order, self.to.read(row));
    }

    fn lacking(&self) -> Vec<&'static str> {
        absent(&[
            (self.buyer.mail, "Email"),
            (self.payment, "Payment Method"),
            (self.paid, "Financial Status"),
            (self.to.name[0], "Shipping Name"),
        ])
    }
}
