//! What the law wants stated, and what fairness does.

use crate::{
    App, Article, ShopFacts,
    error::Fault,
    view::{self, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::{extract::State, response::Response};
use domain::{
    Locale,
    delivery::Dispatch,
    payment::PaymentMethod,
    shipping::{Region, Tariff},
};

/// A row of the page: what it is about, and lines.
pub type Row = (String, Vec<String>);

#[derive(Template)]
#[template(path = "shop/legal.html")]
struct Legal {
    page: Page,
    lead: String,
    rows: Vec<Row>,
    sections: Vec<(String, Vec<String>)>,
}

/// `GET /legal/tokushoho`: 特定商取引法 第11条.
pub async fn tokushoho(State(app): State<App>, visit: Visit) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let page = Page::load(&app, &visit, t.s("nav-tokushoho")).await?;
    let rows = seller(t, page.shop(), visit.locale());
    view::html(&Legal { page, lead: String::new(), rows, sections: Vec::new() })
}

/// `GET /legal/privacy`
pub async fn privacy(State(app): State<App>, visit: Visit) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let page = Page::load(&app, &visit, t.s("nav-privacy")).await?;
    let officer = page.shop().privacy_officer.get(&visit.locale()).to_owned();
    let own = articles(&page.shop().privacy, visit.locale());
    let usual = vec![
        section(t, "privacy-what", &["privacy-what-1", "privacy-what-2"]),
        section(t, "privacy-why", &["privacy-why-1"]),
        section(t, "privacy-how", &["privacy-how-1", "privacy-how-2"]),
        section(t, "privacy-give", &["privacy-give-1"]),
        section(t, "privacy-ask", &["privacy-ask-1"]),
        section(t, "privacy-if", &["privacy-if-1"]),
    ];
    let mut sections = if own.is_empty() { usual } else { own };
    if !officer.is_empty() {
        sections.push((t.s("privacy-officer").to_owned(), vec![officer]));
    }
    view::html(&Legal { page, lead: t.s("privacy-lead").to_owned(), rows: Vec::new(), sections })
}

/// `GET /legal/terms`
pub async fn terms(State(app): State<App>, visit: Visit) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let page = Page::load(&app, &visit, t.s("nav-terms")).await?;
    let sections = vec![
        section(t, "terms-order", &["terms-order-1"]),
        section(t, "terms-stock", &["terms-stock-1"]),
        section(t, "terms-gift", &["terms-gift-1", "terms-gift-2", "terms-gift-3"]),
        section(t, "terms-food", &["terms-food-1"]),
    ];
    view::html(&Legal { page, lead: t.s("terms-lead").to_owned(), rows: Vec::new(), sections })
}

fn section(t: &Texts, title: &str, paragraphs: &[&str]) -> (String, Vec<String>) {
    (t.s(title).to_owned(), paragraphs.iter().map(|id| t.s(id).to_owned()).collect())
}

/// What is charged besides the goods.
fn fees(t: &Texts, tariff: &Tariff, locale: Locale) -> Vec<String> {
    let yen = |y| view::yen(&locale, &y);
    let mut fees: Vec<String> = Region::ALL
        .iter()
        .zip(tariff.fees)
        .map(|(r, fee)| t.f2("tokushoho-fees-region", "region", t.w("region", r.word()), "fee", yen(fee)))
        .collect();
    fees.push(t.f1("tokushoho-fees-free", "free", yen(tariff.free_from)));
    fees.push(t.f1("tokushoho-fees-cool", "fee", yen(tariff.cool_surcharge)));
    fees.extend(tariff.cash.first().zip(tariff.cash.last()).map(|(least, most)| {
        match (least.fee, most.fee) {
            (from, to) if from == to => t.f1("tokushoho-fees-cod-one", "fee", yen(to)),
            (from, to) => t.f2("tokushoho-fees-cod", "from", yen(from), "to", yen(to)),
        }
    }));
    fees
}

