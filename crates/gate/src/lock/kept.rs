//! The lock as it lies in the gate's folder, and what a gate that starts believes of it.
//!
//! The file is for the next start; a gate that runs goes by its memory. Open is what was never closed, or what the owner
//! opened by a note that lies in the file and is checked again. A file that is gone, older than one that was seen, or
//! says that all is open without such a note closes the way to payment: nobody knows what stood there.

use super::challenge::{self, Fresh};
use ledger::VerifierKey;
use lock_api::{By, Closed, Lock, may_say_why};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

/// The file, in the gate's folder.
pub(crate) const FILE: &str = "lock.json";
/// It is never longer.
const KEPT_BYTES_MAX: u64 = 16 * 1024;

/// The file's contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    #[serde(flatten)]
    pub(super) lock: Lock,
    /// What the owner was asked to sign last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) fresh: Option<Fresh>,
    /// The note by which it was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) unlock: Option<String>,
}

impl Kept {
    pub(super) fn of(lock: Lock) -> Kept {
        Kept { lock, fresh: None, unlock: None }
    }

    pub(super) fn text(&self) -> Vec<u8> {
        // A struct of strings and numbers always is JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// What a gate that starts goes by: `folder` holds the file, `seen` is the last lock that the supervisor knows of.
    pub(super) fn believe(
        folder: &Path,
        shop: &str,
        (seen, seen_closed): (u64, Closed),
        owner: Option<&VerifierKey>,
    ) -> Kept {
        let distrusted = |number: u64, why: &str| {
            let closed = seen_closed.max(Closed::Payment);
            tracing::error!(why, closed = closed.word(), "the lock's file cannot be believed: it is locked");
            let since = format!("{:.3}", jiff::Timestamp::now());
            let lock = Lock { number, closed, since, why: why.into(), ..Lock::never() };
            Kept::of(lock)
        };
        let kept = match read(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && seen == 0 => {
                return Kept::of(Lock::never());
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return distrusted(seen, "lock-gone"),
            Err(_) => return distrusted(seen.max(1), "lock-unreadable"),
            Ok(kept) => kept,
        };
        let number = kept.lock.number;
        if number < seen {
            return distrusted(seen, "lock-older");
        }
        if kept.lock.closed != Closed::Nothing || number == 0 {
            // Before locks had numbers, the first had none.
            let number = number.max(u64::from(kept.lock.closed != Closed::Nothing));
            return Kept { lock: Lock { number, ..kept.lock }, ..kept };
        }
        let opened = kept.unlock.as_deref().zip(owner);
        match opened.is_some_and(|(note, owner)| challenge::opens(note, shop, number, owner)) {
            true => kept,
            false => distrusted(number + 1, "unlock-unsigned"),
        }
    }
}

/// Reads the file.
pub(super) fn read(folder: &Path) -> io::Result<Kept> {
    let mut text = Vec::new();
    File::open(folder.join(FILE))?.take(KEPT_BYTES_MAX).read_to_end(&mut text)?;
    Ok(serde_json::from_slice(&text)?)
}

/// Closes the shop of a gate that does not run, in its folder: it is closed when it starts. What is closed further stays
/// so.
///
/// # Errors
/// As the file system says.
pub fn close_in(folder: &Path, closed: Closed, by: By, why: &str) -> io::Result<Lock> {
    if closed == Closed::Nothing || !may_say_why(why) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let before = match read(folder) {
        Ok(kept) => kept.lock,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Lock::never(),
        Err(error) => return Err(error),
    };
    if before.closed >= closed {
        return Ok(before);
    }
    let since = format!("{:.3}", jiff::Timestamp::now());
    let (number, why) = (before.number + 1, why.to_owned());
    let lock = Lock { number, closed, since, by, why, ..Lock::never() };
    // The folder's own owner must be able to read it, whoever writes here.
    let of = fs::metadata(folder)?;
    crate::pages::write_whole(&folder.join(FILE), &Kept::of(lock.clone()).text())?;
    let (uid, gid) = (std::os::unix::fs::MetadataExt::uid(&of), std::os::unix::fs::MetadataExt::gid(&of));
    std::os::unix::fs::chown(folder.join(FILE), Some(uid), Some(gid))?;
    Ok(lock)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::NoteSigner;

    const SHOP: &str = "http://shop.localhost:8080";

    fn owner() -> NoteSigner {
        NoteSigner::from_seed("owner", &[1; 32]).unwrap()
    }

    fn believed(folder: &Path, seen: u64) -> (Closed, u64, String) {
        let lock = Kept::believe(folder, SHOP, (seen, Closed::Nothing), Some(&owner().key())).lock;
        (lock.closed, lock.number, lock.why)
    }

    #[test]
    fn a_file_that_is_gone_opens_nothing() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(believed(dir.path(), 0), (Closed::Nothing, 0, String::new()));
        assert_eq!(believed(dir.path(), 2), (Closed::Payment, 2, "lock-gone".into()));
        let shop = Kept::believe(dir.path(), SHOP, (2, Closed::Shop), Some(&owner().key())).lock;
        assert_eq!(shop.closed, Closed::Shop, "as far as it was closed");
        let lock = close_in(dir.path(), Closed::Shop, By::Owner, "drill").unwrap();
        assert_eq!((lock.number, believed(dir.path(), 0)), (1, (Closed::Shop, 1, "drill".into())));
        assert_eq!(close_in(dir.path(), Closed::Payment, By::Owner, "").unwrap(), lock, "never loosened");
        assert_eq!(believed(dir.path(), 2), (Closed::Payment, 2, "lock-older".into()));
        assert!(close_in(dir.path(), Closed::Nothing, By::Owner, "").is_err());
    }

    #[test]
    fn what_nobody_can_read_closes_payment_and_the_first_form_is_read() {
        let dir = tempfile::tempdir().unwrap();
        for text in [
            "",
            "{",
            "{\"closed\":\"nothing\"}",
            "{\"closed\":\"all\",\"since\":\"\",\"by\":\"gate\",\"why\":\"\"}",
        ] {
            fs::write(dir.path().join(FILE), text).unwrap();
            assert_eq!(believed(dir.path(), 0).0, Closed::Payment, "{text}");
        }
        let first =
            "{\"closed\":\"shop\",\"since\":\"\",\"by\":\"owner\",\"why\":\"\",\"reference\":\"AB12-CD34\"}";
        fs::write(dir.path().join(FILE), first).unwrap();
        assert_eq!(believed(dir.path(), 0), (Closed::Shop, 1, String::new()));
    }

    #[test]
    fn open_is_only_what_the_owner_signed() {
        let dir = tempfile::tempdir().unwrap();
        let closed = Lock { number: 3, closed: Closed::Payment, ..Lock::never() };
        let text = Fresh::new(jiff::Timestamp::now()).unwrap().text(SHOP, &closed);
        let note = challenge::sign(&text, &owner()).unwrap();
        let put = |number, unlock: Option<&str>| {
            let lock = Lock { number, closed: Closed::Nothing, ..Lock::never() };
            let kept = Kept { unlock: unlock.map(str::to_owned), ..Kept::of(lock) };
            fs::write(dir.path().join(FILE), kept.text()).unwrap();
        };
        put(3, Some(&note));
        assert_eq!(believed(dir.path(), 3).0, Closed::Nothing);
        // Without a note, with another's, and with that of a lock before.
        put(3, None);
        assert_eq!(believed(dir.path(), 3), (Closed::Payment, 4, "unlock-unsigned".into()));
        let other = NoteSigner::from_seed("owner", &[2; 32]).unwrap();
        put(3, Some(&challenge::sign(&text, &other).unwrap()));
        assert_eq!(believed(dir.path(), 3).0, Closed::Payment);
        put(4, Some(&note));
        assert_eq!(believed(dir.path(), 4).0, Closed::Payment);
        put(3, Some(&note));
        assert_eq!(believed(dir.path(), 4), (Closed::Payment, 4, "lock-older".into()));
        put(0, None);
        assert_eq!(believed(dir.path(), 1), (Closed::Payment, 1, "lock-older".into()));
    }
}
