//! What stands in a mail, as texts in one language; the templates only lay it out.

use crate::{
    Shop,
    facts::{About, Card, Facts, RecipientFacts, Shipment},
    people::{People, Recipient, shown_recipients},
    tongue::{Tongue, say},
};
use domain::{
    Yen,
    delivery::TimeSlot,
    noshi::{Noshi, Wrapping},
    order::OrderState,
    payment::PaymentMethod,
    tax::TaxClass,
};

/// For how many days a link in a mail works: the vault's rule, told to the customer.
const LINK_DAYS: u32 = 90;

/// All texts of one mail, from top to bottom.
pub(crate) struct View {
    pub lang: &'static str,
    pub subject: String,
    pub preheader: String,
    pub title: String,
    pub greeting: String,
    pub paragraphs: Vec<String>,
    pub order_heading: String,
    pub order_rows: Vec<Row>,
    pub parcels: Vec<Parcel>,
    pub sums: Vec<Sum>,
    pub tax_notes: Vec<String>,
    pub link: Link,
    pub closing: String,
    pub shop: Sender,
    pub automatic: String,
}

/// A label and what it labels.
pub(crate) struct Row {
    pub label: String,
    pub value: String,
}

/// One recipient's part.
pub(crate) struct Parcel {
    pub heading: String,
    pub rows: Vec<Row>,
    pub lines: Vec<Line>,
}

/// Some pieces of one thing.
pub(crate) struct Line {
    pub name: String,
    pub quantity: String,
    pub amount: String,
}

/// A line of the bill.
pub(crate) struct Sum {
    pub label: String,
    pub amount: String,
    pub strong: bool,
}

/// The way on: to the order's page, to the form of an account.
pub(crate) struct Link {
    pub label: String,
    pub url: String,
    pub note: String,
}

/// Who writes.
pub(crate) struct Sender {
    pub name: String,
    pub address: String,
    pub phone: String,
    pub origin: String,
}

impl Row {
    /// For the text part: a value of several lines stands under its label.
    pub fn plain(&self) -> String {
        match self.value.contains('\n') {
            true => format!("{}:\n    {}", self.label, self.value.replace('\n', "\n    ")),
            false => format!("{}: {}", self.label, self.value),
        }
    }
}

fn row(label: String, value: String) -> Row {
    Row { label, value }
}

impl View {
    pub fn of(facts: &Facts, people: &People, shop: &Shop) -> View {
        let w = Writer { t: Tongue::of(facts.order.locale), facts, people, shop };
        let (subject, title, preheader) = w.head();
        let received = matches!(facts.about, About::Received);
        let link = match &people.link {
            Some(link) => Link {
                label: say!(w.t, "link-label"),
                url: format!("{}/o/{}", shop.origin, link.to_text()),
                note: say!(w.t, "link-note", days = LINK_DAYS.to_string()),
            },
            None => Link::to_check(w.t, shop),
        };
        let automatic = match facts.about {
            About::Answer(_) => say!(w.t, "answer-automatic"),
            _ => say!(w.t, "automatic", origin = format!("{}/", shop.origin)),
        };
        View {
            lang: w.t.locale.word(),
            subject,
            preheader,
            title,
            greeting: match people.name.to_address() {
                Some(name) => say!(w.t, "honorific", name = name),
                None => say!(w.t, "account-greeting"),
            },
            paragraphs: w.paragraphs(),
            order_heading: say!(w.t, "label-order"),
            order_rows: w.order_rows(),
            parcels: w.parcels(),
            sums: if received { w.sums() } else { Vec::new() },
            tax_notes: if received { w.tax_notes() } else { Vec::new() },
            link,
            closing: say!(w.t, "closing"),
            automatic,
            shop: Sender::of(w.t, shop),
        }
    }
}

impl Link {
    /// To the page on which the reader can check that a notice is ours. It opens nothing.
    pub fn to_check(t: &Tongue, shop: &Shop) -> Link {
        let url = format!("{}/notice", shop.origin);
        Link { label: say!(t, "account-link-answer"), url, note: String::new() }
    }
}

