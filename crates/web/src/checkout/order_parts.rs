//! To whom an order goes, and how, as pages show it: before it is placed and after.

use super::{
    basket::Basket,
    confirm::Priced,
    details::{Details, ShipTo},
    order::Opened,
    parcel::Parcel,
};
use crate::view::{self, Page, Texts};
use domain::{
    Locale, Yen,
    fulfillment::Carrier,
    noshi::{Noshi, NoshiPlace, Wrapping},
    person::{Contact, GiftWords},
    tax::TaxClass,
};
use jiff::civil::Date;
use store::order::{Fulfillment, Recipient, WholeOrder};

/// A row of a page: its name, and lines.
pub type Row = (String, Vec<String>);
/// A part of a page: its title, and rows.
pub type Part = (String, Vec<Row>);

/// A line of an order.
pub struct Line {
    /// Product and variant.
    pub name: String,
    /// Price of one.
    pub unit_price: Yen,
    /// Pieces.
    pub quantity: u32,
    /// Price of all.
    pub total: Yen,
    /// Whether the reduced rate applies.
    pub reduced: bool,
}

/// What goes to one of several recipients. Holds opened personal data: no `Debug`.
pub struct ParcelView {
    /// Which one, from 0.
    pub at: usize,
    /// Whose it is; empty where that stays closed.
    pub name: String,
    /// Where it is; none before the order is placed.
    pub state: Option<&'static str>,
    /// Who gets it, when, and how it is dressed.
    pub rows: Vec<Row>,
    /// What is in it.
    pub lines: Vec<Line>,
    /// Price of the goods.
    pub goods: Yen,
    /// Its shipping fee, without what is charged for goods that are kept cool where that is known.
    pub fee: Yen,
    /// For goods that are kept cool.
    pub cool: Yen,
    /// The parcel, where it has left.
    pub track: Option<Track>,
}

/// A parcel on its way, for a link to its carrier's page. The number is digits alone.
pub struct Track {
    /// Who carries it.
    pub carrier: Carrier,
    /// The carrier's number for it.
    pub number: String,
}

impl Track {
    /// The parcel of this shipment; none before it has left.
    pub fn of(f: &Fulfillment) -> Option<Track> {
        Some(Track { carrier: f.carrier?, number: f.tracking_number.clone()? })
    }
}

/// Who ordered, how it is paid; and where it goes to one recipient, to whom and how.
pub fn parts(page: &Page, whole: &WholeOrder, opened: &Opened) -> Vec<Part> {
    let (t, o) = (page.t, &whole.order);
    let mut parts = Vec::new();
    if let Some(orderer) = &opened.orderer {
        let mut rows = contact_rows(t, orderer);
        rows.push(row(t, "field-email", opened.email.reveal()));
        parts.push((t.s("order-part-orderer").to_owned(), rows));
    }
    if let ([r], [(contact, words)]) = (whole.recipients.as_slice(), opened.recipients.as_slice()) {
        if !r.is_orderer {
            parts.push((t.s("order-part-recipient").to_owned(), recipient_rows(t, contact.as_ref())));
        }
        let delivery = delivery_rows(t, page.locale, r.delivery_date, r.time_slot);
        parts.push((t.s("order-part-delivery").to_owned(), delivery));
        let gift = gift_rows(t, (r.noshi, r.noshi_place, r.wrapping), words);
        parts.push((t.s("order-part-gift").to_owned(), gift));
    }
    let mut payment = vec![row(t, "order-payment-method", t.w("payment", o.method.word()))];
    if let Some((brand, last4)) =
        whole.payments.iter().rev().find_map(|p| p.brand.as_ref().zip(p.last4.as_ref()))
    {
        let brand = brand_name(brand);
        payment.push(row(t, "order-payment-card", &t.f2("order-card", "brand", brand, "last4", last4)));
    }
    parts.push((t.s("order-part-payment").to_owned(), payment));
    parts
}

fn recipient_rows(t: &Texts, contact: Option<&Contact>) -> Vec<Row> {
    match contact {
        Some(contact) => contact_rows(t, contact),
        None => vec![row(t, "field-recipient", t.s("order-recipient-closed"))],
    }
}

/// What goes to whom, where there are several recipients.
pub fn parcels(page: &Page, whole: &WholeOrder, opened: &Opened) -> Vec<ParcelView> {
    if whole.recipients.len() < 2 {
        return Vec::new();
    }
    let t = page.t;
    let parcel = |(at, (r, (contact, words))): (usize, (&Recipient, &(Option<Contact>, GiftWords)))| {
        let mut rows = way_rows(page, r);
        match contact {
            Some(contact) => rows.push(address_row(t, contact)),
            None => rows.extend(recipient_rows(t, None)),
        }
        rows.push(wish_row(t, page.locale, r.delivery_date, r.time_slot));
        rows.extend(dress_rows(t, (r.noshi, r.noshi_place, r.wrapping), words));
        ParcelView {
            at,
            name: contact
                .as_ref()
                .map_or_else(String::new, |c| t.f1("recipients-name", "name", c.name.reveal())),
            state: Some(t.w("parcel-state", r.fulfillment.state.word())),
            rows,
            lines: r.lines.iter().map(|l| line(page.locale, l)).collect(),
            goods: r.goods_total,
            fee: r.postage(),
            cool: r.cool_fee,
            track: Track::of(&r.fulfillment),
        }
    };
    whole.recipients.iter().zip(&opened.recipients).enumerate().map(parcel).collect()
}

