//! TLS on the public port, and the plain port that leads there.
//!
//! Certificate and key are two files. They are looked at every second: whoever renews them writes them anew, new
//! connections get the new ones, and those that are open go on. What cannot be used is said, and the ones before stay.

use crate::{Tls, cards, head::OwnName};
use anyhow::Context;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::Path,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, SystemTime},
};
use tls::{Identity, ServerConfig, TlsAcceptor};
use tokio::sync::watch;
use zeroize::Zeroizing;

/// HTTP/2 in the handshake (RFC 9113 §3.2).
pub(crate) const H2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";
/// How often the files are looked at.
pub const LOOK: Duration = Duration::from_secs(1);

/// When the two files were written.
type Written = [SystemTime; 2];

/// The certificate in use.
pub(crate) struct Certificate {
    files: Tls,
    now: RwLock<Arc<ServerConfig>>,
    /// The files that were read, or tried, last.
    seen: Mutex<Written>,
}

impl Certificate {
    /// Reads the files.
    ///
    /// # Errors
    /// Where they are not there, or cannot be used; the message says which.
    pub(crate) fn open(files: Tls) -> anyhow::Result<Certificate> {
        let seen =
            written(&files).context("cannot read the certificate and its key: see [tls] in dozo.toml")?;
        let now = read(&files)?;
        say_who_reads(&files.key);
        Ok(Certificate { files, now: RwLock::new(now), seen: Mutex::new(seen) })
    }

    /// For the next connection.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner)).into()
    }

    /// Follows the files until the word to stop.
    pub(crate) async fn follow(self: Arc<Self>, mut stopping: watch::Receiver<bool>) {
        while tokio::time::timeout(LOOK, stopping.wait_for(|stop| *stop)).await.is_err() {
            let this = Arc::clone(&self);
            let _ = tokio::task::spawn_blocking(move || this.look()).await;
        }
    }

    fn look(&self) {
        let Ok(now) = written(&self.files) else { return };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == now {
            return;
        }
        match read(&self.files) {
            Ok(config) => {
                *self.now.write().unwrap_or_else(PoisonError::into_inner) = config;
                tracing::info!("a new certificate is in use");
                say_who_reads(&self.files.key);
            }
            // Between the writing of the two files they do not fit: the second changes the time once more.
            Err(error) => {
                tracing::warn!(error = %format!("{error:#}"), "the new certificate cannot be used; the one before stays");
            }
        }
        *seen = now;
    }
}

/// A key that everybody on this machine can read serves all the same: closing the shop for it would help nobody.
fn say_who_reads(key: &Path) {
    if fs::metadata(key).is_ok_and(|meta| meta.mode() & 0o004 != 0) {
        tracing::warn!(key = %key.display(), "others can read the TLS key: run chmod go= on it, and see who could");
    }
}

fn written(files: &Tls) -> io::Result<Written> {
    Ok([fs::metadata(&files.certificate)?.modified()?, fs::metadata(&files.key)?.modified()?])
}

/// Whether chain and key can be read, belong together, and are for the name that customers type.
///
/// # Errors
/// What is wrong, and with which of the two.
pub fn check(certificate: &Path, key: &Path, host: &str) -> anyhow::Result<()> {
    let identity = identity(certificate, key)?;
    identity.server(&[]).with_context(|| format!("{} and {}", certificate.display(), key.display()))?;
    anyhow::ensure!(
        tls::is_for(identity.certificate(), host),
        "{}: its first certificate is not for {host}, the host of [tls]",
        certificate.display()
    );
    Ok(())
}

fn read(files: &Tls) -> anyhow::Result<Arc<ServerConfig>> {
    let cannot = || format!("{} and {}", files.certificate.display(), files.key.display());
    identity(&files.certificate, &files.key)?.server(&[H2, HTTP1]).with_context(cannot)
}

fn identity(certificate: &Path, key: &Path) -> anyhow::Result<Identity> {
    let mut both = Zeroizing::new(String::new());
    for path in [certificate, key] {
        let text = fs::read_to_string(path).map(Zeroizing::new);
        both.push_str(&text.with_context(|| format!("cannot read {}", path.display()))?);
        both.push('\n');
    }
    Identity::from_pem(&both).with_context(|| format!("{} and {}", certificate.display(), key.display()))
}

/// A request over HTTP/2 in the form in which all others come: its authority as Host, unless it has one (the two are
/// compared afterwards), and the crumbs of its cookies as one (RFC 9113 §8.2.3 and §8.3.1).
pub(crate) fn as_http1<B>(mut request: Request<B>) -> Request<B> {
    let authority = request.uri().authority().and_then(|a| HeaderValue::from_str(a.as_str()).ok());
    let headers = request.headers_mut();
    if let Some(authority) = authority
        && !headers.contains_key(header::HOST)
    {
        headers.insert(header::HOST, authority);
    }
    join_cookies(headers);
    request
}

