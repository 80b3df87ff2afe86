//! Name, telephone and address in the forms of an account: drawn, filled in by postcode, read.

use crate::{
    form::Fields,
    storefront::find_postcode,
    view::{Choice, Field, Texts},
};
use domain::{
    person::{self, ADDRESS_LINE_CHARS_MAX, Contact, Invalid, NAME_CHARS_MAX, Personal},
    shipping::PREFECTURES,
};
use site::checkout::{PHONE_CHARS_MAX, POSTCODE_CHARS_MAX};

/// Fields and what is wrong with them, in the order of the form.
pub(super) type Errors = Vec<(&'static str, String)>;

/// A contact's fields as typed.
pub(super) fn fill(fields: &mut Fields, contact: &Contact) {
    for (name, value) in [
        ("name", &contact.name),
        ("kana", &contact.kana),
        ("phone", &contact.phone),
        ("postcode", &contact.postcode),
        ("prefecture", &contact.prefecture),
        ("city", &contact.city),
        ("street", &contact.street),
        ("building", &contact.building),
    ] {
        fields.set(name, value.reveal());
    }
}

/// Puts the postcode's address into the fields.
///
/// # Errors
/// Why there is none, at its field.
pub(super) fn fill_address(t: &Texts, fields: &mut Fields) -> Result<(), Errors> {
    let Some(place) = find_postcode(fields.get("postcode")) else {
        let label = t.s("field-postcode");
        let why = match person::postcode(fields.get("postcode")) {
            Ok(_) => t.f1("invalid-postcode-unknown", "label", label),
            Err(Invalid::Missing) => t.invalid(label, Invalid::Missing),
            Err(_) => t.f1("invalid-postcode", "label", label),
        };
        return Err(vec![("postcode", why)]);
    };
    let town = format!("{}{}", place.city, place.town);
    if fields.get("prefecture") != place.prefecture || !fields.get("city").starts_with(&town) {
        fields.set("prefecture", place.prefecture);
        fields.set("city", town);
    }
    Ok(())
}

/// Reads the fields.
pub(super) fn read(t: &Texts, fields: &Fields, errors: &mut Errors) -> Option<Contact> {
    let mut take = |name: &'static str, special: &str, read: Result<Personal, Invalid>| match read {
        Ok(value) => Some(value),
        Err(why) => {
            let label = t.s(label(name));
            let plain = special.is_empty() || matches!(why, Invalid::Missing | Invalid::TooLong);
            errors.push((name, if plain { t.invalid(label, why) } else { t.f1(special, "label", label) }));
            None
        }
    };
    let typed = |name| fields.get(name);
    let name = take("name", "", person::name_line(typed("name")));
    let kana = take("kana", "invalid-kana", person::kana_line(typed("kana")));
    let phone = take("phone", "invalid-phone", person::phone(typed("phone")));
    let postcode = take("postcode", "invalid-postcode", person::postcode(typed("postcode")));
    let prefecture = match typed("prefecture") {
        one if PREFECTURES.contains(&one) => Ok(Personal::new(one)),
        _ => Err(Invalid::Form),
    };
    let prefecture = take("prefecture", "invalid-choose", prefecture);
    let city = take("city", "", person::address_line(typed("city")));
    let street = take("street", "", person::address_line(typed("street")));
    let building = match person::address_line(typed("building")) {
        Err(Invalid::Missing) => Ok(Personal::default()),
        other => other,
    };
    let building = take("building", "", building);
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

fn label(name: &str) -> &'static str {
    match name {
        "name" => "field-name",
        "kana" => "field-kana",
        "phone" => "field-phone",
        "postcode" => "field-postcode",
        "prefecture" => "field-prefecture",
        "city" => "field-city",
        "street" => "field-street",
        _ => "field-building",
    }
}

/// The fields as a page shows them; `own`: the browser may fill in the visitor's own.
pub(super) fn draw(t: &'static Texts, typed: &Fields, errors: &Errors, own: bool) -> Vec<Field> {
    let auto = |word| if own { word } else { "" };
    let line = |name: &'static str, chars_max| {
        let error = errors.iter().find(|(n, _)| *n == name).map(|(_, e)| e.clone());
        Field::line(name, t.s(label(name)), typed.get(name), chars_max).error(error)
    };
    let chosen = typed.get("prefecture");
    let mut prefectures = vec![Choice::new("", t.s("field-prefecture-choose"), chosen)];
    prefectures.extend(PREFECTURES.iter().map(|p| Choice::new(*p, *p, chosen)));
    vec![
        line("name", NAME_CHARS_MAX).hint(t.s("field-name-hint")).auto(auto("name"), "").wide("half"),
        line("kana", NAME_CHARS_MAX).hint(t.s("field-kana-hint")).wide("half"),
        line("postcode", POSTCODE_CHARS_MAX)
            .hint(t.s("field-postcode-hint"))
            .auto(auto("postal-code"), "numeric")
            .wide("half"),
        line("prefecture", 4).select(prefectures).auto(auto("address-level1"), "").wide("half"),
        line("city", ADDRESS_LINE_CHARS_MAX).auto(auto("address-level2"), "").wide("half"),
        line("street", ADDRESS_LINE_CHARS_MAX).auto(auto("address-line1"), "").wide("half"),
        line("building", ADDRESS_LINE_CHARS_MAX).auto(auto("address-line2"), "").optional(),
        line("phone", PHONE_CHARS_MAX)
            .of_type("tel")
            .hint(t.s("field-phone-hint"))
            .auto(auto("tel"), "tel")
            .wide("half"),
    ]
}

/// For the summary above a form.
pub(super) fn summary(errors: &Errors) -> Vec<(String, String)> {
    errors.iter().map(|(name, error)| ((*name).to_owned(), error.clone())).collect()
}
