//! A shop of one's own: who its owner is, what it is called, and how it is tried out before it opens.

use super::{Edge, Listen, Post, Settings, Smtp, Witness};
use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

/// Who is invited when the shop opens for the first time; everybody else is, in the back office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    /// What he types at sign-in: letters, digits, `.`, `-` and `_`.
    pub login: String,
    /// What colleagues see.
    pub name: String,
}

/// The shop's name and telephone, as `up` read them from the merchant's files: for those who do not open the database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShopName {
    /// Japanese.
    pub ja: String,
    /// English; the Japanese one where there is none.
    pub en: String,
    /// Its telephone.
    #[serde(default)]
    pub phone: String,
    /// When that is answered, in Japanese; may be empty.
    #[serde(default)]
    pub hours_ja: String,
    /// The same in English.
    #[serde(default)]
    pub hours_en: String,
}

impl Settings {
    /// Whether no goods come and no money moves: sandbox and mail viewer run beside the shop.
    pub fn is_trial(&self) -> bool {
        self.demo || self.practice
    }

    /// The shop's name in Japanese.
    pub fn name(&self) -> &str {
        self.shop.as_ref().map_or("", |name| &name.ja)
    }

    /// Lays aside what leads out of this machine, for a shop that is tried out: certificate, processor, mail server,
    /// proxies and witnesses. Five ports of loopback from `base` on take their place.
    pub fn practise(&mut self, base: u16) {
        self.listen = Listen::from_base(base);
        let here =
            Smtp { host: "127.0.0.1".into(), port: self.listen.smtp.port(), from: self.smtp.from.clone() };
        self.smtp = here;
        self.post = Post { window_mm: self.post.window_mm, lines: self.post.lines, ..Post::default() };
        (self.tls, self.processor) = (None, None);
        (self.gate, self.witness) = (Edge::default(), Witness::default());
        (self.alarm.webhook, self.alarm.webhook_ca_file) = (None, None);
        self.watch.addresses = Vec::new();
    }
}

impl Owner {
    /// Whether somebody can be called so.
    ///
    /// # Errors
    /// One line that says what to write.
    pub fn check(&self) -> Result<()> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let length = 1..=site::backoffice::LOGIN_CHARS_MAX;
        ensure!(
            length.contains(&self.login.len()) && self.login.chars().all(fits),
            "[owner] login is letters, digits, dots and hyphens, such as hana"
        );
        let name = self.name.trim();
        ensure!(
            length.contains(&name.chars().count()) && !domain::text::has_forbidden(name),
            "[owner] name is what colleagues see, such as 店主"
        );
        Ok(())
    }
}

/// Whether there is all that such a shop takes.
///
/// # Errors
/// The first thing that is missing.
pub(super) fn check(s: &Settings) -> Result<()> {
    ensure!(
        !(s.demo && s.practice),
        "practice = true is for a shop of your own; the demo is always one to try"
    );
    s.owner.as_ref().map_or(Ok(()), Owner::check)?;
    // Of the vault's own machine, and of a folder that `up` wrote, nothing more is asked.
    if s.demo || s.vault.listen.is_some() {
        return Ok(());
    }
    ensure!(s.owner.is_some(), "[owner] is missing: login and name of who runs the shop");
    if s.practice {
        return Ok(());
    }
    ensure!(
        s.tls.is_some(),
        "[tls] is missing: customers come by https:// only; with practice = true the shop can be tried on this machine"
    );
    ensure!(
        s.processor.is_some(),
        "[processor] is missing: whom cards are paid through; with practice = true the shop can be tried without one"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn read(change: impl FnOnce(&mut Settings)) -> Result<Settings> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("dozo.toml");
        let mut settings = Settings {
            demo: false,
            practice: true,
            owner: Some(Owner { login: "hana".into(), name: "店主".into() }),
            ..Settings::demo(9000)
        };
        change(&mut settings);
        settings.write(&path)?;
        Settings::read(Path::new(&path))
    }

    #[test]
    fn what_a_shop_of_ones_own_takes() {
        assert!(read(|_| ()).unwrap().is_trial());
        for (change, told) in [
            ((|s: &mut Settings| s.practice = false) as fn(&mut Settings), "[tls] is missing"),
            (|s| s.owner = None, "[owner] is missing"),
            (|s| s.demo = true, "practice = true"),
            (|s| s.owner.as_mut().unwrap().login = "花".into(), "[owner] login"),
            (|s| s.owner.as_mut().unwrap().name = " ".into(), "[owner] name"),
        ] {
            let error = format!("{:#}", read(change).unwrap_err());
            assert!(error.contains(told), "{error}");
        }
    }

    #[test]
    fn practice_leaves_this_machine_by_no_way() {
        let mut s = read(|s| {
            s.alarm.webhook = Some("https://hooks.example/x".into());
            s.gate.proxies = vec!["10.0.0.5".parse().unwrap()];
            s.smtp.host = "mail.example".into();
            s.post.dkim = Some("dozo".into());
        })
        .unwrap();
        s.practise(7000);
        assert_eq!(s.shop_origin(), "http://shop.localhost:7000");
        assert!(s.listen.all().iter().all(|(_, at)| at.ip().is_loopback()));
        assert_eq!((s.smtp.host.as_str(), s.smtp.port), ("127.0.0.1", 7003));
        assert!(s.alarm.webhook.is_none() && s.gate.proxies.is_empty() && s.post.dkim.is_none());
    }
}
