//! Exports: who asks, who approves what, what then opens and what does not; and where it stops.

use super::{
    people::{code, set_up_as},
    *,
};
use crate::clock::{DAY_MS, HOUR_MS, MINUTE_MS};
use vault_api::{
    AccountMessageKind, EXPORT_PLACES_MAX, Export, ExportApproved, ExportAsk, ExportField, ExportReason,
    ExportRows, ExportState, ExportSubject, ExportTaken, Exports,
};

const SHOP: &str = "shop@risudo.example";
const MEMBERS: u128 = 5;

/// Five members (more than the hour's budget of three), an owner and a clerk who can both sign in.
struct Shop {
    bench: Bench,
    sealed: Vec<(Place, Sealed)>,
    owner: (CapToken, Vec<u8>),
    clerk: (CapToken, Vec<u8>),
}

fn member(n: u128) -> Place {
    Place::new(Column::CustomerEmail, id(n), id(n))
}

fn shop() -> Shop {
    let bench = Bench::new();
    let sealed = (1..=MEMBERS).map(|n| (member(n), bench.seal_new(&member(n), &mail(n)).0)).collect();
    let (owner, clerk) = (set_up_as(&bench, id(90), "owner"), set_up_as(&bench, id(91), "clerk"));
    bench.house().store.write(|tx| tx.remove(crate::store::STAFF_OWNERS, id(91).as_bytes())).unwrap();
    Shop { bench, sealed, owner, clerk }
}

fn mail(n: u128) -> String {
    format!("member-{n}@example.jp")
}

fn ask_for(members: impl Iterator<Item = u128>) -> ExportAsk {
    let rows = members.map(|n| (id(n), id(n))).collect();
    ExportAsk {
        subject: ExportSubject::Customers,
        reason: ExportReason::Mailing,
        fields: vec![ExportField::Email],
        from_ms: 0,
        until_ms: START_MS,
        rows: vec![ExportRows { column: Column::CustomerEmail, rows }],
    }
}

impl Shop {
    fn asks(&self, cap: &CapToken, ask: ExportAsk) -> Result<Export, VaultError> {
        match self.bench.ask(Role::Web, Request::ExportAsk { cap: cap.clone(), ask })? {
            Response::Export(export) => Ok(export),
            _ => panic!("another answer"),
        }
    }

    fn approves(&self, cap: &CapToken, export: &Export) -> Result<ExportApproved, VaultError> {
        let (id, hash, shop_mail) = (export.id, export.hash, Secret::new(SHOP));
        let ask = Request::ExportApprove { cap: cap.clone(), export: id, hash, shop_mail };
        match self.bench.ask(Role::Web, ask)? {
            Response::ExportApproved(approved) => Ok(approved),
            _ => panic!("another answer"),
        }
    }

    fn takes(&self, cap: &CapToken, export: &Export) -> Result<ExportTaken, VaultError> {
        match self.bench.ask(Role::Web, Request::ExportTake { cap: cap.clone(), export: export.id })? {
            Response::ExportTaken(taken) => Ok(taken),
            _ => panic!("another answer"),
        }
    }

    fn list(&self, cap: &CapToken) -> Exports {
        match self.bench.ask(Role::Web, Request::Exports { cap: cap.clone() }) {
            Ok(Response::Exports(exports)) => exports,
            _ => panic!("no list"),
        }
    }

    /// Time goes on to the next code, and he proves himself.
    fn proves(&self, (cap, secret): &(CapToken, Vec<u8>)) {
        self.bench.pass(MINUTE_MS);
        self.bench.prove_by_code(cap, PASSWORD, &code(&self.bench, secret)).unwrap();
    }

    fn opens(&self, cap: &CapToken, members: &[u128]) -> Opened {
        let at = |n: &u128| &self.sealed[*n as usize - 1];
        let items: Vec<_> = members.iter().map(at).map(|(place, sealed)| (place, sealed)).collect();
        self.bench.unseal(cap, Purpose::StaffExport, &items)
    }

    /// An export of all members that waits for the clerk.
    fn waiting(&self) -> Export {
        self.proves(&self.owner);
        self.asks(&self.owner.0, ask_for(1..=MEMBERS)).unwrap()
    }

    /// One that the clerk has approved.
    fn approved(&self) -> Export {
        let export = self.waiting();
        self.proves(&self.clerk);
        self.approves(&self.clerk.0, &export).unwrap().export
    }
}

