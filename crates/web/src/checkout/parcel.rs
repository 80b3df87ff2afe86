//! One recipient's part of an order, as typed: who, what, how it is dressed, when it shall arrive.

use super::{contact::OTHER, details::Errors};
use crate::{
    form::Fields,
    view::{self, Texts},
};
use domain::{
    Locale,
    delivery::{Calendar, TimeSlot},
    noshi::{Noshi, NoshiPlace, Wrapping},
    person::{self, Contact, GiftWords, Invalid, Personal},
    shipping::Region,
};
use jiff::civil::Date;
use site::checkout::{GIFT_MESSAGE_CHARS_MAX, NOSHI_NAME_CHARS_MAX};
use uuid::Uuid;

/// Variants and how many pieces of each, at least one.
pub type Goods = Vec<(Uuid, u32)>;

/// What goes to one recipient. Personal: no `Debug`.
#[derive(Clone)]
pub struct Parcel {
    /// Who gets it; none: the orderer.
    pub recipient: Option<Contact>,
    /// The noshi.
    pub noshi: Noshi,
    /// Where it lies.
    pub noshi_place: NoshiPlace,
    /// The wrapping.
    pub wrapping: Wrapping,
    /// Words on the card and the name under the noshi.
    pub words: GiftWords,
    /// The date wished for.
    pub delivery_date: Option<Date>,
    /// The part of the day wished for.
    pub time_slot: TimeSlot,
    /// The zone it goes to.
    pub region: Region,
    /// What is in it, of an order to several recipients; none: the whole cart.
    pub goods: Option<Goods>,
}

impl Parcel {
    /// Who gets it.
    pub fn to<'c>(&'c self, orderer: &'c Contact) -> &'c Contact {
        self.recipient.as_ref().unwrap_or(orderer)
    }

    /// The fields that carry it on to the next page; its goods as pieces of each of `lines`.
    pub fn hidden(&self, lines: &[Uuid], hidden: &mut Vec<(&'static str, String)>) {
        let mut push = |name, value: &str| hidden.push((name, value.to_owned()));
        match &self.recipient {
            Some(to) => OTHER.of(to).into_iter().for_each(|(name, value)| push(name, value)),
            // Each recipient has as many fields as the other: they are told apart by their order.
            None if self.goods.is_some() => OTHER.all().into_iter().for_each(|name| push(name, "")),
            None => {}
        }
        push("noshi", self.noshi.word());
        push("noshi_name", self.words.noshi_name.reveal());
        push("noshi_place", self.noshi_place.word());
        push("wrapping", self.wrapping.word());
        push("message", self.words.message.reveal());
        push("delivery_date", &self.delivery_date.map(|d| d.to_string()).unwrap_or_default());
        push("time_slot", self.time_slot.word());
        if let Some(goods) = &self.goods {
            push("to_whom", if self.recipient.is_some() { "other" } else { "self" });
            let of = |line| goods.iter().find(|(v, _)| v == line).map_or(0, |(_, n)| *n);
            push("to_goods", &super::recipients::share_word(&lines.iter().map(of).collect::<Vec<_>>()));
        }
    }
}

/// Reads what was typed, in the buyer's language.
pub struct Reader {
    /// The words.
    pub t: &'static Texts,
    /// The language.
    pub locale: Locale,
    /// The dates that can be promised.
    pub calendar: Calendar,
}

impl Reader {
    /// A recipient's fields. `goods` is what goes to one of several; `orderer` is none where something is wrong with
    /// him. What is wrong goes into `errors`, in the order of the form.
    pub fn parcel(
        &self,
        fields: &Fields,
        to_other: bool,
        goods: Option<Goods>,
        orderer: Option<&Contact>,
        errors: &mut Errors,
    ) -> Option<Parcel> {
        let before = errors.len();
        let recipient = if to_other { OTHER.read(self.t, fields, errors) } else { None };
        if goods.as_ref().is_some_and(Vec::is_empty) {
            errors.push(("goods", self.t.s("invalid-no-goods").to_owned()));
        }
        let noshi = word(fields, "noshi", Noshi::None);
        let words = self.words(fields, noshi, errors);
        let to = if to_other { recipient.as_ref() } else { orderer };
        let region = to.and_then(|c| Region::of_prefecture(c.prefecture.reveal()));
        let delivery_date = self.date(fields, region, errors);
        if errors.len() > before {
            return None;
        }
        Some(Parcel {
            recipient,
            noshi,
            noshi_place: word(fields, "noshi_place", NoshiPlace::Inside),
            wrapping: word(fields, "wrapping", Wrapping::None),
            words,
            delivery_date,
            time_slot: word(fields, "time_slot", TimeSlot::Any),
            region: region?,
            goods,
        })
    }

    fn words(&self, fields: &Fields, noshi: Noshi, errors: &mut Errors) -> GiftWords {
        let t = self.t;
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
        let message =
            person::free_text(fields.get("message"), GIFT_MESSAGE_CHARS_MAX).unwrap_or_else(|why| {
                errors.push(("message", t.invalid(t.s("field-message"), why)));
                Personal::default()
            });
        GiftWords { message, noshi_name }
    }

    fn date(&self, fields: &Fields, region: Option<Region>, errors: &mut Errors) -> Option<Date> {
        let typed = fields.get("delivery_date");
        if typed.is_empty() {
            return None;
        }
        // Without an address nothing can be promised yet; its absence is said at its own field.
        let region = region?;
        let wish = typed.parse::<Date>().ok().filter(|d| self.calendar.can_promise(region, *d));
        if wish.is_none() {
            let from = view::date(&self.locale, &self.calendar.earliest(region));
            let until = view::date(&self.locale, &self.calendar.latest(region));
            errors.push(("delivery_date", self.t.f2("invalid-date", "from", from, "until", until)));
        }
        wish
    }
}

/// One of our words; a form of ours sends no other, so the rest falls to the usual one.
fn word<T: std::str::FromStr>(fields: &Fields, name: &str, usual: T) -> T {
    fields.get(name).parse().unwrap_or(usual)
}
