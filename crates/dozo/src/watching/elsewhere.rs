//! `dozo watch run` and `dozo watch eyes`: the watch by itself, on a machine where nothing else of the shop is, and the browser
//! that walks for it.
//!
//! Its folder is laid out as a shop's is, with the rooms `watch` and `eyes` alone, so that `dozo watch findings` and its
//! neighbours are asked about it in the same way.

use crate::{
    processes::{EYES_SHOWN, WALK_EVERY, WATCH_SHOWN},
    settings::{Alarm, Smtp, webhook_at},
};
use ::ledger::VerifierKey;
use anyhow::{Context, Result, ensure};
use manifest::Source;
use outbound::{Secret, Trust};
use serde::Deserialize;
use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};
use telemetry::Life;
use watch::{Link, address::Address};

/// The room of the watch, and of its witness.
const WATCH: &str = "watch";
const WITNESS: &str = "watch/witness";
/// Where the manifest lies that the shop shows.
const OFFERED: &str = "watch/offered";
/// The watch's own copy of it.
const MANIFEST: &str = "watch/manifest";

/// The configuration file. Paths are relative to its own folder.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Where everything is kept.
    folder: PathBuf,
    /// The shop, as customers type it: `https://shop.example.jp`.
    shop: String,
    /// The authority that signed for it, where it is none that this machine believes.
    ca_file: Option<PathBuf>,
    /// The owner's public key of the page manifest, as in the shop's dozo.toml.
    owner: String,
    /// The origins of the pages on which cards are typed.
    processor_pages: Vec<String>,
    /// The addresses that the shop's name is to lead to.
    #[serde(default)]
    addresses: Vec<IpAddr>,
    /// Whether `dozo watch eyes` walks on this machine, too.
    #[serde(default)]
    browser: bool,
    /// The way to the watch in the shop.
    link: Relay,
    /// Whom it tells, and by which mail server.
    #[serde(default)]
    alarm: Alarm,
    smtp: Option<Smtp>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Relay {
    /// The shop's machine with the port of `relay` of its dozo.toml.
    url: String,
    /// Copies of the shop's `watch/witness/relay.crt`, `watch/witness/relay.token` and `vault/ledger/1/keys`.
    certificate_file: PathBuf,
    token_file: PathBuf,
    keys_file: PathBuf,
}

impl File {
    /// Reads it, and steps into its folder.
    ///
    /// # Errors
    /// Where it is not valid.
    pub fn enter(path: &Path) -> Result<File> {
        let mut file: File =
            toml::from_str(&read(path)?).with_context(|| format!("{} is not valid", path.display()))?;
        let here = path.parent().unwrap_or(Path::new("")).canonicalize().context("cannot find its folder")?;
        file.folder = here.join(&file.folder);
        let relay = &mut file.link;
        let copies = [&mut relay.certificate_file, &mut relay.token_file, &mut relay.keys_file];
        let given = [&mut file.ca_file, &mut file.alarm.webhook_ca_file];
        for path in copies.into_iter().chain(given.into_iter().flatten()) {
            *path = here.join(&*path);
        }
        file.alarm.check()?;
        file.host()?;
        ensure!(
            file.alarm.mail_to.is_empty() || file.smtp.is_some(),
            "[alarm] mail_to takes a mail server: [smtp]"
        );
        ensure!(file.link.url.starts_with("https://"), "{}: give an https:// address", file.link.url);
        for dir in [&file.folder, &file.folder.join(WATCH), &file.folder.join(WITNESS)] {
            crate::up::folder::private_dir(dir).with_context(|| format!("cannot make {}", dir.display()))?;
        }
        std::env::set_current_dir(&file.folder).context("cannot use its folder")?;
        for shown in [WATCH_SHOWN, EYES_SHOWN] {
            let dir = Path::new(shown).parent().unwrap_or(Path::new("."));
            std::fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
        }
        Ok(file)
    }

    /// The shop's scheme, host and port.
    fn host(&self) -> Result<(String, String, u16)> {
        let told = || {
            format!(
                "shop is the shop's address without a path, such as https://shop.example.jp, not {}",
                self.shop
            )
        };
        let whole = self.shop.parse::<ureq::http::Uri>().is_ok_and(|uri| uri.path() == "/")
            && !self.shop.ends_with('/');
        let at = webhook_at(&self.shop).filter(|_| whole).with_context(told)?;
        ensure!(at.0 == "https" || outbound::is_localhost(&at.1), told());
        Ok(at)
    }

    fn trust(&self) -> Result<Option<Trust>> {
        match (&self.ca_file, self.shop.starts_with("https://")) {
            (_, false) => Ok(None),
            (Some(path), _) => trust_in(path).map(Some),
            (None, _) => Ok(Some(Trust::system()?)),
        }
    }

    fn owner(&self) -> Result<VerifierKey> {
        VerifierKey::parse(&self.owner)
            .context("owner is no public key of `dozo manifest key`: copy it whole")
    }

    fn ports_of_pages(&self) -> impl Iterator<Item = u16> {
        self.processor_pages.iter().filter_map(|page| webhook_at(page)).map(|(_, _, port)| port)
    }

    fn addresses(&self, trust: Option<&Trust>) -> Result<Vec<Address>> {
        let mut all = Vec::new();
        if let Some(trust) = trust {
            let ((_, host, port), addresses) = (self.host()?, self.addresses.clone());
            all.push(Address {
                place: watch::Place::Shop,
                host,
                port,
                trust: trust.clone(),
                addresses,
                own: None,
            });
        }
        let pages = self.processor_pages.iter().filter_map(|page| webhook_at(page));
        for (_, host, port) in pages.filter(|(scheme, ..)| scheme == "https") {
            let (trust, addresses) = (Trust::system()?, Vec::new());
            all.push(Address { place: watch::Place::Processor, host, port, trust, addresses, own: None });
        }
        Ok(all)
    }

