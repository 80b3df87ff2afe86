//! How a campaign stands, whom it cannot reach, and what one person is told.

use super::Which;
use anyhow::{Context, Result};
use domain::{
    letter::LetterState,
    message::ReturnOutcome,
    notice::{CampaignState, NoticeState, Told},
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, io::Write, time::Duration};
use store::{
    Store,
    campaign::{self, Campaign},
    letter::told,
    notice,
};
use uuid::Uuid;

/// Notices read at a time.
const PAGE: u32 = 1_000;
/// How often progress is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How it stands.
#[derive(clap::Args)]
pub struct Status {
    /// Go on printing until it is done or paused.
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    which: Which,
}

/// What one person is told.
#[derive(clap::Args)]
pub struct Preview {
    /// The person's id, as `evaluate` prints it. Absent: each text once.
    #[arg(long)]
    person: Option<Uuid>,
    #[command(flatten)]
    which: Which,
}

/// Which notices.
#[derive(clap::Args)]
pub struct List {
    /// planned, delayed, doubt, accepted, refused or unreachable.
    #[arg(long, value_parser = state)]
    state: NoticeState,
    #[command(flatten)]
    which: Which,
}

fn state(word: &str) -> Result<NoticeState, String> {
    let all: Vec<&str> = NoticeState::ALL.iter().map(|state| state.word()).collect();
    word.parse().map_err(|_| format!("the states are {}", all.join(", ")))
}

