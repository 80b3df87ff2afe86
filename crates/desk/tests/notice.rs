//! What one person is told: all that the law asks a notice to tell, in the words that the facts bear.
#![allow(clippy::unwrap_used, reason = "for tests")]

mod common;

use common::{Incident, day};
use desk::{
    Case, Counts, Lang,
    document::plain,
    notice::{self, Audience, Vector},
    questions, reply,
};

const TODAY: &str = "2021-11-17";

fn mail(case: Case<'_>, lang: Lang, vector: &str) -> String {
    let vector = Vector::read(vector, case).unwrap();
    notice::notice(case, lang, Audience::Member, &vector).unwrap().mail()
}

/// Enforcement rules, article 10: outline, items, cause, secondary harm, other matters.
#[test]
fn a_notice_tells_when_it_was_found_out_why_it_happened_and_what_harm_may_follow() {
    let incident = Incident::read("two-causes");
    let case = incident.on(day(TODAY));
    let (typed, database) = (mail(case, Lang::Ja, "typed"), mail(case, Lang::Ja, "database"));
    for text in [&typed, &database] {
        assert!(
            text.contains("このことは、2021年6月16日に、決済代行会社からの連絡で分かりました。"),
            "{text}"
        );
        assert!(text.contains("情報が悪用されたかどうかは、まだ分かっておりません。"), "{text}");
    }
    assert!(typed.contains("外から中身を書き換えられる不具合がありました。\n"), "known");
    assert!(
        typed.contains("カードが不正に使われ、覚えのない請求が来る。") && !typed.contains("偽のメールが届く")
    );
    assert!(database.contains("同じ不具合が使われたとみられます。（現在のところ、"), "suspected");
    assert!(database.contains("偽のメールが届く。") && !database.contains("覚えのない請求が来る"));
    assert!(
        !typed.contains("について：")
            && mail(case, Lang::Ja, "typed,database").contains("「データベースの閲覧」について：")
    );
    let english = mail(case, Lang::En, "typed");
    assert!(english.contains("We were told on 16 June 2021 by the payment processor."), "{english}");
    assert!(
        english.contains("not known yet") && english.contains("charges that you do not know"),
        "{english}"
    );
}

#[test]
fn misuse_that_was_seen_is_told_to_each_and_what_is_not_known_is_said_not_to_be() {
    let text = Incident::text("two-causes");
    for (state, says) in [
        ("true", "対象の情報が悪用されたとの報告を受けております。"),
        ("false", "2021年10月1日までに、情報が悪用されたとの報告は受けておりません。"),
    ] {
        let text = text.replacen("accredited = true", &format!("misuse_seen = {state}"), 1);
        let incident = Incident::uncounted(&text);
        let case = incident.on(day(TODAY));
        assert!(mail(case, Lang::Ja, "typed").contains(says));
        let vector = Vector::read("typed", case).unwrap();
        let notice = notice::notice(case, Lang::Ja, Audience::Guest, &vector).unwrap();
        assert!(notice.paper(case).text().contains(says));
    }
    let bare = Incident::uncounted(&text.replace("how = {", "# how").replace("why = { known", "# why"));
    let told = mail(bare.on(day(TODAY)), Lang::Ja, "typed");
    assert!(
        told.contains(
            "なぜ起きたのかは、まだ分かっておりません。分かりましたら、お知らせのページに載せます。"
        ),
        "{told}"
    );
}

#[test]
fn items_stand_in_the_order_of_the_facts_and_a_mail_is_no_page() {
    let running = Incident::text("two-causes").replacen("status = \"finished\"", "status = \"running\"", 1);
    let incident = Incident::uncounted(&running);
    let case = incident.on(day(TODAY));
    let mut vector = Vector::read("database", case).unwrap();
    vector.0.get_mut("database").unwrap().items.sort();
    for vector in [vector, Vector::default()] {
        let answer = plain(&reply::reply(case, Lang::Ja, &vector, None).blocks, Lang::Ja);
        assert!(
            vector.0.is_empty() || answer.contains("対象の情報：氏名、氏名のフリガナ、住所、"),
            "{answer}"
        );
        assert!(!answer.contains("このページ"), "{answer}");
    }
}

