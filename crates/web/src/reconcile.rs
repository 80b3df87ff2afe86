//! The nightly comparison: the shop's orders and payments of a day beside what the processor has of it.
//!
//! What differs is first asked about (a lost webhook, a report that came late), then compared again: only what stays is
//! reported. A day that cannot be finished, because till or processor do not answer, stays open and is tried again; the
//! report is a row in the database, so that a restart changes nothing.

use crate::{App, checkout, view};
use domain::{
    OrderId, Yen,
    payment::RefundState,
    reconciliation::{Difference, OrderHere, PaymentThere, ReconciliationState, compare},
};
use jiff::{ToSpan, civil::Date};
use std::{
    collections::{BTreeMap, BTreeSet},
    thread::JoinHandle,
    time::Duration,
};
use store::{Millis, Span, reconciliation::Report};
use telemetry::{Counter, Life};
use till::{ListedItem, ListedQuery, ListedState, Listing};

/// How often the thread looks whether a day is to be compared.
const LOOK: Duration = Duration::from_secs(2);
/// When a day is tried again after the processor did not answer, in milliseconds.
const AGAIN_MS: i64 = 10 * 60 * 1000;
/// How many days back missed comparisons are made up for.
const DAYS_BACK: i64 = 7;
/// A payment that was begun on a day shows at the processor within this time, in milliseconds: the time to pay and the
/// processor's shortest page together.
const SHOWS_WITHIN_MS: i64 = 2 * 3_600_000;
/// The most orders that are asked about before the second comparison.
const ASKED_MAX: usize = 500;
/// How long the till's news are waited for after asking.
const NEWS: Duration = Duration::from_millis(1_500);
/// The most orders read in one go.
const READ_MAX: u32 = 500;
/// The most pages of 100 read of one list: half a million payments a day.
const PAGES_MAX: usize = 5_000;

/// Starts the thread; it ends with `life`.
///
/// # Errors
/// As the kernel says, where no thread can be made.
pub fn start(app: App, life: Life) -> std::io::Result<JoinHandle<()>> {
    let metrics = life.metrics();
    let accountant = Accountant {
        days: metrics.counter("web_reconciled_days", "Days whose books were compared with the processor's"),
        differences: metrics
            .counter("web_reconciliation_differences", "Differences found by these comparisons"),
        app,
        life,
    };
    std::thread::Builder::new().name("reconcile".into()).spawn(move || accountant.run())
}

/// Why a day could not be finished.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("till or processor does not answer")]
    Away,
    #[error(transparent)]
    Store(#[from] store::Error),
}

struct Accountant {
    app: App,
    life: Life,
    days: Counter,
    differences: Counter,
}

/// What the processor has of a day.
struct There {
    payments: Vec<PaymentThere>,
    disputes: Vec<(Option<OrderId>, Yen)>,
    refunds: u32,
    returned: Yen,
}

impl Accountant {
    fn run(&self) {
        while !self.life.sleep(LOOK) {
            if let Err(error) = self.look() {
                tracing::error!(why = %error, "the comparison of the books waits for the database");
            }
        }
    }

    fn look(&self) -> Result<(), store::Error> {
        let now = self.app.now_ms();
        let hour = self.app.config().reconcile_hour;
        let missed = self.app.store().read_blocking(move |tx| missed(tx, now, hour))?;
        if !missed.is_empty() {
            self.app.store().write_blocking(move |tx| begin(tx, &missed, now))?;
        }
        let due = self.app.store().read_blocking(move |tx| store::reconciliation::due(tx, now))?;
        let Some(due) = due else { return Ok(()) };
        let (report, differences) = match self.compare(due.day) {
            Ok(done) => done,
            Err(Trouble::Store(error)) => return Err(error),
            Err(Trouble::Away) => {
                tracing::warn!(day = %due.day, "the books could not be compared yet: the processor does not answer");
                let problem = Some("processor_away".to_owned());
                (Report { problem, ..Report::begun(due.day, now, now + AGAIN_MS) }, Vec::new())
            }
        };
        if report.state != ReconciliationState::Open {
            self.days.inc();
            self.differences.inc_by(differences.len() as u64);
            tracing::info!(day = %report.day, state = report.state.word(), differences = differences.len(),
                healed = report.healed, "books compared");
        }
        self.app.store().write_blocking(move |tx| store::reconciliation::put(tx, &report, &differences))
    }

