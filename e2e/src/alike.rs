//! Whether the time of an answer tells known persons from unknown ones: pairs of requests to the public page, one for somebody
//! who is registered and one for somebody who is not, in an order that a coin decides, through gate and `web`; and a test
//! whether the two labels can be exchanged.
//!
//! Were nothing to be told by time, each pair's difference could as well have the other sign. So its sign is thrown again,
//! thousands of times, and it is counted how often that gives as much as was measured (a permutation test for pairs). Two
//! figures are looked at: the sum of signed ranks, which sees a shift of all answers, and the same for the slowest twentieth,
//! which sees a few that take longer than others ever do.

use crate::{
    journey::{Buyer, Pay},
    plain, raw,
};
use anyhow::{Context, Result, ensure};
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Instant,
};
use testkit::{Dozo, http::Browser};

/// The chance of an alarm where there is nothing to be seen: one in a thousand, for both figures together.
pub const THRESHOLD: f64 = 0.001;
/// Signs are thrown so often.
const THROWS: usize = 10_000;
/// Requests from one address: the gate holds forms of an address to a pace.
const OF_ADDRESS: usize = 20;
/// Requests with one mail address: the gate holds what is tried at an address to a pace.
const OF_PERSON: usize = 25;

/// The times of a pair, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// Of the answer to somebody who is registered.
    pub known_ns: u64,
    /// Of the answer to somebody who is not.
    pub unknown_ns: u64,
}

/// What the pairs say.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    /// The chance to see as much where there is nothing, for both figures together.
    pub p: f64,
    /// Half of the known ones took so much longer than those that they were paired with, in nanoseconds.
    pub median_ns: i64,
}

impl Told {
    /// Whether the labels can be told apart.
    pub fn leaks(&self) -> bool {
        self.p < THRESHOLD
    }
}

/// Chance that can be repeated (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// Asks the page for pairs of persons.
///
/// # Errors
/// Where the shop does not answer, or says something else to one than to another.
pub fn ask(shop: &Dozo, pairs: usize, seed: u64) -> Result<Vec<Pair>> {
    let mut chance = Chance(seed);
    let mail = |who: &str, n: usize| format!("{who}.{n:04}@canary.example");
    let persons = pairs.div_ceil(OF_PERSON);
    let store = store::Store::open(&shop.data().join("shop/shop.db").display().to_string().parse()?)?;
    let product = plain::first_product(&mut Browser::new("ja"), shop)?;
    plain::stock_up(&store, &product, u32::try_from(persons)?)?;
    drop(store);
    for n in 0..persons {
        let buyer = Buyer { email: mail("kuri", n), ..Buyer::unique() };
        plain::order(&mut Browser::at(raw::fresh_address(), "ja"), shop, &buyer, Pay::Cash)?;
    }
    let form = Form::open(shop)?;
    let mut line: Option<(TcpStream, usize)> = None;
    let mut timed = |address: &str| {
        let (mut stream, used) = match line.take().filter(|(_, used)| *used < OF_ADDRESS) {
            Some(line) => line,
            None => (raw::connect(shop)?, 0),
        };
        let ns = form.send(&mut stream, address)?;
        line = Some((stream, used + 1));
        Ok::<u64, anyhow::Error>(ns)
    };
    let mut all = Vec::with_capacity(pairs);
    for n in 0..pairs {
        let (known, unknown) = (mail("kuri", n % persons), mail("ishi", n % persons));
        let (known_ns, unknown_ns) = if chance.next() & 1 == 0 {
            let first = timed(&known)?;
            (first, timed(&unknown)?)
        } else {
            let first = timed(&unknown)?;
            (timed(&known)?, first)
        };
        all.push(Pair { known_ns, unknown_ns });
    }
    Ok(all)
}

/// The form of an inquiry, as one visitor has it.
struct Form {
    host: String,
    visit: String,
    token: String,
}

impl Form {
    fn open(shop: &Dozo) -> Result<Form> {
        let mut b = Browser::new("ja");
        let url = shop.url("/inquiry");
        let page = b.get(&url)?;
        let token = page.input("_t").context("no token")?;
        let host = url.split('/').nth(2).context("no host")?.to_owned();
        let name = host.split(':').next().unwrap_or_default().to_owned();
        let visit = b.cookie(&name, "visit").context("no cookie")?.to_owned();
        Ok(Form { host, visit, token })
    }

