//! The two languages: texts by id from `locale/`, and how days, counts and lists are said.
//!
//! Values are put into texts as they stand. Tests read both languages' files and fail where an id or an argument is
//! missing in one of them.

use crate::document::Lang;
use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use incident::{End, Window, facts::Text, scope::Sentence};
use jiff::civil::Date;
use std::sync::LazyLock;

macro_rules! files {
    ($lang:literal: $($name:literal),+) => {
        [$(include_str!(concat!("../locale/", $lang, "/", $name, ".ftl"))),+]
    };
}

static JA: LazyLock<Tongue> = LazyLock::new(|| {
    Tongue::new(Lang::Ja, &files!("ja": "words", "questions", "page", "notice", "reply", "check", "duties"))
});
static EN: LazyLock<Tongue> = LazyLock::new(|| {
    Tongue::new(Lang::En, &files!("en": "words", "questions", "page", "notice", "reply", "check", "duties"))
});

/// One language.
pub struct Tongue {
    /// Which.
    pub lang: Lang,
    bundle: FluentBundle<FluentResource>,
}

impl Tongue {
    /// The texts of a language.
    pub fn of(lang: Lang) -> &'static Tongue {
        match lang {
            Lang::Ja => &JA,
            Lang::En => &EN,
        }
    }

    fn new(lang: Lang, sources: &[&str]) -> Tongue {
        let mut bundle = FluentBundle::new_concurrent(lang.word().parse().into_iter().collect());
        // Invisible marks around each value would stand in mails and in searches' way.
        bundle.set_use_isolating(false);
        for source in sources {
            // The files are in the binary, and a test reads both: what could fail here fails there.
            let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(r, _)| r);
            let _ = bundle.add_resource(resource);
        }
        Tongue { lang, bundle }
    }

    /// Whether there is such a text.
    pub fn has(&self, id: &str) -> bool {
        self.bundle.has_message(id)
    }

    /// The text of an id, with these values in it.
    pub fn say(&self, id: &str, values: &[(&str, &str)]) -> String {
        let pattern = self.bundle.get_message(id).and_then(|message| message.value());
        debug_assert!(pattern.is_some(), "there is no text {id}");
        let Some(pattern) = pattern else { return id.to_owned() };
        let mut args = FluentArgs::with_capacity(values.len());
        values.iter().for_each(|(name, value)| args.set(*name, *value));
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned();
        debug_assert!(errors.is_empty(), "{id}: {errors:?}");
        text
    }

    /// The text in this language.
    pub fn text<'a>(&self, text: &'a Text) -> &'a str {
        self.pick(&text.ja, &text.en)
    }

    /// One of two.
    pub fn pick<'a>(&self, ja: &'a str, en: &'a str) -> &'a str {
        match self.lang {
            Lang::Ja => ja,
            Lang::En => en,
        }
    }

    /// A sentence in this language.
    pub fn said(&self, sentence: Sentence) -> String {
        match self.lang {
            Lang::Ja => sentence.ja,
            Lang::En => sentence.en,
        }
    }

    /// A time, as precise as it was written.
    pub fn time(&self, time: End) -> String {
        self.said(incident::time_name(time))
    }

    /// A day.
    pub fn day(&self, day: Date) -> String {
        End::try_from(day.to_string()).map_or_else(|_| day.to_string(), |end| self.time(end))
    }

    /// Days, as an adverb: "from … to …", "until …".
    pub fn within(&self, window: &Window) -> String {
        let (from, to) = (window.from.map(|e| self.time(e)), window.to.map(|e| self.time(e)));
        match (from, to) {
            (Some(from), Some(to)) if from == to => self.say("days-on", &[("day", &from)]),
            (Some(from), Some(to)) => self.say("days-between", &[("from", &from), ("to", &to)]),
            (Some(from), None) => self.say("days-since", &[("from", &from)]),
            (None, Some(to)) => self.say("days-until", &[("to", &to)]),
            (None, None) => self.say("days-ever", &[]),
        }
    }

    /// Days, as a noun.
    pub fn days(&self, window: &Window) -> String {
        self.said(incident::days_name(window))
    }

    /// All of several.
    pub fn and(&self, all: &[String]) -> String {
        self.joined(all, "list-and")
    }

    /// One of several.
    pub fn or(&self, all: &[String]) -> String {
        self.joined(all, "list-or")
    }

    /// Several, the last one joined by a text of that id.
    pub fn joined(&self, all: &[String], last: &str) -> String {
        match all {
            [] => String::new(),
            [one] => one.clone(),
            [first @ .., end] => {
                let first = first.join(self.pick("、", ", "));
                self.say(last, &[("first", &first), ("last", end)])
            }
        }
    }
}

/// Which form of a noun stands with a number, where a language has two.
pub fn form(number: u64) -> &'static str {
    if number == 1 { "one" } else { "other" }
}

/// A number with its thousands set apart.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
