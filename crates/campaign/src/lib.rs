//! Campaigns in the making: whom the facts of an incident concern, what each is told, and at which address. The back office
//! and the owner's command line plan with it; `post` sends what was planned.
//!
//! Nothing is opened here: an address is named by the row in which it stands sealed. Nothing is sent, either: a plan waits
//! for two persons' approval at the vault.

mod address;
pub mod letters;
mod pace;
mod plan;
mod read;
mod texts;
mod write;

pub use desk::notice::{CODE, NAME};
pub use pace::{NoPace, OTHERS, PER_MINUTE_MAX, Pace, USUAL};
pub use plan::{Plan, Unplanned, Wish};
pub use read::{Current, current, findings, history, told};
pub use texts::{columns, digest, places};
pub use write::Planned;
