//! Numbers and days that stand in no fact and no count.

use super::{Rule, Sentence, fold::plain};
use crate::Case;
use incident::{
    End, Window,
    facts::{During, Rule as Whom},
    scope::{Count, Pair},
};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// What the facts and counts bear.
pub struct Known {
    numbers: BTreeSet<u64>,
    days: BTreeSet<Day>,
}

/// A day, as precise as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    pub year: Option<i16>,
    pub month: i8,
    pub day: Option<i8>,
}

impl Known {
    /// All numbers and days of a case, those in its texts among them.
    pub fn of(case: Case<'_>) -> Known {
        let mut known = Known { numbers: BTreeSet::new(), days: BTreeSet::new() };
        known.counts(case);
        known.times(case);
        let facts = case.facts;
        let mut read = |text: &incident::facts::Text| {
            for text in [&text.ja, &text.en] {
                let text = plain(text);
                known.numbers.extend(counted(&text).into_iter().map(|(number, _)| number));
                known.days.extend(days(&text).into_iter().map(|(_, day, _)| day));
            }
        };
        facts.each_text(&mut read);
        facts.causes.iter().flat_map(|c| &c.evidence).for_each(&mut read);
        facts
            .causes
            .iter()
            .map(|c| &c.title)
            .chain(facts.groups.iter().map(|g| &g.title))
            .for_each(&mut read);
        facts.systems.iter().flat_map(|s| s.why.iter().chain([&s.name])).for_each(&mut read);
        known
    }

    fn counts(&mut self, case: Case<'_>) {
        for cause in &case.facts.causes {
            self.numbers.extend(cause.stated.iter().flat_map(|s| [s.records, s.persons]).flatten());
        }
        let Some(counts) = case.counts else { return };
        let pairs = counts.causes.iter().flat_map(|cause| [cause.affected, cause.confirmed, cause.possible]);
        let all = pairs.flat_map(|pair: Pair| [pair.records, pair.persons]);
        let all = all.chain(counts.groups.iter().map(|group| group.persons)).chain([counts.persons_affected]);
        self.numbers.extend(all.map(|count: Count| count.count));
        self.numbers.extend(counts.causes.iter().map(|cause| cause.unlinked_records));
        for change in counts.correction.iter().flat_map(|c| &c.causes) {
            self.numbers.extend([
                change.added,
                change.retracted,
                change.confirmed_now,
                change.no_longer_confirmed,
            ]);
        }
    }

    fn times(&mut self, case: Case<'_>) {
        let facts = case.facts;
        let mut time = |time: End| {
            let first = time.first();
            let month = if time.has_month() { first.month() } else { 0 };
            let day = time.has_day().then(|| first.day());
            self.days.insert(Day { year: Some(first.year()), month, day });
        };
        let mut window = |w: &Window| w.from.into_iter().chain(w.to).for_each(&mut time);
        for cause in &facts.causes {
            cause.windows.iter().for_each(&mut window);
            cause.gaps.iter().for_each(|gap| window(&gap.days));
            for rule in cause.rules() {
                during(rule, &mut window);
            }
        }
        facts.groups.iter().for_each(|group| during(&group.rule, &mut window));
        facts.timeline.iter().for_each(|step| time(step.on));
        facts.measures.iter().filter_map(|measure| measure.on).for_each(&mut time);
        facts.updates.iter().filter_map(|updates| updates.fix_published).for_each(&mut time);
        let next = facts.announcements.iter().filter_map(|plan| plan.next.as_ref()?.on);
        next.for_each(&mut time);
        let contacts = facts.contacts.iter().flat_map(|c| [c.open_from, c.open_until]);
        let cards = facts.cards.iter().flat_map(|cards| {
            let monitoring = cards.monitoring.iter().flat_map(|m| [m.asked_on, m.until]);
            let reissue = cards.reissue.iter().flat_map(|r| [r.asked_on, r.free_until]);
            monitoring.chain(reissue).collect::<Vec<_>>()
        });
        let days = contacts.chain(cards).flatten();
        let days = days.chain(facts.investigation.iter().map(|i| i.as_of)).chain([case.today]);
        let days =
            days.chain(facts.filings.iter().filter_map(|f| f.on)).chain(facts.answers.iter().map(|a| a.on));
        for date in days.chain(facts.versions.iter().map(|v| v.on)).collect::<Vec<Date>>() {
            self.days.insert(Day::of(date));
        }
    }

