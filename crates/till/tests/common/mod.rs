//! A till and a sandbox, wired together over real sockets, with a wire tap between them.
//!
//! Everything for the sandbox passes the tap, which records it and can withhold answers.

#![allow(dead_code, clippy::unwrap_used)]

use domain::payment::Capture;
use outbound::Secret;
use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use telemetry::Life;
use till::{Client, Create, Created, Pace, PaymentView};
use uuid::Uuid;

pub const API_KEY: &str = "sk_test_house";
pub const WEBHOOK_SECRET: &str = "whsec_house";

/// One request to the sandbox and its answer, as they went over the wire.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub request: String,
    pub request_body: Vec<u8>,
    pub status: u16,
    pub answer_body: Vec<u8>,
}

pub struct House {
    pub client: Client,
    pub pay: String,
    pub order: Uuid,
    pub taped: Arc<Mutex<Vec<Exchange>>>,
    /// So many answers to POSTs are withheld from now on.
    pub withhold: Arc<AtomicUsize>,
    pub dir: tempfile::TempDir,
    life: Life,
}

/// In a hurry: looks often, gives up soon.
pub fn hurry() -> Pace {
    Pace {
        check_ms: 50,
        check_ms_max: 200,
        probe_ms: 50,
        probe_ms_max: 50,
        authorized_ms: 200,
        events_ms: 100,
        events_idle_ms: 100,
        call_timeout_ms: 2_000,
    }
}

/// As if nobody ever looked: only webhooks tell.
pub fn never_look() -> Pace {
    Pace {
        check_ms: 3_600_000,
        check_ms_max: 3_600_000,
        authorized_ms: 3_600_000,
        events_ms: 3_600_000,
        events_idle_ms: 3_600_000,
        ..hurry()
    }
}

/// Takes TLS off before the port; gives the address.
fn secured(own: &tls::Identity, port: u16) -> String {
    let config = own.server(&[]).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().port();
    let address = format!("https://pay.localhost:{own}");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let Ok(outside) = tls::accept(&config, stream) else { continue };
            let inside = TcpStream::connect(("127.0.0.1", port)).unwrap();
            std::thread::spawn(move || to_and_fro(outside, inside, [own, port]));
        }
    });
    address
}

/// Passes on what comes, the name with the port (of five digits each) changed: the sandbox goes by it.
fn to_and_fro(
    mut outside: tls::ServerStream<TcpStream>,
    mut inside: TcpStream,
    ports: [u16; 2],
) -> std::io::Result<()> {
    let [own, behind] = ports.map(|port| format!("pay.localhost:{port}").into_bytes());
    let pause = Some(Duration::from_millis(2));
    outside.sock.set_read_timeout(pause)?;
    inside.set_read_timeout(pause)?;
    let mut bytes = [0; 16 * 1024];
    let nothing_yet = |e: &std::io::Error| matches!(e.kind(), std::io::ErrorKind::WouldBlock);
    loop {
        match outside.read(&mut bytes) {
            Ok(0) => return Ok(()),
            Ok(n) => {
                if let Some(at) = bytes[..n].windows(own.len()).position(|w| w == own) {
                    bytes[at..at + own.len()].copy_from_slice(&behind);
                }
                inside.write_all(&bytes[..n])?;
            }
            Err(e) if nothing_yet(&e) => {}
            Err(e) => return Err(e),
        }
        match inside.read(&mut bytes) {
            Ok(0) => return Ok(()),
            Ok(n) => outside.write_all(&bytes[..n])?,
            Err(e) if nothing_yet(&e) => {}
            Err(e) => return Err(e),
        }
    }
}

impl House {
    pub fn new(pace: Pace) -> House {
        House::called(pace, None)
    }

    /// A till that calls its processor by https://.
    pub fn secure(pace: Pace) -> House {
        let (now, key) = (jiff::Timestamp::now(), tls::Key::new().unwrap());
        let authority = tls::Authority::new("Test", now).unwrap();
        let life = jiff::SignedDuration::from_hours(1);
        let own = authority.issue(&key.public(), "pay.localhost", tls::Use::Server, now, life).unwrap();
        let trust = outbound::Trust::from_pem(&tls::to_pem(authority.certificate())).unwrap();
        House::called(pace, Some((trust, key.identity(own))))
    }

