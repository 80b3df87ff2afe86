//! Orders placed while the vault is away: their personal data in an envelope that the vault alone can open.
//!
//! While it lives the vault gives `web` the public key of a day ([`crate::Client::day_key`]). While it is away, what
//! it would have sealed is put into an [`Envelope`] to that key and kept beside the order; when it is back it takes the
//! envelope in ([`crate::Client::take_in`]) and answers as it would have answered then. Nobody else can open one, `web`
//! included, and once the vault has destroyed the day's private key not even the vault can.

use crate::{OrderAsk, SealItem, SealedOrder, hpke};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

/// Separates these messages from anything else that might ever be sealed to a key of the vault.
const INFO: &[u8] = b"dozo order envelope 1";
/// What an envelope's inside is padded to a multiple of, in bytes, so that its length says little.
const PAD_BYTES: usize = 1024;
/// The most bytes of an envelope: an order to as many recipients as there may be, with the longest words.
pub const ENVELOPE_BYTES_MAX: usize = 1024 * 1024;

/// The public key of a day, by the vault. Public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayKey {
    /// Its name.
    pub id: Uuid,
    /// X25519.
    pub public: [u8; hpke::KEY_BYTES],
}

/// An order's personal data, sealed to a [`DayKey`]; bound to that key's name and to the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The day's key.
    pub key: Uuid,
    /// What [`hpke::seal`] made.
    pub sealed: Vec<u8>,
}

/// What an envelope holds: the request that could not be made. Personal: no `Debug`.
#[derive(Serialize, Deserialize)]
pub struct Enclosed {
    /// As for [`crate::Client::seal_order`]; every person in them is new.
    pub items: Vec<SealItem>,
    /// The same.
    pub order: OrderAsk,
}

/// Answer to [`crate::Client::take_in`].
#[derive(Serialize, Deserialize)]
pub struct TakenIn {
    /// Where each sealed field belongs, in the order of the items.
    pub places: Vec<crate::Place>,
    /// What [`crate::Client::seal_order`] would have answered. No guest's capability for an envelope that comes again.
    pub order: SealedOrder,
}

impl DayKey {
    /// Seals an order's personal data for the vault.
    ///
    /// # Errors
    /// [`hpke::HpkeError`] for a key that is none, or an order beyond [`ENVELOPE_BYTES_MAX`].
    pub fn enclose(&self, enclosed: &Enclosed) -> Result<Envelope, hpke::HpkeError> {
        // Its final size from the start: a vector that grows leaves personal data behind.
        let bytes = postcard::serialize_with_flavor(enclosed, postcard::ser_flavors::Size::default())
            .map_err(|_| hpke::HpkeError)?;
        let padded = bytes.next_multiple_of(PAD_BYTES);
        if padded + hpke::OVERHEAD_BYTES > ENVELOPE_BYTES_MAX {
            return Err(hpke::HpkeError);
        }
        let mut plain = Zeroizing::new(vec![0; padded]);
        postcard::to_slice(enclosed, &mut plain).map_err(|_| hpke::HpkeError)?;
        let sealed = hpke::seal(&self.public, INFO, &bound(self.id, enclosed.order.order), plain)?;
        Ok(Envelope { key: self.id, sealed })
    }
}

impl Envelope {
    /// Opens the envelope of `order` with the day's private key: for the vault.
    ///
    /// # Errors
    /// [`hpke::HpkeError`] where it is another's, or was changed.
    pub fn open(&self, private: &[u8; hpke::KEY_BYTES], order: Uuid) -> Result<Enclosed, hpke::HpkeError> {
        let plain = hpke::open(private, INFO, &bound(self.key, order), &self.sealed)?;
        // The padding is what is left.
        let (enclosed, _) = postcard::take_from_bytes::<Enclosed>(&plain).map_err(|_| hpke::HpkeError)?;
        if enclosed.order.order == order { Ok(enclosed) } else { Err(hpke::HpkeError) }
    }
}

fn bound(key: Uuid, order: Uuid) -> Vec<u8> {
    [&key.as_bytes()[..], order.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Column, IndexAsk, IndexField, Place, Plain};

    fn enclosed(text: &str) -> Enclosed {
        let (order, person) = (Uuid::from_u128(5), Uuid::from_u128(6));
        let place = Place::new(Column::OrdersEmail, order, person);
        let item = SealItem {
            place,
            plaintext: Plain::new(text),
            create_person: true,
            index: vec![IndexAsk::new(IndexField::Email, text)],
        };
        Enclosed { items: vec![item], order: OrderAsk { order, person, places: vec![place] } }
    }

    #[test]
    fn there_and_back_for_this_order_and_this_key() {
        let (private, public) = hpke::generate().unwrap();
        let key = DayKey { id: Uuid::from_u128(1), public };
        let envelope = key.enclose(&enclosed("hanako@example.jp")).unwrap();
        assert!(!envelope.sealed.windows(6).any(|w| w == b"hanako"));
        let back = envelope.open(&private, Uuid::from_u128(5)).unwrap();
        assert_eq!(back.items[0].plaintext.reveal_text(), Some("hanako@example.jp"));
        assert_eq!(back.items[0].index[0].value.reveal(), "hanako@example.jp");
        assert!(envelope.open(&private, Uuid::from_u128(4)).is_err(), "another order");
        let renamed = Envelope { key: Uuid::from_u128(2), ..envelope.clone() };
        assert!(renamed.open(&private, Uuid::from_u128(5)).is_err(), "another name of the key");
        assert!(envelope.open(&hpke::generate().unwrap().0, Uuid::from_u128(5)).is_err());
    }

    #[test]
    fn lengths_in_steps_and_a_limit() {
        let key = DayKey { id: Uuid::from_u128(1), public: hpke::generate().unwrap().1 };
        let length = |n: usize| key.enclose(&enclosed(&"a".repeat(n))).map(|e| e.sealed.len());
        assert_eq!(length(1), Ok(PAD_BYTES + hpke::OVERHEAD_BYTES));
        assert_eq!(length(1), length(300));
        assert!(length(ENVELOPE_BYTES_MAX / 2).is_err());
    }
}