fn join_cookies(headers: &mut HeaderMap) {
    let crumbs: Vec<&[u8]> = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if crumbs.len() > 1
        && let Ok(whole) = HeaderValue::from_bytes(&crumbs.join(&b"; "[..]))
    {
        headers.insert(header::COOKIE, whole);
    }
}

/// Under which an authority asks at the plain port (RFC 8555 §8.3).
const CHALLENGES: &str = "/.well-known/acme-challenge/";
/// The longest token and the longest answer to it, in bytes.
const TOKEN_BYTES_MAX: usize = 128;
const CHALLENGE_BYTES_MAX: usize = 512;

/// What the plain port answers: what an authority asked for, where that is there; else [`lead_on`].
pub(crate) async fn at_plain_port<B>(
    own: &OwnName,
    challenges: Option<&Path>,
    request: &Request<B>,
) -> Response<Full<Bytes>> {
    let asked =
        (*request.method() == Method::GET).then(|| request.uri().path().strip_prefix(CHALLENGES)).flatten();
    let token = asked.filter(|token| is_token(token));
    let Some(file) = challenges.zip(token).map(|(folder, token)| folder.join(token)) else {
        return lead_on(own, request);
    };
    match tokio::fs::read(file).await {
        Ok(answer) if answer.len() <= CHALLENGE_BYTES_MAX => {
            let mut response = Response::new(Full::new(answer.into()));
            let headers = response.headers_mut();
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        _ => lead_on(own, request),
    }
}

/// Letters of base64url: no way out of a folder.
fn is_token(token: &str) -> bool {
    let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=TOKEN_BYTES_MAX).contains(&token.len()) && token.bytes().all(letter)
}

/// What the plain port answers to all others: the same address under https, for who looks; who sends something is told, and not led,
/// since what he sent has crossed the network in the clear. Nothing of it goes further.
pub(crate) fn lead_on<B>(own: &OwnName, request: &Request<B>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        *response.status_mut() = StatusCode::FORBIDDEN;
        *response.body_mut() = Full::new(Bytes::from_static(b"This shop is reached by https alone.\n"));
        return response;
    }
    let asked = request.uri().path_and_query().map_or("/", |p| p.as_str());
    let asked = if asked.starts_with('/') && !cards::anywhere(asked) { asked } else { "/" };
    let target = HeaderValue::try_from(format!("https://{}{asked}", own.authority()));
    headers.insert(header::LOCATION, target.unwrap_or(HeaderValue::from_static("/")));
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_over_http2_looks_like_all_others() {
        let request =
            Request::get("https://shop.example/p/a").header("cookie", "a=1").header("cookie", "b=2");
        let request = as_http1(request.body(()).unwrap());
        assert_eq!(request.headers()["host"], "shop.example");
        assert_eq!(request.headers().get_all("cookie").iter().collect::<Vec<_>>(), ["a=1; b=2"]);
        let two = Request::get("https://shop.example/").header("host", "evil.example").body(()).unwrap();
        assert_eq!(as_http1(two).headers()["host"], "evil.example", "the check of the head refuses it");
    }

    #[tokio::test]
    async fn an_authority_is_told_what_it_asks_for_and_nothing_else_of_the_folder() {
        let own = OwnName::of_origin("https://shop.example").unwrap();
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("challenge");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("a-Token_1"), "a-Token_1.print").unwrap();
        fs::write(folder.join("large"), "x".repeat(513)).unwrap();
        fs::write(dir.path().join("key"), "secret").unwrap();
        let ask = async |path: &str| {
            let request = Request::get(format!("{CHALLENGES}{path}")).body(()).unwrap();
            at_plain_port(&own, Some(&folder), &request).await.status().as_u16()
        };
        assert_eq!(ask("a-Token_1").await, 200);
        for none in ["another", "", "../key", "..%2Fkey", ".", "large", &"a".repeat(129)] {
            assert_eq!(ask(none).await, 308, "{none}");
        }
        let request = Request::get(format!("{CHALLENGES}a-Token_1")).body(()).unwrap();
        assert_eq!(at_plain_port(&own, None, &request).await.status(), 308, "where nobody asks");
    }

    #[test]
    fn the_plain_port_leads_to_the_own_name_and_nowhere_else() {
        let own = OwnName::of_origin("https://shop.example").unwrap();
        let to = |request: http::request::Builder| {
            let answer = lead_on(&own, &request.body(()).unwrap());
            let location = answer.headers().get("location").map(|l| l.to_str().unwrap().to_owned());
            (answer.status().as_u16(), location)
        };
        let led = |path: &str| Some(format!("https://shop.example{path}"));
        assert_eq!(to(Request::get("/p/a?lang=en")), (308, led("/p/a?lang=en")));
        assert_eq!(to(Request::get("//evil.example/x")), (308, led("//evil.example/x")));
        assert_eq!(
            to(Request::get("http://evil.example/x").header("host", "evil.example")),
            (308, led("/x"))
        );
        assert_eq!(to(Request::get("/search?q=4242424242424242")), (308, led("/")));
        assert_eq!(to(Request::post("/sign-in")), (403, None));
    }
}
