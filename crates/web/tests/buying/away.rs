//! A purchase while the vault is away: the order is placed, what is personal in it waits in an envelope, and everything
//! is as if nothing had been once the vault is back.

use crate::shop::{COOKIE, MAIL, NAME, Shop, hidden, shop_in, typed};
use axum::body::Body;
use domain::OrderId;
use http::{Request, StatusCode, header};
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use store::envelope::{self, Count};
use telemetry::Life;
use tower::ServiceExt;

/// A vault that can be stopped and started again.
struct Vault {
    life: Life,
    thread: std::thread::JoinHandle<()>,
}

impl Vault {
    fn start(folder: &Path) -> Vault {
        let life = Life::of_test("vault", folder);
        let config = vault::Config::new(folder.join("vault"), folder.join("vault.sock"), "Risudo");
        let mine = life.clone();
        Vault { life, thread: std::thread::spawn(move || vault::run(config, mine).unwrap()) }
    }

    fn stop(self) {
        self.life.stop();
        self.thread.join().unwrap();
    }
}

/// Waits, off the runtime's threads, until something is so.
async fn until(what: &str, mut so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !so() {
        assert!(Instant::now() < end, "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// What hands envelopes in when the vault is back.
struct Porter {
    life: Life,
    thread: std::thread::JoinHandle<()>,
}

impl Porter {
    fn start(app: &web::App, folder: &Path) -> Porter {
        let life = Life::of_test("web", folder);
        Porter { thread: web::envelopes::start(app.clone(), life.clone()).unwrap(), life }
    }

    fn stop(self) {
        self.life.stop();
        self.thread.join().unwrap();
    }
}

/// A shop at work whose vault has left it a key of the day, and is gone.
struct Away {
    shop: Shop,
    app: web::App,
    at: PathBuf,
    web: Porter,
}

async fn vault_gone() -> Away {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().to_owned();
    let vault = Vault::start(&at);
    let (shop, app) = shop_in(folder, &at.join("vault.sock"));
    let web = Porter::start(&app, &at);
    until("no key of the day", || at.join("day.key").exists()).await;
    vault.stop();
    until("nobody saw it go", || app.vault().is_away()).await;
    Away { shop, app, at, web }
}

fn order_of(id: OrderId) -> impl Fn(&mut store::Tx<'_>) -> Result<store::order::Order, store::Error> + Copy {
    move |tx| Ok(store::order::get(tx, id)?.unwrap())
}

fn store_of(shop: &Shop) -> store::Store {
    store::Store::open(&store::Url::Sqlite(shop.folder.path().join("shop.db"))).unwrap()
}

/// Places an order in cash; where the shop sends the buyer.
async fn buy(shop: &Shop) -> String {
    let page = shop.get("/p/manju").await;
    let mut add = hidden(&page, "/cart/add");
    let token = add[0].1.clone();
    add.extend([("variant".into(), shop.variant.to_string()), ("quantity".into(), "1".into())]);
    shop.post("/cart/add", &add).await;
    let mut form = typed(&token, "confirm");
    form.iter_mut().filter(|(n, _)| n == "payment").for_each(|(_, v)| *v = "cash_on_delivery".into());
    let (_, _, page) = shop.post("/checkout", &form).await;
    let mut order = hidden(&page, "/checkout/place");
    order.push(("go".into(), "confirm".into()));
    let (status, to, page) = shop.post("/checkout/place", &order).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    // Sent twice, as an impatient buyer does.
    assert_eq!(shop.post("/checkout/place", &order).await.1, to);
    to
}

async fn as_somebody_else(shop: &Shop, path: &str) -> StatusCode {
    let other = COOKIE.replace("CQkJ", "CgoK");
    let request = Request::get(path).header("cookie", other).body(Body::empty()).unwrap();
    shop.router.clone().oneshot(request).await.unwrap().status()
}

#[tokio::test]
async fn an_order_waits_for_the_vault_and_nobody_else_reads_it() {
    let Away { shop, at, web, .. } = vault_gone().await;

    let to = buy(&shop).await;
    let id: OrderId = to.strip_prefix("/order/").unwrap().parse().unwrap();
    let store = store_of(&shop);
    let order = order_of(id);
    let placed = store.read_blocking(order).unwrap();
    assert!(placed.waits_for_vault() && placed.message_grant.is_none());
    assert_eq!(store.read_blocking(envelope::count).unwrap(), Count { waiting: 1, refused: 0 });
    let page = shop.get(&to).await;
    assert!(page.contains(&placed.number) && page.contains("蔵が開きしだい"), "{page}");
    assert!(!page.contains(NAME) && !page.contains("/receipt"));
    // Whoever goes back to the page on which he confirmed is led to the order, which holds what was typed now.
    let back = Request::get(format!("/checkout/at/{id}"));
    assert_eq!(shop.ask(back, String::new()).await.1, to);
    assert_eq!(as_somebody_else(&shop, &to).await, StatusCode::FORBIDDEN);
    for personal in [NAME, MAIL, "キツネヅカ", "09012340000", "千代田区"] {
        assert!(!shop.on_disk(personal), "{personal}");
    }

    let vault = Vault::start(&at);
    until("not taken in", || !store.read_blocking(order).unwrap().waits_for_vault()).await;
    assert_eq!(store.read_blocking(envelope::count).unwrap(), Count::default());
    // The buyer's own page opens by itself; nobody else's does.
    assert_eq!(as_somebody_else(&shop, &to).await, StatusCode::FORBIDDEN);
    let ask = Request::get(&to).header("cookie", COOKIE).body(Body::empty()).unwrap();
    let answer = shop.router.clone().oneshot(ask).await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let cap = answer.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let ask = Request::get(&to).header("cookie", format!("{COOKIE}; {cap}")).header("accept-language", "ja");
    let answer = shop.router.clone().oneshot(ask.body(Body::empty()).unwrap()).await.unwrap();
    let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    let page = String::from_utf8(body.to_vec()).unwrap();
    assert!(page.contains(NAME) && page.contains(MAIL) && !page.contains("蔵が開きしだい"), "{page}");
    for personal in [NAME, MAIL, "千代田区"] {
        assert!(!shop.on_disk(personal), "{personal}");
    }
    web.stop();
    vault.stop();
}

/// As after a death between the vault's answer and the database's commit: the same envelope once more.
#[tokio::test]
async fn a_death_in_the_middle_loses_nothing() {
    let Away { shop, app, at, web } = vault_gone().await;
    web.stop();
    // Web starts anew while the vault is away: the key is the one of its folder.
    let to = buy(&shop).await;
    let id: OrderId = to.strip_prefix("/order/").unwrap().parse().unwrap();

    let vault = Vault::start(&at);
    let store = store_of(&shop);
    let due = store.read_blocking(|tx| envelope::due(tx, i64::MAX, 10)).unwrap();
    let (order, waiting) = due.into_iter().next().unwrap();
    assert_eq!(order, id);
    let client = vault_api::Client::lazy(&at.join("vault.sock"), vault_api::Role::Web);
    let envelope = vault_api::Envelope { key: waiting.key, sealed: waiting.sealed };
    let handed = || client.take_in(order.0, envelope.clone());
    until("no vault", || handed().is_ok()).await;

    let web = Porter::start(&app, &at);
    let read = order_of(id);
    until("not taken in", || !store.read_blocking(read).unwrap().waits_for_vault()).await;
    assert!(store.read_blocking(read).unwrap().message_grant.is_some());
    web.stop();
    vault.stop();
}

#[tokio::test]
async fn what_the_vault_cannot_open_is_said_and_holds_the_order() {
    let Away { shop, at, web, .. } = vault_gone().await;
    let to = buy(&shop).await;
    let id: OrderId = to.strip_prefix("/order/").unwrap().parse().unwrap();
    // The vault comes back without its keys of days, as from an older backup.
    std::fs::remove_dir_all(at.join("vault")).unwrap();
    let vault = Vault::start(&at);
    let store = store_of(&shop);
    let read = order_of(id);
    until("nobody said so", || store.read_blocking(read).unwrap().hold_reason.is_some()).await;
    assert_eq!(store.read_blocking(read).unwrap().hold_reason.as_deref(), Some(envelope::HOLD));
    assert_eq!(store.read_blocking(envelope::count).unwrap(), Count { waiting: 1, refused: 1 });
    web.stop();
    vault.stop();
}
