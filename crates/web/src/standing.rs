//! Standing pages, `web`'s side: see [`site::standing`].
//!
//! A page that the gate would remember is made for a stranger, of whom the handler learns nothing but language and
//! number of pieces in the cart: it cannot hold anything of the visitor's own. His token is then put in the place of
//! the stranger's. When the gate asks what belongs into the blanks, it gets the edition that the database is in *then*.

use crate::{App, error::Fault, storefront::Window, visit::Visit};
use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use site::standing::{Ask, BLANKS_MAX, Blank, Edition, Fill, HEADER, Mark, TOKEN_CHARS};
use std::sync::{Mutex, PoisonError};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
};

/// What stands before the number of pieces in the cart, in `layout.html`.
const CART_OPENS: &str = "<span class=\"count\">";
/// Bytes of questions that are read at once.
const READ_BYTES: usize = 64 * 1024;

/// Counts the editions of this process.
pub struct Editions {
    /// Drawn at the start: a process before or beside this one has others.
    process: u64,
    last: Mutex<Last>,
}

/// The last one, and how many different ones there were.
#[derive(Default)]
struct Last {
    of: Option<Of>,
    count: u64,
}

/// All that standing pages are made from.
#[derive(PartialEq, Eq)]
struct Of {
    database: store::edition::Edition,
    /// The date in Japan.
    today: jiff::civil::Date,
    /// Pieces of news whose time has come.
    news: usize,
}

impl Editions {
    /// None seen yet.
    pub(crate) fn new() -> Editions {
        let process = crate::visit::random().map_or_else(|_| std::process::id().into(), u64::from_be_bytes);
        Editions { process, last: Mutex::default() }
    }

    fn of(&self, window: &Window, now: i64) -> Edition {
        let of = Of {
            database: window.edition(),
            today: crate::view::in_japan(now).date(),
            news: window.news_count(now),
        };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.of.as_ref() != Some(&of) {
            *last = Last { of: Some(of), count: last.count + 1 };
        }
        self.number(&last)
    }

    /// The last edition that was seen; the database may be in another one by now, never in this one again then.
    fn last(&self) -> Option<Edition> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.of.is_some().then(|| self.number(&last))
    }

    fn number(&self, last: &Last) -> Edition {
        Edition(u128::from(self.process) << 64 | u128::from(last.count))
    }
}

/// The edition that a page made now would be made from, and the pieces in the carts of these visitors. What is read
/// afterwards is of this edition or a later one.
async fn look(app: &App, visits: &[Visit]) -> Result<(Edition, Vec<u32>), Fault> {
    let (with, now) = (app.clone(), app.now_ms());
    let of: Vec<_> = visits.iter().map(|v| (!v.is_new()).then(|| v.hash())).collect();
    let read = move |tx: &mut store::Tx<'_>| {
        let window = with.window(tx)?;
        let pieces = |hash: &Option<[u8; 32]>| hash.map_or(Ok(0), |hash| store::cart::pieces(tx, &hash));
        Ok((window, of.iter().map(pieces).collect::<Result<Vec<u32>, store::Error>>()?))
    };
    let (window, carts) = app.store().read::<_, store::Error, _>(read).await?;
    Ok((app.editions().of(&window, now), carts))
}

/// Around all routes, within [`crate::visit::layer`]: where the gate would remember the page, it is made for a
/// stranger.
pub async fn layer(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let wanted = request.headers_mut().remove(HEADER).is_some() && request.method() == Method::GET;
    let found = site::match_route(site::Method::Get, request.uri().path());
    if !wanted || !matches!(found, site::Match::Found(route) if route.stands()) {
        return next.run(request).await;
    }
    let visit = request.extensions().get::<Visit>().cloned().filter(|v| !v.asked_locale());
    let Some(visit) = visit else { return next.run(request).await };
    // An edition of before anything is read: what is read later can only be newer, and then it is made again.
    // A database that does not say is for the handler to meet, who tries again where that may help.
    let Ok((edition, stranger)) = prepare(&app, &visit).await else { return next.run(request).await };
    request.headers_mut().remove(header::COOKIE);
    request.extensions_mut().insert(stranger.clone());
    let response = next.run(request).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    finish(response, edition, &visit, &stranger).await
}

