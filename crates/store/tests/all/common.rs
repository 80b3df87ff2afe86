//! A small shop to test with, on either database.

use domain::{
    CardEntryId, CategoryId, Locale, OrderId, PersonId, ProductId, RecipientId, StaffId, VariantId, Yen,
    cart::{Line, Parcel, quote},
    catalog::SaleStatus,
    delivery::TimeSlot,
    noshi::{Noshi, NoshiPlace, Wrapping},
    order::Channel,
    payment::PaymentMethod,
    shipping::{Region, Tariff},
    tax::TaxClass,
};
use std::path::Path;
use store::{
    BlindIndex, Error, Millis, Sealed, Store, Tx, Url,
    order::{MessageGrant, NewLine, NewOrder, NewRecipient, Placed, WholeOrder},
    product::{Category, Product, Variant},
    stock::Cause,
};
use uuid::Uuid;

/// 2026-11-23T07:00:00Z
pub const NOW: Millis = 1_795_417_200_000;
/// Pieces of each variant in [`shop`].
pub const STOCK: u32 = 10;

/// Runs a test on a fresh SQLite file.
pub fn on_sqlite(test: fn(&Store)) {
    let dir = tempfile::tempdir().unwrap();
    test(&sqlite(dir.path()));
}

pub fn sqlite(dir: &Path) -> Store {
    Store::open(&Url::Sqlite(dir.join("shop.db"))).unwrap()
}

/// Runs a test in a fresh schema of the PostgreSQL server that `DOZO_TEST_POSTGRES` names.
pub fn on_postgres(test: fn(&Store)) {
    let Some(schema) = Schema::new() else { return };
    test(&schema.open());
}

/// A schema that goes when the test ends.
pub struct Schema {
    server: String,
    name: String,
}

impl Schema {
    pub fn new() -> Option<Schema> {
        let Ok(server) = std::env::var("DOZO_TEST_POSTGRES") else {
            testkit::skip(
                &testkit::test_name(),
                "no PostgreSQL server (`cargo xtask with-postgres …` has one)",
            );
            return None;
        };
        let name = format!("t_{}", Uuid::new_v4().simple());
        let schema = Schema { server, name };
        schema.admin(&format!("create schema {}", schema.name));
        Some(schema)
    }

    pub fn url(&self) -> Url {
        self.url_text().parse().unwrap()
    }

    pub fn url_text(&self) -> String {
        let sep = if self.server.contains('?') { '&' } else { '?' };
        format!("{}{sep}options=-csearch_path%3D{}", self.server, self.name)
    }

    pub fn open(&self) -> Store {
        Store::open(&self.url()).unwrap()
    }

    pub fn admin(&self, sql: &str) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (client, connection) =
                tokio_postgres::connect(&self.server, tokio_postgres::NoTls).await.unwrap();
            let driver = tokio::spawn(connection);
            client.batch_execute(sql).await.unwrap();
            drop(client);
            let _ = driver.await;
        });
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Why the server refuses this in the schema.
    pub fn refusal(&self, sql: &str) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (client, connection) =
                tokio_postgres::connect(&self.server, tokio_postgres::NoTls).await.unwrap();
            let driver = tokio::spawn(connection);
            client.batch_execute(&format!("set search_path to {}", self.name)).await.unwrap();
            let refused = client.batch_execute(sql).await.unwrap_err();
            drop(client);
            let _ = driver.await;
            refused.as_db_error().map_or_else(|| refused.to_string(), |e| e.message().to_owned())
        })
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        self.admin(&format!("drop schema {} cascade", self.name));
    }
}

