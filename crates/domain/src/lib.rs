//! The shop's rules, and nothing else: no I/O, no clock, no chance, no async.
//!
//! Time and randomness come in as arguments, so that every rule here can be tested as a plain function.
//! State changes have the shape `(state, event) -> Result<state, Refusal>`. Types that hold personal data
//! ([`person`]) have no plain `Debug` and no `Display`.

pub mod allergen;
pub mod allotment;
pub mod card_entry;
pub mod cart;
pub mod catalog;
pub mod csv;
pub mod customer;
pub mod delivery;
pub mod fulfillment;
pub mod ids;
pub mod inquiry;
pub mod letter;
pub mod locale;
pub mod message;
pub mod money;
pub mod news;
pub mod noshi;
pub mod notice;
pub mod nutrition;
pub mod order;
pub mod pan;
pub mod payment;
pub mod person;
pub mod reconciliation;
pub mod search;
pub mod shipping;
pub mod staff;
pub mod stock;
pub mod tax;
pub mod text;

pub use ids::*;
pub use locale::Locale;
pub use money::Yen;

/// Why a state change was refused: the state stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{machine}: {event} is not possible in state {state}")]
pub struct Refusal {
    /// Which state machine refused.
    pub machine: &'static str,
    /// The state it was in.
    pub state: &'static str,
    /// The event that does not fit.
    pub event: &'static str,
}

/// A stored word that no state or kind of ours is called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {kind}: the stored value is not one this version knows")]
pub struct UnknownWord {
    /// The vocabulary that was looked in.
    pub kind: &'static str,
}

/// Declares an enum whose variants have one fixed word each, in the database, in logs and on the wire.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The fixed word for this value, as stored and logged.
            pub const fn word(self) -> &'static str { match self { $($name::$variant => $word),+ } }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownWord;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                match s { $($word => Ok($name::$variant),)+ _ => Err($crate::UnknownWord { kind: stringify!($name) }) }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.word()) }
        }
    };
}
pub(crate) use words;
