//! Who works here, as the owner decides it, and one's own means to sign in.

use crate::house::House;
use domain::{
    StaffId,
    message::DeliveryState,
    staff::{StaffRole, StaffStatus},
};
use http::StatusCode;
use vault_api::{AccountMessage, AccountMessageKind, Client, Role};

const KEY: &str = "0198c5b2-7b7e-7c3a-9a51-3f2a0c1d9e77";

/// The mails that are queued, as `post` opens them.
fn mails(house: &House) -> Vec<AccountMessage> {
    let post = Client::lazy(&house.folder.path().join("vault.sock"), Role::Post);
    let rows = house.store.read_blocking(|tx| store::outbox::list(tx, DeliveryState::Queued, 50)).unwrap();
    let grants = rows.into_iter().filter_map(|row| Some((row.account_grant?, row.id)));
    grants.map(|(grant, id)| post.open_account_message(&grant.0, id.0).unwrap()).collect()
}

fn status(house: &House, login: &str) -> Option<(StaffId, StaffRole, StaffStatus)> {
    let login = login.to_owned();
    let found = house.store.read_blocking(move |tx| store::staff::by_login(tx, &login)).unwrap();
    found.map(|s| (s.id, s.role, s.status))
}

async fn invites(house: &House, cookie: &str, login: &str, email: &str) -> crate::house::Answer {
    let fields = [("login", login), ("name", "新しい係"), ("role", "clerk"), ("email", email), ("key", KEY)];
    house.post("/admin/staff", cookie, &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_invites_and_the_link_goes_by_mail_only() {
    let house = House::open();
    let owner = house.enter("chizuru", StaffRole::Owner, StaffStatus::Active);
    let page = house.get("/admin/staff", &owner).await;
    assert!(page.status == StatusCode::OK && page.body.contains("係 chizuru"));
    for (login, email) in [("", "a@example.jp"), ("kazu", "no address"), ("chizuru", "a@example.jp")] {
        let answer = invites(&house, &owner, login, email).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{login} {email}");
        assert!(
            answer.body.contains("role=\"alert\"") && answer.body.contains(email),
            "what was typed stays"
        );
    }
    assert!(status(&house, "kazu").is_none() && mails(&house).is_empty());

    let answer = invites(&house, &owner, " Kazu ", "kazu@example.jp").await;
    assert_eq!((answer.status, answer.to()), (StatusCode::SEE_OTHER, "/admin/staff?done=invited"));
    let (id, role, state) = status(&house, "kazu").unwrap();
    assert_eq!((id.to_string().as_str(), role, state), (KEY, StaffRole::Clerk, StaffStatus::Invited));
    let mail = mails(&house).remove(0);
    assert_eq!((mail.kind, mail.to.reveal()), (AccountMessageKind::StaffInvited, "kazu@example.jp"));
    assert!(house.actions().contains(&"staff.invited clerk".to_owned()), "{:?}", house.actions());
    assert!(!house.get("/admin/staff", &owner).await.body.contains("kazu@example.jp"), "kept nowhere");

    let link = format!("/admin/link/{}", mail.link.unwrap().to_text());
    let entered = house.post(&link, "", &[]).await;
    assert_eq!(entered.to(), "/admin/setup");
    let cookie =
        entered.headers[http::header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(house.get("/admin/me", &cookie).await.status, StatusCode::OK);
    assert_eq!(
        house.get("/admin/staff", &cookie).await.status,
        StatusCode::FORBIDDEN,
        "a clerk decides nothing"
    );
    let forged = house.post(&format!("/admin/staff/{KEY}/sign-out"), &owner, &[]).await;
    assert_eq!(forged.to(), "/admin/staff?done=signed_out");
    assert_eq!(house.get("/admin/me", &cookie).await.to(), "/admin/sign-in");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_let_go_is_out_at_once_and_can_be_invited_again() {
    let house = House::open();
    let owner = house.enter("chizuru", StaffRole::Owner, StaffStatus::Active);
    let clerk = house.enter("minoru", StaffRole::Clerk, StaffStatus::Active);
    let (id, ..) = status(&house, "minoru").unwrap();
    let answer = house.post(&format!("/admin/staff/{id}/remove"), &owner, &[]).await;
    assert_eq!(answer.to(), "/admin/staff?done=let_go");
    assert_eq!(house.get("/admin", &clerk).await.to(), "/admin/sign-in");
    assert_eq!(status(&house, "minoru").unwrap().2, StaffStatus::Left);
    let (own, ..) = status(&house, "chizuru").unwrap();
    let answer = house.post(&format!("/admin/staff/{own}/remove"), &owner, &[]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "nobody lets himself go");

    let again = house.post(&format!("/admin/staff/{id}/invite"), &owner, &[("email", "m@example.jp")]).await;
    assert_eq!(again.to(), "/admin/staff?done=invited");
    assert_eq!(status(&house, "minoru").unwrap().2, StaffStatus::Invited);
    let link = format!("/admin/link/{}", mails(&house).remove(0).link.unwrap().to_text());
    assert_eq!(house.post(&link, "", &[]).await.to(), "/admin/setup");
}

/// The vault took password and code, and before the shop's database heard of it something died.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_set_himself_up_comes_in_though_the_word_of_it_got_lost() {
    let house = House::open();
    let mut kazu = house.colleague("kazu", StaffRole::Clerk);
    let (id, ..) = status(&house, "kazu").unwrap();
    let set = async |to| {
        house.store.write_blocking(move |tx| store::staff::set_status(tx, id, to)).unwrap();
    };
    let signs_in = async |proof: [(&'static str, String); 2]| {
        let [password, code] = proof;
        let typed = [("login", "kazu"), (password.0, &password.1), (code.0, &code.1)];
        house.post("/admin/sign-in", "", &typed).await
    };
    set(StaffStatus::Left).await;
    assert_eq!(signs_in(kazu.proof()).await.status, StatusCode::FORBIDDEN);
    set(StaffStatus::Invited).await;
    let entered = signs_in(kazu.proof()).await;
    assert_eq!((entered.status, entered.to()), (StatusCode::SEE_OTHER, "/admin"), "{}", entered.body);
    assert_eq!(status(&house, "kazu").unwrap().2, StaffStatus::Active);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_everywhere_ends_this_session_too() {
    let house = House::open();
    let (id, link) = house.invite("chizuru", StaffRole::Owner, StaffStatus::Active);
    let first = house.web.staff_redeem(&vault_api::LinkToken::parse(&link).unwrap()).unwrap();
    let second = house.owner.staff_invite(id.0, vault_api::Secret::new("chizuru")).unwrap();
    let second = house.web.staff_redeem(&second).unwrap();
    let [first, second] = [first, second].map(|cap| format!("staff={}", cap.to_text()));
    let answer = house.post("/admin/me/sign-out", &first, &[]).await;
    assert_eq!(answer.to(), "/admin/sign-in");
    for cookie in [&first, &second] {
        assert_eq!(house.get("/admin", cookie).await.to(), "/admin/sign-in");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_passkey_sends_is_judged_by_the_vault_and_the_answer_helps() {
    let house = House::open();
    let asked = house.post("/admin/passkey/ask", "", &[]).await;
    assert_eq!(asked.headers[http::header::CONTENT_TYPE], "application/json");
    let ask: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(
        (ask["rpId"].as_str(), ask["userVerification"].as_str()),
        (Some("shop.localhost"), Some("required"))
    );
    assert_eq!(ask["allowCredentials"].as_array().map(Vec::len), Some(0), "nobody is named");
    let none = [
        ("credential", "AAAA"),
        ("client_data", "e30"),
        ("authenticator_data", "AAAA"),
        ("signature", "AAAA"),
    ];
    let answer = house.post("/admin/passkey/sign-in", "", &none).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.contains("応答を確かめられませんでした"));
    let member = house.post("/passkey/sign-in", "", &none).await;
    assert!(member.status == StatusCode::OK && member.body.contains("応答を確かめられませんでした"));
}
