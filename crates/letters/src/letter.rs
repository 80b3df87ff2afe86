//! A letter: to whom it goes, and what of it is his alone.

use domain::person::Personal;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

/// To whom a letter goes. Personal.
#[derive(Clone, Default)]
pub struct Address {
    /// Seven digits; hyphens are passed over.
    pub postcode: Personal,
    /// Prefecture and city; number of the house; building and room. As many parts as there are.
    pub place: Vec<Personal>,
    /// The company at which he is.
    pub company: Personal,
    /// Whom it is for.
    pub name: Personal,
}

/// A letter to one person. Personal.
#[derive(Clone)]
pub struct Letter {
    /// Its number in the batch, from 1: by it whoever opens a letter that came back finds it in the list.
    pub number: u32,
    /// Which text, by its place.
    pub text: usize,
    /// To whom.
    pub address: Address,
    /// The code by which he sees that it is genuine.
    pub code: String,
}

/// What is sealed of an address in a record of another shop system.
#[derive(Deserialize)]
struct Recorded {
    #[serde(default)]
    postcode: Personal,
    #[serde(default)]
    address: Vec<Personal>,
    #[serde(default)]
    company: Personal,
}

/// In place of a name that has a link in it: whoever ordered in another's name would speak to him from the shop's letter. Signs
/// that only make a name odd stay, since it is by the name that a letter is delivered.
const NO_NAME: &str = "お客";

fn printed(name: &Personal) -> Personal {
    if domain::text::is_like_link(name.reveal()) { Personal::new(NO_NAME) } else { name.clone() }
}

impl Address {
    /// Of a contact as it stands at an order or an account.
    pub fn of_contact(contact: &domain::person::Contact) -> Address {
        let city = Personal::new(format!("{}{}", contact.prefecture.reveal(), contact.city.reveal()));
        Address {
            postcode: contact.postcode.clone(),
            place: vec![city, contact.street.clone(), contact.building.clone()],
            company: Personal::default(),
            name: printed(&contact.name),
        }
    }

    /// Of a record of another shop system: what was sealed there, and the name. None where the bytes are none of ours.
    pub fn of_record(sealed: &[u8], name: Personal) -> Option<Address> {
        let Recorded { postcode, address, company } = serde_json::from_slice(sealed).ok()?;
        Some(Address { postcode, place: address, company, name: printed(&name) })
    }

    /// The postcode's digits.
    pub(crate) fn digits(&self) -> String {
        self.postcode.reveal().nfkc().filter(char::is_ascii_digit).collect()
    }

    /// Parts of the place in which something stands.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &str> {
        self.place.iter().map(|part| part.reveal().trim()).filter(|part| !part.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_not_printed_for_a_name() {
        let name = |name: &str| Address::of_record(b"{}", Personal::new(name)).unwrap_or_default().name;
        for (typed, shown) in
            [("至急 kuri-card.example へ", "お客"), ("山田/佐藤", "山田/佐藤"), ("A.B.Smith", "A.B.Smith")]
        {
            assert_eq!(name(typed).reveal(), shown);
        }
    }
}
