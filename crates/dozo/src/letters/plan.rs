//! `dozo letters plan`: who gets a letter, what it says, and to which address ([`campaign::letters`]).

use super::{Which, now_ms};
use crate::{
    incident::{facts, history, in_japan, kept, pack::Recorded},
    up::visit,
};
use ::campaign::letters::{Desk, Planned};
use ::incident::{Facts, History, Window};
use anyhow::{Context, Result};
use serde_json::json;
use std::path::PathBuf;
use store::{
    Store,
    campaign::{self, Campaign},
};
use vault_api::Client;

/// What is planned.
#[derive(clap::Args)]
pub struct Options {
    /// The facts, as TOML or JSON (docs/incident/facts.md). Absent: those of the campaign's incident that were frozen last.
    #[arg(conflicts_with = "answers")]
    facts: Option<PathBuf>,
    /// The records to apply them to, as `history` or `pack` wrote them. Absent: those of the shop's own, now.
    #[arg(long, conflicts_with = "answers")]
    history: Option<PathBuf>,
    /// The campaign that did not reach everybody, or the beginning of its id. Absent: the newest.
    #[arg(long, conflicts_with = "answers")]
    campaign: Option<String>,
    /// Answers to inquiries that were asked for on paper, instead of notices.
    #[arg(long)]
    answers: bool,
    #[command(flatten)]
    which: Which,
}

/// Plans it.
///
/// # Errors
/// Where a file is not what it should be, or nobody needs a letter. A batch whose plan was broken off is forgotten by the next
/// one.
pub fn run(options: &Options) -> Result<()> {
    let given = options.facts.as_deref().map(facts).transpose()?;
    let recorded = options.history.as_deref().map(Recorded::read).transpose()?;
    let planned = visit::house(&options.which.shop.data, |store, vault| {
        if options.answers {
            let current = ::campaign::current(store)?;
            let current = current.context("no facts were frozen: `dozo incident freeze` comes first")?;
            return Ok(desk(&current.facts, store, vault).to_askers()?);
        }
        let campaign = sent(store, options.campaign.as_deref())?;
        let facts = match (given, campaign.incident_id) {
            (Some(given), _) => given,
            (None, Some(incident)) => kept::frozen(store, incident)?.1,
            (None, None) => anyhow::bail!("the campaign was planned from a file of facts: name it"),
        };
        let recorded = match recorded {
            Some(recorded) => recorded,
            None => {
                let lines = history::write(store, Window { from: None, to: None }, Vec::new())?;
                Recorded::Lines(History::read(&lines[..])?)
            }
        };
        Ok(desk(&facts, store, vault).to_unreached(&campaign, &recorded.evaluate(&facts)?)?)
    })?;
    say(&planned, &options.which);
    Ok(())
}

fn desk<'a>(facts: &'a Facts, store: &'a Store, vault: &'a Client) -> Desk<'a> {
    Desk { facts, today: in_japan(), store, vault, by: None, now_ms }
}

/// A campaign that was sent.
fn sent(store: &Store, wanted: Option<&str>) -> Result<Campaign> {
    let wanted = wanted.unwrap_or_default().to_lowercase();
    let all = store.read_blocking(|tx| campaign::list(tx, u32::MAX))?;
    let found = all.into_iter().find(|c| c.sending_at.is_some() && c.id.to_string().starts_with(&wanted));
    found.context("no such campaign was sent: letters go to whom its mails did not reach")
}

fn say(planned: &Planned, which: &Which) {
    let Planned { number, letters, texts, without, left, .. } = planned;
    let hash = ::ledger::hex(&planned.hash);
    let shop = &which.shop;
    if shop.json {
        let value = json!({
            "batch": number, "hash": hash.to_string(), "letters": letters, "texts": texts, "without_address": without,
            "not_concerned_now": left,
        });
        println!("{value}");
        return;
    }
    shop.say(
        &format!(
            "封書 {number} を準備しました。{letters} 通（文面 {texts} 通り）、郵便の宛先もない方 {without} 名\n\
             確認用の番号: {hash}\n次に: preview で文面を確かめ、お二人がそれぞれ approve で承認してください"
        ),
        &format!(
            "letters {number} are planned: {letters} ({texts} texts), {without} persons without a postal address either\n\
             hash: {hash}\nnext: read the texts with `preview`, and let two persons approve them"
        ),
    );
    if *left > 0 {
        shop.say(
            &format!("{left} 名は、この事実では対象にならないか、次の便に入ります"),
            &format!("{left} are not concerned by these facts, or go into the next batch"),
        );
    }
}
