//! The facts of an incident beyond whom it concerns: what was done when and by whom, what is asked of customers, who
//! pays, who was told. Pages, mails, letters and reports are rendered from them. What is absent is not known, and what
//! is rendered says so.

use super::Text;
use crate::End;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Whose incident it is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merchant {
    /// The company, as it signs.
    pub name: Text,
    /// The shop, as customers know it.
    pub shop: Text,
    /// The shop's own address: `https://shop.example`.
    pub site: String,
    /// Where what is published stands, with a slash at the end: `https://shop.example/notice/`.
    pub pages: String,
    /// Where a recipient sees whether a notice is genuine. Absent: only by asking.
    #[serde(default)]
    pub check_page: Option<String>,
    /// From which mail address notices are sent.
    #[serde(default)]
    pub sender: Option<String>,
    /// Postal address, for reports and letters.
    #[serde(default)]
    pub address: Option<Text>,
    /// Who signs, for reports and letters.
    #[serde(default)]
    pub representative: Option<Text>,
}

/// What can stand in the timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// The intrusion began.
    Intrusion,
    /// The merchant came to know; `by` says who told him.
    Discovered,
    /// Card payments were stopped.
    PaymentStopped,
    /// The shop was closed.
    ShopClosed,
    /// The server was cut off from the network.
    Isolated,
    /// The card companies or the processor were told.
    CardCompaniesTold,
    /// An investigation was ordered of somebody else.
    FirmEngaged,
    /// Their report came.
    ReportReceived,
    /// It was announced for the first time.
    Announced,
    /// Notices were sent by mail.
    NoticesSent,
    /// Letters were sent.
    LettersSent,
    /// The shop opened again.
    Reopened,
    /// Something else, said in `note`.
    Other,
}

/// One line of the timeline.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What happened.
    pub what: Happened,
    /// When: a day, a month or a year.
    pub on: End,
    /// Who did it, or who told.
    #[serde(default)]
    pub by: Option<Text>,
    /// A whole sentence more: why, or what.
    #[serde(default)]
    pub note: Option<Text>,
}

/// How far something is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// It is known.
    Known,
    /// There is reason to believe it.
    Suspected,
    /// Nobody knows.
    Unknown,
}

/// How or why data could get out, as far as that is known.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explained {
    /// How far.
    pub known: Known,
    /// In a sentence; absent only where it is unknown.
    #[serde(default)]
    pub text: Option<Text>,
}

/// How far the investigation is. It is stated, whatever it is: publishing asks for that, not for an end of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// It is being arranged.
    Planned,
    /// It goes on.
    Running,
    /// It has ended.
    Finished,
}

/// The investigation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Investigation {
    /// How far it is.
    pub status: Progress,
    /// On which day that was so.
    pub as_of: Date,
    /// Who investigates.
    #[serde(default)]
    pub by: Option<Text>,
    /// Whether the card companies have accredited them.
    #[serde(default)]
    pub accredited: Option<bool>,
    /// What it found, in sentences for everybody.
    #[serde(default)]
    pub found: Option<Text>,
    /// Whether misuse of what got out was seen. Absent: not known.
    #[serde(default)]
    pub misuse_seen: Option<bool>,
}

/// Something done so that it does not happen again.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// In words without a verb's tense: a state says whether it was done.
    pub what: Text,
    /// Whether it was done.
    pub done: bool,
    /// Since when, or until when it is to be done.
    #[serde(default)]
    pub on: Option<End>,
}

/// A defence that there was, or was not, when it happened.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Defence {
    /// Which, as a noun.
    pub what: Text,
    /// Whether it was in place.
    pub in_place: bool,
}

/// Whether the software had been mended against what the intruder used.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Updates {
    /// Whether all updates that there were had been applied. Absent: not known.
    #[serde(default)]
    pub applied: Option<bool>,
    /// When the one that mends the hole came out.
    #[serde(default)]
    pub fix_published: Option<End>,
    /// A whole sentence more.
    #[serde(default)]
    pub note: Option<Text>,
}

/// Where customers ask.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contacts {
    /// What it is called.
    #[serde(default)]
    pub name: Option<Text>,
    /// Telephone number, as it is written in Japan.
    #[serde(default)]
    pub phone: Option<String>,
    /// When somebody answers the telephone.
    #[serde(default)]
    pub phone_hours: Option<Text>,
    /// Mail address.
    #[serde(default)]
    pub mail: Option<String>,
    /// Address of a form.
    #[serde(default)]
    pub form: Option<String>,
    /// Since when.
    #[serde(default)]
    pub open_from: Option<Date>,
    /// Until when; absent: no end is set.
    #[serde(default)]
    pub open_until: Option<Date>,
}

