//! The payment's state machine: the processor's words for a card, one word of ours for cash on delivery, and
//! [`PaymentState::OutcomeUnknown`] for the moments in which nobody knows (retrieve, never retry blind).

use crate::{Refusal, Yen, order::OrderState};

/// The smallest amount that can be paid by card (the processor's least charge in yen).
pub const CARD_YEN_MIN: Yen = Yen::new(50);
/// The largest amount that can be paid by card (the processor takes at most eight digits).
pub const CARD_YEN_MAX: Yen = Yen::new(99_999_999);

crate::words! {
    /// How the buyer pays.
    PaymentMethod {
        /// By card on the processor's own page.
        Card = "card",
        /// In cash to the carrier (代金引換).
        CashOnDelivery = "cash_on_delivery",
    }
}

crate::words! {
    /// Where a payment stands. The first seven are the processor's words (Stripe API, PaymentIntent status).
    PaymentState {
        /// The buyer has to choose or type a card (again).
        RequiresPaymentMethod = "requires_payment_method",
        /// A card is there, the buyer has not confirmed.
        RequiresConfirmation = "requires_confirmation",
        /// The card's issuer asks the buyer (3-D Secure).
        RequiresAction = "requires_action",
        /// The processor is working on it.
        Processing = "processing",
        /// Authorised, not captured.
        RequiresCapture = "requires_capture",
        /// The money is ours.
        Succeeded = "succeeded",
        /// Given up; no money moves any more.
        Canceled = "canceled",
        /// A call timed out: what the processor did is not known until it is retrieved.
        OutcomeUnknown = "outcome_unknown",
        /// Cash is collected by the carrier on delivery.
        DueOnDelivery = "due_on_delivery",
    }
}

crate::words! {
    /// Where a refund stands.
    RefundState {
        /// Asked for, not confirmed by the processor.
        Pending = "pending",
        /// The money is on its way back.
        Succeeded = "succeeded",
        /// The processor could not give it back: staff must.
        Failed = "failed",
    }
}

impl PaymentState {
    /// The state after the processor reported `seen`, whatever was missed in between.
    ///
    /// Reports may come late, twice or out of order. A final state is never left, except that a payment given up
    /// here may turn out to have succeeded there (the money is real, and [`settlement`] says what to do with it).
    pub fn observe(self, seen: PaymentState) -> Result<PaymentState, Refusal> {
        use PaymentState as S;
        match (self, seen) {
            (S::DueOnDelivery, S::Succeeded | S::Canceled) => Ok(seen),
            (S::DueOnDelivery, _) | (_, S::DueOnDelivery) => self.refuse(seen),
            (S::Succeeded, _) => Ok(S::Succeeded),
            (S::Canceled, S::Succeeded) => Ok(S::Succeeded),
            (S::Canceled, _) => Ok(S::Canceled),
            (_, S::OutcomeUnknown) => Ok(S::OutcomeUnknown),
            (_, seen) => Ok(seen),
        }
    }

    /// Whether no report can change it any more but for a late success.
    pub fn is_final(self) -> bool {
        matches!(self, PaymentState::Succeeded | PaymentState::Canceled)
    }

    fn refuse(self, seen: PaymentState) -> Result<PaymentState, Refusal> {
        Err(Refusal { machine: "payment", state: self.word(), event: seen.word() })
    }
}

/// What to do so that money and order agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// They agree.
    Nothing,
    /// Confirm the order.
    Confirm,
    /// Cancel the order and free its stock.
    CancelOrder,
    /// The order is gone but the money came: give back this amount.
    GiveBack(Yen),
    /// The amount paid is not the amount owed: hold, tell staff, ship nothing.
    HoldForStaff,
}

/// Compares an order with what the processor says of its payment.
///
/// `owed` is the order's total; `received` what the processor holds for it, less what was given back.
pub fn settlement(order: OrderState, payment: PaymentState, owed: Yen, received: Yen) -> Settlement {
    use {OrderState as O, PaymentState as P};
    match (order, payment) {
        (O::AwaitingPayment, P::DueOnDelivery) => Settlement::Confirm,
        (O::AwaitingPayment, P::Succeeded) if received == owed => Settlement::Confirm,
        (O::AwaitingPayment, P::Succeeded) => Settlement::HoldForStaff,
        (O::AwaitingPayment, P::Canceled) => Settlement::CancelOrder,
        (O::Canceled, P::Succeeded) if received > Yen::ZERO => Settlement::GiveBack(received),
        _ => Settlement::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn card_state() -> impl Strategy<Value = PaymentState> {
        prop::sample::select(
            PaymentState::ALL
                .iter()
                .copied()
                .filter(|s| *s != PaymentState::DueOnDelivery)
                .collect::<Vec<_>>(),
        )
    }

    proptest! {
        /// Late, doubled and reordered reports: a success is never forgotten, and nothing else is invented.
        #[test]
        fn success_is_never_lost(reports in prop::collection::vec(card_state(), 0..20)) {
            let end = reports.iter().try_fold(PaymentState::RequiresPaymentMethod, |s, r| s.observe(*r)).unwrap();
            prop_assert_eq!(end == PaymentState::Succeeded, reports.contains(&PaymentState::Succeeded));
        }

        #[test]
        fn saying_it_twice_changes_nothing(state in card_state(), seen in card_state()) {
            let once = state.observe(seen).unwrap();
            prop_assert_eq!(once.observe(seen).unwrap(), once);
        }
    }

    #[test]
    fn money_without_an_order_goes_back() {
        let paid = Yen::new(3_240);
        assert_eq!(
            settlement(OrderState::Canceled, PaymentState::Succeeded, paid, paid),
            Settlement::GiveBack(paid)
        );
        assert_eq!(
            settlement(OrderState::Canceled, PaymentState::Succeeded, paid, Yen::ZERO),
            Settlement::Nothing
        );
        assert_eq!(
            settlement(OrderState::AwaitingPayment, PaymentState::Succeeded, paid, Yen::new(1)),
            Settlement::HoldForStaff
        );
    }

    #[test]
    fn cash_does_not_become_a_card() {
        assert!(PaymentState::DueOnDelivery.observe(PaymentState::Processing).is_err());
        assert!(PaymentState::Processing.observe(PaymentState::DueOnDelivery).is_err());
    }
}
