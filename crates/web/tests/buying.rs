//! A guest's way through cart and checkout while the vault is away: everything works up to the last step, which is
//! refused calmly, keeps the cart, and leaves nothing that was typed on the disk.

#![allow(clippy::unwrap_used)]

use axum::{Router, body::Body};
use domain::{CategoryId, ProductId, VariantId, Yen, card_entry::Step, catalog::SaleStatus, tax::TaxClass};
use http::{Request, StatusCode, header};
use std::path::Path;
use store::{product, stock};
use tower::ServiceExt;
use uuid::Uuid;

const COOKIE: &str = "visit=CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk";
const NAME: &str = "狐塚 実乃里";
const MAIL: &str = "canary-7f3a@example.jp";

struct Shop {
    router: Router,
    folder: tempfile::TempDir,
    variant: Uuid,
}

fn seed(tx: &mut store::Tx<'_>, variant: VariantId) -> Result<(), store::Error> {
    let (category, goods) = (CategoryId(Uuid::from_u128(1)), ProductId(Uuid::from_u128(2)));
    let text = |s: &str| s.to_owned();
    product::put_category(
        tx,
        &product::Category {
            id: category,
            slug: text("wagashi"),
            position: 1,
            name_ja: text("和菓子"),
            name_en: text("Wagashi"),
            lead_ja: text("餡"),
            lead_en: text("Paste"),
        },
    )?;
    product::put(
        tx,
        &product::Product {
            id: goods,
            slug: text("manju"),
            category,
            position: 1,
            featured: 1,
            status: SaleStatus::Active,
            name_ja: text("まんじゅう"),
            name_en: text("Manju"),
            lead_ja: text("ひと粒"),
            lead_en: text("One"),
            body_ja: text("一\n\n二"),
            body_en: text("1"),
            ingredients_ja: text("餡"),
            ingredients_en: text("paste"),
            storage_ja: text("常温"),
            storage_en: text("cool"),
            shelf_life_days: 5,
            allergens: vec![domain::allergen::Allergen::Wheat],
            nutrition: Some(domain::nutrition::Nutrition { energy_kcal: 300, ..Default::default() }),
            nutrition_source: text("表"),
            tax_class: TaxClass::Reduced,
            cool: false,
            created_at: 1,
            updated_at: 1,
        },
    )?;
    product::put_variant(
        tx,
        &product::Variant {
            id: variant,
            product: goods,
            sku: text("M-1"),
            position: 1,
            status: SaleStatus::Active,
            name_ja: text("6個入"),
            name_en: text("box of 6"),
            price: Yen::new(1_080),
            pieces: 6,
            weight_grams: 300,
            updated_at: 1,
        },
    )?;
    stock::receive(tx, variant, 3, stock::Cause { order: None, staff: None }, 1).map(|_| ())
}

fn shop() -> Shop {
    let folder = tempfile::tempdir().unwrap();
    let store = store::Store::open(&store::Url::Sqlite(folder.path().join("shop.db"))).unwrap();
    let variant = Uuid::from_u128(3);
    store.write_blocking(move |tx| seed(tx, VariantId(variant))).unwrap();
    let config = web::Config {
        socket: folder.path().join("web.sock"),
        store,
        vault_socket: folder.path().join("no-vault.sock"),
        vault_key: None,
        till_socket: folder.path().join("no-till.sock"),
        shop_origin: "http://shop.localhost:8080".into(),
        pay_origin: "http://pay.localhost:8081".into(),
        demo: true,
    };
    Shop { router: web::routes::all(web::App::new(config)), folder, variant }
}

impl Shop {
    async fn ask(&self, request: http::request::Builder, body: String) -> (StatusCode, String, String) {
        let request = request.header("cookie", COOKIE).header("accept-language", "ja");
        let answer = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (status, to) = (answer.status(), answer.headers().get(header::LOCATION).cloned());
        let bytes = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        let to = to.map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
        (status, to, String::from_utf8(bytes.to_vec()).unwrap())
    }

    async fn get(&self, path: &str) -> String {
        let (status, _, body) = self.ask(Request::get(path), String::new()).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        forms_fit_the_map(&body);
        body
    }

