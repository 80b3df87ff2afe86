//! `dozo incident notify plan`: whom the facts concern, what each is told, and at which address ([`campaign`]).

use super::Which;
use crate::incident::{FACTS_BYTES_MAX, facts, history, in_japan, kept, pack::Recorded, text};
use ::incident::{Facts, History, Window};
use anyhow::Result;
use campaign::{Plan, Planned, USUAL, Wish};
use domain::IncidentId;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use store::Store;
use vault_api::Client;

/// What is planned.
#[derive(clap::Args)]
pub struct Options {
    /// The facts, as TOML or JSON (docs/incident/facts.md).
    #[arg(required_unless_present = "incident", conflicts_with = "incident")]
    facts: Option<PathBuf>,
    /// An incident of the shop: the facts of its version that was frozen last.
    #[arg(long)]
    incident: Option<IncidentId>,
    /// The records to apply them to, as `history` or `pack` wrote them. Absent: those of the shop's own, now.
    #[arg(long)]
    history: Option<PathBuf>,
    /// Mails a minute to each mail domain, as JSON; * stands for all others.
    #[arg(long, default_value = USUAL)]
    pace: String,
    /// Write also to whoever was told the same before.
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    which: Which,
}

/// Plans it.
///
/// # Errors
/// Where a file is not what it should be, a notice says what the facts do not bear, or nobody is concerned. A campaign whose
/// plan was broken off is forgotten by the next one.
pub fn run(options: &Options) -> Result<()> {
    let given = options
        .facts
        .as_deref()
        .map(|path| Ok::<_, anyhow::Error>((text(path, FACTS_BYTES_MAX)?, facts(path)?)));
    let given = given.transpose()?;
    let recorded = options.history.as_deref().map(Recorded::read).transpose()?;
    let planned = crate::up::visit::house(&options.which.shop.data, |store, vault| {
        let (raw, facts) = match (given, options.incident) {
            (Some(given), _) => given,
            (None, Some(id)) => kept::frozen(store, id)?,
            (None, None) => anyhow::bail!("say which facts: a file, or --incident"),
        };
        let recorded = match recorded {
            Some(recorded) => recorded,
            None => {
                let lines = history::write(store, Window { from: None, to: None }, Vec::new())?;
                Recorded::Lines(History::read(&lines[..])?)
            }
        };
        plan(options, (&raw, &facts), &recorded, (store, vault))
    })?;
    say(&planned, &options.which);
    Ok(())
}

fn plan(
    options: &Options,
    (raw, facts): (&str, &Facts),
    recorded: &Recorded,
    (store, vault): (&Store, &Client),
) -> Result<Planned> {
    let wish = Wish {
        facts,
        digest: Sha256::digest(raw.as_bytes()).into(),
        incident: options.incident,
        pace: &options.pace,
        again: options.again,
        today: in_japan(),
    };
    let plan = Plan::new(wish, &recorded.evaluate(facts)?, store)?;
    Ok(plan.write(vault, None, super::now_ms)?)
}

fn say(planned: &Planned, which: &Which) {
    let Planned { campaign, texts, notices, unreachable, before, strangers, .. } = planned;
    let hash = ::ledger::hex(&planned.hash);
    if which.shop.json {
        let value = json!({
            "campaign": campaign, "hash": hash.to_string(), "texts": texts, "notices": notices, "unreachable": unreachable,
            "told_before": before, "not_of_this_shop": strangers,
        });
        println!("{value}");
        return;
    }
    which.shop.say(
            &format!(
                "{campaign} を準備しました。お知らせ {notices} 通（文面 {texts} 通り）、宛先のない方 {unreachable} 名、\
                 同じ内容をお知らせ済みの方 {before} 名\n確認用の番号: {hash}\n\
                 次に: preview で文面を確かめ、お二人がそれぞれ approve で承認してください"
            ),
            &format!(
                "{campaign} is planned: {notices} notices ({texts} texts), {unreachable} persons without an address, \
                 {before} told the same before\nhash: {hash}\n\
                 next: read the texts with `preview`, and let two persons approve them"
            ),
        );
    if *strangers > 0 {
        which.shop.say(
            &format!("{strangers} 名は、この店の記録にない方です"),
            &format!("{strangers} persons of the records are none of this shop"),
        );
    }
}
