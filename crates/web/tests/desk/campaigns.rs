//! Campaigns in the back office: planned from frozen facts, looked at, approved by two, sent, paused, and what became of each
//! notice.

use crate::house::{Answer, Colleague, House, MAIL, NAME};
use domain::{
    IncidentId,
    letter::BatchEvent,
    message::ReturnOutcome,
    notice::{CampaignState, NoticeEvent, NoticeState},
    payment::PaymentMethod,
    staff::StaffRole,
};
use http::StatusCode;
use store::{
    letter::{self, each},
    notice::{
        Report,
        due::{self, Outcome},
    },
};
use uuid::Uuid;

/// An incident that concerns whoever ordered in the month of [`House::order`], frozen as its first version.
async fn frozen(house: &House, cookie: &str) -> String {
    let id = Uuid::now_v7().to_string();
    let begin = [
        ("key", id.as_str()),
        ("title_ja", "顧客情報への不正アクセス"),
        ("title_en", "access to customers’ data"),
        ("rule_kind", "ordered"),
        ("since", "2026-11-01"),
        ("upto", "2026-11-30"),
    ];
    let begun = house.post("/admin/incidents", cookie, &begin).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
    let early = house.get(&format!("/admin/incidents/{id}/campaigns"), cookie).await.body;
    assert!(early.contains("まだ版が確定していません") && !early.contains("name=\"pace\""));
    let incident = IncidentId(id.parse().unwrap());
    let newest = house.store.read_blocking(move |tx| store::incident::newest(tx, incident)).unwrap().unwrap();
    let base = newest.number.to_string();
    let freeze = [
        ("base", base.as_str()),
        ("hash", newest.hash.as_str()),
        ("reason_ja", "はじめてのお知らせです。"),
        ("reason_en", "The first notice."),
    ];
    let frozen = house.post(&format!("/admin/incidents/{id}/freeze"), cookie, &freeze).await;
    assert_eq!(frozen.status, StatusCode::SEE_OTHER, "{}", frozen.body);
    id
}

fn hidden(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\" value=\"")).expect("such a field");
    page[at..].split('"').nth(3).unwrap().to_owned()
}

async fn plan(house: &House, cookie: &str, incident: &str) -> Answer {
    let path = format!("/admin/incidents/{incident}/campaigns");
    let hash = hidden(&house.get(&path, cookie).await.body, "hash");
    house.post(&path, cookie, &[("hash", &hash), ("pace", "usual")]).await
}

async fn approve(house: &House, path: &str, who: &mut Colleague) -> Answer {
    let page = house.get(path, &who.cookie).await.body;
    let (hash, proof) = (hidden(&page, "hash"), who.proof());
    let mut fields = vec![("hash", hash.as_str())];
    fields.extend(proof.iter().map(|(name, value)| (*name, value.as_str())));
    house.post(&format!("{path}/approve"), &who.cookie, &fields).await
}