#[test]
fn two_persons_and_then_exactly_that_once() {
    let mut s = shop();
    let mut ask = ask_for((1..=3).chain(1..=2));
    ask.rows[0].rows.reverse();
    s.proves(&s.owner);
    let export = s.asks(&s.owner.0, ask).unwrap();
    assert_eq!((export.persons, export.state, export.asked.0), (3, ExportState::Waiting, id(90)));
    assert_eq!(s.takes(&s.owner.0, &export).err(), Some(VaultError::Denied(Reason::Export)), "not yet");
    s.bench.restart();
    assert_eq!(s.list(&s.clerk.0).all, std::slice::from_ref(&export), "it waits over a restart");
    s.proves(&s.clerk);
    let approved = s.approves(&s.clerk.0, &export).unwrap();
    assert_eq!(approved.export.approved.map(|(by, _)| by), Some(id(91)));
    assert!(approved.grant.is_none() && !approved.export.is_alone());
    assert_eq!(s.takes(&s.clerk.0, &export).err(), Some(VaultError::Denied(Reason::NotCovered)));
    let taken = s.takes(&s.owner.0, &export).unwrap();
    assert_eq!(taken.rows, ask_for(1..=3).rows);
    assert_eq!(s.takes(&s.owner.0, &export).err(), Some(VaultError::Denied(Reason::Export)), "once");

    assert_eq!(s.opens(&taken.cap, &[1, 4]), denied(Reason::NotCovered), "nobody who was not in it");
    assert_eq!(s.opens(&taken.cap, &[2, 2]), denied(Reason::NotCovered));
    assert_eq!(s.opens(&taken.cap, &[2, 1]), Ok(vec![Ok(mail(2)), Ok(mail(1))]));
    assert_eq!(s.opens(&taken.cap, &[1]), denied(Reason::NotCovered), "each row once");
    let (place, sealed) = &s.sealed[2];
    let other = s.bench.unseal(&taken.cap, Purpose::StaffList, &[(place, sealed)]);
    assert_eq!(other, denied(Reason::NotCovered), "for an export and nothing else");
    let looked = Request::Index { cap: taken.cap.clone(), items: vec![] };
    assert_eq!(err(s.bench.ask(Role::Web, looked)), Some(VaultError::Denied(Reason::NotCovered)));
    assert_eq!(s.opens(&s.owner.0, &[3]), denied(Reason::NotCovered), "a sign-in exports nothing");
    s.bench.restart();
    assert_eq!(s.opens(&taken.cap, &[3]), denied(Reason::NoCapability));
    assert_eq!(s.list(&s.clerk.0).all[0].state, ExportState::Taken);
}

#[test]
fn each_person_is_on_the_ledger_and_nobodys_hour_is_used_up() {
    let mut s = shop();
    let export = s.approved();
    let taken = s.takes(&s.owner.0, &export).unwrap();
    assert!(s.opens(&taken.cap, &[1, 2, 3, 4, 5]).unwrap().iter().all(Result::is_ok));
    let ledger = s.bench.ledger();
    let entry = ledger.iter().rfind(|e| e["kind"] == "unseal").unwrap();
    let name = format!("export {}", ::ledger::hex(&export.hash));
    assert_eq!((&entry["purpose"], &entry["reason"]), (&"staff_export".into(), &name.clone().into()));
    assert_eq!(entry["staff"], id(90).to_string());
    assert_eq!(entry["places"]["customer.email"].as_array().unwrap().len(), 5);
    let steps = ledger.iter().filter_map(|e| e["reason"].as_str()?.strip_prefix(&name).map(str::to_owned));
    let want = [" asked for: 5 persons", " approved: 5 persons", " taken out: 5 persons", ""];
    assert_eq!(steps.collect::<Vec<_>>(), want);
    for _ in 0..2 {
        let left = Request::BudgetLeft { cap: s.owner.0.clone() };
        let Ok(Response::BudgetLeft(left)) = s.bench.ask(Role::Web, left) else { panic!("no budget") };
        assert_eq!(left.persons, 3, "after a restart too");
        s.bench.restart();
    }
}

