//! Inquiries about an incident: asked by anybody, decided in rounds, answered to what was registered.

use crate::house::{House, MAIL, NAME};
use domain::{
    CaseId, OrderId,
    inquiry::{CaseState, Reach},
    letter::BatchEvent,
    message::{DeliveryState, MessageKind},
    payment::PaymentMethod,
    staff::StaffRole,
};
use http::StatusCode;
use inquiry::rhythm::ROUND_MS;
use store::{
    imported::{Event, ImportedFile, Party},
    letter::{self, each},
    notice::Source,
};
use uuid::Uuid;
use vault_api::{AccountMessageKind, Client, Column, IndexAsk, IndexField, Place, Plain, Role, SealItem};

/// An incident that concerns whoever ordered in November, frozen.
async fn frozen(house: &House, cookie: &str) {
    let key = Uuid::now_v7().to_string();
    let begin = [
        ("key", key.as_str()),
        ("title_ja", "注文情報の閲覧"),
        ("title_en", "orders read"),
        ("rule_kind", "ordered"),
        ("since", "2026-11-01"),
        ("upto", "2026-11-30"),
        ("discovered", ""),
    ];
    let begun = house.post("/admin/incidents", cookie, &begin).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
    let page = house.get(&format!("/admin/incidents/{key}"), cookie).await.body;
    let hash = page.split("name=\"hash\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let freeze = [
        ("base", "1"),
        ("hash", hash),
        ("reason_ja", "はじめての版です。"),
        ("reason_en", "The first version."),
    ];
    let frozen = house.post(&format!("/admin/incidents/{key}/freeze"), cookie, &freeze).await;
    assert_eq!(frozen.status, StatusCode::SEE_OTHER, "{}", frozen.body);
}

fn form<'a>(
    level: &'a str,
    asker: &'a str,
    reach: &'a str,
    mail: &'a str,
    name: &'a str,
) -> Vec<(&'a str, &'a str)> {
    vec![
        ("level", level),
        ("asker", asker),
        ("reach", reach),
        ("email", mail),
        ("name", name),
        ("phone", ""),
        ("message", "対象でしょうか。番号は4242 4242 4242 4242です"),
    ]
}

/// Asks, and gives the case that was kept.
async fn ask(house: &House, fields: &[(&str, &str)]) -> CaseId {
    let before: Vec<CaseId> = cases(house, CaseState::Received);
    let sent = house.post("/inquiry", "", fields).await;
    assert_eq!((sent.status, sent.to()), (StatusCode::SEE_OTHER, "/inquiry/sent"), "{}", sent.body);
    cases(house, CaseState::Received).into_iter().find(|id| !before.contains(id)).unwrap()
}

fn cases(house: &House, state: CaseState) -> Vec<CaseId> {
    house
        .store
        .read_blocking(|tx| store::case::list(tx, state, 99, 0))
        .unwrap()
        .iter()
        .map(|c| c.id)
        .collect()
}

fn settle(house: &House) {
    let now = jiff::Timestamp::now().as_millisecond() + 2 * ROUND_MS + 60_000;
    web::inquiry::settle(&house.app, now).unwrap();
}

fn answers(house: &House, id: CaseId) -> Vec<store::case::Answer> {
    house.store.read_blocking(|tx| store::case::answers(tx, id)).unwrap()
}

