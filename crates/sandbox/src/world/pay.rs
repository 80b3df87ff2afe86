//! Paying: a card is tried, an issuer may ask the buyer, and the session ends or the buyer tries again.

use super::{Challenge, Charge, Failure, Intent, IntentStatus, Session, SessionStatus, World, new_id};
use crate::{
    cards::{Behaviour, CardFacts, Decline, TypedCard},
    render,
};

/// Where the buyer goes after typing a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// It is paid: back to the shop.
    Paid,
    /// Back to the page, which says why the card failed.
    TryAgain,
    /// To the issuer's page of this token.
    Authenticate(String),
}

/// What the buyer did at the issuer's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthResult {
    /// Proved who he is.
    Pass,
    /// Could not.
    Fail,
}

/// Why nothing was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayRefusal {
    /// No such session or question.
    Unknown,
    /// Already paid.
    AlreadyPaid,
    /// Its time is over.
    Expired,
}

impl World {
    /// Tries a card on a session. A question of an issuer that was left open is void from now on.
    ///
    /// # Errors
    /// As [`PayRefusal`] says; nothing is tried then.
    pub fn pay(&mut self, session: &str, card: &TypedCard, now: i64) -> Result<Next, PayRefusal> {
        let session = self.payable(session, now)?;
        let mut intent = match self.intent_of(&session) {
            Some(intent) => intent.clone(),
            None => self.new_intent(&session, now),
        };
        if let Some(left) = intent.challenge.take() {
            self.by_token.remove(&left.token);
        }
        Ok(match card.behaviour {
            Behaviour::Approve => self.approve(intent, session, card.facts.clone(), None, now),
            Behaviour::Decline(why) => self.decline(intent, why, card.facts.clone(), now),
            Behaviour::Challenge => self.ask_buyer(intent, card.facts.clone(), now),
        })
    }

    /// The buyer answers the issuer's question.
    ///
    /// # Errors
    /// As [`PayRefusal`] says. An answer counts once: the token is void afterwards.
    pub fn authenticate(&mut self, token: &str, result: AuthResult, now: i64) -> Result<Next, PayRefusal> {
        let session = self.by_token.get(token).cloned().ok_or(PayRefusal::Unknown)?;
        let session = self.payable(&session, now)?;
        let mut intent = self.intent_of(&session).cloned().ok_or(PayRefusal::Unknown)?;
        let challenge = intent.challenge.take().ok_or(PayRefusal::Unknown)?;
        self.by_token.remove(token);
        Ok(match result {
            AuthResult::Pass => self.approve(intent, session, challenge.card, Some(true), now),
            AuthResult::Fail => self.authentication_failed(intent, challenge.card, now),
        })
    }

    fn payable(&self, session: &str, now: i64) -> Result<Session, PayRefusal> {
        let session = self.sessions.get(session).ok_or(PayRefusal::Unknown)?;
        match session.status {
            SessionStatus::Complete => Err(PayRefusal::AlreadyPaid),
            SessionStatus::Expired => Err(PayRefusal::Expired),
            SessionStatus::Open if session.expires_at <= now => Err(PayRefusal::Expired),
            SessionStatus::Open => Ok(session.clone()),
        }
    }

    fn new_intent(&mut self, session: &Session, now: i64) -> Intent {
        let intent = Intent {
            id: new_id("pi_", 24),
            session: session.id.clone(),
            created: now,
            amount: session.amount,
            status: IntentStatus::RequiresPaymentMethod,
            metadata: session.intent_metadata.clone(),
            last_error: None,
            latest_charge: None,
            canceled_at: None,
            challenge: None,
        };
        self.put_intent(intent.clone());
        self.put_session(Session { intent: Some(intent.id.clone()), ..session.clone() });
        let object = render::intent(self, &intent, &[]);
        self.emit("payment_intent.created", object, now, None);
        intent
    }

    fn approve(
        &mut self,
        mut intent: Intent,
        session: Session,
        card: CardFacts,
        authenticated: Option<bool>,
        now: i64,
    ) -> Next {
        let charge = self.charge(&intent, card, now);
        let charge = Charge { paid: true, authenticated, ..charge };
        intent.status = IntentStatus::Succeeded;
        intent.last_error = None;
        intent.latest_charge = Some(charge.id.clone());
        let session = Session { status: SessionStatus::Complete, intent: Some(intent.id.clone()), ..session };
        self.put_charge(charge.clone());
        self.put_intent(intent.clone());
        self.put_session(session.clone());
        let object = render::charge(self, &charge);
        self.emit("charge.succeeded", object, now, None);
        let object = render::intent(self, &intent, &[]);
        self.emit("payment_intent.succeeded", object, now, None);
        let object = render::session(self, &session, &[]);
        self.emit("checkout.session.completed", object, now, None);
        Next::Paid
    }

    fn decline(&mut self, mut intent: Intent, why: Decline, card: CardFacts, now: i64) -> Next {
        let decline_code = (!why.decline_code.is_empty()).then(|| why.decline_code.to_owned());
        let charge = self.charge(&intent, card.clone(), now);
        let charge = Charge { failure: Some((why.code.to_owned(), decline_code.clone())), ..charge };
        intent.status = IntentStatus::RequiresPaymentMethod;
        intent.latest_charge = Some(charge.id.clone());
        intent.last_error =
            Some(Failure { code: why.code.to_owned(), decline_code, card, charge: Some(charge.id.clone()) });
        self.put_charge(charge.clone());
        self.put_intent(intent.clone());
        let object = render::charge(self, &charge);
        self.emit("charge.failed", object, now, None);
        let object = render::intent(self, &intent, &[]);
        self.emit("payment_intent.payment_failed", object, now, None);
        Next::TryAgain
    }

    fn ask_buyer(&mut self, mut intent: Intent, card: CardFacts, now: i64) -> Next {
        let token = new_id("tds_", 40);
        intent.status = IntentStatus::RequiresAction;
        intent.challenge = Some(Challenge { token: token.clone(), card });
        self.by_token.insert(token.clone(), intent.session.clone());
        self.put_intent(intent.clone());
        let object = render::intent(self, &intent, &[]);
        self.emit("payment_intent.requires_action", object, now, None);
        Next::Authenticate(token)
    }

    fn authentication_failed(&mut self, mut intent: Intent, card: CardFacts, now: i64) -> Next {
        intent.status = IntentStatus::RequiresPaymentMethod;
        let code = "payment_intent_authentication_failure".to_owned();
        intent.last_error = Some(Failure { code, decline_code: None, card, charge: None });
        self.put_intent(intent.clone());
        let object = render::intent(self, &intent, &[]);
        self.emit("payment_intent.payment_failed", object, now, None);
        Next::TryAgain
    }

    fn charge(&self, intent: &Intent, card: CardFacts, now: i64) -> Charge {
        Charge {
            id: new_id("ch_", 24),
            intent: intent.id.clone(),
            created: now,
            amount: intent.amount,
            refunded: 0,
            paid: false,
            card,
            authenticated: None,
            failure: None,
            metadata: intent.metadata.clone(),
        }
    }
}
