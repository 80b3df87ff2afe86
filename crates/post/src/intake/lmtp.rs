//! LMTP (RFC 2033): mail servers hand returned mail over, and hear a yes only when what it says is in the database. One
//! connection at a time: reports are few, and a sender that waits keeps them.

use super::{Intake, POLL};
use crate::viewer::path;
use std::{
    io::{self, BufRead, BufReader, ErrorKind, Read, Write},
    net::TcpStream,
    os::unix::net::UnixStream,
    path::Path,
    time::{Duration, Instant},
};
use telemetry::Life;

/// The most bytes of a command line; the RFC asks for 512.
const COMMAND_BYTES_MAX: usize = 2_048;
/// The most bytes of a mail that are read; of these the first [`bounce::MAIL_BYTES_MAX`] are looked at.
const MAIL_BYTES_MAX: usize = 64 << 20;
/// The most recipients of one mail.
const RECIPIENTS_MAX: usize = 100;
/// How long a sender may say nothing.
const SILENCE: Duration = Duration::from_secs(30);
/// How long one connection may take in all: others wait.
const TALK: Duration = Duration::from_secs(300);
/// How often it is looked for a connection.
const ACCEPT: Duration = Duration::from_millis(100);

/// A connection of either kind.
pub enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl From<UnixStream> for Stream {
    fn from(stream: UnixStream) -> Stream {
        Stream::Unix(stream)
    }
}

impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Stream {
        Stream::Tcp(stream)
    }
}

impl Stream {
    fn prepare(&self) -> io::Result<()> {
        match self {
            Stream::Unix(s) => {
                s.set_nonblocking(false)?;
                s.set_read_timeout(Some(SILENCE))?;
                s.set_write_timeout(Some(SILENCE))
            }
            Stream::Tcp(s) => {
                s.set_nonblocking(false)?;
                s.set_nodelay(true)?;
                s.set_read_timeout(Some(SILENCE))?;
                s.set_write_timeout(Some(SILENCE))
            }
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Unix(s) => s.read(buffer),
            Stream::Tcp(s) => s.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Unix(s) => s.write(bytes),
            Stream::Tcp(s) => s.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Unix(s) => s.flush(),
            Stream::Tcp(s) => s.flush(),
        }
    }
}

/// Serves one connection after the other until told to stop.
pub fn serve(accept: impl Fn() -> io::Result<Stream>, intake: &Intake, life: &Life) {
    loop {
        let rest = match accept() {
            Ok(stream) => {
                // Whoever goes in the middle has heard no yes, and comes again.
                let _ = stream.prepare().and_then(|()| Talk::of(stream, intake, life).hold());
                Duration::ZERO
            }
            Err(e) if e.kind() == ErrorKind::WouldBlock => ACCEPT,
            Err(_) => POLL,
        };
        if life.is_stopping() || !rest.is_zero() && life.sleep(rest) {
            return;
        }
    }
}

struct Talk<'a> {
    stream: BufReader<Stream>,
    intake: &'a Intake,
    life: &'a Life,
    until: Instant,
}

enum Line {
    Whole(Vec<u8>),
    TooLong,
    End,
}

