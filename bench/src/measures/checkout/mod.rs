//! Whole purchases: every request from the product's page to the order's page, by buyers who each come from an
//! address of their own and type, click and are redirected as in a browser. Afterwards the books are added up: what
//! the buyers were told and what the database holds must be the same.
//!
//! The shop runs as it always does, with its default limits. Only its shelves are filled first.

mod browser;
mod drain;
mod form;

use crate::{
    Options,
    measure::Measure,
    processes::{self, Cpu},
    shop::{Shop, now_ms},
};
use anyhow::{Context, Result, bail, ensure};
use browser::{Browser, Origin};
use domain::payment::PaymentMethod;
pub use form::hidden;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use store::{Span, Store, tally};
use testkit::Dozo;
use testkit::http::encode;

/// Purchases in a second that the shop should take, generator and all processes on one machine of two cores.
const PER_S: f64 = 1_000.0;
/// So much processor a purchase may cost then, all processes, the buyers and what is done later (mails, webhooks)
/// together, in milliseconds.
const CPU_MS_MAX: f64 = 2.0;
/// How many products the buyers choose from.
const PRODUCTS: usize = 4;
/// Pieces that are put on the shelf of each before the measure.
const PIECES: u32 = 1_000_000;
/// How long the last payments may take to be known everywhere, in seconds.
const SETTLE_SECONDS_MAX: u64 = 20;
const CARD: &str = "number=4242+4242+4242+4242&expiry=12+%2F+34&cvc=123";

/// How much and how long.
#[derive(Debug, Clone, Copy)]
struct Plan {
    method: PaymentMethod,
    /// Buyers at once.
    buyers: usize,
    /// How long buyers begin purchases.
    seconds: u64,
}

/// What came of it.
#[derive(Debug, Default)]
struct Outcome {
    purchases: u64,
    requests: u64,
    errors: Vec<String>,
    elapsed: Duration,
    latencies_ms: Vec<u32>,
    /// How long the house went on with what the buyers left behind.
    drained: Duration,
    /// The processor that the house used until that was done, and the one that the buyers used.
    house: Cpu,
    buyers: Cpu,
}

/// Cash on delivery and card, apart.
pub fn run(shop: &Shop, options: &Options) -> Result<Vec<Measure>> {
    let mut all = Vec::new();
    for (name, method) in
        [("checkout_cash", PaymentMethod::CashOnDelivery), ("checkout_card", PaymentMethod::Card)]
    {
        if options.wants(name) {
            let plan = Plan { method, buyers: options.connections, seconds: options.seconds };
            all.extend(buy(shop, name, plan).context(name)?);
        }
    }
    Ok(all)
}

/// Fills the shelves, sends the buyers, adds up the books.
fn buy(shop: &Shop, name: &str, plan: Plan) -> Result<[Measure; 2]> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let walk = Arc::new(runtime.block_on(Walk::plan(&shop.dozo, plan.method))?);
    fill_shelves(&shop.store, &walk)?;
    let start_ms = now_ms();
    let promised = shop.store.read_blocking(tally::promised)?;
    let house = processes::family(shop.dozo.pid());
    let buyers = [std::process::id()];
    let before = (Cpu::of(&house), Cpu::of(&buyers));
    let mut outcome = runtime.block_on(rush(Arc::clone(&walk), plan))?;
    outcome.buyers = Cpu::of(&buyers).since(&before.1);
    outcome.drained = drain::wait(shop)?;
    outcome.house = Cpu::of(&house).since(&before.0);
    if let Some(first) = outcome.errors.first() {
        bail!("{} purchases of {} failed: {first}", outcome.errors.len(), outcome.purchases);
    }
    settle(&shop.store, &outcome, plan.method, start_ms, promised)?;
    Ok(outcome.measures(name))
}

fn fill_shelves(store: &Store, walk: &Walk) -> Result<()> {
    for (_, variant) in &walk.products {
        let variant = domain::VariantId(variant.parse().context("a variant's id")?);
        let now = now_ms();
        store.write_blocking(move |tx| {
            store::stock::receive(tx, variant, PIECES, store::stock::Cause::default(), now)
        })?;
    }
    Ok(())
}

/// The way through the shop, looked up once: which products, what is typed.
struct Walk {
    shop: Origin,
    method: PaymentMethod,
    /// Path and variant.
    products: Vec<(String, String)>,
}

impl Walk {
    async fn plan(shop: &Dozo, method: PaymentMethod) -> Result<Walk> {
        let shop = Origin::of(shop.address("shop"))?;
        let mut browser = Browser::new(&shop);
        browser.get("/").await?;
        let home = browser.page()?.to_owned();
        let mut paths: Vec<String> = home
            .split("href=\"/p/")
            .skip(1)
            .filter_map(|rest| rest.split(['"', '?', '#']).next())
            .map(|slug| format!("/p/{slug}"))
            .collect();
        paths.dedup();
        let mut products = Vec::new();
        for path in paths {
            browser.get(&path).await?;
            if let Ok(variant) = form::first_choice(browser.page()?, "/cart/add", "variant") {
                products.push((path, variant));
            }
            if products.len() == PRODUCTS {
                break;
            }
        }
        ensure!(!products.is_empty(), "the home page links to no product that can be bought");
        Ok(Walk { shop, method, products })
    }

