//! What may differ between two mails of one server without a difference in what they say: nothing that is read may hang on
//! it. Each mail with a label and each one written by hand is read again in variants: other names, dates and hosts, other
//! line ends, encodings and orders, more header, another wrapping. The outcomes and their recipients stay.

#![allow(clippy::unwrap_used, reason = "for tests")]

mod mime;

use bounce::{Outcome, addressed_to, mailbox, read};
use mime::{Opened, base64, closed, each_part, encoded, name, opened, quoted, replaced};
use std::collections::BTreeSet;

type Seen = BTreeSet<(Option<String>, &'static str)>;

fn seen(bytes: &[u8]) -> Seen {
    mailbox(bytes).into_iter().flat_map(read).map(|v| (v.recipient, v.outcome.name())).collect()
}

/// The mails at hand, with Unix line ends.
fn mails() -> Vec<(String, Vec<u8>)> {
    let own = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mails");
    let shared = testkit::shared_data().map(|d| d.join("bounces/mails"));
    let mut all = Vec::new();
    for folder in [Some(own), shared].into_iter().flatten() {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let bytes = std::fs::read(path).unwrap();
            let lf = if bytes.contains(&0) { bytes } else { replaced(&bytes, b"\r\n", b"\n") };
            all.push((name, lf));
        }
    }
    all.sort();
    all
}

