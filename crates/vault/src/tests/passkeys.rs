//! Passkeys: the way of a customer and of a staff member with one, and everything that is refused.

use super::{
    authenticator::{Device, FLAGS, Pair},
    *,
};
use crate::clock::{HOUR_MS, MINUTE_MS};
use vault_api::{
    AccountChange, AccountMessageKind, AccountWish, Holder, PASSKEYS_MAX, PasskeyAsk, PasskeyAssertion,
    PasskeyEnrolment, PasskeyFlaw, Passkeys, Proof, Sort,
};

impl Bench {
    pub(super) fn passkey_ask(&self, sort: Sort) -> PasskeyAsk {
        match self.ask(Role::Web, Request::PasskeyAsk { sort }) {
            Ok(Response::PasskeyAsk(ask)) => ask,
            _ => panic!("another answer"),
        }
    }

    pub(super) fn enrolment(&self, cap: &CapToken) -> Result<PasskeyEnrolment, VaultError> {
        match self.ask(Role::Web, Request::PasskeyEnrolAsk { cap: cap.clone() })? {
            Response::PasskeyEnrolment(enrolment) => Ok(enrolment),
            _ => panic!("another answer"),
        }
    }

    pub(super) fn enrol(&self, cap: &CapToken, device: &mut Device) -> Result<AccountChange, VaultError> {
        let attestation = device.make(&self.enrolment(cap)?);
        let name = Secret::new("花子の電話");
        self.change(Request::PasskeyEnrol { cap: cap.clone(), name, attestation })
    }

    pub(super) fn signs(&self, sort: Sort, assertion: PasskeyAssertion) -> Result<CapToken, VaultError> {
        match self.ask(Role::Web, Request::PasskeySignIn { sort, assertion })? {
            Response::Cap(cap) => Ok(cap),
            Response::CustomerSignedIn(signed) => Ok(signed.cap),
            _ => panic!("another answer"),
        }
    }

    pub(super) fn signs_in_with(&self, sort: Sort, device: &mut Device) -> Result<CapToken, VaultError> {
        let assertion = device.use_for(&self.passkey_ask(sort));
        self.signs(sort, assertion)
    }

    pub(super) fn list(&self, cap: &CapToken) -> Passkeys {
        match self.ask(Role::Web, Request::Passkeys { cap: cap.clone() }) {
            Ok(Response::Passkeys(all)) => all,
            _ => panic!("another answer"),
        }
    }

    fn proof_ask(&self, cap: &CapToken) -> PasskeyAsk {
        match self.ask(Role::Web, Request::ProofAsk { cap: cap.clone() }) {
            Ok(Response::PasskeyAsk(ask)) => ask,
            _ => panic!("another answer"),
        }
    }

    fn prove(&self, cap: &CapToken, proof: Proof) -> Option<VaultError> {
        err(self.ask(Role::Web, Request::Prove { cap: cap.clone(), proof }))
    }

    pub(super) fn removes(&self, cap: &CapToken, passkey: Uuid) -> Result<AccountChange, VaultError> {
        self.change(Request::PasskeyRemove { cap: cap.clone(), passkey })
    }
}

pub(super) fn flaw(flaw: PasskeyFlaw) -> Option<VaultError> {
    Some(VaultError::Denied(Reason::Passkey(flaw)))
}

const UNPROVED: Option<VaultError> = Some(VaultError::Denied(Reason::Unproved));

#[test]
fn a_customer_makes_one_signs_in_with_it_and_takes_it_away() {
    for pair in [Pair::es256(), Pair::ed25519(), Pair::rs256()] {
        let mut bench = Bench::new();
        let own = bench.anna();
        let mut device = Device::new(pair);
        let enrolment = bench.enrolment(&own).unwrap();
        assert_eq!(
            (enrolment.name.reveal(), enrolment.ask.party.as_str()),
            (accounts::ANNA, "shop.localhost")
        );
        assert!(!enrolment.handle.windows(4).any(|w| w == b"anna"), "the handle names nobody");
        let change = bench.enrol(&own, &mut device).unwrap();
        let told = bench.mail(&change.grants[0], 1).unwrap();
        assert_eq!((told.kind, told.to.reveal()), (AccountMessageKind::PasskeyAdded, accounts::ANNA));
        bench.restart();

        let cap = bench.signs_in_with(Sort::Customer, &mut device).unwrap();
        let Ok(Response::Identity(who)) = bench.ask(Role::Web, Request::WhoAmI { cap: cap.clone() }) else {
            panic!("another answer")
        };
        assert_eq!(who.holder, Holder::OwnAccount { person: id(1) });
        let listed = bench.list(&cap);
        let passkey = &listed.all[0];
        assert_eq!((listed.all.len(), listed.fresh, passkey.name.reveal()), (1, true, "花子の電話"));
        assert_eq!((passkey.used_at_ms, passkey.synced), (Some(bench.now_ms()), false));

        let change = bench.removes(&cap, passkey.id).unwrap();
        let told = bench.mail(&change.grants[0], 2).unwrap();
        assert_eq!(told.kind, AccountMessageKind::PasskeyRemoved);
        assert_eq!(err(bench.signs_in_with(Sort::Customer, &mut device)), flaw(PasskeyFlaw::Unknown));
        assert!(bench.removes(&cap, passkey.id).unwrap().grants.is_empty(), "twice is fine, and told once");
        assert!(bench.is_good(&cap), "who is here stays");
    }
}

