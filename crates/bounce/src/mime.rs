//! A mail taken apart: its header, and its parts in order (RFC 5322, RFC 2045, RFC 2046). Lenient, because returned mails
//! are often cut, folded and re-wrapped on their way; bounded, because anybody can send one.

use crate::decode;
use std::borrow::Cow;

/// How deep multiparts may lie in each other.
const DEPTH_MAX: usize = 8;
/// How many parts are looked at.
const PARTS_MAX: usize = 64;
/// How many fields of a header are looked at.
const FIELDS_MAX: usize = 512;
/// How much of one part is decoded, in bytes.
const PART_BYTES_MAX: usize = 128 << 10;

/// A header's fields, as they stand in the mail.
#[derive(Default)]
pub(crate) struct Head<'a> {
    fields: Vec<(&'a [u8], &'a [u8])>,
}

/// What a part is for us.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text for people.
    Text,
    /// The same as HTML.
    Html,
    /// `message/delivery-status` (RFC 3464).
    Status,
    /// `message/feedback-report` (RFC 5965).
    Feedback,
    /// `message/disposition-notification` (RFC 8098).
    Disposition,
    /// The mail that came back, or its header.
    Returned,
    /// Anything else.
    Other,
}

/// One part that is no multipart.
pub(crate) struct Part<'a> {
    pub kind: Kind,
    head: Head<'a>,
    pub body: &'a [u8],
}

/// A mail.
pub(crate) struct Mail<'a> {
    pub head: Head<'a>,
    pub parts: Vec<Part<'a>>,
}

impl<'a> Head<'a> {
    /// Reads a header, and what follows it. A line that is no field belongs to the one before it, folded or not.
    pub fn read(bytes: &'a [u8]) -> (Head<'a>, &'a [u8]) {
        let mut head = Head::default();
        let mut field: Option<(&[u8], usize, usize)> = None;
        let mut at = 0;
        let body = loop {
            let Some((line, next)) = line_at(bytes, at) else { break bytes.len() };
            if line.is_empty() {
                break next;
            }
            let end = at + line.len();
            match (name_length(line), field.as_mut()) {
                (Some(length), _) => {
                    head.push(bytes, field.take());
                    field = Some((&line[..length], at + length + 1, end));
                }
                (None, Some(field)) => field.2 = end,
                // The line with which a mailbox file begins a mail.
                (None, None) => {}
            }
            at = next;
        };
        head.push(bytes, field);
        (head, &bytes[body.min(bytes.len())..])
    }

    fn push(&mut self, bytes: &'a [u8], field: Option<(&'a [u8], usize, usize)>) {
        if let Some((name, from, to)) = field
            && self.fields.len() < FIELDS_MAX
        {
            self.fields.push((name, bytes.get(from..to).unwrap_or_default()));
        }
    }

    /// The first field of that name: unfolded, encoded words decoded.
    pub fn get(&self, name: &str) -> Option<String> {
        self.all(name).next()
    }

    /// All fields of that name.
    pub fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = String> + 's {
        let of_name =
            move |(n, _): &&(&[u8], &[u8])| n.trim_ascii_end().eq_ignore_ascii_case(name.as_bytes());
        self.fields.iter().filter(of_name).map(|(_, value)| decode::words(&decode::line(value)))
    }

    /// A parameter of a field: `boundary` of `Content-Type`.
    pub fn parameter(value: &str, name: &str) -> Option<String> {
        let lower = value.to_ascii_lowercase();
        let mut from = 0;
        while let Some(found) = lower[from..].find(name) {
            let at = from + found;
            from = at + name.len();
            let starts = lower[..at].ends_with([';', ' ', '\t', '\n', '"']);
            let Some(rest) = value[from..].trim_start().strip_prefix('=').filter(|_| starts) else {
                continue;
            };
            let rest = rest.trim_start();
            return Some(match rest.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next().unwrap_or_default().to_owned(),
                None => rest.split([';', ' ', '\t']).next().unwrap_or_default().to_owned(),
            });
        }
        None
    }
}

impl<'a> Mail<'a> {
    /// Takes a mail apart. There is no error: what cannot be taken apart is one text.
    pub fn read(bytes: &'a [u8]) -> Mail<'a> {
        let (head, body) = Head::read(bytes);
        let mut parts = Vec::new();
        take_apart(&head, body, 0, &mut parts);
        // The first text needs no header of its own: the mail's is its.
        let parts = parts.into_iter().map(|(kind, head, body)| Part { kind, head, body }).collect();
        Mail { head, parts }
    }

    /// The parts of a kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Part<'a>> {
        self.parts.iter().filter(move |p| p.kind == kind)
    }
}

impl Part<'_> {
    /// The part's text, decoded; at most [`PART_BYTES_MAX`] bytes of it.
    pub fn text(&self) -> String {
        let body = &self.body[..self.body.len().min(PART_BYTES_MAX)];
        let encoding = self.head.get("content-transfer-encoding").unwrap_or_default().to_ascii_lowercase();
        let bytes = match encoding.trim() {
            "base64" => Cow::Owned(decode::base64(body)),
            "quoted-printable" => Cow::Owned(decode::quoted_printable(body)),
            _ => Cow::Borrowed(body),
        };
        let kind = self.head.get("content-type").unwrap_or_default();
        decode::text(&bytes, Head::parameter(&kind, "charset").as_deref())
    }
}

