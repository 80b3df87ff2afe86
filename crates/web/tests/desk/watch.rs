//! The page of the watch: what it says of what the watch laid out, and where there is no watch.

use crate::house::House;
use domain::staff::{StaffRole, StaffStatus};

fn lay_out(house: &House, looked_at: &str, cases: &str, channels: &str) {
    let text = format!(
        "{{\"rounds\":7,\"looked_at\":\"{looked_at}\",\"gate_answers\":true,\"findings\":0,\"closed\":[\"till\"],\"scan\":[35651584,4194304],\"browser\":\"missing\",\
         \"channels\":[{channels}],\"cases\":[{cases}]}}"
    );
    std::fs::write(house.folder.path().join("findings.json"), text).unwrap();
}

fn case(severity: &str, title: &str, over: &str) -> String {
    format!(
        "{{\"id\":1,\"what\":\"header_weak\",\"page\":\"home\",\"header\":\"x\",\"severity\":\"{severity}\",\
         \"since\":\"2026-11-22T15:05:00Z\",\"last\":\"2026-11-22T15:06:00Z\",\"seen\":31,\"over\":{over},\
         \"told\":{{\"mail\":{{\"at\":\"2026-11-22T15:05:01Z\",\"over\":false}}}},\"looker\":\"pages\",\
         \"title\":{{\"ja\":\"{title}\",\"en\":\"in English\"}},\"todo\":{{\"ja\":\"中継を確かめる\",\"en\":\"Check\"}}}}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn each_state_of_the_watch_is_said() {
    let house = House::open();
    let clerk = house.enter("clerk", StaffRole::Clerk, StaffStatus::Active);
    let page = house.get("/admin/watch", &clerk).await.body;
    assert!(
        page.contains("見張りが、いま店を見ていません。") && page.contains("届け先がありません"),
        "{page}"
    );
    assert!(house.get("/admin", &clerk).await.body.contains("見張りが、いま店を見ていません。"));

    let now = jiff::Timestamp::now().to_string();
    lay_out(&house, &now, "", "{\"name\":\"mail\",\"delivered_at\":null,\"failing_since\":null}");
    let page = house.get("/admin/watch", &clerk).await.body;
    assert!(
        page.contains("Chromium がないため")
            && page.contains("34 MiB のうち、4 MiB")
            && page.contains("中身の名前も見えません: till"),
        "{page}"
    );
    assert!(
        page.contains("すべてふだんどおり") && page.contains("お知らせすることは、まだありません"),
        "{page}"
    );

    let cases =
        [case("warning", "弱い見出し", "null"), case("critical", "昔のこと", "\"2026-11-22T15:07:00Z\"")];
    let failing = "{\"name\":\"mail-2\",\"delivered_at\":null,\"failing_since\":\"2026-11-22T15:05:00Z\"}";
    lay_out(&house, &now, &cases.join(","), failing);
    let page = house.get("/admin/watch", &clerk).await.body;
    for said in [
        "弱い見出し",
        "注意",
        "2026/11/23 00:05",
        "（31回）",
        "メールで 2026/11/23 00:05",
        "中継を確かめる",
        "メール2",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(page.contains("昔のこと") && page.contains("から届いていません"));
    let first = house.get("/admin", &clerk).await.body;
    assert!(
        first.contains("badge wait\">注意") && !first.contains("要確認</span><p>気がかり"),
        "as grave as the page says"
    );
    let other = house.get("/admin/orders", &clerk).await.body;
    assert!(!other.contains("href=\"/admin/watch\">見張りを見る"), "no line above each page for a warning");

    lay_out(&house, &now, &case("critical", "書き換えられた", "null"), failing);
    let other = house.get("/admin/orders", &clerk).await.body;
    assert!(other.contains("書き換えられた <a href=\"/admin/watch\">見張りを見る"), "{other}");
    assert!(house.get("/admin", &clerk).await.body.contains("気がかりなことが1件あります。"));

    lay_out(&house, "2026-11-22T15:05:00Z", "", "");
    let page = house.get("/admin/watch", &clerk).await.body;
    assert!(page.contains("見張りが、いま店を見ていません。"), "looked long ago");
}
