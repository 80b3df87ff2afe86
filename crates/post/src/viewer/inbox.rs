//! The viewer's folder: one file for each mail, and what the list shows of them in memory.

use super::mail::{self, Summary};
use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock},
};
use uuid::Uuid;

/// The most mails kept; the oldest go first.
pub const MAILS_MAX: usize = 1_000;

/// The mails that came in, by id; ids grow with time (UUID version 7).
pub struct Inbox {
    folder: PathBuf,
    list: RwLock<BTreeMap<Uuid, Summary>>,
}

impl Inbox {
    /// Opens the folder and reads what is in it.
    ///
    /// # Errors
    /// As the kernel says, where the folder cannot be made or read.
    pub fn open(folder: &Path) -> io::Result<Inbox> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let inbox = Inbox { folder: folder.to_owned(), list: RwLock::default() };
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            match (path.extension().and_then(|e| e.to_str()), path.file_stem().and_then(|s| s.to_str())) {
                (Some("eml"), Some(stem)) => {
                    if let Ok(id) = Uuid::try_parse(stem) {
                        inbox.insert(id, mail::summary(id, &fs::read(&path)?));
                    }
                }
                // Left over from a crash in the middle of a mail, which was not answered with a yes.
                (Some("part"), _) => fs::remove_file(&path)?,
                _ => {}
            }
        }
        Ok(inbox)
    }

    /// Keeps a mail; it is on the disk when this returns.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn keep(&self, raw: &[u8]) -> io::Result<()> {
        let id = Uuid::now_v7();
        let part = self.folder.join(format!("{}.part", id.simple()));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
        file.write_all(raw)?;
        file.sync_data()?;
        fs::rename(&part, self.path(id))?;
        self.insert(id, mail::summary(id, raw));
        Ok(())
    }

    /// All mails, newest first.
    pub fn list(&self) -> Vec<(Uuid, Summary)> {
        let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
        list.iter().rev().map(|(id, summary)| (*id, summary.clone())).collect()
    }

    /// The bytes of a mail, or `None` where there is none of this id.
    pub fn raw(&self, id: Uuid) -> Option<Vec<u8>> {
        let known = self.list.read().unwrap_or_else(PoisonError::into_inner).contains_key(&id);
        if known { fs::read(self.path(id)).ok() } else { None }
    }

    /// Removes all mails.
    ///
    /// # Errors
    /// As the kernel says; the others are gone nevertheless.
    pub fn clear(&self) -> io::Result<()> {
        let all = std::mem::take(&mut *self.list.write().unwrap_or_else(PoisonError::into_inner));
        all.into_keys().map(|id| fs::remove_file(self.path(id))).fold(Ok(()), Result::and)
    }

    fn insert(&self, id: Uuid, summary: Summary) {
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        list.insert(id, summary);
        while list.len() > MAILS_MAX {
            if let Some((oldest, _)) = list.pop_first() {
                let _ = fs::remove_file(self.path(oldest));
            }
        }
    }

    fn path(&self, id: Uuid) -> PathBuf {
        self.folder.join(format!("{}.eml", id.simple()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn keeps_across_restarts() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("mailbox");
        let inbox = Inbox::open(&folder).unwrap();
        inbox.keep(b"Subject: one\r\n\r\n1\r\n").unwrap();
        inbox.keep(b"Subject: two\r\n\r\n2\r\n").unwrap();
        fs::write(folder.join("x.part"), b"half").unwrap();
        let inbox = Inbox::open(&folder).unwrap();
        let list = inbox.list();
        assert_eq!(list.iter().map(|(_, s)| s.subject.as_str()).collect::<Vec<_>>(), ["two", "one"]);
        assert_eq!(inbox.raw(list[1].0).unwrap(), b"Subject: one\r\n\r\n1\r\n");
        assert_eq!(inbox.raw(Uuid::nil()), None);
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        for file in fs::read_dir(&folder).unwrap() {
            assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        inbox.clear().unwrap();
        assert!(inbox.list().is_empty() && fs::read_dir(&folder).unwrap().next().is_none());
    }
}
