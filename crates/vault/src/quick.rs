//! Requests that are quick: they need one entry on the disk at most, and no thread that waits for it alone. Nearly all
//! of what the shop asks is of that kind.

use crate::{
    house::{Asked, Done, Fault, House},
    records::Opening,
};
use vault_api::{Request, Response, Role};

/// A request that opens more takes a thread of its own: a long list must not hold up those who open little.
const QUICK_ITEMS_MAX: usize = 128;

/// How far a request has got at once.
pub(crate) enum Begun<'a> {
    /// It is done.
    Answered(Response),
    /// It is judged, and its entry is in the row for the disk.
    Opening(Opening<'a>),
    /// It may take long.
    Long(Long),
}

/// What may take long: a password, a change of the store, a refusal that is written down before it is told.
pub(crate) enum Long {
    /// A request that was not looked at.
    Request(Role, Request),
    /// One that is not done.
    Refusal(Asked, Fault),
}

impl House {
    /// Begins a request, and ends it where it needs nothing that takes time.
    pub(crate) fn begin(&self, role: Role, request: Request) -> Begun<'_> {
        let asked = self.asked(role, &request);
        let begun: Done<Begun<'_>> = match request {
            Request::Unseal { cap, purpose, items }
                if role == Role::Web && items.len() <= QUICK_ITEMS_MAX =>
            {
                self.begin_unseal(asked, &cap, purpose, items).map(Begun::Opening)
            }
            Request::WhoAmI { cap } if role == Role::Web => {
                self.who_am_i(asked, &cap).map(|who| Begun::Answered(self.respond(asked, Ok(who))))
            }
            request => Ok(Begun::Long(Long::Request(role, request))),
        };
        begun.unwrap_or_else(|fault| Begun::Long(Long::Refusal(asked, fault)))
    }

    /// Ends what was begun: returns when the entry is on the disk and the fields are open.
    pub(crate) fn finish(&self, opening: Opening<'_>) -> Response {
        let asked = opening.asked;
        let done = self.finish_unseal(opening);
        self.respond(asked, done)
    }

    /// Does what may take long.
    pub(crate) fn take_time(&self, long: Long) -> Response {
        match long {
            Long::Request(role, request) => self.answer(role, request),
            Long::Refusal(asked, fault) => self.respond(asked, Err(fault)),
        }
    }
}
