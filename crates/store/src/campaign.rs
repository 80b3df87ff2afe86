//! Campaigns: notices about an incident to many persons, with the texts that they are written from.

use crate::{
    Error, Hash, Millis, Tx, notice,
    sql::{both, statements},
    value::{Row, params},
};
use domain::{
    IncidentId, Locale,
    notice::{CampaignEvent, CampaignState},
};
use uuid::Uuid;

macro_rules! columns {
    () => {
        "id, incident, version, facts, texts, pace, state, created_at, settled_at, sending_at, ended_at, incident_id"
    };
}

statements! {
    INSERT = both(concat!("insert into campaign (", columns!(),
        ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"));
    GET = both(concat!("select ", columns!(), " from campaign where id = $1"));
    LIST = both(concat!("select ", columns!(), " from campaign order by created_at desc, id desc limit $1"));
    OF_INCIDENT = both(concat!("select ", columns!(), " from campaign where incident_id = $1
        order by created_at desc, id desc limit $2"));
    OF_STATE = both(concat!("select ", columns!(), " from campaign where state = $1 order by created_at, id"));
    MOVE = both("update campaign set state = $1, settled_at = $2, sending_at = $3, ended_at = $4
        where id = $5 and state = $6");
    ADD_TEXT = both("insert into campaign_text (campaign_id, number, locale, subject, body, concerns)
        values ($1, $2, $3, $4, $5, $6)");
    TEXTS = both("select number, locale, subject, body, concerns from campaign_text where campaign_id = $1
        order by number");
    DROP_ATTEMPTS = both("delete from notice_attempt where notice_id in
        (select id from notice where campaign_id = $1)");
    DROP_NOTICES = both("delete from notice where campaign_id = $1");
    DROP_TEXTS = both("delete from campaign_text where campaign_id = $1");
    DROP = both("delete from campaign where id = $1 and state = $2");
}

/// A campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// Its id.
    pub id: Uuid,
    /// What the facts call the incident.
    pub incident: String,
    /// The version of the facts.
    pub version: u32,
    /// SHA-256 of the facts file.
    pub facts: Hash,
    /// SHA-256 of texts and pace, as the vault was told.
    pub texts: Hash,
    /// How fast it may go to each mail domain: JSON.
    pub pace: String,
    /// Where it stands.
    pub state: CampaignState,
    /// When it was begun.
    pub created_at: Millis,
    /// When it was settled.
    pub settled_at: Option<Millis>,
    /// When it was sent first.
    pub sending_at: Option<Millis>,
    /// When nothing of it waited any more.
    pub ended_at: Option<Millis>,
    /// The incident of the shop whose frozen facts they are; `None`: they were given as a file.
    pub incident_id: Option<IncidentId>,
}

impl Campaign {
    /// One that is begun now, of facts that were given as a file, at whatever pace the mail server takes.
    pub fn planning(id: Uuid, incident: &str, texts: Hash, now: Millis) -> Campaign {
        Campaign {
            id,
            incident: incident.to_owned(),
            version: 1,
            facts: [0; 32],
            texts,
            pace: "{}".to_owned(),
            state: CampaignState::Planning,
            created_at: now,
            settled_at: None,
            sending_at: None,
            ended_at: None,
            incident_id: None,
        }
    }
}

/// What those whom the same concerns are told. Nothing in it is of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Its number in the campaign, from 0.
    pub number: u32,
    /// Its language.
    pub locale: Locale,
    /// The subject.
    pub subject: String,
    /// The whole text, with places for name and code.
    pub body: String,
    /// The part that says what concerns them.
    pub concerns: String,
}

fn read(r: &mut Row<'_>) -> Result<Campaign, Error> {
    Ok(Campaign {
        id: r.take()?,
        incident: r.take()?,
        version: r.take()?,
        facts: r.take()?,
        texts: r.take()?,
        pace: r.take()?,
        state: r.take()?,
        created_at: r.take()?,
        settled_at: r.take()?,
        sending_at: r.take()?,
        ended_at: r.take()?,
        incident_id: r.take()?,
    })
}

/// Begins a campaign, with its texts.
///
/// # Errors
/// As every database call.
pub fn begin(tx: &mut Tx<'_>, c: &Campaign, texts: &[Text]) -> Result<(), Error> {
    let values = params![
        c.id,
        c.incident,
        c.version,
        c.facts,
        c.texts,
        c.pace,
        c.state,
        c.created_at,
        c.settled_at,
        c.sending_at,
        c.ended_at,
        c.incident_id
    ];
    tx.exec(&INSERT, values)?;
    for t in texts {
        tx.exec(&ADD_TEXT, params![c.id, t.number, t.locale, t.subject, t.body, t.concerns])?;
    }
    Ok(())
}

/// A campaign by id.
///
/// # Errors
/// As every database call.
pub fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<Option<Campaign>, Error> {
    tx.first(&GET, params![id], read)
}

/// The newest campaigns.
///
/// # Errors
/// As every database call.
pub fn list(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<Campaign>, Error> {
    tx.rows(&LIST, params![limit], read)
}

/// Those of an incident, the newest first.
///
/// # Errors
/// As every database call.
pub fn of_incident(tx: &mut Tx<'_>, incident: IncidentId, limit: u32) -> Result<Vec<Campaign>, Error> {
    tx.rows(&OF_INCIDENT, params![incident, limit], read)
}

/// Those in one state, the oldest first.
///
/// # Errors
/// As every database call.
pub fn of_state(tx: &mut Tx<'_>, state: CampaignState) -> Result<Vec<Campaign>, Error> {
    tx.rows(&OF_STATE, params![state], read)
}

/// The texts of a campaign.
///
/// # Errors
/// As every database call.
pub fn texts(tx: &mut Tx<'_>, id: Uuid) -> Result<Vec<Text>, Error> {
    tx.rows(&TEXTS, params![id], |r| {
        Ok(Text {
            number: r.take()?,
            locale: r.take()?,
            subject: r.take()?,
            body: r.take()?,
            concerns: r.take()?,
        })
    })
}

/// Something happens to a campaign.
///
/// # Errors
/// [`Error::Refused`] where that cannot happen now; [`Error::NotFound`].
pub fn step(tx: &mut Tx<'_>, id: Uuid, event: CampaignEvent, now: Millis) -> Result<Campaign, Error> {
    let mut c = get(tx, id)?.ok_or(Error::NotFound("campaign"))?;
    let before = c.state;
    c.state = before.on(event)?;
    match event {
        CampaignEvent::Settle => c.settled_at = Some(now),
        CampaignEvent::Send => {
            c.sending_at.get_or_insert(now);
            c.ended_at = None;
        }
        CampaignEvent::End => c.ended_at = Some(now),
        CampaignEvent::Pause => {}
    }
    let values = params![c.state, c.settled_at, c.sending_at, c.ended_at, id, before];
    tx.exec_one(&MOVE, values, "campaign")?;
    Ok(c)
}

/// Somebody has looked into notices that were in doubt or refused: they are to be sent again. A campaign that was done goes
/// on for them.
///
/// # Errors
/// [`Error::NotFound`] where one of them is none of this campaign; [`Error::Refused`] where one is in another state.
pub fn send_again(tx: &mut Tx<'_>, id: Uuid, notices: &[Uuid], now: Millis) -> Result<(), Error> {
    for one in notices {
        let of = notice::get(tx, *one)?.filter(|notice| notice.campaign == id);
        of.ok_or(Error::NotFound("notice"))?;
        notice::again(tx, *one, now)?;
    }
    let done = get(tx, id)?.ok_or(Error::NotFound("campaign"))?.state == CampaignState::Done;
    if done && !notices.is_empty() {
        step(tx, id, CampaignEvent::Send, now)?;
    }
    Ok(())
}

/// Forgets a campaign whose planning was broken off: nothing of it was ever sent.
///
/// # Errors
/// [`Error::NotFound`] where it is none of those.
pub fn forget(tx: &mut Tx<'_>, id: Uuid) -> Result<(), Error> {
    let planning = get(tx, id)?.is_some_and(|c| c.state == CampaignState::Planning);
    if !planning {
        return Err(Error::NotFound("campaign"));
    }
    for sql in [&DROP_ATTEMPTS, &DROP_NOTICES, &DROP_TEXTS] {
        tx.exec(sql, params![id])?;
    }
    tx.exec_one(&DROP, params![id, CampaignState::Planning], "campaign")
}
