//! Accounts: what a mailed token does, once; what nobody can tell from outside; who is told.

use super::*;
use crate::{
    asks::PER_ADDRESS_MAX,
    clock::{DAY_MS, HOUR_MS},
    grant::OPENS_PER_MESSAGE_MAX,
};
use proptest::prelude::*;
use vault_api::{
    AccountChange, AccountMessage, AccountMessageKind as Kind, AccountToken, AccountWish, Column, Holder,
    IndexField, LinkToken, PasswordFault,
};

pub(super) const ANNA: &str = "anna@example.jp";
const NEW: &str = "another good one 3";

impl Bench {
    pub(super) fn wish(&self, mail: &str, wish: AccountWish) -> Result<Vec<u8>, VaultError> {
        match self.ask(Role::Web, Request::AccountAsk { mail: Secret::new(mail), wish })? {
            Response::AccountGrant(grant) => Ok(grant),
            _ => panic!("another answer"),
        }
    }

    /// What `post` reads in a grant.
    pub(super) fn mail(&self, grant: &[u8], message: u128) -> Result<AccountMessage, VaultError> {
        let request = Request::OpenAccountMessage { grant: grant.to_vec(), message: id(message) };
        match self.ask(Role::Post, request)? {
            Response::AccountMessage(message) => Ok(message),
            _ => panic!("another answer"),
        }
    }

    /// The link of the mail that answers a wish.
    pub(super) fn link(&self, mail: &str, wish: AccountWish) -> LinkToken {
        let grant = self.wish(mail, wish).unwrap();
        self.mail(&grant, 1).unwrap().link.unwrap()
    }

    pub(super) fn change(&self, request: Request) -> Result<AccountChange, VaultError> {
        match self.ask(Role::Web, request)? {
            Response::Account(change) => Ok(change),
            _ => panic!("another answer"),
        }
    }

    fn register(&self, token: &LinkToken, person: u128, password: &str) -> Result<AccountChange, VaultError> {
        let mut contact = item(&row("contact", person), "栗田 花");
        contact.index = vec![IndexAsk::new(IndexField::Name, "栗田 花")];
        let (token, password) = (token.clone(), Secret::new(password));
        self.change(Request::AccountRegister { token, contact, password })
    }

    fn reset(&self, token: &LinkToken, password: &str) -> Result<AccountChange, VaultError> {
        self.change(Request::AccountReset { token: token.clone(), password: Secret::new(password) })
    }

    pub(super) fn signs_in(&self, mail: &str, password: &str) -> bool {
        let [mail, password] = [mail, password].map(Secret::new);
        self.ask(Role::Web, Request::CustomerSignIn { mail, password }).is_ok()
    }

    pub(super) fn is_good(&self, cap: &CapToken) -> bool {
        self.ask(Role::Web, Request::WhoAmI { cap: cap.clone() }).is_ok()
    }

    /// Anna with an account, as she comes by one; her capability.
    pub(super) fn anna(&self) -> CapToken {
        let token = self.link(ANNA, AccountWish::Register);
        self.register(&token, 1, PASSWORD).unwrap().cap.unwrap()
    }

    fn token_for(&self, token: &LinkToken) -> Result<AccountToken, VaultError> {
        match self.ask(Role::Web, Request::AccountTokenFor { token: token.clone() })? {
            Response::AccountToken(token) => Ok(token),
            _ => panic!("another answer"),
        }
    }
}

pub(super) fn row(column: &str, person: u128) -> Place {
    Place::new(Column::named("customer", column).unwrap(), id(person), id(person))
}

const NO_TOKEN: Option<VaultError> = Some(VaultError::Denied(Reason::Token));