    /// Sends a form as the gate would let it through.
    async fn post(&self, path: &str, fields: &[(String, String)]) -> (StatusCode, String, String) {
        let site::Match::Found(route) = site::match_route(site::Method::Post, path) else {
            panic!("{path} is not on the map")
        };
        site::check(route.form().unwrap(), fields).unwrap_or_else(|r| panic!("{path}: {r:?}"));
        let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path)
            .header("origin", "http://shop.localhost:8080")
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = self.ask(request, encoded).await;
        forms_fit_the_map(&answer.2);
        answer
    }

    /// The cards' records: how far each visitor came.
    fn card_entries(&self) -> Vec<Step> {
        let store = store::Store::open(&store::Url::Sqlite(self.folder.path().join("shop.db"))).unwrap();
        let all = store
            .read_blocking(move |tx| store::card_entry::list(tx, store::Span::ALWAYS, None, 100))
            .unwrap();
        all.iter().map(|e| e.step).collect()
    }

    fn on_disk(&self, needle: &str) -> bool {
        fn look(folder: &Path, needle: &[u8]) -> bool {
            std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).any(|path| match path.is_dir() {
                true => look(&path, needle),
                false => std::fs::read(&path).unwrap().windows(needle.len()).any(|w| w == needle),
            })
        }
        look(self.folder.path(), needle.as_bytes())
    }
}

/// Every field of every posted form on the page is one that the gate lets through.
fn forms_fit_the_map(page: &str) {
    for form in page.split("<form ").skip(1).map(|f| f.split("</form>").next().unwrap()) {
        let attribute = |tag: &str, name: &str| {
            tag.split(&format!(" {name}=\"")).nth(1).and_then(|r| r.split('"').next()).map(str::to_owned)
        };
        let head = format!(" {}", form.split('>').next().unwrap());
        if attribute(&head, "method").as_deref() != Some("post") {
            continue;
        }
        let action = attribute(&head, "action").unwrap();
        let site::Match::Found(route) = site::match_route(site::Method::Post, &action) else {
            panic!("{action} is not on the map")
        };
        let shape = route.form().unwrap();
        let mut names = Vec::new();
        for tag in ["<input", "<select", "<textarea", "<button"] {
            for tag in form.split(tag).skip(1).map(|r| r.split('>').next().unwrap()) {
                if let Some(name) = attribute(tag, "name") {
                    assert!(shape.field(&name).is_some(), "{action}: {name}");
                    names.push(name);
                }
            }
        }
        for field in shape.fields.iter().filter(|f| f.required) {
            assert!(names.iter().any(|n| n == field.name), "{action} lacks {}", field.name);
        }
        assert!(names.iter().any(|n| n == "_t"), "{action}");
    }
}

/// The hidden fields of the form with this action.
fn hidden(page: &str, action: &str) -> Vec<(String, String)> {
    let form = page.split(&format!("action=\"{action}\"")).nth(1).unwrap().split("</form>").next().unwrap();
    let tags = form.split("<input type=\"hidden\" name=\"").skip(1);
    tags.map(|r| {
        let (name, rest) = r.split_once("\" value=\"").unwrap();
        (name.to_owned(), rest.split('"').next().unwrap().to_owned())
    })
    .collect()
}

fn typed(token: &str, go: &str) -> Vec<(String, String)> {
    [
        ("_t", token),
        ("go", go),
        ("name", NAME),
        ("kana", "きつねづか みのり"),
        ("email", MAIL),
        ("phone", "090-1234-0000"),
        ("postcode", "100-0001"),
        ("prefecture", "東京都"),
        ("city", "千代田区千代田"),
        ("street", "1-1"),
        ("building", ""),
        ("ship_to", "self"),
        ("to_name", ""),
        ("to_kana", ""),
        ("to_phone", ""),
        ("to_postcode", ""),
        ("to_prefecture", ""),
        ("to_city", ""),
        ("to_street", ""),
        ("to_building", ""),
        ("noshi", "none"),
        ("noshi_name", ""),
        ("wrapping", "none"),
        ("message", ""),
        ("delivery_date", ""),
        ("time_slot", "any"),
        ("payment", "card"),
        ("agree", "1"),
    ]
    .map(|(n, v)| (n.to_owned(), v.to_owned()))
    .into()
}