    fn compare(&self, day: Date) -> Result<(Report, Vec<Difference>), Trouble> {
        let began = self.app.now_ms();
        let span = span_of(day);
        let opened = self.app.store().read_blocking(books_from)?;
        let ours = Span { from: span.from.max(opened), until: span.until };
        let there = self.there(span)?;
        let (here, orders) = self.here(ours, &there)?;
        let first = compare(&here, &there.payments, &there.disputes);
        let asked: BTreeSet<OrderId> = first.iter().filter_map(|d| d.order).take(ASKED_MAX).collect();
        let differences = if asked.is_empty() {
            first
        } else {
            for order in &asked {
                self.ask(*order)?;
            }
            // Other attempts of the same orders come with the till's news.
            self.life.sleep(NEWS);
            let there = self.there(span)?;
            let (here, _) = self.here(ours, &there)?;
            compare(&here, &there.payments, &there.disputes)
        };
        let still: BTreeSet<OrderId> = differences.iter().filter_map(|d| d.order).collect();
        let of_day = there.payments.iter().filter(|p| p.of_the_day);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let state = match differences.is_empty() {
            true => ReconciliationState::Well,
            false => ReconciliationState::Differs,
        };
        let report = Report {
            state,
            finished_at: Some(self.app.now_ms()),
            next_at: None,
            orders,
            payments: count(of_day.clone().count()),
            refunds: there.refunds,
            disputes: count(there.disputes.len()),
            healed: count(asked.difference(&still).count()),
            taken: of_day.map(|p| p.received).sum(),
            returned: there.returned,
            ..Report::begun(day, began, began)
        };
        Ok((report, differences))
    }

    /// Everything that the processor has of the day, and the payments of the hours after it.
    fn there(&self, day: Span) -> Result<There, Trouble> {
        let mut payments = Vec::new();
        self.list(Listing::Payments, day.from, day.until + SHOWS_WITHIN_MS, |item| {
            if let ListedState::Payment(state) = item.state {
                payments.push(PaymentThere {
                    order: item.order.map(OrderId),
                    attempt: item.attempt,
                    state,
                    received: item.amount,
                    refunded: item.refunded,
                    of_the_day: item.at_s.saturating_mul(1000) < day.until,
                });
            }
        })?;
        let (mut refunds, mut returned) = (0, Yen::ZERO);
        self.list(Listing::Refunds, day.from, day.until, |item| {
            refunds += 1;
            if item.state == ListedState::Refund(RefundState::Succeeded) {
                returned = returned.checked_add(item.amount).unwrap_or(returned);
            }
        })?;
        let mut disputes = Vec::new();
        self.list(Listing::Disputes, day.from, day.until, |item| {
            disputes.push((item.order.map(OrderId), item.amount));
        })?;
        Ok(There { payments, disputes, refunds, returned })
    }

    fn list(
        &self,
        what: Listing,
        from: Millis,
        until: Millis,
        mut take: impl FnMut(ListedItem),
    ) -> Result<(), Trouble> {
        let mut query = ListedQuery { what, from_s: from / 1000, until_s: until / 1000, after: None };
        for _ in 0..PAGES_MAX {
            if self.life.is_stopping() {
                return Err(Trouble::Away);
            }
            let page = self.app.till().blocking().listed(&query).map_err(|_| Trouble::Away)?;
            page.items.into_iter().for_each(&mut take);
            if page.next.is_none() {
                return Ok(());
            }
            query.after = page.next;
        }
        Err(Trouble::Away)
    }

    /// The orders of the day and those that the processor names; and how many were of the day.
    fn here(&self, day: Span, there: &There) -> Result<(BTreeMap<OrderId, OrderHere>, u32), Trouble> {
        let mut ids = BTreeSet::new();
        let mut after = None;
        loop {
            let some = self
                .app
                .store()
                .read_blocking(move |tx| store::reconciliation::orders(tx, day, after, READ_MAX))?;
            after = some.last().copied();
            ids.extend(some);
            if after.is_none() {
                break;
            }
        }
        let orders = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        ids.extend(there.payments.iter().filter_map(|p| p.order));
        ids.extend(there.disputes.iter().filter_map(|d| d.0));
        let all: Vec<OrderId> = ids.into_iter().collect();
        let mut here = BTreeMap::new();
        for some in all.chunks(READ_MAX as usize) {
            let read = self.app.store().read_blocking(|tx| {
                let found = some.iter().map(|id| Ok((*id, store::reconciliation::order_here(tx, *id, day)?)));
                found.collect::<Result<Vec<_>, store::Error>>()
            })?;
            here.extend(read.into_iter().filter_map(|(id, order)| Some((id, order?))));
        }
        Ok((here, orders))
    }