#[test]
fn a_staff_member_needs_nothing_else() {
    let bench = Bench::new();
    let invited = bench.staff(id(90), "owner");
    let mut device = Device::new(Pair::es256());
    bench.pass(HOUR_MS);
    // Whoever came by an invitation came to set himself up: no proof beside it.
    assert!(bench.enrol(&invited, &mut device).unwrap().grants.is_empty());
    let cap = bench.signs_in_with(Sort::Staff, &mut device).unwrap();
    let Ok(Response::Identity(who)) = bench.ask(Role::Web, Request::WhoAmI { cap: cap.clone() }) else {
        panic!("another answer")
    };
    assert_eq!(who.holder, Holder::Staff { staff: id(90), set_up: false });
    assert_eq!(bench.enrolment(&cap).map(|e| e.name.reveal().to_owned()), Ok("owner".to_owned()));
    // Each sort has its own doors.
    assert_eq!(err(bench.signs_in_with(Sort::Customer, &mut device)), flaw(PasskeyFlaw::Unknown));
    let ask = bench.passkey_ask(Sort::Customer);
    assert_eq!(err(bench.signs(Sort::Staff, device.use_for(&ask))), flaw(PasskeyFlaw::Challenge));
}

#[test]
fn a_challenge_is_good_once_for_five_minutes_and_for_one_thing() {
    let bench = Bench::new();
    let own = bench.anna();
    let mut device = Device::new(Pair::es256());
    bench.enrol(&own, &mut device).unwrap();
    let ask = bench.passkey_ask(Sort::Customer);
    assert!(bench.signs(Sort::Customer, device.use_for(&ask)).is_ok());
    assert_eq!(err(bench.signs(Sort::Customer, device.use_for(&ask))), flaw(PasskeyFlaw::Challenge), "once");
    let ask = bench.passkey_ask(Sort::Customer);
    bench.pass(5 * MINUTE_MS);
    assert_eq!(
        err(bench.signs(Sort::Customer, device.use_for(&ask))),
        flaw(PasskeyFlaw::Challenge),
        "too old"
    );
    let own = bench.signs_in_with(Sort::Customer, &mut device).unwrap();
    let proof = bench.proof_ask(&own);
    assert_eq!(proof.credentials, [device.credential.clone()]);
    assert_eq!(err(bench.signs(Sort::Customer, device.use_for(&proof))), flaw(PasskeyFlaw::Challenge));
    let ask = bench.passkey_ask(Sort::Customer);
    let not_for_this = bench.prove(&own, Proof::Passkey(device.use_for(&ask)));
    assert_eq!(not_for_this, flaw(PasskeyFlaw::Challenge));
    let forged = PasskeyAsk { challenge: vault_api::Challenge::from_bytes([1; 32]), ..ask };
    assert_eq!(err(bench.signs(Sort::Customer, device.use_for(&forged))), flaw(PasskeyFlaw::Challenge));
}

#[test]
fn a_counter_that_goes_back_is_refused_and_written() {
    let bench = Bench::new();
    let own = bench.anna();
    let mut device = Device::new(Pair::es256());
    device.counter = 7;
    bench.enrol(&own, &mut device).unwrap();
    bench.signs_in_with(Sort::Customer, &mut device).unwrap();
    for counter in [device.counter, 3, 0] {
        let clone = Device { counter, pair: Pair::es256(), ..Device::new(Pair::es256()) };
        let mut ask = bench.passkey_ask(Sort::Customer);
        // Not signed by the right key, it is no copy.
        let forged = PasskeyAssertion {
            credential: device.credential.clone(),
            handle: device.handle.clone(),
            ..clone.answer(&ask)
        };
        assert_eq!(err(bench.signs(Sort::Customer, forged)), flaw(PasskeyFlaw::Signature));
        assert!(!bench.list(&own).all[0].copied || counter != 8);
        ask = bench.passkey_ask(Sort::Customer);
        device.counter = counter;
        assert_eq!(
            err(bench.signs(Sort::Customer, device.answer(&ask))),
            flaw(PasskeyFlaw::Counter),
            "{counter}"
        );
        let line = bench.ledger().into_iter().rev().nth(1).unwrap();
        assert_eq!(
            (line["kind"].as_str(), line["person"].as_str()),
            (Some("token"), Some(id(1).to_string().as_str()))
        );
        assert!(line["reason"].as_str().unwrap().contains("a copy may exist"));
        assert_eq!(bench.last_entry().0, "deny");
        assert!(bench.list(&own).all[0].copied, "its owner sees it");
    }
    device.counter = 8;
    assert!(bench.signs_in_with(Sort::Customer, &mut device).is_ok(), "the one that goes on is let in");
}

