//! The content of DATA: line ends and dots (RFC 5321 §2.3.8, §4.5.2).

/// The message as it goes over the wire, without the final dot: every line ends in CR LF (bare ones are made whole,
/// so that no server can see an end of the message where there is none), and a line that begins with a dot gets a
/// second one.
pub fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + message.len() / 64 + 2);
    let mut at_start = true;
    let mut rest = message.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        match byte {
            b'\r' | b'\n' => {
                if byte == b'\r' && rest.peek() == Some(&b'\n') {
                    rest.next();
                }
                out.extend_from_slice(b"\r\n");
                at_start = true;
            }
            _ => {
                if at_start && byte == b'.' {
                    out.push(b'.');
                }
                out.push(byte);
                at_start = false;
            }
        }
    }
    if !at_start {
        out.extend_from_slice(b"\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dots_and_line_ends() {
        assert_eq!(stuffed(b""), b"");
        assert_eq!(stuffed(b"a"), b"a\r\n");
        assert_eq!(stuffed(b".\r\n..\r\na.b\r\n"), b"..\r\n...\r\na.b\r\n");
        assert_eq!(stuffed(b"a\n.\nb\r.\rc"), b"a\r\n..\r\nb\r\n..\r\nc\r\n");
        assert_eq!(stuffed(b"a\r\n\r\n"), b"a\r\n\r\n");
    }

    /// What a receiver does (RFC 5321 §4.5.2).
    fn unstuffed(wire: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for line in wire.split_inclusive(|b| *b == b'\n') {
            out.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
        }
        out
    }

    proptest! {
        #[test]
        fn arrives_as_it_was(lines in prop::collection::vec("[.a-z \u{e9}]{0,6}", 1..8)) {
            let message = lines.iter().map(|l| format!("{l}\r\n")).collect::<String>();
            prop_assert_eq!(unstuffed(&stuffed(message.as_bytes())), message.as_bytes());
        }

        /// Nothing inside a message can end it, whatever its bytes are and however strictly a server reads.
        #[test]
        fn never_ends_early(message in prop::collection::vec(prop::sample::select(b"\r\n.a".to_vec()), 0..40)) {
            let wire = stuffed(&message);
            prop_assert!(wire.is_empty() || wire.ends_with(b"\r\n"));
            prop_assert!(!wire.starts_with(b".\r\n"));
            for at in 0..wire.len() {
                let rest = &wire[at..];
                prop_assert!(!rest.starts_with(b"\n.\n") && !rest.starts_with(b"\n.\r") && !rest.starts_with(b"\r.\r"));
                if wire[at] == b'\n' { prop_assert!(at > 0 && wire[at - 1] == b'\r'); }
                if wire[at] == b'\r' { prop_assert!(wire.get(at + 1) == Some(&b'\n')); }
            }
        }
    }
}
