//! `dozo incident notify`: the notices of an incident go out. Planned from facts and records, approved by two persons at the
//! vault, sent by the running shop's `post`, listed one by one.

mod plan;
mod show;

use crate::approved::{Approve, Shop, ensure_approved, told};
use anyhow::{Context, Result};
use clap::Subcommand;
use domain::notice::{CampaignEvent, CampaignState};
use store::{
    Store,
    campaign::{self, Campaign},
};
use uuid::Uuid;

/// What `dozo incident notify` is told.
#[derive(Subcommand)]
pub enum Command {
    /// Settle whom the facts concern, what each is told, and at which address: nothing is sent.
    Plan(plan::Options),
    /// Print what one person is told.
    Preview(show::Preview),
    /// Approve a campaign as one who works here: password and code are asked for.
    Approve(Approve<Which>),
    /// Send it, once two have approved it.
    Send(Which),
    /// Let it wait. What is in a server's hands is finished.
    Pause(Which),
    /// Go on.
    Resume(Which),
    /// End it for good: nothing that was not sent goes out any more.
    Stop(Which),
    /// Say how it stands.
    Status(show::Status),
    /// List notices in one state: those in doubt, those without a mail address, …
    List(show::List),
    /// List whom nothing reaches: no mail, and no letter.
    Unreachable(Which),
    /// Send notices again that were in doubt or refused, after somebody has looked into them.
    Again(Again),
}

/// Which campaign.
#[derive(clap::Args)]
pub struct Which {
    /// Its id, or the beginning of it. Absent: the newest.
    campaign: Option<String>,
    #[command(flatten)]
    shop: Shop,
}

/// Which notices.
#[derive(clap::Args)]
pub struct Again {
    /// Their ids, as `list` printed them.
    #[arg(required = true)]
    notices: Vec<Uuid>,
    #[command(flatten)]
    which: Which,
}

/// Does what it is told.
///
/// # Errors
/// One line that says what is in the way.
pub fn run(command: &Command) -> Result<()> {
    match command {
        Command::Plan(options) => plan::run(options),
        Command::Preview(options) => show::preview(options),
        Command::Approve(options) => approve(options),
        Command::Send(which) | Command::Resume(which) => send(which),
        Command::Pause(which) => step(which, CampaignEvent::Pause),
        Command::Stop(which) => stop(which),
        Command::Status(options) => show::status(options),
        Command::List(options) => show::list(options),
        Command::Unreachable(which) => show::unreachable(which),
        Command::Again(options) => again(options),
    }
}

impl Which {
    /// The campaign that is meant.
    fn find(&self, store: &Store) -> Result<Campaign> {
        let all = store.read_blocking(|tx| campaign::list(tx, u32::MAX))?;
        let Some(wanted) = &self.campaign else {
            return all
                .into_iter()
                .next()
                .context("there is no campaign: begin with `dozo incident notify plan`");
        };
        let wanted = wanted.to_lowercase();
        let mut fitting = all.into_iter().filter(|c| c.id.to_string().starts_with(&wanted));
        match (fitting.next(), fitting.next()) {
            (Some(one), None) => Ok(one),
            (None, _) => anyhow::bail!("no campaign has an id that begins with {wanted}"),
            _ => anyhow::bail!("several campaigns have an id that begins with {wanted}: write more of it"),
        }
    }
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

fn approve(options: &Approve<Which>) -> Result<()> {
    let which = &options.which;
    let next = ("send で送れます", "it can be sent");
    options.approval.give(&which.shop, |store| Ok(which.find(store)?.id), "campaign", next)
}

/// From here on `post` sends it.
fn send(which: &Which) -> Result<()> {
    let settled = crate::up::visit::house(&which.shop.data, |store, vault| {
        let found = which.find(store)?;
        ensure_approved(vault, found.id, "dozo incident notify approve")?;
        Ok(store.write_blocking(move |tx| campaign::step(tx, found.id, CampaignEvent::Send, now_ms()))?)
    })?;
    say_state(which, &settled);
    Ok(())
}

fn step(which: &Which, event: CampaignEvent) -> Result<()> {
    let store = which.shop.store()?;
    let found = which.find(&store)?;
    let stepped = store.write_blocking(move |tx| campaign::step(tx, found.id, event, now_ms()))?;
    say_state(which, &stepped);
    Ok(())
}

fn stop(which: &Which) -> Result<()> {
    let found = crate::up::visit::house(&which.shop.data, |store, vault| {
        let found = which.find(store)?;
        if found.state == CampaignState::Sending {
            let id = found.id;
            store.write_blocking(move |tx| campaign::step(tx, id, CampaignEvent::Pause, now_ms()))?;
        }
        vault.campaign_end(None, found.id).map_err(told)?;
        Ok(found)
    })?;
    which.shop.say(
        &format!("{} を終えました。まだ送っていないお知らせは、もう送られません", found.id),
        &format!("{} is ended: what was not sent goes out no more", found.id),
    );
    Ok(())
}

fn again(options: &Again) -> Result<()> {
    let store = options.which.shop.store()?;
    let campaign = options.which.find(&store)?.id;
    let ids = options.notices.clone();
    let count = ids.len();
    store.write_blocking(move |tx| campaign::send_again(tx, campaign, &ids, now_ms()))?;
    options
        .which
        .shop
        .say(&format!("{count} 通をもう一度お送りします"), &format!("{count} notices are to be sent again"));
    Ok(())
}

fn say_state(which: &Which, campaign: &Campaign) {
    if which.shop.json {
        println!("{}", serde_json::json!({ "campaign": campaign.id, "state": campaign.state }));
        return;
    }
    let (ja, en) = match campaign.state {
        CampaignState::Planning => ("準備中です", "being planned"),
        CampaignState::Settled => ("承認をお待ちしています", "waits for approvals"),
        CampaignState::Sending => {
            ("送信しています。様子は status で確かめられます", "is being sent; `status` shows how far it is")
        }
        CampaignState::Paused => ("止めています。resume で続きを送ります", "waits; `resume` goes on"),
        CampaignState::Done => ("すべて終わりました", "done"),
    };
    which.shop.say(&format!("{}: {ja}", campaign.id), &format!("{}: {en}", campaign.id));
}
