//! Pages as a printer sees them: drawn by poppler, read pixel by pixel. Each address lies in the window wherever the sheet has
//! slipped, nothing else ever does, the bar-code reads back, and so does the QR code.
//!
//! `DOZO_LETTERS=10000 cargo nextest run -p letters` looks at as many as that; `DOZO_LETTERS_TO=FILE` keeps the file, to be
//! looked at.
#![allow(clippy::unwrap_used, reason = "for tests")]

mod common;

use common::{addresses, paper, press, ready, scan, scans, tool};
use letters::{Envelope, Font, Letter, Rect, bar};
use std::{collections::BTreeSet, process::Command};

/// Dots in an inch at which pages are looked at: a bar is a dot and a half wide.
const DPI: u32 = 100;
/// Letters whose pages are drawn together.
const AT_ONCE: usize = 50;

fn count() -> usize {
    testkit::scale("DOZO_LETTERS", 300) as usize
}

#[test]
fn each_address_lies_in_the_window_and_nothing_else_does() {
    if !ready() {
        return;
    }
    let envelope = Envelope::LONG_3;
    let (always, ever) = (envelope.always(), envelope.ever());
    let addresses = addresses(count());
    let (pdf, made) = press(&addresses, envelope);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letters.pdf");
    std::fs::write(&file, &pdf).unwrap();
    if let Some(kept) = std::env::var_os("DOZO_LETTERS_TO") {
        std::fs::copy(&file, kept).unwrap();
    }
    let pages = pdf_pages(&file);
    let each = pages / made.len();
    assert_eq!(pages, made.iter().map(|(_, made)| made.sheets as usize).sum::<usize>());
    let mut with_bars = 0;
    let mut drawn = Vec::new();
    for (n, (letter, made)) in made.iter().enumerate() {
        if n.is_multiple_of(AT_ONCE) {
            drawn = scans(&file, n * each + 1..=pages.min((n + AT_ONCE) * each), DPI);
        }
        let page = &drawn[n % AT_ONCE * each];
        // Nothing but the address where the window can show anything.
        for (x, y) in page.ink(ever) {
            assert!(
                x >= always.left - 0.3
                    && x <= always.right() + 0.3
                    && y >= always.top - 0.3
                    && y <= always.bottom() + 0.3,
                "letter {} has ink at {x:.1} {y:.1} mm, outside of {always:?}",
                letter.number
            );
        }
        assert!(page.ink(always).len() > 200, "letter {} has an address", letter.number);
        with_bars += usize::from(made.has_bars);
    }
    // What stands there is the whole address, and the name.
    let texts = texts_in(&file, always);
    for (n, (letter, _)) in made.iter().enumerate() {
        let shown: String = texts[n * each].chars().filter(|c| !c.is_whitespace()).collect();
        let wanted = wanted(letter);
        assert!(shown.contains(&wanted), "letter {}", letter.number);
    }
    assert!(with_bars * 10 > made.len() * 8, "{with_bars} of {} have bar-codes", made.len());
}

/// The text of an address as it is shown.
fn wanted(letter: &Letter) -> String {
    use unicode_normalization::UnicodeNormalization;
    let postcode = letter.address.postcode.reveal();
    let place: String = letter.address.place.iter().map(|part| part.reveal()).collect();
    let all = format!("〒{}-{}{place}{}様", &postcode[..3], &postcode[3..], letter.address.name.reveal());
    let is_selector = |c: &char| matches!(c, '\u{e0100}'..='\u{e01ef}');
    all.nfc().filter(|c| !c.is_whitespace() && !is_selector(c)).collect()
}

