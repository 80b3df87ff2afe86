//! Real returned mails with labels, that nobody here wrote. They may not be part of the repository.

use bounce::{Outcome, read};
use serde_json::Value;

/// What a label asks for: the recipient, where the report names one, and whether the mail was not delivered.
struct Label {
    recipient: Option<String>,
    reason: String,
}

/// Two labels name an address that the mail does not hold, by a character: whom it names is then not asked.
fn labels(file: &Value, mail: &str) -> Vec<Label> {
    let mail = mail.to_lowercase().replace("=\n", "");
    let holds = |address: &str| {
        let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        mail.match_indices(address).any(|(at, _)| {
            !inside(mail[..at].chars().next_back()) && !inside(mail[at + address.len()..].chars().next())
        })
    };
    let of = |e: &Value| {
        let recipient = e["recipient"].as_str().filter(|r| holds(r)).map(str::to_owned);
        Label { recipient, reason: e["reason"].as_str().unwrap_or_default().to_owned() }
    };
    file["expected"].as_array().into_iter().flatten().map(of).collect()
}

/// Whether an outcome is what the label says. "expired" and the like may be told while the mail is still being tried.
fn agrees(label: &Label, outcome: Outcome) -> bool {
    match label.reason.as_str() {
        "delivered" => outcome == Outcome::Arrived,
        "feedback" => outcome == Outcome::Complaint,
        "vacation" => outcome == Outcome::AutoReply,
        "userunknown" | "hostunknown" | "hasmoved" => outcome == Outcome::Failed,
        _ => matches!(outcome, Outcome::Failed | Outcome::Delayed),
    }
}

#[test]
fn real_mails_are_read_as_they_are_labelled() {
    let Some(folder) = testkit::shared_data().map(|d| d.join("bounces")) else { return };
    let labelled: Value =
        serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let (mut right, mut all, mut wrong) = (0, 0, Vec::new());
    for file in labelled["files"].as_array().unwrap() {
        if file["label"] != "two-editions-agree" {
            continue;
        }
        let name = file["file"].as_str().unwrap();
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let verdicts: Vec<_> = bounce::mailbox(&bytes).into_iter().flat_map(read).collect();
        for label in labels(file, &String::from_utf8_lossy(&bytes)) {
            all += 1;
            let known = |v: &&bounce::Verdict| label.recipient.is_none() || v.recipient == label.recipient;
            match verdicts.iter().find(known) {
                Some(verdict) if agrees(&label, verdict.outcome) => right += 1,
                _ => wrong.push(name),
            }
            let not_failed = matches!(label.reason.as_str(), "delivered" | "feedback" | "vacation");
            assert!(
                !(not_failed && verdicts.iter().any(|v| v.outcome == Outcome::Failed)),
                "{name} is taken as failed"
            );
        }
    }
    println!("{right} of {all} recipients and outcomes right; not {wrong:?}");
    assert!(all > 200 && right * 1000 >= all * 995, "{right} of {all}; not {wrong:?}");
}