async fn prepare(app: &App, visit: &Visit) -> Result<(Edition, Visit), Fault> {
    // Who is new has an empty cart: nothing need be read for him.
    if let Some(last) = app.editions().last().filter(|_| visit.is_new()) {
        return Ok((last, visit.stranger(0)?));
    }
    let (edition, cart) = look(app, std::slice::from_ref(visit)).await?;
    Ok((edition, visit.stranger(cart.first().copied().unwrap_or(0))?))
}

/// Puts the visitor's token in the place of the stranger's, and says where.
async fn finish(response: Response, edition: Edition, visit: &Visit, stranger: &Visit) -> Response {
    let (mut parts, body) = response.into_parts();
    // Rendered pages are in memory already.
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return Fault::Internal("a page without its bytes").into_response();
    };
    let mut page = Vec::from(bytes);
    let tokens = places(&page, stranger.csrf().as_bytes());
    for at in &tokens {
        page[*at..at + visit.csrf().len()].copy_from_slice(visit.csrf().as_bytes());
    }
    let of_page =
        parts.headers.get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/html"));
    let blanks = blanks(&page, &tokens, stranger.cart()).filter(|_| of_page);
    let cookie = parts.headers.contains_key(header::SET_COOKIE);
    if let Some(blanks) = blanks.filter(|_| !cookie) {
        let text = Mark { edition, locale: visit.locale(), blanks }.to_text();
        parts.headers.extend(HeaderValue::try_from(text).ok().map(|v| (HeaderName::from_static(HEADER), v)));
    }
    Response::from_parts(parts, Body::from(page))
}

/// Where `what` begins in the page.
fn places(page: &[u8], what: &[u8]) -> Vec<usize> {
    memchr::memmem::find_iter(page, what).collect()
}

/// The page's blanks; `None` where the number in the cart does not stand where the layout has it, just once.
fn blanks(page: &[u8], tokens: &[usize], cart: Option<u32>) -> Option<Vec<(Blank, usize, usize)>> {
    let mut blanks: Vec<_> = tokens.iter().map(|at| (Blank::Token, *at, TOKEN_CHARS)).collect();
    let digits = cart.filter(|n| *n > 0).map_or(String::new(), |n| n.to_string());
    match (&places(page, CART_OPENS.as_bytes())[..], digits.is_empty()) {
        ([], true) => {}
        ([at], false) => {
            let at = at + CART_OPENS.len();
            page[at..].strip_prefix(digits.as_bytes()).filter(|rest| rest.starts_with(b"<"))?;
            blanks.push((Blank::Cart, at, digits.len()));
        }
        _ => return None,
    }
    blanks.sort_unstable_by_key(|(_, at, _)| *at);
    (blanks.len() <= BLANKS_MAX).then_some(blanks)
}

/// Answers the gate's questions on this socket, for as long as it is asked.
pub(crate) async fn serve(app: App, listener: UnixListener) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: accepting again at once would only spin.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            continue;
        };
        tokio::spawn(answer(app.clone(), stream));
    }
}

/// All questions that have come are answered together; with the first that cannot be answered the connection ends,
/// and the gate goes the ordinary way.
async fn answer(app: App, mut stream: UnixStream) {
    let mut asked = Vec::with_capacity(READ_BYTES);
    while stream.read_buf(&mut asked).await.is_ok_and(|count| count > 0) {
        let (mut rest, mut asks) = (&asked[..], Vec::new());
        let whole = loop {
            match Ask::read(&mut rest) {
                Ok(Some(ask)) => asks.push(ask),
                Ok(None) => break true,
                Err(_) => break false,
            }
        };
        let read = asked.len() - rest.len();
        asked.drain(..read);
        let Ok(fills) = fill(&app, &asks).await else { return };
        let mut said = Vec::new();
        fills.iter().for_each(|fill| fill.write(&mut said));
        if stream.write_all(&said).await.is_err() || !whole {
            return;
        }
    }
}

async fn fill(app: &App, asks: &[Ask]) -> Result<Vec<Fill>, Fault> {
    let secure = app.config().secure_cookies();
    let visits = asks.iter().map(|ask| visit(ask, secure)).collect::<Result<Vec<_>, Fault>>()?;
    let (edition, carts) = look(app, &visits).await?;
    let fill = |(visit, cart): (Visit, u32)| {
        let set_cookie = visit.is_new().then(|| visit.cookie(secure));
        Ok(Fill {
            edition,
            locale: visit.locale(),
            cart,
            token: visit
                .csrf()
                .as_bytes()
                .try_into()
                .map_err(|_| Fault::Internal("a token of another length"))?,
            set_cookie: set_cookie.map(|c| c.as_bytes().to_vec()).unwrap_or_default(),
        })
    };
    visits.into_iter().zip(carts).map(fill).collect()
}

