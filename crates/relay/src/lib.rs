//! The vault on a second machine: two ends of one way, between which frames travel under mutual TLS.
//!
//! [`near`] runs on the shop's machine and offers the vault's socket to `web`, `post` and `watch`, with the vault's own
//! rules of who may speak in which role. [`far`] runs beside the vault, and speaks to it in the role that stands in the
//! caller's certificate, and in no other. Frames are passed on unread.
//!
//! Invariants: nobody is the owner or the keeper over this way; a role is what the authority of the vault's machine
//! signed, never what the caller says; a private key is used on the machine that made it, but for the first day.

mod far;
mod near;
mod papers;
mod places;

pub use far::Far;
pub use near::Near;
pub use papers::{Papers, enrol};

use std::{net::TcpStream, time::Duration};
use tls::CertificateDer;
use vault_api::Role;

/// The roles that may be spoken from another machine, with the word of each.
pub const ROLES: [(Role, &str); 3] = [(Role::Web, "web"), (Role::Post, "post"), (Role::Watch, "watch")];

/// The name of the vault's end in its certificate; no name of the network, whatever the machine is called there.
const VAULT: &str = "vault.dozo.internal";
/// Passing frames on (ALPN).
const PASS: &[u8] = b"dozo-vault/1";
/// Asking for a new certificate: 32 bytes of a public key one way, a certificate the other.
const RENEW: &[u8] = b"dozo-renew/1";

/// How long a connection may take to be made and believed.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// How long a silent way is left alone before it is asked whether it is still there, and then between two questions.
const SILENCE: Duration = Duration::from_secs(30);
/// How long what was sent may go without a sign that it arrived.
const UNHEARD_MS_MAX: u32 = 10_000;

/// The name in the certificate of who speaks in a role.
fn name_of(role: &str) -> String {
    format!("{role}.dozo.internal")
}

/// The role that a certificate is for.
fn role_of(certificate: &CertificateDer<'_>) -> Option<Role> {
    let found = ROLES.iter().find(|(_, word)| tls::is_for(certificate, &name_of(word)));
    found.map(|(role, _)| *role)
}

/// A connection that notices when the other machine or the way to it is gone, and holds nothing back.
fn prepare(stream: &TcpStream) -> std::io::Result<()> {
    use rustix::net::sockopt as set;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(HANDSHAKE))?;
    stream.set_write_timeout(Some(HANDSHAKE))?;
    set::set_socket_keepalive(stream, true)?;
    set::set_tcp_keepidle(stream, SILENCE)?;
    set::set_tcp_keepintvl(stream, SILENCE)?;
    set::set_tcp_user_timeout(stream, UNHEARD_MS_MAX)?;
    Ok(())
}

#[cfg(test)]
mod tests;
