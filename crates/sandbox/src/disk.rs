//! The sandbox's books on disk: one table of JSON records, one transaction a change.

use crate::world::{Dirty, World};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use std::path::Path;

const RECORDS: TableDefinition<(&str, &str), &[u8]> = TableDefinition::new("records");
const SECRETS: TableDefinition<&str, &[u8]> = TableDefinition::new("secrets");

/// Bytes of the key under which card fingerprints are made.
const FINGERPRINT_KEY_BYTES: usize = 32;

/// The file.
pub struct Disk {
    db: Database,
}

impl Disk {
    /// Opens or makes the file in `dir`.
    ///
    /// # Errors
    /// Where the folder cannot be written or another process holds the file.
    pub fn open(dir: &Path) -> anyhow::Result<Disk> {
        use anyhow::Context;
        let path = dir.join("sandbox.redb");
        make_private(dir).with_context(|| format!("sandbox: cannot make the folder {}", dir.display()))?;
        let made = keep_private(&path);
        made.with_context(|| format!("sandbox: cannot use {}", path.display()))?;
        let db = Database::create(&path).with_context(|| {
            format!("sandbox: cannot open {}; is another sandbox running on this folder?", path.display())
        })?;
        let tx = db.begin_write()?;
        tx.open_table(RECORDS)?;
        tx.open_table(SECRETS)?;
        tx.commit()?;
        Ok(Disk { db })
    }

    /// Reads all records into `world`.
    ///
    /// # Errors
    /// As the file system says.
    pub fn load(&self, world: &mut World) -> Result<(), redb::Error> {
        let tx = self.db.begin_read()?;
        for record in tx.open_table(RECORDS)?.iter()? {
            let (name, json) = record?;
            let (kind, id) = name.value();
            world.load(kind, id, json.value());
        }
        Ok(())
    }

    /// Writes changes, all or none, and waits until they are on disk.
    ///
    /// # Errors
    /// As the file system says.
    pub fn save(&self, dirty: &[Dirty]) -> Result<(), redb::Error> {
        if dirty.is_empty() {
            return Ok(());
        }
        let tx = self.db.begin_write()?;
        {
            let mut records = tx.open_table(RECORDS)?;
            for (kind, id, json) in dirty {
                match json {
                    Some(json) => records.insert((*kind, id.as_str()), json.as_slice())?,
                    None => records.remove((*kind, id.as_str()))?,
                };
            }
        }
        tx.commit()?;
        Ok(())
    }

    /// The key under which card fingerprints are made; made at first use.
    ///
    /// # Errors
    /// As the file system says.
    pub fn fingerprint_key(&self) -> anyhow::Result<aws_lc_rs::hmac::Key> {
        let tx = self.db.begin_write()?;
        let key = {
            let mut secrets = tx.open_table(SECRETS)?;
            let kept = secrets.get("fingerprint")?.map(|k| k.value().to_vec());
            match kept {
                Some(key) => key,
                None => {
                    let mut key = vec![0; FINGERPRINT_KEY_BYTES];
                    aws_lc_rs::rand::fill(&mut key).map_err(|_| anyhow::anyhow!("sandbox: no randomness"))?;
                    secrets.insert("fingerprint", key.as_slice())?;
                    key
                }
            }
        };
        tx.commit()?;
        Ok(aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &key))
    }
}

/// Makes the file, readable by its owner only, or takes others' rights to it away: redb goes by the umask.
fn keep_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let mut options = std::fs::OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))
}

fn make_private(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}
