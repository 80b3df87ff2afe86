//! Where mail that could not be delivered comes back to, and what signs mail.

use anyhow::{Context, Result, ensure};
use letters::{Envelope, NoEnvelope, Rect};
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// The file of the secret with which return addresses are made.
const KEY: &str = "post/returns.key";
/// The key that signs mails, PKCS#8 in PEM.
pub const DKIM_KEY: &str = "post/dkim.key";
/// Connections for notices, where the settings name no other number.
const LINES: u8 = 8;
/// The most of them.
const LINES_MAX: u8 = 64;
/// The socket at which `dozo post take` hands returned mail over.
pub const SOCKET: &str = "run/post/returns.sock";

/// Returned mail. The mail server must deliver `bounces+anything@…` in one of these ways.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Post {
    /// The address for returned mail, such as `bounces@shop.example`. Each mail goes out with a tag of its own in it.
    pub bounces: Option<String>,
    /// A Maildir for returned mail alone: what was read is removed from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maildir: Option<PathBuf>,
    /// Where LMTP is listened for, such as `127.0.0.1:8026`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lmtp: Option<SocketAddr>,
    /// The selector under which the DNS has the key that signs mails (DKIM); `dozo post dkim` makes the key. None: mails
    /// are not signed here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dkim: Option<String>,
    /// Where the window of the shop's envelopes (長形3号, 235 × 120 mm, its long side down) lies, in millimetres: from the left,
    /// from the top, width, height. None: [20, 12, 90, 45].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_mm: Option<[u16; 4]>,
    /// Connections to the mail server at once, for notices about an incident: 1 to 64. None: 8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<u8>,
}

impl Post {
    pub(super) fn is_nobodys(&self) -> bool {
        *self == Post::default()
    }

    pub(super) fn check(&self) -> Result<()> {
        ensure!(
            self.lines.is_none_or(|lines| (1..=LINES_MAX).contains(&lines)),
            "[post] lines is a number from 1 to {LINES_MAX}"
        );
        self.envelope().context("[post] window_mm")?;
        let Some(bounces) = &self.bounces else {
            ensure!(
                self.maildir.is_none() && self.lmtp.is_none(),
                "[post] maildir and lmtp take returned mail: name its address, bounces = \"bounces@…\""
            );
            return Ok(());
        };
        post::Returns::new(bounces, &[0; 32]).context("[post] bounces")?;
        ensure!(
            self.lmtp.is_none_or(|at| at.ip().is_loopback()),
            "[post] lmtp is a port of this machine, such as 127.0.0.1:8026: whoever reaches it hands mail in"
        );
        ensure!(
            self.maildir.as_deref().is_none_or(Path::is_absolute),
            "[post] maildir is a whole path, such as /var/mail/bounces/Maildir"
        );
        Ok(())
    }

    /// The envelopes for letters.
    ///
    /// # Errors
    /// Where no letter fits them.
    pub fn envelope(&self) -> Result<Envelope, NoEnvelope> {
        let Some(mm) = self.window_mm else { return Ok(Envelope::LONG_3) };
        let [left, top, width, height] = mm.map(f32::from);
        Envelope::long_3(Rect { left, top, width, height })
    }

    /// What signs mails from this address; none where nothing is to.
    ///
    /// # Errors
    /// Where the key cannot be read or is none.
    pub fn signer(&self, from: &str) -> Result<Option<dkim::Signer>> {
        let Some(selector) = &self.dkim else { return Ok(None) };
        let pem = std::fs::read_to_string(DKIM_KEY)
            .with_context(|| format!("cannot read {DKIM_KEY}: make it with `dozo post dkim`"))?;
        let key = dkim::SigningKey::from_pem(&pem).context(DKIM_KEY)?;
        let domain = from.rsplit_once('@').map_or("", |(_, domain)| domain);
        Ok(Some(dkim::Signer::new(domain, selector, key).context("[post] dkim")?))
    }

    /// Connections to the mail server at once, for notices.
    pub fn lines(&self) -> usize {
        self.lines.unwrap_or(LINES).into()
    }

    /// What the process needs; makes the key where there is none yet.
    ///
    /// # Errors
    /// Where the key cannot be read or made.
    pub fn intake(&self) -> Result<Option<post::intake::Config>> {
        let Some(bounces) = &self.bounces else { return Ok(None) };
        let key = crate::up::folder::secret(Path::new(KEY), "")?;
        let returns = post::Returns::new(bounces, key.as_bytes()).context("[post] bounces")?;
        let (lmtp, maildir) = (self.lmtp, self.maildir.clone());
        Ok(Some(post::intake::Config { returns, socket: SOCKET.into(), lmtp, maildir }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_told() {
        let post = |text: &str| toml::from_str::<Post>(text).unwrap().check().map_err(|e| format!("{e:#}"));
        assert_eq!(post(""), Ok(()));
        assert_eq!(
            post("bounces = \"bounces@shop.example\"\nlmtp = \"127.0.0.1:8026\"\nmaildir = \"/m\""),
            Ok(())
        );
        for (text, told) in [
            ("bounces = \"bounces+x@shop.example\"", "without a plus sign"),
            ("maildir = \"/m\"", "name its address"),
            ("lines = 0", "from 1 to 64"),
            ("lines = 65", "from 1 to 64"),
            ("bounces = \"b@shop.example\"\nlmtp = \"0.0.0.0:24\"", "a port of this machine"),
            ("bounces = \"b@shop.example\"\nmaildir = \"m\"", "a whole path"),
        ] {
            let error = post(text).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }
}
