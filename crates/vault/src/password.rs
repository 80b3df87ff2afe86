//! Passwords: which are accepted, and how they are kept.
//!
//! Kept: argon2id (19 MiB, two passes, OWASP's parameters of 2024) over an HMAC of the password with a pepper that only
//! the vault has, with a random salt. Whoever copies the store cannot even begin to guess.
//!
//! First form of the rule: length, a list, patterns. A larger list and an estimate of guesses come later.

use crate::{
    crypto::{CryptoError, hmac256, random},
    keys::Keyring,
};
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::constant_time;
use serde::{Deserialize, Serialize};
use std::{
    collections::HashSet,
    sync::{Arc, Condvar, LazyLock, Mutex},
};
use unicode_normalization::UnicodeNormalization;
use vault_api::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN, PasswordFault};
use zeroize::Zeroizing;

/// Memory of one check, KiB.
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over it.
const PASSES: u32 = 2;
/// Checks at the same time: the rest of the machine must go on working.
const PARALLEL_MAX: usize = 2;
/// Checks that may wait for their turn; more are told to come back.
const WAITING_MAX: usize = 32;
/// Logins and name parts shorter than this may turn up in a password by chance.
const LOGIN_CHARS_MIN: usize = 4;
/// Passwords of digits alone: dates and telephone numbers are tried first.
const DIGITS_ONLY_CHARS_MIN: usize = 16;

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
        Hasher {
            keys,
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
        if turns.running >= PARALLEL_MAX {
            if turns.waiting >= WAITING_MAX {
                return Err(HashError::Busy);
            }
            turns.waiting += 1;
            while turns.running >= PARALLEL_MAX {
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

/// Whether a new password may be used by whoever signs in as `login` (a login or a mail address).
pub(crate) fn judge(password: &str, login: &str) -> Result<(), PasswordFault> {
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(PasswordFault::TooLong);
    }
    let lower = |s: &str| Zeroizing::new(s.nfkc().flat_map(char::to_lowercase).collect::<String>());
    let folded = lower(password);
    if folded.chars().count() < PASSWORD_CHARS_MIN {
        return Err(PasswordFault::TooShort);
    }
    let login = lower(login);
    let name = login.split('@').next().unwrap_or_default();
    if name.chars().count() >= LOGIN_CHARS_MIN && folded.contains(name) {
        return Err(PasswordFault::HoldsLogin);
    }
    if is_common(&folded) {
        return Err(PasswordFault::Common);
    }
    if is_pattern(&folded) { Err(PasswordFault::Pattern) } else { Ok(()) }
}

static COMMON: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().filter(|l| !l.is_empty()).collect());

/// Whether what is left without digits and signs around it, and with 0 for o and the like undone, is on the list,
/// once or several times over.
fn is_common(folded: &str) -> bool {
    let letters = |c: char| c.is_alphabetic();
    let plain = |c: char| match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        c => c,
    };
    let trimmed = Zeroizing::new(folded.trim_matches(|c| !letters(c)).chars().map(plain).collect::<String>());
    let undone = Zeroizing::new(folded.chars().map(plain).collect::<String>());
    let cores = [folded.trim_matches(|c| !letters(c)), &trimmed[..], undone.trim_matches(|c| !letters(c))];
    cores.into_iter().filter(|core| !core.is_empty()).any(|core| {
        let words: Vec<&str> = core.split(|c| !letters(c)).filter(|w| !w.is_empty()).collect();
        COMMON.contains(core)
            || words.iter().all(|w| COMMON.contains(w))
            || COMMON.iter().any(|word| core.len() > word.len() && core.replace(word, "").is_empty())
    })
}

/// Few different characters, digits alone, one piece repeated, or mostly runs.
fn is_pattern(folded: &str) -> bool {
    let chars = Zeroizing::new(folded.chars().map(u32::from).collect::<Vec<_>>());
    let distinct = chars.iter().collect::<HashSet<_>>().len();
    let digits_only = folded.bytes().all(|b| b.is_ascii_digit()) && chars.len() < DIGITS_ONLY_CHARS_MIN;
    let repeated =
        (1..=chars.len() / 3).any(|period| chars.iter().zip(&chars[period..]).all(|(a, b)| a == b));
    let steps = chars.windows(2).filter(|w| w[0].abs_diff(w[1]) <= 1).count();
    distinct < 5 || digits_only || repeated || steps * 10 >= (chars.len() - 1) * 7
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
        let turns: Vec<_> = (0..PARALLEL_MAX).map(|_| hasher.turn().ok().unwrap()).collect();
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
        assert!(most.into_inner().unwrap().1 <= PARALLEL_MAX);
    }

    #[test]
    fn judged() {
        let fault = |p: &str| judge(p, "hanako.kuri@example.jp").err();
        for good in
            ["correct horse battery", "くりのきのした9ばんち", "mF7-krQ2pz!x", "tsuki ga kirei desu ne"]
        {
            assert_eq!(fault(good), None, "{good}");
        }
        for (bad, why) in [
            ("short9!", PasswordFault::TooShort),
            ("password1234", PasswordFault::Common),
            ("P@ssw0rd!!!!", PasswordFault::Common),
            ("sakurasakura", PasswordFault::Common),
            ("qwerty-2024-qwerty", PasswordFault::Common),
            ("aaaaaaaaaaaaaa", PasswordFault::Pattern),
            ("0123456789", PasswordFault::Pattern),
            ("09012345678", PasswordFault::Pattern),
            ("xk9!xk9!xk9!", PasswordFault::Pattern),
            ("abcdefghijklm", PasswordFault::Pattern),
            ("my-hanako.kuri-1", PasswordFault::HoldsLogin),
        ] {
            assert_eq!(fault(bad), Some(why), "{bad}");
        }
        assert_eq!(fault(&"xy9 ".repeat(200)), Some(PasswordFault::TooLong));
    }
}
