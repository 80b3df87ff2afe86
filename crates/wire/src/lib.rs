//! Frames over Unix sockets: how the rooms of the house talk where HTTP would be too much.
//!
//! A frame is a little-endian `u32` length and that many bytes of postcard. The kernel says who is at the other
//! end ([`Peer`], SO_PEERCRED), and nothing of the frame is believed before its length is checked.

mod client;
mod line;
mod server;

pub use client::Pool;
pub use line::Line;
pub use server::{Listener, Peer};

use std::io;

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
