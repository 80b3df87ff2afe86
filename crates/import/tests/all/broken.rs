//! What is no export, or a broken one.

use super::*;
use import::{RECORD_BYTES_MAX, Reason};

fn broken(bytes: &[u8]) -> String {
    read_as(bytes, None, Dictionary::default()).err().map(|e| e.to_string()).unwrap_or_default()
}

#[test]
fn what_is_no_export_says_what_to_do() {
    assert!(broken(b"").contains("empty"));
    assert!(broken(b"PK\x03\x04rest of a workbook").contains("save it as CSV"));
    assert!(broken(b"\xFF\xFEl\x00i\x00").contains("UTF-16"));
    assert!(broken("栗原,花子,a@kuri.example\n".as_bytes()).contains("--as"));
    assert!(!broken("栗原,花子,a@kuri.example\n".as_bytes()).contains("kuri"), "it may be somebody's name");
}

#[test]
fn quotes_line_ends_and_commas_within_a_value() {
    let read = read(
        "event,id,name,phone,address\r\norder,1,\"栗原 \"\"花子\"\"\",0312345678,\"東京都,千代田区\r\n1-1\"\r\n\r\norder,2,,=\"0312345678\",\n",
    );
    let people: Vec<String> = read.records.iter().map(|r| shown(r.person.as_ref().unwrap())).collect();
    assert_eq!(people, ["?|||栗原 \"花子\"|||0312345678| 東京都,千代田区 1-1", "?||||||0312345678|"]);
    assert_eq!(read.records.iter().map(|r| r.line).collect::<Vec<_>>(), [2, 5]);
}

#[test]
fn tabs_and_semicolons_part_columns_too() {
    for c in ['\t', ';'] {
        let text = "event,id,at\norder,1,2021-03-10\n".replace(',', &c.to_string());
        assert_eq!(read(&text).records[0].at.as_deref(), Some("2021-03-10"));
    }
}

#[test]
fn a_quote_that_is_never_closed_does_not_swallow_the_file() {
    let mut text = "event,id,at\norder,1,2021-03-10\norder,2,\"2021-03-10\n".to_owned();
    text.push_str(&"order,3,2021-03-10\n".repeat(RECORD_BYTES_MAX / 19 + 1_000));
    let survey = survey(text.as_bytes(), None, |_| {}).unwrap();
    let mut import = Import::open(text.as_bytes(), &survey, Dictionary::default()).unwrap();
    let said = loop {
        match import.next_item() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it was read to its end"),
            Err(e) => break e.to_string(),
        }
    };
    assert!(said.contains("line 3"), "{said}");
    assert!(import.next_item().unwrap().is_none());
}

#[test]
fn a_quote_that_is_not_closed_is_refused_with_what_it_swallowed() {
    let head = "event,id,at,mail,name,payment,to_name,note\n";
    let row = |id: &str, note: &str| format!("order,{id},2021-03-12,{id}@kuri.example,{id},card,,{note}\n");
    // In the last column, with nothing behind it that would close it.
    let last = format!("{head}{}{}{}{}", row("a", ""), row("b", "\"note"), row("c", ""), row("d", ""));
    let found = read(&last);
    assert_eq!(found.records.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), ["a"]);
    assert_eq!(told(&found.notes), [(3, None, Reason::Quote, true)]);
    // Closed by a quote of a later row.
    let later =
        format!("{head}{}{}{}{}", row("a", "\"開いたまま"), row("b", ""), row("c", "\"一行\""), row("d", ""));
    let found = read(&later);
    assert!(told(&found.notes).contains(&(2, None, Reason::Quote, true)), "{:?}", found.notes);
    assert!(!found.records.iter().any(|r| ["a", "b"].contains(&r.id.as_str())));
    // Cut off within a value.
    let cut = format!("{head}{}", row("a", "\"cut"));
    let found = read(cut.trim_end());
    assert!(found.records.is_empty());
    assert_eq!(told(&found.notes), [(2, None, Reason::Quote, true)]);
    // A value that ends with a line, and quotes that stand in values, are none.
    let fine = format!("{head}{}{}", row("a", "\"two\nlines\n\""), row("b", "5\" wide"));
    let found = read(&fine);
    assert_eq!((found.records.len(), found.notes.len()), (2, 0));
}

#[test]
fn of_whom_only_unreadable_things_are_known_there_is_somebody() {
    let read = read(
        "event,id,at,member,mail,to_name\norder,1,2021-03-12,0,a@kuri.example,4242 4242 4242 4242\norder,2,2021-03-12,guest,b@kuri.example,\n",
    );
    assert_eq!(read.records.iter().map(|r| r.recipients.len()).collect::<Vec<_>>(), [1, 0]);
    assert!(read.records.iter().all(|r| r.person.as_ref().unwrap().member.is_none()));
}

#[test]
fn it_goes_on_where_it_was_broken_off() {
    let made = testkit::exports::eccube_orders(50, 9);
    let whole = read(&made.csv);
    for at in [0, 17, 49] {
        let survey = survey(made.csv.as_bytes(), None, |_| {}).unwrap();
        let mut import = Import::open(made.csv.as_bytes(), &survey, Dictionary::default()).unwrap();
        import.skip(whole.records[at].rows).unwrap();
        let mut rest = Vec::new();
        while let Some(item) = import.next_item().unwrap() {
            if let Item::Record(record) = item {
                rest.push(*record);
            }
        }
        assert!(rest == whole.records[at + 1..], "after record {at}");
    }
    let survey = survey(made.csv.as_bytes(), None, |_| {}).unwrap();
    let mut import = Import::open(made.csv.as_bytes(), &survey, Dictionary::default()).unwrap();
    assert!(import.skip(made.rows as u64 + 1).is_err());
}

#[test]
fn a_header_given_twice_is_a_row_of_words() {
    let read = read("event,id,at\nevent,id,at\norder,1,2021-03-10\n");
    assert_eq!(told(&read.notes), [(2, Some("event"), Reason::UnknownEvent, true)]);
}
