//! The register of findings: what is or was wrong, since when, how often it was seen, and who was told.
//!
//! `findings.json` in the watch's folder survives a restart. A copy with the words in both languages, and with what
//! the watch saw last, is laid where the back office may read it ([`Register::publish`]).

use crate::{
    book::write_whole,
    finding::{Finding, Severity},
    heartbeat::Sight,
    texts,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

/// What is seen again within this time after it was over is the same case: nobody is told of it twice.
const REOPEN: SignedDuration = SignedDuration::from_mins(10);
/// The most cases that are kept; of those that are over, the oldest go.
const CASES_MAX: usize = 1_000;
/// The most cases that the back office is shown.
const SHOWN_MAX: usize = 200;
const FILE: &str = "findings.json";

/// One of those who look, by name. Each says for itself what is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Looker(Cow<'static, str>);

impl Looker {
    /// Looks at pages.
    pub(crate) const PAGES: Looker = Looker::of("pages");
    /// Asks the vault whether a honeytoken was opened.
    pub(crate) const HONEYTOKENS: Looker = Looker::of("honeytokens");
    /// Witnesses the ledger.
    pub(crate) const LEDGER: Looker = Looker::of("ledger");

    pub(crate) const fn of(name: &'static str) -> Looker {
        Looker(Cow::Borrowed(name))
    }

    /// The metric that counts what it finds wrong now.
    pub(crate) fn gauge(&self) -> String {
        match self {
            looker if *looker == Looker::PAGES => "watch_findings".into(),
            Looker(name) => format!("watch_{}_findings", name.replace('-', "_")),
        }
    }
}

/// One case.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Case {
    /// Counts up; never used twice.
    pub id: u64,
    /// What is wrong, and where.
    #[serde(flatten)]
    pub finding: Finding,
    /// How grave it is.
    pub severity: Severity,
    /// When it was seen first.
    pub since: Timestamp,
    /// When it was seen last.
    pub last: Timestamp,
    /// In how many looks.
    pub seen: u64,
    /// When it was seen no longer.
    pub over: Option<Timestamp>,
    /// Who was told, by channel.
    pub told: BTreeMap<String, Told>,
    looker: Looker,
}

impl Case {
    /// One that is in no register.
    pub(crate) fn of(finding: Finding, since: Timestamp, last: Timestamp, over: Option<Timestamp>) -> Case {
        let (severity, told, looker) = (finding.severity(), BTreeMap::new(), Looker::of("supervisor"));
        Case { id: 0, finding, severity, since, last, seen: 1, over, told, looker }
    }
}

/// What went out about a case on one channel.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Told {
    /// When it was told last.
    pub at: Timestamp,
    /// Whether that it is over was told.
    pub over: bool,
}

/// When somebody is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// How long a warning stands before anybody is told.
    pub(crate) warn_after: SignedDuration,
    /// How often it is told again that a case is still open.
    pub(crate) remind_every: SignedDuration,
}

/// All cases, the oldest first.
pub(crate) struct Register {
    file: PathBuf,
    shown: Option<PathBuf>,
    cases: Vec<Case>,
    next: u64,
    channels: Vec<Channel>,
}

/// What the back office and the command line are shown.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    sight: &'a Sight,
    channels: &'a [Channel],
    cases: Vec<ShownCase<'a>>,
}

#[derive(Serialize)]
struct ShownCase<'a> {
    #[serde(flatten)]
    case: &'a Case,
    title: texts::Both,
    todo: texts::Both,
}

/// How one way of telling does.
#[derive(Debug, Clone, Serialize)]
struct Channel {
    name: &'static str,
    delivered_at: Option<Timestamp>,
    failing_since: Option<Timestamp>,
}

