//! How passwords are kept: argon2id over an HMAC of the password with a pepper that only the vault has, with a random
//! salt. Whoever copies the store cannot even begin to guess. Which ones are accepted: [`crate::password_rule`].
//!
//! Parameters: OWASP Password Storage Cheat Sheet, argon2id: 19 MiB of memory, two passes, one lane. They stand in each
//! verifier; one that has others, or an older pepper, is made anew at the next sign-in.
//!
//! Checks take turns, fewer at once than the machine has cores, and few wait: a flood of sign-ins is told to come back,
//! and whoever is signed in already goes on.

use crate::{
    crypto::{CryptoError, hmac256, random},
    keys::Keyring,
};
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::constant_time;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Condvar, Mutex};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Memory of one check, KiB.
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over it.
const PASSES: u32 = 2;
/// Checks at the same time, at most; always fewer than there are cores, where there are several: the rest of the house
/// must go on working.
const PARALLEL_MAX: usize = 4;
/// Checks that may wait for their turn; more are told to come back. Together with those that run fewer than the lines
/// that `web` has to the vault: a flood of sign-ins must leave some to everybody else.
const WAITING_MAX: usize = 16;

/// What is kept of a password.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Verifier {
    memory_kib: u32,
    /// Passes in the lowest byte; above it how often the pepper had been changed, where older records have zeros.
    passes_and_pepper: u32,
    salt: [u8; 16],
    hash: [u8; 32],
}

impl Verifier {
    fn unmade(pepper: u32, salt: [u8; 16]) -> Verifier {
        let passes_and_pepper = PASSES | (pepper - 1) << 8;
        Verifier { memory_kib: MEMORY_KIB, passes_and_pepper, salt, hash: [0; 32] }
    }

    fn passes(&self) -> u32 {
        self.passes_and_pepper & 0xff
    }

    /// The version of the pepper that was mixed in.
    pub(crate) fn pepper(&self) -> u32 {
        (self.passes_and_pepper >> 8) + 1
    }

    /// Whether it is the very same: each has a salt of its own.
    pub(crate) fn is(&self, other: &Verifier) -> bool {
        self.salt == other.salt
    }
}

/// Why a password was not hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HashError {
    /// Too many wait already.
    Busy,
    /// The random source or argon2 failed.
    Broken,
}

impl From<CryptoError> for HashError {
    fn from(_: CryptoError) -> HashError {
        HashError::Broken
    }
}

/// Hashes passwords, a few at a time.
pub(crate) struct Hasher {
    keys: Arc<Keyring>,
    parallel_max: usize,
    turns: Mutex<Turns>,
    freed: Condvar,
    /// How often argon2 ran: what a visitor could measure.
    #[cfg(test)]
    pub(crate) ran: std::sync::atomic::AtomicUsize,
}

#[derive(Default)]
struct Turns {
    running: usize,
    waiting: usize,
}

impl Hasher {
    /// A hasher; the keys have its pepper.
    pub(crate) fn new(keys: Arc<Keyring>) -> Hasher {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Hasher {
            keys,
            parallel_max: cores.saturating_sub(1).clamp(1, PARALLEL_MAX),
            turns: Mutex::default(),
            freed: Condvar::new(),
            #[cfg(test)]
            ran: std::sync::atomic::AtomicUsize::new(0),
        }
    }

    /// What to keep of a new password.
    pub(crate) fn make(&self, password: &str) -> Result<Verifier, HashError> {
        let mut made = Verifier::unmade(self.keys.ring().pepper.newest_version(), *random()?);
        made.hash = *self.hash(&made, password)?;
        Ok(made)
    }

    /// Whether it is the password. With no verifier the answer is no, after the same work.
    pub(crate) fn check(&self, verifier: Option<&Verifier>, password: &str) -> Result<bool, HashError> {
        let nobody = Verifier::unmade(self.keys.ring().pepper.newest_version(), [0; 16]);
        let against = verifier.unwrap_or(&nobody);
        let hash = self.hash(against, password)?;
        let same = constant_time::verify_slices_are_equal(&hash[..], &against.hash).is_ok();
        Ok(same && verifier.is_some())
    }

