//! What the vault answers when it does not do what was asked.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Why a request was not done. Never holds personal data or a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum VaultError {
    /// The vault is not there, or has stopped opening records because its ledger cannot be written.
    #[error(
        "the vault does not answer or has stopped opening records: see its log, pages without personal data go on"
    )]
    Unavailable,
    /// The vault's rules forbid it. The denial is on the ledger.
    #[error("the vault refuses: {0}")]
    Denied(Reason),
    /// The caller's code is wrong; the text is fixed and says what to change.
    #[error("request the vault cannot take: {0}")]
    BadRequest(Cow<'static, str>),
    /// Too much at once (password checks queue up): ask again in a moment.
    #[error("the vault is busy: try again in a moment")]
    Busy,
}

/// Why the vault refuses; never says more than the caller needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Reason {
    /// This role may not ask that.
    #[error("not for this role")]
    Role,
    /// No capability, or an unknown, expired or revoked one: sign in again.
    #[error("no valid capability")]
    NoCapability,
    /// The capability is good, but not for this person, order, place or purpose.
    #[error("not covered by the capability")]
    NotCovered,
    /// Whoever asks, a staff member or `post`, has opened as many persons as an hour allows.
    #[error("the hour's budget of persons is used up")]
    Budget,
    /// Login, password or code is wrong; which one is not said.
    #[error("sign-in failed")]
    SignIn,
    /// Too many failed attempts for this login: wait so many seconds, even with the right password.
    #[error("too many attempts, wait {0} seconds")]
    Wait(u32),
    /// An unknown, used or expired link or one-time code.
    #[error("link or code unknown, used or expired")]
    Token,
    /// The password is not accepted, and why.
    #[error("password not accepted: {0}")]
    Password(PasswordFault),
    /// A message grant that is damaged, expired, or not for this kind, place or number of messages.
    #[error("message grant does not allow this")]
    Grant,
    /// The mail address or login already belongs to somebody else. Do not tell a visitor.
    #[error("already taken")]
    Taken,
    /// An envelope that was changed, belongs to another order, or whose day's key is destroyed or not this vault's.
    #[error("the envelope does not open")]
    Envelope,
    /// The sign-in is older than a few minutes: [`crate::Client::prove`] comes first.
    #[error("a fresh proof is needed")]
    Unproved,
    /// What a passkey said does not hold, and why.
    #[error("passkey refused: {0}")]
    Passkey(PasskeyFlaw),
    /// A honeytoken was opened: staff open, look up and export nothing until one of them has proved himself anew.
    #[error("frozen: a honeytoken was opened")]
    Frozen,
    /// The ledger's witness has been away for so long that nothing is exported.
    #[error("the ledger's witness is away: nothing is exported")]
    WitnessAway,
    /// The export is not at this step, or not the one that was shown.
    #[error("the export is not at this step")]
    Export,
    /// The campaign is not at this step, is not the one that was shown, or has other texts.
    #[error("the campaign is not at this step, or is another one")]
    Campaign,
}

/// What does not hold in a passkey's answer. Steps are those of W3C WebAuthn Level 3, §7.1 and §7.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
pub enum PasskeyFlaw {
    /// Not of the form that browsers send.
    #[error("malformed")]
    Malformed,
    /// The challenge is unknown, too old, used already, or was made for something else.
    #[error("challenge unknown, used or expired")]
    Challenge,
    /// The ceremony is another one.
    #[error("not this ceremony")]
    Ceremony,
    /// It was made on another page than the shop's, or in a frame.
    #[error("another origin")]
    Origin,
    /// It is bound to another relying party.
    #[error("another relying party")]
    Party,
    /// The person did not touch the device.
    #[error("nobody present")]
    Presence,
    /// The device did not check that it is its owner.
    #[error("owner not verified")]
    Verification,
    /// The flags of a backup contradict each other, or what was said when it was made.
    #[error("backup flags contradict")]
    Backup,
    /// A key of a kind that was not asked for, or no valid key.
    #[error("key not accepted")]
    Key,
    /// A statement about the maker, though none was asked for.
    #[error("attestation not accepted")]
    Attestation,
    /// The credential is registered already.
    #[error("registered already")]
    Known,
    /// The credential is not registered, or is another person's or sort's.
    #[error("not registered")]
    Unknown,
    /// The signature is wrong.
    #[error("wrong signature")]
    Signature,
    /// The counter did not go on: a copy of the passkey may exist.
    #[error("counter went back, a copy may exist")]
    Counter,
    /// The person has as many as may be.
    #[error("too many")]
    TooMany,
}

/// Why a password is not accepted; made for telling the person.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error,
)]
pub enum PasswordFault {
    /// Fewer characters than [`crate::PASSWORD_CHARS_MIN`].
    #[error("too short")]
    TooShort,
    /// More bytes than [`crate::PASSWORD_BYTES_MAX`].
    #[error("too long")]
    TooLong,
    /// On the list of passwords that are tried first, also with digits or signs around it.
    #[error("commonly used")]
    Common,
    /// Few different characters, or a run such as `abcdefghij` or `1234567890`.
    #[error("repeats or runs")]
    Pattern,
    /// Holds the login or the name part of the mail address.
    #[error("holds the login")]
    HoldsLogin,
    /// Little more than the shop's name.
    #[error("holds the shop's name")]
    HoldsShop,
    /// Little more than neighbouring keys.
    #[error("keys in a row")]
    Keyboard,
    /// Little more than a date.
    #[error("a date")]
    Date,
    /// Little more than names of persons or places.
    #[error("names")]
    Names,
    /// Too few guesses find it, for whatever reason.
    #[error("guessable")]
    Guessable,
}

/// Why one item of an [`crate::Client::unseal`] stayed closed while others may have opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum NotOpened {
    /// The ciphertext was changed, or belongs to another table, column, row or person.
    #[error("does not belong here or was changed")]
    Mismatch,
    /// The person's key is gone: erased, or never existed in this vault.
    #[error("no key for this person")]
    NoKey,
}