#[test]
fn passkeys_that_do_not_count() {
    let bench = Bench::new();
    let own = bench.anna();
    // As those that are kept in an account of the device's maker: eligible, backed up, always zero.
    let mut device = Device { flags: FLAGS | 8 | 16, counter: 0, ..Device::new(Pair::es256()) };
    bench.enrol(&own, &mut device).unwrap();
    for _ in 0..2 {
        let assertion = device.answer(&bench.passkey_ask(Sort::Customer));
        assert!(bench.signs(Sort::Customer, assertion).is_ok());
    }
    assert!(bench.list(&own).all[0].synced);
    device.flags = FLAGS | 8;
    assert!(bench.signs(Sort::Customer, device.answer(&bench.passkey_ask(Sort::Customer))).is_ok());
    assert!(!bench.list(&own).all[0].synced, "kept elsewhere no more");
}

#[test]
fn means_are_changed_on_a_fresh_proof_only() {
    let mut bench = Bench::new();
    let own = bench.anna();
    let mut device = Device::new(Pair::es256());
    bench.enrol(&own, &mut device).unwrap();
    bench.pass(5 * MINUTE_MS);
    let passkey = bench.list(&own).all[0].id;
    assert!(!bench.list(&own).fresh);
    assert_eq!(err(bench.enrolment(&own)), UNPROVED);
    assert_eq!(err(bench.removes(&own, passkey)), UNPROVED);
    let password = |text: &str| Proof::Password(Secret::new(text));
    assert_eq!(bench.prove(&own, password("wrong one")), Some(VaultError::Denied(Reason::SignIn)));
    assert_eq!(err(bench.enrolment(&own)), UNPROVED);
    assert_eq!(bench.prove(&own, password(PASSWORD)), None);
    let waiting = bench.enrolment(&own).unwrap();
    bench.pass(5 * MINUTE_MS);
    let name = || Secret::new("");
    let late = Request::PasskeyEnrol { cap: own.clone(), name: name(), attestation: device.make(&waiting) };
    assert_eq!(err(bench.change(late)), UNPROVED, "also at the end");
    let ask = bench.proof_ask(&own);
    assert_eq!(bench.prove(&own, Proof::Passkey(device.use_for(&ask))), None);
    assert!(bench.list(&own).fresh);
    bench.restart();
    assert_eq!(err(bench.enrolment(&own)), UNPROVED, "a restart forgets proofs, not sign-ins");
    let code = Proof::PasswordAndCode(Secret::new(PASSWORD), Secret::new("000000"));
    assert!(matches!(bench.prove(&own, code), Some(VaultError::BadRequest(_))));
}