#[test]
fn a_registration_from_the_mail_to_the_account() {
    let mut bench = Bench::new();
    let grant = bench.wish(" Anna@Example.jp ", AccountWish::Register).unwrap();
    assert!(!grant.windows(7).any(|w| w.eq_ignore_ascii_case(b"example")), "opaque");
    let mail = bench.mail(&grant, 9).unwrap();
    assert_eq!((mail.kind, mail.to.reveal(), mail.link_hours), (Kind::Register, "Anna@Example.jp", 24));
    let token = mail.link.unwrap();
    assert_eq!(bench.token_for(&token), Ok(AccountToken::Register));
    bench.restart();
    let weak = err(bench.register(&token, 1, "password1234"));
    assert_eq!(weak, Some(VaultError::Denied(Reason::Password(PasswordFault::Common))));
    let named = err(bench.register(&token, 1, "it is Anna again"));
    assert_eq!(named, Some(VaultError::Denied(Reason::Password(PasswordFault::HoldsLogin))));
    assert_eq!(bench.token_for(&token), Ok(AccountToken::Register), "a weak password costs nothing");

    let AccountChange { person, cap, sealed, grants } = bench.register(&token, 1, PASSWORD).unwrap();
    let cap = cap.unwrap();
    assert_eq!((person, sealed.len(), sealed[1].index.len(), grants.len()), (id(1), 2, 1, 0));
    let (email, contact) = (row("email", 1), row("contact", 1));
    let fields = [(&email, &sealed[0].sealed), (&contact, &sealed[1].sealed)];
    let opened = bench.unseal(&cap, Purpose::OwnAccount, &fields);
    assert_eq!(opened, Ok(vec![Ok("Anna@Example.jp".into()), Ok("栗田 花".into())]));
    assert!(bench.signs_in(ANNA, PASSWORD));
    assert_eq!(err(bench.register(&token, 2, PASSWORD)), NO_TOKEN, "used up");
    assert_eq!(err(bench.token_for(&token)), NO_TOKEN);
    let again = bench.change(Request::AccountMail { cap }).unwrap().sealed.remove(0);
    assert_eq!(again.index, sealed[0].index, "the row can be made anew");
}

#[test]
fn a_registration_makes_a_new_person_and_no_other() {
    let bench = Bench::new();
    let (_, ticket) = bench.seal_new(&place("email", 9, 7), "guest@example.jp");
    let token = bench.link(ANNA, AccountWish::Register);
    assert_eq!(err(bench.register(&token, 7, PASSWORD)), Some(VaultError::Denied(Reason::NotCovered)));
    for wrong in
        [Place::new(Column::OrdersContact, id(1), id(1)), Place::new(Column::CustomerContact, id(2), id(1))]
    {
        let (contact, password) = (item(&wrong, "x"), Secret::new(PASSWORD));
        let asked = bench.change(Request::AccountRegister { token: token.clone(), contact, password });
        assert!(matches!(err(asked), Some(VaultError::BadRequest(_))));
    }
    assert!(bench.is_good(&ticket) && bench.register(&token, 1, PASSWORD).is_ok());
}

#[test]
fn tokens_end() {
    let bench = Bench::new();
    let old = bench.link(ANNA, AccountWish::Register);
    let new = bench.link(ANNA, AccountWish::Register);
    assert_eq!(err(bench.register(&old, 1, PASSWORD)), NO_TOKEN, "only the newest works");
    let ben = bench.link("ben@example.jp", AccountWish::Register);
    assert_eq!(err(bench.reset(&new, NEW)), NO_TOKEN, "each for its own purpose");
    let cap = bench.register(&new, 1, PASSWORD).unwrap().cap.unwrap();
    let reset = bench.link(ANNA, AccountWish::Reset);
    assert_eq!(err(bench.register(&reset, 3, PASSWORD)), NO_TOKEN);
    assert_eq!(err(bench.change(Request::AccountMailConfirm { token: reset.clone() })), NO_TOKEN);
    bench.pass(HOUR_MS);
    assert_eq!(err(bench.reset(&reset, NEW)), NO_TOKEN, "an hour later");
    assert_eq!(bench.token_for(&ben), Ok(AccountToken::Register));
    bench.pass(DAY_MS);
    assert_eq!(err(bench.register(&ben, 2, PASSWORD)), NO_TOKEN, "a day later");
    assert_eq!(err(bench.token_for(&LinkToken::from_bytes([0; 32]))), NO_TOKEN);
    assert!(!bench.is_good(&cap));
    bench.house().sweep_links().unwrap();
    let left = bench.house().store.all::<crate::crypto::Hash>(crate::store::ACCOUNT_LINKS).unwrap();
    assert!(left.is_empty(), "nothing is left of them");
}

