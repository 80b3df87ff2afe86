//! One walk: a visitor who looks at a product, puts it into the cart, fills in the order, and stops where he would
//! order. Where test orders are allowed he goes on, types the honey card, which is declined, and turns back.

use crate::{
    Fault, Honey,
    dom::{Document, Element},
    judge::{Happened, Seen, made_of},
    person::Person,
    tab::Tab,
};
use manifest::{Outside, Told};
use serde_json::json;
use std::{
    collections::BTreeSet,
    thread,
    time::{Duration, Instant},
};

/// The most products that are tried until one is on sale.
const PRODUCTS_MAX: usize = 4;
/// While a page is still being laid out, on a busy machine, something else may stand for a moment where a button will be.
/// What covers it to take clicks stays.
const SETTLES: Duration = Duration::from_secs(2);
/// Until it is looked again.
const AGAIN: Duration = Duration::from_millis(200);

/// What a walk came to.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    pub(crate) seen: BTreeSet<Seen>,
    /// The step that could not be made, and why.
    pub(crate) failed: Option<(&'static str, Fault)>,
}

/// Walks once.
pub(crate) fn walk(tab: &mut Tab<'_>, rules: &Outside, person: &Person, honey: Option<&Honey>) -> Walked {
    let mut walker = Walker { tab, rules, person, honey, seen: BTreeSet::new(), step: "home" };
    let failed = match walker.go() {
        Ok(()) | Err(Fault::Covered) => None,
        Err(why) => Some((walker.step, why)),
    };
    Walked { seen: walker.seen, failed }
}

struct Walker<'w, 'p> {
    tab: &'w mut Tab<'p>,
    rules: &'w Outside,
    person: &'w Person,
    honey: Option<&'w Honey>,
    seen: BTreeSet<Seen>,
    step: &'static str,
}

impl Walker<'_, '_> {
    fn go(&mut self) -> Result<(), Fault> {
        self.tab.go(&format!("{}/", self.rules.origin()))?;
        let home = self.look("home")?;
        let product = self.find_product(&home)?;
        self.press(&product, "/cart/add", &[])?;
        let cart = self.look("cart")?;
        self.press(&cart, "/cart/update", &[("name", "go"), ("value", "checkout")])?;
        let form = self.look("checkout")?;
        self.fill_in(&form)?;
        self.press(&form, "/checkout", &[("name", "go"), ("value", "confirm")])?;
        let confirm = self.look("confirm")?;
        let place = [("name", "go"), ("value", "confirm")];
        match self.honey {
            // He thinks better of it.
            None => self.is_open(&confirm, "/checkout/place", &place).map(drop),
            Some(honey) => {
                self.press(&confirm, "/checkout/place", &place)?;
                self.pay(honey)
            }
        }
    }

    /// Follows a link of the home page to a product that is on sale.
    fn find_product(&mut self, home: &Document) -> Result<Document, Fault> {
        let leads =
            |e: &&Element| e.name == "a" && e.attribute("href").is_some_and(|to| to.starts_with("/p/"));
        let mut links: Vec<String> =
            home.0.iter().filter(leads).filter_map(|e| e.attribute("href").map(str::to_owned)).collect();
        links.dedup();
        for turn in 0..PRODUCTS_MAX {
            let Some(to) = links.get(self.person.chance(turn) % links.len().max(1)) else { break };
            self.tab.go(&format!("{}{to}", self.rules.origin()))?;
            let product = self.look("product")?;
            if product.button("/cart/add", &[]).is_some() {
                return Ok(product);
            }
        }
        Err(Fault::Missing)
    }

    fn fill_in(&mut self, form: &Document) -> Result<(), Fault> {
        let field = |name| form.field(name).map(|field| field.node).ok_or(Fault::Missing);
        for (name, words) in self.person.typed() {
            self.tab.type_in(field(name)?, words)?;
        }
        let fill = [("name", "go"), ("value", "postcode"), ("data-fill", "")];
        let fill = form.find("button", &fill).ok_or(Fault::Missing)?;
        self.tab.click(fill.node)?;
        self.tab.be_still()?;
        self.tab.type_in(field("street")?, &self.person.street)?;
        self.tab.click(field("agree")?)
    }