fn seller(t: &Texts, shop: &ShopFacts, locale: Locale) -> Vec<Row> {
    let row = |id: &str, lines: Vec<String>| (t.s(id).to_owned(), lines);
    let one = |text: &str| vec![text.to_owned()];
    let address = vec![format!("〒{}", shop.postcode), shop.address.get(&locale).to_owned()];
    let phone = vec![shop.phone.clone(), shop.phone_hours.get(&locale).to_owned()];
    let mut rows = vec![
        row("tokushoho-seller", one(shop.company.get(&locale))),
        row("tokushoho-representative", one(shop.representative.get(&locale))),
        row("tokushoho-in-charge", one(shop.seller_in_charge.get(&locale))),
        row("tokushoho-address", address),
        row("tokushoho-phone", phone),
        row("tokushoho-email", one(&shop.email)),
        row("tokushoho-invoice", one(&shop.invoice_number)),
    ];
    rows.retain(|(_, lines)| lines.iter().any(|l| !l.is_empty()));
    let usual = usual(t, shop, locale);
    let keys = usual.each_ref().map(|(key, _)| *key);
    rows.extend(usual.map(|(key, row)| own(shop, key).map_or(row, |a| article(a, locale))));
    let more = shop.legal.iter().filter(|a| !keys.contains(&a.key.as_str()));
    rows.extend(more.map(|a| article(a, locale)));
    rows
}

/// What the last page before an order says of its terms, in the words of the page of the law: when it arrives, when it is paid, how it is
/// called off and given back (特定商取引法 第12条の6).
pub fn terms_of_order(t: &Texts, shop: &ShopFacts, locale: Locale, method: PaymentMethod) -> Vec<Row> {
    let said = usual(t, shop, locale).map(|(key, (title, lines))| match (own(shop, key), key) {
        (Some(own), _) => (key, article(own, locale)),
        // Each way to pay has a line of its own.
        (None, "payment") => (key, (title, vec![t.s(payment_line(method)).to_owned()])),
        (None, _) => (key, (title, lines)),
    });
    let of = |wanted: &str| said.iter().find(|(key, _)| *key == wanted).map(|(_, row)| row.clone());
    ["delivery", "payment", "cancellation", "returns"].into_iter().filter_map(of).collect()
}

fn payment_line(method: PaymentMethod) -> &'static str {
    match method {
        PaymentMethod::Card => "tokushoho-payment-card",
        PaymentMethod::CashOnDelivery => "tokushoho-payment-cash",
    }
}

/// The merchant's own words in place of the usual ones.
fn own<'s>(shop: &'s ShopFacts, key: &str) -> Option<&'s Article> {
    shop.legal.iter().find(|a| a.key == key)
}

