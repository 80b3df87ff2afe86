//! What is true afterwards, counted in the books themselves: the shop's database, the processor, the mailbox, the
//! ledger.

use super::buyer::Told;
use crate::journey::Pay;
use anyhow::{Context, Result, ensure};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use store::{
    Store,
    order::{self, WholeOrder},
};
use testkit::{Dozo, http::agent};

/// How long money, orders and mails may take to agree once everything works again.
const SETTLE: Duration = Duration::from_secs(60);
/// A page of the list of orders.
const PAGE: u32 = 100;

/// The books before the drill.
pub struct Before {
    orders: BTreeSet<String>,
    stock: BTreeMap<String, (u32, u32)>,
}

/// What was counted.
#[derive(Debug, Default)]
pub struct Count {
    /// Orders placed meanwhile.
    pub orders: usize,
    /// Of these, confirmed.
    pub confirmed: usize,
    /// Paid at the processor.
    pub paid: usize,
    /// Mails that the outbox says were sent.
    pub mails_sent: usize,
    /// Mails of which nobody knows, and it is written down.
    pub mails_in_doubt: usize,
    /// Entries of the ledger.
    pub ledger_entries: u64,
    /// What does not agree.
    pub problems: Vec<String>,
}

/// The books of a shop.
pub struct Books<'s> {
    /// The shop itself.
    pub shop: &'s Dozo,
    /// Its database.
    pub store: &'s Store,
}

