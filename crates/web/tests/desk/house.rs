//! A shop with a vault, staff, one product and orders.

use axum::{Router, body::Body};
use domain::{
    CategoryId, FulfillmentId, Locale, OrderId, PersonId, ProductId, RecipientId, StaffId, VariantId, Yen,
    catalog::SaleStatus,
    delivery::TimeSlot,
    noshi::{Noshi, NoshiPlace, Wrapping},
    order::Channel,
    payment::PaymentMethod,
    person::{Contact, GiftWords, Personal},
    shipping::Region,
    staff::{StaffRole, StaffStatus},
    tax::{TaxClass, TaxLine},
};
use http::{HeaderMap, Request, StatusCode, header};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant, SystemTime},
};
use store::{
    order::{NewLine, NewOrder, NewRecipient},
    product, staff, stock,
};
use telemetry::Life;
use testkit::Authenticator;
use tower::ServiceExt;
use uuid::Uuid;
use vault_api::{Client, Column, IndexAsk, IndexField, Place, Plain, Role, SealItem, Secret};

pub const ORIGIN: &str = "http://shop.localhost:8080";
pub const NAME: &str = "狐塚 実乃里";
pub const MAIL: &str = "canary-7f3a@example.jp";
pub const TO: &str = "梟谷 木霊";
pub const WORDS: &str = "秋の便りを添えて";
const VISIT: &str = "visit=CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk";

pub struct House {
    pub store: store::Store,
    pub folder: tempfile::TempDir,
    pub owner: Client,
    pub web: Client,
    pub app: web::App,
    router: Router,
    ahead_ms: Arc<AtomicI64>,
    witnessed: bool,
    vault: Option<Vault>,
}

type Vault = (Life, JoinHandle<anyhow::Result<()>>);

fn start_vault(folder: &Path, witnessed: bool, ahead_ms: Arc<AtomicI64>) -> Vault {
    let (socket, life) = (folder.join("vault.sock"), Life::of_test("vault", folder));
    let mut config = vault::Config::new(folder.join("vault"), &socket, "Risudo");
    config.origin = Some(ORIGIN.to_owned());
    config.witnessed = witnessed;
    let now_ms = move || {
        let machine = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
        i64::try_from(machine).unwrap() + ahead_ms.load(Ordering::SeqCst)
    };
    let thread = std::thread::spawn({
        let life = life.clone();
        move || vault::run_by_clock(config, life, now_ms)
    });
    let until = Instant::now() + Duration::from_secs(20);
    while let Err(error) = Client::connect(&socket, Role::Owner) {
        assert!(Instant::now() < until && !thread.is_finished(), "no vault: {error}");
        std::thread::sleep(Duration::from_millis(5));
    }
    (life, thread)
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn to(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |v| v.to_str().unwrap())
    }
}

impl House {
    pub fn open() -> House {
        House::open_witnessed(false)
    }

    /// The same, where a witness of the ledger is awaited.
    pub fn open_witnessed(witnessed: bool) -> House {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("vault.sock");
        let ahead_ms = Arc::new(AtomicI64::new(0));
        let vault = start_vault(folder.path(), witnessed, Arc::clone(&ahead_ms));
        let owner = Client::lazy(&socket, Role::Owner);
        let store = store::Store::open(&store::Url::Sqlite(folder.path().join("shop.db"))).unwrap();
        store.write_blocking(seed).unwrap();
        let config = web::Config {
            vault_socket: socket.clone(),
            shop_origin: ORIGIN.into(),
            ..crate::common::config(folder.path(), store.clone())
        };
        let app = web::App::new(config);
        let router = web::routes::all(app.clone());
        let web = Client::lazy(&socket, Role::Web);
        House { store, folder, owner, web, app, router, ahead_ms, witnessed, vault: Some(vault) }
    }

