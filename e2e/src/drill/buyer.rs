//! Buyers who behave as people do: where a page says "in a moment", or none comes, they press the same button again.

use crate::{
    journey::{self, CARD_PAYS, Pay},
    plain,
};
use anyhow::{Context, Result, bail, ensure};
use std::{
    net::Ipv4Addr,
    time::{Duration, Instant},
};
use testkit::{
    Dozo,
    http::{Answer, Browser},
};

/// How long a buyer keeps trying one step.
const PATIENCE: Duration = Duration::from_secs(90);
/// How long a buyer waits before pressing again.
const PAUSE: Duration = Duration::from_millis(250);
/// How the shop says that there is nothing left.
const SOLD_OUT: [&str; 2] = ["売り切れ", "残りが0点"];
/// How often a buyer looks at a page to confirm that has changed.
const CONFIRMS_MAX: usize = 5;

/// What became of one visit.
pub struct Visit {
    /// How it ended.
    pub outcome: Outcome,
    /// Every answer of 400 and more on the way.
    pub failed: Vec<Answer>,
}

/// How a visit ended.
#[derive(Debug)]
pub enum Outcome {
    /// The shop said that the order is placed.
    Told(Told),
    /// The shop said that it is sold out; the page that said so.
    SoldOut(String),
    /// Patience ended, and why.
    GaveUp(String),
}

/// An order that its buyer was told of.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its id: the key of the form that was sent.
    pub order: String,
    /// How it is paid.
    pub pay: Pay,
    /// Whether the processor said that it is paid.
    pub paid: bool,
}

/// Goes to the shop as buyer number `n` of `round`, and buys one piece of `product`.
pub fn buy(shop: &Dozo, product: &str, (round, n): (u8, usize), pay: Pay) -> Visit {
    let [_, _, high, low] = (n as u32 + 1).to_be_bytes();
    let b = Browser::at(Ipv4Addr::new(127, 10 + round, high, low), "ja");
    let who =
        journey::Buyer { email: format!("drill.{round}.{n}@canary.example"), ..journey::Buyer::unique() };
    let mut buyer = Buyer { shop, b, who };
    let outcome = buyer.visit(product, pay).unwrap_or_else(|e| Outcome::GaveUp(format!("{e:#}")));
    Visit { outcome, failed: buyer.b.failed }
}

/// Tries a step until it is done.
fn again<T>(what: &str, mut step: impl FnMut() -> Result<T>) -> Result<T> {
    let end = Instant::now() + PATIENCE;
    loop {
        match step() {
            Ok(done) => return Ok(done),
            Err(_) if Instant::now() < end => std::thread::sleep(PAUSE),
            Err(e) => return Err(e.context(format!("{what}: patience ended"))),
        }
    }
}

struct Buyer<'s> {
    shop: &'s Dozo,
    b: Browser,
    who: journey::Buyer,
}

