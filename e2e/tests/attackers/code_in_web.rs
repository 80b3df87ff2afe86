//! Code that runs inside `web`: it holds web's key, web's place at the vault's socket and the whole database, and keeps
//! every token it sees.
//!
//! What it gets is counted by itself, from bytes it received, and must be exactly whom the house names afterwards.

use crate::{HANAKO, Member, SAKURA, TARO, database, ledger, people, tap::Tap};
use e2e::{
    journey::{self, Buyer, Pay},
    plain,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};
use testkit::{Dozo, http::Browser};
use uuid::Uuid;
use vault_api::{
    AccountWish, CapToken, Client, Column, ExportAsk, ExportField, ExportReason, ExportRows, ExportSubject,
    Holder, IndexAsk, IndexField, LinkToken, MessageKind, OrderAsk, Place, Plain, Purpose, Reason, Role,
    SealItem, Secret, UnsealItem, VaultError,
};

/// What a member of staff may open in any hour.
const BUDGET: usize = 300;
const PURPOSES: [Purpose; 8] = [
    Purpose::OwnAccount,
    Purpose::Checkout,
    Purpose::OrderPage,
    Purpose::StaffList,
    Purpose::StaffOrder,
    Purpose::StaffShipping,
    Purpose::StaffInquiry,
    Purpose::StaffExport,
];
/// Items of a request.
const BATCH: usize = 1_000;
/// Strangers tried one by one with each capability of a customer.
const STRANGERS: usize = 60;

/// The attacker's own hands.
struct Attacker<'t> {
    tap: &'t Tap,
    vault: Client,
    /// Every sealed field of the database, by person.
    fields: BTreeMap<Uuid, Vec<UnsealItem>>,
    grants: Vec<(Uuid, Vec<u8>)>,
}

#[test]
fn opens_who_is_there_takes_over_nobody_and_is_named_to_the_person() {
    let shop = e2e::shop();
    let staff = e2e::staff::Staff::set_up(&shop);
    attack(&shop, shop.data(), "run/vault/vault.sock", staff, |_, _| {});
}

/// The whole of it, on a shop whose vault keeps its ledger in the data folder `vault`. `besides` is what he may do beyond
/// the code of `web`, with the tap and the grants of all mails.
pub fn attack(
    shop: &Dozo,
    vault: &Path,
    socket: &str,
    mut staff: e2e::staff::Staff,
    besides: impl FnOnce(&Tap, &[(Uuid, Vec<u8>)]),
) {
    // Signed in before he came: his cookie is live, his password was not typed under the attacker's eyes.
    let mut hanako = people::sign_in(shop, &HANAKO).unwrap();
    let mut morning = staff.sign_in(shop);

    let from_ms = crate::now_ms();
    let tap = Tap::lay(shop, socket);
    // Meanwhile people come and go.
    let guest = Buyer::unique();
    let mut browser = Browser::new("ja");
    let page = plain::order(&mut browser, shop, &guest, Pay::Cash).unwrap();
    assert!(browser.get(&page).unwrap().text().contains(&guest.name));
    assert!(hanako.get(&shop.url("/account")).unwrap().text().contains(HANAKO.name));
    people::sign_in(shop, &TARO).unwrap();
    let order = journey::order_id(&page).unwrap();
    assert!(people::open_order(shop, &mut morning, &order).contains(&guest.name));
    // The mail goes its own way: post opens, not web.
    journey::mails_to(shop, &guest.email, 1).unwrap();

    let before = tap.seen().persons();
    let attacker = Attacker::new(shop, &tap);
    let budgets = attacker.opens_all_he_can();
    let there = attacker.customers_there();
    attacker.enumerates_indexes();
    attacker.takes_over_accounts(&there);

    // He is counted: who was there, and the budget of the one member of staff who was.
    let his = tap.seen().persons();
    let strangers = his.difference(&before).filter(|p| !there.contains(p)).count();
    assert_eq!(budgets, 1, "one member of staff was there");
    assert!(strangers <= BUDGET, "{strangers} strangers opened on a budget of {BUDGET}");
    assert!(strangers > BUDGET / 2, "he used the budget: {strangers}");
    eprintln!(
        "{} persons: {} were there, {strangers} by the budget of staff",
        his.len(),
        his.len() - strangers
    );
    // And named, neither one too few nor one too many: who was opened, and who typed besides.
    assert_eq!(tap.seen().opened, ledger::persons_opened_by("web", vault, from_ms));
    let named = ledger::persons_seen_by_web(vault, from_ms);
    assert_eq!(his.difference(&named).count(), 0, "opened, and on no ledger");
    assert_eq!(
        named.difference(&his).collect::<Vec<_>>(),
        Vec::<&Uuid>::new(),
        "on the ledger, and not opened"
    );
    besides(&tap, &attacker.grants);
    assert_eq!(tap.seen().mailed, ledger::persons_opened_by("post", vault, from_ms));

    // Nobody lost an account, and nobody's is his.
    for member in [&HANAKO, &TARO, &SAKURA] {
        assert!(people::sign_in(shop, member).is_some(), "{} is locked out", member.mail);
        assert!(people::sign_in(shop, &Member { password: STOLEN, ..*member }).is_none());
    }
    staff.sign_in(shop);
}

