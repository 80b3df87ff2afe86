//! Personal data. Nothing here can be printed by accident: no `Debug`, no `Display`.
//!
//! These types are turned into bytes only to be sealed by the vault, and into text only by a template that shows
//! them to whoever may see them.

use crate::text;
use serde::{Deserialize, Serialize};

/// The most characters of a name or one line of an address.
pub const NAME_CHARS_MAX: usize = 50;
/// The most characters of an address line.
pub const ADDRESS_LINE_CHARS_MAX: usize = 100;
/// The most bytes of a mail address (RFC 5321 §4.5.3.1.3, less the angle brackets).
pub const EMAIL_BYTES_MAX: usize = 254;

/// A piece of text about a person. To read it is to write [`Personal::reveal`], which can be searched for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Personal(String);

impl Personal {
    /// Wraps text that is personal.
    pub fn new(text: impl Into<String>) -> Personal {
        Personal(text.into())
    }

    /// The text itself. Never for a log, an error or a panic.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The name by which a mail may address its reader: none where it holds a link, whoever wrote it.
    pub fn to_address(&self) -> Option<&str> {
        Some(self.0.as_str()).filter(|name| !name.trim().is_empty() && !may_hold_link(name))
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What is wrong with a field of a form: says which and why, never what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invalid {
    /// Nothing was typed.
    Missing,
    /// More than the field holds.
    TooLong,
    /// Characters that do not belong there (for kana: anything but kana).
    Characters,
    /// Not the form that such a thing has.
    Form,
    /// In a name: what mail programs make a link of, or a sign that only addresses have.
    Link,
}

fn line(typed: &str, chars_max: usize) -> Result<String, Invalid> {
    let line = text::tidy_line(typed);
    match () {
        // What nobody can see or read is nothing: it could neither be found again nor printed on a parcel.
        () if !line.chars().any(|c| c.is_alphanumeric() && !text::is_blank(c)) => Err(Invalid::Missing),
        () if line.chars().count() > chars_max => Err(Invalid::TooLong),
        () if text::has_forbidden(&line) || line.contains(['<', '>']) => Err(Invalid::Characters),
        () => Ok(line),
    }
}

/// A name, tidied. It opens our mails ("… 様"), which go to whomever was typed beside it: so it holds nothing to follow.
pub fn name_line(typed: &str) -> Result<Personal, Invalid> {
    let name = line(typed, NAME_CHARS_MAX)?;
    if may_hold_link(&name) { Err(Invalid::Link) } else { Ok(Personal(name)) }
}

/// Whether a name holds a link or a sign that links and mail addresses have: none is taken; older and imported records may have
/// one.
fn may_hold_link(name: &str) -> bool {
    text::fold_width(name).contains(['/', '\\', '@', ':', '<', '>']) || text::is_like_link(name)
}

/// A line of an address, tidied.
pub fn address_line(typed: &str) -> Result<Personal, Invalid> {
    line(typed, ADDRESS_LINE_CHARS_MAX).map(Personal)
}

/// A reading in katakana; hiragana and half-width kana are turned into it.
pub fn kana_line(typed: &str) -> Result<Personal, Invalid> {
    let kana = text::to_katakana(&line(typed, NAME_CHARS_MAX)?);
    if kana.chars().all(|c| matches!(c, 'ァ'..='ヺ' | 'ー' | '・' | 'ヽ' | 'ヾ' | ' ')) {
        Ok(Personal(kana))
    } else {
        Err(Invalid::Characters)
    }
}

/// Whether a name is written in Roman letters, so that whoever reads it needs no reading beside it.
pub fn is_roman(name: &str) -> bool {
    let roman = |c: char| c.is_ascii() || matches!(c, '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' | '’');
    let folded = text::tidy_line(name);
    folded.chars().any(char::is_alphabetic) && folded.chars().all(roman)
}

/// A mail address as carriers and people really have them: one `@`, a dotted domain, and in the local part also
/// the `..` and the dot before `@` that Japanese carriers once issued against RFC 5321.
pub fn email(typed: &str) -> Result<Personal, Invalid> {
    let address = text::fold_width(typed.trim());
    if address.is_empty() {
        return Err(Invalid::Missing);
    }
    if address.len() > EMAIL_BYTES_MAX {
        return Err(Invalid::TooLong);
    }
    let (local, domain) = address.rsplit_once('@').ok_or(Invalid::Form)?;
    let local_ok = !local.is_empty()
        && local.len() <= 64
        && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b));
    let label_ok = |l: &str| {
        !l.is_empty()
            && l.chars().count() <= 63
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let domain_ok = domain.contains('.') && domain.split('.').all(label_ok);
    if local_ok && domain_ok { Ok(Personal(address)) } else { Err(Invalid::Form) }
}

/// A telephone number in Japan, kept as its 10 or 11 digits with a leading 0.
pub fn phone(typed: &str) -> Result<Personal, Invalid> {
    let folded = text::fold_width(typed);
    let mut digits: String = folded.chars().filter(char::is_ascii_digit).collect();
    if folded
        .chars()
        .any(|c| !c.is_ascii_digit() && !matches!(c, '-' | '(' | ')' | ' ' | '+' | '‐' | '−' | 'ー' | '.'))
    {
        return Err(Invalid::Characters);
    }
    if digits.is_empty() {
        return Err(Invalid::Missing);
    }
    if folded.trim_start().starts_with('+') {
        digits = digits
            .strip_prefix("81")
            .map(|rest| format!("0{}", rest.trim_start_matches('0')))
            .ok_or(Invalid::Form)?;
    }
    let ok = digits.starts_with('0') && !digits.starts_with("00") && matches!(digits.len(), 10 | 11);
    if ok { Ok(Personal(digits)) } else { Err(Invalid::Form) }
}

/// A postcode: seven digits, without the hyphen.
pub fn postcode(typed: &str) -> Result<Personal, Invalid> {
    let folded = text::fold_width(typed);
    let digits: String =
        folded.chars().filter(|c| !matches!(c, '-' | '‐' | '−' | 'ー' | '〒' | ' ')).collect();
    match digits.len() {
        0 => Err(Invalid::Missing),
        7 if digits.bytes().all(|b| b.is_ascii_digit()) => Ok(Personal(digits)),
        _ => Err(Invalid::Form),
    }
}

/// Several lines of free text, such as a gift message: line ends folded to `\n`, otherwise as typed.
pub fn free_text(typed: &str, chars_max: usize) -> Result<Personal, Invalid> {
    let text = typed.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.trim();
    if text.chars().count() > chars_max {
        Err(Invalid::TooLong)
    } else if text::has_forbidden(text) {
        Err(Invalid::Characters)
    } else {
        Ok(Personal(text.to_owned()))
    }
}

/// Who and where: what is sealed in a `contact` column, as JSON.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Family and given name, with a space between.
    pub name: Personal,
    /// The reading of `name` in katakana; empty where whoever typed the name cannot write it.
    pub kana: Personal,
    /// Ten or eleven digits.
    pub phone: Personal,
    /// Seven digits.
    pub postcode: Personal,
    /// One of the 47 prefectures.
    pub prefecture: Personal,
    /// City, ward or village, and town.
    pub city: Personal,
    /// Street number.
    pub street: Personal,
    /// Building and room; may be empty.
    #[serde(default)]
    pub building: Personal,
}