#[test]
fn nobody_can_tell_who_has_an_account() {
    let bench = Bench::new();
    bench.anna();
    let ask = |mail: &str, wish| {
        let before = bench.ledger().len();
        let grant = bench.wish(mail, wish).unwrap();
        let lines: Vec<_> = bench.ledger().split_off(before);
        let kinds: Vec<_> = lines.iter().map(|l| l["kind"].as_str().unwrap().to_owned()).collect();
        (grant.len(), kinds)
    };
    for wish in [AccountWish::Register, AccountWish::Reset] {
        let (known, unknown) = (ask(ANNA, wish), ask("nobody.at.all.with.a.long.name@example.jp", wish));
        assert_eq!(known, unknown);
        assert_eq!(known.1, ["token"]);
    }
    // What the mail says is for its reader.
    let says = |mail: &str, wish| bench.mail(&bench.wish(mail, wish).unwrap(), 5).unwrap().kind;
    assert_eq!(says(ANNA, AccountWish::Register), Kind::AlreadyRegistered);
    assert_eq!(says("x@example.jp", AccountWish::Register), Kind::Register);
    assert_eq!(says(ANNA, AccountWish::Reset), Kind::Reset);
    assert_eq!(says("x@example.jp", AccountWish::Reset), Kind::NotRegistered);
    for mail in [ANNA, "fresh@example.jp"] {
        let more = (0..=PER_ADDRESS_MAX).map(|_| bench.wish(mail, AccountWish::Register));
        let refused = more.filter_map(err).next().unwrap();
        assert!(matches!(refused, VaultError::Denied(Reason::Wait(1..=3600))), "{mail}: {refused:?}");
    }
    assert!(matches!(
        err(bench.wish("a@b.jp\r\nBcc: c@d.jp", AccountWish::Reset)),
        Some(VaultError::BadRequest(_))
    ));
}

#[test]
fn the_slow_work_is_the_same_for_known_and_unknown() {
    let bench = Bench::new();
    let own = bench.anna();
    bench.customer(id(2), "ben@example.jp");
    let runs = |act: &dyn Fn()| {
        let ran = || bench.house().hasher.ran.load(Ordering::SeqCst);
        let before = ran();
        act();
        ran() - before
    };
    let sign_in = |mail: &str| runs(&|| assert!(!bench.signs_in(mail, "wrong one 1234")));
    assert_eq!((sign_in(ANNA), sign_in("nobody@example.jp")), (1, 1));
    for wish in [AccountWish::Register, AccountWish::Reset] {
        let ask = |mail: &str| runs(&|| drop(bench.wish(mail, wish).unwrap()));
        assert_eq!((ask(ANNA), ask("nobody@example.jp")), (0, 0));
    }
    let move_to = |mail: &str| {
        runs(&|| {
            let [password, mail] = [PASSWORD, mail].map(Secret::new);
            bench.change(Request::AccountMailAsk { cap: own.clone(), proof: password.into(), mail }).unwrap();
        })
    };
    assert_eq!((move_to("ben@example.jp"), move_to("free@example.jp")), (1, 1));
}

