//! Pages that are not the same for everybody (cloaking): the same address by different browsers, and by one look after
//! the other.
//!
//! A page that differs from the look before is fetched twice more at once: as the browser of the look before, and as that
//! of this one. Where it changed for everybody, both show the new one. Where the one shows the old and the other the new,
//! the page goes by the browser; where both show the old, this look alone was shown another. Something that changes back
//! in that very moment (the last box of a product, taken and given back) looks the same, so it is a finding only when it
//! happens again, some seconds later.

use super::eyes::Face;
use crate::finding::Finding;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::{Duration, Instant},
};

/// Two such looks at one kind of page, so far apart at least, are a finding.
const APART: Duration = Duration::from_secs(4);
/// For so long an odd look is kept in mind, and a finding stands after the last.
const KEPT: Duration = Duration::from_secs(300);
/// The most addresses that are compared, and odd looks that are kept in mind.
const PLACES_MAX: usize = 500;
const ODD_MAX: usize = 200;

/// How each page was seen last.
#[derive(Default)]
pub(crate) struct Compared {
    /// By address and language: hash, and the face it was shown to.
    last: BTreeMap<(String, usize), (String, Face)>,
    odd: VecDeque<(Instant, &'static str)>,
}

impl Compared {
    /// Compares a look at `path` with the one before in the same language; `again` looks once more.
    pub(crate) fn see(
        &mut self,
        kind: &'static str,
        path: &str,
        face: Face,
        hash: &str,
        mut again: impl FnMut(Face) -> Option<String>,
    ) {
        let key = (path.to_owned(), face.language());
        if self.last.len() >= PLACES_MAX && !self.last.contains_key(&key) {
            self.last.pop_first();
        }
        let before = self.last.insert(key.clone(), (hash.to_owned(), face));
        let Some((old, old_face)) = before.filter(|(old, _)| old != hash) else { return };
        let (Some(first), Some(second)) = (again(old_face), again(face)) else { return };
        if first == old && (second == hash || second == old) {
            tracing::warn!(page = kind, "a page was not the same for two looks");
            self.odd.push_back((Instant::now(), kind));
            self.odd.truncate(ODD_MAX);
            if second == old {
                // What most are shown is what is compared with.
                self.last.insert(key, (old, old_face));
            }
        }
    }

    /// The kinds of pages that are not the same for everybody.
    pub(crate) fn findings(&mut self) -> BTreeSet<Finding> {
        self.odd.retain(|(at, _)| at.elapsed() < KEPT);
        let kinds: BTreeSet<&str> = self.odd.iter().map(|(_, kind)| *kind).collect();
        let is_odd = |kind: &&str| {
            let mut of_kind = self.odd.iter().filter(|(_, of)| of == kind).map(|(at, _)| *at);
            let first = of_kind.next();
            first.is_some_and(|first| of_kind.any(|at| at.duration_since(first) >= APART))
        };
        kinds.into_iter().filter(is_odd).map(|page| Finding::Cloaked { page: page.to_owned() }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks `count` times, four seconds apart, at a page that is shown as `shown` says by face and number of the look.
    fn looks(count: usize, shown: impl Fn(Face, usize) -> u8) -> usize {
        let mut compared = Compared::default();
        let fetched = std::cell::Cell::new(0);
        let fetch = |face: Face| {
            fetched.set(fetched.get() + 1);
            shown(face, fetched.get()).to_string()
        };
        for look in 0..count {
            let face = Face(look);
            let hash = fetch(face);
            compared.see("product", "/p/kuri", face, &hash, |face| Some(fetch(face)));
            for (at, _) in &mut compared.odd {
                *at -= APART;
            }
            compared.odd.iter_mut().for_each(|(at, _)| *at = (*at).max(Instant::now() - KEPT / 2));
            if !compared.findings().is_empty() {
                return look;
            }
        }
        count
    }

    #[test]
    fn a_page_that_changes_for_everybody_is_no_finding() {
        assert_eq!(looks(200, |_, _| 1), 200);
        assert_eq!(looks(200, |_, fetch| (fetch / 40) as u8), 200);
    }

    #[test]
    fn a_page_that_goes_by_the_browser_is_found_in_a_few_looks() {
        let found = looks(60, |Face(face), _| u8::from(face % 4 == 1));
        assert!(found < 30, "{found}");
    }

    #[test]
    fn one_look_in_twenty_is_found_within_some_minutes() {
        // A number from the fetch's own: chance without a clock.
        let shown = |seed: usize| {
            move |_: Face, fetch: usize| {
                u8::from((fetch.wrapping_add(seed * 7_919)).wrapping_mul(2_654_435_761) >> 7 & 0xff < 13)
            }
        };
        let within = (0..200).filter(|seed| looks(150, shown(*seed)) < 150).count();
        assert!(within >= 190, "{within} of 200");
    }
}
