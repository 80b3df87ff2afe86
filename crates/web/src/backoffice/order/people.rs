//! Opening the persons of an order: buyer and recipients, with the vault's leave, for a stated purpose.

use crate::{
    App,
    backoffice::{Say, StaffSession, done, vault_room},
    error::Fault,
    view,
};
use domain::person::{Contact, GiftWords};
use std::collections::HashMap;
use store::order::WholeOrder;
use uuid::Uuid;
use vault_api::{Column, NotOpened, Place, Plain, Purpose, Sealed, UnsealItem, VaultError};

/// Who and where, as a page shows it. Personal: no `Debug`.
#[derive(Clone, Default)]
pub struct PersonView {
    /// Family and given name.
    pub name: String,
    /// Its reading.
    pub kana: String,
    /// With its hyphen.
    pub postcode: String,
    /// In one line.
    pub address: String,
    /// In groups, where they are known.
    pub phone: String,
}

/// What a giver adds. Personal: no `Debug`.
#[derive(Clone, Default)]
pub struct GiftView {
    /// Words on the card.
    pub message: String,
    /// The name under the noshi.
    pub noshi_name: String,
}

/// What the vault opened of an order. Personal: no `Debug`.
#[derive(Default)]
pub struct Opened {
    /// The mail address used at this order.
    pub email: Option<String>,
    /// The buyer.
    pub buyer: Option<PersonView>,
    /// The recipients, by the id of their row.
    pub recipients: HashMap<Uuid, PersonView>,
    /// What they are told, by the id of their row.
    pub gifts: HashMap<Uuid, GiftView>,
    /// How many fields stayed closed.
    pub closed: usize,
    /// Whether it was somebody who has left: his key is gone, and nothing of him opens again.
    pub erased: bool,
    /// For what it was opened, in a word.
    pub purpose: String,
    /// How many persons more can be opened this hour, in words.
    pub left: String,
}

/// The vault's purpose for a word of [`site::backoffice::PURPOSES`].
pub fn purpose(word: &str) -> Option<Purpose> {
    Some(match word {
        "ship" => Purpose::StaffShipping,
        "inquiry" => Purpose::StaffInquiry,
        "payment" => Purpose::StaffPayment,
        "correction" => Purpose::StaffCorrection,
        _ => return None,
    })
}

/// Opens everything of an order that is sealed, and writes down who did it and for what.
///
/// # Errors
/// [`Fault::VaultAway`], [`Fault::VaultDenied`] where the hour's budget is used up, and as the database.
pub async fn open(
    app: &App,
    session: &StaffSession,
    say: &Say,
    whole: &WholeOrder,
    word: &'static str,
) -> Result<Opened, Fault> {
    let purpose = purpose(word).ok_or(Fault::BadForm("no such purpose"))?;
    if whole.order.waits_for_vault() {
        // Nothing is sealed yet: the vault must take the order in first.
        return Err(Fault::VaultAway);
    }
    let (cap, items) = (session.cap(), items(whole));
    let opening = move |vault: &vault_api::Client| {
        let plain = vault.unseal(&cap, purpose, items)?;
        Ok::<_, VaultError>((plain, vault.budget_left(&cap)?))
    };
    let (plain, left) = app.vault().call(opening).await?;
    let (session, id, now) = (session.clone(), whole.order.id, app.now_ms());
    app.store().write(move |tx| done::note(tx, &session, "order.open", ("order", &id), word, now)).await?;
    let mut opened = read(whole, plain.into_iter());
    opened.purpose = say.w("bo-purpose", word);
    opened.left = vault_room::budget(say, left);
    Ok(opened)
}

/// Buyer's mail address and contact, then each recipient's contact and message.
fn items(whole: &WholeOrder) -> Vec<UnsealItem> {
    let o = &whole.order;
    let item = |column: Column, row: Uuid, person: Uuid, sealed: &store::Sealed| UnsealItem {
        place: Place::new(column, row, person),
        sealed: Sealed::from_bytes(sealed.0.clone()),
    };
    let mut items = vec![
        item(Column::OrdersEmail, o.id.0, o.person.0, &o.email),
        item(Column::OrdersContact, o.id.0, o.person.0, &o.contact),
    ];
    for r in &whole.recipients {
        items.push(item(Column::OrderRecipientContact, r.id.0, r.person.0, &r.contact));
        if let Some(message) = &r.message {
            items.push(item(Column::OrderRecipientMessage, r.id.0, r.person.0, message));
        }
    }
    items
}

/// Puts the answers, which come in the order of [`items`], where they belong.
fn read(whole: &WholeOrder, mut plain: impl Iterator<Item = Result<Plain, NotOpened>>) -> Opened {
    let (mut out, mut erased) = (Opened::default(), false);
    let mut next = |closed: &mut usize| {
        let one = plain.next();
        erased |= matches!(one, Some(Err(NotOpened::NoKey)));
        let closes = !matches!(one, Some(Err(NotOpened::NoKey)));
        let one = one.and_then(Result::ok).filter(|p| !p.reveal().is_empty());
        *closed += usize::from(one.is_none() && closes);
        one
    };
    out.email = next(&mut out.closed).and_then(|p| p.reveal_text().map(str::to_owned));
    out.buyer = next(&mut out.closed).and_then(|p| person(&p));
    for r in &whole.recipients {
        if let Some(who) = next(&mut out.closed).and_then(|p| person(&p)) {
            out.recipients.insert(r.id.0, who);
        }
        if r.message.is_some()
            && let Some(words) = next(&mut out.closed).and_then(|p| GiftWords::from_bytes(p.reveal()).ok())
        {
            let gift = GiftView {
                message: words.message.reveal().to_owned(),
                noshi_name: words.noshi_name.reveal().to_owned(),
            };
            out.gifts.insert(r.id.0, gift);
        }
    }
    out.erased = erased;
    out
}

fn person(plain: &Plain) -> Option<PersonView> {
    let c = Contact::from_bytes(plain.reveal()).ok()?;
    let code = c.postcode.reveal();
    let postcode = match (code.get(..3), code.get(3..)) {
        (Some(area), Some(town)) => format!("{area}-{town}"),
        _ => code.to_owned(),
    };
    Some(PersonView {
        name: c.name.reveal().to_owned(),
        kana: c.kana.reveal().to_owned(),
        postcode,
        address: c.address_line().reveal().to_owned(),
        phone: view::phone(c.phone.reveal()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_purpose_of_the_map_is_one_of_the_vaults() {
        for word in site::backoffice::PURPOSES {
            assert!(purpose(word).is_some(), "{word}");
        }
        assert!(purpose("curiosity").is_none());
    }

    #[test]
    fn a_contact_reads_as_on_a_label() {
        let json = r#"{"name":"山野 栗子","kana":"ヤマノ クリコ","phone":"0263112233","postcode":"3900811",
            "prefecture":"長野県","city":"松本市中央","street":"1-2-3","building":"栗ビル 2階"}"#;
        let view = person(&Plain::new(json)).unwrap();
        assert_eq!(
            (view.postcode.as_str(), view.address.as_str()),
            ("390-0811", "長野県松本市中央1-2-3 栗ビル 2階")
        );
        assert!(person(&Plain::new("{}")).is_none());
    }
}
