//! The return address of each mail (VERP): `bounces+TAG@shop.example`, where the tag names the message and proves that
//! this house gave it out. Whoever has not got the mail cannot make one, so nobody can have another's mail called failed.
//!
//! The tag is base32 of the message's id and the first 80 bits of an HMAC-SHA256 over it, in lower case, since mail servers
//! change the case: 42 letters. It says nothing of the person.

use crate::Address;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

/// The most bytes of the name before the tag, so that all of it stays within a local part of 64 (RFC 5321 §4.5.3.1.1).
pub const NAME_BYTES_MAX: usize = 64 - 1 - TAG_CHARS;
/// The least bytes of the key.
const KEY_BYTES_MIN: usize = 32;

const TAG_CHARS: usize = 42;
const MAC_BYTES: usize = 10;
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// What the key is used for here.
const PURPOSE: &[u8] = b"dozo/returns/1";

/// Where mails come back to. Holds a key: no `Debug`.
#[derive(Clone)]
pub struct Returns {
    name: String,
    domain: String,
    mac: Hmac<Sha256>,
}

/// The address or the key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoReturns {
    /// The address is none, too long, or has a tag already.
    #[error(
        "the address for returned mail must be like bounces@shop.example: plain, without a plus sign, and with at most \
         {NAME_BYTES_MAX} characters before the @"
    )]
    Address,
    /// The key is too short.
    #[error(
        "the key for return addresses is shorter than {KEY_BYTES_MIN} bytes: remove its file, and it is made anew"
    )]
    Key,
}

impl Returns {
    /// Return addresses under `address`, with a secret key.
    ///
    /// # Errors
    /// [`NoReturns`].
    pub fn new(address: &str, key: &[u8]) -> Result<Returns, NoReturns> {
        let parsed = Address::parse(address).map_err(|_| NoReturns::Address)?;
        let lawful = parsed.lawful().to_ascii_lowercase();
        let (name, domain) = lawful.rsplit_once('@').ok_or(NoReturns::Address)?;
        if parsed.as_issued().is_some() || name.len() > NAME_BYTES_MAX || name.contains('+') {
            return Err(NoReturns::Address);
        }
        if key.len() < KEY_BYTES_MIN {
            return Err(NoReturns::Key);
        }
        let mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| NoReturns::Key)?.chain_update(PURPOSE);
        Ok(Returns { name: name.to_owned(), domain: domain.to_owned(), mac })
    }

    /// The return address of a message.
    ///
    /// # Errors
    /// None but for an address that [`Returns::new`] would have refused.
    pub fn address(&self, message: Uuid) -> Result<Address, NoReturns> {
        let mac = self.mac.clone().chain_update(message.as_bytes()).finalize().into_bytes();
        let mut bytes = message.as_bytes().to_vec();
        bytes.extend_from_slice(&mac[..MAC_BYTES]);
        let address = format!("{}+{}@{}", self.name, letters(&bytes), self.domain);
        Address::parse(&address).map_err(|_| NoReturns::Address)
    }

    /// The message whose return address this is; none where this house did not give it out.
    pub fn message(&self, address: &str) -> Option<Uuid> {
        let address = address.to_ascii_lowercase();
        let (local, domain) = address.rsplit_once('@')?;
        let tag = local.trim_matches('"').strip_prefix(self.name.as_str())?.strip_prefix('+')?;
        let bytes = (domain == self.domain).then(|| from_letters(tag)).flatten()?;
        let (id, mac) = bytes.split_first_chunk::<16>()?;
        self.mac.clone().chain_update(id).verify_truncated_left(mac).ok()?;
        (mac.len() == MAC_BYTES).then(|| Uuid::from_bytes(*id))
    }

    /// Whether mail for this address is returned mail, with a tag or without one.
    pub fn is_theirs(&self, address: &str) -> bool {
        let address = address.to_ascii_lowercase();
        let Some((local, domain)) = address.rsplit_once('@') else { return false };
        let rest = local.trim_matches('"').strip_prefix(self.name.as_str());
        domain == self.domain && rest.is_some_and(|r| r.is_empty() || r.starts_with('+'))
    }
}

/// Base32 in lower case, without padding (RFC 4648 §6).
fn letters(bytes: &[u8]) -> String {
    let bit = |at: usize| bytes.get(at / 8).is_some_and(|b| b >> (7 - at % 8) & 1 == 1);
    let value = |letter: usize| (0..5).fold(0, |v, i| v << 1 | usize::from(bit(letter * 5 + i)));
    (0..(bytes.len() * 8).div_ceil(5)).map(|letter| char::from(ALPHABET[value(letter)])).collect()
}

fn from_letters(text: &str) -> Option<Vec<u8>> {
    if text.len() != TAG_CHARS {
        return None;
    }
    let (mut bytes, mut held, mut bits) = (Vec::with_capacity(26), 0u32, 0);
    for letter in text.bytes() {
        let value = ALPHABET.iter().position(|l| *l == letter)?;
        held = (held << 5 | value as u32) & 0xFFFF;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 0xFF) as u8);
        }
    }
    // The last bits must be none, or one address would have several ways to write it.
    (held & ((1 << bits) - 1) == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn returns(key: u8) -> Returns {
        Returns::new("Bounces@Shop.example", &[key; 32]).unwrap()
    }

    #[test]
    fn an_address_comes_back_in_any_case_and_from_nobody_else() {
        let message = Uuid::from_u128(0x1234_5678);
        let address = returns(1).address(message).unwrap().lawful();
        let (local, domain) = address.rsplit_once('@').unwrap();
        assert!(local.len() <= 64 && local.starts_with("bounces+") && domain == "shop.example", "{address}");
        assert_eq!(returns(1).message(&address), Some(message));
        assert_eq!(returns(1).message(&address.to_uppercase()), Some(message));
        assert_eq!(returns(2).message(&address), None, "another key");
        assert_eq!(returns(1).message(&address.replace("shop.", "shop2.")), None);
        assert_eq!(returns(1).message("bounces@shop.example"), None);
        assert!(returns(1).is_theirs("BOUNCES@shop.example") && returns(1).is_theirs(&address));
        assert!(
            !returns(1).is_theirs("bouncesx@shop.example") && !returns(1).is_theirs("orders@shop.example")
        );
    }

    #[test]
    fn every_letter_counts() {
        let address = returns(1).address(Uuid::from_u128(7)).unwrap().lawful();
        let begin = "bounces+".len();
        for at in begin..begin + TAG_CHARS {
            for letter in ALPHABET {
                let mut changed = address.clone().into_bytes();
                if changed[at] != *letter {
                    changed[at] = *letter;
                    assert_eq!(returns(1).message(std::str::from_utf8(&changed).unwrap()), None);
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        let refused = |address: &str, key: &[u8]| Returns::new(address, key).err();
        assert_eq!(refused("bounces+x@shop.example", &[1; 32]), Some(NoReturns::Address));
        assert_eq!(refused("a-name-of-22-letters-x@shop.example", &[1; 32]), Some(NoReturns::Address));
        assert_eq!(refused("a..b@shop.example", &[1; 32]), Some(NoReturns::Address));
        assert_eq!(refused("nobody", &[1; 32]), Some(NoReturns::Address));
        assert_eq!(refused("bounces@shop.example", &[1; 31]), Some(NoReturns::Key));
    }

    proptest! {
        #[test]
        fn any_message(id: u128, text: String) {
            let message = Uuid::from_u128(id);
            prop_assert_eq!(returns(1).message(&returns(1).address(message).unwrap().lawful()), Some(message));
            prop_assert_eq!(returns(1).message(&text), None);
        }
    }
}
