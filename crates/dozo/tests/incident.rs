//! `dozo incident` as somebody uses it who was robbed elsewhere: with two files and no shop.
#![allow(clippy::unwrap_used)]

mod common;

use common::{fed, root};
use serde_json::{Value, json};
use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

fn case(name: &str, file: &str) -> PathBuf {
    root().join("crates/incident/tests/cases").join(name).join(file)
}

fn dozo(args: &[&str], input: &str) -> Output {
    common::dozo(["incident"].iter().chain(args), input.as_bytes())
}

fn evaluate(name: &str, more: &[&str]) -> Value {
    let (facts, history) = (case(name, "facts.toml"), case(name, "history.jsonl"));
    let mut args = vec!["evaluate", facts.to_str().unwrap(), history.to_str().unwrap(), "--json"];
    args.extend(more);
    let output = dozo(&args, "");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn error(output: &Output) -> String {
    assert!(!output.status.success() && output.stdout.is_empty());
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn says_for_each_person_what_and_why_and_counts_them() {
    let scope = evaluate("01-two-causes", &[]);
    let person = |id: &str| scope["persons"].as_array().unwrap().iter().find(|p| p["person"] == id).unwrap();
    assert_eq!(
        person("first-day")["causes"]["typed"]["reason"]["ja"],
        "「カードのお支払い手続き」の記録が2件(最初は2021年3月10日)あるため、漏えいした可能性があります。"
    );
    assert_eq!(
        person("day-after")["causes"]["typed"]["reason"]["en"],
        "the record of “card payment begun” is of another time (17 June 2021): not concerned."
    );
    assert_eq!(person("first-day")["groups"], json!(["both"]));
    let typed = &scope["causes"][0];
    assert_eq!(typed["affected"]["records"], json!({ "count": 3, "precision": "exact" }));
    assert_eq!(
        typed["excluded"][0]["why"]["en"],
        "The terminals are another company's system on another line."
    );
    let sentence = typed["sentence"]["ja"].as_str().unwrap();
    assert_eq!(
        sentence,
        "2021年3月10日から2021年6月16日までの間に、「カードのお支払い手続き」(「カード情報の入力方法」が「新しく入力」または\
         「変更のため入力」、かつ、「進まれた段階」が「カード情報の入力」以降)の記録がある方(期間は日本時間で、初日と最終日を含みます)"
    );
    let one = evaluate("01-two-causes", &["--person", "aunt"]);
    assert_eq!(one["persons"].as_array().unwrap().len(), 1);
    assert_eq!(one["persons_known"], scope["persons_known"]);
}

#[test]
fn a_second_version_says_what_it_corrects() {
    let dir = tempfile::tempdir().unwrap();
    let newer = fs::read_to_string(case("01-two-causes", "facts.toml")).unwrap();
    let older =
        newer.replace("2021-03-10", "2021-03-09").replace("\"card_security_code\"", "\"card_holder\"");
    assert_ne!(older, newer);
    let before = dir.path().join("older.toml");
    fs::write(&before, older).unwrap();
    let scope = evaluate("01-two-causes", &["--before", before.to_str().unwrap()]);
    let typed = &scope["correction"]["causes"][0];
    assert_eq!((&typed["id"], &typed["retracted"], &typed["added"]), (&json!("typed"), &json!(1), &json!(0)));
    let all = scope["correction"]["persons"].as_array().unwrap();
    let change = |id: &str| all.iter().find(|p| p["person"] == id && p["cause"] == "typed").unwrap();
    assert_eq!(change("day-before")["after"], "none");
    assert_eq!(change("last-day")["items_added"], json!(["card_security_code"]));
    assert_eq!(change("last-day")["items_retracted"], json!(["card_holder"]));
}

#[test]
fn a_page_for_the_eyes_in_both_languages_and_records_from_a_pipe() {
    let facts = case("12-ledger", "facts.toml");
    let history = fs::read_to_string(case("12-ledger", "history.jsonl")).unwrap();
    let page = |lang: &str| {
        let output = dozo(&["evaluate", facts.to_str().unwrap(), "-", "--lang", lang], &history);
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(page("ja").contains("いずれかに該当: 最大 3名(記録のある方 5名)"), "{}", page("ja"));
    assert!(page("en").contains("concerned by any: at most 3 persons, of 5"), "{}", page("en"));
    let checked = dozo(&["check", facts.to_str().unwrap()], "");
    assert!(String::from_utf8_lossy(&checked.stdout).contains("those with a record of"));
}

#[test]
fn what_is_wrong_is_said_with_its_place_and_without_values() {
    let dir = tempfile::tempdir().unwrap();
    let facts = |change: (&str, &str)| {
        let text = fs::read_to_string(case("01-two-causes", "facts.toml")).unwrap();
        assert!(text.contains(change.0), "{}", change.0);
        let path = dir.path().join("facts.toml");
        fs::write(&path, text.replacen(change.0, change.1, 1)).unwrap();
        error(&dozo(&["check", path.to_str().unwrap()], ""))
    };
    for (change, says) in [
        (("format = 1", "format = 2"), "“format” is 2"),
        (
            ("\"typed\", \"changed\"", "\"tiped\""),
            "causes[0].rule: rule.if.means: the values of “means” are typed",
        ),
        (("event = \"card_entry\"", "event = \"card_entri\""), "there is no kind of event “card_entri”"),
        (("to = \"2021-06-16\"", "to = \"2021-02-16\""), "a window ends before it begins"),
        (("to = \"2021-06-16\"", "to = \"16.6.2021\""), "causes[0].windows[0].to"),
        (("{ cause = \"typed\" }", "{ cause = \"database2\" }"), "there is no cause “database2”"),
        (("items = [\"card_number\"", "items = [\"card_numbr\""), "there is no item “card_numbr”"),
        (("systems = [\"shop\"]", "systems = [\"shoop\"]"), "there is no system “shoop”"),
        (("why = {", "whj = {"), "unknown field `whj`"),
        (("whom = [\"person\"", "whom = [\"persons\""), "write \"person\", \"recipients\""),
    ] {
        let said = facts(change);
        assert!(said.contains(says), "{said}");
    }
    let facts = case("01-two-causes", "facts.toml");
    let lines = "{\"event\":\"order\",\"payment\":\"hanako@example.jp\"}\nno json hanako\n{\"event\":\"ordr\"}\n\
                 {\"event\":\"order\",\"at\":\"yesterday\"}\n{\"event\":\"order\",\"mail\":\"hanako\"}\n{\"id\":\"1\"}\n\
                 {\"event\":\"order\",\"id\":\"1\"}\n{\"event\":\"order\",\"id\":\"1\"}\n";
    let said = error(&dozo(&["evaluate", facts.to_str().unwrap(), "-"], lines));
    for says in [
        "line 1: the values of “payment”",
        "line 2: it is no JSON",
        "line 3: there is no kind of event",
        "line 4:",
        "line 5: there is no field “mail”",
        "line 6: “event” is missing",
        "line 8: line 7 has the same “id”",
    ] {
        assert!(said.contains(says), "{says}\n{said}");
    }
    assert!(!said.contains("hanako"), "{said}");
}

fn desk(file: &str) -> String {
    root().join("crates/desk/tests/cases/two-causes").join(file).to_str().unwrap().to_owned()
}

#[test]
fn pages_are_published_in_one_step_and_nothing_stale_remains() {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("notice");
    let publish = |facts: &str, today: &str| {
        let (scope, to) = (desk("scope.json"), to.to_str().unwrap().to_owned());
        dozo(&["publish", facts, "--scope", &scope, "--to", &to, "--today", today], "")
    };
    let output = publish(&desk("facts.toml"), "2021-11-17");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let page = || fs::read_to_string(to.join("questions.html")).unwrap();
    assert!(page().contains("2022年2月28日までにお願いいたします"));
    fs::write(to.join("stale.html"), "of somebody's experiment").unwrap();
    assert!(publish(&desk("facts.toml"), "2022-03-01").status.success());
    assert!(page().contains("2022年2月28日で終わりました") && !to.join("stale.html").exists());
    // A changed fact without a version is refused, and what is out stays.
    let changed = dir.path().join("facts.toml");
    let text = fs::read_to_string(desk("facts.toml")).unwrap().replacen("\"kana\", ", "", 1);
    fs::write(&changed, text).unwrap();
    let before = page();
    let said = error(&publish(changed.to_str().unwrap(), "2022-03-01"));
    assert!(said.contains("version 1 is published and says something else"), "{said}");
    assert_eq!(page(), before);
    // Somebody else's folder is left alone, and nothing is left beside it.
    let others = dir.path().join("others");
    fs::create_dir(&others).unwrap();
    fs::write(others.join("index.html"), "theirs").unwrap();
    let to_others = others.to_str().unwrap();
    let facts = desk("facts.toml");
    let said = error(&dozo(&["publish", &facts, "--to", to_others, "--today", "2021-11-17"], ""));
    assert!(said.contains("holds other files"), "{said}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 3);
}

#[test]
fn staff_read_the_answers_and_a_file_to_begin_with_can_be_used() {
    let (facts, scope) = (desk("facts.toml"), desk("scope.json"));
    let show = |more: &[&str]| {
        let mut args = vec!["show", &facts, "--scope", &scope, "--today", "2021-11-17"];
        args.extend(more);
        let output = dozo(&args, "");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(show(&[]).starts_with(
        "クレジットカード情報と個人情報の漏えいの可能性についてのお詫びとお知らせ\n株式会社栗鼠堂"
    ));
    let found = show(&["--find", "再発行"]);
    assert!(found.contains("[card-reissue]") && !found.contains("[police]"), "{found}");
    assert!(show(&["--find", "police", "--lang", "en"]).contains("Kuricho police station"));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("facts.toml");
    let name = file.to_str().unwrap();
    assert!(dozo(&["new", name], "").status.success());
    assert!(error(&dozo(&["new", name], "")).contains("anew"));
    assert!(dozo(&["check", name], "").status.success());
}

#[test]
fn notices_are_printed_and_any_text_is_checked_against_the_facts() {
    let (facts, scope) = (desk("facts.toml"), desk("scope.json"));
    let notice = |more: &[&str]| {
        let mut args = vec!["notice", &facts, "--scope", &scope, "--today", "2021-11-17"];
        args.extend(more);
        dozo(&args, "")
    };
    let all = String::from_utf8(notice(&[]).stdout).unwrap();
    // With and without the security code, which is concerned of some only.
    assert_eq!(all.matches("Subject: 【栗鼠堂】").count(), 5, "{all}");
    let one = notice(&["--for", "database=possible", "--population", "recipients", "--json", "--lang", "en"]);
    let one: Value = serde_json::from_slice(&one.stdout).unwrap();
    assert_eq!(one["subject"], "Risudo: personal data may have been leaked. Our apology and what you can do");
    assert!(one["text"].as_str().unwrap().contains("{code}"));
    assert!(error(&notice(&["--for", "databse"])).contains("there is no cause “databse”"));
    let check = |text: &str, more: &[&str]| {
        let mut args = vec!["check-text", "-", "--facts", &facts, "--scope", &scope, "--today", "2021-12-01"];
        args.extend(more);
        dozo(&args, text)
    };
    assert!(check("お客様のカード情報が漏えいした可能性があります。\n", &[]).status.success());
    let refused = check("\nYour card was stolen.\nCall 0120-111-111.\n", &["--json"]);
    assert!(!refused.status.success());
    let found: Value = serde_json::from_slice(&refused.stdout).unwrap();
    let rules: Vec<_> =
        found["findings"].as_array().unwrap().iter().map(|f| (&f["line"], &f["rule"])).collect();
    assert_eq!(rules, [(&json!(2), &json!("certainty")), (&json!(3), &json!("phone"))]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("2 to change"));
}

#[test]
fn terms_are_counted_and_reports_drafted() {
    let (facts, scope) = (desk("facts.toml"), desk("scope.json"));
    let run = |args: &[&str]| {
        let mut all = vec![args[0], &facts, "--scope", &scope, "--today", "2021-11-17"];
        all.extend(&args[1..]);
        let output = dozo(&all, "");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let duties: Value = serde_json::from_str(&run(&["duties", "--json"])).unwrap();
    let of = |n: usize| (&duties["duties"][n]["due"], &duties["duties"][n]["standing"]["is"]);
    assert_eq!(of(0), (&json!("2021-06-20"), &json!("done")));
    assert_eq!(of(1), (&json!("2021-08-16"), &json!("done")));
    assert!(run(&["duties"]).contains("期限は2021年8月16日です。2021年8月13日に済んでいます。"));
    assert!(run(&["duties"]).contains("P-0001"));
    let report = run(&["report", "--to", "commission"]);
    assert!(report.contains("（確報）") && report.contains("■ 9 その他参考となる事項"), "{report}");
    assert!(run(&["report", "--to", "card-companies", "--lang", "en"]).contains("until 28 February 2022"));
}

/// The schemas in `docs/incident` against all cases and what comes of them, by a validator that others wrote.
#[test]
fn files_and_results_are_as_their_schemas_say() {
    let python = std::env::var("DOZO_PYTHON").unwrap_or_else(|_| "python3".into());
    let there = Command::new(&python).args(["-c", "import jsonschema"]).output();
    if !there.is_ok_and(|o| o.status.success()) {
        return testkit::skip(&testkit::test_name(), "python3-jsonschema is not installed");
    }
    let mut jobs = Vec::new();
    let cases = fs::read_dir(root().join("crates/incident/tests/cases")).unwrap();
    for name in cases.map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
        let facts: Value = toml::from_str(&fs::read_to_string(case(&name, "facts.toml")).unwrap()).unwrap();
        jobs.push(json!(["facts", facts]));
        jobs.push(json!(["scope", evaluate(&name, &[])]));
        let older = case(&name, "facts.toml");
        jobs.push(json!(["scope", evaluate(&name, &["--before", older.to_str().unwrap()])]));
        let history = fs::read_to_string(case(&name, "history.jsonl")).unwrap();
        jobs.extend(
            history.lines().map(|line| json!(["history", serde_json::from_str::<Value>(line).unwrap()])),
        );
    }
    let whole: Value = toml::from_str(&fs::read_to_string(desk("facts.toml")).unwrap()).unwrap();
    jobs.push(json!(["facts", whole]));
    // What must be refused by the schema, too.
    let wrong = json!([
        ["history", { "event": "order", "payment": "cards" }], ["history", { "event": "person" }],
        ["facts", { "format": 1, "title": { "ja": "", "en": "" }, "causes": [] }],
    ]);
    let script = "import json, sys, jsonschema\n\
        root, jobs, wrong = sys.argv[1], *json.load(sys.stdin)\n\
        schema = {n: jsonschema.Draft202012Validator(json.load(open(f'{root}/docs/incident/{n}.schema.json'))) for n in ('facts', 'history', 'scope')}\n\
        for n, value in jobs: schema[n].validate(value)\n\
        assert not any(schema[n].is_valid(value) for n, value in wrong)\n\
        print(len(jobs))";
    let jobs_and_wrong = json!([jobs, wrong]).to_string();
    let output = fed(Command::new(&python).args(["-c", script]).arg(root()), jobs_and_wrong.as_bytes());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), jobs.len().to_string());
}
