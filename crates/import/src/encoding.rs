//! Which characters the bytes mean, and the reader that turns them into UTF-8.

use encoding_rs::{CoderResult, Decoder, DecoderResult, EUC_JP, ISO_2022_JP, SHIFT_JIS, UTF_8};
use std::io::{self, Read};

/// How a file writes its characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// Shift_JIS as Windows writes it (CP932, SJIS-win): with ①, ㈱, 髙 and 﨑, as the WHATWG defines the name.
    ShiftJis,
    /// EUC-JP, as older servers write it.
    EucJp,
    /// ISO-2022-JP, as mails carry it.
    Iso2022Jp,
}

impl Encoding {
    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::ShiftJis => "Shift_JIS (CP932)",
            Encoding::EucJp => "EUC-JP",
            Encoding::Iso2022Jp => "ISO-2022-JP",
        }
    }

    fn decoder(self) -> Decoder {
        match self {
            Encoding::Utf8 => UTF_8.new_decoder_with_bom_removal(),
            Encoding::ShiftJis => SHIFT_JIS.new_decoder_without_bom_handling(),
            Encoding::EucJp => EUC_JP.new_decoder_without_bom_handling(),
            Encoding::Iso2022Jp => ISO_2022_JP.new_decoder_without_bom_handling(),
        }
    }
}

/// How much is decoded at once, in bytes.
const CHUNK_BYTES: usize = 32 << 10;

/// Counts what each encoding cannot read of the same bytes: the file is in the one that reads more.
pub(crate) struct Guess {
    /// UTF-8, Shift_JIS and EUC-JP.
    readings: [Reading; 3],
    out: Vec<u8>,
    /// Whether it changes between sets of characters by escapes, as ISO-2022-JP does and nothing else.
    escapes: bool,
    last: u8,
}

struct Reading {
    encoding: Encoding,
    decoder: Decoder,
    malformed: u64,
    /// Half-width katakana, and other characters beyond ASCII.
    half_kana: u64,
    others: u64,
}

impl Guess {
    pub(crate) fn new() -> Guess {
        let reading = |encoding: Encoding| Reading {
            encoding,
            decoder: encoding.decoder(),
            malformed: 0,
            half_kana: 0,
            others: 0,
        };
        Guess {
            readings: [Encoding::Utf8, Encoding::ShiftJis, Encoding::EucJp].map(reading),
            out: vec![0; 4 * CHUNK_BYTES],
            escapes: false,
            last: 0,
        }
    }

    /// Looks at the next bytes of the file.
    pub(crate) fn look(&mut self, bytes: &[u8], last: bool) {
        for byte in bytes {
            self.escapes |= self.last == 0x1B && *byte == b'$';
            self.last = *byte;
        }
        for reading in &mut self.readings {
            let mut rest = bytes;
            loop {
                let (result, read, written) =
                    reading.decoder.decode_to_utf8_without_replacement(rest, &mut self.out, last);
                rest = &rest[read..];
                // Of UTF-8 nobody asks.
                if reading.encoding != Encoding::Utf8 {
                    reading.count(&self.out[..written]);
                }
                match result {
                    DecoderResult::InputEmpty => break,
                    DecoderResult::OutputFull => {}
                    DecoderResult::Malformed(..) => reading.malformed += 1,
                }
            }
        }
    }

    /// What it is: UTF-8 where all read it alike, as they do what is plain ASCII.
    pub(crate) fn encoding(&self) -> Encoding {
        let [utf8, sjis, euc] = &self.readings;
        // Two bytes of EUC-JP look like two half-width katakana to Shift_JIS, while nearly no text of Shift_JIS is one of EUC-JP.
        let is_euc = euc.malformed < sjis.malformed
            || euc.malformed == 0 && sjis.half_kana > 0 && sjis.others > 0 && euc.others > 0;
        if self.escapes {
            Encoding::Iso2022Jp
        } else if is_euc && euc.malformed < utf8.malformed {
            euc.encoding
        } else if sjis.malformed < utf8.malformed {
            sjis.encoding
        } else {
            utf8.encoding
        }
    }
}

impl Reading {
    fn count(&mut self, text: &[u8]) {
        for c in text.utf8_chunks().flat_map(|chunk| chunk.valid().chars()).filter(|c| !c.is_ascii()) {
            if matches!(c, '\u{ff61}'..='\u{ff9f}') {
                self.half_kana += 1;
            } else {
                self.others += 1;
            }
        }
    }
}

