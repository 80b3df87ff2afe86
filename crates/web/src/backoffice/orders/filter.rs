//! Which orders a list shows, as it stands in an address and as the database takes it.

use crate::form::Fields;
use domain::{OrderId, order::OrderState};
use jiff::{ToSpan, civil::Date, tz::TimeZone};
use store::{Error, Span, Tx, order::Filter};

/// Japan has had one offset from UTC since 1951, in seconds.
const JAPAN_SECONDS: i32 = 9 * 3600;

/// What was asked for. What cannot be read is left out: an old address still shows a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Only orders in this state.
    pub state: Option<OrderState>,
    /// Placed on this day or later.
    pub from: Option<Date>,
    /// Placed on this day or earlier.
    pub until: Option<Date>,
    /// Whether the oldest stand first.
    pub oldest: bool,
    /// The last order of the page before.
    pub after: Option<OrderId>,
}

impl Query {
    /// Reads an address or a form.
    pub fn of(fields: &Fields) -> Query {
        Query {
            state: fields.get("state").parse().ok(),
            from: fields.get("from").parse().ok(),
            until: fields.get("until").parse().ok(),
            oldest: fields.get("sort") == "old",
            after: fields.get("after").parse().ok(),
        }
    }

    /// The address of the same days in another state or from another place of the list.
    pub fn href(&self, state: Option<OrderState>, after: Option<OrderId>) -> String {
        let mut out = form_urlencoded::Serializer::new(String::new());
        let mut put = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                out.append_pair(name, &value);
            }
        };
        put("state", state.map(|s| s.word().to_owned()));
        put("from", self.from.map(|d| d.to_string()));
        put("until", self.until.map(|d| d.to_string()));
        put("sort", self.oldest.then(|| "old".to_owned()));
        put("after", after.map(|id| id.to_string()));
        match out.finish().as_str() {
            "" => "/admin/orders".to_owned(),
            pairs => format!("/admin/orders?{pairs}"),
        }
    }

    /// A value of the form that filters.
    pub fn value(&self, name: &str) -> String {
        match name {
            "state" => self.state.map_or("", OrderState::word).to_owned(),
            "from" => self.from.map(|d| d.to_string()).unwrap_or_default(),
            "until" => self.until.map(|d| d.to_string()).unwrap_or_default(),
            "sort" => if self.oldest { "old" } else { "" }.to_owned(),
            _ => self.after.map(|id| id.to_string()).unwrap_or_default(),
        }
    }

    /// The address of the list's first page.
    pub fn first(&self) -> String {
        self.href(self.state, None)
    }

    /// The address of the same list from its other end.
    pub fn turned(&self) -> String {
        Query { oldest: !self.oldest, ..self.clone() }.first()
    }

    /// Whether the list does not begin at its beginning.
    pub fn is_later_page(&self) -> bool {
        self.after.is_some()
    }

    /// For the database: at most `limit` orders.
    ///
    /// # Errors
    /// As every database call.
    pub fn filter(&self, tx: &mut Tx<'_>, limit: u32) -> Result<Filter, Error> {
        let after = match self.after {
            Some(id) => store::order::get(tx, id)?.map(|o| (o.placed_at, o.id)),
            None => None,
        };
        Ok(Filter { state: self.state, placed: self.span(), oldest_first: self.oldest, after, limit })
    }

    fn span(&self) -> Span {
        span(self.from, self.until)
    }
}

/// Days as a span of time in Japan; the last day belongs to it.
pub fn span(from: Option<Date>, until: Option<Date>) -> Span {
    let midnight = |d: Date| {
        let zone = jiff::tz::Offset::from_seconds(JAPAN_SECONDS).map(TimeZone::fixed).ok()?;
        Some(d.to_zoned(zone).ok()?.timestamp().as_millisecond())
    };
    let until = until.and_then(|d| midnight(d.checked_add(1.day()).ok()?));
    Span { from: from.and_then(midnight).unwrap_or(i64::MIN), until: until.unwrap_or(i64::MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: &str = "0198c5b2-7b7e-7c3a-9a51-3f2a0c1d9e77";

    fn query(text: &str) -> Query {
        Query::of(&Fields::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn an_address_is_read_and_written() {
        let text = format!("state=confirmed&from=2026-11-01&until=2026-11-23&sort=old&after={ID}");
        let q = query(&text);
        assert_eq!(q.href(q.state, q.after), format!("/admin/orders?{text}"));
        assert_eq!(q.href(None, None), "/admin/orders?from=2026-11-01&until=2026-11-23&sort=old");
        assert_eq!(q.turned(), "/admin/orders?state=confirmed&from=2026-11-01&until=2026-11-23");
        assert_eq!(query("state=paid&from=yesterday&after=1"), Query::default());
        assert_eq!(Query::default().href(None, None), "/admin/orders");
    }

    #[test]
    fn days_are_those_of_japan_and_the_last_one_belongs() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let span = query("from=2026-11-23&until=2026-11-23").span();
        assert_eq!(span, Span { from: at("2026-11-22T15:00:00Z"), until: at("2026-11-23T15:00:00Z") });
        assert_eq!(query("").span(), Span::ALWAYS);
    }

    proptest! {
        #[test]
        fn whatever_stands_in_an_address_is_read_to_the_same_again(text in "[a-z0-9=&%+-]{0,60}") {
            let q = query(&text);
            let href = q.href(q.state, q.after);
            let again = href.split_once('?').map_or("", |(_, pairs)| pairs);
            prop_assert_eq!(query(again), q);
        }
    }
}
