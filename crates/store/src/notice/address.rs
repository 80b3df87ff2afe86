//! Where mail addresses of a person stand: at each purchase the one that was used there.

use super::Source;
use crate::{
    Error, Millis, Tx,
    sql::{both, statements},
    value::{Row, params},
};
use domain::Locale;
use std::collections::HashSet;
use uuid::Uuid;

/// The most purchases of one person that are looked at, the newest first.
pub const PURCHASES_MAX: u32 = 1_000;

// On its way or there, by mail or on paper.
macro_rules! is_told {
    () => {
        "(n.state in ('planned', 'delayed', 'doubt', 'accepted')
          or exists (select 1 from letter l where l.notice_id = n.id and l.state in ('planned', 'made', 'posted')))"
    };
}

statements! {
    // Five bytes are left of a sealed field of somebody who is erased; an empty one waits for the vault.
    ORDERS = both("select id, placed_at, locale, customer_id, cast(case when length(email) > 5 then 1 else 0 end as bigint),
            cast(case when length(contact) > 5 then 1 else 0 end as bigint)
        from orders where person_id = $1 order by placed_at desc, id desc limit $2");
    IMPORTED = both("select p.id, e.happened, p.position, p.kind, cast(case when length(p.mail) > 5 then 1 else 0 end as bigint),
            cast(case when length(p.name) > 5 then 1 else 0 end as bigint)
        from imported_party p join imported_event e on e.id = p.event_id
        where p.person_id = $1 order by e.happened desc, p.id desc limit $2");
    CUSTOMER = both("select id, cast(case when length(contact) > 5 then 1 else 0 end as bigint) from customer
        where id = $1 and status <> 'closed' and length(email) > 5");
    TOLD = both(concat!("select count(*) from notice n join campaign c on c.id = n.campaign_id
          join campaign_text t on t.campaign_id = n.campaign_id and t.number = n.text_number
        where n.person_id = $1 and c.incident = $2 and t.concerns = $3 and c.sending_at is not null
          and ", is_told!()));
    ALL_TOLD = both(concat!("select distinct n.person_id from notice n join campaign c on c.id = n.campaign_id
        where c.incident = $1 and c.sending_at is not null
          and ", is_told!()));
    LAST = both(concat!("select c.sending_at, t.concerns from notice n join campaign c on c.id = n.campaign_id
          join campaign_text t on t.campaign_id = n.campaign_id and t.number = n.text_number
        where n.person_id = $1 and c.incident = $2 and c.sending_at is not null
          and ", is_told!(), "
        order by c.sending_at desc, n.id desc limit 1"));
}

/// A place in which an address of a person may stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// In which table.
    pub source: Source,
    /// In which row.
    pub row: Uuid,
    /// When it was used, as recorded: Unix milliseconds or a text.
    pub used: Used,
    /// The language in which he bought; none: unknown.
    pub locale: Option<Locale>,
    /// What he was there, as the history has it: `member`, `guest`, `recipient`; none: unknown.
    pub kind: Option<String>,
    /// Whether an address stands there.
    pub has_mail: bool,
    /// Whether a name does.
    pub has_name: bool,
}

/// When an address was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Used {
    /// At this time, Unix milliseconds.
    At(Millis),
    /// As a record of another system has it.
    Recorded(Option<String>),
    /// It stands at an account.
    Now,
}

/// All of a person's, purchases first, the newest first.
///
/// # Errors
/// As every database call.
pub fn of_person(tx: &mut Tx<'_>, person: Uuid) -> Result<Vec<Address>, Error> {
    let mut all = tx.rows(&ORDERS, params![person, PURCHASES_MAX], |r: &mut Row<'_>| {
        let (row, at, locale) = (r.take()?, r.take()?, r.take()?);
        let member = r.take::<Option<Uuid>>()?.is_some();
        Ok(Address {
            source: Source::Order,
            row,
            used: Used::At(at),
            locale: Some(locale),
            kind: Some(if member { "member" } else { "guest" }.to_owned()),
            has_mail: r.take()?,
            has_name: r.take()?,
        })
    })?;
    all.extend(tx.rows(&IMPORTED, params![person, PURCHASES_MAX], |r: &mut Row<'_>| {
        let (row, happened, position, kind) = (r.take()?, r.take()?, r.take::<u32>()?, r.take()?);
        Ok(Address {
            source: Source::Imported,
            row,
            used: Used::Recorded(happened),
            locale: None,
            kind: if position > 0 { Some("recipient".to_owned()) } else { kind },
            has_mail: r.take::<Option<bool>>()?.unwrap_or_default(),
            has_name: r.take::<Option<bool>>()?.unwrap_or_default(),
        })
    })?);
    all.extend(tx.rows(&CUSTOMER, params![person], |r: &mut Row<'_>| {
        Ok(Address {
            source: Source::Customer,
            row: r.take()?,
            used: Used::Now,
            locale: None,
            kind: Some("member".to_owned()),
            has_mail: true,
            has_name: r.take::<Option<bool>>()?.unwrap_or_default(),
        })
    })?);
    Ok(all)
}

/// All who have been sent, or are being sent, anything about an incident: of the others nothing more needs to be asked.
///
/// # Errors
/// As every database call.
pub fn all_told(tx: &mut Tx<'_>, incident: &str) -> Result<HashSet<Uuid>, Error> {
    Ok(tx.rows(&ALL_TOLD, params![incident], |r: &mut Row<'_>| r.take())?.into_iter().collect())
}

/// Whether a person has been sent, or is being sent, the same about the same incident.
///
/// # Errors
/// As every database call.
pub fn was_told(tx: &mut Tx<'_>, person: Uuid, incident: &str, concerns: &str) -> Result<bool, Error> {
    tx.one(&TOLD, params![person, incident, concerns], "notice", |r| r.take::<i64>()).map(|count| count > 0)
}

/// What the newest notice about an incident told a person, known under any of these ids; `None`: nothing.
///
/// # Errors
/// As every database call.
pub fn last_told(tx: &mut Tx<'_>, ids: &[Uuid], incident: &str) -> Result<Option<String>, Error> {
    let mut newest: Option<(i64, String)> = None;
    for id in ids {
        let found = tx.first(&LAST, params![*id, incident], |r| Ok((r.take()?, r.take()?)))?;
        newest = newest.into_iter().chain(found).max_by_key(|(at, _)| *at);
    }
    Ok(newest.map(|(_, concerns)| concerns))
}
