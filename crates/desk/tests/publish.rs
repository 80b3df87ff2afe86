//! What is published: valid pages, whole, with every version and what it corrects.
#![allow(clippy::unwrap_used, reason = "for tests")]

mod common;

use common::{Incident, day};
use desk::publish::{self, Files, RECORD, Record, Refused};
use html5ever::{tendril::TendrilSink, tree_builder::TreeBuilderOpts};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use std::collections::BTreeSet;

fn published(incident: &Incident, today: &str, before: Option<&Files>) -> Result<Files, Refused> {
    let record = before.map(|files| Record::read(&files[RECORD]).unwrap());
    publish::files(incident.on(day(today)), record)
}

/// A second version: the time was shorter, one item more, somebody else investigates.
fn second() -> Incident {
    let text = Incident::text("two-causes");
    let text = text.replacen(
        "from = \"2021-03-10\", to = \"2021-06-16\"",
        "from = \"2021-03-12\", to = \"2021-06-16\"",
        1,
    );
    let text = text.replacen(
        "\"card_security_code\"]\nsystems",
        "\"card_security_code\", \"card_holder\"]\nsystems",
        1,
    );
    let more = "\n[[versions]]\nnumber = 2\non = \"2021-12-01\"\nwho = \"kurihara\"\n\
                why = { ja = \"期間を訂正しました。\", en = \"The time was corrected.\" }\n\
                [[answers]]\non = \"2021-11-20\"\npart = \"cards\"\n\
                question = { ja = \"窓口は<b>土日</b>も開いていますか。\", en = \"Is the desk open on <b>Sundays</b>?\" }\n\
                answer = { ja = \"はい。soudan@risudo.example へもどうぞ。\", en = \"Yes. Or write to soudan@risudo.example.\" }\n";
    let scope = std::fs::read_to_string(common::cases().join("two-causes/scope.json")).unwrap();
    let moved = "\"correction\": { \"causes\": [{ \"id\": \"typed\", \"added\": 0, \"retracted\": 41, \"confirmed_now\": 0, \"no_longer_confirmed\": 0 }], \"persons\": [] },\n  \"warnings\"";
    Incident::with(
        &(text + more),
        &scope.replace("2984", "2940").replace("41219", "41178").replace("\"warnings\"", moved),
    )
}

fn both() -> Files {
    let first = published(&Incident::read("two-causes"), "2021-11-17", None).unwrap();
    published(&second(), "2021-12-01", Some(&first)).unwrap()
}

fn parsed(page: &str) -> RcDom {
    let options = html5ever::ParseOpts {
        tree_builder: TreeBuilderOpts { exact_errors: true, ..TreeBuilderOpts::default() },
        ..html5ever::ParseOpts::default()
    };
    html5ever::parse_document(RcDom::default(), options).one(page)
}

/// The value of an attribute.
type Attribute<'a> = &'a dyn Fn(&str) -> Option<String>;

fn walk(node: &Handle, see: &mut dyn FnMut(&str, Attribute<'_>)) {
    if let NodeData::Element { name, attrs, .. } = &node.data {
        let attribute = |wanted: &str| {
            attrs.borrow().iter().find(|a| &*a.name.local == wanted).map(|a| a.value.to_string())
        };
        see(&name.local, &attribute);
    }
    node.children.borrow().iter().for_each(|child| walk(child, see));
}

/// The file that a link of a page means, and the place in it.
fn target(page: &str, href: &str) -> (String, Option<String>) {
    let (path, place) =
        href.split_once('#').map_or((href, None), |(path, place)| (path, Some(place.to_owned())));
    let mut parts: Vec<&str> = page.split('/').collect();
    if path.is_empty() {
        return (page.to_owned(), place);
    }
    parts.pop();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop().unwrap()),
            part => parts.push(part),
        }
    }
    (parts.join("/"), place)
}