impl Sender {
    pub fn of(t: &Tongue, shop: &Shop) -> Sender {
        Sender {
            name: shop.name.of(t.locale).to_owned(),
            address: shop.address.of(t.locale).to_owned(),
            phone: match shop.phone.as_str() {
                "" => String::new(),
                phone => say!(t, "phone", phone = phone),
            },
            origin: shop.origin.clone(),
        }
    }
}

struct Writer<'a> {
    t: &'static Tongue,
    facts: &'a Facts,
    people: &'a People,
    shop: &'a Shop,
}

impl Writer<'_> {
    fn shop_name(&self) -> String {
        self.shop.name.of(self.t.locale).to_owned()
    }

    /// Subject, title and preheader.
    fn head(&self) -> (String, String, String) {
        let (t, order) = (self.t, &self.facts.order);
        let (shop, number) = (self.shop_name(), order.number.as_str());
        match &self.facts.about {
            About::Received => (
                say!(t, "subject-received", shop = shop, number = number),
                say!(t, "title-received"),
                say!(t, "preheader-received", number = number, total = t.yen(order.total)),
            ),
            About::Paid => (
                say!(t, "subject-paid", shop = shop, number = number),
                say!(t, "title-paid"),
                say!(t, "preheader-paid", amount = t.yen(order.total)),
            ),
            About::Shipped(shipment) => (
                say!(t, "subject-shipped", shop = shop, number = number),
                say!(t, "title-shipped"),
                match (self.carrier(shipment), &shipment.tracking_number) {
                    (Some(carrier), Some(tracking)) => {
                        say!(t, "preheader-shipped", carrier = carrier, tracking = tracking.as_str())
                    }
                    _ => say!(t, "preheader-shipped-no-tracking"),
                },
            ),
            About::Canceled => (
                say!(t, "subject-canceled", shop = shop, number = number),
                say!(t, "title-canceled"),
                say!(t, "preheader-canceled", number = number),
            ),
            About::Refunded(amount) => (
                say!(t, "subject-refunded", shop = shop, number = number),
                say!(t, "title-refunded"),
                say!(t, "preheader-refunded", amount = t.yen(*amount)),
            ),
            About::Answer(answer) => {
                (answer.subject.clone(), answer.subject.clone(), say!(t, "preheader-answer", shop = shop))
            }
        }
    }

    fn paragraphs(&self) -> Vec<String> {
        let (t, order) = (self.t, &self.facts.order);
        match &self.facts.about {
            About::Received => {
                let mut all = vec![say!(t, "received-thanks", shop = self.shop_name())];
                // The order may have moved on since the message was queued.
                match (order.method, order.state) {
                    (_, OrderState::Canceled) => return all,
                    (PaymentMethod::CashOnDelivery, _) => all.push(say!(t, "received-cash")),
                    (PaymentMethod::Card, OrderState::AwaitingPayment) => {
                        all.push(say!(t, "received-card-waiting"))
                    }
                    (PaymentMethod::Card, _) => all.push(say!(t, "received-card-paid")),
                }
                all.push(say!(t, "received-check"));
                all
            }
            About::Paid => vec![say!(t, "paid-thanks"), say!(t, "paid-next")],
            About::Shipped(shipment) => {
                let mut all = vec![say!(t, "shipped-body")];
                if let (Some(carrier), Some(_)) = (self.carrier(shipment), &shipment.tracking_number) {
                    all.push(say!(t, "shipped-track", carrier = carrier));
                }
                if order.recipients.len() > 1 {
                    all.push(say!(t, "shipped-others"));
                }
                all.push(say!(t, "shipped-enjoy"));
                all
            }
            About::Canceled => {
                let open = order.received.checked_sub(order.refunded).unwrap_or(Yen::ZERO);
                let money = if open > Yen::ZERO {
                    say!(t, "canceled-refund-follows", amount = t.yen(open))
                } else if order.refunded > Yen::ZERO {
                    say!(t, "canceled-refunded", amount = t.yen(order.refunded))
                } else {
                    say!(t, "canceled-nothing-paid")
                };
                vec![say!(t, "canceled-body"), money, say!(t, "canceled-question")]
            }
            About::Refunded(amount) => {
                let by_card = order.method == PaymentMethod::Card;
                let mut all = vec![say!(t, "refunded-body", amount = t.yen(*amount))];
                all.extend(by_card.then(|| say!(t, "refunded-card")));
                all.push(say!(t, "refunded-question"));
                all
            }
            About::Answer(answer) => answer.paragraphs.clone(),
        }
    }

    fn order_rows(&self) -> Vec<Row> {
        let (t, order) = (self.t, &self.facts.order);
        let mut rows = vec![
            row(say!(t, "label-number"), order.number.clone()),
            row(say!(t, "label-placed-at"), t.date_time(order.placed_at_ms)),
        ];
        match &self.facts.about {
            About::Shipped(shipment) => {
                rows.extend(self.carrier(shipment).map(|c| row(say!(t, "label-carrier"), c)));
                rows.extend(shipment.tracking_number.clone().map(|n| row(say!(t, "label-tracking"), n)));
                rows.extend(shipment.shipped_at_ms.map(|at| row(say!(t, "label-shipped-at"), t.day_of(at))));
            }
            About::Received | About::Canceled => rows.push(row(say!(t, "label-payment"), self.payment())),
            About::Paid => {
                rows.push(row(say!(t, "label-payment"), self.payment()));
                rows.push(row(say!(t, "label-amounts"), t.yen(order.total)));
            }
            About::Refunded(amount) => {
                rows.push(row(say!(t, "label-payment"), self.payment()));
                rows.push(row(say!(t, "label-refunded"), t.yen(*amount)));
            }
            About::Answer(_) => {}
        }
        rows
    }

    fn payment(&self) -> String {
        match &self.facts.order.card {
            Some(Card { brand, last4 }) if self.facts.order.method == PaymentMethod::Card => {
                say!(self.t, "payment-card", brand = brand_name(brand), last4 = last4.as_str())
            }
            _ => say!(self.t, "payment-method", method = self.facts.order.method.word()),
        }
    }

    fn carrier(&self, shipment: &Shipment) -> Option<String> {
        shipment.carrier.map(|c| say!(self.t, "carrier", carrier = c.word()))
    }

    fn parcels(&self) -> Vec<Parcel> {
        let shown = shown_recipients(self.facts);
        let count = shown.len();
        shown.into_iter().enumerate().map(|(at, r)| self.parcel(r, at + 1, count)).collect()
    }

    fn parcel(&self, facts: &RecipientFacts, index: usize, count: usize) -> Parcel {
        let t = self.t;
        let heading = match count {
            1 => say!(t, "label-recipient"),
            _ => say!(t, "label-recipient-of", index = index.to_string(), count = count.to_string()),
        };
        let person = self.people.recipients.iter().find(|(id, _)| *id == facts.id).map(|(_, p)| p);
        let mut rows: Vec<Row> = person.map(|p| self.address(p)).into_iter().collect();
        if matches!(self.facts.about, About::Received) {
            rows.extend(self.gift(facts, person));
            rows.push(row(say!(t, "label-delivery"), self.wish(facts)));
        }
        let mark = say!(t, "reduced-mark");
        let line = |l: &crate::facts::LineFacts| Line {
            name: match l.tax {
                TaxClass::Reduced => format!("{}{mark}", l.name(t.locale)),
                TaxClass::Standard => l.name(t.locale).to_owned(),
            },
            quantity: say!(
                t,
                "line-quantity",
                price = t.yen(l.unit_price),
                quantity = l.quantity.to_string()
            ),
            amount: t.yen(l.amount()),
        };
        Parcel { heading, rows, lines: facts.lines.iter().map(line).collect() }
    }

    /// Name and address, as on a label; no telephone number, as nobody needs it to check the order.
    fn address(&self, person: &Recipient) -> Row {
        let code = person.contact.postcode.reveal();
        let code = match code.split_at_checked(3) {
            Some((area, town)) if !town.is_empty() => format!("{area}-{town}"),
            _ => code.to_owned(),
        };
        let code = say!(self.t, "postcode", code = code);
        let name = match (person.contact.name.to_address(), self.t.locale) {
            (Some(name), domain::Locale::Ja) => say!(self.t, "honorific", name = name),
            (Some(name), domain::Locale::En) => name.to_owned(),
            (None, _) => say!(self.t, "name-unshown"),
        };
        let address = person.contact.address_line();
        row(say!(self.t, "label-address"), format!("{code}\n{}\n{name}", address.reveal()))
    }

    fn gift(&self, facts: &RecipientFacts, person: Option<&Recipient>) -> Vec<Row> {
        let t = self.t;
        let mut rows = Vec::new();
        if let (Some(cord), inscription) = (facts.noshi.cord(), facts.noshi.inscription()) {
            let cord = say!(t, "cord", cord = cord.word());
            rows.push(row(say!(t, "label-noshi"), say!(t, "noshi", inscription = inscription, cord = cord)));
        }
        let words = person.map(|p| &p.words);
        if let Some(name) =
            words.map(|w| &w.noshi_name).filter(|n| !n.is_empty() && facts.noshi != Noshi::None)
        {
            rows.push(row(say!(t, "label-noshi-name"), name.reveal().to_owned()));
        }
        if facts.noshi != Noshi::None {
            let unwrapped = facts.wrapping == Wrapping::None;
            let place = if unwrapped { "box" } else { facts.noshi_place.word() };
            let place = say!(t, "noshi-place", place = place);
            rows.push(row(say!(t, "label-noshi-place"), place));
        }
        if facts.wrapping != Wrapping::None {
            rows.push(row(say!(t, "label-wrapping"), say!(t, "wrapping", wrapping = facts.wrapping.word())));
        }
        if let Some(message) = words.map(|w| &w.message).filter(|m| !m.is_empty()) {
            rows.push(row(say!(t, "label-message"), message.reveal().to_owned()));
        }
        rows
    }

    fn wish(&self, facts: &RecipientFacts) -> String {
        let t = self.t;
        let slot = say!(t, "slot", slot = format!("at_{}", facts.slot));
        match (facts.delivery_date, facts.slot) {
            (None, TimeSlot::Any) => say!(t, "delivery-any"),
            (Some(date), TimeSlot::Any) => say!(t, "delivery-date", date = t.date(date)),
            (Some(date), _) => say!(t, "delivery-slot", date = t.date(date), slot = slot),
            (None, _) => say!(t, "delivery-slot-only", slot = slot),
        }
    }

    fn sums(&self) -> Vec<Sum> {
        let (t, order) = (self.t, &self.facts.order);
        let sum = |label, yen, strong| Sum { label, amount: t.yen(yen), strong };
        let postage = order.shipping_fee.checked_sub(order.cool_fee).unwrap_or(order.shipping_fee);
        let mut sums = vec![
            sum(say!(t, "label-goods"), order.goods, false),
            sum(say!(t, "label-shipping"), postage, false),
        ];
        if order.cool_fee > Yen::ZERO {
            sums.push(sum(say!(t, "label-cool-fee"), order.cool_fee, false));
        }
        if order.cod_fee > Yen::ZERO {
            sums.push(sum(say!(t, "label-cod-fee"), order.cod_fee, false));
        }
        sums.push(sum(say!(t, "label-total"), order.total, true));
        sums
    }

    fn tax_notes(&self) -> Vec<String> {
        let (t, lines) = (self.t, &self.facts.order.tax);
        let mut notes: Vec<String> = lines
            .iter()
            .map(|line| {
                let percent = line.class.percent().to_string();
                say!(t, "tax-line", percent = percent, gross = t.yen(line.gross), tax = t.yen(line.tax))
            })
            .collect();
        if lines.iter().any(|line| line.class == TaxClass::Reduced) {
            notes.push(say!(t, "reduced-note"));
        }
        notes
    }
}

/// A brand's own spelling of its name, for the processor's word.
fn brand_name(word: &str) -> &str {
    match word {
        "visa" => "Visa",
        "mastercard" => "Mastercard",
        "amex" => "American Express",
        "jcb" => "JCB",
        "diners" => "Diners Club",
        "discover" => "Discover",
        "unionpay" => "UnionPay",
        other => other,
    }
}