impl Register {
    /// The register in the watch's folder; what is shown goes to `shown`.
    ///
    /// # Errors
    /// As the disk says. A register that cannot be understood is put aside, and said so.
    pub(crate) fn open(dir: &Path, shown: Option<PathBuf>) -> io::Result<Register> {
        fs::create_dir_all(dir)?;
        let file = dir.join(FILE);
        let mut register = Register { file, shown, cases: Vec::new(), next: 1, channels: Vec::new() };
        match fs::read(&register.file) {
            Ok(text) => match serde_json::from_slice::<Vec<Case>>(&text) {
                Ok(cases) => register.cases = cases,
                Err(_) => {
                    tracing::error!("findings.json cannot be read; it is kept as findings.unreadable");
                    fs::rename(&register.file, dir.join("findings.unreadable"))?;
                }
            },
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(e),
        }
        register.next = register.cases.iter().map(|case| case.id).max().unwrap_or(0) + 1;
        Ok(register)
    }

    /// What one of those who look found, as far as it is not over.
    pub(crate) fn standing(&self, looker: &Looker) -> BTreeSet<Finding> {
        self.cases
            .iter()
            .filter(|case| case.looker == *looker && case.over.is_none())
            .map(|case| case.finding.clone())
            .collect()
    }

    /// Takes in all that `looker` finds wrong at `now`: what it does not name is over.
    pub(crate) fn observe(&mut self, looker: &Looker, found: &BTreeSet<Finding>, now: Timestamp) {
        let now = to_the_millisecond(now);
        let mut changed = false;
        for case in self.cases.iter_mut().filter(|c| c.looker == *looker && c.over.is_none()) {
            if found.contains(&case.finding) {
                case.seen += 1;
                case.last = now;
            } else {
                case.over = Some(now);
                changed = true;
            }
        }
        for finding in found {
            let known = self.cases.iter_mut().rev().find(|c| c.looker == *looker && c.finding == *finding);
            match known {
                Some(case) if case.over.is_none() => continue,
                Some(case) if case.over.is_some_and(|over| now.duration_since(over) < REOPEN) => {
                    (case.over, case.last) = (None, now);
                    case.seen += 1;
                }
                _ => {
                    let (id, finding, severity) = (self.next, finding.clone(), finding.severity());
                    let (told, looker) = (BTreeMap::new(), looker.clone());
                    let (since, last) = (now, now);
                    self.cases.push(Case {
                        id,
                        finding,
                        severity,
                        since,
                        last,
                        seen: 1,
                        over: None,
                        told,
                        looker,
                    });
                    self.next += 1;
                }
            }
            changed = true;
        }
        if changed {
            self.trim();
            self.save();
        }
    }

    /// The cases that a channel is to be told of at `now`, the gravest first.
    pub(crate) fn due(&self, channel: &str, now: Timestamp, rules: Rules) -> Vec<Case> {
        let is_due = |case: &&Case| match (case.told.get(channel), case.over) {
            // What was over before anybody was told is told where it was grave.
            (None, over) => {
                let stood = over.unwrap_or(now).duration_since(case.since);
                case.severity == Severity::Critical || over.is_none() && stood >= rules.warn_after
            }
            (Some(told), None) => now.duration_since(told.at) >= rules.remind_every,
            (Some(told), Some(over)) => !told.over && now.duration_since(over) >= SETTLED,
        };
        let mut due: Vec<Case> = self.cases.iter().filter(is_due).cloned().collect();
        due.sort_by_key(|case| (std::cmp::Reverse(case.severity), case.id));
        due
    }

    /// Notes that a channel was told of these cases as they were.
    pub(crate) fn told(&mut self, channel: &str, told: &[Case], now: Timestamp) {
        for case in told {
            if let Some(kept) = self.cases.iter_mut().find(|kept| kept.id == case.id) {
                let told = Told { at: to_the_millisecond(now), over: case.over.is_some() };
                kept.told.insert(channel.to_owned(), told);
            }
        }
        self.save();
    }

    /// Notes how a channel does: when something last arrived, since when nothing does.
    pub(crate) fn channel(
        &mut self,
        name: &'static str,
        delivered_at: Option<Timestamp>,
        failing_since: Option<Timestamp>,
    ) {
        let now = Channel { name, delivered_at, failing_since };
        match self.channels.iter_mut().find(|channel| channel.name == name) {
            Some(channel) => *channel = now,
            None => self.channels.push(now),
        }
    }

