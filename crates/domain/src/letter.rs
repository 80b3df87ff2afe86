//! Letters about an incident, and the state machines of a batch and of each letter in it.

use crate::Refusal;

/// The most letters of a batch: what people can fold in a day, and what a program that shows the file can open. The others go
/// into the next one.
pub const LETTERS_MAX: usize = 10_000;

crate::words! {
    /// Where a batch stands.
    BatchState {
        /// Its letters are being written down. Broken off, nothing of it is ever made.
        Planning = "planning",
        /// Who gets one and what it says is settled; it waits for approvals.
        Settled = "settled",
        /// Its file is to be made.
        Making = "making",
        /// The file and the posting list lie ready for the printer.
        Made = "made",
        /// It is on paper.
        Printed = "printed",
        /// It is with the post.
        Posted = "posted",
        /// Given up: its letters go into another one.
        Dropped = "dropped",
    }
}

crate::words! {
    /// What can happen to a batch.
    BatchEvent {
        /// All its letters are written down.
        Settle = "settle",
        /// Somebody says that it shall be made, or made again.
        Make = "make",
        /// The file is there.
        Finish = "finish",
        /// Somebody printed it.
        Print = "print",
        /// Somebody brought it to the post.
        Post = "post",
        /// Somebody gives it up.
        Drop = "drop",
    }
}

impl BatchState {
    /// The state after `event`.
    ///
    /// # Errors
    /// Where that cannot happen to a batch in this state.
    pub fn on(self, event: BatchEvent) -> Result<BatchState, Refusal> {
        use {BatchEvent as E, BatchState as S};
        match (self, event) {
            (S::Planning, E::Settle) => Ok(S::Settled),
            // A file that was lost or spoilt is made once more, as long as nothing was posted.
            (S::Settled | S::Made | S::Printed, E::Make) => Ok(S::Making),
            (S::Making, E::Finish) => Ok(S::Made),
            (S::Made, E::Print) => Ok(S::Printed),
            (S::Printed, E::Post) => Ok(S::Posted),
            (S::Settled | S::Making | S::Made | S::Printed, E::Drop) => Ok(S::Dropped),
            (state, event) => Err(Refusal { machine: "letters", state: state.word(), event: event.word() }),
        }
    }

    /// Whether its file may lie on the disk.
    pub fn has_file(self) -> bool {
        matches!(self, BatchState::Making | BatchState::Made | BatchState::Printed)
    }
}

crate::words! {
    /// Where a letter stands: exactly one of these at any time.
    LetterState {
        /// To be made.
        Planned = "planned",
        /// In the file.
        Made = "made",
        /// It cannot be printed: a person has to write it.
        Unfit = "unfit",
        /// With the post, as far as anybody knows.
        Posted = "posted",
        /// It came back.
        Returned = "returned",
        /// Its batch was given up.
        Dropped = "dropped",
    }
}

crate::words! {
    /// Why a letter came back, as the post marks it.
    LetterReturn {
        /// あて所に尋ねあたりません: nobody of this name is known there.
        Unknown = "unknown",
        /// 転居先不明: moved, and nobody knows where to.
        Moved = "moved",
        /// 受取拒絶: refused.
        Refused = "refused",
        /// 保管期間経過: not fetched.
        Unclaimed = "unclaimed",
        /// Something else.
        Other = "other",
    }
}

impl LetterState {
    /// Whether it can have come back: it was posted, or came back before and was marked with the wrong reason.
    pub fn can_return(self) -> bool {
        matches!(self, LetterState::Posted | LetterState::Returned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_table() {
        let mut table = Vec::new();
        for state in BatchState::ALL {
            let next = |event: &BatchEvent| Some(format!("{state} {event} {}", state.on(*event).ok()?));
            table.extend(BatchEvent::ALL.iter().filter_map(next));
        }
        assert_eq!(
            table,
            [
                "planning settle settled",
                "settled make making",
                "settled drop dropped",
                "making finish made",
                "making drop dropped",
                "made make making",
                "made print printed",
                "made drop dropped",
                "printed make making",
                "printed post posted",
                "printed drop dropped",
            ]
        );
    }

    /// What is with the post is never printed again.
    #[test]
    fn nothing_leads_back_from_posted() {
        assert!(BatchEvent::ALL.iter().all(|event| BatchState::Posted.on(*event).is_err()));
        assert!(BatchEvent::ALL.iter().all(|event| BatchState::Dropped.on(*event).is_err()));
    }
}
