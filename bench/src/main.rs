//! How fast pages come through the gate, beside a bare axum server that serves the same bytes from memory.
//!
//! `cargo xtask bench` builds the shop in release, starts it with the demo data, takes one product and one category
//! page as a visitor with cookies gets them, and then asks for each in turn from the shop and from the bare
//! server, round after round, so that a busy minute of the machine falls on both. All three programs share the
//! machine: figures are for comparing, within one run.

#![allow(clippy::unwrap_used)]

mod bare;
mod load;
mod page;

use anyhow::{Context, Result, bail};
use load::{Load, Sample};
use page::Page;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

const ROUNDS: u32 = 3;
const WARM_UP_MS: u64 = 500;

struct Options {
    json: bool,
    seconds: u64,
    connections: usize,
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|a| a == "bare") {
        return bare::run();
    }
    let options = options(&args)?;
    let shop = testkit::Dozo::builder().start()?;
    let pages = page::of_shop(shop.address("shop"))?;
    let bare = Bare::start(&pages)?;
    let shop_at = page::address(shop.address("shop"))?;
    let mut results = Vec::new();
    for page in &pages {
        let [of_shop, of_bare] = compare(&options, page, [shop_at, bare.at])?;
        results.push(line(page, &of_shop, &of_bare));
    }
    print(&options, &results);
    Ok(())
}

fn options(args: &[String]) -> Result<Options> {
    let mut options = Options { json: false, seconds: 4, connections: 16 };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut number =
            || args.next().and_then(|n| n.parse::<u32>().ok()).filter(|n| (1..=1_000).contains(n));
        match arg.as_str() {
            "--json" => options.json = true,
            "--seconds" => options.seconds = number().context("--seconds takes a number up to 1000")?.into(),
            "--connections" => {
                options.connections = number().context("--connections takes a number up to 1000")? as usize;
            }
            other => bail!("unknown option {other}: --json, --seconds N, --connections N"),
        }
    }
    Ok(options)
}

/// Both servers in turn, round after round; one sample for each.
fn compare(options: &Options, page: &Page, servers: [SocketAddr; 2]) -> Result<[Sample; 2]> {
    let mut samples = [Sample::default(), Sample::default()];
    let load = |at, wait| Load { at, request: page.request.clone(), connections: options.connections, wait };
    for at in servers {
        load(at, Duration::from_millis(WARM_UP_MS)).run()?;
    }
    let wait = Duration::from_millis(options.seconds * 1_000 / u64::from(ROUNDS));
    for _ in 0..ROUNDS {
        for (at, sample) in servers.into_iter().zip(&mut samples) {
            sample.add(load(at, wait).run()?);
        }
    }
    Ok(samples)
}

fn line(page: &Page, shop: &Sample, bare: &Sample) -> Value {
    let side = |s: &Sample| {
        json!({ "requests_per_s": s.requests_per_s().round(), "p50_us": s.percentile_us(50),
                "p99_us": s.percentile_us(99), "requests": s.requests() })
    };
    let ratio = shop.requests_per_s() / bare.requests_per_s().max(1.0);
    json!({ "page": page.kind, "path": page.path, "body_bytes": page.body.len(), "shop": side(shop),
            "bare": side(bare), "ratio": (ratio * 1_000.0).round() / 1_000.0 })
}

fn print(options: &Options, results: &[Value]) {
    if options.json {
        println!(
            "{}",
            json!({ "seconds": options.seconds, "connections": options.connections, "pages": results })
        );
        return;
    }
    println!(
        "{} connections, {} s for each side and page, in {ROUNDS} rounds",
        options.connections, options.seconds
    );
    println!(
        "{:<10} {:>7} {:>6} {:>12} {:>9} {:>9}",
        "page", "bytes", "server", "requests/s", "p50 µs", "p99 µs"
    );
    for r in results {
        for side in ["shop", "bare"] {
            let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
            let s = &r[side];
            println!(
                "{:<10} {:>7} {:>6} {:>12} {:>9} {:>9}",
                text(&r["page"]),
                text(&r["body_bytes"]),
                side,
                text(&s["requests_per_s"]),
                text(&s["p50_us"]),
                text(&s["p99_us"])
            );
        }
        println!("{:<10} shop / bare: {}", "", r["ratio"]);
    }
}

/// The bare server, in a process of its own as the shop is; it ends when its stdin does.
struct Bare {
    child: std::process::Child,
    at: SocketAddr,
}

impl Bare {
    fn start(pages: &[Page]) -> Result<Bare> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.arg("bare").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let stdin = child.stdin.as_mut().context("no stdin")?;
        writeln!(stdin, "{}", serde_json::to_string(pages)?)?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no stdout")?).read_line(&mut line)?;
        let at = line.trim().parse().context("the bare server said no address")?;
        Ok(Bare { child, at })
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_servers_are_compared() {
        let page = Page::made_up("/p/kuri", "<p>栗</p>".repeat(500));
        let at = bare::in_background(vec![page.clone()]);
        let options = Options { json: true, seconds: 1, connections: 4 };
        let [a, b] = compare(&options, &page, [at, at]).unwrap();
        assert!(a.requests() > 100 && b.requests() > 100);
        let line = line(&page, &a, &b);
        assert!(
            line["ratio"].as_f64().unwrap() > 0.1
                && line["shop"]["p99_us"].as_u64() >= line["shop"]["p50_us"].as_u64()
        );
        print(&options, &[line]);
    }

    #[test]
    fn options_are_read() {
        let read = |args: &[&str]| options(&args.iter().map(|a| a.to_string()).collect::<Vec<_>>());
        assert_eq!(read(&["--json", "--seconds", "9"]).map(|o| (o.json, o.seconds)).unwrap(), (true, 9));
        assert!(
            read(&["--seconds", "0"]).is_err() && read(&["--connections"]).is_err() && read(&["-v"]).is_err()
        );
    }
}