    /// Lays out what the back office may read.
    pub(crate) fn publish(&self, sight: &Sight) {
        let Some(path) = &self.shown else { return };
        let newest = self.cases.iter().rev();
        let (open, over): (Vec<_>, Vec<_>) = newest.partition(|case| case.over.is_none());
        let cases = open.into_iter().chain(over).take(SHOWN_MAX);
        let cases = cases.map(|case| ShownCase {
            case,
            title: texts::title(&case.finding),
            todo: texts::todo(&case.finding),
        });
        let shown = Shown { sight, channels: &self.channels, cases: cases.collect() };
        if let Err(kind) = written(path, &shown, SHOWN_MODE) {
            tracing::error!(%kind, "the watch cannot show what it found");
        }
    }

    fn trim(&mut self) {
        while self.cases.len() > CASES_MAX {
            // Open ones stay as long as there is one that is over.
            let at = self.cases.iter().position(|case| case.over.is_some()).unwrap_or(0);
            self.cases.remove(at);
        }
    }

    fn save(&self) {
        if let Err(kind) = written(&self.file, &self.cases, 0o600) {
            tracing::error!(%kind, "the watch cannot keep its findings");
        }
    }
}

/// The back office's process is in the group of the folder where each process has a user of its own.
const SHOWN_MODE: u32 = 0o640;
/// How long something must be over before anybody is told: it may come back.
const SETTLED: SignedDuration = SignedDuration::from_secs(60);

fn written(path: &Path, value: &impl Serialize, mode: u32) -> Result<(), io::ErrorKind> {
    let bytes = serde_json::to_vec(value).map_err(|_| io::ErrorKind::InvalidData)?;
    write_whole(path, &bytes, mode).map_err(|e| e.kind())
}