/// What `post` would do with the notices that wait, in their order.
fn sent(house: &House, campaign: Uuid, outcomes: &[Outcome]) {
    let now = jiff::Timestamp::now().as_millisecond();
    let due = house.store.read_blocking(move |tx| due::due(tx, campaign, now, 100)).unwrap();
    assert_eq!(due.len(), outcomes.len());
    for (due, outcome) in due.into_iter().zip(outcomes.to_vec()) {
        house
            .store
            .write_blocking(move |tx| {
                due::begin(tx, due.id, due.was, now)?;
                due::settle(tx, due.id, due.was, true, &outcome, now)
            })
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn planned_approved_by_two_sent_paused_and_listed() {
    let house = House::open();
    let mut chief = house.colleague("chizuru", StaffRole::Owner);
    let mut clerk = house.colleague("minoru", StaffRole::Clerk);
    for _ in 0..3 {
        house.order(PaymentMethod::CashOnDelivery, false);
    }
    let incident = frozen(&house, &chief.cookie).await;
    let list = format!("/admin/incidents/{incident}/campaigns");
    let before = house.get(&list, &chief.cookie).await.body;
    assert!(before.contains("直すところはありません") && before.contains("可能性あり"), "{before}");
    let stale = [("hash", "0".repeat(64)), ("pace", "usual".into())];
    let stale: Vec<(&str, &str)> = stale.iter().map(|(a, b)| (*a, b.as_str())).collect();
    assert_eq!(house.post(&list, &chief.cookie, &stale).await.status, StatusCode::UNPROCESSABLE_ENTITY);

    let planned = plan(&house, &chief.cookie, &incident).await;
    let path = planned.to().strip_suffix("?done=campaign_planned").expect(&planned.body).to_owned();
    let id: Uuid = path.rsplit('/').next().unwrap().parse().unwrap();
    let page = house.get(&path, &chief.cookie).await.body;
    assert!(
        page.contains("承認待ち") && page.contains("あと 2名の承認") && page.contains("メール 3通"),
        "{page}"
    );
    assert!(page.contains("（お名前） 様") && !page.contains(NAME) && !page.contains(MAIL), "{page}");
    assert!(!page.contains(&format!("{path}/send")), "nothing is sent before it is approved");
    let early = house.post(&format!("{path}/send"), &chief.cookie, &[]).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);

    // One person's: by the address used there, by an id, and whom it does not concern.
    let found = house.post(&format!("{path}/preview"), &clerk.cookie, &[("q", MAIL)]).await.body;
    assert_eq!(found.matches("ご注文の時のメールアドレス").count(), 3, "three orders used this address");
    assert!(!found.contains(MAIL) && !found.contains(NAME));
    for (q, says) in [("nobody@nowhere.example", "その方へは送られません"), ("栗", "ご注文番号、その時の")]
    {
        assert!(house.post(&format!("{path}/preview"), &clerk.cookie, &[("q", q)]).await.body.contains(says));
    }

    let wrong = [("hash", hidden(&page, "hash")), ("password", "not his".into()), ("totp", "000000".into())];
    let wrong: Vec<(&str, &str)> = wrong.iter().map(|(a, b)| (*a, b.as_str())).collect();
    let refused = house.post(&format!("{path}/approve"), &clerk.cookie, &wrong).await;
    assert!(refused.body.contains("パスワードか確認コードが違う"), "{}", refused.body);
    let first = approve(&house, &path, &mut clerk).await;
    assert_eq!(first.to(), format!("{path}?done=campaign_approved"), "{}", first.body);
    let page = house.get(&path, &clerk.cookie).await.body;
    assert!(page.contains("あと 1名の承認") && !page.contains(&format!("{path}/approve")), "not twice");
    approve(&house, &path, &mut chief).await;
    assert!(house.get(&path, &chief.cookie).await.body.contains("承認がそろいました"));

    assert_eq!(house.post(&format!("{path}/send"), &clerk.cookie, &[]).await.status, StatusCode::FORBIDDEN);
    let sending = house.post(&format!("{path}/send"), &chief.cookie, &[]).await;
    assert_eq!(sending.to(), format!("{path}?done=campaign_sending"), "{}", sending.body);
    let page = house.get(&path, &chief.cookie).await.body;
    assert!(page.contains("送信中") && page.contains("data-live"), "the page renews itself");
    house.post(&format!("{path}/pause"), &clerk.cookie, &[]).await;
    let page = house.get(&path, &chief.cookie).await.body;
    assert!(page.contains("停止中") && page.contains("続きを送る") && !page.contains("data-live"));
    house.post(&format!("{path}/send"), &chief.cookie, &[]).await;
    assert!(house.actions().contains(&"campaign.approved 2 of 2".to_owned()), "{:?}", house.actions());
    let step =
        |word: &str| house.ledger_reasons().iter().any(|r| r.starts_with("campaign ") && r.contains(word));
    assert!(["begun", "planned", "settled", "approved"].iter().all(|word| step(word)));

    became(&house, &path, id, &chief.cookie).await;
    on_paper(&house, &path, &mut chief, &mut clerk).await;
    let of = format!("/admin/incidents/{incident}");
    house.post(&format!("{of}/count"), &chief.cookie, &[]).await;
    let report = house.get(&format!("{of}/read?text=commission_preliminary"), &chief.cookie).await.body;
    for (what, n) in [
        ("封書を発送したもの", "1通"),
        ("お届けできていないもの", "1通"),
        ("メールでお送りし、戻っていないもの", "0通"),
    ] {
        let said = report.split(what).nth(1).unwrap_or_else(|| panic!("{what} in {report}"));
        let said: String = said.chars().take(40).collect();
        assert!(said.contains(n), "{what}: {said}");
    }
}

/// What became of each, and what staff may do about it.
async fn became(house: &House, path: &str, id: Uuid, cookie: &str) {
    let lost = Outcome::Doubt("no answer after the final dot".into());
    sent(house, id, &[Outcome::Accepted, lost, Outcome::Refused("550 5.1.1".into())]);
    let of =
        |state| house.store.read_blocking(move |tx| store::notice::list(tx, id, state, None, 9)).unwrap();
    let (doubt, accepted) = (of(NoticeState::Doubt)[0].id, of(NoticeState::Accepted)[0].id);
    let came_back = |outcome| Report {
        report: [outcome as u8; 32],
        outcome,
        reason: "mailbox-full".into(),
        status: None,
        reply: None,
        at: 1,
    };
    for outcome in [ReturnOutcome::AutoReply, ReturnOutcome::Failed, ReturnOutcome::Delayed] {
        let report = came_back(outcome);
        house.store.write_blocking(move |tx| store::notice::note_return(tx, accepted, &report)).unwrap();
    }
    house
        .store
        .write_blocking(move |tx| store::campaign::step(tx, id, domain::notice::CampaignEvent::End, 9))
        .unwrap();
    let page = house.get(path, cookie).await.body;
    let counted =
        |name: &str| page.split(name).nth(1).unwrap().split("</li>").next().unwrap().contains(">1<");
    assert!(counted("届いたか分からない") && page.contains("届かずに戻った"), "{page}");
    let failed = page.split("届かなかった").nth(1).unwrap().split("</li>").next().unwrap();
    assert!(failed.contains(">2<"), "refused, and returned: what says more is not forgotten: {failed}");

    let listed = house.get(&format!("{path}?state=doubt"), cookie).await.body;
    assert!(listed.contains(&doubt.to_string()) && listed.contains("no answer after"), "{listed}");
    let returned = house.get(&format!("{path}?returned=failed"), cookie).await.body;
    assert!(returned.contains("届かずに戻った") && !returned.contains("name=\"notice\""));
    let strange = Uuid::now_v7().to_string();
    let unknown = house.post(&format!("{path}/again"), cookie, &[("notice", &strange)]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND, "{}", unknown.body);
    let taken = house.post(&format!("{path}/again"), cookie, &[("notice", &accepted.to_string())]).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY, "what was taken is never sent again");
    let again = house.post(&format!("{path}/again"), cookie, &[("notice", &doubt.to_string())]).await;
    assert_eq!(again.to(), format!("{path}?done=campaign_again"), "{}", again.body);
    let campaign = house.store.read_blocking(move |tx| store::campaign::get(tx, id)).unwrap().unwrap();
    assert_eq!((campaign.state, campaign.ended_at), (CampaignState::Sending, None), "it goes on for them");
    assert_eq!(of(NoticeState::Planned)[0].id, doubt);
    assert!(NoticeState::Accepted.on(NoticeEvent::Again).is_err());

    house.post(&format!("{path}/end"), cookie, &[]).await;
    let page = house.get(path, cookie).await.body;
    assert!(page.contains("打ち切り") && !page.contains(&format!("{path}/send")), "{page}");
}

