//! The map of the shop as data: every route, who may take it, and the shape of what may be sent along it.
//!
//! `web` serves these routes, `gate` lets nothing else pass, tests hold the two together. To add a page, add a
//! [`Route`] to the file of its area ([`storefront`], [`checkout`], [`account`], [`backoffice`], [`staff`], [`exports`], [`lock`], [`notice`],
//! [`incident`], [`campaign`], [`inquiry`], [`letters`]); to add a field,
//! add a [`Field`] to the form's shape there and its name in both languages to `labels.rs`.
//!
//! What is *not* here cannot reach `web`: an unknown path is not found, an undeclared form field is refused.

pub mod account;
pub mod backoffice;
pub mod campaign;
pub mod check;
pub mod checkout;
pub mod cookie;
pub mod exports;
pub mod form;
pub mod goods;
pub mod incident;
pub mod inquiry;
pub mod labels;
pub mod letters;
pub mod lock;
pub mod matching;
pub mod multipart;
pub mod notice;
pub mod passkey;
pub mod route;
pub mod staff;
pub mod standing;
pub mod storefront;

pub use check::{check, parse_pairs};
pub use form::{Field, FieldKind, FormShape, Refused, Why};
pub use matching::{Match, match_route};
pub use route::{Body, Content, Method, Pace, PageKind, Role, Route, Who};

/// The areas of the site, one file each.
pub static AREAS: [&[Route]; 13] = [
    storefront::ROUTES,
    checkout::ROUTES,
    account::ROUTES,
    backoffice::ROUTES,
    staff::ROUTES,
    exports::ROUTES,
    lock::ROUTES,
    notice::ROUTES,
    incident::ROUTES,
    campaign::ROUTES,
    inquiry::ROUTES,
    letters::ROUTES,
    goods::ROUTES,
];

/// Every route of the site.
pub fn routes() -> impl Iterator<Item = &'static Route> {
    AREAS.iter().flat_map(|area| area.iter())
}

/// The route called `id`.
pub fn route(id: &str) -> Option<&'static Route> {
    routes().find(|r| r.id == id)
}

/// The fixed words of one of `domain`'s vocabularies, as the choices of a form field.
macro_rules! words_of {
    ($words:ty) => {{
        const WORDS: [&str; <$words>::ALL.len()] = {
            let mut words = [""; <$words>::ALL.len()];
            let mut at = 0;
            while at < words.len() {
                words[at] = <$words>::ALL[at].word();
                at += 1;
            }
            words
        };
        &WORDS
    }};
}
pub(crate) use words_of;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_form_full_of_japanese_is_small_enough_to_be_sent() {
        for route in routes() {
            let (shape, bytes_max) = match &route.body {
                Body::Form(shape) => (shape, form::FORM_BYTES_MAX),
                Body::Upload(shape) => (shape, form::UPLOAD_BYTES_MAX),
                Body::None | Body::Webhook => continue,
            };
            let (bytes, pairs) = (shape.bytes_max(), shape.pairs_max());
            assert!(bytes <= bytes_max, "{}: {bytes} bytes", route.id);
            let files = shape.fields.iter().filter(|f| matches!(f.kind, FieldKind::Picture { .. }));
            assert_eq!(files.count(), usize::from(matches!(route.body, Body::Upload(_))), "{}", route.id);
            assert!(pairs <= form::FORM_FIELDS_MAX, "{}: {pairs} fields", route.id);
        }
    }

    #[test]
    fn ids_are_unique_and_plain() {
        let mut seen = HashSet::new();
        for r in routes() {
            assert!(seen.insert(r.id), "{} twice", r.id);
            assert!(r.id.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{}", r.id);
        }
    }

    #[test]
    fn each_route_is_found_by_its_own_path() {
        for r in routes() {
            let path = r.pattern.replace("{id}", "0198c5b2-7b7e-7c3a-9a51-3f2a0c1d9e77");
            let path = path.replace(['{', '}'], "");
            assert!(matches!(match_route(r.method, &path), Match::Found(m) if m.id == r.id), "{}", r.id);
        }
    }

    #[test]
    fn every_field_has_a_name_in_both_languages() {
        for r in routes() {
            let form = r.form().into_iter().chain([r.query]);
            for field in form.flat_map(|f| f.fields) {
                let (ja, en) =
                    labels::label(field.name).unwrap_or_else(|| panic!("no label for {}", field.name));
                assert!(!ja.is_ascii() && en.is_ascii(), "{}", field.name);
            }
        }
    }

    #[test]
    fn who_is_asked_who_he_is() {
        let asked: Vec<_> = routes().filter(|r| r.asks_who()).map(|r| r.id).collect();
        for id in ["checkout_confirm", "checkout_place", "sign_in_send", "contact_send"] {
            assert!(asked.contains(&id), "{id} is not among {asked:?}");
        }
        for id in ["cart_add", "staff_sign_in_send", "search"] {
            assert!(!asked.contains(&id), "{id}");
        }
    }

    #[test]
    fn no_field_could_be_meant_for_a_card() {
        for r in routes() {
            for field in r.form().into_iter().flat_map(|f| f.fields) {
                for word in ["card", "cardnumber", "cc", "cvc", "cvv", "csc", "pan", "exp", "expiry", "pin"] {
                    assert!(!field.name.split('_').any(|part| part == word), "{} {}", r.id, field.name);
                }
            }
        }
    }

    #[test]
    fn forms_are_posted_and_pages_are_got() {
        for r in routes() {
            assert_eq!(r.method == Method::Get, matches!(r.body, Body::None), "{}", r.id);
            if let Some(form) = r.form() {
                let names: HashSet<_> = form.fields.iter().map(|f| f.name).collect();
                assert_eq!(names.len(), form.fields.len(), "{} names a field twice", r.id);
                assert!(form.token, "{} has no form token", r.id);
            }
            assert!(!r.to_processor || r.payment_path, "{}", r.id);
            assert_eq!(r.pattern.starts_with("/admin"), r.page.is_back_office(), "{}", r.id);
        }
    }
}