/// Who asks, as his request would be read.
fn visit(ask: &Ask, secure: bool) -> Result<Visit, Fault> {
    let mut headers = HeaderMap::with_capacity(2);
    for (name, value) in [(header::COOKIE, &ask.cookie), (header::ACCEPT_LANGUAGE, &ask.language)] {
        if let Some(value) = Some(value).filter(|v| !v.is_empty()) {
            let value =
                HeaderValue::from_bytes(value).map_err(|_| Fault::BadForm("a header that is none"))?;
            headers.insert(name, value);
        }
    }
    Visit::of(&headers, &Uri::from_static("/"), secure)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(folder: &std::path::Path) -> App {
        App::new(crate::Config {
            folder: folder.to_owned(),
            socket: folder.join("web.sock"),
            store: store::Store::open(&store::Url::Sqlite(folder.join("shop.db"))).unwrap(),
            vault_socket: folder.join("no-vault.sock"),
            vault_key: None,
            till_socket: folder.join("no-till.sock"),
            watch_shown: folder.join("findings.json"),
            lock_socket: folder.join("no-lock.sock"),
            shop_origin: "http://shop.localhost:8080".into(),
            capture: domain::payment::Capture::AtOrder,
            reconcile_hour: 3,
            pay_origin: "http://pay.localhost:8081".into(),
            trial: Some(crate::Trial::Demo),
        })
    }

    #[tokio::test]
    async fn questions_are_answered_in_their_order_however_they_come() {
        let folder = tempfile::tempdir().unwrap();
        let (mut gate, web) = UnixStream::pair().unwrap();
        tokio::spawn(answer(app(folder.path()), web));
        let known = "visit=CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk";
        let mut question = Vec::new();
        for (cookie, language) in [("", "en"), (known, "ja"), ("", "")] {
            Ask { cookie: cookie.into(), language: language.into() }.write(&mut question);
        }
        // The first one in two pieces, then all at once.
        gate.write_all(&question[..3]).await.unwrap();
        tokio::task::yield_now().await;
        gate.write_all(&question[3..]).await.unwrap();
        let (mut answer, mut fills) = (Vec::new(), Vec::new());
        while fills.len() < 3 {
            assert!(gate.read_buf(&mut answer).await.unwrap() > 0);
            let mut rest = &answer[..];
            fills.extend(std::iter::from_fn(|| Fill::read(&mut rest).unwrap()));
            let read = answer.len() - rest.len();
            answer.drain(..read);
        }
        let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(known))]);
        let visit = Visit::of(&headers, &Uri::from_static("/"), false).unwrap();
        assert!(fills[1].token == visit.csrf().as_bytes() && fills[1].set_cookie.is_empty());
        assert!(fills[0].token != fills[2].token && fills[0].set_cookie != fills[2].set_cookie);
        assert!(fills[0].set_cookie.starts_with(b"visit="));
        assert_eq!(fills.iter().map(|f| f.locale.word()).collect::<Vec<_>>(), ["en", "ja", "ja"]);
        assert!(fills.iter().all(|f| f.cart == 0 && f.edition == fills[0].edition));
        // What is no question ends the line.
        gate.write_all(&[0xff; 9]).await.unwrap();
        assert_eq!(gate.read_buf(&mut answer).await.unwrap(), 0);
    }

    #[test]
    fn the_number_stands_where_the_layout_has_it_or_the_page_is_not_remembered() {
        let page = |cart: &str| format!("<i>x</i>{CART_OPENS}{cart}<span>点</span></span>");
        let found = |page: &str, cart| blanks(page.as_bytes(), &[], Some(cart));
        assert_eq!(found(&page("12"), 12), Some(vec![(Blank::Cart, 8 + CART_OPENS.len(), 2)]));
        assert_eq!(found("<i>", 0), Some(vec![]));
        for (wrong, cart) in
            [(page("12"), 1), (page("12"), 0), ("<i>".into(), 3), (page("3") + &page("3"), 3)]
        {
            assert_eq!(found(&wrong, cart), None, "{wrong}");
        }
    }
}