fn queued(house: &House) -> Vec<OrderId> {
    let all = house.store.read_blocking(|tx| store::outbox::list(tx, DeliveryState::Queued, 99)).unwrap();
    all.iter().filter(|m| m.kind == MessageKind::InquiryAnswer).filter_map(|m| m.order).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_calls_is_told_something_that_is_meant_to_be_heard() {
    let house = House::open();
    let cookie = house.manager();
    let page = house.get("/admin/cases/new", &cookie).await.body;
    for way in ["mail", "call", "letter"] {
        assert!(page.contains(&format!("class=\"say say-{way}\"")), "{way}");
    }
    assert!(
        page.contains("こちらからおかけしてお答えいたします") && !page.contains("このページや"),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_sees_the_same_and_the_answer_goes_to_the_order() {
    let house = House::open();
    let cookie = house.manager();
    frozen(&house, &cookie).await;
    let order = house.order(PaymentMethod::CashOnDelivery, false);
    let known = ask(&house, &form("concerned", "customer", "mail", MAIL, "")).await;
    let wide = ask(&house, &form("concerned", "customer", "mail", "ＣＡＮＡＲＹ-7f3a@example.jp", "")).await;
    let unknown = ask(&house, &form("concerned", "customer", "mail", "nobody@example.jp", "")).await;
    let card = ask(&house, &form("card", "customer", "mail", MAIL, NAME)).await;
    let near = ask(&house, &form("card", "customer", "mail", MAIL, "狐塚 実乃理")).await;
    let sent = house.get("/inquiry/sent", "").await.body;
    assert!(sent.contains("ご登録の有無も含めてお答えしておりません"));
    assert_eq!(queued(&house), [], "nothing leaves before its round");

    settle(&house);
    for (id, told) in [(known, 1), (wide, 0), (unknown, 0), (card, 0), (near, 0)] {
        assert_eq!(answers(&house, id).len(), told);
        let case = house.store.read_blocking(|tx| store::case::get(tx, id)).unwrap().unwrap();
        assert_eq!(
            case.state,
            CaseState::Answered,
            "nobody can tell by its state whether anything was found"
        );
        assert!(case.had_card);
        // Of an order in cash the second question has the same answer.
        let repeated = if [wide, card].contains(&id) { "was_told" } else { "" };
        assert_eq!(case.needs, repeated, "the same is told once a day, whoever asks for it how often");
    }
    let answer = &answers(&house, known)[0];
    assert_eq!((answer.order, answer.reach), (Some(order), Reach::Mail));
    assert!(answer.body.contains("漏えいした可能性があります"), "{}", answer.body);
    for secret in [MAIL, NAME, "狐塚", "4242 4242"] {
        assert!(!answer.body.contains(secret) && !answer.subject.contains(secret), "{secret}");
    }
    assert_eq!(queued(&house), [order]);
    settle(&house);
    assert_eq!(queued(&house).len(), 1, "decided once");

    // A mail that fails is no answer: staff sees to it, and whoever asks again is told anew.
    let message = house.store.read_blocking(|tx| store::outbox::list(tx, DeliveryState::Queued, 9)).unwrap();
    let message = message.iter().find(|m| m.answer == Some(answer.id)).unwrap().id;
    let (attempt, now) = (Uuid::now_v7(), jiff::Timestamp::now().as_millisecond());
    house
        .store
        .write_blocking(move |tx| {
            store::outbox::claim(tx, attempt, now + 60_000, 60_000, 9)?;
            store::outbox::failed(tx, message, attempt, now, "the vault gives no more")
        })
        .unwrap();
    let case = house.store.read_blocking(|tx| store::case::get(tx, known)).unwrap().unwrap();
    assert_eq!((case.state, &case.needs[..]), (CaseState::Staff, "undelivered"));
    let page = house.get("/admin/cases?state=staff&page=1", &cookie).await.body;
    assert!(page.contains("お返事のメールが届かなかった"), "{page}");
    let again = ask(&house, &form("concerned", "customer", "mail", MAIL, "")).await;
    settle(&house);
    assert_eq!(answers(&house, again).len(), 1);
}

/// Whoever wants his answer on paper gets it in a batch of letters, at the address of that order.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_by_letter_joins_a_batch() {
    let house = House::open();
    let chief = house.colleague("chizuru", StaffRole::Owner);
    frozen(&house, &chief.cookie).await;
    let order = house.order(PaymentMethod::CashOnDelivery, false);
    let none = house.post("/admin/letters", &chief.cookie, &[]).await;
    assert!(none.status == StatusCode::UNPROCESSABLE_ENTITY && none.body.contains("お待ちの方はいません"));
    let case = ask(&house, &form("concerned", "customer", "letter", MAIL, "")).await;
    settle(&house);
    let answer = answers(&house, case).remove(0);
    assert_eq!((answer.reach, answer.order), (Reach::Letter, Some(order)));
    let list = house.get("/admin/letters", &chief.cookie).await.body;
    assert!(list.contains("封書でのお答えをお待ちの方がいらっしゃいます（1通）"), "{list}");

    let planned = house.post("/admin/letters", &chief.cookie, &[]).await;
    let batch = planned.to().strip_suffix("?done=letters_planned").expect(&planned.body).to_owned();
    let page = house.get(&batch, &chief.cookie).await.body;
    assert!(page.contains("漏えいした可能性があります") && page.contains("敬具"), "{page}");
    assert!(!page.contains(NAME) && !page.contains(MAIL));
    let list = house.get("/admin/letters", &chief.cookie).await.body;
    assert!(!list.contains("がいらっしゃいます") && list.contains("お問い合わせへのお答え"), "once: {list}");
    let id: Uuid = batch.rsplit('/').next().unwrap().parse().unwrap();
    let letters = house.store.read_blocking(move |tx| each::to_make(tx, id, None, 9)).unwrap();
    assert_eq!(letters[0].address, (Source::Order, order.0));
    let shown = house.get(&format!("/admin/cases/{case}"), &chief.cookie).await.body;
    assert!(shown.contains(&batch) && shown.contains("第1便"), "{shown}");
    house
        .store
        .write_blocking(move |tx| {
            letter::step(tx, id, BatchEvent::Make, None, 2)?;
            each::made(tx, letters[0].id, (1, 1, true), 2)?;
            for event in [BatchEvent::Finish, BatchEvent::Print, BatchEvent::Post] {
                letter::step(tx, id, event, None, 3)?;
            }
            Ok::<_, store::Error>(())
        })
        .unwrap();
    let case = house.store.read_blocking(move |tx| store::case::get(tx, case)).unwrap().unwrap();
    assert_eq!(case.state, CaseState::Answered);
    let returned = [("number", "1"), ("reason", "unknown")];
    house.post(&format!("{batch}/returned"), &chief.cookie, &returned).await;
    let shown = house.get(&format!("/admin/cases/{}", case.id), &chief.cookie).await.body;
    assert!(shown.contains("封書が戻った"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_says_what_is_missing_and_nothing_of_what_is_recorded() {
    let house = House::open();
    house.order(PaymentMethod::CashOnDelivery, false);
    let page = |mail| form("card", "customer", "mail", mail, "");
    let (known, unknown) = (
        house.post("/inquiry", "", &page(MAIL)).await,
        house.post("/inquiry", "", &page("nobody-7f3a@example.jp")).await,
    );
    assert!(known.body.contains("id=\"name-error\""), "{}", known.body);
    let without = |body: &str, mail: &str| body.replace(mail, "");
    let strip = |body: String| {
        let token =
            body.split("name=\"_t\" value=\"").nth(1).and_then(|r| r.split('"').next()).unwrap().to_owned();
        body.replace(&token, "")
    };
    assert_eq!(strip(without(&known.body, MAIL)), strip(without(&unknown.body, "nobody-7f3a@example.jp")));
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_sees_what_to_do_opens_what_was_written_and_notes_what_was_told() {
    let house = House::open();
    let cookie = house.manager();
    frozen(&house, &cookie).await;
    let order = house.order(PaymentMethod::CashOnDelivery, false);
    let police = ask(&house, &form("card", "police", "mail", MAIL, NAME)).await;
    let fields = form("card", "customer", "call", MAIL, NAME);
    let taken = house.post("/admin/cases", &cookie, &fields).await;
    let path = taken.to().split('?').next().unwrap().to_owned();
    assert!(taken.to().ends_with("?done=case_taken"), "{}", taken.body);
    settle(&house);
    assert_eq!(answers(&house, police), []);
    let list = house.get("/admin/cases", &cookie).await.body;
    assert!(list.contains("書面での照会の確認") && list.contains("電話または郵便でのご回答"), "{list}");
    assert!(!list.contains(MAIL) && !list.contains(NAME));

    let page = house.get(&path, &cookie).await.body;
    assert!(page.contains(&format!("href=\"/admin/orders/{order}\"")) && page.contains("お伝えした"));
    let opened = house.post(&format!("{path}/open"), &cookie, &[]).await.body;
    assert!(opened.contains(MAIL) && opened.contains(NAME) && !opened.contains("4242 4242"), "{opened}");
    let answer = page.split("name=\"answer\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let told = house.post(&format!("{path}/answered"), &cookie, &[("answer", answer)]).await;
    assert_eq!(told.to(), format!("{path}?done=case_answered"));
    let closed = house.post(&format!("{path}/state"), &cookie, &[("state", "closed")]).await;
    assert_eq!(closed.to(), format!("{path}?done=case_state"));
    let sorted = house.post(&format!("{path}/topic"), &cookie, &[("topic", "ask-where")]).await;
    assert_eq!(sorted.to(), format!("{path}?done=case_topic"));
    assert!(house.get("/admin/cases?state=closed", &cookie).await.body.contains("多いお尋ね"));
    assert_eq!(
        house.actions()[..4],
        ["case.topic ", "case.state closed", "case.answered call", "case.open "]
    );
}

/// Somebody who bought at another shop, from whose export he was brought in.
fn imported(house: &House, mail: &str, happened: &str) -> Uuid {
    let (file, event, party, person) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let item = SealItem {
        place: Place::new(Column::ImportedMail, party, person),
        plaintext: Plain::new(mail),
        create_person: true,
        index: vec![IndexAsk::new(IndexField::Email, mail)],
    };
    let sealed = house.owner.import_seal(vec![item]).unwrap().remove(0);
    let file = ImportedFile {
        id: file,
        digest: [1; 32],
        system: "eccube".into(),
        kind: "plain".into(),
        bytes: 0,
        rows: 1,
        records: 1,
        refused: 0,
        mended_by: None,
        created_at: 0,
        finished_at: Some(1),
    };
    let event = Event {
        id: event,
        file: file.id,
        system: "eccube".into(),
        event: "order".into(),
        source_id: "1001".into(),
        happened: Some(happened.into()),
        until: None,
        fields: "{}".into(),
    };
    let party = Party {
        id: party,
        event: event.id,
        position: 0,
        person,
        kind: Some("guest".into()),
        system: "eccube".into(),
        member: None,
        mail_index: Some(sealed.index[0].0.into()),
        mail: Some(sealed.sealed.into_bytes().into()),
        name: None,
        phone: None,
        address: None,
        name_index: None,
        phone_index: None,
    };
    let id = party.id;
    house
        .store
        .write_blocking(move |tx| {
            store::imported::begin(tx, &file)?;
            store::imported::add_event(tx, &event)?;
            store::imported::add_party(tx, &party)
        })
        .unwrap();
    id
}

/// He asks as everybody does, and is answered at the address that the other shop had: the vault alone knows it.
#[tokio::test(flavor = "multi_thread")]
async fn who_bought_at_the_shop_before_is_answered_at_the_address_of_that_record() {
    const OTHER: &str = "imported-5d2c@example.jp";
    let house = House::open();
    let cookie = house.manager();
    frozen(&house, &cookie).await;
    let party = imported(&house, OTHER, "2026-11-05");
    let known = ask(&house, &form("concerned", "customer", "mail", OTHER, "")).await;
    let letter = ask(&house, &form("concerned", "customer", "letter", OTHER, "")).await;
    settle(&house);
    let told = &answers(&house, known)[0];
    assert_eq!((told.order, told.customer, told.party, told.mailed), (None, None, Some(party), true));
    assert!(told.body.contains("漏えいした可能性があります"), "{}", told.body);
    let state = |id| house.store.read_blocking(move |tx| store::case::get(tx, id)).unwrap().unwrap().state;
    assert_eq!(
        (state(known), state(letter)),
        (CaseState::Answered, CaseState::Staff),
        "no address to write to"
    );
    let queued = house.store.read_blocking(|tx| store::outbox::list(tx, DeliveryState::Queued, 9)).unwrap();
    let row = queued.iter().find(|row| row.answer == Some(told.id)).unwrap();
    assert_eq!((row.kind, row.order), (MessageKind::Account, None));
    let post = Client::lazy(&house.folder.path().join("vault.sock"), Role::Post);
    let opened = post.open_account_message(&row.account_grant.as_ref().unwrap().0, row.id.0).unwrap();
    assert_eq!((opened.kind, opened.to.reveal()), (AccountMessageKind::Answer, OTHER));
    let page = house.get(&format!("/admin/cases/{known}"), &cookie).await.body;
    assert!(page.contains("その記録にあるメールアドレスへ、自動で送ります"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_frozen_facts_nothing_is_answered() {
    let house = House::open();
    house.order(PaymentMethod::CashOnDelivery, false);
    let id = ask(&house, &form("concerned", "customer", "mail", MAIL, "")).await;
    settle(&house);
    let case = house.store.read_blocking(|tx| store::case::get(tx, id)).unwrap().unwrap();
    assert_eq!(
        (case.state, case.needs.as_str(), answers(&house, id).len()),
        (CaseState::Staff, "no_incident", 0)
    );
}
