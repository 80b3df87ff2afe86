//! What a rule asks, where it is of the kind that notices know how to say: one sort of event and plain conditions.

use incident::{
    Window,
    condition::{Condition, Scalar, Test},
    facts::{Cause, During, Events, Rule},
    vocabulary,
};

/// When and where that was by which a cause concerns somebody.
#[derive(Debug, PartialEq, Eq)]
pub struct Bounds<'a> {
    /// None: at any time.
    pub windows: &'a [Window],
    /// `None`: on any that is affected.
    pub systems: Option<&'a [String]>,
}

impl<'a> Bounds<'a> {
    /// `None` where its rule does not ask of events alone, or not of the same time and place of each.
    pub fn of(cause: &'a Cause) -> Option<Bounds<'a>> {
        bounds(cause, &cause.rule)
    }
}

fn bounds<'a>(cause: &'a Cause, rule: &'a Rule) -> Option<Bounds<'a>> {
    match rule {
        Rule::Event(events) => {
            let windows: &[Window] = match &events.during {
                During::Windows => &cause.windows,
                During::Ever => &[],
                During::Days(days) => std::slice::from_ref(days),
            };
            let systems = events.systems.as_ref().or(cause.systems.as_ref()).map(Vec::as_slice);
            Some(Bounds { windows, systems })
        }
        // Who ordered in these days and had registered before, ordered in these days.
        Rule::All(all) => {
            let mut each = all.iter().filter_map(|rule| bounds(cause, rule));
            let first = each.next()?;
            let own = |one: &Bounds<'_>| one.windows == cause.windows;
            Some(if own(&first) { first } else { each.find(own).unwrap_or(first) })
        }
        Rule::Any(all) => {
            let mut each = all.iter().map(|rule| bounds(cause, rule));
            let first = each.next()??;
            each.all(|one| one.as_ref() == Some(&first)).then_some(first)
        }
        Rule::Not(_) | Rule::Person(_) | Rule::Everyone | Rule::Cause(_) => None,
    }
}

/// A rule about events, taken apart: all of its tests must hold.
pub struct Shape<'a> {
    events: &'a Events,
    tests: Vec<(&'a str, &'a Test)>,
}

/// What is said of attempts that came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfinished {
    /// They count like others.
    Meant,
    /// Only they do.
    Only,
    /// They do not count.
    NotMeant,
    /// Some do.
    Depends,
}

/// What is said of saved cards that were used without typing them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// They count like others.
    Meant,
    /// Only they do.
    Alone,
    /// They do not count; those typed in to save or to change one do.
    NotButTyped,
    /// They do not count, and of those typed in not all.
    Not,
    /// Some do.
    Depends,
}

/// The values of a field that a rule allows.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    /// Whatever it is.
    Any,
    /// These of the vocabulary, in its order.
    These(Vec<&'static str>),
    /// Something that no phrase says.
    Other,
}

/// Outcomes of a payment that came to nothing.
const FAILED: [&str; 3] = ["declined", "error", "abandoned"];

