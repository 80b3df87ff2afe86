//! One page, and everything that somebody could make of it.

use super::*;
use crate::derive::{Sources, derive};
use site::PageKind;
use std::collections::BTreeMap;

const LAYOUT: &str = r#"<!DOCTYPE html>
<html lang="{{ page.locale.word() }}">
<head>
<meta charset="utf-8">
<title>{{ page.title }}</title>
<script src="{{ crate::assets::url("shop.js") }}" integrity="{{ crate::assets::integrity("shop.js") }}" defer></script>
</head>
<body class="{% block body_class %}{% endblock %}">
<form action="/search" method="get"><label for="q">{{ page.t.s("search-label") }}</label>
<input id="q" type="search" name="q" placeholder="{{ page.t.s("search-placeholder") }}" value="{{ typed }}"></form>
{% block content %}{% endblock %}
</body>
</html>
"#;

const CONTACT: &str = r#"{% extends "layout.html" %}
{% block body_class %}contact{% endblock %}
{% block content %}
<h1>{{ page.title }}</h1>
{% if sent %}<p class="{{ tone }}">{{ page.t.s("sent") }}</p>{% endif %}
<form action="/contact" method="post">
  <input type="hidden" name="_t" value="{{ page.csrf }}">
  {% for f in fields %}{% include "_field.html" %}{% endfor %}
  <button type="submit">{{ page.t.s("send") }}</button>
</form>
<ul>{% for l in links %}<li><a href="{{ l.href }}">{{ l.name }}</a>{% if l.new %} <b>{{ page.t.s("new") }}</b>{% endif %}</li>{% endfor %}</ul>
<div class="words">{{ body }}</div>
{% endblock %}
"#;

const FIELD: &str = r#"<label for="{{ f.name }}">{{ f.label }}</label>
<input id="{{ f.name }}" name="{{ f.name }}" type="{{ kind }}" value="{{ f.value }}"{% if f.required %} required{% endif %}>
"#;

const FAULT: &str = "{% extends \"layout.html\" %}{% block content %}<p>{{ body }}</p>{% endblock %}";

fn pages(kind: PageKind) -> &'static [&'static str] {
    if kind == PageKind::Contact { &["contact.html"] } else { &[] }
}

fn manifest() -> Manifest {
    let words = [
        ("search-label", ["検索", "Search"]),
        ("search-placeholder", ["お菓子を探す", "Sweets & more"]),
        ("sent", ["お送りしました", "Sent"]),
        ("send", ["送る", "Send"]),
        ("new", ["新着", "New"]),
        ("name", ["お名前", "Your name"]),
    ];
    let sources = Sources {
        templates: &[
            ("_field.html", FIELD),
            ("contact.html", CONTACT),
            ("fault.html", FAULT),
            ("layout.html", LAYOUT),
        ],
        pages,
        faults: ["fault.html", "fault.html"],
        markup: &[("contact.html", "body")],
        words: words.map(|(id, both)| (id.to_owned(), both.map(str::to_owned))).into(),
        files: vec![crate::ServedFile {
            name: "shop.js".into(),
            path: "/assets/shop.01.js".into(),
            integrity: "sha384-abc".into(),
            sha256: "00".into(),
        }],
        headers: BTreeMap::new(),
        notices: BTreeMap::new(),
    };
    derive(sources).unwrap()
}

fn checker() -> Checker {
    Checker::new(&manifest()).unwrap()
}

/// A page as the template makes it.
fn page() -> String {
    r##"<!DOCTYPE html>
<html lang="ja">
<head>
<meta charset="utf-8">
<title>お問い合わせ</title>
<script src="/assets/shop.01.js" integrity="sha384-abc" defer></script>
</head>
<body class="contact">
<form action="/search" method="get"><label for="q">検索</label>
<input id="q" type="search" name="q" placeholder="お菓子を探す" value="&#60;b&#62; &#38; c"></form>

<h1>お問い合わせ</h1>
<p class="good">お送りしました</p>
<form action="/contact" method="post">
  <input type="hidden" name="_t" value="abc">
  <label for="name">お名前</label>
<input id="name" name="name" type="text" value="" required>
<label for="email">お名前</label>
<input id="email" name="email" type="email" value="">
  <button type="submit">送る</button>
</form>
<ul><li><a href="/news?page=2">&#60;script&#62;</a> <b>新着</b></li><li><a href="#top">b</a></li></ul>
<div class="words"><p>x <a href="https://example.jp/" rel="noopener noreferrer nofollow">y</a><br>
<em>z</em></p>
<ul>
<li>1</li></ul>
</div>

</body>
</html>
"##
    .to_owned()
}

fn judge(page: &str) -> Result<(), Why> {
    checker().check("contact", page).map_err(|breach| breach.why)
}

