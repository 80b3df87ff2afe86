//! Grants of mails about accounts: what the vault hands to `post`, through `web` and the database, which cannot read it.
//!
//! Sealed by the vault, all of one length whatever they say and whomever they go to. A grant stands for one mail: it
//! opens for one row of the outbox, so many times, for three days.

use crate::{
    clock::DAY_MS,
    crypto::{CryptoError, Wrapper, random},
    entry::Kind,
    grant::OPENS_PER_MESSAGE_MAX,
    house::{Asked, Done, Fault, House},
    store::ACCOUNT_MESSAGES,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vault_api::{AccountMessage, AccountMessageKind, LinkToken, Reason, Response, Secret};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const CONTEXT: &[u8] = b"dozo account message grant 1";
/// Bytes of the inside of each grant: more than the longest address needs.
const INSIDE_BYTES: usize = 384;
/// How long a mail may be tried.
const GRANT_MS: i64 = 3 * DAY_MS;

/// The inside of a grant. Personal and secret.
#[derive(Serialize, Deserialize)]
struct AccountGrant {
    id: Uuid,
    kind: AccountMessageKind,
    to: Secret,
    link: Option<LinkToken>,
    link_hours: u32,
    /// Whose account; nobody's where the address has none.
    person: Option<Uuid>,
    expires_at_ms: i64,
}

/// What is remembered of a grant that was opened.
#[derive(Serialize, Deserialize)]
struct Opened {
    message: Uuid,
    opens: u32,
    expires_at_ms: i64,
}

impl House {
    /// A grant for one mail; `link` with the hours that it works.
    pub(crate) fn account_grant(
        &self,
        asked: Asked,
        kind: AccountMessageKind,
        to: &str,
        link: Option<(&[u8; 32], u32)>,
        person: Option<Uuid>,
    ) -> Done<Vec<u8>> {
        let grant = AccountGrant {
            id: Uuid::from_bytes(*random::<16>()?),
            kind,
            to: Secret::new(to),
            link: link.map(|(token, _)| LinkToken::from_bytes(*token)),
            link_hours: link.map_or(0, |(_, hours)| hours),
            person,
            expires_at_ms: asked.now_ms + GRANT_MS,
        };
        seal(&self.keys.ring().grant, &grant)
    }

    pub(crate) fn open_account_message(&self, asked: Asked, grant: &[u8], message: Uuid) -> Done {
        let grant = open(&self.keys.ring().grant, grant).filter(|g| g.expires_at_ms > asked.now_ms);
        let grant = grant.ok_or(Reason::Grant)?;
        let mut entry = asked.entry(Kind::Unseal);
        entry.purpose = Some("message".into());
        entry.message = Some(message);
        entry.person = grant.person;
        self.store.write(|tx| {
            let opens = match tx.get::<Opened>(ACCOUNT_MESSAGES, grant.id.as_bytes())? {
                None => 0,
                Some(o) if o.message == message && o.opens < OPENS_PER_MESSAGE_MAX => o.opens,
                Some(_) => return Err(Fault::from(Reason::Grant)),
            };
            let opened = Opened { message, opens: opens + 1, expires_at_ms: grant.expires_at_ms };
            Ok(tx.put(ACCOUNT_MESSAGES, grant.id.as_bytes(), &opened)?)
        })?;
        self.write(&entry)?;
        let AccountGrant { kind, to, link, link_hours, .. } = grant;
        Ok(Response::AccountMessage(AccountMessage { kind, to, link, link_hours }))
    }

    /// Forgets grants that open no more.
    pub(crate) fn sweep_account_messages(&self, now_ms: i64) -> Result<(), redb::Error> {
        let all = self.store.all::<Opened>(ACCOUNT_MESSAGES)?;
        let ended: Vec<_> = all.iter().filter(|(_, o)| o.expires_at_ms <= now_ms).collect();
        if ended.is_empty() {
            return Ok(());
        }
        self.store.write(|tx| ended.iter().try_for_each(|(id, _)| tx.remove(ACCOUNT_MESSAGES, id)))
    }
}

fn seal(key: &Wrapper, grant: &AccountGrant) -> Done<Vec<u8>> {
    // Written into its full length at once: a buffer that grows would leave copies behind.
    let mut inside = Zeroizing::new(vec![0; INSIDE_BYTES]);
    postcard::to_slice(grant, &mut inside).map_err(|_| CryptoError)?;
    let mut out = vec![VERSION];
    out.extend(key.wrap(CONTEXT, inside)?);
    Ok(out)
}

fn open(key: &Wrapper, bytes: &[u8]) -> Option<AccountGrant> {
    let (version, rest) = bytes.split_first()?;
    if *version != VERSION {
        return None;
    }
    let inside = key.unwrap(CONTEXT, rest).ok()?;
    postcard::take_from_bytes(&inside).ok().map(|(grant, _)| grant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> Wrapper {
        Wrapper::new(&[(1, Zeroizing::new([3; 32]))]).unwrap()
    }

    fn grant(to: &str, link: Option<[u8; 32]>) -> AccountGrant {
        AccountGrant {
            id: Uuid::from_u128(1),
            kind: AccountMessageKind::Register,
            to: Secret::new(to),
            link: link.map(LinkToken::from_bytes),
            link_hours: 24,
            person: link.map(|_| Uuid::from_u128(2)),
            expires_at_ms: i64::MAX,
        }
    }

    proptest! {
        #[test]
        fn opaque_whole_and_of_one_length(
            local in "[a-z]{1,242}",
            link: Option<[u8; 32]>,
            at: prop::sample::Index,
            bit in 0..8u8,
        ) {
            let to = format!("{local}@example.jp");
            let Ok(mut bytes) = seal(&key(), &grant(&to, link)) else { panic!("not sealed") };
            let Ok(other) = seal(&key(), &grant("a@b.jp", None)) else { panic!("not sealed") };
            prop_assert_eq!(bytes.len(), other.len());
            prop_assert!(!bytes.windows(10).any(|w| w == b"example.jp"));
            let opened = open(&key(), &bytes).unwrap();
            prop_assert!(opened.to.reveal() == to && opened.link.is_some() == link.is_some());
            let at = at.index(bytes.len());
            bytes[at] ^= 1u8 << bit;
            prop_assert!(open(&key(), &bytes).is_none());
        }
    }
}
