//! Incidents in the back office: from the first word to a frozen version.

use crate::house::House;
use domain::{
    IncidentId,
    staff::{StaffRole, StaffStatus},
};
use http::StatusCode;
use serde_json::Value;
use uuid::Uuid;

fn facts(house: &House, id: &str) -> (u32, String, Value) {
    let id = IncidentId(id.parse().unwrap());
    let newest = house.store.read_blocking(move |tx| store::incident::newest(tx, id)).unwrap().unwrap();
    (newest.number, newest.hash, serde_json::from_str(&newest.facts).unwrap())
}

async fn begun(house: &House, cookie: &str) -> String {
    let key = Uuid::now_v7().to_string();
    let form = [
        ("key", key.as_str()),
        ("title_ja", "決済画面の改ざん"),
        ("title_en", "changed payment page"),
        ("rule_kind", "typed"),
        ("since", "2026-03-10"),
        ("upto", "2026-06-16"),
        ("discovered", "2026-06-16"),
    ];
    for _ in 0..2 {
        let sent = house.post("/admin/incidents", cookie, &form).await;
        assert_eq!(sent.to(), format!("/admin/incidents/{key}?done=incident_begun"), "{}", sent.body);
    }
    key
}

/// A form of a part as a browser sends it: what was shown, with these changes.
async fn save(house: &House, cookie: &str, path: &str, change: &[(&str, &str)]) -> crate::house::Answer {
    let id = path.split('/').nth(3).unwrap();
    let base = facts(house, id).0.to_string();
    let mut form = vec![("base", base.as_str()), ("go", "save")];
    form.extend(change);
    house.post(path.split('?').next().unwrap(), cookie, &form).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_is_begun_filled_in_counted_read_and_frozen() {
    let house = House::open();
    let cookie = house.manager();
    let id = begun(&house, &cookie).await;
    let path = format!("/admin/incidents/{id}");
    let page = house.get(&path, &cookie).await.body;
    assert!(page.contains("決済画面の改ざん") && page.contains("公表の前に必要なこと"), "{page}");
    assert!(page.contains("2026年3月10日から2026年6月16日まで"), "the rule is a Japanese sentence");
    assert!(house.get("/admin/incidents", &cookie).await.body.contains(&format!("href=\"{path}\"")));

    let step = [
        ("happened", "payment_stopped"),
        ("on", "2026-06-16"),
        ("by_ja", ""),
        ("by_en", ""),
        ("note_ja", "決済代行会社の求めによります。"),
        ("note_en", "The processor asked for it."),
    ];
    let saved = save(&house, &cookie, &format!("{path}/timeline"), &step).await;
    assert_eq!(saved.to(), format!("{path}/timeline?done=fact_saved"), "{}", saved.body);
    let half = [("happened", "other"), ("on", "2026-06-17"), ("by_ja", "当店"), ("by_en", "")];
    let refused = save(&house, &cookie, &format!("{path}/timeline"), &half).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("id=\"by_en-error\"") && refused.body.contains("value=\"当店\""));
    let before = [("happened", "discovered"), ("on", "2020-01-01"), ("entry", "1")];
    let step = save(&house, &cookie, &format!("{path}/timeline"), &before).await;
    assert_eq!(step.to(), format!("{path}/timeline?done=fact_saved"), "the entry is changed, not added");
    let (_, _, now) = facts(&house, &id);
    assert_eq!(now["timeline"].as_array().unwrap().len(), 2);

    let base = facts(&house, &id).0 - 1;
    let stale = [("base", base.to_string()), ("go", "remove".into()), ("entry", "1".into())];
    let stale: Vec<(&str, &str)> = stale.iter().map(|(a, b)| (*a, b.as_str())).collect();
    let stale = house.post(&format!("{path}/timeline"), &cookie, &stale).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY, "somebody else was faster");

    assert_eq!(house.post(&format!("{path}/count"), &cookie, &[]).await.to(), format!("{path}?done=counted"));
    let counted = house.get(&path, &cookie).await.body;
    assert!(counted.contains("台帳はこの画面からは読めない") && counted.contains("確認済み"));
    for text in site::incident::READINGS {
        let read = house.get(&format!("{path}/read?text={text}"), &cookie).await;
        assert!(read.status == StatusCode::OK && read.body.len() > 3_000, "{text}");
    }

    let (number, hash, _) = facts(&house, &id);
    let freeze = [
        ("base", number.to_string()),
        ("hash", hash),
        ("reason_ja", "はじめての公表です。".into()),
        ("reason_en", "The first announcement.".into()),
    ];
    let freeze: Vec<(&str, &str)> = freeze.iter().map(|(a, b)| (*a, b.as_str())).collect();
    let frozen = house.post(&format!("{path}/freeze"), &cookie, &freeze).await;
    assert_eq!(frozen.to(), format!("{path}?done=frozen"), "{}", frozen.body);
    let again = house.post(&format!("{path}/freeze"), &cookie, &freeze).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "what was shown is not the newest any more");
    let (_, hash, now) = facts(&house, &id);
    assert_eq!(now["versions"][0]["number"], 1);
    let page = house.get(&path, &cookie).await.body;
    assert!(
        page.contains("第1版で確定") && page.contains(&hash[..16]) && page.contains("はじめての公表です。")
    );
    assert!(house.ledger_reasons().iter().any(|r| *r == format!("incident {id} version 1: {hash}")));
    assert_eq!(house.actions()[0], "incident.freeze 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_part_can_be_filled_in_and_taken_back() {
    let house = House::open();
    let cookie = house.manager();
    let id = begun(&house, &cookie).await;
    for (part, change) in [
        (
            "basics",
            vec![
                ("title_ja", "改ざん"),
                ("title_en", "changed"),
                ("malicious", "yes"),
                ("pepper_exposed", "unknown"),
            ],
        ),
        (
            "systems",
            vec![
                ("system_id", "store"),
                ("name_ja", "店舗"),
                ("name_en", "stores"),
                ("affected", "no"),
                ("why_ja", "別の回線です。"),
                ("why_en", "Another line."),
            ],
        ),
        (
            "investigation",
            vec![
                ("progress", "running"),
                ("as_of", "2026-06-20"),
                ("accredited", "yes"),
                ("misuse_seen", "unknown"),
            ],
        ),
        (
            "defences",
            vec![
                ("what_ja", "ウェブの防火壁"),
                ("what_en", "a web application firewall"),
                ("in_place", "no"),
            ],
        ),
        (
            "updates",
            vec![("applied", "no"), ("fix_published", "2026-01-01"), ("fix_published_span", "month")],
        ),
        (
            "measures",
            vec![
                ("what_ja", "入れ替え"),
                ("what_en", "rebuilding"),
                ("carried_out", "yes"),
                ("on", "2026-07-31"),
                ("on_span", "month"),
            ],
        ),
        ("contacts", vec![("desk_phone", "0120-000-000"), ("open_from", "2026-06-20")]),
        (
            "cards",
            vec![
                ("numbers_kept", "no"),
                ("payer", "merchant"),
                ("reissue_agreed", "yes"),
                ("reissue_until", "2026-12-31"),
            ],
        ),
        (
            "filings",
            vec![
                ("office", "commission"),
                ("filing", "preliminary"),
                ("filed_on", "2026-06-18"),
                ("filing_number", "第1号"),
            ],
        ),
        ("announcements", vec![("none_planned", "yes")]),
        (
            "answers",
            vec![
                ("on_day", "2026-07-01"),
                ("part", "cards"),
                ("question_ja", "問い"),
                ("question_en", "question"),
                ("answer_ja", "答えです。"),
                ("answer_en", "Answer."),
            ],
        ),
    ] {
        let path = format!("/admin/incidents/{id}/{part}");
        assert_eq!(house.get(&path, &cookie).await.status, StatusCode::OK, "{part}");
        let saved = save(&house, &cookie, &path, &change).await;
        assert_eq!(saved.to(), format!("{path}?done=fact_saved"), "{part}: {}", saved.body);
        let shown = house.get(&format!("{path}?entry=1"), &cookie).await;
        assert!(shown.status == StatusCode::OK && shown.body.contains("name=\"base\""), "{part}");
    }
    let (_, _, now) = facts(&house, &id);
    assert_eq!(now["updates"]["fix_published"], "2026-01");
    assert_eq!(now["measures"][0]["on"], "2026-07");
    assert_eq!(now["cards"]["reissue"]["free_until"], "2026-12-31");
    assert_eq!(now["filings"][0]["number"], "第1号");
    let base = facts(&house, &id).0.to_string();
    let form = [("base", base.as_str()), ("go", "remove"), ("entry", "1")];
    let removed = house.post(&format!("/admin/incidents/{id}/filings"), &cookie, &form).await;
    assert_eq!(removed.to(), format!("/admin/incidents/{id}/filings?done=fact_removed"));
    assert_eq!(facts(&house, &id).2.get("filings"), None);
}

