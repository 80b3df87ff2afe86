//! What is kept, and what the gate is shown.
//!
//! In the own folder: `account.json`, the account at the authority with its key, secret; `chain.pem` and `key.pem`, secret. In
//! `run/acme`: copies of the two for the gate, `challenge/`, a file for each token that the authority asks for, and
//! `state.json`, how all that does.

use crate::Config;
use instant_acme::AccountCredentials;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use tls::{Identity, ServerKey};
use zeroize::Zeroizing;

/// The chain of certificates, the shop's own first.
pub const CHAIN: &str = "chain.pem";
/// Its key. Secret.
pub const KEY: &str = "key.pem";
/// What the authority asks for, by token.
pub const CHALLENGES: &str = "challenge";
/// How it does.
pub const STATE: &str = "state.json";
/// The account at the authority. Secret.
const ACCOUNT: &str = "account.json";
/// For the own user alone, and for the gate, who is in the group of the folder.
const OWN: u32 = 0o600;
const SHOWN: u32 = 0o640;

/// How the certificate does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Until when it is good; `None` where nobody has vouched yet.
    pub until: Option<Timestamp>,
    /// Since when none is obtained although one is due.
    pub failing_since: Option<Timestamp>,
    /// Why, in words of ours or of the authority's.
    pub why: Option<String>,
}

/// What is known of the certificate that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    /// Whether it is for every name that is configured now.
    pub(crate) whole: bool,
    /// The name of the issuer's key and the number there, by which the authority knows it (RFC 9773 §4.1).
    pub(crate) known_as: Option<(Vec<u8>, Vec<u8>)>,
}

/// The account, with the directory for which it is.
#[derive(Serialize, Deserialize)]
struct Account<C> {
    directory: String,
    credentials: C,
}

pub(crate) struct Files {
    own: PathBuf,
    shown: PathBuf,
    names: Vec<String>,
    directory: String,
}

impl Files {
    pub(crate) fn open(config: &Config) -> io::Result<Files> {
        let folder = |path: &Path, mode| fs::DirBuilder::new().recursive(true).mode(mode).create(path);
        let challenges = config.shown.join(CHALLENGES);
        folder(&config.folder, 0o700)?;
        // Left behind by one that was killed.
        let _ = fs::remove_dir_all(&challenges);
        folder(&challenges, 0o750)?;
        let (own, shown) = (config.folder.clone(), config.shown.clone());
        Ok(Files { own, shown, names: config.names.clone(), directory: config.directory.clone() })
    }

    /// The certificate that is kept, where it is one for the shop's own name and key and good at `now`.
    pub(crate) fn kept(&self, now: Timestamp) -> Option<Facts> {
        let chain = fs::read_to_string(self.own.join(CHAIN)).ok()?;
        let key = fs::read_to_string(self.own.join(KEY)).map(Zeroizing::new).ok()?;
        facts(&chain, &ServerKey::from_pem(&key).ok()?, &self.names).filter(|facts| facts.until > now)
    }

    /// Keeps what was obtained, where it is right.
    pub(crate) fn keep(&self, chain: &str, key: &ServerKey, now: Timestamp) -> anyhow::Result<()> {
        let right = facts(chain, key, &self.names).is_some_and(|facts| facts.whole && facts.until > now);
        let names = self.names.join(", ");
        anyhow::ensure!(right, "the authority sent a certificate that is not for {names} and our key");
        write(&self.own.join(KEY), key.to_pem().as_bytes(), OWN)?;
        write(&self.own.join(CHAIN), chain.as_bytes(), OWN)?;
        Ok(())
    }

    /// Lays chain and key out for the gate; one that nobody vouches for, where there is none.
    pub(crate) fn show(&self) -> anyhow::Result<()> {
        let (chain, key) = match self.kept(Timestamp::now()) {
            Some(_) => (
                fs::read_to_string(self.own.join(CHAIN))?,
                Zeroizing::new(fs::read_to_string(self.own.join(KEY))?),
            ),
            None => {
                let key = tls::Key::new()?;
                (
                    tls::to_pem(&tls::self_signed(
                        &key,
                        self.names.first().map_or("", |name| name),
                        Timestamp::now(),
                    )?),
                    key.to_pem(),
                )
            }
        };
        // The gate takes neither until both fit.
        write(&self.shown.join(KEY), key.as_bytes(), SHOWN)?;
        write(&self.shown.join(CHAIN), chain.as_bytes(), SHOWN)?;
        Ok(())
    }

    /// Says how it does.
    pub(crate) fn say(&self, state: &State) -> anyhow::Result<()> {
        Ok(write(&self.shown.join(STATE), &serde_json::to_vec(state)?, SHOWN)?)
    }