/// The same change to each mail; a mail to which it does not apply is left out. At least `least` must be tried.
fn stays(least: usize, change: impl Fn(&[u8]) -> Option<Vec<u8>>) {
    let (mut tried, mut wrong) = (0, Vec::new());
    for (name, mail) in mails() {
        let Some(changed) = change(&mail) else { continue };
        tried += 1;
        let (before, after) = (seen(&mail), seen(&changed));
        if before != after {
            wrong.push(format!("{name}: {before:?} became {after:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {tried}\n{}", wrong.len(), wrong.join("\n"));
    let least = if testkit::shared_data().is_some() { least } else { 1 };
    assert!(tried >= least, "{tried}");
}

/// A stream of numbers that looks like chance and is the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

fn is_text(part: &Opened) -> bool {
    let kind = part.kind();
    let plain = part.value("content-transfer-encoding").is_none_or(|e| {
        matches!(e.to_ascii_lowercase().split([' ', ';']).next(), Some("7bit" | "8bit" | "binary" | ""))
    });
    plain
        && (kind.starts_with("text/")
            || kind == "message/delivery-status"
            || kind == "message/feedback-report")
        && kind != "text/rfc822-headers"
}

#[test]
fn line_ends() {
    let whole = |mail: &[u8]| (!mail.contains(&0) && mailbox(mail).len() == 1).then_some(());
    stays(250, |mail| whole(mail).map(|()| replaced(mail, b"\n", b"\r\n")));
    stays(250, |mail| whole(mail).map(|()| replaced(mail, b"\n", b"\r")));
}

#[test]
fn more_header_before() {
    let added = "Return-Path: <>\nDelivered-To: bounces+x@shop.example\nReceived: from a (a [192.0.2.1])\n\tby b with LMTP id 1\n\tfor <bounces+x@shop.example>; \
                 Thu, 29 Apr 2027 23:34:45 +0900\nAuthentication-Results: b; spf=none smtp.helo=a\nX-Spam-Status: No, score=0.1\nX-Virus-Scanned: amavisd-new\n";
    stays(250, |mail| {
        let mut parts = opened(mail);
        let server = parts.value("return-path").is_some_and(|p| p.trim() == "<>");
        parts.fields.insert(0, added.split_once('\n').unwrap().1.as_bytes().to_vec());
        if server {
            parts.fields.retain(|f| name(f) != "return-path");
            parts.fields.insert(0, b"Return-Path: <>\n".to_vec());
        }
        Some(closed(&parts))
    });
}

#[test]
fn order_of_the_header() {
    for seed in 0..4 {
        stays(250, |mail| {
            let mut parts = opened(mail);
            let mut dice = Dice(seed);
            let mut keys: Vec<(usize, String)> = Vec::new();
            for field in &parts.fields {
                let name = name(field);
                // Fields of one name keep their order.
                let key = keys
                    .iter()
                    .find(|(_, n)| *n == name)
                    .map_or_else(|| dice.below(1 << 20), |(key, _)| *key);
                keys.push((key, name));
            }
            let mut order: Vec<usize> = (0..keys.len()).collect();
            order.sort_by_key(|i| keys[*i].0);
            parts.fields = order.into_iter().map(|i| parts.fields[i].clone()).collect();
            parts.fields.iter_mut().filter(|f| !f.ends_with(b"\n")).for_each(|f| f.push(b'\n'));
            Some(closed(&parts))
        });
    }
}

#[test]
fn case_of_names_of_fields() {
    let change = |upper: bool| {
        move |mail: &[u8]| {
            let case = |parts: &mut Opened| {
                for field in &mut parts.fields {
                    let colon = field.iter().position(|b| *b == b':').unwrap();
                    if upper {
                        field[..colon].make_ascii_uppercase()
                    } else {
                        field[..colon].make_ascii_lowercase()
                    }
                }
            };
            let mut parts = opened(mail);
            case(&mut parts);
            let within = each_part(&parts, &mut |part| {
                case(part);
                true
            });
            Some(closed(&within.unwrap_or(parts)))
        }
    };
    stays(250, change(true));
    stays(250, change(false));
}

#[test]
fn transfer_encodings() {
    let change = |encode: fn(&[u8]) -> Vec<u8>, name: &'static str| {
        move |mail: &[u8]| {
            let mut one = |part: &mut Opened| {
                is_text(part) && {
                    let body = encode(&part.body);
                    encoded(part, name, body)
                }
            };
            each_part(&opened(mail), &mut one).map(|m| closed(&m))
        }
    };
    stays(150, change(base64, "base64"));
    stays(150, change(quoted, "quoted-printable"));
}

#[test]
fn wrapped_by_a_gateway() {
    stays(200, |mail| {
        let mut parts = opened(mail);
        let content: Vec<_> =
            parts.fields.iter().filter(|f| name(f).starts_with("content-")).cloned().collect();
        if content.iter().all(|f| name(f) != "content-type") {
            return None;
        }
        parts.fields.retain(|f| !name(f).starts_with("content-"));
        parts.fields.push(b"Content-Type: multipart/mixed; boundary=\"outer'1\"\n".to_vec());
        parts.body = [
            b"--outer'1\n".as_slice(),
            &content.concat(),
            b"\n",
            &parts.body,
            b"\n--outer'1\nContent-Type: text/plain\n\n-- \nThis mail was scanned by the gateway of example.com.\n--outer'1--\n",
        ]
        .concat();
        Some(closed(&parts))
    });
}

#[test]
fn subject_in_encoded_words() {
    stays(200, |mail| {
        let mut parts = opened(mail);
        let subject = parts.value("subject").filter(|s| s.is_ascii() && !s.contains("=?"))?;
        let at = parts.fields.iter().position(|f| name(f) == "subject")?;
        let words: Vec<String> = subject
            .as_bytes()
            .chunks(30)
            .map(|c| format!("=?UTF-8?B?{}?=", String::from_utf8(base64(c)).unwrap().trim()))
            .collect();
        parts.fields[at] = format!("Subject: {}\n", words.join("\n ")).into_bytes();
        Some(closed(&parts))
    });
}

/// Digits that stand alone in a certain form, each changed by `change`.
fn numbers(mail: &[u8], is: impl Fn(&[u8]) -> bool, change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'.';
    let mut out = Vec::new();
    for piece in mail.chunk_by(|a, b| word(a) == word(b)) {
        let bare = piece.strip_suffix(b".").unwrap_or(piece);
        if is(bare) {
            out.extend(change(bare));
            out.extend_from_slice(&piece[bare.len()..]);
        } else {
            out.extend_from_slice(piece);
        }
    }
    out
}

#[test]
fn other_years_and_hosts() {
    let year = |w: &[u8]| {
        w.len() == 4 && (w.starts_with(b"20") || w.starts_with(b"199")) && w.iter().all(u8::is_ascii_digit)
    };
    stays(250, |mail| Some(numbers(mail, year, |_| b"2031".to_vec())));
    let ip = |w: &[u8]| {
        let parts: Vec<_> = w.split(|b| *b == b'.').collect();
        parts.len() == 4
            && parts.iter().all(|p| (1..4).contains(&p.len()) && p.iter().all(u8::is_ascii_digit))
    };
    stays(250, |mail| Some(numbers(mail, ip, |_| b"198.51.100.250".to_vec())));
    // The reporting server's name, where it is no house whose words mean another thing.
    stays(10, |mail| {
        let text = String::from_utf8_lossy(mail).to_ascii_lowercase();
        let (_, rest) = text.split_once("\nreporting-mta:")?;
        let host = rest.lines().next()?.rsplit([';', ' ']).next()?.trim().to_owned();
        let houses = ["docomo", "ezweb", "au.com", "google", "outlook", "amazon"];
        let plain = host.contains('.')
            && !houses.iter().any(|h| host.contains(h))
            && !text.contains(&format!("@{host}"));
        plain.then(|| replaced(mail, host.as_bytes(), b"relay-77.tanuki.example"))
    });
}

/// A recipient's name is nowhere known: another one in its place is read as well.
#[test]
fn other_recipients() {
    let (mut tried, mut wrong) = (0, Vec::new());
    for (name, mail) in mails() {
        for (i, new) in
            ["ta..nuki.", "b+c=d", "x", "0120-444-444", "no.such.user", "quota_full"].iter().enumerate()
        {
            let before = seen(&mail);
            let text = String::from_utf8_lossy(&mail).to_ascii_lowercase();
            let plain = !text.contains("base64") && !text.contains("quoted-printable");
            let locals: BTreeSet<String> =
                before.iter().filter_map(|(r, _)| Some(r.as_ref()?.rsplit_once('@')?.0.to_owned())).collect();
            // One whose name stands for itself, and not within another word.
            let [local] = locals.iter().map(String::as_str).collect::<Vec<_>>()[..] else { continue };
            let alone = text.matches(local).count() == text.matches(&format!("{local}@")).count();
            let inside = text
                .match_indices(&format!("{local}@"))
                .any(|(at, _)| text[..at].ends_with(|c: char| c.is_alphanumeric() || ".-+_=".contains(c)));
            if !plain || !alone || inside || local.contains('"') || before.len() != 1 {
                continue;
            }
            tried += 1;
            let mut changed = Vec::new();
            let lower = mail.to_ascii_lowercase();
            let old = format!("{local}@").into_bytes();
            let (mut at, end) = (0, mail.len());
            while at < end {
                if lower[at..].starts_with(&old) {
                    changed.extend_from_slice(new.as_bytes());
                    changed.push(b'@');
                    at += old.len();
                } else {
                    changed.push(mail[at]);
                    at += 1;
                }
            }
            let expected: Seen = before
                .into_iter()
                .map(|(r, o)| (r.map(|r| format!("{new}@{}", r.rsplit_once('@').unwrap().1)), o))
                .collect();
            let after = seen(&changed);
            if after != expected {
                wrong.push(format!("{name} {i}: {expected:?} became {after:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {tried}\n{}", wrong.len(), wrong.join("\n"));
    assert!(tried > 0);
}

/// Many servers return nothing of the mail: where the report itself names the recipient, nothing changes.
#[test]
fn nothing_returned() {
    let named = |mail: &[u8], seen: &Seen| {
        let text = String::from_utf8_lossy(mail).to_ascii_lowercase();
        let in_fields = |r: &String| {
            let mut fields = text.match_indices("\nfinal-recipient:");
            fields.any(|(at, _)| text[at + 1..].lines().next().unwrap().contains(r.as_str()))
        };
        seen.iter().all(|(r, _)| r.as_ref().is_some_and(in_fields))
    };
    stays(100, |mail| {
        let mut drop = |part: &mut Opened| {
            let kind = part.kind();
            (kind == "message/rfc822" || kind == "text/rfc822-headers") && {
                part.fields = vec![b"Content-Type: text/rfc822-headers\n".to_vec()];
                part.body = b"\n".to_vec();
                true
            }
        };
        let bare = each_part(&opened(mail), &mut drop).map(|m| closed(&m))?;
        named(&bare, &seen(mail)).then_some(bare)
    });
}

/// What is written for people says the same as the fields do, where it names all of the recipients, and one thing of all.
#[test]
fn nothing_but_words() {
    stays(60, |mail| {
        let before = seen(mail);
        let parts = opened(mail);
        let mut words = Vec::new();
        let mut fields = false;
        each_part(&parts, &mut |part| {
            let kind = part.kind();
            fields |= kind == "message/delivery-status";
            if is_text(part) && kind.starts_with("text/") {
                words.push(part.clone());
            }
            false
        });
        let [one] = words.as_slice() else { return None };
        let text = String::from_utf8_lossy(&one.body).to_ascii_lowercase();
        let named = |r: &Option<String>| r.as_ref().is_some_and(|r| text.contains(r.as_str()));
        let outcomes: BTreeSet<_> = before.iter().map(|(_, outcome)| outcome).collect();
        if !fields || mailbox(mail).len() != 1 || outcomes.len() != 1 || !before.iter().all(|(r, _)| named(r))
        {
            return None;
        }
        let mut parts = parts;
        parts.fields.retain(|f| !name(f).starts_with("content-"));
        parts.fields.extend(one.fields.iter().cloned());
        parts.body.clone_from(&one.body);
        Some(closed(&parts))
    });
}

/// A report that a person answers, quoted or not, is a person's mail.
#[test]
fn answered_by_a_person() {
    for (mark, subject) in [("> ", "Re: "), ("", "Re: "), ("| ", "AW: "), ("", "")] {
        for (name, mail) in mails() {
            let report = opened(&mail);
            let subject = format!("{subject}{}", report.value("subject").unwrap_or_default());
            // One that was passed on with all its fields is a report still.
            if subject.starts_with("Fwd: ") {
                continue;
            }
            let text = String::from_utf8_lossy(&report.body);
            let text: String = text.lines().map(|l| format!("{mark}{l}\n")).collect();
            let answer = format!(
                "Return-Path: <taro@example.jp>\nFrom: Taro <taro@example.jp>\nTo: info@shop.example\nSubject: {subject}\nContent-Type: text/plain\n\n\
                 Did you get my mail? This came back.\n\n{text}"
            );
            let failed = read(answer.as_bytes()).iter().any(|v| v.outcome == Outcome::Failed);
            assert!(!failed, "{name} with {mark:?}");
        }
    }
}

/// Cut anywhere, or with bytes changed: read all the same.
#[test]
fn cut_and_changed_mails_do_no_harm() {
    for (_, mail) in mails() {
        let mut dice = Dice(mail.len() as u64);
        for i in 0..8 {
            let _ =
                (read(&mail[..mail.len() * (2 * i + 1) / 16]), addressed_to(&mail[..dice.below(mail.len())]));
            let mut changed = mail.clone();
            for _ in 0..1 + mail.len() / 200 {
                let (at, byte) = (dice.below(mail.len()), dice.below(256) as u8);
                changed[at] = byte;
            }
            let _ = (read(&changed), addressed_to(&changed));
        }
    }
}
