//! A shop of one's own, from the empty folder to the first order: written down, refused while something is missing, opened,
//! stocked in the back office, bought from. Nothing of the demo is left in any page, mail or file.
#![allow(clippy::unwrap_used)]

use e2e::{
    browser::{Browser, Width},
    canary::{self, Canary},
    journey::{Buyer, Pay},
    plain,
    staff::{self, Staff, web_key},
};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use testkit::{
    Dozo,
    exports::{eccube_orders, sjis},
    http,
};
use vault_api::{Client, Role};

const NAME: &str = "山月堂";
/// What belongs to the demo alone.
const DEMO: [(&str, &str); 4] =
    [("name", "栗鼠堂"), ("name_en", "Risudo"), ("domain", "risudo.example"), ("owner", "chizuru")];
/// Orders of a shop elsewhere that was robbed.
const IMPORTED: usize = 40;

fn dozo(args: &[&str], data: &Path) -> Output {
    let mut command = Command::new(testkit::binary().unwrap());
    command.args(args).arg("--data").arg(data).env("LC_ALL", "ja_JP.UTF-8").output().unwrap()
}

fn said(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

/// As a merchant fills in what `dozo new` made.
fn write_down(data: &Path) {
    let change = |name: &str, pairs: &[(&str, &str)]| {
        let path = data.join("merchant").join(name);
        let mut text = fs::read_to_string(&path).unwrap();
        for (old, new) in pairs {
            assert!(text.contains(old), "{name} has no {old}");
            text = text.replacen(old, new, 1);
        }
        fs::write(path, text).unwrap();
    };
    change(
        "shop.toml",
        &[
            ("name = \"\"", "name = { ja = \"山月堂\", en = \"Sangetsudo\" }"),
            ("company = \"\"", "company = \"合同会社山月堂\""),
            ("representative = \"\"", "representative = \"月野 渡\""),
            ("postcode = \"\"", "postcode = \"390-0811\""),
            ("address = \"\"", "address = \"長野県松本市中央一丁目1番1号\""),
            ("phone = \"\"", "phone = \"0263-00-1111\""),
            ("email = \"\"", "email = \"shop@sangetsu.example\""),
            ("tagline = \"\"", "tagline = \"月のような菓子\""),
            ("hero_title = \"\"", "hero_title = \"山の月を、ひとくち。\""),
            ("hero_lead = \"\"", "hero_lead = \"松本の小さな菓子屋です。\""),
            ("fee = 330", "fee = 380"),
            ("days = 1", "days = 2"),
            ("rests = []", "rests = [\"wed\"]"),
            ("central = 750", "central = 640"),
            ("# [[story]]\n# ja = \"…\"", "[[story]]\nja = \"山から月が出るのを見て、店を始めました。\""),
        ],
    );
    change(
        "catalogue.toml",
        &[("slug = \"goods\"", "slug = \"kashi\""), ("お品\", en = \"Our goods\"", "お菓子\"")],
    );
}

fn open(data: &Path) -> Dozo {
    Dozo::builder().data(data).without_demo().start().unwrap_or_else(|e| panic!("{e:#}"))
}

/// The owner comes by the link of the first start.
fn owner(shop: &Dozo) -> Staff {
    let socket = shop.data().join("run/vault/vault.sock");
    let vault = Client::with_key(&socket, Role::Web, Some(web_key(shop.data())));
    Staff::by_link(&vault, "hana", shop.address("staff_sign_in"))
}

/// Adds a product and puts it on sale; gives its page in the back office.
fn add_product(shop: &Dozo, b: &mut http::Browser) -> String {
    let page = staff::page(shop, b, "/admin/products/new");
    let typed = [
        ("category", "kashi"),
        ("slug", "tsuki-manju"),
        ("name_ja", "月まんじゅう"),
        ("name_en", ""),
        ("reading", "つき まんじゅう"),
        ("lead_ja", "白あんに、柚子をひとすじ。"),
        ("lead_en", ""),
        ("body_ja", "蒸したてを、その日のうちに。"),
        ("body_en", ""),
        ("sku", "TM-6"),
        ("variant_name_ja", "6個入"),
        ("variant_name_en", ""),
        ("price", "１，２００円"),
        ("pieces", "6"),
        ("weight", "300"),
        ("quantity", "9"),
        ("tax", "reduced"),
        ("keeping", "ambient"),
        ("shelf_life", "3"),
        ("ingredients_ja", "白あん、小麦粉、柚子（一部に小麦を含む）"),
        ("ingredients_en", ""),
        ("allergen", "wheat"),
    ];
    let form = plain::hidden(&page, "/admin/products").unwrap();
    let made = plain::send(b, &shop.url("/admin/products"), &form, &typed).unwrap();
    assert_eq!(made.status, 303, "{}", made.text());
    let path = made.location().unwrap().split('?').next().unwrap().to_owned();
    assert!(
        !http::Browser::new("ja").get(&shop.url("/")).unwrap().text().contains("月まんじゅう"),
        "not yet seen"
    );
    let page = b.get(&path).unwrap();
    let action = path.strip_prefix(&shop.url("")).unwrap();
    let form = plain::hidden(&page, action).unwrap();
    let typed = [
        ("name_ja", "月まんじゅう"),
        ("name_en", ""),
        ("reading", "つき まんじゅう"),
        ("lead_ja", "白あんに、柚子をひとすじ。"),
        ("lead_en", ""),
        ("body_ja", "蒸したてを、その日のうちに。"),
        ("body_en", ""),
        ("status", "active"),
        ("variant_name_ja", "6個入"),
        ("variant_name_en", ""),
        ("price", "1200"),
        ("variant_status", "active"),
    ];
    let sold = plain::send(b, &path, &form, &typed).unwrap();
    assert_eq!(sold.status, 303, "{}", sold.text());
    path
}

/// What the shop says of itself, and of nobody else.
fn pages(shop: &Dozo) {
    let mut b = http::Browser::new("ja");
    for path in [
        "/",
        "/c/kashi",
        "/p/tsuki-manju",
        "/search?q=tsuki",
        "/legal/tokushoho",
        "/legal/privacy",
        "/contact",
        "/none",
    ] {
        let page = b.get(&shop.url(path)).unwrap().text();
        assert!(page.contains(NAME), "{path}");
        DEMO.iter().for_each(|(_, word)| assert!(!page.contains(word), "{path} has {word}"));
        assert!(page.contains("開店前の練習中です") || path == "/none", "{path}");
    }
    let legal = b.get(&shop.url("/legal/tokushoho")).unwrap().text();
    for word in ["合同会社山月堂", "月野 渡", "640円", "380円から1,100円", "3営業日", "発送を休む曜日　水"]
    {
        assert!(legal.contains(word), "{word}");
    }
    // The gate's own notices bear the name, too, and are those that were signed.
    let notice = b.get(&shop.url("/checkout/place")).unwrap();
    assert!(notice.status == 405 && notice.text().contains(NAME), "{}", notice.text());
}

/// Every mail that went out, as the viewer shows it.
fn mails(shop: &Dozo) -> String {
    let viewer = shop.address("mail").to_owned();
    let mut b = http::Browser::new("ja");
    e2e::until("no mail came", || b.get(&viewer).is_ok_and(|page| page.text().contains(NAME)));
    b.get(&viewer).unwrap().text()
}

async fn look(shop: &Dozo, session: &http::Browser, product: &str) {
    let cookie = session.cookie("shop.localhost", "staff").unwrap();
    let cookie = json!({ "name": "staff", "value": cookie, "url": shop.url("/admin"), "path": "/admin", "httpOnly": true });
    let mut wrong = Vec::new();
    for width in [Width::Desktop, Width::Phone] {
        let Some(b) = Browser::open(width).await else { return };
        b.cdp("Network.setCookie", cookie.clone()).await.unwrap();
        for (name, url) in [
            ("own-home", shop.url("/")),
            ("own-product", shop.url("/p/tsuki-manju")),
            ("own-product-new", shop.url("/admin/products/new")),
            ("own-product-staff", product.to_owned()),
        ] {
            b.goto(&url).await.unwrap();
            wrong.extend(b.look(name).await.err().map(|e| format!("{e:#}")));
        }
        b.close().await.unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A merchant who was robbed elsewhere brings in the records of then.
fn import(dir: &Path, shop: &Dozo) {
    let made = eccube_orders(IMPORTED, 5);
    let file = dir.join("orders.csv");
    fs::write(&file, sjis(&made.csv)).unwrap();
    let out = dozo(&["incident", "import", file.to_str().unwrap(), "--json"], shop.data());
    assert!(out.status.success(), "{}", said(&out));
    let out = dozo(&["incident", "history"], shop.data());
    assert!(out.status.success(), "{}", said(&out));
    let lines = String::from_utf8(out.stdout).unwrap();
    let orders = lines
        .lines()
        .filter(|line| serde_json::from_str::<Value>(line).is_ok_and(|line| line["event"] == "order"));
    assert_eq!(orders.count(), IMPORTED + 1, "those of then, and the one of here");
}

#[tokio::test(flavor = "multi_thread")]
async fn from_an_empty_folder_to_the_first_order() {
    let folder = testkit::temp_dir();
    let data: PathBuf = folder.path().join("sangetsu");
    let new =
        ["new", "--practice", "--mail", "hana@sangetsu.example", "--login", "hana", "--name", "月野 花"];
    let made = dozo(&new, &data);
    assert!(made.status.success() && said(&made).contains("merchant"), "{}", said(&made));
    let again = dozo(&new, &data);
    assert!(!again.status.success() && said(&again).contains("nothing was changed"), "{}", said(&again));
    let blank = dozo(&["up", "--base-port", "0"], &data);
    let told = said(&blank);
    assert!(
        told.contains("merchant/shop.toml:10: name: 空です") && told.matches("shop.toml:").count() == 7,
        "{told}"
    );
    assert!(!data.join("vault").exists(), "nothing was made");
    write_down(&data);
    let check = dozo(&["new", "--check"], &data);
    assert!(check.status.success(), "{}", said(&check));

    let mut shop = open(&data);
    let mut hana = owner(&shop);
    let mut session = hana.sign_in(&shop);
    let product = add_product(&shop, &mut session);
    pages(&shop);
    let mut buyer = http::Browser::new("ja");
    let link = plain::order(&mut buyer, &shop, &Buyer::unique(), Pay::Cash).unwrap();
    assert!(link.contains("/order/"), "{link}");
    let orders = staff::page(&shop, &mut session, "/admin/orders").text();
    assert!(orders.contains(NAME) && orders.contains("2,220円"), "{orders}");
    let mail = mails(&shop);
    assert!(mail.contains("【山月堂】") && !mail.contains("栗鼠"), "{mail}");
    import(folder.path(), &shop);
    look(&shop, &session, &product).await;

    let found = fs::read_to_string(data.join("run/watch/findings.json")).unwrap();
    assert!(!found.contains("file_unexpected"), "what the merchant wrote belongs there: {found}");

    // The name is the merchant's to change; the owner who came in once is not invited again.
    assert!(shop.stop());
    let path = data.join("merchant/shop.toml");
    let text = fs::read_to_string(&path).unwrap();
    let (before, steps) = text.split_once("cash_on_delivery = [\n").unwrap();
    let (_, after) = steps.split_once("]\n").unwrap();
    let text = format!("{before}cash_on_delivery = []\n{after}")
        .replace("tagline = \"月のような菓子\"", "tagline = \"月と、山と。\"");
    fs::write(&path, text).unwrap();
    let mut shop = open(&data);
    assert!(shop.ready()["staff_sign_in"].is_null(), "{}", shop.ready());
    assert!(http::Browser::new("ja").get(&shop.url("/")).unwrap().text().contains("月と、山と。"));
    // A shop that takes no cash offers none, and refuses whoever sends the old form.
    let mut buyer = http::Browser::new("ja");
    plain::to_cart(&mut buyer, &shop, "tsuki-manju").unwrap();
    assert!(!buyer.get(&shop.url("/checkout")).unwrap().text().contains("cash_on_delivery"));
    let refused = plain::to_confirm(&mut buyer, &shop, &Buyer::unique(), Pay::Cash);
    assert!(refused.is_err(), "cash was taken");
    assert!(
        !http::Browser::new("ja").get(&shop.url("/legal/tokushoho")).unwrap().text().contains("代金引換")
    );
    assert!(shop.stop());
    let demo: Vec<Canary> =
        DEMO.iter().map(|(field, value)| Canary { field, value: (*value).to_owned() }).collect();
    let (found, files, _) = canary::scan(&demo, &[&data], &[]);
    assert!(found.is_empty() && files > 20, "{found:#?}");

    // The vault's folder came back from a backup and the database did not: no new shop is begun beside it.
    let (kept, there) = (data.join("shop"), data.join("shop-kept"));
    fs::rename(&kept, &there).unwrap();
    let empty = dozo(&["up", "--base-port", "0"], &data);
    assert!(!empty.status.success() && said(&empty).contains("knows customers"), "{}", said(&empty));
    fs::remove_dir_all(&kept).unwrap();
    fs::rename(&there, &kept).unwrap();

    let paid =
        fs::read_to_string(data.join("dozo.toml")).unwrap().replace("practice = true", "practice = false");
    fs::write(data.join("dozo.toml"), paid).unwrap();
    let sells = dozo(&["up", "--base-port", "0"], &data);
    assert!(!sells.status.success() && said(&sells).contains("terms_agreed"), "{}", said(&sells));
}