    fn tell(&self) -> Result<watch::tell::Config> {
        crate::processes::telling(&self.alarm, self.smtp.as_ref())
    }
}

/// Prints the public key of this machine's witness, for `[witness]` in the shop's dozo.toml; made the first time.
///
/// # Errors
/// Where it cannot be kept.
pub fn key(path: &Path) -> Result<String> {
    File::enter(path)?;
    Ok(watch::witness::own(Path::new(WITNESS)).context("cannot read the witness's key")?.key().to_string())
}

/// Watches until it is stopped.
///
/// # Errors
/// One line that says what is in the way.
pub fn run(path: &Path) -> Result<()> {
    let file = File::enter(path)?;
    let trust = file.trust()?;
    let token = Secret::new(read(&file.link.token_file)?.trim());
    let signer = watch::witness::own(Path::new(WITNESS)).context("cannot read this machine's key")?;
    let link = Link::new(&file.link.url, token, &trust_in(&file.link.certificate_file)?, signer)?;
    let mut witness = watch::witness::Config::new(WITNESS);
    let keys = watch::witness::parse(&read(&file.link.keys_file)?);
    witness.keys =
        keys.with_context(|| format!("{} holds no keys of a ledger", file.link.keys_file.display()))?;
    let pages = watch::Pages {
        owner: file.owner()?,
        own: None,
        offered: OFFERED.into(),
        processor_origins: file.processor_pages.clone(),
    };
    let mut config = watch::Config::new(file.shop.clone(), WATCH, pages);
    config.addresses = file.addresses(trust.as_ref())?;
    config.trust = trust;
    config.shown = Some(WATCH_SHOWN.into());
    config.link = Some(link.clone());
    let inside =
        watch::Inside { browser: file.browser.then(|| EYES_SHOWN.into()), ..watch::Inside::default() };
    let tell = file.tell()?;
    let standing = walls::raise(&of_watch(&file)?).context("cannot raise the walls of the watch")?;
    let life = Life::of_service("watch", Path::new(WATCH)).context("cannot start")?;
    tracing::info!(walls = %standing, "started");
    let done = watch::run(config, inside, watch::Ledger::There { link, witness }, &tell, life);
    telemetry::end_logging();
    done
}

fn of_watch(file: &File) -> Result<walls::Walls> {
    let (_, host, port) = file.host()?;
    let relay = webhook_at(&file.link.url).context("[link] url is no URL")?;
    let webhook = file.alarm.webhook.as_deref().and_then(webhook_at);
    let mut connects = vec![port, relay.2];
    connects.extend(file.ports_of_pages());
    connects.extend(file.smtp.as_ref().map(|smtp| smtp.port));
    connects.extend(webhook.as_ref().map(|(_, _, port)| *port));
    let hosts = [
        Some(host),
        Some(relay.1),
        webhook.map(|(_, host, _)| host),
        file.smtp.as_ref().map(|s| s.host.clone()),
    ];
    let named = |host: &String| host.parse::<IpAddr>().is_err() && !outbound::is_localhost(host);
    Ok(walls::Walls {
        reads: vec![EYES_SHOWN.into(), "run/eyes".into()],
        writes: vec![WATCH.into(), "run/watch".into()],
        connects,
        resolves: hosts.iter().flatten().any(named) || !file.processor_pages.is_empty(),
        ..walls::Walls::default()
    })
}

/// Walks through the shop with a browser until it is stopped.
///
/// # Errors
/// One line that says what is in the way.
pub fn eyes(path: &Path) -> Result<()> {
    let file = File::enter(path)?;
    ensure!(
        file.browser,
        "write `browser = true` into {}, so that the watch reads what the browser saw",
        path.display()
    );
    let signed = Source::signed_in(Path::new(MANIFEST), &file.owner()?)
        .context("the watch has no copy of the signed page manifest yet: start `dozo watch run` first")?;
    let private = file.ca_file.as_deref().map(|path| crate::processes::outside::private(&file.shop, path));
    let config = eyes::Config {
        rules: manifest::Outside::new(&signed.manifest, &file.shop, &file.processor_pages)?,
        private: private.transpose()?.flatten(),
        program: eyes::chromium(),
        dir: "eyes".into(),
        shown: EYES_SHOWN.into(),
        every: WALK_EVERY,
        test_orders_every: None,
    };
    crate::up::folder::private_dir(Path::new("eyes")).context("cannot make its folder")?;
    let mut connects: Vec<u16> = file.ports_of_pages().collect();
    connects.push(file.host()?.2);
    let mut of_browser = crate::walls::of_browser();
    of_browser.writes.extend(["eyes", "run/eyes"].map(PathBuf::from));
    let standing = walls::raise(&walls::Walls { connects, resolves: true, ..of_browser })
        .context("cannot raise the walls of the eyes")?;
    let life = Life::of_service("eyes", Path::new("eyes")).context("cannot start")?;
    tracing::info!(walls = %standing, "started");
    let done = eyes::run(config, &life).context("cannot lay out what the browser saw");
    telemetry::end_logging();
    done
}

fn trust_in(path: &Path) -> Result<Trust> {
    Trust::from_pem(&read(path)?).with_context(|| format!("{} is no certificate", path.display()))
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
