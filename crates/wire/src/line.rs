//! One end of a connection: frames go out and come in.

use crate::WireError;
use postcard::ser_flavors::Flavor;
use serde::{Serialize, de::DeserializeOwned};
use std::io::{self, Read, Write};
use zeroize::Zeroize;

/// Bytes of a frame's length.
const HEAD_BYTES: usize = 4;
/// How much memory a frame gets before any of it came, in bytes.
const FIRST_BYTES: usize = 16 * 1024;
/// The most memory that waits with a silent line for its next frame, in bytes, each way.
const KEPT_BYTES_MAX: usize = 32 * 1024;

/// One end of a connection. Its two buffers are used again from frame to frame: what travels is often secret or
/// personal, so they are wiped after each.
#[derive(Debug, Default)]
pub struct Line<S> {
    stream: S,
    /// What was read, as far as `filled`, and room for more.
    came: Buffer,
    filled: usize,
    /// What is to be written, and how far that has got.
    going: Buffer,
    gone: usize,
}

impl<S> Line<S> {
    /// A line over a stream that nothing was read from yet.
    pub fn new(stream: S) -> Line<S> {
        Line { stream, came: Buffer::default(), filled: 0, going: Buffer::default(), gone: 0 }
    }

    /// The stream, for its time limits.
    pub fn stream(&self) -> &S {
        &self.stream
    }

    /// The stream, when no more frames are to come.
    pub fn into_stream(self) -> S {
        self.stream
    }
}

impl<S: Write> Line<S> {
    /// Writes one message.
    ///
    /// # Errors
    /// [`WireError::TooLarge`] beyond 4 GiB, [`WireError::Io`] where the other side is gone.
    pub fn send<T: Serialize>(&mut self, message: &T) -> Result<(), WireError> {
        self.put(message)?;
        self.push()
    }

    /// Takes one message, to be written by [`Line::push`].
    ///
    /// # Errors
    /// [`WireError::TooLarge`] beyond 4 GiB.
    pub fn put<T: Serialize>(&mut self, message: &T) -> Result<(), WireError> {
        let mut frame = std::mem::take(&mut self.going);
        let start = frame.0.len();
        frame.reserve(FIRST_BYTES);
        frame.0.extend_from_slice(&[0; HEAD_BYTES]);
        let mut frame = postcard::serialize_with_flavor(message, frame).map_err(|_| WireError::Malformed)?;
        let bytes = frame.0.len() - start - HEAD_BYTES;
        let length =
            u32::try_from(bytes).map_err(|_| WireError::TooLarge { bytes, bytes_max: u32::MAX as usize })?;
        frame.0[start..][..HEAD_BYTES].copy_from_slice(&length.to_le_bytes());
        self.going = frame;
        Ok(())
    }

    /// Writes what was put. Where the stream does not wait and takes no more for now, another call goes on.
    ///
    /// # Errors
    /// [`WireError::Io`] where the other side is gone, or, of kind `WouldBlock`, slow.
    pub fn push(&mut self) -> Result<(), WireError> {
        while self.gone < self.going.0.len() {
            match self.stream.write(&self.going.0[self.gone..]) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::WriteZero).into()),
                Ok(count) => self.gone += count,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e.into()),
            }
        }
        self.gone = 0;
        self.going.wipe();
        if self.going.0.capacity() > KEPT_BYTES_MAX {
            self.going = Buffer::default();
        }
        Ok(())
    }
}

impl<S: Read> Line<S> {
    /// Reads one message of at most `bytes_max` bytes; `None` where the other side closed between two frames.
    ///
    /// # Errors
    /// As [`WireError`] says. After an error the connection is out of step and must be dropped; but where the stream does
    /// not wait, and that is all that the error says (`WouldBlock`), another call goes on with what has come by then.
    pub fn recv<T: DeserializeOwned>(&mut self, bytes_max: usize) -> Result<Option<T>, WireError> {
        let Some(end) = self.frame(bytes_max)? else { return Ok(None) };
        let message = postcard::take_from_bytes(&self.came.0[HEAD_BYTES..end]);
        let message = message.map_err(|_| WireError::Malformed).map(|(message, rest)| (message, rest.len()));
        self.took(end);
        match message? {
            (message, 0) => Ok(Some(message)),
            _ => Err(WireError::Malformed),
        }
    }

    /// Hands one message of at most `bytes_max` bytes on as it is, unread; `false` where the other side closed between
    /// two frames.
    ///
    /// # Errors
    /// As [`WireError`] says. After an error both connections are out of step and must be dropped.
    pub fn pass<T: Write>(&mut self, to: &mut Line<T>, bytes_max: usize) -> Result<bool, WireError> {
        let Some(end) = self.frame(bytes_max)? else { return Ok(false) };
        // In one write: each would be a packet of its own on the way.
        let passed = to.stream.write_all(&self.came.0[..end]).and_then(|()| to.stream.flush());
        self.took(end);
        Ok(passed.map(|()| true)?)
    }