/// A reader of UTF-8. What cannot be read becomes U+FFFD; every line ends with `\n`, the last one too.
pub(crate) struct Decoded<R> {
    inner: R,
    decoder: Decoder,
    raw: Vec<u8>,
    /// What of `raw` is still to be decoded.
    waiting: std::ops::Range<usize>,
    out: Vec<u8>,
    /// What of `out` is still to be handed on.
    ready: std::ops::Range<usize>,
    /// A carriage return came last, and is kept back until it is known what follows.
    returned: bool,
    /// Whether what was handed on last ended a line.
    line_ended: bool,
    /// `inner` has come to its end, and the decoder was told.
    ended: bool,
    /// How many bytes may still be handed on.
    allowed: usize,
    /// Whether an odd number of quotes was handed on: then the last one was never closed, or stands in a value.
    quoted: bool,
}

impl<R: Read> Decoded<R> {
    pub(crate) fn new(inner: R, encoding: Encoding) -> Decoded<R> {
        Decoded {
            inner,
            decoder: encoding.decoder(),
            raw: vec![0; CHUNK_BYTES],
            waiting: 0..0,
            out: vec![0; 4 * CHUNK_BYTES],
            ready: 0..0,
            returned: false,
            line_ended: true,
            ended: false,
            allowed: usize::MAX,
            quoted: false,
        }
    }

    /// Whether all has been handed on, and a quote stands open in it.
    pub(crate) fn ends_quoted(&self) -> bool {
        self.ended && self.ready.is_empty() && self.quoted
    }

    /// Says how many bytes may be read before somebody says so again.
    pub(crate) fn allow(&mut self, bytes: usize) {
        self.allowed = bytes;
    }

    fn refill(&mut self) -> io::Result<()> {
        while self.ready.is_empty() && !self.ended {
            let mut last = false;
            if self.waiting.is_empty() {
                let count = loop {
                    match self.inner.read(&mut self.raw) {
                        Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                        other => break other?,
                    }
                };
                self.waiting = 0..count;
                last = count == 0;
            }
            let bytes = &self.raw[self.waiting.clone()];
            // The first byte is kept free for a carriage return, the last for the end of the last line.
            let end = self.out.len() - 1;
            let (result, read, written, _) = self.decoder.decode_to_utf8(bytes, &mut self.out[1..end], last);
            self.waiting.start += read;
            self.ended = last && result == CoderResult::InputEmpty;
            self.ready = self.lines(1 + written);
        }
        Ok(())
    }

    /// Makes `\n` of each `\r\n` in what was decoded, up to `end`; gives where it stands now.
    fn lines(&mut self, mut end: usize) -> std::ops::Range<usize> {
        let start = usize::from(!std::mem::take(&mut self.returned));
        self.out[0] = b'\r';
        if !self.ended && end > start && self.out[end - 1] == b'\r' {
            self.returned = true;
            end -= 1;
        }
        let mut to = start;
        for at in start..end {
            if self.out[at] != b'\r' || at + 1 == end || self.out[at + 1] != b'\n' {
                self.out[to] = self.out[at];
                to += 1;
            }
        }
        if to > start {
            self.line_ended = self.out[to - 1] == b'\n';
        }
        if self.ended && !self.line_ended {
            self.out[to] = b'\n';
            to += 1;
        }
        start..to
    }
}

