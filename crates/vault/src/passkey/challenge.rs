//! The challenges that wait for an answer: each for one thing, for a few minutes, and taken once. In memory only: a
//! restart costs whoever was at it another try.

use crate::{
    clock::MINUTE_MS,
    crypto::{CryptoError, Hash, random},
};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};
use vault_api::{Challenge, Sort};

/// How long a challenge waits.
pub(super) const CHALLENGE_MS: i64 = 5 * MINUTE_MS;
/// The most that wait. A flood takes the oldest away, which then lived for a while; who was hit tries again, or types
/// his password.
const CHALLENGES_MAX: usize = 50_000;

/// What a challenge was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// To sign in, whoever it may be.
    SignIn(Sort),
    /// To make a passkey, on this capability.
    Enrol(Hash),
    /// To prove anew, on this capability.
    Proof(Hash),
}

#[derive(Default)]
struct Waiting {
    by_challenge: HashMap<[u8; 32], (For, i64)>,
    oldest_first: VecDeque<[u8; 32]>,
}

/// All challenges that wait.
#[derive(Default)]
pub(crate) struct Challenges(Mutex<Waiting>);

impl Challenges {
    /// Draws one.
    pub(super) fn draw(&self, what: For, now_ms: i64) -> Result<Challenge, CryptoError> {
        let drawn = *random::<32>()?;
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(oldest) = waiting.oldest_first.front().copied() {
            let over = waiting.by_challenge.get(&oldest).is_none_or(|(_, until)| *until <= now_ms);
            if !over && waiting.oldest_first.len() < CHALLENGES_MAX {
                break;
            }
            waiting.oldest_first.pop_front();
            waiting.by_challenge.remove(&oldest);
        }
        waiting.by_challenge.insert(drawn, (what, now_ms + CHALLENGE_MS));
        waiting.oldest_first.push_back(drawn);
        Ok(Challenge::from_bytes(drawn))
    }

    /// Takes one, whatever becomes of it; whether it was made for this and waits no longer than it may.
    pub(super) fn take(&self, challenge: &Challenge, what: For, now_ms: i64) -> bool {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = waiting.by_challenge.remove(challenge.reveal());
        found.is_some_and(|(made_for, until)| made_for == what && until > now_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn once_for_one_thing_and_not_for_long() {
        let (all, member) = (Challenges::default(), For::SignIn(Sort::Customer));
        let one = all.draw(member, 0).unwrap();
        assert!(all.take(&one, member, CHALLENGE_MS - 1));
        assert!(!all.take(&one, member, 0), "once");
        let one = all.draw(member, 0).unwrap();
        assert!(!all.take(&one, For::SignIn(Sort::Staff), 0), "for something else");
        assert!(!all.take(&one, member, 0), "and gone with that");
        let one = all.draw(For::Enrol([1; 32]), 0).unwrap();
        assert!(!all.take(&one, For::Enrol([2; 32]), 0));
        let one = all.draw(member, 0).unwrap();
        assert!(!all.take(&one, member, CHALLENGE_MS));
        assert!(!all.take(&Challenge::from_bytes([0; 32]), member, 0));
    }

    #[test]
    fn a_flood_takes_the_oldest_away() {
        let (all, member) = (Challenges::default(), For::SignIn(Sort::Customer));
        let first = all.draw(member, 0).unwrap();
        let second = all.draw(member, 0).unwrap();
        (2..=CHALLENGES_MAX).for_each(|_| drop(all.draw(member, 1).unwrap()));
        assert!(!all.take(&first, member, 1) && all.take(&second, member, 1));
        drop(all.draw(member, 1 + CHALLENGE_MS).unwrap());
        assert_eq!(all.0.lock().unwrap().by_challenge.len(), 1, "what is over is forgotten");
    }
}
