//! An SMTP server that takes everything (RFC 5321, the part that a sender needs) and keeps it in the inbox.

use super::inbox::Inbox;
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

/// The most connections at a time; more wait.
const CONNECTIONS_MAX: usize = 200;
/// The most bytes of a command line; the RFC asks for 512.
const COMMAND_BYTES_MAX: usize = 2_048;
/// The most bytes of a mail.
const MAIL_BYTES_MAX: usize = 10 * 1024 * 1024;
/// The most recipients of a mail; the RFC asks for 100.
const RECIPIENTS_MAX: usize = 100;
/// How long a client may say nothing.
const SILENCE: Duration = Duration::from_secs(60);

/// Serves until dropped.
pub async fn serve(listener: TcpListener, inbox: Arc<Inbox>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors: let some end first.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let inbox = Arc::clone(&inbox);
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            let _ = Talk { stream: BufReader::new(stream), inbox }.hold().await;
            drop(place);
        });
    }
}

/// One connection.
struct Talk {
    stream: BufReader<TcpStream>,
    inbox: Arc<Inbox>,
}

/// What the client has said of the next mail.
#[derive(Default)]
struct Mail {
    from: Option<String>,
    to: Vec<String>,
}

/// A line as it came.
enum Line {
    /// With its end.
    Whole(Vec<u8>),
    /// Longer than allowed; its content is dropped.
    TooLong,
    /// The connection ended.
    End,
}

impl Talk {
    async fn hold(mut self) -> io::Result<()> {
        self.say("220 mail.localhost ESMTP development mail viewer").await?;
        let mut mail = Mail::default();
        loop {
            let line = match self.line(COMMAND_BYTES_MAX).await? {
                Line::Whole(line) => line,
                Line::TooLong => {
                    self.say("500 5.5.2 line too long").await?;
                    continue;
                }
                Line::End => return Ok(()),
            };
            let Ok(line) = std::str::from_utf8(&line) else {
                self.say("500 5.5.2 not ASCII").await?;
                continue;
            };
            let line = line.trim_end_matches(['\r', '\n']);
            let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" => {
                    mail = Mail::default();
                    let size = format!("250-SIZE {MAIL_BYTES_MAX}");
                    self.say(&format!("250-mail.localhost\r\n{size}\r\n250-8BITMIME\r\n250 PIPELINING"))
                        .await?;
                }
                "HELO" => {
                    mail = Mail::default();
                    self.say("250 mail.localhost").await?;
                }
                "MAIL" => {
                    let answer = mail.sender(rest);
                    self.say(answer).await?;
                }
                "RCPT" => {
                    let answer = mail.recipient(rest);
                    self.say(answer).await?;
                }
                "DATA" if mail.to.is_empty() => self.say("503 5.5.1 nobody to send to").await?,
                "DATA" => {
                    let mail = std::mem::take(&mut mail);
                    self.say("354 end with a dot on a line of its own").await?;
                    let Some(answer) = self.data(mail).await? else { return Ok(()) };
                    self.say(answer).await?;
                }
                "RSET" => {
                    mail = Mail::default();
                    self.say("250 2.0.0 forgotten").await?;
                }
                "NOOP" => self.say("250 2.0.0 ok").await?,
                "VRFY" => self.say("252 2.1.5 everybody is welcome").await?,
                "QUIT" => return self.say("221 2.0.0 goodbye").await,
                _ => self.say("500 5.5.1 unknown command").await?,
            }
        }
    }

    /// Takes the content; `None` where the client left in the middle of it.
    async fn data(&mut self, mail: Mail) -> io::Result<Option<&'static str>> {
        let mut raw = mail.head();
        let mut too_large = false;
        let mut after_crlf = true;
        loop {
            let line = match self.line(MAIL_BYTES_MAX).await? {
                Line::Whole(line) => line,
                Line::TooLong => {
                    too_large = true;
                    after_crlf = false;
                    continue;
                }
                Line::End => return Ok(None),
            };
            // Only CR LF ends a line here, so nothing but CR LF dot CR LF ends a mail.
            if after_crlf && line == b".\r\n" {
                break;
            }
            let unstuffed = if after_crlf { line.strip_prefix(b".").unwrap_or(&line) } else { &line };
            after_crlf = line.ends_with(b"\r\n");
            too_large |= raw.len() + unstuffed.len() > MAIL_BYTES_MAX;
            if !too_large {
                raw.extend_from_slice(unstuffed);
            }
        }
        if too_large {
            return Ok(Some("552 5.3.4 too large"));
        }
        let inbox = Arc::clone(&self.inbox);
        let kept = tokio::task::spawn_blocking(move || inbox.keep(&raw)).await;
        Ok(Some(match kept {
            Ok(Ok(())) => "250 2.0.0 kept",
            _ => "451 4.3.0 the mail folder cannot be written",
        }))
    }

    async fn say(&mut self, text: &str) -> io::Result<()> {
        self.stream.get_mut().write_all(format!("{text}\r\n").as_bytes()).await
    }

    async fn line(&mut self, bytes_max: usize) -> io::Result<Line> {
        let mut line = Vec::new();
        let mut too_long = false;
        loop {
            let buffer = tokio::time::timeout(SILENCE, self.stream.fill_buf()).await??;
            if buffer.is_empty() {
                return Ok(Line::End);
            }
            let end = buffer.iter().position(|b| *b == b'\n');
            let taken = end.map_or(buffer.len(), |at| at + 1);
            too_long |= line.len() + taken > bytes_max;
            if !too_long {
                line.extend_from_slice(&buffer[..taken]);
            }
            self.stream.consume(taken);
            match end {
                Some(_) if too_long => return Ok(Line::TooLong),
                Some(_) => return Ok(Line::Whole(line)),
                None => {}
            }
        }
    }
}

