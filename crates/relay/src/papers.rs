//! What the shop's machine shows: a certificate and a key for each role, and the authority of the vault's machine.

use crate::{PASS, RENEW, ROLES, name_of};
use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use std::{io::Write, os::unix::fs::OpenOptionsExt, path::Path, sync::Arc};
use tls::{Authority, CertificateDer, ClientConfig, Identity, Key, Trust, Use, to_pem};
use vault_api::Role;
use zeroize::Zeroizing;

/// How long papers hold that were carried from one machine to the other.
pub(crate) const CARRIED: SignedDuration = SignedDuration::from_hours(24);
/// The end of a certificate in PEM.
const END: &str = "-----END CERTIFICATE-----\n";

/// One file: the authority's certificate, then key and certificate of each role in the order of [`ROLES`]. Secret: no
/// `Debug`.
pub struct Papers {
    authority: CertificateDer<'static>,
    of: Vec<(Role, Identity)>,
}

/// Papers for the shop's machine, by a new authority: whoever had papers of the one before is out. Gives the authority
/// for the vault's machine to keep, and the papers to be carried over within a day. Both secret.
///
/// # Errors
/// Where there is no randomness.
pub fn enrol(now: Timestamp) -> Result<(Zeroizing<String>, Zeroizing<String>)> {
    let authority = Authority::new("Dozo vault", now)?;
    let mut papers = Zeroizing::new(to_pem(authority.certificate()));
    for (_, word) in ROLES {
        let key = Key::new()?;
        let certificate = authority.issue(&key.public(), &name_of(word), Use::Client, now, CARRIED)?;
        papers.push_str(&one(&key, &certificate));
    }
    Ok((authority.to_pem(), papers))
}

fn one(key: &Key, certificate: &CertificateDer<'_>) -> Zeroizing<String> {
    Zeroizing::new(format!("{}{}", *key.to_pem(), to_pem(certificate)))
}

impl Papers {
    /// Reads the file.
    ///
    /// # Errors
    /// Where it is not there or not whole; the message says what to do.
    pub fn read(path: &Path) -> Result<Papers> {
        let shown = path.display();
        let text = std::fs::read_to_string(path).with_context(|| {
            format!("cannot read {shown}: make it with `dozo vault relay enroll` on the vault's machine and put it there")
        })?;
        Papers::parse(&Zeroizing::new(text)).with_context(|| format!("{shown} holds no papers of a relay"))
    }

    fn parse(text: &str) -> Result<Papers> {
        let (authority, mut rest) = text.split_once(END).context("there is no authority in it")?;
        let authority = tls::certificate(&format!("{authority}{END}"))?;
        let mut of = Vec::new();
        for (role, word) in ROLES {
            let part;
            (part, rest) =
                rest.split_once(END).with_context(|| format!("there is nothing for {word} in it"))?;
            let identity = Identity::from_pem(&Zeroizing::new(format!("{part}{END}")))?;
            identity.certified()?;
            anyhow::ensure!(
                crate::role_of(identity.certificate()) == Some(role),
                "what is for {word} is not"
            );
            of.push((role, identity));
        }
        Ok(Papers { authority, of })
    }

    /// How a role calls the vault's end.
    ///
    /// # Errors
    /// Where the papers hold nothing for that role.
    pub(crate) fn client(&self, role: Role) -> Result<Arc<ClientConfig>> {
        self.speaking(role, PASS)
    }

    fn speaking(&self, role: Role, protocol: &[u8]) -> Result<Arc<ClientConfig>> {
        let identity = self.of.iter().find(|(r, _)| *r == role).context("no papers for this role")?;
        Ok(identity.1.client(&Trust::authority(&self.authority)?, protocol)?)
    }

    /// New keys and certificates for all roles, by who vouches for the old ones; the old ones stay as they are. `ask`
    /// takes a connection for asking and a public key, and gives the certificate.
    ///
    /// # Errors
    /// Where `ask` fails, or what it gave is not what was asked for.
    pub(crate) fn renewed(
        &self,
        ask: impl Fn(&Arc<ClientConfig>, &[u8; 32]) -> Result<CertificateDer<'static>>,
    ) -> Result<Zeroizing<String>> {
        let mut papers = Zeroizing::new(to_pem(&self.authority));
        for (role, _) in ROLES {
            let key = Key::new()?;
            let certificate = ask(&self.speaking(role, RENEW)?, &key.public())?;
            papers.push_str(&one(&key, &certificate));
        }
        Papers::parse(&papers).context("the vault's end sent something else")?;
        Ok(papers)
    }
}

/// Writes a secret file whole or not at all, for its owner only.
pub(crate) fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let part = path.with_extension("part");
    let mut file =
        std::fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&part)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&part, path)
}
