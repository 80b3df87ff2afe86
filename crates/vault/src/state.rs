//! How the vault is, in facts: its ledger, its clock, store and ledger of one time, the freeze.
//!
//! A backup brings store and ledger back together or not. So the store keeps, every minute, how far the ledger was; at
//! the next start the two are compared.

use crate::{
    clock::{DAY_MS, MINUTE_MS, SECOND_MS},
    house::{Asked, Done, House},
    ledger::Ledger,
    store::{MARKS, Store},
};
use ::ledger::Opened;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use vault_api::{CapToken, LedgerHealth, Response, VaultState};

/// A clock that is corrected by less is no clock set back.
const CLOCK_TOLERANCE_MS: i64 = 2 * SECOND_MS;
/// The store is behind the ledger by no more than this where both are of one time.
const APART_MS_MAX: i64 = 10 * MINUTE_MS;
/// For how long it is said that it was not so.
const SAID_MS: i64 = 7 * DAY_MS;
/// Keys of what is kept.
const MARK: &[u8] = b"log";
const OLDER: &[u8] = b"older";

/// How far the ledger was.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// Which log.
    pub(crate) log: u32,
    /// How many entries it had.
    pub(crate) size: u64,
    at_ms: i64,
}

impl Mark {
    /// What the store knows; the beginning of all where it knows nothing.
    pub(crate) fn read(store: &Store) -> Result<Mark, redb::Error> {
        Ok(store.get(MARKS, MARK)?.unwrap_or_default())
    }
}

/// What is remembered to tell how the vault is.
pub(crate) struct Signs {
    /// The latest time seen.
    latest_ms: AtomicI64,
    /// The last number marked.
    marked: AtomicU64,
    /// When the store was found older than the ledger.
    older_at_ms: Option<i64>,
}

impl Signs {
    /// Compares what the store knows of the ledger with its end, before anything is written.
    pub(crate) fn read(
        store: &Store,
        ledger: &Ledger,
        end: &Opened,
        now_ms: i64,
    ) -> Result<Signs, redb::Error> {
        let mark = store.get::<Mark>(MARKS, MARK)?;
        let behind = |mark: Mark| mark.log != ledger.number() || end.size > mark.size;
        if mark.is_some_and(|mark| behind(mark) && end.time_ms - mark.at_ms > APART_MS_MAX) {
            store.write(|tx| tx.put(MARKS, OLDER, &now_ms))?;
            tracing::error!("the vault's store is older than its ledger: was it restored alone?");
        }
        let older_at_ms = store.get::<i64>(MARKS, OLDER)?;
        let latest_ms = AtomicI64::new(end.time_ms.max(now_ms));
        Ok(Signs { latest_ms, marked: AtomicU64::new(0), older_at_ms })
    }
}

impl House {
    pub(crate) fn state(&self, asked: Asked) -> Done {
        let (ok, ledger_seq) = self.ledger.health();
        let ledger = match ok {
            true => LedgerHealth::Fine,
            false if self.ledger.is_broken() => LedgerHealth::Broken,
            false => LedgerHealth::Full,
        };
        let behind = self.signs.latest_ms.fetch_max(asked.now_ms, Ordering::SeqCst) - asked.now_ms;
        Ok(Response::State(VaultState {
            ledger,
            ledger_seq,
            clock_behind_ms: if behind > CLOCK_TOLERANCE_MS { behind } else { 0 },
            store_older: self.signs.older_at_ms.is_some_and(|at_ms| asked.now_ms - at_ms < SAID_MS),
            witness_away: self.witnesses.health(asked.now_ms).exports_stop,
            frozen: self.freeze(),
            mails_held: self.mails.held(asked.now_ms),
        }))
    }

    /// Notes how far the ledger is, where it went on, and how large the shop is.
    pub(crate) fn mark(&self) -> anyhow::Result<()> {
        let (_, size) = self.ledger.health();
        if self.signs.marked.swap(size, Ordering::SeqCst) != size {
            let now_ms = self.clock.now_ms();
            let mark = Mark { log: self.ledger.number(), size, at_ms: now_ms };
            self.store.write(|tx| tx.put(MARKS, MARK, &mark).and(self.mails.keep(tx, now_ms)))?;
        }
        Ok(())
    }

    /// What a staff member has left of the hour's budget.
    pub(crate) fn budget_left(&self, asked: Asked, token: &CapToken) -> Done {
        let (_, staff) = self.staff_cap(asked, token)?;
        Ok(Response::BudgetLeft(self.budgets.left(staff, asked.now_ms)))
    }
}
