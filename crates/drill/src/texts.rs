//! Scripts in texts that the shop keeps: in the database, and typed by a customer.

use crate::{
    Way,
    case::Outcome,
    customer::{COMPUTER, Customer},
    house::House,
};
use anyhow::{Context, Result};
use domain::{NewsId, news::NewsState};
use jiff::Timestamp;
use std::time::Instant;
use store::{news::News, product::Product};
use uuid::Uuid;

const SCRIPT: &str = "<script>/*dozo-drill*/</script>";
/// The same, as a page shows it.
const SHOWN: &str = "&#60;script&#62;/*dozo-drill*/";

pub(crate) const WAYS: &[Way] = &[
    Way {
        name: "text-product",
        plants: "a script in a product's text, written into the database",
        rob: product,
    },
    Way { name: "text-news", plants: "a script in a piece of news, written into the database", rob: news },
    Way { name: "text-search", plants: "a script in the words of a search", rob: search },
    Way { name: "text-order", plants: "a script in the name of whoever orders", rob: order },
];

/// What customers got: text, or something that runs.
fn judged(house: &House, since: Timestamp, planted: Instant, pages: &[String]) -> Outcome {
    let live = pages.iter().filter(|page| page.contains(SCRIPT)).count();
    let shown =
        pages.iter().any(|page| page.contains(SHOWN) || page.contains("&lt;script&gt;/*dozo-drill*/"));
    let outcome = match (live, house.alarm_since(since)) {
        (0, Some(why)) => Outcome::refused("gate", &why, planted),
        (0, None) if shown => Outcome::contained("web", "it is shown as text, and runs nowhere"),
        (0, None) => Outcome::contained("web", "it is left out"),
        _ => Outcome::missed("it runs in customers' browsers"),
    };
    Outcome { pages_sent: u32::try_from(live).unwrap_or(u32::MAX), ..outcome }
}

fn product(house: &House) -> Result<Outcome> {
    let all = house.store().read_blocking(store::product::all)?;
    let before = all.into_iter().find(|p| p.featured > 0).context("there is no product")?;
    let put = |product: Product| {
        house.store().write_blocking(move |tx| -> Result<(), store::Error> {
            store::product::put(tx, &product)?;
            store::product::touch(tx, product.id, Timestamp::now().as_millisecond())
        })
    };
    let (since, planted) = (Timestamp::now(), Instant::now());
    put(Product {
        name_ja: format!("{}{SCRIPT}", before.name_ja),
        lead_ja: SCRIPT.into(),
        ..before.clone()
    })?;
    let mut customer = Customer::new(1, COMPUTER);
    let looked = (|| -> Result<Vec<String>> {
        let home = customer.get(house.shop())?;
        let page = customer.get(&format!("{}/p/{}", house.shop(), before.slug))?;
        Ok(vec![home.body, page.body])
    })();
    put(before.clone())?;
    Ok(judged(house, since, planted, &looked?))
}

fn news(house: &House) -> Result<Outcome> {
    let (since, planted, id) = (Timestamp::now(), Instant::now(), NewsId(Uuid::now_v7()));
    let now = since.as_millisecond();
    let piece = move |state| News {
        id,
        state,
        publish_at: now - 1_000,
        title_ja: format!("訓練{SCRIPT}"),
        title_en: String::new(),
        body_ja: format!("訓練です。\n\n{SCRIPT}\n\n[x](javascript:0)\n"),
        body_en: String::new(),
        created_at: now,
        updated_at: now,
    };
    let put = |state| house.store().write_blocking(move |tx| store::news::put(tx, &piece(state)));
    put(NewsState::Published)?;
    let mut customer = Customer::new(1, COMPUTER);
    let looked = (|| -> Result<Vec<String>> {
        let list = customer.get(&format!("{}/news", house.shop()))?;
        let one = customer.get(&format!("{}/news/{id}", house.shop()))?;
        Ok(vec![list.body, one.body])
    })();
    put(NewsState::Withdrawn)?;
    Ok(judged(house, since, planted, &looked?))
}

fn search(house: &House) -> Result<Outcome> {
    let (since, planted) = (Timestamp::now(), Instant::now());
    let words = "%3Cscript%3E%2F%2Adozo-drill%2A%2F%3C%2Fscript%3E";
    let page = Customer::new(1, COMPUTER).get(&format!("{}/search?q={words}", house.shop()))?;
    Ok(judged(house, since, planted, &[page.body]))
}

fn order(house: &House) -> Result<Outcome> {
    let (since, planted) = (Timestamp::now(), Instant::now());
    let mut customer = Customer::new(2, COMPUTER);
    // Either the form is refused with its field named, or the page to confirm shows it.
    let refused = customer.confirm_order(house.shop(), SCRIPT);
    match refused {
        Err(_) => Ok(Outcome::refused("gate and web", "a name has no such characters", planted)),
        Ok(form) => {
            let placed = customer.post(&format!("{}/checkout/place", house.shop()), &form)?;
            Ok(judged(house, since, planted, &[placed.body]))
        }
    }
}
