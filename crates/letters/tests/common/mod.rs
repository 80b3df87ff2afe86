//! Hard addresses, and pages as dots.

use desk::{
    Lang,
    paper::{Paper, Part},
};
use domain::person::Personal;
use letters::{Address, Envelope, FILES, Font, Letter, Made, Press, Rect, bar::Bar};
use std::{ops::RangeInclusive, path::Path, process::Command};

pub fn font() -> Vec<u8> {
    let found = FILES.iter().find_map(|file| std::fs::read(file).ok());
    found.expect("a Japanese font: install fonts-noto-cjk or fonts-ipaexfont-mincho")
}

/// Whether what these tests need is on this machine; else they say that they did not run.
pub fn ready() -> bool {
    let has = |name: &str| Command::new(name).arg("-h").output().is_ok();
    let ready = has("pdftoppm") && has("zbarimg") && FILES.iter().any(|file| Path::new(file).exists());
    if !ready {
        testkit::skip(&testkit::test_name(), "install poppler-utils, zbar-tools and fonts-noto-cjk");
    }
    ready
}

/// A program of Debian's poppler-utils or zbar-tools.
pub fn tool(name: &str) -> Command {
    Command::new(name)
}

/// A letter as the desk writes it, in two pages.
pub fn paper() -> Paper {
    let sentence = "弊社のオンラインショップ「栗鼠堂」が、2026年3月10日から6月16日までの間、第三者による不正アクセスを受け、お客様の情報が外部へ出た可能性があることが分かりました。";
    let rows = [
        ("原因", "お支払いの画面が書き換えられたこと"),
        ("対象の期間", "2026年3月10日から6月16日まで"),
        ("対象の情報", "カードの番号、有効期限、セキュリティコード"),
    ];
    let mut parts = vec![
        Part::Paragraph(format!("拝啓　{}", sentence.repeat(2))),
        Part::Paragraph("ご心配とご迷惑をおかけしますことを、心よりお詫び申し上げます。".into()),
        Part::Right("敬具".into()),
    ];
    for heading in ["お客様について分かっていること", "お願いしたいこと", "お問い合わせ"]
    {
        parts.push(Part::Heading(heading.into()));
        parts.push(Part::Table(rows.map(|(a, b)| (a.to_owned(), b.to_owned())).to_vec()));
        parts.push(Part::List(vec![sentence.into(), "カードのご利用明細をこまめにご覧ください。".into()]));
        parts.push(Part::Paragraph(sentence.repeat(3)));
    }
    Paper {
        lang: Lang::Ja,
        day: "2026年11月26日".into(),
        sender: [
            "栗鼠堂",
            "株式会社栗鼠堂",
            "〒000-0000 東京都千代田区架空町一丁目2番3号",
            "代表取締役　栗栖　木の実",
        ]
        .map(str::to_owned)
        .to_vec(),
        subject: "【栗鼠堂】お客様の情報が漏えいした可能性についてのお知らせ".into(),
        parts,
        code: "このお知らせの番号".into(),
        check: Some((
            "お知らせが本物であることは、次のページに番号を入れてお確かめになれます。".into(),
            "https://shop.example.jp/notice".into(),
        )),
    }
}

/// Names that are hard to set: rare forms, forms that a variation selector tells, long ones, a foreign one, one of one letter.
const NAMES: [&str; 12] = [
    "山田　花子",
    "髙橋　一郎",
    "山﨑　美咲",
    "渡邊󠄂　健",
    "𠮷田　𠮷雄",
    "小鳥遊　桜",
    "勅使河原　弥左衛門",
    "長宗我部　龍之介右衛門尉",
    "齋藤　蓮",
    "Anna-Maria von der Heide",
    "李",
    "ｽｽﾞｷ　ﾀﾛｳ",
];
/// Buildings, none among them.
const BUILDINGS: [&str; 6] = [
    "",
    "栗鼠マンション101",
    "ザ・パークハウスグランドタワー東京ベイ・イーストコート B棟 2305号室",
    "第三ビル4F",
    "ﾒｿﾞﾝ・ﾄﾞ・ﾌﾞﾗﾝ 203",
    "県営住宅 12-304",
];

