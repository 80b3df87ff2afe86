//! Which walls each process gets: its own rooms and ports, its own user, and no more.
//!
//! How they are put up is the business of the crate [`walls`].

use crate::{
    processes::Name,
    settings::{Processor, Settings},
    users,
};
use anyhow::{Context, Result};
use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};
use walls::{Files, Standing, Walls};

/// The walls of a process, with paths relative to the data folder.
///
/// # Errors
/// Where it is to have a user whom the system does not know.
pub fn of(name: Name, s: &Settings) -> Result<Walls> {
    let l = &s.listen;
    let called = s.vault.called()?;
    let acme = s.tls.as_ref().and_then(|tls| crate::settings::webhook_at(&tls.acme.as_ref()?.directory));
    let opened = match name {
        Name::Watch => s.watch.database.as_deref(),
        _ => users::opens_the_database(name).then_some(s.database.as_str()),
    };
    let database = opened.and_then(Server::of);
    let (listens, mut connects) = match name {
        Name::Vault | Name::Web => (vec![], vec![]),
        Name::Sandbox => (vec![l.pay.port()], vec![l.shop.port()]),
        Name::Mailbox => (vec![l.mail.port(), l.smtp.port()], vec![]),
        Name::Till => {
            let port = s.processor.as_ref().map(Processor::port).transpose()?;
            (vec![], vec![port.unwrap_or(l.pay.port())])
        }
        Name::Post => (s.post.lmtp.iter().map(|at| at.port()).collect(), vec![s.smtp.port]),
        Name::Gate => {
            let redirect = s.tls.iter().filter_map(|tls| tls.redirect).map(|at| at.port());
            (redirect.chain([l.shop.port()]).collect(), vec![])
        }
        Name::Watch => {
            (s.witness.relay.iter().map(|at| at.port()).collect(), vec![l.shop.port(), l.status.port()])
        }
        // Walks from the shop to the processor's page.
        Name::Eyes => {
            let of_pages = |page: &String| crate::settings::webhook_at(page).map(|(_, _, port)| port);
            let pages = s.processor.iter().flat_map(|p| &p.pages).filter_map(of_pages);
            (vec![], pages.chain([l.shop.port(), l.pay.port()]).collect())
        }
        Name::Acme => (vec![], acme.iter().map(|(_, _, port)| *port).collect()),
        Name::Relay => {
            let listens = s.vault.listen.iter().map(|at| at.port()).collect();
            (listens, called.iter().map(|(_, port)| *port).collect())
        }
    };
    let webhook = s.alarm.webhook.as_deref().filter(|_| name == Name::Watch);
    let webhook = webhook.and_then(crate::settings::webhook_at);
    // Certificates of the processor's pages.
    let pages = s.processor.iter().filter(|_| name == Name::Watch).flat_map(|processor| &processor.pages);
    connects.extend(pages.filter_map(|page| crate::settings::webhook_at(page)).map(|(_, _, port)| port));
    connects.extend((name == Name::Watch && !s.alarm.mail_to.is_empty()).then_some(s.smtp.port));
    connects.extend(webhook.as_ref().map(|(_, _, port)| *port));
    connects.extend(database.as_ref().map(|server| server.port));
    let mut reads = vec![super::up::EFFECTIVE.into()];
    let credentials =
        (name == Name::Vault).then(|| std::env::var_os(crate::processes::CREDENTIALS)).flatten();
    reads.extend(credentials.map(Into::into));
    if let Some(tls) = &s.tls {
        match name {
            // Their folders, so that a file which is put in the place of another can be read.
            Name::Gate => reads.extend(tls.files().map(|file| folder_of(&file))),
            Name::Acme => reads.extend(tls.acme.as_ref().and_then(|acme| acme.ca_file.clone())),
            Name::Watch | Name::Eyes | Name::Sandbox => reads.extend(tls.ca_file.clone()),
            _ => {}
        }
    }
    // The server's Unix socket, where it has one.
    reads.extend(s.database.starts_with("postgres").then(|| "/var/run/postgresql".into()));
    reads.extend(s.alarm.webhook_ca_file.clone().filter(|_| name == Name::Watch));
    // Letters are set in a font of the system.
    reads.extend((name == Name::Post).then(|| "/usr/share/fonts".into()));
    // What the browser saw, for the watch.
    reads.extend((name == Name::Watch).then(|| crate::processes::run_dir(Name::Eyes)));
    // How the certificate does, for the watch.
    reads.extend((name == Name::Watch && acme.is_some()).then(|| crate::processes::run_dir(Name::Acme)));
    // What the watch found, for the back office.
    reads.extend((name == Name::Web).then(|| crate::processes::run_dir(Name::Watch)));
    let lists = if name == Name::Watch { vec![".".into()] } else { vec![] };
    if name == Name::Watch {
        reads.extend(crate::inventory::read(s));
        // Whoever installs the program anew puts another file there.
        reads.extend(crate::inventory::program().and_then(|file| Some(file.parent()?.to_owned())));
    }
    // The others' sockets are reached, but not replaced: connecting needs no right of the file system.
    let mut writes = vec![name.word().into(), crate::processes::run_dir(name)];
    writes.extend(s.post.maildir.clone().filter(|_| name == Name::Post));
    writes.extend(users::opens_the_database(name).then(|| "shop".into()));
    let browser = if name == Name::Eyes { of_browser() } else { Walls::default() };
    writes.extend(browser.writes);
    reads.extend(browser.reads);
    let runs = browser.runs;
    Ok(Walls {
        reads,
        runs,
        lists,
        writes,
        listens,
        connects,
        resolves: database.is_some_and(|server| server.is_named)
            || (name == Name::Post && is_name(&s.smtp.host))
            || webhook.is_some_and(|(_, host, _)| is_name(&host) && !outbound::is_localhost(&host))
            || (matches!(name, Name::Till | Name::Watch) && s.processor.is_some())
            || (name == Name::Watch && s.tls.as_ref().is_some_and(|tls| !outbound::is_localhost(&tls.host)))
            || (name == Name::Acme
                && acme.is_some_and(|(_, host, _)| is_name(&host) && !outbound::is_localhost(&host)))
            || (name == Name::Relay && called.is_some_and(|(host, _)| is_name(host))),
        user: s.users.as_ref().map(|users| users.of(name)).transpose()?,
        unlisted: walls::Unlisted::default(),
    })
}

