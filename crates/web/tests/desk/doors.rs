//! Who comes in, and who does not.

use crate::house::{House, ORIGIN};
use domain::staff::{StaffRole, StaffStatus};
use http::{Request, StatusCode, header};
use site::{Method, Role, Route, Who};

const ID: &str = "00000000-0000-7000-8000-000000000000";

/// What ends the session that a test goes on with.
const ENDS: [&str; 2] = ["staff_sign_out", "staff_own_revoke"];

/// Every route of the back office.
fn desk() -> impl Iterator<Item = &'static Route> {
    site::routes().filter(|r| r.page.is_back_office())
}

fn path(route: &Route) -> String {
    route.pattern.replace("{id}", ID).replace("{token}", ID)
}

async fn take(house: &House, route: &Route, cookie: &str) -> crate::house::Answer {
    match route.method {
        Method::Get => house.get(&path(route), cookie).await,
        Method::Post => house.post(&path(route), cookie, &[]).await,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_route_opens_without_a_session_and_nothing_is_kept_by_the_browser() {
    let house = House::open();
    let strange = format!("staff={}", vault_api::CapToken::from_bytes([7; 32]).to_text());
    for cookie in ["", "staff=", "staff=abc", strange.as_str()] {
        for route in desk() {
            let answer = take(&house, route, cookie).await;
            assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store", "{}", route.id);
            let turned_away = answer.status == StatusCode::SEE_OTHER && answer.to() == "/admin/sign-in";
            assert_eq!(turned_away, route.who != Who::Public, "{}: {}", route.id, answer.status);
        }
    }
    assert!(house.actions().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customers_capability_opens_no_door() {
    let house = House::open();
    let order = house.order(domain::payment::PaymentMethod::CashOnDelivery, false);
    let person = uuid::Uuid::now_v7();
    let item = vault_api::SealItem {
        place: vault_api::Place::new(vault_api::Column::OrdersEmail, order.0, person),
        plaintext: vault_api::Plain::new("a@example.jp"),
        create_person: true,
        index: Vec::new(),
    };
    let ask = vault_api::OrderAsk { order: order.0, person, places: vec![item.place] };
    let guest = house.web.seal_order(None, vec![item.clone()], ask).unwrap().grant.guest_cap.unwrap();
    let other = vault_api::Place::new(vault_api::Column::OrdersEmail, order.0, uuid::Uuid::now_v7());
    let ticket = vault_api::SealItem { place: other, ..item };
    let ticket = house.web.seal(None, vec![ticket]).unwrap().ticket.unwrap();
    for cap in [guest, ticket] {
        let answer = house.get("/admin", &format!("staff={}", cap.to_text())).await;
        assert_eq!((answer.status, answer.to()), (StatusCode::SEE_OTHER, "/admin/sign-in"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_takes_its_routes_and_no_other() {
    let house = House::open();
    for role in StaffRole::ALL {
        let cookie = house.enter(role.word(), *role, StaffStatus::Active);
        let of = Role::of_word(role.word()).unwrap();
        for route in desk().filter(|r| r.who != Who::Public && !ENDS.contains(&r.id)) {
            let answer = take(&house, route, &cookie).await;
            let may = match route.who {
                Who::Staff(least) => of >= least,
                _ => true,
            };
            let result = answer.to().starts_with("/admin/orders?found=");
            assert!(answer.status != StatusCode::SEE_OTHER || result, "{role} {}", route.id);
            assert_eq!(answer.status != StatusCode::FORBIDDEN, may, "{role} {}: {}", route.id, answer.status);
            assert!(!answer.status.is_server_error(), "{role} {}: {}", route.id, answer.status);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_form_is_taken_from_elsewhere() {
    let house = House::open();
    let cookie = house.manager();
    for route in desk().filter(|r| r.method == Method::Post) {
        let post = || Request::post(path(route));
        let elsewhere = [
            post(),
            post().header("origin", "http://pay.localhost:8081"),
            post().header("origin", ORIGIN).header("sec-fetch-site", "same-site"),
            post().header("sec-fetch-site", "cross-site"),
            post().header("origin", "null").header("sec-fetch-site", "same-origin"),
        ];
        for request in elsewhere {
            let answer = house.send(request, &cookie, &[]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", route.id);
        }
    }
    assert_eq!(house.get("/admin", &cookie).await.status, StatusCode::OK, "still signed in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_works_once_and_looking_at_it_uses_nothing_up() {
    let house = House::open();
    let (_, link) = house.invite("chizuru", StaffRole::Owner, StaffStatus::Invited);
    let path = format!("/admin/link/{link}");
    for _ in 0..2 {
        let page = house.get(&path, "").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(
            !page
                .headers
                .get_all(header::SET_COOKIE)
                .iter()
                .any(|c| c.to_str().unwrap().starts_with("staff="))
        );
    }
    let entered = house.post(&path, "", &[]).await;
    assert_eq!((entered.status, entered.to()), (StatusCode::SEE_OTHER, "/admin/setup"));
    let cookie = entered.headers[header::SET_COOKIE].to_str().unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/admin"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let cookie = cookie.split(';').next().unwrap();
    assert_eq!(house.get("/admin", cookie).await.status, StatusCode::OK);
    assert_eq!(house.post(&path, "", &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(house.actions(), ["sign_in link"]);

    let out = house.post("/admin/sign-out", cookie, &[]).await;
    assert_eq!(out.to(), "/admin/sign-in");
    assert!(out.headers[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(house.get("/admin", cookie).await.to(), "/admin/sign-in", "the vault has forgotten it");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_left_is_out_at_once() {
    let house = House::open();
    let (id, link) = house.invite("minoru", StaffRole::Manager, StaffStatus::Active);
    let entered = house.post(&format!("/admin/link/{link}"), "", &[]).await;
    let cookie = entered.headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(house.get("/admin", &cookie).await.status, StatusCode::OK);
    house.store.write_blocking(move |tx| store::staff::set_status(tx, id, StaffStatus::Left)).unwrap();
    assert_eq!(house.get("/admin", &cookie).await.to(), "/admin/sign-in");
    let again = house.owner.staff_invite(id.0, vault_api::Secret::new("minoru")).unwrap().to_text();
    assert_eq!(house.post(&format!("/admin/link/{again}"), "", &[]).await.status, StatusCode::NOT_FOUND);
}

/// A gate that says what is closed, and does nothing.
fn gate_that_says(house: &House, closed: lock_api::Closed, since: &'static str) {
    use lock_api::{Answer, By, FRAME_BYTES_MAX, Lock, Request};
    let listener = wire::Listener::bind(&house.folder.path().join("no-lock.sock")).unwrap();
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let mut line = wire::Line::new(stream);
            while let Ok(Some(Request::State)) = line.recv::<Request>(FRAME_BYTES_MAX) {
                let lock = Lock { closed, by: By::Watch, number: 1, since: since.into(), ..Lock::never() };
                line.send(&Answer::Lock(lock)).unwrap();
            }
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn into_a_locked_shop_comes_its_owner_alone() {
    let house = House::open();
    let mut manager = house.colleague("minoru", StaffRole::Manager);
    let mut owner = house.colleague("chizuru", StaffRole::Owner);
    gate_that_says(&house, lock_api::Closed::Shop, "2026-11-01T00:00:00Z");
    let before = house.actions();
    let signs_in = async |login: &str, proof: [(&'static str, String); 2]| {
        let [password, code] = proof;
        let typed = [("login", login), (password.0, &password.1), (code.0, &code.1)];
        house.post("/admin/sign-in", "", &typed).await
    };
    let refused = signs_in("minoru", manager.proof()).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.body.contains("閉めたあとに店主が招いた方だけが帳場に入れます"), "{}", refused.body);
    assert!(!refused.headers.contains_key(header::SET_COOKIE) && house.actions() == before);
    let (_, link) = house.invite("kazu", StaffRole::Clerk, StaffStatus::Invited);
    let refused = house.post(&format!("/admin/link/{link}"), "", &[]).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    let entered = signs_in("chizuru", owner.proof()).await;
    assert_eq!((entered.status, entered.to()), (StatusCode::SEE_OTHER, "/admin"));
}

/// Two persons approve notices while the shop is closed: whom its owner invites after it was, comes in.
#[tokio::test(flavor = "multi_thread")]
async fn whom_the_owner_invites_into_a_locked_shop_comes_in() {
    let house = House::open();
    gate_that_says(&house, lock_api::Closed::Shop, "1970-01-01T00:00:00Z");
    let (_, link) = house.invite("kazu", StaffRole::Manager, StaffStatus::Invited);
    let entered = house.post(&format!("/admin/link/{link}"), "", &[]).await;
    assert_eq!((entered.status, entered.to()), (StatusCode::SEE_OTHER, "/admin/setup"));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_payment_is_closed_everybody_works() {
    let house = House::open();
    let mut manager = house.colleague("minoru", StaffRole::Manager);
    gate_that_says(&house, lock_api::Closed::Payment, "2026-11-01T00:00:00Z");
    let [password, code] = manager.proof();
    let typed = [("login", "minoru"), (password.0, &password.1), (code.0, &code.1)];
    let entered = house.post("/admin/sign-in", "", &typed).await;
    assert_eq!((entered.status, entered.to()), (StatusCode::SEE_OTHER, "/admin"));
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_says_the_same_whatever_was_wrong_and_then_asks_to_wait() {
    let house = House::open();
    let cookie = house.manager();
    let password = "栗の木の下で待つ十月";
    let both = [("go", "password"), ("password", password), ("password_again", password)];
    assert_eq!(house.post("/admin/setup", &cookie, &both).await.status, StatusCode::OK);
    let attempt = |login: &'static str, password: &'static str| {
        [("login", login), ("password", password), ("totp", "123456")]
    };
    let wrong = house.post("/admin/sign-in", "", &attempt("manager", "something else")).await;
    let right = house.post("/admin/sign-in", "", &attempt("manager", password)).await;
    let nobody = house.post("/admin/sign-in", "", &attempt("nobody", password)).await;
    let same = |page: &str| page.replace("value=\"manager\"", "").replace("value=\"nobody\"", "");
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    assert_eq!(same(&wrong.body), same(&right.body));
    assert_eq!(same(&wrong.body), same(&nobody.body));
    assert!(!wrong.body.contains("something else"), "what was typed as a password is not repeated");
    let mut last = wrong.status;
    for _ in 0..12 {
        last = house.post("/admin/sign-in", "", &attempt("manager", "something else")).await.status;
        if last == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn setting_up_says_why_a_password_is_refused_and_shows_the_secret_once() {
    let house = House::open();
    let cookie = house.enter("chizuru", StaffRole::Owner, StaffStatus::Invited);
    let set = async |a: &str, b: &str| {
        house
            .post("/admin/setup", &cookie, &[("go", "password"), ("password", a), ("password_again", b)])
            .await
    };
    for (a, b, says) in [
        ("short", "short", "10文字以上"),
        ("password1234", "password1234", "よく使われる"),
        ("chizuru-no-mise", "chizuru-no-mise", "ログインID"),
        ("栗の木の下で待つ", "栗の木の下で待て", "一致しません"),
    ] {
        let answer = set(a, b).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{says}");
        assert!(answer.body.contains(says), "{says}");
        assert!(!answer.body.contains(a));
    }
    let shown = set("栗の木の下で待つ十月", "栗の木の下で待つ十月").await;
    assert!(shown.body.contains("<svg class=\"qr\"") && shown.body.contains("class=\"secret\""));
    let wrong = house.post("/admin/setup", &cookie, &[("go", "confirm"), ("totp", "000000")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!wrong.body.contains("<svg") && !wrong.body.contains("class=\"secret\""));
    assert_eq!(house.actions(), ["staff.password "]);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_vault_is_away_the_desk_waits_calmly_and_the_shop_is_open() {
    let mut house = House::open();
    let cookie = house.manager();
    assert_eq!(house.get("/admin", &cookie).await.status, StatusCode::OK);
    house.close_vault();
    for path in ["/admin", "/admin/orders", "/admin/products"] {
        let away = house.get(path, &cookie).await;
        assert_eq!(away.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(
            away.body.contains("蔵の返事を待っています") && away.headers.contains_key(header::RETRY_AFTER)
        );
    }
    assert_eq!(house.get("/admin/sign-in", "").await.status, StatusCode::OK);
    assert_eq!(house.get("/p/manju", "").await.status, StatusCode::OK);
}
