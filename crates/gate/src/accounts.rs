//! Paces of one account: what is tried at one mail address (signing in, a new password, messages to the shop) by one client,
//! and ten times as much by all together; and how often one visit sets out for a payment. And how often one client has mails about
//! accounts sent, to whatever addresses.
//!
//! Kept under a hash with a key that nobody knows; nothing of it is written down.

use crate::{
    limits::{Limits, Rate},
    rate::{Limiter, wide_key},
    refusal::Refusal,
};
use site::{Route, account::ASKS};
use std::{
    hash::{BuildHasher, Hash, RandomState},
    net::IpAddr,
    time::Instant,
};

/// The paces.
pub(crate) struct Accounts {
    mail: Option<Limiter>,
    mail_of_all: Option<Limiter>,
    asks: Option<Limiter>,
    payment: Option<Limiter>,
    key: RandomState,
}

impl Accounts {
    pub(crate) fn new(limits: &Limits) -> Accounts {
        let limiter = |rate: Option<Rate>| rate.map(|rate| Limiter::new(rate, limits.addresses_max));
        Accounts {
            mail: limiter(limits.account),
            mail_of_all: limiter(limits.account_all),
            asks: limiter(limits.asks),
            payment: limiter(limits.payment),
            key: RandomState::new(),
        }
    }

    /// Counts a form that fits its route. `mail` is the address typed in it, `visit` the visit's cookie, `client`
    /// who sends it.
    ///
    /// # Errors
    /// [`Refusal::Pace`] where that was too often.
    pub(crate) fn take(
        &self,
        route: &Route,
        mail: Option<&str>,
        visit: Option<&str>,
        client: IpAddr,
    ) -> Result<(), Refusal> {
        if let Some(asks) = self.asks.as_ref().filter(|_| ASKS.contains(&route.id)) {
            asks.take_key(wide_key(client), Instant::now()).map_err(Refusal::Pace)?;
        }
        // Buyers are not held up because somebody else types their address: there the visit counts.
        if route.to_processor {
            return self.count(&self.payment, visit.filter(|visit| !visit.is_empty()));
        }
        let mail = mail.map(|mail| domain::text::fold_width(mail.trim()).to_lowercase());
        let Some(mail) = mail.filter(|mail| !mail.is_empty() && !route.payment_path) else { return Ok(()) };
        // What is refused to one client is not counted against all.
        self.count(&self.mail, Some((&mail, wide_key(client))))?;
        self.count(&self.mail_of_all, Some(&mail))
    }

    fn count(&self, limiter: &Option<Limiter>, who: Option<impl Hash>) -> Result<(), Refusal> {
        let (Some(limiter), Some(who)) = (limiter, who) else { return Ok(()) };
        limiter.take_key(self.key.hash_one(who), Instant::now()).map_err(Refusal::Pace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mail_address_and_one_visit_have_their_paces() {
        let twice = Some(Rate { burst: 2.0, per_s: 0.001 });
        let limits = Limits { account: twice, payment: twice, ..Limits::default() };
        let accounts = Accounts::new(&limits);
        let passes = |route: &str, mail: Option<&str>, visit: Option<&str>| {
            accounts.take(site::route(route).unwrap(), mail, visit, "192.0.2.1".parse().unwrap()).is_ok()
        };
        assert!(passes("sign_in_send", Some("a@b.example"), None));
        assert!(passes("contact_send", Some(" A@B.example "), Some("x")), "the same address");
        assert!(!passes("sign_in_send", Some("ａ@b.example"), Some("y")));
        assert!(passes("sign_in_send", Some("c@b.example"), None), "another");
        for _ in 0..5 {
            assert!(passes("checkout_confirm", Some("a@b.example"), Some("x")), "a buyer's is not counted");
        }
        assert!(passes("checkout_place", Some("a@b.example"), Some("x")));
        assert!(passes("order_pay", None, Some("x")));
        assert!(!passes("checkout_place", Some("d@b.example"), Some("x")), "one visit, many cards");
        assert!(passes("checkout_place", Some("a@b.example"), Some("z")));
    }

    /// A stranger who types somebody's address as often as he may does not keep him out; many together are slowed.
    #[test]
    fn a_stranger_uses_up_his_own_pace_of_an_address() {
        let rate = |burst| Some(Rate { burst, per_s: 0.001 });
        let limits = Limits { account: rate(3.0), account_all: rate(8.0), ..Limits::default() };
        let accounts = Accounts::new(&limits);
        let passes = |client: &str, mail: &str| {
            let client = client.parse().unwrap();
            accounts.take(site::route("sign_in_send").unwrap(), Some(mail), None, client).is_ok()
        };
        let stranger = (0..50).filter(|_| passes("192.0.2.1", "a@b.example")).count();
        assert_eq!(stranger, 3);
        assert!(passes("192.0.2.2", "a@b.example"), "its owner");
        let many = (10..90).filter(|n| passes(&format!("192.0.2.{n}"), "a@b.example")).count();
        assert_eq!(many, 4, "all together");
        assert!(passes("192.0.2.1", "c@b.example"), "another address");
    }

    /// Two clients are not enough to use up what all may ask for, and one has not 256 paces by IPv6.
    #[test]
    fn one_client_has_few_mails_sent_to_whatever_addresses() {
        let limits = Limits { asks: Some(Rate { burst: 10.0, per_s: 0.001 }), ..Limits::default() };
        let accounts = Accounts::new(&limits);
        let asks = |route: &str, n: usize, client: &str| {
            let mail = format!("{n}@b.example");
            accounts.take(site::route(route).unwrap(), Some(&mail), None, client.parse().unwrap()).is_ok()
        };
        for (one, other) in [("192.0.2.1", "192.0.2.2"), ("2001:db8:0:1200::1", "2001:db8:0:1300::1")] {
            assert!((0..10).all(|n| asks(ASKS[n % 2], n, one)));
            assert!(!asks("register_send", 10, one) && !asks("forgot_send", 11, one));
            assert!(asks("sign_in_send", 12, one) && asks("register_send", 13, other));
        }
        assert!(!asks("forgot_send", 14, "2001:db8:0:12ff::2"), "the same /56");
    }
}
