//! A product's pictures: new ones, their order, what is said of them, and away with them.

use super::{Edit, Loaded, all, load, page};
use crate::{
    App,
    backoffice::{Say, StaffSession, done},
    error::Fault,
    form::{Fields, PostForm, Upload},
    pictures::{
        self, Size,
        make::{self, Made, NotMade},
    },
    view::Choice,
    visit::Visit,
};
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{PictureId, ProductId, person::Invalid, text};
use http::StatusCode;
use sha2::{Digest, Sha256};
use site::backoffice::{ALT_CHARS_MAX, PICTURES_MAX};
use store::{Error, Tx, picture::PictureInfo};

/// A picture, as the form shows it.
pub struct PictureRow {
    /// Its id.
    pub id: String,
    /// Its smallest form.
    pub thumb: String,
    /// Its largest.
    pub zoom: String,
    /// What it shows.
    pub alt_ja: String,
    /// The same in English.
    pub alt_en: String,
    /// Where it stands, from 1.
    pub position: usize,
    /// Width and height in pixels.
    pub sides: (u32, u32),
}

/// The form for a picture that comes in.
#[derive(Default)]
pub struct NewPicture {
    /// What it shows, as typed.
    pub alt_ja: String,
    /// The same in English.
    pub alt_en: String,
    /// The picture that it replaces; empty for none.
    pub replaces: String,
}

impl NewPicture {
    /// As it was typed.
    pub fn read(fields: &Fields) -> NewPicture {
        let get = |name: &str| fields.get(name).trim().to_owned();
        NewPicture { alt_ja: get("alt_ja"), alt_en: get("alt_en"), replaces: get("replaces") }
    }

    /// The pictures that it can stand in place of, with one entry for none.
    pub fn choices(&self, say: &Say, pictures: &[PictureInfo]) -> Vec<Choice> {
        let add = Choice::new("", say.s("bo-picture-add-new"), &self.replaces);
        let one = |(at, p): (usize, &PictureInfo)| {
            Choice::new(p.id.to_string(), say.t.f1("bo-picture-replace", "n", at + 1), &self.replaces)
        };
        std::iter::once(add).chain(pictures.iter().enumerate().map(one)).collect()
    }
}

/// The pictures as they stand.
pub fn rows(pictures: &[PictureInfo]) -> Vec<PictureRow> {
    let row = |(at, p): (usize, &PictureInfo)| PictureRow {
        id: p.id.to_string(),
        thumb: pictures::url(&p.id.0, Size::Card),
        zoom: pictures::url(&p.id.0, Size::Zoom),
        alt_ja: p.alt_ja.clone(),
        alt_en: p.alt_en.clone(),
        position: at + 1,
        sides: (p.width, p.height),
    };
    pictures.iter().enumerate().map(row).collect()
}

/// `POST /admin/products/{id}/picture`: a new picture, or one in place of another.
pub async fn add(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    Path(id): Path<String>,
    sent: Upload,
) -> Result<Response, Fault> {
    let say = Say::to(&visit);
    let loaded = load(&app, say, &id).await?;
    let new = NewPicture::read(&sent.fields);
    let mut errors = Vec::new();
    check_alt(&say, "alt_ja", "bo-picture-alt-ja", &new.alt_ja, true, &mut errors);
    check_alt(&say, "alt_en", "bo-picture-alt-en", &new.alt_en, false, &mut errors);
    let replaced = loaded.pictures.iter().find(|p| p.id.to_string() == new.replaces).cloned();
    if replaced.is_none() && loaded.pictures.len() >= PICTURES_MAX {
        errors.push(("picture".to_owned(), say.t.f1("bo-picture-wrong-many", "max", PICTURES_MAX)));
    }
    let made = match sent.file.is_empty() {
        true => Err(say.s("bo-picture-wrong-none")),
        false if errors.is_empty() => made(&app, sent.file.clone()).await?.map_err(|why| wrong(&say, why)),
        false => Err(say.s("bo-picture-wrong-again")),
    };
    let made = match (made, errors.is_empty()) {
        (Ok(made), true) => made,
        (made, _) => {
            errors.extend(made.err().map(|says| ("picture".to_owned(), says)));
            return unprocessable(&app, &visit, &session, loaded, errors, new);
        }
    };
    let product = loaded.product.id;
    let info = info(product, &sent.file, &made, &new);
    if loaded.pictures.iter().any(|p| p.id == info.id) {
        let errors = vec![("picture".to_owned(), say.s("bo-picture-wrong-twice"))];
        return unprocessable(&app, &visit, &session, loaded, errors, new);
    }
    let now = app.now_ms();
    app.store().write(move |tx| keep(tx, &session, &info, &made, replaced.as_ref(), now)).await?;
    Ok(done::to(&format!("/admin/products/{product}"), "picture_added"))
}

