//! Customers: signing in, registering, a forgotten password, and the pages of an account.

use crate::{
    Content, Field, FieldKind, FormShape, Pace, PageKind, Route, Who,
    checkout::{PHONE_CHARS_MAX, POSTCODE_CHARS_MAX},
    form::{LANG, PAGE, TOKEN_ONLY},
    passkey::{self, AUTHENTICATOR_DATA, CLIENT_DATA, CREDENTIAL, HANDLE, SIGNATURE},
};
use domain::person::{ADDRESS_LINE_CHARS_MAX, EMAIL_BYTES_MAX, NAME_CHARS_MAX};

/// The most characters of a password.
pub const PASSWORD_CHARS_MAX: usize = 256;
/// Characters of a token from a mail.
pub const MAIL_TOKEN_CHARS: usize = 43;
/// What was done just now, said above the page that follows.
pub const DONE: &[&str] =
    &["registered", "password", "mail-asked", "profile", "address-saved", "address-removed"];
/// The same on the pages about signing in.
pub const MEANS_DONE: &[&str] = &["passkey-added", "passkey-removed", "proved", "ended"];

const EMAIL: Field = Field::new("email", FieldKind::Email, EMAIL_BYTES_MAX);
const PASSWORD: Field = Field::new("password", FieldKind::Password, PASSWORD_CHARS_MAX);
const NEW_PASSWORD: Field = Field::new("new_password", FieldKind::Password, PASSWORD_CHARS_MAX);
const TOKEN: Field = Field::token("token", MAIL_TOKEN_CHARS);
/// The buttons of a form with an address: on, or fill the address in.
const GO: Field = Field::choice("go", &["save", "postcode"]).optional();

/// A form with a contact: these fields, then name, telephone and address.
macro_rules! with_contact {
    ($($field:expr),* $(,)?) => {
        FormShape::post(&[
            $($field,)*
            Field::line("name", NAME_CHARS_MAX),
            Field::new("kana", FieldKind::Kana, NAME_CHARS_MAX),
            Field::new("phone", FieldKind::Phone, PHONE_CHARS_MAX),
            Field::new("postcode", FieldKind::Postcode, POSTCODE_CHARS_MAX),
            Field::choice("prefecture", &domain::shipping::PREFECTURES).optional(),
            Field::line("city", ADDRESS_LINE_CHARS_MAX),
            Field::line("street", ADDRESS_LINE_CHARS_MAX),
            Field::line("building", ADDRESS_LINE_CHARS_MAX).optional(),
        ])
    };
}

/// A form that bears a proof: the password, or what a passkey answered. Whoever has no passkey has no fields for it.
macro_rules! proved {
    ($field:expr) => {
        FormShape::post(&[
            $field,
            PASSWORD,
            CREDENTIAL.optional(),
            CLIENT_DATA.optional(),
            AUTHENTICATOR_DATA.optional(),
            SIGNATURE.optional(),
            HANDLE,
        ])
    };
}

/// Removes a saved card.
pub static REMOVE_CARD: FormShape = FormShape::post(&[Field::uuid("saved")]);

/// Sign-in of a customer; `next` is the path to go to, which `web` compares with this map.
pub static SIGN_IN: FormShape = FormShape::post(&[EMAIL, PASSWORD, Field::line("next", 512).optional()]);
/// Sign-in by a passkey.
pub static PASSKEY_SIGN_IN: FormShape = FormShape::post(&[
    CREDENTIAL,
    CLIENT_DATA,
    AUTHENTICATOR_DATA,
    SIGNATURE,
    HANDLE,
    Field::line("next", 512).optional(),
]);
/// A fresh proof by the password.
pub static PROVE: FormShape = FormShape::post(&[PASSWORD]);
/// One sign-in to be ended.
pub static END_SIGN_IN: FormShape = FormShape::post(&[Field::uuid("sign_in")]);
/// An address that wants an account, or a new password.
pub static ASK: FormShape = FormShape::post(&[EMAIL]);
/// A registration, with the token from the mail.
pub static REGISTER: FormShape = with_contact!(TOKEN, NEW_PASSWORD, Field::flag("agree"), GO);
/// A new password, with the token from the mail.
pub static RESET: FormShape = FormShape::post(&[TOKEN, NEW_PASSWORD]);
/// A new mail address, with the token from its mail.
pub static MAIL_CONFIRM: FormShape = FormShape::post(&[TOKEN]);
/// A customer's own contact.
pub static PROFILE: FormShape = with_contact!(GO);
/// An entry of the address book; `key` is the id of a new one, so that a form sent twice adds one.
pub static ADDRESS: FormShape = with_contact!(GO, Field::uuid("key").optional());
/// A new password, with the old one or a passkey.
pub static PASSWORD_CHANGE: FormShape = proved!(NEW_PASSWORD);
/// Another mail address, with the password or a passkey.
pub static MAIL_CHANGE: FormShape = proved!(EMAIL);
/// Leaving, with the password or a passkey.
pub static LEAVE: FormShape = proved!(Field::flag("sure"));

