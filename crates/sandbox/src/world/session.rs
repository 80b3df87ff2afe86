//! Sessions: opened by the API, ended by paying, by the API or by time.

use super::{Intent, IntentStatus, Metadata, Session, SessionStatus, World, new_id};
use crate::render;
use domain::Locale;

/// What the API gives for a new session, already checked.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// In yen.
    pub amount: i64,
    /// What the page calls the goods.
    pub item_name: String,
    /// Unix seconds.
    pub expires_at: i64,
    /// Where to go after paying.
    pub success_url: String,
    /// Where to go instead.
    pub cancel_url: Option<String>,
    /// The caller's own id.
    pub client_reference_id: Option<String>,
    /// The session's metadata.
    pub metadata: Metadata,
    /// The intent's metadata.
    pub intent_metadata: Metadata,
    /// The language of the page.
    pub locale: Locale,
    /// Whether the money is only authorised, to be captured later.
    pub manual_capture: bool,
    /// Whose saved cards the page offers.
    pub customer: Option<String>,
    /// Whether the page offers to save the card.
    pub offers_saving: bool,
}

/// Why a session cannot be expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpireRefusal {
    /// There is none of this id.
    Unknown,
    /// It is paid or expired already.
    NotOpen(SessionStatus),
}

impl World {
    /// Opens a session.
    pub fn open_session(&mut self, new: NewSession, now: i64) -> Session {
        let session = Session {
            id: new_id("cs_test_", 58),
            seq: self.next_seq(),
            created: now,
            expires_at: new.expires_at,
            amount: new.amount,
            item_name: new.item_name,
            status: SessionStatus::Open,
            success_url: new.success_url,
            cancel_url: new.cancel_url,
            client_reference_id: new.client_reference_id,
            metadata: new.metadata,
            intent_metadata: new.intent_metadata,
            locale: new.locale,
            intent: None,
            manual_capture: new.manual_capture,
            customer: new.customer,
            offers_saving: new.offers_saving,
        };
        self.put_session(session.clone());
        session
    }

    /// Closes an open session; a card that waits for its issuer is not charged any more.
    ///
    /// # Errors
    /// As [`ExpireRefusal`] says.
    pub fn expire_session(&mut self, id: &str, now: i64, key: Option<&str>) -> Result<(), ExpireRefusal> {
        let mut session = self.sessions.get(id).cloned().ok_or(ExpireRefusal::Unknown)?;
        if session.status != SessionStatus::Open {
            return Err(ExpireRefusal::NotOpen(session.status));
        }
        session.status = SessionStatus::Expired;
        let intent = self.intent_of(&session).cloned();
        self.put_session(session.clone());
        if let Some(intent) = intent {
            self.cancel_intent(intent, now, key);
        }
        let object = render::session(self, &session, &[]);
        self.emit("checkout.session.expired", object, now, key);
        Ok(())
    }

    pub(super) fn cancel_intent(&mut self, mut intent: Intent, now: i64, key: Option<&str>) {
        if let Some(challenge) = intent.challenge.take() {
            self.by_token.remove(&challenge.token);
        }
        intent.status = IntentStatus::Canceled;
        intent.canceled_at = Some(now);
        self.put_intent(intent.clone());
        let object = render::intent(self, &intent, &[]);
        self.emit("payment_intent.canceled", object, now, key);
    }
}