fn to_the_millisecond(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Rules =
        Rules { warn_after: SignedDuration::from_secs(60), remind_every: SignedDuration::from_hours(6) };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_795_359_900 + second).unwrap()
    }

    fn weak() -> Finding {
        Finding::HeaderWeak { page: "cart".into(), header: "x-frame-options".into() }
    }

    fn only(finding: &Finding) -> BTreeSet<Finding> {
        BTreeSet::from([finding.clone()])
    }

    fn due(register: &Register, second: i64) -> Vec<u64> {
        register.due("mail", at(second), RULES).iter().map(|case| case.id).collect()
    }

    #[test]
    fn one_case_however_often_it_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let mut register = Register::open(dir.path(), None).unwrap();
        let none = BTreeSet::new();
        for second in 0..5 {
            register.observe(&Looker::PAGES, &only(&weak()), at(second));
        }
        // Others who look say nothing of it.
        register.observe(&Looker::LEDGER, &none, at(5));
        assert_eq!(register.standing(&Looker::PAGES), only(&weak()));
        register.observe(&Looker::PAGES, &none, at(6));
        register.observe(&Looker::PAGES, &only(&weak()), at(60));
        let case = &register.cases[0];
        assert_eq!((register.cases.len(), case.seen, case.since, case.over), (1, 6, at(0), None));
        // Long after it was over it is another case.
        register.observe(&Looker::PAGES, &none, at(61));
        register.observe(&Looker::PAGES, &only(&weak()), at(61 + 601));
        assert_eq!(register.cases.iter().map(|case| case.id).collect::<Vec<_>>(), [1, 2]);
        let again = Register::open(dir.path(), None).unwrap();
        assert_eq!((again.cases.len(), again.next), (2, 3));
        assert_eq!(again.standing(&Looker::PAGES), only(&weak()), "what stood stands after a restart");
    }

    #[test]
    fn grave_things_are_told_at_once_and_others_when_they_last() {
        let dir = tempfile::tempdir().unwrap();
        let mut register = Register::open(dir.path(), None).unwrap();
        let both = BTreeSet::from([Finding::GateSilent, weak()]);
        register.observe(&Looker::PAGES, &both, at(0));
        assert_eq!(due(&register, 0), [2], "the weak header, not the silence");
        register.told("mail", &register.due("mail", at(0), RULES), at(0));
        assert!(due(&register, 59).is_empty());
        assert_eq!(due(&register, 60), [1]);
        assert_eq!(register.due("webhook", at(60), RULES).len(), 2, "each channel counts for itself");
        register.told("mail", &register.due("mail", at(60), RULES), at(60));
        assert!(due(&register, 6 * 3600 - 1).is_empty());
        assert_eq!(due(&register, 6 * 3600), [2], "still open after hours");
        register.observe(&Looker::PAGES, &BTreeSet::new(), at(100));
        assert!(due(&register, 159).is_empty(), "it may come back");
        assert_eq!(due(&register, 160), [2, 1], "that it is over is told");
        register.told("mail", &register.due("mail", at(160), RULES), at(160));
        assert!(due(&register, 100_000).is_empty());
    }

    #[test]
    fn a_short_silence_is_told_to_nobody_and_a_short_breach_is() {
        let dir = tempfile::tempdir().unwrap();
        let mut register = Register::open(dir.path(), None).unwrap();
        register.observe(&Looker::PAGES, &BTreeSet::from([Finding::GateSilent, weak()]), at(0));
        register.observe(&Looker::PAGES, &BTreeSet::new(), at(4));
        assert_eq!(due(&register, 4), [2]);
        assert_eq!(due(&register, 400), [2]);
    }

    #[test]
    fn it_stays_small_and_open_cases_stay() {
        let dir = tempfile::tempdir().unwrap();
        let mut register = Register::open(dir.path(), None).unwrap();
        let silent = |n: usize| Finding::PageSilent { page: n.to_string() };
        register.observe(&Looker::LEDGER, &only(&weak()), at(0));
        for step in 0..3 {
            let many = (0..CASES_MAX / 2).map(|n| silent(step * CASES_MAX + n)).collect();
            register.observe(&Looker::PAGES, &many, at(1 + step as i64));
        }
        assert_eq!(register.cases.len(), CASES_MAX);
        assert_eq!(register.standing(&Looker::LEDGER), only(&weak()));
        assert_eq!(register.standing(&Looker::PAGES).len(), CASES_MAX / 2);
    }

    #[test]
    fn an_unreadable_register_is_put_aside() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), "{").unwrap();
        let register = Register::open(dir.path(), None).unwrap();
        assert!(register.cases.is_empty());
        assert_eq!(fs::read_to_string(dir.path().join("findings.unreadable")).unwrap(), "{");
    }

    #[test]
    fn what_is_shown_has_words_in_both_languages() {
        let dir = tempfile::tempdir().unwrap();
        let shown = dir.path().join("shown.json");
        let mut register = Register::open(dir.path(), Some(shown.clone())).unwrap();
        register.observe(&Looker::PAGES, &only(&weak()), at(0));
        register.channel("mail", Some(at(1)), None);
        register.publish(&Sight { rounds: 3, ..Sight::default() });
        let shown: serde_json::Value = serde_json::from_slice(&fs::read(shown).unwrap()).unwrap();
        let case = &shown["cases"][0];
        assert_eq!(
            (&case["what"], &case["page"], &case["seen"]),
            (&"header_weak".into(), &"cart".into(), &1.into())
        );
        assert_eq!((&case["severity"], &case["over"]), (&"critical".into(), &serde_json::Value::Null));
        assert_eq!(
            case["title"]["ja"],
            "かごのページを守る見出し x-frame-options が、無いか弱くなっています"
        );
        assert!(case["todo"]["en"].as_str().unwrap().starts_with("Check the configuration"));
        assert_eq!((&shown["rounds"], &shown["channels"][0]["name"]), (&3.into(), &"mail".into()));
    }
}
