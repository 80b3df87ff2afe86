//! Crowds of every kind in a small house.

use super::*;
use proptest::prelude::*;
use std::net::Ipv4Addr;
use telemetry::Life;

fn house(connections_max: usize, per_address_max: usize, held_bytes_max: usize) -> Arc<Places> {
    let limits = Limits {
        connections_max,
        connections_per_address_max: per_address_max,
        held_bytes_max,
        ..Limits::default()
    };
    let folder = tempfile::tempdir().unwrap();
    let life = Life::of_test("gate", folder.path());
    Places::new(&limits, life.metrics().counter("gate_connections_cut", "Sent away"))
}

fn address(n: u32) -> IpAddr {
    Ipv4Addr::from(n).into()
}

/// Whether he was sent away.
fn gone(place: &Place) -> bool {
    place.guest.leaving.load(Relaxed)
}

/// Lets the clock of the house go on.
fn later() {
    std::thread::sleep(Duration::from_millis(3));
}

#[test]
fn who_comes_when_all_wait_takes_the_place_of_who_waited_longest() {
    let places = house(3, 3, 100);
    let first = places.enter(address(1)).unwrap();
    later();
    let second = places.enter(address(2)).unwrap();
    let third = places.enter(address(3)).unwrap();
    let work = first.works();
    later();
    let fourth = places.enter(address(4)).unwrap();
    assert!(gone(&second) && !gone(&first) && !gone(&third), "who is served stays");
    drop(work);
    later();
    let fifth = places.enter(address(5)).unwrap();
    assert!(gone(&third) && !gone(&first), "being served begins the waiting anew");
    let work = [&first, &fourth, &fifth].map(|place| place.works());
    assert_eq!(places.enter(address(6)).err(), Some(NoRoom), "all are being served");
    drop(work);
    drop((first, second, third, fourth, fifth));
    assert!(places.is_empty() && places.all().by_address.is_empty());
}

#[test]
fn an_address_has_its_share_and_a_net_of_ipv6_is_one() {
    let places = house(100, 2, 100);
    let held: Vec<_> = (0..2).map(|_| places.enter(address(1)).unwrap()).collect();
    assert!(places.enter(address(1)).is_err() && places.enter(address(2)).is_ok());
    let of_net: Vec<_> =
        (0..2u16).map(|n| places.enter(IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, n])).unwrap()).collect();
    assert!(places.enter("2001:db8::ffff:1".parse().unwrap()).is_err(), "the same /64");
    assert!(places.enter("2001:db8:0:1::1".parse().unwrap()).is_ok());
    drop((held, of_net));
    assert!(places.enter(address(1)).is_ok());
}

#[test]
fn memory_is_taken_back_from_who_lets_us_wait_and_holds_some() {
    let places = house(100, 100, 1_000);
    let (idle, slow, other) = (
        places.enter(address(1)).unwrap(),
        places.enter(address(2)).unwrap(),
        places.enter(address(3)).unwrap(),
    );
    let (mut of_slow, mut of_other) = (slow.hold(), other.hold());
    of_slow.more(600).unwrap();
    later();
    other.heard();
    of_other.more(600).unwrap();
    assert!(gone(&slow) && !gone(&idle) && !gone(&other));
    // He is on his way out: what he holds counts no more, and nobody else has to go for it.
    let third = places.enter(address(4)).unwrap();
    let mut of_third = third.hold();
    drop(of_slow);
    of_third.more(300).unwrap();
    assert!(!gone(&other) && !gone(&third));
    let _work = (other.works(), third.works());
    assert_eq!(of_third.more(300), Err(NoRoom), "those who are served keep what they have");
    drop((of_third, of_other));
    assert_eq!(places.held_bytes.load(Relaxed), 0);
}

#[test]
fn a_trickle_is_no_progress_and_chatter_ends() {
    let places = house(10, 10, 1_000);
    let place = places.enter(address(1)).unwrap();
    let since = |place: &Place| place.guest.since.load(Relaxed);
    let before = since(&place);
    later();
    (0..100).for_each(|_| place.came(10));
    assert_eq!(since(&place), before);
    place.came(STEP_BYTES);
    assert!(since(&place) > before);
    assert!(!place.chatters(CHATTER_BYTES_MAX) && place.chatters(1));
    place.came(1);
    assert!(!place.chatters(1), "a body that gets on is no chatter");
    assert!((0..PACED_MAX).all(|_| !place.paced()));
    assert!(place.paced() && !gone(&place), "first it is said");
    assert!(place.paced() && gone(&place));
}

#[test]
fn idle_ends_where_it_shall() {
    let places = house(10, 10, 1_000);
    let [kept, silent, served] = [1, 2, 3].map(|n| places.enter(address(n)).unwrap());
    [&silent, &served].into_iter().for_each(|place| place.ends_idle());
    let _work = served.works();
    later();
    places.end_idle(Duration::from_secs(1));
    assert!(!gone(&silent));
    places.end_idle(Duration::from_millis(1));
    assert!(gone(&silent) && !gone(&kept) && !gone(&served));
}

proptest! {
    /// Whatever comes, goes, works and holds: never more places than there are, none lost, nobody cut who is served.
    #[test]
    fn no_place_is_lost(steps in prop::collection::vec((0u8..6, 0usize..12, 0u32..4), 1..200)) {
        let (max, per_address) = (8, 3);
        let places = house(max, per_address, 500);
        let (mut in_house, mut works, mut held) = (Vec::new(), Vec::new(), Vec::new());
        for (what, at, who) in steps {
            let place: Option<Arc<Place>> = in_house.get(at).cloned();
            match (what, place) {
                (0 | 1, _) => in_house.extend(places.enter(address(who)).ok()),
                (2, Some(place)) if !gone(&place) => works.push((place.works(), place)),
                (3, Some(place)) => {
                    let mut some = place.hold();
                    if some.more(100).is_ok() {
                        held.push(some);
                    }
                }
                (4, _) => { works.pop(); }
                (5, _) if at < held.len() => drop(held.swap_remove(at)),
                (_, Some(_)) => drop(in_house.swap_remove(at)),
                _ => {}
            }
            in_house.retain(|place| !gone(place));
            for (_, place) in &works {
                prop_assert!(!gone(place), "who is served is not sent away");
            }
            let all = places.all();
            prop_assert!(all.guests.len() <= max);
            prop_assert!(all.by_address.values().all(|count| *count <= per_address));
            prop_assert_eq!(all.by_address.values().sum::<usize>(), all.guests.len());
        }
        drop((in_house, works, held));
        prop_assert!(places.is_empty() && places.held_bytes.load(Relaxed) == 0);
    }
}
