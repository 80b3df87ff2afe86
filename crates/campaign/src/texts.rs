//! What the vault holds a campaign to: the hash of its texts, and the sealed fields that a notice may open.

use sha2::{Digest, Sha256};
use store::{campaign::Text, notice::Source};
use uuid::Uuid;
use vault_api::{Column, Place};

/// SHA-256 of what a campaign says and how fast it goes: what the vault holds the texts against, whenever it opens an address.
pub fn digest(texts: &[Text], pace: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut part = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    part("dozo campaign texts 1");
    part(pace);
    for text in texts {
        for field in [&text.number.to_string(), text.locale.word(), &text.subject, &text.body, &text.concerns]
        {
            part(field);
        }
    }
    hash.finalize().into()
}

/// The sealed columns that a notice opens: the mail address as it was used there, and the name.
pub const fn columns(source: Source) -> [Column; 2] {
    match source {
        Source::Order => [Column::OrdersEmail, Column::OrdersContact],
        Source::Imported => [Column::ImportedMail, Column::ImportedName],
        Source::Customer => [Column::CustomerEmail, Column::CustomerContact],
    }
}

/// What the vault grants for a notice: the places that `post` will show it. A record without a name has one place.
pub fn places(source: Source, row: Uuid, person: Uuid, has_name: bool) -> Vec<Place> {
    let place = |column| Place::new(column, row, person);
    columns(source).into_iter().take(1 + usize::from(has_name)).map(place).collect()
}
