//! Pages through gate and web, beside a bare axum server that sends the same bytes from memory.
//!
//! Both are asked in turn by the same generator, round after round, so that a busy minute of the machine falls on
//! both. All programs share the machine: figures are for comparing, within one run.

use crate::{
    Options,
    bare::Bare,
    load::{Load, REQUESTS_PER_CONNECTION_MAX, Sample},
    measure::Measure,
    page::{self, Page},
    processes::{self, Cpu},
    shop::{self, Shop},
};
use anyhow::{Context, Result};
use domain::search::fold::fold;
use serde_json::{Value, json};
use std::time::Duration;
use store::product;

const ROUNDS: u32 = 3;
const WARM_UP_MS: u64 = 500;
/// Different pages that are asked for where they have been seen before.
const SEEN_PAGES: usize = 32;
/// Different words that are searched for.
const WORDS: usize = 200;

/// What is asked.
pub struct Asked {
    /// The pages, in turn.
    pub pages: Vec<Page>,
    /// What changes each time that all pages have been asked for, so that none of them may be sent again.
    pub changes: Changes,
    /// Requests from one address.
    pub per_connection: u32,
}

/// What changes between two rounds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Changes {
    /// Nothing.
    Nothing,
    /// A price, to what it was: every page is made anew, and none is another one.
    NoPage,
    /// A category's name, which stands on every page: none of them was there before.
    EveryPage,
}

/// What is asked, and which part of the bare server's pace is aimed at.
struct Case {
    name: &'static str,
    target: f64,
    asked: Asked,
}

/// Pages seen before, made for the first time, with a cookie, and search.
pub fn run(shop: &Shop, options: &Options) -> Result<Vec<Measure>> {
    let mut measures = Vec::new();
    for case in cases(shop)? {
        if options.wants(case.name) {
            let samples = case.asked.measure(shop, options).with_context(|| case.name)?;
            measures.push(beside(&case, &samples));
        }
    }
    Ok(measures)
}

fn cases(shop: &Shop) -> Result<Vec<Case>> {
    let fetch = |paths: &[String], visits: &[String]| page::fetch(shop.at, &shop.host, paths, visits);
    let (products, categories) = (shop.product_paths()?, shop.category_paths()?);
    let few: Vec<_> = products.iter().step_by((products.len() / SEEN_PAGES).max(1)).cloned().collect();
    let new = fetch(&few, &[])?;
    let visits: Vec<_> = new.iter().filter_map(|p| p.cookie("visit").map(str::to_owned)).collect();
    visits.first().context("the shop gave no visitor a cookie")?;
    let case = |name, target, pages| Case { name, target, asked: Asked::pages(pages) };
    let all = fetch(&products, &[])?;
    let again = Asked { changes: Changes::NoPage, ..Asked::pages(all.clone()) };
    let first = Asked { changes: Changes::EveryPage, ..Asked::pages(all) };
    Ok(vec![
        case("product_seen", 0.5, new),
        case("category_seen", 0.5, fetch(&categories, &[])?),
        Case { name: "product_first", target: 0.2, asked: first },
        Case { name: "product_again", target: 0.2, asked: again },
        case("product_cookie", 0.2, fetch(&few, &visits)?),
        case("category_cookie", 0.2, fetch(&categories, &visits)?),
        case("search", 0.1, fetch(&searches(shop)?, &[])?),
    ])
}

/// Searches for two characters that stand next to each other in products' names.
fn searches(shop: &Shop) -> Result<Vec<String>> {
    let names = shop.store.read_blocking(store::product::all)?;
    let pairs = |name: &str| -> Vec<String> {
        let chars: Vec<char> = fold(name).chars().collect();
        chars.windows(2).filter(|p| !p.contains(&' ')).map(|p| p.iter().collect()).collect()
    };
    let mut words: Vec<_> = names.iter().flat_map(|p| pairs(&p.name_ja)).collect();
    words.sort_unstable();
    words.dedup();
    let step = (words.len() / WORDS).max(1);
    let encoded = |word: &String| word.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
    Ok(words.iter().step_by(step).map(|w| format!("/search?q={}", encoded(w))).collect())
}

impl Asked {
    /// Pages that nothing changes.
    pub fn pages(pages: Vec<Page>) -> Asked {
        Asked { pages, changes: Changes::Nothing, per_connection: REQUESTS_PER_CONNECTION_MAX }
    }