/// The password that the attacker tries to set wherever he can.
const STOLEN: &str = "kore wa watashi no mono 4";

impl Attacker<'_> {
    fn new<'t>(shop: &Dozo, tap: &'t Tap) -> Attacker<'t> {
        let db = database::open(shop.data());
        let mut fields: BTreeMap<Uuid, Vec<UnsealItem>> = BTreeMap::new();
        for item in database::sealed_fields(&db) {
            fields.entry(item.place.person).or_default().push(item);
        }
        let mut rows =
            db.prepare("select id, message_grant from orders where message_grant is not null").unwrap();
        let grants = rows.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?))).unwrap();
        let grants = grants.map(|row| row.map(|(id, grant)| (id.parse().unwrap(), grant)).unwrap()).collect();
        let key = tap.seen().key.clone().expect("web said its key");
        Attacker { tap, vault: Client::with_key(&tap.real, Role::Web, Some(key)), fields, grants }
    }

    /// Asks for these, and keeps of whom he got something.
    fn opens(&self, cap: &CapToken, purpose: Purpose, items: Vec<UnsealItem>) -> Result<usize, VaultError> {
        let persons: Vec<Uuid> = items.iter().map(|item| item.place.person).collect();
        let opened = self.vault.unseal(cap, purpose, items)?;
        let read =
            persons.iter().zip(opened).filter(|(_, o)| o.as_ref().is_ok_and(|p| !p.reveal().is_empty()));
        let read: BTreeSet<Uuid> = read.map(|(person, _)| *person).collect();
        self.tap.seen().opened.extend(&read);
        Ok(read.len())
    }

    /// With every capability, for every purpose, everybody. Gives how many capabilities of staff he held.
    fn opens_all_he_can(&self) -> usize {
        let caps = self.tap.seen().caps();
        assert!(caps.len() >= 4, "a guest's, two customers', a member of staff's: {}", caps.len());
        let everything: Vec<&UnsealItem> = self.fields.values().flatten().collect();
        let mut staff = BTreeSet::new();
        for cap in &caps {
            match self.vault.who_am_i(cap).map(|identity| identity.holder) {
                Ok(Holder::Staff { staff: who, .. }) => {
                    if staff.insert(who) {
                        self.tries_to_export(cap);
                        self.spends_the_budget(cap);
                    }
                    continue;
                }
                Ok(Holder::OwnAccount { person } | Holder::GuestOrder { person, .. }) => {
                    self.tries_strangers(cap, person);
                }
                Ok(Holder::Ticket | Holder::Export { .. }) => self.tries_strangers(cap, Uuid::nil()),
                Err(_) => {}
            }
            for (n, batch) in everything.chunks(BATCH).enumerate() {
                let batch = batch.iter().map(|item| (*item).clone()).collect();
                let asked = self.opens(cap, PURPOSES[n % PURPOSES.len()], batch);
                assert!(asked.is_err(), "a thousand fields of everybody were opened at once");
            }
        }
        // Without any, or with what stands in the database.
        for (_, grant) in self.grants.iter().take(20) {
            let guess = CapToken::from_bytes(grant[..32].try_into().unwrap());
            let item = everything[0].clone();
            let denied = Err(VaultError::Denied(Reason::NoCapability));
            assert_eq!(self.opens(&guess, Purpose::OwnAccount, vec![item]), denied);
        }
        staff.len()
    }

    /// One by one: a batch with one stranger in it is refused as a whole.
    fn tries_strangers(&self, cap: &CapToken, own: Uuid) {
        let step = self.fields.len() / STRANGERS;
        for (n, (person, items)) in self.fields.iter().enumerate().filter(|(n, _)| n % step == 0) {
            if *person != own {
                let asked = self.opens(cap, PURPOSES[n % PURPOSES.len()], items.clone());
                assert!(
                    matches!(asked, Err(VaultError::Denied(_))),
                    "a customer's right opened a stranger: {asked:?}"
                );
            }
        }
        // His own person he gets, for as long as that right lives.
        if let Some(items) = self.fields.get(&own) {
            for purpose in PURPOSES {
                items.iter().for_each(|item| drop(self.opens(cap, purpose, vec![item.clone()])));
            }
        }
    }

    /// With a live right he asks for an export at most: it is approved by a proof that is younger than the asking.
    fn tries_to_export(&self, cap: &CapToken) {
        let everybody = self.fields.values().flatten().map(|item| item.place);
        let rows = everybody.filter(|place| place.column == Column::CustomerEmail);
        let rows = rows.map(|place| (place.row, place.person)).collect();
        let ask = ExportAsk {
            subject: ExportSubject::Customers,
            reason: ExportReason::Migration,
            fields: vec![ExportField::Email],
            from_ms: 0,
            until_ms: i64::MAX,
            rows: vec![ExportRows { column: Column::CustomerEmail, rows }],
        };
        match self.vault.export_ask(cap, ask) {
            Ok(export) => {
                let mail = Secret::new("thief@canary.example");
                let approved = self.vault.export_approve(cap, export.id, export.hash, mail);
                assert_eq!(approved.err(), Some(VaultError::Denied(Reason::Unproved)), "by nobody's hand");
                assert!(self.vault.export_take(cap, export.id).is_err());
            }
            Err(refused) => assert_eq!(refused, VaultError::Denied(Reason::Unproved)),
        }
    }

    fn spends_the_budget(&self, cap: &CapToken) {
        let mut refused = 0;
        for items in self.fields.values().rev() {
            match self.opens(cap, Purpose::StaffOrder, items.clone()) {
                Err(VaultError::Denied(Reason::Budget)) => refused += 1,
                // Not for this purpose, whoever it is.
                Err(VaultError::Denied(Reason::NotCovered)) => {}
                Ok(_) => assert_eq!(refused, 0, "the budget came back within the hour"),
                Err(other) => panic!("{other}"),
            }
            if refused > 40 {
                return;
            }
        }
        panic!("the budget never ended");
    }

    /// Those whose right the attacker saw alive.
    fn customers_there(&self) -> BTreeSet<Uuid> {
        let caps = self.tap.seen().caps();
        let holders = caps.iter().filter_map(|cap| self.vault.who_am_i(cap).ok());
        let persons = holders.filter_map(|identity| match identity.holder {
            Holder::OwnAccount { person } | Holder::GuestOrder { person, .. } => Some(person),
            Holder::Staff { .. } | Holder::Ticket | Holder::Export { .. } => None,
        });
        persons.collect()
    }

    fn enumerates_indexes(&self) {
        let ask = |n: usize| vec![IndexAsk::new(IndexField::Phone, format!("0900000{n:04}"))];
        let mut looked = 0;
        for cap in self.tap.seen().caps() {
            for n in 0..BUDGET + 40 {
                match self.vault.index(&cap, ask(n)) {
                    Ok(_) => looked += 1,
                    Err(VaultError::Denied(_)) => break,
                    Err(other) => panic!("{other}"),
                }
            }
        }
        assert!(looked <= BUDGET, "{looked} look-ups on a budget of {BUDGET}");
    }

    /// Everything that sets a password, an address or a way in, for people who are not there, and for those who are.
    fn takes_over_accounts(&self, there: &BTreeSet<Uuid>) {
        let absent: Vec<Uuid> = self.fields.keys().copied().filter(|p| !there.contains(p)).take(20).collect();
        let secret = || Secret::new(STOLEN);
        let denied = |reason| Some(VaultError::Denied(reason));
        let caps: Vec<Option<CapToken>> =
            self.tap.seen().caps().into_iter().map(Some).chain([None]).collect();
        for person in &absent {
            let set = self.vault.customer_set_password(*person, Secret::new(SAKURA.mail), secret());
            assert_eq!(set.err(), denied(Reason::Role));
            for cap in &caps {
                for create_person in [true, false] {
                    let place = Place::new(Column::CustomerContact, *person, *person);
                    let item =
                        SealItem { place, plaintext: Plain::new(*b"his"), create_person, index: vec![] };
                    assert!(self.vault.seal(cap.as_ref(), vec![item.clone()]).is_err(), "overwritten");
                    let ask =
                        OrderAsk { order: Uuid::from_u128(9), person: *person, places: vec![item.place] };
                    assert!(
                        self.vault.seal_order(cap.as_ref(), vec![item], ask).is_err(),
                        "an order in his name"
                    );
                }
            }
        }
        // Mails about accounts: the token is in the vault's grant, which opens for post alone.
        for mail in [SAKURA.mail, HANAKO.mail] {
            let grant = self.vault.account_ask(Secret::new(mail), AccountWish::Reset).unwrap();
            assert!(
                self.vault.open_account_message(&grant, Uuid::from_u128(5)).is_err(),
                "the token of a reset"
            );
            for at in 0..grant.len().saturating_sub(32) {
                let guess = LinkToken::from_bytes(grant[at..at + 32].try_into().unwrap());
                assert_eq!(self.vault.account_reset(&guess, secret()).err(), denied(Reason::Token));
            }
        }
        for cap in caps.iter().flatten() {
            // A live right is not the password that it came from.
            assert!(self.vault.account_password(cap, secret(), secret()).is_err());
            assert!(self.vault.account_mail_ask(cap, secret(), Secret::new("thief@canary.example")).is_err());
            assert!(self.vault.account_leave(cap, secret(), vec![]).is_err());
            assert!(self.vault.staff_set_password(cap, secret()).is_err(), "a member of staff's password");
            assert!(self.vault.staff_enroll_totp(cap).is_err(), "a member of staff's authenticator");
            for (order, grant) in &self.grants {
                // A customer's right opens his own orders, however many of them are among these.
                if let Ok(redeemed) = self.vault.open_order(cap, grant) {
                    let holder = self.vault.who_am_i(cap).unwrap().holder;
                    assert_eq!(holder, Holder::OwnAccount { person: redeemed.person }, "a stranger's order");
                    assert_eq!(redeemed.order, *order);
                }
                let items = vec![];
                let mail = self.vault.open_message(grant, *order, MessageKind::OrderReceived, items);
                assert_eq!(mail.err(), denied(Reason::Role), "mails are for post");
            }
        }
        assert!(
            self.vault.staff_invite(Uuid::from_u128(7), Secret::new("thief")).is_err(),
            "a new member of staff"
        );
        assert!(self.vault.staff_sign_in(Secret::new("chizuru"), secret(), Secret::new("000000")).is_err());
        for link in &self.tap.seen().links {
            assert!(
                self.vault.staff_redeem(link).is_err() && self.vault.account_reset(link, secret()).is_err()
            );
        }
        // Web's key makes it nobody else.
        for role in [Role::Post, Role::Owner, Role::Watch] {
            let other = Client::with_key(&self.tap.real, role, self.tap.seen().key.clone());
            assert_eq!(other.ping().err(), Some(VaultError::Unavailable), "{role:?}");
        }
    }
}
