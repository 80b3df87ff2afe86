//! Files that somebody with the rights of `web` lays down: shells, and cards that are kept to be fetched later.

use crate::{
    Way,
    between::until,
    case::Outcome,
    customer::{COMPUTER, Customer},
    house::House,
};
use anyhow::{Context, Result};
use jiff::Timestamp;
use serde_json::Value;
use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

/// What is in a shell: it says what it is, and does nothing.
const SHELL: &[u8] = b"<?php /* dozo-drill: inert */ ?>\n";
/// A picture's first bytes, and a shell behind them.
const PICTURE: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00<?php /* dozo-drill: inert */ ?>\xff\xd9";
/// The number of a test card, of a kind that no other drill uses.
const CARD: &str = "4012888888881881";
/// How long the watch may take before it is said that nobody saw it.
const SEEN_WITHIN: Duration = Duration::from_secs(30);
/// How long the watch may need to have read all that lay there before.
const READ_WITHIN: Duration = Duration::from_secs(300);
/// How long until it must be over again.
const OVER_WITHIN: Duration = Duration::from_secs(20);

pub(crate) const WAYS: &[Way] = &[
    Way { name: "shell-php", plants: "a web shell", rob: |house| shell(house, "web/drill.php", SHELL) },
    Way {
        name: "shell-phtml",
        plants: "a web shell under another ending",
        rob: |house| shell(house, "web/drill.phtml", SHELL),
    },
    Way {
        name: "shell-double",
        plants: "a web shell with two endings",
        rob: |house| shell(house, "web/drill.jpg.php", SHELL),
    },
    Way {
        name: "shell-image",
        plants: "a web shell in a picture",
        rob: |house| shell(house, "web/drill.jpg", PICTURE),
    },
    Way {
        name: "shell-dotfile",
        plants: "a file that would make pictures into programs",
        rob: |house| shell(house, "web/.htaccess", b"AddType application/x-httpd-php .jpg\n"),
    },
    Way {
        name: "shell-database",
        plants: "a web shell beside the database",
        rob: |house| shell(house, "shop/drill.php", SHELL),
    },
    Way {
        name: "cards-new-file",
        plants: "a file of its own for cards, in a cipher that nobody knows",
        rob: |house| collected(house, "web/.cache", &cipher(), "file_unexpected"),
    },
    Way {
        name: "cards-image",
        plants: "cards at the end of a picture",
        rob: |house| {
            collected(house, "web/photo.jpg", &[PICTURE, CARD.as_bytes()].concat(), "file_unexpected")
        },
    },
    Way {
        name: "cards-plain",
        plants: "cards in a file among others of its kind",
        rob: |house| among(house, CARD),
    },
    Way {
        name: "cards-base64",
        plants: "the same in base64",
        rob: |house| among(house, &base64(CARD.as_bytes())),
    },
    Way {
        name: "cards-hex",
        plants: "the same in hex",
        rob: |house| among(house, &CARD.bytes().map(|b| format!("{b:02x}")).collect::<String>()),
    },
    Way {
        name: "cards-reversed",
        plants: "the same from back to front",
        rob: |house| among(house, &CARD.chars().rev().collect::<String>()),
    },
    Way { name: "cards-xor", plants: "the same with each byte changed by one value", rob: xor },
];

/// A file that goes when this is dropped.
struct Laid(PathBuf);

impl Laid {
    fn down(house: &House, name: &str, bytes: &[u8]) -> Result<Laid> {
        let path = house.data().join(name);
        anyhow::ensure!(!path.exists(), "{name} is there already");
        fs::write(&path, bytes).with_context(|| format!("cannot write {name}"))?;
        Ok(Laid(path))
    }
}

impl Drop for Laid {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn is(what: &str, file: &str) -> impl Fn(&Value) -> bool {
    move |case| case["what"] == what && case["file"] == file
}

/// Waits until the watch says so, takes the file away, and waits until it is over.
fn watched(
    house: &House,
    name: &str,
    bytes: &[u8],
    what: &str,
    meanwhile: impl FnOnce() -> Result<()>,
) -> Result<Outcome> {
    let (since, planted) = (Timestamp::now(), Instant::now());
    let laid = Laid::down(house, name, bytes)?;
    meanwhile()?;
    let mut found = None;
    until(SEEN_WITHIN, || {
        found = house.found_since(since, is(what, name));
        found.is_some()
    });
    let outcome = match &found {
        Some(title) => Outcome::noticed("watch", title, planted),
        None => Outcome::missed("the watch says nothing"),
    };
    drop(laid);
    until(OVER_WITHIN, || house.found_since(Timestamp::now(), is(what, name)).is_none());
    Ok(outcome)
}

fn shell(house: &House, name: &str, bytes: &[u8]) -> Result<Outcome> {
    let mut served = 0;
    let file = name.rsplit('/').next().unwrap_or(name);
    let ask = || -> Result<()> {
        for path in [file, name] {
            let answer = Customer::new(1, COMPUTER).get(&format!("{}/{path}", house.shop()))?;
            served += u32::from(answer.status != 404 || answer.body.contains("dozo-drill"));
        }
        Ok(())
    };
    let outcome = watched(house, name, bytes, "file_unexpected", ask)?;
    Ok(Outcome { pages_sent: served, ..outcome })
}

fn collected(house: &House, name: &str, bytes: &[u8], what: &str) -> Result<Outcome> {
    watched(house, name, bytes, what, || Ok(()))
}

/// Where files come and go under names that nobody knows before, so that only what is in one can betray it: the demo's mails.
fn among(house: &House, hidden: &str) -> Result<Outcome> {
    mail(house, hidden.as_bytes())
}

fn mail(house: &House, hidden: &[u8]) -> Result<Outcome> {
    until(READ_WITHIN, || house.is_read());
    let name = format!("mailbox/drill-{}.eml", Timestamp::now().as_millisecond());
    let head: &[u8] = b"From: drill@demo.example\nTo: drill@demo.example\nSubject: drill\n\n";
    watched(house, &name, &[head, hidden, b"\n"].concat(), "card_number", || Ok(()))
}

fn xor(house: &House) -> Result<Outcome> {
    mail(house, &CARD.bytes().map(|b| b ^ 0x5a).collect::<Vec<u8>>())
}

/// Bytes in which nobody sees a card.
fn cipher() -> Vec<u8> {
    CARD.bytes().zip(1..).map(|(b, n): (u8, u8)| b.wrapping_mul(37) ^ n.wrapping_mul(91)).collect()
}

/// Base 64 with padding (RFC 4648 §4).
pub(crate) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let four = |three: &[u8]| {
        let bits = three.iter().fold(0u32, |bits, b| bits << 8 | u32::from(*b)) << (8 * (3 - three.len()));
        let letter = |place: usize| char::from(LETTERS[(bits >> (18 - 6 * place)) as usize & 63]);
        (0..4).map(|place| if place <= three.len() { letter(place) } else { '=' }).collect::<String>()
    };
    bytes.chunks(3).map(four).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disguises() {
        assert_eq!(base64(b"foob"), "Zm9vYg==");
        assert_eq!(base64(CARD.as_bytes()), "NDAxMjg4ODg4ODg4MTg4MQ==");
        assert!(!String::from_utf8_lossy(&cipher()).contains("4012"));
    }
}
