//! Which processes there are, in which order they stop, and what each is given.

use crate::settings::Settings;
use anyhow::{Context, Result};
use std::{fmt, path::Path};
use telemetry::Life;

/// A process of the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Name {
    /// Keys, sealing, verifiers, ledger.
    Vault,
    /// A payment processor to develop against (demo only).
    Sandbox,
    /// Takes and shows the demo's mail (demo only).
    Mailbox,
    /// Talks to the payment processor.
    Till,
    /// Storefront and back office.
    Web,
    /// Mail.
    Post,
    /// The edge.
    Gate,
    /// Looks from outside.
    Watch,
}

impl Name {
    /// The name in commands, logs and sockets.
    pub const fn word(self) -> &'static str {
        match self {
            Name::Vault => "vault",
            Name::Sandbox => "sandbox",
            Name::Mailbox => "mailbox",
            Name::Till => "till",
            Name::Web => "web",
            Name::Post => "post",
            Name::Gate => "gate",
            Name::Watch => "watch",
        }
    }

    /// Lower stops earlier: the watch first (it would cry wolf), then the door, the vault last.
    pub const fn stops_at(self) -> u8 {
        match self {
            Name::Watch => 0,
            Name::Gate => 1,
            Name::Web => 2,
            Name::Post => 3,
            Name::Till => 4,
            Name::Mailbox | Name::Sandbox => 5,
            Name::Vault => 6,
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
