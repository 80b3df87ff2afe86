//! Card-entry sessions: one record for each visitor who was served a cart or checkout page, finished or not.
//!
//! One page is left out: the empty cart, served to somebody who came without a visit's cookie. No page that leads to a
//! card follows from it, only from later ones, which open the record; robots ask for it by the thousand and would bury
//! those who may have typed a card. The gate's journal has its hash like that of any other page.
//!
//! After a break-in this record says who may have typed a card, when, and on which pages. It is kept whether or
//! not the purchase ended, and says of the card only what the processor gives back.

crate::words! {
    /// How far the visitor came.
    Step {
        /// Saw the cart.
        Cart = "cart",
        /// Saw the checkout form.
        Checkout = "checkout",
        /// Saw the page on which the order is confirmed.
        Confirm = "confirm",
        /// Placed the order with payment by card and was sent to the processor.
        SentToProcessor = "sent_to_processor",
        /// Came back from the processor, or was reported by it.
        Returned = "returned",
        /// Placed the order to be paid on delivery: no card page was offered.
        NoCard = "no_card",
    }
}

crate::words! {
    /// How the card reached the processor.
    Entry {
        /// No card was entered, or none that we know of.
        None = "none",
        /// Typed for this purchase.
        TypedNew = "typed_new",
        /// Typed to replace a saved one.
        TypedToChange = "typed_to_change",
        /// A card saved at the processor was used: nothing was typed.
        Saved = "saved",
    }
}

crate::words! {
    /// What became of it.
    Outcome {
        /// Still open, or left without a word.
        Open = "open",
        /// Paid.
        Succeeded = "succeeded",
        /// The processor or issuer refused.
        Failed = "failed",
        /// The visitor turned back, or the time ran out.
        Abandoned = "abandoned",
    }
}

impl Step {
    /// The further of the two: going back to the cart does not make a visitor less affected.
    pub fn furthest(self, other: Step) -> Step {
        if other.rank() > self.rank() { other } else { self }
    }

    fn rank(self) -> u8 {
        match self {
            Step::Cart => 0,
            Step::Checkout => 1,
            Step::Confirm => 2,
            Step::NoCard => 3,
            Step::SentToProcessor => 4,
            Step::Returned => 5,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_goes_back() {
        for a in Step::ALL {
            for b in Step::ALL {
                let far = a.furthest(*b);
                assert!(far.rank() >= a.rank() && far.rank() >= b.rank());
                assert_eq!(far.furthest(*a), far);
            }
        }
    }
}
