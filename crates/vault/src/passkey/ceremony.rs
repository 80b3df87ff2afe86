//! The two ceremonies: W3C WebAuthn Level 3, §7.1 (registering) and §7.2 (asserting). Every step that applies to a
//! shop which asks for no attestation and no extension is here, under its number; nothing here keeps anything.

use super::{
    authenticator::{AuthenticatorData, Flags},
    cbor::Value,
    cose::PublicKey,
};
use crate::crypto::{Hash, sha256};
use serde::Deserialize;
use vault_api::{
    ATTESTATION_BYTES_MAX, CLIENT_DATA_BYTES_MAX, CREDENTIAL_BYTES_MAX, Challenge, PasskeyAssertion,
    PasskeyAttestation, PasskeyFlaw, SIGNATURE_BYTES_MAX,
};

/// The shop as passkeys know it.
#[derive(Debug, Clone)]
pub(crate) struct Party {
    /// Its id: the host name.
    pub(crate) id: String,
    origin: String,
    hash: Hash,
}

impl Party {
    /// The party behind an origin (scheme, host, port); `None` where it has no name (an address in figures: WebAuthn
    /// §5.1.3 wants a valid domain) or is not a secure context (only names of this machine go without TLS).
    pub(crate) fn of_origin(origin: &str) -> Option<Party> {
        let (scheme, rest) = origin.split_once("://")?;
        let host = rest.split_once(':').map_or(rest, |(host, _)| host);
        let local = host == "localhost" || host.ends_with(".localhost");
        let named = host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(&b))
            && host.bytes().any(|b| b.is_ascii_lowercase())
            && (local || host.contains('.'));
        let secure = scheme == "https" || scheme == "http" && local;
        (named && secure).then(|| Party {
            id: host.to_owned(),
            origin: origin.to_owned(),
            hash: sha256(host.as_bytes()),
        })
    }
}

/// What a browser collects (§5.8.1). Fields that are not named are passed over, as §5.8.1.2 wants.
#[derive(Deserialize)]
struct Collected {
    #[serde(rename = "type")]
    ceremony: String,
    challenge: String,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: bool,
    #[serde(default, rename = "topOrigin")]
    top_origin: Option<String>,
}

/// Which ceremony.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ceremony {
    /// A credential is made.
    Create,
    /// A credential is used.
    Get,
}

/// What a browser collected, with its challenge found to be one at all.
pub(super) struct ClientData {
    collected: Collected,
    hash: Hash,
    /// The challenge that it answers.
    pub(super) challenge: Challenge,
}

impl ClientData {
    /// §7.1 steps 5 and 6, §7.2 steps 9 and 10.
    pub(super) fn read(bytes: &[u8]) -> Result<ClientData, PasskeyFlaw> {
        if bytes.len() > CLIENT_DATA_BYTES_MAX {
            return Err(PasskeyFlaw::Malformed);
        }
        let collected: Collected = serde_json::from_slice(bytes).map_err(|_| PasskeyFlaw::Malformed)?;
        let challenge = Challenge::parse(&collected.challenge).ok_or(PasskeyFlaw::Challenge)?;
        Ok(ClientData { collected, hash: sha256(bytes), challenge })
    }

    /// §7.1 steps 7 to 11, §7.2 steps 11 to 15, but for the challenge, which whoever keeps them takes.
    fn check(&self, ceremony: Ceremony, party: &Party) -> Result<(), PasskeyFlaw> {
        let wanted = match ceremony {
            Ceremony::Create => "webauthn.create",
            Ceremony::Get => "webauthn.get",
        };
        let Collected { ceremony, origin, cross_origin, top_origin, .. } = &self.collected;
        if ceremony != wanted {
            return Err(PasskeyFlaw::Ceremony);
        }
        // No page of the shop stands in another's frame.
        if *origin != party.origin || *cross_origin || top_origin.is_some() {
            return Err(PasskeyFlaw::Origin);
        }
        Ok(())
    }
}

/// A credential as it is registered.
pub(super) struct NewCredential {
    pub(super) id: Vec<u8>,
    pub(super) key: PublicKey,
    pub(super) counter: u32,
    pub(super) backup_eligible: bool,
    pub(super) backed_up: bool,
}

/// What is known of a credential when it is used.
pub(super) struct Known<'a> {
    pub(super) key: &'a PublicKey,
    pub(super) counter: u32,
    pub(super) backup_eligible: bool,
}

/// What a use tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Used {
    pub(super) counter: u32,
    pub(super) backed_up: bool,
}

