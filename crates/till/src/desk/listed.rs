//! What the processor has of a time, for the comparison with the shop's own books.

use super::{Desk, Done, Fault};
use crate::api::{ListedPage, ListedQuery};

impl Desk {
    /// See [`crate::Client::listed`].
    pub fn listed(&self, query: &ListedQuery) -> Done<ListedPage> {
        let list = self.processor.list(query).map_err(Fault::Call)?;
        let mut items = Vec::with_capacity(list.items.len());
        for (mut item, intent) in list.items {
            if item.order.is_none()
                && let Some(intent) = intent
            {
                item.order = self.book.order_of(&intent)?;
            }
            items.push(item);
        }
        Ok(ListedPage { items, next: list.next })
    }
}
