//! The house around the gate: stubs, and a client that writes requests by hand.

use bytes::Bytes;
use gate::{Config, Limits};
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, atomic::AtomicUsize, atomic::Ordering},
    thread::JoinHandle,
    time::Duration,
};
use telemetry::Life;

/// A request as it reached a stub.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

type Answers = dyn Fn(&Seen) -> Response<Full<Bytes>> + Send + Sync;

/// A stub on a Unix socket.
pub struct Stub {
    pub seen: Arc<Mutex<Vec<Seen>>>,
    pub connections: Arc<AtomicUsize>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Stub {
    pub fn start(socket: &Path, answers: Arc<Answers>) -> Stub {
        let _ = std::fs::remove_file(socket);
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let connections = Arc::new(AtomicUsize::new(0));
        let _guard = runtime.enter();
        let listener = tokio::net::UnixListener::bind(socket).unwrap();
        let (noted, count) = (Arc::clone(&seen), Arc::clone(&connections));
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let (noted, answers) = (Arc::clone(&noted), Arc::clone(&answers));
                let service = service_fn(move |request: Request<Incoming>| {
                    let (noted, answers) = (Arc::clone(&noted), Arc::clone(&answers));
                    async move {
                        let (parts, body) = request.into_parts();
                        let seen = Seen {
                            method: parts.method.to_string(),
                            target: parts.uri.to_string(),
                            headers: parts
                                .headers
                                .iter()
                                .map(|(n, v)| {
                                    (n.to_string(), String::from_utf8_lossy(v.as_bytes()).into_owned())
                                })
                                .collect(),
                            body: body.collect().await?.to_bytes().to_vec(),
                        };
                        noted.lock().unwrap().push(seen.clone());
                        if seen.target.starts_with("/search") {
                            // The slow page: it never comes.
                            std::future::pending::<()>().await;
                        }
                        Ok::<_, hyper::Error>(answers(&seen))
                    }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Stub { seen, connections, runtime: Some(runtime) }
    }

    pub fn last(&self) -> Seen {
        self.seen.lock().unwrap().last().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Gate and stubs; all end when it is dropped.
pub struct House {
    pub address: SocketAddr,
    pub web: Stub,
    pub hook: Stub,
    pub dir: tempfile::TempDir,
    life: Life,
    gate: Option<JoinHandle<anyhow::Result<()>>>,
}

pub const PAY: &str = "http://pay.localhost:9";

/// What the stub of `web` answers where a test does not say otherwise.
pub fn page(body: &str) -> Response<Full<Bytes>> {
    typed(200, "text/html; charset=utf-8", body.to_owned())
}

pub fn typed(status: u16, content_type: &str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let builder =
        Response::builder().status(status).header("content-type", content_type).header("server", "stub");
    builder.body(Full::new(body.into())).unwrap()
}

impl House {
    pub fn new() -> House {
        House::with(|_| {}, |_| page("<!doctype html><title>栗</title>"))
    }

    pub fn with(
        limits: impl FnOnce(&mut Limits),
        answers: impl Fn(&Seen) -> Response<Full<Bytes>> + Send + Sync + 'static,
    ) -> House {
        House::told(|config| limits(&mut config.limits), answers)
    }

    pub fn told(
        tell: impl FnOnce(&mut Config),
        answers: impl Fn(&Seen) -> Response<Full<Bytes>> + Send + Sync + 'static,
    ) -> House {
        House::set_up(tempfile::tempdir().unwrap(), tell, answers)
    }

    /// In a folder, with whatever is set.
    pub fn set_up(
        dir: tempfile::TempDir,
        set: impl FnOnce(&mut Config),
        answers: impl Fn(&Seen) -> Response<Full<Bytes>> + Send + Sync + 'static,
    ) -> House {
        let web_socket = dir.path().join("web.sock");
        let hook_socket = dir.path().join("hook.sock");
        let web = Stub::start(&web_socket, Arc::new(answers));
        let hook =
            Stub::start(&hook_socket, Arc::new(|_: &Seen| typed(200, "application/json", "{\"secret\":1}")));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut config = Config {
            listen: address,
            proxies: Vec::new(),
            tls: None,
            origin: format!("http://shop.localhost:{}", address.port()),
            shop_name: "栗鼠堂".into(),
            phone: None,
            processor_origins: vec![PAY.into()],
            web_socket,
            till_hook_socket: hook_socket,
            till_socket: None,
            folder: dir.path().to_owned(),
            pages: None,
            lock_socket: None,
            lock_seen: (0, lock_api::Closed::Nothing),
            scripts: vec!["own=".into()],
            limits: Limits { stop_ms: 500, ..Limits::default() },
        };
        set(&mut config);
        let life = Life::of_test("gate", dir.path());
        let theirs = life.clone();
        let gate = Some(std::thread::spawn(move || gate::serve(config, listener, theirs)));
        House { address, web, hook, dir, life, gate }
    }

    pub fn host(&self) -> String {
        format!("shop.localhost:{}", self.address.port())
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    /// Sends these bytes and reads until the gate closes.
    pub fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        // The gate may answer and close before it has read all.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub fn get(&self, target: &str) -> Answer {
        self.ask("GET", target, &[], b"")
    }

    pub fn form(&self, target: &str, body: &str) -> Answer {
        self.ask("POST", target, &[("content-type", "application/x-www-form-urlencoded")], body.as_bytes())
    }

    pub fn ask(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut head =
            format!("{method} {target} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.host());
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        if method == "POST" {
            head += &format!("content-length: {}\r\n", body.len());
        }
        Answer::of(&self.raw(&[head.as_bytes(), b"\r\n", body].concat()))
    }

    pub fn journal(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.journal_path()).unwrap();
        text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
    }

    pub fn journal_path(&self) -> PathBuf {
        self.dir.path().join("journal/current.jsonl")
    }

    /// Stops the gate and waits for its end.
    pub fn stop(&mut self) {
        self.life.stop();
        if let Some(gate) = self.gate.take() {
            gate.join().unwrap().unwrap();
        }
    }

    /// Stops the gate and gives its folder.
    pub fn close(mut self) -> tempfile::TempDir {
        self.stop();
        std::mem::replace(&mut self.dir, tempfile::tempdir().unwrap())
    }

    pub fn metrics(&self) -> String {
        self.life.metrics().text()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.life.stop();
    }
}

/// An answer, taken apart.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn of(text: &str) -> Answer {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|l| {
            let (n, value) = l.split_once(':')?;
            n.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}