    /// Lets the vault's clock be so far ahead of the machine's.
    pub fn clock_ahead(&self, ahead: Duration) {
        self.ahead_ms.store(i64::try_from(ahead.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// Starts the vault again.
    pub fn open_vault(&mut self) {
        self.vault = Some(start_vault(self.folder.path(), self.witnessed, Arc::clone(&self.ahead_ms)));
    }

    /// Stops the vault.
    pub fn close_vault(&mut self) {
        if let Some((life, thread)) = self.vault.take() {
            life.stop();
            thread.join().unwrap().unwrap();
        }
    }

    /// A member of staff with an unused link.
    pub fn invite(&self, login: &str, role: StaffRole, status: StaffStatus) -> (StaffId, String) {
        let id = StaffId(Uuid::now_v7());
        let member = staff::Staff {
            id,
            login: login.to_owned(),
            display_name: format!("係 {login}"),
            role,
            status,
            created_at: 1,
        };
        self.store.write_blocking(move |tx| staff::insert(tx, &member)).unwrap();
        (id, self.owner.staff_invite(id.0, Secret::new(login)).unwrap().to_text())
    }

    /// The cookie of somebody who came in by a link.
    pub fn enter(&self, login: &str, role: StaffRole, status: StaffStatus) -> String {
        let (_, link) = self.invite(login, role, status);
        let cap = self.web.staff_redeem(&vault_api::LinkToken::parse(&link).unwrap()).unwrap();
        format!("staff={}", cap.to_text())
    }

    pub fn manager(&self) -> String {
        self.enter("manager", StaffRole::Manager, StaffStatus::Active)
    }

    pub async fn ask(&self, request: http::request::Builder, cookie: &str, body: impl Into<Body>) -> Answer {
        let request = request.header("cookie", format!("{VISIT}; {cookie}")).header("accept-language", "ja");
        let asked = crate::common::pages::Asked::of(&request);
        let answer = self.router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        forms_fit_the_map(&body);
        asked.answered(&body);
        Answer { status: parts.status, headers: parts.headers, body, bytes: bytes.to_vec() }
    }

    pub async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.ask(Request::get(path), cookie, String::new()).await
    }

    /// Sends a form with its token from our own page.
    pub async fn post(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answer {
        let request = Request::post(path).header("origin", ORIGIN).header("sec-fetch-site", "same-origin");
        self.send(request, cookie, fields).await
    }

    /// Sends a form with its token, with the headers given.
    pub async fn send(
        &self,
        request: http::request::Builder,
        cookie: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        let token = csrf();
        let pairs = [("_t", token.as_str())].into_iter().chain(fields.iter().copied());
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.ask(request.header("content-type", "application/x-www-form-urlencoded"), cookie, body).await
    }

    /// An order of one parcel, a gift unless it goes to the buyer.
    pub fn order(&self, method: PaymentMethod, gift: bool) -> OrderId {
        self.order_with(method, gift, None)
    }

    /// The same, with something else put in place of the buyer's sealed contact.
    pub fn order_with(&self, method: PaymentMethod, gift: bool, stolen: Option<store::Sealed>) -> OrderId {
        let (order, recipient) = (Uuid::now_v7(), Uuid::now_v7());
        let person = Uuid::now_v7();
        let to = if gift { Uuid::now_v7() } else { person };
        let item = |column: Column, row, person, bytes: Vec<u8>, index| SealItem {
            place: Place::new(column, row, person),
            plaintext: Plain::new(bytes),
            create_person: true,
            index,
        };
        let asks =
            vec![IndexAsk::new(IndexField::Name, NAME), IndexAsk::new(IndexField::Phone, "0263112233")];
        let words = GiftWords { message: Personal::new(WORDS), noshi_name: Personal::new("狐塚") };
        let mail = vec![IndexAsk::new(IndexField::Email, MAIL)];
        let items = vec![
            item(Column::OrdersEmail, order, person, MAIL.into(), mail),
            item(Column::OrdersContact, order, person, contact(NAME).to_bytes(), asks),
            item(
                Column::OrderRecipientContact,
                recipient,
                to,
                contact(if gift { TO } else { NAME }).to_bytes(),
                vec![],
            ),
            item(Column::OrderRecipientMessage, recipient, to, words.to_bytes(), vec![]),
        ];
        let mut sealed = self.owner.seal(None, items).unwrap().items.into_iter();
        let mut next = || sealed.next().unwrap();
        let (email, who, to_contact, message) = (next(), next(), next(), next());
        let price = Yen::new(1_080);
        let new = NewOrder {
            id: OrderId(order),
            person: PersonId(person),
            customer: None,
            channel: Channel::Web,
            method,
            locale: Locale::Ja,
            placed_at: 1_795_000_000_000,
            subtotal: price,
            shipping_fee: Yen::ZERO,
            cod_fee: Yen::ZERO,
            total: price,
            taxes: vec![TaxLine { class: TaxClass::Reduced, gross: price, tax: Yen::new(80) }],
            email_index: email.index[0].0.into(),
            email: email.sealed.into_bytes().into(),
            name_index: who.index[0].0.into(),
            phone_index: who.index[1].0.into(),
            contact: stolen.unwrap_or_else(|| who.sealed.into_bytes().into()),
            message_grant: None,
            recipients: vec![NewRecipient {
                is_orderer: !gift,
                message: Some(message.sealed.into_bytes().into()),
                noshi: Noshi::Celebration,
                wrapping: Wrapping::Paper,
                time_slot: TimeSlot::Morning,
                ..box_of_manju(RecipientId(recipient), PersonId(to), to_contact.sealed.into_bytes().into())
            }],
            cart: None,
            card_entry: None,
            envelope: None,
        };
        self.store
            .write_blocking(move |tx| {
                store::order::place(tx, &new).map_err(|e| match e {
                    store::order::PlaceError::Store(error) => error,
                    _ => store::Error::Inconsistent("the order was not placed"),
                })
            })
            .unwrap()
            .id
    }

    pub fn parcel(&self, order: OrderId) -> FulfillmentId {
        self.store.read_blocking(move |tx| store::order::recipients_of(tx, order)).unwrap()[0].fulfillment.id
    }

    pub fn actions(&self) -> Vec<String> {
        let all = self.store.read_blocking(|tx| staff::actions(tx, store::Span::ALWAYS, 100)).unwrap();
        all.into_iter().map(|a| format!("{} {}", a.action, a.detail)).collect()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.close_vault();
    }
}

pub fn variant() -> VariantId {
    VariantId(Uuid::from_u128(3))
}

pub fn goods() -> ProductId {
    ProductId(Uuid::from_u128(2))
}

fn csrf() -> String {
    let mut headers = HeaderMap::new();
    headers.insert(header::COOKIE, VISIT.parse().unwrap());
    web::visit::Visit::of(&headers, &"/".parse().unwrap(), false).unwrap().csrf().to_owned()
}

fn contact(name: &str) -> Contact {
    let p = Personal::new;
    Contact {
        name: p(name),
        kana: p("カナ"),
        phone: p("0263112233"),
        postcode: p("3900811"),
        prefecture: p("長野県"),
        city: p("松本市中央"),
        street: p("八丁目九十一"),
        building: p(""),
    }
}

/// A box for somebody else, without a word.
pub fn box_of_manju(id: RecipientId, person: PersonId, contact: store::Sealed) -> NewRecipient {
    let price = Yen::new(1_080);
    NewRecipient {
        id,
        person,
        is_orderer: false,
        contact,
        message: None,
        name_index: None,
        phone_index: None,
        noshi: Noshi::None,
        noshi_place: NoshiPlace::Inside,
        wrapping: Wrapping::None,
        delivery_date: None,
        time_slot: TimeSlot::Any,
        region: Region::Central,
        shipping_fee: Yen::ZERO,
        cool_fee: Yen::ZERO,
        goods_total: price,
        lines: vec![NewLine {
            variant: variant(),
            sku: "M-1".into(),
            name_ja: "まんじゅう 6個入".into(),
            name_en: "Manju, box of 6".into(),
            unit_price: price,
            quantity: 1,
            tax_class: TaxClass::Reduced,
        }],
    }
}

fn seed(tx: &mut store::Tx<'_>) -> Result<(), store::Error> {
    let text = |s: &str| s.to_owned();
    let category = CategoryId(Uuid::from_u128(1));
    let (name_ja, name_en) = (text("和菓子"), text("Wagashi"));
    let slug = text("wagashi");
    let (lead_ja, lead_en) = (String::new(), String::new());
    let row = product::Category { id: category, slug, position: 1, name_ja, name_en, lead_ja, lead_en };
    product::put_category(tx, &row)?;
    product::put(
        tx,
        &product::Product {
            id: goods(),
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
            ingredients_ja: String::new(),
            ingredients_en: String::new(),
            storage_ja: String::new(),
            storage_en: String::new(),
            shelf_life_days: 5,
            allergens: Vec::new(),
            nutrition: None,
            nutrition_source: String::new(),
            tax_class: TaxClass::Reduced,
            cool: false,
            created_at: 1,
            updated_at: 1,
        },
    )?;
    let variant = product::Variant {
        id: variant(),
        product: goods(),
        sku: text("M-1"),
        position: 1,
        status: SaleStatus::Active,
        name_ja: text("6個入"),
        name_en: text("box of 6"),
        price: Yen::new(1_080),
        pieces: 6,
        weight_grams: 300,
        updated_at: 1,
    };
    product::put_variant(tx, &variant)?;
    stock::receive(tx, variant.id, 10, stock::Cause::default(), 1).map(|_| ())
}

/// Every form on a page of ours sends what the map says that its route takes: the gate would refuse anything else.
fn forms_fit_the_map(page: &str) {
    for form in page.split("<form ").skip(1).map(|f| f.split("</form>").next().unwrap()) {
        let head = form.split('>').next().unwrap();
        let value = |tag: &str, name: &str| {
            tag.split(&format!("{name}=\"")).nth(1).map(|v| v.split('"').next().unwrap().to_owned())
        };
        let action = value(head, "action").expect("a form says where it goes");
        let posted = value(head, "method").as_deref() == Some("post");
        let method = if posted { site::Method::Post } else { site::Method::Get };
        let site::Match::Found(route) = site::match_route(method, &action) else {
            panic!("{action} is not on the map")
        };
        let shape = if posted { route.form().unwrap() } else { route.query };
        let mut names: Vec<String> = Vec::new();
        for tag in form
            .split('<')
            .filter(|t| ["input", "select", "textarea", "button"].iter().any(|n| t.starts_with(n)))
        {
            let Some(name) = value(tag, " name") else { continue };
            let field = shape.field(&name).unwrap_or_else(|| panic!("{action}: {name} is not on the map"));
            if let Some(most) = value(tag, "maxlength") {
                assert!(
                    most.parse::<usize>().unwrap() <= field.chars_max,
                    "{action}: {name} may be longer here"
                );
            }
            names.push(name);
        }
        for field in shape.fields.iter().filter(|f| f.required) {
            assert!(names.iter().any(|n| n == field.name), "{action} does not send {}", field.name);
        }
        assert_eq!(posted, names.iter().any(|n| n == "_t"), "{action}");
    }
}

/// A form with a picture, as browsers send it.
pub fn multipart(fields: &[(&str, &str)], file: &[u8]) -> (String, Vec<u8>) {
    let boundary = "----WebKitFormBoundaryAbCdEf123";
    let mut body = Vec::new();
    for (name, value) in [("_t", csrf().as_str())].iter().chain(fields) {
        let head =
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(head.as_bytes());
    }
    let head = "Content-Disposition: form-data; name=\"picture\"; filename=\"photo.jpg\"\r\nContent-Type: image/jpeg";
    body.extend_from_slice(format!("--{boundary}\r\n{head}\r\n\r\n").as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}

/// Somebody who works here and can sign in: password, authenticator, and his cookie.
pub struct Colleague {
    pub cookie: String,
    login: String,
    app: Authenticator,
}

pub const STAFF_PASSWORD: &str = "yamaguri no ki no shita 9";

impl House {
    /// Invites somebody, who sets himself up.
    pub fn colleague(&self, login: &str, role: StaffRole) -> Colleague {
        let (_, link) = self.invite(login, role, StaffStatus::Active);
        let cap = self.web.staff_redeem(&vault_api::LinkToken::parse(&link).unwrap()).unwrap();
        self.web.staff_set_password(&cap, Secret::new(STAFF_PASSWORD)).unwrap();
        let mut app = Authenticator::told(self.web.staff_enroll_totp(&cap).unwrap().secret.reveal());
        self.web.staff_confirm_totp(&cap, Secret::new(app.code())).unwrap();
        Colleague { cookie: format!("staff={}", cap.to_text()), login: login.to_owned(), app }
    }
}

impl Colleague {
    /// Password and a fresh code, as the fields of a form.
    pub fn proof(&mut self) -> [(&'static str, String); 2] {
        [("password", STAFF_PASSWORD.to_owned()), ("totp", self.app.code())]
    }

    /// What colleagues call him.
    pub fn name(&self) -> String {
        format!("係 {}", self.login)
    }
}
