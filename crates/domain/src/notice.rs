//! Notices about an incident, and the state machines of a campaign and of each notice in it.

use crate::{Refusal, letter::LetterState, message::ReturnOutcome};

crate::words! {
    /// Where a campaign stands.
    CampaignState {
        /// Its notices are being written down. Nothing of it is sent, ever, if that is broken off.
        Planning = "planning",
        /// Whom it writes to and what is settled; it waits for approvals and for the word to send.
        Settled = "settled",
        /// Its notices go out.
        Sending = "sending",
        /// They wait for the word to go on.
        Paused = "paused",
        /// None waits any more.
        Done = "done",
    }
}

crate::words! {
    /// What can happen to a campaign.
    CampaignEvent {
        /// All notices are written down.
        Settle = "settle",
        /// Somebody says that it shall be sent, or go on.
        Send = "send",
        /// Somebody says that it shall wait.
        Pause = "pause",
        /// No notice waits any more.
        End = "end",
    }
}

impl CampaignState {
    /// The state after `event`.
    ///
    /// # Errors
    /// Where that cannot happen to a campaign in this state.
    pub fn on(self, event: CampaignEvent) -> Result<CampaignState, Refusal> {
        use {CampaignEvent as E, CampaignState as S};
        match (self, event) {
            (S::Planning, E::Settle) => Ok(S::Settled),
            // Done, too: staff may let notices be sent again that were in doubt or refused.
            (S::Settled | S::Paused | S::Done, E::Send) => Ok(S::Sending),
            (S::Sending, E::Pause) => Ok(S::Paused),
            (S::Sending, E::End) => Ok(S::Done),
            (state, event) => Err(Refusal { machine: "campaign", state: state.word(), event: event.word() }),
        }
    }
}

crate::words! {
    /// Where a notice stands: exactly one of these at any time.
    NoticeState {
        /// To be sent; no server has it.
        Planned = "planned",
        /// A server did not take it now; to be sent again. No server has it.
        Delayed = "delayed",
        /// The whole text was handed over, and no answer is known: it may have arrived. Never sent again unasked.
        Doubt = "doubt",
        /// A server took it.
        Accepted = "accepted",
        /// Refused for good, or given up. No server has it.
        Refused = "refused",
        /// There is no mail address to send it to.
        Unreachable = "unreachable",
    }
}

crate::words! {
    /// What can happen to a notice.
    NoticeEvent {
        /// The whole text is about to be in a server's hands.
        Begin = "begin",
        /// The server said yes.
        Accept = "accept",
        /// It said no for now, or could not be reached.
        Defer = "defer",
        /// It said no for good, or the time is over.
        Refuse = "refuse",
        /// Staff looked into one in doubt: it has to be sent again.
        Again = "again",
    }
}

crate::words! {
    /// What is known of a notice altogether, from its state and from what came back.
    Fate {
        /// To be sent.
        Waiting = "waiting",
        /// A server, ours or another one, goes on trying.
        Delayed = "delayed",
        /// The whole text was handed over, and nothing more is known.
        Doubt = "doubt",
        /// A server took it, and nothing came back that says otherwise.
        Arrived = "arrived",
        /// It will not arrive: refused, given up, or returned.
        Failed = "failed",
        /// There is no mail address.
        Unreachable = "unreachable",
    }
}

impl Fate {
    /// Of a notice in this state, of which this came back. What was refused before it was sent again, and came back only
    /// then, says nothing of the second one: a notice that waits, waits.
    pub fn of(state: NoticeState, returned: Option<ReturnOutcome>) -> Fate {
        use {NoticeState as S, ReturnOutcome as R};
        match (state, returned) {
            (S::Planned, _) => Fate::Waiting,
            (S::Delayed, _) => Fate::Delayed,
            (S::Unreachable, _) => Fate::Unreachable,
            (S::Refused, _) | (S::Doubt | S::Accepted, Some(R::Failed)) => Fate::Failed,
            (S::Doubt | S::Accepted, Some(R::Delayed)) => Fate::Delayed,
            (S::Doubt | S::Accepted, Some(R::Complaint | R::AutoReply)) | (S::Accepted, None) => {
                Fate::Arrived
            }
            (S::Doubt, None) => Fate::Doubt,
        }
    }
}

crate::words! {
    /// What has become of telling a person, by mail and on paper: exactly one of these at any time.
    Told {
        /// A mail is to be sent.
        Waiting = "waiting",
        /// A server, ours or another one, goes on trying.
        Delayed = "delayed",
        /// A mail was handed over, and nothing more is known.
        Doubt = "doubt",
        /// A mail arrived, as far as anybody knows.
        Arrived = "arrived",
        /// No mail reaches him: a letter is to be planned.
        ToWrite = "to_write",
        /// A letter is planned, or lies ready.
        Written = "written",
        /// A letter is with the post, as far as anybody knows.
        Posted = "posted",
        /// Nothing reaches him: no postal address, one that cannot be printed, or the letter came back.
        Unreachable = "unreachable",
    }
}

