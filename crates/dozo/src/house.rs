//! Which part of the house is on this machine: all of it, all but the vault, or the vault alone. `[vault]` of `dozo.toml`
//! says so, and `docs/guide` how the vault moves.

use crate::{processes::Name, settings::Settings};

/// A part of the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum House {
    /// Everything on one machine.
    Whole,
    /// All but the vault, which the relay reaches on another machine.
    Shop,
    /// The vault, and the relay before it.
    Vault,
}

impl House {
    /// What the settings say.
    pub fn of(settings: &Settings) -> House {
        match (&settings.vault.remote, settings.vault.listen) {
            (Some(_), _) => House::Shop,
            (None, Some(_)) => House::Vault,
            (None, None) => House::Whole,
        }
    }

    /// Whether a process runs here, beside those that only the demo has.
    pub fn runs(self, name: Name) -> bool {
        match self {
            House::Whole => name != Name::Relay,
            House::Shop => name != Name::Vault,
            House::Vault => matches!(name, Name::Vault | Name::Relay),
        }
    }

    /// Where the rooms of this machine find the vault.
    pub fn vault_socket(self) -> &'static str {
        match self {
            House::Whole | House::Vault => crate::processes::VAULT_SOCKET,
            House::Shop => "run/relay/vault.sock",
        }
    }

    /// Who keeps the door of that socket.
    pub fn doorkeeper(self) -> Name {
        if self == House::Shop { Name::Relay } else { Name::Vault }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_process_is_nowhere_and_the_vault_is_in_one_place() {
        let mut settings = Settings::demo(8080);
        assert_eq!(House::of(&settings), House::Whole);
        settings.vault.listen = "0.0.0.0:8470".parse().ok();
        assert_eq!(House::of(&settings), House::Vault);
        settings.vault =
            crate::settings::Place { remote: Some("vault.example:8470".into()), ..Default::default() };
        assert_eq!(House::of(&settings), House::Shop);
        for name in Name::ALL {
            let (shop, vault) = (House::Shop.runs(name), House::Vault.runs(name));
            assert!(
                shop != vault || name == Name::Relay,
                "{name}: on one of two machines, the relay on both"
            );
            assert_eq!(House::Whole.runs(name), name != Name::Relay);
        }
        assert_eq!(House::Shop.vault_socket(), "run/relay/vault.sock");
    }
}
