//! Reading a request's body: whole, within a size and a time.

use crate::refusal::Refusal;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::{HeaderMap, body::Incoming, header};
use std::time::Duration;

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
/// [`Refusal::BodyTooLarge`], or [`Refusal::BodyLate`] where it did not come whole in time.
pub(crate) async fn read(headers: &HeaderMap, body: Incoming, room: Room) -> Result<Bytes, Refusal> {
    let stated = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|l| l.to_str().ok())
        .and_then(|l| l.parse::<usize>().ok());
    if stated.is_some_and(|l| l > room.bytes_max + room.drain_bytes_max) {
        return Err(Refusal::BodyTooLarge);
    }
    let reading = collect(body, room, stated.unwrap_or(0));
    tokio::time::timeout(room.time, reading).await.unwrap_or(Err(Refusal::BodyLate))
}

async fn collect(mut body: Incoming, room: Room, stated: usize) -> Result<Bytes, Refusal> {
    let mut whole = BytesMut::with_capacity(stated.min(room.bytes_max));
    let mut seen = 0;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Err(Refusal::BodyLate) };
        let Some(data) = frame.data_ref() else { continue };
        seen += data.len();
        if seen > room.bytes_max + room.drain_bytes_max {
            return Err(Refusal::BodyTooLarge);
        }
        if seen <= room.bytes_max {
            whole.extend_from_slice(data);
        }
    }
    if seen > room.bytes_max { Err(Refusal::BodyTooLarge) } else { Ok(whole.freeze()) }
}
