//! Customers who have an account, or want one: sign-in, registration and reset by mail, their own pages, leaving.
//!
//! The vault checks passwords, makes tokens and decides what a mail says and to whom it goes; here are forms and pages.
//! Nothing here learns whether a mail address is known: the answers are the same, and what the vault gives for the
//! outbox is opaque.

mod addresses;
mod again;
mod ask;
mod cards;
mod leave;
mod link;
mod mail;
mod overview;
mod passkeys;
mod password;
mod profile;
mod row;
mod sign_in;
mod sign_ins;
mod word;

pub use addresses::{add as address_add, change as address_save, edit as address, list as addresses};
pub use addresses::{book, new as address_new, remember, remove as address_remove};
pub use again::again as order_again;
pub use ask::{forgot, forgot_send, forgot_sent, register, register_send, register_sent};
pub use cards::{remove as remove_card, show as cards};
pub use leave::{finish as finish_leaving, left, send as leave_send, show as leave};
pub use link::{open as account_link, register_confirm, reset_confirm};
pub use mail::{change as mail_save, changed as mail_changed, confirm as mail_confirm, show as mail};
pub use overview::{orders, show};
pub use passkeys::{
    add as passkey_add, ask as passkey_enrol_ask, remove as passkey_remove, show as passkeys,
};
pub use passkeys::{prove, prove_ask, prove_passkey};
pub use password::{change as password_save, show as password};
pub use profile::{save as profile_save, show as profile};
pub use sign_in::{form as sign_in, send as sign_in_send, sign_out};
pub use sign_in::{passkey as passkey_sign_in, passkey_ask};
pub use sign_ins::{end as sign_in_end, end_all as sign_ins_end, show as sign_ins};

use crate::{
    App,
    app::VaultHandle,
    checkout::{self, Errors},
    error::Fault,
    form::Fields,
    view::{self, Field, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use domain::{
    Locale, MessageId, PersonId,
    person::{Contact, Personal},
};
use http::{Method, request::Parts};
use site::account::PASSWORD_CHARS_MAX;
use uuid::Uuid;
use vault_api::{
    CapToken, PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN, PasswordFault, Proof, Purpose, Reason, Secret,
    VaultError,
};

/// The pages of an account in the order of its navigation: path, and the text that names it.
const NAVIGATION: &[(&str, &str)] = &[
    ("/account", "account-nav-overview"),
    ("/account/orders", "account-nav-orders"),
    ("/account/profile", "account-nav-profile"),
    ("/account/addresses", "account-nav-addresses"),
    ("/account/cards", "cards-title"),
    ("/account/mail", "account-nav-mail"),
    ("/account/password", "account-nav-password"),
    ("/account/passkeys", "account-nav-passkeys"),
    ("/account/sign-ins", "account-nav-sign-ins"),
    ("/account/leave", "account-nav-leave"),
];

/// An entry of the navigation.
pub struct NavItem {
    /// Where it leads.
    pub href: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// Whether it is this page.
    pub current: bool,
}

/// The navigation of an account's page.
fn navigation(t: &'static Texts, here: &str) -> Vec<NavItem> {
    NAVIGATION
        .iter()
        .map(|(href, label)| NavItem { href, label: t.s(label), current: *href == here })
        .collect()
}

/// A page of the account with one form on it.
#[derive(Template)]
#[template(path = "account/form.html")]
struct Form {
    page: Page,
    nav: Vec<NavItem>,
    errors: Vec<(String, String)>,
    lead: String,
    action: &'static str,
    button: &'static str,
    fields: Vec<Field>,
    /// What stands on the button that proves by a passkey; `None` for whoever has none.
    passkey: Option<&'static str>,
}

/// What is wrong with the one field that is: its name and the words.
type Wrong = Option<(&'static str, String)>;

/// What is wrong with this field.
fn wrong(error: &Wrong, name: &str) -> Option<String> {
    error.as_ref().filter(|(field, _)| *field == name).map(|(_, words)| words.clone())
}

/// The proof that was sent with a form where something weighty is changed: of a passkey where there is one, else of the
/// password.
fn proof(fields: &Fields) -> Result<Proof, Fault> {
    match fields.get("credential") {
        "" => Ok(Secret::new(fields.get("password")).into()),
        _ => Ok(Proof::Passkey(crate::passkeys::used(fields)?)),
    }
}

/// Whom to ask where a proof goes along: checks of passwords have a row of their own.
fn proving<'a>(app: &'a App, proof: &Proof) -> &'a VaultHandle {
    match proof {
        Proof::Passkey(_) => app.vault(),
        _ => app.passwords(),
    }
}

/// What to say where the vault did not take the proof, and at which part of the form.
fn proof_refused(t: &Texts, error: VaultError) -> Result<(&'static str, String), VaultError> {
    let by_passkey = crate::passkeys::refused(t, &error).map(|says| ("passkey", says));
    by_passkey.or_else(|| Some(("password", password_refused(t, &error)?))).ok_or(error)
}

/// What stands on the button that proves by a passkey, for whoever has one.
async fn passkey_button(
    app: &App,
    t: &'static Texts,
    member: &Member,
) -> Result<Option<&'static str>, Fault> {
    let cap = member.cap.clone();
    let kept = app.vault().call(move |vault| vault.passkeys(&cap)).await?;
    Ok((!kept.all.is_empty()).then(|| t.s("proof-passkey-button")))
}

