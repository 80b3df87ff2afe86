//! Somebody has the cookie of a member of staff: what he can do with it, and what is noticed.
//!
//! Without a cookie these ways are not tried: nobody can make one.

use crate::{
    Way,
    between::until,
    case::Outcome,
    customer::{COMPUTER, Customer},
    house::House,
};
use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use std::time::{Duration, Instant};

const SCRIPT: &str = "<script>/*dozo-drill*/</script>";
/// The same, as a page shows it.
const SHOWN: [&str; 2] = ["&#60;script&#62;/*dozo-drill*/", "&lt;script&gt;/*dozo-drill*/"];
/// What is in a shell: it says what it is, and does nothing.
const SHELL: &[u8] = b"<?php /* dozo-drill: inert */ ?>\n";
/// How long the watch may take to read the ledger: it witnesses it every minute.
const READ_WITHIN: Duration = Duration::from_secs(100);

pub(crate) const WAYS: &[Way] = &[
    Way {
        name: "staff-preview",
        plants: "a script in a text of staff's, looked at in their own preview",
        rob: preview,
    },
    Way { name: "staff-order", plants: "a script in what a customer writes, looked at by staff", rob: order },
    Way {
        name: "staff-upload-php",
        plants: "a web shell sent in as a picture",
        rob: |house| upload(house, "shell.php", SHELL),
    },
    Way {
        name: "staff-upload-phtml",
        plants: "a web shell under another ending, sent in as a picture",
        rob: |house| upload(house, "shell.phtml", SHELL),
    },
    Way {
        name: "staff-upload-double",
        plants: "a web shell with two endings, sent in as a picture",
        rob: |house| upload(house, "shell.jpg.php", &[b"\xff\xd8\xff\xe0", SHELL].concat()),
    },
    Way {
        name: "staff-upload-dotfile",
        plants: "a file that would make pictures into programs, sent in as a picture",
        rob: |house| upload(house, ".htaccess", b"AddType application/x-httpd-php .jpg\n"),
    },
    Way { name: "staff-upload-image", plants: "a true picture with a web shell behind it", rob: picture },
    Way {
        name: "staff-takeover",
        plants: "a colleague of his own, invited with an owner's session",
        rob: takeover,
    },
];

/// A browser with that cookie; the outcome says so where there is none.
fn staff(house: &House) -> Result<Option<Customer>> {
    let Some(cookie) = house.staff_cookie() else { return Ok(None) };
    let mut staff = Customer::new(9, COMPUTER);
    staff.carry(cookie)?;
    let home = staff.get(&format!("{}/admin", house.shop()))?;
    ensure!(
        home.status == 200,
        "the cookie of --staff-cookie is nobody's who is signed in ({})",
        home.status
    );
    Ok(Some(staff))
}

fn no_cookie() -> Outcome {
    Outcome::untried("takes the cookie of somebody who is signed in to the back office: --staff-cookie FILE")
}

/// What staff saw: text, or something that runs.
fn judged(house: &House, since: Timestamp, planted: Instant, pages: &[String]) -> Outcome {
    let live = pages.iter().filter(|page| page.contains(SCRIPT)).count();
    let shown = pages.iter().any(|page| SHOWN.iter().any(|text| page.contains(text)));
    let outcome = match (live, house.alarm_since(since)) {
        (0, Some(why)) => Outcome::refused("gate", &why, planted),
        (0, None) if shown => Outcome::contained("web", "staff are shown it as text, and it runs nowhere"),
        (0, None) => Outcome::contained("web", "it is left out"),
        _ => Outcome::missed("it runs in staff's browsers"),
    };
    Outcome { pages_sent: u32::try_from(live).unwrap_or(u32::MAX), ..outcome }
}

