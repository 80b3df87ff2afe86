//! What the buyer typed, checked. Every fault is said at its field and in the summary above the form.

use crate::{
    form::Fields,
    view::{self, Texts},
};
use domain::{
    Locale,
    delivery::{self, TimeSlot},
    noshi::{Noshi, Wrapping},
    payment::PaymentMethod,
    person::{self, Contact, GiftWords, Invalid, Personal},
    shipping::{PREFECTURES, Region},
};
use jiff::civil::{Date, DateTime};
use site::checkout::{GIFT_MESSAGE_CHARS_MAX, NOSHI_NAME_CHARS_MAX};

/// Fields and what is wrong with them, in the order of the form.
pub type Errors = Vec<(&'static str, String)>;

/// An order's particulars. Personal: no `Debug`.
#[derive(Clone)]
pub struct Details {
    /// Who orders.
    pub orderer: Contact,
    /// Where mails go.
    pub email: Personal,
    /// Who gets it; none: the orderer.
    pub recipient: Option<Contact>,
    /// The noshi.
    pub noshi: Noshi,
    /// The wrapping.
    pub wrapping: Wrapping,
    /// Words on the card and the name under the noshi.
    pub words: GiftWords,
    /// The date wished for.
    pub delivery_date: Option<Date>,
    /// The part of the day wished for.
    pub time_slot: TimeSlot,
    /// How it is paid.
    pub payment: PaymentMethod,
    /// The zone it goes to.
    pub region: Region,
}

/// The names of a contact's fields, for the orderer and for somebody else.
pub struct Names {
    /// Name.
    pub name: &'static str,
    /// Its reading.
    pub kana: &'static str,
    /// Telephone.
    pub phone: &'static str,
    /// Postcode.
    pub postcode: &'static str,
    /// Prefecture.
    pub prefecture: &'static str,
    /// City and town.
    pub city: &'static str,
    /// Street number.
    pub street: &'static str,
    /// Building.
    pub building: &'static str,
}

/// The orderer's.
pub const ORDERER: Names = Names {
    name: "name",
    kana: "kana",
    phone: "phone",
    postcode: "postcode",
    prefecture: "prefecture",
    city: "city",
    street: "street",
    building: "building",
};
/// Somebody else's.
pub const OTHER: Names = Names {
    name: "to_name",
    kana: "to_kana",
    phone: "to_phone",
    postcode: "to_postcode",
    prefecture: "to_prefecture",
    city: "to_city",
    street: "to_street",
    building: "to_building",
};

impl Details {
    /// Reads the form; `now` is the time in Japan.
    ///
    /// # Errors
    /// Every fault there is, in the order of the form.
    pub fn read(locale: Locale, fields: &Fields, now: DateTime) -> Result<Details, Errors> {
        let t = Texts::of(locale);
        let mut errors = Errors::new();
        let orderer_name_first = contact(t, fields, &ORDERER, &mut errors);
        let email = email(t, fields, &mut errors);
        let to_other = fields.get("ship_to") == "other";
        let recipient = if to_other { contact(t, fields, &OTHER, &mut errors) } else { None };
        let noshi = word(fields, "noshi", Noshi::None);
        let wrapping = word(fields, "wrapping", Wrapping::None);
        let words = words(t, fields, noshi, &mut errors);
        let to = if to_other { recipient.as_ref() } else { orderer_name_first.as_ref() };
        let region = to.and_then(|c| Region::of_prefecture(c.prefecture.reveal()));
        let delivery_date = date(t, locale, fields, region, now, &mut errors);
        let payment = match fields.get("payment") {
            "cash_on_delivery" => PaymentMethod::CashOnDelivery,
            _ => PaymentMethod::Card,
        };
        if fields.get("agree") != "1" {
            errors.push(("agree", t.s("invalid-agree").to_owned()));
        }
        match (orderer_name_first, email, region) {
            (Some(orderer), Some(email), Some(region)) if errors.is_empty() => Ok(Details {
                orderer,
                email,
                recipient,
                noshi,
                wrapping,
                words,
                delivery_date,
                time_slot: word(fields, "time_slot", TimeSlot::Any),
                payment,
                region,
            }),
            _ => Err(errors),
        }
    }

    /// Who gets the goods.
    pub fn to(&self) -> &Contact {
        self.recipient.as_ref().unwrap_or(&self.orderer)
    }

    /// The fields that carry all this on to the next page, tidied.
    pub fn hidden(&self) -> Vec<(&'static str, String)> {
        let mut hidden = Vec::new();
        push_contact(&mut hidden, &ORDERER, &self.orderer);
        hidden.push(("email", self.email.reveal().to_owned()));
        if let Some(to) = &self.recipient {
            push_contact(&mut hidden, &OTHER, to);
        }
        hidden.push(("ship_to", if self.recipient.is_some() { "other" } else { "self" }.to_owned()));
        hidden.push(("noshi", self.noshi.word().to_owned()));
        hidden.push(("noshi_name", self.words.noshi_name.reveal().to_owned()));
        hidden.push(("wrapping", self.wrapping.word().to_owned()));
        hidden.push(("message", self.words.message.reveal().to_owned()));
        hidden.push(("delivery_date", self.delivery_date.map(|d| d.to_string()).unwrap_or_default()));
        hidden.push(("time_slot", self.time_slot.word().to_owned()));
        hidden.push(("payment", self.payment.word().to_owned()));
        hidden.push(("agree", "1".to_owned()));
        hidden
    }
}

fn push_contact(hidden: &mut Vec<(&'static str, String)>, names: &Names, c: &Contact) {
    let pairs = [
        (names.name, &c.name),
        (names.kana, &c.kana),
        (names.phone, &c.phone),
        (names.postcode, &c.postcode),
        (names.prefecture, &c.prefecture),
        (names.city, &c.city),
        (names.street, &c.street),
        (names.building, &c.building),
    ];
    hidden.extend(pairs.map(|(name, value)| (name, value.reveal().to_owned())));
}

/// One of our words; a form of ours sends no other, so the rest falls to the usual one.
fn word<T: std::str::FromStr>(fields: &Fields, name: &str, usual: T) -> T {
    fields.get(name).parse().unwrap_or(usual)
}

fn contact(t: &Texts, fields: &Fields, n: &Names, errors: &mut Errors) -> Option<Contact> {
    let mut take =
        |name: &'static str, label: &str, special: &str, read: Result<Personal, Invalid>| match read {
            Ok(value) => Some(value),
            Err(why) => {
                let id = if why == Invalid::Missing || why == Invalid::TooLong { "" } else { special };
                let label = match name.starts_with("to_") {
                    true => t.f1("field-of-recipient", "label", t.s(label)),
                    false => t.s(label).to_owned(),
                };
                let label = label.as_str();
                errors.push((
                    name,
                    if id.is_empty() { t.invalid(label, why) } else { t.f1(id, "label", label) },
                ));
                None
            }
        };
    let name = take(n.name, "field-name", "", person::name_line(fields.get(n.name)));
    let kana = take(n.kana, "field-kana", "invalid-kana", person::kana_line(fields.get(n.kana)));
    let phone = take(n.phone, "field-phone", "invalid-phone", person::phone(fields.get(n.phone)));
    let postcode =
        take(n.postcode, "field-postcode", "invalid-postcode", person::postcode(fields.get(n.postcode)));
    let prefecture = match fields.get(n.prefecture) {
        p if PREFECTURES.contains(&p) => Ok(Personal::new(p)),
        _ => Err(Invalid::Form),
    };
    let prefecture = take(n.prefecture, "field-prefecture", "invalid-choose", prefecture);
    let city = take(n.city, "field-city", "", person::address_line(fields.get(n.city)));
    let street = take(n.street, "field-street", "", person::address_line(fields.get(n.street)));
    let building = match person::address_line(fields.get(n.building)) {
        Err(Invalid::Missing) => Ok(Personal::default()),
        other => other,
    };
    let building = take(n.building, "field-building", "", building);
    Some(Contact {
        name: name?,
        kana: kana?,
        phone: phone?,
        postcode: postcode?,
        prefecture: prefecture?,
        city: city?,
        street: street?,
        building: building?,
    })
}

fn email(t: &Texts, fields: &Fields, errors: &mut Errors) -> Option<Personal> {
    let label = t.s("field-email");
    match person::email(fields.get("email")) {
        Ok(email) => Some(email),
        Err(why) => {
            let text = if why == Invalid::Form {
                t.f1("invalid-email", "label", label)
            } else {
                t.invalid(label, why)
            };
            // Stands behind name and reading on the form.
            let at = errors.iter().position(|(n, _)| !matches!(*n, "name" | "kana")).unwrap_or(errors.len());
            errors.insert(at, ("email", text));
            None
        }
    }
}

fn words(t: &Texts, fields: &Fields, noshi: Noshi, errors: &mut Errors) -> GiftWords {
    let noshi_name = match person::name_line(fields.get("noshi_name")) {
        Err(Invalid::Missing) => Personal::default(),
        Ok(name) if name.reveal().chars().count() <= NOSHI_NAME_CHARS_MAX => name,
        other => {
            let why = other.err().unwrap_or(Invalid::TooLong);
            errors.push(("noshi_name", t.invalid(t.s("field-noshi-name"), why)));
            Personal::default()
        }
    };
    if noshi == Noshi::None && !noshi_name.is_empty() {
        errors.push(("noshi", t.s("invalid-noshi-name").to_owned()));
    }
    let message = person::free_text(fields.get("message"), GIFT_MESSAGE_CHARS_MAX).unwrap_or_else(|why| {
        errors.push(("message", t.invalid(t.s("field-message"), why)));
        Personal::default()
    });
    GiftWords { message, noshi_name }
}

fn date(
    t: &Texts,
    locale: Locale,
    fields: &Fields,
    region: Option<Region>,
    now: DateTime,
    errors: &mut Errors,
) -> Option<Date> {
    let typed = fields.get("delivery_date");
    if typed.is_empty() {
        return None;
    }
    // Without an address nothing can be promised yet; its absence is said at its own field.
    let region = region?;
    let wish = typed.parse::<Date>().ok().filter(|d| delivery::can_promise(now, region, *d));
    if wish.is_none() {
        let from = view::date(&locale, &delivery::earliest(now, region));
        let until = view::date(&locale, &delivery::latest(now));
        errors.push(("delivery_date", t.f2("invalid-date", "from", from, "until", until)));
    }
    wish
}

#[cfg(test)]
#[path = "details_tests.rs"]
mod tests;
