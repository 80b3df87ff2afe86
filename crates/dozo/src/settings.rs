//! `dozo.toml`: what the shop is called, where it listens, what it talks to. The database's address may hold a password:
//! the children get the settings without it, and those who use the database the address in a file of its own.

mod edges;
mod own;
mod returns;
mod watching;

pub use edges::{Edge, Place, Processor, Tls};
pub use own::{Owner, ShopName};
pub use returns::{DKIM_KEY, Post, SOCKET as RETURNS_SOCKET};
pub use watching::{Watching, alarm};

use anyhow::{Context, Result};
use domain::payment::Capture;
use serde::{Deserialize, Serialize};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

/// The settings of one shop. Paths are relative to the data folder, in which every process runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Whether this is the demo shop: sandbox and mail viewer run beside it.
    pub demo: bool,
    /// Whether a merchant tries out a shop of his own: sandbox and mail viewer run beside it, and nothing leaves this
    /// machine, whatever stands below.
    #[serde(default, skip_serializing_if = "is_not")]
    pub practice: bool,
    /// Where the orders are: a path to an SQLite file, or a `postgres://` address.
    pub database: String,
    /// What the shop is called: `up` writes it down for the others, from the merchant's files. Nothing of dozo.toml.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shop: Option<ShopName>,
    /// Who runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// Addresses the shop is reached at.
    pub listen: Listen,
    /// Where mail goes out.
    pub smtp: Smtp,
    /// Where mail that could not be delivered comes back to.
    #[serde(default, skip_serializing_if = "Post::is_nobodys")]
    pub post: Post,
    /// When money is taken, and when the books are compared.
    #[serde(default)]
    pub payment: Payment,
    /// TLS on the shop's port. Without it the shop is one of `*.localhost`, for this machine alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    /// What stands before the gate.
    #[serde(default, skip_serializing_if = "Edge::is_bare")]
    pub gate: Edge,
    /// The payment processor, where it is not the sandbox of this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processor: Option<Processor>,
    /// A user for each process, where root starts the shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<crate::users::Users>,
    /// Who witnesses the ledger from another machine.
    #[serde(default, skip_serializing_if = "Witness::is_nobody")]
    pub witness: Witness,
    /// Whom the watch tells of what it finds.
    #[serde(default, skip_serializing_if = "Alarm::is_nobody")]
    pub alarm: Alarm,
    /// What follows when nobody watches, and what walks.
    #[serde(default, skip_serializing_if = "Watching::is_usual")]
    pub watch: Watching,
    /// Where the vault is, if it is not on the shop's machine.
    #[serde(default, skip_serializing_if = "Place::is_here")]
    pub vault: Place,
    /// Whose signature the page manifest bears.
    #[serde(default, skip_serializing_if = "Manifest::is_nobodys")]
    pub manifest: Manifest,
}

/// What each listening process binds, always on loopback in the demo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// The gate: the shop as customers see it.
    pub shop: SocketAddr,
    /// The sandbox: hosted payment page, 3-D Secure page, API and dashboard.
    #[serde(default = "usual::<1>")]
    pub pay: SocketAddr,
    /// The mail viewer's pages.
    #[serde(default = "usual::<2>")]
    pub mail: SocketAddr,
    /// The mail viewer's SMTP side.
    #[serde(default = "usual::<3>")]
    pub smtp: SocketAddr,
    /// Health and metrics.
    #[serde(default = "usual::<4>")]
    pub status: SocketAddr,
}

/// The first of the five ports, where nothing else is said.
pub const BASE_PORT: u16 = 8080;

fn usual<const N: u16>() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, BASE_PORT + N))
}

fn is_not(it: &bool) -> bool {
    !it
}

/// The server that takes the shop's mail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The shop's own address, as sender.
    pub from: String,
}

/// How the shop is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Payment {
    /// When a card's money is taken: `"order"`, when the buyer pays; or `"shipping"`, when the first parcel of the
    /// order leaves the house. Until then it is only authorised, which holds for seven days with most cards.
    pub capture: Capture,
    /// The hour, in Japan, after which the books of the day before are compared with the processor's: 0 to 23.
    pub reconcile_hour: u8,
}

/// The ledger's witness on another machine (`dozo witness`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Witness {
    /// Where `watch` shows the ledger to it: an address at this end of a tunnel, such as `127.0.0.1:8090`.
    pub relay: Option<SocketAddr>,
    /// Its public key, as `dozo witness key` prints it; of several witnesses, one each.
    pub keys: Vec<String>,
}

