//! CBOR (RFC 8949) as authenticators write it, read strictly: definite lengths, shortest forms, no key twice, nothing
//! behind the end (the canonical form of CTAP 2.1 §8, but for the order of keys, which clients do not keep).

/// How deep values may lie in one another (CTAP 2.1 §8: four).
const DEPTH_MAX: usize = 4;

/// A value. Floats, tags and undefined are not known: nothing that is read here has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// A whole number.
    Int(i64),
    /// Bytes.
    Bytes(&'a [u8]),
    /// UTF-8.
    Text(&'a str),
    /// A list.
    Array(Vec<Value<'a>>),
    /// Pairs; no key stands twice.
    Map(Vec<(Value<'a>, Value<'a>)>),
    /// True or false.
    Bool(bool),
    /// Null.
    Null,
}

impl<'a> Value<'a> {
    /// Reads one value that ends where the bytes end.
    pub(super) fn whole(bytes: &'a [u8]) -> Option<Value<'a>> {
        Value::first(bytes).filter(|(_, rest)| rest.is_empty()).map(|(value, _)| value)
    }

    /// Reads one value; the bytes behind it.
    pub(super) fn first(bytes: &'a [u8]) -> Option<(Value<'a>, &'a [u8])> {
        let mut reader = Reader(bytes);
        let value = reader.value(DEPTH_MAX)?;
        Some((value, reader.0))
    }

    /// The value under a number, in a map.
    pub(super) fn at(&self, key: i64) -> Option<&Value<'a>> {
        self.get(&Value::Int(key))
    }

    /// The value under a word, in a map.
    pub(super) fn named(&self, key: &str) -> Option<&Value<'a>> {
        self.get(&Value::Text(key))
    }

    fn get(&self, key: &Value<'_>) -> Option<&Value<'a>> {
        let Value::Map(pairs) = self else { return None };
        pairs.iter().find(|(k, _)| k == key).map(|(_, value)| value)
    }

    /// The number.
    pub(super) fn int(&self) -> Option<i64> {
        if let Value::Int(n) = self { Some(*n) } else { None }
    }

    /// The bytes.
    pub(super) fn bytes(&self) -> Option<&'a [u8]> {
        if let Value::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    /// The text.
    pub(super) fn text(&self) -> Option<&'a str> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Option<Value<'a>> {
        let [first] = *self.take(1)? else { return None };
        let (major, small) = (first >> 5, first & 31);
        if major == 7 {
            return match small {
                20 => Some(Value::Bool(false)),
                21 => Some(Value::Bool(true)),
                22 => Some(Value::Null),
                _ => None,
            };
        }
        let n = self.argument(small)?;
        match major {
            0 => i64::try_from(n).ok().map(Value::Int),
            1 => i64::try_from(n).ok().map(|n| Value::Int(-1 - n)),
            2 => self.take(usize::try_from(n).ok()?).map(Value::Bytes),
            3 => std::str::from_utf8(self.take(usize::try_from(n).ok()?)?).ok().map(Value::Text),
            // Nothing is set aside for what is only claimed: each element costs at least a byte.
            4 => (0..n).map(|_| self.value(depth.checked_sub(1)?)).collect::<Option<_>>().map(Value::Array),
            5 => self.map(n, depth.checked_sub(1)?),
            _ => None,
        }
    }

    fn map(&mut self, n: u64, depth: usize) -> Option<Value<'a>> {
        let mut pairs: Vec<(Value<'a>, Value<'a>)> = Vec::new();
        for _ in 0..n {
            let key = self.value(depth)?;
            if !matches!(key, Value::Int(_) | Value::Text(_)) || pairs.iter().any(|(k, _)| *k == key) {
                return None;
            }
            pairs.push((key, self.value(depth)?));
        }
        Some(Value::Map(pairs))
    }

    /// The number behind the first byte, in its shortest form.
    fn argument(&mut self, small: u8) -> Option<u64> {
        let bytes = match small {
            0..=23 => return Some(small.into()),
            24..=27 => 1usize << (small - 24),
            _ => return None,
        };
        let n = self.take(bytes)?.iter().fold(0u64, |n, byte| n << 8 | u64::from(*byte));
        let least = [24, 1 << 8, 1 << 16, 1 << 32][usize::from(small - 24)];
        (n >= least).then_some(n)
    }

    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn examples_of_rfc_8949() {
        // Appendix A.
        let int = |bytes: &[u8]| Value::whole(bytes).and_then(|v| v.int());
        assert_eq!(int(&[0x17]), Some(23));
        assert_eq!(int(&[0x18, 0x18]), Some(24));
        assert_eq!(int(&[0x1a, 0, 0x0f, 0x42, 0x40]), Some(1_000_000));
        assert_eq!(int(&[0x39, 0x03, 0xe7]), Some(-1000));
        assert_eq!(Value::whole(&[0x44, 1, 2, 3, 4]), Some(Value::Bytes(&[1, 2, 3, 4])));
        assert_eq!(Value::whole(&[0x63, 0xe6, 0xb0, 0xb4]), Some(Value::Text("水")));
        let map = Value::whole(&[0xa2, 0x61, 0x61, 0x01, 0x61, 0x62, 0x82, 0x02, 0xf5]).unwrap();
        assert_eq!(map.named("a").unwrap().int(), Some(1));
        assert_eq!(map.named("b"), Some(&Value::Array(vec![Value::Int(2), Value::Bool(true)])));
        assert_eq!(map.named("c"), None);
    }

    #[test]
    fn what_is_not_canonical_or_not_whole_is_refused() {
        let wrong: [&[u8]; 14] = [
            &[],
            &[0x18, 0x17],
            &[0x19, 0x00, 0xff],
            &[0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
            &[0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0x5f, 0x41, 1, 0xff],
            &[0x9f, 0xff],
            &[0xa2, 0x01, 0x01, 0x01, 0x02],
            &[0xa1, 0x80, 0x01],
            &[0xc0, 0x01],
            &[0xf9, 0x3c, 0x00],
            &[0x62, 0xff, 0xfe],
            &[0x81, 0x81, 0x81, 0x81, 0x81, 0x00],
            &[0x01, 0x01],
        ];
        for bytes in wrong {
            assert_eq!(Value::whole(bytes), None, "{bytes:02x?}");
        }
        assert!(Value::whole(&[0x81, 0x81, 0x81, 0x81, 0x00]).is_some(), "four deep");
    }

    fn write(value: &Value<'_>, out: &mut Vec<u8>) {
        let mut head = |major: u8, n: u64| match n {
            0..24 => out.push(major << 5 | n as u8),
            24..256 => out.extend([major << 5 | 24, n as u8]),
            256..65536 => {
                out.push(major << 5 | 25);
                out.extend((n as u16).to_be_bytes());
            }
            _ => {
                out.push((major << 5) | (27 - u8::from(n < 1 << 32)));
                let bytes = n.to_be_bytes();
                out.extend(if n < 1 << 32 { &bytes[4..] } else { &bytes[..] });
            }
        };
        match value {
            Value::Int(n) if *n >= 0 => head(0, *n as u64),
            Value::Int(n) => head(1, (-1 - n) as u64),
            Value::Bytes(bytes) => {
                head(2, bytes.len() as u64);
                out.extend(*bytes);
            }
            Value::Text(text) => {
                head(3, text.len() as u64);
                out.extend(text.as_bytes());
            }
            Value::Array(all) => {
                head(4, all.len() as u64);
                all.iter().for_each(|v| write(v, out));
            }
            Value::Map(pairs) => {
                head(5, pairs.len() as u64);
                for (key, value) in pairs {
                    write(key, out);
                    write(value, out);
                }
            }
            Value::Bool(b) => out.push(0xf4 + u8::from(*b)),
            Value::Null => out.push(0xf6),
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail_and_what_is_read_is_written_alike(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Some((value, rest)) = Value::first(&bytes) {
                let mut again = Vec::new();
                write(&value, &mut again);
                prop_assert_eq!(&again[..], &bytes[..bytes.len() - rest.len()]);
            }
        }

        #[test]
        fn numbers(n: i64, bytes in prop::collection::vec(any::<u8>(), 0..300), text in ".{0,90}") {
            for value in [Value::Int(n), Value::Bytes(&bytes), Value::Text(&text)] {
                let mut out = Vec::new();
                write(&value, &mut out);
                prop_assert_eq!(Value::whole(&out), Some(value));
            }
        }
    }
}