#[test]
fn a_passkey_does_what_the_password_does_in_ones_account() {
    let bench = Bench::new();
    let own = bench.anna();
    let mut device = Device::new(Pair::es256());
    bench.enrol(&own, &mut device).unwrap();
    let ben = bench.customer(id(2), "ben@example.jp");
    let (new, mail) = (|| Secret::new("another good one 3"), || Secret::new("new@example.jp"));
    let set = |cap: &CapToken, proof| {
        bench.change(Request::AccountPassword { cap: cap.clone(), proof, new: new() })
    };
    let move_to = |proof| bench.change(Request::AccountMailAsk { cap: own.clone(), proof, mail: mail() });
    let leave = |proof| bench.change(Request::AccountLeave { cap: own.clone(), proof, orders: Vec::new() });

    // A sign-in of just now is no proof here, nor is another's device, an answer made for a sign-in, or one used before.
    let theirs = || Device::new(Pair::es256()).answer(&bench.proof_ask(&own));
    assert_eq!(err(leave(Proof::Passkey(theirs()))), flaw(PasskeyFlaw::Unknown));
    let for_ben = device.use_for(&bench.proof_ask(&ben));
    assert_eq!(err(set(&ben, Proof::Passkey(for_ben.clone()))), flaw(PasskeyFlaw::Unknown), "not by hers");
    assert_eq!(err(set(&own, Proof::Passkey(for_ben))), flaw(PasskeyFlaw::Challenge), "nor hers for his");
    let to_sign_in = device.answer(&bench.passkey_ask(Sort::Customer));
    assert_eq!(err(move_to(Proof::Passkey(to_sign_in))), flaw(PasskeyFlaw::Challenge));
    let mut proof = || device.use_for(&bench.proof_ask(&own));
    let used = proof();
    let change = set(&own, Proof::Passkey(used.clone())).unwrap();
    assert_eq!(bench.mail(&change.grants[0], 10).unwrap().kind, AccountMessageKind::PasswordChanged);
    assert_eq!(err(leave(Proof::Passkey(used))), flaw(PasskeyFlaw::Challenge), "good once");
    assert!(bench.signs_in(accounts::ANNA, "another good one 3"), "who forgot it sets a new one");

    let asked = move_to(Proof::Passkey(proof())).unwrap();
    assert_eq!(bench.mail(&asked.grants[0], 11).unwrap().kind, AccountMessageKind::MailConfirm);
    let left = leave(Proof::Passkey(proof())).unwrap();
    assert_eq!(bench.mail(&left.grants[0], 12).unwrap().kind, AccountMessageKind::Left);
    assert!(!bench.is_good(&own));
}

#[test]
fn ones_own_and_nobody_elses() {
    let bench = Bench::new();
    let anna = bench.anna();
    let mut device = Device::new(Pair::es256());
    bench.enrol(&anna, &mut device).unwrap();
    let ben = bench.customer(id(2), "ben@example.jp");
    let passkey = bench.list(&anna).all[0].id;
    assert!(bench.removes(&ben, passkey).unwrap().grants.is_empty(), "not there for him");
    assert_eq!(bench.list(&anna).all.len(), 1);
    // Somebody who knows her credential's id cannot register it as his, nor prove by hers.
    let mut same = Device { credential: device.credential.clone(), ..Device::new(Pair::es256()) };
    assert_eq!(err(bench.enrol(&ben, &mut same)), flaw(PasskeyFlaw::Known));
    let ask = bench.proof_ask(&ben);
    assert_eq!(bench.prove(&ben, Proof::Passkey(device.use_for(&ask))), flaw(PasskeyFlaw::Unknown));
    let (_, ticket) = bench.seal_new(&place("email", 1, 5), "a");
    assert_eq!(err(bench.enrolment(&ticket)), Some(VaultError::Denied(Reason::NotCovered)));
}

#[test]
fn there_is_an_end_to_their_number() {
    let bench = Bench::new();
    let own = bench.anna();
    for _ in 0..PASSKEYS_MAX {
        bench.enrol(&own, &mut Device::new(Pair::ed25519())).unwrap();
    }
    assert_eq!(err(bench.enrolment(&own)), flaw(PasskeyFlaw::TooMany));
}

#[test]
fn they_stay_at_a_reset_and_go_with_the_person() {
    let bench = Bench::new();
    let own = bench.anna();
    let mut device = Device::new(Pair::es256());
    bench.enrol(&own, &mut device).unwrap();
    let token = bench.link(accounts::ANNA, AccountWish::Reset);
    bench.change(Request::AccountReset { token, password: Secret::new("another good one 3") }).unwrap();
    assert!(!bench.is_good(&own));
    let cap = bench.signs_in_with(Sort::Customer, &mut device).unwrap();
    let proof = Secret::new("another good one 3").into();
    bench.change(Request::AccountLeave { cap, proof, orders: Vec::new() }).unwrap();
    assert_eq!(err(bench.signs_in_with(Sort::Customer, &mut device)), flaw(PasskeyFlaw::Unknown));
    for table in [crate::store::PASSKEYS_OF, crate::store::PASSKEY_HANDLES] {
        assert!(bench.house().store.all::<serde::de::IgnoredAny>(table).unwrap().is_empty());
    }
}

#[test]
fn nothing_of_them_can_be_read_in_the_files() {
    let bench = Bench::new();
    let own = bench.anna();
    bench.enrol(&own, &mut Device::new(Pair::es256())).unwrap();
    bench.list(&own);
    for name in ["ledger/1/00000000.seg", "vault.redb"] {
        let file = std::fs::read(bench.path("vault").join(name)).unwrap();
        let canary = "花子の電話".as_bytes();
        assert!(!file.windows(canary.len()).any(|w| w == canary), "{name}");
    }
}
