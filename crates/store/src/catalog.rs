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
    CategoryId, Locale, PictureId, ProductId, VariantId, Yen, catalog::SaleStatus, search::Texts,
    tax::TaxClass,
};

statements! {
    CATEGORIES = both("select id, slug, position, name_ja, name_en, lead_ja, lead_en from category
          order by position, id");
    CARDS = both("select p.id, p.slug, p.category_id, p.position, p.featured, p.name_ja, p.name_en, p.lead_ja, p.lead_en,
            min(v.price), max(v.price),
            (select i.id from picture i where i.product_id = p.id order by i.position, i.id limit 1)
          from product p join category c on c.id = p.category_id
            join variant v on v.product_id = p.id and v.status = 'active'
          where p.status = 'active'
          group by p.id, c.id order by c.position, c.id, p.position, p.id");
    SOLD_OUT = both("select v.product_id from variant v join stock_level s on s.variant_id = v.id
          where v.status = 'active' group by v.product_id having sum(s.on_hand - s.reserved) <= 0");
    FINDABLE = both("select p.id, p.name_ja, p.name_en, p.reading, c.name_ja, c.name_en, p.lead_ja, p.lead_en,
            p.ingredients_ja, p.ingredients_en
          from product p join category c on c.id = p.category_id
          where p.status = 'active'
            and exists (select 1 from variant v where v.product_id = p.id and v.status = 'active')
          order by c.position, c.id, p.position, p.id");
    BY_SLUG = both(concat!("select ", product_columns!(),
          ", c.id, c.slug, c.position, c.name_ja, c.name_en, c.lead_ja, c.lead_en
          from product p join category c on c.id = p.category_id where p.status = 'active' and p.slug = $1"));
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
    /// Where it belongs.
    pub category: CategoryId,
    /// Where it stands in its category.
    pub position: i64,
    /// Where it stands on the home page, from 1; 0: not there.
    pub featured: u32,
    /// Its name.
    pub name_ja: String,
    /// Its name in English.
    pub name_en: String,
    /// One sentence that sells it.
    pub lead_ja: String,
    /// The sentence in English.
    pub lead_en: String,
    /// The cheapest variant's price.
    pub price_from: Yen,
    /// The dearest variant's price.
    pub price_to: Yen,
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

    /// As [`Offer::line_name_ja`], in English; the Japanese name of either where it has no English one.
    pub fn line_name_en(&self) -> String {
        if [&self.product_name_en, &self.variant_name_en].iter().all(|name| name.trim().is_empty()) {
            return self.line_name_ja();
        }
        let product = Locale::En.pick(&self.product_name_ja, &self.product_name_en);
        match Locale::En.pick(&self.variant_name_ja, &self.variant_name_en).trim() {
            "" => product.clone(),
            variant => format!("{product}, {variant}"),
        }
    }
}

fn read_card(r: &mut Row<'_>) -> Result<ProductCard, Error> {
    Ok(ProductCard {
        id: r.take()?,
        slug: r.take()?,
        category: r.take()?,
        position: r.take()?,
        featured: r.take()?,
        name_ja: r.take()?,
        name_en: r.take()?,
        lead_ja: r.take()?,
        lead_en: r.take()?,
        price_from: r.take()?,
        price_to: r.take()?,
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

/// Everything that can be bought, in one pass: by category, each in its order.
///
/// # Errors
/// As every database call.
pub fn cards(tx: &mut Tx<'_>) -> Result<Vec<ProductCard>, Error> {
    tx.rows(&CARDS, &[], read_card)
}

/// The products of which nothing is left.
///
/// # Errors
/// As every database call.
pub fn sold_out(tx: &mut Tx<'_>) -> Result<Vec<ProductId>, Error> {
    tx.rows(&SOLD_OUT, &[], |r| r.take())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn line(product_en: &str, variant_ja: &str, variant_en: &str) -> String {
        let offer = Offer {
            variant: VariantId(uuid::Uuid::nil()),
            product: ProductId(uuid::Uuid::nil()),
            slug: "mame-daifuku".into(),
            sku: "MD-2".into(),
            product_name_ja: "豆大福".into(),
            product_name_en: product_en.into(),
            variant_name_ja: variant_ja.into(),
            variant_name_en: variant_en.into(),
            price: Yen::default(),
            tax_class: TaxClass::Reduced,
            cool: false,
            on_sale: true,
            available: 1,
            picture: None,
        };
        offer.line_name_en()
    }

    #[test]
    fn a_line_says_which_variant_even_where_it_has_no_english() {
        assert_eq!(line("Mame daifuku", "2個入", "2 pieces"), "Mame daifuku, 2 pieces");
        assert_eq!(line("Mame daifuku", "2個入", ""), "Mame daifuku, 2個入");
        assert_eq!(line("", "2個入", "2 pieces"), "豆大福, 2 pieces");
        assert_eq!(line("", "2個入", ""), "豆大福 2個入", "all of it in Japanese");
        assert_eq!(line("Mame daifuku", "", ""), "Mame daifuku");
    }
}
