//! Notices: what one person is told, by mail or on paper. The same facts give the same words; nothing in them is of the
//! person but two places, for his name and for the code by which he sees that the notice is genuine.

use crate::{
    Block, Case, Lang, Tongue, announcement,
    case::{CARD_ITEMS, is_conditional},
    document::plain,
    questions,
    shape::{Shape, Unfinished, means_more},
    speaker::{About, Speaker},
};
use incident::{
    facts::Cause,
    scope::{Level, Outcome, PersonScope},
};
use std::{collections::BTreeMap, ops::Range};

/// Where the name is put in.
pub const NAME: &str = "{name}";
/// Where the code of the notice is put in.
pub const CODE: &str = "{code}";

/// Who is told, as far as it changes the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// A member.
    Member,
    /// Somebody who ordered without an account.
    Guest,
    /// Somebody to whom an order was sent.
    Recipient,
}

/// What concerns the person, by cause.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vector(pub BTreeMap<String, Concern>);

/// How a cause concerns somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concern {
    /// Whether data of his may have got out, or did.
    pub level: Level,
    /// Which: what got out where that is confirmed, and else what may have.
    pub items: Vec<String>,
    /// Where it is confirmed, what may be among it.
    pub perhaps: Vec<String>,
}

impl Concern {
    /// All items.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        self.items.iter().chain(&self.perhaps)
    }

    /// The same of two persons who are told together: what is certain of one is.
    pub fn with(self, other: Concern) -> Concern {
        let certain = |one: &Concern| one.level == Level::Confirmed;
        let level = self.level.max(other.level);
        let mut both = Concern { level, items: Vec::new(), perhaps: Vec::new() };
        for one in [self, other] {
            let sure = level != Level::Confirmed || certain(&one);
            (if sure { &mut both.items } else { &mut both.perhaps }).extend(one.items);
            both.perhaps.extend(one.perhaps);
        }
        both.items.sort_unstable();
        both.items.dedup();
        both.perhaps.sort_unstable();
        both.perhaps.dedup();
        both.perhaps.retain(|item| !both.items.contains(item));
        both
    }
}

/// What a cause means for somebody whom it concerns.
pub(crate) type Concerned<'a> = (&'a Cause, &'a Concern);

/// A notice that cannot be written; the text says why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwritten {
    /// The vector names a cause that the facts do not have.
    #[error("there is no cause “{0}” in the facts")]
    NoCause(String),
    /// The vector names an item that the cause does not have.
    #[error("the cause “{0}” does not concern “{1}”")]
    NoItem(String, String),
    /// Nothing concerns the person.
    #[error("nothing concerns this person: who was told before that something does, gets a retraction")]
    Nobody,
}

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The subject of the mail, the same in the log and on the published page.
    pub subject: String,
    /// The text, with [`NAME`] and [`CODE`] in it.
    pub blocks: Vec<Block>,
    /// Where in it stands what concerns the person.
    concerns: Range<usize>,
    pub(crate) lang: Lang,
}

impl Vector {
    /// Whether nothing is certain of it.
    pub fn is_possible(&self) -> bool {
        self.0.values().all(|concern| concern.level == Level::Possible)
    }

    /// A person's, from the evaluation of the records.
    pub fn of(person: &PersonScope) -> Vector {
        let concerned = person.causes.iter().filter(|(_, outcome)| outcome.result != Level::None);
        let of = |outcome: &Outcome| {
            let named = outcome.items.iter().map(|item| (item.clone(), outcome.unsure.contains(item)));
            concern(outcome.result, named.collect())
        };
        Vector(concerned.map(|(id, outcome)| (id.clone(), of(outcome))).collect())
    }

    /// Reads `CAUSE=possible,CAUSE=confirmed`: with all items of each cause, or with those named behind it, as in
    /// `CAUSE=confirmed:card_number+card_expiry?`. What may be among what got out has a question mark; where nothing is named,
    /// what concerns some only has one.
    ///
    /// # Errors
    /// Where it names no cause of the facts, or another word.
    pub fn read(text: &str, case: Case<'_>) -> Result<Vector, String> {
        let mut vector = BTreeMap::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (id, word) = part.split_once('=').unwrap_or((part, "possible"));
            let cause = case.facts.place(id).map(|n| &case.facts.causes[n]);
            let cause = cause.ok_or_else(|| Unwritten::NoCause(id.to_owned()).to_string())?;
            let (word, named) =
                word.split_once(':').map_or((word, None), |(word, items)| (word, Some(items)));
            let level = match word {
                "possible" => Level::Possible,
                "confirmed" => Level::Confirmed,
                "none" => continue,
                other => return Err(format!("“{other}”: write possible, confirmed or none")),
            };
            let named: Vec<(String, bool)> = match named {
                Some(items) => items.split('+').map(str::trim).map(marked).collect(),
                None => {
                    let all = all_items(cause).into_iter();
                    all.map(|item| (item.clone(), is_conditional(cause, &item))).collect()
                }
            };
            vector.insert(id.to_owned(), concern(level, named));
        }
        let vector = Vector(vector);
        vector.check(case).map_err(|why| why.to_string())?;
        Ok(vector)
    }

    fn check(&self, case: Case<'_>) -> Result<(), Unwritten> {
        for (id, concern) in &self.0 {
            let cause = case.facts.place(id).map(|n| &case.facts.causes[n]);
            let cause = cause.ok_or_else(|| Unwritten::NoCause(id.clone()))?;
            let strange = |item: &&String| {
                // Records may name what the facts do not, where the facts say that they do.
                !cause.items_of_records && !cause.items.iter().any(|i| i.item == **item)
            };
            if let Some(item) = concern.all().find(strange) {
                return Err(Unwritten::NoItem(id.clone(), item.clone()));
            }
        }
        Ok(())
    }
}

