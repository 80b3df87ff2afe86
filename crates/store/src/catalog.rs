//! The catalogue as visitors see it: only what is on sale.

use crate::{
    Error, Tx,
    picture::{self, PictureInfo},
    product::{
        Category, Product, StockedVariant, product_columns, read_category, read_product, read_stocked,
        variant_columns,
    },
    sql::{both, statements},
    stock,
    value::{Row, params},
};
use domain::{
    CategoryId, PictureId, ProductId, VariantId, Yen, catalog::SaleStatus, search::Texts, tax::TaxClass,
};

/// The most products on one list.
pub const CARDS_MAX: u32 = 200;

/// The columns of [`ProductCard`], from `product p join category c`.
macro_rules! card_columns {
    () => {
        "p.id, p.slug, c.slug, p.status, p.name_ja, p.name_en, p.lead_ja, p.lead_en, p.cool,
         (select min(v.price) from variant v where v.product_id = p.id and v.status = 'active'),
         (select max(v.price) from variant v where v.product_id = p.id and v.status = 'active'),
         (select cast(coalesce(sum(s.on_hand - s.reserved), 0) as bigint) from variant v
            join stock_level s on s.variant_id = v.id where v.product_id = p.id and v.status = 'active'),
         (select i.id from picture i where i.product_id = p.id order by i.position, i.id limit 1)"
    };
}

macro_rules! from_active {
    () => {
        " from product p join category c on c.id = p.category_id where p.status = 'active'"
    };
}

