//! From the mail address to the account, with a mailbox that the test reads as `post` does.

use crate::house::{Answer, House};
use domain::{Locale, message::DeliveryState};
use http::{StatusCode, header};
use vault_api::{AccountMessage, AccountMessageKind as Kind, Client, Column, Role};

pub const MAIL: &str = "canary-7f3a@example.jp";
pub const PASSWORD: &str = "kuri to kurumi 7";
pub const NAME: &str = "狐塚 実乃里";

/// Every mail that is queued, as `post` opens it, oldest first; then none is queued any more.
pub fn mailbox(house: &House) -> Vec<AccountMessage> {
    let post = Client::lazy(&house.folder.path().join("vault.sock"), Role::Post);
    let rows = house
        .store
        .read_blocking(|tx| store::outbox::list(tx, DeliveryState::Queued, 50))
        .unwrap()
        .into_iter()
        .rev()
        .filter(|row| row.account_grant.is_some());
    let attempt = uuid::Uuid::now_v7();
    house.store.write_blocking(move |tx| store::outbox::claim(tx, attempt, i64::MAX, 0, 50)).unwrap();
    rows.map(|row| {
        assert_eq!((row.order, row.locale), (None, Some(Locale::Ja)));
        let opened = post.open_account_message(&row.account_grant.unwrap().0, row.id.0).unwrap();
        let id = row.id;
        house.store.write_blocking(move |tx| store::outbox::sent(tx, id, attempt, 1)).unwrap();
        opened
    })
    .collect()
}

