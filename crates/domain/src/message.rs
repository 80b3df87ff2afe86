//! Messages to buyers and members, and the state machine of their delivery.

use crate::Refusal;

crate::words! {
    /// What a message is about. The vault binds the same words into a message grant.
    MessageKind {
        /// The order is in our books.
        OrderReceived = "order_received",
        /// The card was charged.
        PaymentReceived = "payment_received",
        /// A recipient's goods have left the house.
        Shipped = "shipped",
        /// The order was given up.
        Canceled = "canceled",
        /// Money is on its way back.
        Refunded = "refunded",
        /// An answer to somebody who asked about an incident.
        InquiryAnswer = "inquiry_answer",
        /// Something about an account. What it says only the vault and `post` know.
        Account = "account",
    }
}

crate::words! {
    /// Where a message stands.
    DeliveryState {
        /// To be sent, now or at its next time.
        Queued = "queued",
        /// One sender holds it.
        Sending = "sending",
        /// The receiving server took it.
        Sent = "sent",
        /// The text was handed over and the answer was lost: it may have arrived. Never sent again unasked.
        Unknown = "unknown",
        /// Given up, or refused for good.
        Failed = "failed",
    }
}

crate::words! {
    /// What can happen to a message.
    DeliveryEvent {
        /// A sender takes it.
        Claim = "claim",
        /// The receiving server said yes.
        Accepted = "accepted",
        /// The server said no for now, or could not be reached.
        Deferred = "deferred",
        /// The server said no for good, or the time is over.
        Rejected = "rejected",
        /// The text was on its way when the line or the sender died.
        Lost = "lost",
        /// Staff decided to send an unknown or failed one again.
        Requeue = "requeue",
        /// It came back from a server that had taken it.
        Returned = "returned",
    }
}

crate::words! {
    /// What a mail that came back says of its recipient.
    ReturnOutcome {
        /// It will not be delivered.
        Failed = "failed",
        /// The recipient called it unwanted.
        Complaint = "complaint",
        /// It is still being tried.
        Delayed = "delayed",
        /// A machine answered for the recipient: it has arrived.
        AutoReply = "auto_reply",
    }
}

impl DeliveryState {
    /// The state after `event`.
    pub fn on(self, event: DeliveryEvent) -> Result<DeliveryState, Refusal> {
        use {DeliveryEvent as E, DeliveryState as S};
        match (self, event) {
            (S::Queued, E::Claim) => Ok(S::Sending),
            (S::Sending, E::Accepted) => Ok(S::Sent),
            (S::Sending, E::Deferred) => Ok(S::Queued),
            (S::Sending, E::Rejected) => Ok(S::Failed),
            (S::Sending, E::Lost) => Ok(S::Unknown),
            (S::Sent | S::Unknown, E::Returned) => Ok(S::Failed),
            (S::Unknown | S::Failed, E::Requeue) => Ok(S::Queued),
            (state, event) => Err(Refusal { machine: "message", state: state.word(), event: event.word() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_table() {
        let mut table = Vec::new();
        for state in DeliveryState::ALL {
            for event in DeliveryEvent::ALL {
                if let Ok(next) = state.on(*event) {
                    table.push(format!("{state} {event} {next}"));
                }
            }
        }
        assert_eq!(
            table,
            [
                "queued claim sending",
                "sending accepted sent",
                "sending deferred queued",
                "sending rejected failed",
                "sending lost unknown",
                "sent returned failed",
                "unknown requeue queued",
                "unknown returned failed",
                "failed requeue queued"
            ]
        );
    }
}
