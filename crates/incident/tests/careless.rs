//! What people write by mistake: it is read as it was meant, or refused with its line, and never narrows in silence.
#![allow(clippy::unwrap_used, reason = "for tests")]

use incident::{Facts, History, Scope, facts::Precision, scope::Level};

const FACTS: &str = r#"
format = 1
title = { ja = "例", en = "example" }
[[causes]]
id = "a"
title = { ja = "例", en = "example" }
windows = [{ from = "2021-03-10", to = "2021-06-16" }]
items = ["name"]
rule = { event = "order", if = { CONDITION } }
"#;

/// The first person's level, whether it is certain, and his reason.
fn judged(condition: &str, lines: &str) -> (Level, bool, String) {
    let facts = Facts::read(&FACTS.replace("CONDITION", condition)).unwrap();
    let scope = Scope::evaluate(&facts, &History::read(lines.as_bytes()).unwrap());
    let outcome = &scope.persons[0].causes["a"];
    (outcome.result, outcome.certain, outcome.reason.ja.clone())
}

fn order(fields: &str) -> String {
    format!(r#"{{"event":"order","id":"1","at":"2021-04-01","person":"p"{fields}}}"#)
}

fn refused(lines: &str) -> String {
    History::read(lines.as_bytes()).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn limits_that_leave_nothing_between_them_are_refused() {
    for (condition, is_refused) in [
        ("x_number = { at_least = 3, at_most = 3 }", false),
        ("x_number = { at_least = 4, at_most = 3 }", true),
        ("step = { at_least = \"placed\", at_most = \"typed\" }", true),
    ] {
        let read = Facts::read(&FACTS.replace("CONDITION", condition)).map(|_| ());
        let told = read.err().is_some_and(|e| e.to_string().contains("nothing is both"));
        assert_eq!(told, is_refused, "{condition}");
    }
}

#[test]
fn a_number_is_the_text_that_writes_it() {
    for (condition, fields) in [
        ("x_number = 5021", r#","x_number":"5021""#),
        ("x_number = \"5021\"", r#","x_number":5021"#),
        ("x_number = { at_least = 5000, at_most = 5100 }", r#","x_number":"5021""#),
        ("last4 = \"0042\"", r#","last4":42"#),
    ] {
        assert!(matches!(judged(condition, &order(fields)), (Level::Possible, true, _)), "{condition}");
    }
    assert_eq!(judged("x_number = 5021", &order(r#","x_number":"5022""#)).0, Level::None);
    assert_eq!(judged("x_number = 5021", &order(r#","x_number":"A-5021""#)).0, Level::None);
}

#[test]
fn a_text_in_place_of_true_or_false_makes_possible_or_is_refused() {
    let own = judged("x_gift = true", &order(r#","x_gift":"yes""#));
    assert_eq!((own.0, own.1), (Level::Possible, false));
    for name in ["signed_in", "new_card", "has_mail", "has_address"] {
        let text = refused(&order(&format!(r#","{name}":"yes""#)));
        assert!(text.contains("line 1") && text.contains(name) && !text.contains("yes"), "{text}");
        assert!(Facts::read(&FACTS.replace("CONDITION", &format!("{name} = \"yes\""))).is_err());
        assert!(History::read(order(&format!(r#","{name}":"unknown""#)).as_bytes()).is_ok());
    }
}

#[test]
fn what_stands_where_a_time_should_is_not_repeated() {
    let told = refused(r#"{"event":"order","id":"1","at":"090-1234-5678","person":"p"}"#);
    assert!(told.contains("“at”") && told.contains("line 1") && !told.contains("090"), "{told}");
    let told = refused(&order(r#","until":"hana@example.jp""#));
    assert!(told.contains("“until”") && !told.contains("hana"), "{told}");
}

#[test]
fn an_empty_value_says_nothing() {
    for value in ["\"\"", "\" \"", "[]", "null", "\"unknown\""] {
        let (level, certain, _) = judged("payment = \"card\"", &order(&format!(r#","payment":{value}"#)));
        assert_eq!((level, certain), (Level::Possible, false), "{value}");
    }
    let text = refused(&order(r#","x_list":["a","unknown"]"#));
    assert!(text.contains("“x_list”") && text.contains("stands alone"), "{text}");
    let facts = Facts::read(&FACTS.replace("CONDITION", "").replace("\"order\"", "\"card_entry\"")).unwrap();
    let entry = |n: u8| {
        format!(r#"{{"event":"card_entry","id":"{n}","at":"2021-04-01","person":"p{n}","fingerprint":""}}"#)
    };
    let lines = format!("{}\n{}", entry(1), entry(2));
    let scope = Scope::evaluate(&facts, &History::read(lines.as_bytes()).unwrap());
    let cards = scope.causes[0].affected.records;
    assert_eq!((cards.count, cards.precision), (2, Precision::AtMost));
}

#[test]
fn a_limit_has_a_place_in_the_order() {
    let facts = FACTS.replace("CONDITION", "step = { at_least = \"x_code\" }");
    let text = Facts::read(&facts).unwrap_err().to_string();
    assert!(text.contains("no place in the order of “step”"), "{text}");
}

#[test]
fn lost_records_of_a_system_that_is_not_concerned_warn_of_nothing() {
    let text = FACTS.replace("[[causes]]", "[[systems]]\nid = \"mall\"\nname = { ja = \"店\", en = \"mall\" }\naffected = false\nwhy = { ja = \"別\", en = \"other\" }\n[[causes]]");
    let facts = Facts::read(&text.replace("CONDITION", "")).unwrap();
    let warned = |system: &str| {
        let lost = format!(r#"{{"event":"missing","of":"order","from":"2021-04-01"{system}}}"#);
        let lines = format!("{}\n{lost}", order(r#","system":"mall""#));
        let scope = Scope::evaluate(&facts, &History::read(lines.as_bytes()).unwrap());
        (scope.warnings.len(), scope.persons[0].causes["a"].result)
    };
    assert_eq!(warned(r#","system":"mall""#), (0, Level::None));
    assert_eq!(warned(""), (1, Level::Possible));
}

#[test]
fn no_more_of_a_card_than_four_digits_is_taken() {
    let text = refused(&order(r#","last4":"4242424242424242""#));
    assert!(text.contains("four digits") && !text.contains("4242"), "{text}");
    assert!(History::read(order(r#","last4":"****4242""#).as_bytes()).is_ok());
}

#[test]
fn marks_line_ends_and_order_of_lines_make_no_difference() {
    let lines = [order(""), order("").replace("\"1\"", "\"2\"").replace("2021-04-01", "2021-03-10")];
    for text in [
        lines.join("\n"),
        format!("\u{feff}{}\r\n\r\n{}\r\n", lines[0], lines[1]),
        format!("{}\n{}", lines[1], lines[0]),
    ] {
        let (level, certain, reason) = judged("", &text);
        assert_eq!((level, certain), (Level::Possible, true));
        assert!(reason.contains("2件(最初は2021年3月10日)"), "{reason}");
    }
}

#[test]
fn what_is_wrong_is_said_with_line_and_field() {
    for (line, says) in [
        (order(r#","recipients":["r",""]"#), "“recipients” lists somebody without an id"),
        (order(r#","recipients":"r""#), "“recipients” is a list of ids, not a text"),
        (order(r#","amount":12.5"#), "“amount”: a number must be whole"),
        (order("").replace("2021-04-01", "2024-2-3"), "2021-03-10"),
        (order("").replace("2021-04-01", "2021-02-29"), "2021-03-10"),
        (order(r#","person":"q""#), "“person” stands there twice"),
        ("[1]".to_owned(), "an object stands in each line, not a list"),
        ("\"secret\"".to_owned(), "an object stands in each line, not a text"),
    ] {
        let text = refused(&format!("{}\n{line}", order("").replace("\"1\"", "\"0\"")));
        assert!(text.contains("line 2: ") && text.contains(says) && !text.contains("secret"), "{text}");
    }
}

#[test]
fn facts_that_cannot_be_read_say_what_stands_there_instead() {
    let wrong = |from: &str, to: &str| {
        Facts::read(&FACTS.replace(from, to).replace("CONDITION", "")).unwrap_err().to_string()
    };
    let text = wrong("title = { ja = \"例\", en = \"example\" }\nwindows", "title = \"例\"\nwindows");
    assert!(text.contains("causes[0].title") && text.contains("{ ja = "), "{text}");
    let text = wrong("rule = { event = \"order\", if = { CONDITION } }", "rule = { all = [] }");
    assert!(text.contains("the list is empty"), "{text}");
    let text = wrong("2021-03-10", "2021-3-10");
    assert!(text.contains("causes[0].windows[0].from") && text.contains("2021-03-10T12:30"), "{text}");
}

#[test]
fn whoever_only_received_is_told_that_he_did() {
    let facts = FACTS.replace("if = { CONDITION }", "whom = [\"person\", \"recipients\"]");
    let facts = Facts::read(&facts).unwrap();
    let history = History::read(order(r#","recipients":["r"]"#).as_bytes()).unwrap();
    let scope = Scope::evaluate(&facts, &history);
    let reason = |n: usize| scope.persons[n].causes["a"].reason.ja.as_str();
    assert!(reason(0).starts_with("2021年4月1日に「ご注文」の記録があるため"), "{}", reason(0));
    assert!(reason(1).starts_with("2021年4月1日の「ご注文」でお届け先となっているため"), "{}", reason(1));
}

#[test]
fn times_of_the_day_are_told_where_they_decide() {
    let facts = FACTS.replace("if = { CONDITION }", "during = { from = \"2021-04-01T12:20\" }");
    let facts = Facts::read(&facts).unwrap();
    let early = order("").replace("2021-04-01", "2021-04-01T12:19:59");
    let scope = Scope::evaluate(&facts, &History::read(early.as_bytes()).unwrap());
    let outcome = &scope.persons[0].causes["a"];
    assert_eq!(outcome.result, Level::None);
    assert!(outcome.reason.ja.contains("2021年4月1日12時19分59秒"), "{}", outcome.reason.ja);
    assert!(
        scope.causes[0].sentence.ja.contains("2021年4月1日12時20分以降"),
        "{}",
        scope.causes[0].sentence.ja
    );
    assert!(scope.causes[0].sentence.en.contains("12:20 on 1 April 2021"), "{}", scope.causes[0].sentence.en);
}

#[test]
fn names_of_ones_own_are_told_as_people_call_them() {
    let words = "[words]\nx_gift = { ja = \"ギフト包装\", en = \"gift wrapping\" }\nx_area = { ja = \"地域\", en = \"area\" }\n[[causes]]";
    let facts = FACTS.replace("[[causes]]", words).replace("[\"name\"]", "[\"name\", \"x_area\"]");
    let facts = Facts::read(&facts.replace("CONDITION", "x_gift = true")).unwrap();
    let scope = Scope::evaluate(&facts, &History::read(order("").as_bytes()).unwrap());
    assert!(
        scope.causes[0].sentence.ja.contains("「ギフト包装」が「はい」"),
        "{}",
        scope.causes[0].sentence.ja
    );
    let reason = &scope.persons[0].causes["a"].reason;
    assert!(reason.ja.contains("「ギフト包装」が残されていない"), "{}", reason.ja);
    assert!(reason.en.contains("gift wrapping"), "{}", reason.en);
    assert_eq!(incident::item_name(&facts, "x_area").ja, "地域");
    let wrong = FACTS.replace("[[causes]]", &words.replace("x_area", "area")).replace("CONDITION", "");
    assert!(Facts::read(&wrong).unwrap_err().to_string().contains("x_"));
}

#[test]
fn a_system_that_no_record_names_is_told() {
    let facts = FACTS.replace("if = { CONDITION }", "systems = \"shpo\"");
    let facts = Facts::read(&facts).unwrap();
    let told = |system: &str| {
        let lines = order(&format!(r#","system":"{system}""#));
        let scope = Scope::evaluate(&facts, &History::read(lines.as_bytes()).unwrap());
        scope.warnings.iter().any(|warning| warning.ja.contains("shpo"))
    };
    assert!(told("shop") && !told("shpo"));
}

#[test]
fn what_was_left_out_counts_recipients_and_nothing_that_an_opposite_asks_for() {
    let text = FACTS.replace("[[causes]]", "[[systems]]\nid = \"mall\"\nname = { ja = \"店\", en = \"mall\" }\naffected = false\nwhy = { ja = \"別\", en = \"other\" }\n[[causes]]");
    let rule =
        r#"rule = { all = [{ event = "order", whom = "recipients" }, { not = { event = "leave" } }] }"#;
    let facts = Facts::read(&text.replace("rule = { event = \"order\", if = { CONDITION } }", rule)).unwrap();
    let lines = r#"
{"event":"order","at":"2021-04-01","person":"p","recipients":["r","s"],"system":"mall"}
{"event":"leave","at":"2021-04-01","person":"q","system":"mall"}
"#;
    let scope = Scope::evaluate(&facts, &History::read(lines.as_bytes()).unwrap());
    let left: Vec<_> = scope.causes[0].excluded.iter().map(|e| (e.records, e.persons)).collect();
    assert_eq!(left, [(1, 2)]);
}

#[test]
fn a_record_of_nobody_knows_whom_is_one_of_everybodys() {
    let facts = FACTS.replace("{ event = \"order\", if = { CONDITION } }", "{ everyone = true }");
    let history = format!("{}\n{}", order(""), r#"{"event":"order","at":"2021-04-02"}"#);
    let scope = Scope::evaluate(&Facts::read(&facts).unwrap(), &History::read(history.as_bytes()).unwrap());
    let persons = scope.causes[0].affected.persons;
    assert_eq!((persons.count, persons.precision), (2, Precision::AtMost));
    assert_eq!(scope.causes[0].unlinked_records, 1);
}

/// The scope of these causes and records.
fn scope_of(causes: &str, lines: &[&str]) -> Scope {
    let text = format!("format = 1\ntitle = {{ ja = \"例\", en = \"example\" }}\n{causes}");
    let text = text.replace("TITLE", "title = { ja = \"例\", en = \"example\" }\nitems = [\"name\"]");
    Scope::evaluate(&Facts::read(&text).unwrap(), &History::read(lines.join("\n").as_bytes()).unwrap())
}

fn result(scope: &Scope, person: &str) -> Level {
    scope.persons.iter().find(|p| p.person == person || p.also.iter().any(|id| id == person)).unwrap().causes
        ["a"]
        .result
}

#[test]
fn what_stands_for_never_is_refused_and_not_taken_for_a_time() {
    for time in ["9999-12-31", "9999", "0000-01-01", "1899-12"] {
        let line = format!(r#"{{"event":"leave","id":"1","person":"p","at":"{time}"}}"#);
        let text = refused(&line);
        assert!(
            text.contains("“at”") && text.contains("1900 to 2199") && text.contains("leave the line out"),
            "{text}"
        );
        assert!(refused(&order(&format!(r#","until":"{time}""#))).contains("“until”"));
    }
    let facts = FACTS.replace("to = \"2021-06-16\"", "to = \"9999-12-31\"").replace("CONDITION", "");
    assert!(Facts::read(&facts).is_ok());
}

#[test]
fn whom_it_concerns_under_one_id_it_concerns_whatever_stands_under_another() {
    let rule = r#"
[[causes]]
id = "a"
TITLE
rule = { all = [{ event = "registration" }, { not = { event = "leave" } }, { not = { person = { kind = "staff" } } }] }
"#;
    let lines = [
        r#"{"event":"registration","id":"1","person":"left","at":"2020-01-01"}"#,
        r#"{"event":"leave","id":"2","person":"left","at":"2020-05-01"}"#,
        r#"{"event":"registration","id":"3","person":"again","at":"2021-01-01"}"#,
        r#"{"event":"person","id":"staff","kind":"staff"}"#,
        r#"{"event":"person","id":"member","kind":"member"}"#,
        r#"{"event":"registration","id":"4","person":"member","at":"2021-01-01"}"#,
        r#"{"event":"same","persons":["left","again"]}"#,
        r#"{"event":"same","persons":["staff","member"]}"#,
        // Under neither of her ids.
        r#"{"event":"registration","id":"5","person":"gone","at":"2020-01-01"}"#,
        r#"{"event":"leave","id":"6","person":"gone","at":"2020-05-01"}"#,
        r#"{"event":"person","id":"guest","kind":"guest"}"#,
        r#"{"event":"same","persons":["gone","guest"]}"#,
    ];
    let scope = scope_of(rule, &lines);
    assert_eq!(
        ["left", "member", "gone"].map(|p| result(&scope, p)),
        [Level::Possible, Level::Possible, Level::None]
    );
    assert_eq!((scope.persons_known, scope.causes[0].affected.persons.count), (3, 2));
    let facts = Facts::read(&format!(
        "format = 1\ntitle = {{ ja = \"例\", en = \"example\" }}\n{}",
        rule.replace("TITLE", "title = { ja = \"例\", en = \"example\" }\nitems = [\"name\"]")
    ));
    let packed = incident::Packed::of(History::read(lines.join("\n").as_bytes()).unwrap());
    assert!(packed.evaluate(&facts.unwrap()).unwrap_err().to_string().contains("history"));
}

#[test]
fn a_registration_is_no_card_and_no_order() {
    let lines = [
        r#"{"event":"registration","id":"1","person":"p","at":"2020-01-01"}"#,
        r#"{"event":"card_entry","id":"2","person":"p","at":"2021-04-01","means":"typed","fingerprint":"f"}"#,
        r#"{"event":"order","id":"3","person":"p","at":"2021-04-01"}"#,
        r#"{"event":"registration","id":"4","person":"q","at":"2020-01-01"}"#,
    ];
    for (unit, kind) in [("cards", "card_entry"), ("orders", "order")] {
        let all = format!(
            "[[causes]]\nid = \"a\"\ncount = \"{unit}\"\nTITLE\nrule = {{ all = [{{ event = \"registration\" }}, {{ event = \"{kind}\" }}] }}\n"
        );
        let records = scope_of(&all, &lines).causes[0].affected.records;
        assert_eq!((records.count, records.precision), (1, Precision::Exact), "{unit}");
        // Of whom nothing else is left, what there is stands for what it may be.
        let records = scope_of(&all.replace("all = [", "any = ["), &lines).causes[0].affected.records;
        assert_eq!((records.count, records.precision), (2, Precision::AtMost), "{unit}");
    }
}

#[test]
fn a_record_that_names_a_card_confirms_that_one() {
    let causes = r#"
[[causes]]
id = "a"
TITLE
rule = { event = "card_entry" }
confirmed = { event = "x_found" }
"#;
    let entry = |id: u8, card: u8| {
        format!(
            r#"{{"event":"card_entry","id":"{id}","person":"p","at":"2021-04-01","fingerprint":"{card}"}}"#
        )
    };
    let found = r#"{"event":"x_found","id":"1","person":"p","fingerprint":"2"}"#;
    let counts = |found: &str| {
        let (one, two) = (entry(1, 1), entry(2, 2));
        let cause = &scope_of(causes, &[&one, &two, found]).causes[0];
        (cause.affected.records.count, cause.confirmed.records.count, cause.confirmed.persons.count)
    };
    assert_eq!(counts(found), (2, 1, 1));
    assert_eq!(counts(&found.replace(r#","fingerprint":"2""#, "")), (2, 2, 1));
    let two = entry(1, 1).replace(r#""1"}"#, r#"["1","2"]}"#);
    assert!(refused(&two).contains("a line for each"), "{two}");
}

#[test]
fn of_nobodys_records_only_the_persons_are_unsure() {
    let causes = "[[causes]]\nid = \"a\"\nTITLE\nrule = { event = \"order\", if = { payment = \"card\" } }\n";
    let lines = [
        r#"{"event":"order","id":"1","person":"p","at":"2021-04-01","payment":"card"}"#,
        r#"{"event":"order","id":"2","at":"2021-04-01","payment":"card"}"#,
    ];
    let affected = scope_of(causes, &lines).causes[0].affected;
    assert_eq!((affected.records.count, affected.records.precision), (2, Precision::Exact));
    assert_eq!((affected.persons.count, affected.persons.precision), (2, Precision::AtMost));
    let unsure = lines[1].replace(r#","payment":"card""#, "");
    let affected = scope_of(causes, &[lines[0], &unsure]).causes[0].affected;
    assert_eq!((affected.records.count, affected.records.precision), (2, Precision::AtMost));
}

#[test]
fn reasons_say_what_the_records_say() {
    let reason = |rule: &str, lines: &[&str]| {
        let causes = format!(
            "[[causes]]\nid = \"a\"\nTITLE\nwindows = [{{ from = \"2022-03\", to = \"2022-03\" }}]\nrule = {rule}\n"
        );
        scope_of(&causes, lines).persons[0].causes["a"].reason.clone()
    };
    let told = reason(
        r#"{ event = "order" }"#,
        &[r#"{"event":"order","id":"1","person":"p","at":"2022-02-27","until":"2022-03-02"}"#],
    );
    assert!(told.en.contains("at some time from 27 February 2022 to 2 March 2022"), "{}", told.en);
    assert!(told.ja.contains("2022年2月27日から2022年3月2日までの間"), "{}", told.ja);
    let told = reason(
        r#"{ event = ["order", "registration"], during = "ever" }"#,
        &[
            r#"{"event":"registration","id":"1","person":"p","at":"2020-01-01"}"#,
            r#"{"event":"order","id":"1","person":"p","at":"2021-01-01"}"#,
            r#"{"event":"order","id":"2","person":"p","at":"2021-01-02"}"#,
        ],
    );
    assert!(told.en.contains("a record of “registration as a member” (1 January 2020)"), "{}", told.en);
    assert!(told.en.contains("2 records of “order”, the first 1 January 2021"), "{}", told.en);
    let told =
        reason(r#"{ person = { kind = "staff" } }"#, &[r#"{"event":"person","id":"p","kind":"member"}"#]);
    assert_eq!(told.ja, "「お客様の区分」が「従業員」ではないため、対象ではありません。");
}

#[test]
fn a_value_that_no_record_has_and_an_id_of_nobody_are_told() {
    let causes = "[[causes]]\nid = \"a\"\nTITLE\nrule = { event = \"order\", if = { brand = \"JCB\", x_from = \"atacker\" } }\n";
    let lines = [
        r#"{"event":"order","id":"1","person":"0","at":"2021-04-01","brand":"jcb","x_from":"attacker"}"#,
        r#"{"event":"order","id":"2","person":" 0 ","at":"2021-04-01","brand":"visa"}"#,
    ];
    let scope = scope_of(causes, &lines);
    let warned = |word: &str| scope.warnings.iter().any(|warning| warning.en.contains(word));
    assert!(warned("atacker") && warned("“0”") && !warned("JCB"), "{:?}", scope.warnings);
    assert_eq!(scope.warnings.len(), 2);
    let right = causes.replace("atacker", "Attacker");
    assert_eq!(result(&scope_of(&right, &lines), "0"), Level::Possible);
}

#[test]
fn a_fingerprint_that_stands_for_no_card_is_warned_of() {
    let facts = Facts::read(
        &FACTS.replace("\"order\", if = { CONDITION }", "\"card_entry\"").replace("CONDITION", ""),
    )
    .unwrap();
    let entry = |id: &str, fingerprint: &str| {
        format!(
            r#"{{"event":"card_entry","id":"{id}","at":"2021-04-01","person":"p{id}","fingerprint":"{fingerprint}"}}"#
        )
    };
    let warned = |lines: [String; 2]| {
        let scope = Scope::evaluate(&facts, &History::read(lines.join("\n").as_bytes()).unwrap());
        scope.warnings.iter().any(|warning| warning.en.contains("count as one card"))
    };
    assert!(warned([entry("1", "-"), entry("2", "-")]));
    assert!(!warned([entry("1", "-"), entry("2", "4f")]));
    assert!(!warned([entry("1", "4f"), entry("2", "4f")]));
}