#[tokio::test]
async fn a_guest_comes_as_far_as_the_vault_and_nothing_typed_stays_behind() {
    let shop = shop();
    let page = shop.get("/p/manju").await;
    for word in ["1,080円", "小麦", "1個（50g）あたり", "すぐにご用意できます"] {
        let there = page.contains(word) || word.starts_with("すぐ") && page.contains("残り3点");
        assert!(there, "{word}");
    }
    let mut add = hidden(&page, "/cart/add");
    let token = add[0].1.clone();
    add.extend([("variant".into(), shop.variant.to_string()), ("quantity".into(), "2".into())]);
    assert_eq!(shop.post("/cart/add", &add).await.1, "/cart");
    assert!(shop.get("/cart").await.contains("2,160円"));
    shop.get("/checkout").await;

    // Errors are said at their fields, above the form too; a postcode fills the address without a script.
    let mut wrong = typed(&token, "confirm");
    wrong.iter_mut().filter(|(n, _)| n == "kana").for_each(|(_, v)| v.clear());
    let (_, _, page) = shop.post("/checkout", &wrong).await;
    assert!(page.contains("href=\"#kana\"") && page.contains("aria-describedby=\"kana-hint kana-error\""));
    let mut empty = typed(&token, "postcode");
    empty
        .iter_mut()
        .filter(|(n, _)| ["prefecture", "city"].contains(&n.as_str()))
        .for_each(|(_, v)| v.clear());
    let (_, _, page) = shop.post("/checkout", &empty).await;
    assert!(page.contains("value=\"千代田区千代田\"") && page.contains("<option value=\"東京都\" selected>"));

    let (status, _, page) = shop.post("/checkout", &typed(&token, "confirm")).await;
    assert_eq!(status, StatusCode::OK);
    for word in [NAME, MAIL, "2,910円", "うち消費税（8％対象 2,160円）"] {
        assert!(page.contains(word), "{word}");
    }
    let mut order = hidden(&page, "/checkout/place");
    order.push(("go".into(), "confirm".into()));
    let (status, _, page) = shop.post("/checkout/place", &order).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.contains("蔵") && !page.contains(NAME));
    assert!(shop.get("/cart").await.contains("2,160円"));
    assert!(shop.on_disk("まんじゅう"), "the scan finds what is there");
    for personal in [NAME, MAIL, "キツネヅカ", "09012340000", "千代田区"] {
        assert!(!shop.on_disk(personal), "{personal}");
    }
}

#[tokio::test]
async fn robots_at_the_cart_do_not_count_among_those_who_may_have_typed_a_card() {
    let shop = shop();
    for _ in 0..3 {
        let request = Request::get("/cart").body(Body::empty()).unwrap();
        let answer = shop.router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(answer.headers().contains_key(header::SET_COOKIE));
    }
    assert_eq!(shop.card_entries(), []);
    shop.get("/cart").await;
    assert_eq!(shop.card_entries(), [Step::Cart], "a visitor who came back, though the cart is empty");

    let page = shop.get("/p/manju").await;
    let mut add = hidden(&page, "/cart/add");
    add.extend([("variant".into(), shop.variant.to_string()), ("quantity".into(), "1".into())]);
    shop.post("/cart/add", &add).await;
    shop.get("/cart").await;
    shop.get("/checkout").await;
    assert_eq!(shop.card_entries(), [Step::Checkout]);
}

#[tokio::test]
async fn another_total_or_another_visitors_key_is_confirmed_anew_and_too_much_is_said_in_the_cart() {
    let shop = shop();
    let page = shop.get("/p/manju").await;
    let mut add = hidden(&page, "/cart/add");
    let token = add[0].1.clone();
    add.extend([("variant".into(), shop.variant.to_string()), ("quantity".into(), "3".into())]);
    shop.post("/cart/add", &add).await;
    let (_, _, page) = shop.post("/checkout", &typed(&token, "confirm")).await;
    let order = hidden(&page, "/checkout/place");
    for (field, value) in [("total", "1"), ("key", "00000000-0000-8000-8000-000000000000")] {
        let mut changed = order.clone();
        changed.iter_mut().filter(|(n, _)| n == field).for_each(|(_, v)| *v = value.into());
        let (status, _, page) = shop.post("/checkout/place", &changed).await;
        assert_eq!(status, StatusCode::OK, "{field}");
        assert!(page.contains("もう一度お確かめください"), "{field}");
    }
    shop.post("/cart/add", &add).await;
    assert!(shop.get("/cart").await.contains("残りが3点になりました"));
    assert_eq!(shop.post("/checkout", &typed(&token, "confirm")).await.1, "/cart");
}

#[tokio::test]
async fn what_no_card_can_pay_is_said_before_the_order() {
    let shop = shop();
    let store = store::Store::open(&store::Url::Sqlite(shop.folder.path().join("shop.db"))).unwrap();
    let dear = |tx: &mut store::Tx<'_>| {
        for v in product::variants(tx, ProductId(Uuid::from_u128(2)))? {
            product::put_variant(tx, &product::Variant { price: Yen::new(60_000_000), ..v.variant })?;
        }
        Ok::<_, store::Error>(())
    };
    store.write_blocking(dear).unwrap();
    let page = shop.get("/p/manju").await;
    let mut add = hidden(&page, "/cart/add");
    let token = add[0].1.clone();
    add.extend([("variant".into(), shop.variant.to_string()), ("quantity".into(), "2".into())]);
    shop.post("/cart/add", &add).await;
    let (status, _, page) = shop.post("/checkout", &typed(&token, "confirm")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("99,999,999円まで") && page.contains("role=\"alert\""), "{page}");
    assert!(!page.contains("action=\"/checkout/place\""), "nothing to confirm");
}