/// Declares tests for both databases.
macro_rules! both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite { $(#[test] fn $name() { crate::common::on_sqlite(super::$name) })+ }
        mod postgres { $(#[test] fn $name() { crate::common::on_postgres(super::$name) })+ }
    };
}
pub(crate) use both;

/// Writes, in a test where nothing may go wrong.
pub fn write<T: Send + 'static>(
    store: &Store,
    f: impl Fn(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
) -> T {
    store.write_blocking(f).unwrap()
}

/// Reads, in a test where nothing may go wrong.
pub fn read<T>(store: &Store, f: impl Fn(&mut Tx<'_>) -> Result<T, Error>) -> T {
    store.read_blocking(f).unwrap()
}

pub fn staff() -> StaffId {
    StaffId(Uuid::from_u128(0x57aff))
}

pub struct Shop {
    pub category: CategoryId,
    pub product: ProductId,
    pub variants: Vec<VariantId>,
}

pub fn product(category: CategoryId, slug: &str, name_ja: &str, name_en: &str) -> Product {
    Product {
        id: ProductId(Uuid::now_v7()),
        slug: slug.into(),
        category,
        position: 1,
        featured: 1,
        status: SaleStatus::Active,
        name_ja: name_ja.into(),
        name_en: name_en.into(),
        reading: String::new(),
        lead_ja: "山の恵み".into(),
        lead_en: "From the hills".into(),
        body_ja: String::new(),
        body_en: String::new(),
        ingredients_ja: "砂糖、小豆、寒天、蜂蜜".into(),
        ingredients_en: "sugar, adzuki, agar, honey".into(),
        storage_ja: String::new(),
        storage_en: String::new(),
        shelf_life_days: 60,
        allergens: vec![domain::allergen::Allergen::Egg],
        nutrition: Some(domain::nutrition::Nutrition { energy_kcal: 285, ..Default::default() }),
        nutrition_source: "test".into(),
        tax_class: TaxClass::Reduced,
        cool: false,
        created_at: NOW,
        updated_at: NOW,
    }
}

pub fn variant(product: ProductId, sku: &str, price: i64) -> Variant {
    Variant {
        id: VariantId(Uuid::now_v7()),
        product,
        sku: sku.into(),
        position: 1,
        status: SaleStatus::Active,
        name_ja: "8個入".into(),
        name_en: "box of 8".into(),
        price: Yen::new(price),
        pieces: 8,
        weight_grams: 320,
        updated_at: NOW,
    }
}

pub fn category(slug: &str) -> Category {
    Category {
        id: CategoryId(Uuid::now_v7()),
        slug: slug.into(),
        position: 1,
        name_ja: "和菓子".into(),
        name_en: "Sweets".into(),
        lead_ja: String::new(),
        lead_en: String::new(),
    }
}

/// One category, one product, two variants with [`STOCK`] pieces each.
pub fn shop(store: &Store) -> Shop {
    let category = category("wagashi");
    let product = product(category.id, "kuri-yokan", "栗ようかん", "Chestnut yokan");
    let variants = [variant(product.id, "A-1", 1_080), variant(product.id, "A-2", 2_160)];
    let shop = Shop {
        category: category.id,
        product: product.id,
        variants: variants.iter().map(|v| v.id).collect(),
    };
    write(store, move |tx| {
        store::product::put_category(tx, &category)?;
        store::product::put(tx, &product)?;
        for v in &variants {
            store::product::put_variant(tx, v)?;
            store::stock::receive(tx, v.id, STOCK, Cause::default(), NOW)?;
        }
        Ok(())
    });
    shop
}

pub fn index(byte: u8) -> BlindIndex {
    BlindIndex([byte; 16])
}

/// An order for one recipient: `wanted` are variants with unit price and quantity.
pub fn order(method: PaymentMethod, wanted: &[(VariantId, i64, u32)]) -> NewOrder {
    orders(method, &[wanted])
}

/// An order for several recipients.
pub fn orders(method: PaymentMethod, parcels: &[&[(VariantId, i64, u32)]]) -> NewOrder {
    let line = |&(variant, price, quantity): &(VariantId, i64, u32)| Line {
        variant,
        unit_price: Yen::new(price),
        quantity,
        tax: TaxClass::Reduced,
        cool: false,
    };
    let quoted: Vec<Parcel> = parcels
        .iter()
        .map(|p| Parcel { lines: p.iter().map(line).collect(), region: Region::Central })
        .collect();
    let quote = quote(&quoted, &Tariff::default(), method).unwrap();
    let person = PersonId(Uuid::now_v7());
    let recipients = quoted
        .iter()
        .zip(&quote.shipping)
        .enumerate()
        .map(|(i, (parcel, fee))| NewRecipient {
            id: RecipientId(Uuid::now_v7()),
            person: if i == 0 { person } else { PersonId(Uuid::now_v7()) },
            is_orderer: i == 0,
            contact: Sealed(vec![1; 96]),
            message: None,
            name_index: None,
            phone_index: None,
            noshi: Noshi::Celebration,
            noshi_place: NoshiPlace::Outside,
            wrapping: Wrapping::Paper,
            delivery_date: Some(jiff::civil::date(2026, 12, 24)),
            time_slot: TimeSlot::Morning,
            region: parcel.region,
            shipping_fee: *fee,
            cool_fee: Yen::new(330),
            goods_total: parcel.lines.iter().map(|l| l.unit_price.checked_mul(l.quantity).unwrap()).sum(),
            lines: parcel.lines.iter().map(new_line).collect(),
        })
        .collect();
    NewOrder {
        id: OrderId(Uuid::now_v7()),
        person,
        customer: None,
        channel: Channel::Web,
        method,
        locale: Locale::Ja,
        placed_at: NOW,
        subtotal: quote.goods,
        shipping_fee: quote.shipping.iter().copied().sum(),
        cod_fee: quote.cod_fee,
        total: quote.total,
        taxes: quote.tax,
        email: Sealed(vec![2; 64]),
        email_index: index(1),
        contact: Sealed(vec![3; 160]),
        name_index: index(2),
        phone_index: index(3),
        message_grant: Some(MessageGrant(vec![4; 200])),
        recipients,
        cart: None,
        card_entry: None,
        envelope: None,
    }
}

fn new_line(l: &Line) -> NewLine {
    NewLine {
        variant: l.variant,
        sku: "A".into(),
        name_ja: "栗ようかん 8個入".into(),
        name_en: "Chestnut yokan, box of 8".into(),
        unit_price: l.unit_price,
        quantity: l.quantity,
        tax_class: l.tax,
    }
}

pub fn place(store: &Store, new: &NewOrder) -> Placed {
    let new = new.clone();
    store.write_blocking(move |tx| store::order::place(tx, &new)).unwrap()
}

pub fn whole(store: &Store, id: OrderId) -> WholeOrder {
    read(store, |tx| store::order::whole(tx, id)).unwrap()
}

pub fn level(store: &Store, variant: VariantId) -> (u32, u32) {
    let level = read(store, |tx| store::stock::level(tx, variant));
    (level.on_hand, level.reserved)
}

pub fn card_entry(store: &Store, visit: [u8; 32]) -> CardEntryId {
    let id = CardEntryId(Uuid::now_v7());
    write(store, move |tx| {
        store::card_entry::ensure(tx, id, &visit, domain::card_entry::Step::Confirm, None, NOW)
    })
    .id
}

/// What must hold at every moment: each order is whole, and the stock promised is what open orders hold.
pub fn audit(store: &Store, shop: &Shop) -> usize {
    use domain::fulfillment::FulfillmentState as F;
    let all = store::order::Filter { limit: 200, ..Default::default() };
    let orders = read(store, |tx| store::order::list(tx, &all));
    assert!(orders.len() < 200, "one page is enough for a test");
    let mut held = std::collections::BTreeMap::new();
    let mut numbers = std::collections::BTreeSet::new();
    for order in &orders {
        let whole = whole(store, order.id);
        assert!(numbers.insert(whole.order.number.clone()), "numbers are unique");
        assert!(!whole.recipients.is_empty() && !whole.payments.is_empty() && !whole.log.is_empty());
        let lines: Yen = whole
            .recipients
            .iter()
            .flat_map(|r| &r.lines)
            .map(|l| l.unit_price.checked_mul(l.quantity).unwrap())
            .sum();
        assert_eq!(lines, whole.order.subtotal);
        assert_eq!(whole.taxes.iter().map(|t| t.gross).sum::<Yen>(), whole.order.total);
        for recipient in whole.recipients.iter().filter(|r| r.fulfillment.state == F::Unfulfilled) {
            for line in &recipient.lines {
                *held.entry(line.variant).or_insert(0) += line.quantity;
            }
        }
    }
    for variant in &shop.variants {
        assert_eq!(
            level(store, *variant).1,
            held.get(variant).copied().unwrap_or(0),
            "promised is what is held"
        );
    }
    orders.len()
}
