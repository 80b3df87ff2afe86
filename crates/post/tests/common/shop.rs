//! A real shop database with one product and an order in it.
#![allow(dead_code, clippy::unwrap_used, reason = "for tests, of which each uses a part")]

use crate::common::{contact, seal};
use domain::{
    Locale, OrderId, PersonId, ProductId, RecipientId, VariantId, Yen,
    catalog::SaleStatus,
    delivery::TimeSlot,
    noshi::{Noshi, NoshiPlace, Wrapping},
    order::Channel,
    payment::PaymentMethod,
    person::{GiftWords, Personal},
    shipping::Region,
    tax::{TaxClass, tax_lines},
};
use store::{
    BlindIndex, Error, Sealed, Store, Url,
    order::{self, MessageGrant, NewLine, NewOrder, NewRecipient},
    outbox::{self, OutboxRow},
    product::{self, Category, Product, Variant},
    stock,
};
use uuid::Uuid;

/// When everything happens.
pub const NOON: i64 = 1_795_359_900_000;

pub struct Shop {
    pub dir: tempfile::TempDir,
    pub store: Store,
}

const VARIANT: VariantId = VariantId(Uuid::from_u128(33));

impl Shop {
    pub fn new() -> Shop {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&Url::Sqlite(dir.path().join("shop.db"))).unwrap();
        let s = String::from;
        let category = Category {
            id: Uuid::from_u128(31).into(),
            slug: s("namagashi"),
            position: 1,
            name_ja: s("生菓子"),
            name_en: s("Fresh sweets"),
            lead_ja: s(""),
            lead_en: s(""),
        };
        let sweet = Product {
            id: ProductId(Uuid::from_u128(32)),
            slug: s("kuri"),
            category: category.id,
            position: 1,
            featured: 0,
            status: SaleStatus::Active,
            name_ja: s("栗かのこ"),
            name_en: s("Chestnut kanoko"),
            reading: String::new(),
            lead_ja: s(""),
            lead_en: s(""),
            body_ja: s(""),
            body_en: s(""),
            ingredients_ja: s("栗"),
            ingredients_en: s("chestnuts"),
            storage_ja: s(""),
            storage_en: s(""),
            shelf_life_days: 5,
            allergens: Vec::new(),
            nutrition: None,
            nutrition_source: s(""),
            tax_class: TaxClass::Reduced,
            cool: false,
            created_at: NOON,
            updated_at: NOON,
        };
        let variant = Variant {
            id: VARIANT,
            product: sweet.id,
            sku: s("KURI-6"),
            position: 1,
            status: SaleStatus::Active,
            name_ja: s("6個入"),
            name_en: s("box of 6"),
            price: Yen::new(2_160),
            pieces: 6,
            weight_grams: 300,
            updated_at: NOON,
        };
        store
            .write_blocking(move |tx| {
                product::put_category(tx, &category)?;
                product::put(tx, &sweet)?;
                product::put_variant(tx, &variant)?;
                stock::receive(tx, VARIANT, 100, stock::Cause::default(), NOON).map(|_| ())
            })
            .map_err(|e: Error| e.to_string())
            .unwrap();
        Shop { dir, store }
    }

    /// Places an order of two boxes for `mail`, a gift to somebody else.
    pub fn place(&self, mail: &str, method: PaymentMethod) -> OrderId {
        let id = OrderId(Uuid::now_v7());
        let person = PersonId(Uuid::now_v7());
        let cod_fee = if method == PaymentMethod::Card { Yen::ZERO } else { Yen::new(330) };
        let fees = Yen::new(750 + cod_fee.get());
        let sealed = |bytes: &[u8]| Sealed(seal(bytes));
        let words =
            GiftWords { message: Personal::new("お元気で。"), noshi_name: Personal::new("橡木") };
        let new = NewOrder {
            id,
            person,
            customer: None,
            channel: Channel::Web,
            method,
            locale: Locale::Ja,
            placed_at: NOON,
            subtotal: Yen::new(4_320),
            shipping_fee: Yen::new(750),
            cod_fee,
            total: Yen::new(4_320 + fees.get()),
            taxes: tax_lines([(TaxClass::Reduced, Yen::new(4_320)), (TaxClass::Standard, fees)]),
            email: sealed(mail.as_bytes()),
            email_index: BlindIndex([1; 16]),
            contact: sealed(&contact("橡木 花子", "栗本市木の実町").to_bytes()),
            name_index: BlindIndex([2; 16]),
            phone_index: BlindIndex([3; 16]),
            message_grant: Some(MessageGrant(vec![1])),
            recipients: vec![NewRecipient {
                id: RecipientId(Uuid::now_v7()),
                person: PersonId(Uuid::now_v7()),
                is_orderer: false,
                contact: sealed(&contact("胡桃沢 菊", "諏訪郡胡桃町").to_bytes()),
                message: Some(sealed(&words.to_bytes())),
                name_index: None,
                phone_index: None,
                noshi: Noshi::YearEnd,
                noshi_place: NoshiPlace::Inside,
                wrapping: Wrapping::Paper,
                delivery_date: Some(jiff::civil::date(2026, 12, 1)),
                time_slot: TimeSlot::From18,
                region: Region::Central,
                shipping_fee: Yen::new(750),
                cool_fee: Yen::ZERO,
                goods_total: Yen::new(4_320),
                lines: vec![NewLine {
                    variant: VARIANT,
                    sku: "KURI-6".into(),
                    name_ja: "栗かのこ 6個入".into(),
                    name_en: "Chestnut kanoko, box of 6".into(),
                    unit_price: Yen::new(2_160),
                    quantity: 2,
                    tax_class: TaxClass::Reduced,
                }],
            }],
            cart: None,
            card_entry: None,
            envelope: None,
        };
        self.store.write_blocking(move |tx| order::place(tx, &new)).unwrap();
        id
    }

    pub fn messages(&self, order: OrderId) -> Vec<OutboxRow> {
        self.store.read_blocking(|tx| outbox::of_order(tx, order)).map_err(|e: Error| e.to_string()).unwrap()
    }
}