#[test]
fn the_page_passes_in_both_languages_and_without_what_may_be_absent() {
    assert_eq!(judge(&page()), Ok(()));
    let english =
        page().replace("検索", "Search").replace("お菓子を探す", "Sweets &#38; more").replace("送る", "Send");
    assert_eq!(judge(&english), Ok(()));
    let less = page().replace("<p class=\"good\">お送りしました</p>\n", "").replace(" required", "");
    assert_eq!(judge(&less), Ok(()));
    let fault = page();
    let (before, rest) = fault.split_once("\n<h1>").unwrap();
    let (_, after) = rest.split_once("</div>").unwrap();
    let fault = format!("{before}<p>sorry</p>{after}").replace("class=\"contact\"", "class=\"\"");
    assert_eq!(judge(&fault), Ok(()), "what is wrong may be said everywhere");
    assert_eq!(
        checker().check("home", &page()).map_err(|b| b.why),
        Err(Why::Element),
        "another kind of page"
    );
    assert_eq!(checker().check("nothing", &page()).map_err(|b| b.why), Err(Why::Kind));
}

/// Puts something in the place of something else, once.
fn with(from: &str, to: &str) -> Result<(), Why> {
    let page = page();
    assert!(page.contains(from), "{from}");
    judge(&page.replacen(from, to, 1))
}

#[test]
fn what_would_run_or_load_is_refused() {
    for (more, why) in [
        ("<script>alert(1)</script>", Why::Script),
        ("<script src=\"/assets/shop.01.js\" integrity=\"sha384-abc\" defer></script>", Why::Script),
        ("<script src=\"https://evil.example/a.js\"></script>", Why::Script),
        ("<style>body{display:none}</style>", Why::Style),
        ("<iframe src=\"https://evil.example/\"></iframe>", Why::Frame),
        ("<object data=\"/x\"></object>", Why::Frame),
        ("<svg><script>1</script></svg>", Why::Frame),
        ("<svg onload=\"alert(1)\"></svg>", Why::Handler),
        ("<math><mi></mi></math>", Why::Frame),
        ("<template></template>", Why::Frame),
        ("<base href=\"https://evil.example/\">", Why::Head),
        ("<meta http-equiv=\"refresh\" content=\"0;url=https://evil.example\">", Why::Head),
        ("<link rel=\"stylesheet\" href=\"https://evil.example/a.css\">", Why::Head),
        ("<img src=\"x\" onerror=\"alert(1)\">", Why::Handler),
        ("<div style=\"position:fixed\"></div>", Why::Handler),
        ("<a href=\"javascript:alert(1)\">x</a>", Why::Handler),
        ("<a href=\"&#106;avascript:alert(1)\">x</a>", Why::Markup),
        ("<form action=\"https://evil.example/\" method=\"post\"></form>", Why::Form),
        ("<form action=\"/contact\" method=\"post\"><input type=\"text\" name=\"number\"></form>", Why::Form),
        ("<input type=\"text\" name=\"q\">", Why::Field),
        ("<!-- x -->", Why::Markup),
        ("<![CDATA[x]]>", Why::Markup),
        ("<?php ?>", Why::Markup),
        ("<x-card></x-card>", Why::Markup),
        ("<marquee>x</marquee>", Why::Element),
        ("a > b", Why::Markup),
        ("a & b", Why::Markup),
        ("&#x3c;", Why::Markup),
        ("a\0b", Why::Markup),
        ("<b title='x'></b>", Why::Markup),
        ("<b title=x></b>", Why::Markup),
        ("<b\n", Why::Markup),
    ] {
        for place in ["<h1>", "</ul>", "</body>"] {
            assert_eq!(with(place, &format!("{more}{place}")), Err(why), "{more} before {place}");
        }
        assert!(with("<p>x", &format!("<p>{more}")).is_err(), "{more} in what staff wrote");
        assert!(with("b</a>", &format!("{more}</a>")).is_err(), "{more} in a text");
    }
}

#[test]
fn what_was_altered_is_refused() {
    for (from, to, why) in [
        ("/assets/shop.01.js", "/assets/shop.02.js", Why::Script),
        (" integrity=\"sha384-abc\"", "", Why::Script),
        (" defer", "", Why::Script),
        ("検索", "カード番号", Why::Text),
        ("送る", "支払う", Why::Text),
        (">お名前<", ">カード番号<", Why::Text),
        ("お菓子を探す", "1234 5678", Why::Field),
        ("action=\"/search\"", "action=\"//evil.example\"", Why::Form),
        ("action=\"/contact\"", "action=\"/search\"", Why::Form),
        ("method=\"post\"", "method=\"get\"", Why::Form),
        ("name=\"name\"", "name=\"card\"", Why::Field),
        ("name=\"name\"", "name=\"number\"", Why::Field),
        ("type=\"text\"", "type=\"password\"", Why::Field),
        ("type=\"text\"", "type=\"file\"", Why::Field),
        ("type=\"text\"", "type=\"text\" autocomplete=\"cc-number\"", Why::Field),
        ("type=\"text\"", "type=\"text\" type=\"text\"", Why::Markup),
        ("<button type=\"submit\"", "<button type=\"submit\" formaction=\"/x\"", Why::Field),
        ("class=\"good\"", "class=\"good\" hidden", Why::Element),
        ("class=\"good\"", "class=\"x:y\"", Why::Element),
        ("lang=\"ja\"", "lang=\"fr\"", Why::Element),
        ("href=\"#top\"", "href=\"//evil.example\"", Why::Link),
        ("href=\"#top\"", "href=\"https://evil.example\"", Why::Link),
        (" rel=\"noopener noreferrer nofollow\"", "", Why::Link),
        ("https://example.jp/", "data:text/html,x", Why::Handler),
        ("</form>", "", Why::Element),
        ("</html>", "", Why::End),
        ("</html>", "</html>x", Why::Text),
        ("</html>", "</html><p>x</p>", Why::Element),
        ("<!DOCTYPE html>", "", Why::Markup),
        ("<!DOCTYPE html>", "<!DOCTYPE html PUBLIC \"x\">", Why::Markup),
        ("<meta charset=\"utf-8\">", "<meta charset=\"utf-7\">", Why::Head),
        ("<b>新着</b>", "<B>新着</B>", Why::Element),
        ("<p>x ", "<p><p>x ", Why::Element),
    ] {
        assert_eq!(with(from, to), Err(why), "{from} → {to}");
    }
}

