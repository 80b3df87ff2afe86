//! The defences: where each stands, what it looks like with a switch, and the test that must miss it.

mod edge;
mod inside;

/// What asks whether the defence is switched off, in [`Defence::gone`].
pub(super) const OFF: &str = "{off}";
/// The variable that names the one that is.
pub(super) const SWITCH: &str = "DOZO_WITHOUT";

/// One defence.
pub(super) struct Defence {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    pub(super) file: &'static str,
    /// Stands once in the file.
    pub(super) holds: &'static str,
    /// The same, and not held where [`OFF`] is true.
    pub(super) gone: &'static str,
    pub(super) package: &'static str,
    /// Where the test is, for cargo.
    pub(super) target: &'static [&'static str],
    /// Its whole name.
    pub(super) test: &'static str,
}

impl Defence {
    /// Why it cannot be switched off; `None`: it can.
    pub(super) fn misplaced(&self, text: &str) -> Option<String> {
        match text.matches(self.holds).count() {
            1 => None,
            0 => Some(format!("{} does not hold it any more: mend the table", self.file)),
            n => Some(format!("{} holds it {n} times: name more of it in the table", self.file)),
        }
    }

    /// The file with its switch.
    pub(super) fn switched(&self, text: &str) -> String {
        let off = format!("std::env::var_os(\"{SWITCH}\").is_some_and(|off| off == \"{}\")", self.name);
        text.replacen(self.holds, &self.gone.replace(OFF, &off), 1)
    }

    /// Where its test is, as cargo calls it.
    pub(super) fn target_name(&self) -> String {
        match self.target {
            [_, name] => (*name).to_owned(),
            _ => self.package.replace('-', "_"),
        }
    }
}

/// Where tests are.
const LIB: &[&str] = &["--lib"];
const EDGE: &[&str] = &["--test", "edge"];

/// All of them.
pub(super) fn defences() -> impl Iterator<Item = &'static Defence> {
    [edge::DEFENCES, inside::DEFENCES].into_iter().flatten()
}