    /// Whether a number is known, or is one rounded to two digits or more and said to be so.
    fn has_number(&self, text: &str, number: u64, words: &str) -> bool {
        let about = text.find(words).is_some_and(|at| {
            ["約", "およそ", "about ", "some ", "around "].iter().any(|about| text[..at].ends_with(about))
        });
        let unit =
            (1..9).map(|power| 10_u64.pow(power)).take_while(|unit| number.is_multiple_of(*unit)).last();
        let rounded = |known: u64| {
            let unit = unit.filter(|unit| about && number / unit >= 10)?;
            Some(known.saturating_add(unit / 2) / unit * unit == number)
        };
        self.numbers.contains(&number) || self.numbers.iter().any(|known| rounded(*known) == Some(true))
    }

    fn has_day(&self, day: Day) -> bool {
        let same = |known: &Day| {
            day.year.is_none_or(|year| known.year == Some(year))
                && known.month == day.month
                && day.day.is_none_or(|day| known.day == Some(day))
        };
        self.days.iter().any(same)
    }
}

fn during(rule: &Whom, window: &mut dyn FnMut(&Window)) {
    rule.each(&mut |rule| {
        if let Whom::Event(events) = rule
            && let During::Days(days) = &events.during
        {
            window(days);
        }
    });
}

impl Day {
    /// A whole day.
    pub fn of(date: Date) -> Day {
        Day { year: Some(date.year()), month: date.month(), day: Some(date.day()) }
    }

    /// The last day of it; `None` without a year, or where there is no such day.
    pub fn last(self) -> Option<Date> {
        let date = Date::new(self.year?, self.month, self.day.unwrap_or(1)).ok()?;
        Some(if self.day.is_some() { date } else { date.last_of_month() })
    }
}

pub fn check(sentence: &Sentence, known: &Known, found: &mut dyn FnMut(Rule, &str)) {
    let text = numerals(&sentence.plain);
    // The law's own thresholds are no count.
    for (number, words) in counted(&text).into_iter().filter(|_| !sentence.has_any(&["施行規則", "article"]))
    {
        if !known.has_number(&text, number, words) && !is_small_talk(&text, number, words) {
            found(Rule::Figure, words);
        }
    }
    // How old a shop is has nothing to do with it.
    if sentence.has_any(&["創業", "設立", "founded", "established"]) {
        return;
    }
    for (end, day, words) in days(&text) {
        if !known.has_day(day) || !has_weekday(day, &text[end..]) {
            found(Rule::Day, words);
        }
    }
}

/// Whether the day of the week in brackets behind a day is its own: with another nobody knows which is meant.
fn has_weekday(day: Day, behind: &str) -> bool {
    let named =
        behind.strip_prefix('(').and_then(|rest| "月火水木金土日".chars().position(|c| rest.starts_with(c)));
    let date = day.day.and(day.last());
    date.zip(named).is_none_or(|(date, named)| {
        usize::try_from(date.weekday().to_monday_zero_offset()).is_ok_and(|own| own == named)
    })
}

/// Whether a small number counts something else: staff, requests, one card.
fn is_small_talk(text: &str, number: u64, words: &str) -> bool {
    let before = text.find(words).map_or("", |at| &text[..at]);
    let other = [
        "担当者",
        "担当",
        "スタッフ",
        "係",
        "次の",
        "以下の",
        "下記の",
        "上記の",
        "この",
        "専任の",
        "専門の",
    ];
    let one_of_them = words.ends_with('枚') || number == 1;
    number <= 10 && (one_of_them || other.iter().any(|other| before.ends_with(other)))
}

const UNITS: &[&str] = &[
    "名",
    "人",
    "件",
    "枚",
    "アカウント",
    "会員",
    "のお客様",
    "persons",
    "person",
    "people",
    "customers",
    "customer",
    "cards",
    "card",
    "orders",
    "order",
    "records",
    "record",
    "accounts",
    "users",
    "members",
    "buyers",
];

