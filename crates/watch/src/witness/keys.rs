//! The witness's own key, and the keys of the log that it was told or saw first.

use crate::book::write_whole;
use ledger::{Cosigner, VerifierKey, hex};
use outbound::Secret;
use std::{fs, io, path::Path};
use zeroize::Zeroizing;

/// The witness's own key: its name, and the seed in hexadecimal. Secret.
const OWN: &str = "key";
/// The token of the relay. Secret.
const TOKEN: &str = "relay.token";
/// The key of the relay's own certificate. Secret.
const RELAY_KEY: &str = "relay.key";
/// That certificate, to be carried to the other witness.
const RELAY_CERTIFICATE: &str = "relay.crt";
/// The name in it: of no network, since the other witness believes this certificate as it is.
const RELAY_NAME: &str = "witness.dozo.internal";
/// The public keys of the log, one a line.
const TRUSTED: &str = "trusted";

/// The witness's own key, made the first time.
///
/// # Errors
/// As the disk says, or where the file is damaged.
pub fn own(dir: &Path) -> io::Result<Cosigner> {
    let path = dir.join(OWN);
    let text = match fs::read_to_string(&path) {
        Ok(text) => Zeroizing::new(text),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let random = random::<36>()?;
            let (name, seed) = random.split_at(4);
            let text =
                Zeroizing::new(format!("dozo-witness/{}\n{}\n", hex(name), *Zeroizing::new(hex(seed))));
            write_durably(&path, &text)?;
            text
        }
        Err(e) => return Err(e),
    };
    let mut lines = text.lines();
    let cosigner = lines
        .next()
        .zip(lines.next().and_then(seed))
        .and_then(|(name, seed)| Cosigner::from_seed(name, &seed));
    cosigner.ok_or_else(|| damaged(&path, "put it back from a copy, or take it away for a new key"))
}

/// The keys of the log that were believed before; `None` the first time.
///
/// # Errors
/// As the disk says, or where the file is damaged.
pub(crate) fn trusted(dir: &Path) -> io::Result<Option<Vec<VerifierKey>>> {
    let path = dir.join(TRUSTED);
    match fs::read_to_string(&path) {
        Ok(text) => parse(&text).map(Some).ok_or_else(|| damaged(&path, "give the log's keys again")),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// Believes these keys from now on.
///
/// # Errors
/// As the disk says.
pub(crate) fn trust(dir: &Path, keys: &[VerifierKey]) -> io::Result<()> {
    let text: String = keys.iter().map(|key| format!("{key}\n")).collect();
    write_durably(&dir.join(TRUSTED), &text)
}

/// Who the relay is: a key and a certificate that it signed itself, made the first time.
///
/// # Errors
/// As the disk says, or where a file is damaged.
pub(crate) fn relay_identity(dir: &Path) -> io::Result<tls::Identity> {
    let (key, certificate) = (dir.join(RELAY_KEY), dir.join(RELAY_CERTIFICATE));
    if !key.exists() {
        let fresh = tls::Key::new().map_err(io::Error::other)?;
        let own = tls::self_signed(&fresh, RELAY_NAME, jiff::Timestamp::now()).map_err(io::Error::other)?;
        // The key last: without it, both are made anew.
        write_durably(&certificate, &tls::to_pem(&own))?;
        write_durably(&key, &fresh.to_pem())?;
    }
    let read = |path: &Path| fs::read_to_string(path).map(Zeroizing::new);
    let both = Zeroizing::new(format!("{}{}", *read(&certificate)?, *read(&key)?));
    let advice = "take both relay.key and relay.crt away for new ones, and carry relay.crt over again";
    let identity = tls::Identity::from_pem(&both).map_err(|_| damaged(&key, advice))?;
    identity.certified().map_err(|_| damaged(&key, advice))?;
    Ok(identity)
}

/// What a witness on another machine shows to the relay, made the first time. Secret.
///
/// # Errors
/// As the disk says.
pub(crate) fn relay_token(dir: &Path) -> io::Result<Secret> {
    let path = dir.join(TOKEN);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Secret::new(text.trim())),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let random = random::<32>()?;
            let token = Secret::new(hex(&random[..]));
            write_durably(&path, token.expose())?;
            Ok(token)
        }
        Err(e) => Err(e),
    }
}

/// The public keys of a log, one a line, as its folder has them in `keys`. `None` where it is something else.
pub fn parse(text: &str) -> Option<Vec<VerifierKey>> {
    let keys: Vec<_> = text.lines().map(VerifierKey::parse).collect::<Option<_>>()?;
    let of_a_log = |key: &VerifierKey| !key.cosigns() && key.name() == keys[0].name();
    (!keys.is_empty() && keys.iter().all(of_a_log)).then_some(keys)
}

fn random<const N: usize>() -> io::Result<Zeroizing<[u8; N]>> {
    let mut random = Zeroizing::new([0; N]);
    getrandom::fill(&mut random[..]).map_err(|_| io::Error::other("the kernel gave no random bytes"))?;
    Ok(random)
}

/// A key that is lost with the next power cut is none.
fn write_durably(path: &Path, text: &str) -> io::Result<()> {
    write_whole(path, text.as_bytes(), 0o600)?;
    fs::File::open(path)?.sync_all()
}

fn seed(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut seed = Zeroizing::new([0; 32]);
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, at) in seed.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(seed)
}

fn damaged(path: &Path, what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{} is damaged: {what}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_of_its_own_is_made_once_and_only_its_owner_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        let key = own(dir.path()).unwrap().key();
        assert_eq!(own(dir.path()).unwrap().key(), key);
        assert!(key.cosigns() && key.name().starts_with("dozo-witness/"), "{}", key.name());
        let mode = fs::metadata(dir.path().join(OWN)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        for damaged in ["", "name\n", "name\n00\n", &format!("a b\n{}\n", "0".repeat(64)), &"é".repeat(40)] {
            fs::write(dir.path().join(OWN), damaged).unwrap();
            assert!(own(dir.path()).is_err(), "{damaged}");
        }
    }

    #[test]
    fn keys_of_a_log_are_of_one_log_and_no_witnesss() {
        let signer = ledger::Signer::from_seeds(&[1; 32], &[2; 32]).unwrap();
        let [a, b] = signer.keys("log");
        let other = &signer.keys("another")[0];
        let cosigner = Cosigner::from_seed("w", &[3; 32]).unwrap().key();
        assert_eq!(parse(&format!("{a}\n{b}\n")), Some(vec![a.clone(), b.clone()]));
        for text in [String::new(), format!("{a}\n{other}\n"), format!("{a}\n{cosigner}\n"), "x\n".into()] {
            assert_eq!(parse(&text), None);
        }
    }
}
