//! `dozo post classify` as an operator uses it, without a shop.
#![allow(clippy::unwrap_used)]

mod common;

use common::root;
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn mail(name: &str) -> PathBuf {
    root().join("crates/bounce/tests/mails").join(format!("{name}.eml"))
}

fn classify(args: &[&Path], input: &[u8]) -> Output {
    common::dozo([Path::new("post"), Path::new("classify")].iter().chain(args), input)
}

fn json(args: &[&Path], input: &[u8]) -> Value {
    let args: Vec<&Path> = [Path::new("--json")].into_iter().chain(args.iter().copied()).collect();
    let output = classify(&args, input);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn says_for_each_recipient_what_and_why() {
    let said = json(&[&mail("postfix-two-recipients"), &mail("person-writes")], b"");
    let recipients = &said["mails"][0]["recipients"];
    assert_eq!(
        recipients[0],
        json!({ "recipient": "taro@example.jp", "original": null, "outcome": "failed", "reason": "user-unknown", "hard": true,
                "status": "5.1.1", "reply": 550, "rule": "rfc3464/phrase" })
    );
    assert_eq!(recipients[1]["outcome"], "delayed");
    assert_eq!(said["mails"][1]["recipients"], json!([]));

    let lines = classify(&[&mail("qmail"), &mail("newsletter")], b"");
    let lines = String::from_utf8(lines.stdout).unwrap();
    let said: Vec<_> = lines.lines().map(|l| l.split_once(".eml: ").unwrap().1).collect();
    assert_eq!(
        said,
        [
            "taro@example.jp: failed, user-unknown, address dead, 550, 5.1.1 [list-in-text/phrase]",
            "hanako@example.net: failed, host-unknown, address dead, 5.1.2 [list-in-text/phrase]",
            "no report",
        ]
    );
}

#[test]
fn reads_standard_input_mailbox_files_and_maildirs() {
    let folder = testkit::temp_dir();
    let one = fs::read(mail("exim")).unwrap();
    assert_eq!(json(&[Path::new("-")], &one)["mails"][0]["recipients"][0]["reason"], "authentication");

    let mailbox = folder.path().join("mbox");
    let of =
        |mail: &[u8]| [b"From MAILER-DAEMON Thu Apr 29 23:34:45 2027\n".as_slice(), mail, b"\n"].concat();
    fs::write(&mailbox, [of(&one), of(&fs::read(mail("vacation")).unwrap())].concat()).unwrap();
    let said = json(&[&mailbox], b"");
    assert_eq!(
        (&said["mails"][1]["mail"], &said["mails"][1]["recipients"][0]["outcome"]),
        (&json!(2), &json!("auto-reply"))
    );

    let maildir = folder.path().join("Maildir");
    for part in ["new", "cur", "tmp"] {
        fs::create_dir_all(maildir.join(part)).unwrap();
        fs::write(maildir.join(part).join("1"), &one).unwrap();
    }
    assert_eq!(json(&[&maildir], b"")["mails"].as_array().unwrap().len(), 2);
}

#[test]
fn what_cannot_be_read_is_told_after_the_rest() {
    let output = classify(&[Path::new("--json"), Path::new("/nowhere/a.eml"), &mail("yahoo")], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("cannot read /nowhere/a.eml"));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["mails"][0]["recipients"][0]["reason"], "suspended");
    assert_eq!(classify(&[], b"").status.code(), Some(2));
}

/// The schema against all kinds, by a validator that others wrote; and the page names every word.
#[test]
fn what_is_printed_is_as_page_and_schema_say() {
    let page = fs::read_to_string(root().join("docs/bounces.md")).unwrap();
    for reason in bounce::Reason::ALL {
        assert!(page.contains(&format!("`{reason}`")), "{reason}");
    }
    let schema = root().join("docs/bounces.schema.json");
    let listed: Value = serde_json::from_slice(&fs::read(&schema).unwrap()).unwrap();
    let words: Vec<_> = bounce::Reason::ALL.iter().map(|r| r.name()).collect();
    assert_eq!(listed["$defs"]["recipient"]["properties"]["reason"]["enum"], json!(words));

    let python = std::env::var("DOZO_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let there = Command::new(&python).args(["-c", "import jsonschema"]).output();
    if !there.is_ok_and(|o| o.status.success()) {
        return testkit::skip(&testkit::test_name(), "python3-jsonschema is not installed");
    }
    let mails = root().join("crates/bounce/tests/mails");
    let output = classify(&[Path::new("--json"), &mails], b"");
    let folder = testkit::temp_dir();
    let said = folder.path().join("said.json");
    fs::write(&said, output.stdout).unwrap();
    let script = "import json, sys, jsonschema\n\
                  schema, said = (json.load(open(f)) for f in sys.argv[1:])\n\
                  jsonschema.Draft202012Validator(schema).validate(said)\n\
                  assert len(said['mails']) > 30";
    let checked = Command::new(python).args(["-c", script]).args([&schema, &said]).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}
