//! What is told: cases, or that this is a test. Holds no personal data, since findings hold none.

use crate::{
    Case,
    finding::Severity,
    texts::{self, EN, JA, Tongue},
};
use i18n_embed_fl::fl;
use jiff::Timestamp;

/// One message to one receiver.
pub(crate) struct Message {
    /// The shop's origin.
    pub(crate) shop: String,
    /// When it is told.
    pub(crate) at: Timestamp,
    /// What is told.
    pub(crate) about: About,
}

/// What a message is about.
pub(crate) enum About {
    /// Findings, the gravest first.
    Cases {
        /// Those told at length; at least one.
        cases: Vec<Case>,
        /// How many more there are.
        more: usize,
    },
    /// Nothing: whether messages arrive.
    Test,
}

impl Message {
    /// One line, in Japanese: where it is read first, there is no room for two languages.
    pub(crate) fn subject(&self) -> String {
        let t: &Tongue = &JA;
        let shop = self.host();
        let About::Cases { cases, more } = &self.about else {
            return fl!(t, "mail-test-subject", shop = shop);
        };
        let open = cases.iter().find(|case| case.over.is_none());
        let first = open.or(cases.first()).map(|c| texts::title_in(t, &c.finding)).unwrap_or_default();
        let others = cases.len() + more - cases.len().min(1);
        let first = match others {
            0 => first,
            n => fl!(t, "mail-subject-more", first = first, n = n),
        };
        match open {
            Some(_) => fl!(t, "mail-subject", shop = shop, first = first),
            None => fl!(t, "mail-subject-over", shop = shop, first = first),
        }
    }

    /// The whole text, in Japanese and then in English.
    pub(crate) fn text(&self) -> String {
        format!("{}\n\n--\n\n{}\n", self.text_in(&JA), self.text_in(&EN))
    }

    fn text_in(&self, t: &Tongue) -> String {
        let About::Cases { cases, more } = &self.about else { return fl!(t, "mail-test") };
        let more = *more;
        let mut parts = vec![fl!(t, "mail-opening")];
        parts.extend(cases.iter().map(|case| item(t, case)));
        if more > 0 {
            parts.push(fl!(t, "mail-more", n = more));
        }
        parts.push(fl!(t, "mail-look", url = format!("{}/admin/watch", self.shop)));
        parts.join("\n\n")
    }

    fn host(&self) -> String {
        self.shop.split_once("://").map_or(self.shop.as_str(), |(_, host)| host).to_owned()
    }
}

fn item(t: &Tongue, case: &Case) -> String {
    let severity = match case.severity {
        Severity::Critical => fl!(t, "severity-critical"),
        Severity::Warning => fl!(t, "severity-warning"),
    };
    let mut lines = vec![
        fl!(t, "mail-item", severity = severity, title = texts::title_in(t, &case.finding)),
        fl!(t, "mail-since", time = texts::time(case.since)),
        fl!(t, "mail-seen", n = case.seen, time = texts::time(case.last)),
    ];
    match case.over {
        Some(over) => lines.push(fl!(t, "mail-item-over", time = texts::time(over))),
        None => {
            if !case.told.is_empty() {
                lines.push(fl!(t, "mail-item-open-again"));
            }
            lines.push(fl!(t, "mail-todo", todo = texts::todo_in(t, &case.finding)));
        }
    }
    lines.join("\n  ")
}