/// An item, and whether it is marked as one that may be among what got out.
fn marked(item: &str) -> (String, bool) {
    item.strip_suffix('?').map_or((item.to_owned(), false), |item| (item.trim_end().to_owned(), true))
}

/// Of items with that mark, which says nothing where all is possible only.
fn concern(level: Level, named: Vec<(String, bool)>) -> Concern {
    let (perhaps, items): (Vec<_>, Vec<_>) =
        named.into_iter().partition(|(_, perhaps)| *perhaps && level == Level::Confirmed);
    let names = |items: Vec<(String, bool)>| items.into_iter().map(|(item, _)| item).collect();
    Concern { level, items: names(items), perhaps: names(perhaps) }
}

/// Tells somebody what concerns him.
///
/// # Errors
/// Where nothing does, or the vector does not fit the facts.
pub fn notice(case: Case<'_>, lang: Lang, audience: Audience, vector: &Vector) -> Result<Notice, Unwritten> {
    vector.check(case)?;
    let s = Speaker::new(case, lang);
    let concerned = causes(case, vector);
    if concerned.is_empty() {
        return Err(Unwritten::Nobody);
    }
    let about = About::of_items(&concerned);
    let mut blocks = opening(&s, audience);
    let event = s.about(about);
    blocks.push(s.p(announcement::lead_id(case, about, &s), &[("shop", &s.shop()), ("about", &event)]));
    blocks.extend(questions::found_out(&s, ["notice-discovered", "notice-discovered-by"]));
    blocks.push(s.p("notice-apology", &[]));
    heading(&s, &mut blocks, "notice-yours");
    let begin = blocks.len();
    blocks.extend(all_causes(&s, &concerned));
    let concerns = begin..blocks.len();
    // What the law asks a notice to tell beside what it concerns: the cause, and harm that followed or may follow.
    heading(&s, &mut blocks, "notice-why");
    blocks.extend(questions::why_of(&s, &concerned.iter().map(|(cause, _)| *cause).collect::<Vec<_>>()));
    blocks.push(questions::misuse(&s));
    blocks.extend(questions::dangers(&s, "harm-may-follow", &|item| has_item(&concerned, item)));
    heading(&s, &mut blocks, "notice-please");
    blocks.extend(please(&s, &concerned));
    if CARD_ITEMS.iter().any(|item| has_item(&concerned, item)) {
        blocks.push(s.p("a-reissue-how", &[]));
        blocks.extend(questions::fee(&s));
    }
    closing(&s, &mut blocks);
    Ok(Notice { subject: s.subject(about), blocks, concerns, lang })
}

/// Tells somebody that an earlier notice did not concern him, or not so much: `left` is what still does.
///
/// # Errors
/// Where the vector does not fit the facts.
pub fn retraction(
    case: Case<'_>,
    lang: Lang,
    audience: Audience,
    left: &Vector,
) -> Result<Notice, Unwritten> {
    left.check(case)?;
    let s = Speaker::new(case, lang);
    let concerned = causes(case, left);
    let mut blocks = opening(&s, audience);
    let begin = blocks.len();
    blocks.push(s.p("retraction-lead", &[("shop", &s.shop())]));
    if let Some(version) = case.version().filter(|version| version.number > 1) {
        blocks.push(Block::Paragraph(s.tongue.text(&version.why).to_owned()));
    }
    if concerned.is_empty() {
        blocks.push(s.p("retraction-none", &[]));
    } else {
        blocks.push(s.p("retraction-left", &[]));
        blocks.extend(all_causes(&s, &concerned));
        blocks.extend(please(&s, &concerned));
    }
    let concerns = begin..blocks.len();
    blocks.push(s.p("retraction-sorry", &[]));
    closing(&s, &mut blocks);
    Ok(Notice { subject: s.subject(About::Retraction), blocks, concerns, lang })
}

