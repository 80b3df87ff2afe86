//! EC-CUBE 4.0 to 4.3: the CSV of orders, of shippings and of customers.
//!
//! The names of the columns are those that the open source project ships as defaults (`dtb_csv`, the same in 4.0, 4.2 and
//! 4.3 as far as they are used here), the numbers of states those of its `OrderStatus` and `CustomerStatus`. Merchants
//! leave out columns and order them as they like. A row is an item; an order has several.

use super::{
    Kind, Layout, Refused, Word, Words, absent, add_recipient, amount, any_of, id_of, order, party::Columns,
    record, required,
};
use crate::{
    cell::Row,
    note::Broken,
    record::{Party, Record},
    table::Header,
};

const ORDER_ID: &[&str] = &["注文ID", "注文番号"];
const MEMBER_ID: &[&str] = &["会員ID"];
const ORDERED_AT: &[&str] = &["受注日"];
/// By any of these somebody can be told.
const NAMED_BY: &[&str] = &["メールアドレス", "TEL", "お名前(姓)", "会員ID"];

/// Whose mail address EC-CUBE has overwritten because he left.
const LEFT_DOMAIN: &str = "@dummy.dummy";

fn party(header: &Header, prefix: &str) -> Columns {
    let find = |name: &str| header.find(&[&format!("{prefix}{name}")]);
    Columns {
        mail: find("メールアドレス"),
        name: [find("お名前(姓)"), find("お名前(名)")],
        kana: [find("お名前(セイ)"), find("お名前(メイ)")],
        company: find("会社名"),
        phone: find("TEL"),
        postcode: find("郵便番号"),
        address: vec![find("都道府県(名称)"), find("住所1"), find("住所2")],
    }
}

/// A member's id makes a member; that there is none where there could be one makes a guest.
fn membership(row: &mut Row<'_>, member: Option<usize>, party: &mut Party) {
    party.member = row.member(member);
    party.kind = match (&party.member, member) {
        (Some(_), _) => Some("member"),
        (None, Some(_)) => Some("guest"),
        (None, None) => None,
    };
    if party.mail.as_ref().is_some_and(|mail| mail.reveal().ends_with(LEFT_DOMAIN)) {
        party.mail = None;
    }
}

/// Orders, an item a row.
pub(super) struct Orders {
    id: usize,
    member: Option<usize>,
    buyer: Columns,
    to: Columns,
    at: usize,
    amount: Option<usize>,
    payment: Option<usize>,
    status: [Option<usize>; 2],
}

impl Orders {
    pub(super) fn is(header: &Header) -> bool {
        header.has(ORDER_ID)
            && header.has(&["受注日", "対応状況(ID)", "対応状況(名称)", "出荷ID", "支払方法(名称)"])
    }

    pub(super) fn find(header: &Header) -> Result<Orders, Broken> {
        let kind = Kind::EccubeOrders;
        any_of(kind, header, NAMED_BY)?;
        Ok(Orders {
            id: required(kind, header, ORDER_ID)?,
            member: header.find(MEMBER_ID),
            buyer: party(header, ""),
            to: party(header, "配送先_"),
            at: required(kind, header, ORDERED_AT)?,
            amount: header.find(&["支払合計", "合計"]),
            payment: header.find(&["支払方法(名称)"]),
            status: [header.find(&["対応状況(ID)"]), header.find(&["対応状況(名称)"])],
        })
    }
}

impl Layout for Orders {
    fn id(&self) -> usize {
        self.id
    }

    fn first(&self, row: &mut Row<'_>, words: &mut Words) -> Result<Vec<Record>, Refused> {
        let mut order = order(row, self.id, self.at)?;
        let mut buyer = self.buyer.read(row);
        membership(row, self.member, &mut buyer);
        order.person = (!buyer.is_nobody()).then_some(buyer);
        amount(row, &mut order, self.amount);
        words.payment(row, &mut order, self.payment);
        let [number, name] = self.status;
        words.put(row, &mut order, "status", number.or(name), status);
        self.more(row, &mut order);
        Ok(vec![order])
    }

    fn more(&self, row: &mut Row<'_>, order: &mut Record) {
        add_recipient(order, self.to.read(row));
    }

    fn lacking(&self) -> Vec<&'static str> {
        let [number, name] = self.status;
        absent(&[
            (self.member, "会員ID"),
            (self.buyer.mail, "メールアドレス"),
            (self.payment, "支払方法(名称)"),
            (number.or(name), "対応状況(ID)"),
            (self.to.name[0], "配送先_お名前(姓)"),
        ])
    }
}

/// New, canceled, in progress, delivered, paid, pending, processing, returned.
fn status(name: &str) -> Option<Word> {
    Some(match name {
        "1" | "新規受付" | "4" | "対応中" | "6" | "入金済み" => Word::Is("placed"),
        "3" | "注文取消し" => Word::Is("canceled"),
        "5" | "発送済み" | "9" | "返品" => Word::Is("completed"),
        // Begun, and nobody can say with what end.
        "7" | "決済処理中" | "8" | "購入処理中" => Word::Unsaid,
        _ => return None,
    })
}

/// Customers, one a row.
pub(super) struct Customers {
    id: usize,
    person: Columns,
    registered: Option<usize>,
    changed: Option<usize>,
    status: [Option<usize>; 2],
}

impl Customers {
    pub(super) fn is(header: &Header) -> bool {
        header.has(MEMBER_ID)
            && !header.has(ORDER_ID)
            && header.has(&["登録日", "会員ステータス(ID)", "会員ステータス(名称)", "メールアドレス"])
    }

    pub(super) fn find(header: &Header) -> Result<Customers, Broken> {
        let kind = Kind::EccubeCustomers;
        any_of(kind, header, NAMED_BY)?;
        Ok(Customers {
            id: required(kind, header, MEMBER_ID)?,
            person: party(header, ""),
            registered: header.find(&["登録日"]),
            changed: header.find(&["更新日"]),
            status: [header.find(&["会員ステータス(ID)"]), header.find(&["会員ステータス(名称)"])],
        })
    }
}

impl Layout for Customers {
    fn id(&self) -> usize {
        self.id
    }

    fn first(&self, row: &mut Row<'_>, _: &mut Words) -> Result<Vec<Record>, Refused> {
        let id = id_of(row, self.id)?;
        let mut person = self.person.read(row);
        membership(row, Some(self.id), &mut person);
        let mut registration = record(row, "registration", id.clone());
        registration.at = row.time(self.registered);
        registration.person = Some(person.clone());
        let [number, name] = self.status;
        if !matches!(row.raw(number.or(name)), Some("3" | "退会")) {
            return Ok(vec![registration]);
        }
        // The file says that he left, not when: after he came, and no later than his record was changed last.
        let mut leave = record(row, "leave", id);
        leave.at = registration.at.clone();
        leave.until = row.time(self.changed).filter(|_| leave.at.is_some());
        leave.at = leave.at.filter(|_| leave.until.is_some());
        leave.person = Some(person);
        Ok(vec![registration, leave])
    }

    fn more(&self, _: &mut Row<'_>, _: &mut Record) {}

    fn lacking(&self) -> Vec<&'static str> {
        absent(&[(self.registered, "登録日"), (self.person.mail, "メールアドレス")])
    }
}