statements! {
    CATEGORIES = both("select id, slug, position, name_ja, name_en, lead_ja, lead_en from category
          order by position, id");
    CATEGORY = both("select id, slug, position, name_ja, name_en, lead_ja, lead_en from category where slug = $1");
    IN_CATEGORY = both(concat!("select ", card_columns!(), from_active!(),
          " and p.category_id = $1 order by p.position, p.id limit $2"));
    FOLLOWING = both(concat!("select ", card_columns!(), from_active!(),
          " and p.category_id = $1 and (p.position, p.id) > ($2, $3) order by p.position, p.id limit $4"));
    FEATURED = both(concat!("select ", card_columns!(), from_active!(),
          " and p.featured > 0 order by p.featured, p.id limit $1"));
    EVERYTHING = both(concat!("select ", card_columns!(), from_active!(),
          " order by c.position, p.position, p.id limit $1"));
    CARD = both(concat!("select ", card_columns!(), from_active!(), " and p.id = $1"));
    FINDABLE = both("select p.id, p.name_ja, p.name_en, p.reading, c.name_ja, c.name_en, p.lead_ja, p.lead_en,
            p.ingredients_ja, p.ingredients_en
          from product p join category c on c.id = p.category_id
          where p.status = 'active'
            and exists (select 1 from variant v where v.product_id = p.id and v.status = 'active')
          order by c.position, p.position, p.id");
    STAMP = both("select (select count(*) from product), (select coalesce(max(updated_at), 0) from product),
            (select count(*) from variant), (select coalesce(max(updated_at), 0) from variant)");
    BY_SLUG = both(concat!("select ", product_columns!(),
          ", c.id, c.slug, c.position, c.name_ja, c.name_en, c.lead_ja, c.lead_en", from_active!(),
          " and p.slug = $1"));
    ACTIVE_VARIANTS = both(concat!("select ", variant_columns!(), ", s.on_hand, s.reserved
          from variant v join stock_level s on s.variant_id = v.id
          where v.product_id = $1 and v.status = 'active' order by v.position, v.id"));
    OFFER = both("select v.id, p.id, p.slug, v.sku, p.name_ja, p.name_en, v.name_ja, v.name_en, v.price, p.tax_class,
            p.cool, p.status, v.status, s.on_hand, s.reserved,
            (select i.id from picture i where i.product_id = p.id order by i.position, i.id limit 1)
          from variant v join product p on p.id = v.product_id join stock_level s on s.variant_id = v.id
          where v.id = $1");
}

/// A product on a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductCard {
    /// Its id.
    pub id: ProductId,
    /// Its word in URLs.
    pub slug: String,
    /// Its category's word in URLs.
    pub category_slug: String,
    /// Whether it is on sale (always, on visitors' lists).
    pub status: SaleStatus,
    /// Its name.
    pub name_ja: String,
    /// Its name in English.
    pub name_en: String,
    /// One sentence that sells it.
    pub lead_ja: String,
    /// The sentence in English.
    pub lead_en: String,
    /// Whether it is sent cool.
    pub cool: bool,
    /// The cheapest variant's price; none where no variant is on sale.
    pub price_from: Option<Yen>,
    /// The dearest variant's price.
    pub price_to: Option<Yen>,
    /// Pieces of all its variants that can still be sold.
    pub available: i64,
    /// Its first picture.
    pub picture: Option<PictureId>,
}

/// A product with all that its page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductPage {
    /// The product.
    pub product: Product,
    /// Its category.
    pub category: Category,
    /// Its variants on sale, with stock.
    pub variants: Vec<StockedVariant>,
    /// Its pictures.
    pub pictures: Vec<PictureInfo>,
}

/// What a variant is and costs now: for a cart and for an order's snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The variant.
    pub variant: VariantId,
    /// Its product.
    pub product: ProductId,
    /// The product's word in URLs.
    pub slug: String,
    /// The article number.
    pub sku: String,
    /// The product's name.
    pub product_name_ja: String,
    /// The product's name in English.
    pub product_name_en: String,
    /// The variant's name.
    pub variant_name_ja: String,
    /// The variant's name in English.
    pub variant_name_en: String,
    /// Price of one, tax included.
    pub price: Yen,
    /// Its tax rate.
    pub tax_class: TaxClass,
    /// Whether it is sent cool.
    pub cool: bool,
    /// Whether product and variant are both on sale.
    pub on_sale: bool,
    /// What can still be sold.
    pub available: u32,
    /// The product's first picture.
    pub picture: Option<PictureId>,
}

impl Offer {
    /// Product and variant in one name, as an order's line states it.
    pub fn line_name_ja(&self) -> String {
        format!("{} {}", self.product_name_ja, self.variant_name_ja).trim_end().to_owned()
    }

    /// As [`Offer::line_name_ja`], in English.
    pub fn line_name_en(&self) -> String {
        match self.variant_name_en.as_str() {
            "" => self.product_name_en.clone(),
            variant => format!("{}, {}", self.product_name_en, variant),
        }
    }
}

pub(crate) fn read_card(r: &mut Row<'_>) -> Result<ProductCard, Error> {
    Ok(ProductCard {
        id: r.take()?,
        slug: r.take()?,
        category_slug: r.take()?,
        status: r.take()?,
        name_ja: r.take()?,
        name_en: r.take()?,
        lead_ja: r.take()?,
        lead_en: r.take()?,
        cool: r.take()?,
        price_from: r.take()?,
        price_to: r.take()?,
        available: r.take()?,
        picture: r.take()?,
    })
}

fn read_offer(r: &mut Row<'_>) -> Result<Offer, Error> {
    let mut offer = Offer {
        variant: r.take()?,
        product: r.take()?,
        slug: r.take()?,
        sku: r.take()?,
        product_name_ja: r.take()?,
        product_name_en: r.take()?,
        variant_name_ja: r.take()?,
        variant_name_en: r.take()?,
        price: r.take()?,
        tax_class: r.take()?,
        cool: r.take()?,
        on_sale: false,
        available: 0,
        picture: None,
    };
    let (product, variant): (SaleStatus, SaleStatus) = (r.take()?, r.take()?);
    offer.on_sale = product == SaleStatus::Active && variant == SaleStatus::Active;
    offer.available = stock::read_level(r)?.available();
    offer.picture = r.take()?;
    Ok(offer)
}

/// All categories, in order.
///
/// # Errors
/// As every database call.
pub fn categories(tx: &mut Tx<'_>) -> Result<Vec<Category>, Error> {
    tx.rows(&CATEGORIES, &[], read_category)
}

/// The category with this word in its URL.
///
/// # Errors
/// As every database call.
pub fn category_by_slug(tx: &mut Tx<'_>, slug: &str) -> Result<Option<Category>, Error> {
    tx.first(&CATEGORY, params![slug], read_category)
}

/// The products of a category, at most [`CARDS_MAX`].
///
/// # Errors
/// As every database call.
pub fn in_category(tx: &mut Tx<'_>, category: CategoryId) -> Result<Vec<ProductCard>, Error> {
    tx.rows(&IN_CATEGORY, params![category, CARDS_MAX], read_card)
}

/// The products that follow one in its category, at most `limit`; behind the last comes the first.
///
/// # Errors
/// As every database call.
pub fn following(tx: &mut Tx<'_>, product: &Product, limit: u32) -> Result<Vec<ProductCard>, Error> {
    let Product { category, position, id, .. } = product;
    let mut cards = tx.rows(&FOLLOWING, params![category, position, id, limit], read_card)?;
    let missing = limit.saturating_sub(u32::try_from(cards.len()).unwrap_or(limit));
    if missing > 0 {
        // One more, for the product may be among them itself.
        let mut first = tx.rows(&IN_CATEGORY, params![category, missing + 1], read_card)?;
        first.retain(|card| card.id != *id && !cards.iter().any(|c| c.id == card.id));
        cards.extend(first.into_iter().take(missing as usize));
    }
    Ok(cards)
}

/// The products of the home page, at most `limit`.
///
/// # Errors
/// As every database call.
pub fn featured(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<ProductCard>, Error> {
    tx.rows(&FEATURED, params![limit.min(CARDS_MAX)], read_card)
}

/// All products, at most [`CARDS_MAX`], by category.
///
/// # Errors
/// As every database call.
pub fn everything(tx: &mut Tx<'_>) -> Result<Vec<ProductCard>, Error> {
    tx.rows(&EVERYTHING, params![CARDS_MAX], read_card)
}

/// A product's card; none for one that is not on sale.
///
/// # Errors
/// As every database call.
pub fn card(tx: &mut Tx<'_>, product: ProductId) -> Result<Option<ProductCard>, Error> {
    tx.first(&CARD, params![product], read_card)
}

/// The texts of everything on sale, in the order of the shop, for [`domain::search::Index`].
///
/// # Errors
/// As every database call.
pub fn findable(tx: &mut Tx<'_>) -> Result<Vec<(ProductId, Texts)>, Error> {
    let two = |r: &mut Row<'_>| -> Result<String, Error> {
        Ok(format!("{} {}", r.take::<String>()?, r.take::<String>()?))
    };
    tx.rows(&FINDABLE, &[], |r| {
        let id = r.take()?;
        let name = two(r)?;
        let reading = r.take()?;
        Ok((id, Texts { name, reading, category: two(r)?, lead: two(r)?, ingredients: two(r)? }))
    })
}

/// Changes whenever a product or variant is made or changed; stock does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp([i64; 4]);

/// The catalogue's present stamp: a few microseconds.
///
/// # Errors
/// As every database call.
pub fn stamp(tx: &mut Tx<'_>) -> Result<Stamp, Error> {
    let stamp = tx.first(&STAMP, &[], |r| Ok(Stamp([r.take()?, r.take()?, r.take()?, r.take()?])))?;
    stamp.ok_or(Error::NotFound("catalogue"))
}

/// A product's page by the word in its URL; none for one that is not on sale.
///
/// # Errors
/// As every database call.
pub fn by_slug(tx: &mut Tx<'_>, slug: &str) -> Result<Option<ProductPage>, Error> {
    let found = tx.first(&BY_SLUG, params![slug], |r| Ok((read_product(r)?, read_category(r)?)))?;
    let Some((product, category)) = found else { return Ok(None) };
    let variants = tx.rows(&ACTIVE_VARIANTS, params![product.id], read_stocked)?;
    let pictures = picture::of_product(tx, product.id)?;
    Ok(Some(ProductPage { product, category, variants, pictures }))
}

/// What a variant is and costs now.
///
/// # Errors
/// As every database call.
pub fn offer(tx: &mut Tx<'_>, variant: VariantId) -> Result<Option<Offer>, Error> {
    tx.first(&OFFER, params![variant], read_offer)
}
