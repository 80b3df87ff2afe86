//! What the shop's edges are: TLS on its port, a processor of the network, a vault on another machine.

use super::Settings;
use crate::processes::Name;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

/// Certificate and key of the shop's own name. Both files may be written anew while the shop is open: new connections
/// get them within a second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The name that customers type, such as `shop.example.jp`.
    pub host: String,
    /// Other names that lead there, such as `www.shop.example.jp`; the certificate is to be for them, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The chain of certificates, the shop's own first: a PEM file. Without `acme` it must be there, and so must `key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
    /// Its key: a PEM file that the gate alone may read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<PathBuf>,
    /// Where plain HTTP is answered and led to https, such as `0.0.0.0:80`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect: Option<SocketAddr>,
    /// The authority that signed, where it is none that this machine believes: for the watch, and the demo's sandbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// Where certificates are obtained and renewed by themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acme: Option<Acme>,
}

/// The most other names of a shop.
const ALIASES_MAX: usize = 20;

/// An authority that vouches for the shop's name by itself (ACME, RFC 8555). It asks for a proof at port 80, which `redirect`
/// of `[tls]` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acme {
    /// Its directory, such as `https://acme-v02.api.letsencrypt.org/directory`.
    pub directory: String,
    /// Mail addresses at which the authority may reach the owner.
    #[serde(default)]
    pub contact: Vec<String>,
    /// That the owner has read the authority's terms and agrees. Nothing is asked of it before.
    pub terms_agreed: bool,
    /// Who signed for the authority's own machine, where it is nobody that this machine believes: a PEM file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
}

impl Acme {
    fn check(&self, tls: &Tls) -> Result<()> {
        let (scheme, ..) = super::webhook_at(&self.directory).unwrap_or_default();
        anyhow::ensure!(
            scheme == "https",
            "[tls.acme] directory is an https:// address, not {}",
            self.directory
        );
        anyhow::ensure!(
            self.terms_agreed,
            "[tls.acme] terms_agreed = true says that you have read the authority's terms; without it no certificate is asked for"
        );
        for at in &self.contact {
            anyhow::ensure!(smtp::Address::parse(at).is_ok(), "[tls.acme] contact: {at} is no mail address");
        }
        anyhow::ensure!(
            tls.redirect.is_some(),
            "[tls.acme] the authority asks at port 80: add redirect = \"0.0.0.0:80\" to [tls]"
        );
        anyhow::ensure!(
            tls.certificate.is_none() && tls.key.is_none(),
            "[tls] has certificate and key, or [tls.acme], not both"
        );
        Ok(())
    }
}

impl Tls {
    /// Where the gate finds chain and key: the files that are named, or what the process `acme` lays out.
    pub fn files(&self) -> [PathBuf; 2] {
        match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => [certificate.clone(), key.clone()],
            _ => [acme::CHAIN, acme::KEY].map(|name| crate::processes::run_dir(Name::Acme).join(name)),
        }
    }

    /// All names, the one that customers type first.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.host).chain(&self.aliases)
    }

    fn check(&self) -> Result<()> {
        for alias in &self.aliases {
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
            anyhow::ensure!(
                !alias.is_empty() && alias.bytes().all(plain) && !alias.eq_ignore_ascii_case(&self.host),
                "[tls] aliases are other names than host, such as www.shop.example.jp, not {alias}"
            );
        }
        anyhow::ensure!(
            self.aliases.len() <= ALIASES_MAX,
            "[tls] has at most {ALIASES_MAX} aliases: name fewer"
        );
        match &self.acme {
            Some(acme) => acme.check(self),
            None => {
                let both = self.certificate.is_some() && self.key.is_some();
                anyhow::ensure!(
                    both,
                    "[tls] names certificate and key, two files, or how to obtain them: [tls.acme]"
                );
                Ok(())
            }
        }
    }
}

/// What stands before the gate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Edge {
    /// The addresses of the merchant's own proxies. They alone say for whom they speak (`X-Forwarded-For`, its last entry);
    /// from everybody else that header is dropped.
    pub proxies: Vec<IpAddr>,
}

impl Edge {
    pub(super) fn is_bare(&self) -> bool {
        self.proxies.is_empty()
    }
}

/// A payment processor of the network. Its key and the secret of its webhooks lie in `till/processor.key` and
/// `till/webhook.secret`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Processor {
    /// Where its API is, such as `https://api.stripe.com`.
    pub api: String,
    /// The origins of the pages on which buyers type their cards, such as `https://checkout.stripe.com`.
    pub pages: Vec<String>,
    /// The authority that signs for the API, where it is none that this machine believes: a PEM file in the folder `till`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
}

impl Processor {
    /// The port of the API.
    ///
    /// # Errors
    /// Where it is no https:// address without a path.
    pub fn port(&self) -> Result<u16> {
        let uri = self.api.parse::<ureq::http::Uri>().ok();
        let uri =
            uri.filter(|uri| uri.scheme_str() == Some("https") && uri.host().is_some() && uri.path() == "/");
        let uri = uri.with_context(|| {
            format!("[processor] api is an https:// address without a path, not {}", self.api)
        })?;
        Ok(uri.port_u16().unwrap_or(443))
    }
}

/// Where the vault is, and what it allows. Of a vault on a machine of its own, the file of the shop's machine has
/// `remote`, that of the vault's `listen`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Place {
    /// Host and port at which the vault's machine is called, such as `vault.internal:8470`.
    pub remote: Option<String>,
    /// Where the vault's machine is called, such as `10.0.0.2:8470`. Nothing but the vault runs there.
    pub listen: Option<SocketAddr>,
    /// How many distinct persons `post` may open in any hour for mails of orders that were not placed within it: 50 to
    /// 1000000. Left out, as many as the orders of the last seven days have, at least 300. Where the vault is on a machine
    /// of its own, it stands there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_persons_per_hour_max: Option<u32>,
}

