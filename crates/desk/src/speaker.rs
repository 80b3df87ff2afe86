//! Says what a case holds in one language: the phrases of which answers, pages and notices are made.

use crate::{
    Case, Tongue,
    case::{CARD_ITEMS, Certain, has_card, has_personal, is_conditional},
    document::{Block, Lang},
    notice::Concerned,
    shape::{self, Bounds, Shape},
    tongue::{form, grouped},
};
use incident::{
    End, Window,
    facts::{Cause, Happened, Precision, Rule, Unit},
    scope::{Count, Pair},
};
use jiff::civil::Date;

/// Whether whomever a cause concerns it concerns with an item of that kind.
fn has_always(cause: &Cause, is: &dyn Fn(&str) -> bool) -> bool {
    cause.items.iter().any(|item| is(&item.item) && !is_conditional(cause, &item.item))
}

/// A case in one language.
pub struct Speaker<'a> {
    /// What is said.
    pub case: Case<'a>,
    /// In which language.
    pub tongue: &'static Tongue,
    reader: Reader,
}

/// Where it is read: a page does not point to itself, and an office is not sent to a page for customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// On what is published.
    Page,
    /// In a mail, a letter, by whoever answers the telephone.
    Elsewhere,
    /// In a report.
    Office,
    /// In a report to the Commission, which is followed by others.
    Commission,
}

/// What a notice is about, and therefore its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// Cards alone.
    Cards,
    /// Everything but cards.
    Personal,
    /// Both.
    Both,
    /// An earlier notice did not concern this person after all.
    Retraction,
}

impl About {
    /// Of the causes that concern somebody.
    pub fn of<'a>(causes: impl Iterator<Item = &'a Cause> + Clone) -> About {
        match (causes.clone().any(has_card), causes.clone().any(has_personal)) {
            (true, true) => About::Both,
            (true, false) => About::Cards,
            _ => About::Personal,
        }
    }

    /// Of what concerns a person: of the items of each cause those that are his.
    pub fn of_items(concerned: &[Concerned<'_>]) -> About {
        let has = |is_card: bool, kind: fn(&Cause) -> bool| {
            concerned.iter().any(|(cause, concern)| {
                kind(cause) && concern.all().any(|item| CARD_ITEMS.contains(&item.as_str()) == is_card)
            })
        };
        match (has(true, has_card), has(false, has_personal)) {
            (true, true) => About::Both,
            (true, false) => About::Cards,
            (false, true) => About::Personal,
            (false, false) => About::of(concerned.iter().map(|(cause, _)| *cause)),
        }
    }

    fn word(self) -> &'static str {
        match self {
            About::Cards => "cards",
            About::Personal => "personal",
            About::Both => "both",
            About::Retraction => "retraction",
        }
    }
}

