//! The files, read and checked as a whole.

use crate::{
    Category, Drawn, Fault, Food, NotDrawn, Picture, Product, Shop, Store,
    check::{self, Check},
    fault::{At, Faults},
    food,
    goods::News,
};
use domain::nutrition::Nutrition;
use serde::{Deserialize, de::DeserializeOwned};
use std::{collections::HashMap, io, path::PathBuf};

/// Who sells.
pub const SHOP: &str = "shop.toml";
const CATALOGUE: &str = "catalogue.toml";
const STORES: &str = "stores.toml";
const NEWS: &str = "news.toml";
const FOODS: &str = "foods.json";
/// The files; the last three may be left out.
pub const FILES: [&str; 5] = [SHOP, CATALOGUE, STORES, NEWS, FOODS];
/// The folder of the pictures, within that of the files.
pub const PICTURES: &str = "pictures";

/// Where the files are.
pub trait Files {
    /// A file by its name; none where there is no such file.
    ///
    /// # Errors
    /// Where it is there and cannot be read.
    fn file(&self, name: &str) -> io::Result<Option<Vec<u8>>>;

    /// A picture by the name of its file.
    ///
    /// # Errors
    /// Where it is there and cannot be read.
    fn picture(&self, name: &str) -> io::Result<Option<Vec<u8>>>;
}

/// Files in a folder.
pub struct Folder(pub PathBuf);

impl Files for Folder {
    fn file(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match std::fs::read(self.0.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    fn picture(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        // A name, not a path out of the folder.
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\']) {
            return Ok(None);
        }
        self.file(&format!("{PICTURES}/{name}"))
    }
}

/// Everything that the files say.
#[derive(Debug, Clone, PartialEq)]
pub struct Merchant {
    /// Categories in the order of the menu.
    pub categories: Vec<Category>,
    /// Products in the order of their categories.
    pub products: Vec<Product>,
    /// The foods that compositions refer to.
    pub foods: Vec<Food>,
    /// The stores in town.
    pub stores: Vec<Store>,
    /// What the shop tells its visitors through the year.
    pub news: Vec<News>,
    /// Who sells.
    pub shop: Shop,
    /// Every picture that is named, by its file.
    pub pictures: HashMap<String, Drawn>,
}

impl Merchant {
    /// The product with this slug.
    pub fn product(&self, slug: &str) -> Option<&Product> {
        self.products.iter().find(|p| p.slug == slug)
    }

    /// The nutrition facts per 100 g: those of the label, else worked out from the composition.
    ///
    /// Use [`Nutrition::per`] with [`crate::Variant::piece_grams`] for one piece. They are rounded to whole kcal and mg;
    /// where they are worked out, [`crate::NUTRITION_SOURCE`] must stand beside them.
    pub fn nutrition(&self, product: &Product) -> Option<Nutrition> {
        let label = product.nutrition.as_ref().map(|label| label.figures());
        label.or_else(|| food::per_100_g(&product.composition, &self.foods))
    }

    /// What of the pictures is there.
    pub fn drawn(&self, picture: &Picture) -> Option<&Drawn> {
        self.pictures.get(&picture.file)
    }

