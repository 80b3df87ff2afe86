//! Where the shop's and the processor's names lead, and the certificates that answer there.
//!
//! Whoever turns a name elsewhere, or answers with a certificate of his own, has customers before the shop has them. What is
//! right stands in the settings, or is what was seen before: a change is told for an hour and then taken for good. A
//! certificate that is renewed near its end, by whom it was issued before, is nothing.

use crate::{
    book::replace,
    finding::{AddressFault, Finding, Place},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use ledger::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs},
    path::{Path, PathBuf},
    time::Duration,
};

/// A certificate with fewer days left is a finding; of one that lives shortly, with less than a quarter of its life, which is
/// less than is left when it is renewed.
const DAYS_LEFT_MIN: i64 = 14;
/// For so long a change is told; then it is what is compared with.
const CHANGE_STANDS: SignedDuration = SignedDuration::from_hours(1);
/// How long a connection may take.
const TIME: Duration = Duration::from_secs(5);
/// The most networks that are remembered of one name.
const NETWORKS_MAX: usize = 64;
/// What was seen before, in the watch's folder.
const FILE: &str = "addresses.json";

/// A name that is looked at.
#[derive(Clone)]
pub struct Address {
    /// Whose it is.
    pub place: Place,
    /// The name, as customers' browsers look for it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Who may answer there.
    pub trust: outbound::Trust,
    /// The addresses that it is to lead to; with none, those seen before count.
    pub addresses: Vec<IpAddr>,
    /// The chain of certificates that the house obtained by itself, a PEM file, where it does: that one may change at any time.
    pub own: Option<PathBuf>,
}

impl Address {
    fn is_own(&self, der: &tls::CertificateDer<'_>) -> bool {
        let text = self.own.as_ref().and_then(|path| fs::read_to_string(path).ok());
        text.and_then(|text| tls::certificate(&text).ok()).is_some_and(|own| own == *der)
    }
}

/// What was seen of a name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    networks: BTreeSet<String>,
    certificate: Option<Certificate>,
}

/// A certificate, by SHA-256 of what tells it apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Certificate {
    issuer: String,
    key: String,
    from: Timestamp,
    until: Timestamp,
}

/// Looks there.
pub(crate) struct Addresses {
    all: Vec<Address>,
    file: PathBuf,
    known: BTreeMap<String, Known>,
    /// Since when something differs from what is known.
    changed: BTreeMap<(String, AddressFault), Timestamp>,
    resolve: fn(&str, u16) -> BTreeSet<IpAddr>,
}

impl Addresses {
    pub(crate) fn new(all: Vec<Address>, dir: &Path) -> Addresses {
        let file = dir.join(FILE);
        let known = fs::read(&file).ok().and_then(|text| serde_json::from_slice(&text).ok());
        Addresses { all, file, known: known.unwrap_or_default(), changed: BTreeMap::new(), resolve }
    }

