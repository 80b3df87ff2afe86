//! Three years of the demo shop: who bought what, for whom, and how it was paid. Made from a fixed seed.
//!
//! It holds what a desk must tell apart on the worst day: guests and customers, gifts to others, a changed mail
//! address, several cards of one person, failed cards, payments left half-way, and carts that never became orders.

use crate::{
    chance::Chance,
    people::{Names, Someone, address, mail_address},
};
use domain::{
    OrderId, PersonId, VariantId, Yen,
    cart::{self, Line, Parcel, Quote},
    delivery::TimeSlot,
    noshi::{Noshi, Wrapping},
    payment::PaymentMethod,
    person::{Contact, GiftWords, Personal},
    shipping::{Region, Tariff},
    tax::TaxClass,
};

/// Past customers with an account.
pub const CUSTOMERS: usize = 2_000;
/// Past orders.
pub const ORDERS: usize = 6_000;
/// Carts that were filled, seen and left.
pub const LEFT_CARTS: usize = 900;
/// The length of the history, in days.
const DAYS: i64 = 3 * 365;
pub(crate) const DAY_MS: i64 = 86_400_000;
/// Names and readings of [`crate::CUSTOMERS`], to go with their addresses.
const SIGNERS: [(&str, &str); crate::CUSTOMERS.len()] = [
    ("栗原 花子", "クリハラ ハナコ"),
    ("胡桃沢 太郎", "クルミザワ タロウ"),
    ("榛名 さくら", "ハルナ サクラ"),
];
/// Every so manieth customer is a regular.
const REGULAR_EVERY: usize = 50;
/// Honeytokens have ordered longer ago than this, in days, and every so manieth of them is one.
const HONEY_DAYS: i64 = 430;
const HONEY_EVERY: usize = 40;
/// Orders younger than this are still to be sent.
pub(crate) const OPEN_DAYS: i64 = 2;
const SEED: u64 = 0x1921_0401;

/// What the shop sells, as far as the history needs to know it.
#[derive(Clone, Copy)]
pub struct Goods {
    /// The variant.
    pub variant: VariantId,
    /// Its price now; the history knows no other.
    pub price: Yen,
    /// Its tax class.
    pub tax: TaxClass,
    /// Whether it must be kept cool.
    pub cool: bool,
    /// Pieces in stock today.
    pub on_hand: u32,
}

/// A past customer with an account.
pub struct PastCustomer {
    /// The person in the vault.
    pub id: PersonId,
    /// As registered today.
    pub someone: Someone,
    /// Unix milliseconds.
    pub registered_at_ms: i64,
    /// The address before a change, and when it changed.
    old_email: Option<(Personal, i64)>,
    cards: Vec<PastCard>,
}

/// What the processor gave back of a card.
#[derive(Clone)]
pub struct PastCard {
    /// The processor's word.
    pub brand: &'static str,
    /// Last four digits.
    pub last4: String,
    /// The processor's fingerprint.
    pub fingerprint: String,
}

/// How a past order ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Paid, sent and arrived.
    Delivered,
    /// Due on delivery, not sent yet.
    Open,
    /// Canceled by staff; what was paid was given back.
    Canceled,
    /// The buyer left the processor's page.
    Abandoned,
    /// The card was refused, and no other tried.
    Declined,
}

/// One recipient of a past order.
pub struct PastRecipient {
    /// The person in the vault; the orderer himself where nothing is sent to another.
    pub person: PersonId,
    /// Where to.
    pub contact: Contact,
    /// Message and name on the noshi.
    pub words: GiftWords,
    /// The noshi.
    pub noshi: Noshi,
    /// The wrapping.
    pub wrapping: Wrapping,
    /// The time of day wished for.
    pub slot: TimeSlot,
}

