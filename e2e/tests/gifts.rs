//! One order to several recipients: by card, each slip without a price, shipped one by one; never in cash.
#![allow(clippy::unwrap_used)]

use e2e::{
    browser::{Browser, Width},
    journey::{self, Buyer, CARD_PAYS, Gift},
    plain,
};
use testkit::Dozo;

/// Three persons whose every value stands nowhere else.
fn three() -> Vec<Gift> {
    let names =
        [("鷦鷯 睦実", "ミソサザイ ムツミ"), ("鶍 千早", "イスカ チハヤ"), ("鴗 真魚", "ソニドリ マオ")];
    let other = |(n, (name, kana)): (usize, (&str, &str))| {
        let first = Gift::unique();
        let to = Buyer {
            name: name.into(),
            kana: kana.into(),
            phone: format!("0500056473{n}"),
            street: format!("字鳥越{n}6473"),
            ..first.to
        };
        Gift { to, message: format!("{}番目の方へ、春待つ菓子を贈ります。", n + 1), ..first }
    };
    names.into_iter().enumerate().map(other).collect()
}

/// Everything on the page that is an amount of money.
fn amounts(text: &str) -> Vec<String> {
    let digit = |c: char| c.is_ascii_digit() || c == ',';
    let ends = text.match_indices('円').map(|(at, _)| at);
    ends.filter_map(|end| {
        let start = text[..end]
            .rfind(|c| !digit(c))
            .map_or(0, |at| at + text[at..].chars().next().unwrap().len_utf8());
        (start < end).then(|| text[start..end].to_owned())
    })
    .filter(|a| a.trim_matches(',').len() > 1)
    .collect()
}

async fn enter_back_office(b: &Browser, shop: &Dozo) {
    b.goto(shop.address("staff_sign_in")).await.unwrap();
    b.click("main form button[type=submit]").await.unwrap();
    b.arrives_at("/admin/setup").await.unwrap();
}

/// What becomes of the parcels.
#[derive(PartialEq)]
enum Fate {
    /// All are shipped.
    Shipped,
    /// The first two are shipped, the rest is given up.
    Stopped,
}