impl Told {
    /// Of a notice with this fate and the letter that carries it further; `without`: no postal address is known.
    pub fn of(fate: Fate, letter: Option<LetterState>, without: bool) -> Told {
        use LetterState as L;
        match (fate, letter) {
            (Fate::Waiting, _) => Told::Waiting,
            (Fate::Delayed, _) => Told::Delayed,
            (Fate::Doubt, _) => Told::Doubt,
            (Fate::Arrived, _) => Told::Arrived,
            (Fate::Failed | Fate::Unreachable, Some(L::Planned | L::Made)) => Told::Written,
            (Fate::Failed | Fate::Unreachable, Some(L::Posted)) => Told::Posted,
            (Fate::Failed | Fate::Unreachable, Some(L::Unfit | L::Returned)) => Told::Unreachable,
            (Fate::Failed | Fate::Unreachable, Some(L::Dropped) | None) if without => Told::Unreachable,
            (Fate::Failed | Fate::Unreachable, Some(L::Dropped) | None) => Told::ToWrite,
        }
    }
}

impl NoticeState {
    /// The state after `event`.
    ///
    /// # Errors
    /// Where that cannot happen to a notice in this state.
    pub fn on(self, event: NoticeEvent) -> Result<NoticeState, Refusal> {
        use {NoticeEvent as E, NoticeState as S};
        match (self, event) {
            (S::Planned | S::Delayed, E::Begin) => Ok(S::Doubt),
            (S::Doubt, E::Accept) => Ok(S::Accepted),
            (S::Planned | S::Delayed | S::Doubt, E::Defer) => Ok(S::Delayed),
            (S::Planned | S::Delayed | S::Doubt, E::Refuse) => Ok(S::Refused),
            (S::Doubt | S::Refused, E::Again) => Ok(S::Planned),
            (state, event) => Err(Refusal { machine: "notice", state: state.word(), event: event.word() }),
        }
    }

    /// Whether it waits to be sent.
    pub fn waits(self) -> bool {
        matches!(self, NoticeState::Planned | NoticeState::Delayed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_tables() {
        let mut table = Vec::new();
        for state in CampaignState::ALL {
            let next = |event: &CampaignEvent| Some(format!("{state} {event} {}", state.on(*event).ok()?));
            table.extend(CampaignEvent::ALL.iter().filter_map(next));
        }
        for state in NoticeState::ALL {
            let next = |event: &NoticeEvent| Some(format!("{state} {event} {}", state.on(*event).ok()?));
            table.extend(NoticeEvent::ALL.iter().filter_map(next));
        }
        assert_eq!(
            table,
            [
                "planning settle settled",
                "settled send sending",
                "sending pause paused",
                "sending end done",
                "paused send sending",
                "done send sending",
                "planned begin doubt",
                "planned defer delayed",
                "planned refuse refused",
                "delayed begin doubt",
                "delayed defer delayed",
                "delayed refuse refused",
                "doubt accept accepted",
                "doubt defer delayed",
                "doubt refuse refused",
                "doubt again planned",
                "refused again planned",
            ]
        );
    }

    #[test]
    fn what_came_back_decides_between_arrived_and_not() {
        let mut table = Vec::new();
        for state in NoticeState::ALL {
            let returned = std::iter::once(None).chain(ReturnOutcome::ALL.iter().map(|r| Some(*r)));
            let fates: Vec<&str> = returned.map(|r| Fate::of(*state, r).word()).collect();
            table.push(format!("{state}: {}", fates.join(" ")));
        }
        // Nothing came back, failed, complaint, delayed, auto_reply.
        assert_eq!(
            table,
            [
                "planned: waiting waiting waiting waiting waiting",
                "delayed: delayed delayed delayed delayed delayed",
                "doubt: doubt failed arrived delayed arrived",
                "accepted: arrived failed arrived delayed arrived",
                "refused: failed failed failed failed failed",
                "unreachable: unreachable unreachable unreachable unreachable unreachable",
            ]
        );
    }

    #[test]
    fn a_letter_counts_where_no_mail_arrived() {
        let mut table = Vec::new();
        for fate in Fate::ALL {
            let letters = std::iter::once(None).chain(LetterState::ALL.iter().map(|l| Some(*l)));
            let told: Vec<&str> = letters.map(|l| Told::of(*fate, l, false).word()).collect();
            table.push(format!("{fate}: {}; {}", told.join(" "), Told::of(*fate, None, true)));
        }
        // No letter, planned, made, unfit, posted, returned, dropped; no postal address.
        let on_paper = "to_write written written unreachable posted unreachable to_write; unreachable";
        let by_mail = |fate: &str| format!("{fate}: {}; {fate}", [fate; 7].join(" "));
        let mut wanted: Vec<String> = ["waiting", "delayed", "doubt", "arrived"].map(by_mail).to_vec();
        wanted.extend(["failed", "unreachable"].map(|fate| format!("{fate}: {on_paper}")));
        assert_eq!(table, wanted);
    }

    /// What was taken, or may have been, is never sent again unasked.
    #[test]
    fn nothing_leads_back_from_accepted_and_only_staff_from_doubt_to_planned() {
        assert!(NoticeEvent::ALL.iter().all(|event| NoticeState::Accepted.on(*event).is_err()));
        assert!(NoticeState::Doubt.on(NoticeEvent::Begin).is_err());
    }
}
