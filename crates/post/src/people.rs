//! What the vault opened for one message, and nothing more than that message needs.

use crate::{
    Address,
    facts::{About, AccountFacts, Facts, RecipientFacts},
};
use domain::person::{Contact, GiftWords, Personal};
use uuid::Uuid;
use vault_api::{
    AccountMessage, Column, MessageKind, NotOpened, OpenedMessage, Place, Plain, UnsealItem, VaultError,
};

/// Who opens sealed fields for a message: the vault, or a stand-in in tests.
pub trait Opener: Send + Sync {
    /// See [`vault_api::Client::open_message`].
    ///
    /// # Errors
    /// As the vault says.
    fn open(
        &self,
        grant: &[u8],
        message: Uuid,
        kind: MessageKind,
        items: Vec<UnsealItem>,
    ) -> Result<OpenedMessage, VaultError>;

    /// See [`vault_api::Client::open_account_message`].
    ///
    /// # Errors
    /// As the vault says.
    fn open_account(&self, grant: &[u8], message: Uuid) -> Result<AccountMessage, VaultError>;
}

impl Opener for vault_api::Client {
    fn open(
        &self,
        grant: &[u8],
        message: Uuid,
        kind: MessageKind,
        items: Vec<UnsealItem>,
    ) -> Result<OpenedMessage, VaultError> {
        self.open_message(grant, message, kind, items)
    }

    fn open_account(&self, grant: &[u8], message: Uuid) -> Result<AccountMessage, VaultError> {
        self.open_account_message(grant, message)
    }
}

/// Why the personal fields of a message are not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unopened {
    /// The order has no grant: imported, or placed while the vault was away.
    #[error("the order has no message grant")]
    NoGrant,
    /// The vault did not do it.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A field stayed closed.
    #[error("a sealed field stayed closed: {0}")]
    Closed(NotOpened),
    /// A field opened, but what is in it is none of ours.
    #[error("a sealed field does not hold what it should")]
    Form,
    /// The mail address cannot be used.
    #[error(transparent)]
    Address(#[from] crate::NoAddress),
}

/// The persons of one message, in clear: no `Debug`.
pub struct People {
    /// Whom the mail goes to.
    pub to: Address,
    /// The orderer's name.
    pub name: Personal,
    /// Those recipients that the message tells of, by [`RecipientFacts::id`].
    pub recipients: Vec<(Uuid, Recipient)>,
    /// Secret part of the link to the order, where the mail has one.
    pub link: Option<vault_api::LinkToken>,
}

/// A recipient.
pub struct Recipient {
    /// Who and where.
    pub contact: Contact,
    /// Words for the card and the noshi.
    pub words: GiftWords,
}

/// Opens exactly the fields that this message shows.
///
/// # Errors
/// See [`Unopened`].
pub fn open(opener: &dyn Opener, facts: &Facts) -> Result<People, Unopened> {
    let order = &facts.order;
    let grant = order.grant.as_deref().ok_or(Unopened::NoGrant)?;
    let item = |column, row, person, sealed: &vault_api::Sealed| UnsealItem {
        place: Place::new(column, row, person),
        sealed: sealed.clone(),
    };
    let mut items = vec![
        item(Column::OrdersEmail, order.id, order.person, &order.email),
        item(Column::OrdersContact, order.id, order.person, &order.contact),
    ];
    let shown = shown_recipients(facts);
    for r in &shown {
        items.push(item(Column::OrderRecipientContact, r.id, r.person, &r.contact));
        items.extend(words_of(facts, r).map(|w| item(Column::OrderRecipientMessage, r.id, r.person, w)));
    }
    let opened = opener.open(grant, facts.message, facts.about.kind(), items)?;
    let mut fields = opened.opened.into_iter();
    let mut next =
        || -> Result<Plain, Unopened> { fields.next().ok_or(Unopened::Form)?.map_err(Unopened::Closed) };
    let contact = |plain: Plain| Contact::from_bytes(plain.reveal()).map_err(|_| Unopened::Form);

    let to = Address::parse(next()?.reveal_text().ok_or(Unopened::Form)?)?;
    let name = contact(next()?)?.name;
    let mut recipients = Vec::with_capacity(shown.len());
    for r in &shown {
        let contact = contact(next()?)?;
        let words = match words_of(facts, r) {
            Some(_) => GiftWords::from_bytes(next()?.reveal()).map_err(|_| Unopened::Form)?,
            None => GiftWords::default(),
        };
        recipients.push((r.id, Recipient { contact, words }));
    }
    Ok(People { to, name, recipients, link: opened.order_link })
}

/// Opens a message about an account: what it says, and whom it goes to.
///
/// # Errors
/// See [`Unopened`].
pub fn open_account(
    opener: &dyn Opener,
    facts: &AccountFacts,
) -> Result<(AccountMessage, Address), Unopened> {
    let message = opener.open_account(&facts.grant, facts.message)?;
    let to = Address::parse(message.to.reveal())?;
    Ok((message, to))
}

/// The recipients whom a message tells of.
pub(crate) fn shown_recipients(facts: &Facts) -> Vec<&RecipientFacts> {
    let all = facts.order.recipients.iter();
    match &facts.about {
        About::Received => all.collect(),
        About::Shipped(shipment) => all.filter(|r| r.id == shipment.recipient).collect(),
        About::Paid | About::Canceled | About::Refunded(_) | About::Answer(_) => Vec::new(),
    }
}

/// The giver's words are shown once, when the order is received.
fn words_of<'a>(facts: &Facts, recipient: &'a RecipientFacts) -> Option<&'a vault_api::Sealed> {
    recipient.words.as_ref().filter(|_| matches!(facts.about, About::Received))
}
