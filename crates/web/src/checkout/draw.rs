//! The checkout form as it is drawn.

use super::{
    contact::{Names, ORDERER, OTHER},
    details::{Errors, ShipTo},
};
use crate::{
    form::Fields,
    view::{self, Choice, Field, Texts},
};
use domain::{
    Locale,
    delivery::{Calendar, TimeSlot},
    noshi::{Noshi, NoshiPlace, Wrapping},
    person::{ADDRESS_LINE_CHARS_MAX, EMAIL_BYTES_MAX, NAME_CHARS_MAX},
    shipping::{PREFECTURES, Region},
};
use jiff::ToSpan;
use site::checkout::{GIFT_MESSAGE_CHARS_MAX, NOSHI_NAME_CHARS_MAX, PHONE_CHARS_MAX, POSTCODE_CHARS_MAX};

/// How many dates are offered at most.
const DATES_MAX: usize = 70;

/// The first page's fields, part by part.
pub struct Drawn {
    /// Name, reading, mail address, telephone.
    pub who: Vec<Field>,
    /// The orderer's address.
    pub address: Vec<Field>,
    /// The one recipient's.
    pub recipient: Recipient,
}

/// A recipient's fields, part by part.
pub struct Recipient {
    /// Name and address of somebody else.
    pub contact: Vec<Field>,
    /// Noshi, wrapping, words.
    pub gift: Vec<Field>,
    /// Date and time.
    pub delivery: Vec<Field>,
}

/// Draws a recipient's fields with what was typed and what is wrong with it; `orderer` holds the orderer's fields,
/// `calendar` has the dates that can be promised.
pub fn recipient(
    locale: Locale,
    typed: &Fields,
    orderer: &Fields,
    errors: &Errors,
    calendar: &Calendar,
) -> Recipient {
    let pen = Pen { t: Texts::of(locale), typed, errors };
    Recipient {
        contact: pen.contact(&OTHER, false),
        gift: pen.gift(),
        delivery: pen.delivery(locale, orderer, calendar),
    }
}

/// Draws name, address and telephone of one person; `own`: the browser may fill in the visitor's own.
pub fn contact(t: &'static Texts, typed: &Fields, errors: &Errors, own: bool) -> Vec<Field> {
    Pen { t, typed, errors }.contact(&ORDERER, own)
}

/// Draws the first page with what was typed and what is wrong with it; `calendar` has the dates that can be promised.
pub fn draw(locale: Locale, typed: &Fields, errors: &Errors, calendar: &Calendar) -> Drawn {
    let pen = Pen { t: Texts::of(locale), typed, errors };
    let n = &ORDERER;
    let t = pen.t;
    let mut who = pen.name(n, true);
    who.push(
        pen.line("email", "field-email", EMAIL_BYTES_MAX)
            .hint(t.s("field-email-hint"))
            .of_type("email")
            .auto("email", "email")
            .wide("half"),
    );
    who.push(pen.phone(n, true));
    let recipient = recipient(locale, typed, typed, errors, calendar);
    Drawn { who, address: pen.address(n, true), recipient }
}

struct Pen<'a> {
    t: &'static Texts,
    typed: &'a Fields,
    errors: &'a Errors,
}