#[test]
fn code_in_web_takes_over_nobody_who_is_not_there() {
    let bench = Bench::new();
    bench.anna();
    let grant = bench.wish(ANNA, AccountWish::Reset).unwrap();
    let open = Request::OpenAccountMessage { grant: grant.clone(), message: id(1) };
    assert_eq!(err(bench.ask(Role::Web, open)), Some(VaultError::Denied(Reason::Role)));
    let guesses = grant.windows(32).map(|w| LinkToken::from_bytes(w.try_into().unwrap()));
    assert!(guesses.map(|guess| bench.reset(&guess, NEW)).all(|tried| err(tried) == NO_TOKEN));
    // A grant goes out with one row of the outbox, and says what the vault said.
    let first = bench.mail(&grant, 1).unwrap();
    let (kind, to) = (first.kind, first.to.reveal().to_owned());
    assert_eq!((kind, to.as_str()), (Kind::Reset, ANNA));
    let refused = Some(VaultError::Denied(Reason::Grant));
    assert_eq!(err(bench.mail(&grant, 2)), refused, "another row");
    for _ in 1..OPENS_PER_MESSAGE_MAX {
        assert!(
            bench.mail(&grant, 1).unwrap().link.unwrap().reveal() == first.link.as_ref().unwrap().reveal()
        );
    }
    assert_eq!(err(bench.mail(&grant, 1)), refused, "so many tries");
    let late = bench.wish(ANNA, AccountWish::Reset).unwrap();
    bench.pass(3 * DAY_MS);
    assert_eq!(err(bench.mail(&late, 3)), refused, "three days later");
    bench.house().sweep_links().unwrap();
    assert!(bench.signs_in(ANNA, PASSWORD));
}

#[test]
fn a_reset_ends_what_somebody_else_may_hold_and_is_told() {
    let bench = Bench::new();
    let own = bench.anna();
    let colleague = bench.customer(id(2), "ben@example.jp");
    let here = place("email", 5, 1);
    let sealed = bench.seal(Role::Web, Some(&own), vec![item(&here, "a")]).unwrap().ticket.unwrap();
    let placed = bench.seal_order(Some(&own), vec![item(&here, "a")], id(5), &[&here]).unwrap();
    let order = Request::OpenOrder { cap: own.clone(), grant: placed.grant.message_grant };
    let Ok(Response::Redeemed(vault_api::Redeemed { cap: order, .. })) = bench.ask(Role::Web, order) else {
        panic!("another answer")
    };
    let token = bench.link(ANNA, AccountWish::Reset);
    let weak = err(bench.reset(&token, "short"));
    assert_eq!(weak, Some(VaultError::Denied(Reason::Password(PasswordFault::TooShort))));
    assert!(bench.is_good(&own), "nothing ends before it is done");
    let change = bench.reset(&token, NEW).unwrap();
    for ended in [&own, &sealed, &order] {
        assert!(!bench.is_good(ended));
    }
    assert!(bench.is_good(&change.cap.unwrap()) && bench.is_good(&colleague));
    assert!(bench.signs_in(ANNA, NEW) && !bench.signs_in(ANNA, PASSWORD));
    let told = bench.mail(&change.grants[0], 3).unwrap();
    assert_eq!((told.kind, told.to.reveal(), told.link.is_none()), (Kind::PasswordChanged, ANNA, true));
    assert_eq!(err(bench.reset(&token, PASSWORD)), NO_TOKEN, "once");
}