    /// The account at this authority, if there is one.
    pub(crate) fn account(&self) -> anyhow::Result<Option<AccountCredentials>> {
        let text = match fs::read(self.own.join(ACCOUNT)) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        // Its message would hold what stands there.
        let account: Account<AccountCredentials> = serde_json::from_slice(&text).map_err(|_| {
            anyhow::anyhow!(
                "{} is damaged: take it away, and a new account is made",
                self.own.join(ACCOUNT).display()
            )
        })?;
        Ok((account.directory == self.directory).then_some(account.credentials))
    }

    pub(crate) fn keep_account(&self, credentials: &AccountCredentials) -> anyhow::Result<()> {
        let account = Account { directory: self.directory.clone(), credentials };
        Ok(write(&self.own.join(ACCOUNT), &Zeroizing::new(serde_json::to_vec(&account)?), OWN)?)
    }

    /// Lays out what the authority asks for; it is gone when the answer is dropped.
    pub(crate) fn answer(&self, token: &str, authorization: &str) -> anyhow::Result<Answer> {
        let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        anyhow::ensure!(!token.is_empty() && token.bytes().all(letter), "the authority's token is none");
        let path = self.shown.join(CHALLENGES).join(token);
        write(&path, authorization.as_bytes(), SHOWN)?;
        Ok(Answer(path))
    }
}

/// What is laid out for the authority.
pub(crate) struct Answer(PathBuf);

impl Drop for Answer {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// What stands in the first certificate of a chain, where it is for the first of these names and this key.
fn facts(chain: &str, key: &ServerKey, names: &[String]) -> Option<Facts> {
    let chain = tls::chain(chain).ok()?;
    let own = chain.first()?.clone();
    let identity: Identity = key.identity(chain);
    let is_for = |name: &String| tls::is_for(&own, name);
    (names.first().is_some_and(is_for) && identity.certified().is_ok()).then_some(())?;
    let tls::Facts { from, until, serial, issuer_key, .. } = tls::facts(&own)?;
    let known_as = issuer_key.map(|issuer_key| (issuer_key.to_vec(), serial.to_vec()));
    Some(Facts { from, until, whole: names.iter().all(is_for), known_as })
}

/// Whole or not at all, and on the disk.
fn write(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let beside = path.with_extension("new");
    let _ = fs::remove_file(&beside);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use std::os::unix::fs::PermissionsExt;

    fn files(dir: &Path) -> Files {
        let own = tls::self_signed(&tls::Key::new().unwrap(), "a.example", Timestamp::now()).unwrap();
        Files::open(&Config {
            directory: "https://acme.example/directory".into(),
            contact: Vec::new(),
            names: vec!["shop.example".into(), "www.shop.example".into()],
            trust: outbound::Trust::from_pem(&tls::to_pem(&own)).unwrap(),
            folder: dir.join("acme"),
            shown: dir.join("run"),
            retry_after: crate::RETRY_AFTER,
        })
        .unwrap()
    }

    #[test]
    fn there_is_something_to_open_with_and_nothing_wrong_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let files = files(dir.path());
        let now = Timestamp::now();
        assert!(files.kept(now).is_none());
        files.show().unwrap();
        let shown = |name: &str| fs::read_to_string(dir.path().join("run").join(name)).unwrap();
        let both = format!("{}{}", shown(CHAIN), shown(KEY));
        assert!(Identity::from_pem(&both).unwrap().certified().is_ok());
        let mode = fs::metadata(dir.path().join("run").join(KEY)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        // Certificates of a small authority are for its own kind of keys: none of them fits ours.
        let authority = tls::Authority::new("Test", now).unwrap();
        let other = tls::Key::new().unwrap();
        let chain = authority
            .issue(&other.public(), "shop.example", tls::Use::Server, now, SignedDuration::from_hours(24))
            .unwrap();
        let error = files.keep(&tls::to_pem(&chain), &ServerKey::new().unwrap(), now).unwrap_err();
        assert!(error.to_string().contains("not for shop.example"), "{error}");
        assert!(files.keep("", &ServerKey::new().unwrap(), now).is_err());
        assert!(files.kept(now).is_none());
    }

    #[test]
    fn an_answer_is_there_as_long_as_it_is_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let files = files(dir.path());
        let path = dir.path().join("run/challenge/a-Token_1");
        let answer = files.answer("a-Token_1", "a-Token_1.print").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "a-Token_1.print");
        drop(answer);
        assert!(!path.exists());
        for token in ["", "../key", "a/b", "a.b"] {
            assert!(files.answer(token, "x").is_err(), "{token}");
        }
        fs::write(dir.path().join("acme").join(ACCOUNT), "{\"key\":\"s3cret\"}").unwrap();
        let told = format!("{:#}", files.account().err().unwrap());
        assert!(told.contains("is damaged") && !told.contains("s3cret"), "{told}");
    }
}
