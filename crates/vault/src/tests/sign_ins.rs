//! The end of sign-ins, and what an owner decides about those who work here.

use super::{
    authenticator::{Device, Pair},
    passkeys::flaw,
    *,
};
use crate::clock::{DAY_MS, MINUTE_MS};
use vault_api::{AccountMessageKind, Holder, LinkToken, PasskeyFlaw, SignedIn, Sort};

impl Bench {
    fn sign_ins(&self, cap: &CapToken) -> Vec<SignedIn> {
        match self.ask(Role::Web, Request::SignIns { cap: cap.clone() }) {
            Ok(Response::SignIns(all)) => all,
            _ => panic!("another answer"),
        }
    }

    fn revoke_all(&self, cap: &CapToken, of_staff: Option<u128>) -> Option<VaultError> {
        let of_staff = of_staff.map(id);
        err(self.ask(Role::Web, Request::RevokeAll { cap: cap.clone(), of_staff }))
    }

    /// An owner invites staff 91 as `clerk`; the link that the mail holds.
    fn invites(&self, cap: &CapToken, staff: u128, owner: bool) -> Result<LinkToken, VaultError> {
        let [login, mail] = [format!("clerk{staff}"), "clerk@example.jp".into()].map(Secret::new);
        let request = Request::StaffInviteByMail { cap: cap.clone(), staff: id(staff), login, mail, owner };
        let Response::AccountGrant(grant) = self.ask(Role::Web, request)? else { panic!("another answer") };
        let mail = self.mail(&grant, 70 + staff)?;
        assert_eq!((mail.kind, mail.to.reveal()), (AccountMessageKind::StaffInvited, "clerk@example.jp"));
        assert_eq!(mail.link_hours, 24);
        Ok(mail.link.unwrap())
    }

    fn redeems(&self, token: LinkToken) -> Result<CapToken, VaultError> {
        match self.ask(Role::Web, Request::StaffRedeem { token })? {
            Response::Cap(cap) => Ok(cap),
            _ => panic!("another answer"),
        }
    }

    fn removes_staff(&self, cap: &CapToken, staff: u128) -> Option<VaultError> {
        err(self.ask(Role::Web, Request::StaffRemove { cap: cap.clone(), staff: id(staff) }))
    }
}

const NOT_COVERED: Option<VaultError> = Some(VaultError::Denied(Reason::NotCovered));
const UNPROVED: Option<VaultError> = Some(VaultError::Denied(Reason::Unproved));

#[test]
fn one_call_ends_all_of_a_person_and_of_nobody_else() {
    let mut bench = Bench::new();
    let here = place("email", 1, 1);
    let sealed = bench.seal_order(None, vec![item(&here, "a")], id(1), &[&here]).unwrap();
    let order = sealed.grant.guest_cap.unwrap();
    let (phone, desk) = (bench.customer(id(1), "a@example.jp"), bench.customer(id(1), "a@example.jp"));
    let (other, staff) = (bench.customer(id(2), "b@example.jp"), bench.staff(id(90), "owner"));
    assert_eq!(bench.revoke_all(&phone, None), None);
    for _ in 0..2 {
        assert!([&phone, &desk, &order].iter().all(|cap| !bench.is_good(cap)));
        assert!(bench.is_good(&other) && bench.is_good(&staff));
        bench.restart();
    }
    assert_eq!(bench.revoke_all(&phone, None), Some(VaultError::Denied(Reason::NoCapability)));
    assert_eq!(bench.revoke_all(&other, Some(90)), NOT_COVERED, "a customer is no owner");
    assert!(bench.is_good(&bench.customer(id(1), "a@example.jp")), "and he can come again");
}

