//! The order's state machine. Payment and fulfillment have their own ([`crate::payment`], [`crate::fulfillment`]).

use crate::Refusal;

crate::words! {
    /// Where an order stands.
    OrderState {
        /// Placed; stock is reserved; the card payment is not settled yet.
        AwaitingPayment = "awaiting_payment",
        /// Paid, or to be paid on delivery: the staff may pack it.
        Confirmed = "confirmed",
        /// Every recipient's goods have left the house.
        Completed = "completed",
        /// Given up or taken back; stock is free again.
        Canceled = "canceled",
    }
}

crate::words! {
    /// What can happen to an order.
    OrderEvent {
        /// The payment is settled (or is due on delivery).
        PaymentSettled = "payment_settled",
        /// The payment was given up, refused for good or ran out.
        PaymentLost = "payment_lost",
        /// The last open fulfillment was shipped.
        AllShipped = "all_shipped",
        /// Staff cancelled the order.
        Cancel = "cancel",
    }
}

crate::words! {
    /// Through which door an order came.
    Channel {
        /// This online shop.
        Web = "web",
        /// Taken by telephone and typed by staff.
        Phone = "phone",
        /// Imported from a shop system used before.
        Import = "import",
    }
}

impl OrderState {
    /// The state after `event`.
    ///
    /// A payment that settles after the order was cancelled is refused here: the caller must give the money
    /// back (see [`crate::payment::settlement`]), never revive an order whose stock is gone.
    pub fn on(self, event: OrderEvent) -> Result<OrderState, Refusal> {
        use {OrderEvent as E, OrderState as S};
        match (self, event) {
            (S::AwaitingPayment, E::PaymentSettled) => Ok(S::Confirmed),
            (S::AwaitingPayment, E::PaymentLost) => Ok(S::Canceled),
            (S::Confirmed, E::AllShipped) => Ok(S::Completed),
            (S::AwaitingPayment | S::Confirmed, E::Cancel) => Ok(S::Canceled),
            (state, event) => Err(Refusal { machine: "order", state: state.word(), event: event.word() }),
        }
    }

    /// Whether the order still holds stock that has not left the house.
    pub fn holds_stock(self) -> bool {
        matches!(self, OrderState::AwaitingPayment | OrderState::Confirmed)
    }
}

/// An order's public number: `R` and year, then eight digits with a check digit, such as `R26-0000-1234`.
///
/// Staff read it out on the telephone, so the last digit (ISO 7064 MOD 11-10) catches a mistyped one.
pub fn order_number(year: i16, sequence: u32) -> String {
    let body = format!("{:07}", sequence % 10_000_000);
    let check = mod_11_10(&body);
    format!("R{:02}-{}-{}{}", year.rem_euclid(100), &body[..4], &body[4..], check)
}

/// Whether `text` has the form and check digit of [`order_number`].
pub fn is_order_number(text: &str) -> bool {
    let b = text.as_bytes();
    let shape = b.len() == 13 && text.is_ascii() && b[0] == b'R' && b[3] == b'-' && b[8] == b'-';
    let digits = |r: std::ops::Range<usize>| b[r].iter().all(u8::is_ascii_digit);
    shape && digits(1..3) && digits(4..8) && digits(9..13) && {
        let body = format!("{}{}", &text[4..8], &text[9..12]);
        mod_11_10(&body) == char::from(b[12])
    }
}

fn mod_11_10(digits: &str) -> char {
    let mut product = 10;
    for d in digits.bytes() {
        let mut sum = (u32::from(d - b'0') + product) % 10;
        if sum == 0 {
            sum = 10;
        }
        product = (sum * 2) % 11;
    }
    char::from(b'0' + ((11 - product) % 10) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn golden_table() {
        use OrderState as S;
        let mut table = String::new();
        for state in S::ALL {
            for event in OrderEvent::ALL {
                if let Ok(next) = state.on(*event) {
                    table += &format!("{state} + {event} = {next}\n");
                }
            }
        }
        assert_eq!(
            table,
            "awaiting_payment + payment_settled = confirmed\nawaiting_payment + payment_lost = canceled\n\
             awaiting_payment + cancel = canceled\nconfirmed + all_shipped = completed\nconfirmed + cancel = canceled\n"
        );
    }

    proptest! {
        #[test]
        fn numbers_check(seq in 0u32..10_000_000, at in 4usize..13, digit in b'0'..=b'9') {
            let number = order_number(2026, seq);
            prop_assert!(is_order_number(&number));
            let mut typo = number.clone().into_bytes();
            if typo[at].is_ascii_digit() && typo[at] != digit {
                typo[at] = digit;
                prop_assert!(!is_order_number(std::str::from_utf8(&typo).unwrap()));
            }
        }
    }
}
