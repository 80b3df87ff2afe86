//! How the owner's command line brings in records of another shop system: sealed on the way in, and nothing is opened.

use crate::{
    BlindIndex, Client, IndexAsk, Request, Response, SealItem, SealedItem, VaultError, client::answered,
};

impl Client {
    /// The blind indexes of values in a file, the newest and the one before, so that persons who are known already are
    /// found. `None` for what cannot be indexed. Roles owner and keeper; at most [`crate::BATCH_ITEMS_MAX`].
    ///
    /// # Errors
    /// See [`Client`].
    pub fn import_index(&self, items: Vec<IndexAsk>) -> Result<Vec<Option<[BlindIndex; 2]>>, VaultError> {
        answered!(self.call(&Request::ImportIndex { items }), IndexedSome)
    }

    /// Seals fields of a file, for new persons and for such as are there already. Roles owner and keeper; at most
    /// [`crate::BATCH_ITEMS_MAX`].
    ///
    /// # Errors
    /// See [`Client`]. [`VaultError::Busy`] where somebody else made one of the persons meanwhile: look again.
    pub fn import_seal(&self, items: Vec<SealItem>) -> Result<Vec<SealedItem>, VaultError> {
        Ok(answered!(self.call(&Request::ImportSeal { items }), Sealed)?.items)
    }
}