    /// Whether something of the next message has been read already.
    pub fn has_more(&self) -> bool {
        self.filled > 0
    }

    /// Reads one frame whole; where it ends.
    fn frame(&mut self, bytes_max: usize) -> Result<Option<usize>, WireError> {
        if !self.fill(HEAD_BYTES)? {
            return Ok(None);
        }
        let length = self.came.0.first_chunk().copied().unwrap_or_default();
        let bytes = u32::from_le_bytes(length) as usize;
        if bytes > bytes_max {
            return Err(WireError::TooLarge { bytes, bytes_max });
        }
        let end = HEAD_BYTES + bytes;
        self.fill(end)?;
        Ok(Some(end))
    }

    /// Reads until so many bytes are there; `false` where the stream ends before the first. Memory is taken as bytes
    /// come, not as a length is claimed: who only claims holds none.
    fn fill(&mut self, bytes: usize) -> Result<bool, WireError> {
        while self.filled < bytes {
            if self.filled == self.came.0.len() {
                self.came.reserve(FIRST_BYTES.max(self.filled));
                self.came.0.resize(self.came.0.capacity(), 0);
            }
            match self.stream.read(&mut self.came.0[self.filled..]) {
                Ok(0) if self.filled == 0 => return Ok(false),
                Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                Ok(count) => self.filled += count,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e.into()),
            }
        }
        Ok(true)
    }

    /// Forgets a frame; what came behind it moves up.
    fn took(&mut self, end: usize) {
        let rest = self.filled - end;
        self.came.0.copy_within(end..self.filled, 0);
        self.came.0[rest..self.filled].zeroize();
        self.filled = rest;
        if rest == 0 && self.came.0.capacity() > KEPT_BYTES_MAX {
            self.came = Buffer::default();
        }
    }
}

/// Bytes that are wiped when dropped and when they grow: a vector that grows by itself leaves its old bytes behind.
#[derive(Default)]
struct Buffer(Vec<u8>);

impl Buffer {
    /// Makes room for so many bytes more.
    #[inline]
    fn reserve(&mut self, more: usize) {
        if more > self.0.capacity() - self.0.len() {
            self.grow(more);
        }
    }

    #[cold]
    fn grow(&mut self, more: usize) {
        let mut larger = Buffer(Vec::with_capacity((self.0.len() + more).next_power_of_two()));
        larger.0.extend_from_slice(&self.0);
        *self = larger;
    }

    fn wipe(&mut self) {
        // A slice is wiped at once, a vector byte by byte.
        self.0.as_mut_slice().zeroize();
        self.0.clear();
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl std::fmt::Debug for Buffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Buffer")
    }
}

impl Flavor for Buffer {
    type Output = Buffer;

