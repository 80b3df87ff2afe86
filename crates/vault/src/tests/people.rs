//! Staff and customers: invitations, sign-in, what a sign-in gives and what it does not tell.

use super::*;
use crate::{
    clock::{DAY_MS, HOUR_MS, SECOND_MS},
    totp,
};
use vault_api::{Holder, LinkToken, PasswordFault};

fn invite(bench: &Bench, staff: u128, login: &str) -> Result<LinkToken, VaultError> {
    match bench.ask(Role::Owner, Request::StaffInvite { staff: id(staff), login: Secret::new(login) })? {
        Response::Link(token) => Ok(token),
        _ => panic!("another answer"),
    }
}

fn redeem(bench: &Bench, token: &LinkToken) -> Result<CapToken, VaultError> {
    cap_of(bench.ask(Role::Web, Request::StaffRedeem { token: token.clone() }))
}

fn cap_of(answer: Result<Response, VaultError>) -> Result<CapToken, VaultError> {
    match answer? {
        Response::Cap(cap) => Ok(cap),
        Response::CustomerSignedIn(signed) => Ok(signed.cap),
        _ => panic!("another answer"),
    }
}

pub(super) fn sign_in(
    bench: &Bench,
    login: &str,
    password: &str,
    code: &str,
) -> Result<CapToken, VaultError> {
    let [login, password, code] = [login, password, code].map(Secret::new);
    cap_of(bench.ask(Role::Web, Request::StaffSignIn { login, password, code }))
}

fn customer_sign_in(bench: &Bench, mail: &str, password: &str) -> Result<CapToken, VaultError> {
    let [mail, password] = [mail, password].map(Secret::new);
    cap_of(bench.ask(Role::Web, Request::CustomerSignIn { mail, password }))
}

/// Base32 back to bytes.
fn unbase32(text: &str) -> Vec<u8> {
    let mut bits = Vec::new();
    for c in text.bytes() {
        let five = if c >= b'A' { c - b'A' } else { c - b'2' + 26 };
        bits.extend((0..5).rev().map(|bit| five >> bit & 1));
    }
    bits.chunks_exact(8).map(|eight| eight.iter().fold(0, |byte, bit| byte << 1 | bit)).collect()
}

/// Sets staff 90 up as `owner` with password and TOTP; his TOTP secret.
pub(super) fn set_up(bench: &Bench) -> Vec<u8> {
    set_up_as(bench, id(90), "owner").1
}

/// Sets somebody up with password and TOTP: the capability of the invitation, and his TOTP secret.
pub(super) fn set_up_as(bench: &Bench, staff: Uuid, login: &str) -> (CapToken, Vec<u8>) {
    let cap = bench.staff(staff, login);
    let set = |password: &str| {
        bench.ask(Role::Web, Request::StaffSetPassword { cap: cap.clone(), password: Secret::new(password) })
    };
    assert_eq!(err(set("password1234")), Some(VaultError::Denied(Reason::Password(PasswordFault::Common))));
    let holds_login = Some(VaultError::Denied(Reason::Password(PasswordFault::HoldsLogin)));
    assert_eq!(err(set(&format!("the {login}'s pass"))), holds_login);
    set(PASSWORD).unwrap();
    let Response::Totp(enrolment) =
        bench.ask(Role::Web, Request::StaffEnrollTotp { cap: cap.clone() }).unwrap()
    else {
        panic!("another answer")
    };
    assert!(enrolment.uri.reveal().starts_with(&format!("otpauth://totp/Risudo:{login}?secret=")));
    let secret = unbase32(enrolment.secret.reveal());
    let confirm = |code: &str| {
        bench.ask(Role::Web, Request::StaffConfirmTotp { cap: cap.clone(), code: Secret::new(code) })
    };
    assert_eq!(err(confirm("000000x")), Some(VaultError::Denied(Reason::Token)));
    confirm(&code(bench, &secret)).unwrap();
    bench.pass(30 * SECOND_MS);
    (cap, secret)
}

