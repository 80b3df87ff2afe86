//! A processor that loses calls, answers and money's trace on command.

use super::*;

/// What happens to the next call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Well,
    /// It never arrives.
    LostOnTheWay,
    /// It is done, but the answer is lost.
    AnswerLost,
    NotNow,
    /// Nobody is there to take it.
    Unreached,
    /// The shop's key is not accepted.
    NotAccepted,
}

#[derive(Default)]
pub struct Bank {
    pub sessions: Vec<Remote>,
    pub refunds: Vec<(String, Yen, RemoteRefund)>,
    pub fates: Vec<Fate>,
    pub opens: usize,
    manual: std::collections::HashSet<String>,
    pub captures: usize,
}

#[derive(Clone, Default)]
pub struct Fake(Arc<Mutex<Bank>>);

impl Fake {
    pub fn bank(&self) -> MutexGuard<'_, Bank> {
        lock(&self.0)
    }

    fn call<T>(&self, act: impl FnOnce(&mut Bank) -> Result<T, CallError>) -> Result<T, CallError> {
        let mut bank = self.bank();
        match bank.fates.pop().unwrap_or(Fate::Well) {
            Fate::Well => act(&mut bank),
            Fate::LostOnTheWay => Err(CallError::Unknown("time-out")),
            Fate::Unreached => Err(CallError::Unreached("refused")),
            Fate::NotAccepted => Err(CallError::NotNow(401)),
            Fate::NotNow => Err(CallError::NotNow(429)),
            Fate::AnswerLost => act(&mut bank).and(Err(CallError::Unknown("time-out"))),
        }
    }

    /// The buyer pays on the newest page that is open.
    pub fn pay(&self) {
        let mut bank = self.bank();
        let Bank { sessions, manual, .. } = &mut *bank;
        if let Some(s) = sessions.iter_mut().rev().find(|s| s.state == PaymentState::RequiresPaymentMethod) {
            s.state = PaymentState::RequiresCapture;
            if !manual.contains(&s.session) {
                (s.state, s.received) = (PaymentState::Succeeded, s.amount);
            }
            s.intent = Some(format!("pi_{}", s.session));
            s.card = Some(RemoteCard {
                brand: Some("visa".into()),
                last4: Some("4242".into()),
                fingerprint: Some("f".into()),
            });
            s.failure_code = None;
        }
    }

    /// The bank sends a refund back.
    pub fn send_back(&self, key: Uuid) {
        let mut bank = self.bank();
        let Bank { sessions, refunds, .. } = &mut *bank;
        let Some((intent, amount, refund)) = refunds.iter_mut().find(|(_, _, r)| r.key == Some(key)) else {
            return;
        };
        if refund.state == RefundState::Succeeded {
            (refund.state, refund.failure_code) =
                (RefundState::Failed, Some("expired_or_canceled_card".into()));
            if let Some(s) = sessions.iter_mut().find(|s| s.intent.as_ref() == Some(intent)) {
                s.refunded = Yen::new(s.refunded.get() - amount.get());
            }
        }
    }

    pub fn decline(&self) {
        let mut bank = self.bank();
        let open = bank.sessions.iter_mut().rev().find(|s| s.state == PaymentState::RequiresPaymentMethod);
        if let Some(s) = open {
            s.failure_code = Some("card_declined".into());
        }
    }
}

impl Processor for Fake {
    fn away_since_s(&self) -> Option<i64> {
        None
    }

    fn open(&self, o: &Opening<'_>) -> Result<Remote, CallError> {
        self.call(|bank| {
            bank.opens += 1;
            // One key, one page: what idempotency means.
            let id = format!("cs_{}_{}", o.order.simple(), o.attempt);
            if let Some(known) = bank.sessions.iter().find(|s| s.session == id) {
                return Ok(known.clone());
            }
            if o.capture == Capture::AtShipping {
                bank.manual.insert(id.clone());
            }
            let remote = Remote {
                url: Some(format!("http://pay.localhost/c/{id}")),
                session: id,
                order: Some(o.order),
                amount: o.amount,
                intent: None,
                state: PaymentState::RequiresPaymentMethod,
                received: Yen::ZERO,
                refunded: Yen::ZERO,
                card: None,
                failure_code: None,
                three_d_secure: None,
                method: None,
                capture_before_s: None,
                disputed: false,
            };
            bank.sessions.push(remote.clone());
            Ok(remote)
        })
    }

