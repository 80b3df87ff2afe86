//! A shop of one product whose vault and till are away, and a visitor in it.

use axum::{Router, body::Body};
use domain::{CategoryId, ProductId, VariantId, Yen, card_entry::Step, catalog::SaleStatus, tax::TaxClass};
use http::{Request, StatusCode, header};
use std::path::Path;
use store::{product, stock};
use tower::ServiceExt;
use uuid::Uuid;

pub const COOKIE: &str = "visit=CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk";
pub const NAME: &str = "狐塚 実乃里";
pub const MAIL: &str = "canary-7f3a@example.jp";

pub struct Shop {
    pub router: Router,
    pub folder: tempfile::TempDir,
    pub variant: Uuid,
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
            reading: String::new(),
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

pub fn shop() -> Shop {
    let folder = tempfile::tempdir().unwrap();
    let vault = folder.path().join("no-vault.sock");
    shop_in(folder, &vault).0
}

/// The same in this folder and with the vault behind this socket, if one is there.
pub fn shop_in(folder: tempfile::TempDir, vault: &Path) -> (Shop, web::App) {
    let store = store::Store::open(&store::Url::Sqlite(folder.path().join("shop.db"))).unwrap();
    let variant = Uuid::from_u128(3);
    store.write_blocking(move |tx| seed(tx, VariantId(variant))).unwrap();
    let config =
        web::Config { vault_socket: vault.to_owned(), ..crate::common::config(folder.path(), store) };
    let app = web::App::new(config);
    (Shop { router: web::routes::all(app.clone()), folder, variant }, app)
}

impl Shop {
    pub async fn ask(&self, request: http::request::Builder, body: String) -> (StatusCode, String, String) {
        let request = request.header("cookie", COOKIE).header("accept-language", "ja");
        let asked = crate::common::pages::Asked::of(&request);
        let answer = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (status, to) = (answer.status(), answer.headers().get(header::LOCATION).cloned());
        let bytes = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        let to = to.map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
        let body = String::from_utf8(bytes.to_vec()).unwrap();
        asked.answered(&body);
        (status, to, body)
    }

    pub async fn get(&self, path: &str) -> String {
        let (status, _, body) = self.ask(Request::get(path), String::new()).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        forms_fit_the_map(&body);
        body
    }

    /// Sends a form as the gate would let it through; of the checkout's, what follows it.
    pub async fn post(&self, path: &str, fields: &[(String, String)]) -> (StatusCode, String, String) {
        let site::Match::Found(route) = site::match_route(site::Method::Post, path) else {
            panic!("{path} is not on the map")
        };
        site::check(route.form().unwrap(), fields).unwrap_or_else(|r| panic!("{path}: {r:?}"));
        let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path)
            .header("origin", "http://shop.localhost:8080")
            .header("content-type", "application/x-www-form-urlencoded");
        let mut answer = self.ask(request, encoded).await;
        if answer.1.starts_with("/checkout/at/") {
            assert_eq!(answer.0, StatusCode::SEE_OTHER);
            answer = self.ask(Request::get(&answer.1), String::new()).await;
        }
        forms_fit_the_map(&answer.2);
        answer
    }

    /// The cards' records: how far each visitor came.
    pub fn card_entries(&self) -> Vec<Step> {
        let store = store::Store::open(&store::Url::Sqlite(self.folder.path().join("shop.db"))).unwrap();
        let all = store
            .read_blocking(move |tx| store::card_entry::list(tx, store::Span::ALWAYS, None, 100))
            .unwrap();
        all.iter().map(|e| e.step).collect()
    }

    pub fn on_disk(&self, needle: &str) -> bool {
        fn look(folder: &Path, needle: &[u8]) -> bool {
            std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).any(|path| match path.is_dir() {
                true => look(&path, needle),
                // Sockets hold nothing.
                false if !path.is_file() => false,
                false => std::fs::read(&path).unwrap().windows(needle.len()).any(|w| w == needle),
            })
        }
        look(self.folder.path(), needle.as_bytes())
    }
}

/// Every field of every posted form on the page is one that the gate lets through.
pub fn forms_fit_the_map(page: &str) {
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
pub fn hidden(page: &str, action: &str) -> Vec<(String, String)> {
    let form = page.split(&format!("action=\"{action}\"")).nth(1).unwrap().split("</form>").next().unwrap();
    let tags = form.split("<input type=\"hidden\" name=\"").skip(1);
    tags.map(|r| {
        let (name, rest) = r.split_once("\" value=\"").unwrap();
        (name.to_owned(), rest.split('"').next().unwrap().to_owned())
    })
    .collect()
}

pub fn typed(token: &str, go: &str) -> Vec<(String, String)> {
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