#[test]
fn a_new_password_asks_for_the_old_one() {
    let bench = Bench::new();
    let (own, elsewhere) = (bench.anna(), bench.customer(id(2), "ben@example.jp"));
    let waiting = bench.link(ANNA, AccountWish::Reset);
    let set = |cap: &CapToken, old: &str, new: &str| {
        let [old, new] = [old, new].map(Secret::new);
        bench.change(Request::AccountPassword { cap: cap.clone(), proof: old.into(), new })
    };
    assert_eq!(err(set(&own, "wrong one 1234", NEW)), Some(VaultError::Denied(Reason::SignIn)));
    let weak = err(set(&own, PASSWORD, "anna has a password"));
    assert_eq!(weak, Some(VaultError::Denied(Reason::Password(PasswordFault::HoldsLogin))));
    let staff = bench.staff(id(90), "owner");
    assert_eq!(err(set(&staff, PASSWORD, NEW)), Some(VaultError::Denied(Reason::NotCovered)));
    let change = set(&own, PASSWORD, NEW).unwrap();
    assert!(bench.is_good(&own) && bench.is_good(&elsewhere) && change.cap.is_none());
    assert_eq!(bench.mail(&change.grants[0], 3).unwrap().kind, Kind::PasswordChanged);
    assert!(bench.signs_in(ANNA, NEW) && !bench.signs_in(ANNA, PASSWORD));
    assert_eq!(err(bench.reset(&waiting, PASSWORD)), NO_TOKEN, "a link that was on its way");
    let mut wrong = (0..9).filter_map(|_| err(set(&own, "wrong one 1234", NEW)));
    assert!(wrong.any(|refused| matches!(refused, VaultError::Denied(Reason::Wait(_)))));
}

#[test]
fn another_address_is_confirmed_there_and_told_here() {
    let bench = Bench::new();
    let own = bench.anna();
    bench.customer(id(2), "ben@example.jp");
    let ask = |password: &str, mail: &str| {
        let [password, mail] = [password, mail].map(Secret::new);
        bench.change(Request::AccountMailAsk { cap: own.clone(), proof: password.into(), mail })
    };
    let reset = bench.link(ANNA, AccountWish::Reset);
    assert_eq!(err(ask("wrong one 1234", "x@example.jp")), Some(VaultError::Denied(Reason::SignIn)));
    let lines = |mail: &str| {
        let before = bench.ledger().len();
        let change = ask(PASSWORD, mail).unwrap();
        (change.grants.iter().map(Vec::len).collect::<Vec<_>>(), bench.ledger().len() - before)
    };
    assert_eq!(lines("ben@example.jp"), lines("free@example.jp"), "whether it is taken is not told");
    let taken = ask(PASSWORD, "Ben@example.jp").unwrap();
    let told = bench.mail(&taken.grants[0], 20).unwrap();
    assert_eq!((told.kind, told.link.is_none()), (Kind::MailTaken, true));

    let first = ask(PASSWORD, "first@example.jp").unwrap();
    let first = bench.mail(&first.grants[0], 21).unwrap().link.unwrap();
    let asked = ask(PASSWORD, "new@example.jp").unwrap();
    let (to_new, to_old) =
        (bench.mail(&asked.grants[0], 22).unwrap(), bench.mail(&asked.grants[1], 23).unwrap());
    assert_eq!((to_new.kind, to_new.to.reveal()), (Kind::MailConfirm, "new@example.jp"));
    assert_eq!((to_old.kind, to_old.to.reveal(), to_old.link.is_none()), (Kind::MailAsked, ANNA, true));
    assert!(bench.signs_in(ANNA, PASSWORD), "nothing changes before it is confirmed");
    let confirm = |token: &LinkToken| bench.change(Request::AccountMailConfirm { token: token.clone() });
    assert_eq!(err(confirm(&first)), NO_TOKEN, "only the newest");
    let token = to_new.link.unwrap();
    let change = confirm(&token).unwrap();
    let email = row("email", 1);
    let opened = bench.unseal(&own, Purpose::OwnAccount, &[(&email, &change.sealed[0].sealed)]);
    assert_eq!(opened, Ok(vec![Ok("new@example.jp".into())]));
    let told = bench.mail(&change.grants[0], 24).unwrap();
    assert_eq!((told.kind, told.to.reveal()), (Kind::MailChanged, ANNA));
    assert!(bench.signs_in("new@example.jp", PASSWORD) && !bench.signs_in(ANNA, PASSWORD));
    assert_eq!(err(confirm(&token)), NO_TOKEN, "once");
    assert_eq!(err(bench.reset(&reset, NEW)), NO_TOKEN, "what lies in the old mailbox");
    assert_eq!(bench.link(ANNA, AccountWish::Register).to_text().len(), 43, "the old address is free");
}

