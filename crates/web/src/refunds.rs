//! What the till answers to a refund, and how it is kept; for the thread that follows the till and for the back office.

use domain::{RefundId, payment::RefundState};
use store::{Millis, Tx, refund::Refund};
use till::{RefundView, TillError};

/// What was heard of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Nothing certain: it may have been done, and is asked for again.
    Nothing,
    /// Where it stands.
    State {
        /// The state.
        state: RefundState,
        /// Why it failed.
        code: Option<String>,
        /// When the till learned it.
        seen_at: Millis,
    },
}

/// What an answer of the till means: nothing certain, unless till or processor said so.
pub fn heard(asked: Result<RefundView, TillError>, now: Millis) -> Heard {
    let failed = |code| Heard::State { state: RefundState::Failed, code: Some(code), seen_at: now };
    match asked {
        Ok(view) => Heard::State { state: view.state, code: view.failure_code, seen_at: view.updated_at_ms },
        Err(TillError::BadRequest(_) | TillError::UnknownOrder) => failed("not_refundable".to_owned()),
        Err(TillError::ProcessorRefused(code)) => failed(code),
        Err(
            TillError::Unavailable
            | TillError::ProcessorUnavailable
            | TillError::Busy
            | TillError::StoreFailed,
        ) => Heard::Nothing,
    }
}

/// Writes down what was heard; where the refund stands now.
///
/// # Errors
/// As the database.
pub fn keep(tx: &mut Tx<'_>, id: RefundId, heard: &Heard, now: Millis) -> Result<Refund, store::Error> {
    match heard {
        Heard::Nothing => store::refund::unanswered(tx, id, now),
        Heard::State { state, code, seen_at } => {
            store::refund::report(tx, id, *state, code.as_deref(), *seen_at, now)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_no_is_a_failure() {
        let failed = |error| matches!(heard(Err(error), 1), Heard::State { state: RefundState::Failed, .. });
        assert!(!failed(TillError::Unavailable) && !failed(TillError::ProcessorUnavailable));
        assert!(!failed(TillError::Busy) && !failed(TillError::StoreFailed));
        assert!(failed(TillError::ProcessorRefused("x".into())) && failed(TillError::UnknownOrder));
    }
}
