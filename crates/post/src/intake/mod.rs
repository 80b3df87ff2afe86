//! Mail that came back: from a Maildir, by LMTP, or through a pipe that speaks LMTP. What a report says is written beside
//! the message that its return address names; the mail itself is not kept.
//!
//! Invariants: a mail is taken (its file removed, its sender answered with a yes) only after what it says stands in the
//! database, so a death in between takes it once more; the same mail is noted once. Nothing of its text goes anywhere: of an
//! address at most the message's id. Only a return address that this house gave out changes anything.

mod lmtp;
mod maildir;

pub use lmtp::hand_over;

use crate::Returns;
use bounce::{Outcome, Verdict};
use domain::{MessageId, message::ReturnOutcome};
use sha2::{Digest, Sha256};
use std::{
    io,
    net::{SocketAddr, TcpListener},
    os::unix::net::UnixListener,
    path::PathBuf,
    thread::Scope,
    time::Duration,
};
use store::{
    Store,
    mail_return::{self, MailReturn},
    notice::{self, Report},
    outbox,
};
use telemetry::{Counter, Life};

/// How often it is looked for new mail in the Maildir, and for an end.
const POLL: Duration = Duration::from_secs(1);

/// Where returned mail comes in.
#[derive(Clone)]
pub struct Config {
    /// The return addresses.
    pub returns: Returns,
    /// A Unix socket that speaks LMTP, for `dozo post take`.
    pub socket: PathBuf,
    /// A port of this machine that speaks LMTP.
    pub lmtp: Option<SocketAddr>,
    /// A Maildir, for returned mail alone.
    pub maildir: Option<PathBuf>,
}

/// What came of one mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// A message failed, or was called unwanted: noted.
    Noted(ReturnOutcome),
    /// The same was noted before, or the message has enough of them.
    Known,
    /// Delayed, answered by a machine, arrived: nothing changes.
    Nothing,
    /// A report, but not about a message of ours.
    Unmatched,
    /// No report.
    NoReport,
}

/// Takes mails.
pub struct Intake {
    store: Store,
    returns: Returns,
    counts: Counts,
    now_ms: fn() -> i64,
}

impl Intake {
    /// Into this database.
    pub fn new(store: Store, returns: Returns, life: &Life, now_ms: fn() -> i64) -> Intake {
        Intake { store, returns, counts: Counts::new(life), now_ms }
    }

    /// Takes one mail. `to` are the recipients of its envelope, where they are known. What came of it is durable.
    ///
    /// # Errors
    /// Where the database fails: the mail must come again.
    pub fn take(&self, to: &[String], mail: &[u8]) -> Result<Taken, store::Error> {
        let taken = self.read(to, mail);
        self.counts.count(&taken);
        if let Err(error) = &taken {
            tracing::error!(%error, "returned mail not noted");
        }
        taken
    }

    fn read(&self, to: &[String], mail: &[u8]) -> Result<Taken, store::Error> {
        let Some(verdict) = bounce::read(mail).into_iter().max_by_key(grave) else {
            return Ok(Taken::NoReport);
        };
        let addressed = bounce::addressed_to(mail);
        let Some(message) = to.iter().chain(&addressed).find_map(|address| self.returns.message(address))
        else {
            return Ok(Taken::Unmatched);
        };
        let outcome = match verdict.outcome {
            Outcome::Failed => ReturnOutcome::Failed,
            Outcome::Complaint => ReturnOutcome::Complaint,
            Outcome::Delayed => ReturnOutcome::Delayed,
            Outcome::AutoReply => ReturnOutcome::AutoReply,
            Outcome::Arrived => return Ok(Taken::Nothing),
        };
        let new = MailReturn {
            report: Sha256::digest(mail).into(),
            outcome,
            reason: verdict.reason.name().to_owned(),
            status: verdict.status.map(|s| s.to_string()),
            reply: verdict.reply.map(i64::from),
            at: (self.now_ms)(),
        };
        // A notice about an incident has such an address, too. Of it everything is told that is known; a mail about an order
        // changes nothing by waiting.
        let says = matches!(outcome, ReturnOutcome::Failed | ReturnOutcome::Complaint);
        let noted = self.store.write_blocking(move |tx| match outbox::get(tx, MessageId(message))? {
            Some(_) if says => mail_return::note(tx, MessageId(message), &new).map(Some),
            Some(_) => Ok(None),
            None => notice::note_return(tx, message, &of_notice(&new)).map(Some),
        });
        match noted {
            Ok(None) => Ok(Taken::Nothing),
            Ok(Some(true)) => {
                if says {
                    tracing::warn!(%message, outcome = outcome.word(), reason = verdict.reason.name(), "mail came back");
                }
                Ok(Taken::Noted(outcome))
            }
            Ok(Some(false)) => Ok(Taken::Known),
            Err(store::Error::NotFound("notice")) => Ok(Taken::Unmatched),
            Err(error) => Err(error),
        }
    }
}