/// The field for the password that one signs in with, asked again where something weighty is changed.
fn password_now(t: &Texts, error: &Wrong) -> Field {
    Field::line("password", t.s("field-password-now"), "", PASSWORD_CHARS_MAX)
        .of_type("password")
        .auto("current-password", "")
        .error(wrong(error, "password"))
}

/// What to say where the vault did not take that password; none where it refused something else.
fn password_refused(t: &Texts, error: &VaultError) -> Option<String> {
    match error {
        VaultError::Denied(Reason::SignIn) => Some(t.s("password-wrong").to_owned()),
        VaultError::Denied(Reason::Wait(seconds)) => Some(wait(t, *seconds)),
        _ => None,
    }
}

/// A customer who is signed in: what opens the account, and who it is.
#[derive(Clone)]
pub struct Member {
    /// Own account.
    pub cap: CapToken,
    /// The person.
    pub person: PersonId,
}

/// Nobody is signed in (and where to go then), or something is wrong.
pub enum NoMember {
    /// To the form, and back to this page.
    SignIn(&'static str),
    /// As everywhere.
    Fault(Fault),
}

impl IntoResponse for NoMember {
    fn into_response(self) -> Response {
        match self {
            NoMember::SignIn("/account") => Fault::SignIn.into_response(),
            NoMember::SignIn(next) => view::see_other(&format!("/sign-in?next={next}")),
            NoMember::Fault(fault) => fault.into_response(),
        }
    }
}

impl FromRequestParts<App> for Member {
    type Rejection = NoMember;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Member, NoMember> {
        let visit = Visit::from_request_parts(parts, app).await.map_err(NoMember::Fault)?;
        let holder = checkout::holder(app, &visit).await.map_err(NoMember::Fault)?;
        match holder.filter(|guest| guest.own_account) {
            Some(guest) => Ok(Member { cap: guest.cap, person: guest.person }),
            None => {
                let path = parts.uri.path();
                let page = NAVIGATION.iter().find(|(href, _)| *href == path && parts.method == Method::GET);
                Err(NoMember::SignIn(page.map_or("/account", |(href, _)| href)))
            }
        }
    }
}

/// Mails to be queued with a change. Their ids are drawn here: a transaction may run twice.
#[derive(Clone)]
pub(crate) struct Mails {
    all: Vec<(MessageId, store::Sealed)>,
    locale: Locale,
    now: store::Millis,
}

impl Mails {
    pub(crate) fn of(app: &App, visit: &Visit, grants: Vec<Vec<u8>>) -> Mails {
        let all = grants.into_iter().map(|grant| (MessageId(Uuid::now_v7()), grant.into())).collect();
        Mails { all, locale: visit.locale(), now: app.now_ms() }
    }

