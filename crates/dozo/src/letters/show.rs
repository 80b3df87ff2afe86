//! How a batch stands, what its letters say, and each of them.

use super::Which;
use crate::{incident::print::Lang, processes::LETTERS, up::visit};
use anyhow::{Context, Result};
use desk::paper::Paper;
use domain::{
    AnswerId,
    letter::{BatchState, LetterState},
};
use serde_json::{Map, Value, json};
use std::io::Write;
use store::letter::{
    self, Batch, Counted,
    each::{self, About},
};
use uuid::Uuid;

/// Which letters.
#[derive(clap::Args)]
pub struct List {
    /// planned, made, unfit, posted or returned. Absent: all.
    #[arg(long, value_parser = state)]
    state: Option<LetterState>,
    #[command(flatten)]
    which: Which,
}

fn state(word: &str) -> Result<LetterState, String> {
    let all: Vec<&str> = LetterState::ALL.iter().map(|state| state.word()).collect();
    word.parse().map_err(|_| format!("the states are {}", all.join(", ")))
}

/// Prints counts, hash and approvals, and where the files are.
///
/// # Errors
/// Where there is no such batch, or database or vault cannot be asked.
pub fn status(which: &Which) -> Result<()> {
    let (batch, counts, approved) = visit::house(&which.shop.data, |store, vault| {
        let found = which.find(store)?;
        let id = found.id;
        let counts = store.read_blocking(move |tx| letter::counts(tx, id))?;
        // One that was never settled is not known there.
        Ok((found, counts, vault.campaign(id).ok()))
    })?;
    let hash = approved.as_ref().map(|a| ::ledger::hex(&a.hash).to_string());
    let files = batch
        .state
        .has_file()
        .then(|| post::printing::name_of(batch.number).map(|name| which.shop.data.join(LETTERS).join(name)));
    if which.shop.json {
        let states: Map<String, Value> =
            counts.iter().map(|c| (c.state.word().to_owned(), c.letters.into())).collect();
        let value = json!({
            "batch": batch.number, "id": batch.id, "campaign": batch.campaign, "state": batch.state, "letters": states,
            "sheets": sheets(&counts), "trouble": batch.trouble, "files": files, "hash": hash,
            "approvals": approved.as_ref().map(|a| a.approved.len()),
            "approvals_needed": approved.as_ref().map(|a| a.approvals_needed),
            "created_at": batch.created_at, "made_at": batch.made_at, "printed_at": batch.printed.map(|(at, _)| at),
            "posted_at": batch.posted.map(|(at, _)| at), "files_removed_at": batch.removed_at,
        });
        println!("{value}");
        return Ok(());
    }
    say_state(which, &batch);
    for c in &counts {
        which.shop.say(
            &format!("  {} {} 通", name(c.state).0, c.letters),
            &format!("  {} {}", name(c.state).1, c.letters),
        );
    }
    let all = sheets(&counts);
    which.shop.say(&format!("  用紙 {all} 枚"), &format!("  {all} sheets"));
    if let (Some(a), Some(hash)) = (&approved, &hash) {
        let (count, needed) = (a.approved.len(), a.approvals_needed);
        which.shop.say(
            &format!("  承認 {count}/{needed}、確認用の番号 {hash}"),
            &format!("  approvals {count}/{needed}, hash {hash}"),
        );
    }
    for file in files.iter().flatten().filter(|_| batch.made_at.is_some()) {
        println!("  {}", file.display());
    }
    Ok(())
}

/// The notice or the answer that a letter carries further.
fn about(about: About) -> (Option<Uuid>, Option<AnswerId>) {
    match about {
        About::Notice(id) => (Some(id), None),
        About::Answer(id) => (None, Some(id)),
    }
}

fn sheets(counts: &[Counted]) -> u64 {
    counts.iter().map(|c| c.sheets).sum()
}

