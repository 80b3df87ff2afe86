//! Bytes of a mail into text: transfer encodings (RFC 2045), charsets with their usual mistakes, encoded words (RFC 2047).

use encoding_rs::{EUC_JP, Encoding, ISO_2022_JP, SHIFT_JIS, UTF_8, WINDOWS_1252};

/// Base64; what is no letter of it is skipped.
pub(crate) fn base64(bytes: &[u8]) -> Vec<u8> {
    let value = |b: u8| match b {
        b'A'..=b'Z' => Some(b - b'A'),
        b'a'..=b'z' => Some(b - b'a' + 26),
        b'0'..=b'9' => Some(b - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    };
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    let (mut held, mut bits) = (0u32, 0u32);
    for six in bytes.iter().take_while(|b| **b != b'=').filter_map(|b| value(*b)) {
        held = (held << 6 | u32::from(six)) & 0xFFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((held >> bits) as u8);
        }
    }
    out
}

/// Quoted-printable; what is not written as it should be stays as it is.
pub(crate) fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'=' {
            out.push(first);
        } else if let Some(byte) = after.get(..2).and_then(hex) {
            out.push(byte);
            rest = &after[2..];
        } else if let Some(line_end) = after.iter().position(|b| !matches!(b, b' ' | b'\t' | b'\r'))
            && after[line_end] == b'\n'
        {
            rest = &after[line_end + 1..];
        } else {
            out.push(first);
        }
    }
    out
}

fn hex(two: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(two).ok().filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok()
}

