//! A server's answer (RFC 5321 §4.2): its numbers, and for EHLO its extensions. The rest is dropped.

use crate::What;
use std::io::{self, BufRead};

/// The most bytes of one line of an answer; the RFC allows 512.
const LINE_BYTES_MAX: usize = 2_048;
/// The most lines of one answer.
const LINES_MAX: usize = 64;

/// One answer.
#[derive(Default)]
pub(super) struct Reply {
    /// Three digits.
    pub code: u16,
    /// Enhanced status code, where the last line has one.
    pub enhanced: Option<(u8, u16, u16)>,
    /// Limit of the extension SIZE, where this answers EHLO; 0 is "no fixed limit" (RFC 1870 §3).
    pub size_max: Option<u64>,
    /// Whether the extension AUTH names PLAIN.
    pub auth_plain: bool,
    /// Whether several commands may be sent at once (RFC 2920).
    pub pipelining: bool,
}

impl Reply {
    /// Reads one answer of one or more lines.
    pub fn read(from: &mut impl BufRead) -> Result<Reply, What> {
        let mut reply = Reply::default();
        for at in 0..LINES_MAX {
            let line = read_line(from)?;
            let code = code(&line).ok_or(What::Garbled)?;
            if at > 0 && code != reply.code {
                return Err(What::Garbled);
            }
            reply.code = code;
            let text = std::str::from_utf8(line.get(4..).unwrap_or_default()).unwrap_or_default();
            if at > 0 {
                reply.extension(text);
            }
            match line.get(3) {
                None | Some(b' ') => {
                    reply.enhanced = enhanced(text, code);
                    return Ok(reply);
                }
                Some(b'-') => {}
                Some(_) => return Err(What::Garbled),
            }
        }
        Err(What::Garbled)
    }

    /// The answer, where its first digit is `class`.
    pub fn expect(self, class: u16) -> Result<Reply, What> {
        match self.code / 100 {
            c if c == class => Ok(self),
            4 | 5 => Err(What::Refused(self.code, self.enhanced)),
            _ => Err(What::Garbled),
        }
    }

    fn extension(&mut self, text: &str) {
        let mut words = text.split_ascii_whitespace();
        let Some(name) = words.next() else { return };
        if name.eq_ignore_ascii_case("SIZE") {
            self.size_max = Some(words.next().and_then(|w| w.parse().ok()).unwrap_or(0));
        } else if name.eq_ignore_ascii_case("AUTH") {
            self.auth_plain |= words.any(|w| w.eq_ignore_ascii_case("PLAIN"));
        } else if name.eq_ignore_ascii_case("PIPELINING") {
            self.pipelining = true;
        }
    }
}

/// A line without its end.
fn read_line(from: &mut impl BufRead) -> Result<Vec<u8>, What> {
    let mut line = Vec::new();
    loop {
        let buffer = match from.fill_buf() {
            Ok(buffer) => buffer,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(of_io(&e)),
        };
        if buffer.is_empty() {
            return Err(What::Lost);
        }
        let end = buffer.iter().position(|b| *b == b'\n');
        let taken = end.map_or(buffer.len(), |at| at + 1);
        line.extend_from_slice(&buffer[..taken]);
        from.consume(taken);
        if line.len() > LINE_BYTES_MAX {
            return Err(What::Garbled);
        }
        if end.is_some() {
            line.pop();
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            return Ok(line);
        }
    }
}

/// What an error of the kernel means.
pub(super) fn of_io(error: &io::Error) -> What {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => What::TimeOut,
        _ => What::Lost,
    }
}

fn code(line: &[u8]) -> Option<u16> {
    let digits = line.get(..3)?;
    let ok = matches!(digits[0], b'2'..=b'5') && digits.iter().all(u8::is_ascii_digit);
    ok.then(|| digits.iter().fold(0, |n, d| n * 10 + u16::from(d - b'0')))
}

/// `5.1.1` at the start of the text (RFC 2034), where its class fits the code.
fn enhanced(text: &str, code: u16) -> Option<(u8, u16, u16)> {
    let mut parts = text.split_ascii_whitespace().next()?.split('.');
    let class: u8 = parts.next()?.parse().ok()?;
    let subject: u16 = parts.next()?.parse().ok().filter(|n| *n < 1000)?;
    let detail: u16 = parts.next()?.parse().ok().filter(|n| *n < 1000)?;
    (parts.next().is_none() && u16::from(class) == code / 100).then_some((class, subject, detail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Reply, What> {
        Reply::read(&mut text.as_bytes())
    }

    #[test]
    fn reads() {
        let hello =
            read("250-mail.example.jp greets\r\n250-SIZE 10240000\r\n250-pipelining\r\n250-AUTH LOGIN plain\r\n250 HELP\r\n")
                .unwrap();
        assert_eq!((hello.code, hello.size_max, hello.auth_plain), (250, Some(10_240_000), true));
        assert!(hello.pipelining);
        let refused = read("550 5.1.1 <taro@example.jp> user unknown\r\n").unwrap();
        assert_eq!(refused.expect(2).err(), Some(What::Refused(550, Some((5, 1, 1)))));
        assert_eq!(read("250\n").unwrap().code, 250);
        assert_eq!(read("250 2.0.0").err(), Some(What::Lost));
        for garbled in ["hello\r\n", "25\r\n", "250-a\r\n251 b\r\n", "2500 x\r\n", "199 x\r\n", "650 x\r\n"] {
            assert_eq!(read(garbled).err(), Some(What::Garbled), "{garbled}");
        }
        assert_eq!(read(&"250-x\r\n".repeat(100)).err(), Some(What::Garbled));
        assert_eq!(read(&"2".repeat(5000)).err(), Some(What::Garbled));
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = Reply::read(&mut bytes.as_slice());
        }
    }
}