    fn retrieve(&self, session: &str) -> Result<Remote, CallError> {
        self.call(|bank| {
            bank.sessions.iter().find(|s| s.session == session).cloned().ok_or(CallError::Missing)
        })
    }

    fn close(&self, session: &str) -> Result<Remote, CallError> {
        self.call(|bank| {
            let s = bank.sessions.iter_mut().find(|s| s.session == session).ok_or(CallError::Missing)?;
            if s.state.is_final() || s.state == PaymentState::RequiresCapture {
                return Err(CallError::Refused("resource_invalid_state".into()));
            }
            s.state = PaymentState::Canceled;
            Ok(s.clone())
        })
    }

    fn refund(&self, intent: &str, _order: Uuid, amount: Yen, key: Uuid) -> Result<RemoteRefund, CallError> {
        self.call(|bank| {
            if let Some((_, _, known)) = bank.refunds.iter().find(|(_, _, r)| r.key == Some(key)) {
                return Ok(known.clone());
            }
            let s = bank
                .sessions
                .iter_mut()
                .find(|s| s.intent.as_deref() == Some(intent))
                .ok_or(CallError::Missing)?;
            let after = Yen::new(s.refunded.get() + amount.get());
            if after > s.received {
                return Err(CallError::Refused("charge_already_refunded".into()));
            }
            s.refunded = after;
            let remote = RemoteRefund {
                id: format!("re_{key}"),
                key: Some(key),
                state: RefundState::Succeeded,
                failure_code: None,
            };
            bank.refunds.push((intent.to_owned(), amount, remote.clone()));
            Ok(remote)
        })
    }

    fn refunds(&self, intent: &str) -> Result<Vec<RemoteRefund>, CallError> {
        self.call(|bank| {
            Ok(bank.refunds.iter().filter(|(i, _, _)| i == intent).map(|r| r.2.clone()).collect())
        })
    }

    fn capture(&self, intent: &str) -> Result<(), CallError> {
        self.call(|bank| {
            let s = bank.sessions.iter_mut().find(|s| s.intent.as_deref() == Some(intent));
            let s = s.ok_or(CallError::Missing)?;
            if s.state == PaymentState::RequiresCapture {
                (s.state, s.received) = (PaymentState::Succeeded, s.amount);
                bank.captures += 1;
                return Ok(());
            }
            Err(CallError::Refused("payment_intent_unexpected_state".into()))
        })
    }

    fn release(&self, intent: &str) -> Result<(), CallError> {
        self.call(|bank| {
            let s = bank.sessions.iter_mut().find(|s| s.intent.as_deref() == Some(intent));
            let s = s.ok_or(CallError::Missing)?;
            if s.state != PaymentState::RequiresCapture {
                return Err(CallError::Refused("payment_intent_unexpected_state".into()));
            }
            s.state = PaymentState::Canceled;
            Ok(())
        })
    }

    fn dispute(&self, _intent: &str) -> Result<Option<DisputeView>, CallError> {
        self.call(|_| Ok(None))
    }

    fn new_customer(&self, key: Uuid) -> Result<String, CallError> {
        self.call(|_| Ok(format!("cus_{key}")))
    }

    fn methods(&self, _customer: &str) -> Result<Vec<RemoteMethod>, CallError> {
        self.call(|_| Ok(Vec::new()))
    }

    fn remove_method(&self, _method: &str) -> Result<(), CallError> {
        self.call(|_| Ok(()))
    }

    fn delete_customer(&self, _customer: &str) -> Result<(), CallError> {
        self.call(|_| Ok(()))
    }

    fn list(&self, _query: &ListedQuery) -> Result<RemoteList, CallError> {
        self.call(|_| Ok(RemoteList::default()))
    }

    fn events(&self, _after: Option<&str>) -> Result<EventPage, CallError> {
        self.call(|_| Ok(EventPage::default()))
    }
}
