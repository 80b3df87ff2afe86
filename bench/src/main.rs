//! What the shop can do, in figures: `cargo xtask bench` builds it in release, starts the demo, fills it up to a
//! thousand products and measures. One run gives a list of figures, each beside a limit or a peer that was measured in
//! the same run. Nothing is switched off for it.

#![allow(clippy::unwrap_used)]

mod bare;
mod disk;
mod ledger;
mod letters;
mod load;
mod lookup;
mod measure;
mod measures;
mod notices;
mod page;
mod processes;
mod shop;
mod vault;

use anyhow::{Context, Result, bail};
use measures::memory;

const USAGE: &str = "--json, --only NAME (several), --seconds N, --connections N, --products N";

/// What the caller wants.
pub struct Options {
    json: bool,
    only: Vec<String>,
    seconds: u64,
    connections: usize,
    products: usize,
}

impl Options {
    /// Whether the figure of that name is wanted: all are, unless some are named. The beginning of a name will do.
    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| name.starts_with(only.as_str()))
    }
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|a| a == "bare") {
        return bare::run();
    }
    match args.first().map(String::as_str) {
        Some("vault") => return processes::with_allocator(|| vault::run(&args[1..])),
        Some("notices") => return notices::run(&args[1..]),
        Some("letters") => return letters::run(&args[1..]),
        Some("ledger") => return ledger::run(&args[1..]),
        Some("lookup") => return lookup::run(&args[1..]),
        _ => {}
    }
    let options = options(&args)?;
    let mut all = measures::bounces::run(&options)?;
    if options.only.iter().all(|only| "bounces".starts_with(only.as_str())) && !options.only.is_empty() {
        return measure::show(&all, options.json);
    }
    let shop = shop::Shop::start(options.products)?;
    let watch = processes::MemoryWatch::start(shop.dozo.pid());
    for kind in measures::ALL {
        all.extend((kind.run)(&shop, &options).with_context(|| kind.name)?);
    }
    if options.wants("memory") {
        all.push(memory::measure(&watch));
    }
    if !options.json {
        let Options { connections, seconds, products, .. } = &options;
        println!("{connections} connections, {seconds} s each, {products} products");
    }
    measure::show(&all, options.json)
}

fn options(args: &[String]) -> Result<Options> {
    let mut options = Options { json: false, only: Vec::new(), seconds: 4, connections: 32, products: 1_000 };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut number = |max: u32| {
            let number = args.next().and_then(|n| n.parse::<u32>().ok()).filter(|n| (1..=max).contains(n));
            number.with_context(|| format!("{arg} takes a number up to {max}"))
        };
        match arg.as_str() {
            "--json" => options.json = true,
            "--seconds" => options.seconds = number(1_000)?.into(),
            "--connections" => options.connections = number(1_000)? as usize,
            "--products" => options.products = number(100_000)? as usize,
            "--only" => options.only.push(args.next().context("--only takes a figure's name")?.clone()),
            other => bail!("unknown option {other}: {USAGE}"),
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read() {
        let read = |args: &[&str]| options(&args.iter().map(|a| a.to_string()).collect::<Vec<_>>());
        let some = read(&["--json", "--seconds", "9", "--only", "product"]).unwrap();
        assert_eq!((some.json, some.seconds), (true, 9));
        assert!(some.wants("product_seen") && !some.wants("memory") && read(&[]).unwrap().wants("memory"));
        for wrong in [&["--seconds", "0"][..], &["--connections"], &["--only"], &["-v"]] {
            assert!(read(wrong).is_err());
        }
    }
}