/// What a reader says that was allowed no more.
pub(crate) const TOO_MUCH: &str = "a record without an end";

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.refill()?;
        if self.allowed == 0 && !self.ready.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, TOO_MUCH));
        }
        let count = into.len().min(self.ready.len()).min(self.allowed);
        into[..count].copy_from_slice(&self.out[self.ready.start..self.ready.start + count]);
        self.quoted ^= into[..count].iter().filter(|byte| **byte == b'"').count() % 2 == 1;
        self.ready.start += count;
        self.allowed -= count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "for tests")]
    use super::*;
    use proptest::prelude::*;

    /// A reader that gives so many bytes at once as it is told.
    struct Pieces<'a>(&'a [u8], Vec<usize>);

    impl Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let wanted = self.1.pop().unwrap_or(7).max(1).min(into.len()).min(self.0.len());
            into[..wanted].copy_from_slice(&self.0[..wanted]);
            self.0 = &self.0[wanted..];
            Ok(wanted)
        }
    }

    fn decoded(bytes: &[u8], pieces: Vec<usize>, encoding: Encoding) -> String {
        let mut text = String::new();
        Decoded::new(Pieces(bytes, pieces), encoding).read_to_string(&mut text).unwrap();
        text
    }

    fn guess(bytes: &[u8]) -> Encoding {
        let mut guess = Guess::new();
        guess.look(bytes, true);
        guess.encoding()
    }

    #[test]
    fn the_characters_that_windows_added_are_read() {
        let text = "髙﨑①㈱ⅲ纊彅〜～−";
        let (bytes, _, lost) = SHIFT_JIS.encode("髙﨑①㈱ⅲ纊彅～－");
        assert!(!lost);
        assert_eq!(decoded(&bytes, vec![1; 40], Encoding::ShiftJis), "髙﨑①㈱ⅲ纊彅～－\n");
        assert_eq!(guess(&bytes), Encoding::ShiftJis);
        assert_eq!(guess(text.as_bytes()), Encoding::Utf8);
        assert_eq!(guess(b"plain"), Encoding::Utf8);
    }

    #[test]
    fn what_older_servers_and_mails_write_is_told_from_shift_jis() {
        for text in [
            "栗原 花子,東京都千代田区丸の内",
            "お名前,栗原花子,東京都千代田区",
            "高橋という字は別として,ﾔﾏﾀﾞ,タロウ",
        ] {
            for (encoding, by) in [
                (Encoding::EucJp, EUC_JP),
                (Encoding::ShiftJis, SHIFT_JIS),
                (Encoding::Iso2022Jp, ISO_2022_JP),
            ] {
                // ISO-2022-JP has no half-width katakana.
                if by == ISO_2022_JP && text.contains('ﾔ') {
                    continue;
                }
                let (bytes, _, lost) = by.encode(text);
                assert!(!lost && guess(&bytes) == encoding, "{text} {encoding:?}");
                assert_eq!(decoded(&bytes, vec![3; 40], encoding), format!("{text}\n"));
            }
        }
        let (bytes, _, _) = SHIFT_JIS.encode("ﾔﾏﾀﾞ,ﾀﾛｳ");
        assert_eq!(guess(&bytes), Encoding::ShiftJis, "half-width katakana alone");
    }

    #[test]
    fn one_broken_byte_does_not_make_another_encoding_of_it() {
        let mut bytes = "お名前,栗原花子,東京都千代田区".repeat(20).into_bytes();
        bytes[31] = 0xFF;
        assert_eq!(guess(&bytes), Encoding::Utf8);
        assert!(decoded(&bytes, Vec::new(), Encoding::Utf8).contains('\u{FFFD}'));
    }

    #[test]
    fn a_mark_at_the_beginning_is_no_character() {
        assert_eq!(decoded("\u{FEFF}注文ID".as_bytes(), vec![1; 9], Encoding::Utf8), "注文ID\n");
    }

    #[test]
    fn a_line_ends_with_one_character() {
        for pieces in [vec![], vec![1; 20], vec![2; 20]] {
            assert_eq!(decoded(b"a\r\nb\rc\r\r\n\nd", pieces, Encoding::Utf8), "a\nb\rc\r\n\nd\n");
        }
        assert_eq!(decoded(b"a\r", vec![1; 9], Encoding::Utf8), "a\r\n");
        assert_eq!(decoded(b"", vec![], Encoding::Utf8), "");
    }

    #[test]
    fn no_more_is_read_than_is_allowed() {
        let mut reader = Decoded::new(&b"0123456789"[..], Encoding::Utf8);
        reader.allow(4);
        let mut four = [0; 4];
        reader.read_exact(&mut four).unwrap();
        assert_eq!(reader.read(&mut four).unwrap_err().to_string(), TOO_MUCH);
    }

    proptest! {
        #[test]
        fn however_it_is_split_it_reads_the_same(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            pieces in prop::collection::vec(1_usize..9, 0..60),
            sjis in any::<bool>(),
        ) {
            let encoding = if sjis { Encoding::ShiftJis } else { Encoding::Utf8 };
            prop_assert_eq!(decoded(&bytes, pieces, encoding), decoded(&bytes, vec![bytes.len()], encoding));
        }

        #[test]
        fn what_shift_jis_can_write_is_read_again(text in "[ -~ぁ-んァ-ヶ一-龠①-⑳㈱髙﨑]{0,60}") {
            let (bytes, _, lost) = SHIFT_JIS.encode(&text);
            prop_assume!(!lost);
            let ended = if text.is_empty() { String::new() } else { format!("{text}\n") };
            prop_assert_eq!(decoded(&bytes, vec![1; 99], Encoding::ShiftJis), ended);
        }
    }
}
