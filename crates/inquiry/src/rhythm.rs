//! When answers leave: in rounds at fixed times, so that neither the time nor the order in which they come says anything
//! about what was found.

/// Rounds are this far apart, in milliseconds: ten minutes, counted from the Unix epoch.
pub const ROUND_MS: i64 = 10 * 60 * 1_000;
/// An inquiry that came within so many milliseconds before a round waits for the next one: whoever takes inquiries in
/// has then long finished with it.
pub const REST_MS: i64 = 60 * 1_000;

/// The round in which an inquiry is answered: depends on when it came and on nothing else.
pub fn round_of(received_ms: i64) -> i64 {
    (received_ms + REST_MS).div_euclid(ROUND_MS) * ROUND_MS + ROUND_MS
}

/// The last round that has begun: every inquiry with [`round_of`] up to it is due.
pub fn last_round(now_ms: i64) -> i64 {
    now_ms.div_euclid(ROUND_MS) * ROUND_MS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_round_comes_after_a_rest_and_within_twenty_minutes(at in 0..i64::from(u32::MAX) * 1_000) {
            let round = round_of(at);
            prop_assert_eq!(round % ROUND_MS, 0);
            prop_assert!(round - at >= REST_MS.min(ROUND_MS - REST_MS) && round - at <= ROUND_MS + REST_MS);
            prop_assert!(last_round(round) == round && last_round(round - 1) < round);
        }

        #[test]
        fn who_came_first_is_never_answered_in_a_later_round(at in 0..i64::from(u32::MAX) * 1_000, later in 0..ROUND_MS * 3) {
            prop_assert!(round_of(at) <= round_of(at + later));
        }
    }
}
