//! Message grants: what the vault gives with an order so that `post` can write its mails later.
//!
//! A grant is sealed by the vault and opaque to whoever keeps it. It names the order, every place that its mails may
//! show, the kinds of mail and an end; so neither who is written to nor what is opened can be chosen by `post`.

use crate::{clock::DAY_MS, crypto::Wrapper};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vault_api::{MessageKind, Place};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const CONTEXT: &[u8] = b"dozo message grant 1";
/// How long mails about an order may be written: a year and what a slow refund takes.
pub(crate) const GRANT_MS: i64 = 400 * DAY_MS;
/// The most mails of one kind about one order (parcels, partial refunds).
pub(crate) const MESSAGES_PER_KIND_MAX: u32 = 40;
/// The most times one mail is opened (tries to deliver it).
pub(crate) const OPENS_PER_MESSAGE_MAX: u32 = 60;

/// The inside of a grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MessageGrant {
    pub(crate) order: Uuid,
    pub(crate) person: Uuid,
    pub(crate) places: Vec<Place>,
    /// One bit a kind.
    pub(crate) kinds: u32,
    pub(crate) expires_at_ms: i64,
}

/// What is remembered of a mail, so that its id stands for one mail only.
#[derive(Serialize, Deserialize)]
pub(crate) struct MessageRecord {
    pub(crate) order: Uuid,
    pub(crate) kind: u8,
    pub(crate) opens: u32,
}

/// The number of a kind: stored, so never changed.
pub(crate) fn kind_number(kind: MessageKind) -> u8 {
    match kind {
        MessageKind::OrderReceived => 0,
        MessageKind::PaymentReceived => 1,
        MessageKind::Shipped => 2,
        MessageKind::Canceled => 3,
        MessageKind::Refunded => 4,
        MessageKind::InquiryAnswer => 5,
    }
}

/// The kinds of an ordinary order.
pub(crate) const ALL_KINDS: u32 = 0b1_1111;

impl MessageGrant {
    /// Whether it still allows a mail of this kind.
    pub(crate) fn allows(&self, kind: MessageKind, now_ms: i64) -> bool {
        // Grants from before there were such answers cover them: same order, same address, and nothing more is opened.
        let bit = match kind {
            MessageKind::InquiryAnswer => kind_number(MessageKind::OrderReceived),
            kind => kind_number(kind),
        };
        self.expires_at_ms > now_ms && self.kinds & (1 << bit) != 0
    }

    /// The bytes to hand out; `None` where cryptography fails.
    pub(crate) fn seal(&self, key: &Wrapper) -> Option<Vec<u8>> {
        let plain = Zeroizing::new(postcard::to_allocvec(self).ok()?);
        let mut out = vec![VERSION];
        out.extend(key.wrap(CONTEXT, plain).ok()?);
        Some(out)
    }

    /// Reads what [`MessageGrant::seal`] wrote.
    pub(crate) fn open(key: &Wrapper, bytes: &[u8]) -> Option<MessageGrant> {
        let (version, rest) = bytes.split_first()?;
        if *version != VERSION {
            return None;
        }
        postcard::from_bytes(&key.unwrap(CONTEXT, rest).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use vault_api::Column;

    fn grant() -> MessageGrant {
        let id = Uuid::from_u128;
        let places = vec![Place::new(Column::OrdersEmail, id(1), id(2))];
        MessageGrant { order: id(1), person: id(2), places, kinds: 0b101, expires_at_ms: 10 }
    }

    fn key() -> Wrapper {
        Wrapper::new(&[(1, Zeroizing::new([3; 32]))]).unwrap()
    }

    #[test]
    fn kinds_and_end() {
        let g = grant();
        assert!(g.allows(MessageKind::OrderReceived, 9) && g.allows(MessageKind::Shipped, 9));
        assert!(!g.allows(MessageKind::PaymentReceived, 9) && !g.allows(MessageKind::Shipped, 10));
    }

    proptest! {
        #[test]
        fn opaque_and_whole(at: prop::sample::Index, bit in 0..8u8) {
            let mut bytes = grant().seal(&key()).unwrap();
            prop_assert_eq!(MessageGrant::open(&key(), &bytes), Some(grant()));
            let at = at.index(bytes.len());
            bytes[at] ^= 1u8 << bit;
            prop_assert_eq!(MessageGrant::open(&key(), &bytes), None);
        }
    }
}
