//! Standing pages, the gate's side: see [`site::standing`].
//!
//! A page is remembered as it passed all checks, with what it holds of the visitor left blank. It is sent again only
//! where `web` says, after the request has come, that nothing has changed since it was made; into its blanks go a token
//! and a number and nothing else. Cookies are not part of it. Where `web` does not answer, the request goes the
//! ordinary way.
//!
//! Most changes touch few pages. One that `web` made anew and that is byte for byte the one remembered, but for such
//! blanks, has passed all checks already: it is neither checked nor hashed again while the same manifest is in force.

use crate::answer::{Answered, Marked};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, header, request::Parts};
use http_body_util::{Either, Full};
use site::{
    Route,
    standing::{Ask, Blank, COOKIE_BYTES_MAX, Edition, Fill, LANGUAGE_BYTES_MAX, Mark},
};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
    sync::{mpsc, oneshot},
};

/// How long `web` may take to say what belongs into the blanks.
const ANSWER_TIME: Duration = Duration::from_millis(300);
/// The most questions that are asked together; more wait for the next turn.
const ASKED_AT_ONCE_MAX: usize = 128;
/// The most questions that wait; who finds more goes the ordinary way.
const WAITING_MAX: usize = 1_024;

/// The pages, and the line to `web`.
pub(crate) struct Standing {
    pages: Mutex<Pages>,
    asks: mpsc::Sender<Asked>,
}

type Asked = (Ask, oneshot::Sender<Fill>);

/// What a request asks for, where the answer may be a standing page. Secret: it holds cookies.
pub(crate) struct Question {
    key: String,
    ask: Ask,
}

impl Question {
    /// Of a request on `route`, with what is left of its query. `None`: it goes the ordinary way.
    pub(crate) fn of(route: &Route, parts: &Parts, query: &str) -> Option<Question> {
        if !route.stands() || parts.method != Method::GET {
            return None;
        }
        let one = |name, bytes_max| {
            let mut values = parts.headers.get_all(name).iter();
            let value = values.next().map_or(&[][..], |v| v.as_bytes());
            (values.next().is_none() && value.len() <= bytes_max).then(|| value.to_vec())
        };
        let cookie = one(header::COOKIE, COOKIE_BYTES_MAX)?;
        let language = one(header::ACCEPT_LANGUAGE, LANGUAGE_BYTES_MAX)?;
        let path = parts.uri.path();
        let key = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        Some(Question { key, ask: Ask { cookie, language } })
    }
}

impl Standing {
    /// None remembered yet. Starts the task that asks `web`, which ends with this.
    pub(crate) fn new(web_socket: &Path, bytes_max: usize) -> Standing {
        let (asks, waiting) = mpsc::channel(WAITING_MAX);
        tokio::spawn(ask_forever(site::standing::socket(web_socket), waiting));
        Standing { pages: Mutex::new(Pages { half: bytes_max / 2, ..Pages::default() }), asks }
    }