    pub(crate) fn queue(&self, tx: &mut store::Tx<'_>) -> Result<(), store::Error> {
        self.all
            .iter()
            .try_for_each(|(id, grant)| store::outbox::enqueue_account(tx, *id, grant, self.locale, self.now))
    }
}

/// For the summary above a form.
fn summary(errors: &Errors) -> Vec<(String, String)> {
    errors.iter().map(|(name, error)| ((*name).to_owned(), error.clone())).collect()
}

/// The customer who is signed in; none also where the vault is away: buying as a guest goes on.
pub async fn member(app: &App, visit: &Visit) -> Option<Member> {
    let guest = checkout::holder(app, visit).await.ok()?.filter(|guest| guest.own_account)?;
    Some(Member { cap: guest.cap, person: guest.person })
}

/// What is known of the customer who is signed in, for filling a form; nobody, or a vault that is away: nothing.
pub async fn known(app: &App, visit: &Visit) -> Option<(Personal, Option<Contact>)> {
    let member = member(app, visit).await?;
    let opened = row::open(app, &member, Purpose::Checkout).await.ok()?;
    Some((opened.email, opened.contact))
}

/// Why a password is not accepted, said to whoever chose it.
pub fn password_fault(t: &Texts, fault: PasswordFault) -> String {
    let says = match fault {
        PasswordFault::TooShort => return t.f1("password-too-short", "n", PASSWORD_CHARS_MIN),
        PasswordFault::TooLong => return t.f1("password-too-long", "n", PASSWORD_BYTES_MAX),
        PasswordFault::Common => t.s("password-common"),
        PasswordFault::Pattern => t.s("password-pattern"),
        PasswordFault::HoldsLogin => t.s("password-holds-login"),
        PasswordFault::HoldsShop => t.s("password-holds-shop"),
        PasswordFault::Keyboard => t.s("password-keyboard"),
        PasswordFault::Date => t.s("password-date"),
        PasswordFault::Names => t.s("password-names"),
        PasswordFault::Guessable => t.s("password-guessable"),
    };
    says.to_owned()
}

/// How long somebody must wait, in words that fit: seconds, then minutes.
fn wait(t: &Texts, seconds: u32) -> String {
    match seconds {
        0..=99 => t.f1("sign-in-wait", "seconds", seconds),
        _ => t.f1("account-wait-minutes", "minutes", seconds.div_ceil(60)),
    }
}

/// The text of what was done just now, by the word behind the `?`.
fn done(t: &Texts, word: &str) -> Option<String> {
    let known = site::account::DONE.contains(&word);
    known.then(|| t.s(&format!("account-done-{word}")).to_owned())
}

/// The same on the pages about signing in.
fn means_done(t: &Texts, word: &str) -> Option<String> {
    let known = site::account::MEANS_DONE.contains(&word);
    known.then(|| t.s(&format!("account-done-{word}")).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_reason_against_a_password_is_said_in_both_languages() {
        use PasswordFault as F;
        let all = [F::TooShort, F::TooLong, F::Common, F::Pattern, F::HoldsLogin, F::HoldsShop, F::Keyboard];
        let all = || all.into_iter().chain([F::Date, F::Names, F::Guessable]);
        let said =
            |locale| all().map(|fault| password_fault(Texts::of(locale), fault)).collect::<BTreeSet<_>>();
        let (ja, en) = (said(Locale::Ja), said(Locale::En));
        assert_eq!((ja.len(), en.len()), (all().count(), all().count()), "each one is another");
        assert!(
            en.iter().all(|text| text.is_ascii()) && ja.iter().all(|text| !text.is_ascii()),
            "{ja:?} {en:?}"
        );
    }
}