async fn three_recipients_and_the_orderer(b: Browser, fate: Fate) {
    let folder = testkit::temp_dir();
    let (shop, data) = e2e::shop_in(&folder);
    let (buyer, gifts) = (Buyer::unique(), three());
    journey::fill_cart(&b, &shop).await.unwrap();
    journey::fill_several(&b, &buyer, &gifts).await.unwrap();
    let confirm = b.text().await.unwrap();
    for gift in &gifts {
        assert!(confirm.contains(&gift.to.name) && confirm.contains(&gift.message), "{confirm}");
    }
    let known = amounts(&confirm);
    assert!(known.len() > 8, "{known:?}");

    journey::place(&b).await.unwrap();
    journey::type_card(&b, CARD_PAYS).await.unwrap();
    let order = journey::order_id(&b.arrives_at("/order/").await.unwrap()).unwrap();
    b.sees("4242").await.unwrap();
    b.look("order-several").await.unwrap();
    let page = b.text().await.unwrap();
    for gift in &gifts {
        assert!(page.contains(&gift.to.name), "{page}");
    }
    let mails = journey::mails_to(&shop, &buyer.email, 2).unwrap();
    let received = mails.iter().find(|m| m["subject"].as_str().unwrap_or("").contains("ありがとう")).unwrap();
    for gift in &gifts {
        assert!(received["text"].as_str().unwrap().contains(&gift.to.name));
    }

    each_is_a_person_of_its_own(&data);
    b.click("a[href$='/receipt']").await.unwrap();
    b.sees("領収いたしました").await.unwrap();
    b.look("receipt").await.unwrap();
    let receipt = b.text().await.unwrap();
    assert!(receipt.contains(&format!("{} 様", buyer.name)), "{receipt}");
    assert!(gifts.iter().all(|g| !receipt.contains(&g.to.name)), "who got it is no matter of the books");

    enter_back_office(&b, &shop).await;
    b.goto(&format!("{}/orders", shop.address("back_office"))).await.unwrap();
    b.fill("q", &gifts[2].to.name).await.unwrap();
    b.click("form[action='/admin/orders/find'] button[type=submit]").await.unwrap();
    // The list before the search shows the order, too: whoever went on from there would be overtaken by the answer.
    b.arrives_at("/admin/orders?found=").await.unwrap();
    b.find(&format!("a[href='/admin/orders/{order}']")).await.unwrap();
    let desk = format!("{}/orders/{order}", shop.address("back_office"));
    b.goto(&desk).await.unwrap();
    b.look("staff-several").await.unwrap();
    for (n, gift) in gifts.iter().enumerate() {
        slip_says_nothing_of_prices(&b, n + 1, gift, &gifts, &known).await;
        b.goto(&desk).await.unwrap();
    }
    let shipped = if fate == Fate::Shipped { gifts.len() + 1 } else { 2 };
    for n in 1..=shipped {
        let (form, number) = (format!("section.parcel:has(#parcel-{n})"), format!("10000000000{n}"));
        b.find(&format!("{form} input[name=tracking_number]"))
            .await
            .unwrap()
            .send_keys(&number)
            .await
            .unwrap();
        b.click(&format!("{form} form.ship button[type=submit]")).await.unwrap();
        b.sees(&number).await.unwrap();
    }
    if fate == Fate::Stopped {
        b.sees("ご注文全体を取り消すことはできません").await.unwrap();
        b.click("details:has(form[action$='/stop-rest']) summary").await.unwrap();
        b.click("form[action$='/stop-rest'] button[type=submit]").await.unwrap();
        b.sees("残りの荷物をやめた").await.unwrap();
    }
    b.look("staff-several-shipped").await.unwrap();
    // Each parcel has its own mail with its own number, and no other recipient in it.
    let mails = journey::mails_to(&shop, &buyer.email, 2 + shipped).unwrap();
    assert_eq!(mails.len(), 2 + shipped);
    for (n, gift) in gifts.iter().take(shipped).enumerate() {
        let number = format!("10000000000{}", n + 1);
        let mine: Vec<_> =
            mails.iter().filter(|m| m["text"].as_str().unwrap_or("").contains(&number)).collect();
        let [mail] = mine.as_slice() else { panic!("{} mails hold {number}", mine.len()) };
        let text = mail["text"].as_str().unwrap();
        assert!(text.contains(&gift.to.name));
        assert!(gifts.iter().filter(|o| o.to.name != gift.to.name).all(|o| !text.contains(&o.to.name)));
    }
    let link = mails
        .iter()
        .find_map(|m| m["text"].as_str()?.split_whitespace().find(|w| w.contains("/o/")).map(str::to_owned));
    b.goto(&link.unwrap()).await.unwrap();
    b.sees("100000000002").await.unwrap();
    b.look("order-several-shipped").await.unwrap();
    b.close().await.unwrap();
}

/// The ledger names each recipient where the order was sealed, and none of them is the orderer.
fn each_is_a_person_of_its_own(data: &std::path::Path) {
    let log = ledger::Reader::open(ledger::Folder::reading(data.join("vault/ledger/1"))).unwrap();
    let mut sealed = None;
    let seen = &mut |_, bytes: &[u8]| {
        let entry = ledger::Entry::decode(bytes).unwrap();
        sealed = Some(entry).filter(|e| e.kind == ledger::Kind::Seal).or(sealed.take());
        Ok(true)
    };
    log.entries(0..log.size(), seen).unwrap();
    let sealed = sealed.unwrap();
    let persons = |column: &str| -> std::collections::BTreeSet<_> {
        sealed.places[column].iter().map(|(person, _)| *person).collect()
    };
    let (orderer, all) = (persons("orders.contact"), persons("order_recipient.contact"));
    assert_eq!((orderer.len(), all.len()), (1, 4), "three others, and the orderer");
    assert!(orderer.is_subset(&all));
}

/// One parcel's slip: who, what, from whom, the words; no amount that any page of the order knows, nobody else.
async fn slip_says_nothing_of_prices(b: &Browser, n: usize, gift: &Gift, all: &[Gift], known: &[String]) {
    b.click(&format!("section.parcel:has(#parcel-{n}) form[action$='/slip'] button")).await.unwrap();
    b.find("article.slip").await.unwrap();
    b.look(&format!("slip-{n}")).await.unwrap();
    let slips = b.driver.find_all(thirtyfour::By::Css("article.slip")).await.unwrap();
    assert_eq!(slips.len(), 1);
    let slip = slips[0].text().await.unwrap();
    for word in [&gift.to.name, &gift.message, &gift.noshi_name, &Buyer::unique().name] {
        assert!(slip.contains(word.as_str()), "{word} is missing:\n{slip}");
    }
    assert_eq!(amounts(&slip), Vec::<String>::new(), "{slip}");
    for amount in known {
        assert!(!slip.contains(amount.as_str()), "{amount} is on the slip:\n{slip}");
    }
    assert!(!slip.contains("カード") || slip.contains("メッセージ"), "no payment: {slip}");
    for other in all.iter().filter(|o| o.to.name != gift.to.name) {
        assert!(!slip.contains(&other.to.name) && !slip.contains(&other.message), "{slip}");
    }
}

