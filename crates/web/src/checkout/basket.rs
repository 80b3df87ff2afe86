//! The cart as pages show it and as an order is reckoned from it.

use super::parcel::Goods;
use crate::{
    App, pictures,
    view::{self, Page, Texts},
    visit::Visit,
};
use domain::{
    Locale, Yen,
    allotment::{self, Share},
    cart::{self, NoQuote, Quote},
    payment::PaymentMethod,
    shipping::{Region, Tariff},
    tax::{TaxClass, TaxLine, tax_lines},
};
use store::{cart::CartLine, catalog::Offer};
use uuid::Uuid;

/// What is in a cart now.
#[derive(Clone, Default)]
pub struct Basket {
    /// Its lines, oldest first.
    pub lines: Vec<CartLine>,
    /// What sending costs now.
    pub tariff: Tariff,
}

/// A line as templates show it.
pub struct LineView {
    /// The variant.
    pub id: Uuid,
    /// The product's page.
    pub href: String,
    /// The product.
    pub name: String,
    /// The variant.
    pub variant: String,
    /// What it looks like.
    pub picture: Option<String>,
    /// Price of one.
    pub unit_price: Yen,
    /// Pieces.
    pub quantity: u32,
    /// Price of all.
    pub total: Yen,
    /// Whether the reduced tax rate applies.
    pub reduced: bool,
    /// Why it cannot be ordered like this.
    pub short: Option<String>,
}

impl LineView {
    /// Product and variant: two sizes of one thing are told apart by their labels, too.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.name, self.variant)
    }
}

/// What an order costs, as templates show it.
pub struct Sums {
    /// Goods.
    pub goods: Yen,
    /// Shipping, without what is charged for goods that are kept cool where that is known.
    pub shipping: Yen,
    /// For goods that are kept cool.
    pub cool: Yen,
    /// Fee for cash on delivery.
    pub cod_fee: Yen,
    /// All.
    pub total: Yen,
    /// Tax for each rate: what it is, how much.
    pub tax: Vec<(String, String)>,
}

impl Basket {
    /// Reads a visitor's cart.
    ///
    /// # Errors
    /// As every database call.
    pub fn read(tx: &mut store::Tx<'_>, app: &App, visit: &Visit) -> Result<Basket, store::Error> {
        let lines = if visit.is_new() { Vec::new() } else { store::cart::lines(tx, &visit.hash())? };
        Ok(Basket { lines, tariff: app.window(tx)?.shop().tariff.clone() })
    }

