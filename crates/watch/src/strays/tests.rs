//! Each disguise is found, and ordinary bytes are left alone.

use super::*;
use base64::{Engine, engine::general_purpose};
use proptest::prelude::*;
use std::io::Write;

const CARD: &str = "4242424242424242";
const OTHER: &str = "5555555555554444";
/// With as many different digits as real ones have.
const VARIED: [&str; 2] = ["4012888888881881", "3566002020360505"];

fn only(bytes: impl AsRef<[u8]>) -> Vec<Disguise> {
    find(bytes.as_ref()).into_iter().collect()
}

fn hex(text: &str) -> String {
    text.bytes().map(|b| format!("{b:02x}")).collect()
}

#[test]
fn plain_numbers_in_all_their_forms() {
    for text in [
        CARD,
        "4242 4242 4242 4242",
        "4242-4242-4242-4242",
        "3782 822463 10005",
        "3056 930902 5904",
        "４２４２４２４２４２４２４２４２",
        "４２４２　４２４２　４２４２　４２４２",
        "pan=4242424242424242&exp=12/27",
        "no 12 4242 4242 4242 4242 12/27",
        // As a database writes the columns of a row one behind the other.
        "x424242424242424212/27",
        "\u{1}14242424242424242\u{0}",
    ] {
        assert_eq!(only(text), [Disguise::Plain], "{text}");
    }
    assert_eq!(only("1881888888882104"), [Disguise::Reversed]);
}

#[test]
fn encoded_numbers() {
    assert_eq!(only(hex(CARD)), [Disguise::Hex]);
    assert_eq!(only(hex(&format!("{OTHER}|12|26")).to_uppercase()), [Disguise::Hex]);
    assert_eq!(only(format!("0{}", hex(CARD))), [Disguise::Hex], "at an odd place");
    for lead in ["", "x", "xy", "name=栗&pan=", "日本語の長い名前のあとに"] {
        let text = format!("{lead}{CARD}&cvc=123");
        for engine in [general_purpose::STANDARD, general_purpose::URL_SAFE_NO_PAD] {
            assert_eq!(only(engine.encode(&text)), [Disguise::Base64], "{lead}");
        }
        let lines: Vec<u8> = general_purpose::STANDARD
            .encode(format!("{}{text}", "x".repeat(50)))
            .into_bytes()
            .chunks(76)
            .flat_map(|line| [line, b"\r\n"].concat())
            .collect();
        assert_eq!(only(lines), [Disguise::Base64], "{lead}, in lines");
    }
    assert_eq!(only(general_purpose::STANDARD.encode("4242 4242 4242 4242")), [Disguise::Base64]);
    // A word on the line before is no part of it, also where it would decode to a letter.
    for word in ["note", "cards", "drill", "a"] {
        let text = format!("{word}\n\n{}\n", general_purpose::STANDARD.encode(VARIED[0]));
        assert_eq!(only(&text), [Disguise::Base64], "{text}");
    }
}

#[test]
fn under_each_of_the_255_keys() {
    let collected = format!("{}|12|26|123\n{}|01|27|456\n", VARIED[0], VARIED[1]);
    for key in 1..=255u8 {
        let bytes: Vec<u8> = collected.bytes().map(|b| b ^ key).collect();
        assert!(find(&bytes).contains(&Disguise::Xor), "{key:#x}");
    }
}

