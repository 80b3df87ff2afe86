//! `dozo incident pack`: a history in columns, made once, for evaluations at size; and reading either form.

use ::incident::{Facts, History, PACKED, Packed, Scope};
use anyhow::{Context, Result};
use std::{
    fs::{File, OpenOptions},
    io::{BufReader, BufWriter, Read},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// What `dozo incident pack` takes.
#[derive(clap::Args)]
pub struct Options {
    /// The recorded events, one JSON object a line; `-` for standard input.
    history: PathBuf,
    /// The file to make; it must not be there yet. `evaluate` takes it in place of the history.
    #[arg(long)]
    to: PathBuf,
}

/// Does it.
///
/// # Errors
/// Where the history cannot be read, or the file is there already; nothing half-written stays.
pub fn run(options: &Options) -> Result<()> {
    let name = options.to.display();
    let packed = Packed::of(lines(&options.history)?);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&options.to);
    let file = file.with_context(|| format!("cannot make {name}"))?;
    if let Err(e) = packed.write(BufWriter::new(file)) {
        let _ = std::fs::remove_file(&options.to);
        return Err(e).with_context(|| format!("cannot write {name}"));
    }
    println!("{name}: {} events, {} persons", packed.events(), packed.persons());
    Ok(())
}

/// Records in either form.
pub enum Recorded {
    /// As they were written.
    Lines(History),
    /// In columns: of whom nothing concerns, nothing is told.
    Columns(Box<Packed>),
}

impl Recorded {
    /// Reads a file, or standard input for `-`.
    pub fn read(path: &Path) -> Result<Recorded> {
        if path == Path::new("-") {
            return Ok(Recorded::Lines(lines(path)?));
        }
        let name = path.display();
        let mut file = File::open(path).with_context(|| format!("cannot read {name}"))?;
        let mut head = Vec::new();
        (&mut file).take(PACKED.len() as u64).read_to_end(&mut head).with_context(|| name.to_string())?;
        let columns = head == PACKED;
        // A pipe cannot be read again from its beginning.
        let whole = BufReader::new(head.as_slice().chain(file));
        if columns {
            return Ok(Recorded::Columns(Box::new(Packed::read(whole).with_context(|| name.to_string())?)));
        }
        Ok(Recorded::Lines(History::read(whole).with_context(|| name.to_string())?))
    }

    /// Applies facts.
    ///
    /// # Errors
    /// As [`Packed::evaluate`].
    pub fn evaluate(&self, facts: &Facts) -> Result<Scope> {
        match self {
            Recorded::Lines(history) => Ok(Scope::evaluate(facts, history)),
            Recorded::Columns(packed) => Ok(packed.evaluate(facts)?),
        }
    }

    /// Whether everybody is told of, not only whom something concerns.
    pub fn tells_of_all(&self) -> bool {
        matches!(self, Recorded::Lines(_))
    }
}

fn lines(path: &Path) -> Result<History> {
    if path == Path::new("-") {
        return Ok(History::read(std::io::stdin().lock())?);
    }
    let name = path.display();
    let file = File::open(path).with_context(|| format!("cannot read {name}"))?;
    History::read(BufReader::new(file)).with_context(|| name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: &str = r#"
format = 1
title = { ja = "例", en = "example" }
causes = [{ id = "a", title = { ja = "例", en = "example" }, items = ["name"], rule = { event = "order" } }]
"#;

    #[test]
    fn a_pipe_is_read_as_a_file_is() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let writer = std::thread::spawn({
            let pipe = pipe.clone();
            move || std::fs::write(pipe, "{\"event\":\"order\",\"id\":\"1\",\"person\":\"p\"}\n").unwrap()
        });
        let scope = Recorded::read(&pipe).unwrap().evaluate(&Facts::read(FACTS).unwrap()).unwrap();
        writer.join().unwrap();
        assert_eq!(scope.persons_known, 1);
    }

    #[test]
    fn either_form_says_the_same_and_a_cut_file_says_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (history, to) = (dir.path().join("h.jsonl"), dir.path().join("h.columns"));
        std::fs::write(
            &history,
            "{\"event\":\"order\",\"id\":\"1\",\"person\":\"p\"}\n{\"event\":\"login\",\"person\":\"q\"}\n",
        )
        .unwrap();
        run(&Options { history: history.clone(), to: to.clone() }).unwrap();
        assert!(run(&Options { history: history.clone(), to: to.clone() }).is_err(), "it is there already");
        let facts = Facts::read(FACTS).unwrap();
        let (lines, columns) = (Recorded::read(&history).unwrap(), Recorded::read(&to).unwrap());
        assert!(lines.tells_of_all() && !columns.tells_of_all());
        let (a, b) = (lines.evaluate(&facts).unwrap(), columns.evaluate(&facts).unwrap());
        assert_eq!((a.causes[0].affected, a.persons_known), (b.causes[0].affected, b.persons_known));
        assert_eq!((a.persons.len(), b.persons.len()), (2, 1));
        let whole = std::fs::read(&to).unwrap();
        std::fs::write(&to, &whole[..whole.len() - 1]).unwrap();
        assert!(Recorded::read(&to).is_err());
        let before = [b"dozo history 3", &whole[14..]].concat();
        std::fs::write(&to, before).unwrap();
        let told = Recorded::read(&to).map(|_| ()).unwrap_err();
        assert!(format!("{told:#}").contains("make it anew"), "{told:#}");
    }
}