type Piece<'a> = (Kind, Head<'a>, &'a [u8]);

fn take_apart<'a>(head: &Head<'a>, body: &'a [u8], depth: usize, into: &mut Vec<Piece<'a>>) {
    let content_type = head.get("content-type").unwrap_or_default();
    let kind = content_type.split([';', ' ', '\t']).next().unwrap_or_default().to_ascii_lowercase();
    if kind.starts_with("multipart/")
        && depth < DEPTH_MAX
        && let Some(boundary) = Head::parameter(&content_type, "boundary").filter(|b| !b.is_empty())
    {
        let pieces = split(body, boundary.as_bytes());
        if !pieces.is_empty() {
            for piece in pieces {
                let (head, body) = Head::read(piece);
                take_apart(&head, body, depth + 1, into);
            }
            return;
        }
    }
    if into.len() < PARTS_MAX {
        let head = Head { fields: head.fields.clone() };
        let kind = match kind_of(&kind, depth, &head) {
            // The fields of a report that somebody sent on as a file.
            Kind::Other if body.trim_ascii_start().starts_with(b"Reporting-MTA:") => Kind::Status,
            kind => kind,
        };
        into.push((kind, head, body));
    }
}

fn kind_of(name: &str, depth: usize, head: &Head<'_>) -> Kind {
    match name {
        "message/delivery-status" | "message/global-delivery-status" => Kind::Status,
        "message/feedback-report" => Kind::Feedback,
        "message/disposition-notification" | "message/global-disposition-notification" => Kind::Disposition,
        "text/rfc822-headers" | "text/rfc822-header" => Kind::Returned,
        "text/html" => Kind::Html,
        // A part without a header of its own that begins like a mail is the mail that came back.
        "" if depth > 0 && head.get("received").or_else(|| head.get("message-id")).is_some() => {
            Kind::Returned
        }
        // One that lost its boundary is one text.
        "" | "text/plain" => Kind::Text,
        _ if name.starts_with("multipart/") => Kind::Text,
        _ if name.starts_with("message/") => Kind::Returned,
        _ => Kind::Other,
    }
}

/// What stands between the delimiter lines.
fn split<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut start = None;
    let mut at = 0;
    while let Some((line, next)) = line_at(body, at) {
        let rest = line.trim_ascii_start().strip_prefix(b"--").and_then(|l| l.strip_prefix(boundary));
        let rest = rest.map(<[u8]>::trim_ascii_end);
        if let Some(b"" | b"--") = rest {
            if let Some(from) = start.replace(next) {
                pieces.push(&body[from..at]);
            }
            if rest == Some(b"--") {
                start = None;
                break;
            }
        }
        at = next;
    }
    // Cut off before its end.
    pieces.extend(start.map(|from| &body[from..]));
    pieces.truncate(PARTS_MAX);
    pieces
}

/// The line that begins there, without its end, and where the next one begins.
fn line_at(bytes: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
    let length = memchr::memchr(b'\n', rest);
    let line = &rest[..length.unwrap_or(rest.len())];
    let next = at + length.map_or(rest.len(), |l| l + 1);
    Some((line.strip_suffix(b"\r").unwrap_or(line), next))
}

/// How long the name of the field is that begins the line.
fn name_length(line: &[u8]) -> Option<usize> {
    let colon = line.iter().position(|b| *b == b':')?;
    let name = line[..colon].trim_ascii_end();
    (!name.is_empty() && name.iter().all(|b| b.is_ascii_graphic())).then_some(colon)
}

/// The mails of a mailbox file (RFC 4155): each begins with a line `From `, an address and a date. Anything else is one mail.
pub fn mailbox(bytes: &[u8]) -> Vec<&[u8]> {
    // What some programs write before the first.
    let marked = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let file = &marked[marked.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count()..];
    if !file.starts_with(b"From ") {
        return vec![bytes];
    }
    let bytes = file;
    let mut starts = vec![0];
    let mut after_blank = false;
    let mut at = 0;
    while let Some((line, next)) = line_at(bytes, at) {
        // Some programs leave out the blank line: then a header must follow.
        let headed = || line_at(bytes, next).is_some_and(|(line, _)| name_length(line).is_some());
        if at > 0 && begins_mail(line) && (after_blank || headed()) {
            starts.push(at);
        }
        after_blank = line.is_empty();
        at = next;
    }
    starts.push(bytes.len());
    starts.windows(2).map(|w| &bytes[w[0]..w[1]]).collect()
}

/// `23:34`.
fn is_hour(word: &str) -> bool {
    word.len() == 5 && word.as_bytes()[2] == b':' && word.bytes().filter(u8::is_ascii_digit).count() == 4
}

/// `From somebody Thu Apr 29 23:34:45 2027`.
fn begins_mail(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ").and_then(|l| std::str::from_utf8(l).ok()) else {
        return false;
    };
    let words: Vec<_> = rest.split_ascii_whitespace().collect();
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    words.len() >= 6
        && days.contains(&words[1])
        && words.iter().any(|w| w.matches(':').count() == 2 || is_hour(w))
        && words.iter().skip(4).any(|w| w.len() == 4 && w.bytes().all(|b| b.is_ascii_digit()))
}
