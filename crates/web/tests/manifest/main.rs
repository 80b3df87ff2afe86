//! The page manifest of the shop: whatever text stands in the holes of whatever page, the page passes, and a browser sees
//! the elements of its template and no others; whatever else is made of a page is refused, or a browser sees nothing in
//! it that is not the template's.

#![allow(clippy::unwrap_used)]

#[path = "../common/pages.rs"]
mod pages;
mod reader;
mod sample;

use manifest::{Checker, Manifest, Summary};
use proptest::prelude::*;
use sample::Sample;
use std::sync::LazyLock;

static MANIFEST: LazyLock<Manifest> = LazyLock::new(pages::manifest);
static CHECKER: LazyLock<Checker> = LazyLock::new(|| Checker::new(&MANIFEST).unwrap());

#[test]
fn the_manifest_of_the_shop() {
    let text = MANIFEST.to_text();
    assert_eq!(Manifest::parse(&text).unwrap(), *MANIFEST);
    assert_eq!(pages::manifest().sha256(), MANIFEST.sha256(), "the same each time");
    let summary = Summary::of(&MANIFEST);
    for (kind, page) in &summary.pages {
        assert!(page.frames.is_empty() && !page.scripts.contains(""), "{kind}");
        assert_eq!(page.links_elsewhere, matches!(kind.as_str(), "news" | "staff_news"), "{kind}");
        let card =
            |fields: &std::collections::BTreeSet<String>| fields.iter().any(|field| field.contains("card"));
        assert!(!page.forms.values().any(card), "{kind}");
    }
    assert!(summary.pages["home"].forms["get /search"].contains("q (search)"));
    assert!(summary.pages["checkout"].forms["post /checkout"].contains("agree (checkbox)"));
}

/// Every template that answers, with a kind of page for which it does.
fn answering() -> Vec<(&'static str, &'static str)> {
    let of = |(kind, files): (&'static String, &'static Vec<String>)| {
        files.iter().map(move |file| (kind.as_str(), file.as_str()))
    };
    MANIFEST.pages.iter().flat_map(of).collect()
}

/// What people type, and what attackers do.
fn text() -> impl Strategy<Value = String> {
    let attack = prop::sample::select(vec![
        "<script>alert(1)</script>",
        "\"><script src=//evil.example></script>",
        "' onmouseover='alert(1)",
        "\" autofocus onfocus=\"alert(1)",
        "</textarea><form action=\"//evil.example\"><input name=\"card\">",
        "</title></head><body onload=alert(1)>",
        "<!--",
        "--><img src=x onerror=alert(1)>",
        "<![CDATA[",
        "&lt;script&gt;",
        "&#60;script&#62;",
        "javascript:alert(1)",
        "[x](javascript:alert(1))",
        "[x](https://evil.example/\"onclick=\"1)",
        "![x](/pictures/a\" onerror=\"1)",
        "<svg/onload=alert(1)>",
        "${7*7} {{ x }} {% if a %}",
        "> [a](/b) *c* `d`\n\n1. e\n\n- f\n    - g\n\n# h",
    ]);
    prop_oneof![attack.prop_map(str::to_owned), "[^\\p{Cc}]{0,40}", "[<>\"'&=/a-z #*_\\[\\]()!`\n-]{0,40}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_text_in_any_hole_makes_structure(
        which: prop::sample::Index, choices in prop::collection::vec(any::<u8>(), 1..400),
        texts in prop::collection::vec(text(), 1..8),
    ) {
        let (kind, file) = answering()[which.index(answering().len())];
        let Sample { page, tags } = sample::page(&MANIFEST, file, &choices, &texts);
        let checked = CHECKER.check(kind, &page);
        prop_assert!(checked.is_ok(), "{kind} {file}: {checked:?}\n{}", around(&page, checked));
        prop_assert_eq!(reader::tags(&page), Some(tags), "{} {}\n{}", kind, file, page);
    }

    #[test]
    fn what_passes_is_read_by_browsers_as_it_was_read_here(
        which: prop::sample::Index, choices in prop::collection::vec(any::<u8>(), 1..200),
        texts in prop::collection::vec(text(), 1..4), put in text(), at: prop::sample::Index, gone in 0usize..40,
    ) {
        let (kind, file) = answering()[which.index(answering().len())];
        let page = sample::page(&MANIFEST, file, &choices, &texts).page;
        let from = page.floor_char_boundary(at.index(page.len()));
        let until = page.floor_char_boundary((from + gone).min(page.len()));
        let altered = format!("{}{put}{}", &page[..from], &page[until..]);
        if CHECKER.check(kind, &altered).is_ok() {
            let seen = reader::tags(&altered);
            prop_assert_eq!(&seen, &Some(sample::tags_of(&altered)), "{}", altered);
            for (name, attributes) in seen.unwrap() {
                let own = |value: &str| MANIFEST.files.iter().any(|file| file.path == value);
                let right = |(attribute, value): &(String, String)| match (name.as_str(), attribute.as_str()) {
                    ("script", "src") => own(value),
                    ("link", "href") => own(value),
                    (_, "style" | "srcdoc" | "formaction") => false,
                    (_, "action") => value.starts_with('/') && !value.starts_with("//"),
                    (_, attribute) => !attribute.starts_with("on"),
                };
                prop_assert!(attributes.iter().all(right), "{name} {attributes:?}");
                prop_assert!(!matches!(name.as_str(), "iframe" | "base" | "style" | "object" | "embed"), "{name}");
            }
        }
    }
}

fn around(page: &str, checked: Result<(), manifest::Breach>) -> &str {
    let at = checked.err().map_or(0, |breach| breach.at);
    &page[page.floor_char_boundary(at.saturating_sub(200))
        ..page.floor_char_boundary((at + 200).min(page.len()))]
}