impl<'a> Talk<'a> {
    fn of(stream: Stream, intake: &'a Intake, life: &'a Life) -> Talk<'a> {
        Talk { stream: BufReader::new(stream), intake, life, until: Instant::now() + TALK }
    }

    fn hold(mut self) -> io::Result<()> {
        self.say("220 post LMTP returned mail")?;
        // Whether a sender was named, and the recipients.
        let (mut begun, mut to) = (false, Vec::new());
        while !self.life.is_stopping() && Instant::now() < self.until {
            let line = match self.line(COMMAND_BYTES_MAX)? {
                Line::Whole(line) => line,
                Line::TooLong => {
                    self.say("500 5.5.2 line too long")?;
                    continue;
                }
                Line::End => return Ok(()),
            };
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\r', '\n']);
            let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
            match verb.to_ascii_uppercase().as_str() {
                "LHLO" => {
                    (begun, to) = (false, Vec::new());
                    self.say("250-post\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n250 PIPELINING")?;
                }
                "HELO" | "EHLO" => self.say("500 5.5.1 this is LMTP: say LHLO")?,
                "MAIL" if path(rest, "FROM:").is_some() => {
                    (begun, to) = (true, Vec::new());
                    self.say("250 2.1.0 ok")?;
                }
                "RCPT" => {
                    let answer = self.recipient(begun, rest, &mut to);
                    self.say(answer)?;
                }
                "DATA" if to.is_empty() => self.say("503 5.5.1 nobody to hand it to")?,
                "DATA" => {
                    self.say("354 end with a dot on a line of its own")?;
                    let Some(answer) = self.data(&to)? else { return Ok(()) };
                    // One answer for each recipient (RFC 2033 §4.2).
                    for _ in &to {
                        self.say(answer)?;
                    }
                    (begun, to) = (false, Vec::new());
                }
                "RSET" => {
                    (begun, to) = (false, Vec::new());
                    self.say("250 2.0.0 forgotten")?;
                }
                "NOOP" => self.say("250 2.0.0 ok")?,
                "QUIT" => return self.say("221 2.0.0 goodbye"),
                _ => self.say("500 5.5.1 unknown command, or without what belongs to it")?,
            }
        }
        self.say("421 4.3.2 come again")
    }

    fn recipient(&self, begun: bool, rest: &str, to: &mut Vec<String>) -> &'static str {
        match path(rest, "TO:") {
            _ if !begun => "503 5.5.1 MAIL first",
            None => "501 5.5.4 RCPT TO:<address>",
            Some(_) if to.len() >= RECIPIENTS_MAX => "452 4.5.3 too many recipients",
            Some((address, _)) if self.intake.returns.is_theirs(address) => {
                to.push(address.to_owned());
                "250 2.1.5 ok"
            }
            Some(_) => "550 5.1.1 only returned mail is taken here",
        }
    }

    /// Takes the content; none where the sender left in the middle of it.
    fn data(&mut self, to: &[String]) -> io::Result<Option<&'static str>> {
        let (mut mail, mut length) = (Vec::new(), 0);
        let mut after_end = true;
        loop {
            // Whatever is too long for one line comes in pieces.
            let (line, ended) = match self.piece()? {
                Some(piece) => piece,
                None => return Ok(None),
            };
            if after_end && matches!(line.as_slice(), b".\r\n" | b".\n") {
                break;
            }
            let unstuffed = if after_end { line.strip_prefix(b".").unwrap_or(&line) } else { &line };
            after_end = ended;
            length += unstuffed.len();
            if length > MAIL_BYTES_MAX {
                return Ok(None);
            }
            let room = bounce::MAIL_BYTES_MAX - mail.len();
            mail.extend_from_slice(&unstuffed[..unstuffed.len().min(room)]);
        }
        Ok(Some(match self.intake.take(to, &mail) {
            Ok(_) => "250 2.0.0 taken",
            Err(_) => "451 4.3.0 cannot be written down now",
        }))
    }

    /// A line with its end, or the beginning of a long one.
    fn piece(&mut self) -> io::Result<Option<(Vec<u8>, bool)>> {
        let mut line = Vec::new();
        self.stream.by_ref().take(64 << 10).read_until(b'\n', &mut line)?;
        let late = Instant::now() >= self.until || self.life.is_stopping();
        if line.is_empty() || late {
            return Ok(None);
        }
        let ended = line.ends_with(b"\n");
        Ok(Some((line, ended)))
    }

    fn line(&mut self, bytes_max: usize) -> io::Result<Line> {
        let mut too_long = false;
        loop {
            let mut line = Vec::new();
            self.stream.by_ref().take(bytes_max as u64).read_until(b'\n', &mut line)?;
            match line.ends_with(b"\n") {
                true if too_long => return Ok(Line::TooLong),
                true => return Ok(Line::Whole(line)),
                false if line.len() < bytes_max => return Ok(Line::End),
                false => too_long = true,
            }
        }
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        self.stream.get_mut().write_all(format!("{text}\r\n").as_bytes())
    }
}

/// Hands a returned mail to the post that listens on a socket, for `to`.
///
/// # Errors
/// Where it does not answer, or does not take it now: the mail must come again. [`ErrorKind::InvalidInput`] where it never
/// will.
pub fn hand_over(socket: &Path, to: &str, mail: &[u8]) -> io::Result<()> {
    let stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(SILENCE))?;
    stream.set_write_timeout(Some(SILENCE))?;
    let mut stream = BufReader::new(stream);
    answer(&mut stream, "220")?;
    let commands = [
        ("LHLO pipe".to_owned(), "250"),
        ("MAIL FROM:<>".to_owned(), "250"),
        (format!("RCPT TO:<{to}>"), "250"),
    ];
    for (command, expected) in commands.into_iter().chain([("DATA".to_owned(), "354")]) {
        stream.get_mut().write_all(format!("{command}\r\n").as_bytes())?;
        answer(&mut stream, expected)?;
    }
    let mut content = smtp::stuffed(mail);
    content.extend_from_slice(b".\r\n");
    stream.get_mut().write_all(&content)?;
    answer(&mut stream, "250")?;
    stream.get_mut().write_all(b"QUIT\r\n")
}

/// Reads an answer of one or more lines.
fn answer(stream: &mut BufReader<UnixStream>, expected: &str) -> io::Result<()> {
    loop {
        let mut line = String::new();
        stream.by_ref().take(COMMAND_BYTES_MAX as u64).read_line(&mut line)?;
        if !line.starts_with(expected) {
            let code: String = line.chars().take(3).filter(char::is_ascii_digit).collect();
            let kind = if code.starts_with('5') { ErrorKind::InvalidInput } else { ErrorKind::Other };
            return Err(io::Error::new(kind, format!("post answered {code:?} and not {expected}")));
        }
        if line.as_bytes().get(3) != Some(&b'-') {
            return Ok(());
        }
    }
}
