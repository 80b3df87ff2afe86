//! The sandbox's books on disk: one table of JSON records, changes committed in groups.

use crate::world::{Dirty, World};
use groupcommit::{Database, Entered, Made, Pending};
use redb::{ReadableTable, TableDefinition};
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
        let db = groupcommit::builder().create(&path).with_context(|| {
            format!("sandbox: cannot open {}; is another sandbox running on this folder?", path.display())
        })?;
        let db = Database::new(db);
        db.write(|tx| {
            tx.open_table(RECORDS)?;
            tx.open_table(SECRETS)?;
            Ok(Made::Change(()))
        })?;
        Ok(Disk { db })
    }

    /// Reads all records into `world`.
    ///
    /// # Errors
    /// As the file system says.
    pub fn load(&self, world: &mut World) -> Result<(), redb::Error> {
        let tx = self.db.read()?;
        for record in tx.open_table(RECORDS)?.iter()? {
            let (name, json) = record?;
            let (kind, id) = name.value();
            world.load(kind, id, json.value());
        }
        world.note_all_due();
        Ok(())
    }

    /// Comes to write changes. To be called before the books are locked, see [`Database::enter`].
    pub fn enter(&self) -> Entered<'_> {
        self.db.enter()
    }

    /// The key under which card fingerprints are made; made at first use.
    ///
    /// # Errors
    /// As the file system says.
    pub fn fingerprint_key(&self) -> anyhow::Result<aws_lc_rs::hmac::Key> {
        let mut fresh = vec![0; FINGERPRINT_KEY_BYTES];
        aws_lc_rs::rand::fill(&mut fresh).map_err(|_| anyhow::anyhow!("sandbox: no randomness"))?;
        let key = self.db.write(|tx| {
            let mut secrets = tx.open_table(SECRETS)?;
            let kept = secrets.get("fingerprint")?.map(|k| k.value().to_vec());
            if let Some(key) = kept {
                return Ok(Made::Nothing(key));
            }
            secrets.insert("fingerprint", fresh.as_slice())?;
            Ok(Made::Change(fresh))
        })?;
        Ok(aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &key))
    }
}

/// Writes changes, all or none. They are on disk when the pending has been waited for.
///
/// # Errors
/// As the file system says.
pub fn save<'a>(entered: Entered<'a>, dirty: &[Dirty]) -> Result<Pending<'a, ()>, redb::Error> {
    entered.change(|tx| {
        if dirty.is_empty() {
            return Ok(Made::Nothing(()));
        }
        let mut records = tx.open_table(RECORDS)?;
        for (kind, id, json) in dirty {
            match json {
                Some(json) => records.insert((*kind, id.as_str()), json.as_slice())?,
                None => records.remove((*kind, id.as_str()))?,
            };
        }
        Ok(Made::Change(()))
    })
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
