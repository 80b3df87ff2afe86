//! Products: looked up, and their texts and prices changed.

pub mod create;
mod edit;
pub mod pictures;

use super::{
    Desk, Say, StaffSession, dashboard, desk,
    desk::{Badge, tone},
    done,
    list::{Column, List},
    stock,
};
use crate::{
    App,
    error::Fault,
    form::{Fields, PostForm},
    view::{self, Choice, Pager},
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{CategoryId, ProductId, Yen, catalog::SaleStatus, search::matches};
use edit::Edit;
use http::{StatusCode, Uri};
use pictures::{NewPicture, PictureRow};
use site::backoffice::{
    ALT_CHARS_MAX, BODY_CHARS_MAX, LEAD_CHARS_MAX, PRODUCT_NAME_CHARS_MAX, PRODUCT_SORTS, READING_CHARS_MAX,
};
use std::collections::HashMap;
use store::{
    Error, Tx,
    picture::PictureInfo,
    product::{Category, Product, StockedVariant},
};

/// Actions of the staff shown on a product's page.
const HISTORY_SHOWN: u32 = 12;

#[derive(Template)]
#[template(path = "backoffice/products.html")]
struct Products {
    desk: Desk,
    q: String,
    categories: Vec<Choice>,
    sort: &'static str,
    columns: Vec<Column>,
    rows: Vec<Row>,
    total: usize,
    may_edit: bool,
    pager: Pager,
}

struct Row {
    href: String,
    name: String,
    category: String,
    status: Badge,
    variants: usize,
    prices: String,
    available: u32,
    low: bool,
    updated: String,
}

#[derive(Template)]
#[template(path = "backoffice/product.html")]
struct ProductPage {
    desk: Desk,
    id: String,
    shop_href: Option<String>,
    errors: Vec<(String, String)>,
    edit: Edit,
    statuses: Vec<Choice>,
    variants: Vec<VariantRow>,
    may_edit: bool,
    limits: Limits,
    pictures: Vec<PictureRow>,
    new: NewPicture,
    replaces: Vec<Choice>,
    history: Vec<dashboard::Action>,
}

struct Limits {
    name: usize,
    reading: usize,
    lead: usize,
    body: usize,
    alt: usize,
}

/// A variant's fields, with what stock says of it.
struct VariantRow {
    id: String,
    sku: String,
    stock_href: String,
    available: u32,
    statuses: Vec<Choice>,
    name_ja: String,
    name_en: String,
    price: String,
}

/// `GET /admin/products`
pub async fn list(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    uri: Uri,
) -> Result<Response, Fault> {
    let say = Say::to(&visit);
    let query = done::query(&uri);
    let list = List::read("/admin/products", &query, &["q", "category"], PRODUCT_SORTS);
    let (categories, all) = app.store().read(everything).await?;
    let (q, slug) = (query.get("q").to_owned(), query.get("category").to_owned());
    let category_of = |id: CategoryId| categories.iter().find(|c| c.id == id);
    let fits = |p: &Product| {
        matches(&q, &format!("{} {} {}", p.name_ja, p.name_en, p.reading))
            && (slug.is_empty() || category_of(p.category).is_some_and(|c| c.slug == slug))
    };
    let mut found: Vec<&(Product, Vec<StockedVariant>)> = all.iter().filter(|(p, _)| fits(p)).collect();
    sort(&say, &list, &mut found);
    let pager = list.pager(found.len());
    let name_of = |id| category_of(id).map_or("", |c| say.name(&c.name_ja, &c.name_en)).to_owned();
    let columns = [
        ("bo-col-product", "name"),
        ("bo-col-category", ""),
        ("bo-col-state", ""),
        ("bo-col-variants", "#"),
        ("bo-col-price", "#price"),
        ("bo-col-available", "#available"),
        ("bo-col-updated", "updated"),
    ];
    view::html(&Products {
        desk: Desk::of(&app, &visit, &session, "products", say.s("bo-products-title"))
            .at_query(&list.href(list.sort_word())),
        categories: category_choices(&say, &categories, &slug),
        sort: list.sort_word(),
        columns: list.columns(&say, &columns),
        total: all.len(),
        may_edit: desk::manages(&session),
        rows: pager.part(&found).iter().map(|(p, v)| row(&say, p, v, name_of(p.category))).collect(),
        pager,
        q,
    })
}

fn sort(say: &Say, list: &List, found: &mut [&(Product, Vec<StockedVariant>)]) {
    let (by, far) = list.sort();
    match by {
        "name" => found
            .sort_by(|a, b| say.name(&a.0.name_ja, &a.0.name_en).cmp(say.name(&b.0.name_ja, &b.0.name_en))),
        "price" => found.sort_by_key(|(_, v)| sold(v).map(|v| v.variant.price).min()),
        "available" => found.sort_by_key(|(_, v)| sold(v).map(|v| v.stock.available()).sum::<u32>()),
        "updated" => found.sort_by_key(|(p, _)| p.updated_at),
        _ => {}
    }
    if far {
        found.reverse();
    }
}

/// The variants on sale.
fn sold(variants: &[StockedVariant]) -> impl Iterator<Item = &StockedVariant> {
    variants.iter().filter(|v| v.variant.status == SaleStatus::Active)
}

type Everything = (Vec<Category>, Vec<(Product, Vec<StockedVariant>)>);

/// Every product with its variants, in the order of the shop.
pub(super) fn everything(tx: &mut Tx<'_>) -> Result<Everything, Error> {
    let mut of: HashMap<ProductId, Vec<StockedVariant>> = HashMap::new();
    for v in store::product::all_variants(tx)? {
        of.entry(v.variant.product).or_default().push(v);
    }
    let products = store::product::all(tx)?;
    let all = products.into_iter().map(|p| (of.remove(&p.id).unwrap_or_default(), p)).map(|(v, p)| (p, v));
    Ok((store::catalog::categories(tx)?, all.collect()))
}

/// The categories to choose from, with one entry for all.
pub(super) fn category_choices(say: &Say, categories: &[Category], current: &str) -> Vec<Choice> {
    let all = Choice::new("", say.s("bo-any-category"), current);
    let of = |c: &Category| Choice::new(c.slug.as_str(), say.name(&c.name_ja, &c.name_en), current);
    std::iter::once(all).chain(categories.iter().map(of)).collect()
}

fn row(say: &Say, p: &Product, variants: &[StockedVariant], category: String) -> Row {
    let least = sold(variants).map(|v| v.variant.price).min();
    let most = sold(variants).map(|v| v.variant.price).max();
    let prices = match (least, most) {
        (Some(a), Some(b)) if a == b => say.yen(a),
        (Some(a), Some(b)) => format!("{} – {}", say.yen(a), say.yen(b)),
        _ => "–".to_owned(),
    };
    Row {
        href: format!("/admin/products/{}", p.id),
        name: say.name(&p.name_ja, &p.name_en).to_owned(),
        category,
        status: say.badge("bo-sale", p.status.word(), tone::sale(p.status)),
        variants: variants.len(),
        prices,
        available: sold(variants).map(|v| v.stock.available()).sum(),
        low: sold(variants).any(|v| v.stock.available() <= stock::LOW_PIECES),
        updated: say.when(p.updated_at),
    }
}

struct Loaded {
    product: Product,
    variants: Vec<StockedVariant>,
    pictures: Vec<PictureInfo>,
    history: Vec<dashboard::Action>,
}

async fn load(app: &App, say: Say, id: &str) -> Result<Loaded, Fault> {
    let id: ProductId = id.parse().map_err(|_| Fault::NotFound)?;
    let loaded = app
        .store()
        .read(move |tx| {
            let Some(product) = store::product::get(tx, id)? else { return Ok(None) };
            let staff = dashboard::names(tx)?;
            let notes = store::staff::actions_on(tx, &format!("product:{id}"), HISTORY_SHOWN)?;
            let none = HashMap::new();
            let history = notes.iter().map(|n| dashboard::action(&say, &staff, &none, n)).collect();
            let variants = store::product::variants(tx, id)?;
            let pictures = store::picture::of_product(tx, id)?;
            Ok::<_, Error>(Some(Loaded { product, variants, pictures, history }))
        })
        .await?;
    loaded.ok_or(Fault::NotFound)
}

/// `GET /admin/products/{id}`
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Fault> {
    let loaded = load(&app, Say::to(&visit), &id).await?;
    let edit = Edit::of(&loaded.product, &loaded.variants);
    let query = done::query(&uri);
    let forms = (edit, NewPicture::default());
    page(&app, &visit, &session, loaded, forms, Vec::new(), Some(query.get("done")))
}

/// `POST /admin/products/{id}`
pub async fn save(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    Path(id): Path<String>,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let say = Say::to(&visit);
    let loaded = load(&app, say, &id).await?;
    let edit = Edit::read(&fields);
    let changed = match edit.apply(&say, &loaded.product, &loaded.variants) {
        Ok(changed) => changed,
        Err(errors) => {
            let forms = (edit, NewPicture::default());
            let mut response = page(&app, &visit, &session, loaded, forms, errors, None)?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(response);
        }
    };
    let path = format!("/admin/products/{}", loaded.product.id);
    if changed.is_empty() {
        return Ok(done::to(&path, "unchanged"));
    }
    let now = app.now_ms();
    app.store().write(move |tx| changed.keep(tx, &session, now)).await?;
    Ok(done::to(&path, "saved"))
}

fn page(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    loaded: Loaded,
    (edit, new): (Edit, NewPicture),
    errors: Vec<(String, String)>,
    done: Option<&str>,
) -> Result<Response, Fault> {
    let say = Say::to(visit);
    let p = &loaded.product;
    let desk = Desk::of(app, visit, session, "products", say.name(&p.name_ja, &p.name_en))
        .at(&format!("/admin/products/{}", p.id))
        .with_done(done);
    view::html(&ProductPage {
        desk,
        id: p.id.to_string(),
        shop_href: (p.status == SaleStatus::Active).then(|| format!("/p/{}", p.slug)),
        errors,
        statuses: status_choices(&say, &edit.status),
        variants: loaded.variants.iter().enumerate().map(|(at, v)| variant(&say, v, &edit, at)).collect(),
        edit,
        may_edit: desk::manages(session),
        limits: Limits {
            name: PRODUCT_NAME_CHARS_MAX,
            reading: READING_CHARS_MAX,
            lead: LEAD_CHARS_MAX,
            body: BODY_CHARS_MAX,
            alt: ALT_CHARS_MAX,
        },
        pictures: pictures::rows(&loaded.pictures),
        replaces: new.choices(&say, &loaded.pictures),
        new,
        history: loaded.history,
    })
}

fn status_choices(say: &Say, current: &str) -> Vec<Choice> {
    SaleStatus::ALL.iter().map(|s| Choice::new(s.word(), say.w("bo-sale", s.word()), current)).collect()
}

fn variant(say: &Say, v: &StockedVariant, edit: &Edit, at: usize) -> VariantRow {
    let typed = edit.variants.get(at).filter(|e| e.id == v.variant.id.to_string());
    let (name_ja, name_en, price, status) = match typed {
        Some(e) => (e.name_ja.clone(), e.name_en.clone(), e.price.clone(), e.status.clone()),
        None => {
            let v = &v.variant;
            let price = Yen::get(v.price).to_string();
            (v.name_ja.clone(), v.name_en.clone(), price, v.status.word().to_owned())
        }
    };
    VariantRow {
        id: v.variant.id.to_string(),
        sku: v.variant.sku.clone(),
        stock_href: format!("/admin/stock/{}", v.variant.id),
        available: v.stock.available(),
        statuses: status_choices(say, &status),
        name_ja,
        name_en,
        price,
    }
}

/// The whole numbers that people type: full-width digits, thousands' commas and a yen sign are fine.
pub(super) fn whole_number(typed: &str) -> Option<i64> {
    let plain: String = domain::text::fold_width(typed)
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, ',' | '¥' | '円' | '、'))
        .collect();
    (!plain.is_empty() && plain.len() <= 9 && plain.bytes().all(|b| b.is_ascii_digit()))
        .then(|| plain.parse().ok())
        .flatten()
}

/// What stands in `fields` under a name that may be repeated.
fn all(fields: &Fields, name: &str) -> Vec<String> {
    fields.all(name).map(str::to_owned).collect()
}
