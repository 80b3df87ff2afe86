//! Reading a request's body: whole, within a size and a time.

use crate::{
    places::{Held, NoRoom, Place},
    refusal::Refusal,
};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::{HeaderMap, body::Incoming, header};
use std::{sync::Arc, time::Duration};

/// How long who finds no room is told to wait.
const AGAIN: Duration = Duration::from_secs(2);
/// So much is set aside before anything has come, whatever length is stated.
const FIRST_BYTES: usize = 4 * 1024;

/// A body that was read, counted as held for its sender until it is dropped.
pub(crate) struct Read {
    pub(crate) bytes: Bytes,
    _held: Option<Held>,
}

impl Read {
    /// Where there is none.
    pub(crate) fn nothing() -> Read {
        Read { bytes: Bytes::new(), _held: None }
    }
}

/// How much may be read, and how long it may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    pub(crate) bytes_max: usize,
    pub(crate) drain_bytes_max: usize,
    pub(crate) time: Duration,
}

/// Reads the whole body. One that is too large is still read on for a while and thrown away: a sender whose
/// connection is cut while it sends never sees the answer.
///
/// # Errors
/// [`Refusal::BodyTooLarge`], [`Refusal::BodyLate`] where it did not come whole in time, or [`Refusal::Pace`] where
/// the house is full of others.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Incoming,
    room: Room,
    place: &Arc<Place>,
) -> Result<Read, Refusal> {
    let stated = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|l| l.to_str().ok())
        .and_then(|l| l.parse::<usize>().ok());
    if stated.is_some_and(|l| l > room.bytes_max + room.drain_bytes_max) {
        return Err(Refusal::BodyTooLarge);
    }
    let reading = collect(body, room, stated.unwrap_or(0), place);
    tokio::time::timeout(room.time, reading).await.unwrap_or(Err(Refusal::BodyLate))
}

async fn collect(mut body: Incoming, room: Room, stated: usize, place: &Arc<Place>) -> Result<Read, Refusal> {
    let mut whole = BytesMut::with_capacity(stated.min(FIRST_BYTES));
    let (mut seen, mut held) = (0, place.hold());
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Err(Refusal::BodyLate) };
        let Some(data) = frame.data_ref() else { continue };
        seen += data.len();
        place.came(data.len());
        if seen > room.bytes_max + room.drain_bytes_max {
            return Err(Refusal::BodyTooLarge);
        }
        if seen <= room.bytes_max {
            held.more(data.len()).map_err(|NoRoom| Refusal::Pace(AGAIN))?;
            whole.extend_from_slice(data);
        }
    }
    if seen > room.bytes_max {
        return Err(Refusal::BodyTooLarge);
    }
    Ok(Read { bytes: whole.freeze(), _held: Some(held) })
}