/// Registers (§7.1). The challenge was taken already: by now it was the vault's own, fresh, and for this.
pub(super) fn register(
    party: &Party,
    client: &ClientData,
    attestation: &PasskeyAttestation,
) -> Result<NewCredential, PasskeyFlaw> {
    client.check(Ceremony::Create, party)?;
    if attestation.object.len() > ATTESTATION_BYTES_MAX {
        return Err(PasskeyFlaw::Malformed);
    }
    // Step 13: the attestation object has these three parts.
    let object = Value::whole(&attestation.object).ok_or(PasskeyFlaw::Malformed)?;
    let format = object.named("fmt").and_then(Value::text).ok_or(PasskeyFlaw::Malformed)?;
    let data = object.named("authData").and_then(Value::bytes).ok_or(PasskeyFlaw::Malformed)?;
    let statement = object.named("attStmt").ok_or(PasskeyFlaw::Malformed)?;
    let read = AuthenticatorData::read(data).ok_or(PasskeyFlaw::Malformed)?;
    // Steps 14 to 19.
    device_said(party, &read)?;
    // Step 20: one of the algorithms that were asked for.
    let made = read.made.as_ref().ok_or(PasskeyFlaw::Malformed)?;
    let key = made.key.clone().ok_or(PasskeyFlaw::Key)?;
    // Steps 21 to 24: none was asked for. What a client may leave standing is a statement by the key itself (§6.5.4).
    let signed = [data, &client.hash].concat();
    let stands = match (format, statement) {
        ("none", Value::Map(pairs)) => pairs.is_empty(),
        ("packed", statement) => {
            let signature = statement.named("sig").and_then(Value::bytes).unwrap_or_default();
            statement.named("x5c").is_none()
                && statement.named("alg").and_then(Value::int) == Some(key.algorithm())
                && key.verifies(&signed, signature)
        }
        _ => false,
    };
    if !stands {
        return Err(PasskeyFlaw::Attestation);
    }
    // Steps 25 to 27 (length of the id; not registered yet; keep it) are the reader's and the caller's.
    Ok(NewCredential {
        id: made.id.to_vec(),
        key,
        counter: read.counter,
        backup_eligible: read.flags.backup_eligible(),
        backed_up: read.flags.backed_up(),
    })
}

/// Asserts (§7.2). The challenge was taken already; `known` is the credential that the assertion names.
pub(super) fn assert(
    party: &Party,
    client: &ClientData,
    known: &Known<'_>,
    assertion: &PasskeyAssertion,
) -> Result<Used, PasskeyFlaw> {
    client.check(Ceremony::Get, party)?;
    let data = &assertion.authenticator_data;
    let read = AuthenticatorData::read(data).ok_or(PasskeyFlaw::Malformed)?;
    if read.made.is_some() || assertion.signature.len() > SIGNATURE_BYTES_MAX {
        return Err(PasskeyFlaw::Malformed);
    }
    // Steps 16 to 20. Step 19: what may be backed up is said once and for ever.
    device_said(party, &read)?;
    if read.flags.backup_eligible() != known.backup_eligible {
        return Err(PasskeyFlaw::Backup);
    }
    // Steps 21 and 22.
    let signed = [&data[..], &client.hash].concat();
    if !known.key.verifies(&signed, &assertion.signature) {
        return Err(PasskeyFlaw::Signature);
    }
    // Step 23: a counter that is used at all goes on with each use.
    if (read.counter != 0 || known.counter != 0) && read.counter <= known.counter {
        return Err(PasskeyFlaw::Counter);
    }
    Ok(Used { counter: read.counter, backed_up: read.flags.backed_up() })
}

/// For this shop, by its owner, and without contradiction. Verification is always asked for: a passkey stands for a
/// password, and for staff for both factors.
fn device_said(party: &Party, read: &AuthenticatorData<'_>) -> Result<(), PasskeyFlaw> {
    let flags: Flags = read.flags;
    match () {
        _ if read.party != party.hash => Err(PasskeyFlaw::Party),
        _ if !flags.present() => Err(PasskeyFlaw::Presence),
        _ if !flags.verified() => Err(PasskeyFlaw::Verification),
        _ if flags.backed_up() && !flags.backup_eligible() => Err(PasskeyFlaw::Backup),
        _ => Ok(()),
    }
}

/// Whether the id could be one.
pub(super) fn is_id(credential: &[u8]) -> bool {
    (1..=CREDENTIAL_BYTES_MAX).contains(&credential.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_party_has_a_name_and_a_secure_context() {
        let id = |origin: &str| Party::of_origin(origin).map(|p| p.id);
        assert_eq!(id("https://risudo.example"), Some("risudo.example".into()));
        assert_eq!(id("https://shop.risudo.example:8443"), Some("shop.risudo.example".into()));
        assert_eq!(id("http://shop.localhost:8080"), Some("shop.localhost".into()));
        assert_eq!(id("http://localhost:8080"), Some("localhost".into()));
        for none in [
            "http://risudo.example",
            "http://127.0.0.1:8080",
            "https://127.0.0.1",
            "https://[::1]:8080",
            "http://notlocalhost",
            "https://intranet",
            "https://Risudo.example",
            "risudo.example",
            "",
        ] {
            assert_eq!(id(none), None, "{none}");
        }
    }
}