    fn called(pace: Pace, tls: Option<(outbound::Trust, tls::Identity)>) -> House {
        let dir = tempfile::tempdir().unwrap();
        let life = Life::of_test("house", dir.path());
        let sandbox_listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (taped, withhold) = (Arc::<Mutex<Vec<Exchange>>>::default(), Arc::<AtomicUsize>::default());
        let port = tap(sandbox_listener.local_addr().unwrap().port(), &taped, &withhold);
        let hook_socket = dir.path().join("till-hook.sock");
        let gate_port = forward_to(&hook_socket);
        let pay = format!("http://pay.localhost:{port}");
        let sandbox = sandbox::Config {
            listen: ([127, 0, 0, 1], 0).into(),
            data_dir: dir.path().join("sandbox"),
            api_key: Secret::new(API_KEY),
            webhook_secret: Secret::new(WEBHOOK_SECRET),
            webhook_url: format!("http://shop.localhost:{gate_port}/webhooks/processor"),
            webhook_trust: None,
            webhook_events: till::WEBHOOKS,
            pay_origin: pay.clone(),
            acs_origin: format!("http://acs.localhost:{port}"),
            shop_name_ja: "栗鼠堂".into(),
            shop_name_en: "Risudo".into(),
        };
        let cfg = till::Config {
            socket: dir.path().join("till.sock"),
            hook_socket,
            data_dir: dir.path().join("till"),
            api_base: tls.as_ref().map_or_else(|| pay.clone(), |(_, own)| secured(own, port)),
            trust: tls.map(|(trust, _)| trust),
            api_key: Secret::new(API_KEY),
            webhook_secret: Secret::new(WEBHOOK_SECRET),
            shop_origin: "http://shop.localhost:1".into(),
            pace,
        };
        let client = Client::connect(&cfg.socket);
        let (a, b) = (life.clone(), life.clone());
        std::thread::spawn(move || sandbox::run_on(sandbox_listener, sandbox, a).unwrap());
        std::thread::spawn(move || till::run(cfg, b).unwrap());
        let house = House { client, pay, order: Uuid::now_v7(), taped, withhold, dir, life };
        house.wait("the till to start", || house.client.ping().is_ok().then_some(()));
        house.wait("the sandbox to start", || (house.get("/dashboard").0 == 200).then_some(()));
        house
    }

    pub fn create(&self, attempt: u32) -> Created {
        self.try_create(attempt).unwrap()
    }

    pub fn try_create(&self, attempt: u32) -> Result<Created, till::TillError> {
        self.create_as(attempt, Capture::AtOrder, None)
    }

    /// Opens a page whose money is taken then, for this member.
    pub fn create_as(
        &self,
        attempt: u32,
        capture: Capture,
        customer: Option<Uuid>,
    ) -> Result<Created, till::TillError> {
        self.client.create(&self.asked(self.order, attempt, capture, customer))
    }

    /// What is said to open a page.
    pub fn asked(&self, order: Uuid, attempt: u32, capture: Capture, customer: Option<Uuid>) -> Create {
        Create {
            order,
            attempt,
            amount: domain::Yen::new(3_240),
            expires_in_s: 1_800,
            locale: domain::Locale::Ja,
            success_url: format!("http://shop.localhost:1/checkout/return?order={order}"),
            cancel_url: format!("http://shop.localhost:1/checkout/canceled?order={order}"),
            capture,
            customer,
        }
    }

    /// Types a card on the hosted page; where the page leads.
    pub fn type_card(&self, page: &str, number: &str) -> String {
        let (status, location, body) = self.post(page, &format!("number={number}&expiry=12/34&cvc=123"));
        assert_eq!(status, 303, "{body}");
        location
    }

    pub fn post(&self, url: &str, form: &str) -> (u16, String, String) {
        let url = if url.starts_with('/') { format!("{}{url}", self.pay) } else { url.to_owned() };
        let agent = outbound::agent(Duration::from_secs(5), Duration::from_secs(20));
        let request = agent.post(url).header("content-type", "application/x-www-form-urlencoded");
        let mut answer = request.send(form).unwrap();
        let location =
            answer.headers().get("location").map(|l| l.to_str().unwrap().to_owned()).unwrap_or_default();
        (answer.status().as_u16(), location, answer.body_mut().read_to_string().unwrap())
    }

    pub fn get(&self, url: &str) -> (u16, String) {
        let url = if url.starts_with('/') { format!("{}{url}", self.pay) } else { url.to_owned() };
        let agent = outbound::agent(Duration::from_secs(5), Duration::from_secs(20));
        let request = agent.get(url).header("authorization", format!("Bearer {API_KEY}"));
        match request.call() {
            Ok(mut answer) => (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap()),
            Err(_) => (0, String::new()),
        }
    }

    /// Sets the sandbox's switches, such as `webhooks=lost`.
    pub fn switch(&self, form: &str) {
        assert_eq!(self.post("/dashboard/switches", form).0, 303);
    }