pub(crate) fn causes<'a>(case: Case<'a>, vector: &'a Vector) -> Vec<Concerned<'a>> {
    let of = |cause: &'a Cause| {
        let concern = vector.0.get(&cause.id).filter(|concern| concern.level != Level::None)?;
        Some((cause, concern))
    };
    case.facts.causes.iter().filter_map(of).collect()
}

fn opening(s: &Speaker<'_>, audience: Audience) -> Vec<Block> {
    let id = match audience {
        Audience::Member => "notice-to-member",
        Audience::Guest => "notice-to-guest",
        Audience::Recipient => "notice-to-recipient",
    };
    vec![s.p("notice-name", &[("name", NAME)]), s.p(id, &[("shop", &s.shop())])]
}

fn heading(s: &Speaker<'_>, blocks: &mut Vec<Block>, id: &str) {
    blocks.push(s.p("notice-heading", &[("title", &s.say(id, &[]))]));
}

fn one_cause(s: &Speaker<'_>, (cause, concern): Concerned<'_>) -> Vec<Block> {
    // In the order in which the facts name them, as everywhere else.
    let place = |item: &&String| cause.items.iter().position(|i| i.item == **item).unwrap_or(usize::MAX);
    let names = |items: &[String]| {
        let mut items: Vec<&String> = items.iter().collect();
        items.sort_by_key(place);
        let names: Vec<String> = items.iter().map(|item| s.item(item)).collect();
        s.tongue.and(&names)
    };
    let confirmed = concern.level == Level::Confirmed;
    let (told, perhaps) = (names(&concern.items), names(&concern.perhaps));
    let mut rows = vec![
        (s.say("row-cause", &[]), s.tongue.text(&cause.title).to_owned()),
        (s.say("row-days", &[]), s.days(cause)),
    ];
    for (id, names) in [("row-items", &told), ("row-items-perhaps", &perhaps)] {
        rows.extend((!names.is_empty()).then(|| (s.say(id, &[]), names.clone())));
    }
    let verdicts = match (confirmed, told.is_empty(), perhaps.is_empty()) {
        (true, false, true) => vec![s.p("notice-confirmed", &[])],
        (true, false, false) => vec![
            s.p("notice-confirmed-items", &[("items", &told)]),
            s.p("notice-perhaps", &[("items", &perhaps)]),
        ],
        (true, true, false) => vec![s.p("notice-confirmed-some", &[])],
        (false, false, _) => vec![s.p("notice-possible", &[])],
        (_, true, true) => vec![s.p("notice-items-unknown", &[])],
        (false, true, false) => Vec::new(),
    };
    let mut blocks = vec![Block::Table(rows)];
    blocks.extend(verdicts);
    let attempts = Shape::of(cause).filter(|_| !means_more(cause)).and_then(|shape| shape.attempts());
    match attempts {
        Some(Unfinished::Only) => blocks.push(s.p("notice-attempts-only", &[])),
        Some(Unfinished::Meant) => blocks.push(s.p("notice-attempts-too", &[])),
        _ => {}
    }
    blocks
}

/// All causes that concern the person, and what a possibility means, once.
pub(crate) fn all_causes(s: &Speaker<'_>, concerned: &[Concerned<'_>]) -> Vec<Block> {
    let each = concerned.iter().flat_map(|one| one_cause(s, *one));
    let mut blocks: Vec<Block> = each.collect();
    if concerned.iter().any(|(_, concern)| concern.level == Level::Possible) {
        blocks.push(s.p("notice-possible-why", &[]));
    }
    blocks
}

pub(crate) fn please(s: &Speaker<'_>, concerned: &[Concerned<'_>]) -> Vec<Block> {
    announcement::asked_of(s, &|item| has_item(concerned, item))
}

