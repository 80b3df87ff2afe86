//! The desk of an incident in a browser: begun, filled in, counted, read and frozen by staff, told to whom it concerns, and asked
//! about by a customer.
#![allow(clippy::unwrap_used)]

use anyhow::{Result, ensure};
use domain::message::ReturnOutcome;
use e2e::{
    browser::{Browser, Width},
    staff::Staff,
};
use serde_json::{Value, json};
use std::{fs, process::Command, time::Duration};
use store::{Store, notice::Report};
use testkit::Dozo;
use uuid::Uuid;

/// What is filled in, each on a page of its own.
const PARTS: [&str; 14] = [
    "basics",
    "merchant",
    "systems",
    "causes",
    "timeline",
    "investigation",
    "defences",
    "updates",
    "measures",
    "contacts",
    "cards",
    "filings",
    "announcements",
    "answers",
];

async fn comes_in(b: &Browser, shop: &Dozo) -> Staff {
    let mut owner = Staff::set_up(shop);
    let session = owner.sign_in(shop);
    let cookie = session.cookie("shop.localhost", "staff").unwrap();
    let cookie = json!({ "name": "staff", "value": cookie, "url": shop.url("/admin"), "path": "/admin", "httpOnly": true });
    b.cdp("Network.setCookie", cookie).await.unwrap();
    owner
}

/// An incident is begun in a browser; the address of its page.
async fn begins(b: &Browser, shop: &Dozo, rule: &str, [since, upto]: [&str; 2]) -> Result<String> {
    b.goto(&shop.url("/admin/incidents/new")).await?;
    b.choose("rule_kind", rule).await?;
    for (field, text) in [("title_ja", "お支払い画面の改ざん"), ("title_en", "A changed payment page")]
    {
        b.fill(field, text).await?;
    }
    for (field, day) in [("since", since), ("upto", upto)] {
        b.pick(field, day).await?;
    }
    b.look("incident-new").await?;
    b.click("main button[type=submit]").await?;
    b.arrives_at("done=incident_begun").await?;
    let url = b.url().await?;
    Ok(url.split('?').next().unwrap_or_default().to_owned())
}

/// From frozen facts to the last notice, each page looked at.
async fn told(b: &Browser, shop: &Dozo, owner: &mut Staff) -> Result<()> {
    let day = |back: i64| {
        let today = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::get("Asia/Tokyo")?).date();
        Ok::<_, anyhow::Error>(today.checked_sub(jiff::Span::new().days(back))?.to_string())
    };
    let incident = begins(b, shop, "ordered", [&day(9)?, &day(7)?]).await?;
    b.goto(&format!("{incident}/campaigns")).await?;
    b.sees("まだ版が確定していません").await?;
    b.goto(&incident).await?;
    b.fill("reason_ja", "はじめてのお知らせです。").await?;
    b.fill("reason_en", "The first notice.").await?;
    b.click("form[action$='/freeze'] button").await?;
    b.arrives_at("done=frozen").await?;
    b.click("form[action$='/count'] button").await?;
    b.arrives_at("done=counted").await?;
    b.goto(&format!("{incident}/campaigns")).await?;
    b.sees("直すところはありません").await?;
    b.look("campaigns").await?;
    b.click("form[action$='/campaigns'] button").await?;
    b.arrives_at("done=campaign_planned").await?;
    b.look("campaign-planned").await?;
    let [password, totp] = owner.proof();
    b.fill("password", &password.1).await?;
    b.fill("totp", &totp.1).await?;
    b.click("form[action$='/approve'] button").await?;
    b.sees("承認がそろいました").await?;
    b.click("form[action$='/send'] button").await?;
    b.sees("送り始めました").await?;
    // Nobody touches it: the page itself sees the end.
    b.sees("完了").await?;
    b.look("campaign-done").await?;
    b.fill("q", "nobody@nowhere.example").await?;
    b.click("form[action$='/preview'] button").await?;
    b.sees("その方へは送られません").await?;
    b.look("campaign-preview").await?;
    b.goto(&format!("{incident}/campaigns")).await?;
    b.look("campaigns-done").await?;
    b.click("main tbody a").await?;
    b.arrives_at("/admin/campaigns/").await?;
    let campaign = b.url().await?;
    on_paper(b, shop, owner, &campaign).await
}

/// What `dozo` says.
fn said(shop: &Dozo, args: &[&str]) -> Result<String> {
    let out = Command::new(testkit::binary()?).args(args).arg("--data").arg(shop.data()).output()?;
    ensure!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    Ok(String::from_utf8(out.stdout)?)
}

