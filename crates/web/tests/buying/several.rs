//! The same way with several recipients: nobody who was typed is lost between the pages, whatever is pressed.

use crate::shop::{NAME, Shop, hidden, shop, typed};
use domain::cart::RECIPIENTS_MAX;
use http::StatusCode;

type Pairs = Vec<(String, String)>;

fn set(fields: &mut Pairs, name: &str, value: &str) {
    fields.retain(|(n, _)| n != name);
    fields.push((name.to_owned(), value.to_owned()));
}

/// A shop with one piece in the cart, and the first page filled for several recipients.
async fn with_cart() -> (Shop, Pairs) {
    let shop = shop();
    let page = shop.get("/p/manju").await;
    let mut add = hidden(&page, "/cart/add");
    let token = add[0].1.clone();
    add.extend([("variant".into(), shop.variant.to_string()), ("quantity".into(), "1".into())]);
    shop.post("/cart/add", &add).await;
    let mut first = typed(&token, "confirm");
    set(&mut first, "ship_to", "several");
    (shop, first)
}

/// A button of a page: what is hidden in its form, and the button.
fn press(page: &str, action: &str, button: (&str, &str)) -> Pairs {
    let mut fields = hidden(page, action);
    fields.push((button.0.to_owned(), button.1.to_owned()));
    fields
}

/// The page of a recipient, filled and kept. What is typed stands where the page has it: between the hidden fields of
/// those before and of those behind.
fn filled(page: &str, name: &str, prefecture: &str, pieces: &str) -> Pairs {
    let visible = [
        ("to_whom", "other"),
        ("to_name", name),
        ("to_kana", "カワベ"),
        ("to_phone", "090-0000-1111"),
        ("to_postcode", "900-0001"),
        ("to_prefecture", prefecture),
        ("to_city", "港町"),
        ("to_street", "4-5"),
        ("to_building", ""),
        ("noshi", "year_end"),
        ("noshi_name", "狐塚"),
        ("noshi_place", "outside"),
        ("wrapping", "paper"),
        ("message", "お元気で"),
        ("delivery_date", ""),
        ("time_slot", "morning"),
        ("quantity", pieces),
    ];
    let form = page.split("action=\"/checkout\"").nth(1).unwrap().split("</form>").next().unwrap();
    let cut = form.find("<fieldset").unwrap();
    let part = |html: &str| hidden(&format!("<form action=\"/checkout\">{html}</form>"), "/checkout");
    let mut fields = part(&form[..cut]);
    fields.extend(visible.map(|(n, v)| (n.to_owned(), v.to_owned())));
    fields.extend(part(&form[cut..]));
    fields.push(("go".into(), "save".into()));
    fields
}

#[tokio::test]
async fn a_list_of_recipients_grows_changes_and_is_confirmed() {
    let (shop, first) = with_cart().await;
    let (_, _, page) = shop.post("/checkout", &first).await;
    assert!(page.contains("1番目のお届け先") && page.contains(&format!("（{NAME} 様）")));

    // What is wrong is said on the recipient's page, and nothing typed is lost.
    let (_, _, page) = shop.post("/checkout", &filled(&page, "", "沖縄県", "0")).await;
    assert!(page.contains("href=\"#to_name\"") && page.contains("href=\"#goods\"") && page.contains("4-5"));
    let (_, _, page) = shop.post("/checkout", &filled(&page, "川辺 胡桃", "沖縄県", "1")).await;
    assert!(page.contains("川辺 胡桃 様") && page.contains("お届け先の一覧"));

    // The second begins with the noshi of the first.
    let (_, _, page) = shop.post("/checkout", &press(&page, "/checkout", ("go", "add"))).await;
    assert!(page.contains("2番目のお届け先") && page.contains("<option value=\"year_end\" selected>"));
    let (_, _, page) = shop.post("/checkout", &filled(&page, "谷口 実", "北海道", "2")).await;
    let dress = ["御歳暮（紅白蝶結び）　狐塚", "外のし（包装紙の外側にかける）", "包装紙で包む"];
    for word in ["川辺 胡桃 様", "谷口 実 様", "かごの数より2点多くお送りします"] {
        assert!(page.contains(word), "{word}");
    }
    for word in dress {
        assert_eq!(page.matches(word).count(), 2, "on the list: {word}");
    }

    let (status, _, page) = shop.post("/checkout", &press(&page, "/checkout", ("go", "done"))).await;
    assert_eq!(status, StatusCode::OK);
    // 3 × 1,080; Okinawa 1,600 and Hokkaido 1,200.
    for word in
        ["3,240円", "2,800円", "6,040円", "お品代 1,080円　送料 1,600円", "お品代 2,160円　送料 1,200円"]
    {
        assert!(page.contains(word), "{word}");
    }
    for word in dress {
        assert_eq!(page.matches(word).count(), 2, "to be confirmed as on the list: {word}");
    }
    // What the law wants to stand above the button: when it arrives, when it is paid, how it is called off.
    let before = page.split("action=\"/checkout/place\"").next().unwrap();
    for word in ["早ければ", "お支払いの方法と時期", "ご注文の取り消し", "返品・交換", "/legal/tokushoho"]
    {
        assert!(before.contains(word), "{word}");
    }
    // From the page to confirm back to one recipient, and forward again: all is still there.
    let (_, _, page) = shop.post("/checkout/place", &press(&page, "/checkout/place", ("to_edit", "0"))).await;
    assert!(page.contains("value=\"川辺 胡桃\"") && page.contains("お元気で"));
    let (_, _, page) = shop.post("/checkout", &filled(&page, "川辺 くるみ", "沖縄県", "1")).await;
    assert!(page.contains("川辺 くるみ 様") && page.contains("谷口 実 様") && !page.contains("川辺 胡桃"));
    let (_, _, page) = shop.post("/checkout", &press(&page, "/checkout", ("to_remove", "0"))).await;
    assert!(!page.contains("川辺 くるみ") && page.contains("谷口 実 様"));

    let (_, _, page) = shop.post("/checkout", &press(&page, "/checkout", ("go", "done"))).await;
    let (status, _, _) =
        shop.post("/checkout/place", &press(&page, "/checkout/place", ("go", "confirm"))).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "the vault is away");
    for personal in ["川辺", "谷口 実", "港町", "お元気で"] {
        assert!(!shop.on_disk(personal), "{personal}");
    }
}