impl Books<'_> {
    /// Notes how things stand.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn before(&self) -> Result<Before> {
        let orders = self.orders()?.into_iter().map(|o| o.order.id.to_string()).collect();
        Ok(Before { orders, stock: self.stock()? })
    }

    /// Waits until everything that moves by itself has come to rest, then counts.
    ///
    /// # Errors
    /// Where the books cannot be read.
    pub fn after(&self, before: &Before, told: &[Told]) -> Result<Count> {
        let end = Instant::now() + SETTLE;
        loop {
            // A book that cannot be read now may be one that is just being opened again.
            let counted = self.count(before, told);
            let at_rest = counted.as_ref().is_ok_and(|count| count.problems.is_empty());
            if at_rest || Instant::now() > end {
                return counted;
            }
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    fn count(&self, before: &Before, told: &[Told]) -> Result<Count> {
        let mut count = Count::default();
        let mut new = self.orders()?;
        new.retain(|o| !before.orders.contains(&o.order.id.to_string()));
        self.compare_orders(&new, told, &mut count);
        self.compare_money(&new, told, &mut count)?;
        self.compare_stock(before, &new, &mut count)?;
        self.compare_mails(&new, &mut count)?;
        check_ledger(&self.shop.data().join("vault/ledger/1"), &mut count)?;
        Ok(count)
    }

    fn compare_orders(&self, new: &[WholeOrder], told: &[Told], count: &mut Count) {
        count.orders = new.len();
        let placed: BTreeSet<String> = new.iter().map(|o| o.order.id.to_string()).collect();
        let of: BTreeSet<String> = told.iter().map(|t| t.order.clone()).collect();
        let Count { problems, .. } = count;
        problems.extend(of.difference(&placed).map(|id| format!("order {id} was told of and is not there")));
        problems.extend(placed.difference(&of).map(|id| format!("order {id} is there and nobody was told")));
        let mut numbers = BTreeSet::new();
        for o in new {
            if !numbers.insert(&o.order.number) {
                problems.push(format!("number {} twice", o.order.number));
            }
        }
    }

    fn compare_money(&self, new: &[WholeOrder], told: &[Told], count: &mut Count) -> Result<()> {
        let paid = self.paid_at_processor()?;
        for o in new {
            let id = o.order.id.to_string();
            let state = o.order.state.word();
            let amounts = paid.get(&id).cloned().unwrap_or_default();
            let said = told.iter().find(|t| t.order == id);
            count.confirmed += usize::from(state == "confirmed");
            count.paid += usize::from(!amounts.is_empty());
            if amounts.len() > 1 {
                count.problems.push(format!("order {id} was paid {} times", amounts.len()));
            }
            if amounts.iter().any(|a| *a != o.order.total.get()) {
                count.problems.push(format!("order {id}: {amounts:?} paid, {} owed", o.order.total));
            }
            let cash = said.is_some_and(|t| t.pay == Pay::Cash);
            if (cash || !amounts.is_empty()) && state != "confirmed" {
                count.problems.push(format!("order {id} is paid or to be paid in cash, and {state}"));
            }
            if said.is_some_and(|t| t.paid) && amounts.is_empty() {
                count.problems.push(format!("order {id} was told to be paid and is not"));
            }
        }
        let ours: BTreeSet<String> = self.orders()?.iter().map(|o| o.order.id.to_string()).collect();
        let strays = paid.keys().filter(|id| !ours.contains(*id));
        count.problems.extend(strays.map(|id| format!("paid without an order: {id}")));
        Ok(())
    }

    fn compare_stock(&self, before: &Before, new: &[WholeOrder], count: &mut Count) -> Result<()> {
        let mut wanted = before.stock.clone();
        for o in new.iter().filter(|o| o.order.state.word() != "canceled") {
            for line in o.recipients.iter().flat_map(|r| &r.lines) {
                wanted.entry(line.variant.to_string()).or_default().1 += line.quantity;
            }
        }
        for (variant, level) in self.stock()? {
            let wanted = wanted.get(&variant).copied().unwrap_or_default();
            if level != wanted {
                count.problems.push(format!("stock of {variant}: {level:?}, by the orders {wanted:?}"));
            }
            if level.1 > level.0 {
                count.problems.push(format!("{variant} is oversold: {level:?}"));
            }
        }
        Ok(())
    }

    fn compare_mails(&self, new: &[WholeOrder], count: &mut Count) -> Result<()> {
        let kept = kept_mails(&self.shop.data().join("mailbox"))?;
        for m in new.iter().flat_map(|o| &o.messages) {
            let copies = kept.get(&m.id.0.simple().to_string()).copied().unwrap_or(0);
            let (state, kind) = (m.state.word(), m.kind.word());
            match (state, copies) {
                ("sent", 1) => count.mails_sent += 1,
                ("unknown", 0 | 1) => count.mails_in_doubt += 1,
                _ => count.problems.push(format!("mail {kind} {}: {state}, {copies} copies", m.id)),
            }
        }
        Ok(())
    }

    fn orders(&self) -> Result<Vec<WholeOrder>> {
        let mut all = Vec::new();
        let mut after = None;
        loop {
            // The demo's past lies behind: only what was placed today counts.
            let placed = store::Span { from: now_ms() - 12 * 3_600_000, until: i64::MAX };
            let filter = order::Filter { placed, after, limit: PAGE, ..order::Filter::default() };
            let page = self.read(move |tx| {
                let orders = order::list(tx, &filter)?;
                orders.into_iter().map(|o| order::whole(tx, o.id)).collect::<Result<Vec<_>, store::Error>>()
            })?;
            let page: Vec<WholeOrder> = page.into_iter().flatten().collect();
            let Some(last) = page.last() else { return Ok(all) };
            after = Some((last.order.placed_at, last.order.id));
            all.extend(page);
        }
    }

    /// On hand and reserved, by variant.
    fn stock(&self) -> Result<BTreeMap<String, (u32, u32)>> {
        self.read(|tx| {
            let mut all = BTreeMap::new();
            for product in store::product::all(tx)? {
                for v in store::product::variants(tx, product.id)? {
                    all.insert(v.variant.id.to_string(), (v.stock.on_hand, v.stock.reserved));
                }
            }
            Ok(all)
        })
    }

    fn read<T: Send + 'static>(
        &self,
        f: impl Fn(&mut store::Tx<'_>) -> Result<T, store::Error> + Send + 'static,
    ) -> Result<T> {
        Ok(self.store.read_blocking(f)?)
    }

    /// Amounts of the paid pages at the processor, by order.
    fn paid_at_processor(&self) -> Result<HashMap<String, Vec<i64>>> {
        let key = std::fs::read_to_string(self.shop.data().join("sandbox/processor.key"))?;
        let origin = self.shop.address("sandbox").trim_end_matches("/dashboard").to_owned();
        let mut paid: HashMap<String, Vec<i64>> = HashMap::new();
        let mut after = String::new();
        loop {
            let url = format!("{origin}/v1/checkout/sessions?limit=100{after}");
            let mut answer =
                agent().get(&url).header("authorization", format!("Bearer {}", key.trim())).call()?;
            ensure!(answer.status() == 200, "the processor's list: {}", answer.status());
            let list: serde_json::Value = serde_json::from_str(&answer.body_mut().read_to_string()?)?;
            let page = list["data"].as_array().context("no list")?;
            for session in page.iter().filter(|s| s["payment_status"] == "paid") {
                let order = session["client_reference_id"].as_str().unwrap_or_default().to_owned();
                paid.entry(order).or_default().push(session["amount_total"].as_i64().unwrap_or_default());
            }
            match page.last().and_then(|s| s["id"].as_str()).filter(|_| list["has_more"] == true) {
                Some(id) => after = format!("&starting_after={id}"),
                None => return Ok(paid),
            }
        }
    }
}

/// How many mails there are of each message, by the id in their Message-ID.
fn kept_mails(folder: &Path) -> Result<HashMap<String, usize>> {
    let mut kept = HashMap::new();
    for file in std::fs::read_dir(folder)? {
        let path = file?.path();
        if path.extension().is_none_or(|e| e != "eml") {
            continue;
        }
        let mail = String::from_utf8_lossy(&std::fs::read(&path)?).to_lowercase();
        let id = mail
            .lines()
            .find_map(|l| l.strip_prefix("message-id:")?.trim().strip_prefix('<')?.split('@').next());
        *kept.entry(id.unwrap_or_default().to_owned()).or_default() += 1;
    }
    Ok(kept)
}

/// Every entry of the ledger, its tree and what was signed of it.
fn check_ledger(path: &Path, count: &mut Count) -> Result<()> {
    let folder = ledger::Folder::reading(path);
    let keys =
        ledger::Reader::open(Arc::clone(&folder) as _)?.keys()?.context("the ledger was never begun")?;
    match ledger::verify(&*folder, &keys, &[]) {
        Ok(verified) => count.ledger_entries = verified.size,
        Err(e) => count.problems.push(format!("the ledger: {e}")),
    }
    Ok(())
}

/// Unix milliseconds.
pub fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
