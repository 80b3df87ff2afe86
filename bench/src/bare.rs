//! The server that the shop is measured against: axum, a map from path and query to bytes, and nothing else.

use crate::page::Page;
use anyhow::{Context, Result};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::Response;
use axum::serve::ListenerExt;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

type Answers = HashMap<String, (HeaderMap, Bytes)>;

/// Reads the pages from the first line of stdin, serves them, says where on stdout, ends with stdin.
pub fn run() -> Result<()> {
    let mut line = String::new();
    let mut stdin = std::io::stdin().lock();
    stdin.read_line(&mut line)?;
    let pages: Vec<Page> = serde_json::from_str(&line).context("stdin should begin with the pages")?;
    println!("{}", in_background(pages));
    stdin.read_to_end(&mut Vec::new())?;
    Ok(())
}

/// Serves the pages on a free port from threads of its own, for as long as the program runs.
pub fn in_background(pages: Vec<Page>) -> SocketAddr {
    let answers: Answers =
        pages.into_iter().map(|p| (p.path.clone(), (headers(&p), p.body.into()))).collect();
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            send.send(listener.local_addr().unwrap()).unwrap();
            let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
            let router = axum::Router::new().fallback(answer).with_state(Arc::new(answers));
            axum::serve(listener, router).await.unwrap();
        });
    });
    receive.recv().unwrap()
}

async fn answer(State(answers): State<Arc<Answers>>, uri: Uri) -> Response {
    let mut response = Response::new(Body::empty());
    match uri.path_and_query().and_then(|asked| answers.get(asked.as_str())) {
        Some((headers, body)) => {
            *response.headers_mut() = headers.clone();
            *response.body_mut() = Body::from(body.clone());
        }
        None => *response.status_mut() = StatusCode::NOT_FOUND,
    }
    response
}

/// The shop's own headers, so that both send the same bytes, but for those that a server writes itself.
fn headers(page: &Page) -> HeaderMap {
    let own = ["connection", "content-length", "date", "keep-alive", "transfer-encoding"];
    let given = page.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    given.filter_map(|(n, v)| Some((n.parse::<HeaderName>().ok()?, v.parse::<HeaderValue>().ok()?))).collect()
}

/// The bare server in a process of its own, as the shop is; it ends when its stdin does.
pub struct Bare {
    child: Child,
    /// Where it listens.
    pub at: SocketAddr,
}

impl Bare {
    /// Starts it with these pages.
    pub fn start(pages: &[Page]) -> Result<Bare> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.arg("bare").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let stdin = child.stdin.as_mut().context("no stdin")?;
        writeln!(stdin, "{}", serde_json::to_string(pages)?)?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no stdout")?).read_line(&mut line)?;
        let at = line.trim().parse().context("the bare server said no address")?;
        Ok(Bare { child, at })
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