/// Letters to the two whom no mail reached: planned on the campaign's page, approved by two, and counted there until one comes back
/// and its person is on the list of those whom nothing reaches.
async fn on_paper(house: &House, path: &str, chief: &mut Colleague, clerk: &mut Colleague) {
    let counted = |page: &str, what: &str| {
        let row = page.split(&format!(">{what}<")).nth(1).unwrap_or_else(|| panic!("{what} in {page}"));
        row.split("</li>").next().unwrap().split('>').rev().nth(1).unwrap().replace("</span", "")
    };
    let page = house.get(path, &chief.cookie).await.body;
    assert_eq!(counted(&page, "これから封書を準備する方"), "2");
    assert!(house.get("/admin/letters", &clerk.cookie).await.body.contains("2通"));
    let plan = format!("{path}/letters");
    assert!(!house.get(path, &clerk.cookie).await.body.contains(&plan), "a manager plans");
    assert_eq!(house.post(&plan, &clerk.cookie, &[]).await.status, StatusCode::FORBIDDEN);
    let planned = house.post(&plan, &chief.cookie, &[]).await;
    let batch = planned.to().strip_suffix("?done=letters_planned").expect(&planned.body).to_owned();
    let id: Uuid = batch.rsplit('/').next().unwrap().parse().unwrap();
    let twice = house.post(&plan, &chief.cookie, &[]).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(twice.body.contains("封書をお待ちの方はいません"), "{}", twice.body);
    let page = house.get(&batch, &clerk.cookie).await.body;
    assert!(page.contains("拝啓") && page.contains("0 / 2") && !page.contains(NAME), "{page}");
    for who in [&mut *clerk, &mut *chief] {
        assert!(approve(house, &batch, who).await.to().ends_with("?done=letters_approved"));
    }
    house.post(&format!("{batch}/make"), &chief.cookie, &[]).await;
    let letters = house.store.read_blocking(move |tx| each::to_make(tx, id, None, 9)).unwrap();
    assert!(letters.len() == 2 && letters.iter().all(|l| !l.postal.0.is_empty()));
    house
        .store
        .write_blocking(move |tx| {
            for (n, l) in (1u32..).zip(&letters) {
                each::made(tx, l.id, (n, 1, true), 2)?;
            }
            letter::step(tx, id, BatchEvent::Finish, None, 2).map(drop)
        })
        .unwrap();
    let page = house.get(path, &chief.cookie).await.body;
    assert!(
        counted(&page, "封書を準備した方") == "2" && page.contains(&batch) && !page.contains(&plan),
        "{page}"
    );
    for step in ["printed", "posted"] {
        house.post(&format!("{batch}/{step}"), &clerk.cookie, &[]).await;
    }
    house.post(&format!("{batch}/returned"), &clerk.cookie, &[("number", "1"), ("reason", "moved")]).await;
    let page = house.get(path, &clerk.cookie).await.body;
    assert_eq!(
        (counted(&page, "封書を発送した方"), counted(&page, "お知らせできない方")),
        ("1".into(), "1".into())
    );
    let nowhere = house.get(&format!("{path}?told=unreachable"), &clerk.cookie).await.body;
    assert!(nowhere.contains("封書が戻りました（転居先不明）") && nowhere.contains(&batch), "{nowhere}");
    assert!(house.actions().contains(&"letters.planned 2".to_owned()), "{:?}", house.actions());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_told_is_not_told_twice_and_nobody_is_no_campaign() {
    let house = House::open();
    let chief = house.colleague("chizuru", StaffRole::Owner);
    let incident = frozen(&house, &chief.cookie).await;
    let nobody = plan(&house, &chief.cookie, &incident).await;
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nobody.body.contains("お知らせする方がいません。この事実に"), "{}", nobody.body);
    let page = house.get(&format!("/admin/incidents/{incident}/campaigns"), &chief.cookie).await.body;
    assert!(page.contains("お知らせする方がいません"), "it is still said to whoever comes later");
    house.order(PaymentMethod::CashOnDelivery, false);
    let planned = plan(&house, &chief.cookie, &incident).await;
    let id: Uuid = planned.to().split(['/', '?']).nth(3).unwrap().parse().unwrap();
    let step = move |tx: &mut store::Tx<'_>| {
        store::campaign::step(tx, id, domain::notice::CampaignEvent::Send, 1).map(drop)
    };
    house.store.write_blocking(step).unwrap();
    let twice = plan(&house, &chief.cookie, &incident).await;
    assert!(twice.body.contains("当てはまる 1名には"), "{}", twice.body);
}

