//! Letters: batches that two persons approved become a file for the printer and a posting list, which lie in post's own folder,
//! readable to its user alone, until the letters are posted.
//!
//! All addresses of a batch are opened one part after the other, are in memory while the file is made, and stand in the
//! file; nothing else keeps them. Whoever dies in the middle leaves the batch to be made again: nothing was posted.

mod files;
mod make;

pub use files::{KEPT_DAYS, name_of};
pub use make::{Printed, Printer};

use crate::run::now_ms;
use ::letters::Envelope;
use domain::letter::BatchState;
use files::Files;
use std::{collections::HashMap, path::PathBuf, time::Duration};
use store::{Store, letter};
use telemetry::{Counter, Life};
use uuid::Uuid;

/// How often it is looked for a batch to be made, and for files to be removed.
const POLL: Duration = Duration::from_secs(1);
/// How long one is left alone that could not be made.
const AGAIN: Duration = Duration::from_secs(20);

/// Where files go, and which envelopes the shop has.
pub struct Config {
    /// The folder: made where it is not there.
    pub folder: PathBuf,
    /// The envelope.
    pub envelope: Envelope,
}

/// Makes what is to be made, and removes what is not needed any more.
pub(crate) struct Press {
    store: Store,
    config: Config,
    made: Counter,
    unfit: Counter,
}

impl Press {
    pub(crate) fn new(store: Store, config: Config, life: &Life) -> Press {
        let counter = |name, help| life.metrics().counter(name, help);
        let made = counter("letters_made", "Letters put into files");
        let unfit = counter("letters_unfit", "Letters that cannot be printed");
        Press { store, config, made, unfit }
    }

    /// Works until told to stop. What is in the way is told once, and tried again.
    pub(crate) fn work(&self, opener: &vault_api::Client, life: &Life) {
        let mut rests: HashMap<Uuid, (&'static str, i64)> = HashMap::new();
        let stopping = || life.is_stopping();
        let printer = Printer {
            store: &self.store,
            opener,
            config: &self.config,
            now_ms: &now_ms,
            stopping: &stopping,
        };
        loop {
            let waiting = self.store.read_blocking(|tx| letter::of_state(tx, BatchState::Making));
            for batch in waiting.unwrap_or_default() {
                if rests.get(&batch.id).is_some_and(|(_, until)| now_ms() < *until) {
                    continue;
                }
                match printer.make(&batch) {
                    Ok(Printed { letters, unfit, sheets }) => {
                        self.made.inc_by(u64::from(letters));
                        self.unfit.inc_by(u64::from(unfit));
                        rests.remove(&batch.id);
                        tracing::info!(
                            batch = batch.number,
                            letters,
                            unfit,
                            sheets,
                            "letters are ready to be printed"
                        );
                    }
                    Err(trouble) => {
                        let word = trouble.word();
                        let until = now_ms() + i64::try_from(AGAIN.as_millis()).unwrap_or_default();
                        if rests.insert(batch.id, (word, until)).is_none_or(|(told, _)| told != word) {
                            tracing::error!(batch = batch.number, %trouble, "letters cannot be made");
                            let noted =
                                self.store.write_blocking(move |tx| letter::trouble(tx, batch.id, word));
                            noted.unwrap_or_else(|error| tracing::error!(%error, "that letters cannot be made could not be noted"));
                        }
                    }
                }
            }
            self.tidy();
            if life.sleep(POLL) {
                return;
            }
        }
    }

    /// Removes files of letters that were posted or given up, or that lay too long.
    fn tidy(&self) {
        let before = now_ms() - i64::from(KEPT_DAYS) * 86_400_000;
        let stale = self.store.read_blocking(move |tx| letter::stale(tx, before)).unwrap_or_default();
        let files = Files::of(&self.config.folder);
        for batch in stale {
            if let Err(error) = files.remove(batch.number) {
                tracing::error!(batch = batch.number, %error, "files of letters cannot be removed");
                continue;
            }
            let done = self.store.write_blocking(move |tx| letter::removed(tx, batch.id, now_ms()));
            match done {
                Ok(()) => tracing::info!(batch = batch.number, "files of letters are removed"),
                Err(error) => {
                    tracing::error!(batch = batch.number, %error, "it could not be noted that files are removed")
                }
            }
        }
    }
}
