//! `dozo incident publish`: the pages, in a folder that is exchanged whole.

use super::{Told, text};
use ::desk::{
    Case,
    counts::CauseCounts,
    publish::{self, RECORD, Record},
};
use anyhow::{Context, Result, bail, ensure};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};

/// The record of a publication is read whole up to this, in bytes.
const RECORD_BYTES_MAX: u64 = 64 << 20;

/// What to publish.
#[derive(clap::Args)]
pub struct Publish {
    #[command(flatten)]
    told: Told,
    /// The folder: one that does not exist yet, is empty, or holds an earlier publication, whose versions are kept.
    #[arg(long)]
    to: PathBuf,
    /// A cause concerns nobody by the counts, and that is meant so.
    #[arg(long)]
    none_concerned: bool,
}

/// Writes the pages. Whoever reads the folder sees those of before or those of now, nothing between.
///
/// # Errors
/// Where something must be stated first, the folder is another's, or it cannot be written; it is as before then.
pub fn run(options: &Publish) -> Result<()> {
    let (facts, counts, today) = options.told.read()?;
    let case = Case { facts: &facts, counts: counts.as_ref(), today };
    // That nobody is concerned is more often a rule that asks for records which nobody has.
    let nobody = |c: &CauseCounts| c.affected.persons.count == 0 && c.affected.records.count == 0;
    let none: Vec<&str> =
        counts.iter().flat_map(|counts| &counts.causes).filter(|c| nobody(c)).map(|c| &c.id[..]).collect();
    ensure!(
        none.is_empty() || options.none_concerned,
        "nobody is concerned by {}: read what `evaluate` warns of, ask in the rule for records that there are, or say --none-concerned where it is so",
        none.join(", ")
    );
    let to = std::path::absolute(&options.to)?;
    let files = publish::files(case, before(&to)?)?;
    let (Some(parent), Some(name)) = (to.parent(), to.file_name()) else {
        bail!("{} cannot be a folder of pages", to.display());
    };
    fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    let fresh = parent.join(format!(".{}.{}", name.to_string_lossy(), std::process::id()));
    let written = write(&fresh, &files).and_then(|()| exchange(&fresh, &to));
    if fresh.exists() {
        fs::remove_dir_all(&fresh).with_context(|| format!("cannot remove {}", fresh.display()))?;
    }
    written?;
    let version = facts.versions.last().map_or(0, |version| version.number);
    writeln!(std::io::stdout(), "{}: version {version}, {} files", to.display(), files.len())?;
    Ok(())
}

/// What the folder holds of earlier versions.
fn before(to: &Path) -> Result<Option<Record>> {
    let record = to.join(RECORD);
    if record.exists() {
        let text = text(&record, RECORD_BYTES_MAX)?;
        return Ok(Some(Record::read(&text).with_context(|| record.display().to_string())?));
    }
    let empty = match fs::read_dir(to) {
        Ok(mut entries) => entries.next().is_none(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => true,
        Err(e) => return Err(e).with_context(|| format!("cannot read {}", to.display())),
    };
    ensure!(
        empty,
        "{} holds other files: name an empty folder, or one with an earlier publication (its {RECORD} is missing)",
        to.display()
    );
    Ok(None)
}

fn write(folder: &Path, files: &publish::Files) -> Result<()> {
    for (path, text) in files {
        let path = folder.join(path);
        let cannot = || format!("cannot write {}", path.display());
        path.parent().map(fs::create_dir_all).transpose().with_context(cannot)?;
        let mut file = File::create_new(&path).with_context(cannot)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(cannot)?;
    }
    Ok(())
}

/// Puts the new folder in the place of the old one, in one step; the old one is then where the new one was.
fn exchange(fresh: &Path, to: &Path) -> Result<()> {
    let flags = if to.exists() { RenameFlags::EXCHANGE } else { RenameFlags::NOREPLACE };
    renameat_with(CWD, fresh, CWD, to, flags)
        .with_context(|| format!("cannot put the pages at {}", to.display()))?;
    let parent = to.parent().map(File::open).transpose()?;
    Ok(parent.map_or(Ok(()), |parent| parent.sync_all())?)
}
