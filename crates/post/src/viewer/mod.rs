//! The demo's mail viewer: a small SMTP sink and a web page that shows what came in. **For development only**: it
//! takes any mail, keeps it in clear, and shows it to whoever reaches its port on this machine.
//!
//! It never sends anything anywhere, reads only its own folder, and answers only to names of this machine, so that
//! no page of elsewhere can read from it by rebinding a name.

mod inbox;
mod mail;
mod page;
mod sink;

pub(crate) use sink::path;

use inbox::Inbox;
use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use telemetry::Life;

/// How long requests under way may go on after the word to stop.
const GRACE: Duration = Duration::from_secs(2);

/// Where the viewer listens and keeps its mails.
pub struct Config {
    /// The web page.
    pub http_listen: SocketAddr,
    /// The SMTP sink.
    pub smtp_listen: SocketAddr,
    /// Folder of raw mails, made with mode 0700 where it is missing.
    pub folder: PathBuf,
}

/// Runs until told to stop.
///
/// # Errors
/// Where the folder cannot be used or an address is taken.
pub fn run(config: Config, life: Life) -> anyhow::Result<()> {
    use anyhow::Context;
    anyhow::ensure!(
        config.http_listen.ip().is_loopback() && config.smtp_listen.ip().is_loopback(),
        "the mail viewer shows mails to anybody who reaches it: let it listen on 127.0.0.1 or ::1"
    );
    let inbox = Inbox::open(&config.folder)
        .with_context(|| format!("cannot use the mail folder {}", config.folder.display()))?;
    let inbox = Arc::new(inbox);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let ended = runtime.block_on(async {
        let taken = |what: &'static str, at: SocketAddr| {
            move || format!("cannot listen for {what} on {at}: choose another port, or stop what uses it")
        };
        let http = tokio::net::TcpListener::bind(config.http_listen)
            .await
            .with_context(taken("the mail viewer", config.http_listen))?;
        let smtp = tokio::net::TcpListener::bind(config.smtp_listen)
            .await
            .with_context(taken("mail", config.smtp_listen))?;
        let sink = tokio::spawn(sink::serve(smtp, Arc::clone(&inbox)));
        let limits = inbound::Limits { grace: GRACE, ..inbound::Limits::default() };
        life.ready();
        inbound::serve(http, page::router(inbox), limits, life.stopped()).await;
        sink.abort();
        anyhow::Ok(())
    });
    runtime.shutdown_timeout(GRACE);
    ended
}
