//! An order as pages show it: where it stands, what is in it, to whom it goes.

use super::{HOLD_MS, basket, basket::Sums, details::Details, order::Opened};
use crate::view::{self, Page, Texts};
use domain::{
    Locale, Yen,
    fulfillment::FulfillmentState,
    noshi::{Noshi, Wrapping},
    order::OrderState,
    payment::{PaymentMethod, PaymentState},
    person::{Contact, GiftWords},
    tax::TaxClass,
};
use jiff::civil::Date;
use store::order::WholeOrder;

/// A part of a page: its title, and rows of a name and lines.
pub type Part = (String, Vec<(String, Vec<String>)>);

/// A line of an order.
pub struct Line {
    /// Product and variant.
    pub name: String,
    /// Pieces.
    pub quantity: u32,
    /// Price of all.
    pub total: Yen,
    /// Whether the reduced rate applies.
    pub reduced: bool,
}

/// A step on an order's way: `done`, `now` or `ahead`.
pub struct PathStep {
    /// What it is called.
    pub name: String,
    /// When it was reached; may be empty.
    pub at: String,
    /// Where it lies.
    pub state: &'static str,
}

/// An order. Holds opened personal data: no `Debug`.
pub struct OrderView {
    /// Its id, for its forms.
    pub id: String,
    /// What people call it.
    pub number: String,
    /// The first words.
    pub heading: String,
    /// The next ones.
    pub body: String,
    /// Why the last try to pay failed.
    pub failure: Option<String>,
    /// Whether it can be paid now.
    pub can_pay: bool,
    /// Until when.
    pub pay_until: String,
    /// Where it stands.
    pub path: Vec<PathStep>,
    /// What is in it.
    pub lines: Vec<Line>,
    /// What it costs.
    pub sums: Sums,
    /// The invoice issuer's number.
    pub invoice: String,
    /// To whom it goes, and how.
    pub parts: Vec<Part>,
}

/// Whether the buyer has nothing left to do.
pub fn is_settled(whole: &WholeOrder) -> bool {
    matches!(whole.order.state, OrderState::Confirmed | OrderState::Completed)
}

impl OrderView {
    /// An order as its buyer sees it at `now`.
    pub fn of(page: &Page, whole: &WholeOrder, opened: &Opened, just: bool, now: i64) -> OrderView {
        let (t, o) = (page.t, &whole.order);
        let until = o.placed_at + HOLD_MS;
        let last = whole.payments.last();
        let pending = last.is_some_and(|p| {
            matches!(
                p.state,
                PaymentState::Processing | PaymentState::OutcomeUnknown | PaymentState::RequiresCapture
            )
        });
        let word = match o.state {
            _ if o.hold_reason.is_some() => "processing",
            OrderState::AwaitingPayment if pending => "processing",
            OrderState::AwaitingPayment => "awaiting",
            OrderState::Confirmed if just => "thanks",
            OrderState::Confirmed => "confirmed",
            OrderState::Completed => "completed",
            OrderState::Canceled => "canceled",
        };
        let text = |part: &str| t.s(&format!("order-{word}-{part}")).to_owned();
        let awaiting = word == "awaiting";
        let failure =
            last.and_then(|p| p.failure_code.as_deref()).filter(|_| awaiting).map(|c| failure(t, c));
        OrderView {
            id: o.id.to_string(),
            number: o.number.clone(),
            heading: text("heading"),
            body: if o.hold_reason.is_some() { t.s("order-held-body").to_owned() } else { text("body") },
            failure,
            can_pay: awaiting && now < until,
            pay_until: t.f1("order-pay-until", "at", view::date_time(&page.locale, &until)),
            path: path(page, whole),
            lines: lines(page.locale, whole),
            sums: Sums {
                goods: o.subtotal,
                shipping: o.shipping_fee,
                cod_fee: o.cod_fee,
                total: o.total,
                tax: basket::tax_words(page, &whole.taxes),
            },
            invoice: match page.shop().invoice_number.as_str() {
                "" => String::new(),
                number => t.f1("order-invoice", "number", number),
            },
            parts: parts(page, whole, opened),
        }
    }
}

