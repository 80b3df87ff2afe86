//! Customers and their saved cards. A customer is an id and nothing else: no name, no mail address.

use super::{Intent, World, kind, new_id};
use crate::cards::{Behaviour, CardFacts};
use serde::{Deserialize, Serialize};

/// The most saved cards of a customer; the oldest makes room.
const METHODS_MAX: usize = 10;

/// A Customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// `cus_…`.
    pub id: String,
    /// Unix seconds.
    pub created: i64,
    /// Saved cards, the oldest first.
    pub methods: Vec<Method>,
}

/// A saved card: a PaymentMethod attached to a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Method {
    /// `pm_…`.
    pub id: String,
    /// Unix seconds.
    pub created: i64,
    /// The card.
    pub card: CardFacts,
    /// Whether its issuer asks the buyer each time.
    pub asks: bool,
}

impl Method {
    /// What it does when it is charged: only cards that have paid are saved.
    pub fn behaviour(&self) -> Behaviour {
        if self.asks { Behaviour::Challenge } else { Behaviour::Approve }
    }
}

impl World {
    /// Makes a customer.
    pub fn new_customer(&mut self, now: i64) -> Customer {
        let customer = Customer { id: new_id("cus_", 14), created: now, methods: Vec::new() };
        self.put_customer(customer.clone());
        customer
    }

    /// Forgets a customer and the saved cards; whether there was one.
    pub fn delete_customer(&mut self, id: &str) -> bool {
        let known = self.customers.remove(id).is_some();
        if known {
            self.dirty.insert((kind::CUSTOMER, id.to_owned()), None);
        }
        known
    }

    /// The saved card of this id, with its customer's id.
    pub fn saved(&self, method: &str) -> Option<(&str, &Method)> {
        self.customers
            .values()
            .find_map(|c| c.methods.iter().find(|m| m.id == method).map(|m| (c.id.as_str(), m)))
    }

    /// Takes a saved card away from its customer; what it was.
    pub fn detach(&mut self, method: &str) -> Option<Method> {
        let mut customer = self.saved(method).and_then(|(id, _)| self.customers.get(id)).cloned()?;
        let at = customer.methods.iter().position(|m| m.id == method)?;
        let gone = customer.methods.remove(at);
        self.put_customer(customer);
        Some(gone)
    }

    /// The buyer wants the card saved. The same card is kept once.
    pub(super) fn save_method(&mut self, intent: &Intent, id: &str, card: &CardFacts, asks: bool, now: i64) {
        let Some(mut customer) = intent.customer.as_ref().and_then(|c| self.customers.get(c)).cloned() else {
            return;
        };
        customer.methods.retain(|m| m.card.fingerprint != card.fingerprint);
        if customer.methods.len() >= METHODS_MAX {
            customer.methods.remove(0);
        }
        customer.methods.push(Method { id: id.to_owned(), created: now, card: card.clone(), asks });
        self.put_customer(customer);
    }

    fn put_customer(&mut self, customer: Customer) {
        self.mark(kind::CUSTOMER, &customer.id, &customer);
        self.customers.insert(customer.id.clone(), customer);
    }
}
