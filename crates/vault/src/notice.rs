//! One notice: its code, the grant by which `post` may open it, and the check of a code that somebody typed.
//!
//! Of a code the store keeps the hash alone, beside campaign, notice and person. It has 54 bits, fewer than a token: whoever
//! stole the store could find codes by trying, and would learn that such a notice is genuine. Over the socket so many
//! unknown ones are answered that finding one takes years; beyond them the caller is told to come back, and a code that is known is
//! answered all the same.

use crate::{
    campaign,
    clock::SECOND_MS,
    crypto::{CryptoError, Hash, Wrapper, joined, random, sha256},
    entry::{Fill, Kind},
    house::{Asked, Done, Fault, House},
    store::{NOTICE_CODES, Tx},
};
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;
use vault_api::{
    BATCH_ITEMS_MAX, Column, NOTICES_PER_CALL_MAX, NoticeAsk, NoticeCode, NoticeFound, NoticePlan,
    OpenedNotice, Place, Reason, Response, UnsealItem,
};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const CONTEXT: &[u8] = b"dozo notice grant 1";
/// Unknown codes that are answered at once.
pub(crate) const GUESSES_MAX: i64 = 2_000;
/// How many of them a second gives back.
const GUESSES_PER_S: i64 = 20;

/// A notice whose code was drawn. Also the inside of its grant.
#[derive(Serialize, Deserialize)]
pub(crate) struct Coded {
    campaign: Uuid,
    notice: Uuid,
    places: Vec<Place>,
    code: NoticeCode,
}

/// What is kept of a code.
#[derive(Serialize, Deserialize)]
pub(crate) struct Known {
    campaign: Uuid,
    notice: Uuid,
    person: Uuid,
}

/// How many unknown codes were tried of late, by anybody.
#[derive(Default)]
pub(crate) struct Guesses(Mutex<Tried>);

#[derive(Default)]
struct Tried {
    count: i64,
    at_ms: i64,
}

impl Guesses {
    /// Whether one more is told that it is unknown; it is counted then.
    fn try_one(&self, now_ms: i64) -> bool {
        let mut tried = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let back = (now_ms - tried.at_ms).max(0) / SECOND_MS * GUESSES_PER_S;
        if back > 0 {
            (tried.count, tried.at_ms) = ((tried.count - back).max(0), now_ms);
        }
        let may = tried.count < GUESSES_MAX;
        tried.count += i64::from(may);
        may
    }
}

impl Coded {
    /// Draws the code of a notice.
    pub(crate) fn draw(campaign: Uuid, plan: &NoticePlan) -> Done<Coded> {
        let code = NoticeCode::draw(|| random::<1>().map(|byte| byte[0]))?;
        Ok(Coded { campaign, notice: plan.notice, places: plan.places.clone(), code })
    }

    /// Keeps what a check of the code needs.
    pub(crate) fn keep(&self, tx: &Tx<'_>) -> Done<()> {
        let person = self.places.first().map_or(Uuid::nil(), |place| place.person);
        let known = Known { campaign: self.campaign, notice: self.notice, person };
        Ok(tx.put(NOTICE_CODES, &hash_of(&self.code), &known)?)
    }

    /// The grant, for whoever keeps the notice.
    pub(crate) fn grant(&self, key: &Wrapper) -> Done<Vec<u8>> {
        let inside = Zeroizing::new(postcard::to_allocvec(self).map_err(|_| CryptoError)?);
        let mut out = vec![VERSION];
        out.extend(key.wrap(CONTEXT, inside)?);
        Ok(out)
    }

    fn read(key: &Wrapper, grant: &[u8]) -> Option<Coded> {
        let rest = grant.strip_prefix(&[VERSION])?;
        postcard::from_bytes(&key.unwrap(CONTEXT, rest).ok()?).ok()
    }
}