#[test]
fn a_page_that_ends_anywhere_is_refused() {
    let page = page();
    let whole = page.trim_end().len();
    for at in (0..whole).filter(|at| page.is_char_boundary(*at)) {
        assert!(judge(&page[..at]).is_err(), "{at}");
    }
}

#[test]
fn what_was_learned_changes_no_verdict() {
    let (manifest, page) = (manifest(), page());
    let learned = Checker::new(&manifest).unwrap();
    for _ in 0..2 {
        assert_eq!(learned.check("contact", &page), Ok(()));
    }
    assert!(learned.runs.all().any(|(bytes, _)| bytes.contains("<body class=\"contact\">")));
    let altered = |at: usize, with: &str, len: usize| {
        let end = page.ceil_char_boundary((at + len).min(page.len()));
        let other = format!("{}{with}{}", &page[..at], &page[end..]);
        let fresh = Checker::new(&manifest).unwrap();
        assert_eq!(learned.check("contact", &other), fresh.check("contact", &other), "{other}");
    };
    for at in (0..page.len()).step_by(3).filter(|at| page.is_char_boundary(*at)) {
        for (with, len) in [("", 1), ("x", 1), (" ", 0), ("<b>", 0), ("</ul>", 0), ("<br>", 9), ("", 40)] {
            altered(at, with, len);
        }
    }
    assert_eq!(learned.check("contact", &page), Ok(()));
}

#[test]
fn nothing_that_a_hole_takes_is_learned() {
    let checker = checker();
    for typed in ["鈴木 花", "090-1234-5678", "hana@example.jp"] {
        let page =
            page().replace("&#60;b&#62; &#38; c", typed).replace("value=\"\"", &format!("value=\"{typed}\""));
        let page = page.replace(">b</a>", &format!(">{typed}</a>")).replace("<em>z", &format!("<em>{typed}"));
        for _ in 0..2 {
            assert_eq!(checker.check("contact", &page), Ok(()));
        }
        assert!(checker.runs.all().all(|(bytes, _)| !bytes.contains(typed)));
    }
    let (learned, bytes) = (checker.runs.all().count(), checker.runs.bytes());
    assert!(
        (3..60).contains(&learned)
            && bytes == checker.runs.all().map(|(bytes, _)| bytes.len()).sum::<usize>()
    );
}

#[test]
fn drawings() {
    let svg = |inside: &str| {
        format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 8 6\">{inside}</svg>")
    };
    let good = "<defs><path id=\"a\" d=\"M4 4\"/></defs><use href=\"#a\"/><g fill=\"url(#b)\"><rect width=\"8\"/></g>";
    assert_eq!(drawing(&svg(good)), Ok(()));
    for bad in [
        "<script>1</script>",
        "<g onclick=\"x\"/>",
        "<use href=\"https://evil.example/a.svg#b\"/>",
        "<image href=\"/pictures/x\"/>",
        "<foreignObject/>",
        "<style>*{}</style>",
        "<g style=\"x\"/>",
        "<a href=\"#a\"/>",
        "<animate attributeName=\"href\"/>",
        "<g fill=\"url(//evil.example)\"/>",
        "<g fill=\"URL(http://e)\"/>",
        "<!ENTITY x \"y\">",
        "<svg/>",
        "</g>",
    ] {
        assert!(drawing(&svg(bad)).is_err(), "{bad}");
    }
    for bad in ["", "x", "<svg>", "<g/>", "<svg/><svg/>", "<?xml version=\"1.0\"?><svg/>"] {
        assert!(drawing(bad).is_err(), "{bad}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,80}", at in 0usize..1_200) {
        let page = page();
        let at = page.floor_char_boundary(at);
        let _ = judge(&format!("{}{text}{}", &page[..at], &page[at..]));
        let _ = drawing(&text);
    }
}