fn preview(house: &House) -> Result<Outcome> {
    let Some(mut staff) = staff(house)? else { return Ok(no_cookie()) };
    let (since, planted) = (Timestamp::now(), Instant::now());
    let page = staff.get(&format!("{}/admin/news/new", house.shop()))?;
    let mut form = page.hidden("/admin/news")?;
    let body = format!("訓練です。\n\n{SCRIPT}\n\n[x](javascript:0)\n\n<img src=x onerror=/*dozo-drill*/>\n");
    let typed = [
        ("title_ja", "訓練".to_owned()),
        ("title_en", String::new()),
        ("body_ja", body.clone()),
        ("body_en", body),
        ("day", "2030-01-01".into()),
        ("time", "09:00".into()),
        ("go", "preview".into()),
    ];
    form.extend(typed.map(|(name, value)| (name.to_owned(), value)));
    let shown = staff.post(&format!("{}/admin/news", house.shop()), &form)?;
    ensure!(shown.status == 200, "there is no preview: {}", shown.status);
    let runs = ["<img src=x", "href=\"javascript:"].iter().any(|what| shown.body.contains(what));
    if runs {
        return Ok(Outcome { pages_sent: 1, ..Outcome::missed("it runs in staff's browsers") });
    }
    Ok(judged(house, since, planted, &[shown.body]))
}