/// All mails came back: letters, from their plan to those that come back, too, and whose persons nothing reaches.
async fn on_paper(b: &Browser, shop: &Dozo, owner: &mut Staff, campaign: &str) -> Result<()> {
    b.goto(&shop.url("/admin/letters")).await?;
    b.look("letters-none").await?;
    let store = Store::open(&shop.data().join("shop/shop.db").display().to_string().parse()?)?;
    let sent = said(shop, &["incident", "notify", "list", "--state", "accepted", "--json"])?;
    for line in sent.lines() {
        let notice: Value = serde_json::from_str(line)?;
        let id: Uuid = notice["notice"].as_str().unwrap_or_default().parse()?;
        let (outcome, reason) = (ReturnOutcome::Failed, "no_mailbox".to_owned());
        let report = Report { report: [1; 32], outcome, reason, status: None, reply: None, at: 1 };
        store.write_blocking(move |tx| store::notice::note_return(tx, id, &report))?;
    }
    b.goto(&shop.url("/admin/letters")).await?;
    b.sees("封書をお待ちの方").await?;
    b.look("letters-waiting").await?;
    b.goto(campaign).await?;
    b.look("campaign-to-write").await?;
    b.click("form[action$='/letters'] button").await?;
    b.arrives_at("done=letters_planned").await?;
    b.look("letter-batch-planned").await?;
    let batch = b.url().await?.split('?').next().unwrap_or_default().to_owned();
    b.goto(&shop.url("/admin/letters")).await?;
    b.look("letters").await?;
    b.goto(&batch).await?;
    let [password, totp] = owner.proof();
    b.fill("password", &password.1).await?;
    b.fill("totp", &totp.1).await?;
    b.click("form[action$='/approve'] button").await?;
    b.arrives_at("done=").await?;
    b.look("letter-batch-approved").await?;
    said(shop, &["letters", "make"])?;
    let state = || {
        Ok::<_, anyhow::Error>(serde_json::from_str::<Value>(&said(shop, &["letters", "status", "--json"])?)?)
    };
    for _ in 0..300 {
        if state()?["state"] == "made" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    b.goto(&batch).await?;
    b.look("letter-batch-made").await?;
    said(shop, &["letters", "printed"])?;
    said(shop, &["letters", "posted"])?;
    b.goto(&batch).await?;
    b.sees("戻った封書").await?;
    b.look("letter-batch-posted").await?;
    b.fill("number", "1").await?;
    b.select("reason", "moved").await?;
    b.click("form[action$='/returned'] button").await?;
    b.arrives_at("done=letter_returned").await?;
    b.goto(campaign).await?;
    b.look("campaign-told").await?;
    b.click("a[href$='told=unreachable']").await?;
    b.sees("封書が戻りました（転居先不明）").await?;
    b.look("campaign-unreachable").await?;
    let found = fs::read_to_string(shop.data().join("run/watch/findings.json"))?;
    ensure!(!found.contains("file_unexpected"), "the watch knows the letters' files: {found}");
    Ok(())
}

async fn all(width: Width) {
    let Some(b) = Browser::open(width).await else { return };
    let shop = e2e::shop();
    let mut owner = comes_in(&b, &shop).await;
    let mut wrong = Vec::new();
    let mut look =
        |name: &str, seen: anyhow::Result<()>| wrong.extend(seen.err().map(|e| format!("{name}: {e:#}")));

    b.goto(&shop.url("/admin/incidents")).await.unwrap();
    look("none", b.look("incidents-none").await);
    let incident = begins(&b, &shop, "typed", ["2026-03-10", "2026-06-16"]).await.unwrap();
    b.sees("2026年3月10日から2026年6月16日まで").await.unwrap();
    look("begun", b.look("incident").await);
    for part in PARTS {
        b.goto(&format!("{incident}/{part}")).await.unwrap();
        look(part, b.look(&format!("incident-{part}")).await);
    }
    b.goto(&format!("{incident}/read")).await.unwrap();
    look("read", b.look("incident-read").await);
    look("told", told(&b, &shop, &mut owner).await);

    b.goto(&shop.url("/inquiry?lang=ja")).await.unwrap();
    look("inquiry", b.look("inquiry").await);
    b.click("main form button[type=submit]").await.unwrap();
    b.sees("お直しいただきたいところ").await.unwrap();
    look("refused", b.look("inquiry-refused").await);
    b.fill("email", "who@example.jp").await.unwrap();
    b.fill("message", "わたしは対象でしょうか。").await.unwrap();
    b.click("main form button[type=submit]").await.unwrap();
    b.sees("お問い合わせをお受けしました").await.unwrap();
    look("sent", b.look("inquiry-sent").await);

    for (name, path) in [("cases", "/admin/cases"), ("case-new", "/admin/cases/new")] {
        b.goto(&shop.url(path)).await.unwrap();
        look(name, b.look(name).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    b.close().await.unwrap();
}

#[tokio::test]
async fn on_a_desktop() {
    all(Width::Desktop).await;
}

#[tokio::test]
async fn on_a_phone() {
    all(Width::Phone).await;
}