#[test]
fn an_address_that_somebody_took_meanwhile() {
    let bench = Bench::new();
    let own = bench.anna();
    let [password, mail] = [PASSWORD, "soon@example.jp"].map(Secret::new);
    let asked = bench.change(Request::AccountMailAsk { cap: own, proof: password.into(), mail }).unwrap();
    let token = bench.mail(&asked.grants[0], 1).unwrap().link.unwrap();
    let other = bench.link("soon@example.jp", AccountWish::Register);
    bench.register(&other, 2, PASSWORD).unwrap();
    assert_eq!(err(bench.change(Request::AccountMailConfirm { token })), NO_TOKEN);
    assert!(bench.signs_in(ANNA, PASSWORD) && bench.signs_in("soon@example.jp", PASSWORD));
    let Ok(Response::CustomerSignedIn(signed)) = bench.ask(
        Role::Web,
        Request::CustomerSignIn { mail: Secret::new("soon@example.jp"), password: Secret::new(PASSWORD) },
    ) else {
        panic!("signs in")
    };
    assert_eq!(signed.person, id(2));
    let Ok(Response::Identity(who)) = bench.ask(Role::Web, Request::WhoAmI { cap: signed.cap }) else {
        panic!("another answer")
    };
    assert_eq!(who.holder, Holder::OwnAccount { person: id(2) });
}

#[test]
fn nothing_personal_of_accounts_in_the_files() {
    let bench = Bench::new();
    let canary = "kanarienvogel";
    let mail = format!("{canary}@example.jp");
    let token = bench.link(&mail, AccountWish::Register);
    bench.register(&token, 1, PASSWORD).unwrap();
    bench.wish(&format!("2{mail}"), AccountWish::Reset).unwrap();
    for name in ["ledger/1/00000000.seg", "vault.redb"] {
        let bytes = std::fs::read(bench.path("vault").join(name)).unwrap();
        assert!(!bytes.windows(canary.len()).any(|w| w == canary.as_bytes()), "{name}");
        assert!(!bytes.windows(32).any(|w| w == token.reveal()), "{name}");
    }
}

#[test]
fn an_account_of_an_older_version_learns_its_address() {
    let bench = Bench::new();
    bench.customer(id(1), ANNA);
    bench.seal_new(&row("email", 1), ANNA);
    let cap = bench.customer(id(2), "x@example.jp");
    assert!(matches!(err(bench.change(Request::AccountMail { cap })), Some(VaultError::BadRequest(_))));
    assert!(bench.signs_in(ANNA, PASSWORD));
    let change = bench.reset(&bench.link(ANNA, AccountWish::Reset), NEW).unwrap();
    assert_eq!(bench.mail(&change.grants[0], 2).unwrap().to.reveal(), ANNA);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever is asked for in whatever order, at most one token of an address works, and it works once.
    #[test]
    fn one_token_at_a_time(wishes in prop::collection::vec((0..2u8, any::<bool>()), 1..5)) {
        let bench = Bench::new();
        let mut tokens = Vec::new();
        for (which, register) in wishes {
            let mail = ["a@example.jp", "b@example.jp"][usize::from(which)];
            let wish = if register { AccountWish::Register } else { AccountWish::Reset };
            tokens.push((which, bench.link(mail, wish)));
        }
        for address in 0..2 {
            let mine: Vec<_> = tokens.iter().filter(|(which, _)| *which == address).collect();
            let good = mine.iter().filter(|(_, token)| bench.token_for(token).is_ok()).count();
            prop_assert_eq!(good, usize::from(!mine.is_empty()));
            if let Some((_, newest)) = mine.last() {
                let person = 10 + u128::from(address);
                prop_assert!(bench.register(newest, person, PASSWORD).is_ok());
                prop_assert_eq!(err(bench.register(newest, person + 10, PASSWORD)), NO_TOKEN);
            }
        }
    }
}
