//! Where mail that could not be delivered comes back to.

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// The file of the secret with which return addresses are made.
const KEY: &str = "post/returns.key";
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
}

impl Post {
    pub(super) fn is_nobodys(&self) -> bool {
        *self == Post::default()
    }

    pub(super) fn check(&self) -> Result<()> {
        let Some(bounces) = &self.bounces else {
            ensure!(
                self.is_nobodys(),
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
            ("bounces = \"b@shop.example\"\nlmtp = \"0.0.0.0:24\"", "a port of this machine"),
            ("bounces = \"b@shop.example\"\nmaildir = \"m\"", "a whole path"),
        ] {
            let error = post(text).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }
}
