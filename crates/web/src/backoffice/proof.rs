//! A fresh proof that comes with the form it is for: password and code in two fields, for whoever has not just proved
//! himself on his own page.

use super::{Say, StaffSession, sign_in};
use crate::{App, error::Fault, form::Fields, passkeys};
use vault_api::{Proof, Reason, Secret, VaultError};

/// Lets the vault judge what was typed; nothing where nothing was.
///
/// # Errors
/// [`Fault::Busy`], [`Fault::VaultAway`]; inside, what the vault says of the proof.
pub async fn typed(
    app: &App,
    session: &StaffSession,
    fields: &Fields,
) -> Result<Result<(), VaultError>, Fault> {
    if fields.get("password").is_empty() {
        return Ok(Ok(()));
    }
    let (cap, password) = (session.cap(), Secret::new(fields.get("password")));
    let proof = Proof::PasswordAndCode(password, sign_in::code(fields.get("totp")));
    app.vault().ask(move |vault| vault.prove(&cap, proof)).await
}

/// What to say where a proof was refused or is missing; `None` where it was something else.
pub fn refused(say: &Say, error: &VaultError) -> Option<String> {
    match error {
        VaultError::Denied(Reason::SignIn) => Some(say.s("bo-prove-wrong")),
        VaultError::Denied(Reason::Wait(seconds)) => Some(say.t.f1("bo-sign-in-wait", "seconds", seconds)),
        other => passkeys::refused(say.t, other),
    }
}