/// Prints counts, once or until there is nothing to wait for. The vault is asked for the hash and the approvals.
///
/// # Errors
/// Where there is no such campaign, or database or vault cannot be asked.
pub fn status(options: &Status) -> Result<()> {
    let which = &options.which;
    let approved = crate::up::visit::house(&which.shop.data, |store, vault| {
        let found = which.find(store)?;
        // One that was never settled is not known there.
        Ok((found.id, vault.campaign(found.id).ok()))
    })?;
    let store = Store::open(&crate::settings::database()?).context("cannot open the database")?;
    loop {
        let id = approved.0;
        let found = store.read_blocking(|tx| campaign::get(tx, id))?.context("the campaign is gone")?;
        let counted = store.read_blocking(|tx| {
            let told = told::counts(tx, id)?;
            Ok::<_, store::Error>((notice::counts(tx, id)?, notice::returns(tx, id)?, told))
        })?;
        print(which, &found, approved.1.as_ref(), &counted)?;
        if !options.watch || found.state != CampaignState::Sending {
            return Ok(());
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// Notices by state, what came back, and what has become of telling each person.
type Counted = (Vec<(NoticeState, u64)>, Vec<(ReturnOutcome, u64)>, BTreeMap<Told, u64>);

fn print(
    which: &Which,
    found: &Campaign,
    approved: Option<&vault_api::Campaign>,
    (counts, returns, told): &Counted,
) -> Result<()> {
    let count = |state: NoticeState| counts.iter().find(|(s, _)| *s == state).map_or(0, |(_, n)| *n);
    let mut out = std::io::stdout().lock();
    if which.shop.json {
        let states: Map<String, Value> =
            NoticeState::ALL.iter().map(|state| (state.word().to_owned(), count(*state).into())).collect();
        let returned: Map<String, Value> =
            returns.iter().map(|(outcome, n)| (outcome.word().to_owned(), (*n).into())).collect();
        let value = json!({
            "campaign": found.id, "incident": found.incident, "version": found.version, "state": found.state,
            "notices": states, "returned": returned, "told": told, "pace": found.pace,
            "hash": approved.map(|a| ::ledger::hex(&a.hash).to_string()),
            "approvals": approved.map(|a| a.approved.len()), "approvals_needed": approved.map(|a| a.approvals_needed),
            "created_at": found.created_at, "settled_at": found.settled_at, "sending_at": found.sending_at,
            "ended_at": found.ended_at,
        });
        return Ok(writeln!(out, "{value}")?);
    }
    super::say_state(which, found);
    let names = |state: NoticeState| match state {
        NoticeState::Planned => ("これから", "planned"),
        NoticeState::Delayed => ("再送待ち", "delayed"),
        NoticeState::Doubt => ("届いたか不明", "in doubt"),
        NoticeState::Accepted => ("送信済み", "accepted"),
        NoticeState::Refused => ("拒否", "refused"),
        NoticeState::Unreachable => ("宛先なし", "unreachable"),
    };
    let each = |ja: bool| {
        let one = |state: &NoticeState| {
            let (name_ja, name_en) = names(*state);
            format!("{} {}", if ja { name_ja } else { name_en }, count(*state))
        };
        NoticeState::ALL.iter().map(one).collect::<Vec<_>>().join(if ja { "、" } else { ", " })
    };
    which.shop.say(&format!("  {}", each(true)), &format!("  {}", each(false)));
    let on_paper = |told_as: Told| told.get(&told_as).copied().unwrap_or_default();
    let [to_write, written, posted, nowhere] =
        [Told::ToWrite, Told::Written, Told::Posted, Told::Unreachable].map(on_paper);
    if to_write + written + posted + nowhere > 0 {
        which.shop.say(
            &format!("  封書：これから準備 {to_write}、準備済み {written}、発送済み {posted}、お知らせできない方 {nowhere}"),
            &format!("  letters: to be planned {to_write}, planned {written}, posted {posted}; unreachable {nowhere}"),
        );
    }
    for (outcome, n) in returns {
        which.shop.say(&format!("  戻ってきたもの（{outcome}）{n}"), &format!("  came back ({outcome}) {n}"));
    }
    if let Some(a) = approved {
        let hash = ::ledger::hex(&a.hash).to_string();
        let (count, needed) = (a.approved.len(), a.approvals_needed);
        which.shop.say(
            &format!("  承認 {count}/{needed}、確認用の番号 {hash}"),
            &format!("  approvals {count}/{needed}, hash {hash}"),
        );
    }
    Ok(())
}

/// Prints a text with its places for name and code.
///
/// # Errors
/// Where the campaign does not write to that person.
pub fn preview(options: &Preview) -> Result<()> {
    let store = options.which.shop.store()?;
    let found = options.which.find(&store)?;
    let (id, person) = (found.id, options.person);
    let (texts, told) = store.read_blocking(|tx| {
        let told = person.map(|person| notice::of_person(tx, id, person)).transpose()?;
        Ok::<_, store::Error>((campaign::texts(tx, id)?, told.flatten()))
    })?;
    anyhow::ensure!(person.is_none() || told.is_some(), "the campaign does not write to this person");
    let mut out = std::io::stdout().lock();
    for text in texts.iter().filter(|text| told.as_ref().is_none_or(|told| told.text == text.number)) {
        if options.which.shop.json {
            let value = json!({
                "text": text.number, "lang": text.locale, "subject": text.subject, "body": text.body,
                "notice": told.as_ref().map(|t| t.id), "state": told.as_ref().map(|t| t.state),
                "address": told.as_ref().and_then(|t| t.address).map(|(source, row)| json!({ "table": source.word(), "row": row })),
            });
            writeln!(out, "{value}")?;
        } else {
            writeln!(out, "Subject: {}\n\n{}", text.subject, text.body)?;
        }
    }
    Ok(())
}

/// Prints notices, one a line: id, person, attempts, and what a server said last.
///
/// # Errors
/// Where the database cannot be read.
pub fn list(options: &List) -> Result<()> {
    let store = options.which.shop.store()?;
    let id = options.which.find(&store)?.id;
    let (state, mut after) = (options.state, None);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    loop {
        let page = store.read_blocking(|tx| notice::list(tx, id, state, after, PAGE))?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for n in &page {
            let (detail, returned) = (n.detail.as_deref().unwrap_or("-"), n.returned.map(|r| r.word()));
            if options.which.shop.json {
                let value = json!({
                    "notice": n.id, "person": n.person, "state": n.state, "attempts": n.attempts, "detail": n.detail,
                    "returned": returned, "sent_at": n.sent_at, "next_at": n.next_at,
                });
                writeln!(out, "{value}")?;
            } else {
                writeln!(out, "{} {} {} {detail}", n.id, n.person, n.attempts)?;
            }
        }
    }
    Ok(out.flush()?)
}

/// Prints whom nothing reaches, one a line: notice, person, and why. A telephone or a visit is left, or the page where people ask.
///
/// # Errors
/// Where the database cannot be read.
pub fn unreachable(which: &Which) -> Result<()> {
    let store = which.shop.store()?;
    let id = which.find(&store)?.id;
    let mut after = None;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    loop {
        let page = store.read_blocking(|tx| told::unreachable(tx, id, after, PAGE))?;
        let Some(last) = page.last() else { break };
        after = Some(last.notice);
        for u in &page {
            let why = match &u.letter {
                None => "no-address",
                Some((LetterState::Returned, _, _)) => "returned",
                Some(_) => "unfit",
            };
            let (reason, batch) = u.letter.as_ref().map_or((None, None), |(_, r, b)| (Some(r), Some(b)));
            if which.shop.json {
                let value = json!({
                    "notice": u.notice, "person": u.person, "why": why, "reason": reason, "batch": batch, "since": u.since,
                });
                writeln!(out, "{value}")?;
            } else {
                writeln!(out, "{} {} {why} {}", u.notice, u.person, reason.map_or("-", String::as_str))?;
            }
        }
    }
    Ok(out.flush()?)
}