#[test]
fn who_approves_is_another_one_and_proves_himself_after_it_was_asked_for() {
    let s = shop();
    let refused = |done: Result<ExportApproved, VaultError>, why| {
        assert_eq!(done.err(), Some(VaultError::Denied(why)));
    };
    assert_eq!(
        s.asks(&s.clerk.0, ask_for(1..=1)).err(),
        None,
        "whoever came by an invitation proved himself there"
    );
    s.bench.pass(10 * MINUTE_MS);
    let stale = s.asks(&s.owner.0, ask_for(1..=2));
    assert_eq!(stale.err(), Some(VaultError::Denied(Reason::Unproved)));
    s.proves(&s.clerk);
    let export = s.waiting();
    s.proves(&s.owner);
    refused(s.approves(&s.owner.0, &export), Reason::NotCovered);
    // His proof of a moment before lies in `web`, and is not for this.
    refused(s.approves(&s.clerk.0, &export), Reason::Unproved);
    s.proves(&s.clerk);
    let mut other = export.clone();
    other.hash[0] ^= 1;
    refused(s.approves(&s.clerk.0, &other), Reason::Export);
    s.bench.pass(6 * MINUTE_MS);
    refused(s.approves(&s.clerk.0, &export), Reason::Unproved);
    s.proves(&s.clerk);
    assert!(s.approves(&s.clerk.0, &export).is_ok());
    refused(s.approves(&s.clerk.0, &export), Reason::Export);
    let customer = s.bench.customer(id(1), &mail(1));
    refused(s.approves(&customer, &export), Reason::NotCovered);
    for role in [Role::Post, Role::Watch, Role::Owner, Role::Keeper] {
        let list = Request::Exports { cap: s.owner.0.clone() };
        assert_eq!(err(s.bench.ask(role, list)), Some(VaultError::Denied(Reason::Role)));
    }
}

#[test]
fn an_owner_alone_approves_his_own_and_the_shop_is_told() {
    let s = shop();
    let owner = &s.owner;
    assert!(!s.list(&owner.0).alone);
    let let_go = Request::StaffRemove { cap: owner.0.clone(), staff: id(91) };
    s.proves(owner);
    s.bench.ask(Role::Web, let_go).unwrap();
    // Somebody who was invited and cannot sign in by himself is no second person.
    let invited = s.bench.staff(id(92), "new");
    assert!(s.list(&owner.0).alone && !s.list(&invited).alone);
    let export = s.waiting();
    let early = s.approves(&owner.0, &export).err();
    assert_eq!(early, Some(VaultError::Denied(Reason::Unproved)), "a second proof, after the asking");
    s.proves(owner);
    let approved = s.approves(&owner.0, &export).unwrap();
    assert!(approved.export.is_alone());
    let grant = approved.grant.unwrap();
    let mail = match s.bench.ask(Role::Post, Request::OpenAccountMessage { grant, message: id(8) }) {
        Ok(Response::AccountMessage(mail)) => mail,
        _ => panic!("no mail"),
    };
    assert_eq!((mail.kind, mail.to.reveal()), (AccountMessageKind::ExportAlone, SHOP));
    assert!(s.bench.ledger().iter().any(|e| e["reason"].to_string().contains("approved alone")));
    assert!(s.takes(&owner.0, &export).is_ok());
}

#[test]
fn it_stops_while_frozen_and_while_the_witness_is_away() {
    let mut s = shop();
    let (waiting, approved) = (s.waiting(), s.approved());
    let taken = s.approved();
    let running = s.takes(&s.owner.0, &taken).unwrap();
    assert!(s.opens(&running.cap, &[1]).is_ok());
    s.bench.ask(Role::Owner, Request::HoneytokenTest).unwrap();
    s.proves(&s.clerk);
    s.proves(&s.owner);
    let stopped = |s: &Shop, why: Reason| {
        let why = Some(VaultError::Denied(why));
        assert_eq!(s.asks(&s.owner.0, ask_for(1..=1)).err(), why);
        assert_eq!(s.approves(&s.clerk.0, &waiting).err(), why);
        assert_eq!(s.takes(&s.owner.0, &approved).err(), why);
    };
    stopped(&s, Reason::Frozen);
    assert_eq!(s.opens(&running.cap, &[2]), denied(Reason::Frozen));
    s.bench.ask(Role::Web, Request::Unfreeze { cap: s.owner.0.clone() }).unwrap();
    assert_eq!(s.opens(&running.cap, &[2]), denied(Reason::NoCapability), "what ran is over");

    s.bench.house = None;
    s.bench.house = Some(s.bench.open_with(|config| config.witnessed = true).unwrap());
    s.bench.pass(DAY_MS + HOUR_MS);
    s.owner.0 = super::people::sign_in(&s.bench, "owner", PASSWORD, &code(&s.bench, &s.owner.1)).unwrap();
    s.clerk.0 = super::people::sign_in(&s.bench, "clerk", PASSWORD, &code(&s.bench, &s.clerk.1)).unwrap();
    assert_eq!(s.asks(&s.owner.0, ask_for(1..=1)).err(), Some(VaultError::Denied(Reason::WitnessAway)));
}