fn of_notice(new: &MailReturn) -> Report {
    let MailReturn { report, outcome, reason, status, reply, at } = new.clone();
    Report { report, outcome, reason, status, reply, at }
}

/// A mail has one recipient: where a report tells of several, of whom it was passed on to, the gravest counts.
fn grave(verdict: &Verdict) -> u8 {
    match verdict.outcome {
        Outcome::Failed => 4,
        Outcome::Complaint => 3,
        Outcome::Arrived => 2,
        Outcome::Delayed => 1,
        Outcome::AutoReply => 0,
    }
}

/// What is listened on.
pub(crate) struct Doors {
    socket: UnixListener,
    port: Option<TcpListener>,
    maildir: Option<PathBuf>,
}

impl Doors {
    /// Opens them.
    ///
    /// # Errors
    /// As the kernel says; the message names what could not be opened.
    pub fn open(config: &Config) -> anyhow::Result<Doors> {
        use anyhow::Context;
        let _ = std::fs::remove_file(&config.socket);
        let socket = UnixListener::bind(&config.socket)
            .with_context(|| format!("cannot listen on {}", config.socket.display()))?;
        let listen = |at: SocketAddr| TcpListener::bind(at).with_context(|| format!("cannot listen on {at}"));
        let port = config.lmtp.map(listen).transpose()?;
        if let Some(maildir) = &config.maildir {
            let new = maildir.join("new");
            std::fs::read_dir(&new).with_context(|| {
                format!(
                    "[post] maildir: cannot read {}: make the Maildir and give it to the user of post",
                    new.display()
                )
            })?;
        }
        Ok(Doors { socket, port, maildir: config.maildir.clone() })
    }

    /// Serves all of them until told to stop.
    ///
    /// # Errors
    /// Where a thread cannot be started.
    pub fn serve<'s>(self, scope: &'s Scope<'s, '_>, intake: &'s Intake, life: &'s Life) -> io::Result<()> {
        let thread = |name: &str| std::thread::Builder::new().name(name.into());
        let Doors { socket, port, maildir } = self;
        socket.set_nonblocking(true)?;
        thread("lmtp").spawn_scoped(scope, move || {
            lmtp::serve(|| Ok(socket.accept()?.0.into()), intake, life);
        })?;
        if let Some(port) = port {
            port.set_nonblocking(true)?;
            thread("lmtp-port").spawn_scoped(scope, move || {
                lmtp::serve(|| Ok(port.accept()?.0.into()), intake, life);
            })?;
        }
        if let Some(folder) = maildir {
            thread("maildir").spawn_scoped(scope, move || maildir::poll(&folder, intake, life))?;
        }
        Ok(())
    }
}

struct Counts {
    failed: Counter,
    complaints: Counter,
    nothing: Counter,
    known: Counter,
    unmatched: Counter,
    no_report: Counter,
    stuck: Counter,
    unreadable: Counter,
}

impl Counts {
    fn new(life: &Life) -> Counts {
        let counter = |name, help| life.metrics().counter(name, help);
        Counts {
            failed: counter("returned_failed", "Mails that came back for good"),
            complaints: counter("returned_complaints", "Mails that their recipients called unwanted"),
            nothing: counter("returned_nothing", "Reports of delays, of arrival, and answers of machines"),
            known: counter("returned_known", "Reports that had been noted before"),
            unmatched: counter("returned_unmatched", "Reports about no message of this shop"),
            no_report: counter("returned_no_report", "Mails for the return address that are no report"),
            stuck: counter("returned_stuck", "Reports that the database did not take down"),
            unreadable: counter(
                "returned_unreadable",
                "Times that the Maildir or a file in it could not be read or removed",
            ),
        }
    }

    fn count(&self, taken: &Result<Taken, store::Error>) {
        match taken {
            Ok(Taken::Noted(ReturnOutcome::Failed)) => self.failed.inc(),
            Ok(Taken::Noted(ReturnOutcome::Complaint)) => self.complaints.inc(),
            Ok(Taken::Known) => self.known.inc(),
            Ok(Taken::Nothing | Taken::Noted(ReturnOutcome::Delayed | ReturnOutcome::AutoReply)) => {
                self.nothing.inc()
            }
            Ok(Taken::Unmatched) => self.unmatched.inc(),
            Ok(Taken::NoReport) => self.no_report.inc(),
            Err(_) => self.stuck.inc(),
        };
    }
}
