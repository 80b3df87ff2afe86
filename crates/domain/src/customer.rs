//! Customers with an account.

crate::words! {
    /// Whether an account may be used.
    CustomerStatus {
        /// Registered; the mail address is not confirmed yet.
        Pending = "pending",
        /// In use.
        Active = "active",
        /// Its owner wants to leave: nothing is ordered any more, and the vault is about to erase him.
        Leaving = "leaving",
        /// Closed; its owner is erased.
        Closed = "closed",
    }
}

crate::words! {
    /// Where a message sent through the contact form stands.
    InquiryState {
        /// Nobody has answered.
        Open = "open",
        /// Answered; the sender may write again.
        Answered = "answered",
        /// Done with.
        Closed = "closed",
    }
}