/// Numbers of persons, cards and the like, with the words.
pub fn counted(text: &str) -> Vec<(u64, &str)> {
    let mut all = Vec::new();
    for (at, end) in digits(text) {
        let Ok(mut number) = text[at..end].replace(',', "").parse::<u64>() else { continue };
        let mut rest = &text[end..];
        let mut at = at;
        if let Some(after) = rest.strip_prefix('万') {
            number = number.saturating_mul(10_000);
            rest = after;
            // 4.5万
            if let Some(whole) = text[..at].strip_suffix('.') {
                let from = whole
                    .rfind(|c: char| !c.is_ascii_digit())
                    .map_or(0, |from| from + whole[from..].chars().next().map_or(0, char::len_utf8));
                number = number / 10 + whole[from..].parse::<u64>().unwrap_or(0) * 10_000;
                at = from;
            }
            // 1万2千 and the like: the digits behind 万 are a number of their own.
            if let Some((_, to)) = digits(rest).first().filter(|(from, _)| *from == 0) {
                let more = rest[..*to].replace(',', "").parse::<u64>().unwrap_or(0);
                rest = &rest[*to..];
                let thousands = rest.strip_prefix('千');
                number =
                    number.saturating_add(more.saturating_mul(if thousands.is_some() { 1000 } else { 1 }));
                rest = thousands.unwrap_or(rest);
            }
        }
        let rest = rest.trim_start_matches([' ', '余', '数']);
        let Some(unit) = UNITS.iter().find(|unit| rest.starts_with(**unit)) else { continue };
        // 一人ひとり, 3人目: no count. "order number" is none either.
        let behind = &rest[unit.len()..];
        let word_goes_on = unit.is_ascii() && behind.starts_with(|c: char| c.is_ascii_alphanumeric());
        if behind.starts_with('目') || word_goes_on || unit.is_ascii() && behind.starts_with(" number") {
            continue;
        }
        let to = text.len() - behind.len();
        all.push((number, &text[at..to]));
    }
    all
}

/// A text with its Japanese years and whole Japanese numbers in digits, and short months in full.
fn numerals(text: &str) -> String {
    let mut out = text.to_owned();
    if !out.contains(|c: char| c.is_ascii_digit() || "百千万".contains(c)) {
        return out;
    }
    for (era, before) in [("令和", 2018_u64), ("平成", 1988)] {
        while let Some(at) = out.find(era) {
            let rest = out[at + era.len()..].replacen("元年", "1年", 1);
            let to = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let Ok(year) = rest[..to].parse::<u64>() else { break };
            out = format!("{}{}{}", &out[..at], before.saturating_add(year), &rest[to..]);
        }
    }
    let latin = out.contains(|c: char| c.is_ascii_alphabetic()) && out.contains(|c: char| c.is_ascii_digit());
    for month in MONTHS.iter().filter(|_| latin) {
        let short = &month[..3];
        for mark in ["", "."] {
            let short = format!("{short}{mark} ");
            if let Some(at) = out.find(&short).filter(|at| {
                let beside = out[at + short.len()..].starts_with(|c: char| c.is_ascii_digit())
                    || out[..*at].trim_end().ends_with(|c: char| c.is_ascii_digit());
                beside && !out[..*at].ends_with(|c: char| c.is_ascii_alphabetic())
            }) {
                out.replace_range(at..at + short.len(), &format!("{month} "));
            }
        }
    }
    for ordinal in ["th ", "st ", "nd ", "rd "] {
        let places: Vec<usize> = out.match_indices(ordinal).map(|(at, _)| at).collect();
        for at in places.into_iter().rev() {
            if out[..at].ends_with(|c: char| c.is_ascii_digit()) {
                out.replace_range(at..at + 2, "");
            }
        }
    }
    kanji_numbers(&out)
}

/// 四万一千二百七 as 41207, where more than a digit or two is written.
fn kanji_numbers(text: &str) -> String {
    const DIGITS: &str = "〇一二三四五六七八九";
    let part = |c: char| DIGITS.contains(c) || "十百千万".contains(c);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(part) {
        out.push_str(&rest[..at]);
        let run = &rest[at..];
        let end = run.find(|c| !part(c)).unwrap_or(run.len());
        let (run, behind) = run.split_at(end);
        let is_number = run.chars().count() >= 3
            && run.contains(['百', '千', '万'])
            && !out.ends_with(|c: char| c.is_ascii_digit());
        if is_number {
            let (mut all, mut part, mut digit) = (0_u64, 0_u64, 0_u64);
            for c in run.chars() {
                let unit = match c {
                    '十' => 10,
                    '百' => 100,
                    '千' => 1000,
                    '万' => {
                        all = all.saturating_add((part + digit).max(1).saturating_mul(10_000));
                        (part, digit) = (0, 0);
                        continue;
                    }
                    c => {
                        digit = DIGITS
                            .chars()
                            .position(|d| d == c)
                            .and_then(|n| u64::try_from(n).ok())
                            .unwrap_or(0);
                        continue;
                    }
                };
                part = part.saturating_add(digit.max(1) * unit);
                digit = 0;
            }
            out.push_str(&all.saturating_add(part).saturating_add(digit).to_string());
        } else {
            out.push_str(run);
        }
        rest = behind;
    }
    out + rest
}

