//! What comes and goes on a connection, counted for its [`Place`].

use crate::{
    answer::GateBody,
    places::{Held, Place},
};
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A client's stream that ends once more came on it than anybody sends who wants something.
pub(crate) struct Counted<S> {
    stream: S,
    place: Arc<Place>,
}

impl<S> Counted<S> {
    pub(crate) fn new(stream: S, place: Arc<Place>) -> Counted<S> {
        Counted { stream, place }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let too_much = self.place.chatters(buf.filled().len() - before);
        Poll::Ready(if too_much { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) })
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// An answer on its way out. What it holds is counted until the client has taken it.
pub(crate) struct Leaving {
    body: GateBody,
    held: Held,
    /// Over HTTP/2 the last byte goes by itself. It is handed on only when the client has room for all before it; until
    /// then the connection would hold the rest for him, and nobody would know.
    last_by_itself: bool,
    last: Option<Bytes>,
}

impl Leaving {
    /// `last_by_itself`: over HTTP/2.
    pub(crate) fn new(body: GateBody, mut held: Held, last_by_itself: bool) -> Leaving {
        // What streams through is not held here. An answer that is made is sent, also where much is held: others go.
        if let GateBody::Left(whole) = &body {
            let _ = held.more(whole.size_hint().exact().unwrap_or(0) as usize);
        }
        Leaving { body, held, last_by_itself, last: None }
    }
}

impl Body for Leaving {
    type Data = Bytes;
    type Error = <GateBody as Body>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.held.place().heard();
        if let Some(last) = self.last.take() {
            return Poll::Ready(Some(Ok(Frame::data(last))));
        }
        let mut frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if self.last_by_itself
            && self.body.is_end_stream()
            && let Some(Ok(whole)) = &mut frame
            && let Some(data) = whole.data_mut().filter(|data| data.len() > 1)
        {
            self.last = Some(data.split_off(data.len() - 1));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.last.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        if self.last.is_some() { SizeHint::with_exact(1) } else { self.body.size_hint() }
    }
}
