//! What lies outside of the house and is looked at by https://: names with their certificates, and a browser's way there.

use super::{Name, run_dir};
use crate::settings::Settings;
use anyhow::Result;
use std::path::Path;

/// The names whose addresses and certificates the watch looks at: those that are reached by https://.
pub fn addresses(s: &Settings) -> Result<Vec<watch::address::Address>> {
    let trust = super::shops_trust(s)?;
    let obtained = s.tls.as_ref().is_some_and(|tls| tls.acme.is_some());
    let own = obtained.then(|| run_dir(Name::Acme).join(acme::CHAIN));
    let names = s.tls.iter().flat_map(|tls| tls.names()).zip(trust.iter().cycle());
    let shop = names.map(|(host, trust)| watch::address::Address {
        place: watch::Place::Shop,
        host: host.clone(),
        port: s.listen.shop.port(),
        trust: trust.clone(),
        addresses: s.watch.addresses.clone(),
        own: own.clone(),
    });
    let mut all: Vec<_> = shop.collect();
    let Some(processor) = &s.processor else { return Ok(all) };
    // As customers' browsers believe; `ca_file` is for the API alone.
    let trust = outbound::Trust::system()?;
    let places = processor.pages.iter().filter_map(|page| crate::settings::webhook_at(page));
    all.extend(places.filter(|(scheme, ..)| scheme == "https").map(|(_, host, port)| {
        watch::address::Address {
            place: watch::Place::Processor,
            host,
            port,
            trust: trust.clone(),
            addresses: Vec::new(),
            own: None,
        }
    }));
    Ok(all)
}

/// A shop at `origin`, where that is https://, whose certificate the authority in this file signed.
pub fn private(origin: &str, ca_file: &Path) -> Result<Option<eyes::Private>> {
    let at = crate::settings::webhook_at(origin).filter(|(scheme, ..)| scheme == "https");
    at.map(|(_, host, port)| Ok(eyes::Private { host, port, trust: super::trust_in(ca_file)? })).transpose()
}