/// Carrier, number and times of a parcel that has left.
fn way_rows(page: &Page, r: &Recipient) -> Vec<Row> {
    let (t, f) = (page.t, &r.fulfillment);
    let (Some(carrier), Some(number), Some(at)) = (f.carrier, &f.tracking_number, f.shipped_at) else {
        return Vec::new();
    };
    let by = t.f2("path-shipped-by", "carrier", t.w("carrier", carrier.word()), "number", number);
    let mut lines = vec![by, view::date_time(&page.locale, &at)];
    if let Some(at) = f.delivered_at {
        lines.push(t.f1("parcel-delivered", "at", view::date_time(&page.locale, &at)));
    }
    vec![(t.s("parcel-way").to_owned(), lines)]
}

/// The same parcels before the order is placed.
pub fn parcels_to_confirm(page: &Page, basket: &Basket, d: &Details, priced: &Priced) -> Vec<ParcelView> {
    let (t, locale) = (page.t, page.locale);
    let postage = priced.quote.postage();
    let parcel = |(at, p): (usize, &Parcel)| {
        let to = p.to(&d.orderer);
        let mut rows = vec![address_row(t, to), wish_row(t, locale, p.delivery_date, p.time_slot)];
        rows.extend(dress_rows(t, (p.noshi, p.noshi_place, p.wrapping), &p.words));
        let name = t.f1("recipients-name", "name", to.name.reveal());
        let views = basket.sent_views(t, locale, &priced.shares[at..=at]);
        let lines: Vec<Line> = views
            .into_iter()
            .map(|l| Line {
                name: format!("{} {}", l.name, l.variant),
                unit_price: l.unit_price,
                quantity: l.quantity,
                total: l.total,
                reduced: l.reduced,
            })
            .collect();
        let goods = lines.iter().map(|l| l.total).sum();
        let (fee, cool) = (postage[at], priced.quote.cool[at]);
        ParcelView { at, name, state: None, rows, lines, goods, fee, cool, track: None }
    };
    d.parcels.iter().enumerate().map(parcel).collect()
}

/// The same parts before the order is placed.
pub fn parts_to_confirm(t: &Texts, locale: Locale, d: &Details) -> Vec<Part> {
    let mut orderer = contact_rows(t, &d.orderer);
    orderer.push(row(t, "field-email", d.email.reveal()));
    let mut parts = vec![(t.s("checkout-orderer").to_owned(), orderer)];
    if let (false, [p]) = (d.ship_to == ShipTo::Several, d.parcels.as_slice()) {
        let recipient = match &p.recipient {
            Some(to) => contact_rows(t, to),
            None => vec![row(t, "field-recipient", t.s("checkout-ship-self"))],
        };
        let delivery = delivery_rows(t, locale, p.delivery_date, p.time_slot);
        let gift = gift_rows(t, (p.noshi, p.noshi_place, p.wrapping), &p.words);
        parts.push((t.s("order-part-recipient").to_owned(), recipient));
        parts.push((t.s("order-part-delivery").to_owned(), delivery));
        parts.push((t.s("order-part-gift").to_owned(), gift));
    }
    let method = row(t, "order-payment-method", t.w("payment", d.payment.word()));
    parts.push((t.s("order-part-payment").to_owned(), vec![method]));
    parts
}

fn row(t: &Texts, id: &str, value: &str) -> Row {
    (t.s(id).to_owned(), vec![value.to_owned()])
}

/// Name, address and telephone of a person, for whoever may see them.
pub fn contact_rows(t: &Texts, c: &Contact) -> Vec<Row> {
    let code = c.postcode.reveal();
    let code = match code.split_at_checked(3) {
        Some((a, b)) => format!("〒{a}-{b}"),
        None => String::new(),
    };
    let name = [&c.name, &c.kana].into_iter().filter(|line| !line.is_empty());
    vec![
        (t.s("field-name").to_owned(), name.map(|line| line.reveal().to_owned()).collect()),
        (t.s("field-address").to_owned(), vec![code, c.address_line().reveal().to_owned()]),
        row(t, "field-phone", &view::phone(c.phone.reveal())),
    ]
}

/// Reading, address and telephone in one row, for pages that show many people.
fn address_row(t: &Texts, c: &Contact) -> Row {
    let lines = contact_rows(t, c).into_iter().flat_map(|(_, lines)| lines).skip(1);
    (t.s("field-address").to_owned(), lines.collect())
}