/// A past order.
pub struct PastOrder {
    /// Its id.
    pub id: OrderId,
    /// Who ordered.
    pub person: PersonId,
    /// The same person, where he was signed in.
    pub customer: Option<PersonId>,
    /// Name, address and mail as given at that order.
    pub orderer: Someone,
    /// Unix milliseconds.
    pub placed_at_ms: i64,
    /// How it was paid.
    pub method: PaymentMethod,
    /// Who gets what.
    pub recipients: Vec<PastRecipient>,
    /// The parcels, one for each recipient.
    pub parcels: Vec<Parcel>,
    /// What it cost.
    pub quote: Quote,
    /// How it ended.
    pub ending: Ending,
    /// Cards that were tried, the last one last; those before were refused.
    pub cards: Vec<PastCard>,
}

/// A cart that was filled and left, at the latest at the checkout form.
pub struct LeftCart {
    /// Of its card-entry record.
    pub id: uuid::Uuid,
    /// Unix milliseconds.
    pub at_ms: i64,
    /// Whether the checkout form was seen.
    pub saw_checkout: bool,
}

/// All of it.
pub struct History {
    /// In the order of registration.
    pub customers: Vec<PastCustomer>,
    /// In the order of placing.
    pub orders: Vec<PastOrder>,
    /// Carts without orders.
    pub left: Vec<LeftCart>,
}

impl History {
    /// The three years that end at `now_ms`. The same for the same goods and the same moment.
    pub fn make(goods: &[Goods], now_ms: i64) -> History {
        let names = Names::load();
        let mut chance = Chance::new(SEED);
        let start = now_ms - DAYS * DAY_MS;
        let mut customers: Vec<PastCustomer> =
            (0..CUSTOMERS).map(|n| customer(n, start, now_ms, &names, &mut chance)).collect();
        customers.sort_by_key(|c| c.registered_at_ms);
        let regulars = customers.iter_mut().step_by(REGULAR_EVERY);
        for (((mail, _), (name, kana)), regular) in crate::CUSTOMERS.into_iter().zip(SIGNERS).zip(regulars) {
            regular.someone.email = Personal::new(mail);
            regular.someone.contact.name = Personal::new(name);
            regular.someone.contact.kana = Personal::new(kana);
            regular.old_email = None;
        }
        let mut shelf = Shelf::new(goods);
        let mut orders: Vec<PastOrder> = (0..ORDERS)
            .filter_map(|n| order(n, start, now_ms, &customers, &mut shelf, &names, &mut chance))
            .collect();
        orders.sort_by_key(|o| o.placed_at_ms);
        let left = (0..LEFT_CARTS)
            .map(|_| {
                let at_ms = moment(start, now_ms, &mut chance);
                LeftCart { id: chance.id(at_ms), at_ms, saw_checkout: chance.percent(40) }
            })
            .collect();
        History { customers, orders, left }
    }
}

impl History {
    /// Persons to be planted as honeytokens: guests who bought once, longer ago than any list opens names.
    pub fn honey(&self, now_ms: i64) -> Vec<uuid::Uuid> {
        let before = now_ms - HONEY_DAYS * DAY_MS;
        let mut seen = std::collections::HashMap::new();
        self.orders.iter().for_each(|o| *seen.entry(o.person).or_insert(0) += 1);
        self.customers.iter().for_each(|c| *seen.entry(c.id).or_insert(0) += 1);
        let once = |o: &&PastOrder| o.placed_at_ms < before && seen.get(&o.person) == Some(&1);
        self.orders.iter().filter(once).step_by(HONEY_EVERY).map(|o| o.person.0).collect()
    }

    /// The customers of [`crate::CUSTOMERS`]: regulars, so that there is something to see.
    pub fn signers(&self) -> impl Iterator<Item = PersonId> {
        self.customers.iter().step_by(REGULAR_EVERY).take(crate::CUSTOMERS.len()).map(|c| c.id)
    }
}

/// The goods, and how many of each are not yet promised to an order that is still open.
struct Shelf<'a> {
    goods: &'a [Goods],
    left: Vec<u32>,
}