#[tokio::test]
async fn more_than_there_is_is_said_on_the_list_and_nothing_typed_is_lost() {
    let (shop, first) = with_cart().await;
    let (_, _, page) = shop.post("/checkout", &first).await;
    let (_, _, page) = shop.post("/checkout", &filled(&page, "川辺 胡桃", "沖縄県", "3")).await;
    let (_, _, page) = shop.post("/checkout", &press(&page, "/checkout", ("go", "add"))).await;
    let (_, _, page) = shop.post("/checkout", &filled(&page, "谷口 実", "北海道", "1")).await;
    let (_, _, page) = shop.post("/checkout", &press(&page, "/checkout", ("go", "done"))).await;
    assert!(page.contains("残りが3点です") && page.contains("川辺 胡桃 様") && page.contains("谷口 実 様"));
    assert!(!page.contains("/checkout/place"), "nothing to confirm");
}

#[tokio::test]
async fn twenty_recipients_fit_and_the_next_is_refused_in_words() {
    let (shop, first) = with_cart().await;
    let (_, _, mut page) = shop.post("/checkout", &first).await;
    for n in 1..=RECIPIENTS_MAX {
        (_, _, page) = shop.post("/checkout", &filled(&page, &format!("川辺 {n}"), "沖縄県", "1")).await;
        assert!(page.contains(&format!("川辺 {n} 様")), "{n}");
        if n < RECIPIENTS_MAX {
            (_, _, page) = shop.post("/checkout", &press(&page, "/checkout", ("go", "add"))).await;
        }
    }
    assert!(page.contains("20か所までとさせていただいております") && !page.contains("value=\"add\""));
    (_, _, page) = shop.post("/checkout", &press(&page, "/checkout", ("go", "add"))).await;
    assert!(page.contains("20か所までとさせていただいております") && page.contains("川辺 20 様"));
}

#[tokio::test]
async fn cash_for_others_is_refused_before_anybody_is_typed() {
    let (shop, mut first) = with_cart().await;
    set(&mut first, "payment", "cash_on_delivery");
    let (_, _, page) = shop.post("/checkout", &first).await;
    assert!(page.contains("カードをお選びください") && page.contains("role=\"alert\""));
    set(&mut first, "ship_to", "self");
    let (_, _, page) = shop.post("/checkout", &first).await;
    assert!(page.contains("action=\"/checkout/place\""), "to oneself it is possible");
}

#[tokio::test]
async fn back_to_one_recipient_shows_what_was_hidden() {
    let (shop, first) = with_cart().await;
    let (_, _, page) = shop.post("/checkout", &first).await;
    let (_, _, page) = shop.post("/checkout", &filled(&page, "川辺 胡桃", "沖縄県", "1")).await;
    let (_, _, page) = shop.post("/checkout", &press(&page, "/checkout", ("go", "edit"))).await;
    assert!(page.contains("川辺 胡桃") && !page.contains("id=\"noshi\""), "carried, not shown");
    let mut again = press(&page, "/checkout", ("go", "confirm"));
    for (name, value) in typed("", "").iter().filter(|(n, _)| !n.starts_with("to_") && n != "_t" && n != "go")
    {
        if !["noshi", "noshi_name", "wrapping", "message", "delivery_date", "time_slot"]
            .contains(&name.as_str())
        {
            set(&mut again, name, value);
        }
    }
    set(&mut again, "ship_to", "other");
    let (_, _, page) = shop.post("/checkout", &again).await;
    assert!(page.contains("一か所に変えました") && page.contains("id=\"noshi\""));
    assert!(page.contains("value=\"川辺 胡桃\""), "the first of them stays");
}