/// What is said where the merchant says nothing else.
fn usual(t: &Texts, shop: &ShopFacts, locale: Locale) -> [(&'static str, Row); 6] {
    let tariff = &shop.tariff;
    let row = |id: &str, lines: Vec<String>| (t.s(id).to_owned(), lines);
    let one = |text: &str| vec![text.to_owned()];
    let payment = [PaymentMethod::Card, PaymentMethod::CashOnDelivery].into_iter();
    let payment = payment.take(if tariff.cash.is_empty() { 1 } else { 2 });
    let payment = payment.map(|method| t.s(payment_line(method)).to_owned()).collect();
    [
        ("price", row("tokushoho-price", one(t.s("tokushoho-price-body")))),
        ("extra_charges", row("tokushoho-fees", fees(t, tariff, locale))),
        ("payment", row("tokushoho-payment", payment)),
        ("delivery", row("tokushoho-delivery", delivery(t, &shop.dispatch, locale))),
        ("returns", row("tokushoho-returns", one(t.s("tokushoho-returns-body")))),
        ("cancellation", row("tokushoho-cancel", one(t.s("tokushoho-cancel-body")))),
    ]
}

/// Within how many days an order leaves, counted from the day on which it is placed, and when none does.
fn delivery(t: &Texts, dispatch: &Dispatch, locale: Locale) -> Vec<String> {
    let days = i64::from(dispatch.days) + i64::from(dispatch.order_until < 24);
    let mut lines = vec![match days {
        0 => t.s("tokushoho-delivery-same-day").to_owned(),
        days => t.f1("tokushoho-delivery-body", "days", days),
    }];
    if !dispatch.rests.is_empty() {
        let mut days = dispatch.rests.clone();
        days.sort();
        let names: Vec<_> = days.into_iter().map(|day| view::weekday(&locale, day)).collect();
        lines.push(t.f1(
            "tokushoho-delivery-rests",
            "days",
            names.join(if locale == Locale::Ja { "・" } else { ", " }),
        ));
    }
    lines
}

fn articles(articles: &[Article], locale: Locale) -> Vec<(String, Vec<String>)> {
    articles.iter().map(|a| article(a, locale)).collect()
}

fn article(a: &Article, locale: Locale) -> (String, Vec<String>) {
    let lines = a.text.get(&locale).lines().map(str::to_owned).collect();
    (a.title.get(&locale).to_owned(), lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_has_a_name_and_a_fee() {
        for locale in [Locale::Ja, Locale::En] {
            let rows = seller(Texts::of(locale), &ShopFacts::default(), locale);
            let fees =
                &rows.iter().find(|(title, _)| title == Texts::of(locale).s("tokushoho-fees")).unwrap().1;
            assert_eq!(fees.len(), Region::ALL.len() + 3);
            assert!(fees.iter().all(|f| !f.contains('{')));
            assert!(rows.iter().all(|(title, _)| !title.starts_with("tokushoho")));
        }
    }

    #[test]
    fn before_an_order_its_terms_stand_as_on_the_page_of_the_law() {
        use PaymentMethod::{Card, CashOnDelivery};
        for locale in [Locale::Ja, Locale::En] {
            let t = Texts::of(locale);
            for (method, other) in [(Card, CashOnDelivery), (CashOnDelivery, Card)] {
                let mut shop = ShopFacts::default();
                let (rows, law) = (terms_of_order(t, &shop, locale, method), seller(t, &shop, locale));
                let titles: Vec<&str> = rows.iter().map(|(title, _)| title.as_str()).collect();
                let wanted =
                    ["tokushoho-delivery", "tokushoho-payment", "tokushoho-cancel", "tokushoho-returns"];
                assert_eq!(titles, wanted.map(|id| t.s(id)));
                let stands = |(title, lines): &Row| {
                    law.iter().any(|(t, l)| t == title && lines.iter().all(|line| l.contains(line)))
                };
                assert!(rows.iter().all(stands));
                let said = |line: &str| rows.iter().any(|(_, lines)| lines.iter().any(|l| l == line));
                assert!(said(t.s(payment_line(method))) && !said(t.s(payment_line(other))));
                let own = crate::Both { ja: "八日".into(), en: "eight days".into() };
                let title = crate::Both { ja: "返品".into(), en: "Returns".into() };
                shop.legal = vec![Article { key: "returns".into(), title, text: own.clone() }];
                let rows = terms_of_order(t, &shop, locale, method);
                assert_eq!(rows.last().unwrap().1, [own.get(&locale)]);
            }
        }
    }

    #[test]
    fn a_merchants_row_stands_in_place_of_the_usual_one_of_its_key() {
        let both = |ja: &str| crate::Both { ja: ja.into(), en: String::new() };
        let own =
            |key: &str, text: &str| Article { key: key.into(), title: both("返品"), text: both(text) };
        let legal = vec![own("returns", "八日のうちに"), own("", "もう一つ")];
        let tariff = domain::shipping::Tariff { fees: [domain::Yen::new(555); 7], ..Default::default() };
        let rows = |legal| {
            seller(
                Texts::of(Locale::Ja),
                &ShopFacts { legal, tariff: tariff.clone(), ..ShopFacts::default() },
                Locale::Ja,
            )
        };
        let (usual, changed) = (rows(Vec::new()), rows(legal));
        assert_eq!(changed.len(), usual.len() + 1);
        let at = usual.iter().position(|(title, _)| title == "返品・交換").unwrap();
        assert_eq!(changed[at], ("返品".to_owned(), vec!["八日のうちに".to_owned()]));
        assert_eq!(changed.last().unwrap().1, ["もう一つ"]);
        assert!(usual.iter().flat_map(|(_, lines)| lines).any(|line| line.contains("555")));
    }
}
