//! Shopify.

use super::*;

const ORDERS: &str = "\
Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Total,Created at,Lineitem quantity,Lineitem name,Billing Name,Billing Address1,Billing Address2,Billing Company,Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,Cancelled at,Payment Method,Source,Phone
#1001,a@kuri.example,paid,2021-03-10 12:31:00 +0900,fulfilled,JPY,3500,2021-03-10 12:30:00 +0900,1,栗きんとん,栗原 花子,千代田1-1,,,千代田区,'100-0001,JP-13,JP,+81 90-1234-5678,栗原 花子,千代田1-1,,,千代田区,'100-0001,JP-13,JP,+81 90-1234-5678,,Credit Card,web,
#1001,a@kuri.example,,,,,,,2,どら焼き,,,,,,,,,,,,,,,,,,,,,,
#1002,b@kuri.example,pending,,,USD,12.50,2021-03-11 00:10:00 +0900,1,栗きんとん,Taro Kuri,1 Chestnut St,,,Springfield,62701,IL,US,+1 217 555 0100,髙橋 梢,2-3,,,京都市,'600-8001,JP-26,JP,075-111-2222,2021-03-12 10:00:00 +0900,Shopify Payments,shopify_draft_order,
";

#[test]
fn an_order_is_several_rows_and_only_the_first_says_whose() {
    let read = read(ORDERS);
    assert_eq!((read.survey.kind, read.survey.lacking.len()), (Kind::Shopify, 0));
    let [first, second] = read.records.as_slice() else { panic!("two orders") };
    assert_eq!(
        (first.id.as_str(), first.rows, first.at.as_deref()),
        ("#1001", 2, Some("2021-03-10T03:30:00Z"))
    );
    assert_eq!(
        shown(first.person.as_ref().unwrap()),
        "?||a@kuri.example|栗原 花子|||09012345678|1000001 東京都 千代田区 千代田1-1",
        "whether he has an account is not in the file"
    );
    assert!(first.recipients.is_empty(), "it went to himself");
    let words = ["payment", "status", "channel", "amount"];
    let all = |r: &Record| words.map(|w| word(r, w).unwrap_or_default());
    assert_eq!(all(first), ["card", "completed", "web", "3500"]);
    assert_eq!(all(second), ["", "canceled", "", ""], "of other money and other ways nothing is guessed");
    let to: Vec<String> = second.recipients.iter().map(shown).collect();
    assert_eq!(to, ["recipient|||髙橋 梢|||0751112222|6008001 京都府 京都市 2-3"]);
    let foreign = second.person.as_ref().unwrap();
    assert_eq!(shown(foreign), "?||b@kuri.example|Taro Kuri||||62701 IL Springfield 1 Chestnut St");
}
