//! The till's socket: frames in, frames out, a thread for each connection.

use crate::{
    api::{Answer, CHANGES_WAIT_MS_MAX, FRAME_BYTES_MAX, PaymentView, Request, TillError},
    desk::Desk,
};
use std::{
    os::unix::net::UnixStream,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};
use telemetry::Life;
use wire::Line;

/// The most connections at once; the pools of web and gate keep at most 32 each.
const CONNECTIONS_MAX: usize = 128;
/// How long an answer may take to be taken.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// Starts the thread that takes connections; it ends with the process.
pub fn start(listener: wire::Listener, desk: &Arc<Desk>, life: &Life) -> std::io::Result<JoinHandle<()>> {
    let (desk, life) = (Arc::clone(desk), life.clone());
    let connections = Arc::new(AtomicUsize::new(0));
    std::thread::Builder::new().name("wire".into()).spawn(move || {
        while !life.is_stopping() {
            let Ok((stream, _)) = listener.accept() else {
                life.sleep(Duration::from_millis(100));
                continue;
            };
            let many = connections.fetch_add(1, Ordering::AcqRel) >= CONNECTIONS_MAX;
            let (desk, life, mine) = (Arc::clone(&desk), life.clone(), Arc::clone(&connections));
            let spawned = std::thread::Builder::new().name("wire".into()).spawn(move || {
                serve(&desk, &life, stream, many);
                mine.fetch_sub(1, Ordering::AcqRel);
            });
            if spawned.is_err() {
                connections.fetch_sub(1, Ordering::AcqRel);
            }
        }
    })
}

fn serve(desk: &Desk, life: &Life, stream: UnixStream, busy: bool) {
    if stream.set_write_timeout(Some(WRITE_TIMEOUT)).is_err() {
        return;
    }
    let mut line = Line::new(stream);
    while let Ok(Some(request)) = line.recv::<Request>(FRAME_BYTES_MAX) {
        let answer = if busy { Answer::Failed(TillError::Busy) } else { answer(desk, life, request) };
        if line.send(&answer).is_err() || busy || life.is_stopping() {
            return;
        }
    }
}

fn view(view: PaymentView) -> Answer {
    Answer::View(Box::new(view))
}

fn answer(desk: &Desk, life: &Life, request: Request) -> Answer {
    let done = match request {
        Request::Create(asked) => desk.create(&asked).map(Answer::Created),
        Request::Retrieve { order } => desk.retrieve(order).map(view),
        Request::Status { order } => desk.status(order).map(view),
        Request::Cancel { order } => desk.cancel(order).map(view),
        Request::Refund { order, attempt, amount, key } => {
            desk.refund(order, attempt, amount, key).map(Answer::Refunded)
        }
        Request::Changes { after, wait_ms } => {
            let wait = Duration::from_millis(wait_ms.min(CHANGES_WAIT_MS_MAX));
            desk.changes(after, wait, life).map(Answer::Changes)
        }
        Request::IsOurs { url } => desk.is_ours(&url).map(Answer::IsOurs),
        Request::Ping => Ok(Answer::Pong(desk.reaches_processor())),
        Request::Capture { order } => desk.capture(order).map(view),
        Request::Cards { person } => desk.cards(person).map(Answer::Cards),
        Request::RemoveCard { person, card } => desk.remove_card(person, card).map(|()| Answer::Done),
        Request::ForgetCustomer { person } => desk.forget_customer(person).map(|()| Answer::Done),
        Request::Listed(query) => desk.listed(&query).map(Answer::Listed),
        Request::ClosePages => desk.close_pages().map(Answer::PagesClosed),
    };
    done.unwrap_or_else(|why| {
        if why == TillError::StoreFailed {
            tracing::error!("till_store_failed");
        }
        Answer::Failed(why)
    })
}