    /// Asks the shop and a bare server in turn, each for as long as the options say.
    ///
    /// # Errors
    /// With the first answer that is none of these pages.
    pub fn measure(&self, shop: &Shop, options: &Options) -> Result<[Sample; 2]> {
        let bare = Bare::start(&self.pages)?;
        let all = shop.store.read_blocking(product::all_variants)?;
        let variant = all.into_iter().next().context("nothing on sale")?.variant;
        let price = || {
            let same = move |tx: &mut store::Tx<'_>| {
                product::set_price(tx, variant.id, variant.price, shop::now_ms())
            };
            shop.store.write_blocking(same)?;
            Ok(())
        };
        let categories = shop.store.read_blocking(store::catalog::categories)?;
        let category = categories.into_iter().next().context("no category")?;
        let renamed = std::cell::Cell::new(0);
        let name = || {
            let number = renamed.replace(renamed.get() + 1);
            let name_ja = format!("{} {number}", category.name_ja);
            let other = product::Category { name_ja, ..category.clone() };
            shop.store.write_blocking(move |tx| product::put_category(tx, &other))?;
            Ok(())
        };
        let nothing = || Ok(());
        let change: &dyn Fn() -> Result<()> = match self.changes {
            Changes::Nothing => &nothing,
            Changes::NoPage => &price,
            Changes::EveryPage => &name,
        };
        let after_all = [change, &nothing];
        let requests: Vec<_> = self.pages.iter().map(|p| p.request.clone()).collect();
        let servers = [(shop.at, shop.dozo.pid()), (bare.at, bare.pid())];
        let mut samples = [Sample::default(), Sample::default()];
        let wait = Duration::from_millis(options.seconds * 1_000 / u64::from(ROUNDS));
        let (connections, per_connection) = (options.connections, self.per_connection);
        for round in 0..=ROUNDS {
            for (((at, pid), after_all), sample) in servers.into_iter().zip(after_all).zip(&mut samples) {
                let wait = if round == 0 { Duration::from_millis(WARM_UP_MS) } else { wait };
                let load = Load { at, requests: &requests, connections, per_connection, wait, after_all };
                let family = processes::family(pid);
                let before = Cpu::of(&family);
                let mut measured = load.run()?;
                measured.cpu = Cpu::of(&family).since(&before);
                if round > 0 {
                    sample.add(measured);
                }
            }
        }
        let as_before = move |tx: &mut store::Tx<'_>| product::put_category(tx, &category);
        if self.changes == Changes::EveryPage {
            shop.store.write_blocking(as_before)?;
        }
        Ok(samples)
    }

    /// What explains the figures of both sides.
    pub fn detail(&self, [shop, bare]: &[Sample; 2]) -> Value {
        let bytes = self.pages.iter().map(|p| p.body.len()).sum::<usize>() / self.pages.len().max(1);
        let side = |s: &Sample| {
            json!({ "requests": s.requests(), "p50_us": s.percentile_us(50), "p99_us": s.percentile_us(99),
                    "cpu_us": s.cpu_us().round(), "cpu_us_of": s.cpu.each(s.requests() as u64, 1e6) })
        };
        json!({ "pages": self.pages.len(), "body_bytes": bytes, "shop": side(shop), "bare": side(bare) })
    }
}

fn beside(case: &Case, samples: &[Sample; 2]) -> Measure {
    let [shop, bare] = samples;
    let peer = ("bare axum, same bytes", bare.requests_per_s());
    let measure = Measure::beside(case.name, "requests/s", shop.requests_per_s(), peer, case.target);
    measure.detailed(case.asked.detail(samples))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_servers_are_compared() {
        let sample = |requests: usize| {
            let page = Page::made_up("/p/kuri", &"<p>栗</p>".repeat(500));
            let at = crate::bare::in_background(vec![page.clone()]);
            let wait = Duration::from_millis(200);
            let load = Load {
                at,
                requests: &[page.request],
                connections: requests,
                per_connection: REQUESTS_PER_CONNECTION_MAX,
                wait,
                after_all: &|| Ok(()),
            };
            load.run().unwrap()
        };
        let pages = vec![Page::made_up("/p/kuri", "12345")];
        let case = Case { name: "product_seen", target: 0.5, asked: Asked::pages(pages) };
        let measure = beside(&case, &[sample(1), sample(4)]);
        assert!(measure.value > 100.0 && measure.ratio > 0.0 && measure.ratio < 100.0);
        assert_eq!(measure.detail["body_bytes"], 5);
        assert!(measure.detail["shop"]["p99_us"].as_u64() >= measure.detail["shop"]["p50_us"].as_u64());
    }
}
