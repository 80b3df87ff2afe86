//! When the shop is locked: every payment page that is open is closed, and what was paid stays paid.

use super::{Desk, Done, Fault, lock};
use crate::api::{PagesClosed, TillError};
use domain::payment::PaymentState;
use std::{sync::Mutex, thread};
use uuid::Uuid;

/// How many orders are closed side by side: each is a call to the processor.
const SIDE_BY_SIDE: usize = 8;

impl Desk {
    /// See [`crate::Client::close_pages`].
    pub fn close_pages(&self) -> Done<PagesClosed> {
        let orders = Mutex::new(self.book.open_orders()?);
        let (counted, failed) = (Mutex::new(PagesClosed::default()), Mutex::new(None));
        let next = || lock(&orders).pop();
        thread::scope(|scope| {
            for _ in 0..SIDE_BY_SIDE {
                scope.spawn(|| {
                    while let Some(order) = next() {
                        match self.close_pages_of(order) {
                            Ok(of_order) => lock(&counted).add(of_order),
                            Err(error) => *lock(&failed) = Some(error),
                        }
                    }
                });
            }
        });
        let (counted, failed) = (*lock(&counted), lock(&failed).take());
        tracing::warn!(
            closed = counted.closed,
            paid = counted.paid,
            unknown = counted.unknown,
            "pages_closed"
        );
        failed.map_or(Ok(counted), Err)
    }

    fn close_pages_of(&self, order: Uuid) -> Result<PagesClosed, TillError> {
        let _turn = self.turn(order);
        let mut counted = PagesClosed::default();
        for attempt in &mut self.book.attempts(order)? {
            if attempt.state.is_final() || attempt.state == PaymentState::RequiresCapture {
                continue;
            }
            // Not wanted closed for ever: money that is authorised at this moment is not released.
            let answered = match self.close(attempt) {
                Err(Fault::Book(error)) => return Err(error.into()),
                answered => answered.is_ok(),
            };
            match attempt.state {
                PaymentState::Canceled => counted.closed += 1,
                PaymentState::Succeeded | PaymentState::RequiresCapture => counted.paid += 1,
                _ => {
                    counted.unknown += 1;
                    if !answered {
                        self.schedule.soon(order);
                    }
                }
            }
        }
        Ok(counted)
    }
}

impl PagesClosed {
    fn add(&mut self, other: PagesClosed) {
        self.closed += other.closed;
        self.paid += other.paid;
        self.unknown += other.unknown;
    }
}
