//! How many pages of letters are made in an hour: `bench letters`. A batch as `post` makes it, once its addresses are opened: lines
//! set, addresses fitted into the window, bar-codes, codes, the font cut down, all of it compressed; on one core.

use crate::measure::{Measure, show};
use anyhow::{Context, Result, bail, ensure};
use desk::{
    Lang,
    paper::{Paper, Part},
};
use domain::person::Personal;
use letters::{Address, Envelope, FILES, Font, LETTERS_MAX, Letter, Press};
use serde_json::json;
use std::time::Instant;

/// Pages an hour that are aimed at.
const PER_HOUR_MIN: f64 = 1_000_000.0;

/// Runs it.
///
/// # Errors
/// Where there is no font, or a letter cannot be made.
pub fn run(args: &[String]) -> Result<()> {
    let (mut count, mut json) = (LETTERS_MAX, false);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--json" => json = true,
            "--letters" => {
                let number =
                    args.next().and_then(|n| n.parse().ok()).filter(|n| (1..=LETTERS_MAX).contains(n));
                count = number.with_context(|| format!("--letters takes a number up to {LETTERS_MAX}"))?;
            }
            other => bail!("what is {other}? letters takes --letters N, --json"),
        }
    }
    show(&[measure(count)?], json)
}

fn measure(count: usize) -> Result<Measure> {
    let data = FILES.iter().find_map(|file| std::fs::read(file).ok()).context("install fonts-noto-cjk")?;
    let letters: Vec<Letter> = (0..count).map(letter).collect();
    let begun = Instant::now();
    let mut press = Press::new(Font::read(&data)?, Envelope::LONG_3, &[paper()])?;
    let mut with_bars = 0;
    for letter in &letters {
        with_bars += usize::from(press.add(letter)?.has_bars);
    }
    let pages = press.pages();
    let bytes = press.finish()?.len();
    let took = begun.elapsed().as_secs_f64();
    ensure!(pages >= 2 * count, "a letter of two pages");
    let detail = json!({
        "letters": count, "pages": pages, "seconds": took, "with_bars": with_bars, "file_bytes": bytes,
        "us_a_page": (took * 1e6 / pages as f64).round(),
    });
    Ok(Measure::at_least("letters", "pages/h", pages as f64 / took * 3_600.0, PER_HOUR_MIN).detailed(detail))
}

/// Towns from all over the country, so that the font grows as it would.
fn letter(n: usize) -> Letter {
    let place = postal::sample(n as u64);
    let city = format!("{}{}{}", place.prefecture, place.city, place.town);
    let street = format!("{}-{}-{}", n % 9 + 1, n % 40 + 1, n % 30 + 1);
    let address = Address {
        postcode: Personal::new(place.code.to_string()),
        place: [city, street, format!("栗鼠マンション{}", n % 900 + 101)].map(Personal::new).to_vec(),
        company: Personal::default(),
        name: Personal::new(["山野　栗子", "髙橋　一郎", "齋藤　蓮"][n % 3]),
    };
    let code = format!("{:04}-ABCD-{:04}", n / 10_000, n % 10_000);
    Letter { number: u32::try_from(n + 1).unwrap_or(u32::MAX), text: 0, address, code }
}

/// A letter of two pages.
fn paper() -> Paper {
    let sentence = "弊社のオンラインショップが第三者による不正アクセスを受け、お客様の情報が外部へ出た可能性があることが分かりました。";
    let parts = (0..14).map(|_| Part::Paragraph(sentence.repeat(3))).collect();
    Paper {
        lang: Lang::Ja,
        day: "2026年11月26日".into(),
        sender: vec!["栗鼠堂".into(), "株式会社栗鼠堂".into()],
        subject: "お客様の情報が漏えいした可能性についてのお知らせ".into(),
        parts,
        code: "このお知らせの番号".into(),
        check: Some(("次のページでお確かめになれます。".into(), "https://shop.example.jp/notice".into())),
    }
}