impl<'a> Shape<'a> {
    /// `None` where the rule is put together in another way.
    pub fn of(cause: &'a Cause) -> Option<Shape<'a>> {
        let Rule::Event(events) = &cause.rule else { return None };
        let mut tests = Vec::new();
        plain(&events.when, &mut tests).then_some(Shape { events, tests })
    }

    /// What the rule asks of a field whose values are known.
    fn asked(&self, name: &str) -> Asked {
        let Some((_, test)) = self.tests.iter().find(|(field, _)| *field == name) else { return Asked::Any };
        let Some(field) = vocabulary::field(name) else { return Asked::Other };
        let rank = |text: &str| field.values.iter().position(|(value, _)| value.eq_ignore_ascii_case(text));
        let (from, to) = (0, field.values.len());
        let ranks: Option<Vec<usize>> = match test {
            Test::In(all) => {
                let each = all.iter().map(|v| if let Scalar::Text(text) = v { rank(text) } else { None });
                each.collect()
            }
            Test::AtLeast(Scalar::Text(limit)) => rank(limit).map(|limit| (limit..to).collect()),
            Test::AtMost(Scalar::Text(limit)) => rank(limit).map(|limit| (from..=limit).collect()),
            _ => None,
        };
        match ranks {
            None => Asked::Other,
            Some(ranks) if (from..to).all(|n| ranks.contains(&n)) => Asked::Any,
            Some(ranks) => {
                let named = field.values.iter().enumerate().filter(|(n, _)| ranks.contains(n));
                Asked::These(named.map(|(_, (value, _))| *value).collect())
            }
        }
    }

    /// Whether these values of a field, and no others, are allowed.
    fn is_asked(&self, name: &str, values: &[&str]) -> bool {
        matches!(self.asked(name), Asked::These(these)
            if these.len() == values.len() && these.iter().all(|value| values.contains(value)))
    }

    /// Whether a value of a field is among those allowed.
    fn allows(&self, name: &str, value: &str) -> bool {
        match self.asked(name) {
            Asked::Any => true,
            Asked::These(these) => these.contains(&value),
            // A test of whether it is recorded says nothing of its value.
            Asked::Other => {
                self.tests.iter().any(|(field, test)| *field == name && matches!(test, Test::Recorded(true)))
            }
        }
    }

    /// Whether whoever came to this step, or beyond it, is meant.
    fn reaches_from(&self, step: &str) -> bool {
        let values = vocabulary::field("step").map_or(&[][..], |field| field.values);
        match self.asked("step") {
            Asked::Any => true,
            Asked::These(these) => values
                .iter()
                .map(|(value, _)| *value)
                .skip_while(|value| *value != step)
                .all(|v| these.contains(&v)),
            Asked::Other => false,
        }
    }

    fn is_of(&self, kinds: &[&str]) -> bool {
        self.events.kinds.len() == kinds.len()
            && self.events.kinds.iter().all(|k| kinds.contains(&k.as_str()))
    }

    fn asks_only(&self, names: &[&str]) -> bool {
        self.tests.iter().all(|(name, _)| names.contains(name))
    }

    /// Of card payments: what is said of those that came to nothing. `None` where the rule is about something else.
    pub fn unfinished(&self) -> Option<Unfinished> {
        if !self.is_of(&["card_entry"]) {
            return None;
        }
        let (failed, any_outcome) = (self.is_asked("outcome", &FAILED), self.asked("outcome") == Asked::Any);
        let typed = ["typed", "changed"].iter().all(|means| self.allows("means", means))
            && self.asks_only(&["means", "step", "outcome"])
            && self.reaches_from("typed");
        Some(match (typed, any_outcome, failed) {
            (true, true, _) => Unfinished::Meant,
            (true, _, true) => Unfinished::Only,
            _ if self.is_asked("outcome", &["paid"]) => Unfinished::NotMeant,
            _ => Unfinished::Depends,
        })
    }

    /// Of card payments: whether what was typed in counts where the payment came to nothing, and only there.
    pub fn attempts(&self) -> Option<Unfinished> {
        let typed = ["typed", "changed"].iter().any(|means| self.allows("means", means));
        if !self.is_of(&["card_entry"]) || !typed {
            return None;
        }
        let failed = FAILED.iter().any(|outcome| self.allows("outcome", outcome));
        let paid = self.allows("outcome", "paid") && self.allows("step", "placed");
        match (paid, failed && self.allows("step", "confirm")) {
            (true, true) => Some(Unfinished::Meant),
            (false, true) => Some(Unfinished::Only),
            _ => None,
        }
    }

    /// Of card payments: whether a saved card counts that was used without typing it. `None` where only payments are meant
    /// that came to nothing, or the rule is about something else.
    pub fn saved_cards(&self) -> Option<Saved> {
        if !self.is_of(&["card_entry"]) || !self.allows("outcome", "paid") || !self.allows("step", "placed") {
            return None;
        }
        let whole = self.asks_only(&["means", "step", "outcome"]);
        let typed = ["typed", "changed"].map(|means| self.allows("means", means));
        Some(match (self.allows("means", "saved"), typed) {
            (true, _) if !whole => Saved::Depends,
            (true, [false, false]) => Saved::Alone,
            (true, _) => Saved::Meant,
            (false, [true, true])
                if whole && self.asked("outcome") == Asked::Any && self.reaches_from("typed") =>
            {
                Saved::NotButTyped
            }
            (false, _) => Saved::Not,
        })
    }

    /// Whether those count to whom something was sent.
    pub fn recipients(&self) -> bool {
        self.events.whom.recipients
    }

    /// The name of the text that says whom it concerns; `None` where there is none that says exactly that: a phrase leaves
    /// out no condition of the rule.
    pub fn phrase(&self) -> Option<&'static str> {
        let (person, recipients) = (self.events.whom.person, self.events.whom.recipients);
        let alone = person && !recipients;
        if self.is_of(&["card_entry"]) && alone {
            return self.card_phrase();
        }
        let only = |name: &str, value: &str| self.asks_only(&[name]) && self.is_asked(name, &[value]);
        if self.is_of(&["order"]) && alone && only("payment", "card") {
            return Some("whom-order-card");
        }
        if self.is_of(&["login"]) && alone && only("outcome", "success") {
            return Some("whom-login");
        }
        if !self.asks_only(&[]) {
            return None;
        }
        match (person, recipients) {
            (true, false) if self.is_of(&["order"]) => Some("whom-order"),
            (false, true) if self.is_of(&["order"]) => Some("whom-recipients"),
            (true, true) if self.is_of(&["order"]) => Some("whom-order-and-recipients"),
            (true, false) if self.is_of(&["order", "registration"]) => Some("whom-order-or-member"),
            (true, true) if self.is_of(&["order", "registration"]) => Some("whom-all-and-recipients"),
            (true, false) if self.is_of(&["registration"]) => Some("whom-member"),
            (true, false) if self.is_of(&["card_saved"]) => Some("whom-card-registered"),
            _ => None,
        }
    }

