//! What everybody opens on the day of a notice, at load: the page that says whether a notice is genuine, with codes that are right
//! and what is none; the form of inquiries; and the announcement among the news. Beside bare axum in the same run; what it
//! is held to is the figure.
//!
//! A well-formed code that nobody was sent is refused beyond a pace (`GUESSES_MAX`, docs/limits.md): a flood of them is no
//! load that the page is to carry.

use super::{checkout::hidden, pages::Asked};
use crate::{
    Options,
    load::FORMS_PER_CONNECTION_MAX,
    measure::Measure,
    notices,
    page::{self, Page},
    shop::{Shop, now_ms},
};
use anyhow::{Context, Result, ensure};
use domain::{NewsId, news::NewsState};
use serde_json::json;
use std::{fs, path::Path};
use store::{
    news::{self, News},
    notice::due,
};
use testkit::http::encode;
use uuid::Uuid;
use vault_api::{Client, LinkToken, Role, RoleKey};

/// Requests a second that the pages should answer.
const PER_S: f64 = 10_000.0;
/// Notices whose codes are checked.
const NOTICES: usize = 50;
/// Who works here in the demo.
const LOGIN: &str = "chizuru";
/// What people type who have no code at hand.
const NO_CODES: [&str; 4] = ["0120-000-000", "番号", "12345", "2026-11-26-0001"];
const CHECK: &str = "/notice";

/// The pages, and the forms of the first.
pub fn run(shop: &Shop, options: &Options) -> Result<Vec<Measure>> {
    const NAMES: [&str; 5] =
        ["desk_check", "desk_ask", "desk_announcement", "desk_code_right", "desk_code_wrong"];
    if !NAMES.iter().any(|name| options.wants(name)) {
        return Ok(Vec::new());
    }
    let announcement = announce(shop)?;
    let fetch = |path: &str| page::fetch(shop.at, &shop.host, &[path.to_owned()], &[]).map(Asked::pages);
    let codes = codes(shop)?;
    let forms = |pages| Asked { per_connection: FORMS_PER_CONNECTION_MAX, ..Asked::pages(pages) };
    let right = answers(shop, &codes)?;
    let subject = notices::text().subject;
    ensure!(right.iter().all(|page| page.body.contains(&subject)), "a genuine notice is not known");
    let wrong = answers(shop, &NO_CODES.map(str::to_owned))?;
    ensure!(!wrong.iter().any(|page| page.body.contains(&subject)), "what is no code is taken for one");
    let cases = [fetch(CHECK)?, fetch("/inquiry")?, fetch(&announcement)?, forms(right), forms(wrong)];
    let mut measures = Vec::new();
    for (name, asked) in NAMES.into_iter().zip(cases).filter(|(name, _)| options.wants(name)) {
        let samples = asked.measure(shop, options).context(name)?;
        let [ours, bare] = samples.each_ref().map(crate::load::Sample::requests_per_s);
        let mut detail = asked.detail(&samples);
        detail["bare_axum_requests_per_s"] = json!(bare.round());
        detail["of_bare"] = json!((ours / bare.max(1.0) * 1e3).round() / 1e3);
        measures.push(Measure::at_least(name, "requests/s", ours, PER_S).detailed(detail));
    }
    Ok(measures)
}

/// Publishes a piece of news as long as announcements are; gives its address.
fn announce(shop: &Shop) -> Result<String> {
    let paragraph =
        "第三者による不正アクセスを受け、お客様の情報が外部へ出た可能性があることが分かりました。";
    let body = (1..30).map(|n| format!("## {n}. 経緯\n\n{}\n\n", paragraph.repeat(4))).collect::<String>();
    let id = NewsId(Uuid::now_v7());
    let now = now_ms();
    let piece = News {
        id,
        state: NewsState::Published,
        publish_at: now,
        title_ja: "不正アクセスに関するお知らせとお詫び".into(),
        title_en: String::new(),
        body_ja: body,
        body_en: String::new(),
        created_at: now,
        updated_at: now,
    };
    shop.store.write_blocking(move |tx| news::put(tx, &piece))?;
    Ok(format!("/news/{id}"))
}

/// The codes of a campaign that one owner has approved, as `post` gets them. None of it is sent.
fn codes(shop: &Shop) -> Result<Vec<String>> {
    let client = |role, file: &str| -> Result<Client> {
        let data = shop.dozo.data();
        let key = RoleKey::parse(fs::read_to_string(data.join(file))?.trim()).context("no key of a role")?;
        Ok(Client::with_key(&data.join("run/vault/vault.sock"), role, Some(key)))
    };
    let keeper = client(Role::Keeper, "vault/keeper.key")?;
    let id = notices::plan(&shop.store, &keeper, NOTICES)?;
    let link = Path::new(shop.dozo.address("staff_sign_in")).file_name().and_then(|token| token.to_str());
    let link = LinkToken::parse(link.unwrap_or_default()).context("the shop gave no link for its owner")?;
    notices::approve(&keeper, (id, &client(Role::Web, "web/role.key")?), (LOGIN, &link))?;
    let (campaign, all) = shop.store.read_blocking(move |tx| {
        let campaign = store::campaign::get(tx, id)?.ok_or(store::Error::NotFound("campaign"))?;
        Ok::<_, store::Error>((campaign, due::due(tx, id, now_ms(), NOTICES as u32)?))
    })?;
    let asks = all.iter().map(post::campaign::ask).collect();
    let opened = client(Role::Post, "post/role.key")?.open_notices(id, campaign.texts, asks)?;
    Ok(opened.into_iter().map(|notice| notice.code.to_text()).collect())
}

/// What the page answers to each of these, typed by one visitor.
fn answers(shop: &Shop, typed: &[String]) -> Result<Vec<Page>> {
    let first = page::fetch(shop.at, &shop.host, &[CHECK.to_owned()], &[])?.remove(0);
    let visit = first.cookie("visit").context("the shop gave a visitor no cookie")?;
    let fields = hidden(&first.body, CHECK)?;
    let request =
        |text: &String| page::form(&shop.host, CHECK, visit, &format!("{fields}notice={}", encode(text)));
    typed.iter().map(|text| page::send(shop.at, CHECK, request(text))).collect()
}
