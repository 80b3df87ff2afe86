//! The two languages: texts by id, and how numbers and dates are written.

use domain::{Locale, Yen};
use i18n_embed::{LanguageLoader, fluent::FluentLanguageLoader};
use i18n_embed_fl::fl;
use jiff::{Timestamp, Zoned, civil::Date, civil::Weekday, tz::TimeZone};
use std::sync::LazyLock;

#[derive(rust_embed::RustEmbed)]
#[folder = "locale/"]
struct Texts;

/// The text of an id in a [`Tongue`]'s language; ids and arguments are checked when compiling.
macro_rules! say {
    ($tongue:expr, $id:literal $(, $name:ident = $value:expr)* $(,)?) => {
        i18n_embed_fl::fl!($tongue.loader, $id $(, $name = $value)*)
    };
}
pub(crate) use say;

/// One language.
pub(crate) struct Tongue {
    pub loader: FluentLanguageLoader,
    pub locale: Locale,
}

static JA: LazyLock<Tongue> = LazyLock::new(|| Tongue::load(Locale::Ja));
static EN: LazyLock<Tongue> = LazyLock::new(|| Tongue::load(Locale::En));

impl Tongue {
    pub fn of(locale: Locale) -> &'static Tongue {
        match locale {
            Locale::Ja => &JA,
            Locale::En => &EN,
        }
    }

    fn load(locale: Locale) -> Tongue {
        let loader: FluentLanguageLoader = i18n_embed::fluent::fluent_language_loader!();
        let languages =
            locale.word().parse().map_or_else(|_| vec![loader.fallback_language().clone()], |l| vec![l]);
        // The files are in the binary, and a test reads both: what could fail here fails there.
        let _ = loader.load_languages(&Texts, &languages);
        // Invisible marks around each value would stand in mails and in tests' way.
        loader.set_use_isolating(false);
        Tongue { loader, locale }
    }

    pub fn yen(&self, yen: Yen) -> String {
        fl!(self.loader, "yen", amount = yen.to_string())
    }

    pub fn date(&self, date: Date) -> String {
        let day = match date.weekday() {
            Weekday::Monday => "mon",
            Weekday::Tuesday => "tue",
            Weekday::Wednesday => "wed",
            Weekday::Thursday => "thu",
            Weekday::Friday => "fri",
            Weekday::Saturday => "sat",
            Weekday::Sunday => "sun",
        };
        let weekday = fl!(self.loader, "weekday", day = day);
        // The month is a number, as English selects its name by it.
        fl!(
            self.loader,
            "date",
            year = date.year().to_string(),
            month = i64::from(date.month()),
            day = date.day().to_string(),
            weekday = weekday
        )
    }

    pub fn day_of(&self, unix_ms: i64) -> String {
        self.date(japan(unix_ms).date())
    }

    pub fn date_time(&self, unix_ms: i64) -> String {
        let at = japan(unix_ms);
        let (hour, minute) = (format!("{:02}", at.hour()), format!("{:02}", at.minute()));
        fl!(self.loader, "date-time", date = self.date(at.date()), hour = hour, minute = minute)
    }
}

/// The time in Japan, which has had no summer time since 1951.
fn japan(unix_ms: i64) -> Zoned {
    let tz = TimeZone::fixed(jiff::tz::offset(9));
    Timestamp::from_millisecond(unix_ms).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(tz)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// Every id with its arguments.
    fn ids(file: &str) -> BTreeMap<String, BTreeSet<String>> {
        let text = std::str::from_utf8(&Texts::get(file).unwrap().data).unwrap().to_owned();
        let resource = fluent_syntax::parser::parse(text).map_err(|(_, errors)| errors).unwrap();
        resource
            .body
            .iter()
            .filter_map(|entry| match entry {
                fluent_syntax::ast::Entry::Message(message) => {
                    // Arguments are found in the serialised form: `$name`.
                    let one = fluent_syntax::ast::Resource { body: vec![entry.clone()] };
                    let text = fluent_syntax::serializer::serialize(&one);
                    let args = text.split('$').skip(1);
                    let args =
                        args.map(|a| a.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
                    Some((message.id.name.clone(), args.collect()))
                }
                _ => None,
            })
            .collect()
    }

    #[test]
    fn both_languages_say_the_same_things() {
        let (ja, en) = (ids("ja/post.ftl"), ids("en/post.ftl"));
        assert_eq!(ja.keys().collect::<Vec<_>>(), en.keys().collect::<Vec<_>>());
        for (id, args) in &ja {
            assert_eq!(args, &en[id], "{id}");
        }
    }

    #[test]
    fn numbers_and_dates() {
        let (ja, en) = (Tongue::of(Locale::Ja), Tongue::of(Locale::En));
        assert_eq!(ja.yen(Yen::new(12_960)), "12,960円");
        assert_eq!(en.yen(Yen::new(12_960)), "¥12,960");
        // 2026-11-22 15:05:00 UTC is already Monday in Japan.
        let at = 1_795_359_900_000;
        assert_eq!(ja.date_time(at), "2026年11月23日（月）00:05");
        assert_eq!(en.date_time(at), "Mon, 23 November 2026, 00:05 (Japan time)");
    }

    #[test]
    fn every_word_has_a_text_of_its_own() {
        for locale in Locale::ALL {
            let t = Tongue::of(*locale);
            let all_differ = |texts: Vec<String>| {
                assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), texts.len(), "{texts:?}");
            };
            use domain::{delivery::TimeSlot, fulfillment::Carrier, noshi::Cord, payment::PaymentMethod};
            all_differ(Carrier::ALL.iter().map(|w| say!(t, "carrier", carrier = w.word())).collect());
            all_differ(Cord::ALL.iter().map(|w| say!(t, "cord", cord = w.word())).collect());
            all_differ(
                PaymentMethod::ALL.iter().map(|w| say!(t, "payment-method", method = w.word())).collect(),
            );
            all_differ(TimeSlot::ALL.iter().map(|w| say!(t, "slot", slot = format!("at_{w}"))).collect());
        }
    }
}
