//! Customers' accounts: mailed tokens, passwords, the mail address, leaving.
//!
//! Whoever types a mail address into a form is told the same whether or not the vault knows it. What the mail says,
//! whom it goes to and the token in it are decided by the vault and handed to `post` alone, inside an opaque grant that
//! the shop's database keeps beside the message. So neither `web` nor a copy of the database can tell a known address
//! from an unknown one, or get hold of a token.

use crate::{
    CapToken, Client, LinkToken, Plain, Proof, Request, Response, SealItem, SealedItem, Secret, UnsealItem,
    VaultError, client::answered,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The most bytes of a mail address (RFC 5321 §4.5.3.1.3, less the angle brackets).
pub const MAIL_BYTES_MAX: usize = 254;

/// What somebody who typed a mail address wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountWish {
    /// An account.
    Register,
    /// A new password for the account that he has.
    Reset,
}

/// What a mailed token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountToken {
    /// Makes an account.
    Register,
    /// Sets a new password.
    Reset,
    /// Confirms a new mail address.
    MailChange,
}

/// What a mail about an account says. The vault decides, and tells `post` alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountMessageKind {
    /// A link that makes an account.
    Register,
    /// He wanted to register and has an account: a link that sets a new password.
    AlreadyRegistered,
    /// A link that sets a new password.
    Reset,
    /// He wanted a new password and has no account: a link that makes one.
    NotRegistered,
    /// The password was changed.
    PasswordChanged,
    /// To the new address: a link that confirms it.
    MailConfirm,
    /// To the new address: it belongs to another account already, so nothing happens. No link.
    MailTaken,
    /// To the old address: another one was named and waits for its confirmation.
    MailAsked,
    /// To the old address: it signs nobody in any more.
    MailChanged,
    /// The account is gone and all that was sealed for the person is erased.
    Left,
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey was taken away.
    PasskeyRemoved,
    /// An owner of the shop invites to work there: a link to set oneself up.
    StaffInvited,
    /// To the shop's own address: an owner approved an export of his own, since nobody else can sign in.
    ExportAlone,
    /// The answer to an inquiry about an incident; what it says stands in the outbox.
    Answer,
}

/// A mail about an account, as `post` writes it. Personal and secret: no `Debug`.
#[derive(Clone, Serialize, Deserialize)]
pub struct AccountMessage {
    /// What it says.
    pub kind: AccountMessageKind,
    /// The address it goes to: personal.
    pub to: Secret,
    /// For the link `/a/<token>` (for [`AccountMessageKind::StaffInvited`]: `/admin/link/<token>`), where there is one.
    pub link: Option<LinkToken>,
    /// How long the link works from the moment it was asked for, in hours.
    pub link_hours: u32,
}

/// What follows from a change of an account. No `Debug`: it holds a capability.
#[derive(Serialize, Deserialize)]
pub struct AccountChange {
    /// Whose account.
    pub person: Uuid,
    /// Own account, 30 minutes, for the cookie; where the change signs in.
    pub cap: Option<CapToken>,
    /// For the customer's row: `customer.email` with its index, and after a registration `customer.contact` with those
    /// that were asked for.
    pub sealed: Vec<SealedItem>,
    /// For the outbox: one grant for each mail that tells of it.
    pub grants: Vec<Vec<u8>>,
}

impl Client {
    /// Makes the grant for the one mail that answers whoever typed `mail`. The answer, the work and the ledger's entry
    /// are the same whether or not the address has an account. Role web; needs no capability.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Wait`] where this address had its mails of the hour, known or not.
    pub fn account_ask(&self, mail: Secret, wish: AccountWish) -> Result<Vec<u8>, VaultError> {
        answered!(self.call(&Request::AccountAsk { mail, wish }), AccountGrant)
    }

    /// Makes the grant for the one mail that answers an inquiry, to the address that stands sealed in an imported record or
    /// a customer's row. Web learns nothing of it. Role web; needs no capability.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Grant`] where nothing opens; [`crate::Reason::Wait`] where this address had its mails
    /// of the hour.
    pub fn answer_ask(&self, item: UnsealItem) -> Result<Vec<u8>, VaultError> {
        answered!(self.call(&Request::AnswerAsk { item }), AccountGrant)
    }

    /// What a mailed token is for; it stays good. Role web.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Token`] for one that is unknown, used, expired or not the newest.
    pub fn account_token(&self, token: &LinkToken) -> Result<AccountToken, VaultError> {
        answered!(self.call(&Request::AccountTokenFor { token: token.clone() }), AccountToken)
    }