pub(crate) fn has_item(concerned: &[Concerned<'_>], item: &str) -> bool {
    concerned.iter().any(|(_, concern)| concern.all().any(|i| i == item))
}

fn closing(s: &Speaker<'_>, blocks: &mut Vec<Block>) {
    heading(s, blocks, "notice-genuine");
    blocks.push(s.p("notice-code", &[("code", CODE)]));
    if let Some(merchant) = s.case.merchant() {
        if let Some(page) = &merchant.check_page {
            blocks.push(s.p("notice-check-page", &[("page", page)]));
        }
        blocks.push(s.p("a-never-ask", &[("shop", &s.shop())]));
        blocks.push(s.p("notice-more", &[("pages", &merchant.pages)]));
    }
    heading(s, blocks, "notice-contact");
    let rows = s.contact_rows();
    blocks.push(if rows.is_empty() { s.p("contact-none", &[]) } else { Block::Table(rows) });
    if let Some(merchant) = s.case.merchant() {
        let mut signed = vec![s.tongue.text(&merchant.name).to_owned()];
        signed.extend(merchant.representative.iter().map(|r| s.tongue.text(r).to_owned()));
        blocks.push(Block::Paragraph(signed.join(s.tongue.pick("　", ", "))));
    }
}

impl Notice {
    /// The text of the mail: plain, without a line that begins with markup.
    pub fn mail(&self) -> String {
        plain(&self.blocks, self.lang)
    }

    /// What of it concerns the person: the answer to whoever asks only that.
    pub fn concerns(&self) -> String {
        plain(&self.blocks[self.concerns.clone()], self.lang)
    }
}

/// Whether what a notice said of somebody ([`Notice::concerns`]) names that cause.
pub fn names(concerns: &str, cause: &Cause) -> bool {
    [Lang::Ja, Lang::En].into_iter().any(|lang| {
        let tongue = Tongue::of(lang);
        let (row, title) = (tongue.say("row-cause", &[]), tongue.text(&cause.title));
        concerns.lines().any(|line| line.contains(&row) && line.trim_end().ends_with(title))
    })
}

/// The items of a cause, each once.
fn all_items(cause: &Cause) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for item in &cause.items {
        if !items.contains(&item.item) {
            items.push(item.item.clone());
        }
    }
    items
}

/// How a cause can concern a person at that level: with all items, and without each of those that concern some only; such a
/// one is certain or not where data got out. Where there are many, they are all there, all perhaps there, or all away. What
/// records alone name is left out.
fn choices(cause: &Cause, level: Level) -> Vec<Concern> {
    let all = all_items(cause);
    let some: Vec<&String> = all.iter().filter(|item| is_conditional(cause, item)).collect();
    // Where each record says what it opened, it does not for each item.
    let ways: &[Choice] = match (cause.items_of_records, level) {
        (true, _) => &[Choice::Perhaps, Choice::There],
        (false, Level::Confirmed) => &[Choice::There, Choice::Perhaps, Choice::Away],
        (false, _) => &[Choice::There, Choice::Away],
    };
    let with = |choice: &dyn Fn(usize) -> Choice| {
        let named = all.iter().filter_map(|item| {
            let choice = some.iter().position(|one| *one == item).map_or(Choice::There, choice);
            (choice != Choice::Away).then(|| (item.clone(), choice == Choice::Perhaps))
        });
        concern(level, named.collect())
    };
    let picks: Vec<Vec<Choice>> = if cause.items_of_records || some.len() > CHOICES_MAX {
        ways.iter().map(|way| vec![*way; some.len()]).collect()
    } else {
        let further = |picks: Vec<Vec<Choice>>, _: &&String| {
            picks.iter().flat_map(|pick| ways.iter().map(|way| [&pick[..], &[*way]].concat())).collect()
        };
        some.iter().fold(vec![Vec::new()], further)
    };
    let mut choices: Vec<Concern> = picks.iter().map(|pick| with(&|n| pick[n])).collect();
    choices.retain(|concern| concern.all().next().is_some());
    choices.dedup();
    choices
}

/// What may become of an item that concerns some only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    There,
    Perhaps,
    Away,
}

/// Each choice of no more items than these that concern some only is made.
const CHOICES_MAX: usize = 2;

/// Every vector that a person of these facts can have: to read them all before anything is sent. Those with all items come first.
pub fn vectors(case: Case<'_>) -> Vec<Vector> {
    let whole = |vector: &Vector| {
        let of = |id: &String| case.facts.place(id).map_or(0, |n| all_items(&case.facts.causes[n]).len());
        vector.0.iter().all(|(id, concern)| concern.all().count() == of(id))
    };
    let mut all = vec![Vector::default()];
    for cause in &case.facts.causes {
        let levels: &[Level] = match (cause.certainty, &cause.confirmed) {
            (incident::facts::Certainty::Possible, None) => &[Level::Possible],
            _ => &[Level::Possible, Level::Confirmed],
        };
        let choices: Vec<Concern> = levels.iter().flat_map(|level| choices(cause, *level)).collect();
        let with = |vector: &Vector, concern: &Concern| {
            let mut vector = vector.clone();
            vector.0.insert(cause.id.clone(), concern.clone());
            vector
        };
        let more: Vec<Vector> =
            choices.iter().flat_map(|concern| all.iter().map(move |vector| with(vector, concern))).collect();
        all.extend(more);
        // Twelve causes with two results each would be half a million notices to read.
        all.truncate(VECTORS_MAX);
    }
    all.retain(|vector| !vector.0.is_empty());
    all.sort_by_key(|vector| !whole(vector));
    all
}

/// No more vectors than this are made.
pub const VECTORS_MAX: usize = 1_024;
