//! The answers in words, in the two languages.

use super::{Finding, Grade};
use domain::Locale;
use i18n_embed::fluent::FluentLanguageLoader;
use std::collections::HashMap;

/// The texts of one language.
pub struct Texts(FluentLanguageLoader);

impl Texts {
    /// Those of `locale/LANGUAGE/doctor.ftl`.
    pub fn of(locale: Locale) -> Texts {
        Texts(crate::tongue::words("doctor", locale))
    }

    /// What was found.
    pub fn what(&self, finding: &Finding) -> String {
        self.text(&format!("{}-{}", finding.check, finding.case), finding)
    }

    /// What to do about it; nothing about what stands.
    pub fn todo(&self, finding: &Finding) -> Option<String> {
        let id = format!("{}-{}-do", finding.check, finding.case);
        (finding.grade != Grade::Stands).then(|| self.text(&id, finding))
    }

    /// The last line.
    pub fn sum(&self, mend: usize, weaker: usize) -> String {
        let id = match (mend, weaker) {
            (0, 0) => "sum-good",
            (0, _) => "sum-weaker",
            _ => "sum-mend",
        };
        let args = HashMap::from([("mend", mend.to_string()), ("weaker", weaker.to_string())]);
        self.0.get_args(id, args)
    }

    fn text(&self, id: &str, finding: &Finding) -> String {
        let args: HashMap<&str, String> = finding.values.iter().cloned().collect();
        self.0.get_args(id, args)
    }

    /// Whether there are texts for a finding.
    #[cfg(test)]
    pub fn knows(&self, finding: &Finding) -> bool {
        let id = format!("{}-{}", finding.check, finding.case);
        self.0.has(&id) && (finding.grade == Grade::Stands || self.0.has(&format!("{id}-do")))
    }
}

/// Both languages have words for a finding, and name every value.
#[cfg(test)]
pub fn assert_told(finding: &Finding) {
    for locale in Locale::ALL {
        let texts = Texts::of(*locale);
        assert!(texts.knows(finding), "{locale:?}: no text for {finding:?}");
        let told = texts.what(finding) + &texts.todo(finding).unwrap_or_default();
        for (name, value) in &finding.values {
            assert!(told.contains(value.as_str()), "{locale:?}: {name} is not in {told}");
        }
        assert!(!told.contains('{'), "{told}");
    }
}
