//! EC-CUBE: orders, shippings, customers.

use super::*;
use import::Reason;
use testkit::exports::{eccube_orders, sjis};

const ORDERS: &str = "\
注文ID,会員ID,お名前(姓),お名前(名),お名前(セイ),お名前(メイ),会社名,郵便番号,都道府県(名称),住所1,住所2,メールアドレス,TEL,支払合計,対応状況(ID),対応状況(名称),支払方法(名称),受注日,商品名,配送先_お名前(姓),配送先_お名前(名),配送先_郵便番号,配送先_都道府県(名称),配送先_住所1,配送先_住所2,配送先_TEL
1,7,髙橋,花子,タカハシ,ハナコ,㈱くり①,100-0001,東京都,千代田区千代田1-1,,hanako@kuri.example,03-1234-5678,3500,5,発送済み,クレジットカード決済,2021-03-10 12:30:05,栗きんとん,髙橋,花子,100-0001,東京都,千代田区千代田1-1,,0312345678
1,7,髙橋,花子,タカハシ,ハナコ,㈱くり①,100-0001,東京都,千代田区千代田1-1,,hanako@kuri.example,03-1234-5678,3500,5,発送済み,クレジットカード決済,2021-03-10 12:30:05,どら焼き,﨑山,樹,600-8001,京都府,京都市下京区1,,0751112222
2,,栗原,太郎,クリハラ,タロウ,,,,,,taro..x.@docomo.example,'09012345678,\"1,200\",7,決済処理中,店頭払い,2021/3/11 9:05,栗きんとん,,,,,,,
";

#[test]
fn orders_with_members_guests_and_recipients() {
    let read = read(ORDERS);
    assert_eq!((read.survey.kind, read.survey.encoding.name()), (Kind::EccubeOrders, "UTF-8"));
    assert_eq!(read.survey.lacking, [""; 0]);
    let [first, second] = read.records.as_slice() else { panic!("two orders") };
    assert_eq!((first.event.as_str(), first.id.as_str(), first.line, first.rows), ("order", "1", 2, 2));
    assert_eq!(first.at.as_deref(), Some("2021-03-10T12:30:05+09:00"));
    assert_eq!(
        shown(first.person.as_ref().unwrap()),
        "member|7|hanako@kuri.example|髙橋 花子|タカハシ ハナコ|(株)くり1|0312345678|1000001 東京都 千代田区千代田1-1"
    );
    let to: Vec<String> = first.recipients.iter().map(shown).collect();
    assert_eq!(to, ["recipient|||﨑山 樹|||0751112222|6008001 京都府 京都市下京区1"]);
    assert_eq!(word(first, "payment").as_deref(), Some("card"));
    assert_eq!(word(first, "status").as_deref(), Some("completed"));
    assert_eq!(word(first, "amount").as_deref(), Some("3500"));
    assert_eq!((second.line, second.rows, second.at.as_deref()), (4, 3, Some("2021-03-11T09:05:00+09:00")));
    assert_eq!(
        shown(second.person.as_ref().unwrap()),
        "guest||taro..x.@docomo.example|栗原 太郎|クリハラ タロウ||09012345678|"
    );
    assert!(field(second, "payment").is_none(), "unknown, not guessed");
    assert!(field(second, "status").is_none() && second.recipients.is_empty());
    assert_eq!(word(second, "amount").as_deref(), Some("1200"));
    assert_eq!(told(&read.notes), [(4, Some("支払方法(名称)"), Reason::UnknownWord, false)]);
}

#[test]
fn the_merchant_says_what_his_own_names_mean() {
    let mut own = Dictionary::default();
    own.add("payment:店頭払い=cash").unwrap();
    let read = read_as(ORDERS.as_bytes(), None, own).unwrap();
    assert_eq!(word(&read.records[1], "payment").as_deref(), Some("cash"));
    assert!(read.notes.is_empty());
}

#[test]
fn the_same_in_shift_jis_and_with_a_mark_and_with_bare_line_ends() {
    let plain = read(ORDERS);
    let marked = format!("\u{FEFF}{}", ORDERS.replace('\n', "\r\n"));
    for bytes in [sjis(ORDERS), sjis(&ORDERS.replace('\n', "\r\n")), marked.into_bytes()] {
        let other = read_as(&bytes, None, Dictionary::default()).unwrap();
        assert_eq!(told(&other.notes), told(&plain.notes));
        assert!(other.records == plain.records);
    }
}

#[test]
fn columns_in_any_order_and_only_some_of_them() {
    let text = "受注日,ＴＥＬ,お名前（姓）,注文番号\n2021-03-10,0312345678,栗原,A-1\n";
    let read = read(text);
    assert_eq!(read.survey.kind, Kind::EccubeOrders);
    assert!(read.survey.lacking.contains(&"支払方法(名称)") && read.survey.lacking.contains(&"会員ID"));
    let order = &read.records[0];
    assert_eq!(shown(order.person.as_ref().unwrap()), "?|||栗原|||0312345678|", "member or guest: not said");
    assert!(order.fields.is_empty());
}