    /// The verifier anew, of a password that was right, where the pepper or the parameters have changed since. `None`
    /// also where too many wait: the next sign-in will do.
    pub(crate) fn renewed(&self, old: &Verifier, password: &str) -> Result<Option<Verifier>, HashError> {
        let current = Verifier::unmade(self.keys.ring().pepper.newest_version(), old.salt);
        let same = |v: &Verifier| (v.memory_kib, v.passes_and_pepper);
        if same(old) == same(&current) {
            return Ok(None);
        }
        match self.make(password) {
            Err(HashError::Busy) => Ok(None),
            made => made.map(Some),
        }
    }

    fn hash(&self, with: &Verifier, password: &str) -> Result<Zeroizing<[u8; 32]>, HashError> {
        let ring = self.keys.ring();
        let pepper = ring.pepper.get(with.pepper()).ok_or(HashError::Broken)?;
        let _turn = self.turn()?;
        #[cfg(test)]
        self.ran.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let folded = Zeroizing::new(password.nfkc().collect::<String>());
        let peppered = hmac256(pepper, folded.as_bytes());
        let params =
            Params::new(with.memory_kib, with.passes(), 1, Some(32)).map_err(|_| HashError::Broken)?;
        let mut out = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(&peppered[..], &with.salt, &mut out[..])
            .map_err(|_| HashError::Broken)?;
        Ok(out)
    }

    fn turn(&self) -> Result<Turn<'_>, HashError> {
        let mut turns = self.turns.lock().unwrap_or_else(|p| p.into_inner());
        if turns.running >= self.parallel_max {
            if turns.waiting >= WAITING_MAX {
                return Err(HashError::Busy);
            }
            turns.waiting += 1;
            while turns.running >= self.parallel_max {
                turns = self.freed.wait(turns).unwrap_or_else(|p| p.into_inner());
            }
            turns.waiting -= 1;
        }
        turns.running += 1;
        Ok(Turn(self))
    }
}

struct Turn<'a>(&'a Hasher);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.turns.lock().unwrap_or_else(|p| p.into_inner()).running -= 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    fn hasher() -> Hasher {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::Store::open(&dir.path().join("s")).unwrap();
        let source = crate::keys::root::RootSource::find(dir.path(), None);
        Hasher::new(Arc::new(Keyring::open(source, &store).unwrap()))
    }

    #[test]
    fn right_wrong_nobody_and_another_pepper() {
        let hasher = hasher();
        let kept = hasher.make("kuri-no-ki ９").unwrap();
        assert_eq!(hasher.check(Some(&kept), "kuri-no-ki 9"), Ok(true), "NFKC");
        assert_eq!(hasher.check(Some(&kept), "kuri-no-ki 8"), Ok(false));
        assert_eq!(hasher.check(None, "kuri-no-ki 9"), Ok(false));
        let other = self::hasher();
        assert_eq!(other.check(Some(&kept), "kuri-no-ki 9"), Ok(false));
    }

    #[test]
    fn the_queue_ends() {
        let hasher = hasher();
        hasher.turns.lock().unwrap().waiting = WAITING_MAX;
        let turns: Vec<_> = (0..hasher.parallel_max).map(|_| hasher.turn().ok().unwrap()).collect();
        assert_eq!(hasher.turn().err(), Some(HashError::Busy));
        drop(turns);
        hasher.turns.lock().unwrap().waiting = 0;
        let (most, barrier) = (Mutex::new((0, 0)), Barrier::new(8));
        std::thread::scope(|s| {
            for _ in 0..8 {
                s.spawn(|| {
                    barrier.wait();
                    let _turn = hasher.turn().ok().unwrap();
                    let mut most_now = most.lock().unwrap();
                    most_now.0 += 1;
                    most_now.1 = most_now.1.max(most_now.0);
                    drop(most_now);
                    std::thread::yield_now();
                    most.lock().unwrap().0 -= 1;
                });
            }
        });
        assert!(most.into_inner().unwrap().1 <= hasher.parallel_max);
    }
}
