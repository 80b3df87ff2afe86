//! The codes in a text: SMTP replies (RFC 5321 §4.2) and enhanced statuses (RFC 3463).

use crate::Status;

/// The reply code and the enhanced status of a failure in a text: the status that stands behind the reply, or the first.
pub(crate) fn of(text: &str) -> (Option<u16>, Option<Status>) {
    let bytes = text.as_bytes();
    let mut reply = None;
    let mut status = None;
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        while at < bytes.len() && (bytes[at].is_ascii_digit() || bytes[at] == b'.' && at > start) {
            at += 1;
        }
        if at == start {
            at += 1;
            continue;
        }
        let number = text[start..at].trim_end_matches('.');
        let before = start.checked_sub(1).map(|i| bytes[i]);
        let after = bytes.get(at).copied();
        if before.is_some_and(|b| b.is_ascii_alphanumeric() || b"./=_@+".contains(&b))
            || after.is_some_and(|b| b.is_ascii_alphanumeric())
        {
            continue;
        }
        if let Some(found) = enhanced(number) {
            if !is_placed(&text[..start], after) {
                continue;
            }
            status = status.or(Some(found));
            if reply.is_some() {
                return (reply, Some(found));
            }
        } else if reply.is_none()
            && number.len() == 3
            && matches!(bytes[start], b'4' | b'5')
            && !before.is_some_and(|b| b"[-".contains(&b))
            && after.is_none_or(|b| b" -:;,.'\"\r\n)".contains(&b))
        {
            reply = number.parse().ok();
        }
    }
    (reply, status)
}

/// Whether an enhanced status may stand there, and no version or paragraph: behind a reply code (RFC 2034), at the beginning of
/// a line, or marked: `(#5.1.1)`, `[5.1.1]`, `(5.1.1 no)`, `Status: 5.1.1`.
fn is_placed(before: &str, after: Option<u8>) -> bool {
    let closes = after.is_none_or(|b| b" )]:".contains(&b));
    if before.ends_with('#') || before.ends_with(['(', '[']) && closes {
        return true;
    }
    let marks = |c: char| c.is_whitespace() || "-'\"<([=:".contains(c);
    let bare = before.trim_end_matches(marks);
    if bare.is_empty() || before[bare.len()..].contains('\n') {
        return true;
    }
    let ends = |word: &str| {
        let at = bare.len().saturating_sub(word.len());
        bare.get(at..).is_some_and(|end| end.eq_ignore_ascii_case(word))
    };
    let labelled = before[bare.len()..].contains(':')
        && ["status", "code", "said", "error", "reason", "response"].into_iter().any(ends);
    let code = bare.as_bytes();
    let replied = code.len() >= 3
        && b"245".contains(&code[code.len() - 3])
        && code[code.len() - 2..].iter().all(u8::is_ascii_digit)
        && !code[..code.len() - 3].last().is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'.');
    labelled || replied
}

/// Where a text has its first reply code of a failure that words follow.
pub(crate) fn reply_at(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    (0..bytes.len().saturating_sub(3)).find(|&at| {
        matches!(bytes[at], b'4' | b'5')
            && bytes[at + 1..at + 3].iter().all(u8::is_ascii_digit)
            && matches!(bytes[at + 3], b' ' | b'-')
            && !at
                .checked_sub(1)
                .is_some_and(|i| bytes[i].is_ascii_alphanumeric() || b"./=_@+-".contains(&bytes[i]))
            && bytes.get(at + 4).is_some_and(|b| !b.is_ascii_lowercase())
    })
}

/// `5.1.1`: there are the classes 2, 4 and 5, and subjects from 0 to 7 (RFC 3463 §2, §3).
pub(crate) fn enhanced(text: &str) -> Option<Status> {
    let mut parts = text.split('.');
    let mut number = |digits: usize| {
        let part = parts.next().filter(|p| !p.is_empty() && p.len() <= digits)?;
        part.parse::<u16>().ok()
    };
    let (class, subject, detail) = (number(1)?, number(3)?, number(3)?);
    (parts.next().is_none() && matches!(class, 2 | 4 | 5) && subject <= 7).then_some(Status(
        class as u8,
        subject,
        detail,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_in_sentences() {
        for (text, reply, status) in [
            ("550 5.1.1 <taro@example.jp>... User unknown", Some(550), Some(Status(5, 1, 1))),
            ("host mx[192.0.2.550] said: 450-4.7.1 later", Some(450), Some(Status(4, 7, 1))),
            (
                "5.1.0 - Unknown address error 550-'5.7.1 <a@b>... Access denied'",
                Some(550),
                Some(Status(5, 7, 1)),
            ),
            ("Unable to contact LDAP server. (#4.4.3)", None, Some(Status(4, 4, 3))),
            ("Sendmail 8.12.5 at 5.9.100.22 port 25", None, None),
            ("#550 5.1.1 RESOLVER", Some(550), Some(Status(5, 1, 1))),
            ("error_code :550, x", Some(550), None),
            ("432000 seconds, 5.5.2657.72", None, None),
            ("550 refused by Guard version 5.1.1", Some(550), None),
            ("554 see section 5.1.6 of our terms", Some(554), None),
            ("421 deferred - 4.16.50", Some(421), None),
            ("421 4.16.50 deferred", Some(421), None),
            ("550 #5.1.0 refused", Some(550), Some(Status(5, 1, 0))),
            ("550-5.2.2 full\n550 5.2.2 see", Some(550), Some(Status(5, 2, 2))),
            ("553 no (5.7.1)", Some(553), Some(Status(5, 7, 1))),
        ] {
            assert_eq!(of(text), (reply, status), "{text}");
        }
    }
}