/// The processor's word for a failure, in ours.
fn failure(t: &Texts, code: &str) -> String {
    let id = match code {
        "insufficient_funds" => "order-failed-funds",
        "expired_card" => "order-failed-expired",
        c if c.contains("authentication") => "order-failed-authentication",
        _ => "order-failed-card",
    };
    t.s(id).to_owned()
}

fn lines(locale: Locale, whole: &WholeOrder) -> Vec<Line> {
    let all = whole.recipients.iter().flat_map(|r| &r.lines);
    all.map(|l| Line {
        name: view::in_locale(locale, l.name_ja.clone(), l.name_en.clone()),
        quantity: l.quantity,
        total: l.unit_price.checked_mul(l.quantity).unwrap_or_default(),
        reduced: l.tax_class == TaxClass::Reduced,
    })
    .collect()
}

fn path(page: &Page, whole: &WholeOrder) -> Vec<PathStep> {
    let (t, o) = (page.t, &whole.order);
    let at = |ms: Option<i64>| ms.map(|ms| view::date_time(&page.locale, &ms)).unwrap_or_default();
    let event = |word: &str| whole.log.iter().find(|e| e.event == word).map(|e| e.at);
    let step = |id: &str, ms: Option<i64>, state| PathStep { name: t.s(id).to_owned(), at: at(ms), state };
    let mut path = vec![step("path-placed", Some(o.placed_at), "done")];
    let paid = whole.payments.iter().find(|p| p.state == PaymentState::Succeeded);
    if o.state == OrderState::Canceled {
        if let (Some(paid), PaymentMethod::Card) = (paid, o.method) {
            path.push(step("path-paid", Some(paid.updated_at), "done"));
        }
        let when = event("cancel").or_else(|| event("payment_lost")).or(Some(o.updated_at));
        path.push(step("path-canceled", when, "now"));
    } else {
        match (o.method, paid) {
            (PaymentMethod::CashOnDelivery, _) => path.push(step("path-pay-on-delivery", None, "done")),
            (PaymentMethod::Card, Some(_)) => {
                path.push(step("path-paid", event("payment_settled").or(paid.map(|p| p.updated_at)), "done"));
            }
            (PaymentMethod::Card, None) => path.push(step("path-awaiting", None, "now")),
        }
        let (prepared, shipped) = match o.state {
            OrderState::AwaitingPayment => ("ahead", "ahead"),
            OrderState::Confirmed => ("now", "ahead"),
            OrderState::Completed | OrderState::Canceled => ("done", "now"),
        };
        path.push(step("path-prepared", None, prepared));
        for f in whole.recipients.iter().map(|r| &r.fulfillment) {
            path.push(match (f.carrier, &f.tracking_number) {
                (Some(carrier), Some(number)) => {
                    let carrier = t.w("carrier", carrier.word());
                    let name = t.f2("path-shipped-by", "carrier", carrier, "number", number);
                    let state = if f.state == FulfillmentState::Delivered { "done" } else { "now" };
                    PathStep { name, at: at(f.shipped_at), state }
                }
                _ => step("path-shipped", f.shipped_at, shipped),
            });
            if f.state == FulfillmentState::Delivered {
                path.push(step("path-delivered", f.delivered_at, "now"));
            }
        }
    }
    for refund in whole.refunds.iter().filter(|r| r.state == domain::payment::RefundState::Succeeded) {
        let name = t.f1("path-refunded", "amount", page.yen(&refund.amount));
        path.push(PathStep { name, at: at(Some(refund.updated_at)), state: "now" });
    }
    path
}