/// Date and time of day in one row.
fn wish_row(t: &Texts, locale: Locale, date: Option<Date>, slot: domain::delivery::TimeSlot) -> Row {
    let lines = delivery_rows(t, locale, date, slot).into_iter().flat_map(|(_, lines)| lines);
    (t.s("checkout-delivery").to_owned(), lines.collect())
}

/// Where a noshi lies, in words: inside or outside of the paper, or on the box where there is none.
pub fn noshi_place(t: &Texts, place: NoshiPlace, wrapping: Wrapping) -> &str {
    match wrapping {
        Wrapping::None => t.s("noshi-place-box"),
        _ => t.w("noshi-place", place.word()),
    }
}

/// How a parcel is dressed: the noshi with its name, where it lies, the wrapping. The list of recipients, the page to confirm and the
/// order say it alike.
pub fn dress_lines(
    t: &Texts,
    (noshi, place, wrapping): (Noshi, NoshiPlace, Wrapping),
    noshi_name: &str,
) -> Vec<String> {
    let mut dress = Vec::new();
    if noshi != Noshi::None {
        let noshi = t.w("noshi", noshi.word());
        dress.push(match noshi_name {
            "" => noshi.to_owned(),
            name => t.f2("recipients-noshi", "noshi", noshi, "name", name),
        });
    }
    if noshi != Noshi::None {
        dress.push(noshi_place(t, place, wrapping).to_owned());
    }
    if wrapping != Wrapping::None {
        dress.push(t.w("wrapping", wrapping.word()).to_owned());
    }
    dress
}

/// Noshi and wrapping in one row, if there are any, and the words on the card in another.
fn dress_rows(
    t: &Texts,
    (noshi, place, wrapping): (Noshi, NoshiPlace, Wrapping),
    words: &GiftWords,
) -> Vec<Row> {
    let dress = dress_lines(t, (noshi, place, wrapping), words.noshi_name.reveal());
    let mut rows = Vec::new();
    if !dress.is_empty() {
        rows.push((t.s("parcel-dress").to_owned(), dress));
    }
    if !words.message.is_empty() {
        rows.push(row(t, "field-message", words.message.reveal()));
    }
    rows
}

fn delivery_rows(
    t: &Texts,
    locale: Locale,
    date: Option<Date>,
    slot: domain::delivery::TimeSlot,
) -> Vec<Row> {
    let date = match date {
        Some(date) => view::date(&locale, &date),
        None => t.s("field-delivery-date-any").to_owned(),
    };
    vec![row(t, "field-delivery-date", &date), row(t, "field-time-slot", t.w("time-slot", slot.word()))]
}

fn gift_rows(
    t: &Texts,
    (noshi, place, wrapping): (Noshi, NoshiPlace, Wrapping),
    words: &GiftWords,
) -> Vec<Row> {
    let mut rows = vec![row(t, "field-noshi", t.w("noshi", noshi.word()))];
    if noshi != Noshi::None {
        rows.push(row(t, "field-noshi-place", noshi_place(t, place, wrapping)));
    }
    if !words.noshi_name.is_empty() {
        rows.push(row(t, "field-noshi-name", words.noshi_name.reveal()));
    }
    rows.push(row(t, "field-wrapping", t.w("wrapping", wrapping.word())));
    if !words.message.is_empty() {
        rows.push(row(t, "field-message", words.message.reveal()));
    }
    rows
}

/// A brand as it is written on cards.
pub fn brand_name(word: &str) -> &str {
    match word {
        "visa" => "Visa",
        "mastercard" => "Mastercard",
        "jcb" => "JCB",
        "amex" => "American Express",
        "diners" => "Diners Club",
        "discover" => "Discover",
        "unionpay" => "UnionPay",
        other => other,
    }
}

/// A line in the page's language.
pub fn line(locale: Locale, l: &store::order::Line) -> Line {
    Line {
        name: locale.pick(l.name_ja.clone(), l.name_en.clone()),
        unit_price: l.unit_price,
        quantity: l.quantity,
        total: l.unit_price.checked_mul(l.quantity).unwrap_or_default(),
        reduced: l.tax_class == TaxClass::Reduced,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_noshi_lies_is_said_with_paper_and_without() {
        let t = Texts::of(Locale::Ja);
        let dress = |noshi, wrapping| dress_lines(t, (noshi, NoshiPlace::Outside, wrapping), "");
        let [noshi, place, paper] = &dress(Noshi::YearEnd, Wrapping::Paper)[..] else { panic!() };
        assert!(noshi.contains("御歳暮") && place.contains("外のし") && paper.contains("包装紙"));
        assert_eq!(dress(Noshi::YearEnd, Wrapping::None)[1], "箱に直接かける");
        assert!(dress(Noshi::None, Wrapping::None).is_empty());
    }
}
