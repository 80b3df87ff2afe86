//! News: from the first word to its withdrawal.

use crate::house::House;
use domain::{
    NewsId,
    news::NewsState,
    staff::{StaffRole, StaffStatus},
};
use http::StatusCode;
use uuid::Uuid;

fn form<'a>(key: &'a str, body: &'a str, day: &'a str, go: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("key", key),
        ("title_ja", "新栗が届きました"),
        ("title_en", "New chestnuts"),
        ("body_ja", body),
        ("body_en", "They are *here*."),
        ("day", day),
        ("time", "10:00"),
        ("go", go),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_piece_is_previewed_published_and_withdrawn() {
    let house = House::open();
    let cookie = house.manager();
    let key = Uuid::now_v7().to_string();
    let body =
        "**ことし**の栗です。\n\n<script>alert(1)</script>\n\n[お品](/p/manju) [x](javascript:alert(1))";
    assert!(house.get("/admin/news/new", &cookie).await.body.contains("name=\"key\""));
    let preview = house.post("/admin/news", &cookie, &form(&key, body, "2020-01-01", "preview")).await;
    assert_eq!(preview.status, StatusCode::OK);
    assert!(
        preview.body.contains("<strong>ことし</strong>の栗です。") && preview.body.contains("<em>here</em>")
    );
    assert!(!preview.body.contains("<script>alert") && preview.body.contains("&lt;script&gt;"));
    assert!(
        house.get("/news", "").await.body.contains("いまは、お知らせはありません"),
        "nothing is kept yet"
    );
    let path = format!("/admin/news/{key}");
    for _ in 0..2 {
        let draft = house.post("/admin/news", &cookie, &form(&key, body, "2020-01-01", "save")).await;
        assert_eq!(draft.to(), format!("{path}?done=saved"), "sent twice it is one piece");
    }
    assert_eq!(house.get(&format!("/news/{key}"), "").await.status, StatusCode::NOT_FOUND, "a draft");
    let published = house.post(&path, &cookie, &form(&key, body, "2020-01-01", "publish")).await;
    assert_eq!(published.to(), format!("{path}?done=news_published"));
    for page in ["/", "/news"] {
        assert!(house.get(page, "").await.body.contains(&format!("href=\"/news/{key}\"")), "{page}");
    }
    let piece = house.get(&format!("/news/{key}"), "").await.body;
    assert!(piece.contains("<a href=\"/p/manju\">お品</a>") && !piece.contains("javascript:"));
    let english = house.get(&format!("/news/{key}?lang=en"), "").await.body;
    assert!(english.contains("New chestnuts") && english.contains("<em>here</em>"));
    let withdrawn = house.post(&path, &cookie, &form(&key, body, "2020-01-01", "withdraw")).await;
    assert_eq!(withdrawn.to(), format!("{path}?done=news_withdrawn"));
    assert_eq!(house.get(&format!("/news/{key}"), "").await.status, StatusCode::NOT_FOUND);
    assert!(!house.get("/", "").await.body.contains("新栗が届きました"));
    assert_eq!(house.actions()[0], "news.keep withdraw");
    let kept = house.store.read_blocking(|tx| store::news::list(tx, 9, 0)).unwrap();
    assert_eq!(kept.iter().map(|n| n.state).collect::<Vec<_>>(), [NewsState::Withdrawn]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_piece_waits_for_its_time_and_only_managers_write() {
    let house = House::open();
    let cookie = house.manager();
    let key = Uuid::now_v7().to_string();
    let path = format!("/admin/news/{key}");
    let waits = house.post("/admin/news", &cookie, &form(&key, "先の話", "2099-01-01", "publish")).await;
    assert_eq!(waits.to(), format!("{path}?done=news_waits"));
    assert!(house.get("/admin/news", &cookie).await.body.contains("公開を待っている"));
    assert_eq!(house.get(&format!("/news/{key}"), "").await.status, StatusCode::NOT_FOUND);
    let id = NewsId(key.parse().unwrap());
    let at = house.store.read_blocking(move |tx| store::news::get(tx, id)).unwrap().unwrap().publish_at;
    assert_eq!(at, "2099-01-01T01:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond());
    let wrong = house.post(&path, &cookie, &form(&key, "", "2099-02-30", "save")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("href=\"#day\"") && wrong.body.contains("value=\"2099-02-30\""));
    let clerk = house.enter("clerk", StaffRole::Clerk, StaffStatus::Active);
    assert_eq!(
        house.post(&path, &clerk, &form(&key, "x", "2020-01-01", "save")).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(house.get("/admin/news/new", &clerk).await.status, StatusCode::FORBIDDEN);
    assert_eq!(house.get(&path, &clerk).await.status, StatusCode::OK);
}