    /// Asks the till about an order anew and applies what it says. One that the till or this shop does not know stays
    /// a difference.
    fn ask(&self, order: OrderId) -> Result<(), Trouble> {
        let seen = match self.app.till().blocking().retrieve(order.0) {
            Ok(seen) => seen,
            Err(till::TillError::UnknownOrder) => return Ok(()),
            Err(_) => return Err(Trouble::Away),
        };
        let (report, now) = (checkout::report(&seen), self.app.now_ms());
        match self.app.store().write_blocking(move |tx| store::payment::apply(tx, &report, now)) {
            Ok(_) | Err(store::Error::NotFound(_) | store::Error::Refused(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Which days are to be compared that nobody has begun: yesterday, once the hour has come, and days since the newest
/// report.
fn missed(tx: &mut store::Tx<'_>, now: Millis, hour: u8) -> Result<Vec<Date>, store::Error> {
    let at = view::in_japan(now);
    if at.hour() < i8::try_from(hour).unwrap_or(0) {
        return Ok(Vec::new());
    }
    let yesterday = at.date().saturating_sub(1.day());
    if store::reconciliation::get(tx, yesterday)?.is_some() {
        return Ok(Vec::new());
    }
    let newest = store::reconciliation::list(tx, 1)?.first().map(|r| r.day);
    let back = (1..=DAYS_BACK).map(|n| at.date().saturating_sub(n.days()));
    Ok(back.filter(|day| *day == yesterday || newest.is_some_and(|newest| *day > newest)).collect())
}

/// Writes down that these days are to be compared now: the thread takes them one after the other.
///
/// # Errors
/// As the database.
pub fn begin(tx: &mut store::Tx<'_>, days: &[Date], now: Millis) -> Result<(), store::Error> {
    days.iter().try_for_each(|day| store::reconciliation::put(tx, &Report::begun(*day, now, now), &[]))
}

/// From when on orders are in the processor's books: always, but for a shop that brought orders in from elsewhere.
fn books_from(tx: &mut store::Tx<'_>) -> Result<Millis, store::Error> {
    let text = store::meta::get(tx, store::meta::BOOKS_FROM)?;
    Ok(text.and_then(|t| t.parse().ok()).unwrap_or(Millis::MIN))
}

/// A day in Japan, from midnight to midnight. Japan has no summer time.
pub fn span_of(day: Date) -> Span {
    const DAY_MS: Millis = 24 * 3_600_000;
    let midnight = day.to_zoned(view::japan()).map_or(0, |at| at.timestamp().as_millisecond());
    Span { from: midnight, until: midnight + DAY_MS }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_in_japan() {
        let day = span_of(jiff::civil::date(2026, 11, 25));
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        assert_eq!(day, Span { from: at("2026-11-24T15:00:00Z"), until: at("2026-11-25T15:00:00Z") });
    }

    #[test]
    fn yesterday_and_missed_days_are_planned_once_and_not_before_their_hour() {
        let dir = tempfile::tempdir().unwrap();
        let store = store::Store::open(&store::Url::Sqlite(dir.path().join("shop.db"))).unwrap();
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let plan_at = |text: &str| {
            let now = at(text);
            let days = store.read_blocking(|tx| missed(tx, now, 4)).unwrap();
            store.write_blocking(move |tx| begin(tx, &days, now)).unwrap();
            let days = store.read_blocking(|tx| store::reconciliation::list(tx, 20)).unwrap();
            days.iter().map(|r| r.day.to_string()).collect::<Vec<_>>()
        };
        assert!(plan_at("2026-11-24T18:59:00Z").is_empty(), "03:59 in Japan");
        assert_eq!(plan_at("2026-11-24T19:00:00Z"), ["2026-11-24"]);
        assert_eq!(plan_at("2026-11-24T19:00:02Z"), ["2026-11-24"], "and no days before the shop began");
        let after_a_rest = plan_at("2026-11-27T19:00:00Z");
        assert_eq!(after_a_rest, ["2026-11-27", "2026-11-26", "2026-11-25", "2026-11-24"]);
    }
}