impl Place {
    pub(super) fn is_here(&self) -> bool {
        *self == Place::default()
    }

    /// Host and port of `remote`; an IPv6 address without its brackets.
    ///
    /// # Errors
    /// Where it has no port.
    pub fn called(&self) -> Result<Option<(&str, u16)>> {
        let Some(remote) = &self.remote else { return Ok(None) };
        let parts = remote.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
        let (host, port) = parts.filter(|(host, _)| !host.is_empty()).with_context(|| {
            format!("[vault] remote is host and port, such as vault.internal:8470, not {remote}")
        })?;
        Ok(Some((host.trim_start_matches('[').trim_end_matches(']'), port)))
    }
}

/// What the types alone do not say.
///
/// # Errors
/// The first thing that is wrong.
pub(super) fn check(settings: &Settings) -> Result<()> {
    // Of a shop in practice both are laid aside: they may be unfinished.
    if !settings.practice {
        settings.tls.as_ref().map_or(Ok(()), Tls::check)?;
        settings.processor.as_ref().map(Processor::port).transpose()?;
    }
    settings.vault.called()?;
    anyhow::ensure!(
        settings.vault.mail_persons_per_hour_max.is_none_or(|max| (50..=1_000_000).contains(&max)),
        "[vault] mail_persons_per_hour_max is 50 to 1000000 persons"
    );
    anyhow::ensure!(
        !settings.watch.test_orders || settings.practice || settings.demo && settings.processor.is_none(),
        "[watch] test_orders is for the sandbox: a test card is no card anywhere else"
    );
    anyhow::ensure!(
        settings.vault.remote.is_none() || settings.vault.listen.is_none(),
        "[vault] has `remote` on the shop's machine or `listen` on the vault's, not both"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_and_what_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("dozo.toml");
        Settings::demo(9000).write(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let processor = |api: &str| format!("{text}[processor]\napi = \"{api}\"\npages = []\n");
        std::fs::write(&path, processor("https://api.example")).unwrap();
        assert_eq!(Settings::read(&path).unwrap().processor.unwrap().port().unwrap(), 443);
        for api in ["http://api.example", "https://api.example/v1", "api.example", ""] {
            std::fs::write(&path, processor(api)).unwrap();
            assert!(format!("{:#}", Settings::read(&path).unwrap_err()).contains("[processor]"), "{api}");
        }
        for (vault, called) in [
            ("remote = \"vault.internal:8470\"", Some(("vault.internal", 8470))),
            ("remote = \"[2001:db8::1]:8470\"", Some(("2001:db8::1", 8470))),
            ("listen = \"10.0.0.2:8470\"", None),
        ] {
            std::fs::write(&path, format!("{text}[vault]\n{vault}\n")).unwrap();
            assert_eq!(Settings::read(&path).unwrap().vault.called().unwrap(), called);
        }
        let files = "certificate = \"a\"\nkey = \"b\"\n";
        let acme = "redirect = \"0.0.0.0:80\"\n[tls.acme]\ndirectory = \"https://acme.example/dir\"\n";
        for (tls, told) in [
            (files.to_owned(), None),
            (format!("aliases = [\"www.shop.example\"]\n{files}"), None),
            (format!("aliases = [\"shop.example\"]\n{files}"), Some("other names")),
            (format!("aliases = [\"www.shop.example:443\"]\n{files}"), Some("other names")),
            (format!("{acme}terms_agreed = true\n"), None),
            ("certificate = \"a\"\n".to_owned(), Some("two files")),
            (format!("{files}{acme}terms_agreed = true\n"), Some("not both")),
            (format!("{acme}terms_agreed = false\n"), Some("have read")),
            (format!("{acme}terms_agreed = true\ncontact = [\"me\"]\n"), Some("no mail address")),
            (format!("{}terms_agreed = true\n", acme.replace("https", "http")), Some("https://")),
            (
                format!("{}terms_agreed = true\n", acme.replace("redirect = \"0.0.0.0:80\"\n", "")),
                Some("port 80"),
            ),
        ] {
            std::fs::write(&path, format!("{text}[tls]\nhost = \"shop.example\"\n{tls}")).unwrap();
            let read = Settings::read(&path);
            match told {
                None => drop(read.unwrap()),
                Some(told) => {
                    let error = format!("{:#}", read.unwrap_err());
                    assert!(error.contains(told), "{error}");
                }
            }
        }
        for vault in [
            "mail_persons_per_hour_max = 49",
            "remote = \"vault.internal\"",
            "remote = \"a:1\"\nlisten = \"10.0.0.2:8470\"",
        ] {
            std::fs::write(&path, format!("{text}[vault]\n{vault}\n")).unwrap();
            assert!(format!("{:#}", Settings::read(&path).unwrap_err()).contains("[vault]"));
        }
    }

    #[test]
    fn the_origin_is_the_name_that_customers_type() {
        let s = Settings::demo(8080);
        let tls = Tls {
            host: "shop.example.jp".into(),
            aliases: Vec::new(),
            certificate: Some("gate/chain.pem".into()),
            key: Some("gate/key.pem".into()),
            redirect: None,
            ca_file: None,
            acme: None,
        };
        let mut s = Settings { tls: Some(tls), ..s };
        assert_eq!(s.shop_origin(), "https://shop.example.jp:8080");
        s.listen.shop.set_port(443);
        assert_eq!(s.shop_origin(), "https://shop.example.jp");
    }
}