static SIGN_IN_QUERY: FormShape = FormShape::query(&[LANG, Field::line("next", 512).optional()]);
static LIST_QUERY: FormShape = FormShape::query(&[LANG, PAGE]);
static DONE_QUERY: FormShape = FormShape::query(&[LANG, Field::choice("done", DONE).optional()]);
static MEANS_QUERY: FormShape = FormShape::query(&[LANG, Field::choice("done", MEANS_DONE).optional()]);
static CARDS_QUERY: FormShape = FormShape::query(&[LANG, Field::choice("done", &["removed"]).optional()]);

/// The forms by which anybody has a mail sent to whatever address he types.
pub const ASKS: [&str; 2] = ["register_send", "forgot_send"];

/// The routes of this area.
pub static ROUTES: &[Route] = &[
    Route::get("sign_in", "/sign-in", PageKind::SignIn).query(&SIGN_IN_QUERY),
    Route::post("sign_in_send", "/sign-in", PageKind::SignIn, &SIGN_IN),
    Route::post("sign_out", "/sign-out", PageKind::SignIn, &TOKEN_ONLY),
    Route::get("register", "/register", PageKind::Register),
    Route::post("register_send", "/register", PageKind::Register, &ASK),
    Route::get("register_sent", "/register/sent", PageKind::AccountWord),
    Route::post("register_confirm", "/register/confirm", PageKind::RegisterConfirm, &REGISTER),
    Route::get("forgot", "/forgot", PageKind::Forgot),
    Route::post("forgot_send", "/forgot", PageKind::Forgot, &ASK),
    Route::get("forgot_sent", "/forgot/sent", PageKind::AccountWord),
    Route::post("forgot_confirm", "/forgot/confirm", PageKind::ForgotConfirm, &RESET),
    Route::get("account_link", "/a/{token}", PageKind::RegisterConfirm).pace(Pace::Strict),
    Route::post("mail_confirm", "/account/mail/confirm", PageKind::AccountWord, &MAIL_CONFIRM),
    Route::get("mail_changed", "/account/mail/changed", PageKind::AccountWord),
    Route::get("left", "/left", PageKind::AccountWord),
    own_page("account", "/account", PageKind::Account).query(&DONE_QUERY),
    own_page("account_orders", "/account/orders", PageKind::AccountOrders).query(&LIST_QUERY),
    own_page("account_profile", "/account/profile", PageKind::AccountProfile),
    own_form("account_profile_save", "/account/profile", PageKind::AccountProfile, &PROFILE),
    own_page("account_addresses", "/account/addresses", PageKind::AccountAddresses).query(&DONE_QUERY),
    own_form("account_address_add", "/account/addresses", PageKind::AccountAddress, &ADDRESS),
    own_page("account_address_new", "/account/addresses/new", PageKind::AccountAddress),
    own_page("account_address", "/account/addresses/{id}", PageKind::AccountAddress),
    own_form("account_address_save", "/account/addresses/{id}", PageKind::AccountAddress, &ADDRESS),
    own_form(
        "account_address_remove",
        "/account/addresses/{id}/remove",
        PageKind::AccountAddresses,
        &TOKEN_ONLY,
    ),
    own_page("account_password", "/account/password", PageKind::AccountPassword),
    own_form("account_password_save", "/account/password", PageKind::AccountPassword, &PASSWORD_CHANGE),
    own_page("account_mail", "/account/mail", PageKind::AccountMail),
    own_form("account_mail_save", "/account/mail", PageKind::AccountMail, &MAIL_CHANGE),
    own_page("account_leave", "/account/leave", PageKind::AccountLeave),
    own_form("account_leave_send", "/account/leave", PageKind::AccountLeave, &LEAVE),
    own_form("order_again", "/order/{id}/again", PageKind::OrderAgain, &TOKEN_ONLY),
    own_page("account_cards", "/account/cards", PageKind::AccountCards).query(&CARDS_QUERY),
    own_form("account_card_remove", "/account/cards/remove", PageKind::AccountCards, &REMOVE_CARD),
    Route::post("passkey_ask", "/passkey/ask", PageKind::Data, &TOKEN_ONLY).answers(&[Content::Json]),
    Route::post("passkey_sign_in", "/passkey/sign-in", PageKind::SignIn, &PASSKEY_SIGN_IN),
    own_page("account_passkeys", "/account/passkeys", PageKind::AccountPasskeys).query(&MEANS_QUERY),
    own_form("account_passkey_add", "/account/passkeys", PageKind::AccountPasskeys, &passkey::MADE),
    own_form("account_passkey_ask", "/account/passkeys/ask", PageKind::Data, &TOKEN_ONLY)
        .answers(&[Content::Json]),
    own_form(
        "account_passkey_remove",
        "/account/passkeys/remove",
        PageKind::AccountPasskeys,
        &passkey::REMOVE,
    ),
    own_form("account_prove", "/account/prove", PageKind::AccountPasskeys, &PROVE),
    own_form("account_prove_ask", "/account/prove/ask", PageKind::Data, &TOKEN_ONLY)
        .answers(&[Content::Json]),
    own_form("account_prove_passkey", "/account/prove/passkey", PageKind::AccountPasskeys, &passkey::USED),
    own_page("account_sign_ins", "/account/sign-ins", PageKind::AccountSignIns).query(&MEANS_QUERY),
    own_form("account_sign_in_end", "/account/sign-ins/end", PageKind::AccountSignIns, &END_SIGN_IN),
    own_form("account_sign_ins_end", "/account/sign-ins/all", PageKind::AccountSignIns, &TOKEN_ONLY),
];