impl Mail {
    fn sender(&mut self, rest: &str) -> &'static str {
        let Some((path, parameters)) = path(rest, "FROM:") else { return "501 5.5.4 MAIL FROM:<address>" };
        let size = parameters
            .split_ascii_whitespace()
            .find_map(|p| p.to_ascii_uppercase().strip_prefix("SIZE=").and_then(|n| n.parse::<u64>().ok()));
        if size.is_some_and(|size| size > MAIL_BYTES_MAX as u64) {
            return "552 5.3.4 too large";
        }
        *self = Mail { from: Some(path.to_owned()), to: Vec::new() };
        "250 2.1.0 ok"
    }

    fn recipient(&mut self, rest: &str) -> &'static str {
        match path(rest, "TO:") {
            _ if self.from.is_none() => "503 5.5.1 MAIL first",
            None | Some(("", _)) => "501 5.5.4 RCPT TO:<address>",
            Some(_) if self.to.len() >= RECIPIENTS_MAX => "452 4.5.3 too many recipients",
            Some((path, _)) => {
                self.to.push(path.to_owned());
                "250 2.1.5 ok"
            }
        }
    }

    /// The envelope, as the last server writes it above a mail (RFC 5321 §4.4).
    fn head(&self) -> Vec<u8> {
        let mut head = format!("Return-Path: <{}>\r\n", self.from.as_deref().unwrap_or_default());
        for to in &self.to {
            head.push_str(&format!("Delivered-To: {to}\r\n"));
        }
        head.into_bytes()
    }
}

/// The address in `FROM:<address> parameters`, and the parameters.
pub(crate) fn path<'a>(rest: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let rest = rest.trim_start();
    let (head, tail) = rest.split_at_checked(word.len())?;
    let inside = tail.trim_start().strip_prefix('<').filter(|_| head.eq_ignore_ascii_case(word))?;
    let end = inside.rfind('>')?;
    let (path, parameters) = (&inside[..end], &inside[end + 1..]);
    path.bytes().all(|b| (b' '..=b'~').contains(&b)).then_some((path, parameters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        assert_eq!(path("FROM:<a@b.jp> SIZE=12", "FROM:"), Some(("a@b.jp", " SIZE=12")));
        assert_eq!(path("to: <\"a..b\"@c.jp>", "TO:"), Some(("\"a..b\"@c.jp", "")));
        assert_eq!(path("FROM:<>", "FROM:"), Some(("", "")));
        for bad in ["", "FROM:", "FROM:a@b.jp", "TO:<a", "FROM:<あ@b.jp>"] {
            assert_eq!(path(bad, "FROM:"), None, "{bad}");
        }
    }
}