/// Makes the picture on a thread that may block, when it is its turn.
async fn made(app: &App, file: bytes::Bytes) -> Result<Result<Made, NotMade>, Fault> {
    app.studio().ask(move |()| make::make(&file)).await
}

fn wrong(say: &Say, why: NotMade) -> String {
    match why {
        NotMade::Large => say.t.f1("bo-picture-wrong-large", "max", make::PIXELS_MAX / 1_000_000),
        NotMade::Small => say.t.f1("bo-picture-wrong-small", "min", make::SIDE_MIN),
        other => say.w("bo-picture-wrong", other.word()),
    }
}

/// The id is made of the product and the file: the same file is the same picture, and no other ever has its address.
fn info(product: ProductId, file: &[u8], made: &Made, new: &NewPicture) -> PictureInfo {
    let hash = Sha256::new().chain_update(product.0.as_bytes()).chain_update(Sha256::digest(file)).finalize();
    let mut id = [0; 16];
    id.copy_from_slice(&hash[..16]);
    PictureInfo {
        id: PictureId(uuid::Builder::from_custom_bytes(id).into_uuid()),
        product: Some(product),
        position: 0,
        alt_ja: new.alt_ja.clone(),
        alt_en: new.alt_en.clone(),
        media_type: make::MEDIA_TYPE.to_owned(),
        width: made.width,
        height: made.height,
        sha256: made.sha256,
    }
}

fn keep(
    tx: &mut Tx<'_>,
    session: &StaffSession,
    info: &PictureInfo,
    made: &Made,
    replaced: Option<&PictureInfo>,
    now: i64,
) -> Result<(), Error> {
    let Some(product) = info.product else { return Err(Error::Inconsistent("a picture of no product")) };
    let last = store::picture::of_product(tx, product)?.last().map_or(0, |p| p.position);
    let info = PictureInfo { position: replaced.map_or(last + 1, |p| p.position), ..info.clone() };
    store::picture::add(tx, &info, &made.bytes, &made.sizes, now)?;
    if let Some(old) = replaced {
        store::picture::remove(tx, old.id)?;
    }
    store::product::touch(tx, product, now)?;
    let what = if replaced.is_some() { "replace" } else { "add" };
    done::note(tx, session, "product.picture", ("product", &product), what, now)
}

/// `POST /admin/products/{id}/pictures`: order, words, or away with one.
pub async fn save(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    Path(id): Path<String>,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let say = Say::to(&visit);
    let loaded = load(&app, say, &id).await?;
    let product = loaded.product.id;
    let path = format!("/admin/products/{product}");
    let now = app.now_ms();
    if let Some(gone) = loaded.pictures.iter().find(|p| p.id.to_string() == fields.get("remove")) {
        let gone = gone.id;
        app.store()
            .write(move |tx| {
                store::picture::remove(tx, gone)?;
                store::product::touch(tx, product, now)?;
                done::note(tx, &session, "product.picture", ("product", &product), "remove", now)
            })
            .await?;
        return Ok(done::to(&path, "picture_removed"));
    }
    let mut errors = Vec::new();
    let changes = changes(&say, &loaded.pictures, &fields, &mut errors);
    if !errors.is_empty() {
        return unprocessable(&app, &visit, &session, loaded, errors, NewPicture::default());
    }
    if changes == loaded.pictures {
        return Ok(done::to(&path, "unchanged"));
    }
    app.store()
        .write(move |tx| {
            for p in &changes {
                store::picture::set(tx, p.id, product, p.position, (&p.alt_ja, &p.alt_en))?;
            }
            store::product::touch(tx, product, now)?;
            done::note(tx, &session, "product.picture", ("product", &product), "order", now)
        })
        .await?;
    Ok(done::to(&path, "saved"))
}