    /// Makes network, bank, buyer or time do something to a payment.
    pub fn deed(&self, created: &Created, deed: &str) {
        assert_eq!(self.post(&format!("{}/{deed}", self.dashboard(created)), "").0, 303, "{deed}");
    }

    /// The path of this order's page in the dashboard.
    pub fn dashboard(&self, created: &Created) -> String {
        format!("/dashboard/payments/{}", created.url.as_deref().unwrap().rsplit('/').next().unwrap())
    }

    /// Waits until the till tells of a payment that fits.
    pub fn until(&self, what: &str, fits: impl Fn(&PaymentView) -> bool) -> PaymentView {
        let mut seq = 0;
        self.wait(what, || {
            let changes = self.client.changes(seq, Duration::from_millis(500)).ok()?;
            seq = changes.last().map_or(seq, |c| c.seq);
            changes.into_iter().map(|c| c.view).find(|v| v.order == self.order && fits(v))
        })
    }

    pub fn wait<T>(&self, what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
        let deadline = Instant::now() + Duration::from_secs(20);
        while Instant::now() < deadline {
            if let Some(ready) = ready() {
                return ready;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("waited in vain for {what}");
    }

    /// Whether any file of till or sandbox holds these bytes.
    pub fn on_disk(&self, what: &str) -> bool {
        let mut folders: Vec<PathBuf> = vec![self.dir.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                } else if let Ok(bytes) = std::fs::read(entry.path())
                    && bytes.windows(what.len()).any(|w| w == what.as_bytes())
                {
                    return true;
                }
            }
        }
        false
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.life.stop();
    }
}

/// Listens, records, passes on; one request a connection. The port.
fn tap(to: u16, taped: &Arc<Mutex<Vec<Exchange>>>, withhold: &Arc<AtomicUsize>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (taped, withhold) = (Arc::clone(taped), Arc::clone(withhold));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (taped, withhold) = (Arc::clone(&taped), Arc::clone(&withhold));
            std::thread::spawn(move || pass_on(stream, to, &taped, &withhold));
        }
    });
    port
}

fn pass_on(mut from: TcpStream, to: u16, taped: &Mutex<Vec<Exchange>>, withhold: &AtomicUsize) -> Option<()> {
    let (head, body) = read_message(&mut from)?;
    let mut upstream = TcpStream::connect(("127.0.0.1", to)).ok()?;
    let (first, rest) = head.split_once("\r\n")?;
    upstream.write_all(format!("{first}\r\nconnection: close\r\n{rest}\r\n\r\n").as_bytes()).ok()?;
    upstream.write_all(&body).ok()?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer).ok()?;
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n")?;
    let status = std::str::from_utf8(answer.get(9..12)?).ok()?.parse().ok()?;
    taped.lock().unwrap().push(Exchange {
        request: head.clone(),
        request_body: body,
        status,
        answer_body: answer[end + 4..].to_vec(),
    });
    let api = first.starts_with("POST /v1/");
    if api && withhold.fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| n.checked_sub(1)).is_ok() {
        // Says nothing until the caller goes away.
        let _ = from.read(&mut [0; 1]);
        return None;
    }
    from.write_all(&answer).ok()
}

fn read_message(from: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut some = [0; 4096];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break end;
        }
        match from.read(&mut some) {
            Ok(n) if n > 0 => bytes.extend_from_slice(&some[..n]),
            _ => return None,
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let mut body = bytes.split_off(end + 4);
    let length = head
        .lines()
        .find_map(|l| l.to_ascii_lowercase().strip_prefix("content-length:").map(|v| v.trim().to_owned()));
    let length: usize = length.and_then(|l| l.parse().ok()).unwrap_or(0);
    while body.len() < length {
        match from.read(&mut some) {
            Ok(n) if n > 0 => body.extend_from_slice(&some[..n]),
            _ => return None,
        }
    }
    Some((head, body))
}

/// What the gate does with webhooks: hands them to the till's socket. The port.
fn forward_to(socket: &Path) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let socket = socket.to_owned();
    std::thread::spawn(move || {
        for outer in listener.incoming().flatten() {
            let Ok(inner) = UnixStream::connect(&socket) else { continue };
            let (mut outer_in, mut inner_out) = (outer.try_clone().unwrap(), inner.try_clone().unwrap());
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut outer_in, &mut inner_out);
                let _ = inner_out.shutdown(Shutdown::Write);
            });
            std::thread::spawn(move || {
                let (mut inner, mut outer) = (inner, outer);
                let _ = std::io::copy(&mut inner, &mut outer);
                let _ = outer.shutdown(Shutdown::Both);
            });
        }
    });
    port
}