    /// Types the honey card on the processor's page, is declined, and turns back.
    fn pay(&mut self, honey: &Honey) -> Result<(), Fault> {
        let hosted = self.look("processor")?;
        for (name, words) in [("number", honey.number()), ("expiry", "12/34"), ("cvc", "123")] {
            self.tab.type_in(hosted.field(name).ok_or(Fault::Missing)?.node, words)?;
        }
        let pay = hosted.find("button", &[("id", "pay")]).ok_or(Fault::Missing)?;
        let before = self.tab.loaded();
        self.tab.click(pay.node)?;
        self.tab.wait_loaded(before)?;
        let declined = self.look("processor")?;
        let back = format!("{}/checkout/canceled", self.rules.origin());
        let leads = |e: &&Element| e.attribute("href").is_some_and(|to| to.starts_with(&back));
        let back = declined.0.iter().find(leads).ok_or(Fault::Missing)?;
        let before = self.tab.loaded();
        self.tab.click(back.node)?;
        self.tab.wait_loaded(before)?;
        self.look("order").map(drop)
    }

    /// Looks at the page that is there now.
    fn look(&mut self, step: &'static str) -> Result<Document, Fault> {
        self.step = step;
        let happened = Happened::read(&self.tab.take_events());
        self.judge_documents(step, &happened)?;
        let document = Document::read(&self.tab.document()?);
        self.seen.extend(happened.judge(step, self.rules));
        if step != "processor" {
            self.seen.extend(made_of(step, &document, self.rules));
        }
        if self.honey.is_some_and(|honey| happened.sent_elsewhere(self.rules, honey.disguises())) {
            self.add("card", "");
        }
        Ok(document)
    }

    /// Each document of the shop is what its template makes of it, and bears the headers that were signed.
    fn judge_documents(&mut self, step: &'static str, happened: &Happened) -> Result<(), Fault> {
        let mut locked = false;
        for shown in &happened.documents {
            let own = self.rules.is_own(&shown.url);
            let of_processor = step == "processor" && self.rules.is_processor(&shown.url);
            if !own && !of_processor {
                self.add("redirect", crate::judge::host(&shown.url));
                continue;
            }
            let page = shown.status == 200;
            let Some(route) =
                self.rules.route_at(&shown.url).filter(|_| own && (page || shown.status >= 400))
            else {
                continue;
            };
            if page {
                for header in self.rules.weak(route, |name| shown.headers.get(name).map(String::as_str)) {
                    self.add("header", &header);
                }
            }
            let body = self.tab.call("Network.getResponseBody", json!({ "requestId": shown.request }));
            // A document that a later one has replaced cannot be read any more.
            let Ok(body) = body else { continue };
            let Some(body) = body["body"].as_str() else { continue };
            if page {
                self.rules.page(route, body).unwrap_or_else(|breach| self.add("page", breach.why.word()));
                continue;
            }
            match self.rules.told(route, body) {
                Told::Active => self.add("page", "notice"),
                told => locked = matches!(told, Told::Locked { .. }),
            }
        }
        match happened.documents.last() {
            Some(shown) if shown.status >= 400 && locked => Err(Fault::Locked),
            Some(shown) if shown.status >= 400 => Err(Fault::Status),
            Some(_) => Ok(()),
            None => Err(Fault::NoPage),
        }
    }

    /// The button, once nothing lies over it.
    fn is_open<'d>(
        &mut self,
        page: &'d Document,
        action: &str,
        attributes: &[(&str, &str)],
    ) -> Result<&'d Element, Fault> {
        let button = page.button(action, attributes).ok_or(Fault::Missing)?;
        let end = Instant::now() + SETTLES;
        loop {
            let top = self.tab.on_top_of(button.node)?;
            if page.is_within(top, button) {
                return Ok(button);
            }
            if Instant::now() > end {
                self.add("covered", "button");
                return Err(Fault::Covered);
            }
            thread::sleep(AGAIN);
        }
    }

    /// Presses the button that leads on, and waits for the next page.
    fn press(&mut self, page: &Document, action: &str, attributes: &[(&str, &str)]) -> Result<(), Fault> {
        let button = self.is_open(page, action, attributes)?;
        let before = self.tab.loaded();
        self.tab.click(button.node)?;
        self.tab.wait_loaded(before)
    }

    fn add(&mut self, kind: &'static str, from: &str) {
        self.seen.insert(Seen::new(self.step, kind, from));
    }
}