/// The pictures with what was typed, in the order that the numbers say; among equal numbers as they stood.
fn changes(
    say: &Say,
    pictures: &[PictureInfo],
    fields: &Fields,
    errors: &mut Vec<(String, String)>,
) -> Vec<PictureInfo> {
    let [ids, ja, en, positions] = ["shown", "alt_ja", "alt_en", "position"].map(|n| all(fields, n));
    let mut changed: Vec<(i64, PictureInfo)> = Vec::new();
    for (at, old) in (1..).zip(pictures) {
        let mut new = (at, old.clone());
        if let Some(i) = ids.iter().position(|id| *id == old.id.to_string()) {
            let typed = |list: &[String]| list.get(i).map(|t| t.trim().to_owned()).unwrap_or_default();
            (new.1.alt_ja, new.1.alt_en) = (typed(&ja), typed(&en));
            new.0 = text::fold_width(&typed(&positions)).parse().unwrap_or(at);
            check_alt(say, &format!("alt_ja-{at}"), "bo-picture-alt-ja", &new.1.alt_ja, true, errors);
            check_alt(say, &format!("alt_en-{at}"), "bo-picture-alt-en", &new.1.alt_en, false, errors);
        }
        changed.push(new);
    }
    changed.sort_by_key(|(position, _)| *position);
    (1..).zip(changed).map(|(position, (_, p))| PictureInfo { position, ..p }).collect()
}

/// What a picture shows must be said in Japanese, in one line.
fn check_alt(
    say: &Say,
    field: &str,
    label: &'static str,
    typed: &str,
    must: bool,
    errors: &mut Vec<(String, String)>,
) {
    let why = match typed {
        "" if must => Invalid::Missing,
        t if t.chars().count() > ALT_CHARS_MAX => Invalid::TooLong,
        t if text::has_forbidden(t) || t.contains(['<', '>', '\r', '\n']) => Invalid::Characters,
        _ => return,
    };
    errors.push((field.to_owned(), say.t.invalid(say.t.s(label), why)));
}

fn unprocessable(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    loaded: Loaded,
    errors: Vec<(String, String)>,
    new: NewPicture,
) -> Result<Response, Fault> {
    let edit = Edit::of(&loaded.product, &loaded.variants);
    let mut response = page(app, visit, session, loaded, (edit, new), errors, None)?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Locale;
    use uuid::Uuid;

    fn picture(n: u128) -> PictureInfo {
        PictureInfo {
            id: PictureId(Uuid::from_u128(n)),
            product: None,
            position: n as i64,
            alt_ja: format!("図{n}"),
            alt_en: String::new(),
            media_type: make::MEDIA_TYPE.into(),
            width: 1,
            height: 1,
            sha256: [0; 32],
        }
    }

    #[test]
    fn numbers_put_pictures_in_order_and_each_needs_its_words() {
        let say = Say { t: crate::view::Texts::of(Locale::Ja), locale: Locale::Ja };
        let pictures = [picture(1), picture(2), picture(3)];
        let [one, two, three] = [1, 2, 3].map(|n| Uuid::from_u128(n).to_string());
        let typed = |alts: [&str; 3], positions: [&str; 3]| {
            let shown = [&one, &two, &three].map(|id| ("shown", id.as_str()));
            let alts = alts.map(|a| ("alt_ja", a));
            let positions = positions.map(|p| ("position", p));
            let mut errors = Vec::new();
            let fields = Fields::of(shown.into_iter().chain(alts).chain(positions));
            let changed = changes(&say, &pictures, &fields, &mut errors);
            (changed.iter().map(|p| p.id.0.as_u128()).collect::<Vec<_>>(), errors)
        };
        assert_eq!(typed(["a", "b", "c"], ["３", "1", "2"]), (vec![2, 3, 1], vec![]));
        assert_eq!(typed(["a", "b", "c"], ["1", "1", "x"]).0, [1, 2, 3]);
        let errors = typed(["a", " ", "<b>"], ["1", "2", "3"]).1;
        assert_eq!(errors.iter().map(|e| e.0.as_str()).collect::<Vec<_>>(), ["alt_ja-2", "alt_ja-3"]);
    }
}