    fn card_phrase(&self) -> Option<&'static str> {
        if !self.asks_only(&["means", "step", "outcome"]) {
            return None;
        }
        let means = |all: &[&str]| self.is_asked("means", all);
        let (typed, whatever) = (means(&["typed", "changed"]), self.asked("means") == Asked::Any);
        let begun = self.reaches_from("payment");
        if self.is_asked("outcome", &["paid"]) && self.reaches_from("placed") {
            return match (whatever, typed) {
                (true, _) => Some("whom-card-placed"),
                (_, true) => Some("whom-card-placed-typed"),
                _ => None,
            };
        }
        if self.is_asked("outcome", &FAILED) {
            return (whatever && begun).then_some("whom-card-failed");
        }
        if self.is_asked("outcome", &["declined", "error"]) {
            return (whatever && begun).then_some("whom-card-refused");
        }
        if self.asked("outcome") != Asked::Any {
            return None;
        }
        if typed && !self.reaches_from("typed") && self.reaches_from("next") {
            return Some("whom-card-next");
        }
        // Who typed in a card came so far.
        match self.reaches_from("typed") {
            true if typed => Some("whom-card-typed"),
            true if means(&["typed"]) => Some("whom-card-new"),
            true if begun && means(&["saved"]) => Some("whom-card-saved"),
            true if begun && whatever => Some("whom-card-any"),
            _ => None,
        }
    }
}

/// Whether a cause concerns others than those whom its rule means: by what confirms it, or in place of lost records.
pub fn means_more(cause: &Cause) -> bool {
    !cause.gaps.is_empty() || also_confirmed(cause).is_some()
}

/// What confirms it of somebody whom the rule may not mean.
pub fn also_confirmed(cause: &Cause) -> Option<&Rule> {
    cause.confirmed.as_ref().filter(|rule| !is_within(rule, &cause.rule, &cause.windows))
}

/// Whether all whom it concerns, those whom its rule does not mean among them, it concerns by what was in its windows.
pub fn is_bounded(cause: &Cause) -> bool {
    let same = also_confirmed(cause)
        .is_none_or(|rule| bounds(cause, rule).is_some_and(|bounds| bounds.windows == cause.windows));
    same && cause.gaps.iter().all(|gap| covers(&cause.windows, &gap.days))
}

/// Whether these days are within a window; no window: they are.
fn covers(windows: &[Window], days: &Window) -> bool {
    windows.is_empty() || windows.iter().any(|window| window.contains(days))
}

/// Whether it can be read off two rules of a cause with these windows that the second means whomever the first means.
fn is_within(rule: &Rule, of: &Rule, windows: &[Window]) -> bool {
    let within = |rule: &Rule, of: &Rule| is_within(rule, of, windows);
    match (rule, of) {
        (one, other) if one == other => true,
        (_, Rule::Everyone) => true,
        (Rule::Any(all), _) => all.iter().all(|one| within(one, of)),
        (_, Rule::All(all)) => all.iter().all(|other| within(rule, other)),
        (Rule::All(all), _) if all.iter().any(|one| within(one, of)) => true,
        (_, Rule::Any(all)) => all.iter().any(|other| within(rule, other)),
        (Rule::Event(one), Rule::Event(other)) => {
            let days = match (&one.during, &other.during) {
                (one, other) if one == other => true,
                (_, During::Ever) => true,
                (During::Days(days), During::Windows) => covers(windows, days),
                (During::Days(days), During::Days(others)) => others.contains(days),
                _ => false,
            };
            days && one.kinds.iter().all(|kind| other.kinds.contains(kind))
                && (!one.whom.person || other.whom.person)
                && (!one.whom.recipients || other.whom.recipients)
                && one.systems == other.systems
                && is_narrower(&one.when, &other.when)
        }
        _ => false,
    }
}

/// Whether whatever fits the first fits the second.
fn is_narrower(one: &Condition, other: &Condition) -> bool {
    match (one, other) {
        (one, other) if one == other => true,
        (_, Condition::All(all)) => all.iter().all(|other| is_narrower(one, other)),
        (Condition::All(all), _) => all.iter().any(|one| is_narrower(one, other)),
        (Condition::Field(a, Test::In(these)), Condition::Field(b, Test::In(those))) => {
            a == b && these.iter().all(|value| those.contains(value))
        }
        _ => false,
    }
}

/// Collects the tests of a condition; `false` where it is more than tests that must all hold.
fn plain<'a>(condition: &'a Condition, tests: &mut Vec<(&'a str, &'a Test)>) -> bool {
    match condition {
        Condition::All(all) => all.iter().all(|condition| plain(condition, tests)),
        Condition::Field(name, test) => {
            let once = tests.iter().all(|(known, _)| known != name);
            tests.push((name, test));
            once
        }
        Condition::Any(_) | Condition::Not(_) => false,
    }
}