    /// What is said of paying in cash; none where the shop takes none.
    pub fn cash_note(&self, t: &Texts, locale: Locale) -> Option<String> {
        let least = self.tariff.cash.first()?.fee;
        Some(match least {
            Yen::ZERO => t.s("payment-cash-note-free").to_owned(),
            fee => t.f1("payment-cash-note", "fee", view::yen(&locale, &fee)),
        })
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Whether everything in it can be sold as it stands.
    pub fn can_order(&self) -> bool {
        !self.is_empty() && self.lines.iter().all(|l| l.offer.on_sale && l.quantity <= l.offer.available)
    }

    /// Whether any of it must be kept cool.
    pub fn is_cool(&self) -> bool {
        self.lines.iter().any(|l| l.offer.cool)
    }

    /// Price of all goods.
    pub fn goods(&self) -> Yen {
        self.lines.iter().map(|l| total(l.offer.price, l.quantity)).sum()
    }

    /// Tax contained in the goods.
    pub fn goods_tax(&self) -> Vec<TaxLine> {
        tax_lines(self.lines.iter().map(|l| (l.offer.tax_class, total(l.offer.price, l.quantity))))
    }

    /// A recipient's share of it: all, or these goods; none where one of them is not in it any more.
    pub fn share(&self, goods: Option<&Goods>) -> Option<Share> {
        let Some(goods) = goods else { return Some(self.lines.iter().map(|l| l.quantity).collect()) };
        let there = |id: Uuid| self.lines.iter().any(|l| l.offer.variant.0 == id);
        let of = |id: Uuid| goods.iter().find(|(v, _)| *v == id).map_or(0, |(_, n)| *n);
        let share = || self.lines.iter().map(|l| of(l.offer.variant.0)).collect();
        goods.iter().all(|(v, _)| there(*v)).then(share)
    }

    /// Whether there is as much to sell as these shares need.
    pub fn can_send(&self, shares: &[Share]) -> bool {
        let fits = |(at, l): (usize, &CartLine)| match allotment::sent(shares, at) {
            0 => true,
            n => l.offer.on_sale && n <= l.offer.available,
        };
        self.lines.iter().enumerate().all(fits)
    }

    /// What an order of these shares costs.
    ///
    /// # Errors
    /// As [`NoQuote`] says.
    pub fn quote(&self, shares: &[(Region, Share)], method: PaymentMethod) -> Result<Quote, NoQuote> {
        let line = |l: &CartLine| cart::Line {
            variant: l.offer.variant,
            unit_price: l.offer.price,
            quantity: l.quantity,
            tax: l.offer.tax_class,
            cool: l.offer.cool,
        };
        let lines: Vec<cart::Line> = self.lines.iter().map(line).collect();
        cart::quote(&allotment::parcels(&lines, shares), &self.tariff, method)
    }

    /// Its lines in the page's language, with as many pieces as all these shares have.
    pub fn sent_views(&self, t: &Texts, locale: Locale, shares: &[Share]) -> Vec<LineView> {
        let of =
            |(at, l): (usize, &CartLine)| CartLine { quantity: allotment::sent(shares, at), ..l.clone() };
        let lines = self.lines.iter().enumerate().map(of).filter(|l| l.quantity > 0).collect();
        Basket { lines, ..Basket::default() }.views(t, locale)
    }

    /// Its lines in the page's language.
    pub fn views(&self, t: &Texts, locale: Locale) -> Vec<LineView> {
        self.lines
            .iter()
            .map(|l| {
                let offer = l.offer.clone();
                let short = match (offer.on_sale, offer.available) {
                    (false, _) | (true, 0) => Some(t.s("cart-gone").to_owned()),
                    (true, n) if n < l.quantity => Some(t.f1("cart-short", "n", n)),
                    _ => None,
                };
                LineView {
                    id: offer.variant.0,
                    href: format!("/p/{}", offer.slug),
                    name: locale.pick(offer.product_name_ja, offer.product_name_en),
                    variant: locale.pick(offer.variant_name_ja, offer.variant_name_en),
                    picture: offer.picture.map(|id| pictures::url(&id.0, pictures::Size::Card)),
                    unit_price: offer.price,
                    quantity: l.quantity,
                    total: total(offer.price, l.quantity),
                    reduced: offer.tax_class == TaxClass::Reduced,
                    short,
                }
            })
            .collect()
    }
}

impl Sums {
    /// From a quote.
    pub fn of(page: &Page, quote: &Quote) -> Sums {
        Sums {
            goods: quote.goods,
            shipping: quote.postage().into_iter().sum(),
            cool: quote.cool.iter().copied().sum(),
            cod_fee: quote.cod_fee,
            total: quote.total,
            tax: tax_words(page, &quote.tax),
        }
    }
}

/// Product and variant in one name.
pub fn name(locale: Locale, offer: &Offer) -> String {
    locale.pick(offer.line_name_ja(), offer.line_name_en())
}

/// "of which tax (8 %: 1,080 yen)" and how much, for each rate.
pub fn tax_words(page: &Page, lines: &[TaxLine]) -> Vec<(String, String)> {
    let words = |l: &TaxLine| {
        let gross = page.yen(&l.gross);
        (page.t.f2("tax-included-of", "percent", l.class.percent(), "gross", gross), page.yen(&l.tax))
    };
    lines.iter().map(words).collect()
}

/// Bounded far below where yen end: prices and quantities are.
fn total(price: Yen, quantity: u32) -> Yen {
    price.checked_mul(quantity).unwrap_or(Yen::new(domain::money::YEN_MAX))
}