#[test]
fn behind_a_picture() {
    let picture: Vec<u8> = (0..60_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    assert!(only(&picture).is_empty());
    let xored = |text: &str| text.bytes().map(|b| b ^ 0x5a).collect::<Vec<_>>();
    for (tail, disguise) in [
        (CARD.as_bytes().to_vec(), Disguise::Plain),
        (general_purpose::STANDARD.encode(CARD).into_bytes(), Disguise::Base64),
        (xored(&format!("{}\n", VARIED[0])), Disguise::Xor),
    ] {
        let end = b"\xff\xd9\n".to_vec();
        assert_eq!(only([picture.clone(), end, tail].concat()), [disguise]);
    }
}

#[test]
fn ordinary_bytes_are_left_alone() {
    for text in [
        "4901234567894 090-1234-5678 R26-0000-1234 2026-11-23T10:00:00.123456Z",
        "{\"at\":1795359900000,\"order\":\"01a2075b-1cd7-8ee5-8885-e559e0a4cdde\",\"yen\":1234567890}",
        "4242424242424241 0000000000000000 1111111111111111 1234567890123456",
        "------------------------ ======================== ________________________ ........................",
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/",
        "a4242424242424242b (inside a hash)",
        "01a2141f-6195-7053-8342-35415210287801909217-cb24-740e",
        "begun integer not null,               -- the mail server was",
    ] {
        assert!(only(text).is_empty(), "{text}");
    }
    use sha2::{Digest, Sha256};
    let hashes: String = (0..20_000u32)
        .map(|n| format!("{{\"sha256\":\"{}\"}}\n", hex_of(&Sha256::digest(n.to_le_bytes()))))
        .collect();
    assert!(only(hashes).is_empty(), "twenty thousand hashes");
}

/// Of a million hashes these are the ones, found by trying.
#[test]
fn letters_in_a_hash_are_no_digits_under_a_key() {
    use sha2::{Digest, Sha256};
    let mut all = String::new();
    for n in [21_355, 116_769, 397_090, 435_536, 646_433, 652_802, 977_905u32] {
        let hash = hex_of(&Sha256::digest(n.to_le_bytes()));
        for line in [format!("{{\"sha256\":\"{hash}\"}}\n"), hash.to_uppercase(), hash] {
            assert!(only(&line).is_empty(), "{line}");
            all.push_str(&line);
        }
    }
    assert!(only(all).is_empty());
    // Sixteen letters of a sealed record in base64 are one number under a key; robbers collect more than one.
    let under = |number: &str| String::from_utf8(number.bytes().map(|b| b ^ 0x55).collect()).unwrap();
    let word = |number: &str| format!("x5{}Zq", under(number));
    assert!(only(word(VARIED[0])).is_empty());
    assert!(only(word(VARIED[0]).repeat(2)).is_empty());
    assert_eq!(only(word(VARIED[0]) + &word("6011000990139424")), [Disguise::Xor]);
    assert_eq!(only(format!("x5\n{}\nZq", under(VARIED[0]))), [Disguise::Xor]);
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Where stretches are, found byte by byte.
fn slowly(bytes: &[u8], least: usize, goes_on: impl Fn(usize) -> bool) -> Vec<(usize, usize)> {
    let (mut all, mut from) = (Vec::new(), 0);
    for at in 0..=bytes.len() {
        if at == bytes.len() || !goes_on(at) {
            if at - from >= least {
                all.push((from, at));
            }
            from = at;
        }
    }
    all
}

proptest! {
    #[test]
    fn stretches_are_those_that_a_slow_look_finds(bytes in proptest::collection::vec(0x28u8..0x58, 0..300)) {
        let mut halves = Vec::new();
        find::each_of_one_half(&bytes, |from, to| halves.push((from, to)));
        let same = |at: usize| at == 0 || (bytes[at] ^ bytes[at - 1]) & 0xf0 == 0;
        prop_assert_eq!(halves, slowly(&bytes, 14, same));
        let digit = |b: u8| b.is_ascii_digit();
        let mut digits = Vec::new();
        find::each_stretch(&bytes, 4, digit, |from, to| digits.push((from, to)));
        let together = |at: usize| at == 0 || digit(bytes[at]) == digit(bytes[at - 1]);
        let mut slow = slowly(&bytes, 4, together);
        slow.retain(|(from, _)| digit(bytes[*from]));
        prop_assert_eq!(digits, slow);
    }

    #[test]
    fn never_panics(bytes: Vec<u8>) {
        let _ = find(&bytes);
    }

    #[test]
    fn wherever_it_stands(before in "[ -/:-@g-z\n]{0,40}", after in "[:-@g-z\n]{0,40}") {
        let text = format!("{before};{CARD};{after}");
        prop_assert!(find(text.as_bytes()).contains(&Disguise::Plain));
    }
}

fn card(file: &str, disguise: Disguise) -> BTreeSet<Finding> {
    BTreeSet::from([Finding::CardNumber { file: file.into(), disguise }])
}

fn read_all(scan: &mut Scan) -> Progress {
    loop {
        let progress = scan.turn(Duration::ZERO);
        if progress.is_whole() {
            return progress;
        }
    }
}

#[test]
fn files_that_grow_are_read_from_where_the_last_look_ended() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("web.jsonl");
    fs::write(&log, "{\"a\":1}\n".repeat(100_000)).unwrap();
    let mut scan = Scan::new(vec![dir.path().to_owned()], vec![]);
    let progress = read_all(&mut scan);
    assert_eq!((progress.total_bytes, progress.unread), (800_000, 0));
    assert!(scan.findings().is_empty());
    let before = scan.scanned_bytes();
    let mut file = fs::OpenOptions::new().append(true).open(&log).unwrap();
    file.write_all(format!("{{\"note\":\"{CARD}\"}}\n").as_bytes()).unwrap();
    read_all(&mut scan);
    assert_eq!(scan.findings(), card(log.to_str().unwrap(), Disguise::Plain));
    assert!(scan.scanned_bytes() - before < 2_000);
    fs::remove_file(&log).unwrap();
    read_all(&mut scan);
    assert!(scan.findings().is_empty(), "gone with the file");
}

#[test]
fn the_honey_card_is_found_where_no_other_number_is() {
    use sha2::{Digest, Sha256};
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.jsonl");
    let number = "4000009912345678";
    let hash: String = Sha256::digest(number).iter().map(|b| format!("{b:02x}")).collect();
    for (text, disguise) in
        [(format!("id-{number}a"), Disguise::Plain), (format!("seen {hash}"), Disguise::Hash)]
    {
        fs::write(&path, text).unwrap();
        let mut scan = Scan::new(vec![path.clone()], vec![]);
        read_all(&mut scan);
        assert!(scan.findings().is_empty());
        let mut scan = Scan::new(vec![path.clone()], vec![]);
        scan.look_for(Some(number.into()));
        read_all(&mut scan);
        assert_eq!(scan.findings(), card(path.to_str().unwrap(), disguise));
    }
}

#[test]
fn a_number_across_two_chunks_is_found_and_a_changed_file_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shop.db");
    for at in [CHUNK_BYTES - 8, CHUNK_BYTES, 2 * CHUNK_BYTES - OVERLAP_BYTES - 3, 3 * CHUNK_BYTES - 1] {
        let mut bytes = vec![0; 4 * CHUNK_BYTES];
        bytes[at..at + 16].copy_from_slice(CARD.as_bytes());
        fs::write(&path, &bytes).unwrap();
        let mut scan = Scan::new(vec![path.clone()], vec![]);
        read_all(&mut scan);
        assert_eq!(scan.findings(), card(path.to_str().unwrap(), Disguise::Plain), "{at}");
        fs::write(&path, vec![0; 100]).unwrap();
        read_all(&mut scan);
        assert!(scan.findings().is_empty(), "cleaned");
    }
}

#[test]
fn what_is_skipped_and_what_may_not_be_read() {
    let dir = tempfile::tempdir().unwrap();
    for room in ["sandbox", "logs"] {
        fs::create_dir(dir.path().join(room)).unwrap();
        fs::write(dir.path().join(room).join("x"), CARD).unwrap();
    }
    std::os::unix::fs::symlink("/dev/zero", dir.path().join("logs/zero")).unwrap();
    let mut scan = Scan::new(vec![dir.path().to_owned()], vec![dir.path().join("sandbox")]);
    assert_eq!(read_all(&mut scan).total_bytes, 16, "neither what is skipped nor what a link leads to");
    assert_eq!(scan.findings().len(), 1);
}

#[test]
fn a_name_says_nothing_it_should_not() {
    assert_eq!(shown(Path::new("./web/x\n<b>.php")), "web/x??b?.php");
    assert_eq!(shown(Path::new("web/4242424242424242.txt")), "web/[card number removed].txt");
}
