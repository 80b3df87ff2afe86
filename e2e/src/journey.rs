//! The ways that people take through the shop, step by step, in a real browser.

use crate::{browser::Browser, canary::Canary};
use anyhow::{Context, Result};
use testkit::Dozo;

/// A card that pays.
pub const CARD_PAYS: &str = "4242424242424242";
/// A card that is refused.
pub const CARD_REFUSED: &str = "4000000000000002";
/// A card whose issuer asks (3-D Secure).
pub const CARD_ASKS: &str = "4000000000003220";

/// What a buyer types.
#[derive(Debug, Clone)]
pub struct Buyer {
    /// Family and given name.
    pub name: String,
    /// Its reading.
    pub kana: String,
    /// Mail address.
    pub email: String,
    /// Telephone.
    pub phone: String,
    /// House number and street.
    pub street: String,
    /// Building.
    pub building: String,
}

/// A gift to somebody else.
#[derive(Debug, Clone)]
pub struct Gift {
    /// To whom.
    pub to: Buyer,
    /// Words on the card.
    pub message: String,
    /// Name under the noshi.
    pub noshi_name: String,
}

impl Buyer {
    /// A buyer whose every value stands nowhere else in the shop.
    pub fn unique() -> Buyer {
        Buyer {
            name: "鸙野 穹音".into(),
            kana: "ヒバリノ ソラネ".into(),
            email: "hibarino.sorane.7q3x@canary.example".into(),
            phone: "07000918273".into(),
            street: "８丁目９１番地の７３".into(),
            building: "コーポ鶺鴒の巣 4093号".into(),
        }
    }

    /// What of it the canary scan looks for.
    pub fn canaries(&self) -> Vec<Canary> {
        let plain = domain_forms(&self.street);
        [
            ("name", self.name.clone()),
            ("kana", self.kana.clone()),
            ("email", self.email.clone()),
            ("phone", self.phone.clone()),
            ("street", plain),
            ("building", self.building.clone()),
        ]
        .into_iter()
        .map(|(field, value)| Canary { field, value })
        .collect()
    }
}

/// As the shop writes it after tidying: full-width digits folded.
fn domain_forms(text: &str) -> String {
    text.chars()
        .map(|c| {
            if ('０'..='９').contains(&c) { char::from((c as u32 - '０' as u32) as u8 + b'0') } else { c }
        })
        .collect()
}

impl Gift {
    /// A gift whose every value stands nowhere else.
    pub fn unique() -> Gift {
        let to = Buyer {
            name: "鷦鷯 睦実".into(),
            kana: "ミソサザイ ムツミ".into(),
            email: String::new(),
            phone: "05000564738".into(),
            street: "字鳥越64738".into(),
            building: "翡翠荘の離れ".into(),
        };
        Gift {
            to,
            message: "雲雀の声を添えて、春待つ菓子を贈ります。".into(),
            noshi_name: "鸙野穹音一同".into(),
        }
    }

    /// What of it the canary scan looks for.
    pub fn canaries(&self) -> Vec<Canary> {
        let mut all: Vec<Canary> = self.to.canaries().into_iter().filter(|c| !c.value.is_empty()).collect();
        all.push(Canary { field: "message", value: self.message.clone() });
        all.push(Canary { field: "noshi_name", value: self.noshi_name.clone() });
        all
    }
}

/// How the buyer pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pay {
    /// By card.
    Card,
    /// In cash on delivery.
    Cash,
}

/// From the home page to the cart: the first product that is shown, one piece.
pub async fn fill_cart(b: &Browser, shop: &Dozo) -> Result<()> {
    b.goto(&shop.url("/")).await?;
    b.look("home").await?;
    b.click("main a[href^='/p/']").await?;
    b.arrives_at("/p/").await?;
    b.look("product").await?;
    b.click("form#buy button[type=submit]").await?;
    b.arrives_at("/cart").await?;
    b.find("button[name='go'][value='checkout']").await?;
    b.look("cart").await
}

/// From the cart to the checkout's first page, and the orderer's part of it.
async fn fill_orderer(b: &Browser, buyer: &Buyer) -> Result<()> {
    b.click("button[name='go'][value='checkout']").await?;
    b.arrives_at("/checkout").await?;
    b.fill("name", &buyer.name).await?;
    b.fill("kana", &buyer.kana).await?;
    b.fill("email", &buyer.email).await?;
    b.fill("phone", &buyer.phone).await?;
    b.fill("postcode", "390-0811").await?;
    b.click("button[name='go'][value='postcode'][data-fill='']").await?;
    wait_filled(b, "city").await?;
    b.fill("street", &buyer.street).await?;
    b.fill("building", &buyer.building).await
}