    /// What is wrong at `now`. Where nobody answers, nothing is said: that is another's business.
    pub(crate) fn look(&mut self, now: Timestamp) -> BTreeSet<Finding> {
        let mut found = BTreeSet::new();
        for address in self.all.clone() {
            let resolved = (self.resolve)(&address.host, address.port);
            let mut faults = self.judge_networks(&address, &resolved, now);
            for at in resolved {
                match certificate(&address, at) {
                    Ok(Some(der)) => faults.extend(self.judge_certificate(&address, &der, now, &mut found)),
                    // The handshake itself was refused: chain, name or time.
                    Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                        faults.insert(AddressFault::Refused);
                    }
                    Ok(None) | Err(_) => continue,
                }
                break;
            }
            found.extend(faults.into_iter().map(|fault| Finding::Address { place: address.place, fault }));
        }
        found
    }

    fn judge_networks(
        &mut self,
        address: &Address,
        resolved: &BTreeSet<IpAddr>,
        now: Timestamp,
    ) -> BTreeSet<AddressFault> {
        let wanted = &address.addresses;
        if !wanted.is_empty() {
            let elsewhere = resolved.iter().any(|at| !wanted.contains(at));
            return elsewhere.then_some(AddressFault::Elsewhere).into_iter().collect();
        }
        let seen: BTreeSet<String> = resolved.iter().map(|at| network(address.place, *at)).collect();
        let known = self.known.entry(address.host.clone()).or_default();
        let is_new = seen.iter().any(|network| !known.networks.contains(network));
        let first = known.networks.is_empty();
        if self.stands(&address.host, AddressFault::Moved, is_new && !first, now) {
            return BTreeSet::from([AddressFault::Moved]);
        }
        if is_new {
            let known = self.known.entry(address.host.clone()).or_default();
            if known.networks.len() + seen.len() > NETWORKS_MAX {
                known.networks.clear();
            }
            known.networks.extend(seen);
            self.keep();
        }
        BTreeSet::new()
    }

    fn judge_certificate(
        &mut self,
        address: &Address,
        der: &tls::CertificateDer<'_>,
        now: Timestamp,
        found: &mut BTreeSet<Finding>,
    ) -> BTreeSet<AddressFault> {
        let Some(facts) = tls::facts(der) else { return BTreeSet::from([AddressFault::Refused]) };
        let life = facts.until.duration_since(facts.from);
        if facts.until.duration_since(now) < SignedDuration::from_hours(24 * DAYS_LEFT_MIN).min(life / 4) {
            let day = facts.until.to_zoned(TimeZone::fixed(jiff::tz::offset(9))).date().to_string();
            found.insert(Finding::CertificateEnds { place: address.place, day });
        }
        // Whoever serves many from many machines has many certificates.
        if address.place == Place::Processor {
            return BTreeSet::new();
        }
        let sha256 = |bytes: &[u8]| hex(&Sha256::digest(bytes));
        let tls::Facts { from, until, issuer, key, .. } = facts;
        let seen = Certificate { issuer: sha256(issuer), key: sha256(key), from, until };
        let before = self.known.get(&address.host).and_then(|known| known.certificate.clone());
        let other_issuer = before.as_ref().is_some_and(|before| before.issuer != seen.issuer);
        let other_key = before.as_ref().is_some_and(|before| before.key != seen.key && !is_due(before, now))
            && !address.is_own(der);
        let mut faults = BTreeSet::new();
        for (fault, so) in
            [(AddressFault::OtherIssuer, other_issuer), (AddressFault::OtherKey, other_key && !other_issuer)]
        {
            if self.stands(&address.host, fault, so, now) {
                faults.insert(fault);
            }
        }
        if faults.is_empty() && before.as_ref() != Some(&seen) {
            self.known.entry(address.host.clone()).or_default().certificate = Some(seen);
            self.keep();
        }
        faults
    }

    /// Whether a change is still told.
    fn stands(&mut self, host: &str, fault: AddressFault, so: bool, now: Timestamp) -> bool {
        let key = (host.to_owned(), fault);
        if !so {
            self.changed.remove(&key);
            return false;
        }
        let since = *self.changed.entry(key.clone()).or_insert(now);
        let stands = now.duration_since(since) < CHANGE_STANDS;
        if !stands {
            self.changed.remove(&key);
        }
        stands
    }

    fn keep(&self) {
        if let Err(error) = replace(&self.file, &self.known) {
            tracing::error!(kind = %error.kind(), "the watch cannot keep what it saw of addresses");
        }
    }
}

/// Whether a certificate is to be renewed: two thirds of its life are over.
fn is_due(certificate: &Certificate, now: Timestamp) -> bool {
    let Certificate { from, until, .. } = certificate;
    until.duration_since(now) * 3 < until.duration_since(*from)
}

/// What is compared: of the shop the address; of a processor, whose names lead to many machines, the network.
fn network(place: Place, at: IpAddr) -> String {
    match (place, at) {
        (Place::Shop, at) => at.to_string(),
        (Place::Processor, IpAddr::V4(at)) => format!("{}.{}.0.0/16", at.octets()[0], at.octets()[1]),
        (Place::Processor, IpAddr::V6(at)) => format!("{:x}:{:x}::/32", at.segments()[0], at.segments()[1]),
    }
}

/// By this machine's own resolver.
fn resolve(host: &str, port: u16) -> BTreeSet<IpAddr> {
    if outbound::is_localhost(host) {
        return BTreeSet::from([Ipv4Addr::LOCALHOST.into()]);
    }
    let found = (host, port).to_socket_addrs();
    found.map(|all| all.map(|at| at.ip()).collect()).unwrap_or_default()
}