impl Buyer<'_> {
    fn visit(&mut self, product: &str, pay: Pay) -> Result<Outcome> {
        let page = format!("/p/{product}");
        let sold_out = again("the cart", || match plain::to_cart(&mut self.b, self.shop, product) {
            Ok(_) => Ok(None),
            Err(e) => self.sold_out(&page).map_or(Err(e), |page| Ok(Some(page))),
        })?;
        if let Some(page) = sold_out {
            return Ok(Outcome::SoldOut(page));
        }
        let confirm =
            again("the checkout", || match plain::to_confirm(&mut self.b, self.shop, &self.who, pay) {
                Ok(form) => Ok(Ok(form)),
                Err(e) => self.sold_out("/cart").map_or(Err(e), |page| Ok(Err(page))),
            })?;
        match confirm {
            Err(page) => Ok(Outcome::SoldOut(page)),
            Ok(form) => self.place(form, pay),
        }
    }

    /// The page, where it says that there is nothing left.
    fn sold_out(&mut self, path: &str) -> Option<String> {
        let page = self.b.get(&self.shop.url(path)).ok().filter(|a| a.status == 200)?.text();
        SOLD_OUT.iter().any(|says| page.contains(says)).then_some(page)
    }

    fn place(&mut self, mut form: Vec<(String, String)>, pay: Pay) -> Result<Outcome> {
        for _ in 0..CONFIRMS_MAX {
            let order = form.iter().find(|(n, _)| n == "key").context("no key in the form")?.1.clone();
            let answer = again("the order", || {
                let answer = plain::place(&mut self.b, self.shop, &form)?;
                ensure!(matches!(answer.status, 200 | 303), "status {}", answer.status);
                Ok(answer)
            })?;
            let Some(to) = answer.location() else {
                // Something has changed, and the page says what.
                form = plain::hidden(&answer, "/checkout/place")?;
                continue;
            };
            if to.ends_with("/cart") {
                let page = again("the cart", || {
                    self.sold_out("/cart").context("back at the cart, and it does not say why")
                })?;
                return Ok(Outcome::SoldOut(page));
            }
            ensure!(to.contains("/order/") || to.contains("//pay."), "sent to {to}");
            let paid = if pay == Pay::Card { self.pay(&order, to)? } else { false };
            return Ok(Outcome::Told(Told { order, pay, paid }));
        }
        bail!("the page to confirm changed {CONFIRMS_MAX} times")
    }

    /// Pays on the processor's page, wherever that has to be looked for.
    fn pay(&mut self, order: &str, to: String) -> Result<bool> {
        let mut next = Some(to).filter(|to| to.contains("//pay."));
        let back = again("the payment", || {
            let hosted = match next.take() {
                Some(hosted) => hosted,
                None => match self.ask_for_page(order)? {
                    Some(hosted) => hosted,
                    None => return Ok(None),
                },
            };
            next = Some(hosted.clone());
            let page = self.b.get(&hosted)?;
            ensure!(page.status == 200, "the processor's page: {}", page.status);
            let text = page.text();
            let paid = text
                .split("href=\"")
                .filter_map(|h| h.split('"').next())
                .find(|h| h.contains("/checkout/return"));
            if let Some(back) = paid {
                return Ok(Some(back.replace("&amp;", "&")));
            }
            let back = plain::card(&mut self.b, &hosted, CARD_PAYS)?.context("the card was not taken")?;
            ensure!(back.contains("/checkout/return"), "sent to {back}");
            Ok(Some(back))
        })?;
        if let Some(back) = back {
            again("the way back", || {
                let answer = self.b.get(&back)?;
                ensure!(answer.status == 303, "status {}", answer.status);
                Ok(())
            })?;
        }
        Ok(true)
    }

    /// Asks on the order's page for the processor's; none where the order turns out to be paid.
    fn ask_for_page(&mut self, order: &str) -> Result<Option<String>> {
        let mut page = self.b.get(&self.shop.url(&format!("/order/{order}")))?;
        if page.status == 403 {
            // Whoever sent the form twice may have lost what opens the page: the mail has a link.
            let link = self.mailed_link()?;
            page = self.b.open(&link)?;
        }
        ensure!(page.status == 200, "the order's page: {}", page.status);
        if page.text().contains("お支払いが済みました") {
            return Ok(None);
        }
        let action = format!("/order/{order}/pay");
        let form = plain::hidden(&page, &action)?;
        let answer = plain::send(&mut self.b, &self.shop.url(&action), &form, &[])?;
        let to = answer.location().filter(|to| to.contains("//pay."));
        Ok(Some(to.with_context(|| format!("no page to pay on: {}", answer.status))?))
    }

    fn mailed_link(&mut self) -> Result<String> {
        let url = format!("{}/api/mails", self.shop.address("mail").trim_end_matches('/'));
        let list = self.b.get(&url)?.json()?;
        let all = list.as_array().or_else(|| list["mails"].as_array()).context("no list of mails")?;
        let mine = all.iter().filter(|m| m["to"].to_string().contains(&self.who.email));
        let words = mine.filter_map(|m| m["text"].as_str()).flat_map(str::split_whitespace);
        words.filter(|w| w.contains("/o/")).map(str::to_owned).next().context("no link in the mails yet")
    }
}