impl Bench {
    /// A staff member proves himself anew by password and code.
    pub(super) fn prove_by_code(
        &self,
        cap: &CapToken,
        password: &str,
        code: &str,
    ) -> Result<Response, VaultError> {
        let proof = vault_api::Proof::PasswordAndCode(Secret::new(password), Secret::new(code));
        self.ask(Role::Web, Request::Prove { cap: cap.clone(), proof })
    }
}

pub(super) fn code(bench: &Bench, secret: &[u8]) -> String {
    totp::code_at(secret, bench.now_ms() / (30 * SECOND_MS)).to_string()
}

#[test]
fn an_invitation_works_once_for_a_day_and_only_the_newest() {
    let bench = Bench::new();
    let refused = Some(VaultError::Denied(Reason::Token));
    let old = invite(&bench, 90, "owner").unwrap();
    let new = invite(&bench, 90, "owner").unwrap();
    assert_eq!(err(redeem(&bench, &old)), refused, "an older one");
    let cap = redeem(&bench, &new).unwrap();
    assert_eq!(err(redeem(&bench, &new)), refused, "used");
    let late = invite(&bench, 90, "owner").unwrap();
    bench.pass(DAY_MS);
    assert_eq!(err(redeem(&bench, &late)), refused, "a day later");
    assert_eq!(err(invite(&bench, 91, "Owner")), Some(VaultError::Denied(Reason::Taken)));
    assert_eq!(err(invite(&bench, 91, "")).map(|e| matches!(e, VaultError::BadRequest(_))), Some(true));
    assert!(
        invite(&bench, 90, "other").is_ok() && invite(&bench, 91, "owner").is_ok(),
        "a login given up is free"
    );
    let web = Request::StaffInvite { staff: id(90), login: Secret::new("x") };
    assert_eq!(err(bench.ask(Role::Web, web)), Some(VaultError::Denied(Reason::Role)));
    assert_eq!(
        err(bench.ask(Role::Web, Request::WhoAmI { cap })),
        Some(VaultError::Denied(Reason::NoCapability))
    );
}

#[test]
fn staff_sign_in_needs_password_and_a_fresh_code() {
    let mut bench = Bench::new();
    let secret = set_up(&bench);
    let now = code(&bench, &secret);
    let refused = Some(VaultError::Denied(Reason::SignIn));
    assert_eq!(err(sign_in(&bench, "owner", "wrong password", &now)), refused);
    assert_eq!(err(sign_in(&bench, "owner", PASSWORD, "000000")), refused);
    assert_eq!(err(sign_in(&bench, "nobody", PASSWORD, &now)), refused, "the same answer for nobody");
    let cap = sign_in(&bench, " OWNER ", PASSWORD, &now).unwrap();
    assert_eq!(err(sign_in(&bench, "owner", PASSWORD, &now)), refused, "a code is good once");
    bench.restart();
    assert_eq!(err(sign_in(&bench, "owner", PASSWORD, &now)), refused, "after a restart, too");

    let who = |cap: &CapToken| match bench.ask(Role::Web, Request::WhoAmI { cap: cap.clone() })? {
        Response::Identity(who) => Ok(who),
        _ => panic!("another answer"),
    };
    let identity = who(&cap).unwrap();
    assert_eq!(identity.holder, Holder::Staff { staff: id(90), set_up: false });
    assert_eq!(identity.expires_at_ms, bench.now_ms() + 8 * HOUR_MS);
    let set = Request::StaffSetPassword { cap: cap.clone(), password: Secret::new("another good one 3") };
    assert_eq!(
        err(bench.ask(Role::Web, set)),
        Some(VaultError::Denied(Reason::NotCovered)),
        "only from an invitation"
    );
    bench.ask(Role::Web, Request::Revoke { cap: cap.clone() }).unwrap();
    assert_eq!(err(who(&cap)), Some(VaultError::Denied(Reason::NoCapability)));
    assert!(bench.ask(Role::Web, Request::Revoke { cap }).is_ok(), "twice is fine");
}