#[test]
fn pages_are_valid_and_every_link_leads_somewhere() {
    let files = both();
    let ids = |path: &str| {
        let mut ids = Vec::new();
        walk(&parsed(&files[path]).document, &mut |_, attribute| ids.extend(attribute("id")));
        ids
    };
    let pages: Vec<&String> = files.keys().filter(|path| path.ends_with(".html")).collect();
    assert_eq!(pages.len(), 10, "{pages:?}");
    for path in pages {
        let dom = parsed(&files[path]);
        assert!(dom.errors.borrow().is_empty(), "{path}: {:?}", dom.errors.borrow());
        let here = ids(path);
        assert_eq!(
            here.iter().collect::<BTreeSet<_>>().len(),
            here.len(),
            "{path}: an id stands there twice"
        );
        let mut headings = Vec::new();
        walk(&dom.document, &mut |name, attribute| {
            assert!(!matches!(name, "script" | "style" | "img" | "form" | "iframe" | "b"), "{path}: {name}");
            for event in ["style", "onclick", "onload"] {
                assert!(attribute(event).is_none(), "{path}");
            }
            if let Some(level) = name.strip_prefix('h').and_then(|level| level.parse::<u8>().ok()) {
                headings.push(level);
            }
            let canonical = attribute("rel").is_some_and(|rel| rel == "canonical");
            let Some(href) = attribute("href").filter(|_| !canonical) else { return };
            if ["https://risudo.example", "mailto:", "tel:"].iter().any(|start| href.starts_with(start)) {
                return;
            }
            let (file, place) = target(path, &href);
            assert!(files.contains_key(&file), "{path} links to {href}");
            assert!(place.is_none_or(|place| ids(&file).contains(&place)), "{path} links to {href}");
        });
        assert_eq!(headings.iter().filter(|level| **level == 1).count(), 1, "{path}");
        assert!(headings.windows(2).all(|two| two[1] <= two[0] + 1), "{path}: {headings:?}");
    }
}

#[test]
fn a_second_version_keeps_the_first_readable_and_says_what_was_corrected() {
    let files = both();
    let (now, old) = (&files["index.html"], &files["v1/index.html"]);
    assert!(now.contains(
        "訂正前：2021年3月10日から2021年6月16日まで　→　訂正後：2021年3月12日から2021年6月16日まで"
    ));
    assert!(now.contains("対象ではないと分かった方は41名です。") && now.contains("（第2版）"));
    assert!(now.contains("対象の方の総数") && now.contains("訂正前：最大41,219名　→　訂正後：最大41,178名"));
    assert!(
        old.contains("これは2021年11月17日に公表した第1版です。")
            && old.contains("その後の版で、次のとおり訂正しました。")
    );
    assert!(old.contains("2021年3月10日から2021年6月16日まで") && old.contains("（第1版）"));
    assert!(files["en/v1/index.html"].contains("Later versions corrected the following."));
    let questions = &files["questions.html"];
    assert!(questions.contains("2021年11月20日追加") && !files["v1/questions.html"].contains("追加</span>"));
    assert!(questions.contains("&lt;b&gt;土日&lt;/b&gt;"), "what staff write is text");
    assert!(
        questions.contains("<a href=\"mailto:soudan@risudo.example\">soudan@risudo.example</a> へもどうぞ")
    );
    let versions = &files["versions.html"];
    assert!(versions.find("第2版").unwrap() < versions.find("第1版").unwrap());
    assert!(!files.values().any(|text| text.contains("kurihara")), "who changed it is nobody's business");
    assert!(!files.values().any(|text| text.contains("P-0001")), "numbers of filings are not published");
}

#[test]
fn the_same_version_on_another_day_turns_terms_and_nothing_else() {
    let incident = Incident::read("two-causes");
    let first = published(&incident, "2021-11-17", None).unwrap();
    let later = published(&incident, "2022-03-01", Some(&first)).unwrap();
    assert!(
        first["questions.html"].contains("カード会社へのお申し出は、2022年2月28日までにお願いいたします。")
    );
    assert!(
        published(&incident, "2022-02-28", None).unwrap()["questions.html"]
            .contains("2022年2月28日までにお願いいたします。")
    );
    assert!(later["questions.html"].contains("再発行の受付は、2022年2月28日で終わりました。"));
    assert!(later["index.html"].contains("2022年1月までの予定でしたが、まだ終わっておりません"));
    assert_eq!(later.keys().collect::<Vec<_>>(), first.keys().collect::<Vec<_>>());
    assert_eq!(published(&incident, "2021-11-17", Some(&first)).unwrap(), first);
}

