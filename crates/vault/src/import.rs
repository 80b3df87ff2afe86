//! Records of another shop system, which the owner brings in. Each part of a file has its entries on the ledger.

use crate::{
    entry::{Fill, Kind},
    house::{Asked, Done, House},
    records::check_count,
};
use vault_api::{IndexAsk, Response, Role, SealItem, VALUE_BYTES_MAX};

impl House {
    /// The blind indexes of values; whoever asks brought them along.
    pub(crate) fn import_index(&self, asked: Asked, items: &[IndexAsk]) -> Done {
        check_count(items.len())?;
        let index = |ask: &IndexAsk| {
            let value = ask.value.reveal();
            (value.len() <= VALUE_BYTES_MAX).then(|| self.keys.blind_indexes(ask.field, value)).flatten()
        };
        let indexes = items.iter().map(index).collect();
        self.write(&asked.entry(Kind::Index).fields(items.iter().map(|i| i.field)))?;
        Ok(Response::IndexedSome(indexes))
    }

    /// Seals for anybody, as the owner may.
    pub(crate) fn import_seal(&self, asked: Asked, items: Vec<SealItem>) -> Done {
        self.seal(Asked { role: Role::Owner, ..asked }, None, items)
    }
}