#[test]
fn who_was_planted_is_exported_as_everybody_else() {
    let s = shop();
    s.bench.ask(Role::Owner, Request::HoneytokenPlant { items: vec![], persons: vec![id(2)] }).unwrap();
    let export = s.approved();
    let taken = s.takes(&s.owner.0, &export).unwrap();
    assert_eq!(taken.rows, ask_for(1..=MEMBERS).rows, "whoever is left out would be known");
    assert_eq!(s.opens(&taken.cap, &[1, 2]), Ok(vec![Ok(mail(1)), Ok(mail(2))]));
    assert!(s.opens(&taken.cap, &[3]).is_ok(), "nothing froze");
}

#[test]
fn what_waits_is_ended_or_ends_and_its_rows_are_forgotten() {
    let s = shop();
    let rows = |s: &Shop| s.bench.house().store.count(crate::store::EXPORT_ROWS).unwrap();
    let (late, ended) = (s.waiting(), s.waiting());
    let end = |cap: &CapToken, export: &Export| {
        s.bench.ask(Role::Web, Request::ExportEnd { cap: cap.clone(), export: export.id })
    };
    assert!(end(&s.clerk.0, &ended).is_ok());
    assert_eq!(err(end(&s.clerk.0, &ended)), Some(VaultError::Denied(Reason::Export)));
    s.proves(&s.clerk);
    assert_eq!(s.approves(&s.clerk.0, &ended).err(), Some(VaultError::Denied(Reason::Export)));
    let approved = s.approved();
    assert_eq!(rows(&s), 2);
    s.bench.pass(DAY_MS);
    let owner = super::people::sign_in(&s.bench, "owner", PASSWORD, &code(&s.bench, &s.owner.1)).unwrap();
    let states: Vec<_> = s.list(&owner).all.iter().map(|e| (e.id, e.state)).collect();
    assert!(states.contains(&(late.id, ExportState::Expired)), "{states:?}");
    s.bench.pass(MINUTE_MS);
    assert_eq!(s.takes(&owner, &approved).err(), Some(VaultError::Denied(Reason::Export)));
    s.bench.house().sweep_caps().unwrap();
    assert_eq!(rows(&s), 0);
}

#[test]
fn what_contradicts_itself_or_is_too_much_is_not_taken() {
    let s = shop();
    s.proves(&s.owner);
    let bad = |change: &dyn Fn(&mut ExportAsk)| {
        let mut ask = ask_for(1..=2);
        change(&mut ask);
        assert!(matches!(s.asks(&s.owner.0, ask), Err(VaultError::BadRequest(_))));
    };
    bad(&|ask| ask.fields.clear());
    bad(&|ask| ask.fields = vec![ExportField::Email; 2]);
    bad(&|ask| ask.fields = vec![ExportField::Name]);
    bad(&|ask| ask.fields = vec![ExportField::Email, ExportField::Recipient]);
    bad(&|ask| ask.fields = vec![ExportField::Name, ExportField::Email]);
    bad(&|ask| ask.rows[0].column = Column::InquiryBody);
    bad(&|ask| ask.rows.clear());
    bad(&|ask| ask.rows[0].rows.clear());
    bad(&|ask| ask.rows.push(ask.rows[0].clone()));
    bad(&|ask| ask.until_ms = ask.from_ms);
    bad(&|ask| ask.rows[0].rows = (0..=EXPORT_PLACES_MAX as u128).map(|n| (id(n), id(n))).collect());
    for _ in 0..vault_api::EXPORTS_WAITING_MAX {
        s.asks(&s.owner.0, ask_for(1..=2)).unwrap();
    }
    assert_eq!(s.asks(&s.owner.0, ask_for(1..=2)).err(), Some(VaultError::Busy));
}
