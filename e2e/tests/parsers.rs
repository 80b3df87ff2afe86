//! The properties of the fuzz targets, with random bytes and with what fuzzing has found worth keeping.
#![allow(clippy::unwrap_used)]

#[path = "../../fuzz/properties.rs"]
mod properties;

use proptest::prelude::*;

/// Every file that is kept for a target.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = testkit::root().join("fuzz/corpus").join(target);
    let files = std::fs::read_dir(folder).unwrap();
    files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
}

fn kept(target: &str, property: fn(&[u8])) {
    let kept = corpus(target);
    assert!(kept.len() >= 5, "the corpus of {target} is gone");
    kept.iter().for_each(|bytes| property(bytes));
    // Each with a byte changed, at every place.
    for bytes in kept.iter().filter(|bytes| bytes.len() <= 256) {
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            property(&changed);
        }
    }
}

#[test]
fn what_was_kept_holds() {
    kept("frame", properties::frame);
    kept("entry", properties::entry);
    kept("checkpoint", properties::checkpoint);
    kept("import", properties::import);
}

proptest! {
    #[test]
    fn frames(body in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut frame = u32::try_from(body.len()).unwrap().to_le_bytes().to_vec();
        frame.extend(&body);
        properties::frame(&frame);
        properties::frame(&body);
    }

    #[test]
    fn entries(bytes in prop::collection::vec(any::<u8>(), 0..400), version in 0u8..4) {
        properties::entry(&bytes);
        properties::entry(&[&[version], &bytes[..]].concat());
    }

    #[test]
    fn texts(text in "(dozo/ledger\n[0-9]{1,4}\n)?[ -~\n—]{0,200}") {
        properties::checkpoint(text.as_bytes());
    }

    #[test]
    fn exports(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        properties::import(&bytes);
        properties::import(&[b"event,id,at,mail,name\n", &bytes[..]].concat());
    }
}
