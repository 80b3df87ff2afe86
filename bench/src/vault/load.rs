//! Persons with a sealed contact each, and callers who open them.

use anyhow::{Context, Result, bail, ensure};
use rustix::{buffer::spare_capacity, event::epoll};
use std::{
    os::unix::net::UnixStream,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use uuid::Uuid;
use vault_api::{
    CapToken, Client, Column, FRAME_BYTES_MAX, Hello, OrderAsk, Place, Plain, Purpose, Request, Response,
    Role, SealItem, Sealed, UnsealItem,
};
use wire::Line;

/// Persons of one order: its capability covers them. A request opens at most so many.
const ORDER_PERSONS: usize = 64;
/// Callers who fill the vault.
const FILLERS: usize = 32;
/// Threads that drive the callers.
const DRIVERS: usize = 2;
/// What is sealed for each: as long as a contact is.
pub const CONTACT: &str = concat!(
    r#"{"name":"栗田 花子","kana":"クリタ ハナコ","phone":"09012345678","postcode":"3900811","#,
    r#""prefecture":"長野県","city":"松本市中央","street":"1-2-3","building":""}"#
);

/// What a shop knows of an order: the capability, and what stands in its rows.
pub struct Order {
    cap: CapToken,
    fields: Vec<(Place, Sealed)>,
}

/// A measured run.
pub struct Run {
    /// How many requests were answered.
    pub requests: u64,
    /// How many different persons were opened.
    pub distinct: usize,
    records: u64,
    time: Duration,
    took: Vec<Duration>,
}

impl Run {
    /// Records opened in a second.
    pub fn records_per_s(&self) -> u64 {
        (self.records as f64 / self.time.as_secs_f64()) as u64
    }

    /// How long so many in a hundred requests took at most, µs.
    pub fn percentile_us(&self, percent: usize) -> u64 {
        let at = (self.took.len() * percent / 100).min(self.took.len().saturating_sub(1));
        self.took.get(at).map_or(0, |took| took.as_micros() as u64)
    }
}

/// Makes the persons, sixty-four an order.
pub fn fill(socket: &Path, persons: usize) -> Result<Vec<Order>> {
    let orders = persons.div_ceil(ORDER_PERSONS);
    let (next, made) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(orders)));
    std::thread::scope(|scope| {
        let fillers: Vec<_> =
            (0..FILLERS).map(|_| scope.spawn(|| fill_some(socket, orders, &next, &made))).collect();
        fillers
            .into_iter()
            .try_for_each(|filler| filler.join().map_err(|_| anyhow::anyhow!("a filler died"))?)
    })?;
    Ok(made.into_inner().unwrap_or_else(|p| p.into_inner()))
}

fn fill_some(socket: &Path, orders: usize, next: &AtomicUsize, made: &Mutex<Vec<Order>>) -> Result<()> {
    let vault = Client::connect(socket, Role::Web)?;
    while next.fetch_add(1, Ordering::Relaxed) < orders {
        let place = || Place::new(Column::OrderRecipientContact, Uuid::now_v7(), Uuid::now_v7());
        let places: Vec<Place> = std::iter::repeat_with(place).take(ORDER_PERSONS).collect();
        let items = places.iter().map(|place| SealItem {
            place: *place,
            plaintext: Plain::new(CONTACT),
            create_person: true,
            index: Vec::new(),
        });
        let ask = OrderAsk { order: Uuid::now_v7(), person: places[0].person, places: places.clone() };
        let sealed = vault.seal_order(None, items.collect(), ask)?;
        let cap = sealed.grant.guest_cap.context("no capability for a guest's order")?;
        let fields = places.into_iter().zip(sealed.items.into_iter().map(|item| item.sealed)).collect();
        made.lock().unwrap_or_else(|p| p.into_inner()).push(Order { cap, fields });
    }
    Ok(())
}

/// How many entries the ledger has.
pub fn entries(socket: &Path) -> Result<u64> {
    Ok(Client::connect(socket, Role::Owner)?.ping()?.ledger_seq)
}