#[test]
fn sign_ins_are_listed_named_and_ended_one_by_one() {
    let bench = Bench::new();
    let first = bench.customer(id(1), "a@example.jp");
    bench.pass(MINUTE_MS);
    let second = bench.customer(id(1), "a@example.jp");
    bench.customer(id(2), "b@example.jp");
    let say = |device: &str| {
        err(bench.ask(Role::Web, Request::SayDevice { cap: first.clone(), device: device.into() }))
    };
    assert_eq!(say("Firefox · Linux"), None);
    assert!(say(&"x".repeat(61)).is_some() && say("a\nb").is_some());
    let listed = bench.sign_ins(&second);
    let shown: Vec<_> = listed.iter().map(|s| (s.this, s.device.as_str(), s.since_ms)).collect();
    assert_eq!(shown, [(true, "", bench.now_ms()), (false, "Firefox · Linux", bench.now_ms() - MINUTE_MS)]);
    let end = |cap: &CapToken, sign_in: Uuid| {
        err(bench.ask(Role::Web, Request::EndSignIn { cap: cap.clone(), id: sign_in }))
    };
    assert_eq!(end(&bench.customer(id(2), "b@example.jp"), listed[1].id), None, "nothing of his");
    assert!(bench.is_good(&first));
    assert_eq!(end(&second, listed[1].id), None);
    assert!(!bench.is_good(&first) && bench.is_good(&second));
    bench.pass(30 * MINUTE_MS);
    assert!(!bench.is_good(&second));
    bench.house().sweep_caps().unwrap();
    assert!(
        bench.house().sign_ins.proved_at_ms(&crate::crypto::sha256(first.reveal()), 0).is_none(),
        "forgotten"
    );
}

#[test]
fn an_owner_invites_by_mail_and_lets_go() {
    let mut bench = Bench::new();
    let owner = bench.staff(id(90), "owner");
    let token = bench.invites(&owner, 91, false).unwrap();
    let clerk = bench.redeems(token).unwrap();
    let mut device = Device::new(Pair::es256());
    bench.enrol(&clerk, &mut device).unwrap();
    let signed = bench.signs_in_with(Sort::Staff, &mut device).unwrap();
    // What an owner may, a clerk may not, whatever web says of him.
    assert_eq!(err(bench.invites(&signed, 92, false)), NOT_COVERED);
    assert_eq!(err(bench.invites(&signed, 91, true)), NOT_COVERED);
    assert_eq!(bench.removes_staff(&signed, 90), NOT_COVERED);
    assert_eq!(bench.revoke_all(&signed, Some(90)), NOT_COVERED);
    assert_eq!(bench.removes_staff(&owner, 90), NOT_COVERED, "nobody lets himself go");
    assert_eq!(err(bench.invites(&owner, 90, false)), NOT_COVERED, "nor makes himself less");

    let waiting = bench.invites(&owner, 91, false).unwrap();
    assert!(bench.is_good(&signed), "an invitation ends nothing");
    assert_eq!(bench.revoke_all(&owner, Some(91)), None);
    assert!(!bench.is_good(&signed) && !bench.is_good(&clerk) && bench.is_good(&owner));
    let signed = bench.signs_in_with(Sort::Staff, &mut device).unwrap();
    assert_eq!(bench.removes_staff(&owner, 91), None);
    bench.restart();
    assert!(!bench.is_good(&signed));
    assert_eq!(err(bench.signs_in_with(Sort::Staff, &mut device)), flaw(PasskeyFlaw::Unknown));
    assert_eq!(err(bench.redeems(waiting)), Some(VaultError::Denied(Reason::Token)));
    let owner = bench.staff(id(90), "owner");
    assert_eq!(bench.removes_staff(&owner, 91), None, "twice is fine");
    assert!(bench.invites(&owner, 92, false).is_ok());
}

#[test]
fn deciding_who_works_here_needs_a_fresh_proof() {
    let bench = Bench::new();
    let owner = bench.staff(id(90), "owner");
    bench.pass(5 * MINUTE_MS);
    assert_eq!(err(bench.invites(&owner, 91, false)), UNPROVED, "an invitation's own session too");
    assert_eq!(bench.removes_staff(&owner, 91), UNPROVED);
    assert_eq!(bench.revoke_all(&owner, Some(91)), None, "what only ends something needs none");
    let mut device = Device::new(Pair::es256());
    bench.enrol(&owner, &mut device).unwrap();
    let again = bench.signs_in_with(Sort::Staff, &mut device).unwrap();
    let second = bench.redeems(bench.invites(&again, 91, true).unwrap()).unwrap();
    assert!(bench.invites(&second, 92, false).is_ok(), "an owner by an owner's word");
    assert_eq!(bench.removes_staff(&second, 90), None);
    assert!(!bench.is_good(&owner));
    bench.pass(DAY_MS);
    assert!(!bench.is_good(&second));
    let Ok(Response::Identity(who)) =
        bench.ask(Role::Web, Request::WhoAmI { cap: bench.staff(id(91), "clerk91") })
    else {
        panic!("another answer")
    };
    assert_eq!(who.holder, Holder::Staff { staff: id(91), set_up: true });
}
