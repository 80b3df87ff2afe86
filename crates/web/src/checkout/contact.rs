//! Name, telephone and address of a person in the checkout's forms: the orderer's fields, and a recipient's.

use super::details::Errors;
use crate::{form::Fields, view::Texts};
use domain::{
    Locale,
    person::{self, Contact, Invalid, Personal},
    shipping::PREFECTURES,
};

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

impl Names {
    /// All of them, in the order of the form.
    pub const fn all(&self) -> [&'static str; 8] {
        [
            self.name,
            self.kana,
            self.phone,
            self.postcode,
            self.prefecture,
            self.city,
            self.street,
            self.building,
        ]
    }

    /// A contact's fields with their values.
    pub fn of<'c>(&self, c: &'c Contact) -> [(&'static str, &'c str); 8] {
        let values =
            [&c.name, &c.kana, &c.phone, &c.postcode, &c.prefecture, &c.city, &c.street, &c.building];
        let mut values = values.into_iter().map(Personal::reveal);
        self.all().map(|name| (name, values.next().unwrap_or_default()))
    }

    /// Fills a form with somebody who is known already, as if typed: a customer, an entry of an address book.
    pub fn fill(&self, fields: &mut Fields, c: &Contact) {
        for (name, value) in self.of(c) {
            fields.set(name, value);
        }
    }

    /// Whether a reading must be typed. Whoever reads English may not know kana, and Roman letters need no reading; it is printed
    /// for those who call or deliver, and nothing is searched or sorted by it.
    pub fn needs_kana(&self, t: &Texts, fields: &Fields) -> bool {
        t.locale() == Locale::Ja && !person::is_roman(fields.get(self.name))
    }

    /// Reads a contact; what is wrong goes into `errors`, in the order of the form.
    pub fn read(&self, t: &Texts, fields: &Fields, errors: &mut Errors) -> Option<Contact> {
        let mut take =
            |name: &'static str, label: &str, special: &str, read: Result<Personal, Invalid>| match read {
                Ok(value) => Some(value),
                Err(why) => {
                    errors.push((name, wrong(t, name, label, special, why)));
                    None
                }
            };
        let typed = |name| fields.get(name);
        let name = take(self.name, "field-name", "", person::name_line(typed(self.name)));
        let kana = match person::kana_line(typed(self.kana)) {
            Err(Invalid::Missing) if !self.needs_kana(t, fields) => Ok(Personal::default()),
            other => other,
        };
        let kana = take(self.kana, "field-kana", "invalid-kana", kana);
        let phone = take(self.phone, "field-phone", "invalid-phone", person::phone(typed(self.phone)));
        let code = person::postcode(typed(self.postcode));
        let postcode = take(self.postcode, "field-postcode", "invalid-postcode", code);
        let prefecture = match typed(self.prefecture) {
            p if PREFECTURES.contains(&p) => Ok(Personal::new(p)),
            _ => Err(Invalid::Form),
        };
        let prefecture = take(self.prefecture, "field-prefecture", "invalid-choose", prefecture);
        let city = take(self.city, "field-city", "", person::address_line(typed(self.city)));
        let street = take(self.street, "field-street", "", person::address_line(typed(self.street)));
        let building = match person::address_line(typed(self.building)) {
            Err(Invalid::Missing) => Ok(Personal::default()),
            other => other,
        };
        let building = take(self.building, "field-building", "", building);
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
}

/// What is wrong with a field, in words; `special` is the text for what has not the right form.
fn wrong(t: &Texts, name: &str, label: &str, special: &str, why: Invalid) -> String {
    let label = match name.starts_with("to_") {
        true => t.f1("field-of-recipient", "label", t.s(label)),
        false => t.s(label).to_owned(),
    };
    let plain = special.is_empty() || matches!(why, Invalid::Missing | Invalid::TooLong);
    if plain { t.invalid(&label, why) } else { t.f1(special, "label", label) }
}
