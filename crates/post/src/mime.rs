//! A letter in its envelope: the bytes that go over the wire (RFC 5322, RFC 2045 to 2047).

use crate::{Address, Letter};
use lettre::{
    Message,
    address::Envelope,
    message::{
        Mailbox, MessageBuilder, MultiPart, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};
use std::time::{Duration, SystemTime};
use uuid::Uuid;

/// Who sends: the shop's own address, with its name in the language of the mail.
#[derive(Clone)]
pub struct Author {
    /// Display name.
    pub name: String,
    /// Address.
    pub address: Address,
    /// Where answers go, where that is another one.
    pub replies: Option<Address>,
}

impl Author {
    /// The shop: `email` is its address for questions, which may be none.
    pub fn of(name: &str, address: &Address, email: &str) -> Author {
        let replies = Address::parse(email).ok().filter(|replies| replies != address);
        Author { name: name.to_owned(), address: address.clone(), replies }
    }
}

/// The message could not be put together: the shop's own address does not suit a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the message could not be packed: check the shop's own mail address in the configuration")]
pub struct Unpacked;

/// The id on the wire: the same at each try, so that whoever gets a message twice can tell.
pub fn message_id(message: Uuid, from: &Address) -> String {
    format!("<{}@{}>", message.simple(), from.domain())
}

/// Packs a letter. The result depends on nothing but the arguments.
///
/// # Errors
/// [`Unpacked`].
pub fn pack(
    letter: Letter,
    from: &Author,
    to: &Address,
    message: Uuid,
    date_ms: i64,
    lang: &'static str,
) -> Result<Vec<u8>, Unpacked> {
    let body = MultiPart::alternative()
        .boundary(format!("=_dozo_{}", message.simple()))
        .singlepart(SinglePart::plain(letter.text))
        .singlepart(SinglePart::html(letter.html));
    let packed = head(letter.subject, from, to, message, date_ms, lang)?.multipart(body);
    Ok(packed.map_err(|_| Unpacked)?.formatted())
}

/// All headers but those of the content.
fn head(
    subject: String,
    from: &Author,
    to: &Address,
    message: Uuid,
    date_ms: i64,
    lang: &'static str,
) -> Result<MessageBuilder, Unpacked> {
    let own: lettre::Address = from.address.lawful().parse().map_err(|_| Unpacked)?;
    let date = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(date_ms).unwrap_or(0));
    let mut head = Message::builder();
    if let Some(replies) = &from.replies {
        head = head.raw_header(plain_header("Reply-To", replies.lawful()));
    }
    Ok(head
        .from(Mailbox::new(Some(from.name.clone()), own.clone()))
        // Lettre's own type for `To` refuses addresses that exist: the header is ours, already checked and quoted.
        .raw_header(plain_header("To", to.lawful()))
        .subject(subject)
        .date(date)
        .message_id(Some(message_id(message, &from.address)))
        .raw_header(plain_header("Auto-Submitted", "auto-generated".to_owned()))
        .raw_header(plain_header("Content-Language", lang.to_owned()))
        // Lettre wants an envelope and would read it from `To`; the real one is given to the SMTP session.
        .envelope(Envelope::new(Some(own.clone()), vec![own]).map_err(|_| Unpacked)?))
}

/// Packs a text without HTML, as notices are: the same for every reader.
///
/// # Errors
/// [`Unpacked`].
pub fn pack_text(
    (subject, text): (String, String),
    from: &Author,
    to: &Address,
    message: Uuid,
    date_ms: i64,
    lang: &'static str,
) -> Result<Vec<u8>, Unpacked> {
    let packed = head(subject, from, to, message, date_ms, lang)?.singlepart(SinglePart::plain(text));
    Ok(packed.map_err(|_| Unpacked)?.formatted())
}

/// A header whose value is printable ASCII and needs no encoding.
fn plain_header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value.clone(), value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_parser::MessageParser;

    fn packed(subject: &str, to: &str) -> Vec<u8> {
        let letter = Letter {
            subject: subject.to_owned(),
            text: "山田 花子 様\n\n.\nありがとうございます。\n".to_owned(),
            html: "<p>ありがとうございます。</p>".to_owned(),
        };
        let from =
            Author::of("栗鼠堂", &Address::parse("shop@risudo.example").unwrap(), "ask@risudo.example");
        let to = Address::parse(to).unwrap();
        pack(letter, &from, &to, Uuid::from_u128(7), 1_795_359_900_000, "ja").unwrap()
    }

    #[test]
    fn long_japanese_subjects_come_back_whole() {
        let subject = "【栗鼠堂】ご注文ありがとうございます（ご注文番号 R26-0000-1234）".repeat(3);
        let bytes = packed(&subject, "hanako@example.jp");
        assert!(bytes.is_ascii(), "headers and bodies are encoded");
        let lines = bytes.split(|b| *b == b'\n').map(<[u8]>::len);
        assert!(lines.clone().max().unwrap() <= 79, "no line beyond 78 characters");
        let read = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(read.subject(), Some(subject.as_str()));
        assert_eq!(read.from().unwrap().first().unwrap().name(), Some("栗鼠堂"));
        let replies = read.reply_to().unwrap().first().unwrap().address();
        assert_eq!(replies, Some("ask@risudo.example"));
        let own = Address::parse("shop@risudo.example").unwrap();
        for none in ["shop@risudo.example", "", "nobody"] {
            assert!(Author::of("x", &own, none).replies.is_none(), "{none}");
        }
        assert_eq!(read.message_id(), Some("00000000000000000000000000000007@risudo.example"));
        assert_eq!(
            read.body_text(0).unwrap().replace("\r\n", "\n"),
            "山田 花子 様\n\n.\nありがとうございます。\n"
        );
        assert_eq!(read.body_html(0).unwrap(), "<p>ありがとうございます。</p>");
        assert_eq!(read.date().unwrap().to_rfc3339(), "2026-11-22T15:05:00Z");
    }

    #[test]
    fn addresses_against_the_rules() {
        let bytes = packed("x", "a..b@docomo.ne.jp");
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("\r\nTo: \"a..b\"@docomo.ne.jp\r\n"), "{text}");
    }

    #[test]
    fn no_header_can_be_smuggled_in() {
        let bytes = packed("a\r\nBcc: x@y.example\r\n\r\nbody", "hanako@example.jp");
        let read = MessageParser::default().parse(&bytes).unwrap();
        assert!(read.bcc().is_none());
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains("\nBcc:"), "{text}");
    }

    #[test]
    fn the_same_each_time() {
        assert_eq!(packed("題名", "hanako@example.jp"), packed("題名", "hanako@example.jp"));
    }
}