impl Contact {
    /// The bytes to seal.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads unsealed bytes.
    ///
    /// # Errors
    /// [`Invalid::Form`] where the bytes are not a contact of ours.
    pub fn from_bytes(bytes: &[u8]) -> Result<Contact, Invalid> {
        serde_json::from_slice(bytes).map_err(|_| Invalid::Form)
    }

    /// The address in one line, as a label has it.
    pub fn address_line(&self) -> Personal {
        let mut line = format!("{}{}{}", self.prefecture.reveal(), self.city.reveal(), self.street.reveal());
        if !self.building.is_empty() {
            line.push(' ');
            line.push_str(self.building.reveal());
        }
        Personal(line)
    }
}

/// What a giver adds for one recipient: sealed in `order_recipient.message`, as JSON.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GiftWords {
    /// Words on the card.
    #[serde(default)]
    pub message: Personal,
    /// The name under the noshi.
    #[serde(default)]
    pub noshi_name: Personal,
}

impl GiftWords {
    /// The bytes to seal.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads unsealed bytes.
    ///
    /// # Errors
    /// [`Invalid::Form`] where the bytes are not ours.
    pub fn from_bytes(bytes: &[u8]) -> Result<GiftWords, Invalid> {
        serde_json::from_slice(bytes).map_err(|_| Invalid::Form)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ok(r: Result<Personal, Invalid>) -> Option<String> {
        r.ok().map(|p| p.reveal().to_owned())
    }

    #[test]
    fn mail_addresses_as_they_are() {
        for good in ["a@example.jp", "a..b@docomo.example", "x.@docomo.example", "taro+shop@例え.jp"] {
            assert!(email(good).is_ok(), "{good}");
        }
        for bad in ["a", "@b.jp", "a@b", "a b@c.jp", "a@-b.jp", "a@b..jp", "あ@b.jp", "a\r\nBcc: x@y.jp"] {
            assert!(email(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_nobody_can_read_is_no_name() {
        for nothing in ["", " 　", "\u{200B}", "\u{200D}\u{FE0F}", "゛", "\u{3164}", "ﾠ", "\u{301}", "・—"]
        {
            assert!(matches!(name_line(nothing), Err(Invalid::Missing)), "{nothing:?}");
        }
        for name in ["山", "O'Brien", "ーラ", "葛\u{E0100}城", "1-1"] {
            assert!(name_line(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_name_holds_no_link() {
        let phish = "至急 カード停止 https://kuri-card.example/k で本日確認";
        for link in [
            phish,
            "kuri-card.example",
            "ｋｕｒｉ．ｃｏｍ 山野",
            "山野/栗子",
            "山野＠栗",
            "a:b",
            "a\\b",
            "至急：山野",
            "<b>山野</b>",
        ] {
            assert!(name_line(link).is_err(), "{link}");
            assert_eq!(Personal::new(link).to_address(), None, "{link}");
        }
        assert!(matches!(name_line(phish), Err(Invalid::Link)));
        for name in ["St.John", "J. Smith", "A.B.Smith", "株式会社A・B", "㈱栗鼠堂", "O'Brien"] {
            assert!(name_line(name).is_ok(), "{name}");
            assert_eq!(Personal::new(name).to_address(), Some(name));
        }
    }

    #[test]
    fn phones() {
        assert_eq!(ok(phone("０９０－１２３４－５６７８")).as_deref(), Some("09012345678"));
        assert_eq!(ok(phone("+81 3-1234-5678")).as_deref(), Some("0312345678"));
        assert_eq!(ok(phone("03(1234)5678")).as_deref(), Some("0312345678"));
        for bad in ["", "12345", "0012345678", "090-1234-567x", "+1 212 555 0100"] {
            assert!(phone(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn kana() {
        assert_eq!(ok(kana_line("やまだ　はなこ")).as_deref(), Some("ヤマダ ハナコ"));
        assert_eq!(ok(kana_line("ﾔﾏﾀﾞ ﾊﾅｺ")).as_deref(), Some("ヤマダ ハナコ"));
        assert!(matches!(kana_line("山田"), Err(Invalid::Characters)));
    }

    #[test]
    fn roman_names() {
        for name in ["John Smith", "Ｊｏｈｎ", "O’Brien", "Nguyễn Văn Đức", "José"] {
            assert!(is_roman(name), "{name}");
        }
        for name in ["", "山田 花子", "ヤマダ", "Smith 花子", "123", "Иван"] {
            assert!(!is_roman(name), "{name}");
        }
    }

    #[test]
    fn postcodes() {
        for typed in ["〒390-0811", "３９００８１１", "390 0811"] {
            assert_eq!(ok(postcode(typed)).as_deref(), Some("3900811"), "{typed}");
        }
        assert!(postcode("390-081").is_err());
    }

    proptest! {
        #[test]
        fn whatever_name_is_taken_may_open_a_mail(s in ".{0,60}|[a-zA-Z0-9.。．/：@ -]{0,20}") {
            if let Ok(name) = name_line(&s) {
                prop_assert!(name.to_address() == Some(name.reveal()) && !text::is_like_link(name.reveal()));
            }
        }

        #[test]
        fn a_good_line_stays_good(s in ".{0,80}") {
            for parse in [name_line, address_line, kana_line, email, phone, postcode] {
                if let Ok(p) = parse(&s) {
                    let again = ok(parse(p.reveal()));
                    prop_assert!(again.as_deref() == Some(p.reveal()));
                }
            }
        }
    }
}
