//! Forms that were sent. [`PostForm`], and [`Upload`] for one with a picture, are the only ways to read one; they check
//! the form's token and where the request comes from, so that no handler can forget to.

use crate::{App, error::Fault, visit::Visit};
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::{HeaderMap, Method, header};
use site::multipart;

/// The most bytes of a form: as many as the gate lets in.
pub const FORM_BYTES_MAX: usize = site::form::FORM_BYTES_MAX;
/// The most fields of a form.
pub const FIELDS_MAX: usize = site::form::FORM_FIELDS_MAX;
/// The name of the field that holds the form's token.
pub const TOKEN_FIELD: &str = "_t";

/// The fields of a form, as typed. Personal: no `Debug`.
#[derive(Clone, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `application/x-www-form-urlencoded` bytes.
    ///
    /// # Errors
    /// [`Fault::BadForm`] with more than [`FIELDS_MAX`] fields.
    pub fn parse(bytes: &[u8]) -> Result<Fields, Fault> {
        let fields: Vec<(String, String)> =
            form_urlencoded::parse(bytes).take(FIELDS_MAX + 1).map(|(k, v)| (k.into(), v.into())).collect();
        if fields.len() > FIELDS_MAX { Err(Fault::BadForm("too many fields")) } else { Ok(Fields(fields)) }
    }

    /// What stands behind the `?` of a request, percent-decoded; nothing where that is more than a form may have.
    pub fn of_query(uri: &http::Uri) -> Fields {
        Fields::parse(uri.query().unwrap_or("").as_bytes()).unwrap_or_default()
    }

    /// From pairs, for tests and for forms that we fill ourselves.
    pub fn of<K: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (K, V)>) -> Fields {
        Fields(pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect())
    }

    /// The first value of a field; empty where it was not sent.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    /// Every value of a field that may be repeated, in the order sent.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Whether the field was sent at all.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }

    /// A value that is one of our words, numbers or ids.
    ///
    /// # Errors
    /// [`Fault::BadForm`] where it is not: our own pages never send such a thing.
    pub fn read<T: std::str::FromStr>(&self, name: &str) -> Result<T, Fault> {
        self.get(name).parse().map_err(|_| Fault::BadForm("a field is not of its type"))
    }

    /// Puts a value in place of the one that was sent.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(n, _)| n != name);
        self.push(name, value);
    }

    /// Adds a value behind those that are there.
    pub fn push(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), value.into()));
    }

    /// A copy with these fields and no others.
    pub fn only(&self, names: &[&str]) -> Fields {
        Fields(self.0.iter().filter(|(n, _)| names.contains(&n.as_str())).cloned().collect())
    }

    /// A copy without these fields.
    pub fn without(&self, names: &[&str]) -> Fields {
        Fields(self.0.iter().filter(|(n, _)| !names.contains(&n.as_str())).cloned().collect())
    }

    /// Name and value of each field, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }
}

/// A form that came from one of our own pages, served to this very visitor.
pub struct PostForm(pub Fields);

impl FromRequest<App> for PostForm {
    type Rejection = Fault;
    async fn from_request(request: Request, app: &App) -> Result<PostForm, Fault> {
        let sent = Sent::read(request, app, FORM_BYTES_MAX).await?;
        if sent.kind.split(';').next().map(str::trim) != Some("application/x-www-form-urlencoded") {
            return Err(Fault::BadForm("not a form"));
        }
        Ok(PostForm(sent.trusted(Fields::parse(&sent.bytes)?)?))
    }
}

/// A form with a picture, that came from one of our own pages.
pub struct Upload {
    /// What was typed.
    pub fields: Fields,
    /// The file, as sent; empty where none was chosen. Nothing is known of it but its first bytes.
    pub file: Bytes,
}

impl FromRequest<App> for Upload {
    type Rejection = Fault;
    async fn from_request(request: Request, app: &App) -> Result<Upload, Fault> {
        let sent = Sent::read(request, app, site::form::UPLOAD_BYTES_MAX).await?;
        let bad = |_| Fault::BadForm("not a form with a file");
        let Some(boundary) = multipart::boundary(&sent.kind) else {
            return Err(Fault::BadForm("not a form with a file"));
        };
        let parts = multipart::parse(boundary, &sent.bytes, FIELDS_MAX).map_err(bad)?;
        let file = parts.iter().find(|p| p.filename.is_some());
        let file = file.map_or_else(Bytes::new, |p| sent.bytes.slice_ref(p.bytes));
        let texts = parts.iter().filter(|p| p.filename.is_none());
        let texts = texts.map(|p| Some((p.name.clone(), std::str::from_utf8(p.bytes).ok()?.to_owned())));
        let texts: Option<Vec<_>> = texts.collect();
        let fields = Fields(texts.ok_or(Fault::BadForm("a text is not UTF-8"))?);
        Ok(Upload { fields: sent.trusted(fields)?, file })
    }
}

