//! Two rules that mean others have sentences of their own: what is published says whom it concerns.
#![allow(clippy::unwrap_used, reason = "for tests")]

use incident::{Facts, facts::Unfit, rule_name};

fn facts(windows: &str, rule: &str) -> Result<Facts, Unfit> {
    Facts::read(&format!(
        "format = 1\ntitle = {{ ja = \"題\", en = \"title\" }}\n\
         [[systems]]\nid = \"shop\"\nname = {{ ja = \"店\", en = \"shop\" }}\n\
         [[causes]]\nid = \"a\"\nitems = [\"name\"]\ntitle = {{ ja = \"題\", en = \"title\" }}\n{windows}\nrule = {rule}\n"
    ))
}

fn said(windows: &str, rule: &str) -> [String; 2] {
    let facts = facts(windows, rule).unwrap_or_else(|e| panic!("{rule}: {e}"));
    let sentence = rule_name(&facts, facts.causes.first(), &facts.causes[0].rule);
    [sentence.ja, sentence.en]
}

#[test]
fn what_is_put_together_otherwise_is_said_otherwise() {
    const ORDER: &str = r#"{ event = "order" }"#;
    const MEMBER: &str = r#"{ event = "registration" }"#;
    const STAFF: &str = r#"{ not = { person = { kind = "staff" } } }"#;
    const CARD: &str = r#"{ payment = "card" }"#;
    const FAILED: &str = r#"{ status = "failed" }"#;
    const ATTACK: &str = r#"{ x_attacker = true }"#;
    let order = |condition: String| format!(r#"{{ event = "order", if = {condition} }}"#);
    let not_failed = format!("{{ not = {FAILED} }}");
    for (one, other) in [
        (
            format!("{{ all = [{{ any = [{ORDER}, {MEMBER}] }}, {STAFF}] }}"),
            format!("{{ any = [{ORDER}, {{ all = [{MEMBER}, {STAFF}] }}] }}"),
        ),
        (
            format!("{{ all = [{{ all = [{{ any = [{ORDER}, {MEMBER}] }}] }}, {STAFF}] }}"),
            format!("{{ any = [{ORDER}, {{ any = [{{ all = [{MEMBER}, {STAFF}] }}] }}] }}"),
        ),
        (
            order(format!("{{ any = [{ATTACK}, {{ all = [{CARD}, {not_failed}] }}] }}")),
            order(format!("{{ all = [{{ any = [{ATTACK}, {CARD}] }}, {not_failed}] }}")),
        ),
        (
            order(format!("{{ any = [{{ all = [{ATTACK}, {CARD}] }}, {FAILED}] }}")),
            order(format!("{{ all = [{ATTACK}, {{ any = [{CARD}, {FAILED}] }}] }}")),
        ),
    ] {
        let (one, other) = (said("", &one), said("", &other));
        assert!(one[0] != other[0] && one[1] != other[1], "{one:?}\n{other:?}");
    }
    let [ja, en] = said("", &format!("{{ all = [{{ any = [{ORDER}, {MEMBER}] }}, {STAFF}] }}"));
    assert_eq!(
        ja,
        "『「ご注文」の記録がある方、または、「会員登録」の記録がある方』に当てはまる方(ただし、「お客様の区分」が「従業員」の方を除きます)"
    );
    assert!(en.starts_with("those who are any of [") && en.contains("] (except "), "{en}");
}

#[test]
fn a_minute_and_a_second_are_said_as_they_were_named() {
    let to = |to: &str| said(&format!("windows = [{{ to = \"{to}\" }}]"), r#"{ event = "order" }"#);
    let [ja, en] = to("2022-08-20T21:00");
    assert!(
        ja.starts_with("2022年8月20日21時0分までに、") && en.contains("21:00 on 20 August 2022"),
        "{ja} {en}"
    );
    let [ja, en] = to("2022-08-20T21:00:00");
    assert!(ja.starts_with("2022年8月20日21時0分0秒までに、"), "{ja}");
    assert!(en.contains("21:00:00 on 20 August 2022"), "{en}");
}

#[test]
fn what_is_recorded_or_is_not_so_is_of_persons() {
    let [ja, _] = said("", "{ person = { x_clerk = { recorded = true } } }");
    assert_eq!(ja, "「x_clerk」が記録されている方");
    let [ja, _] = said("", "{ person = { not = { x_clerk = true } } }");
    assert_eq!(ja, "「「x_clerk」が「はい」」ではない方");
}

/// It would mean nobody, in silence.
#[test]
fn an_empty_list_of_systems_is_refused() {
    let why = facts("systems = []", r#"{ event = "order" }"#).unwrap_err().to_string();
    assert!(why.contains("“systems” is empty") && why.contains("leave it out"), "{why}");
}

/// Who is concerned in place of lost records is said with the days in which they are asked for.
#[test]
fn a_gap_is_said_as_far_as_lost_records_would_have_counted() {
    const INSTEAD: &str = r#"gaps = [{ of = "order", days = { from = "2021-01-01", to = "2021-03-31" }, instead = { event = "login" } }]"#;
    const WINDOWS: &str = r#"windows = [{ from = "2021-03-10", to = "2021-06-16" }]"#;
    for (rule, days) in [
        (r#"{ event = "order" }"#, "10 March 2021 to 31 March 2021"),
        (r#"{ event = "order", during = { to = "2021-03-20" } }"#, "1 January 2021 to 20 March 2021"),
        (r#"{ event = "order", during = "ever" }"#, "1 January 2021 to 31 March 2021"),
        (
            r#"{ any = [{ event = "order" }, { event = "order", during = "ever" }] }"#,
            "1 January 2021 to 31 March 2021",
        ),
    ] {
        let facts = facts(&format!("{WINDOWS}\n{INSTEAD}"), rule).unwrap();
        let cause = &facts.causes[0];
        let gap = &cause.gaps[0];
        let said = rule_name(&facts, Some(&cause.within(gap)), gap.instead.as_ref().unwrap());
        assert!(said.en.contains(days), "{rule}: {}", said.en);
    }
}
