//! The payment's state machine: the processor's words for a card, one word of ours for cash on delivery, and
//! [`PaymentState::OutcomeUnknown`] for the moments in which nobody knows (retrieve, never retry blind).

use crate::{Refusal, Yen, order::OrderState};

/// The smallest amount that can be paid by card (the processor's least charge in yen).
pub const CARD_YEN_MIN: Yen = Yen::new(50);
/// The largest amount that can be paid by card (the processor takes at most eight digits).
pub const CARD_YEN_MAX: Yen = Yen::new(99_999_999);

/// How long an order waits for its payment, and its stock with it, in milliseconds: an hour.
pub const PAY_WITHIN_MS: i64 = 60 * 60 * 1000;

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

crate::words! {
    /// When a card's money is taken.
    Capture {
        /// When the buyer pays.
        AtOrder = "order",
        /// When the first parcel of the order leaves the house; until then it is only authorised.
        AtShipping = "shipping",
    }
}

crate::words! {
    /// Where a dispute (chargeback) stands, in the processor's words (Stripe API, Dispute status).
    DisputeState {
        /// The bank asks before it takes the money: the shop should answer.
        WarningNeedsResponse = "warning_needs_response",
        /// The bank looks at the answer to its question.
        WarningUnderReview = "warning_under_review",
        /// The question led to nothing.
        WarningClosed = "warning_closed",
        /// The bank has taken the money: the shop should answer.
        NeedsResponse = "needs_response",
        /// The bank looks at the answer.
        UnderReview = "under_review",
        /// The shop has the money again.
        Won = "won",
        /// The buyer keeps the money.
        Lost = "lost",
    }
}

impl DisputeState {
    /// Whether the shop is asked for an answer.
    pub fn needs_response(self) -> bool {
        matches!(self, DisputeState::WarningNeedsResponse | DisputeState::NeedsResponse)
    }

    /// Whether it is decided.
    pub fn is_over(self) -> bool {
        matches!(self, DisputeState::WarningClosed | DisputeState::Won | DisputeState::Lost)
    }

    /// Whether the bank holds the money, or keeps it.
    pub fn withholds_money(self) -> bool {
        matches!(self, DisputeState::NeedsResponse | DisputeState::UnderReview | DisputeState::Lost)
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
    /// The order is gone but its money is authorised: release it.
    Release,
    /// The amount paid is not the amount owed: hold, tell staff, ship nothing.
    HoldForStaff,
}

/// An order's money, over all attempts to pay it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    /// The order's total.
    pub owed: Yen,
    /// What came.
    pub received: Yen,
    /// What of it was given back, or is about to be.
    pub returned: Yen,
    /// What a bank withholds of it because of a dispute.
    pub withheld: Yen,
    /// What the attempt that counts is authorised for.
    pub authorized: Yen,
}

impl Money {
    /// Nothing has come yet.
    pub fn owed(owed: Yen) -> Money {
        let none = Yen::ZERO;
        Money { owed, received: none, returned: none, withheld: none, authorized: none }
    }

    /// What is left of what came.
    pub fn left(self) -> Yen {
        self.received.checked_sub(self.returned).unwrap_or_default().max(Yen::ZERO)
    }

    /// What can be given back now.
    pub fn refundable(self) -> Yen {
        self.left().checked_sub(self.withheld).unwrap_or_default().max(Yen::ZERO)
    }
}

