//! Members' saved cards. A member is a random id, and the processor's customer behind it knows nothing of the person.

use super::{Desk, Done};
use crate::{
    api::{SavedCard, TillError},
    processor::{CallError, RemoteMethod},
};
use uuid::Uuid;

/// What a payment page needs to offer saved cards.
pub struct Wallet {
    /// The processor's id of the customer.
    pub customer: String,
    /// The processor's ids of the saved cards.
    pub saved: Vec<String>,
}

impl Desk {
    /// The member's customer and cards, made where there is none. `None` where the processor does not say: a payment
    /// page without saved cards is better than none.
    pub(super) fn wallet(&self, person: Uuid) -> Option<Wallet> {
        match self.try_wallet(person) {
            Ok(wallet) => Some(wallet),
            Err(why) => {
                tracing::warn!(error = %why, "no_saved_cards_offered");
                None
            }
        }
    }

    fn try_wallet(&self, person: Uuid) -> Done<Wallet> {
        if let Some(customer) = self.book.customer(person)? {
            match self.processor.methods(&customer) {
                Ok(methods) => {
                    return Ok(Wallet { customer, saved: methods.into_iter().map(|m| m.id).collect() });
                }
                // Removed at the processor's own desk.
                Err(CallError::Missing) => self.book.set_customer(person, None)?,
                Err(e) => return Err(super::Fault::Call(e).into()),
            }
        }
        let _one = super::lock(&self.wallets);
        if let Some(customer) = self.book.customer(person)? {
            return Ok(Wallet { customer, saved: Vec::new() });
        }
        // A key of its own each time: after a customer was removed, the old key would give the old answer. One whose
        // answer is lost stays behind at the processor, empty.
        let customer = self.processor.new_customer(Uuid::now_v7()).map_err(super::Fault::Call)?;
        self.book.set_customer(person, Some(&customer))?;
        Ok(Wallet { customer, saved: Vec::new() })
    }

    /// See [`crate::Client::cards`].
    pub fn cards(&self, person: Uuid) -> Done<Vec<SavedCard>> {
        Ok(self.methods(person)?.iter().map(card).collect())
    }

    fn methods(&self, person: Uuid) -> Done<Vec<RemoteMethod>> {
        let Some(customer) = self.book.customer(person)? else { return Ok(Vec::new()) };
        match self.processor.methods(&customer) {
            Ok(methods) => Ok(methods),
            Err(CallError::Missing) => Ok(Vec::new()),
            Err(e) => Err(super::Fault::Call(e).into()),
        }
    }

    /// See [`crate::Client::remove_card`].
    pub fn remove_card(&self, person: Uuid, id: Uuid) -> Done<()> {
        let Some(method) = self.methods(person)?.into_iter().find(|m| card(m).id == id) else {
            return Ok(());
        };
        match self.processor.remove_method(&method.id) {
            Ok(()) | Err(CallError::Missing) => Ok(()),
            Err(e) => Err(super::Fault::Call(e).into()),
        }
    }

    /// See [`crate::Client::forget_customer`].
    pub fn forget_customer(&self, person: Uuid) -> Done<()> {
        let Some(customer) = self.book.customer(person)? else { return Ok(()) };
        match self.processor.delete_customer(&customer) {
            Ok(()) | Err(CallError::Missing) => Ok(self.book.set_customer(person, None)?),
            Err(CallError::Refused(code)) => Err(TillError::ProcessorRefused(code)),
            Err(_) => Err(TillError::ProcessorUnavailable),
        }
    }
}

fn card(method: &RemoteMethod) -> SavedCard {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, method.id.as_bytes());
    let id = digest.as_ref().first_chunk::<16>().copied().unwrap_or_default();
    SavedCard {
        id: Uuid::from_bytes(id),
        brand: method.brand.clone(),
        last4: method.last4.clone(),
        exp_month: method.expires.0,
        exp_year: method.expires.1,
    }
}
