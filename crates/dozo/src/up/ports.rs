//! Are the ports free? Asked before anything is started, so that the answer is one clear line.

use crate::{house::House, settings::Listen};
use anyhow::{Context, Result, bail, ensure};
use std::{
    hash::{BuildHasher, Hasher, RandomState},
    net::{Ipv4Addr, SocketAddr, TcpListener},
};

/// The highest first of five neighbouring ports.
pub const HIGHEST_BASE: u16 = u16::MAX - 4;
/// Any that are free are looked for from here on.
const FIRST_FREE: u16 = 10_000;

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

/// Five free ports on loopback. None of those that the kernel gives to outgoing connections: a child listens a while after
/// its port was chosen here, and one of them could be taken by then.
///
/// # Errors
/// Where there are none.
pub fn any_free() -> Result<Listen> {
    let all = FIRST_FREE..first_outgoing();
    ensure!(all.len() > 5, "no free port below {}", all.end);
    // Several shops that are started at once begin at different places (RandomState is seeded by the system).
    let start = RandomState::new().build_hasher().finish() as usize % all.len();
    let free = all.clone().cycle().skip(start).take(all.len()).filter_map(|port| {
        // All are held at once, so that they are different.
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()
    });
    let held: Vec<TcpListener> = free.take(5).collect();
    let at = |n: usize| -> Result<SocketAddr> { Ok(held.get(n).context("no free port")?.local_addr()?) };
    Ok(Listen { shop: at(0)?, pay: at(1)?, mail: at(2)?, smtp: at(3)?, status: at(4)? })
}

/// Where the ports begin that the kernel gives to outgoing connections (`ip_local_port_range`, ip(7)).
fn first_outgoing() -> u16 {
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    range.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or(32_768)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_ports_fit_above_the_highest_base() {
        assert_eq!(Listen::from_base(HIGHEST_BASE).status.port(), u16::MAX);
    }

    #[test]
    fn free_ports_are_different_and_none_that_a_connection_could_take() {
        let free = any_free().unwrap();
        let ports: std::collections::BTreeSet<u16> = free.all().iter().map(|(_, at)| at.port()).collect();
        assert!(ports.len() == 5 && ports.iter().all(|port| (FIRST_FREE..first_outgoing()).contains(port)));
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