/// Compares an order with its money. `payment` is the state of all attempts together: succeeded where one has, else
/// authorised where one is, else that of the last.
pub fn settlement(order: OrderState, payment: PaymentState, money: Money) -> Settlement {
    use {OrderState as O, PaymentState as P};
    let surplus = money.left().checked_sub(money.owed).unwrap_or_default().min(money.refundable());
    match (order, payment) {
        (O::AwaitingPayment, P::DueOnDelivery) => Settlement::Confirm,
        (O::AwaitingPayment, P::Succeeded) if money.left() >= money.owed && money.returned == Yen::ZERO => {
            Settlement::Confirm
        }
        (O::AwaitingPayment, P::Succeeded) => Settlement::HoldForStaff,
        (O::AwaitingPayment, P::RequiresCapture) if money.authorized == money.owed => Settlement::Confirm,
        (O::AwaitingPayment, P::RequiresCapture) => Settlement::HoldForStaff,
        (O::AwaitingPayment, P::Canceled) => Settlement::CancelOrder,
        (O::Canceled, P::RequiresCapture) => Settlement::Release,
        (O::Canceled, P::Succeeded) if money.refundable() > Yen::ZERO => {
            Settlement::GiveBack(money.refundable())
        }
        // Paid twice: what is too much goes back.
        (O::Confirmed | O::Completed, P::Succeeded) if surplus > Yen::ZERO => Settlement::GiveBack(surplus),
        // Less was captured than is owed.
        (O::Confirmed | O::Completed, P::Succeeded) if money.received < money.owed => {
            Settlement::HoldForStaff
        }
        // Confirmed on an authorisation that is no more, whatever other page the buyer still has open: unlike money
        // that is under way, nothing says that any will come.
        (
            O::Confirmed | O::Completed,
            P::Canceled | P::RequiresPaymentMethod | P::RequiresConfirmation | P::RequiresAction,
        ) => Settlement::HoldForStaff,
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

    fn money(received: i64, returned: i64, withheld: i64) -> Money {
        let yen = Yen::new;
        Money {
            owed: yen(3_240),
            received: yen(received),
            returned: yen(returned),
            withheld: yen(withheld),
            authorized: yen(3_240),
        }
    }

    #[test]
    fn money_and_orders() {
        use {OrderState as O, PaymentState as P, Settlement as S};
        let back = |yen| S::GiveBack(Yen::new(yen));
        for (order, payment, money, want) in [
            (O::Canceled, P::Succeeded, money(3_240, 0, 0), back(3_240)),
            (O::Canceled, P::Succeeded, money(3_240, 3_240, 0), S::Nothing),
            (O::Canceled, P::Succeeded, money(3_240, 0, 3_240), S::Nothing),
            (O::Canceled, P::RequiresCapture, money(0, 0, 0), S::Release),
            (O::AwaitingPayment, P::Succeeded, money(1, 0, 0), S::HoldForStaff),
            (O::AwaitingPayment, P::Succeeded, money(3_240, 0, 3_240), S::Confirm),
            (O::AwaitingPayment, P::Succeeded, money(6_480, 0, 0), S::Confirm),
            (O::AwaitingPayment, P::Succeeded, money(3_240, 100, 0), S::HoldForStaff),
            (O::AwaitingPayment, P::RequiresCapture, money(0, 0, 0), S::Confirm),
            (O::AwaitingPayment, P::Canceled, money(0, 0, 0), S::CancelOrder),
            (O::Confirmed, P::Succeeded, money(6_480, 0, 0), back(3_240)),
            (O::Confirmed, P::Succeeded, money(6_480, 3_240, 0), S::Nothing),
            (O::Confirmed, P::Succeeded, money(3_000, 0, 0), S::HoldForStaff),
            (O::Confirmed, P::Canceled, money(0, 0, 0), S::HoldForStaff),
            (O::Confirmed, P::RequiresPaymentMethod, money(0, 0, 0), S::HoldForStaff),
            (O::Confirmed, P::Processing, money(0, 0, 0), S::Nothing),
            (O::Completed, P::Succeeded, money(3_240, 3_240, 0), S::Nothing),
        ] {
            assert_eq!(settlement(order, payment, money), want, "{order} {payment} {money:?}");
        }
    }

    #[test]
    fn cash_does_not_become_a_card() {
        assert!(PaymentState::DueOnDelivery.observe(PaymentState::Processing).is_err());
        assert!(PaymentState::Processing.observe(PaymentState::DueOnDelivery).is_err());
    }
}