impl<'a> Speaker<'a> {
    /// The case, in a language.
    pub fn new(case: Case<'a>, lang: Lang) -> Speaker<'a> {
        Speaker { case, tongue: Tongue::of(lang), reader: Reader::Elsewhere }
    }

    /// The same, for what is published.
    pub fn on_page(case: Case<'a>, lang: Lang) -> Speaker<'a> {
        Speaker { reader: Reader::Page, ..Speaker::new(case, lang) }
    }

    /// The same, for a report: texts of which there is one that ends in `-office` are said by that.
    pub fn to_office(case: Case<'a>, lang: Lang) -> Speaker<'a> {
        Speaker { reader: Reader::Office, ..Speaker::new(case, lang) }
    }

    /// The same, for a report to the Commission: one that ends in `-commission` comes before it.
    pub fn to_commission(case: Case<'a>, lang: Lang) -> Speaker<'a> {
        Speaker { reader: Reader::Commission, ..Speaker::new(case, lang) }
    }

    /// A text; `$here` in it is the page where news are told.
    pub fn say(&self, id: &str, values: &[(&str, &str)]) -> String {
        let here = self.tongue.say(if self.reader == Reader::Page { "here" } else { "elsewhere" }, &[]);
        let endings: &[&str] = match self.reader {
            Reader::Page | Reader::Elsewhere => &[],
            Reader::Office => &["office"],
            Reader::Commission => &["commission", "office"],
        };
        let own = endings.iter().map(|ending| format!("{id}-{ending}")).find(|id| self.tongue.has(id));
        self.tongue.say(own.as_deref().unwrap_or(id), &[values, &[("here", here.as_str())]].concat())
    }

    /// A text as a paragraph.
    pub fn p(&self, id: &str, values: &[(&str, &str)]) -> Block {
        Block::Paragraph(self.say(id, values))
    }

    /// Which language.
    pub fn lang(&self) -> Lang {
        self.tongue.lang
    }

    /// A day.
    pub fn day(&self, day: Date) -> String {
        self.tongue.day(day)
    }

    /// A time.
    pub fn time(&self, time: End) -> String {
        self.tongue.time(time)
    }

    /// When something happened.
    pub fn when(&self, what: Happened) -> Option<String> {
        self.case.step(what).map(|step| self.time(step.on))
    }

    /// The shop's name.
    pub fn shop(&self) -> String {
        match self.case.merchant() {
            Some(merchant) => self.tongue.text(&merchant.shop).to_owned(),
            None => self.say("our-shop", &[]),
        }
    }

    /// Systems by name, as alternatives: these, or all that are affected.
    fn systems(&self, these: Option<&[String]>) -> String {
        let meant = |id: &str| these.is_none_or(|these| these.iter().any(|o| o == id));
        let systems = self.case.facts.systems.iter().filter(|s| s.affected && meant(&s.id));
        let names: Vec<String> = systems.map(|s| self.tongue.text(&s.name).to_owned()).collect();
        if names.is_empty() { self.shop() } else { self.tongue.or(&names) }
    }

    /// Windows, as an adverb.
    fn within(&self, windows: &[Window]) -> String {
        let all: Vec<String> = windows.iter().map(|w| self.tongue.within(w)).collect();
        if all.is_empty() { self.tongue.within(&Window::EVER) } else { self.tongue.or(&all) }
    }

    /// The windows of a cause, as a noun.
    pub fn days(&self, cause: &Cause) -> String {
        self.days_of(&cause.windows)
    }

    /// Windows, as a noun.
    pub fn days_of(&self, windows: &[Window]) -> String {
        let all: Vec<String> = windows.iter().map(|w| self.tongue.days(w)).collect();
        if all.is_empty() { self.tongue.days(&Window::EVER) } else { self.tongue.or(&all) }
    }

    /// Whom a cause concerns, with when and where.
    pub fn whom(&self, cause: &Cause) -> String {
        let meant = self.meant(cause);
        self.with_others(cause, meant)
    }

    /// Whom a cause concerns, apart from when and where.
    pub fn whom_alone(&self, cause: &Cause) -> String {
        let meant = self.phrase(cause).unwrap_or_else(|| self.rule(cause));
        self.with_others(cause, meant)
    }

    /// Whom the rule means, with when and where.
    fn meant(&self, cause: &Cause) -> String {
        match self.phrase(cause) {
            Some(whom) => match Bounds::of(cause) {
                Some(Bounds { windows, systems }) => {
                    let (days, systems) = (self.within(windows), self.systems(systems));
                    self.say("whom", &[("days", &days), ("systems", &systems), ("whom", &whom)])
                }
                None => self.say("whom-anywhere", &[("whom", &whom)]),
            },
            None => self.rule(cause),
        }
    }

    /// Behind those whom the rule means, whomever else the cause concerns. The facts' own words speak of all of them.
    fn with_others(&self, cause: &Cause, meant: String) -> String {
        if cause.whom.is_some() {
            return meant;
        }
        let mut others: Vec<String> = Vec::new();
        if let Some(rule) = shape::also_confirmed(cause) {
            others.push(self.meant(&Cause { rule: rule.clone(), ..cause.clone() }));
        }
        for gap in cause.gaps.iter().filter(|gap| self.case.facts.has_others(cause, gap)) {
            let kind = self.tongue.said(incident::kind_name(self.case.facts, &gap.of));
            let other = match gap.instead.as_ref().filter(|rule| **rule != Rule::Everyone) {
                Some(rule) => {
                    let who = self.meant(&Cause { rule: rule.clone(), ..cause.within(gap) });
                    self.say("whom-instead", &[("kind", &kind), ("who", &who)])
                }
                None => {
                    let days = self.tongue.days(&gap.days);
                    self.say("whom-lost", &[("kind", &kind), ("days", &days)])
                }
            };
            if !others.contains(&other) {
                others.push(other);
            }
        }
        others
            .into_iter()
            .fold(meant, |first, more| self.say("whom-also", &[("first", &first), ("more", &more)]))
    }

    /// The facts' own words, or those that say exactly what the rule does.
    fn phrase(&self, cause: &Cause) -> Option<String> {
        match &cause.whom {
            Some(own) => Some(self.tongue.text(own).to_owned()),
            None => Some(self.say(Shape::of(cause)?.phrase()?, &[])),
        }
    }

    /// The rule in its own, drier words.
    fn rule(&self, cause: &Cause) -> String {
        let rule = incident::rule_name(self.case.facts, Some(cause), &cause.rule);
        self.tongue.pick(&rule.ja, &rule.en).to_owned()
    }

    /// The name of an item that can be exposed.
    pub fn item(&self, item: &str) -> String {
        self.tongue.said(incident::item_name(self.case.facts, item))
    }

    /// What stands before a cause's title: its number, where there are several.
    pub fn cause_row(&self, cause: &Cause) -> String {
        let causes = &self.case.facts.causes;
        match causes.iter().position(|other| other.id == cause.id) {
            Some(n) if causes.len() > 1 => self.say("row-cause-of", &[("n", &(n + 1).to_string())]),
            _ => self.say("row-cause", &[]),
        }
    }

    /// The items of a cause, all of them.
    pub fn items(&self, cause: &Cause) -> String {
        self.tongue.and(&self.item_names(cause))
    }

    /// The items of a cause by name; those that only some are concerned with are marked.
    pub fn item_names(&self, cause: &Cause) -> Vec<String> {
        self.item_names_of(cause, &|_| true)
    }

    /// The same of some items.
    pub fn item_names_of(&self, cause: &Cause, of: &dyn Fn(&str) -> bool) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for item in cause.items.iter().filter(|item| of(&item.item)) {
            let name = self.item(&item.item);
            let some = cause.items.iter().all(|other| other.item != item.item || other.only.is_some());
            let name = if some { self.say("some-only", &[("item", &name)]) } else { name };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// What may be said of those whom a cause concerns, of these items: that they got out, or may have. `text` is
    /// `verdict`, or `verdict-these` where the items have been named just before.
    pub fn verdict(&self, cause: &Cause, text: &str, of: &dyn Fn(&str) -> bool) -> String {
        let certain = self.case.certain(cause);
        let word = match certain {
            Certain::Possible => "possible",
            Certain::Confirmed => "confirmed",
            Certain::Mixed => "mixed",
        };
        let items = self.tongue.and(&self.item_names_of(cause, of));
        let verdict = self.say(&format!("{text}-{word}"), &[("items", &items)]);
        // Of whom an item is concerned on a condition, nobody has found out by what is certain of the cause.
        let some = cause.items.iter().any(|item| of(&item.item) && is_conditional(cause, &item.item));
        let but = match certain {
            Certain::Possible => return verdict,
            _ if cause.items_of_records => self.say("items-differ", &[]),
            _ if some => self.say("items-some-only", &[]),
            _ => return verdict,
        };
        format!("{verdict}{}{but}", self.tongue.pick("", " "))
    }

    /// A count with its unit.
    pub fn number(&self, count: &Count, unit: Unit) -> String {
        let unit = match unit {
            Unit::Cards => "cards",
            Unit::Orders => "orders",
            Unit::Events => "events",
            Unit::Persons => "persons",
        };
        let prefix = match count.precision {
            Precision::Exact => String::new(),
            Precision::AtMost => self.say("number-at-most", &[]),
            Precision::About => self.say("number-about", &[]),
        };
        let n = format!("{prefix}{}", grouped(count.count));
        self.say(&format!("number-{unit}"), &[("n", &n), ("form", form(count.count))])
    }

    /// Records and persons; once, where a person is the record.
    pub fn pair(&self, pair: &Pair, unit: Unit) -> String {
        let persons = self.number(&pair.persons, Unit::Persons);
        match unit {
            Unit::Persons => persons,
            unit => {
                let records = self.number(&pair.records, unit);
                self.say("number-pair", &[("records", &records), ("persons", &persons)])
            }
        }
    }

    /// The subject of a notice: the one place where it is made, for the page, the mail and the log.
    pub fn subject(&self, about: About) -> String {
        let shop = self.shop();
        match about {
            About::Retraction => self.say("subject-retraction", &[("shop", &shop)]),
            about => self.say("subject", &[("shop", &shop), ("about", &self.about(about))]),
        }
    }

    /// What happened, as a noun; of the certainty that holds for all whom it concerns.
    pub fn about(&self, about: About) -> String {
        let certain = if self.is_certain(about) { "-confirmed" } else { "" };
        self.say(&format!("about-{}{certain}", about.word()), &[])
    }

    /// Whether it is certain of all of them.
    pub fn is_certain(&self, about: About) -> bool {
        let of = |is_card: bool| {
            let is = move |item: &str| CARD_ITEMS.contains(&item) == is_card;
            let mut causes = self.case.facts.causes.iter().filter(|c| c.items.iter().any(|i| is(&i.item)));
            causes.all(|cause| {
                let all = cause.items.iter().all(|i| is(&i.item));
                self.case.certain(cause) == Certain::Confirmed && (all || has_always(cause, &is))
            })
        };
        (about == About::Personal || of(true)) && (about == About::Cards || of(false))
    }

    /// Every subject that a first notice of these facts can have.
    pub fn subjects(&self) -> Vec<(About, String)> {
        let causes = &self.case.facts.causes;
        let is_card = |item: &str| CARD_ITEMS.contains(&item);
        let is_other = |item: &str| !CARD_ITEMS.contains(&item);
        let cards = causes.iter().any(|c| has_card(c) && !has_always(c, &is_other));
        let personal = causes.iter().any(|c| has_personal(c) && !has_always(c, &is_card));
        let both = causes.iter().any(|c| has_card(c) && has_personal(c)) || cards && personal;
        let about = [(About::Cards, cards), (About::Personal, personal), (About::Both, both)];
        about.into_iter().filter(|(_, there)| *there).map(|(about, _)| (about, self.subject(about))).collect()
    }

    /// Where and when to ask, as rows.
    pub fn contact_rows(&self) -> Vec<(String, String)> {
        let Some(contacts) = &self.case.facts.contacts else { return Vec::new() };
        let mut rows = Vec::new();
        let mut row = |id: &str, text: String| rows.push((self.say(id, &[]), text));
        if let Some(name) = &contacts.name {
            row("contact-name", self.tongue.text(name).to_owned());
        }
        if let Some(phone) = &contacts.phone {
            let hours = contacts.phone_hours.as_ref().map(|h| self.tongue.text(h));
            let text =
                hours.map(|hours| self.say("contact-phone-hours", &[("phone", phone), ("hours", hours)]));
            row("contact-phone", text.unwrap_or_else(|| phone.clone()));
        }
        contacts.mail.iter().for_each(|mail| row("contact-mail", mail.clone()));
        contacts.form.iter().for_each(|form| row("contact-form", form.clone()));
        let (from, until) = (contacts.open_from.map(|day| self.day(day)), contacts.open_until);
        let open = match (from, until.map(|until| (self.case.passed(until), self.day(until)))) {
            (_, Some((true, until))) => Some(self.say("contact-closed", &[("day", &until)])),
            (Some(from), Some((_, until))) => {
                Some(self.say("contact-open-days", &[("from", &from), ("until", &until)]))
            }
            (Some(from), None) => Some(self.say("contact-open-from", &[("day", &from)])),
            (None, Some((_, until))) => Some(self.say("contact-open", &[("day", &until)])),
            (None, None) => None,
        };
        open.into_iter().for_each(|open| row("contact-until", open));
        rows
    }

    /// Where to ask, within a sentence; that it is being prepared, where it is.
    pub fn contact(&self) -> String {
        let Some(contacts) = &self.case.facts.contacts else { return self.say("contact-none", &[]) };
        let ways = [&contacts.mail, &contacts.form, &contacts.phone];
        let all: Vec<String> = ways.into_iter().flatten().cloned().collect();
        self.say("contact-ways", &[("ways", &self.tongue.joined(&all, "contact-or"))])
    }
}