/// The body of a request from a page of ours.
struct Sent {
    visit: Visit,
    kind: String,
    bytes: Bytes,
}

impl Sent {
    async fn read(request: Request, app: &App, bytes_max: usize) -> Result<Sent, Fault> {
        if request.method() != Method::POST {
            return Err(Fault::Internal("a form is read from POST only"));
        }
        let visit = request.extensions().get::<Visit>().cloned().ok_or(Fault::Internal("no visit layer"))?;
        let desk = request.uri().path().starts_with("/admin");
        if !from_our_page(request.headers(), &app.config().shop_origin, desk) {
            return Err(Fault::Expired);
        }
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
        let kind = kind.to_owned();
        let bytes =
            axum::body::to_bytes(request.into_body(), bytes_max).await.map_err(|_| Fault::TooLarge)?;
        Ok(Sent { visit, kind, bytes })
    }

    /// The fields, where they bear the visit's token.
    fn trusted(&self, fields: Fields) -> Result<Fields, Fault> {
        let same = same(fields.get(TOKEN_FIELD).as_bytes(), self.visit.csrf().as_bytes());
        if same { Ok(fields) } else { Err(Fault::Expired) }
    }
}

/// Whether the browser says that the form stood on a page of ours. Browsers that say nothing are told apart by the
/// form's token alone, except in the back office (`strict`), which refuses them.
pub fn from_our_page(headers: &HeaderMap, origin: &str, strict: bool) -> bool {
    let text = |name| headers.get(name).map(|v: &http::HeaderValue| v.to_str().unwrap_or("?"));
    let site = text(http::HeaderName::from_static("sec-fetch-site"));
    let from = text(header::ORIGIN);
    let site_ok = site.is_none_or(|s| s == "same-origin");
    let from_ok = from.is_none_or(|o| o == origin);
    site_ok && from_ok && (!strict || site.is_some() || from.is_some())
}

/// Compares without stopping at the first difference.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |diff, (x, y)| diff | (x ^ y)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    #[test]
    fn fields_are_read_as_sent() {
        let fields = Fields::parse("name=%E5%B1%B1%E7%94%B0+%E8%8A%B1&q=1&q=2&empty=".as_bytes()).unwrap();
        assert_eq!(fields.get("name"), "山田 花");
        assert_eq!(fields.all("q").collect::<Vec<_>>(), ["1", "2"]);
        assert!(fields.has("empty") && !fields.has("none"));
        assert_eq!(fields.read::<u32>("q").unwrap(), 1);
        assert!(fields.read::<u32>("name").is_err());
    }

    #[test]
    fn another_site_cannot_send_our_forms() {
        let check = |pairs: &[(&'static str, &'static str)], strict| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            from_our_page(&headers, "http://shop.localhost:8080", strict)
        };
        let ours = ("origin", "http://shop.localhost:8080");
        assert!(check(&[("sec-fetch-site", "same-origin"), ours], true));
        assert!(check(&[ours], true));
        assert!(check(&[], false));
        assert!(!check(&[], true));
        assert!(!check(&[("sec-fetch-site", "cross-site"), ours], false));
        assert!(!check(&[("sec-fetch-site", "same-site")], false));
        assert!(!check(&[("origin", "null")], false));
        assert!(!check(&[("origin", "http://pay.localhost:8081")], false));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_fail_but_for_their_number(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Fields::parse(&bytes);
        }

        #[test]
        fn what_was_encoded_is_read_back(pairs in proptest::collection::vec(("[a-z_]{1,8}", ".{0,20}"), 0..20)) {
            let sent = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
            let read = Fields::parse(sent.as_bytes()).unwrap();
            for (name, _) in &pairs {
                let first = pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
                prop_assert_eq!(Some(read.get(name)), first);
            }
        }
    }
}
