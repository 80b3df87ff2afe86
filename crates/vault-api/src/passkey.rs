//! Passkeys (W3C Web Authentication Level 3), fresh proofs, and the sign-ins of a person.
//!
//! The vault makes each challenge, keeps it for a few minutes and takes it once; what a browser answers goes to it
//! unread. `web` carries bytes between the two and learns whose passkey it is from the capability alone.

use crate::{
    AccountChange, CapToken, Challenge, Client, CustomerSignedIn, Request, Response, Secret, VaultError,
    client::answered,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The most bytes of a credential's id (WebAuthn §4, credential id).
pub const CREDENTIAL_BYTES_MAX: usize = 1023;
/// The most bytes of what a browser collects about a ceremony (`clientDataJSON`).
pub const CLIENT_DATA_BYTES_MAX: usize = 4096;
/// The most bytes of an attestation object, or of authenticator data.
pub const ATTESTATION_BYTES_MAX: usize = 8192;
/// The most bytes of a signature: RSA of 4096 bits.
pub const SIGNATURE_BYTES_MAX: usize = 512;
/// The most bytes of a user handle (WebAuthn §5.4.3).
pub const USER_HANDLE_BYTES_MAX: usize = 64;
/// The most passkeys of one person.
pub const PASSKEYS_MAX: usize = 20;
/// The most characters of a passkey's name.
pub const PASSKEY_NAME_CHARS_MAX: usize = 40;
/// How long a proof stays fresh, in minutes.
pub const PROOF_MINUTES: u32 = 5;

/// Who signs in: each sort has its own doors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Sort {
    /// Customers.
    Customer,
    /// Those who work here.
    Staff,
}

/// What a browser needs to ask for a passkey.
#[derive(Clone, Serialize, Deserialize)]
pub struct PasskeyAsk {
    /// Good once, for a few minutes.
    pub challenge: Challenge,
    /// The relying party's id: the shop's host name.
    pub party: String,
    /// The credentials that will do; empty where the person chooses (discoverable credentials).
    pub credentials: Vec<Vec<u8>>,
}

/// What a browser needs to make a passkey. No `Debug`: it holds a name.
#[derive(Clone, Serialize, Deserialize)]
pub struct PasskeyEnrolment {
    /// Challenge, relying party, and the credentials that he has already.
    pub ask: PasskeyAsk,
    /// The user handle: random bytes that stand for the person at authenticators.
    pub handle: Vec<u8>,
    /// The name under which authenticators show it: the mail address or the login. Personal.
    pub name: Secret,
}

/// What a browser answers when a passkey was made.
#[derive(Clone, Serialize, Deserialize)]
pub struct PasskeyAttestation {
    /// `clientDataJSON`.
    pub client_data: Vec<u8>,
    /// `attestationObject`.
    pub object: Vec<u8>,
}

/// What a browser answers when a passkey was used.
#[derive(Clone, Serialize, Deserialize)]
pub struct PasskeyAssertion {
    /// The credential's id.
    pub credential: Vec<u8>,
    /// `clientDataJSON`.
    pub client_data: Vec<u8>,
    /// `authenticatorData`.
    pub authenticator_data: Vec<u8>,
    /// The signature over both.
    pub signature: Vec<u8>,
    /// `userHandle`; empty where the authenticator gave none.
    pub handle: Vec<u8>,
}

/// A passkey as its owner sees it. No `Debug`: the name is his own words.
#[derive(Clone, Serialize, Deserialize)]
pub struct Passkey {
    /// Its id here; says nothing of the credential's.
    pub id: Uuid,
    /// What he called it; may be empty.
    pub name: Secret,
    /// When it was made, Unix milliseconds.
    pub made_at_ms: i64,
    /// When it was last used, Unix milliseconds.
    pub used_at_ms: Option<i64>,
    /// Whether it is kept in an account of the maker of the device, too (backed up).
    pub synced: bool,
    /// Whether its counter went back once: a copy of it may exist.
    pub copied: bool,
}

/// Answer to [`Client::passkeys`].
#[derive(Clone, Serialize, Deserialize)]
pub struct Passkeys {
    /// The oldest first.
    pub all: Vec<Passkey>,
    /// Whether he may change his means now: else [`Client::prove`] comes first. The session of an invitation always
    /// may, however old the proof.
    pub fresh: bool,
}

/// What shows anew that it is the person himself.
#[derive(Clone, Serialize, Deserialize)]
pub enum Proof {
    /// A customer's password.
    Password(Secret),
    /// A staff member's password and a code that was not used before.
    PasswordAndCode(Secret, Secret),
    /// One of his passkeys, on a challenge of [`Client::proof_ask`].
    Passkey(PasskeyAssertion),
}

impl From<Secret> for Proof {
    /// A customer's password.
    fn from(password: Secret) -> Proof {
        Proof::Password(password)
    }
}

/// One sign-in that is alive. No `Debug`: when and with what somebody was here is his own business.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignedIn {
    /// Its id: tells nothing of the capability.
    pub id: Uuid,
    /// What `web` said of the device ([`Client::say_device`]); empty where that is not known.
    pub device: String,
    /// Since when, Unix milliseconds.
    pub since_ms: i64,
    /// Until when, Unix milliseconds.
    pub until_ms: i64,
    /// Whether it is the one that asks.
    pub this: bool,
}

impl Client {
    /// A challenge for signing in. Says nothing of anybody: whoever has a passkey for this shop chooses among his own.
    /// Role web; needs no capability.
    ///
    /// # Errors
    /// See [`Client`]. `BadRequest` where the shop's address has no host name that passkeys can be bound to.
    pub fn passkey_ask(&self, sort: Sort) -> Result<PasskeyAsk, VaultError> {
        answered!(self.call(&Request::PasskeyAsk { sort }), PasskeyAsk)
    }

