//! The cart.

use crate::{
    App,
    checkout::{self, Basket, LineView},
    error::Fault,
    form::PostForm,
    view::{self, Frame, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::{extract::State, response::Response};
use domain::{VariantId, Yen, card_entry::Step, cart::LINES_MAX, cart::QUANTITY_MAX, order::OrderState};
use site::PageKind;
use store::{cart::Added, order::Order};

#[derive(Template)]
#[template(path = "shop/cart.html")]
struct Cart {
    page: Page,
    notice: String,
    empty_picture: Option<String>,
    /// An order of this visitor that is not paid yet, where the cart is empty: its id, and what is said of it.
    unpaid: Option<(String, String)>,
    lines: Vec<LineView>,
    goods: Yen,
    tax: Vec<(String, String)>,
    to_free: String,
    /// What is charged for goods that are kept cool, where there are any.
    cool: Option<String>,
    can_order: bool,
    quantity_max: u32,
}

/// `GET /cart`
pub async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Fault> {
    answer(&app, &visit, "").await
}

/// The cart with a word above it.
async fn answer(app: &App, visit: &Visit, notice: &'static str) -> Result<Response, Fault> {
    let (with, by) = (app.clone(), visit.clone());
    let (frame, basket, unpaid) = app
        .store()
        .read(move |tx| -> Result<_, store::Error> {
            let (frame, basket) = (Frame::read(tx, &with, &by)?, Basket::read(tx, &with, &by)?);
            let unpaid = if basket.is_empty() { unpaid(tx, &by, with.now_ms())? } else { None };
            Ok((frame, basket, unpaid))
        })
        .await?;
    let t = Texts::of(visit.locale());
    let page = Page::new(app, visit, frame, t.s("cart-title"));
    // Robots come without a cookie and find nothing in it. Their records would bury those of customers, and from this
    // page nothing leads to a card: see `domain::card_entry`.
    let recorded = !visit.is_new() || !basket.is_empty();
    let goods = basket.goods();
    let missing = page.shop().tariff.free_from.checked_sub(goods).filter(|y| *y > Yen::ZERO);
    let to_free = match missing {
        Some(missing) => t.f1("cart-to-free", "amount", page.yen(&missing)),
        None => t.s("cart-is-free").to_owned(),
    };
    let cool = page.shop().tariff.cool_surcharge;
    let cool = (basket.is_cool() && cool > Yen::ZERO).then(|| t.f1("cart-cool", "fee", page.yen(&cool)));
    let body = Cart {
        notice: if notice.is_empty() { String::new() } else { t.s(notice).to_owned() },
        empty_picture: page.shop().picture("empty-cart"),
        unpaid: unpaid.map(|o| (o.id.to_string(), t.f1("cart-unpaid", "number", o.number))),
        lines: basket.views(t, visit.locale()),
        tax: checkout::tax_words(&page, &basket.goods_tax()),
        can_order: basket.can_order(),
        quantity_max: QUANTITY_MAX,
        to_free,
        cool,
        goods,
        page,
    }
    .render()?;
    match recorded {
        true => checkout::served(app, visit, Step::Cart, PageKind::Cart, body).await,
        false => Ok(view::page(body)),
    }
}

/// The order for which this visitor's cart was emptied, while it can still be paid: whoever has gone back further than
/// to the checkout is not to think that it is lost, and order again.
fn unpaid(tx: &mut store::Tx<'_>, visit: &Visit, now: i64) -> Result<Option<Order>, store::Error> {
    if visit.is_new() {
        return Ok(None);
    }
    let Some(id) = store::card_entry::last_order(tx, &visit.hash())? else { return Ok(None) };
    let waits = |o: &Order| o.state == OrderState::AwaitingPayment && now < o.placed_at + checkout::HOLD_MS;
    Ok(store::order::get(tx, id)?.filter(waits))
}

/// `POST /cart/add`
pub async fn add(
    State(app): State<App>,
    visit: Visit,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let variant = VariantId(fields.read("variant")?);
    let quantity = quantity(fields.get("quantity"))?.max(1);
    let (now, row) = (app.now_ms(), visit.row(app.now_ms()));
    let added = app
        .store()
        .write(move |tx| -> Result<_, store::Error> {
            store::visit::insert(tx, &row)?;
            store::visit::touch(tx, &row.id_hash, now)?;
            store::cart::add(tx, &row.id_hash, variant, quantity, now)
        })
        .await?;
    match added {
        Added::Now(_) | Added::AtMost(_) | Added::CartFull => Ok(view::see_other("/cart")),
        Added::NotOnSale => Err(Fault::NotFound),
    }
}

/// `POST /cart/update`: quantities of all lines at once, or one line taken out.
pub async fn update(
    State(app): State<App>,
    visit: Visit,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let mut wanted: Vec<(VariantId, u32)> = Vec::new();
    for (variant, count) in fields.all("variant").zip(fields.all("quantity")).take(LINES_MAX) {
        let variant = variant.parse().map_err(|_| Fault::BadForm("a variant's id is none"))?;
        wanted.push((VariantId(variant), quantity(count)?));
    }
    if fields.has("remove") {
        let gone = VariantId(fields.read("remove")?);
        wanted.retain(|(variant, _)| *variant != gone);
        wanted.push((gone, 0));
    }
    let (now, hash) = (app.now_ms(), visit.hash());
    let to = if fields.get("go") == "checkout" { "/checkout" } else { "/cart" };
    let same = wanted.clone();
    if app.store().read(move |tx| is_so(tx, &hash, &same, now)).await? {
        return Ok(view::see_other(to));
    }
    app.store()
        .write(move |tx| -> Result<(), store::Error> {
            let there = store::cart::lines(tx, &hash)?;
            for (variant, quantity) in &wanted {
                // Only what is in the cart: a form of yesterday does not fill today's.
                if there.iter().any(|l| l.offer.variant == *variant) {
                    store::cart::set(tx, &hash, *variant, *quantity, now)?;
                }
            }
            store::visit::touch(tx, &hash, now)
        })
        .await?;
    Ok(view::see_other(to))
}

/// Whether the cart is as wanted already, and its visitor was seen of late: most who go on to the checkout have changed
/// nothing, and nothing need be written for them.
fn is_so(
    tx: &mut store::Tx<'_>,
    visit: &[u8; 32],
    wanted: &[(VariantId, u32)],
    now: i64,
) -> Result<bool, store::Error> {
    let known = store::visit::get(tx, visit)?;
    let of_late = known.is_some_and(|v| v.last_seen_at >= now.saturating_sub(store::visit::TOUCH_MS));
    let there = store::cart::lines(tx, visit)?;
    let as_wanted = |(variant, quantity): &(VariantId, u32)| {
        there.iter().find(|l| l.offer.variant == *variant).is_none_or(|l| l.quantity == *quantity)
    };
    Ok(of_late && wanted.iter().all(as_wanted))
}

/// A number of pieces; full-width digits will do.
fn quantity(typed: &str) -> Result<u32, Fault> {
    let number: u32 = domain::text::fold_width(typed)
        .trim()
        .parse()
        .map_err(|_| Fault::BadForm("a quantity is no number"))?;
    Ok(number.min(QUANTITY_MAX))
}

#[cfg(test)]
mod tests {
    use super::quantity;

    #[test]
    fn quantities_are_read_as_people_type_them() {
        assert_eq!(quantity("３").unwrap(), 3);
        assert_eq!(quantity(" 0 ").unwrap(), 0);
        assert_eq!(quantity("1000").unwrap(), 99);
        assert!(quantity("-1").is_err() && quantity("").is_err());
    }
}
