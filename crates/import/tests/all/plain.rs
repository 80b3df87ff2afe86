//! Our own form.

use super::*;
use import::Reason;

#[test]
fn every_kind_of_event_in_our_own_form() {
    let read = read(
        "event,id,at,until,kind,member,mail,name,phone,address,payment,step,means,outcome,signed_in,last4,fingerprint,amount,to_name,to_phone,to_address\n\
         card_entry,s-1,2021-03-10T00:00:00+09:00,,guest,,a@kuri.example,,,,,next,typed,abandoned,false,4242,fp-1,,,,\n\
         order,o-1,2021-03,2021-04,member,m-1,b@kuri.example,栗原 花子,0312345678,東京都千代田区,card,,,,,,,500,髙橋 梢,0751112222,京都市1\n\
         order,o-1,2021-03,2021-04,member,m-1,b@kuri.example,栗原 花子,0312345678,東京都千代田区,card,,,,,,,500,﨑山 樹,0751113333,京都市2\n\
         x_visit,v-1,,,,,,,,,,sideways,,,perhaps,,,,,,\n\
         purchase,p-1,,,,,,,,,,,,,,,,,,,\n",
    );
    assert_eq!(read.survey.kind, Kind::Plain);
    let ids: Vec<_> = read.records.iter().map(|r| (r.event.as_str(), r.id.as_str())).collect();
    assert_eq!(ids, [("card_entry", "s-1"), ("order", "o-1"), ("x_visit", "v-1")]);
    let entry = &read.records[0];
    let words = ["step", "means", "outcome", "signed_in", "last4", "fingerprint"];
    assert_eq!(
        words.map(|w| word(entry, w).unwrap()),
        ["next", "typed", "abandoned", "false", "4242", "fp-1"]
    );
    let order = &read.records[1];
    assert_eq!((order.at.as_deref(), order.until.as_deref()), (Some("2021-03"), Some("2021-04")));
    assert_eq!(order.recipients.len(), 2);
    assert_eq!(
        told(&read.notes),
        [
            (5, Some("step"), Reason::UnknownWord, false),
            (5, Some("signed_in"), Reason::UnknownWord, false),
            (6, Some("event"), Reason::UnknownEvent, true),
        ]
    );
}