fn parts(page: &Page, whole: &WholeOrder, opened: &Opened) -> Vec<Part> {
    let (t, o) = (page.t, &whole.order);
    let mut parts = Vec::new();
    if let Some(orderer) = &opened.orderer {
        let mut rows = contact_rows(t, orderer);
        rows.push(row(t, "field-email", opened.email.reveal()));
        parts.push((t.s("order-part-orderer").to_owned(), rows));
    }
    for (r, (contact, words)) in whole.recipients.iter().zip(&opened.recipients) {
        if !r.is_orderer {
            let rows = match contact {
                Some(contact) => contact_rows(t, contact),
                None => vec![row(t, "field-recipient", t.s("order-recipient-closed"))],
            };
            parts.push((t.s("order-part-recipient").to_owned(), rows));
        }
        parts.push((
            t.s("order-part-delivery").to_owned(),
            delivery_rows(t, page.locale, r.delivery_date, r.time_slot),
        ));
        parts.push((t.s("order-part-gift").to_owned(), gift_rows(t, r.noshi, r.wrapping, words)));
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

/// The same parts before the order is placed.
pub fn parts_to_confirm(t: &Texts, locale: Locale, d: &Details) -> Vec<Part> {
    let mut orderer = contact_rows(t, &d.orderer);
    orderer.push(row(t, "field-email", d.email.reveal()));
    let recipient = match &d.recipient {
        Some(to) => contact_rows(t, to),
        None => vec![row(t, "field-recipient", t.s("checkout-ship-self"))],
    };
    vec![
        (t.s("checkout-orderer").to_owned(), orderer),
        (t.s("order-part-recipient").to_owned(), recipient),
        (t.s("order-part-delivery").to_owned(), delivery_rows(t, locale, d.delivery_date, d.time_slot)),
        (t.s("order-part-gift").to_owned(), gift_rows(t, d.noshi, d.wrapping, &d.words)),
        (
            t.s("order-part-payment").to_owned(),
            vec![row(t, "order-payment-method", t.w("payment", d.payment.word()))],
        ),
    ]
}

fn row(t: &Texts, id: &str, value: &str) -> (String, Vec<String>) {
    (t.s(id).to_owned(), vec![value.to_owned()])
}

/// Name, address and telephone of a person, for whoever may see them.
pub fn contact_rows(t: &Texts, c: &Contact) -> Vec<(String, Vec<String>)> {
    let code = c.postcode.reveal();
    let code = match code.split_at_checked(3) {
        Some((a, b)) => format!("〒{a}-{b}"),
        None => String::new(),
    };
    vec![
        (t.s("field-name").to_owned(), vec![c.name.reveal().to_owned(), c.kana.reveal().to_owned()]),
        (t.s("field-address").to_owned(), vec![code, c.address_line().reveal().to_owned()]),
        row(t, "field-phone", c.phone.reveal()),
    ]
}

fn delivery_rows(
    t: &Texts,
    locale: Locale,
    date: Option<Date>,
    slot: domain::delivery::TimeSlot,
) -> Vec<(String, Vec<String>)> {
    let date = match date {
        Some(date) => view::date(&locale, &date),
        None => t.s("field-delivery-date-any").to_owned(),
    };
    vec![row(t, "field-delivery-date", &date), row(t, "field-time-slot", t.w("time-slot", slot.word()))]
}

fn gift_rows(t: &Texts, noshi: Noshi, wrapping: Wrapping, words: &GiftWords) -> Vec<(String, Vec<String>)> {
    let mut rows = vec![row(t, "field-noshi", t.w("noshi", noshi.word()))];
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
fn brand_name(word: &str) -> &str {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_said_without_the_processors_words() {
        let t = Texts::of(Locale::Ja);
        assert_ne!(failure(t, "insufficient_funds"), failure(t, "card_declined"));
        assert_eq!(failure(t, "payment_intent_authentication_failure"), t.s("order-failed-authentication"));
        assert!(!failure(t, "some_new_code").contains("some_new_code"));
    }
}