    /// The answer, where the page is remembered and still what `web` would make.
    pub(crate) async fn answer(&self, question: &Question) -> Option<Answered> {
        if !self.pages().knows(&question.key) {
            return None;
        }
        let (tell, told) = oneshot::channel();
        self.asks.try_send((question.ask.clone(), tell)).ok()?;
        let fill = told.await.ok()?;
        let page = {
            let mut pages = self.pages();
            pages.edition = Some(fill.edition);
            pages.get(&question.key, variant(fill.locale, fill.cart > 0))?
        };
        if page.edition != fill.edition {
            return None;
        }
        let (bytes, sha256) = (page.filled(&fill), page.passed.sha256);
        let mut response = Response::new(Either::Left(Full::new(bytes)));
        *response.headers_mut() = HeaderMap::clone(&page.headers);
        if !fill.set_cookie.is_empty() {
            let mut cookie = HeaderValue::from_bytes(&fill.set_cookie).ok()?;
            cookie.set_sensitive(true);
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        Some(Answered { page_sha256: Some(sha256), remembered: true, ..Answered::of(response, true) })
    }

    /// What is remembered under this question, of whatever edition, where it is this page and passed these rules.
    pub(crate) fn same(&self, question: &Question, mark: &Mark, page: &[u8], rules: u64) -> Option<Passed> {
        let known = self.pages().last(&question.key, variant_of(mark))?;
        let same = known.passed.rules == rules && known.is(page, &mark.blanks);
        same.then(|| known.passed.clone())
    }

    /// Remembers a page that may leave, where `web` says that it is one to remember.
    pub(crate) fn remember(&self, question: Question, answered: &mut Answered) {
        let Some(marked) = answered.standing.take() else { return };
        let variant = variant_of(&marked.mark);
        let mut pages = self.pages();
        let headers = pages.shared(answered.response.headers());
        if let Some(page) = Page::new(marked, headers) {
            pages.edition = Some(page.edition);
            pages.put(question.key, variant, Arc::new(page));
        }
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A page, its blanks as they were filled when it was made.
struct Page {
    edition: Edition,
    /// Shared by all pages that have the same.
    headers: Arc<HeaderMap>,
    passed: Passed,
    blanks: Blanks,
}

type Blanks = Vec<(Blank, usize, usize)>;

/// A page as it passed the checks.
#[derive(Clone)]
pub(crate) struct Passed {
    /// With what stood in its blanks then.
    pub(crate) bytes: Bytes,
    /// SHA-256 of it without that.
    pub(crate) sha256: [u8; 32],
    /// By which rules: [`crate::pages::Pages::in_force`].
    pub(crate) rules: u64,
}

impl Page {
    /// `None` where something else than a token and a number stands in the blanks.
    fn new(Marked { mark, passed }: Marked, headers: Arc<HeaderMap>) -> Option<Page> {
        let page = Page { edition: mark.edition, headers, passed, blanks: mark.blanks };
        page.fits(&page.passed.bytes).then_some(page)
    }

    /// Whether nothing but a token and a number stands in the blanks of these bytes.
    fn fits(&self, bytes: &[u8]) -> bool {
        self.blanks.iter().all(|(blank, at, len)| {
            let filled = at.checked_add(*len).and_then(|end| bytes.get(*at..end));
            filled.is_some_and(|filled| match blank {
                Blank::Token => filled.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')),
                Blank::Cart => filled.iter().all(u8::is_ascii_digit),
            })
        })
    }

    /// Whether this page, which has these blanks, is the same but for them.
    fn is(&self, page: &[u8], blanks: &Blanks) -> bool {
        let known = &self.passed.bytes;
        if page.len() != known.len() || *blanks != self.blanks || !self.fits(page) {
            return false;
        }
        // The blanks fit, so they lie one after the other within both.
        let mut from = 0;
        let same = self.blanks.iter().all(|(_, at, len)| {
            let before = from..*at;
            from = at + len;
            page[before.clone()] == known[before]
        });
        same && page[from..] == known[from..]
    }

    /// The page for this visitor.
    fn filled(&self, fill: &Fill) -> Bytes {
        let bytes = &self.passed.bytes;
        if self.blanks.is_empty() {
            return bytes.clone();
        }
        let cart = fill.cart.to_string();
        let mut out = Vec::with_capacity(bytes.len() + cart.len());
        let mut from = 0;
        for (blank, at, len) in &self.blanks {
            out.extend_from_slice(&bytes[from..*at]);
            out.extend_from_slice(match blank {
                Blank::Token => &fill.token,
                Blank::Cart => cart.as_bytes(),
            });
            from = at + len;
        }
        out.extend_from_slice(&bytes[from..]);
        out.into()
    }
}

/// The language and whether the cart has something in it: so many different pages there are at one address.
const VARIANTS: usize = 4;

fn variant(locale: domain::Locale, cart: bool) -> usize {
    let language = match locale {
        domain::Locale::Ja => 0,
        domain::Locale::En => 2,
    };
    language + usize::from(cart)
}

fn variant_of(mark: &Mark) -> usize {
    variant(mark.locale, mark.blanks.iter().any(|(blank, ..)| *blank == Blank::Cart))
}

type Shelf = HashMap<String, [Option<Arc<Page>>; VARIANTS]>;

/// The younger half of the pages, and the older, which goes when the younger is full. A page asked for in between
/// moves up, so memory is bounded and only what nobody asks for is forgotten.
#[derive(Default)]
struct Pages {
    young: Shelf,
    old: Shelf,
    young_bytes: usize,
    half: usize,
    /// The edition that `web` spoke of last. Pages of another one are not worth a question: should it have been an
    /// older one, the next page that is made says so.
    edition: Option<Edition>,
    /// The headers of the page that was remembered last: with few exceptions those of all.
    headers: Arc<HeaderMap>,
}

impl Pages {
    /// These headers without a cookie; where the last page had the same, its own.
    fn shared(&mut self, headers: &HeaderMap) -> Arc<HeaderMap> {
        let mut headers = headers.clone();
        headers.remove(header::SET_COOKIE);
        if *self.headers != headers {
            self.headers = Arc::new(headers);
        }
        Arc::clone(&self.headers)
    }

    /// Whether a page is there that may still hold.
    fn knows(&self, key: &str) -> bool {
        let of_key = [&self.young, &self.old].into_iter().filter_map(|shelf| shelf.get(key));
        of_key.flatten().flatten().any(|page| Some(page.edition) == self.edition)
    }

    /// The page that was remembered last, of whatever edition.
    fn last(&self, key: &str, variant: usize) -> Option<Arc<Page>> {
        let of_key = [&self.young, &self.old].into_iter().filter_map(|shelf| shelf.get(key));
        of_key.filter_map(|of_key| of_key[variant].clone()).next()
    }

    fn get(&mut self, key: &str, variant: usize) -> Option<Arc<Page>> {
        if let Some(page) = self.young.get(key).and_then(|of_key| of_key[variant].clone()) {
            return Some(page);
        }
        let page = self.old.get(key)?[variant].clone()?;
        self.put(key.to_owned(), variant, Arc::clone(&page));
        Some(page)
    }

    fn put(&mut self, key: String, variant: usize, page: Arc<Page>) {
        let bytes = key.len() + page.passed.bytes.len();
        if bytes > self.half {
            return;
        }
        if self.young_bytes + bytes > self.half {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        let before = self.young.entry(key).or_default()[variant].replace(page);
        self.young_bytes += bytes - before.map_or(0, |p| p.passed.bytes.len().min(bytes));
    }
}

/// Asks for everyone who waits, in one go; then for those who have come meanwhile.
async fn ask_forever(socket: PathBuf, mut waiting: mpsc::Receiver<Asked>) {
    let (mut line, mut asked) = (None, Vec::with_capacity(ASKED_AT_ONCE_MAX));
    while waiting.recv_many(&mut asked, ASKED_AT_ONCE_MAX).await > 0 {
        let fills = tokio::time::timeout(ANSWER_TIME, exchange(&socket, &mut line, &asked)).await;
        // Who is not answered is told by the end of his channel.
        let asked = asked.drain(..);
        match fills {
            Ok(Some(fills)) => asked.zip(fills).for_each(|((_, tell), fill)| drop(tell.send(fill))),
            _ => line = None,
        }
    }
}

/// A question changes nothing: what a line that turns out dead has swallowed is asked again on a new one.
async fn exchange(socket: &Path, line: &mut Option<UnixStream>, asked: &[Asked]) -> Option<Vec<Fill>> {
    let mut question = Vec::new();
    asked.iter().for_each(|(ask, _)| ask.write(&mut question));
    if let Some(mut kept) = line.take()
        && let Some(fills) = say(&mut kept, &question, asked.len()).await
    {
        *line = Some(kept);
        return Some(fills);
    }
    let mut new = UnixStream::connect(socket).await.ok()?;
    let fills = say(&mut new, &question, asked.len()).await?;
    *line = Some(new);
    Some(fills)
}

async fn say(line: &mut UnixStream, question: &[u8], count: usize) -> Option<Vec<Fill>> {
    line.write_all(question).await.ok()?;
    let (mut answer, mut fills) = (Vec::with_capacity(count * 256), Vec::with_capacity(count));
    while fills.len() < count {
        if line.read_buf(&mut answer).await.ok()? == 0 {
            return None;
        }
        let mut rest = &answer[..];
        while let Some(fill) = Fill::read(&mut rest).ok()? {
            fills.push(fill);
        }
        let read = answer.len() - rest.len();
        answer.drain(..read);
    }
    // An answer too many, or half a one, would be taken for the next visitor's.
    (fills.len() == count && answer.is_empty()).then_some(fills)
}

#[cfg(test)]
mod tests {
    use super::*;
    use site::standing::TOKEN_CHARS;

    fn marked(page: impl Into<Bytes>, blanks: Vec<(Blank, usize, usize)>) -> Marked {
        let mark = Mark { edition: Edition(1), locale: domain::Locale::Ja, blanks };
        Marked { mark, passed: Passed { bytes: page.into(), sha256: [7; 32], rules: 1 } }
    }

    #[test]
    fn memory_is_bounded_and_what_is_asked_for_stays() {
        let mut pages = Pages { half: 10_000, edition: Some(Edition(1)), ..Pages::default() };
        let page = |len: usize| {
            let page = Page::new(marked(vec![b'x'; len], vec![]), Arc::default());
            Arc::new(page.unwrap())
        };
        pages.put("/much".into(), 0, page(20_000));
        assert!(!pages.knows("/much"));
        pages.put("/asked".into(), 0, page(1_000));
        for n in 0..1_000 {
            pages.put(format!("/{n}"), n % VARIANTS, page(1_000));
            pages.put(format!("/{n}"), n % VARIANTS, page(900));
            assert!(pages.get("/asked", 0).is_some() && pages.get("/asked", 1).is_none());
            let all = pages.young.values().chain(pages.old.values()).flatten().flatten();
            assert!(all.map(|p| p.passed.bytes.len()).sum::<usize>() <= 20_000);
        }
        assert!(pages.knows("/999") && !pages.knows("/0"));
        pages.edition = Some(Edition(2));
        assert!(!pages.knows("/999"), "of an edition that is over");
    }

    #[test]
    fn headers_are_kept_once_and_without_a_cookie() {
        let mut pages = Pages::default();
        let headers = |cookie: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
            headers.insert(header::SET_COOKIE, HeaderValue::from_str(cookie).unwrap());
            headers
        };
        let (one, two) = (pages.shared(&headers("a=1")), pages.shared(&headers("a=2")));
        assert!(Arc::ptr_eq(&one, &two) && one.len() == 1, "{one:?}");
        assert!(!Arc::ptr_eq(&one, &pages.shared(&HeaderMap::new())));
    }

    #[test]
    fn only_a_page_that_is_the_same_but_for_its_blanks_has_passed_already() {
        let text =
            |token: char, more: &str| format!("<i>{}</i>{more}", token.to_string().repeat(TOKEN_CHARS));
        let blanks = vec![(Blank::Token, 3, TOKEN_CHARS)];
        let known = Page::new(marked(text('t', "<b>12</b>"), blanks.clone()), Arc::default()).unwrap();
        let is = |page: &str, blanks: &Blanks| known.is(page.as_bytes(), blanks);
        assert!(is(&text('u', "<b>12</b>"), &blanks));
        for other in ["<b>13</b>", "<b>12</b> ", "<b>12</b", ""] {
            assert!(!is(&text('u', other), &blanks), "{other}");
        }
        assert!(!is(&text('u', "<b>12</b>").replace("<i>", "<p>"), &blanks));
        assert!(!is(&text('"', "<b>12</b>"), &blanks), "no token in the blank");
        let more = vec![(Blank::Token, 3, TOKEN_CHARS), (Blank::Cart, 10 + TOKEN_CHARS, 2)];
        assert!(!is(&text('t', "<b>12</b>"), &more) && !is(&text('u', "<b>12</b>"), &vec![]));
    }

    #[test]
    fn what_passed_other_rules_or_was_asked_otherwise_has_not_passed() {
        let pages = Mutex::new(Pages { half: 10_000, ..Pages::default() });
        let standing = Standing { pages, asks: mpsc::channel(1).0 };
        let page = |text: &'static str| marked(text, vec![]);
        let mark = page("<p>").mark;
        let known = Arc::new(Page::new(page("<p>"), Arc::default()).unwrap());
        standing.pages().put("/known".into(), variant_of(&mark), known);
        let same = |key: &str, mark: &Mark, rules| {
            let ask = Ask { cookie: Vec::new(), language: Vec::new() };
            standing.same(&Question { key: key.into(), ask }, mark, b"<p>", rules).is_some()
        };
        assert!(same("/known", &Mark { edition: Edition(9), ..mark.clone() }, 1));
        assert!(!same("/known", &mark, 2) && !same("/other", &mark, 1));
        assert!(!same("/known", &Mark { locale: domain::Locale::En, ..mark.clone() }, 1));
    }

    #[test]
    fn nothing_but_tokens_and_numbers_is_put_into_a_page() {
        let text = format!("<i>{}</i>", "t".repeat(TOKEN_CHARS));
        let page = |at, len, blank| Page::new(marked(text.clone(), vec![(blank, at, len)]), Arc::default());
        assert!(page(3, TOKEN_CHARS, Blank::Token).is_some());
        assert!(page(2, TOKEN_CHARS, Blank::Token).is_none(), "markup in a blank");
        assert!(page(3, 1, Blank::Cart).is_none(), "no number");
        assert!(page(30, TOKEN_CHARS, Blank::Token).is_none() && page(usize::MAX, 1, Blank::Cart).is_none());
    }
}