/// Runs of digits with commas between: where they begin and end.
fn digits(text: &str) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    let mut from = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let part = c.is_ascii_digit() || c == ',' && from.is_some();
        match (from, part) {
            (None, true) => from = Some(at),
            (Some(begin), false) => {
                let run = text[begin..at].trim_end_matches(',');
                all.push((begin, begin + run.len()));
                from = None;
            }
            _ => {}
        }
    }
    all
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Days and months in a text, with where they end and the words.
pub fn days(text: &str) -> Vec<(usize, Day, &str)> {
    let runs = digits(text);
    let mut all = Vec::new();
    for (n, (at, end)) in runs.iter().enumerate() {
        let number = |n: usize| -> Option<i16> { runs.get(n).and_then(|(a, e)| text[*a..*e].parse().ok()) };
        let small = |n: usize| number(n).and_then(|number| i8::try_from(number).ok());
        let behind = |n: usize| runs.get(n).map_or("", |(_, e)| &text[*e..]);
        let joined = |n: usize, with: &str| {
            runs.get(n + 1).zip(runs.get(n)).is_some_and(|((a, _), (_, e))| &text[*e..*a] == with)
        };
        let four = end - at == 4;
        let ends = |n: usize, mark: &str| runs.get(n).map_or(*end, |(_, e)| e + mark.len());
        if four && joined(n, "年") && behind(n + 1).starts_with('月') {
            let day =
                if joined(n + 1, "月") && behind(n + 2).starts_with('日') { small(n + 2) } else { None };
            let to = ends(if day.is_some() { n + 2 } else { n + 1 }, "月");
            all.extend(small(n + 1).map(|month| (to, Day { year: number(n), month, day }, &text[*at..to])));
        } else if four
            && (joined(n, "-") && joined(n + 1, "-")
                || joined(n, "/") && joined(n + 1, "/")
                || joined(n, ".") && joined(n + 1, "."))
        {
            let to = ends(n + 2, "");
            let day = small(n + 1).zip(small(n + 2));
            let day = day.filter(|(month, day)| (1..=12).contains(month) && (1..=31).contains(day));
            all.extend(
                day.map(|(month, day)| (to, Day { year: number(n), month, day: Some(day) }, &text[*at..to])),
            );
        } else if joined(n, "月") && behind(n + 1).starts_with('日') && !text[..*at].ends_with('年') {
            let to = ends(n + 1, "日");
            all.extend(
                small(n).map(|month| (to, Day { year: None, month, day: small(n + 1) }, &text[*at..to])),
            );
        }
    }
    for (n, name) in MONTHS.iter().enumerate() {
        let month = i8::try_from(n + 1).unwrap_or(1);
        for (at, _) in text.match_indices(name) {
            all.extend(english(text, at, at + name.len(), month));
        }
    }
    all
}

/// "17 November 2021", "November 17, 2021" or "November 2021" around a month's name.
fn english(text: &str, at: usize, end: usize, month: i8) -> Option<(usize, Day, &str)> {
    let (before, after) = (text[..at].trim_end(), text[end..].trim_start());
    if text[..at].ends_with(|c: char| c.is_ascii_alphabetic())
        || text[end..].starts_with(|c: char| c.is_ascii_alphabetic())
    {
        return None;
    }
    let leading = |text: &str| -> String { text.chars().take_while(char::is_ascii_digit).collect() };
    let trailing: String = before.chars().rev().take_while(char::is_ascii_digit).collect();
    let day_before: Option<i8> =
        trailing.chars().rev().collect::<String>().parse().ok().filter(|d| (1..=31).contains(d));
    let first = leading(after);
    let (day, year_text) = match (day_before, first.len()) {
        (None, 1 | 2) => (first.parse().ok(), after[first.len()..].trim_start_matches([',', ' '])),
        (day, _) => (day, after),
    };
    let year = Some(leading(year_text)).filter(|year| year.len() == 4);
    let to = match &year {
        Some(year) => text.len() - year_text.len() + year.len(),
        None => end,
    };
    // "may" alone is a verb, and a month without day or year says little.
    if day.is_none() && year.is_none() {
        return None;
    }
    let from = if day_before.is_some() { before.len() - trailing.len() } else { at };
    Some((to, Day { year: year.and_then(|year| year.parse().ok()), month, day }, &text[from..to]))
}