    /// Signs a customer in by his passkey. Own account, 30 minutes. Role web.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Passkey`] says what does not hold.
    pub fn customer_passkey_sign_in(
        &self,
        assertion: PasskeyAssertion,
    ) -> Result<CustomerSignedIn, VaultError> {
        let request = Request::PasskeySignIn { sort: Sort::Customer, assertion };
        answered!(self.call(&request), CustomerSignedIn)
    }

    /// Signs a staff member in by a passkey alone: the device and what unlocks it are the two factors. 8 hours. Role
    /// web.
    ///
    /// # Errors
    /// As [`Client::customer_passkey_sign_in`].
    pub fn staff_passkey_sign_in(&self, assertion: PasskeyAssertion) -> Result<CapToken, VaultError> {
        answered!(self.call(&Request::PasskeySignIn { sort: Sort::Staff, assertion }), Cap)
    }

    /// The passkeys of whoever holds the capability. On the ledger: their names are opened. Role web.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn passkeys(&self, cap: &CapToken) -> Result<Passkeys, VaultError> {
        answered!(self.call(&Request::Passkeys { cap: cap.clone() }), Passkeys)
    }

    /// Begins the making of a passkey, on a fresh proof. Role web.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Unproved`]; [`crate::Reason::Passkey`] where he has as many as may be.
    pub fn passkey_enrol_ask(&self, cap: &CapToken) -> Result<PasskeyEnrolment, VaultError> {
        answered!(self.call(&Request::PasskeyEnrolAsk { cap: cap.clone() }), PasskeyEnrolment)
    }

    /// Keeps the passkey that was made, under a name of at most [`PASSKEY_NAME_CHARS_MAX`] characters. Role web.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Unproved`], [`crate::Reason::Passkey`].
    pub fn passkey_enrol(
        &self,
        cap: &CapToken,
        name: Secret,
        attestation: PasskeyAttestation,
    ) -> Result<AccountChange, VaultError> {
        answered!(self.call(&Request::PasskeyEnrol { cap: cap.clone(), name, attestation }), Account)
    }

    /// Takes a passkey away, on a fresh proof. One that is not there any more is no error. Role web.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Unproved`].
    pub fn passkey_remove(&self, cap: &CapToken, passkey: Uuid) -> Result<AccountChange, VaultError> {
        answered!(self.call(&Request::PasskeyRemove { cap: cap.clone(), passkey }), Account)
    }

    /// A challenge for proving by one of the holder's own passkeys. Role web.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn proof_ask(&self, cap: &CapToken) -> Result<PasskeyAsk, VaultError> {
        answered!(self.call(&Request::ProofAsk { cap: cap.clone() }), PasskeyAsk)
    }

    /// Proves anew that the holder of the capability is the person. Fresh for [`PROOF_MINUTES`]. Role web.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::SignIn`], [`crate::Reason::Wait`], [`crate::Reason::Passkey`].
    pub fn prove(&self, cap: &CapToken, proof: Proof) -> Result<(), VaultError> {
        self.done(&Request::Prove { cap: cap.clone(), proof })
    }

    /// The sign-ins of the holder that are alive. Role web.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn sign_ins(&self, cap: &CapToken) -> Result<Vec<SignedIn>, VaultError> {
        answered!(self.call(&Request::SignIns { cap: cap.clone() }), SignIns)
    }

    /// Says with what kind of browser this sign-in was made, for its owner's list; in memory only. Role web.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn say_device(&self, cap: &CapToken, device: &str) -> Result<(), VaultError> {
        self.done(&Request::SayDevice { cap: cap.clone(), device: device.to_owned() })
    }

    /// Ends one of the holder's sign-ins. Role web.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn end_sign_in(&self, cap: &CapToken, id: Uuid) -> Result<(), VaultError> {
        self.done(&Request::EndSignIn { cap: cap.clone(), id })
    }

    /// Ends every capability of the holder in one call, this one too; or, for an owner, those of another staff
    /// member. Role web.
    ///
    /// # Errors
    /// See [`Client`]. `NotCovered` where the holder is no owner.
    pub fn revoke_all(&self, cap: &CapToken, of_staff: Option<Uuid>) -> Result<(), VaultError> {
        self.done(&Request::RevokeAll { cap: cap.clone(), of_staff })
    }

    /// An owner invites somebody to work here, on a fresh proof: the link goes to that address by mail and nowhere
    /// else. Also for whoever lost his means: what he had before works until he sets himself up. Role web.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Unproved`], [`crate::Reason::Taken`], [`crate::Reason::Wait`]; `NotCovered`
    /// where the holder is no owner.
    pub fn staff_invite_by_mail(
        &self,
        cap: &CapToken,
        staff: Uuid,
        login: Secret,
        mail: Secret,
        owner: bool,
    ) -> Result<Vec<u8>, VaultError> {
        let request = Request::StaffInviteByMail { cap: cap.clone(), staff, login, mail, owner };
        answered!(self.call(&request), AccountGrant)
    }

    /// An owner lets somebody go, on a fresh proof: login, password, passkeys, invitation and every capability end in
    /// one call. Role web.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Unproved`]; `NotCovered` where the holder is no owner, or means himself.
    pub fn staff_remove(&self, cap: &CapToken, staff: Uuid) -> Result<(), VaultError> {
        self.done(&Request::StaffRemove { cap: cap.clone(), staff })
    }
}