fn name(state: LetterState) -> (&'static str, &'static str) {
    match state {
        LetterState::Planned => ("これから", "planned"),
        LetterState::Made => ("印刷用", "in the file"),
        LetterState::Unfit => ("印刷できないもの", "cannot be printed"),
        LetterState::Posted => ("発送済み", "posted"),
        LetterState::Returned => ("戻ったもの", "came back"),
        LetterState::Dropped => ("取りやめ", "given up"),
    }
}

/// Says where a batch stands and what comes next.
pub fn say_state(which: &Which, batch: &Batch) {
    if which.shop.json {
        println!("{}", json!({ "batch": batch.number, "state": batch.state }));
        return;
    }
    let (ja, en) = match (batch.state, batch.trouble.as_deref()) {
        (BatchState::Making, Some("font")) => (
            "フォントがないため作れません。fonts-noto-cjk か fonts-ipaexfont-mincho をインストールしてください",
            "cannot be made without a font: install fonts-noto-cjk or fonts-ipaexfont-mincho",
        ),
        (BatchState::Making, Some(_)) => {
            ("いま作れません。post のログをご覧ください", "cannot be made now: see the log of post")
        }
        (BatchState::Planning, _) => ("準備中です", "being planned"),
        (BatchState::Settled, _) => ("承認をお待ちしています", "waits for approvals"),
        (BatchState::Making, None) => ("印刷用のファイルを作っています", "its file is being made"),
        (BatchState::Made, _) => (
            "印刷用のファイルがあります。刷り終えたら printed と記録してください",
            "its file is there; note `printed` once it is on paper",
        ),
        (BatchState::Printed, _) => (
            "印刷済みです。発送したら posted と記録してください",
            "printed; note `posted` once it is with the post",
        ),
        (BatchState::Posted, _) => (
            "発送しました。戻った封書は returned と記録してください",
            "posted; note `returned` for those that come back",
        ),
        (BatchState::Dropped, _) => ("取りやめました", "given up"),
    };
    which.shop.say(&format!("封書 {}: {ja}", batch.number), &format!("letters {}: {en}", batch.number));
}

/// Prints what the letters say.
///
/// # Errors
/// Where there is no such batch.
pub fn preview(which: &Which) -> Result<()> {
    let store = which.shop.store()?;
    let id = which.find(&store)?.id;
    let texts = store.read_blocking(move |tx| letter::texts(tx, id))?;
    let mut out = std::io::stdout().lock();
    for text in texts {
        if which.shop.json {
            writeln!(out, "{text}")?;
            continue;
        }
        let paper: Paper =
            serde_json::from_str(&text).context("the database has a letter that this program cannot read")?;
        writeln!(out, "{}", paper.text())?;
    }
    Ok(())
}

/// Prints letters, one a line. No address is among it.
///
/// # Errors
/// Where the database cannot be read.
pub fn list(options: &List) -> Result<()> {
    let which = &options.which;
    let store = which.shop.store()?;
    let (id, state) = (which.find(&store)?.id, options.state);
    let letters = store.read_blocking(move |tx| each::list(tx, id, state, u32::MAX))?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for l in letters {
        if which.shop.json {
            let value = json!({
                "number": l.number, "person": l.person, "notice": about(l.about).0, "answer": about(l.about).1, "state": l.state, "sheets": l.sheets,
                "has_bars": l.has_bars, "reason": l.reason, "returned_at": l.returned_at,
            });
            writeln!(out, "{value}")?;
            continue;
        }
        let number = l.number.map_or_else(|| "-".to_owned(), |n| n.to_string());
        let state = if which.shop.lang == Lang::Ja { name(l.state).0 } else { name(l.state).1 };
        writeln!(
            out,
            "{number} {} {state} {} {}",
            l.person,
            l.sheets.unwrap_or_default(),
            l.reason.as_deref().unwrap_or("-")
        )?;
    }
    Ok(out.flush()?)
}