#[test]
fn guessing_gets_slower_for_known_and_unknown_alike() {
    let bench = Bench::new();
    bench.customer(id(1), "a@example.jp");
    for mail in ["a@example.jp", "nobody@example.jp"] {
        for _ in 0..5 {
            assert_eq!(
                err(customer_sign_in(&bench, mail, "wrong")),
                Some(VaultError::Denied(Reason::SignIn))
            );
        }
        let wait = err(customer_sign_in(&bench, mail, PASSWORD));
        assert!(matches!(wait, Some(VaultError::Denied(Reason::Wait(1..=2)))), "{mail}: {wait:?}");
    }
    bench.pass(2 * SECOND_MS);
    assert!(customer_sign_in(&bench, "A@example.jp", PASSWORD).is_ok());
    assert!(customer_sign_in(&bench, "a@example.jp", PASSWORD).is_ok(), "and is forgiven");
}

#[test]
fn nobody_takes_over_another_customer() {
    let bench = Bench::new();
    bench.customer(id(1), "anna@example.jp");
    let set = |role, person, mail: &str| {
        let [mail, password] = [mail, "another good one 3"].map(Secret::new);
        err(bench.ask(role, Request::CustomerSetPassword { person: id(person), mail, password }))
    };
    let refused = |reason| Some(VaultError::Denied(reason));
    bench.customer(id(2), "ben@example.jp");
    assert_eq!(set(Role::Web, 1, "x@example.jp"), refused(Reason::Role), "web sets nobody's");
    assert_eq!(set(Role::Owner, 2, "anna@example.jp"), refused(Reason::Taken));
    assert_eq!(set(Role::Owner, 1, "new@example.jp"), None);
    assert!(customer_sign_in(&bench, "new@example.jp", "another good one 3").is_ok());
    assert_eq!(
        err(customer_sign_in(&bench, "anna@example.jp", PASSWORD)),
        refused(Reason::SignIn),
        "the old one is gone"
    );
    assert!(matches!(set(Role::Owner, 3, "no address"), Some(VaultError::BadRequest(_))));
}

#[test]
fn a_restart_signs_nobody_out_but_tickets() {
    let mut bench = Bench::new();
    let here = place("email", 1, 1);
    let (sealed, ticket) = bench.seal_new(&here, "a");
    let (own, staff) = (bench.customer(id(1), "a@example.jp"), bench.staff(id(90), "owner"));
    bench.restart();
    assert!(bench.unseal(&own, Purpose::OwnAccount, &[(&here, &sealed)]).is_ok());
    assert!(bench.unseal(&staff, Purpose::StaffOrder, &[(&here, &sealed)]).is_ok());
    let again = bench.seal(Role::Web, Some(&ticket), vec![item(&here, "b")]);
    assert_eq!(err(again), Some(VaultError::Denied(Reason::NoCapability)));
}

#[test]
fn a_new_password_ends_what_somebody_else_may_hold() {
    let mut bench = Bench::new();
    let (stolen, colleague) = (bench.staff(id(90), "owner"), bench.staff(id(91), "clerk"));
    let fresh = bench.staff(id(90), "owner");
    let good =
        |bench: &Bench, cap: &CapToken| bench.ask(Role::Web, Request::WhoAmI { cap: cap.clone() }).is_ok();
    assert!(good(&bench, &stolen) && good(&bench, &fresh), "an invitation alone signs nobody out");
    let set = Request::StaffSetPassword { cap: fresh.clone(), password: Secret::new(PASSWORD) };
    bench.ask(Role::Web, set).unwrap();
    for _ in 0..2 {
        assert!(!good(&bench, &stolen));
        assert!(good(&bench, &fresh) && good(&bench, &colleague));
        bench.restart();
    }
}
