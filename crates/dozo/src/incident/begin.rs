//! `dozo incident new`: a facts file to begin with.

use anyhow::{Context, Result};
use std::{fs::File, io::Write, path::PathBuf};

const BEGINNING: &str = include_str!("../../assets/incident.toml");

/// Where to begin.
#[derive(clap::Args)]
pub struct New {
    /// The file to write; one that exists is left alone.
    file: PathBuf,
}

/// Writes a facts file with comments in both languages, which can be used as it stands.
///
/// # Errors
/// Where there is such a file already, or it cannot be written.
pub fn run(options: &New) -> Result<()> {
    let name = options.file.display();
    let mut file = File::create_new(&options.file).with_context(|| format!("cannot write {name} anew"))?;
    file.write_all(BEGINNING.as_bytes()).with_context(|| format!("cannot write {name}"))?;
    writeln!(std::io::stdout(), "{name}\n次に / next: dozo incident check {name}")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_file_to_begin_with_can_be_used_as_it_stands() {
        let facts = incident::Facts::read(super::BEGINNING).expect("as it stands");
        assert!(!facts.causes.is_empty() && facts.merchant.is_some());
        // Whatever it shows in comments can be used, too.
        let all = super::BEGINNING.lines().map(|line| line.strip_prefix("#: ").unwrap_or(line));
        let all = incident::Facts::read(&all.collect::<Vec<_>>().join("\n")).expect("with what it shows");
        assert!(all.cards.is_some() && all.filings.len() > 3 && all.lookup.is_some());
    }
}
