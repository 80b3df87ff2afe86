//! Lines as they come out of a real font.

use super::*;
use proptest::prelude::*;

const MEASURE: f32 = 20.0;

/// Without a font the test says that it did not run.
fn with_font<T>(run: impl FnOnce(&mut Font<'_>) -> T) -> Option<T> {
    let data = crate::tests::font_data()?;
    Some(run(&mut Font::read(&data).unwrap()))
}

/// What stands in each line, by way of the glyphs.
fn text(font: &Font<'_>, lines: &[Line]) -> Vec<String> {
    let glyph = |g: &Glyph| font.drawn()[usize::from(g.id)].0;
    lines.iter().map(|line| line.runs.iter().flat_map(|run| run.glyphs.iter().map(glyph)).collect()).collect()
}

#[test]
fn no_line_begins_or_ends_with_what_must_not() {
    with_font(|font| {
        let long = "「お客様」の（大切な）情報が、外へ出た可能性があります。ちょっとした、サーバーの更新を怠っていました。".repeat(7);
        let set = lines(font, &long, MEASURE, 1.0, Edge::Justified).unwrap();
        let texts = text(font, &set);
        assert_eq!(texts.concat(), long);
        for (n, line) in texts.iter().enumerate() {
            let (first, last) = (line.chars().next().unwrap(), line.chars().last().unwrap());
            assert!(!"」）、。っょーァ".contains(first), "line {n} begins with {first}");
            assert!(!"「（".contains(last), "line {n} ends with {last}");
        }
    });
}

#[test]
fn lines_end_at_the_margin() {
    with_font(|font| {
        let long = "弊社のECサイトが2021年3月10日から6月16日までの間、第三者による不正アクセスを受けました。"
            .repeat(5);
        let set = lines(font, &long, MEASURE, 1.0, Edge::Justified).unwrap();
        let (last, full) = set.split_last().unwrap();
        assert!(
            full.iter().all(|line| (line.width - MEASURE).abs() < 0.01),
            "{:?}",
            full.iter().map(|l| l.width).collect::<Vec<_>>()
        );
        assert!(last.width <= MEASURE + 0.01);
        assert_eq!(set[0].runs[0].x, 1.0, "the first line is moved in");
    });
}

#[test]
fn punctuation_beside_punctuation_takes_half() {
    with_font(|font| {
        let mut width = |text: &str| lines(font, text, 99.0, 0.0, Edge::Ragged).unwrap()[0].width;
        assert_eq!(width("あ、い"), 3.0);
        assert_eq!(width("あ」、い"), 3.5, "one space for both");
        assert_eq!(width("「あ」"), 2.0, "none at the ends");
        assert_eq!(width("あ」「い"), 3.5);
        assert_eq!(width("あ・い"), 3.0);
    });
}

#[test]
fn words_stay_whole_and_addresses_of_pages_are_divided() {
    with_font(|font| {
        let set =
            lines(font, "We are sorry to tell you that your data may have leaked.", 12.0, 0.0, Edge::Ragged)
                .unwrap();
        assert!(set.len() > 1);
        let words = text(font, &set);
        assert!(
            words.iter().all(|line| line.ends_with(|c: char| c.is_ascii_alphabetic() || c == '.')),
            "{words:?}"
        );
        let page = "https://shop.example.jp/incident/2026-11/questions-and-answers?lang=ja";
        let set = lines(font, page, 12.0, 0.0, Edge::Ragged).unwrap();
        assert!(set.iter().all(|line| line.width <= 12.01), "{:?}", text(font, &set));
        assert_eq!(text(font, &set).concat(), page);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_is_lost_and_no_line_is_too_long(text_in in "[あ-んア-ン一-龠、。「」（）・…ーA-Za-z0-9 /.-]{0,120}", measure in 5.0f32..40.0) {
        with_font(|font| {
            let Some(set) = lines(font, &text_in, measure, 0.0, Edge::Justified) else { return Ok(()) };
            let drawn = text(font, &set).concat();
            prop_assert_eq!(drawn, text_in.replace(' ', ""));
            for line in &set {
                // A word of 24 letters may be wider than a very short line.
                prop_assert!(line.width <= measure.max(26.0) + 0.01, "{} in {}", line.width, measure);
            }
            Ok(())
        })
        .unwrap_or(Ok(()))?;
    }
}
