//! Code that runs inside `web` sees every byte between it and the vault. Here it lies between the two.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
};
use testkit::Dozo;
use uuid::Uuid;
use vault_api::{
    CapToken, FRAME_BYTES_MAX, HELLO_BYTES_MAX, Hello, LinkToken, NotOpened, Plain, Request, Response, Role,
    RoleKey, SealItem, UnsealItem,
};

/// All that the attacker has seen, from bytes that he received.
#[derive(Default)]
pub struct Seen {
    /// Web's key.
    pub key: Option<RoleKey>,
    /// Every capability, in whichever direction.
    pub caps: Vec<CapToken>,
    /// Every token of a mailed link.
    pub links: Vec<LinkToken>,
    /// Of whom something sealed was opened, for others or for himself.
    pub opened: BTreeSet<Uuid>,
    /// Of whom something was opened for mails.
    pub mailed: BTreeSet<Uuid>,
    /// Who typed something: an order, a registration, mail address and password.
    pub typed: BTreeSet<Uuid>,
}

/// The tap in the wire; ends with the test's process.
pub struct Tap {
    seen: Arc<Mutex<Seen>>,
    /// The vault's own socket.
    pub real: PathBuf,
}

impl Tap {
    /// Lays it before the vault's socket, and ends `web`, which comes back and connects through it. `socket` is its path
    /// in the data folder.
    pub fn lay(shop: &Dozo, socket: &str) -> Tap {
        let socket = shop.data().join(socket);
        let real = socket.with_file_name("real.sock");
        std::fs::rename(&socket, &real).unwrap();
        let listener = UnixListener::bind(&socket).unwrap();
        let tap = Tap { seen: Arc::default(), real: real.clone() };
        let seen = Arc::clone(&tap.seen);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (seen, real) = (Arc::clone(&seen), real.clone());
                std::thread::spawn(move || relay(client, &real, &seen));
            }
        });
        let ended = shop.kill_child("web");
        let back = || shop.pids_of("web").first().is_some_and(|pid| *pid != ended);
        let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
        let mut visitor = testkit::http::Browser::new("ja");
        while !(back() && visitor.get(&shop.url("/cart")).is_ok_and(|a| a.status == 200)) {
            assert!(std::time::Instant::now() < end, "web does not come back");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        tap
    }

    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }
}

fn relay(mut client: UnixStream, real: &Path, seen: &Mutex<Seen>) -> Option<()> {
    let mut vault = UnixStream::connect(real).ok()?;
    let hello_frame = frame(&mut client)?;
    let hello: Hello = wire::Line::new(&hello_frame[..]).recv(HELLO_BYTES_MAX).ok()??;
    vault.write_all(&hello_frame).ok()?;
    let hello_role = hello.role;
    let of_web = hello_role == Role::Web;
    if of_web {
        seen.lock().unwrap().key = hello.key;
    }
    loop {
        let asked = frame(&mut client)?;
        vault.write_all(&asked).ok()?;
        let answered = frame(&mut vault)?;
        // What post says to the vault is not for code in `web` to see: he notes it apart, for when he is root.
        if of_web {
            let request: Request = wire::Line::new(&asked[..]).recv(FRAME_BYTES_MAX).unwrap().unwrap();
            let response: Response = wire::Line::new(&answered[..]).recv(FRAME_BYTES_MAX).unwrap().unwrap();
            seen.lock().unwrap().note(&request, &response);
        } else if hello_role == Role::Post {
            let request: Request = wire::Line::new(&asked[..]).recv(FRAME_BYTES_MAX).unwrap().unwrap();
            let response: Response = wire::Line::new(&answered[..]).recv(FRAME_BYTES_MAX).unwrap().unwrap();
            if let (Request::OpenMessage { items, .. }, Response::Message(mail)) = (&request, &response) {
                seen.lock().unwrap().mail(items, &mail.opened);
            }
        }
        client.write_all(&answered).ok()?;
    }
}

/// One frame, whole, with its length before it.
fn frame(from: &mut UnixStream) -> Option<Vec<u8>> {
    let mut frame = vec![0; 4];
    from.read_exact(&mut frame).ok()?;
    let bytes = u32::from_le_bytes(frame[..4].try_into().ok()?) as usize;
    frame.resize(4 + bytes, 0);
    from.read_exact(&mut frame[4..]).ok()?;
    Some(frame)
}

impl Seen {
    fn note(&mut self, request: &Request, response: &Response) {
        use {Request as Q, Response as A};
        match request {
            Q::Seal { items, .. } | Q::SealOrder { items, .. } if !matches!(response, A::Failed(_)) => {
                self.typed_in(items);
            }
            Q::AccountRegister { contact, .. } if !matches!(response, A::Failed(_)) => {
                self.typed_in(std::slice::from_ref(contact));
            }
            Q::Unseal { items, .. } => {
                if let A::Opened(opened) = response {
                    let read = items.iter().zip(opened).filter(|(_, o)| o.is_ok());
                    self.opened.extend(read.map(|(item, _)| item.place.person));
                }
            }
            _ => {}
        }
        self.caps.extend(cap_of(request).cloned());
        match request {
            Q::RedeemOrderLink { token }
            | Q::StaffRedeem { token }
            | Q::AccountTokenFor { token }
            | Q::AccountReset { token, .. }
            | Q::AccountMailConfirm { token } => self.links.push(token.clone()),
            _ => {}
        }
        match response {
            A::Cap(cap) => self.caps.push(cap.clone()),
            A::Redeemed(redeemed) => self.caps.push(redeemed.cap.clone()),
            A::Sealed(batch) => self.caps.extend(batch.ticket.clone()),
            A::OrderSealed(order) => self.caps.extend(order.grant.guest_cap.clone()),
            A::CustomerSignedIn(signed_in) => {
                self.caps.push(signed_in.cap.clone());
                // His mail address and password were typed.
                self.typed.insert(signed_in.person);
            }
            A::Account(change) => {
                self.caps.extend(change.cap.clone());
                self.typed.insert(change.person);
            }
            _ => {}
        }
    }

    /// Notes of whom a mail's fields were opened.
    pub fn mail(&mut self, items: &[UnsealItem], opened: &[Result<Plain, NotOpened>]) {
        let read = items.iter().zip(opened).filter(|(_, o)| o.is_ok());
        self.mailed.extend(read.map(|(item, _)| item.place.person));
    }

    fn typed_in(&mut self, items: &[SealItem]) {
        self.typed.extend(items.iter().map(|item| item.place.person));
    }

    /// Everybody of whom he has anything.
    pub fn persons(&self) -> BTreeSet<Uuid> {
        &self.opened | &self.typed
    }

    /// Each capability once.
    pub fn caps(&self) -> Vec<CapToken> {
        let mut known = BTreeSet::new();
        self.caps.iter().filter(|cap| known.insert(*cap.reveal())).cloned().collect()
    }
}

fn cap_of(request: &Request) -> Option<&CapToken> {
    use Request as Q;
    match request {
        Q::Seal { cap, .. } | Q::SealOrder { cap, .. } => cap.as_ref(),
        Q::Unseal { cap, .. }
        | Q::Index { cap, .. }
        | Q::WhoAmI { cap }
        | Q::OpenOrder { cap, .. }
        | Q::AccountPassword { cap, .. }
        | Q::AccountMailAsk { cap, .. }
        | Q::AccountMail { cap }
        | Q::AccountLeave { cap, .. } => Some(cap),
        _ => None,
    }
}