impl Pen<'_> {
    fn line(&self, name: &'static str, label: &str, chars_max: usize) -> Field {
        let error = self.errors.iter().find(|(n, _)| *n == name).map(|(_, e)| e.clone());
        Field::line(name, self.t.s(label), self.typed.get(name), chars_max).error(error)
    }

    fn contact(&self, n: &Names, own: bool) -> Vec<Field> {
        let mut contact = self.name(n, own);
        contact.extend(self.address(n, own));
        contact.push(self.phone(n, own));
        contact
    }

    fn name(&self, n: &Names, own: bool) -> Vec<Field> {
        let t = self.t;
        let auto = if own { "name" } else { "" };
        let name = self.line(n.name, "field-name", NAME_CHARS_MAX).hint(t.s("field-name-hint"));
        let mut kana = self.line(n.kana, "field-kana", NAME_CHARS_MAX).hint(t.s("field-kana-hint"));
        kana.required = n.needs_kana(t, self.typed);
        vec![name.auto(auto, "").wide("half"), kana.wide("half")]
    }

    fn phone(&self, n: &Names, own: bool) -> Field {
        let auto = if own { "tel" } else { "" };
        let field = self.line(n.phone, "field-phone", PHONE_CHARS_MAX).of_type("tel").auto(auto, "tel");
        field.hint(self.t.s("field-phone-hint")).wide("half")
    }

    /// `own`: the browser may fill it with the visitor's own address.
    fn address(&self, n: &Names, own: bool) -> Vec<Field> {
        let auto = |word| if own { word } else { "" };
        let t = self.t;
        let chosen = self.typed.get(n.prefecture);
        let mut prefectures = vec![Choice::new("", t.s("field-prefecture-choose"), chosen)];
        prefectures.extend(PREFECTURES.iter().map(|p| Choice::new(*p, *p, chosen)));
        vec![
            self.line(n.postcode, "field-postcode", POSTCODE_CHARS_MAX)
                .hint(t.s("field-postcode-hint"))
                .auto(auto("postal-code"), "numeric")
                .wide("half"),
            self.line(n.prefecture, "field-prefecture", 4)
                .select(prefectures)
                .auto(auto("address-level1"), "")
                .wide("half"),
            self.line(n.city, "field-city", ADDRESS_LINE_CHARS_MAX)
                .auto(auto("address-level2"), "")
                .wide("half"),
            self.line(n.street, "field-street", ADDRESS_LINE_CHARS_MAX)
                .auto(auto("address-line1"), "")
                .wide("half"),
            self.line(n.building, "field-building", ADDRESS_LINE_CHARS_MAX)
                .auto(auto("address-line2"), "")
                .optional(),
        ]
    }

    fn gift(&self) -> Vec<Field> {
        let t = self.t;
        let noshi = Noshi::ALL.iter().map(|n| self.choice("noshi", "noshi", n.word())).collect();
        let wrapping = Wrapping::ALL.iter().map(|w| self.choice("wrapping", "wrapping", w.word())).collect();
        let place = NoshiPlace::ALL.iter().map(|p| self.choice("noshi_place", "noshi-place", p.word()));
        vec![
            self.line("noshi", "field-noshi", 20).select(noshi).optional().wide("half"),
            self.line("noshi_name", "field-noshi-name", NOSHI_NAME_CHARS_MAX)
                .hint(t.s("field-noshi-name-hint"))
                .optional()
                .wide("half"),
            self.line("noshi_place", "field-noshi-place", 20)
                .select(place.collect())
                .hint(t.s("field-noshi-place-hint"))
                .optional()
                .wide("half"),
            self.line("wrapping", "field-wrapping", 20).select(wrapping).optional().wide("half"),
            self.line("message", "field-message", GIFT_MESSAGE_CHARS_MAX)
                .hint(t.s("field-message-hint"))
                .lines(4)
                .optional(),
        ]
    }

    fn delivery(&self, locale: Locale, orderer: &Fields, calendar: &Calendar) -> Vec<Field> {
        let chosen = self.typed.get("delivery_date");
        let mut dates = vec![Choice::new("", self.t.s("field-delivery-date-any"), chosen)];
        // To somebody else, the region is not known before the form is sent: the list begins with the nearest one's.
        let to_orderer = match self.typed.get("to_whom") {
            "" => ShipTo::of(self.typed) == ShipTo::Orderer,
            whom => whom == "self",
        };
        let of = if to_orderer { orderer.get(ORDERER.prefecture) } else { self.typed.get(OTHER.prefecture) };
        let nearest = Region::of_prefecture(of).unwrap_or_else(|| calendar.nearest());
        let mut day = calendar.earliest(nearest);
        while day <= calendar.latest(nearest) && dates.len() < DATES_MAX {
            dates.push(Choice::new(day.to_string(), view::date(&locale, &day), chosen));
            match day.checked_add(1.day()) {
                Ok(next) => day = next,
                Err(_) => break,
            }
        }
        let slots = TimeSlot::ALL.iter().map(|s| self.choice("time_slot", "time-slot", s.word())).collect();
        vec![
            self.line("delivery_date", "field-delivery-date", 10).select(dates).optional().wide("half"),
            self.line("time_slot", "field-time-slot", 20).select(slots).optional().wide("half"),
        ]
    }

    fn choice(&self, field: &str, family: &str, word: &str) -> Choice {
        Choice::new(word, self.t.w(family, word), self.typed.get(field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::delivery::Dispatch;
    use jiff::civil::DateTime;

    #[test]
    fn every_field_drawn_is_one_the_gate_lets_through_with_the_same_bounds() {
        let now = DateTime::constant(2026, 11, 23, 12, 0, 0, 0);
        let calendar = Calendar { now, dispatch: Dispatch::default() };
        let drawn = draw(Locale::Ja, &Fields::default(), &Errors::new(), &calendar);
        let mut names = Vec::new();
        let Recipient { contact, gift, delivery } = drawn.recipient;
        for field in [drawn.who, drawn.address, contact, gift, delivery].into_iter().flatten() {
            let shape = site::checkout::CHECKOUT.field(field.name).unwrap();
            if let crate::view::Kind::Select(choices) = &field.kind {
                for choice in choices.iter().filter(|c| !c.value.is_empty()) {
                    assert!(site::check::check_value(shape, &choice.value).is_ok(), "{}", field.name);
                    assert!(!choice.label.is_empty(), "{}", choice.value);
                }
            } else {
                assert_eq!(field.chars_max, shape.maxlength(), "{}", field.name);
            }
            names.push(field.name);
        }
        for shape in site::checkout::CHECKOUT.fields {
            let elsewhere = ["ship_to", "payment", "agree", "key", "go", "total"];
            let of_several = [
                "to_whom",
                "to_goods",
                "lines",
                "at",
                "quantity",
                "same_gift",
                "to_edit",
                "to_remove",
                "book",
                "keep",
            ];
            let elsewhere = [&elsewhere[..], &of_several].concat();
            assert!(names.contains(&shape.name) || elsewhere.contains(&shape.name), "{}", shape.name);
        }
    }
}
