//! Paying: a card is tried, an issuer may ask the buyer, and the session ends or the buyer tries again.

use super::{
    Challenge, Charge, Failure, Intent, IntentStatus, Network, Session, SessionStatus, World, new_id,
};
use crate::{
    cards::{Behaviour, CardFacts, Decline, Trouble, TypedCard},
    render,
};

/// How long an authorisation holds, in seconds (Stripe: seven days for most cards).
pub const AUTHORIZATION_S: i64 = 7 * 24 * 3600;

/// Where the buyer goes after typing a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// It is paid, authorised or under way: back to the shop.
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
    /// No such session, question or saved card.
    Unknown,
    /// Already paid.
    AlreadyPaid,
    /// Its time is over.
    Expired,
}

/// What is paid with.
#[derive(Debug, Clone)]
pub struct Means {
    /// The card.
    pub card: CardFacts,
    /// What it will do.
    pub behaviour: Behaviour,
    /// The saved payment method that it is; `None` for a typed card.
    pub method: Option<String>,
    /// Whether the buyer wants it saved.
    pub save: bool,
}

impl Means {
    /// A card that was typed.
    pub fn typed(card: &TypedCard, save: bool) -> Means {
        Means { card: card.facts.clone(), behaviour: card.behaviour, method: None, save }
    }
}

/// A card about to be charged.
struct Tried {
    card: CardFacts,
    method: String,
    save: bool,
    authenticated: Option<bool>,
    trouble: Option<Trouble>,
}

impl World {
    /// Tries a card on a session. A question of an issuer that was left open is void from now on.
    ///
    /// # Errors
    /// As [`PayRefusal`] says; nothing is tried then.
    pub fn pay(&mut self, session: &str, means: &Means, now: i64) -> Result<Next, PayRefusal> {
        let session = self.payable(session, now)?;
        let mut intent = match self.intent_of(&session) {
            Some(intent) => intent.clone(),
            None => self.new_intent(&session, now),
        };
        if let Some(left) = intent.challenge.take() {
            self.by_token.remove(&left.token);
        }
        let mut tried = Tried {
            card: means.card.clone(),
            method: means.method.clone().unwrap_or_else(|| new_id("pm_", 24)),
            save: means.save && means.method.is_none() && session.offers_saving,
            authenticated: None,
            trouble: None,
        };
        Ok(match means.behaviour {
            Behaviour::Approve => self.accept(intent, session, tried, now),
            Behaviour::Trouble(trouble) => {
                tried.trouble = Some(trouble);
                self.accept(intent, session, tried, now)
            }
            Behaviour::Decline(why) => {
                intent.method = Some(tried.method);
                self.decline(intent, why, means.card.clone(), now)
            }
            Behaviour::Challenge => self.ask_buyer(intent, tried, now),
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
            AuthResult::Pass => {
                let tried = Tried {
                    card: challenge.card,
                    method: challenge.method.unwrap_or_else(|| new_id("pm_", 24)),
                    save: challenge.save,
                    authenticated: Some(true),
                    trouble: None,
                };
                self.accept(intent, session, tried, now)
            }
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
            manual_capture: session.manual_capture,
            customer: session.customer.clone(),
            method: None,
            captured: None,
        };
        self.put_intent(intent.clone());
        self.put_session(Session { intent: Some(intent.id.clone()), ..session.clone() });
        let object = render::intent(self, &intent, &[]);
        self.emit("payment_intent.created", object, now, None);
        intent
    }

    /// The issuer has no objection: the money is taken, authorised, or under way.
    fn accept(&mut self, mut intent: Intent, session: Session, tried: Tried, now: i64) -> Next {
        let mut charge = self.charge(&intent, tried.card.clone(), now);
        charge.authenticated = tried.authenticated;
        charge.trouble = tried.trouble;
        charge.method = Some(tried.method.clone());
        if tried.save {
            self.save_method(&intent, &tried.method, &tried.card, tried.authenticated.is_some(), now);
        }
        intent.method = Some(tried.method);
        intent.last_error = None;
        intent.latest_charge = Some(charge.id.clone());
        let session = Session { status: SessionStatus::Complete, intent: Some(intent.id.clone()), ..session };
        self.put_session(session.clone());
        if self.switches.network == Network::Later {
            intent.status = IntentStatus::Processing;
            charge.pending = true;
            self.put_charge(charge);
            self.put_intent(intent.clone());
            let object = render::intent(self, &intent, &[]);
            self.emit("payment_intent.processing", object, now, None);
        } else {
            self.yes(intent, charge, now);
        }
        self.session_event("checkout.session.completed", &session.id, now);
        Next::Paid
    }

    /// The network says yes: captured at once, or only authorised.
    pub(super) fn yes(&mut self, mut intent: Intent, mut charge: Charge, now: i64) {
        (charge.paid, charge.pending) = (true, false);
        if intent.manual_capture {
            charge.capture_before = Some(now + AUTHORIZATION_S);
            intent.status = IntentStatus::RequiresCapture;
        } else {
            intent.status = IntentStatus::Succeeded;
        }
        let disputed = charge.trouble == Some(Trouble::Disputed) && !intent.manual_capture;
        self.put_charge(charge.clone());
        self.put_intent(intent.clone());
        let object = render::charge(self, &charge);
        self.emit("charge.succeeded", object, now, None);
        let word = match intent.status {
            IntentStatus::RequiresCapture => "payment_intent.amount_capturable_updated",
            _ => "payment_intent.succeeded",
        };
        let object = render::intent(self, &intent, &[]);
        self.emit(word, object, now, None);
        if disputed {
            self.open_dispute(&charge.id, now);
        }
    }

    pub(super) fn session_event(&mut self, what: &str, session: &str, now: i64) {
        if let Some(session) = self.sessions.get(session).cloned() {
            let object = render::session(self, &session, &[]);
            self.emit(what, object, now, None);
        }
    }

    fn decline(&mut self, mut intent: Intent, why: Decline, card: CardFacts, now: i64) -> Next {
        let charge = self.charge(&intent, card, now);
        intent.status = IntentStatus::RequiresPaymentMethod;
        intent.latest_charge = Some(charge.id.clone());
        self.no(intent, charge, why, now);
        Next::TryAgain
    }

    /// The issuer or the network says no.
    pub(super) fn no(&mut self, mut intent: Intent, mut charge: Charge, why: Decline, now: i64) {
        let decline_code = (!why.decline_code.is_empty()).then(|| why.decline_code.to_owned());
        charge.pending = false;
        charge.failure = Some((why.code.to_owned(), decline_code.clone()));
        intent.status = IntentStatus::RequiresPaymentMethod;
        intent.last_error = Some(Failure {
            code: why.code.to_owned(),
            decline_code,
            card: charge.card.clone(),
            charge: Some(charge.id.clone()),
        });
        self.put_charge(charge.clone());
        self.put_intent(intent.clone());
        let object = render::charge(self, &charge);
        self.emit("charge.failed", object, now, None);
        let object = render::intent(self, &intent, &[]);
        self.emit("payment_intent.payment_failed", object, now, None);
    }

    fn ask_buyer(&mut self, mut intent: Intent, tried: Tried, now: i64) -> Next {
        let token = new_id("tds_", 40);
        intent.status = IntentStatus::RequiresAction;
        intent.challenge = Some(Challenge {
            token: token.clone(),
            card: tried.card,
            method: Some(tried.method),
            save: tried.save,
        });
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
            pending: false,
            capture_before: None,
            captured: None,
            method: intent.method.clone(),
            trouble: None,
            card,
            authenticated: None,
            failure: None,
            metadata: intent.metadata.clone(),
        }
    }
}
