//! What the vault adds to a page: the calls that `web` makes for it, one behind the other, beside a write and fdatasync
//! of the same disk at the same time. A page without the vault makes none of them.

use crate::{disk::Raw, measure::Measure};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::{
    path::Path,
    time::{Duration, Instant},
};
use uuid::Uuid;
use vault_api::{
    CapToken, Client, Column, IndexAsk, IndexField, Place, Plain, Purpose, Role, SealItem, Sealed, Secret,
    UnsealItem,
};

/// Rows of the list of orders.
const ROWS: usize = 50;
/// An own account's page takes at most so much longer than one fdatasync, µs.
const ACCOUNT_US_MAX: f64 = 80.0;
/// A list takes at most so many times an own account's page.
const LIST_TIMES_MAX: f64 = 1.5;
/// A look-up takes at most so much longer than one fdatasync, µs; the vault allows 300 an hour.
const LOOKUP_US_MAX: f64 = 1_000.0;
const LOOKUPS: usize = 250;
const MAIL: &str = "hanako@bench.example";
const PASSWORD: &str = "kuri no ki no shita de 1921";

/// Who looks at pages, and what stands in their rows.
struct Pages {
    web: Client,
    customer: CapToken,
    own: Vec<UnsealItem>,
    staff: CapToken,
    list: Vec<UnsealItem>,
}

/// The middle times of the pages' calls.
pub fn measure(socket: &Path, folder: &Path, time: Duration) -> Result<Vec<Measure>> {
    let pages = Pages::make(socket)?;
    let mut disk = Raw::open(folder)?;
    let [mut raw, mut account, mut list] = [const { Vec::new() }; 3];
    let begun = Instant::now();
    while begun.elapsed() < time {
        raw.push(timed(|| disk.write())?);
        account.push(timed(|| pages.account())?);
        list.push(timed(|| pages.list())?);
    }
    let mut lookups = Vec::new();
    for n in 0..LOOKUPS {
        lookups.push(timed(|| pages.look_up(n))?);
    }
    let rounds = account.len();
    let [raw, account, list, lookup] = [raw, account, list, lookups].map(p50_us);
    let detail = json!({ "disk_p50_us": raw, "rounds": rounds });
    let within = |name, us, max| Measure::within(name, "µs p50", us, max).detailed(detail.clone());
    Ok(vec![
        within("page_account", account, raw + ACCOUNT_US_MAX),
        within("page_list_50", list, account * LIST_TIMES_MAX),
        within("lookup_vault", lookup, raw + LOOKUP_US_MAX),
    ])
}

impl Pages {
    fn make(socket: &Path) -> Result<Pages> {
        let (owner, web) = (Client::connect(socket, Role::Owner)?, Client::connect(socket, Role::Web)?);
        let customer = Uuid::now_v7();
        let own = seal(
            &owner,
            [Column::CustomerEmail, Column::CustomerContact]
                .map(|column| Place::new(column, customer, customer)),
        )?;
        owner.customer_set_password(customer, Secret::new(MAIL), Secret::new(PASSWORD))?;
        let customer = web.customer_sign_in(Secret::new(MAIL), Secret::new(PASSWORD))?.cap;
        let link = owner.staff_invite(Uuid::now_v7(), Secret::new("chizuru"))?;
        let staff = web.staff_redeem(&link)?;
        let order = || Place::new(Column::OrdersContact, Uuid::now_v7(), Uuid::now_v7());
        let list = seal(&owner, std::iter::repeat_with(order).take(ROWS))?;
        Ok(Pages { web, customer, own, staff, list })
    }

    /// An own account: whose capability is it, his mail address and contact.
    fn account(&self) -> Result<()> {
        self.web.who_am_i(&self.customer)?;
        self.open(&self.customer, Purpose::OwnAccount, &self.own)
    }

    /// A list of orders: whose capability is it, the contact of each row.
    fn list(&self) -> Result<()> {
        self.web.who_am_i(&self.staff)?;
        self.open(&self.staff, Purpose::StaffList, &self.list)
    }

    fn open(&self, cap: &CapToken, purpose: Purpose, items: &[UnsealItem]) -> Result<()> {
        let opened = self.web.unseal(cap, purpose, items.to_vec())?;
        ensure!(opened.len() == items.len() && opened.iter().all(Result::is_ok), "a field did not open");
        Ok(())
    }

    fn look_up(&self, n: usize) -> Result<()> {
        let ask = IndexAsk::new(IndexField::Email, format!("{n}{MAIL}"));
        self.web.index(&self.staff, vec![ask])?.pop().context("no index")?;
        Ok(())
    }
}

fn seal(owner: &Client, places: impl IntoIterator<Item = Place>) -> Result<Vec<UnsealItem>> {
    let places: Vec<Place> = places.into_iter().collect();
    let item = |place: &Place| SealItem {
        place: *place,
        plaintext: Plain::new(super::load::CONTACT),
        create_person: true,
        index: Vec::new(),
    };
    let sealed = owner.seal(None, places.iter().map(item).collect())?.items;
    let field = |(place, sealed): (Place, Sealed)| UnsealItem { place, sealed };
    Ok(places.into_iter().zip(sealed.into_iter().map(|item| item.sealed)).map(field).collect())
}

fn timed(what: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let begun = Instant::now();
    what()?;
    Ok(begun.elapsed())
}

fn p50_us(mut took: Vec<Duration>) -> f64 {
    took.sort_unstable();
    took.get(took.len() / 2).map_or(0.0, |took| took.as_secs_f64() * 1e6)
}
