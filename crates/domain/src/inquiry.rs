//! Words of inquiries about an incident: who asks, how, what for, and by which way the answer goes.

crate::words! {
    /// Who asks. What he says of himself is not proved by it.
    Asker {
        /// The customer himself.
        Customer = "customer",
        /// Somebody of his family, or who acts for him.
        Family = "family",
        /// A lawyer.
        Lawyer = "lawyer",
        /// The payment processor or a card company.
        Processor = "processor",
        /// The police or another authority.
        Police = "police",
    }
}

crate::words! {
    /// By which way somebody asked.
    Via {
        /// The form on our page.
        Form = "form",
        /// A mail.
        Mail = "mail",
        /// The telephone; staff wrote it down.
        Phone = "phone",
    }
}

crate::words! {
    /// What he wants to know.
    Level {
        /// Whether he is concerned. Asked with the registered mail address.
        Concerned = "concerned",
        /// Which card it was: the last four digits. Asked with the registered full name and mail address or telephone.
        Card = "card",
    }
}

crate::words! {
    /// By which way he wants the answer. All of them lead to what was registered, none to what was just typed.
    Reach {
        /// A mail to the registered address.
        Mail = "mail",
        /// A call to the registered telephone number.
        Call = "call",
        /// A letter to the postal address at that order.
        Letter = "letter",
    }
}

crate::words! {
    /// Where an inquiry stands.
    CaseState {
        /// It waits for the next round of answers.
        Received = "received",
        /// Somebody of the staff has to do something.
        Staff = "staff",
        /// Answered, or nothing is registered under what was given.
        Answered = "answered",
        /// Done with.
        Closed = "closed",
    }
}
