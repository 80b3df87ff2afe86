//! The days in which events count, held against the times of many at once.

use super::{
    Times,
    tree::{BLOCK, NO, UNKNOWN, YES, marked},
};
use crate::{When, Window, when::Length};
use std::ops::Range;

/// The windows of a rule.
pub struct Days<'a> {
    times: &'a Times,
    /// For each length that times have, the beginnings for which a truth holds.
    spans: Vec<Vec<Span>>,
}

/// Seconds after the first beginning that is recorded, the first and the last; and what holds of times that begin so.
type Span = ((u64, u64), u8);

impl<'a> Days<'a> {
    /// `None`: no windows, so that events count whenever they were.
    pub fn new(times: &'a Times, windows: &[Window]) -> Option<Days<'a>> {
        let after = |at: i64| i128::from(at) - i128::from(times.base);
        let span = |(first, last): (i64, i64)| {
            let last = u64::try_from(after(last)).ok()?;
            Some((u64::try_from(after(first)).unwrap_or(0), last))
        };
        let of_one = |covered: When, length: Length| {
            let [part, all] = covered.beginnings(length).map(|beginnings| beginnings.and_then(span));
            // Of a second a part is all.
            let each = [(part.filter(|_| part != all), UNKNOWN), (all, YES)];
            each.into_iter().filter_map(|(span, truth)| Some((span?, truth))).collect::<Vec<Span>>()
        };
        let covered = Window::joined(windows);
        let of = |length: &Length| covered.iter().flat_map(|covered| of_one(*covered, *length)).collect();
        (!windows.is_empty()).then(|| Days { times, spans: times.of.iter().map(of).collect() })
    }

    /// Lowers what is said of each of a range, [`BLOCK`] at most, where its time does not count or may not.
    pub fn narrow(&self, range: Range<usize>, out: &mut [u8]) {
        let Times { from, lengths, .. } = self.times;
        let (mut when, mut others) = ([NO; BLOCK], [NO; BLOCK]);
        let (when, others) = (&mut when[..out.len()], &mut others[..out.len()]);
        // As if all had the length that most have; then those that have another, one by one.
        for (span, truth) in self.spans.first().into_iter().flatten() {
            from.raise_between(*span, *truth, range.clone(), when);
        }
        lengths.mark(range.clone(), others);
        others.iter_mut().zip(&*out).for_each(|(other, out)| *other = (*other).min(*out));
        marked(others, |n| {
            let (after, length) = (from.get(range.start + n), lengths.get(range.start + n));
            let holds =
                |((first, last), truth): &Span| if (*first..=*last).contains(&after) { *truth } else { NO };
            when[n] = self.spans[length as usize].iter().map(holds).max().unwrap_or(NO);
        });
        out.iter_mut().zip(when).for_each(|(out, when)| *out = (*out).min(*when));
    }
}