#[test]
fn a_column_without_which_nothing_can_be_said_is_named() {
    let text = "注文ID,支払方法(名称),TEL\n1,代金引換,0312345678\n";
    let Err(broken) = read_as(text.as_bytes(), None, Dictionary::default()) else {
        panic!("it has no dates")
    };
    assert!(broken.to_string().contains("受注日"), "{broken}");
}

#[test]
fn customers_who_came_and_who_left() {
    let text = "会員ID,お名前(姓),メールアドレス,会員ステータス(ID),登録日,更新日\n\
        1,栗原,a@kuri.example,2,2019-04-01 10:00:00,2020-01-01 00:00:00\n\
        2,髙橋,x8f@dummy.dummy,3,2019-05-01 10:00:00,2020-02-03 00:00:00\n";
    let read = read(text);
    assert_eq!(read.survey.kind, Kind::EccubeCustomers);
    let events: Vec<_> = read.records.iter().map(|r| (r.event.as_str(), r.id.as_str(), r.rows)).collect();
    assert_eq!(events, [("registration", "1", 1), ("registration", "2", 1), ("leave", "2", 2)]);
    let left = &read.records[2];
    assert_eq!(left.at.as_deref(), Some("2019-05-01T10:00:00+09:00"));
    assert_eq!(left.until.as_deref(), Some("2020-02-03T00:00:00+09:00"));
    assert!(left.person.as_ref().unwrap().mail.is_none(), "the address was overwritten when he left");
}

#[test]
fn what_cannot_be_read_is_told_by_line_and_column_and_the_order_is_kept() {
    let text = "注文ID,受注日,メールアドレス,TEL,お名前(姓),支払方法(名称)\n\
        1,昨日,no mail,12,栗\u{FFFD},代金引換\n\
        ,2021-03-10,a@kuri.example,,,代金引換\n\
        3,2021-03-10,a@kuri.example\n\
        4242424242424242,2021-03-10,a@kuri.example,,,代金引換\n\
        5,2021-03-10,b@kuri.example,,4242 4242 4242 4242,代金引換\n";
    let read = read(text);
    assert_eq!(
        told(&read.notes),
        [
            (2, Some("受注日"), Reason::NoTime, false),
            (2, Some("メールアドレス"), Reason::NoMail, false),
            (2, Some("お名前(姓)"), Reason::Unreadable, false),
            (2, Some("TEL"), Reason::NoPhone, false),
            (3, Some("注文ID"), Reason::NoId, true),
            (4, None, Reason::Columns { found: 3, expected: 6 }, true),
            (5, Some("注文ID"), Reason::CardNumber, true),
            (6, Some("お名前(姓)"), Reason::CardNumber, false),
        ]
    );
    let ids: Vec<_> = read.records.iter().map(|r| (r.id.as_str(), r.rows)).collect();
    assert_eq!(ids, [("1", 1), ("5", 5)]);
    assert!(read.records[0].at.is_none() && read.records[0].person.is_none());
    for note in &read.notes {
        let said = format!("{} {}", note.reason.ja(), note.reason.en());
        assert!(!said.contains("4242") && !said.contains("昨日"), "{said}");
    }
}

#[test]
fn as_many_as_a_shop_has() {
    let made = eccube_orders(300, 5);
    for bytes in [made.csv.clone().into_bytes(), sjis(&made.csv)] {
        let read = read_as(&bytes, None, Dictionary::default()).unwrap();
        assert_eq!(read.survey.kind, Kind::EccubeOrders);
        assert_eq!((read.records.len(), read.rows), (made.orders, made.rows as u64));
        let cards = read.records.iter().filter(|r| word(r, "payment").as_deref() == Some("card"));
        assert_eq!(cards.count(), made.cards);
        assert_eq!(read.records.iter().filter(|r| field(r, "payment").is_none()).count(), made.unknown);
        assert_eq!(read.records.iter().map(|r| r.recipients.len()).sum::<usize>(), made.gifts);
        assert!(read.notes.iter().all(|n| n.reason == Reason::UnknownWord && !n.refused));
        assert!(read.notes.len() <= 1, "a name without a word is told once");
    }
}

/// The columns that EC-CUBE ships, read off its sources, are the ones looked for here.
#[test]
fn the_names_are_those_of_the_sources() {
    let Some(data) = testkit::shared_data() else { return };
    let text = std::fs::read_to_string(data.join("eccube/eccube4_csv_columns.json")).unwrap();
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    for version in ["4.0", "4.2", "4.3"] {
        for (form, kind) in [
            ("order", Kind::EccubeOrders),
            ("shipping", Kind::EccubeOrders),
            ("customer", Kind::EccubeCustomers),
        ] {
            let columns = all["versions"][version][form].as_array().unwrap();
            let names: Vec<&str> = columns.iter().map(|c| c["header"].as_str().unwrap()).collect();
            let survey = survey(format!("{}\n", names.join(",")).as_bytes(), None, |_| {}).unwrap();
            assert_eq!((survey.kind, survey.lacking), (kind, vec![]), "{version} {form}");
        }
    }
}