/// The name and address of somebody else.
async fn fill_recipient(b: &Browser, to: &Buyer, postcode: &str) -> Result<()> {
    b.fill("to_name", &to.name).await?;
    b.fill("to_kana", &to.kana).await?;
    b.fill("to_phone", &to.phone).await?;
    b.fill("to_postcode", postcode).await?;
    b.click("button[name='go'][value='postcode'][data-fill='to_']").await?;
    wait_filled(b, "to_city").await?;
    b.fill("to_street", &to.street).await?;
    b.fill("to_building", &to.building).await
}

/// From the cart to the page on which an order is confirmed that goes to the orderer and to these persons: each gets
/// one piece of everything.
pub async fn fill_several(b: &Browser, buyer: &Buyer, gifts: &[Gift]) -> Result<()> {
    fill_orderer(b, buyer).await?;
    b.tick("ship_to", "several").await?;
    b.click("input[name='agree']").await?;
    b.look("checkout-several").await?;
    b.click(".actions button[name='go'][value='confirm']").await?;
    for (n, gift) in gifts.iter().enumerate() {
        b.find("input[name='at']").await?;
        fill_recipient(b, &gift.to, ["100-0005", "060-0001", "900-0015"][n % 3]).await?;
        b.fill("noshi_name", &gift.noshi_name).await?;
        b.fill("message", &gift.message).await?;
        b.select("noshi", "year_end").await?;
        b.look(&format!("recipient-{}", n + 1)).await?;
        b.click(".actions button[value='save']").await?;
        b.find("button[name='go'][value='add']").await?;
        b.look(&format!("recipients-{}", n + 1)).await?;
        b.click("button[name='go'][value='add']").await?;
    }
    b.tick("to_whom", "self").await?;
    b.fill("noshi_name", "").await?;
    b.select("noshi", "none").await?;
    b.look("recipient-self").await?;
    b.click(".actions button[value='save']").await?;
    b.find("button[name='go'][value='done']").await?;
    b.look("recipients").await?;
    b.click("button[name='go'][value='done']").await?;
    b.find("form[action='/checkout/place']").await?;
    b.look("confirm-several").await
}

/// From the cart to the page on which the order is confirmed.
pub async fn fill_checkout(b: &Browser, buyer: &Buyer, gift: Option<&Gift>, pay: Pay) -> Result<()> {
    fill_orderer(b, buyer).await?;
    if let Some(gift) = gift {
        b.tick("ship_to", "other").await?;
        fill_recipient(b, &gift.to, "100-0005").await?;
        b.choose("noshi", "celebration").await?;
        b.fill("noshi_name", &gift.noshi_name).await?;
        b.fill("message", &gift.message).await?;
    }
    if pay == Pay::Cash {
        b.tick("payment", "cash_on_delivery").await?;
    }
    b.click("input[name='agree']").await?;
    b.look("checkout").await?;
    b.click(".actions button[name='go'][value='confirm']").await?;
    b.find("form[action='/checkout/place']").await?;
    b.look("confirm").await
}

async fn wait_filled(b: &Browser, name: &str) -> Result<()> {
    if !b.has_scripts() {
        // The page came filled: nobody's script need be asked.
        return b.find(&format!("[name='{name}'][value]:not([type=hidden], [value=''])")).await.map(drop);
    }
    for _ in 0..200 {
        let field = b.find(&format!("[name='{name}']:not([type=hidden])")).await?;
        if !field.prop("value").await.ok().flatten().unwrap_or_default().is_empty() {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    anyhow::bail!("the postcode did not fill {name}:\n{}", b.text().await?)
}

/// Places the order; by card this ends on the processor's page.
pub async fn place(b: &Browser) -> Result<()> {
    b.click("form[action='/checkout/place'] button[value='confirm']").await
}

/// Types a card on the processor's page.
pub async fn type_card(b: &Browser, number: &str) -> Result<()> {
    let url = b.arrives_at("//pay.localhost").await?;
    anyhow::ensure!(url.contains("/c/"), "not the hosted page: {url}");
    b.fill("number", number).await?;
    b.fill("expiry", "12/34").await?;
    b.fill("cvc", "123").await?;
    b.look("processor").await?;
    b.click("#pay").await
}

/// The id in the address of an order page.
pub fn order_id(url: &str) -> Result<String> {
    let after = url.split("/order/").nth(1).with_context(|| format!("no order page: {url}"))?;
    Ok(after.split(['/', '?', '#']).next().unwrap_or_default().to_owned())
}

/// The mails in the viewer, as it lists them, once there are at least `count` to that address.
pub fn mails_to(shop: &Dozo, address: &str, count: usize) -> Result<Vec<serde_json::Value>> {
    let mut browser = testkit::http::Browser::new("ja");
    for _ in 0..200 {
        let list =
            browser.get(&format!("{}/api/mails", shop.address("mail").trim_end_matches('/')))?.json()?;
        let all = list.as_array().or_else(|| list["mails"].as_array()).cloned().unwrap_or_default();
        let mine: Vec<_> = all.into_iter().filter(|m| m["to"].to_string().contains(address)).collect();
        if mine.len() >= count {
            return Ok(mine);
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    anyhow::bail!("fewer than {count} mails came")
}
