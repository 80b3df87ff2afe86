//! The same ways by HTTP alone, for what needs many rounds: forms read from the page and sent back.

use crate::journey::{Buyer, Pay};
use anyhow::{Context, Result, ensure};
use testkit::{
    Dozo,
    http::{Answer, Browser, attribute},
};

/// The hidden fields of the form with that action, in order.
pub fn hidden(page: &Answer, action: &str) -> Result<Vec<(String, String)>> {
    let text = page.text();
    let form = text
        .split("<form")
        .find(|f| f.split('>').next().is_some_and(|tag| tag.contains(&format!("action=\"{action}\""))))
        .with_context(|| format!("no form {action} on {}:\n{text}", page.url))?;
    let form = form.split("</form>").next().unwrap_or_default();
    let fields = form.split("<input").skip(1).filter(|i| i.contains("type=\"hidden\""));
    Ok(fields.filter_map(|i| Some((attribute(i, "name")?, attribute(i, "value")?))).collect())
}

/// Sends a form's hidden fields and some more. What follows a form of the checkout stands at an address of its own, where
/// a browser looks for it.
pub fn send(
    b: &mut Browser,
    url: &str,
    hidden: &[(String, String)],
    more: &[(&str, &str)],
) -> Result<Answer> {
    let own = hidden.iter().map(|(n, v)| (n.as_str(), v.as_str()));
    let all: Vec<(&str, &str)> = own.chain(more.iter().copied()).collect();
    let answer = b.post(url, &all)?;
    match answer.location().filter(|to| to.contains("/checkout/at/")) {
        Some(to) => b.get(&to),
        None => Ok(answer),
    }
}

/// Puts the first product into the cart and places an order; gives where the shop sends the buyer next.
pub fn order(b: &mut Browser, shop: &Dozo, buyer: &Buyer, pay: Pay) -> Result<String> {
    let product = first_product(b, shop)?;
    to_cart(b, shop, &product)?;
    let form = to_confirm(b, shop, buyer, pay)?;
    let placed = place(b, shop, &form)?;
    ensure!(placed.status == 303, "placing gave {}: {}", placed.status, placed.text());
    placed.location().context("no redirect")
}

/// The word in the address of the first product on the home page.
pub fn first_product(b: &mut Browser, shop: &Dozo) -> Result<String> {
    let home = b.get(&shop.url("/"))?.text();
    let slug = home.split("href=\"/p/").nth(1).and_then(|r| r.split('"').next());
    slug.map(str::to_owned).context("no product")
}

/// Sees to it that there is enough to sell of a product.
///
/// # Errors
/// Where there is no such product, or the database does not take it.
pub fn stock_up(store: &store::Store, slug: &str, pieces: u32) -> Result<()> {
    let (slug, now) = (slug.to_owned(), jiff::Timestamp::now().as_millisecond());
    let done = store.write_blocking(move |tx| -> Result<bool, store::Error> {
        let Some(page) = store::catalog::by_slug(tx, &slug)? else { return Ok(false) };
        for v in &page.variants {
            store::stock::receive(tx, v.variant.id, pieces, store::stock::Cause::default(), now)?;
        }
        Ok(true)
    });
    ensure!(done?, "no such product");
    Ok(())
}

/// Puts one piece of a product into the cart; gives the variant's id.
pub fn to_cart(b: &mut Browser, shop: &Dozo, product: &str) -> Result<String> {
    let page = b.get(&shop.url(&format!("/p/{product}")))?;
    let variant = page.input("variant").context("no variant")?;
    let form = hidden(&page, "/cart/add")?;
    let added = send(b, &shop.url("/cart/add"), &form, &[("variant", &variant), ("quantity", "1")])?;
    ensure!(added.status == 303, "cart: {}", added.text());
    Ok(variant)
}

/// Fills in the checkout; gives the form of the page to confirm.
pub fn to_confirm(b: &mut Browser, shop: &Dozo, buyer: &Buyer, pay: Pay) -> Result<Vec<(String, String)>> {
    let page = b.get(&shop.url("/checkout"))?;
    let payment = if pay == Pay::Card { "card" } else { "cash_on_delivery" };
    let typed = [
        ("name", buyer.name.as_str()),
        ("kana", &buyer.kana),
        ("email", &buyer.email),
        ("phone", &buyer.phone),
        ("postcode", "390-0811"),
        ("prefecture", "長野県"),
        ("city", "松本市中央"),
        ("street", &buyer.street),
        ("ship_to", "self"),
        ("noshi", "none"),
        ("wrapping", "none"),
        ("time_slot", "any"),
        ("payment", payment),
        ("agree", "1"),
        ("go", "confirm"),
    ];
    let confirm = send(b, &shop.url("/checkout"), &hidden(&page, "/checkout")?, &typed)?;
    hidden(&confirm, "/checkout/place")
}

/// Presses the button on the page to confirm.
pub fn place(b: &mut Browser, shop: &Dozo, form: &[(String, String)]) -> Result<Answer> {
    send(b, &shop.url("/checkout/place"), form, &[("go", "confirm")])
}

/// Types a card on the hosted page; gives where the processor sends the buyer next.
pub fn card(b: &mut Browser, page: &str, number: &str) -> Result<Option<String>> {
    card_with(b, page, &[("number", number), ("expiry", "12/34"), ("cvc", "123")])
}

/// The same, and has the processor keep the card.
pub fn card_to_keep(b: &mut Browser, page: &str, number: &str) -> Result<Option<String>> {
    card_with(b, page, &[("number", number), ("expiry", "12/34"), ("cvc", "123"), ("save", "1")])
}

/// Takes the card that the processor offers first, of those that it keeps.
pub fn kept_card(b: &mut Browser, page: &str) -> Result<Option<String>> {
    let text = b.get(page)?.text();
    let button = text.split("<button").find(|button| button.contains("name=\"saved\""));
    let id = button.and_then(|button| attribute(button, "value")).context("no card is offered")?;
    card_with(b, page, &[("saved", &id)])
}

fn card_with(b: &mut Browser, page: &str, fields: &[(&str, &str)]) -> Result<Option<String>> {
    let hosted = b.get(page)?;
    let text = hosted.text();
    let form = text.split("<form").nth(1).context("no form on the hosted page")?;
    let action = attribute(form, "action").context("no action")?;
    let origin = page.split('/').take(3).collect::<Vec<_>>().join("/");
    Ok(b.post(&format!("{origin}{action}"), fields)?.location())
}
