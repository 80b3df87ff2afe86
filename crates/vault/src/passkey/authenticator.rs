//! Authenticator data (WebAuthn Level 3 §6.1): what the device itself says, and signs.

use super::{cbor::Value, cose::PublicKey};
use vault_api::{ATTESTATION_BYTES_MAX, CREDENTIAL_BYTES_MAX};

/// What stands before credential and extensions: hash of the relying party's id, flags, counter.
const HEAD_BYTES: usize = 37;
/// What stands before a credential's id: AAGUID and the id's length.
const CREDENTIAL_HEAD_BYTES: usize = 18;

/// The flags (§6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flags(u8);

impl Flags {
    /// Somebody touched the device.
    pub(super) fn present(self) -> bool {
        self.0 & 1 != 0
    }

    /// The device checked that it is its owner.
    pub(super) fn verified(self) -> bool {
        self.0 & 1 << 2 != 0
    }

    /// The credential may be kept elsewhere, too.
    pub(super) fn backup_eligible(self) -> bool {
        self.0 & 1 << 3 != 0
    }

    /// It is kept elsewhere.
    pub(super) fn backed_up(self) -> bool {
        self.0 & 1 << 4 != 0
    }

    fn has_credential(self) -> bool {
        self.0 & 1 << 6 != 0
    }

    fn has_extensions(self) -> bool {
        self.0 & 1 << 7 != 0
    }
}

/// A credential that was made just now (§6.5.1).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Made<'a> {
    /// Its id.
    pub(super) id: &'a [u8],
    /// Its key; `None` where it is none of those asked for.
    pub(super) key: Option<PublicKey>,
}

/// Authenticator data.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AuthenticatorData<'a> {
    /// SHA-256 of the relying party's id.
    pub(super) party: &'a [u8],
    /// The flags.
    pub(super) flags: Flags,
    /// How often it signed; 0 where it does not count.
    pub(super) counter: u32,
    /// At a registration.
    pub(super) made: Option<Made<'a>>,
}

impl<'a> AuthenticatorData<'a> {
    /// Reads the bytes, all of them; `None` where they are none, or say more than their flags do. Extensions are read
    /// over: none was asked for.
    pub(super) fn read(bytes: &'a [u8]) -> Option<AuthenticatorData<'a>> {
        if bytes.len() > ATTESTATION_BYTES_MAX {
            return None;
        }
        let (head, mut rest) = bytes.split_at_checked(HEAD_BYTES)?;
        let flags = Flags(head[32]);
        let counter = u32::from_be_bytes(head[33..].try_into().ok()?);
        let mut made = None;
        if flags.has_credential() {
            let (before, behind) = rest.split_at_checked(CREDENTIAL_HEAD_BYTES)?;
            let id_bytes = usize::from(u16::from_be_bytes([before[16], before[17]]));
            if id_bytes == 0 || id_bytes > CREDENTIAL_BYTES_MAX {
                return None;
            }
            let (id, behind) = behind.split_at_checked(id_bytes)?;
            let (key, behind) = Value::first(behind)?;
            made = Some(Made { id, key: PublicKey::of_cose(&key) });
            rest = behind;
        }
        if flags.has_extensions() {
            let (Value::Map(_), behind) = Value::first(rest)? else { return None };
            rest = behind;
        }
        rest.is_empty().then_some(AuthenticatorData { party: &head[..32], flags, counter, made })
    }
}