/// Whoever fills this in is frightened: each fault beside its field, all at once, in the words of the page.
#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_told_beside_its_field_in_the_pages_own_words() {
    let house = House::open();
    let cookie = house.manager();
    let key = Uuid::now_v7().to_string();
    let begin =
        [("key", key.as_str()), ("rule_kind", "typed"), ("since", "2026-02-02"), ("upto", "2026-02-01")];
    let refused = house.post("/admin/incidents", &cookie, &begin).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["title_ja", "title_en", "upto"] {
        let told = refused.body.contains(&format!("href=\"#{field}\""))
            && refused.body.contains(&format!("id=\"{field}-error\""));
        assert!(told, "{field}: {}", refused.body);
    }
    assert!(refused.body.contains("お直しいただきたいところが3か所あります"), "{}", refused.body);

    let id = begun(&house, &cookie).await;
    let path = format!("/admin/incidents/{id}");
    let contacts = [("desk_phone", "電話"), ("desk_mail", "nomail"), ("desk_form", "form")];
    let filing = [("office", "police"), ("filing", "report"), ("not_yet_ja", "まだです")];
    let discovered = [("entry", "1"), ("happened", "discovered"), ("on", "2026-06-16")];
    for (part, typed, fields) in [
        ("contacts", &contacts[..], &["desk_phone", "desk_mail", "desk_form"][..]),
        ("filings", &filing, &["not_yet_en"]),
        ("timeline", &[("happened", "other"), ("by_en", "we")], &["on", "by_ja"]),
        ("timeline", &[("happened", "announced"), ("on", "2026-01-01"), ("on_span", "year")], &[]),
        ("timeline", &[("happened", "intrusion"), ("on", "2026-07-01")], &["on"]),
        ("causes", &[("cause_id", "first"), ("rule_kind", "own"), ("rule", "foo = bar")], &["rule", "item"]),
    ] {
        let refused = save(&house, &cookie, &format!("{path}/{part}"), typed).await;
        if fields.is_empty() {
            assert_eq!(refused.status, StatusCode::SEE_OTHER, "{part}: {}", refused.body);
            continue;
        }
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{part}");
        let main = refused.body.split("<main").nth(1).unwrap();
        for field in fields {
            assert!(main.contains(&format!("id=\"{field}-error\"")), "{part} {field}: {main}");
        }
        let said = main.split("class=\"error\"").skip(1).map(|e| e.split("</p>").next().unwrap());
        for said in said.filter(|said| !said.contains("詳しい理由（英語）")) {
            let words = said.split('>').nth(1).unwrap();
            assert!(words.ends_with('。') && !words.contains("timeline") && !words.contains('['), "{words}");
        }
    }
    let english = house.get(&format!("{path}?lang=en"), &cookie).await;
    assert!(english.body.contains("href=\"#freeze\""), "what publishing needs leads to where it is done");
    assert!(english.body.contains(&format!("href=\"{path}/investigation\"")));
    let (number, hash, _) = facts(&house, &id);
    let freeze = [("base", number.to_string()), ("hash", hash), ("reason_ja", "改めました。".into())];
    let freeze: Vec<(&str, &str)> = freeze.iter().map(|(a, b)| (*a, b.as_str())).collect();
    let refused = house.post(&format!("{path}/freeze"), &cookie, &freeze).await;
    assert!(refused.body.contains("id=\"reason_en-error\"") && refused.body.contains("改めました。"));
    let saved = save(&house, &cookie, &format!("{path}/timeline"), &discovered).await;
    assert_eq!(saved.to(), format!("{path}/timeline?done=fact_unchanged"));
}