fn certificate(address: &Address, at: IpAddr) -> io::Result<Option<tls::CertificateDer<'static>>> {
    let socket = TcpStream::connect_timeout(&SocketAddr::from((at, address.port)), TIME)?;
    socket.set_read_timeout(Some(TIME))?;
    socket.set_write_timeout(Some(TIME))?;
    let config = address.trust.client().map_err(io::Error::other)?;
    let stream = tls::connect(&config, &address.host, socket)?;
    let chain = stream.conn.peer_certificates().unwrap_or_default();
    Ok(chain.first().map(|first| first.clone().into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        net::TcpListener,
        sync::{Arc, Mutex},
    };

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    /// A shop that shows the certificate that lies there.
    fn shop(shown: &Arc<Mutex<Arc<tls::ServerConfig>>>) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, shown) = (listener.local_addr().unwrap().port(), Arc::clone(shown));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let config = Arc::clone(&shown.lock().unwrap());
                let _ = tls::accept(&config, stream);
            }
        });
        port
    }

    fn issued(by: &tls::Authority, days: i64) -> Arc<tls::ServerConfig> {
        let key = tls::Key::new().unwrap();
        let own =
            by.issue(&key.public(), "shop.localhost", tls::Use::Server, Timestamp::now(), DAY * days as i32);
        key.identity(own.unwrap()).server(&[]).unwrap()
    }

    fn kinds(found: &BTreeSet<Finding>) -> Vec<&'static str> {
        found.iter().map(|finding| finding.words().0).collect()
    }

    #[test]
    fn a_certificate_that_ends_changes_or_is_anothers_is_a_finding() {
        let dir = tempfile::tempdir().unwrap();
        // The handshake reckons by the real clock.
        let now = Timestamp::now();
        let (one, other) =
            (tls::Authority::new("Test", now).unwrap(), tls::Authority::new("Other", now).unwrap());
        let shown = Arc::new(Mutex::new(issued(&one, 90)));
        let port = shop(&shown);
        let pem = tls::to_pem(one.certificate()) + &tls::to_pem(other.certificate());
        let trust = outbound::Trust::from_pem(&pem).unwrap();
        let own = dir.path().join("chain.pem");
        let address = Address {
            place: Place::Shop,
            host: "shop.localhost".into(),
            port,
            trust,
            addresses: Vec::new(),
            own: Some(own.clone()),
        };
        let mut watched = Addresses::new(vec![address.clone()], dir.path());
        assert!(watched.look(now).is_empty() && watched.look(now + DAY * 40).is_empty());
        // Renewed when it is due: nothing. Long before: somebody else may hold a key for the name.
        *shown.lock().unwrap() = issued(&one, 90);
        assert!(watched.look(now + DAY * 61).is_empty());
        *shown.lock().unwrap() = issued(&one, 90);
        assert_eq!(kinds(&watched.look(now)), ["certificate_other_key"]);
        assert!(watched.look(now + CHANGE_STANDS).is_empty(), "it is the one to compare with by then");
        assert!(Addresses::new(vec![address.clone()], dir.path()).look(now).is_empty());
        *shown.lock().unwrap() = issued(&other, 90);
        assert_eq!(kinds(&watched.look(now + DAY * 89)), ["certificate_other_issuer", "certificate_ends"]);
        // One that was obtained here, because the authority wanted that, is no stranger's.
        let mut watched = Addresses::new(vec![address.clone()], dir.path());
        let key = tls::Key::new().unwrap();
        let early = one.issue(&key.public(), "shop.localhost", tls::Use::Server, now, DAY * 90).unwrap();
        *shown.lock().unwrap() = key.identity(early.clone()).server(&[]).unwrap();
        assert_eq!(kinds(&watched.look(now)), ["certificate_other_key"]);
        fs::write(&own, tls::to_pem(&early)).unwrap();
        assert!(watched.look(now).is_empty());
        let stranger = tls::Authority::new("Test", now).unwrap();
        *shown.lock().unwrap() = issued(&stranger, 90);
        assert_eq!(kinds(&watched.look(now)), ["certificate_refused"]);
        *shown.lock().unwrap() = issued(&one, 90);
        let elsewhere = Address { addresses: vec!["203.0.113.7".parse().unwrap()], ..address };
        let found = kinds(&Addresses::new(vec![elsewhere], dir.path()).look(now));
        assert!(found.contains(&"address_elsewhere"), "{found:?}");
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_told_for_a_while() {
        let dir = tempfile::tempdir().unwrap();
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let authority = tls::Authority::new("Test", now).unwrap();
        let trust = outbound::Trust::from_pem(&tls::to_pem(authority.certificate())).unwrap();
        let address = |place, host: &str| Address {
            place,
            host: host.into(),
            // Nobody answers on this machine's own addresses: only where the name leads is looked at.
            port: 9,
            trust: trust.clone(),
            addresses: Vec::new(),
            own: None,
        };
        let all = vec![address(Place::Shop, "shop.example"), address(Place::Processor, "pay.example")];
        let mut watched = Addresses::new(all, dir.path());
        watched.resolve = |host, _| match host {
            "shop.example" => BTreeSet::from([IpAddr::from([127, 0, 2, 1])]),
            _ => BTreeSet::from([IpAddr::from([127, 51, 100, 1])]),
        };
        assert!(watched.look(now).is_empty(), "what is seen first is what is compared with");
        // Another machine of the processor's; the shop has but one.
        watched.resolve = |host, _| match host {
            "shop.example" => BTreeSet::from([IpAddr::from([127, 0, 2, 2])]),
            _ => BTreeSet::from([IpAddr::from([127, 51, 77, 9])]),
        };
        let moved = |place| Finding::Address { place, fault: AddressFault::Moved };
        assert_eq!(watched.look(now), BTreeSet::from([moved(Place::Shop)]));
        watched.resolve = |host, _| match host {
            "shop.example" => BTreeSet::from([IpAddr::from([127, 0, 2, 2])]),
            _ => BTreeSet::from([IpAddr::from([127, 52, 113, 7])]),
        };
        let later = now + SignedDuration::from_mins(30);
        assert_eq!(watched.look(later), BTreeSet::from([moved(Place::Shop), moved(Place::Processor)]));
        assert_eq!(watched.look(now + CHANGE_STANDS), BTreeSet::from([moved(Place::Processor)]));
        assert!(watched.look(later + CHANGE_STANDS).is_empty());
        watched.resolve = |_, _| BTreeSet::new();
        assert!(watched.look(later).is_empty(), "no answer is no change");
    }
}
