//! What has become of telling each person of a campaign, by mail and on paper; and the list of those whom nothing reaches.

use crate::{
    Error, Millis, Tx,
    sql::{both, statements},
    value::params,
};
use domain::{
    letter::LetterState,
    message::ReturnOutcome,
    notice::{Fate, NoticeState, Told},
};
use std::collections::BTreeMap;
use uuid::Uuid;

statements! {
    COUNTS = both("select n.state, n.returned, l.state, cast(case when w.notice_id is null then 0 else 1 end as bigint), count(*)
        from notice n
          left join letter l on l.notice_id = n.id and l.state <> 'dropped'
          left join letter_without w on w.notice_id = n.id
        where n.campaign_id = $1
        group by n.state, n.returned, l.state, case when w.notice_id is null then 0 else 1 end");
    // As [`Told::of`] has it.
    UNREACHABLE = both("select n.id, n.person_id, l.state, l.reason, l.batch_id, coalesce(l.returned_at, l.updated_at, w.at)
        from notice n
          left join letter l on l.notice_id = n.id and l.state <> 'dropped'
          left join letter_without w on w.notice_id = n.id
        where n.campaign_id = $1 and n.id > $2
          and (n.state in ('unreachable', 'refused') or n.returned = 'failed' and n.state in ('doubt', 'accepted'))
          and (l.state in ('unfit', 'returned') or l.id is null and w.notice_id is not null)
        order by n.id limit $3");
}

/// Somebody whom nothing reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreachable {
    /// His notice.
    pub notice: Uuid,
    /// Who.
    pub person: Uuid,
    /// What became of his letter, with why, in one of our words, and the batch; none: there is no postal address.
    pub letter: Option<(LetterState, String, Uuid)>,
    /// Since when.
    pub since: Millis,
}

/// How many persons of a campaign stand where; those that occur.
///
/// # Errors
/// As every database call.
pub fn counts(tx: &mut Tx<'_>, campaign: Uuid) -> Result<BTreeMap<Told, u64>, Error> {
    let rows: Vec<(Told, u64)> = tx.rows(&COUNTS, params![campaign], |r| {
        let (state, returned) = (r.take::<NoticeState>()?, r.take::<Option<ReturnOutcome>>()?);
        let (letter, without) = (r.take::<Option<LetterState>>()?, r.take::<bool>()?);
        Ok((Told::of(Fate::of(state, returned), letter, without), r.take::<i64>()?.unsigned_abs()))
    })?;
    let mut counts = BTreeMap::new();
    for (told, count) in rows {
        *counts.entry(told).or_default() += count;
    }
    Ok(counts)
}

/// Those whom nothing reaches, by notice: those after `after`, at most `limit`.
///
/// # Errors
/// As every database call.
pub fn unreachable(
    tx: &mut Tx<'_>,
    campaign: Uuid,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Unreachable>, Error> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    tx.rows(&UNREACHABLE, params![campaign, after, limit], |r| {
        let (notice, person) = (r.take()?, r.take()?);
        let (state, reason, batch) =
            (r.take::<Option<LetterState>>()?, r.take::<Option<String>>()?, r.take::<Option<Uuid>>()?);
        let letter = state.zip(batch).map(|(state, batch)| (state, reason.unwrap_or_default(), batch));
        Ok(Unreachable { notice, person, letter, since: r.take()? })
    })
}