#[tokio::test(flavor = "multi_thread")]
async fn clerks_read_and_do_not_write_and_a_changed_row_is_told() {
    let house = House::open();
    let cookie = house.manager();
    let id = begun(&house, &cookie).await;
    let clerk = house.enter("clerk", StaffRole::Clerk, StaffStatus::Active);
    let path = format!("/admin/incidents/{id}");
    let page = house.get(&path, &clerk).await;
    assert!(page.status == StatusCode::OK && !page.body.contains("/freeze\""));
    for (to, form) in [("/count", vec![]), ("/basics", vec![("base", "1"), ("go", "save")])] {
        let sent = house.post(&format!("{path}{to}"), &clerk, &form).await;
        assert_eq!(sent.status, StatusCode::FORBIDDEN, "{to}");
    }
    assert_eq!(
        house.get(&format!("/admin/incidents/{}", Uuid::now_v7()), &clerk).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(house.get(&format!("{path}/nothing"), &clerk).await.status, StatusCode::NOT_FOUND);
}

impl House {
    /// The reasons on the ledger, in their order.
    pub fn ledger_reasons(&self) -> Vec<String> {
        let folder = self.folder.path().join("vault/ledger/1");
        let reader = ledger::Reader::open(ledger::Folder::reading(&folder)).unwrap();
        let mut reasons = Vec::new();
        reader
            .entries(0..u64::MAX, &mut |_, bytes| {
                reasons.extend(ledger::Entry::decode(bytes).and_then(|e| e.reason).map(|r| r.to_string()));
                Ok(true)
            })
            .unwrap();
        reasons
    }
}

/// The vault's ledger lies behind a wall from the back office: a rule that asks it finds everybody possible, never nobody; the page
/// says so, and what the owner counted with the ledger stays.
#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_ledger_tells_widens_and_never_narrows() {
    let house = House::open();
    let cookie = house.manager();
    for _ in 0..3 {
        house.order(domain::payment::PaymentMethod::CashOnDelivery, false);
    }
    let id = begun(&house, &cookie).await;
    let path = format!("/admin/incidents/{id}");
    assert!(!house.get(&path, &cookie).await.body.contains("台帳にしかない記録"));
    let incident = IncidentId(id.parse().unwrap());
    let asking = |rule: Value| {
        let (_, _, mut facts) = facts(&house, &id);
        facts["causes"][0]["windows"] = serde_json::json!([{ "from": "2026-11-01", "to": "2026-11-30" }]);
        facts["causes"][0]["rule"] = rule;
        let newest = house.store.read_blocking(move |tx| store::incident::newest(tx, incident));
        let next = newest.unwrap().unwrap().next(incident::kept(&facts), "causes", None, 1);
        house.store.write_blocking(move |tx| store::incident::add(tx, &next)).unwrap();
        incident::Facts::of_value(facts).unwrap()
    };
    let opened = serde_json::json!({ "event": "opened" });
    for rule in [opened.clone(), serde_json::json!({ "all": [{ "event": "order" }, { "not": opened }] })] {
        let facts = asking(rule);
        let scope = incident::Scope::evaluate(&facts, &campaign::history(&house.store).unwrap());
        let levels: Vec<_> = scope.persons.iter().map(|p| p.causes["first"].result).collect();
        assert_eq!(levels, [incident::scope::Level::Possible; 3]);
        house.post(&format!("{path}/count"), &cookie, &[]).await;
        let page = house.get(&path, &cookie).await.body;
        assert!(page.contains("台帳にしかない記録") && page.contains("dozo incident scope"), "{page}");
    }
    let (number, ..) = facts(&house, &id);
    house
        .store
        .write_blocking(move |tx| {
            let counted = store::incident::counts(tx, incident)?.unwrap();
            store::incident::set_counts(tx, &store::incident::Counted { with_ledger: true, ..counted })
        })
        .unwrap();
    let again = house.post(&format!("{path}/count"), &cookie, &[]).await;
    assert_eq!(again.to(), format!("{path}?done=counted_before"));
    let kept = house.store.read_blocking(move |tx| store::incident::counts(tx, incident)).unwrap().unwrap();
    assert!(kept.with_ledger && kept.revision == number);
}
