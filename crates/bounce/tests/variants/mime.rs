//! Mails taken apart and put together again, as far as variants of them need it.

pub fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = find(rest, from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, what)
}

/// A mail or a part: what stands before its first field, its fields with their folded lines, and its body.
#[derive(Clone)]
pub struct Opened {
    before: Vec<u8>,
    pub fields: Vec<Vec<u8>>,
    pub body: Vec<u8>,
}

pub fn opened(bytes: &[u8]) -> Opened {
    let mut parts = Opened { before: Vec::new(), fields: Vec::new(), body: Vec::new() };
    let mut rest = bytes;
    while !rest.is_empty() {
        let end = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |i| i + 1);
        let (line, after) = rest.split_at(end);
        rest = after;
        if line == b"\n" {
            parts.body = rest.to_vec();
            break;
        }
        let name = line.split(|b| *b == b':').next().unwrap();
        let starts = name.len() < line.len() && name.iter().all(u8::is_ascii_graphic) && !name.is_empty();
        match parts.fields.last_mut() {
            _ if starts => parts.fields.push(line.to_vec()),
            Some(field) => field.extend_from_slice(line),
            None => parts.before.extend_from_slice(line),
        }
    }
    parts
}

pub fn closed(parts: &Opened) -> Vec<u8> {
    [&parts.before, parts.fields.concat().as_slice(), b"\n", parts.body.as_slice()].concat()
}

pub fn name(field: &[u8]) -> String {
    String::from_utf8_lossy(field.split(|b| *b == b':').next().unwrap()).trim().to_ascii_lowercase()
}

impl Opened {
    pub fn value(&self, wanted: &str) -> Option<String> {
        let field = self.fields.iter().find(|f| name(f) == wanted)?;
        Some(
            String::from_utf8_lossy(&field[wanted.len()..])
                .trim_start_matches([' ', ':'])
                .trim()
                .replace('\n', " "),
        )
    }

    pub fn kind(&self) -> String {
        let value = self.value("content-type").unwrap_or_default().to_ascii_lowercase();
        value.split([';', ' ']).next().unwrap_or_default().to_owned()
    }

    fn boundary(&self) -> Option<String> {
        let value = self.value("content-type")?;
        let at = value.to_ascii_lowercase().find("boundary=")?;
        let value = &value[at + 9..];
        Some(match value.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next()?.to_owned(),
            None => value.split([';', ' ', '\t']).next()?.to_owned(),
        })
    }
}

/// Changes each part that is no multipart, at any depth, and says whether one was changed.
pub fn each_part(mail: &Opened, change: &mut dyn FnMut(&mut Opened) -> bool) -> Option<Opened> {
    let mut mail = mail.clone();
    let multipart = mail.kind().starts_with("multipart/");
    let Some(boundary) = mail.boundary().filter(|_| multipart) else {
        return (!multipart && change(&mut mail)).then_some(mail);
    };
    let open = format!("--{boundary}\n").into_bytes();
    let close = format!("--{boundary}--").into_bytes();
    let end = find(&mail.body, &close).unwrap_or(mail.body.len());
    let (inner, tail) = mail.body.split_at(end);
    let mut out = Vec::new();
    let mut rest = inner;
    let mut changed = false;
    let mut first = true;
    loop {
        let at = find(rest, &open);
        let piece = &rest[..at.unwrap_or(rest.len())];
        if first {
            out.extend_from_slice(piece);
        } else {
            let part = opened(piece);
            let new = each_part(&part, change);
            changed |= new.is_some();
            out.extend(new.map_or_else(|| piece.to_vec(), |new| closed(&new)));
            if out.last() != Some(&b'\n') {
                out.push(b'\n');
            }
        }
        first = false;
        let Some(at) = at else { break };
        out.extend_from_slice(&open);
        rest = &rest[at + open.len()..];
    }
    out.extend_from_slice(tail);
    mail.body = out;
    changed.then_some(mail)
}

pub fn encoded(part: &mut Opened, encoding: &str, body: Vec<u8>) -> bool {
    part.fields.retain(|f| name(f) != "content-transfer-encoding");
    part.fields.push(format!("Content-Transfer-Encoding: {encoding}\n").into_bytes());
    part.body = body;
    true
}

pub fn base64(bytes: &[u8]) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    for (i, three) in bytes.chunks(3).enumerate() {
        let n = three.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - three.len()));
        for k in 0..4 {
            out.push(if k <= three.len() { LETTERS[(n >> (18 - 6 * k)) as usize & 63] } else { b'=' });
        }
        if i % 19 == 18 {
            out.push(b'\n');
        }
    }
    out.push(b'\n');
    out
}

pub fn quoted(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut column = 0;
    for b in bytes {
        if *b == b'\n' {
            column = 0;
            out.push(b'\n');
            continue;
        }
        if column > 60 {
            out.extend_from_slice(b"=\n");
            column = 0;
        }
        if b.is_ascii_alphanumeric() || b" <>:;,".contains(b) && column > 0 {
            out.push(*b);
            column += 1;
        } else {
            out.extend_from_slice(format!("={b:02X}").as_bytes());
            column += 3;
        }
    }
    out
}