#[test]
fn bar_codes_read_back_from_the_page() {
    if !ready() {
        return;
    }
    let addresses = addresses(60);
    let (pdf, made) = press(&addresses, Envelope::LONG_3);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letters.pdf");
    std::fs::write(&file, &pdf).unwrap();
    let each = pdf_pages(&file) / made.len();
    let mut read = 0;
    for (n, (letter, _)) in made.iter().enumerate().filter(|(_, (_, made))| made.has_bars) {
        let page = scan(&file, n * each + 1, 600);
        let bars = page
            .bars(Envelope::LONG_3.always())
            .unwrap_or_else(|| panic!("letter {} shows no bars", letter.number));
        let (postcode, number) =
            bar::decode(&bars).unwrap_or_else(|| panic!("letter {} does not decode", letter.number));
        assert_eq!(postcode, letter.address.postcode.reveal());
        assert!(number.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
        read += 1;
    }
    assert!(read > 40, "{read}");
}

#[test]
fn the_qr_code_leads_to_the_page_where_codes_are_checked() {
    if !ready() {
        return;
    }
    let (pdf, _) = press(&addresses(1), Envelope::LONG_3);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letters.pdf");
    std::fs::write(&file, &pdf).unwrap();
    let page = folder.path().join("page");
    let drawn = tool("pdftoppm")
        .args(["-r", "200", "-gray", "-f", "1", "-l", "1", "-singlefile"])
        .arg(&file)
        .arg(&page)
        .status();
    assert!(drawn.unwrap().success());
    let read = tool("zbarimg").args(["--quiet", "--raw"]).arg(page.with_extension("pgm")).output().unwrap();
    let read = String::from_utf8(read.stdout).unwrap();
    assert_eq!(read.trim(), paper().check.unwrap().1);
}

/// Nothing of one letter stands on the pages of another, and each page of a letter bears its code.
#[test]
fn each_page_bears_the_code_of_its_letter_and_no_other() {
    if !ready() {
        return;
    }
    let (pdf, made) = press(&addresses(40), Envelope::LONG_3);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letters.pdf");
    std::fs::write(&file, &pdf).unwrap();
    let pages = pdf_pages(&file);
    let each = pages / made.len();
    let whole = Rect { left: 0.0, top: 0.0, width: 210.0, height: 297.0 };
    let codes: BTreeSet<&str> = made.iter().map(|(letter, _)| letter.code.as_str()).collect();
    for (n, text) in texts_in(&file, whole).iter().take(pages).enumerate() {
        let found: Vec<&&str> = codes.iter().filter(|code| text.contains(**code)).collect();
        assert_eq!(found, [&made[n / each].0.code.as_str()], "page {}", n + 1);
    }
}

/// What the law asks a notice to tell goes on as many sheets as an envelope takes, and a letter of two causes on three.
#[test]
fn the_longest_letter_of_an_incident_goes_on_three_sheets() {
    if !ready() {
        return;
    }
    let data = common::font();
    for lang in ["ja", "en"] {
        let file =
            format!("{}/../desk/tests/cases/two-causes/letter.{lang}.json", env!("CARGO_MANIFEST_DIR"));
        let paper = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let mut press = letters::Press::new(Font::read(&data).unwrap(), Envelope::LONG_3, &[paper]).unwrap();
        let address = addresses(1).remove(0);
        press.add(&Letter { number: 1, text: 0, address, code: "2222-2222-2222".into() }).unwrap();
        assert!(press.pages() <= 3, "{lang}: {} sheets", press.pages());
    }
}

/// The letter that is not made leaves nothing behind.
#[test]
fn addresses_that_cannot_be_printed_are_said_and_leave_no_page() {
    if !ready() {
        return;
    }
    use domain::person::Personal;
    use letters::{Address, Press, Unfit};
    let data = common::font();
    let mut press = Press::new(Font::read(&data).unwrap(), Envelope::LONG_3, &[paper()]).unwrap();
    let sound = addresses(1).remove(0);
    let mut refused = |change: &dyn Fn(&mut Address)| {
        let mut address = sound.clone();
        change(&mut address);
        press.add(&Letter { number: 1, text: 0, address, code: "2222-2222-2222".into() }).unwrap_err()
    };
    assert_eq!(refused(&|a| a.name = Personal::new(" ")), Unfit::Incomplete);
    assert_eq!(refused(&|a| a.postcode = Personal::new("123")), Unfit::Incomplete);
    assert_eq!(refused(&|a| a.place.clear()), Unfit::Incomplete);
    assert_eq!(refused(&|a| a.name = Personal::new("山田\u{f8ff}")), Unfit::NoGlyph);
    assert_eq!(refused(&|a| a.place[0] = Personal::new("東京都千代田区".repeat(40))), Unfit::TooLong);
    assert_eq!(press.pages(), 0);
}

fn pdf_pages(file: &std::path::Path) -> usize {
    let told = tool("pdfinfo").arg(file).output().unwrap();
    assert!(told.stderr.is_empty(), "{}", String::from_utf8_lossy(&told.stderr));
    let told = String::from_utf8(told.stdout).unwrap();
    told.lines().find_map(|line| line.strip_prefix("Pages:")).unwrap().trim().parse().unwrap()
}

/// What text stands in a rectangle of each page.
fn texts_in(file: &std::path::Path, r: Rect) -> Vec<String> {
    let dots = |mm: f32| (mm * 72.0 / 25.4).round().to_string();
    let mut command: Command = tool("pdftotext");
    command.args(["-x", &dots(r.left), "-y", &dots(r.top), "-W", &dots(r.width), "-H", &dots(r.height)]);
    let told = command.arg("-raw").arg(file).arg("-").output().unwrap();
    assert!(told.status.success());
    String::from_utf8(told.stdout).unwrap().split('\u{c}').map(str::to_owned).collect()
}
