//! What the gate adds: the same requests by way of the gate, and straight to `web` on its socket, in turn, one at a time.
//! So all checks on stand beside all off, and nothing is switched off for it.

use crate::{
    Options,
    load::{self, read_head},
    measure::Measure,
    page,
    shop::Shop,
};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    time::Instant,
};
use testkit::http::attribute;

/// Requests of each road for each figure.
const ROUNDS: usize = 2_000;
/// After so many the address is changed: the gate holds forms of one address to a pace.
const OF_ADDRESS: usize = 30;
/// What a page and a form may take more than without the gate, half of the time, in microseconds.
const PAGE_US_MAX: f64 = 300.0;
const FORM_US_MAX: f64 = 300.0;
/// Headers that the gate adds; `web` wants them.
const OF_GATE: &str = "X-Forwarded-Proto: http\r\nX-Dozo-Reference: bench\r\n";

/// A page that stands in the gate's memory, one that is made for each visitor, and a form.
pub fn run(shop: &Shop, options: &Options) -> Result<Vec<Measure>> {
    let first = page::fetch(shop.at, &shop.host, &shop.product_paths()?[..1], &[])?;
    let page = first.first().context("no product")?;
    let visit = page.cookie("visit").context("the shop gave no cookie")?;
    let input = |name: &str| {
        let tag = page.body.split('<').find(|tag| attribute(tag, "name").as_deref() == Some(name));
        tag.and_then(|tag| attribute(tag, "value")).with_context(|| format!("no field {name}"))
    };
    let form = format!("_t={}&variant={}&quantity=1", input("_t")?, input("variant")?);
    let post = format!(
        "POST /cart/add HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nSec-Fetch-Site: same-origin\r\n\
         Cookie: visit={visit}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len(),
        host = shop.host,
    );
    let cases = [
        ("added_standing", PAGE_US_MAX, page::request(&shop.host, &page.path, Some(visit)), "200"),
        ("added_form", FORM_US_MAX, post, "303"),
        ("added_page", PAGE_US_MAX, page::request(&shop.host, "/cart", Some(visit)), "200"),
    ];
    let mut measures = Vec::new();
    for (name, limit, request, status) in cases {
        if options.wants(name) {
            measures.push(measure(shop, name, limit, &request, status).with_context(|| name)?);
        }
    }
    Ok(measures)
}

fn measure(shop: &Shop, name: &str, limit: f64, request: &str, status: &str) -> Result<Measure> {
    let socket = shop.dozo.data().join("run/web/web.sock");
    let mut straight = UnixStream::connect(&socket).context("cannot reach web")?;
    let to_web = request.replacen("\r\n", &format!("\r\n{OF_GATE}"), 1);
    let (mut by_gate, mut by_web) = (Vec::with_capacity(ROUNDS), Vec::with_capacity(ROUNDS));
    for _ in 0..ROUNDS.div_ceil(OF_ADDRESS) {
        let mut gate = load::connect(shop.at)?;
        for _ in 0..OF_ADDRESS {
            by_gate.push(asked(&mut gate, request, status)?);
            by_web.push(asked(&mut straight, &to_web, status)?);
        }
    }
    by_gate.sort_unstable();
    by_web.sort_unstable();
    let at = |all: &[u64], percent: usize| all[(all.len() * percent / 100).min(all.len() - 1)];
    let side = |all: &[u64]| json!({ "p50_us": at(all, 50), "p99_us": at(all, 99) });
    let added = |percent| at(&by_gate, percent) as f64 - at(&by_web, percent) as f64;
    let detail = json!({
        "requests": by_gate.len(), "gate": side(&by_gate), "web_alone": side(&by_web),
        "added_p50_us": added(50), "added_p99_us": added(99),
    });
    Ok(Measure::within(name, "µs", added(50), limit).detailed(detail))
}

/// Asks once; microseconds until the answer was read whole.
fn asked(stream: &mut (impl Read + Write), request: &str, status: &str) -> Result<u64> {
    let (began, mut held, mut part) = (Instant::now(), Vec::new(), [0; 64 * 1024]);
    stream.write_all(request.as_bytes())?;
    loop {
        let bytes = stream.read(&mut part)?;
        ensure!(bytes > 0, "the connection ended");
        held.extend_from_slice(&part[..bytes]);
        let Some(end) = held.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let (length, _) = read_head(&held[..end + 4], status)?;
        if held.len() >= end + 4 + length {
            return Ok(began.elapsed().as_micros() as u64);
        }
    }
}
