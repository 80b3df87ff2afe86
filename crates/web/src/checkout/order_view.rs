//! An order as pages show it: where it stands, what is in it, to whom it goes.

use super::{
    HOLD_MS,
    basket::{self, Sums},
    order::Opened,
    order_parts::{self, Line, ParcelView, Part, Track},
};
use crate::view::{self, Page, Texts};
use domain::{
    Locale,
    fulfillment::FulfillmentState,
    order::OrderState,
    payment::{PaymentMethod, PaymentState},
};
use store::order::WholeOrder;

/// A step on an order's way: `done`, `now` or `ahead`.
pub struct PathStep {
    /// What it is called.
    pub name: String,
    /// When it was reached; may be empty.
    pub at: String,
    /// Where it lies.
    pub state: &'static str,
    /// The parcel, where it has left.
    pub track: Option<Track>,
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
    /// Who ordered, how it is paid; to whom it goes, and how, where that is one.
    pub parts: Vec<Part>,
    /// To whom it goes, and how, where that are several.
    pub parcels: Vec<ParcelView>,
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
            sums: sums(page, whole),
            invoice: invoice(page),
            parts: order_parts::parts(page, whole, opened),
            parcels: order_parts::parcels(page, whole, opened),
        }
    }
}

/// What the order costs.
pub fn sums(page: &Page, whole: &WholeOrder) -> Sums {
    let o = &whole.order;
    let (shipping, cool) = whole.postage();
    Sums {
        goods: o.subtotal,
        shipping,
        cool,
        cod_fee: o.cod_fee,
        total: o.total,
        tax: basket::tax_words(page, &whole.taxes),
    }
}

/// The invoice issuer's number in words; empty where the shop has none.
pub fn invoice(page: &Page) -> String {
    match page.shop().invoice_number.as_str() {
        "" => String::new(),
        number => page.t.f1("order-invoice", "number", number),
    }
}

/// The processor's word for a failure, in ours.
fn failure(t: &Texts, code: &str) -> String {
    let id = match code {
        "insufficient_funds" => "order-failed-funds",
        "not_opened" => "order-failed-unopened",
        "expired_card" => "order-failed-expired",
        c if c.contains("authentication") => "order-failed-authentication",
        _ => "order-failed-card",
    };
    t.s(id).to_owned()
}

/// All goods of the order; what goes to several recipients is counted together.
pub fn lines(locale: Locale, whole: &WholeOrder) -> Vec<Line> {
    let mut sums: Vec<store::order::Line> = Vec::new();
    for line in whole.recipients.iter().flat_map(|r| &r.lines) {
        match sums.iter_mut().find(|l| (l.variant, l.unit_price) == (line.variant, line.unit_price)) {
            Some(sum) => sum.quantity = sum.quantity.saturating_add(line.quantity),
            None => sums.push(line.clone()),
        }
    }
    sums.iter().map(|l| order_parts::line(locale, l)).collect()
}

fn path(page: &Page, whole: &WholeOrder) -> Vec<PathStep> {
    let (t, o) = (page.t, &whole.order);
    let at = |ms: Option<i64>| ms.map(|ms| view::date_time(&page.locale, &ms)).unwrap_or_default();
    let event = |word: &str| whole.log.iter().find(|e| e.event == word).map(|e| e.at);
    let step = |id: &str, ms: Option<i64>, state| PathStep {
        name: t.s(id).to_owned(),
        at: at(ms),
        state,
        track: None,
    };
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
            (PaymentMethod::Card, None) if o.state == OrderState::Confirmed => {
                path.push(step("path-authorized", event("payment_settled"), "done"));
            }
            (PaymentMethod::Card, None) => path.push(step("path-awaiting", None, "now")),
        }
        let (prepared, shipped) = match o.state {
            OrderState::AwaitingPayment => ("ahead", "ahead"),
            OrderState::Confirmed => ("now", "ahead"),
            OrderState::Completed | OrderState::Canceled => ("done", "now"),
        };
        path.push(step("path-prepared", None, prepared));
        if whole.recipients.len() > 1 {
            path.push(shipped_of_several(page, whole, shipped));
        }
        let only = whole.recipients.iter().filter(|_| whole.recipients.len() == 1);
        for f in only.map(|r| &r.fulfillment) {
            path.push(match (f.carrier, &f.tracking_number) {
                (Some(carrier), Some(number)) => {
                    let carrier = t.w("carrier", carrier.word());
                    let name = t.f2("path-shipped-by", "carrier", carrier, "number", number);
                    let state = if f.state == FulfillmentState::Delivered { "done" } else { "now" };
                    PathStep { name, at: at(f.shipped_at), state, track: Track::of(f) }
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
        path.push(PathStep { name, at: at(Some(refund.updated_at)), state: "now", track: None });
    }
    path
}

/// How many of several parcels have left; each one's own way stands with its recipient.
fn shipped_of_several(page: &Page, whole: &WholeOrder, state: &'static str) -> PathStep {
    let left: Vec<i64> = whole.recipients.iter().filter_map(|r| r.fulfillment.shipped_at).collect();
    let last = left.iter().max().map(|at| view::date_time(&page.locale, at)).unwrap_or_default();
    PathStep {
        name: page.t.f2("path-shipped-of", "n", left.len(), "all", whole.recipients.len()),
        at: last,
        state: if left.is_empty() { state } else { "now" },
        track: None,
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
        assert_eq!(failure(t, "not_opened"), t.s("order-failed-unopened"));
        assert!(!failure(t, "some_new_code").contains("some_new_code"));
    }
}
