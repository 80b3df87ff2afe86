//! Buying again: what is still sold goes into the cart, and what is not is said. A guest does so with the order that he may see,
//! such as one whose card was refused: from the cart he chooses another way to pay.

use crate::{
    App, checkout,
    error::Fault,
    form::PostForm,
    view::{self, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{OrderId, VariantId};
use store::{Tx, cart::Added, order::WholeOrder};
use uuid::Uuid;

#[derive(Template)]
#[template(path = "account/again.html")]
struct Again {
    page: Page,
    any: bool,
    gone: Vec<String>,
    full: Vec<String>,
}

/// A line of the order: what, its name then, how many.
type Line = (VariantId, String, u32);

/// `POST /order/{id}/again`
pub async fn again(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Uuid>,
    PostForm(_): PostForm,
) -> Result<Response, Fault> {
    let (id, locale) = (OrderId(id), visit.locale());
    let who = checkout::holder(&app, &visit).await?.ok_or(Fault::SignIn)?;
    let whole = app.store().read(move |tx| store::order::whole(tx, id)).await?;
    let may = |w: &WholeOrder| match who.own_account {
        true => w.order.customer == Some(who.person),
        false => who.order == Some(id),
    };
    let whole = whole.filter(may).ok_or(Fault::NeedsOrderLink)?;
    let mut lines: Vec<Line> = Vec::new();
    for l in whole.recipients.into_iter().flat_map(|r| r.lines) {
        // The same thing for several recipients is one line of a cart.
        match lines.iter_mut().find(|(variant, ..)| *variant == l.variant) {
            Some((.., quantity)) => *quantity = quantity.saturating_add(l.quantity),
            None => lines.push((l.variant, locale.pick(l.name_ja, l.name_en), l.quantity)),
        }
    }
    let (now, row) = (app.now_ms(), visit.row(app.now_ms()));
    let put = move |tx: &mut Tx<'_>| -> Result<_, store::Error> {
        store::visit::insert(tx, &row)?;
        store::visit::touch(tx, &row.id_hash, now)?;
        let (mut any, mut gone, mut full) = (false, Vec::new(), Vec::new());
        for (variant, name, quantity) in &lines {
            match store::cart::add(tx, &row.id_hash, *variant, *quantity, now)? {
                Added::Now(_) | Added::AtMost(_) => any = true,
                Added::NotOnSale => gone.push(name.clone()),
                Added::CartFull => full.push(name.clone()),
            }
        }
        Ok((any, gone, full))
    };
    let (any, gone, full) = app.store().write(put).await?;
    if gone.is_empty() && full.is_empty() {
        return Ok(view::see_other("/cart"));
    }
    let t = Texts::of(locale);
    view::html(&Again { any, gone, full, page: Page::load(&app, &visit, t.s("again-title")).await? })
}
