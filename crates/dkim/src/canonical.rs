//! The relaxed forms of headers and body (RFC 6376 §3.4.2, §3.4.4), and what of the headers is signed (§3.7).

/// A header as it stands in the mail.
pub(crate) struct Header<'a> {
    name: &'a [u8],
    value: &'a [u8],
}

impl Header<'_> {
    /// Whether it has this name, in any case.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

/// The headers of a mail in their order, and its body.
pub(crate) fn split(mail: &[u8]) -> (Vec<Header<'_>>, &[u8]) {
    let (mut headers, mut rest) = (Vec::new(), mail);
    loop {
        if let Some(body) = rest.strip_prefix(b"\r\n") {
            return (headers, body);
        }
        if rest.is_empty() {
            return (headers, rest);
        }
        let (header, after) = rest.split_at(end_of_header(rest));
        if let Some(colon) = header.iter().position(|b| *b == b':') {
            headers.push(Header { name: header[..colon].trim_ascii(), value: &header[colon + 1..] });
        }
        rest = after;
    }
}

/// Where the next header begins, or the empty line: a line that begins with white space goes on with the one before.
fn end_of_header(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(end) = text[at..].windows(2).position(|two| two == b"\r\n") {
        at += end + 2;
        if !matches!(text.get(at), Some(b' ' | b'\t')) {
            return at;
        }
    }
    text.len()
}

/// The body: runs of white space are one space, none stands at the end of a line, no empty line at the end.
pub(crate) fn body(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    let mut whole = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.windows(2).position(|two| two == b"\r\n");
        let (line, after) = end.map_or((rest, &rest[rest.len()..]), |end| (&rest[..end], &rest[end + 2..]));
        let start = out.len();
        squeeze(line, &mut out);
        let empty = out.len() == start;
        out.extend_from_slice(b"\r\n");
        whole = if empty { whole } else { out.len() };
        rest = after;
    }
    out.truncate(whole);
    out
}

/// What is signed: the named headers, each time the name comes the next one from below, and the signature's own header
/// without the signature. A name of which none is left adds nothing.
pub(crate) fn signed(headers: &[Header<'_>], names: &[&str], own: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(1_024);
    for (at, name) in names.iter().enumerate() {
        let before = names[..at].iter().filter(|other| *other == name).count();
        if let Some(header) = headers.iter().rev().filter(|header| header.is(name)).nth(before) {
            relaxed(name, header.value, &mut out);
            out.extend_from_slice(b"\r\n");
        }
    }
    relaxed("dkim-signature", own.as_bytes(), &mut out);
    out
}

/// A header in its relaxed form, without a line end.
fn relaxed(name: &str, value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(name.to_ascii_lowercase().as_bytes());
    out.push(b':');
    let unfolded: Vec<u8> = value.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
    squeeze(unfolded.trim_ascii(), out);
}

/// Runs of spaces and tabs become one space; those at the end go.
fn squeeze(line: &[u8], out: &mut Vec<u8>) {
    let mut space = false;
    for byte in line {
        if matches!(byte, b' ' | b'\t') {
            space = true;
            continue;
        }
        if space {
            out.push(b' ');
            space = false;
        }
        out.push(*byte);
    }
}