/// Whom the watch tells of what it finds, beside the page in the back office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Alarm {
    /// Mail addresses, at most five. The mail goes the way of the shop's others (`[smtp]`).
    pub mail_to: Vec<String>,
    /// A URL that each message is posted to as JSON, signed with what stands in `watch/webhook.secret`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
    /// The authority that signed for its receiver, where it is none that this machine believes: a PEM file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_ca_file: Option<PathBuf>,
    /// After how many hours it is told again that something is still wrong: 1 to 168.
    pub remind_hours: u16,
}

impl Default for Alarm {
    fn default() -> Alarm {
        Alarm { mail_to: Vec::new(), webhook: None, webhook_ca_file: None, remind_hours: 6 }
    }
}

impl Alarm {
    fn is_nobody(&self) -> bool {
        *self == Alarm::default()
    }

    /// Whether it makes sense.
    ///
    /// # Errors
    /// One line that says what does not.
    pub fn check(&self) -> Result<()> {
        let most = watch::tell::RECEIVERS_MAX;
        anyhow::ensure!(self.mail_to.len() <= most, "[alarm] mail_to names more than {most} addresses");
        for at in &self.mail_to {
            anyhow::ensure!(smtp::Address::parse(at).is_ok(), "[alarm] mail_to: {at} is no mail address");
        }
        anyhow::ensure!((1..=168).contains(&self.remind_hours), "[alarm] remind_hours is 1 to 168");
        let Some(url) = &self.webhook else { return Ok(()) };
        let (scheme, host, _) =
            webhook_at(url).with_context(|| format!("[alarm] webhook: {url} is no URL of http or https"))?;
        let here = host.parse::<IpAddr>().map_or(outbound::is_localhost(&host), |ip| ip.is_loopback());
        anyhow::ensure!(
            scheme == "https" || here,
            "[alarm] webhook: what is wrong with the shop travels by https:// only, unless the receiver is on this \
             machine"
        );
        Ok(())
    }
}

/// Scheme, host and port of a URL.
pub fn webhook_at(url: &str) -> Option<(String, String, u16)> {
    let uri: ureq::http::Uri = url.parse().ok()?;
    let scheme = uri.scheme_str().filter(|scheme| ["http", "https"].contains(scheme))?.to_owned();
    let host = uri.host()?.trim_start_matches('[').trim_end_matches(']').to_owned();
    let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    Some((scheme, host, port))
}

impl Witness {
    fn is_nobody(&self) -> bool {
        *self == Witness::default()
    }
}

/// The page manifest (`dozo manifest`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Manifest {
    /// The owner's public key, as `dozo manifest key` prints it. Without one the demo signs with a key of its own.
    pub owner: Option<String>,
}

impl Manifest {
    fn is_nobodys(&self) -> bool {
        self.owner.is_none()
    }
}

impl Default for Payment {
    fn default() -> Payment {
        Payment { capture: Capture::AtOrder, reconcile_hour: 4 }
    }
}

impl Settings {
    /// The demo shop, on five ports from `base` on.
    pub fn demo(base: u16) -> Settings {
        let listen = Listen::from_base(base);
        let smtp =
            Smtp { host: "127.0.0.1".into(), port: listen.smtp.port(), from: "shop@risudo.example".into() };
        Settings {
            demo: true,
            practice: false,
            shop: None,
            owner: None,
            database: "shop/shop.db".into(),
            listen,
            smtp,
            post: Post::default(),
            payment: Payment::default(),
            tls: None,
            gate: Edge::default(),
            processor: None,
            users: None,
            witness: Witness::default(),
            alarm: Alarm { mail_to: vec!["owner@risudo.example".into()], ..Alarm::default() },
            watch: Watching::default(),
            vault: Place::default(),
            manifest: Manifest::default(),
        }
    }

