//! Stock: what is on the shelf, and how much of it is promised.

use crate::Refusal;

/// From how many pieces on visitors are told how many are left.
pub const FEW: u32 = 5;

/// The stock of one variant. Invariant: `0 <= reserved <= on_hand`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StockLevel {
    /// Pieces in the house.
    pub on_hand: u32,
    /// Pieces of those that belong to open orders.
    pub reserved: u32,
}

/// What visitors are told of a variant's stock: the exact number only of the last few, so that most sales change no page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// Nothing can be bought.
    None,
    /// So many, at most [`FEW`].
    Few(u32),
    /// More than [`FEW`].
    Enough,
}

crate::words! {
    /// Why stock moved.
    StockReason {
        /// Promised to an order.
        Reserve = "reserve",
        /// The order was given up.
        Release = "release",
        /// Left the house.
        Ship = "ship",
        /// Made or bought.
        Receive = "receive",
        /// Counted anew by staff.
        Count = "count",
        /// Spoiled, broken or given away.
        WriteOff = "write_off",
    }
}

impl StockLevel {
    /// What can still be sold.
    pub fn available(self) -> u32 {
        self.on_hand.saturating_sub(self.reserved)
    }

    /// What visitors are told of it.
    pub fn availability(self) -> Availability {
        match self.available() {
            0 => Availability::None,
            n if n <= FEW => Availability::Few(n),
            _ => Availability::Enough,
        }
    }

    /// After `quantity` pieces moved for `reason`; for [`StockReason::Count`], `quantity` is the new count.
    ///
    /// # Errors
    /// Where more would be promised than there is, or more taken than was promised.
    pub fn moved(self, reason: StockReason, quantity: u32) -> Result<StockLevel, Refusal> {
        use StockReason as R;
        let StockLevel { on_hand, reserved } = self;
        let next = match reason {
            R::Reserve => reserved.checked_add(quantity).map(|reserved| StockLevel { on_hand, reserved }),
            R::Release => reserved.checked_sub(quantity).map(|reserved| StockLevel { on_hand, reserved }),
            R::Ship => on_hand
                .checked_sub(quantity)
                .zip(reserved.checked_sub(quantity))
                .map(|(on_hand, reserved)| StockLevel { on_hand, reserved }),
            R::Receive => on_hand.checked_add(quantity).map(|on_hand| StockLevel { on_hand, reserved }),
            R::Count => Some(StockLevel { on_hand: quantity, reserved }),
            R::WriteOff => on_hand.checked_sub(quantity).map(|on_hand| StockLevel { on_hand, reserved }),
        };
        next.filter(|s| s.reserved <= s.on_hand).ok_or(Refusal {
            machine: "stock",
            state: "short",
            event: reason.word(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn never_oversold(start in 0u32..50, moves in prop::collection::vec((0usize..6, 0u32..30), 0..60)) {
            let mut level = StockLevel { on_hand: start, reserved: 0 };
            for (reason, quantity) in moves {
                if let Ok(next) = level.moved(StockReason::ALL[reason], quantity) {
                    level = next;
                }
                prop_assert!(level.reserved <= level.on_hand);
            }
        }
    }

    #[test]
    fn the_last_box() {
        let level = StockLevel { on_hand: 1, reserved: 1 };
        assert!(level.moved(StockReason::Reserve, 1).is_err());
        assert_eq!(level.moved(StockReason::Ship, 1).unwrap(), StockLevel::default());
        assert!(
            level.moved(StockReason::Count, 0).is_err(),
            "a count below what is promised needs a decision"
        );
    }
}
