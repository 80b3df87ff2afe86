//! The two languages of the shop.

crate::words! {
    /// A language the shop speaks. Japanese is the first: what has no other is Japanese.
    Locale {
        /// Japanese.
        Ja = "ja",
        /// English.
        En = "en",
    }
}

impl Locale {
    /// Of a text in both languages, the one to show: the Japanese one where there is no English.
    pub fn pick<T: AsRef<str>>(self, ja: T, en: T) -> T {
        match self {
            Locale::En if !en.as_ref().trim().is_empty() => en,
            _ => ja,
        }
    }

    /// Picks from an `Accept-Language` header: the first of our languages named in it with a weight above 0,
    /// in the header's own order of preference (RFC 9110 §12.5.4); Japanese otherwise.
    pub fn negotiate(header: &str) -> Locale {
        let mut best: Option<(u32, Locale)> = None;
        for part in header.split(',').take(16) {
            let mut pieces = part.split(';');
            let tag = pieces.next().unwrap_or("").trim().to_ascii_lowercase();
            let weight = pieces
                .find_map(|p| p.trim().strip_prefix("q=").and_then(|q| q.trim().parse::<f32>().ok()))
                .map_or(1000, |q| (q.clamp(0.0, 1.0) * 1000.0) as u32);
            let locale = match tag.split('-').next() {
                Some("ja") => Locale::Ja,
                Some("en") => Locale::En,
                _ => continue,
            };
            if weight > 0 && best.is_none_or(|(w, _)| weight > w) {
                best = Some((weight, locale));
            }
        }
        best.map_or(Locale::Ja, |(_, l)| l)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_english_is_said_in_japanese() {
        assert_eq!([Locale::Ja, Locale::En].map(|locale| locale.pick("栗", "Chestnut")), ["栗", "Chestnut"]);
        assert_eq!(Locale::En.pick("栗", " "), "栗");
    }

    #[test]
    fn negotiates() {
        for (header, want) in [
            ("", Locale::Ja),
            ("en-GB,en;q=0.9", Locale::En),
            ("fr, en;q=0.3, ja;q=0.8", Locale::Ja),
            ("en;q=0, ja;q=0.1", Locale::Ja),
            ("de", Locale::Ja),
        ] {
            assert_eq!(Locale::negotiate(header), want, "{header}");
        }
    }
}