fn retracted_answer(incident: &Incident) -> Option<String> {
    let all = questions::answered(incident.on(day(TODAY)), Lang::Ja);
    let answer = all.into_iter().find(|answer| answer.id == "notice-retracted")?.answer;
    Some(plain(&answer, Lang::Ja))
}

/// Nothing in the facts says that somebody was told: the page must not.
#[test]
fn the_page_says_that_who_is_not_concerned_is_being_told_and_only_where_somebody_is() {
    let mut incident = Incident::read("two-causes");
    assert_eq!(retracted_answer(&incident), None);
    let compared = |retracted: u64| {
        let scope = std::fs::read_to_string(common::cases().join("two-causes/scope.json")).unwrap();
        let moved = format!(
            "\"correction\": {{ \"causes\": [{{ \"id\": \"typed\", \"added\": 2, \"retracted\": {retracted}, \"confirmed_now\": 0, \"no_longer_confirmed\": 0 }}], \"persons\": [] }}, \"warnings\""
        );
        scope.replacen("\"warnings\"", &moved, 1)
    };
    incident.counts = Some(Counts::read(&compared(0), &incident.facts).unwrap());
    assert_eq!(retracted_answer(&incident), None);
    incident.counts = Some(Counts::read(&compared(41), &incident.facts).unwrap());
    let answer = retracted_answer(&incident).unwrap();
    assert!(answer.contains("【栗鼠堂】先日のお知らせの訂正とお詫び"), "{answer}");
    assert!(answer.contains("お伝えしてまいります。") && !answer.contains("しています。"), "{answer}");
}

/// What the records say of each item is told of each: no more than they say, and no less.
#[test]
fn an_item_that_is_certain_is_told_as_such() {
    let incident = Incident::uncounted(&Incident::text("two-causes"));
    let case = incident.on(day(TODAY));
    let told = |vector: &str| mail(case, Lang::Ja, vector);
    let certain = told("database=confirmed:name+password_hash");
    assert!(certain.contains("お客様のこれらの情報が漏えいしたことを、確認しております。"), "{certain}");
    assert!(!certain.contains("対象の可能性がある情報"), "{certain}");
    let perhaps = told("database=confirmed:name+password_hash?");
    assert!(perhaps.contains("お客様の氏名が漏えいしたことを、確認しております。"), "{perhaps}");
    assert!(perhaps.contains("も、漏えいした可能性があります。"), "{perhaps}");
    // Where nothing is named, of an item that concerns some only nothing is known.
    assert!(told("database=confirmed").contains("も、漏えいした可能性があります。"));
    // Of a possibility there is no less certain one.
    assert_eq!(told("database=possible:name+password_hash?"), told("database=possible:name+password_hash"));
}

/// A member of whom two ids are known, an order that went to him and one of his own: what is certain of one is certain.
#[test]
fn of_two_persons_told_together_the_more_certain_counts() {
    let incident = Incident::uncounted(&Incident::text("two-causes"));
    let one = |text: &str| Vector::read(text, incident.on(day(TODAY))).unwrap().0.remove("database").unwrap();
    for (first, second, both) in [
        ("database=confirmed:name", "database=possible:name+address", "database=confirmed:name+address?"),
        ("database=confirmed:name?", "database=confirmed:name+address", "database=confirmed:address+name"),
        ("database=possible:name", "database=possible:address", "database=possible:address+name"),
    ] {
        assert_eq!(one(first).with(one(second)), one(both), "{first} {second}");
        assert_eq!(one(second).with(one(first)), one(both), "{second} {first}");
    }
}

/// All that a person of the records can be told is read before anything is sent.
#[test]
fn what_the_records_say_of_a_person_is_among_what_is_read_before() {
    let facts = Incident::text("two-causes").replace("certainty = \"possible\"", "");
    let incident = Incident::uncounted(&facts);
    let all = notice::vectors(incident.on(day(TODAY)));
    assert!(all.len() > 3, "{}", all.len());
    for (n, vector) in all.iter().enumerate() {
        assert!(!all[..n].contains(vector), "{vector:?} twice");
    }
}
