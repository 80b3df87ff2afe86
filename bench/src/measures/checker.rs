//! The gate's check of a page against the signed manifest, by itself: what it adds to a page that was never checked
//! before. Pages that stand are checked once and cost nothing after that.

use crate::{Options, measure::Measure, page, shop::Shop};
use anyhow::{Context, Result};
use manifest::{Checker, Manifest};
use serde_json::json;
use site::{Match, Method, match_route};
use std::time::{Duration, Instant};

/// What a page may cost at most, in microseconds: a tenth of what making one costs.
const PAGE_US_MAX: f64 = 200.0;
/// How many products' pages are among those that are checked.
const PRODUCTS: usize = 50;

/// Pages of the shop, checked again and again.
pub fn run(shop: &Shop, options: &Options) -> Result<Vec<Measure>> {
    if !options.wants("checker") {
        return Ok(Vec::new());
    }
    let folder = shop.dozo.data().join("gate/manifest/manifest.json");
    let text =
        std::fs::read_to_string(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let checker = Checker::new(&Manifest::parse(&text)?)?;
    let mut paths: Vec<String> = shop.product_paths()?.into_iter().take(PRODUCTS).collect();
    paths.extend(shop.category_paths()?);
    let others = ["/", "/cart", "/stores", "/news", "/contact", "/sign-in", "/register", "/legal/tokushoho"];
    paths.extend(others.map(str::to_owned));
    let pages = page::fetch(shop.at, &shop.host, &paths, &[])?;
    let mut known = Vec::new();
    for (path, page) in paths.iter().zip(&pages) {
        let Match::Found(route) = match_route(Method::Get, path) else { continue };
        known.push((route.page.word(), page.body.as_str()));
    }
    let bytes: usize = known.iter().map(|(_, page)| page.len()).sum();
    let (begun, time) = (Instant::now(), Duration::from_secs(options.seconds));
    let (mut rounds, mut each) = (0, Vec::new());
    while begun.elapsed() < time {
        for (kind, page) in &known {
            let one = Instant::now();
            checker.check(kind, page).map_err(|breach| anyhow::anyhow!("{kind}: {breach:?}"))?;
            each.push(one.elapsed());
        }
        rounds += 1;
    }
    each.sort_unstable();
    let us = |part: usize| each.get(each.len() * part / 100).map_or(0.0, |time| time.as_secs_f64() * 1e6);
    let seconds: f64 = each.iter().map(Duration::as_secs_f64).sum();
    let mb_per_s = (bytes * rounds) as f64 / seconds / 1e6;
    let detail = json!({ "pages": known.len(), "page_bytes": bytes / known.len().max(1), "mb_per_s": mb_per_s.round(), "p99_us": us(99).round() });
    Ok(vec![Measure::within("checker", "us a page", us(50), PAGE_US_MAX).detailed(detail)])
}