/// Lets callers open records for a time: each has a connection, and asks again when it is answered. Few threads drive
/// them all, as a load generator does, so that what is measured is the vault and not the switching between callers.
pub fn open(socket: &Path, orders: &[Order], clients: usize, records: usize, time: Duration) -> Result<Run> {
    ensure!(records <= ORDER_PERSONS, "an order has {ORDER_PERSONS} persons");
    let (next, order_of) = (AtomicUsize::new(0), shuffled(orders.len() * (ORDER_PERSONS / records)));
    let asks = Asks { orders, records, next: &next, order_of: &order_of };
    let threads = DRIVERS.min(clients);
    let begun = Instant::now();
    let parts = std::thread::scope(|scope| {
        let share = |n| clients / threads + usize::from(n < clients % threads);
        let drivers: Vec<_> =
            (0..threads).map(|n| scope.spawn(move || drive(socket, asks, share(n), begun + time))).collect();
        let parts = drivers.into_iter().map(|d| d.join().map_err(|_| anyhow::anyhow!("a driver died"))?);
        parts.collect::<Result<Vec<_>>>()
    })?;
    let time = begun.elapsed();
    let mut took: Vec<Duration> = parts.into_iter().flatten().collect();
    took.sort();
    let requests = took.len() as u64;
    let distinct = took.len().min(order_of.len()) * records;
    Ok(Run { requests, distinct, records: requests * records as u64, time, took })
}

/// What is asked: the next records that nobody has opened in this round.
#[derive(Clone, Copy)]
struct Asks<'a> {
    orders: &'a [Order],
    records: usize,
    next: &'a AtomicUsize,
    order_of: &'a [u32],
}

impl Asks<'_> {
    fn next(&self) -> Request {
        let parts = ORDER_PERSONS / self.records;
        let at = self.order_of[self.next.fetch_add(1, Ordering::Relaxed) % self.order_of.len()] as usize;
        let (order, part) = (&self.orders[at / parts], at % parts);
        let fields = order.fields[part * self.records..][..self.records].iter();
        let items =
            fields.map(|(place, sealed)| UnsealItem { place: *place, sealed: sealed.clone() }).collect();
        Request::Unseal { cap: order.cap.clone(), purpose: Purpose::OrderPage, items }
    }

    /// Whether every record came, as it was sealed.
    fn check(&self, answer: Response) -> Result<()> {
        let Response::Opened(opened) = answer else { bail!("not opened") };
        let right = |plain: &Result<Plain, _>| plain.as_ref().is_ok_and(|p| p.reveal() == CONTACT.as_bytes());
        ensure!(opened.len() == self.records && opened.iter().all(right), "a record did not open");
        Ok(())
    }
}

/// Drives some callers.
fn drive(socket: &Path, asks: Asks<'_>, callers: usize, until: Instant) -> Result<Vec<Duration>> {
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let mut lines = Vec::new();
    for n in 0..callers {
        let mut line = Line::new(UnixStream::connect(socket)?);
        line.send(&Hello { role: Role::Web, key: None })?;
        epoll::add(&epoll, line.stream(), epoll::EventData::new_u64(n as u64), epoll::EventFlags::IN)?;
        lines.push((line, Instant::now()));
    }
    for (line, asked) in &mut lines {
        let request = asks.next();
        *asked = Instant::now();
        line.send(&request)?;
    }
    let (mut events, mut waiting, mut took) = (Vec::with_capacity(callers), callers, Vec::new());
    while waiting > 0 {
        epoll::wait(&epoll, spare_capacity(&mut events), None)?;
        for event in events.drain(..) {
            let (line, asked) = &mut lines[event.data.u64() as usize];
            let answer = line.recv::<Response>(FRAME_BYTES_MAX)?.context("the vault has hung up")?;
            let now = Instant::now();
            took.push(now - *asked);
            asks.check(answer)?;
            if now < until {
                let request = asks.next();
                *asked = Instant::now();
                line.send(&request)?;
            } else {
                waiting -= 1;
            }
        }
    }
    Ok(took)
}

/// The numbers below `count`, in a random order.
fn shuffled(count: usize) -> Vec<u32> {
    let mut all: Vec<u32> = (0..count as u32).collect();
    for at in (1..count).rev() {
        all.swap(at, (Uuid::new_v4().as_u64_pair().1 % (at as u64 + 1)) as usize);
    }
    all
}
