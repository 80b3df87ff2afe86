//! Frames over Unix sockets: how the rooms of the house talk where HTTP would be too much.
//!
//! A frame is a little-endian `u32` length and that many bytes of postcard. The kernel says who is at the other
//! end ([`Peer`], SO_PEERCRED), and nothing of the frame is believed before its length is checked.

mod client;
mod server;

pub use client::Pool;
pub use server::{Listener, Peer};

use postcard::ser_flavors::Flavor;
use serde::{Serialize, de::DeserializeOwned};
use std::io::{self, Read, Write};
use zeroize::Zeroizing;

/// How much memory a frame gets before any of it came, in bytes.
const FIRST_BYTES: usize = 16 * 1024;

/// What can go wrong between two rooms.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The other side is not there, or went away in the middle.
    #[error("the other process does not answer: {0}")]
    Io(#[from] io::Error),
    /// A frame longer than the reader allows.
    #[error("frame of {bytes} bytes is larger than the {bytes_max} allowed")]
    TooLarge {
        /// Its stated length.
        bytes: usize,
        /// The reader's limit.
        bytes_max: usize,
    },
    /// Bytes that are no message of this version.
    #[error("frame does not hold a message this version knows")]
    Malformed,
}

/// A frame in memory. What travels is often secret or personal: wiped when dropped and when it grows.
struct Frame(Zeroizing<Vec<u8>>);

impl Frame {
    fn with_capacity(bytes: usize) -> Frame {
        Frame(Zeroizing::new(Vec::with_capacity(bytes)))
    }

    /// Makes room for so many bytes more. A vector that grows by itself leaves its old bytes behind.
    fn reserve(&mut self, more: usize) {
        let wanted = self.0.len() + more;
        if wanted > self.0.capacity() {
            let mut larger = Frame::with_capacity(wanted.next_power_of_two());
            larger.0.extend_from_slice(&self.0);
            *self = larger;
        }
    }

    /// Reads so many bytes. Memory is taken as bytes come, not as a length is claimed: who only claims holds none.
    fn fill(&mut self, from: &mut impl Read, bytes: usize) -> io::Result<()> {
        while self.0.len() < bytes {
            let had = self.0.len();
            self.reserve((bytes - had).min(FIRST_BYTES.max(had)));
            let room = self.0.capacity();
            self.0.resize(room.min(bytes), 0);
            from.read_exact(&mut self.0[had..])?;
        }
        Ok(())
    }
}

impl Flavor for Frame {
    type Output = Frame;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.try_extend(&[byte])
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.reserve(bytes.len());
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Frame> {
        Ok(self)
    }
}

/// Writes one message.
///
/// # Errors
/// [`WireError::TooLarge`] beyond 4 GiB, [`WireError::Io`] where the other side is gone.
pub fn send<T: Serialize>(to: &mut impl Write, message: &T) -> Result<(), WireError> {
    let mut frame = Frame::with_capacity(FIRST_BYTES);
    frame.0.extend_from_slice(&[0; 4]);
    let mut frame = postcard::serialize_with_flavor(message, frame).map_err(|_| WireError::Malformed)?.0;
    let bytes = frame.len() - 4;
    let length =
        u32::try_from(bytes).map_err(|_| WireError::TooLarge { bytes, bytes_max: u32::MAX as usize })?;
    frame[..4].copy_from_slice(&length.to_le_bytes());
    Ok(to.write_all(&frame)?)
}

/// Reads one message of at most `bytes_max` bytes; `None` where the other side closed between two frames.
///
/// # Errors
/// As [`WireError`] says. After an error the connection is out of step and must be dropped.
pub fn recv<T: DeserializeOwned>(from: &mut impl Read, bytes_max: usize) -> Result<Option<T>, WireError> {
    let mut length = [0; 4];
    let mut got = 0;
    while got < length.len() {
        match from.read(&mut length[got..]) {
            Ok(0) if got == 0 => return Ok(None),
            Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            Ok(n) => got += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e.into()),
        }
    }
    let bytes = u32::from_le_bytes(length) as usize;
    if bytes > bytes_max {
        return Err(WireError::TooLarge { bytes, bytes_max });
    }
    let mut body = Frame::with_capacity(bytes.min(FIRST_BYTES));
    body.fill(from, bytes)?;
    match postcard::take_from_bytes(&body.0) {
        Ok((message, [])) => Ok(Some(message)),
        _ => Err(WireError::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let mut pipe = Vec::new();
        send(&mut pipe, &("栗", 7u32)).unwrap();
        send(&mut pipe, &("", 0u32)).unwrap();
        let mut from = &pipe[..];
        assert_eq!(recv::<(String, u32)>(&mut from, 64).unwrap(), Some(("栗".into(), 7)));
        assert_eq!(recv::<(String, u32)>(&mut from, 64).unwrap(), Some((String::new(), 0)));
        assert_eq!(recv::<(String, u32)>(&mut from, 64).unwrap(), None);
    }

    /// A source that notes the largest buffer it was asked to fill.
    struct Watched<'a> {
        left: &'a [u8],
        most: &'a mut usize,
    }

    impl Read for Watched<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            *self.most = (*self.most).max(buffer.len());
            self.left.read(buffer)
        }
    }

    #[test]
    fn long_messages_come_in_pieces() {
        for bytes in [0, 1, FIRST_BYTES - 7, FIRST_BYTES, 3 * FIRST_BYTES + 5, 1 << 20] {
            let message: Vec<u8> = (0..bytes).map(|at| at as u8).collect();
            let mut pipe = Vec::new();
            send(&mut pipe, &message).unwrap();
            assert_eq!(recv::<Vec<u8>>(&mut &pipe[..], 2 << 20).unwrap(), Some(message));
        }
    }

    #[test]
    fn refuses_what_does_not_fit() {
        let mut pipe = Vec::new();
        send(&mut pipe, &vec![7u8; 100]).unwrap();
        assert!(matches!(recv::<Vec<u8>>(&mut &pipe[..], 50), Err(WireError::TooLarge { bytes: 101, .. })));
        assert!(matches!(recv::<Vec<u8>>(&mut &pipe[..20], 500), Err(WireError::Io(_))));
        // A claim alone costs nothing, however large: the reader asks for memory as bytes come.
        let mut most = 0;
        let claim = u32::MAX.to_le_bytes();
        let mut from = Watched { left: &claim, most: &mut most };
        assert!(matches!(recv::<Vec<u8>>(&mut from, usize::MAX), Err(WireError::Io(_))));
        assert!(most <= FIRST_BYTES, "{most}");
        pipe[4] = 3;
        assert!(matches!(recv::<Vec<u8>>(&mut &pipe[..], 500), Err(WireError::Malformed)), "bytes left over");
    }
}