/// The one mail that is queued.
pub fn mail(house: &House) -> AccountMessage {
    let mut all = mailbox(house);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

pub fn token(message: &AccountMessage) -> String {
    message.link.as_ref().unwrap().to_text()
}

pub fn contact(name: &str) -> Vec<(&'static str, String)> {
    [
        ("name", name),
        ("kana", "キツネヅカ ミノリ"),
        ("phone", "0263112233"),
        ("postcode", "3900811"),
        ("prefecture", "長野県"),
        ("city", "松本市中央"),
        ("street", "八丁目九十一"),
        ("building", ""),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

/// Sends a form; of the checkout's, what follows it.
pub async fn send(house: &House, path: &str, cookie: &str, fields: &[(&str, String)]) -> Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = house.post(path, cookie, &fields).await;
    if answer.to().starts_with("/checkout/at/") { house.get(answer.to(), cookie).await } else { answer }
}

/// The cookie that an answer hands out.
pub fn cap(answer: &Answer) -> String {
    let cookies: Vec<_> = answer.headers.get_all(header::SET_COOKIE).iter().collect();
    let all = cookies.into_iter().map(|v| v.to_str().unwrap().split(';').next().unwrap());
    all.rev().find(|c| c.starts_with("cap=")).expect("a capability").to_owned()
}

/// Registers, as a visitor does; the cookie of whoever is signed in then.
pub async fn register(house: &House, mail_address: &str, name: &str) -> String {
    let asked = house.post("/register", "", &[("email", mail_address)]).await;
    assert_eq!((asked.status, asked.to()), (StatusCode::SEE_OTHER, "/register/sent"));
    let message = mail(house);
    assert_eq!(message.kind, Kind::Register);
    let mut fields = contact(name);
    fields.extend([
        ("token", token(&message)),
        ("new_password", PASSWORD.to_owned()),
        ("agree", "1".to_owned()),
        ("go", "save".to_owned()),
    ]);
    let done = send(house, "/register/confirm", "", &fields).await;
    assert_eq!(
        (done.status, done.to()),
        (StatusCode::SEE_OTHER, "/account?done=registered"),
        "{}",
        done.body
    );
    cap(&done)
}

#[tokio::test(flavor = "multi_thread")]
async fn by_mail_to_an_account_and_in_again() {
    let house = House::open();
    let page = house.get("/register", "").await;
    assert!(page.status == StatusCode::OK && page.body.contains("action=\"/register\""));
    house.post("/register", "", &[("email", MAIL)]).await;
    let message = mail(&house);
    assert_eq!((message.kind, message.to.reveal()), (Kind::Register, MAIL));
    let link = format!("/a/{}", token(&message));
    for _ in 0..2 {
        let form = house.get(&link, "").await;
        assert!(form.body.contains("action=\"/register/confirm\""), "looking uses nothing up");
        assert!(!form.body.contains(MAIL), "the page names no address");
    }

    let typed = |change: &[(&'static str, &str)]| {
        let mut fields = contact(NAME);
        fields.extend([
            ("token", token(&message)),
            ("new_password", PASSWORD.to_owned()),
            ("agree", "1".to_owned()),
            ("go", "save".to_owned()),
        ]);
        for (name, value) in change {
            fields.retain(|(n, _)| n != name);
            fields.push((name, (*value).to_owned()));
        }
        fields
    };
    for (change, said) in [
        (("new_password", "password1234"), "よく使われるパスワード"),
        (("new_password", "short"), "10文字以上"),
        (("new_password", "1234567890"), "言い当てられやすい"),
        (("new_password", "my canary-7f3a"), "サインインに使うお名前"),
        (("new_password", "miyazaki2024"), "人や土地の名前"),
        (("new_password", "hanako19850412"), "誕生日などの日付"),
        (("new_password", ""), "新しいパスワードをお書きください"),
        (("kana", "漢字"), "フリガナ"),
        (("agree", ""), "同意"),
    ] {
        let again = send(&house, "/register/confirm", "", &typed(&[change])).await;
        assert_eq!(again.status, StatusCode::OK);
        assert!(again.body.contains(said) && again.body.contains(&token(&message)), "{change:?}");
        assert!(!again.body.contains(PASSWORD), "a password is never sent back");
    }
    let filled = typed(&[("go", "postcode"), ("postcode", "100-0005"), ("city", "")]);
    let filled = send(&house, "/register/confirm", "", &filled).await;
    assert!(filled.body.contains("千代田区丸の内"), "the postcode's address");

    let done = send(&house, "/register/confirm", "", &typed(&[])).await;
    assert_eq!(done.to(), "/account?done=registered");
    let account = house.get("/account?done=registered", &cap(&done)).await;
    assert!(account.body.contains(NAME) && account.body.contains(MAIL));
    assert!(account.body.contains("ご登録ありがとうございます"));
    let dead = house.get(&link, "").await;
    assert_eq!(dead.status, StatusCode::NOT_FOUND);
    assert!(dead.body.contains("このリンクはお使いいただけません"));
    let replay = send(&house, "/register/confirm", "", &typed(&[])).await;
    assert_eq!(replay.status, StatusCode::NOT_FOUND);

    let out = house.post("/sign-out", &cap(&done), &[]).await;
    assert_eq!(out.to(), "/");
    assert_eq!(house.get("/account", &cap(&done)).await.to(), "/sign-in", "the capability is over");
    let next = house.get("/account/orders", "").await;
    assert_eq!(next.to(), "/sign-in?next=/account/orders");
    let fields = [("email", MAIL), ("password", PASSWORD), ("next", "/account/orders")];
    let signed_in = house.post("/sign-in", "", &fields).await;
    assert_eq!(signed_in.to(), "/account/orders");
    assert_eq!(house.get("/account/orders", &cap(&signed_in)).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_set_anew_and_everybody_else_is_out() {
    let house = House::open();
    let old = register(&house, MAIL, NAME).await;
    assert_eq!(house.post("/forgot", "", &[("email", MAIL)]).await.to(), "/forgot/sent");
    let message = mail(&house);
    assert_eq!(message.kind, Kind::Reset);
    let form = house.get(&format!("/a/{}", token(&message)), "").await;
    assert!(form.body.contains("action=\"/forgot/confirm\""));
    let token = token(&message);
    let weak =
        house.post("/forgot/confirm", "", &[("token", &token), ("new_password", "xk9!xk9!xk9!")]).await;
    assert!(weak.status == StatusCode::OK && weak.body.contains("言い当てられやすい"));
    let fields = [("token", token.as_str()), ("new_password", "another good one 3")];
    let done = house.post("/forgot/confirm", "", &fields).await;
    assert_eq!(done.to(), "/account?done=password");
    assert_eq!(mail(&house).kind, Kind::PasswordChanged, "told by mail");
    assert_eq!(house.get("/account", &old).await.to(), "/sign-in", "whoever was signed in elsewhere");
    assert_eq!(house.get("/account", &cap(&done)).await.status, StatusCode::OK);
    assert_eq!(house.post("/forgot/confirm", "", &fields).await.status, StatusCode::NOT_FOUND, "once");
    let wrong = house.post("/sign-in", "", &[("email", MAIL), ("password", PASSWORD)]).await;
    assert_eq!(wrong.status, StatusCode::OK);

    // In the account: with the old one.
    let signed_in = cap(&done);
    let change = |old: &'static str, new: &'static str| {
        let (house, cookie) = (&house, signed_in.clone());
        async move { house.post("/account/password", &cookie, &[("password", old), ("new_password", new)]).await }
    };
    assert!(change("wrong one 1234", PASSWORD).await.body.contains("いまのパスワードが違う"));
    assert!(change("another good one 3", "kuri").await.body.contains("10文字以上"));
    assert_eq!(change("another good one 3", PASSWORD).await.to(), "/account?done=password");
    assert_eq!(mail(&house).kind, Kind::PasswordChanged);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_mail_address() {
    let house = House::open();
    let cookie = register(&house, MAIL, NAME).await;
    let ask = |mail: &'static str, password: &'static str| {
        let (house, cookie) = (&house, cookie.clone());
        async move { house.post("/account/mail", &cookie, &[("email", mail), ("password", password)]).await }
    };
    assert!(house.get("/account/mail", &cookie).await.body.contains(MAIL));
    assert!(ask("new@example.jp", "wrong one 1234").await.body.contains("いまのパスワードが違う"));
    assert!(ask("no address", PASSWORD).await.body.contains("id=\"email-error\""));
    assert!(mailbox(&house).is_empty());
    assert_eq!(ask("new@example.jp", PASSWORD).await.to(), "/account?done=mail-asked");
    let mails = mailbox(&house);
    let told: Vec<_> = mails.iter().map(|m| (m.kind, m.to.reveal())).collect();
    assert_eq!(told, [(Kind::MailConfirm, "new@example.jp"), (Kind::MailAsked, MAIL)]);
    assert!(house.get("/account", &cookie).await.body.contains(MAIL), "nothing has changed yet");
    let link = token(&mails[0]);
    let page = house.get(&format!("/a/{link}"), "").await;
    assert!(page.body.contains("action=\"/account/mail/confirm\""));
    let done = house.post("/account/mail/confirm", "", &[("token", &link)]).await;
    assert_eq!(done.to(), "/account/mail/changed");
    let told = mail(&house);
    assert_eq!((told.kind, told.to.reveal()), (Kind::MailChanged, MAIL));
    let account = house.get("/account", &cookie).await;
    assert!(account.body.contains("new@example.jp") && !account.body.contains(MAIL), "the row follows");
    let signed_in = house.post("/sign-in", "", &[("email", "new@example.jp"), ("password", PASSWORD)]).await;
    assert_eq!(signed_in.to(), "/account");
}

/// Web died between the vault and the database: the next sign-in makes the row good.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_was_never_written_is_made_at_the_next_sign_in() {
    let house = House::open();
    house.post("/register", "", &[("email", MAIL)]).await;
    let message = mail(&house);
    let person = uuid::Uuid::now_v7();
    let item = vault_api::SealItem {
        place: vault_api::Place::new(Column::CustomerContact, person, person),
        plaintext: vault_api::Plain::new(*b"{}"),
        create_person: true,
        index: Vec::new(),
    };
    let password = vault_api::Secret::new(PASSWORD);
    house.web.account_register(message.link.as_ref().unwrap(), item, password).unwrap();
    let signed_in = house.post("/sign-in", "", &[("email", MAIL), ("password", PASSWORD)]).await;
    let account = house.get("/account", &cap(&signed_in)).await;
    assert_eq!(account.status, StatusCode::OK);
    assert!(account.body.contains(MAIL) && account.body.contains("まだご登録されておりません"));
    let saved = send(&house, "/account/profile", &cap(&signed_in), &contact(NAME)).await;
    assert_eq!(saved.to(), "/account?done=profile");
    assert!(house.get("/account", &cap(&signed_in)).await.body.contains(NAME));
}