/// Addresses from all over the country, the longest of its towns among them. Nobody lives there: names and numbers are made up.
pub fn addresses(count: usize) -> Vec<Address> {
    let mut places: Vec<postal::Place> =
        (0..count as u64).map(|n| postal::sample(n.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    let mut longest: Vec<postal::Place> = (0..20_000).map(postal::sample).collect();
    longest.sort_by_key(|p| {
        std::cmp::Reverse(p.prefecture.chars().count() + p.city.chars().count() + p.town.chars().count())
    });
    longest.dedup();
    for (place, long) in places.iter_mut().step_by(4).zip(longest) {
        *place = long;
    }
    places.iter().enumerate().map(|(n, place)| address(n, place)).collect()
}

fn address(n: usize, place: &postal::Place) -> Address {
    let street = match n % 4 {
        0 => format!("{}丁目{}番{}号", n % 9 + 1, n % 40 + 1, n % 30 + 1),
        1 => format!("{}-{}-{}", n % 9 + 1, n % 40 + 1, n % 30 + 1),
        2 => format!("{}番地の{}", n % 4000 + 1, n % 12 + 1),
        _ => format!("{}", n % 900 + 1),
    };
    let city = format!("{}{}{}", place.prefecture, place.city, place.town);
    Address {
        postcode: Personal::new(place.code.to_string().replace('-', "")),
        place: [city, street, BUILDINGS[n % BUILDINGS.len()].to_owned()].map(Personal::new).to_vec(),
        company: Personal::default(),
        name: Personal::new(NAMES[n / 3 % NAMES.len()]),
    }
}

/// A file with a letter to each, and what became of them. All of them must fit.
pub fn press(addresses: &[Address], envelope: Envelope) -> (Vec<u8>, Vec<(Letter, Made)>) {
    let data = font();
    let mut press = Press::new(Font::read(&data).unwrap(), envelope, &[paper()]).unwrap();
    let mut made = Vec::with_capacity(addresses.len());
    for (n, address) in addresses.iter().enumerate() {
        let code = format!("{:04}-AAAA-{:04}", n / 10_000, n % 10_000);
        let letter =
            Letter { number: u32::try_from(n + 1).unwrap(), text: 0, address: address.clone(), code };
        let done = press.add(&letter).unwrap_or_else(|why| panic!("letter {}: {why}", n + 1));
        made.push((letter, done));
    }
    (press.finish().unwrap(), made)
}

/// The upper part of a page as dots.
pub struct Page {
    width: usize,
    dots: Vec<u8>,
    dpi: u32,
}

/// Draws the upper third of a page.
pub fn scan(file: &Path, page: usize, dpi: u32) -> Page {
    scans(file, page..=page, dpi).remove(0)
}

/// Draws the upper thirds of several pages at once: of a large file most of the time goes into opening it.
pub fn scans(file: &Path, pages: RangeInclusive<usize>, dpi: u32) -> Vec<Page> {
    let dots = |mm: f32| ((mm * dpi as f32 / 25.4).ceil() as usize).to_string();
    let mut command = tool("pdftoppm");
    command.args(["-r", &dpi.to_string(), "-gray"]);
    command.args(["-f", &pages.start().to_string(), "-l", &pages.end().to_string()]);
    command.args(["-x", "0", "-y", "0", "-W", &dots(210.0), "-H", &dots(99.0)]);
    let drawn = command.arg(file).output().unwrap();
    assert!(drawn.status.success() && drawn.stderr.is_empty(), "{}", String::from_utf8_lossy(&drawn.stderr));
    let mut rest = &drawn.stdout[..];
    let drawn: Vec<Page> = pages.map(|_| next(&mut rest, dpi)).collect();
    assert!(rest.is_empty(), "more pages than were asked for");
    drawn
}

/// Takes one page: P5, width, height, 255, and the dots.
fn next(rest: &mut &[u8], dpi: u32) -> Page {
    let mut head = Vec::new();
    while head.len() < 4 {
        let end = rest.iter().position(u8::is_ascii_whitespace).unwrap();
        head.push(std::str::from_utf8(&rest[..end]).unwrap().to_owned());
        *rest = &rest[end + 1..];
    }
    assert_eq!(head[0], "P5");
    let [width, height] = [&head[1], &head[2]].map(|number| number.parse::<usize>().unwrap());
    let (dots, after) = rest.split_at(width * height);
    *rest = after;
    Page { width, dots: dots.to_vec(), dpi }
}

impl Page {
    fn mm(&self, dots: usize) -> f32 {
        (dots as f32 + 0.5) * 25.4 / self.dpi as f32
    }

    fn is_dark(&self, x: usize, y: usize) -> bool {
        self.dots.get(y * self.width + x).is_some_and(|dot| *dot < 140)
    }

    /// Where ink is within a rectangle, in millimetres.
    pub fn ink(&self, r: Rect) -> Vec<(f32, f32)> {
        let rows = self.dots.len() / self.width;
        let dots = |from: f32, to: f32, most: usize| {
            let dot = |mm: f32| (mm * self.dpi as f32 / 25.4).max(0.0) as usize;
            dot(from)..(dot(to) + 1).min(most)
        };
        let (across, down) = (dots(r.left, r.right(), self.width), dots(r.top, r.bottom(), rows));
        let all = down.flat_map(|y| across.clone().map(move |x| (x, y)));
        let dark = all.filter(|(x, y)| self.is_dark(*x, *y)).map(|(x, y)| (self.mm(x), self.mm(y)));
        dark.filter(|(x, y)| *x >= r.left && *x <= r.right() && *y >= r.top && *y <= r.bottom()).collect()
    }

    /// The bars that stand lowest within a rectangle, by their heights.
    pub fn bars(&self, r: Rect) -> Option<Vec<Bar>> {
        let at = |mm: f32| (mm * self.dpi as f32 / 25.4) as usize;
        let (left, right) = (at(r.left), at(r.right()));
        let bottom =
            (at(r.top)..at(r.bottom())).rev().find(|y| (left..right).any(|x| self.is_dark(x, *y)))?;
        let top = bottom - at(2.88) + 1;
        let height = bottom + 1 - top;
        let mut bars = Vec::new();
        let mut x = left;
        while x < right {
            // The middle of a bar is dark whatever its height.
            if !self.is_dark(x, top + height / 2) {
                x += 1;
                continue;
            }
            let width = (x..right).take_while(|x| self.is_dark(*x, top + height / 2)).count();
            let middle = x + width / 2;
            let (up, down) =
                (self.is_dark(middle, top + height / 6), self.is_dark(middle, bottom - height / 6));
            bars.push(match (up, down) {
                (true, true) => Bar::Long,
                (true, false) => Bar::Upper,
                (false, true) => Bar::Lower,
                (false, false) => Bar::Timing,
            });
            x += width;
        }
        Some(bars)
    }
}
