//! Where a redirect may lead: into the own origin, or to a payment page that the till says is ours.

use crate::refusal::Refusal;
use hyper::StatusCode;
use site::{Content, Match, Method, Route, match_route};
use std::{path::Path, sync::Arc};

/// The longest `Location`, in bytes.
const LOCATION_BYTES_MAX: usize = 2_000;

/// Judges redirects.
pub(crate) struct Redirects {
    origin: String,
    processor_origins: Vec<String>,
    till: Option<Arc<till::Client>>,
}

/// Where a `Location` points.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    Own,
    Processor,
    Elsewhere,
}

impl Redirects {
    pub(crate) fn new(origin: &str, processor_origins: &[String], till_socket: Option<&Path>) -> Redirects {
        Redirects {
            origin: origin.to_owned(),
            processor_origins: processor_origins.to_vec(),
            till: till_socket.map(|socket| Arc::new(till::Client::connect(socket))),
        }
    }

    /// Whether `location`, answered with `status` on `route`, may be sent.
    ///
    /// # Errors
    /// [`Refusal::Answer`] where it leads elsewhere, [`Refusal::TillDown`] where the till cannot be asked.
    pub(crate) async fn check(
        &self,
        route: &Route,
        status: StatusCode,
        location: &str,
    ) -> Result<(), Refusal> {
        match self.target(location) {
            Target::Own if self.is_page(location) => Ok(()),
            Target::Own => Err(Refusal::Answer("redirect to a page that the shop does not have")),
            Target::Elsewhere => Err(Refusal::Answer("redirect to another origin")),
            Target::Processor if !route.to_processor => {
                Err(Refusal::Answer("redirect to the processor from this route"))
            }
            // 307 and 308 would repeat the buyer's form, name and address, at the processor.
            Target::Processor if status != StatusCode::SEE_OTHER => {
                Err(Refusal::Answer("redirect to the processor must be 303"))
            }
            Target::Processor => self.confirm(location).await,
        }
    }

    /// Whether there is such a page.
    fn is_page(&self, location: &str) -> bool {
        let path = location.strip_prefix(&self.origin).unwrap_or(location);
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let path = if path.is_empty() { "/" } else { path };
        matches!(match_route(Method::Get, path), Match::Found(route) if route.answers.contains(&Content::Html))
    }

    async fn confirm(&self, location: &str) -> Result<(), Refusal> {
        let Some(till) = self.till.clone() else { return Ok(()) };
        let url = location.to_owned();
        let asked = tokio::task::spawn_blocking(move || till.is_ours(&url)).await;
        match asked {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(Refusal::Answer("redirect to a payment page that is not ours")),
            Ok(Err(_)) | Err(_) => Err(Refusal::TillDown),
        }
    }

    fn target(&self, location: &str) -> Target {
        let plain = location.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        if !plain || location.len() > LOCATION_BYTES_MAX {
            return Target::Elsewhere;
        }
        // A tail begins with `/`, `?` or `#` or is nothing: `http://shop.example.evil` and `…@evil` do not.
        let within = |origin: &str| {
            location
                .strip_prefix(origin)
                .is_some_and(|tail| tail.is_empty() || tail.starts_with(['/', '?', '#']))
        };
        if location.starts_with('/') && !location.starts_with("//") || within(&self.origin) {
            Target::Own
        } else if self.processor_origins.iter().any(|o| within(o)) {
            Target::Processor
        } else {
            Target::Elsewhere
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn redirects() -> Redirects {
        Redirects::new("http://shop.localhost:8080", &["http://pay.localhost:8081".to_owned()], None)
    }

    #[test]
    fn targets() {
        for (location, want) in [
            ("/", Target::Own),
            ("/order/1?x=//evil.example", Target::Own),
            ("http://shop.localhost:8080/cart", Target::Own),
            ("http://pay.localhost:8081/c/cs_1", Target::Processor),
            ("//evil.example/", Target::Elsewhere),
            ("/\\evil.example", Target::Elsewhere),
            ("/\tevil", Target::Elsewhere),
            ("http://shop.localhost:80800/", Target::Elsewhere),
            ("http://shop.localhost:8080@evil.example/", Target::Elsewhere),
            ("http://pay.localhost:8081.evil.example/", Target::Elsewhere),
            ("https://pay.localhost:8081/c/cs_1", Target::Elsewhere),
            ("javascript:alert(1)", Target::Elsewhere),
            ("checkout", Target::Elsewhere),
            ("", Target::Elsewhere),
        ] {
            assert_eq!(redirects().target(location), want, "{location}");
        }
    }

    #[tokio::test]
    async fn only_by_303_and_only_where_declared() {
        let pay = "http://pay.localhost:8081/c/cs_1";
        let (place, home) = (site::route("checkout_place").unwrap(), site::route("home").unwrap());
        let redirects = redirects();
        assert_eq!(redirects.check(place, StatusCode::SEE_OTHER, pay).await, Ok(()));
        assert!(redirects.check(place, StatusCode::TEMPORARY_REDIRECT, pay).await.is_err());
        assert!(redirects.check(home, StatusCode::SEE_OTHER, pay).await.is_err());
    }

    #[tokio::test]
    async fn a_silent_till_is_a_no() {
        let till = Some(Path::new("/nonexistent/till.sock"));
        let redirects = Redirects::new("http://shop.localhost", &["http://pay.localhost".to_owned()], till);
        let place = site::route("checkout_place").unwrap();
        let checked = redirects.check(place, StatusCode::SEE_OTHER, "http://pay.localhost/c/1").await;
        assert_eq!(checked, Err(Refusal::TillDown));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_till_decides() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("till.sock");
        let listener = wire::Listener::bind(&socket).unwrap();
        std::thread::spawn(move || {
            let mut line = wire::Line::new(listener.accept().unwrap().0);
            while let Ok(Some(till::api::Request::IsOurs { url })) = line.recv(4_096) {
                line.send(&till::api::Answer::IsOurs(url.ends_with("/c/ours"))).unwrap();
            }
        });
        let redirects =
            Redirects::new("http://shop.localhost", &["http://pay.localhost".to_owned()], Some(&socket));
        let place = site::route("checkout_place").unwrap();
        let ours = redirects.check(place, StatusCode::SEE_OTHER, "http://pay.localhost/c/ours").await;
        assert_eq!(ours, Ok(()));
        let foreign = redirects.check(place, StatusCode::SEE_OTHER, "http://pay.localhost/c/foreign").await;
        assert_eq!(foreign.unwrap_err().word(), "answer");
    }

    proptest! {
        #[test]
        fn whatever_is_ours_begins_with_our_origin_or_one_slash(location in "[/\\\\:@.a-z0-9 ]{0,40}") {
            if redirects().target(&location) == Target::Own {
                prop_assert!(location.starts_with('/') && !location.starts_with("//"));
            }
        }
    }
}