fn order(house: &House) -> Result<Outcome> {
    let Some(mut staff) = staff(house)? else { return Ok(no_cookie()) };
    let (since, planted) = (Timestamp::now(), Instant::now());
    let shop = house.shop();
    // A message to the shop is the longest that a customer can write.
    let mut customer = Customer::new(8, COMPUTER);
    let page = customer.get(&format!("{shop}/contact"))?;
    let mut form = page.hidden("/contact")?;
    let typed = [
        ("name", "訓練 太郎"),
        ("email", "drill@demo.example"),
        ("subject", "other"),
        ("message", SCRIPT),
        ("agree", "1"),
    ];
    let missing = |name: &str| !form.iter().any(|(known, _)| known == name);
    let typed: Vec<_> = typed.into_iter().filter(|(name, _)| missing(name)).collect();
    form.extend(typed.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
    let sent = customer.post(&format!("{shop}/contact"), &form)?;
    ensure!(sent.status == 303, "the shop does not take the message: {}", sent.status);
    let list = staff.get(&format!("{shop}/admin/inquiries"))?;
    let one = list.body.split("href=\"/admin/inquiries/").nth(1).and_then(|rest| rest.split('"').next());
    let one = one.context("the message is not on staff's list")?.to_owned();
    let at = format!("/admin/inquiries/{one}");
    let closed = staff.get(&format!("{shop}{at}"))?;
    let form = closed.hidden(&format!("{at}/open"))?;
    let opened = staff.post(&format!("{shop}{at}/open"), &form)?;
    Ok(judged(house, since, planted, &[list.body, closed.body, opened.body]))
}

/// The page of the first product, and the form by which a picture is sent in.
fn picture_form(house: &House, staff: &mut Customer) -> Result<(String, Vec<(String, String)>)> {
    let list = staff.get(&format!("{}/admin/products", house.shop()))?;
    let mut links =
        list.body.split("href=\"/admin/products/").skip(1).filter_map(|rest| rest.split('"').next());
    let id = links.find_map(|id| id.parse::<uuid::Uuid>().ok()).context("there is no product")?;
    let page = staff.get(&format!("{}/admin/products/{id}", house.shop()))?;
    let action = format!("/admin/products/{id}/picture");
    let mut form = page.hidden(&action)?;
    form.extend([("alt_ja", "訓練"), ("alt_en", "drill")].map(|(n, v)| (n.to_owned(), v.to_owned())));
    Ok((format!("{}{action}", house.shop()), form))
}

fn upload(house: &House, name: &str, bytes: &[u8]) -> Result<Outcome> {
    let Some(mut staff) = staff(house)? else { return Ok(no_cookie()) };
    let (url, form) = picture_form(house, &mut staff)?;
    let planted = Instant::now();
    let answer = staff.upload(&url, &form, ("picture", name, bytes))?;
    let mut served = 0;
    for path in [name.to_owned(), format!("pictures/{name}"), format!("uploads/{name}")] {
        let found = Customer::new(1, COMPUTER).get(&format!("{}/{path}", house.shop()))?;
        served += u32::from(found.status != 404 || found.body.contains("dozo-drill"));
    }
    let outcome = match answer.status {
        400..=499 => Outcome::refused("gate and web", "it is no picture", planted),
        status => Outcome::missed(&format!("it was taken ({status})")),
    };
    Ok(Outcome { pages_sent: served, ..outcome })
}

fn picture(house: &House) -> Result<Outcome> {
    let Some(mut staff) = staff(house)? else { return Ok(no_cookie()) };
    let home = Customer::new(1, COMPUTER).get(house.shop())?;
    let own = home.body.split("src=\"/pictures/").nth(1).and_then(|rest| rest.split('"').next());
    let own = own.context("there is no picture on the home page")?.to_owned();
    let own = Customer::new(1, COMPUTER).get(&format!("{}/pictures/{own}", house.shop()))?;
    let (url, form) = picture_form(house, &mut staff)?;
    let planted = Instant::now();
    let sent = staff.upload(&url, &form, ("picture", "photo.jpg", &[&own.bytes[..], SHELL].concat()))?;
    if sent.status >= 400 {
        return Ok(Outcome::refused("web", "it is no picture", planted));
    }
    // What was made of it is the last one on the product's page; it is taken out again.
    let at = url.trim_end_matches("/picture").to_owned();
    let page = staff.get(&at)?;
    let all: Vec<&str> =
        page.body.split("src=\"/pictures/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let mut served = 0;
    for name in &all {
        let answer = Customer::new(1, COMPUTER).get(&format!("{}/pictures/{name}", house.shop()))?;
        served += u32::from(answer.bytes.windows(10).any(|window| window == b"dozo-drill"));
    }
    remove_last(&mut staff, &at, &page)?;
    ensure!(!all.is_empty(), "the picture is not on the product's page");
    Ok(match served {
        0 => Outcome::contained("web", "makes the picture anew: only its pixels are kept"),
        _ => Outcome { pages_sent: served, ..Outcome::missed("the shell is served with the picture") },
    })
}

/// Takes the newest picture of a product out, as its page offers.
fn remove_last(staff: &mut Customer, at: &str, page: &crate::customer::Answer) -> Result<()> {
    let shown: Vec<String> = page
        .body
        .split("name=\"shown\" value=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next().map(str::to_owned))
        .collect();
    let last = shown.last().context("the pictures cannot be taken out")?.clone();
    let action = format!("/admin/products/{}/pictures", at.rsplit('/').next().unwrap_or_default());
    let mut form: Vec<(String, String)> =
        page.hidden(&action)?.into_iter().filter(|(name, _)| name == "_t").collect();
    for (place, id) in shown.iter().enumerate() {
        let position = (place + 1).to_string();
        let fields =
            [("shown", id.as_str()), ("alt_ja", "訓練"), ("alt_en", "drill"), ("position", &position)];
        form.extend(fields.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
    form.push(("remove".to_owned(), last));
    let done = staff.post(&format!("{at}/pictures"), &form)?;
    ensure!(done.status < 400, "the picture could not be taken out again ({})", done.status);
    Ok(())
}

/// What would outlast the session: a colleague of his own. A session takes a proof of the last five minutes for it; where he
/// has one, the watch reads it on the ledger. No page says where cards are typed or money goes.
fn takeover(house: &House) -> Result<Outcome> {
    let Some(mut staff) = staff(house)? else { return Ok(no_cookie()) };
    let shop = house.shop();
    let page = staff.get(&format!("{shop}/admin/staff"))?;
    let Ok(mut form) = page.hidden("/admin/staff") else {
        return Ok(Outcome::untried("it is not an owner's cookie"));
    };
    let key = form.iter().find(|(name, _)| name == "key").map(|(_, key)| key.clone());
    let key = key.context("the form has no key")?;
    let typed =
        [("login", "dozo-drill"), ("name", "訓練"), ("email", "drill@demo.example"), ("role", "owner")];
    form.extend(typed.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let (since, planted) = (Timestamp::now(), Instant::now());
    let invited = staff.post(&format!("{shop}/admin/staff"), &form)?;
    if invited.status != 303 {
        return Ok(Outcome::refused("web and vault", "it takes a proof of the last five minutes", planted));
    }
    let mut found = None;
    until(READ_WITHIN, || {
        found = house.found_since(since, |case| case["what"] == "staff_means");
        found.is_some()
    });
    let page = staff.get(&format!("{shop}/admin/staff"))?;
    let remove = format!("/admin/staff/{key}/remove");
    let gone = staff.post(&format!("{shop}{remove}"), &page.hidden(&remove)?)?;
    ensure!(gone.status == 303, "the colleague could not be removed again ({})", gone.status);
    Ok(match found {
        Some(title) => Outcome::noticed("watch", &title, planted),
        None => Outcome::missed("nobody was told"),
    })
}