impl House {
    /// Opens notices, all of them or none, after one entry that names each person and row.
    pub(crate) fn open_notices(&self, asked: Asked, id: Uuid, texts: &Hash, notices: Vec<NoticeAsk>) -> Done {
        if notices.len() > NOTICES_PER_CALL_MAX
            || notices.iter().map(|n| n.items.len()).sum::<usize>() > BATCH_ITEMS_MAX
        {
            return Err(Fault::Bad("more notices than are opened at once: split them"));
        }
        let campaign = self.campaign_at(id)?;
        if !campaign.is_approved() || campaign.ended_at_ms.is_some() || campaign.texts != *texts {
            return Err(Reason::Campaign.into());
        }
        let ring = self.keys.ring();
        let mut coded = Vec::with_capacity(notices.len());
        let mut items: Vec<UnsealItem> = Vec::with_capacity(notices.len() * 2);
        for notice in notices {
            let grant = Coded::read(&ring.grant, &notice.grant).filter(|coded| coded.campaign == id);
            let grant = grant.ok_or(Reason::Grant)?;
            if !grant.places.iter().eq(notice.items.iter().map(|item| &item.place)) {
                return Err(Reason::Grant.into());
            }
            coded.push((grant.code, notice.items.len()));
            items.extend(notice.items);
        }
        let mut entry = asked.entry(Kind::Unseal).places(items.iter().map(|item| &item.place));
        let on_paper = items.first().is_some_and(|item| !is_mail_address(item.place.column));
        entry.purpose = Some(if on_paper { "letter" } else { "notice" }.into());
        entry.reason = Some(campaign::name(&campaign.hash).into());
        self.write(&entry)?;
        let mut opened = self.open_items(asked, items)?.into_iter();
        let each = coded
            .into_iter()
            .map(|(code, count)| OpenedNotice { opened: opened.by_ref().take(count).collect(), code });
        Ok(Response::Notices(each.collect()))
    }

    /// Says which notice a code stands in. No entry: nothing of anybody is opened or told.
    pub(crate) fn notice_check(&self, asked: Asked, code: &NoticeCode) -> Done {
        let found = campaign::by_code(self, &hash_of(code))?;
        // A right code is answered whatever others have tried, or strangers could take the check from everybody.
        if found.is_none() && !self.guesses.try_one(asked.now_ms) {
            return Err(Fault::Busy);
        }
        let found = found.map(|known| NoticeFound { campaign: known.campaign, notice: known.notice });
        Ok(Response::NoticeFound(found))
    }
}

/// Whether a notice can go to what stands in a column, by mail or on paper.
pub(crate) fn is_address(column: Column) -> bool {
    is_mail_address(column)
        || matches!(column, Column::OrdersContact | Column::ImportedAddress | Column::CustomerContact)
}

fn is_mail_address(column: Column) -> bool {
    matches!(column, Column::OrdersEmail | Column::ImportedMail | Column::CustomerEmail)
}

fn hash_of(code: &NoticeCode) -> Hash {
    sha256(&joined(&[b"dozo notice code 1", code.reveal()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_unknown_codes_and_then_as_time_gives_them_back() {
        let guesses = Guesses::default();
        for _ in 0..GUESSES_MAX {
            assert!(guesses.try_one(0));
        }
        assert!(!guesses.try_one(999));
        assert!((0..GUESSES_PER_S).all(|_| guesses.try_one(SECOND_MS)));
        assert!(!guesses.try_one(SECOND_MS) && guesses.try_one(2 * SECOND_MS));
    }

    #[test]
    fn a_grant_that_was_changed_does_not_open() {
        let key = Wrapper::new(&[(1, Zeroizing::new([3; 32]))]).unwrap();
        let id = Uuid::from_u128;
        let plan = NoticePlan {
            notice: id(2),
            text: 0,
            places: vec![Place::new(Column::OrdersEmail, id(3), id(4))],
        };
        let Ok(coded) = Coded::draw(id(1), &plan) else { panic!("not drawn") };
        let Ok(grant) = coded.grant(&key) else { panic!("not sealed") };
        assert_eq!(Coded::read(&key, &grant).map(|c| c.notice), Some(id(2)));
        for at in 0..grant.len() {
            let mut other = grant.clone();
            other[at] ^= 1;
            assert!(Coded::read(&key, &other).is_none(), "{at}");
        }
    }
}