/// A page for whoever is signed in.
const fn own_page(id: &'static str, pattern: &'static str, page: PageKind) -> Route {
    Route::get(id, pattern, page).who(Who::Customer)
}

/// A form for whoever is signed in.
const fn own_form(
    id: &'static str,
    pattern: &'static str,
    page: PageKind,
    form: &'static FormShape,
) -> Route {
    Route::post(id, pattern, page, form).who(Who::Customer)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who may take each route, whole: a change here is a change of who may touch what.
    #[test]
    fn who_takes_which_route() {
        let public: Vec<&str> = ROUTES.iter().filter(|r| r.who == Who::Public).map(|r| r.id).collect();
        assert_eq!(
            public,
            [
                "sign_in",
                "sign_in_send",
                "sign_out",
                "register",
                "register_send",
                "register_sent",
                "register_confirm",
                "forgot",
                "forgot_send",
                "forgot_sent",
                "forgot_confirm",
                "account_link",
                "mail_confirm",
                "mail_changed",
                "left",
                "passkey_ask",
                "passkey_sign_in",
            ]
        );
        let own: Vec<&str> = ROUTES.iter().filter(|r| r.who == Who::Customer).map(|r| r.id).collect();
        assert_eq!(
            own,
            [
                "account",
                "account_orders",
                "account_profile",
                "account_profile_save",
                "account_addresses",
                "account_address_add",
                "account_address_new",
                "account_address",
                "account_address_save",
                "account_address_remove",
                "account_password",
                "account_password_save",
                "account_mail",
                "account_mail_save",
                "account_leave",
                "account_leave_send",
                "order_again",
                "account_cards",
                "account_card_remove",
                "account_passkeys",
                "account_passkey_add",
                "account_passkey_ask",
                "account_passkey_remove",
                "account_prove",
                "account_prove_ask",
                "account_prove_passkey",
                "account_sign_ins",
                "account_sign_in_end",
                "account_sign_ins_end",
            ]
        );
        assert_eq!(public.len() + own.len(), ROUTES.len());
    }

    /// Whatever is worth guessing at, or sends mails, is asked for slowly.
    #[test]
    fn tokens_passwords_and_addresses_are_taken_at_the_strict_pace() {
        for route in ROUTES {
            let guessed =
                |f: &Field| matches!(f.kind, FieldKind::Password | FieldKind::Email) || f.name == "token";
            let form = route.form().is_some_and(|form| form.fields.iter().any(guessed));
            if form || route.pattern.contains("{token}") {
                assert_eq!(route.pace, Pace::Strict, "{}", route.id);
            }
        }
    }
}