/// What a browser needs, wherever it runs: it looks into its own processes, at devices, fonts and the machine's cores.
pub fn of_browser() -> Walls {
    let all = |paths: &[&str]| paths.iter().map(PathBuf::from).collect();
    Walls {
        reads: all(&["/proc", "/sys/devices", "/dev/shm", "/usr", "/var/cache/fontconfig"]),
        runs: all(&BROWSER),
        writes: all(&["/dev/null"]),
        ..Walls::default()
    }
}

/// What the eyes may run: the browser, the loader of programs, and the shell that lays its pipes.
const BROWSER: [&str; 4] = ["/usr/lib", "/usr/lib64", "/opt/google/chrome", eyes::SHELL];

/// The folder of a file; of a link (as certbot keeps them) that of the file itself.
fn folder_of(file: &Path) -> PathBuf {
    let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    file.parent().unwrap_or(Path::new(".")).to_owned()
}

/// A PostgreSQL server reached over TCP.
#[derive(Debug, PartialEq)]
struct Server {
    port: u16,
    /// Whether a name must be looked up to find it.
    is_named: bool,
}

impl Server {
    /// None for SQLite and for a server's Unix socket.
    fn of(url: &str) -> Option<Server> {
        let rest = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://"))?;
        let authority = rest.split(['/', '?']).next()?.rsplit('@').next()?;
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
            _ => (authority, 5432),
        };
        Some(Server { port, is_named: is_name(host) })
    }
}

fn is_name(host: &str) -> bool {
    host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_err()
}

/// Puts the walls up around this process; to be called before any thread is started.
///
/// # Errors
/// Where the kernel refuses rules that it knows.
pub fn raise(name: Name, settings: &Settings) -> Result<Standing> {
    let cannot = || format!("cannot raise the walls of {name}");
    walls::raise(&of(name, settings).with_context(cannot)?).with_context(cannot)
}

/// What the metric of the walls around files says where all of them stand.
pub const FILES_ENFORCED: i64 = 2;

/// Shows which walls stand among the process's metrics.
pub fn count(standing: Standing, metrics: &telemetry::Metrics) {
    let files = match standing.files {
        Files::Enforced => FILES_ENFORCED,
        Files::Partly => 1,
        Files::Not => 0,
    };
    let show = |name, help, value| {
        metrics.gauge(name, help).set(value);
    };
    show("wall_files", "Walls around files and ports: 2 all, 1 some, 0 none", files);
    show("wall_calls", "Whether system calls are filtered", i64::from(standing.calls));
    show("wall_user", "Whether the process is a user of its own", i64::from(standing.user));
}

#[cfg(test)]
mod tests;