    /// Reads a settings file.
    ///
    /// # Errors
    /// Where it is not there or has a line that means nothing; the message names the line.
    pub fn read(path: &Path) -> Result<Settings> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let settings: Settings =
            toml::from_str(&text).with_context(|| format!("{} is not valid", path.display()))?;
        anyhow::ensure!(
            settings.payment.reconcile_hour <= 23,
            "{}: reconcile_hour is an hour of the day, 0 to 23",
            path.display()
        );
        settings.alarm.check().with_context(|| format!("{} is not valid", path.display()))?;
        settings.post.check().with_context(|| format!("{} is not valid", path.display()))?;
        settings.watch.check().with_context(|| format!("{} is not valid", path.display()))?;
        edges::check(&settings).with_context(|| format!("{} is not valid", path.display()))?;
        own::check(&settings).with_context(|| format!("{} is not valid", path.display()))?;
        Ok(settings)
    }

    /// Writes a settings file, whole or not at all, readable by its owner only.
    ///
    /// # Errors
    /// As the file system says.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = toml::to_string_pretty(self).context("settings do not fit TOML")?;
        crate::up::folder::write_whole(path, text.as_bytes())
    }

    /// Writes down for the children what is in force: the settings without the database's password and the webhook's path for
    /// all, the database's whole address for those who may read the folder `shop`, the webhook's for the watch.
    ///
    /// # Errors
    /// As the file system says.
    pub fn hand_out(&self) -> Result<()> {
        crate::up::folder::write_whole(Path::new(DATABASE), self.database.as_bytes())?;
        crate::up::folder::lay(Path::new(crate::shelf::DATABASE), self.watch.database.as_deref())?;
        crate::up::folder::lay(Path::new(watching::WEBHOOK), self.alarm.webhook.as_deref())?;
        // Of the webhook the walls must know where it is; what stands behind is often all that its receiver asks for.
        let webhook = self.alarm.webhook.as_deref().and_then(webhook_at);
        let webhook = webhook.map(|(scheme, host, port)| match host.contains(':') {
            true => format!("{scheme}://[{host}]:{port}/"),
            false => format!("{scheme}://{host}:{port}/"),
        });
        let alarm = Alarm { webhook, ..self.alarm.clone() };
        let database = without_password(&self.database);
        let of_watch = self.watch.database.as_deref().map(without_password);
        let watch = Watching { database: of_watch, ..self.watch.clone() };
        Settings { database, watch, alarm, ..self.clone() }.write(Path::new(crate::up::EFFECTIVE))
    }

    /// The database's file, where it is one.
    pub fn database_file(&self) -> Option<PathBuf> {
        match self.database.parse().ok()? {
            store::Url::Sqlite(file) => Some(file),
            store::Url::Postgres(_) => None,
        }
    }

    /// The shop's origin, as browsers write it.
    pub fn shop_origin(&self) -> String {
        let port = self.listen.shop.port();
        match &self.tls {
            None => origin("shop", self.listen.shop),
            Some(tls) if port == 443 => format!("https://{}", tls.host),
            Some(tls) => format!("https://{}:{port}", tls.host),
        }
    }

    /// The origin of the processor's hosted page and API.
    pub fn pay_origin(&self) -> String {
        origin("pay", self.listen.pay)
    }

    /// The origin of the issuer's 3-D Secure page.
    pub fn acs_origin(&self) -> String {
        origin("acs", self.listen.pay)
    }

    /// The origin of the mail viewer.
    pub fn mail_origin(&self) -> String {
        origin("mail", self.listen.mail)
    }
}

impl Listen {
    /// Five neighbouring ports on loopback.
    pub fn from_base(base: u16) -> Listen {
        let at = |n| SocketAddr::from((Ipv4Addr::LOCALHOST, base.saturating_add(n)));
        Listen { shop: at(0), pay: at(1), mail: at(2), smtp: at(3), status: at(4) }
    }

    /// Each address with the name it has in messages and the option that moves it.
    pub fn all(&self) -> [(&'static str, SocketAddr); 5] {
        [
            ("shop", self.shop),
            ("payment sandbox", self.pay),
            ("mail viewer", self.mail),
            ("mail viewer's SMTP", self.smtp),
            ("health and metrics", self.status),
        ]
    }
}

/// The database's whole address, for web and post. May hold a password.
const DATABASE: &str = "shop/database.url";

/// The database as [`Settings::hand_out`] wrote it down.
///
/// # Errors
/// Where it is not there: the process was not started by `dozo up`, or may not read it.
pub fn database() -> Result<store::Url> {
    let url = std::fs::read_to_string(DATABASE).with_context(|| format!("cannot read {DATABASE}"))?;
    url.trim().parse().context("the database's address is not valid")
}

/// The database's address at the last start, if there was one.
pub fn database_before() -> Option<String> {
    std::fs::read_to_string(DATABASE).ok().map(|url| url.trim().to_owned())
}

/// Scheme, host, port and name of a `postgres://` address: what the walls must know. User, password and parameters
/// (among which a password may be, too) are left out. Anything else stays as it is.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://").filter(|(s, _)| s.starts_with("postgres")) else {
        return url.to_owned();
    };
    // In this order, so that signs that somebody forgot to escape in a password leave nothing of it.
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    let place = place.split_once('?').map_or(place, |(place, _)| place);
    format!("{scheme}://{place}")
}

