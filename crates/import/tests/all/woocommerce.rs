//! WooCommerce.

use super::*;

#[test]
fn the_columns_of_one_exporter() {
    let read = read(
        "order_id,order_number,date,status,order_total,payment_method,payment_method_title,customer_id,billing_first_name,billing_last_name,billing_email,billing_phone,billing_address_1,billing_city,billing_state,billing_postcode,shipping_first_name,shipping_last_name,shipping_address_1,shipping_city,shipping_state,shipping_postcode\n\
         9,1009,2021-03-10 12:30:00,wc-completed,3500.00,stripe,クレジットカード (Stripe),12,花子,栗原,a@kuri.example,0312345678,千代田1-1,千代田区,JP13,100-0001,花子,栗原,千代田1-1,千代田区,JP13,100-0001\n\
         10,1010,2021-03-11 12:30:00,on-hold,1200,bacs,銀行振込,0,Taro,Kuri,b@kuri.example,,,,,,,,,,,\n",
    );
    assert_eq!((read.survey.kind, read.survey.lacking.len()), (Kind::Woocommerce, 0));
    let [first, second] = read.records.as_slice() else { panic!("two orders") };
    assert_eq!(first.id, "1009");
    assert_eq!(
        shown(first.person.as_ref().unwrap()),
        "member|12|a@kuri.example|栗原 花子|||0312345678|1000001 東京都 千代田区 千代田1-1"
    );
    assert!(first.recipients.is_empty());
    let all = |r: &Record| ["payment", "status", "amount"].map(|w| word(r, w).unwrap_or_default());
    assert_eq!(all(first), ["card", "completed", "3500"]);
    assert_eq!(shown(second.person.as_ref().unwrap()), "guest||b@kuri.example|Taro Kuri||||");
    assert_eq!(all(second), ["bank_transfer", "placed", "1200"]);
}

#[test]
fn the_columns_of_another() {
    let read = read(
        "Order Number,Order Status,Order Date,First Name (Billing),Last Name (Billing),Email (Billing),Phone (Billing),Payment Method Title,Order Total Amount,First Name (Shipping),Last Name (Shipping),Address 1&2 (Shipping)\n\
         77,Cancelled,2021-03-10 12:30,花子,栗原,a@kuri.example,0312345678,代金引換,900,梢,髙橋,京都市1-2\n",
    );
    assert_eq!(read.survey.kind, Kind::Woocommerce);
    let order = &read.records[0];
    assert_eq!(word(order, "status").as_deref(), Some("canceled"));
    assert_eq!(word(order, "payment").as_deref(), Some("cash_on_delivery"));
    assert_eq!(
        order.recipients.iter().map(shown).collect::<Vec<_>>(),
        ["recipient|||髙橋 梢||| 京都市1-2".replace("||| ", "|||| ")]
    );
}
