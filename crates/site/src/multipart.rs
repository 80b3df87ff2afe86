//! Forms with a file in them, `multipart/form-data` (RFC 7578), read strictly: what no browser of today sends is
//! refused. The gate and `web` read them with this very code, so that they cannot differ.

use crate::form::{Field, FieldKind, FormShape, Refused, Why};

/// The longest boundary, in characters (RFC 2046 §5.1.1).
const BOUNDARY_CHARS_MAX: usize = 70;
/// The most bytes of one part's head.
const PART_HEAD_BYTES_MAX: usize = 1_024;

/// One field of the form.
#[derive(Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Its name.
    pub name: String,
    /// The file's name on the sender's machine, where the part is a file; for looking only.
    pub filename: Option<String>,
    /// What was typed, or what is in the file.
    pub bytes: &'a [u8],
}

/// Kinds of pictures that can be sent in, told by their first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bitmap {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    WebP,
}

impl Bitmap {
    /// What `bytes` begin like.
    pub fn of(bytes: &[u8]) -> Option<Bitmap> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Bitmap::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Bitmap::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Bitmap::WebP),
            _ => None,
        }
    }
}

/// The boundary that a `Content-Type` names; `None` for any other type.
pub fn boundary(content_type: &str) -> Option<&str> {
    let (kind, parameter) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let value = parameter.trim().strip_prefix("boundary=")?;
    let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(&b);
    let ok = (1..=BOUNDARY_CHARS_MAX).contains(&value.len()) && value.bytes().all(plain);
    ok.then_some(value)
}

/// The parts of a body, in the order sent.
///
/// # Errors
/// [`Why::Form`] for what is not built as browsers build it, [`Why::TooOften`] beyond `parts_max` parts,
/// [`Why::Encoding`] for names that are not UTF-8.
pub fn parse<'a>(boundary: &str, body: &'a [u8], parts_max: usize) -> Result<Vec<Part<'a>>, Refused> {
    let refused = |why| Refused { field: String::new(), why };
    let broken = || refused(Why::Form);
    let delimiter = format!("\r\n--{boundary}");
    let mut rest = body.strip_prefix(&delimiter.as_bytes()[2..]).ok_or_else(broken)?;
    let mut parts = Vec::new();
    loop {
        if matches!(rest, b"--" | b"--\r\n") {
            return Ok(parts);
        }
        if parts.len() >= parts_max {
            return Err(refused(Why::TooOften));
        }
        rest = rest.strip_prefix(b"\r\n").ok_or_else(broken)?;
        let window = &rest[..rest.len().min(PART_HEAD_BYTES_MAX)];
        let end = find(window, b"\r\n\r\n").ok_or_else(broken)?;
        let head = std::str::from_utf8(&rest[..end]).map_err(|_| refused(Why::Encoding))?;
        rest = &rest[end + 4..];
        let end = find(rest, delimiter.as_bytes()).ok_or_else(broken)?;
        let (name, filename) = read_head(head).ok_or_else(broken)?;
        parts.push(Part { name, filename, bytes: &rest[..end] });
        rest = &rest[end + delimiter.len()..];
    }
}

/// Name and file name out of a part's head, which has a disposition and at most a type.
fn read_head(head: &str) -> Option<(String, Option<String>)> {
    let mut names = None;
    let mut typed = false;
    for line in head.split("\r\n") {
        let (header, value) = line.split_once(':')?;
        let value = value.trim();
        match header.to_ascii_lowercase().as_str() {
            "content-disposition" if names.is_none() => {
                let (name, rest) = value.strip_prefix("form-data; name=\"")?.split_once('"')?;
                let filename = match rest {
                    "" => None,
                    rest => Some(rest.strip_prefix("; filename=\"")?.strip_suffix('"')?),
                };
                if filename.is_some_and(|f| f.contains('"')) {
                    return None;
                }
                names = Some((name.to_owned(), filename.map(str::to_owned)));
            }
            "content-type" if !typed => typed = true,
            _ => return None,
        }
    }
    // A type without a file says that a text is in another encoding, or that parts are within the part.
    names.filter(|(_, filename)| filename.is_some() || !typed)
}