    #[inline]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.try_extend(&[byte])
    }

    #[inline]
    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.reserve(bytes.len());
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Buffer> {
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `send` writes.
    fn frame<T: Serialize>(message: &T) -> Vec<u8> {
        let mut line = Line::new(Vec::new());
        line.send(message).unwrap();
        line.stream().clone()
    }

    fn read<T: DeserializeOwned>(bytes: &[u8], bytes_max: usize) -> Result<Option<T>, WireError> {
        Line::new(bytes).recv(bytes_max)
    }

    #[test]
    fn there_and_back() {
        let mut to = Line::new(Vec::new());
        to.send(&("栗", 7u32)).unwrap();
        to.send(&("", 0u32)).unwrap();
        // Both have come by the time the first is read.
        let mut from = Line::new(&to.stream()[..]);
        assert_eq!(from.recv::<(String, u32)>(64).unwrap(), Some(("栗".into(), 7)));
        assert_eq!(from.recv::<(String, u32)>(64).unwrap(), Some((String::new(), 0)));
        assert_eq!(from.recv::<(String, u32)>(64).unwrap(), None);
    }

    /// A source that gives a few bytes at a time, and notes the largest buffer it was asked to fill.
    struct Slow<'a> {
        left: &'a [u8],
        step: usize,
        most: usize,
    }

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.most = self.most.max(buffer.len());
            let step = self.step.min(buffer.len());
            self.left.read(&mut buffer[..step])
        }
    }

    #[test]
    fn long_messages_come_in_pieces_and_in_one_with_the_next() {
        for bytes in [0, 1, FIRST_BYTES - 7, FIRST_BYTES, 3 * FIRST_BYTES + 5, 1 << 20] {
            let message: Vec<u8> = (0..bytes).map(|at| at as u8).collect();
            let two = frame(&message).repeat(2);
            for step in [3, 5_000, usize::MAX] {
                let mut from = Line::new(Slow { left: &two, step, most: 0 });
                for _ in 0..2 {
                    assert!(from.recv::<Vec<u8>>(2 << 20).unwrap() == Some(message.clone()));
                }
                assert!(from.recv::<Vec<u8>>(2 << 20).unwrap().is_none());
            }
        }
    }

    #[test]
    fn nothing_of_a_message_stays_in_the_buffers() {
        let secret = [0x5au8; 300];
        let mut line = Line::new(Vec::new());
        line.send(&(&secret[..], vec![0x5au8; FIRST_BYTES])).unwrap();
        assert!(line.going.0.is_empty() && line.going.0.capacity() >= FIRST_BYTES);
        let sent = line.stream().clone();
        let mut from = Line::new(&sent[..]);
        from.recv::<(Vec<u8>, Vec<u8>)>(1 << 20).unwrap();
        assert!(from.filled == 0 && !from.came.0.is_empty() && from.came.0.iter().all(|byte| *byte == 0));
    }

    /// A stream that takes and gives a few bytes, then says that it would have to wait.
    #[derive(Default)]
    struct Impatient {
        kept: std::collections::VecDeque<u8>,
        turn: usize,
    }

    impl Impatient {
        fn bytes(&mut self, most: usize) -> io::Result<usize> {
            self.turn += 1;
            if self.turn.is_multiple_of(2) { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(most.min(5)) }
        }
    }

    impl Read for Impatient {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.bytes(buffer.len())?;
            self.kept.read(&mut buffer[..count])
        }
    }

    impl Write for Impatient {
        fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
            let count = self.bytes(buffer.len())?;
            self.kept.write(&buffer[..count])
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stream_that_does_not_wait_is_gone_on_with() {
        let would_block =
            |e: &WireError| matches!(e, WireError::Io(e) if e.kind() == io::ErrorKind::WouldBlock);
        let mut line = Line::new(Impatient::default());
        let words = ["栗".repeat(9), String::new(), "鼠".repeat(30)];
        words.iter().for_each(|word| line.put(word).unwrap());
        let mut waits = 0;
        while let Err(e) = line.push() {
            assert!(would_block(&e), "{e}");
            waits += 1;
        }
        assert!(waits > 20 && line.going.0.is_empty());
        let mut came: Vec<String> = Vec::new();
        while came.len() < words.len() {
            match line.recv(200) {
                Ok(word) => came.extend(word),
                Err(e) => assert!(would_block(&e), "{e}"),
            }
        }
        assert_eq!(came, words);
        assert!(!line.has_more());
    }

    #[test]
    fn what_is_passed_on_arrives_as_it_was() {
        let two = frame(&vec![7u8; 100]).repeat(2);
        let (mut from, mut further) = (Line::new(&two[..]), Line::new(Vec::new()));
        assert!(from.pass(&mut further, 101).unwrap() && from.pass(&mut further, 101).unwrap());
        assert!(!from.pass(&mut further, 101).unwrap());
        assert_eq!(further.stream(), &two);
        assert!(from.came.0.iter().all(|byte| *byte == 0), "nothing of it stays");
        assert!(matches!(Line::new(&two[..]).pass(&mut further, 100), Err(WireError::TooLarge { .. })));
        assert!(matches!(Line::new(&two[..9]).pass(&mut further, 101), Err(WireError::Io(_))));
        assert_eq!(further.stream(), &two, "half a frame goes no further");
    }

    #[test]
    fn refuses_what_does_not_fit() {
        let mut bytes = frame(&vec![7u8; 100]);
        assert!(matches!(read::<Vec<u8>>(&bytes, 50), Err(WireError::TooLarge { bytes: 101, .. })));
        assert!(matches!(read::<Vec<u8>>(&bytes[..20], 500), Err(WireError::Io(_))));
        // A claim alone costs nothing, however large: the reader asks for memory as bytes come.
        let claim = u32::MAX.to_le_bytes();
        let mut from = Line::new(Slow { left: &claim, step: usize::MAX, most: 0 });
        assert!(matches!(from.recv::<Vec<u8>>(usize::MAX), Err(WireError::Io(_))));
        assert!(from.stream().most <= FIRST_BYTES, "{}", from.stream().most);
        bytes[4] = 3;
        assert!(matches!(read::<Vec<u8>>(&bytes, 500), Err(WireError::Malformed)), "bytes left over");
    }
}
