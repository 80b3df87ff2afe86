//! WooCommerce: the CSV of orders as its common exporters write it. The shop system has no such export of its own, so the
//! same thing has several names.

use super::{
    Kind, Layout, Refused, Word, Words, absent, add_recipient, amount_in, any_of, order, party::Columns,
    required,
};
use crate::{
    cell::Row,
    note::Broken,
    record::{Party, Record},
    table::Header,
};

const ORDER_ID: &[&str] = &["order_number", "order_id", "Order Number", "Order ID", "注文番号", "注文 ID"];
const ORDERED_AT: &[&str] = &["date", "order_date", "Order Date", "date_created", "注文日"];
const NAMED_BY: &[&str] = &[
    "billing_email",
    "Email (Billing)",
    "Billing Email Address",
    "Billing: E-mail Address",
    "billing_last_name",
    "Last Name (Billing)",
    "Billing Last Name",
    "Billing: Last Name",
];

/// Orders.
pub(super) struct Orders {
    id: usize,
    member: Option<usize>,
    buyer: Columns,
    to: Columns,
    at: usize,
    total: Option<usize>,
    currency: Option<usize>,
    payment: Option<usize>,
    status: Option<usize>,
}

/// A column of the bill or of the parcel, by each way of writing it.
fn of(header: &Header, side: &str, snake: &str, words: &[&str]) -> Option<usize> {
    let small = side.to_lowercase();
    let mut names = vec![format!("{small}_{snake}"), format!("_{small}_{snake}")];
    for word in words {
        names.extend([format!("{word} ({side})"), format!("{side} {word}"), format!("{side}: {word}")]);
    }
    header.find(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

fn party(header: &Header, side: &str) -> Columns {
    let find = |snake, words: &[&str]| of(header, side, snake, words);
    Columns {
        mail: find("email", &["Email", "Email Address", "E-mail Address"]),
        name: [find("last_name", &["Last Name"]), find("first_name", &["First Name"])],
        kana: [
            find("yomigana_last_name", &["Last Name (Yomigana)"]),
            find("yomigana_first_name", &["First Name (Yomigana)"]),
        ],
        company: find("company", &["Company", "Company Name"]),
        phone: find("phone", &["Phone", "Phone Number"]),
        postcode: find("postcode", &["Postcode", "Zip/Postal Code", "ZIP Code"]),
        address: vec![
            find("state", &["State Code", "State", "State Name"]),
            find("city", &["City"]),
            find("address_1", &["Address 1", "Address 1&2", "Street Address 1", "Address"]),
            find("address_2", &["Address 2", "Street Address 2"]),
        ],
    }
}

impl Orders {
    pub(super) fn is(header: &Header) -> bool {
        header.has(ORDER_ID) && header.has(ORDERED_AT) && header.has(NAMED_BY)
    }

    pub(super) fn find(header: &Header) -> Result<Orders, Broken> {
        let kind = Kind::Woocommerce;
        any_of(kind, header, NAMED_BY)?;
        Ok(Orders {
            id: required(kind, header, ORDER_ID)?,
            member: header.find(&[
                "customer_id",
                "customer_user",
                "Customer User ID",
                "Customer ID",
                "user_id",
            ]),
            buyer: party(header, "Billing"),
            to: party(header, "Shipping"),
            at: required(kind, header, ORDERED_AT)?,
            total: header.find(&["order_total", "Order Total Amount", "Order Total", "total"]),
            currency: header.find(&["currency", "order_currency", "Currency"]),
            payment: header.find(&[
                "payment_method_title",
                "Payment Method Title",
                "payment_method",
                "Payment Method",
            ]),
            status: header.find(&["status", "order_status", "Order Status", "post_status"]),
        })
    }

    fn membership(&self, row: &mut Row<'_>, buyer: &mut Party) {
        buyer.member = row.member(self.member);
        buyer.kind = match (&buyer.member, self.member) {
            (Some(_), _) => Some("member"),
            (None, Some(_)) => Some("guest"),
            (None, None) => None,
        };
    }
}

/// The states of an order, with and without the prefix of the database, and as the Japanese pages call them.
fn status(name: &str) -> Option<Word> {
    let name = name.to_lowercase();
    Some(match name.strip_prefix("wc-").unwrap_or(&name).replace(' ', "-").as_str() {
        "completed" | "refunded" | "完了" | "返金済み" => Word::Is("completed"),
        "processing" | "on-hold" | "pending" | "pending-payment" | "処理中" | "保留中" | "支払い待ち" => {
            Word::Is("placed")
        }
        "cancelled" | "canceled" | "キャンセル" | "キャンセル済み" => Word::Is("canceled"),
        "failed" | "失敗" => Word::Is("failed"),
        "checkout-draft" => Word::Unsaid,
        _ => return None,
    })
}

impl Layout for Orders {
    fn id(&self) -> usize {
        self.id
    }

    fn first(&self, row: &mut Row<'_>, words: &mut Words) -> Result<Vec<Record>, Refused> {
        let mut order = order(row, self.id, self.at)?;
        let mut buyer = self.buyer.read(row);
        self.membership(row, &mut buyer);
        order.person = (!buyer.is_nobody()).then_some(buyer);
        amount_in(row, &mut order, self.total, self.currency);
        words.payment(row, &mut order, self.payment);
        words.put(row, &mut order, "status", self.status, status);
        add_recipient(&mut order, self.to.read(row));
        Ok(vec![order])
    }

    fn more(&self, row: &mut Row<'_>, order: &mut Record) {
        add_recipient(order, self.to.read(row));
    }

    fn lacking(&self) -> Vec<&'static str> {
        absent(&[
            (self.member, "customer_id"),
            (self.buyer.mail, "billing_email"),
            (self.payment, "payment_method_title"),
            (self.status, "status"),
        ])
    }
}
