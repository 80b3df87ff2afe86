//! Letters as two members of staff walk through them, from the plan to what came back.

use crate::house::{Colleague, House};
use domain::{
    letter::{BatchEvent, BatchState},
    notice::CampaignEvent,
    staff::StaffRole,
};
use http::StatusCode;
use store::{
    campaign::{self, Campaign},
    letter::{
        self,
        each::{self, About, NewLetter},
    },
    notice::{self, NewNotice, Source},
};
use uuid::Uuid;
use vault_api::{Column, NoticePlan, Place};

const BATCH: Uuid = Uuid::from_u128(8);
const PAPER: &str = r#"{"lang":"ja","day":"2026年11月26日","sender":["栗鼠堂"],"subject":"お客様の情報について","parts":[{"paragraph":"拝啓　お知らせいたします。"}],"code":"番号","check":null}"#;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// A campaign that reached nobody, and a batch to both of its persons.
fn planned(house: &House) {
    let campaign = Campaign::planning(id(7), "注文情報の閲覧", [2; 32], 1);
    let text = campaign::Text {
        number: 0,
        locale: domain::Locale::Ja,
        subject: "お知らせ".into(),
        body: "本文".into(),
        concerns: "対象".into(),
    };
    let notice = |n: u128| NewNotice { id: id(n), person: id(100 + n), text: 0, address: None };
    let place = |n: u128| Place::new(Column::CustomerContact, id(500 + n), id(100 + n));
    house.owner.campaign_begin(None, BATCH, [3; 32]).unwrap();
    let plans = (1..=2).map(|n| NoticePlan { notice: id(n), text: 0, places: vec![place(n)] });
    let mut grants = house.owner.campaign_add(None, BATCH, plans.collect()).unwrap().into_iter();
    house.owner.campaign_settle(None, BATCH).unwrap();
    let letters: Vec<NewLetter> = (1..=2)
        .map(|n| NewLetter {
            id: id(n + 50),
            about: About::Notice(id(n)),
            person: id(100 + n),
            text: 0,
            address: (Source::Customer, id(500 + n)),
            grant: grants.next().unwrap(),
        })
        .collect();
    let notices: Vec<NewNotice> = (1..=3).map(notice).collect();
    house
        .store
        .write_blocking(move |tx| {
            campaign::begin(tx, &campaign, std::slice::from_ref(&text))?;
            notice::add(tx, id(7), &notices, 1)?;
            campaign::step(tx, id(7), CampaignEvent::Settle, 1)?;
            campaign::step(tx, id(7), CampaignEvent::Send, 1)?;
            letter::begin(tx, (BATCH, Some(id(7)), [3; 32]), &[PAPER.to_owned()], None, 1)?;
            each::add(tx, BATCH, &letters, 1)?;
            letter::step(tx, BATCH, BatchEvent::Settle, None, 1).map(drop)
        })
        .unwrap();
}

/// As `post` leaves it.
fn made(house: &House) {
    house
        .store
        .write_blocking(|tx| {
            each::made(tx, id(51), (1, 1, true), 2)?;
            each::unfit(tx, id(52), "too_long", 2)?;
            letter::step(tx, BATCH, BatchEvent::Finish, None, 2).map(drop)
        })
        .unwrap();
}

fn state(house: &House) -> BatchState {
    house.store.read_blocking(|tx| letter::get(tx, BATCH)).unwrap().unwrap().state
}

async fn approve(house: &House, who: &mut Colleague) -> crate::house::Answer {
    let page = house.get(&path(""), &who.cookie).await.body;
    let hash = page.split("name=\"hash\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let proof = who.proof();
    let mut fields = vec![("hash", hash.as_str())];
    fields.extend(proof.iter().map(|(name, value)| (*name, value.as_str())));
    house.post(&path("/approve"), &who.cookie, &fields).await
}

fn path(step: &str) -> String {
    format!("/admin/letters/{BATCH}{step}")
}

#[tokio::test]
async fn letters_are_approved_by_two_and_noted_by_whoever_does_it() {
    let house = House::open();
    let mut chief = house.colleague("chief", StaffRole::Owner);
    let mut clerk = house.colleague("clerk", StaffRole::Clerk);
    let none = house.get("/admin/letters", &clerk.cookie).await;
    assert!(none.status == StatusCode::OK && none.body.contains("封書はまだありません"), "{}", none.body);
    planned(&house);
    let list = house.get("/admin/letters", &clerk.cookie).await.body;
    assert!(
        list.contains("第1便") && list.contains("承認待ち") && list.contains("封書をお待ちの方"),
        "{list}"
    );
    let page = house.get(&path(""), &clerk.cookie).await.body;
    assert!(page.contains("拝啓") && page.contains("0 / 2"), "{page}");

    let early = house.post(&path("/make"), &chief.cookie, &[]).await;
    assert_eq!((early.status, state(&house)), (StatusCode::UNPROCESSABLE_ENTITY, BatchState::Settled));
    let wrong = [("hash", "00".repeat(32)), ("password", "nobody's".into()), ("totp", "000000".into())];
    let wrong: Vec<(&str, &str)> = wrong.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(
        house.post(&path("/approve"), &clerk.cookie, &wrong).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(approve(&house, &mut clerk).await.to(), path("?done=letters_approved"));
    assert!(!house.get(&path(""), &clerk.cookie).await.body.contains("/approve\""), "once each");
    assert_eq!(approve(&house, &mut chief).await.to(), path("?done=letters_approved"));

    assert_eq!(house.post(&path("/make"), &clerk.cookie, &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(house.post(&path("/make"), &chief.cookie, &[]).await.to(), path("?done=letters_making"));
    made(&house);
    let page = house.get(&path(""), &clerk.cookie).await.body;
    assert!(page.contains("letters-1.pdf") && page.contains("ご住所が窓に収まりません"), "{page}");
    for (step, after) in [("printed", BatchState::Printed), ("posted", BatchState::Posted)] {
        let done = house.post(&path(&format!("/{step}")), &clerk.cookie, &[]).await;
        assert_eq!((done.to(), state(&house)), (path(&format!("?done=letters_{step}")).as_str(), after));
    }
    let returned = |number| [("number", number), ("reason", "moved")];
    let unknown = house.post(&path("/returned"), &clerk.cookie, &returned("2")).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        house.post(&path("/returned"), &clerk.cookie, &returned("1")).await.to(),
        path("?done=letter_returned")
    );
    let page = house.get(&path(""), &clerk.cookie).await.body;
    assert!(page.contains("転居先不明"), "{page}");
    assert_ne!(house.post(&path("/drop"), &chief.cookie, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(state(&house), BatchState::Posted, "it is with the post");
    let noted = house.actions();
    for action in ["letters.approve", "letters.make", "letters.printed", "letters.posted", "letter.returned"]
    {
        assert!(noted.iter().any(|a| a.contains(action)), "{action} in {noted:?}");
    }
}
