//! Frames over Unix sockets: how the rooms of the house talk where HTTP would be too much.
//!
//! A frame is a little-endian `u32` length and that many bytes of postcard. The kernel says who is at the other
//! end ([`Peer`], SO_PEERCRED), and nothing of the frame is believed before its length is checked.

mod client;
mod server;

pub use client::Pool;
pub use server::{Listener, Peer};

use serde::{Serialize, de::DeserializeOwned};
use std::io::{self, Read, Write};

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

/// Writes one message.
///
/// # Errors
/// [`WireError::TooLarge`] beyond 4 GiB, [`WireError::Io`] where the other side is gone.
pub fn send<T: Serialize>(to: &mut impl Write, message: &T) -> Result<(), WireError> {
    let mut frame = postcard::to_extend(message, vec![0; 4]).map_err(|_| WireError::Malformed)?;
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
    // Memory is taken as bytes come, not as a length is claimed: who only claims holds none.
    let mut body = Vec::with_capacity(bytes.min(FIRST_BYTES));
    if from.take(bytes as u64).read_to_end(&mut body)? < bytes {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    match postcard::take_from_bytes(&body) {
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
