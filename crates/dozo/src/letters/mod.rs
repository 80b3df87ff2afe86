//! `dozo letters`: notices on paper, to those whom no mail reaches. Planned from facts and records, approved by two persons at the
//! vault, made by the running shop's `post`; what people do with paper is noted here.

mod plan;
mod show;

use crate::{
    approved::{Approve, Shop, ensure_approved, told},
    up::visit,
};
use anyhow::{Context, Result, ensure};
use clap::Subcommand;
use domain::letter::{BatchEvent, BatchState, LetterReturn};
use store::{
    Store,
    letter::{self, Batch, each},
};

/// What `dozo letters` is told.
#[derive(Subcommand)]
pub enum Command {
    /// Settle who gets a letter, what it says, and to which address: whoever a campaign did not reach. Nothing is printed.
    Plan(plan::Options),
    /// Print what the letters of a batch say.
    Preview(Which),
    /// Approve a batch as one who works here: password and code are asked for.
    Approve(Approve<Which>),
    /// Make the file and the posting list, once two have approved it; or make them anew.
    Make(Which),
    /// Note that a batch is printed.
    Printed(Which),
    /// Note that a batch is with the post. Its files are removed.
    Posted(Which),
    /// Note that letters came back.
    Returned(Returned),
    /// Give a batch up: its letters go into the next one.
    Drop(Which),
    /// Say how a batch stands, and where its files are.
    Status(Which),
    /// List the letters of a batch, one a line: number, person, state, sheets, why not.
    List(show::List),
}

/// Which batch.
#[derive(clap::Args)]
pub struct Which {
    /// Its number. Absent: the newest.
    batch: Option<u32>,
    #[command(flatten)]
    shop: Shop,
}

/// Which letters came back.
#[derive(clap::Args)]
pub struct Returned {
    /// Their numbers, as they stand at the foot of each sheet and in the posting list.
    #[arg(long, value_delimiter = ',', required = true)]
    numbers: Vec<u32>,
    /// As the post marks it: unknown, moved, refused, unclaimed, other.
    #[arg(long, value_parser = reason)]
    reason: LetterReturn,
    #[command(flatten)]
    which: Which,
}

fn reason(word: &str) -> Result<LetterReturn, String> {
    let all: Vec<&str> = LetterReturn::ALL.iter().map(|reason| reason.word()).collect();
    word.parse().map_err(|_| format!("the reasons are {}", all.join(", ")))
}

/// Does what it is told.
///
/// # Errors
/// One line that says what is in the way.
pub fn run(command: &Command) -> Result<()> {
    match command {
        Command::Plan(options) => plan::run(options),
        Command::Preview(which) => show::preview(which),
        Command::Approve(options) => approve(options),
        Command::Make(which) => make(which),
        Command::Printed(which) => step(which, BatchEvent::Print),
        Command::Posted(which) => step(which, BatchEvent::Post),
        Command::Returned(options) => returned(options),
        Command::Drop(which) => give_up(which),
        Command::Status(which) => show::status(which),
        Command::List(options) => show::list(options),
    }
}

impl Which {
    /// The batch that is meant.
    fn find(&self, store: &Store) -> Result<Batch> {
        let mut all = store.read_blocking(|tx| letter::list(tx, u32::MAX))?.into_iter();
        match self.batch {
            Some(number) => {
                all.find(|b| b.number == number).with_context(|| format!("there is no batch {number}"))
            }
            None => all.next().context("there are no letters yet: begin with `dozo letters plan`"),
        }
    }
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

fn approve(options: &Approve<Which>) -> Result<()> {
    let which = &options.which;
    let next = ("make で印刷用のファイルを作れます", "`make` makes its file");
    options.approval.give(&which.shop, |store| Ok(which.find(store)?.id), "batch", next)
}

/// From here on `post` makes it.
fn make(which: &Which) -> Result<()> {
    let made = visit::house(&which.shop.data, |store, vault| {
        let found = which.find(store)?;
        ensure_approved(vault, found.id, "dozo letters approve")?;
        Ok(store.write_blocking(move |tx| letter::step(tx, found.id, BatchEvent::Make, None, now_ms()))?)
    })?;
    show::say_state(which, &made);
    Ok(())
}

fn step(which: &Which, event: BatchEvent) -> Result<()> {
    let store = which.shop.store()?;
    let found = which.find(&store)?;
    let stepped = store.write_blocking(move |tx| letter::step(tx, found.id, event, None, now_ms()))?;
    show::say_state(which, &stepped);
    Ok(())
}

/// Nothing of it is opened any more, and its letters are free for another batch.
fn give_up(which: &Which) -> Result<()> {
    let dropped = visit::house(&which.shop.data, |store, vault| {
        let found = which.find(store)?;
        let id = found.id;
        let dropped =
            store.write_blocking(move |tx| letter::step(tx, id, BatchEvent::Drop, None, now_ms()))?;
        vault.campaign_end(None, id).map_err(told)?;
        Ok(dropped)
    })?;
    show::say_state(which, &dropped);
    Ok(())
}

fn returned(options: &Returned) -> Result<()> {
    let which = &options.which;
    let store = which.shop.store()?;
    let batch = which.find(&store)?;
    ensure!(
        batch.state == BatchState::Posted,
        "batch {} is not with the post: `dozo letters posted` first",
        batch.number
    );
    let (id, numbers, why) = (batch.id, options.numbers.clone(), options.reason);
    store.write_blocking(move |tx| {
        let one = |number: &u32| each::returned(tx, id, *number, why, None, now_ms()).map(drop);
        numbers.iter().try_for_each(one)
    })?;
    let count = options.numbers.len();
    which.shop.say(&format!("{count} 通が戻ったことを記録しました"), &format!("{count} letters came back"));
    Ok(())
}
