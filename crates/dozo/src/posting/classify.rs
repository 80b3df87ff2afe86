//! `dozo post classify`: what returned mails say. It prints addresses, which is its purpose, and writes no log.

use anyhow::{Context, Result, ensure};
use bounce::Verdict;
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    io::{self, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

/// The largest file that is read, in bytes: a mailbox file is read whole.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// What to read.
#[derive(clap::Args)]
pub struct Options {
    /// Mails, mailbox files, or folders of mails (Maildir or any other); `-` for standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// One JSON object on standard output (docs/bounces.schema.json).
    #[arg(long)]
    json: bool,
}

/// Prints what each mail says. Goes on where one cannot be read.
///
/// # Errors
/// Where a file could not be read, or nothing can be printed: after all others were printed, naming the first.
pub fn run(options: &Options) -> Result<()> {
    let mut out = Printer { out: BufWriter::new(io::stdout().lock()), json: options.json, printed: 0 };
    let mut unread = Vec::new();
    for file in options.files.iter().flat_map(|given| mails_of(given, &mut unread)).collect::<Vec<_>>() {
        match read(&file) {
            Ok(bytes) => out.mails(&file, &bytes)?,
            Err(e) => unread.push(e),
        }
    }
    out.end()?;
    let count = unread.len();
    match unread.into_iter().next() {
        Some(first) if count > 1 => {
            Err(first.context(format!("{count} of the given could not be read, the first of them")))
        }
        Some(first) => Err(first),
        None => Ok(()),
    }
}

/// The files of a folder, or the file itself; what cannot be listed is added to `unread`.
fn mails_of(given: &Path, unread: &mut Vec<anyhow::Error>) -> Vec<PathBuf> {
    if !given.is_dir() {
        return vec![given.to_owned()];
    }
    let (new, cur) = (given.join("new"), given.join("cur"));
    let folders = if new.is_dir() && cur.is_dir() { vec![new, cur] } else { vec![given.to_owned()] };
    let mut files = Vec::new();
    for folder in folders {
        let listed = fs::read_dir(&folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        match listed.with_context(|| format!("cannot list {}", folder.display())) {
            Ok(listed) => files.extend(listed.into_iter().map(|e| e.path()).filter(|p| p.is_file())),
            Err(e) => unread.push(e),
        }
    }
    files.sort();
    files
}

fn read(file: &Path) -> Result<Vec<u8>> {
    let name = file.display();
    let mut bytes = Vec::new();
    let from: Box<dyn Read> = match file == Path::new("-") {
        true => Box::new(io::stdin().lock()),
        false => Box::new(File::open(file).with_context(|| format!("cannot read {name}"))?),
    };
    from.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read {name}"))?;
    let whole = bytes.len() as u64 <= FILE_BYTES_MAX;
    ensure!(whole, "{name} is larger than {FILE_BYTES_MAX} bytes: split the mailbox file, or give a Maildir");
    Ok(bytes)
}

struct Printer<W: Write> {
    out: W,
    json: bool,
    printed: usize,
}

impl<W: Write> Printer<W> {
    /// Prints all mails of a file.
    fn mails(&mut self, file: &Path, bytes: &[u8]) -> Result<()> {
        let mails = bounce::mailbox(bytes);
        let several = mails.len() > 1;
        for (at, mail) in mails.into_iter().enumerate() {
            let verdicts = bounce::read(mail);
            let number = several.then_some(at + 1);
            if self.json {
                self.object(file, number, &verdicts)?
            } else {
                self.lines(file, number, &verdicts)?
            }
        }
        Ok(())
    }

    fn object(&mut self, file: &Path, number: Option<usize>, verdicts: &[Verdict]) -> Result<()> {
        let before = if self.printed == 0 { "{\"format\":1,\"mails\":[\n" } else { ",\n" };
        let mut mail = json!({ "file": file.to_string_lossy(), "recipients": verdicts.iter().map(as_json).collect::<Vec<_>>() });
        if let Some(number) = number {
            mail["mail"] = number.into();
        }
        write!(self.out, "{before}{mail}")?;
        self.printed += 1;
        Ok(())
    }

    fn lines(&mut self, file: &Path, number: Option<usize>, verdicts: &[Verdict]) -> Result<()> {
        let place = match number {
            Some(number) => format!("{} ({number})", file.display()),
            None => file.display().to_string(),
        };
        if verdicts.is_empty() {
            writeln!(self.out, "{place}: no report")?;
        }
        for v in verdicts {
            let recipient = v.recipient.as_deref().unwrap_or("(nobody named)");
            write!(self.out, "{place}: {recipient}: {}, {}", v.outcome, v.reason)?;
            if v.is_hard() {
                write!(self.out, ", address dead")?;
            }
            if let Some(reply) = v.reply {
                write!(self.out, ", {reply}")?;
            }
            if let Some(status) = v.status {
                write!(self.out, ", {status}")?;
            }
            writeln!(self.out, " [{}]", v.rule)?;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        if self.json {
            let before = if self.printed == 0 { "{\"format\":1,\"mails\":[" } else { "\n" };
            writeln!(self.out, "{before}]}}")?;
        }
        Ok(self.out.flush()?)
    }
}

fn as_json(verdict: &Verdict) -> Value {
    json!({
        "recipient": verdict.recipient,
        "original": verdict.original,
        "outcome": verdict.outcome.name(),
        "reason": verdict.reason.name(),
        "hard": verdict.is_hard(),
        "status": verdict.status.map(|s| s.to_string()),
        "reply": verdict.reply,
        "rule": verdict.rule.to_string(),
    })
}
