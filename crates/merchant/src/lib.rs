//! What a merchant has written down of his shop, in files of a folder: who he is, what he sells, where his stores are.
//!
//! [`read`] reads and checks all of them and says everything that is wrong, with file and line; [`write`] puts them into the
//! database. The demo shop is such a folder, too, as a part of the program: there is one reader for both. Nothing here is a
//! customer's.

mod check;
mod fault;
mod food;
mod goods;
mod picture;
mod read;
mod shop;
mod text;
mod write;

pub use fault::Fault;
pub use food::{Food, Label, NUTRITION_SOURCE, Part};
pub use goods::{Category, News, Product, Storage, Tag, UnknownStorage, Variant};
pub use picture::{Drawn, NotDrawn, Picture, svg};
pub use read::{FILES, Files, Folder, Merchant, PICTURES, SHOP, read, shop};
pub use shop::{Leaves, LegalItem, Postage, Shop, ShopArt, Store, Terminal, Transit};
pub use text::Text;
pub use write::{When, refresh, write};
