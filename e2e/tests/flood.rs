//! A flood of password attempts from many addresses, at many accounts, through the gate: whoever is in the shop goes on,
//! and whoever wants to sign in gets in.
#![allow(clippy::unwrap_used)]

use e2e::{
    journey::{Buyer, Pay},
    plain,
    raw::fresh_address,
};
use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};
use testkit::{Dozo, http::Browser};

/// So many try at once: more than the vault lets wait for a check.
const THREADS: usize = 40;
/// Tries of one address before another one goes on: below the gate's pace, so that nothing is kept off there.
const TRIES: usize = 20;
/// How often each thing is done meanwhile.
const ROUNDS: usize = 6;
/// The bound for what does not check a password: looking at one's account, buying.
const PAGE_MAX: Duration = Duration::from_secs(8);
/// The bound for signing in, tries that are told to come back included.
const SIGN_IN_MAX: Duration = Duration::from_secs(20);

/// Somebody of the flood, until he is told to stop.
fn floods(shop: &Dozo, thread: usize, stop: &AtomicBool, tried: &AtomicUsize) {
    for round in 0.. {
        let mut b = Browser::at(fresh_address(), "ja");
        let Ok(page) = b.get(&shop.url("/sign-in")) else { continue };
        let Ok(form) = plain::hidden(&page, "/sign-in") else { continue };
        for n in 0..TRIES {
            if stop.load(Ordering::SeqCst) {
                return;
            }
            // Half at accounts that exist, half at nobody's.
            let mail = if n % 2 == 0 {
                "hanako@demo.example".to_owned()
            } else {
                format!("nobody.{thread}.{round}.{n}@flood.example")
            };
            let typed = [("email", mail.as_str()), ("password", "kore wa chigau 123")];
            if plain::send(&mut b, &shop.url("/sign-in"), &form, &typed).is_ok() {
                tried.fetch_add(1, Ordering::SeqCst);
            }
        }
    }
}

/// Signs in as a person does: who is told to come back comes back a second later. How often he tried.
fn signs_in(shop: &Dozo, member: (&str, &str)) -> (Browser, usize) {
    let began = Instant::now();
    for tries in 1.. {
        let mut b = Browser::at(fresh_address(), "ja");
        let page = b.get(&shop.url("/sign-in")).unwrap();
        let form = plain::hidden(&page, "/sign-in").unwrap();
        let typed = [("email", member.0), ("password", member.1)];
        if plain::send(&mut b, &shop.url("/sign-in"), &form, &typed).unwrap().status == 303 {
            return (b, tries);
        }
        assert!(began.elapsed() < SIGN_IN_MAX, "kept out for {:?}", began.elapsed());
        thread::sleep(Duration::from_secs(1));
    }
    unreachable!()
}

/// Ends the flood, also where something else failed.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn timed<T>(all: &mut Vec<Duration>, work: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let done = work();
    all.push(began.elapsed());
    done
}

#[test]
fn of_sign_ins_starves_neither_those_who_are_here_nor_those_who_come() {
    let shop = e2e::shop();
    let taro = ("taro@demo.example", "akino-konoha-tayori");
    let (mut here, _) = signs_in(&shop, taro);
    let (stop, tried) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (mut pages, mut purchases, mut sign_ins, mut tries) = (vec![], vec![], vec![], 0);
    let began = Instant::now();
    thread::scope(|s| {
        for thread in 0..THREADS {
            let (shop, stop, tried) = (&shop, &stop, &tried);
            s.spawn(move || floods(shop, thread, stop, tried));
        }
        let _ends = Ends(&stop);
        e2e::until("the flood does not begin", || tried.load(Ordering::SeqCst) > THREADS);
        for n in 0..ROUNDS {
            let page = timed(&mut pages, || here.get(&shop.url("/account")).unwrap());
            assert!(page.text().contains("胡桃沢 太郎"), "his own page: {}", page.status);
            let buyer = Buyer { email: format!("flood.{n}@canary.example"), ..Buyer::unique() };
            let mut b = Browser::at(fresh_address(), "ja");
            let order = timed(&mut purchases, || plain::order(&mut b, &shop, &buyer, Pay::Cash).unwrap());
            assert!(b.get(&order).unwrap().text().contains(&buyer.name), "the vault sealed it and opens it");
            tries += timed(&mut sign_ins, || signs_in(&shop, taro)).1;
        }
    });
    let per_s = tried.load(Ordering::SeqCst) as f64 / began.elapsed().as_secs_f64();
    for all in [&mut pages, &mut purchases, &mut sign_ins] {
        all.sort();
    }
    eprintln!(
        "{per_s:.0} tries a second; worst account page {:?}, worst purchase (6 requests) {:?}, worst sign-in {:?} \
         ({tries} tries for {ROUNDS})",
        pages[ROUNDS - 1],
        purchases[ROUNDS - 1],
        sign_ins[ROUNDS - 1]
    );
    assert!(tried.load(Ordering::SeqCst) > THREADS * 4, "that was no flood");
    assert!(pages[ROUNDS - 1] < PAGE_MAX && purchases[ROUNDS - 1] < 3 * PAGE_MAX);
}
