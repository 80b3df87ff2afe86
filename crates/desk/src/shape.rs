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

/// What a rule says of attempts that came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfinished {
    /// They count like others.
    Meant,
    /// Only they do.
    Only,
    /// They do not count.
    NotMeant,
}

impl<'a> Shape<'a> {
    /// `None` where the rule is put together in another way.
    pub fn of(cause: &'a Cause) -> Option<Shape<'a>> {
        let Rule::Event(events) = &cause.rule else { return None };
        let mut tests = Vec::new();
        plain(&events.when, &mut tests).then_some(Shape { events, tests })
    }

    fn field(&self, name: &str) -> Option<&'a Test> {
        self.tests.iter().find(|(field, _)| *field == name).map(|(_, test)| *test)
    }

    /// Whether a value of a field, one of the vocabulary, is among those that the rule asks for.
    fn allows(&self, name: &str, value: &str) -> bool {
        let rank = |value: &str| vocabulary::field(name).and_then(|f| f.rank(value));
        match self.field(name) {
            None | Some(Test::Recorded(_)) => true,
            Some(Test::In(all)) => all.iter().any(|v| matches!(v, Scalar::Text(t) if t == value)),
            Some(Test::AtLeast(Scalar::Text(limit))) => rank(value) >= rank(limit),
            Some(Test::AtMost(Scalar::Text(limit))) => rank(value) <= rank(limit),
            Some(_) => false,
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
        let paid = self.allows("outcome", "paid") && self.allows("step", "placed");
        let failed = ["declined", "error", "abandoned"].iter().any(|o| self.allows("outcome", o))
            && self.allows("step", "confirm");
        match (paid, failed) {
            (true, true) => Some(Unfinished::Meant),
            (false, true) => Some(Unfinished::Only),
            (true, false) => Some(Unfinished::NotMeant),
            (false, false) => None,
        }
    }

    /// Of card payments: whether a saved card counts that was used without typing it.
    pub fn saved_cards(&self) -> Option<bool> {
        self.is_of(&["card_entry"]).then(|| self.allows("means", "saved"))
    }

    /// Whether those count to whom something was sent.
    pub fn recipients(&self) -> bool {
        self.events.whom.recipients
    }

    /// The name of the text that says whom it concerns; `None` where there is none that says exactly that.
    pub fn phrase(&self) -> Option<&'static str> {
        let (person, recipients) = (self.events.whom.person, self.events.whom.recipients);
        if self.is_of(&["card_entry"]) && person && !recipients {
            return self.card_phrase();
        }
        let by_card = self.asks_only(&["payment"]) && self.field("payment").is_some() && {
            let others =
                ["cash_on_delivery", "bank_transfer", "convenience_store", "deferred", "wallet", "cash"];
            self.allows("payment", "card") && !others.iter().any(|o| self.allows("payment", o))
        };
        if self.is_of(&["order"]) && by_card && person && !recipients {
            return Some("whom-card-placed");
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
            (true, false) if self.is_of(&["login"]) => Some("whom-login"),
            _ => None,
        }
    }

    fn card_phrase(&self) -> Option<&'static str> {
        if !self.asks_only(&["means", "step", "outcome"]) {
            return None;
        }
        let typed = self.allows("means", "typed");
        match (self.unfinished()?, typed, self.allows("means", "saved")) {
            (Unfinished::Meant, true, false)
                if self.allows("step", "typed") && !self.allows("step", "payment") =>
            {
                Some("whom-card-typed")
            }
            (Unfinished::Meant, true, _) if self.allows("step", "next") && !self.allows("step", "typed") => {
                Some("whom-card-next")
            }
            (Unfinished::Meant, true, true) => Some("whom-card-any"),
            (Unfinished::Meant, true, false) => Some("whom-card-typed"),
            (Unfinished::Only, true, _) => Some("whom-card-failed"),
            (Unfinished::NotMeant, true, true) => Some("whom-card-placed"),
            (Unfinished::NotMeant, true, false) => Some("whom-card-placed-typed"),
            (Unfinished::NotMeant | Unfinished::Meant, false, true) => Some("whom-card-saved"),
            _ => None,
        }
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
