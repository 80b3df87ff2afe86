//! Are the ports free? Asked before anything is started, so that the answer is one clear line.

use crate::{house::House, settings::Listen};
use anyhow::{Context, Result, bail};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// The highest first of five neighbouring ports.
pub const HIGHEST_BASE: u16 = u16::MAX - 4;

/// Checks every address and keeps the one that this process itself serves.
///
/// # Errors
/// The first that is taken, by name and port, with the option that chooses others.
pub fn claim(listen: &Listen, house: House, trial: bool) -> Result<TcpListener> {
    let mut kept = None;
    // The first is the shop's; the last is for health and metrics, the only one that a vault by itself has. Those between
    // are of a shop to try.
    let last = listen.all().len() - 1;
    let is_used = |at: usize| at == last || (house != House::Vault && (at == 0 || trial));
    for (_, (name, at)) in listen.all().into_iter().enumerate().filter(|(at, _)| is_used(*at)) {
        match TcpListener::bind(at) {
            Ok(listener) => kept = Some(listener),
            Err(e) if e.kind() == std::io::ErrorKind::AddrInUse => {
                bail!("port {} for the {name} is taken; choose others with --base-port", at.port())
            }
            Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => bail!(
                "port {} for the {name} is for root alone, as all below 1024: start as root with --users, or choose another \
                 under [listen] in dozo.toml",
                at.port()
            ),
            Err(e) => return Err(e).with_context(|| format!("cannot listen on {at} for the {name}")),
        }
    }
    kept.context("no address to listen on")
}

/// Five free ports on loopback, chosen by the kernel.
///
/// # Errors
/// As the kernel says.
pub fn any_free() -> Result<Listen> {
    // All are held at once, so that the kernel gives five different ones.
    let held = (0..5)
        .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
        .collect::<std::io::Result<Vec<_>>>()
        .context("no free port")?;
    let at = |n: usize| -> Result<SocketAddr> { held[n].local_addr().context("no address") };
    Ok(Listen { shop: at(0)?, pay: at(1)?, mail: at(2)?, smtp: at(3)?, status: at(4)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_ports_fit_above_the_highest_base() {
        assert_eq!(Listen::from_base(HIGHEST_BASE).status.port(), u16::MAX);
    }

    #[test]
    fn a_taken_port_is_named() {
        let free = any_free().unwrap();
        let _thief = TcpListener::bind(free.mail).unwrap();
        claim(&free, House::Vault, true).unwrap();
        claim(&free, House::Whole, false).unwrap();
        let told = claim(&free, House::Whole, true).unwrap_err().to_string();
        assert!(
            told.contains(&free.mail.port().to_string())
                && told.contains("mail viewer")
                && told.contains("--base-port"),
            "{told}"
        );
    }
}