/// What a program published that did not state the total stays what it is, and is no correction either.
#[test]
fn a_record_without_the_total_is_that_of_the_same_version() {
    let incident = Incident::read("two-causes");
    let first = published(&incident, "2021-11-17", None).unwrap();
    let mut record: serde_json::Value = serde_json::from_str(&first[RECORD]).unwrap();
    for texts in record["editions"][0]["texts"].as_array_mut().unwrap() {
        texts["statements"].as_array_mut().unwrap().retain(|statement| statement["key"] != "persons");
    }
    let older = Files::from([(RECORD.to_owned(), record.to_string())]);
    assert_ne!(older[RECORD].matches("総数").count(), first[RECORD].matches("総数").count());
    assert_eq!(published(&incident, "2021-11-17", Some(&older)).unwrap(), first);
    let later = published(&second(), "2021-12-01", Some(&older)).unwrap();
    assert!(later["index.html"].contains("訂正前：") && !later["index.html"].contains("対象の方の総数"));
}

#[test]
fn a_page_leads_to_where_notices_are_checked_and_does_not_send_its_reader_to_itself() {
    let sparse = Incident::text("two-causes").replacen("[[measures]]", "[[defences]]", 3);
    let sparse =
        sparse.replace("done = true\n", "in_place = true\n").replace("done = false\n", "in_place = false\n");
    let sparse = sparse.replace("on = \"2021-07\"\n", "").replace("on = \"2022-01\"\n", "");
    for (text, lang) in [(sparse, ""), (Incident::text("two-causes"), "en/")] {
        let files = published(&Incident::uncounted(&text), "2021-11-17", None).unwrap();
        let page = &files[&format!("{lang}index.html")];
        assert!(page.contains("<a href=\"https://risudo.example/check\">"), "{page}");
        for (path, page) in files.iter().filter(|(path, _)| path.ends_with(".html")) {
            assert!(
                !page.contains("お知らせのページに載せます") && !page.contains("our page will"),
                "{path}"
            );
        }
        assert!(!lang.is_empty() || page.contains("決まりましたら、このページに載せます。"));
    }
}

#[test]
fn what_is_out_is_not_changed_in_silence() {
    let first = published(&Incident::read("two-causes"), "2021-11-17", None).unwrap();
    let other = Incident::text("two-causes").replacen("\"card_expiry\", ", "", 1);
    let scope = std::fs::read_to_string(common::cases().join("two-causes/scope.json")).unwrap();
    let refused = published(&Incident::with(&other, &scope), "2021-11-18", Some(&first)).unwrap_err();
    assert_eq!(refused, Refused::Changed(1));
    let refused = published(&Incident::read("two-causes"), "2021-12-02", Some(&both())).unwrap_err();
    assert_eq!(refused, Refused::Older(2, 1));
}

#[test]
fn what_must_be_stated_first_is_named_and_an_end_of_the_investigation_is_not_asked_for() {
    let without = |part: &str, until: &str| {
        let text = Incident::text("two-causes");
        let (at, end) = (text.find(part).unwrap(), text.find(until).unwrap());
        Incident::uncounted(&format!("{}{}", &text[..at], &text[end..]))
    };
    for (part, until, says) in [
        ("[investigation]", "[updates]", "（investigation）"),
        ("[contacts]", "[cards]", "（contacts）"),
        ("[[filings]]\nto = \"commission\"", "[announcements]", "個人情報保護委員会"),
        ("[[versions]]", "why = { ja = \"はじめて", "versions に書きます"),
    ] {
        let incident = if part == "[[versions]]" {
            let text = Incident::text("two-causes");
            Incident::uncounted(&text[..text.find(part).unwrap()])
        } else {
            without(part, until)
        };
        let refused = published(&incident, "2021-11-17", None).unwrap_err().to_string();
        assert!(refused.contains(says), "{refused}");
    }
    let running = Incident::text("two-causes").replacen("status = \"finished\"", "status = \"running\"", 1);
    let files = published(&Incident::uncounted(&running), "2021-11-17", None).unwrap();
    assert!(
        files["index.html"].contains("による調査が続いております")
            && files["index.html"].contains("いま数えております")
    );
}

#[test]
fn the_feed_is_xml_with_an_entry_for_each_version_and_each_answer() {
    let files = both();
    for path in ["feed.atom", "en/feed.atom"] {
        let feed = &files[path];
        assert_eq!(feed.matches("<entry>").count(), 3, "{feed}");
        assert!(feed.contains("<updated>2021-12-01T00:00:00+09:00</updated>"));
        assert!(feed.contains("https://risudo.example/notice/"));
    }
    assert!(files["feed.atom"].contains("窓口は&lt;b&gt;土日&lt;/b&gt;も開いていますか。"));
}
