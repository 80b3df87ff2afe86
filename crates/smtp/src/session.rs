//! One connection to the mail server.

use crate::{Envelope, MESSAGE_BYTES_MAX, NotSent, Server, Step, What, reply, reply::Reply, stuffed};
use std::{
    io::{self, BufReader, ErrorKind, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

/// How long each part of the conversation may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connecting.
    pub connect: Duration,
    /// The answer to one command, and writing the content.
    pub answer: Duration,
    /// The answer after the final dot. Long: giving up early makes an unknown outcome of a slow one.
    pub after_dot: Duration,
}

impl Default for Limits {
    /// Shorter than RFC 5321 §4.5.3.2 asks of relays among strangers: the server stands on this machine.
    fn default() -> Self {
        Limits {
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(20),
            after_dot: Duration::from_secs(300),
        }
    }
}

/// A connection that has greeted and signed in. After an error it is of no more use.
pub struct Session {
    stream: BufReader<TcpStream>,
    limits: Limits,
    deadline: Instant,
    size_max: Option<u64>,
    pipelining: bool,
}

impl Session {
    /// Connects, greets as `our_name` and signs in.
    ///
    /// # Errors
    /// [`NotSent::Later`], as no message was offered yet.
    pub fn open(server: &Server, our_name: &str, limits: Limits) -> Result<Session, NotSent> {
        let lost = |step| move |e: io::Error| NotSent::of(step, reply::of_io(&e));
        let to = server.check().map_err(|_| NotSent::of(Step::Connect, What::Lost))?;
        let stream = TcpStream::connect_timeout(&to, limits.connect).map_err(lost(Step::Connect))?;
        stream.set_nodelay(true).map_err(lost(Step::Connect))?;
        let deadline = Instant::now() + limits.answer;
        let stream = BufReader::new(stream);
        let mut session = Session { stream, limits, deadline, size_max: None, pipelining: false };
        session.answer(Step::Greeting, 2)?;
        let hello = session.hello(our_name)?;
        session.size_max = hello.size_max.filter(|max| *max > 0);
        session.pipelining = hello.pipelining;
        if let Some(login) = &server.login {
            if !hello.auth_plain {
                return Err(NotSent::of(Step::Auth, What::Garbled));
            }
            let plain = format!("\0{}\0{}", login.user, login.password.as_str());
            session.command(Step::Auth, &format!("AUTH PLAIN {}", base64(plain.as_bytes())), 2)?;
        }
        Ok(session)
    }

    /// Offers one message to the server. `before_dot` is called when everything but the final dot is written: once it
    /// has returned true, the server may take the message at any moment.
    ///
    /// # Errors
    /// As [`NotSent`] says. The session is usable again only after [`NotSent::Never`] of an answered command.
    pub fn deliver(
        &mut self,
        envelope: &Envelope,
        message: &[u8],
        before_dot: &mut dyn FnMut() -> bool,
    ) -> Result<(), NotSent> {
        let content = stuffed(message);
        let limit = self.size_max.map_or(MESSAGE_BYTES_MAX as u64, |max| max.min(MESSAGE_BYTES_MAX as u64));
        if content.len() as u64 > limit {
            return Err(NotSent::of(Step::Mail, What::TooLarge));
        }
        let size = self.size_max.map(|_| format!(" SIZE={}", content.len())).unwrap_or_default();
        self.envelope(envelope, &format!("MAIL FROM:<{}>{size}", envelope.from.lawful()))?;
        self.command(Step::Data, "DATA", 3)?;
        self.write(Step::Content, &content)?;
        self.still_there()?;
        if !before_dot() {
            return Err(NotSent::of(Step::Content, What::Halted));
        }
        // A write that fails has not handed the whole dot over, so the server cannot have seen the end.
        self.write(Step::Content, b".\r\n")?;
        self.deadline = Instant::now() + self.limits.after_dot;
        self.answer(Step::Dot, 2).map(|_| ())
    }

    /// Clears the server's memory of a message that it refused, so that the next may be offered.
    ///
    /// # Errors
    /// Where the server does not answer: then open a new session.
    pub fn reset(&mut self) -> Result<(), NotSent> {
        self.command(Step::Mail, "RSET", 2).map(|_| ())
    }

    /// Says goodbye; nothing depends on the answer.
    pub fn quit(mut self) {
        let _ = self.write(Step::Hello, b"QUIT\r\n");
    }

    fn hello(&mut self, our_name: &str) -> Result<Reply, NotSent> {
        match self.command(Step::Hello, &format!("EHLO {our_name}"), 2) {
            // A server of before 1995.
            Err(e) if matches!(e.fault().what, What::Refused(500..=599, _)) => {
                self.command(Step::Hello, &format!("HELO {our_name}"), 2)
            }
            answered => answered,
        }
    }

    /// MAIL FROM and RCPT TO, both at once where the server allows it.
    fn envelope(&mut self, envelope: &Envelope, mail: &str) -> Result<(), NotSent> {
        let rcpt = format!("RCPT TO:<{}>", envelope.to.lawful());
        if !self.pipelining {
            self.command(Step::Mail, mail, 2)?;
            let answered = self.command(Step::Rcpt, &rcpt, 2);
            return self.recipient(envelope, answered);
        }
        is_command(mail).and(is_command(&rcpt)).map_err(|what| NotSent::of(Step::Mail, what))?;
        self.write(Step::Mail, format!("{mail}\r\n{rcpt}\r\n").as_bytes())?;
        let sender = self.answer(Step::Mail, 2);
        // Where the sender was refused, the other answer comes all the same.
        if sender
            .as_ref()
            .err()
            .is_none_or(|e| matches!(e.fault().what, What::Refused(code, _) if code != 421))
        {
            let answered = self.answer(Step::Rcpt, 2);
            sender?;
            return self.recipient(envelope, answered);
        }
        sender.map(|_| ())
    }

    /// After RCPT TO, lawfully quoted: where that is refused for good and the address was issued against the rules,
    /// once more as it was issued. A refused RCPT adds nobody, so at most one copy is sent.
    fn recipient(&mut self, envelope: &Envelope, lawful: Result<Reply, NotSent>) -> Result<(), NotSent> {
        match (lawful, envelope.to.as_issued()) {
            (Err(NotSent::Never(_)), Some(issued)) => {
                self.command(Step::Rcpt, &format!("RCPT TO:<{issued}>"), 2).map(|_| ())
            }
            (answered, _) => answered.map(|_| ()),
        }
    }

    fn command(&mut self, step: Step, line: &str, class: u16) -> Result<Reply, NotSent> {
        is_command(line).map_err(|what| NotSent::of(step, what))?;
        self.write(step, format!("{line}\r\n").as_bytes())?;
        self.answer(step, class)
    }

    /// Reads one answer. The time is for the whole answer, however slowly its bytes come.
    fn answer(&mut self, step: Step, class: u16) -> Result<Reply, NotSent> {
        struct Until<'a>(&'a mut BufReader<TcpStream>, Instant);
        impl io::Read for Until<'_> {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(ErrorKind::Unsupported.into())
            }
        }
        impl io::BufRead for Until<'_> {
            fn fill_buf(&mut self) -> io::Result<&[u8]> {
                if self.0.buffer().is_empty() {
                    let left = self.1.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Err(ErrorKind::TimedOut.into());
                    }
                    self.0.get_ref().set_read_timeout(Some(left))?;
                }
                self.0.fill_buf()
            }
            fn consume(&mut self, amount: usize) {
                self.0.consume(amount);
            }
        }
        Reply::read(&mut Until(&mut self.stream, self.deadline))
            .and_then(|reply| reply.expect(class))
            .map_err(|what| NotSent::of(step, what))
    }

    /// Writes all of it, and gives the answer to it a new deadline.
    fn write(&mut self, step: Step, mut bytes: &[u8]) -> Result<(), NotSent> {
        self.deadline = Instant::now() + self.limits.answer;
        let mut write = || -> io::Result<()> {
            while !bytes.is_empty() {
                let left = self.deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Err(ErrorKind::TimedOut.into());
                }
                let stream = self.stream.get_mut();
                stream.set_write_timeout(Some(left))?;
                match stream.write(bytes) {
                    Ok(0) => return Err(ErrorKind::WriteZero.into()),
                    Ok(n) => bytes = &bytes[n..],
                    Err(e) if e.kind() == ErrorKind::Interrupted => {}
                    Err(e) => return Err(e),
                }
            }
            Ok(())
        };
        write().map_err(|e| NotSent::of(step, reply::of_io(&e)))
    }

    /// Looks, without waiting, whether the server left or spoke up while the content was written. Without this look, a
    /// server that died in the middle would make an unknown outcome of a certain one: the kernel takes what is written
    /// into a dead connection.
    fn still_there(&mut self) -> Result<(), NotSent> {
        if !self.stream.buffer().is_empty() {
            return self.spoke_early();
        }
        let stream = self.stream.get_ref();
        let peeked = stream
            .set_nonblocking(true)
            .and_then(|()| match stream.peek(&mut [0]) {
                Err(e) if e.kind() == ErrorKind::WouldBlock => Ok(None),
                other => other.map(Some),
            })
            .and_then(|peeked| stream.set_nonblocking(false).map(|()| peeked));
        match peeked {
            Ok(None) => Ok(()),
            Ok(Some(1)) => self.spoke_early(),
            Ok(Some(_)) => Err(NotSent::of(Step::Content, What::Lost)),
            Err(e) => Err(NotSent::of(Step::Content, reply::of_io(&e))),
        }
    }

    /// The server spoke before the end of the content: a refusal, or something we do not understand. Were it left
    /// unread, it would be taken for the answer to the dot.
    fn spoke_early(&mut self) -> Result<(), NotSent> {
        let early = self.answer(Step::Content, 2);
        Err(early.err().unwrap_or(NotSent::of(Step::Content, What::Garbled)))
    }
}

/// Every part of every command was checked before; this is the last wall.
fn is_command(line: &str) -> Result<(), What> {
    if line.bytes().all(|b| (b' '..=b'~').contains(&b)) { Ok(()) } else { Err(What::Halted) }
}

/// Base64 with padding (RFC 4648 §4), for AUTH.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |w, b| (w << 8) | u32::from(*b)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = ALPHABET[(word >> (18 - 6 * place)) as usize & 63];
            out.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn base64() {
        for (plain, coded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(super::base64(plain.as_bytes()), coded);
        }
    }
}
