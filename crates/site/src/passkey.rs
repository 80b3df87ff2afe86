//! What browsers send of passkeys: base64url, written by the shop's own script. Bounds: WebAuthn and the vault's.

use crate::{Field, FormShape};

/// Characters of base64url for so many bytes.
const fn chars(bytes: usize) -> usize {
    bytes.div_ceil(3) * 4
}

/// The most characters of a passkey's name.
pub const PASSKEY_NAME_CHARS_MAX: usize = 40;

pub(crate) const CREDENTIAL: Field = Field::token("credential", chars(1023));
pub(crate) const CLIENT_DATA: Field = Field::token("client_data", chars(4096));
pub(crate) const AUTHENTICATOR_DATA: Field = Field::token("authenticator_data", chars(8192));
pub(crate) const SIGNATURE: Field = Field::token("signature", chars(512));
pub(crate) const HANDLE: Field = Field::token("handle", chars(64)).optional();

/// A passkey that was made.
pub static MADE: FormShape = FormShape::post(&[
    Field::line("passkey_name", PASSKEY_NAME_CHARS_MAX).optional(),
    CLIENT_DATA,
    Field::token("attestation", chars(8192)),
]);

/// A passkey that was used.
pub static USED: FormShape =
    FormShape::post(&[CREDENTIAL, CLIENT_DATA, AUTHENTICATOR_DATA, SIGNATURE, HANDLE]);

/// One passkey to be taken away.
pub static REMOVE: FormShape = FormShape::post(&[Field::uuid("passkey")]);