    /// Sends it; nanoseconds until the answer was there.
    fn send(&self, stream: &mut TcpStream, address: &str) -> Result<u64> {
        let address = address.replace('@', "%40");
        let body = format!(
            "_t={}&level=concerned&asker=customer&reach=mail&email={address}&name=&phone=&message=",
            self.token
        );
        let host = &self.host;
        let request = format!(
            "POST /inquiry HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nSec-Fetch-Site: same-origin\r\n\
             Cookie: visit={}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.visit,
            body.len()
        );
        let (began, mut held, mut part) = (Instant::now(), Vec::new(), [0; 16 * 1024]);
        stream.write_all(request.as_bytes())?;
        while !is_whole(&held) {
            let bytes = stream.read(&mut part)?;
            ensure!(bytes > 0, "the connection ended: {}", String::from_utf8_lossy(&held));
            held.extend_from_slice(&part[..bytes]);
        }
        let ns = u64::try_from(began.elapsed().as_nanos())?;
        let answer = String::from_utf8_lossy(&held);
        let same = answer.starts_with("HTTP/1.1 303") && answer.contains("/inquiry/sent");
        ensure!(same, "another answer: {answer}");
        Ok(ns)
    }
}

/// Whether an answer has come to its end.
fn is_whole(held: &[u8]) -> bool {
    let Some(end) = held.windows(4).position(|w| w == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&held[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    held.len() >= end + 4 + length.unwrap_or(0)
}

/// Judges the pairs.
pub fn judge(pairs: &[Pair], seed: u64) -> Told {
    let differences = |of: &[Pair]| -> Vec<i64> {
        let signed = |ns: u64| i64::try_from(ns).unwrap_or(i64::MAX);
        of.iter().map(|pair| signed(pair.known_ns) - signed(pair.unknown_ns)).collect()
    };
    let mut slow = pairs.to_vec();
    slow.sort_by_key(|pair| std::cmp::Reverse(pair.known_ns.max(pair.unknown_ns)));
    slow.truncate(pairs.len().div_ceil(20));
    let mut chance = Chance(seed);
    let mut all = differences(pairs);
    let p = p_of(&all, &mut chance).min(p_of(&differences(&slow), &mut chance));
    all.sort_unstable();
    Told { p: (2.0 * p).min(1.0), median_ns: all.get(all.len() / 2).copied().unwrap_or_default() }
}

/// How often signs that are thrown give a sum of signed ranks as far from nothing as was measured.
fn p_of(differences: &[i64], chance: &mut Chance) -> f64 {
    let mut by_size: Vec<i64> = differences.iter().copied().filter(|d| *d != 0).collect();
    by_size.sort_unstable_by_key(|d| d.unsigned_abs());
    let sum = |positive: &mut dyn FnMut(usize) -> bool| -> i64 {
        let rank = |at: usize| at as i64 + 1;
        (0..by_size.len()).map(|at| if positive(at) { rank(at) } else { -rank(at) }).sum()
    };
    let measured = sum(&mut |at| by_size[at] > 0).abs();
    let mut as_far = 0;
    for _ in 0..THROWS {
        let mut bits = 0;
        let thrown = sum(&mut |at| {
            if at % 64 == 0 {
                bits = chance.next();
            }
            bits >> (at % 64) & 1 == 1
        });
        as_far += usize::from(thrown.abs() >= measured);
    }
    // What was measured is one of the throws.
    (as_far + 1) as f64 / (THROWS + 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times as a busy machine gives them: most alike, some far off.
    fn pairs(count: usize, seed: u64, longer: impl Fn(usize) -> u64) -> Vec<Pair> {
        let mut chance = Chance(seed);
        let mut time = || {
            400_000
                + chance.next() % 80_000
                + if chance.next().is_multiple_of(20) { chance.next() % 3_000_000 } else { 0 }
        };
        (0..count).map(|n| Pair { known_ns: time() + longer(n), unknown_ns: time() }).collect()
    }

    #[test]
    fn what_is_alike_is_left_alone_and_a_hundredth_of_the_time_is_seen() {
        let alarms = (0..40).filter(|seed| judge(&pairs(400, *seed, |_| 0), *seed).leaks()).count();
        assert_eq!(alarms, 0);
        let even: Vec<f64> = (0..40).map(|seed| judge(&pairs(400, seed, |_| 0), seed).p).collect();
        assert!(even.iter().any(|p| *p < 0.5) && even.iter().any(|p| *p > 0.5), "{even:?}");
        assert!(judge(&pairs(10_000, 1, |_| 4_000), 1).leaks(), "four microseconds of four hundred");
        assert!(
            judge(&pairs(10_000, 2, |n| if n.is_multiple_of(50) { 4_000_000 } else { 0 }), 2).leaks(),
            "a few only, and longer than others ever take"
        );
    }
}