#[tokio::test]
async fn three_recipients_on_a_desktop() {
    let Some(b) = Browser::open(Width::Desktop).await else { return };
    three_recipients_and_the_orderer(b, Fate::Shipped).await;
}

#[tokio::test]
async fn three_recipients_on_a_phone_without_scripts() {
    let Some(b) = Browser::open_without_scripts(Width::Phone).await else { return };
    three_recipients_and_the_orderer(b, Fate::Stopped).await;
}

/// The longest form there is: twenty recipients, every field full of Japanese, through gate, web and vault.
#[test]
fn twenty_recipients_full_of_japanese_are_placed() {
    let shop = e2e::shop();
    let mut b = testkit::http::Browser::new("ja");
    let product = plain::first_product(&mut b, &shop).unwrap();
    let variant = plain::to_cart(&mut b, &shop, &product).unwrap();
    let page = b.get(&shop.url("/checkout")).unwrap();
    let (long, kana, name) = ("栗".repeat(100), "ク".repeat(50), "栗".repeat(50));
    let (message, noshi) = ("実".repeat(200), "鼠".repeat(30));
    let mut typed = vec![("name", name.as_str()), ("kana", &kana), ("email", "twenty@canary.example")];
    typed.extend([("phone", "07000918273"), ("postcode", "390-0811"), ("prefecture", "長野県")]);
    typed.extend([("city", long.as_str()), ("street", &long), ("building", &long), ("ship_to", "several")]);
    let line = variant.replace('-', "");
    typed.extend([("lines", line.as_str()), ("payment", "card"), ("agree", "1"), ("go", "done")]);
    for _ in 0..20 {
        typed.extend([("to_whom", "other"), ("to_name", name.as_str()), ("to_kana", &kana)]);
        typed.extend([("to_phone", "05000564738"), ("to_postcode", "900-0015"), ("to_prefecture", "沖縄県")]);
        typed.extend([("to_city", long.as_str()), ("to_street", &long), ("to_building", &long)]);
        typed.extend([("noshi", "year_end"), ("noshi_name", noshi.as_str()), ("noshi_place", "outside")]);
        typed.extend([("wrapping", "paper"), ("message", message.as_str()), ("delivery_date", "")]);
        typed.extend([("time_slot", "morning"), ("to_goods", "1")]);
    }
    assert!(typed.iter().map(|(n, v)| n.len() + v.len() * 3).sum::<usize>() > 110_000, "it is a large form");
    let form = plain::hidden(&page, "/checkout").unwrap();
    let confirm = plain::send(&mut b, &shop.url("/checkout"), &form, &typed).unwrap();
    assert_eq!(confirm.status, 200, "{}", confirm.text());
    let form = plain::hidden(&confirm, "/checkout/place").unwrap();
    let placed = plain::send(&mut b, &shop.url("/checkout/place"), &form, &[("go", "confirm")]).unwrap();
    assert_eq!(placed.status, 303, "{}", placed.text());
    assert!(placed.location().unwrap().contains("//pay.localhost"));
    let mails = journey::mails_to(&shop, "twenty@canary.example", 1).unwrap();
    assert_eq!(mails[0]["text"].as_str().unwrap().matches(&message).count(), 20);
}

#[tokio::test]
async fn cash_for_several_is_refused_in_words() {
    let Some(b) = Browser::open(Width::Phone).await else { return };
    let shop = e2e::shop();
    journey::fill_cart(&b, &shop).await.unwrap();
    b.click("button[name='go'][value='checkout']").await.unwrap();
    b.arrives_at("/checkout").await.unwrap();
    b.tick("ship_to", "several").await.unwrap();
    b.tick("payment", "cash_on_delivery").await.unwrap();
    b.click(".actions button[name='go'][value='confirm']").await.unwrap();
    b.sees("カードをお選びください").await.unwrap();
    b.look("checkout-several-cash").await.unwrap();
    b.close().await.unwrap();
}
