//! Reading a raw mail: what the list shows, the bodies, the links.

use mail_parser::{Address, Message, MessageParser};
use uuid::Uuid;

/// The most links shown for one mail.
const LINKS_MAX: usize = 50;

/// What the list shows.
#[derive(Clone)]
pub struct Summary {
    /// Decoded subject; may be empty.
    pub subject: String,
    /// Addresses in `To`.
    pub to: String,
    /// Addresses in `From`, with the names.
    pub from: String,
    /// When it came in, Unix milliseconds.
    pub received_at_ms: i64,
    /// Its size.
    pub bytes: usize,
}

/// The parts of a mail, decoded.
pub struct Parts {
    /// The text part; empty where there is none.
    pub text: String,
    /// The HTML part.
    pub html: Option<String>,
    /// Addresses of the web in either part, each once.
    pub links: Vec<String>,
}

/// Reads what the list shows. Anything can be mail: what cannot be read is empty.
pub fn summary(id: Uuid, raw: &[u8]) -> Summary {
    let message = MessageParser::default().parse_headers(raw);
    let of = |pick: fn(&Message<'_>) -> String| message.as_ref().map(pick).unwrap_or_default();
    let (seconds, nanos) = id.get_timestamp().map(|t| t.to_unix()).unwrap_or_default();
    Summary {
        subject: of(|m| m.subject().unwrap_or_default().to_owned()),
        to: of(|m| addresses(m.to(), false)),
        from: of(|m| addresses(m.from(), true)),
        received_at_ms: i64::try_from(seconds).unwrap_or(0) * 1000 + i64::from(nanos / 1_000_000),
        bytes: raw.len(),
    }
}

/// Decodes the parts.
pub fn parts(raw: &[u8]) -> Parts {
    let Some(message) = MessageParser::default().parse(raw) else {
        return Parts { text: String::new(), html: None, links: Vec::new() };
    };
    // The parser makes a text of HTML where there is none, and the other way round: only real parts are wanted.
    let text = message
        .text_part(0)
        .filter(|p| p.is_text() && !p.is_text_html())
        .and_then(|p| p.text_contents())
        .unwrap_or_default()
        .replace("\r\n", "\n");
    let html = message
        .html_part(0)
        .filter(|p| p.is_text_html())
        .and_then(|p| p.text_contents())
        .map(ToOwned::to_owned);
    let links = links(&text, html.as_deref().unwrap_or_default());
    Parts { text, html, links }
}

fn addresses(list: Option<&Address<'_>>, names: bool) -> String {
    let one = |a: &mail_parser::Addr<'_>| {
        let address = a.address().unwrap_or_default();
        // A quoted local part is read as a name before a bare domain.
        if let (Some(local), true) = (a.name(), address.starts_with('@')) {
            return format!("{local}{address}");
        }
        match a.name().filter(|_| names) {
            Some(name) => format!("{name} <{address}>"),
            None => address.to_owned(),
        }
    };
    list.map(|l| l.iter().map(one).collect::<Vec<_>>().join(", ")).unwrap_or_default()
}

/// Web addresses in a text and in the `href`s of an HTML part, in the order of appearance.
fn links(text: &str, html: &str) -> Vec<String> {
    let in_text = text
        .split(|c: char| !c.is_ascii_graphic() || matches!(c, '<' | '>' | '"' | '(' | ')'))
        .filter_map(|word| word.find("http").map(|at| word[at..].trim_end_matches(['.', ',', ';', ':'])));
    let in_html = html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut all: Vec<String> = Vec::new();
    for link in
        in_text.map(str::to_owned).chain(in_html.map(|l| l.replace("&amp;", "&").replace("&#38;", "&")))
    {
        let web = link.starts_with("http://") || link.starts_with("https://");
        if web && !all.contains(&link) && all.len() < LINKS_MAX {
            all.push(link);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_links() {
        let text = "注文はhttp://shop.localhost:8080/o/abc です。(https://a.example/?x=1&y=2)、http は語";
        let html = r#"<a href="http://shop.localhost:8080/o/abc">x</a><a href="https://b.example/?x&amp;y">y</a>
            <a href="javascript:alert(1)">z</a>"#;
        assert_eq!(
            links(text, html),
            ["http://shop.localhost:8080/o/abc", "https://a.example/?x=1&y=2", "https://b.example/?x&y"]
        );
    }

    #[test]
    fn only_real_parts() {
        let html = parts(b"Content-Type: text/html\r\n\r\n<p>x</p>\r\n");
        assert!(html.text.is_empty() && html.html.as_deref() == Some("<p>x</p>\r\n"));
        let text = parts(b"Subject: s\r\n\r\nx\r\n");
        assert!(text.html.is_none() && text.text == "x\n");
    }

    #[test]
    fn quoted_local_parts() {
        let s = summary(Uuid::now_v7(), b"To: \"a..b\"@docomo.ne.jp\r\nFrom: S <s@x.jp>\r\n\r\n");
        assert_eq!((s.to.as_str(), s.from.as_str()), ("a..b@docomo.ne.jp", "S <s@x.jp>"));
    }

    #[test]
    fn anything_can_be_mail() {
        for raw in [&b""[..], b"\xff\xfe", b"Subject:", b"\r\n\r\n", b"To: <<>>,,;\r\n\r\n"] {
            let (s, p) = (summary(Uuid::now_v7(), raw), parts(raw));
            assert!(s.subject.is_empty() && p.links.is_empty());
        }
    }
}