/// Bytes in the charset that the part names, or in the one that they are in.
///
/// Japanese servers are known to say ISO-2022-JP and send EUC-JP, or to say nothing at all.
pub(crate) fn text(bytes: &[u8], charset: Option<&str>) -> String {
    if bytes.is_ascii() && !bytes.contains(&0x1B) {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    // The escape to the Japanese table is in no other charset, whatever the mail names.
    let escapes = [b"\x1B$B", b"\x1B$@"].iter().any(|escape| memchr::memmem::find(bytes, *escape).is_some());
    if bytes.is_ascii() && escapes {
        return ISO_2022_JP.decode_without_bom_handling(bytes).0.into_owned();
    }
    let named = charset.and_then(|c| Encoding::for_label(c.trim().as_bytes()));
    let guessed =
        if bytes.contains(&0x1B) { [ISO_2022_JP, UTF_8, EUC_JP] } else { [UTF_8, EUC_JP, SHIFT_JIS] };
    // One byte for each character fits anything: the name is believed, but for US-ASCII, which has no such bytes, and where the
    // bytes prove UTF-8 or ISO-2022-JP.
    let ascii = charset.is_some_and(|c| c.trim().to_ascii_lowercase().contains("ascii"));
    let single = named.filter(|e| e.is_single_byte() && !ascii);
    let proves = if bytes.contains(&0x1B) { ISO_2022_JP } else { UTF_8 };
    if let Some(named) = single
        && proves.decode_without_bom_handling_and_without_replacement(bytes).is_none()
    {
        return named.decode_without_bom_handling(bytes).0.into_owned();
    }
    let proven = named.filter(|e| !e.is_single_byte());
    let clean = |e: &'static Encoding| e.decode_without_bom_handling_and_without_replacement(bytes);
    // Japanese with a character that is in no table stays Japanese.
    if bytes.is_ascii() && memchr::memmem::find(bytes, b"\x1B$").is_some() && clean(ISO_2022_JP).is_none() {
        return ISO_2022_JP.decode_without_bom_handling(bytes).0.into_owned();
    }
    if let Some(text) = proven.into_iter().chain(guessed).find_map(clean) {
        return text.into_owned();
    }
    named.unwrap_or(WINDOWS_1252).decode_without_bom_handling(bytes).0.into_owned()
}

/// A field's value on one line.
pub(crate) fn line(bytes: &[u8]) -> String {
    let text = text(bytes, None);
    let mut out = String::with_capacity(text.len());
    for piece in text.split(['\r', '\n']).map(str::trim).filter(|p| !p.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(piece);
    }
    out
}

/// Encoded words in a field; those that are none stay as they are.
pub(crate) fn words(value: &str) -> String {
    if !value.contains("=?") {
        return value.to_owned();
    }
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    let mut after_word = false;
    while let Some(at) = rest.find("=?") {
        let (before, from) = rest.split_at(at);
        // White space between two encoded words is none (RFC 2047 §6.2).
        if !(after_word && before.trim().is_empty()) {
            out.push_str(before);
        }
        match word(from) {
            Some((decoded, length)) => {
                out.push_str(&decoded);
                rest = &from[length..];
                after_word = true;
            }
            None => {
                out.push_str("=?");
                rest = &from[2..];
                after_word = false;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The word with which the text begins, and how long it is there.
fn word(text: &str) -> Option<(String, usize)> {
    let mut pieces = text[2..].splitn(4, '?');
    let (charset, encoding, encoded, rest) = (pieces.next()?, pieces.next()?, pieces.next()?, pieces.next()?);
    let rest = rest.strip_prefix('=')?;
    if charset.len() > 64 || encoded.contains(' ') && !encoding.eq_ignore_ascii_case("q") {
        return None;
    }
    let bytes = match encoding {
        "B" | "b" => base64(encoded.as_bytes()),
        "Q" | "q" => quoted_printable(encoded.replace('_', " ").as_bytes()),
        _ => return None,
    };
    let charset = charset.split('*').next();
    Some((self::text(&bytes, charset), text.len() - rest.len()))
}

/// HTML as the lines that people see. No tree is made: of a returned mail only words and addresses are wanted.
pub(crate) fn html(source: &str) -> String {
    let lower = source.to_ascii_lowercase();
    let mut out = String::with_capacity(source.len() / 2);
    let mut at = 0;
    while let Some(found) = lower[at..].find('<') {
        out.push_str(&source[at..at + found]);
        let tag = &lower[at + found + 1..];
        let name_length = tag.find(|c: char| !c.is_ascii_alphanumeric() && c != '/').unwrap_or(tag.len());
        let name = &tag[..name_length];
        at = tag.find('>').map_or(source.len(), |end| source.len() - tag.len() + end + 1);
        match name.trim_matches('/') {
            "br" | "p" | "div" | "tr" | "td" | "th" | "li" | "h1" | "h2" | "h3" | "table" | "hr" => {
                out.push('\n')
            }
            hidden @ ("style" | "script" | "title") if !name.starts_with('/') => {
                at = lower[at..].find(&format!("</{hidden}")).map_or(source.len(), |to| at + to);
            }
            _ => {}
        }
    }
    out.push_str(&source[at..]);
    let entities =
        [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    // `&#64;` for the sign that gatherers of addresses look for.
    let out = if out.contains("&#64;") || out.contains("&#x40;") {
        out.replace("&#64;", "@").replace("&#x40;", "@")
    } else {
        out
    };
    entities
        .iter()
        .fold(out, |text, (from, to)| if text.contains('&') { text.replace(from, to) } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn japanese_in_every_charset_and_under_a_wrong_name() {
        let said = "宛先のメールアドレスは存在しません。";
        for encoding in [ISO_2022_JP, SHIFT_JIS, EUC_JP, UTF_8] {
            let (bytes, _, _) = encoding.encode(said);
            assert_eq!(text(&bytes, Some(encoding.name())), said);
        }
        assert_eq!(text(&EUC_JP.encode(said).0, Some("iso-2022-jp")), said);
        assert_eq!(text(&ISO_2022_JP.encode(said).0, Some("us-ascii")), said);
        assert_eq!(text(&ISO_2022_JP.encode(said).0, Some("utf-8")), said);
        assert_eq!(text(&ISO_2022_JP.encode(said).0, None), said);
    }

    #[test]
    fn encoded_words() {
        assert_eq!(
            words("=?iso-2022-jp?B?GyRCPzckNyQkPWc0PRsoQg==?="),
            text(b"\x1b$B?7$7$$=g4=\x1b(B", None)
        );
        assert_eq!(words("=?utf-8?Q?a=20b?= =?utf-8?q?_c?= d"), "a b c d");
        assert_eq!(words("=?utf-8?B?broken"), "=?utf-8?B?broken");
        assert_eq!(words("=?x?y?z?="), "=?x?y?z?=");
    }

    #[test]
    fn transfer_encodings() {
        assert_eq!(base64(b"44Gr\r\n44KD"), "にゃ".as_bytes());
        assert_eq!(quoted_printable(b"a=\r\nb=3Dc= \nd=zz="), b"ab=cd=zz=");
    }

    #[test]
    fn html_becomes_lines() {
        let page = "<html><style>p { x }</style><p>Not delivered to <b>a@example.jp</b><br>550 &lt;a&gt;</p>";
        let lines = html(page);
        let lines: Vec<_> = lines.lines().filter(|l| !l.trim().is_empty()).collect();
        assert_eq!(lines, ["Not delivered to a@example.jp", "550 <a>"]);
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes: Vec<u8>, charset: String) {
            let text = text(&bytes, Some(&charset));
            let _ = (words(&text), html(&text), line(&bytes), base64(&bytes), quoted_printable(&bytes));
        }

        #[test]
        fn words_do_not_panic(text in "[=?BbQqa_ 0-9;&<>/styledivあ-ん]{0,60}") {
            let _ = (words(&text), html(&text));
        }
    }
}