    /// The pictures that are named, each with its place.
    fn named(&self) -> impl Iterator<Item = (At<'_>, &'static str, &Picture)> {
        const ART: At<'_> = At { file: SHOP, header: "[art]", nth: 0, item: "" };
        let shop = self.shop.art.all().map(|(key, p)| (ART, key, p));
        let tab = self.shop.art.favicon.iter().map(|p| (ART, "favicon", p));
        let products = self.products.iter().enumerate();
        let products =
            products.filter_map(|(nth, p)| Some((check::product_at(nth, p), "picture", p.picture.as_ref()?)));
        let stores = self.stores.iter().enumerate();
        let stores =
            stores.filter_map(|(nth, s)| Some((check::store_at(nth, s), "picture", s.picture.as_ref()?)));
        shop.chain(tab).chain(products).chain(stores)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GoodsFile {
    #[serde(default)]
    category: Vec<Category>,
    #[serde(default)]
    product: Vec<Product>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoresFile {
    #[serde(default)]
    store: Vec<Store>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewsFile {
    #[serde(default)]
    news: Vec<News>,
}

/// Reads and checks everything. `draw` makes of a picture's file what is kept of it ([`crate::svg`] does for SVG).
///
/// # Errors
/// Everything that is missing or wrong.
pub fn read(
    files: &dyn Files,
    draw: &dyn Fn(&[u8]) -> Result<Drawn, NotDrawn>,
) -> Result<Merchant, Vec<Fault>> {
    let mut faults = Faults::default();
    let shop: Option<Shop> = parsed(files, SHOP, &mut faults);
    let goods: Option<GoodsFile> = parsed(files, CATALOGUE, &mut faults);
    let stores: Option<StoresFile> = parsed(files, STORES, &mut faults);
    let news: Option<NewsFile> = parsed(files, NEWS, &mut faults);
    let foods = foods(files, &mut faults);
    let (Some(shop), Some(goods)) = (shop, goods) else { return Err(faults.found) };
    let mut all = Merchant {
        categories: goods.category,
        products: goods.product,
        foods,
        stores: stores.unwrap_or_default().store,
        news: news.unwrap_or_default().news,
        shop,
        pictures: HashMap::new(),
    };
    let pictures = pictures(files, &all, draw, &mut faults);
    all.pictures = pictures;
    let mut check = Check { faults };
    check.everything(&all);
    if check.faults.found.is_empty() { Ok(all) } else { Err(check.faults.found) }
}

/// Reads and checks who sells, alone: what a shop that is open already takes anew from its files.
///
/// # Errors
/// Everything that is missing or wrong.
pub fn shop(files: &dyn Files) -> Result<Shop, Vec<Fault>> {
    let mut faults = Faults::default();
    let Some(shop) = parsed(files, SHOP, &mut faults) else { return Err(faults.found) };
    let mut check = Check { faults };
    check.shop(&shop);
    if check.faults.found.is_empty() { Ok(shop) } else { Err(check.faults.found) }
}

/// A file; none where it is not there or has a wrong form, which is noted. Only shop and catalogue must be there.
fn parsed<T: DeserializeOwned>(files: &dyn Files, name: &'static str, faults: &mut Faults) -> Option<T> {
    let text = text(files, name, faults)?;
    let parsed = toml::from_str(&text);
    faults.texts.insert(name, text);
    parsed.inspect_err(|error| faults.form(name, error)).ok()
}

fn text(files: &dyn Files, name: &'static str, faults: &mut Faults) -> Option<String> {
    let mut wrong = |why| faults.add(At::top(name), "", why, &[]);
    match files.file(name) {
        Ok(Some(bytes)) => String::from_utf8(bytes).inspect_err(|_| wrong("not-utf8")).ok(),
        Ok(None) if matches!(name, SHOP | CATALOGUE) => {
            wrong("missing");
            None
        }
        Ok(None) => None,
        Err(_) => {
            wrong("unreadable");
            None
        }
    }
}

/// Whether a picture's file can be called so: the watch knows what else does not belong into the folder.
fn is_name(file: &str) -> bool {
    const ENDINGS: [&str; 8] = ["jpg", "jpeg", "png", "webp", "svg", "JPG", "JPEG", "PNG"];
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    file.rsplit_once('.').is_some_and(|(stem, ending)| {
        !stem.is_empty() && stem.chars().all(plain) && ENDINGS.contains(&ending)
    })
}

fn foods(files: &dyn Files, faults: &mut Faults) -> Vec<Food> {
    let Some(text) = text(files, FOODS, faults) else { return Vec::new() };
    serde_json::from_str(&text).unwrap_or_else(|error| {
        let line = Some(error.line());
        let values = vec![("says", error.to_string())];
        faults.found.push(Fault { file: FOODS, line, why: "form", values });
        Vec::new()
    })
}

fn pictures(
    files: &dyn Files,
    all: &Merchant,
    draw: &dyn Fn(&[u8]) -> Result<Drawn, NotDrawn>,
    faults: &mut Faults,
) -> HashMap<String, Drawn> {
    let mut drawn: HashMap<String, Drawn> = HashMap::new();
    for (at, key, picture) in all.named() {
        if drawn.contains_key(&picture.file) {
            continue;
        }
        if !is_name(&picture.file) {
            faults.add(at, key, "picture-name", &[("value", picture.file.clone())]);
            continue;
        }
        let file = files.picture(&picture.file).ok().flatten();
        match file.ok_or("no-picture").and_then(|bytes| draw(&bytes)) {
            Ok(made) => drop(drawn.insert(picture.file.clone(), made)),
            Err(why) => faults.add(at, key, why, &[("value", picture.file.clone())]),
        }
    }
    drawn
}
