//! Passkeys: W3C Web Authentication Level 3, the relying party's part of it, on aws-lc-rs alone.
//!
//! `cbor`, `cose`, `authenticator` read what devices write; `ceremony` judges it step by step; `challenge` keeps what
//! waits for an answer; `record` what lasts; `enrol` and `sign_in` are the requests. A credential is found by the
//! SHA-256 of its id, and stands for one person of one sort for ever.

mod authenticator;
mod cbor;
mod ceremony;
mod challenge;
mod cose;
mod enrol;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod record;
mod sign_in;
#[cfg(test)]
mod vector_tests;
#[cfg(test)]
mod wycheproof_tests;

pub(crate) use ceremony::Party;
pub(crate) use challenge::Challenges;
pub(crate) use record::forget;

use crate::house::{Done, Fault, House};
use vault_api::{PasskeyFlaw, Reason};

impl From<PasskeyFlaw> for Fault {
    fn from(flaw: PasskeyFlaw) -> Fault {
        Reason::Passkey(flaw).into()
    }
}

impl House {
    /// The shop as passkeys know it.
    fn party(&self) -> Done<&Party> {
        let none =
            "passkeys need a shop with a host name and TLS (or a name of this machine): see its address";
        self.party.as_ref().ok_or(Fault::Bad(none))
    }
}