    /// One purchase by somebody new; the number of requests it took.
    async fn purchase(&self, number: u64) -> Result<u32> {
        let (path, variant) = &self.products[(number as usize) % self.products.len()];
        let mut b = Browser::new(&self.shop);
        b.get(path).await?;
        b.submit("/cart/add", &format!("variant={variant}&quantity=1"), 303).await?;
        let cart = b.follow()?;
        b.get(&cart).await?;
        let mut update = form::hidden(b.page()?, "/cart/update")?;
        update.push_str(&form::numbers(b.page()?, "/cart/update")?);
        b.post("/cart/update", &(update + "go=checkout"), 303).await?;
        let checkout = b.follow()?;
        b.get(&checkout).await?;
        b.submit("/checkout", &self.typed(number), 303).await?;
        let confirm = b.follow()?;
        b.get(&confirm).await?;
        b.submit("/checkout/place", "go=confirm", 303).await?;
        let mut next = b.follow()?;
        if self.method == PaymentMethod::Card {
            b.get(&next).await?;
            b.post(&next, CARD, 303).await?;
            let back = b.follow()?;
            b.redirected(&back).await?;
            next = b.follow()?;
        }
        ensure!(next.starts_with("/order/"), "the purchase ends at {next}");
        b.get(&next).await?;
        // The order's page says thank you only once it is paid, or is to be paid at the door.
        if self.method == PaymentMethod::Card {
            ensure!(b.page()?.contains("4242"), "the order's page does not show the card");
        }
        Ok(b.requests)
    }

    fn typed(&self, number: u64) -> String {
        let fields = [
            ("name", "鈴木 花"),
            ("kana", "スズキ ハナ"),
            ("email", &format!("hana.{number}@load.example")),
            ("phone", "09012345678"),
            ("postcode", "390-0811"),
            ("prefecture", "長野県"),
            ("city", "松本市中央"),
            ("street", "1丁目2番3号"),
            ("building", ""),
            ("ship_to", "self"),
            ("noshi", "none"),
            ("noshi_name", ""),
            ("wrapping", "none"),
            ("message", ""),
            ("delivery_date", ""),
            ("time_slot", "any"),
            ("payment", self.method.word()),
            ("agree", "1"),
            ("go", "confirm"),
        ];
        fields.map(|(name, value)| format!("{name}={}", encode(value))).join("&")
    }
}

async fn rush(walk: Arc<Walk>, plan: Plan) -> Result<Outcome> {
    let start = Instant::now();
    let end = start + Duration::from_secs(plan.seconds);
    let next = Arc::new(AtomicU64::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..plan.buyers {
        let (walk, next) = (Arc::clone(&walk), Arc::clone(&next));
        tasks.spawn(async move {
            let mut done = Vec::new();
            while Instant::now() < end {
                let began = Instant::now();
                let bought = walk.purchase(next.fetch_add(1, Ordering::Relaxed)).await;
                done.push((bought, u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX)));
            }
            done
        });
    }
    let mut outcome = Outcome::default();
    while let Some(done) = tasks.join_next().await {
        for (bought, ms) in done? {
            match bought {
                Ok(requests) => {
                    outcome.purchases += 1;
                    outcome.requests += u64::from(requests);
                    outcome.latencies_ms.push(ms);
                }
                Err(error) => outcome.errors.push(format!("{error:#}")),
            }
        }
    }
    outcome.elapsed = start.elapsed();
    outcome.latencies_ms.sort_unstable();
    Ok(outcome)
}

/// Waits until every payment is known, then compares what buyers saw with what the books say.
fn settle(
    store: &Store,
    outcome: &Outcome,
    method: PaymentMethod,
    start_ms: i64,
    promised: u64,
) -> Result<()> {
    let span = Span { from: start_ms, until: i64::MAX };
    let read = || store.read_blocking(move |tx| tally::orders(tx, span, method));
    let end = Instant::now() + Duration::from_secs(SETTLE_SECONDS_MAX);
    let mut t = read()?;
    while t.waiting > 0 && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(100));
        t = read()?;
    }
    let promised_now = store.read_blocking(tally::promised)?;
    let mut pairs = vec![
        ("purchases seen by buyers", outcome.purchases, "orders confirmed", t.orders),
        ("orders confirmed", t.orders, "pieces ordered", t.pieces),
        ("pieces ordered", t.pieces, "pieces promised since", promised_now - promised),
        ("none", 0, "orders without their money", t.waiting),
    ];
    if method == PaymentMethod::Card {
        let yen = |amount: domain::Yen| u64::try_from(amount.get()).unwrap_or(u64::MAX);
        pairs.push(("orders confirmed", t.orders, "payments succeeded", t.paid));
        pairs.push(("yen owed", yen(t.total), "yen received", yen(t.received)));
    }
    for (left, a, right, b) in pairs {
        ensure!(a == b, "the books do not agree: {left} {a}, {right} {b}");
    }
    ensure!(outcome.purchases > 0, "nobody bought anything");
    Ok(())
}

impl Outcome {
    fn measures(&self, name: &str) -> [Measure; 2] {
        let at = |percent: usize| {
            let at = (self.latencies_ms.len() * percent).div_ceil(100).saturating_sub(1);
            self.latencies_ms.get(at).copied().unwrap_or_default()
        };
        let each_ms = |cpu: &Cpu| cpu.sum_s() * 1e3 / self.purchases.max(1) as f64;
        let per_s = self.purchases as f64 / self.elapsed.as_secs_f64().max(1e-9);
        let detail = json!({
            "purchases": self.purchases, "requests": self.requests, "errors": 0, "books": "agree",
            "p50_ms": at(50), "p99_ms": at(99), "drained_ms": self.drained.as_millis() as u64,
        });
        let cpu = json!({
            "house": self.house.each(self.purchases, 1e3), "buyers": self.buyers.each(self.purchases, 1e3),
        });
        let cpu_ms = each_ms(&self.house) + each_ms(&self.buyers);
        [
            Measure::beside(name, "purchases/s", per_s, ("goal", PER_S), 1.0).detailed(detail),
            Measure::within(&format!("{name}_cpu"), "ms", cpu_ms, CPU_MS_MAX).detailed(cpu),
        ]
    }
}