fn origin(host: &str, at: SocketAddr) -> String {
    format!("http://{host}.localhost:{}", at.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_wrote() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("dozo.toml");
        let settings = Settings::demo(9000);
        settings.write(&path).unwrap();
        assert_eq!(Settings::read(&path).unwrap(), settings);
        let text = std::fs::read_to_string(&path).unwrap();
        let (older, _) = text.split_once("[payment]").unwrap();
        let settings = Settings { alarm: Alarm::default(), ..settings };
        std::fs::write(&path, older).unwrap();
        assert_eq!(Settings::read(&path).unwrap(), settings, "a file of before has the usual ways");
        std::fs::write(&path, format!("{older}[payment]\ncapture = \"shipping\"\n")).unwrap();
        assert_eq!(Settings::read(&path).unwrap().payment.capture, Capture::AtShipping);
        std::fs::write(&path, format!("{older}[payment]\nreconcile_hour = 24\n")).unwrap();
        assert!(format!("{:#}", Settings::read(&path).unwrap_err()).contains("0 to 23"));
        std::fs::write(&path, format!("{older}[users]\nprefix = \"dozo-\"\n")).unwrap();
        let users = Settings::read(&path).unwrap().users;
        assert_eq!(users, Some(crate::users::Users::Prefix("dozo-".into())));
        std::fs::write(&path, format!("{text}[witness]\nrelay = \"127.0.0.1:8090\"\n")).unwrap();
        let read = Settings::read(&path).unwrap();
        assert_eq!(read.witness.relay, "127.0.0.1:8090".parse().ok());
        read.write(&path).unwrap();
        assert_eq!(Settings::read(&path).unwrap(), read);
        for (alarm, told) in [
            ("mail_to = [\"owner\"]", "owner is no mail address"),
            ("remind_hours = 0", "1 to 168"),
            ("webhook = \"ftp://hooks.example/x\"", "no URL of http or https"),
            ("webhook = \"http://hooks.example/x\"", "https:// only"),
        ] {
            std::fs::write(&path, format!("{older}[alarm]\n{alarm}\n")).unwrap();
            let error = format!("{:#}", Settings::read(&path).unwrap_err());
            assert!(error.contains(told), "{error}");
        }
        let good = "[alarm]\nmail_to = [\"a@b.jp\"]\nwebhook = \"http://127.0.0.1:9/x\"\n";
        std::fs::write(&path, format!("{older}{good}")).unwrap();
        assert_eq!(Settings::read(&path).unwrap().alarm.remind_hours, 6);
        std::fs::write(&path, "colour = 3\n").unwrap();
        let told = format!("{:#}", Settings::read(&path).unwrap_err());
        assert!(told.contains("dozo.toml") && told.contains("colour"), "{told}");
    }

    #[test]
    fn the_databases_password_stays_out_of_what_all_may_read() {
        let dir = tempfile::tempdir().unwrap();
        let _folder = crate::up::folder::Folder::enter(&dir.path().join("data")).unwrap();
        for (url, shown) in [
            ("shop/shop.db", "shop/shop.db"),
            ("postgres://shop:s3cret@db.example:5433/dozo", "postgres://db.example:5433/dozo"),
            ("postgresql://shop:s3cret@[::1]/dozo?sslmode=disable", "postgresql://[::1]/dozo"),
            ("postgres://db.example/dozo?user=shop&password=s3cret", "postgres://db.example/dozo"),
            ("postgres://shop:s3cr@et?x/s3cret@db.example:5433/dozo", "postgres://db.example:5433/dozo"),
        ] {
            let of_watch = Some(url.to_owned()).filter(|url| url.starts_with("postgres"));
            let watch = Watching { database: of_watch, ..Watching::default() };
            let settings = Settings { database: url.into(), watch, ..Settings::demo(8080) };
            settings.hand_out().unwrap();
            let text = std::fs::read_to_string(crate::up::EFFECTIVE).unwrap();
            assert!(!text.contains("s3cr"), "{text}");
            assert_eq!(Settings::read(Path::new(crate::up::EFFECTIVE)).unwrap().database, shown);
            assert!(database().unwrap() == url.parse().unwrap());
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(DATABASE).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn each_origin_has_its_own_name() {
        let s = Settings::demo(8080);
        assert_eq!(s.shop_origin(), "http://shop.localhost:8080");
        assert_eq!(s.pay_origin(), "http://pay.localhost:8081");
        assert_eq!(s.acs_origin(), "http://acs.localhost:8081");
    }
}
