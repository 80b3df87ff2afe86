//! A product: what it is, what is in it, what it costs.

use super::Card;
use crate::{
    App,
    error::Fault,
    pictures::{self, Size},
    view::{self, Frame, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use domain::{Locale, Yen, cart::QUANTITY_MAX, nutrition, stock::Availability, tax::TaxClass};
use serde::Deserialize;
use store::catalog::ProductPage;
use uuid::Uuid;

/// How many other products are shown below.
const MORE_MAX: usize = 4;

struct PictureView {
    url: String,
    zoom: Option<String>,
    width: u32,
    height: u32,
    alt: String,
}

struct VariantView {
    id: Uuid,
    name: String,
    price: Yen,
    stock: Availability,
    chosen: bool,
}

struct AllergenView {
    name: String,
    mandatory: bool,
}

struct NutritionView {
    piece: Option<String>,
    rows: Vec<(String, String, String)>,
}

struct ProductView {
    category_slug: String,
    category: String,
    name: String,
    lead: String,
    story: Vec<String>,
    pictures: Vec<PictureView>,
    variants: Vec<VariantView>,
    featured: bool,
    sold_out: bool,
    reduced: bool,
    cool: bool,
    ingredients: String,
    facts: Vec<(String, String)>,
    allergens: Vec<AllergenView>,
    nutrition: Option<NutritionView>,
    nutrition_source: String,
}

#[derive(Template)]
#[template(path = "shop/product.html")]
struct Shown {
    page: Page,
    p: ProductView,
    more: Vec<Card>,
    quantity_max: u32,
    cool_fee: String,
}

/// What stands behind the `?`.
#[derive(Deserialize)]
pub struct Asked {
    variant: Option<Uuid>,
}

/// `GET /p/{product}`
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let (with, by) = (app.clone(), visit.clone());
    let found = app
        .store()
        .read(move |tx| -> Result<_, store::Error> {
            let Some(product) = store::catalog::by_slug(tx, &slug)? else { return Ok(None) };
            let window = with.window(tx)?;
            Ok(Some((Frame::around(tx, &window, &by)?, window, product)))
        })
        .await?;
    let (frame, window, found) = found.ok_or(Fault::NotFound)?;
    let locale = visit.locale();
    let more = window.cards(window.following(&found.product, &found.category, MORE_MAX), locale);
    let p = ProductView::of(found, locale, asked.variant);
    let page = Page::new(&app, &visit, frame, p.name.as_str())
        .within(p.category_slug.as_str())
        .described(p.lead.as_str());
    view::html(&Shown {
        more,
        quantity_max: QUANTITY_MAX,
        cool_fee: page.yen(&page.shop().tariff.cool_surcharge),
        page,
        p,
    })
}

impl ProductView {
    fn has_mandatory(&self) -> bool {
        self.allergens.iter().any(|a| a.mandatory)
    }

    fn of(found: ProductPage, locale: Locale, asked: Option<Uuid>) -> ProductView {
        let t = Texts::of(locale);
        let (p, category) = (found.product, found.category);
        let pieces = found.variants.first().map(|v| (v.variant.pieces, v.variant.weight_grams));
        let mut facts = Vec::new();
        if p.nutrition.is_some() {
            let lines: Vec<String> = found.variants.iter().map(|v| content(t, locale, &v.variant)).collect();
            facts.push((t.s("product-content").to_owned(), lines.join("\n")));
        }
        if p.shelf_life_days > 0 {
            let days = t.f1("product-shelf-life-days", "n", p.shelf_life_days);
            facts.push((t.s("product-shelf-life").to_owned(), days));
        }
        let storage = locale.pick(p.storage_ja, p.storage_en);
        if !storage.is_empty() {
            facts.push((t.s("product-storage").to_owned(), storage));
        }
        let variants = variants(found.variants, locale, asked);
        ProductView {
            category_slug: category.slug,
            category: locale.pick(category.name_ja, category.name_en),
            name: locale.pick(p.name_ja, p.name_en),
            lead: locale.pick(p.lead_ja, p.lead_en),
            story: paragraphs(&locale.pick(p.body_ja, p.body_en)),
            pictures: found
                .pictures
                .into_iter()
                .map(|i| PictureView {
                    url: pictures::url(&i.id.0, Size::Page),
                    zoom: (i.width > Size::Page.side_max() || i.height > Size::Page.side_max())
                        .then(|| pictures::url(&i.id.0, Size::Zoom)),
                    width: i.width,
                    height: i.height,
                    alt: locale.pick(i.alt_ja, i.alt_en),
                })
                .collect(),
            featured: p.featured > 0,
            sold_out: variants.iter().all(|v| v.stock == Availability::None),
            variants,
            reduced: p.tax_class == TaxClass::Reduced,
            cool: p.cool,
            ingredients: locale.pick(p.ingredients_ja, p.ingredients_en),
            facts,
            allergens: p
                .allergens
                .iter()
                .map(|a| AllergenView {
                    name: t.w("allergen", a.word()).to_owned(),
                    mandatory: a.is_mandatory(),
                })
                .collect(),
            nutrition: p.nutrition.map(|n| nutrition_view(t, n, pieces)),
            nutrition_source: p.nutrition_source,
        }
    }
}

fn content(t: &Texts, locale: Locale, v: &store::product::Variant) -> String {
    let name = locale.pick(v.name_ja.clone(), v.name_en.clone());
    t.f2("product-content-line", "name", &name, "grams", v.weight_grams)
}

fn variants(
    found: Vec<store::product::StockedVariant>,
    locale: Locale,
    asked: Option<Uuid>,
) -> Vec<VariantView> {
    let mut views: Vec<VariantView> = found
        .into_iter()
        .map(|v| VariantView {
            id: v.variant.id.0,
            name: locale.pick(v.variant.name_ja, v.variant.name_en),
            price: v.variant.price,
            stock: v.stock.availability(),
            chosen: false,
        })
        .collect();
    let first = views
        .iter()
        .position(|v| Some(v.id) == asked && v.stock != Availability::None)
        .or_else(|| views.iter().position(|v| v.stock != Availability::None));
    if let Some(chosen) = first.and_then(|at| views.get_mut(at)) {
        chosen.chosen = true;
    }
    views
}

fn nutrition_view(t: &Texts, per_100g: nutrition::Nutrition, pieces: Option<(u32, u32)>) -> NutritionView {
    let grams = pieces.and_then(|(n, grams)| (grams + n / 2).checked_div(n)).filter(|g| *g > 0);
    let per_piece = per_100g.per(grams.unwrap_or(0));
    let kcal = |v: u32| format!("{v} kcal");
    let g = |mg: u32| format!("{} g", nutrition::grams(mg));
    let row = |id: &str, a: String, b: String| (t.s(id).to_owned(), a, b);
    NutritionView {
        piece: grams.map(|grams| t.f1("nutrition-per-piece", "grams", grams)),
        rows: vec![
            row("nutrition-energy", kcal(per_100g.energy_kcal), kcal(per_piece.energy_kcal)),
            row("nutrition-protein", g(per_100g.protein_mg), g(per_piece.protein_mg)),
            row("nutrition-fat", g(per_100g.fat_mg), g(per_piece.fat_mg)),
            row("nutrition-carbohydrate", g(per_100g.carbohydrate_mg), g(per_piece.carbohydrate_mg)),
            row("nutrition-salt", g(per_100g.salt_mg), g(per_piece.salt_mg)),
        ],
    }
}

/// Paragraphs are parted by empty lines.
fn paragraphs(text: &str) -> Vec<String> {
    text.split("\n\n").map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nutrition_is_stated_for_a_piece_where_pieces_have_a_weight() {
        let n = nutrition::Nutrition { energy_kcal: 280, salt_mg: 90, ..Default::default() };
        let shown = nutrition_view(Texts::of(Locale::Ja), n, Some((8, 400)));
        assert_eq!(shown.piece.as_deref(), Some("1個（50g）あたり"));
        assert_eq!(shown.rows[0], ("熱量".into(), "280 kcal".into(), "140 kcal".into()));
        assert!(nutrition_view(Texts::of(Locale::Ja), n, Some((0, 400))).piece.is_none());
    }

    #[test]
    fn empty_lines_part_paragraphs() {
        assert_eq!(paragraphs("一\n\n二\n三\n\n\n"), ["一", "二\n三"]);
    }
}