impl<'a> Shelf<'a> {
    fn new(goods: &'a [Goods]) -> Shelf<'a> {
        Shelf { goods, left: goods.iter().map(|g| g.on_hand).collect() }
    }

    /// Promises so many of one kind, if they are there.
    fn take(&mut self, index: usize, quantity: u32) -> bool {
        let rest = self.left.get(index).and_then(|left| left.checked_sub(quantity));
        if let (Some(rest), Some(left)) = (rest, self.left.get_mut(index)) {
            *left = rest;
        }
        rest.is_some()
    }

    /// What there is most of.
    fn fullest(&self) -> usize {
        (0..self.left.len()).max_by_key(|i| self.left[*i]).unwrap_or(0)
    }
}

/// A moment of the history: more in December, July and March, in the evening rather than at night.
fn moment(start: i64, end: i64, chance: &mut Chance) -> i64 {
    loop {
        let at = chance.between(start, end - 1);
        let japan = at + 9 * 3_600_000;
        let day_of_year = (japan / DAY_MS) % 365;
        let hour = (japan / 3_600_000) % 24;
        let season = match day_of_year {
            325..=355 => 100,
            175..=210 => 75,
            60..=85 => 60,
            _ => 40,
        };
        let time = match hour {
            0..=5 => 8,
            6..=11 => 60,
            20..=22 => 100,
            _ => 75,
        };
        if chance.percent(season * time / 100) {
            return at;
        }
    }
}

fn customer(n: usize, start: i64, end: i64, names: &Names, chance: &mut Chance) -> PastCustomer {
    let registered_at_ms = chance.between(start, end - DAY_MS);
    let someone = names.someone(n, chance);
    let old_email = chance
        .percent(12)
        .then(|| (mail_address(100_000 + n, chance), chance.between(registered_at_ms, end - 1)));
    let cards = (0..[1, 1, 1, 2, 2, 3][chance.below(6)]).map(|_| card(chance)).collect();
    PastCustomer { id: PersonId(chance.id(registered_at_ms)), someone, registered_at_ms, old_email, cards }
}

impl PastCustomer {
    /// The registered mail address as it was at that time.
    fn at(&self, at_ms: i64) -> Someone {
        let email = match &self.old_email {
            Some((old, changed)) if at_ms < *changed => old.clone(),
            _ => self.someone.email.clone(),
        };
        Someone { contact: self.someone.contact.clone(), email }
    }
}

fn card(chance: &mut Chance) -> PastCard {
    let brand =
        chance.pick(&["visa", "visa", "visa", "mastercard", "mastercard", "jcb", "jcb", "amex"]).copied();
    PastCard {
        brand: brand.unwrap_or("visa"),
        last4: format!("{:04}", chance.below(10_000)),
        fingerprint: format!("demo{:016x}", chance.bits()),
    }
}

fn order(
    n: usize,
    start: i64,
    end: i64,
    customers: &[PastCustomer],
    shelf: &mut Shelf<'_>,
    names: &Names,
    chance: &mut Chance,
) -> Option<PastOrder> {
    let guest = chance.percent(25);
    let (person, customer, orderer, placed_at_ms, own_cards) = if guest {
        let at = moment(start, end, chance);
        let someone = names.someone(200_000 + n, chance);
        (PersonId(chance.id(at)), None, someone, at, vec![card(chance)])
    } else {
        // The first few customers of every fifty are the regulars.
        let pick = if chance.percent(45) {
            chance.below(customers.len()) / 50 * 50
        } else {
            chance.below(customers.len())
        };
        let c = customers.get(pick)?;
        let at = moment(c.registered_at_ms, end, chance);
        (c.id, Some(c.id), c.at(at), at, c.cards.clone())
    };
    let age_days = (end - placed_at_ms) / DAY_MS;
    // The sandbox starts empty and knows no card of the past: what is still open is paid on delivery.
    let open = age_days <= OPEN_DAYS;
    let gift = chance.percent(35);
    let count = if gift && !open && chance.percent(20) { chance.between(2, 4) } else { 1 };
    let recipients: Vec<PastRecipient> =
        (0..count).map(|_| recipient(gift, person, &orderer, placed_at_ms, names, chance)).collect();
    let parcels: Vec<Parcel> = recipients.iter().filter_map(|r| parcel(r, shelf, open, chance)).collect();
    let cash = open || (count == 1 && chance.percent(14));
    let method = if cash { PaymentMethod::CashOnDelivery } else { PaymentMethod::Card };
    let quote = cart::quote(&parcels, &Tariff::default(), method).ok()?;
    let (ending, cards) = ending(cash, open, &own_cards, chance);
    Some(PastOrder {
        id: OrderId(chance.id(placed_at_ms)),
        person,
        customer,
        orderer,
        placed_at_ms,
        method,
        recipients,
        parcels,
        quote,
        ending,
        cards,
    })
}

fn ending(cash: bool, open: bool, own: &[PastCard], chance: &mut Chance) -> (Ending, Vec<PastCard>) {
    let settled = match (open, chance.below(100)) {
        (true, _) => Ending::Open,
        (_, 97..) => Ending::Canceled,
        _ => Ending::Delivered,
    };
    if cash {
        return (settled, Vec::new());
    }
    let used = chance.pick(own).cloned();
    match chance.below(100) {
        0..=3 => (Ending::Abandoned, Vec::new()),
        4..=5 => (Ending::Declined, used.into_iter().collect()),
        6..=9 => (settled, [card(chance)].into_iter().chain(used).collect()),
        _ => (settled, used.into_iter().collect()),
    }
}

fn recipient(
    gift: bool,
    orderer_id: PersonId,
    orderer: &Someone,
    at_ms: i64,
    names: &Names,
    chance: &mut Chance,
) -> PastRecipient {
    let slot = chance.pick(TimeSlot::ALL).copied().unwrap_or(TimeSlot::Any);
    if !gift {
        let (noshi, wrapping) = (Noshi::None, Wrapping::None);
        let contact = orderer.contact.clone();
        return PastRecipient {
            person: orderer_id,
            contact,
            words: GiftWords::default(),
            noshi,
            wrapping,
            slot,
        };
    }
    let other = names.someone(0, chance).contact;
    let contact = Contact { name: other.name, kana: other.kana, ..address(chance) };
    let noshi = chance.pick(Noshi::ALL).copied().unwrap_or(Noshi::None);
    let family = orderer.contact.name.reveal().split(' ').next().unwrap_or("").to_owned();
    let message = match noshi {
        Noshi::Memorial | Noshi::GetWell | Noshi::None => "",
        Noshi::Thanks => "先日はありがとうございました。みなさまで召し上がってください。",
        _ => "ささやかですが、お祝いの気持ちです。どうぞお元気で。",
    };
    let words = GiftWords {
        message: Personal::new(message),
        noshi_name: Personal::new(if noshi == Noshi::None { String::new() } else { family }),
    };
    PastRecipient {
        person: PersonId(chance.id(at_ms)),
        contact,
        words,
        noshi,
        wrapping: Wrapping::Paper,
        slot,
    }
}

/// What one recipient gets. What is still to be sent must be there; what was sent long ago was there then.
fn parcel(to: &PastRecipient, shelf: &mut Shelf<'_>, open: bool, chance: &mut Chance) -> Option<Parcel> {
    let goods = shelf.goods;
    let line = |g: &Goods, quantity| Line {
        variant: g.variant,
        unit_price: g.price,
        quantity,
        tax: g.tax,
        cool: g.cool,
    };
    let mut lines: Vec<Line> = Vec::new();
    for _ in 0..chance.between(1, 3) {
        // Two throws, the lower one wins: what stands first in the catalogue sells best.
        let index = chance.below(goods.len()).min(chance.below(goods.len()));
        let g = goods.get(index)?;
        if lines.iter().any(|l| l.variant == g.variant) {
            continue;
        }
        let quantity = if chance.percent(75) { 1 } else { chance.between(2, 5) as u32 };
        if !open || shelf.take(index, quantity) {
            lines.push(line(g, quantity));
        }
    }
    if lines.is_empty() {
        // All that was wished for is sold out.
        let index = shelf.fullest();
        if shelf.take(index, 1) {
            lines.push(line(goods.get(index)?, 1));
        }
    }
    let region = Region::of_prefecture(to.contact.prefecture.reveal())?;
    Some(Parcel { lines, region })
}

#[cfg(test)]
mod tests;