/// What card companies and the processor do.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cards {
    /// The payment processor.
    #[serde(default)]
    pub processor: Option<Text>,
    /// Whether card companies look at these cards' payments with particular care.
    #[serde(default)]
    pub monitoring: Option<Monitoring>,
    /// A new card in place of the old one.
    #[serde(default)]
    pub reissue: Option<Reissue>,
    /// Whether card numbers were kept in a database of the shop. Absent: not known.
    #[serde(default)]
    pub numbers_kept: Option<bool>,
}

/// Card companies look at payments.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Monitoring {
    /// Since when they were asked to.
    #[serde(default)]
    pub asked_on: Option<Date>,
    /// Until when; absent: no end is known.
    #[serde(default)]
    pub until: Option<Date>,
}

/// A new card without a fee.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reissue {
    /// Who bears the fee, or was asked to.
    pub paid_by: Payer,
    /// Whether that is agreed, or only asked for.
    pub agreed: bool,
    /// When the card companies were asked.
    #[serde(default)]
    pub asked_on: Option<Date>,
    /// The last day on which it costs the customer nothing; absent: no end is known.
    #[serde(default)]
    pub free_until: Option<Date>,
}

/// Who pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payer {
    /// The merchant.
    Merchant,
    /// The card companies.
    CardCompanies,
}

/// Who is told by law, by contract, or because it is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Office {
    /// The Personal Information Protection Commission.
    Commission,
    /// The police.
    Police,
    /// The payment processor.
    Processor,
    /// Card companies.
    CardCompanies,
    /// Somebody else, named in `office`.
    Other,
}

/// What is filed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilingKind {
    /// The preliminary report.
    Preliminary,
    /// The final report.
    Final,
    /// A report or consultation of another kind.
    #[default]
    Report,
}

/// A report that was filed, or why it was not yet.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filing {
    /// To whom.
    pub to: Office,
    /// What.
    #[serde(default)]
    pub kind: FilingKind,
    /// When it was filed.
    #[serde(default)]
    pub on: Option<Date>,
    /// Why it was not filed yet; stands where `on` is absent.
    #[serde(default)]
    pub not_yet: Option<Text>,
    /// Which office, police station or company.
    #[serde(default)]
    pub office: Option<Text>,
    /// Under which number; kept in the register, never published.
    #[serde(default)]
    pub number: Option<String>,
}

/// What will be announced.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Announcements {
    /// The next one.
    #[serde(default)]
    pub next: Option<Next>,
    /// No further one is planned.
    #[serde(default)]
    pub none_planned: bool,
    /// Why it was announced when it was, in whole sentences.
    #[serde(default)]
    pub why_now: Option<Text>,
}

/// An announcement to come.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Next {
    /// About what, as a noun.
    pub about: Text,
    /// When, to the day, the month or the year; absent: not known.
    #[serde(default)]
    pub on: Option<End>,
}

/// What whoever holds an item is asked to do, instead of or beside what is rendered for it anyhow.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advice {
    /// The item, as causes name it.
    pub item: String,
    /// Whole sentences.
    pub text: Text,
}

/// What the shop can tell a customer of his own data.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// Items that it can look up.
    pub can: Vec<String>,
    /// Items that it cannot.
    #[serde(default)]
    pub cannot: Vec<String>,
    /// Why, in a whole sentence.
    #[serde(default)]
    pub why: Option<Text>,
}

/// The part of the questions and answers to which one belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Cards.
    Cards,
    /// Other personal data.
    Personal,
    /// Notices and inquiries.
    Asking,
    /// What the merchant did and does.
    Response,
}

/// An answer of general interest that was added.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Added {
    /// When.
    pub on: Date,
    /// Where.
    pub part: Part,
    /// The question, without any trace of who asked.
    pub question: Text,
    /// The answer, in whole sentences.
    pub answer: Text,
}

/// A version of the facts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// From 1, each one more than the one before.
    pub number: u32,
    /// When it was changed.
    pub on: Date,
    /// Who changed it; never published.
    pub who: String,
    /// Why, in a sentence that is published.
    pub why: Text,
}
