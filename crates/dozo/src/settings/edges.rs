//! What the shop's edges are: TLS on its port, a processor of the network, a vault on another machine.

use super::Settings;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::PathBuf};

/// Certificate and key of the shop's own name. Both files may be written anew while the shop is open: new connections
/// get them within a second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The name that customers type, such as `shop.example.jp`.
    pub host: String,
    /// The chain of certificates, the shop's own first: a PEM file.
    pub certificate: PathBuf,
    /// Its key: a PEM file that the gate alone may read.
    pub key: PathBuf,
    /// Where plain HTTP is answered and led to https, such as `0.0.0.0:80`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect: Option<SocketAddr>,
    /// The authority that signed, where it is none that this machine believes: for the watch, and the demo's sandbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
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

/// A vault on a machine of its own. The file of the shop's machine has `remote`, that of the vault's `listen`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Place {
    /// Host and port at which the vault's machine is called, such as `vault.internal:8470`.
    pub remote: Option<String>,
    /// Where the vault's machine is called, such as `10.0.0.2:8470`. Nothing but the vault runs there.
    pub listen: Option<SocketAddr>,
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
    settings.processor.as_ref().map(Processor::port).transpose()?;
    settings.vault.called()?;
    anyhow::ensure!(
        !settings.watch.test_orders || settings.demo && settings.processor.is_none(),
        "[watch] test_orders is for the demo's own processor: a test card is no card anywhere else"
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
        for vault in ["remote = \"vault.internal\"", "remote = \"a:1\"\nlisten = \"10.0.0.2:8470\""] {
            std::fs::write(&path, format!("{text}[vault]\n{vault}\n")).unwrap();
            assert!(format!("{:#}", Settings::read(&path).unwrap_err()).contains("[vault]"));
        }
    }

    #[test]
    fn the_origin_is_the_name_that_customers_type() {
        let s = Settings::demo(8080);
        let tls = Tls {
            host: "shop.example.jp".into(),
            certificate: "gate/chain.pem".into(),
            key: "gate/key.pem".into(),
            redirect: None,
            ca_file: None,
        };
        let mut s = Settings { tls: Some(tls), ..s };
        assert_eq!(s.shop_origin(), "https://shop.example.jp:8080");
        s.listen.shop.set_port(443);
        assert_eq!(s.shop_origin(), "https://shop.example.jp");
    }
}