fn find(within: &[u8], what: &[u8]) -> Option<usize> {
    let first = *what.first()?;
    let mut from = 0;
    while let Some(at) = within.get(from..)?.iter().position(|b| *b == first) {
        if within[from + at..].starts_with(what) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

/// The texts of a form with files; files are left out, and their fields stand there empty.
///
/// # Errors
/// [`Why::Encoding`] for a text that is not UTF-8, [`Why::Form`] for a file where a text belongs or the other way.
pub fn texts(shape: &FormShape, parts: &[Part<'_>]) -> Result<Vec<(String, String)>, Refused> {
    let pair = |part: &Part<'_>| {
        let refused = |why| Refused { field: crate::check::repeatable(&part.name), why };
        let is_file = shape.field(&part.name).is_some_and(is_file);
        match (is_file, &part.filename) {
            (true, Some(_)) => Ok((part.name.clone(), String::new())),
            (false, None) => match std::str::from_utf8(part.bytes) {
                Ok(text) => Ok((part.name.clone(), text.to_owned())),
                Err(_) => Err(refused(Why::Encoding)),
            },
            _ if shape.field(&part.name).is_none() => Err(refused(Why::Unknown)),
            _ => Err(refused(Why::Form)),
        }
    };
    parts.iter().map(pair).collect()
}

/// Whether the files fit their fields: by size and by their first bytes. A field that was left empty does.
///
/// # Errors
/// What is wrong with the first that does not fit.
pub fn check_files(shape: &FormShape, parts: &[Part<'_>]) -> Result<(), Refused> {
    for part in parts.iter().filter(|p| p.filename.is_some() && !p.bytes.is_empty()) {
        let refused = |why| Refused { field: crate::check::repeatable(&part.name), why };
        let Some(FieldKind::Picture { bytes_max }) = shape.field(&part.name).map(|f| f.kind) else {
            return Err(refused(Why::Form));
        };
        if part.bytes.len() > bytes_max {
            return Err(refused(Why::TooLarge { bytes_max }));
        }
        if Bitmap::of(part.bytes).is_none() {
            return Err(refused(Why::NoPicture));
        }
    }
    Ok(())
}

fn is_file(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Picture { .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::check;
    use proptest::prelude::*;

    static SHAPE: FormShape = FormShape::post(&[
        Field::line("alt", 10),
        Field::new("picture", FieldKind::Picture { bytes_max: 20 }, 0).optional(),
    ]);
    const JPEG: &[u8] = b"\xff\xd8\xff\xe0 picture";

    fn body(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        for (head, bytes) in parts {
            out.extend_from_slice(format!("--XyZ\r\n{head}\r\n\r\n").as_bytes());
            out.extend_from_slice(bytes);
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"--XyZ--\r\n");
        out
    }

    const ALT: &str = "Content-Disposition: form-data; name=\"alt\"";
    const TOKEN: &str = "Content-Disposition: form-data; name=\"_t\"";
    const PICTURE: &str =
        "Content-Disposition: form-data; name=\"picture\"; filename=\"栗.jpg\"\r\nContent-Type: image/jpeg";

    fn judge(parts: &[(&str, &[u8])]) -> Result<(), Why> {
        let body = body(parts);
        let parts = parse("XyZ", &body, 9).map_err(|r| r.why)?;
        check(&SHAPE, &texts(&SHAPE, &parts).map_err(|r| r.why)?).map_err(|r| r.why)?;
        check_files(&SHAPE, &parts).map_err(|r| r.why)
    }

    #[test]
    fn what_browsers_send_is_read_as_sent() {
        let sent = body(&[(ALT, "栗".as_bytes()), (PICTURE, b"\r\n--Xy\r\n--"), (TOKEN, b"t")]);
        let parts = parse("XyZ", &sent, 3).unwrap();
        assert_eq!(
            (parts[0].name.as_str(), parts[0].bytes, &parts[0].filename),
            ("alt", "栗".as_bytes(), &None)
        );
        assert_eq!((parts[1].bytes, parts[1].filename.as_deref()), (&b"\r\n--Xy\r\n--"[..], Some("栗.jpg")));
        assert_eq!(parse("XyZ", &sent, 2).unwrap_err().why, Why::TooOften);
        for (kind, want) in [
            ("multipart/form-data; boundary=----WebKitFormBoundaryAbC", Some("----WebKitFormBoundaryAbC")),
            ("multipart/form-data; boundary=\"x y\"", None),
            ("multipart/form-data; boundary=\"x\"", Some("x")),
            ("multipart/mixed; boundary=x", None),
            ("multipart/form-data", None),
            ("multipart/form-data; charset=x; boundary=y", None),
        ] {
            assert_eq!(boundary(kind), want, "{kind}");
        }
    }

    #[test]
    fn what_fits_and_what_does_not() {
        let (alt, token, picture) = ((ALT, &b"x"[..]), (TOKEN, &b"t"[..]), (PICTURE, JPEG));
        assert_eq!(judge(&[alt, token, picture]), Ok(()));
        assert_eq!(judge(&[alt, token]), Ok(()), "no file was chosen");
        assert_eq!(judge(&[alt, token, (PICTURE, b"")]), Ok(()), "as browsers send that");
        assert_eq!(judge(&[alt, picture]), Err(Why::Missing));
        assert_eq!(judge(&[alt, token, picture, picture]), Err(Why::TooOften));
        assert_eq!(judge(&[alt, token, (PICTURE, b"<svg xmlns=")]), Err(Why::NoPicture));
        assert_eq!(judge(&[alt, token, (PICTURE, b"GIF89a")]), Err(Why::NoPicture));
        let long = [JPEG, &[0; 20]].concat();
        assert_eq!(judge(&[alt, token, (PICTURE, &long)]), Err(Why::TooLarge { bytes_max: 20 }));
        assert_eq!(judge(&[(ALT, b"\xff"), token]), Err(Why::Encoding));
        assert_eq!(judge(&[(ALT, b"a\0"), token]), Err(Why::Characters));
        let as_text = "Content-Disposition: form-data; name=\"picture\"";
        assert_eq!(judge(&[alt, token, (as_text, b"x")]), Err(Why::Form));
        let as_file = "Content-Disposition: form-data; name=\"alt\"; filename=\"a\"";
        assert_eq!(judge(&[(as_file, b"x"), token]), Err(Why::Form));
        let unknown = "Content-Disposition: form-data; name=\"shell\"; filename=\"a.php\"";
        assert_eq!(judge(&[alt, token, (unknown, JPEG)]), Err(Why::Unknown));
    }

    #[test]
    fn what_two_servers_could_read_differently_is_refused() {
        for head in [
            "Content-Disposition: form-data; name=alt",
            "Content-Disposition: form-data; name=\"alt\"; filename*=utf-8''x",
            "Content-Disposition: form-data; name=\"alt\"; filename=\"a\"; filename=\"b\"",
            "Content-Disposition: attachment; name=\"alt\"",
            "Content-Disposition: form-data; name=\"alt\"\r\nContent-Transfer-Encoding: base64",
            "Content-Disposition: form-data; name=\"alt\"\r\nContent-Disposition: form-data; name=\"_t\"",
            "Content-Disposition: form-data; name=\"alt\"\r\nContent-Type: text/plain; charset=utf-7",
            "Content-Type: text/plain",
            " Content-Disposition: form-data; name=\"alt\"",
            "x",
        ] {
            assert_eq!(judge(&[(head, b"x"), (TOKEN, b"t")]), Err(Why::Form), "{head}");
        }
        let whole = body(&[(ALT, b"x"), (TOKEN, b"t")]);
        for broken in [&whole[2..], &whole[..whole.len() - 4], &[&whole[..], b"x"].concat(), b"", b"--XyZ"] {
            assert!(parse("XyZ", broken, 9).is_err());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut sent = b"--XyZ\r\n".to_vec();
            sent.extend_from_slice(&bytes);
            for body in [&bytes, &sent] {
                if let Ok(parts) = parse("XyZ", body, 20) {
                    let _ = (texts(&SHAPE, &parts), check_files(&SHAPE, &parts));
                }
            }
        }

        #[test]
        fn any_file_comes_through_whole(file in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assume!(find(&file, b"\r\n--XyZ").is_none());
            let sent = body(&[(PICTURE, &file)]);
            prop_assert_eq!(parse("XyZ", &sent, 1).unwrap()[0].bytes, file.as_slice());
        }
    }
}