/// A newer version of the facts does not mean somebody any more, or of two causes one: he is told so, once.
#[tokio::test(flavor = "multi_thread")]
async fn who_was_told_and_is_not_concerned_is_told_that() {
    let house = House::open();
    let chief = house.colleague("chizuru", StaffRole::Owner);
    house.order(PaymentMethod::CashOnDelivery, false);
    let incident = frozen(&house, &chief.cookie).await;
    let id = IncidentId(incident.parse().unwrap());
    let newest = house.store.read_blocking(move |tx| store::incident::newest(tx, id)).unwrap().unwrap();
    let mut facts: serde_json::Value = serde_json::from_str(&newest.facts).unwrap();
    let mut second = facts["causes"][0].clone();
    second["id"] = "second".into();
    second["title"] = serde_json::json!({ "ja": "注文の控えの閲覧", "en": "copies of orders read" });
    facts["causes"].as_array_mut().unwrap().push(second);
    let told = |facts: &serde_json::Value| {
        let facts = incident::Facts::of_value(facts.clone()).unwrap();
        let scope = incident::Scope::evaluate(&facts, &campaign::history(&house.store).unwrap());
        let today = jiff::civil::date(2026, 12, 1);
        let (digest, pace, again) = ([0; 32], campaign::USUAL, false);
        let wish = campaign::Wish { facts: &facts, digest, incident: Some(id), pace, again, today };
        let plan = campaign::Plan::new(wish, &scope, &house.store)?;
        let now = || jiff::Timestamp::now().as_millisecond();
        let id = plan.write(&house.owner, None, now).unwrap().campaign;
        let at = now();
        let texts = house.store.write_blocking(move |tx| {
            store::campaign::step(tx, id, domain::notice::CampaignEvent::Send, at)?;
            store::campaign::texts(tx, id)
        });
        let texts: Vec<String> = texts.unwrap().into_iter().map(|text| text.subject + &text.body).collect();
        Ok::<_, campaign::Unplanned>(texts)
    };
    let nobody = |facts: &serde_json::Value| matches!(told(facts), Err(campaign::Unplanned::Nobody { .. }));
    let first = told(&facts).unwrap();
    assert!(
        matches!(&first[..], [text] if text.contains("注文の控えの閲覧") && !text.contains("訂正")),
        "{first:?}"
    );
    assert!(nobody(&facts));
    // One of the two does not concern him.
    let never = serde_json::json!([{ "from": "2025-01-01", "to": "2025-01-31" }]);
    facts["causes"][1]["windows"] = never.clone();
    let corrected = told(&facts).unwrap();
    assert!(
        matches!(&corrected[..], [text] if text.contains("訂正") && text.contains("そのほかは取り消します") && !text.contains("注文の控えの閲覧")),
        "{corrected:?}"
    );
    assert!(nobody(&facts), "said once");
    facts["causes"][0]["windows"] = never;
    let retracted = told(&facts).unwrap();
    assert!(matches!(&retracted[..], [text] if text.contains("先のお知らせは取り消します")), "{retracted:?}");
    assert!(nobody(&facts), "said once");
}