    /// Uses a registration's token up: makes the person, his password and an own-account capability. `contact` is to be
    /// sealed for `customer.contact` in the row of the new person, whose id the caller draws. Role web.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Password`] leaves the token good; [`crate::Reason::Token`].
    pub fn account_register(
        &self,
        token: &LinkToken,
        contact: SealItem,
        password: Secret,
    ) -> Result<AccountChange, VaultError> {
        answered!(self.call(&Request::AccountRegister { token: token.clone(), contact, password }), Account)
    }

    /// Uses a reset's token up: sets the password, ends every other capability of the person, signs him in. Role web.
    ///
    /// # Errors
    /// As [`Client::account_register`].
    pub fn account_reset(&self, token: &LinkToken, password: Secret) -> Result<AccountChange, VaultError> {
        answered!(self.call(&Request::AccountReset { token: token.clone(), password }), Account)
    }

    /// Changes the password, for whoever proves with the same request that he is the person: by the old one, or by one of
    /// his passkeys. Every other capability of the person ends. Role web.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::SignIn`] where the old one is wrong, [`crate::Reason::Wait`] after several,
    /// [`crate::Reason::Passkey`]; [`crate::Reason::Password`] where `new` is not accepted.
    pub fn account_password(
        &self,
        cap: &CapToken,
        proof: impl Into<Proof>,
        new: Secret,
    ) -> Result<AccountChange, VaultError> {
        let request = Request::AccountPassword { cap: cap.clone(), proof: proof.into(), new };
        answered!(self.call(&request), Account)
    }

    /// Asks for another mail address: a link goes to the new one, a notice to the old one. The answer is the same
    /// where the new one belongs to somebody else. Proved as [`Client::account_password`]. Role web.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::SignIn`] for a wrong password, [`crate::Reason::Wait`],
    /// [`crate::Reason::Passkey`].
    pub fn account_mail_ask(
        &self,
        cap: &CapToken,
        proof: impl Into<Proof>,
        mail: Secret,
    ) -> Result<AccountChange, VaultError> {
        let request = Request::AccountMailAsk { cap: cap.clone(), proof: proof.into(), mail };
        answered!(self.call(&request), Account)
    }

    /// Uses the token of the new address up: from now on that one signs in. Role web.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Token`].
    pub fn account_mail_confirm(&self, token: &LinkToken) -> Result<AccountChange, VaultError> {
        answered!(self.call(&Request::AccountMailConfirm { token: token.clone() }), Account)
    }

    /// The address that signs in, sealed for `customer.email`, so that the row can be brought up to date. Role web.
    ///
    /// # Errors
    /// See [`Client`]. `BadRequest` where the vault does not know it (an account of an older version, until its next
    /// sign-in).
    pub fn account_mail(&self, cap: &CapToken) -> Result<AccountChange, VaultError> {
        answered!(self.call(&Request::AccountMail { cap: cap.clone() }), Account)
    }

    /// Erases a person: his key in every version, password, tokens, links, capabilities; and the keys of the
    /// recipients of his orders, as `orders` (the message grants of his orders) name them. Nothing that was sealed
    /// for them opens again. The mail that tells it keeps the address for three days, inside its grant. Proved as
    /// [`Client::account_password`]. Role web.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::SignIn`] for a wrong password, [`crate::Reason::Wait`],
    /// [`crate::Reason::Passkey`].
    pub fn account_leave(
        &self,
        cap: &CapToken,
        proof: impl Into<Proof>,
        orders: Vec<Plain>,
    ) -> Result<AccountChange, VaultError> {
        let request = Request::AccountLeave { cap: cap.clone(), proof: proof.into(), orders };
        answered!(self.call(&request), Account)
    }

    /// Whether a person was erased. Role web; tells nothing but that.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn account_erased(&self, person: Uuid) -> Result<bool, VaultError> {
        answered!(self.call(&Request::AccountErased { person }), Erased)
    }

    /// Opens the grant of a mail about an account. Role post only. `message` is the id of the outbox row: the same call
    /// may be repeated for it, a bounded number of times; another row with the same grant gets nothing.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Grant`].
    pub fn open_account_message(&self, grant: &[u8], message: Uuid) -> Result<AccountMessage, VaultError> {
        answered!(self.call(&Request::OpenAccountMessage { grant: grant.to_vec(), message }), AccountMessage)
    }
}
