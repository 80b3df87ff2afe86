//! The fulfillment's state machine: one fulfillment for each recipient of an order.

use crate::Refusal;

crate::words! {
    /// Where a recipient's goods are.
    FulfillmentState {
        /// Not packed, or packed and still in the house.
        Unfulfilled = "unfulfilled",
        /// Handed to the carrier.
        Shipped = "shipped",
        /// Arrived.
        Delivered = "delivered",
        /// Will not be sent.
        Canceled = "canceled",
        /// Came back.
        Returned = "returned",
    }
}

crate::words! {
    /// What can happen to a fulfillment.
    FulfillmentEvent {
        /// Handed to the carrier, with a tracking number.
        Ship = "ship",
        /// The carrier says it arrived.
        Deliver = "deliver",
        /// The order was cancelled before it left.
        Cancel = "cancel",
        /// The carrier brought it back.
        Return = "return",
    }
}

crate::words! {
    /// Who carries it.
    Carrier {
        /// ヤマト運輸.
        Yamato = "yamato",
        /// 佐川急便.
        Sagawa = "sagawa",
        /// 日本郵便.
        JapanPost = "japan_post",
    }
}

impl FulfillmentState {
    /// The state after `event`.
    pub fn on(self, event: FulfillmentEvent) -> Result<FulfillmentState, Refusal> {
        use {FulfillmentEvent as E, FulfillmentState as S};
        match (self, event) {
            (S::Unfulfilled, E::Ship) => Ok(S::Shipped),
            (S::Unfulfilled, E::Cancel) => Ok(S::Canceled),
            (S::Shipped, E::Deliver) => Ok(S::Delivered),
            (S::Shipped | S::Delivered, E::Return) => Ok(S::Returned),
            (state, event) => {
                Err(Refusal { machine: "fulfillment", state: state.word(), event: event.word() })
            }
        }
    }
}

/// A carrier's tracking number: 10 to 14 digits, hyphens and spaces taken out, full-width digits folded.
///
/// # Errors
/// `None` where anything but digits remains or the length does not fit.
pub fn tracking_number(typed: &str) -> Option<String> {
    let digits: String =
        crate::text::fold_width(typed).chars().filter(|c| !matches!(c, '-' | ' ' | '−' | 'ー')).collect();
    ((10..=14).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_table() {
        let mut table = Vec::new();
        for state in FulfillmentState::ALL {
            for event in FulfillmentEvent::ALL {
                if let Ok(next) = state.on(*event) {
                    table.push(format!("{state} {event} {next}"));
                }
            }
        }
        assert_eq!(
            table,
            [
                "unfulfilled ship shipped",
                "unfulfilled cancel canceled",
                "shipped deliver delivered",
                "shipped return returned",
                "delivered return returned"
            ]
        );
    }

    #[test]
    fn tracking_numbers() {
        assert_eq!(tracking_number("1234-5678-9012").as_deref(), Some("123456789012"));
        assert_eq!(tracking_number("１２３４５６７８９０").as_deref(), Some("1234567890"));
        assert_eq!(tracking_number("12345"), None);
        assert_eq!(tracking_number("abcdefghijkl"), None);
    }
}
