//! A server on a port, and callers who take more than they should.

use super::*;
use http_body_util::Full;
use std::{
    io::{Read, Write},
    net::SocketAddr,
    thread::JoinHandle,
};
use tokio::sync::oneshot;

struct Server {
    at: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Answers `/` at once, `/large` with more than a socket takes, anything else never.
    fn start(limits: Limits) -> Server {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let at = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                let service = tower::service_fn(|request: Request<Incoming>| async move {
                    let bytes = match request.uri().path() {
                        "/" => Bytes::from_static(b"ok"),
                        "/large" => Bytes::from(vec![7; 40_000_000]),
                        _ => std::future::pending().await,
                    };
                    Ok(Response::new(Full::new(bytes)))
                });
                serve(listener, service, limits, async { drop(stopped.await) }).await;
            });
        });
        Server { at, stop: Some(stop), thread: Some(thread) }
    }

    fn connect(&self) -> std::net::TcpStream {
        let stream = std::net::TcpStream::connect(self.at).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// All that comes until the other side closes; a reset is a close, too.
fn rest(stream: &mut std::net::TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Err(e) = stream.read_to_end(&mut bytes) {
        assert_eq!(e.kind(), std::io::ErrorKind::ConnectionReset, "still open");
    }
    bytes
}

fn ask(stream: &mut std::net::TcpStream, path: &str) {
    write!(stream, "GET {path} HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
}

fn is_answered(stream: &mut std::net::TcpStream) -> bool {
    ask(stream, "/");
    let mut head = [0; 12];
    stream.read_exact(&mut head).is_ok() && &head == b"HTTP/1.1 200"
}

#[test]
fn a_head_that_does_not_end_is_cut() {
    let server = Server::start(Limits { head_read: Duration::from_millis(100), ..Limits::default() });
    for begun in ["", "GET / HTTP/1.1\r\nx-slow:"] {
        let mut slow = server.connect();
        slow.write_all(begun.as_bytes()).unwrap();
        let said = String::from_utf8(rest(&mut slow)).unwrap();
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
    }
    let mut kept = server.connect();
    assert!(is_answered(&mut kept));
    rest(&mut kept);
}

#[test]
fn who_is_one_too_many_is_hung_up_on_and_finds_room_later() {
    let server = Server::start(Limits { connections_max: 3, ..Limits::default() });
    let mut held: Vec<_> = (0..3).map(|_| server.connect()).collect();
    assert!(held.iter_mut().all(is_answered));
    assert_eq!(rest(&mut server.connect()), b"");
    held.pop();
    let room = (0..500).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        is_answered_or_closed(&server)
    });
    assert!(room, "nobody else is let in");
}

fn is_answered_or_closed(server: &Server) -> bool {
    let mut stream = server.connect();
    let _ = write!(stream, "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    rest(&mut stream).starts_with(b"HTTP/1.1 200")
}

#[test]
fn no_answer_in_time_ends_the_connection_and_no_other() {
    let server = Server::start(Limits { answer: Duration::from_millis(100), ..Limits::default() });
    let (mut slow, mut other) = (server.connect(), server.connect());
    assert!(is_answered(&mut other));
    ask(&mut slow, "/never");
    assert_eq!(rest(&mut slow), b"");
    assert!(is_answered(&mut server.connect()));
}

#[test]
fn who_reads_nothing_is_cut() {
    let limits = Limits { write_stall: Duration::from_millis(100), connections_max: 1, ..Limits::default() };
    let server = Server::start(limits);
    let mut deaf = server.connect();
    ask(&mut deaf, "/large");
    // There is room for one: somebody else is answered once the deaf one is out.
    let out = (0..500).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        is_answered_or_closed(&server)
    });
    assert!(out, "the connection is still held");
    assert!(rest(&mut deaf).len() < 40_000_000);
}

#[test]
fn the_word_to_stop_ends_what_is_idle_at_once_and_the_rest_in_time() {
    let server = Server::start(Limits { grace: Duration::from_millis(100), ..Limits::default() });
    let (mut idle, mut busy) = (server.connect(), server.connect());
    assert!(is_answered(&mut idle));
    ask(&mut busy, "/never");
    drop(server);
    rest(&mut idle);
    rest(&mut busy);
}
