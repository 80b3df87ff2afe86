//! What holds of any file.

use super::*;
use proptest::prelude::*;
use std::io::Read as _;

/// A reader that gives pieces of the sizes that it is told.
struct Pieces<'a>(&'a [u8], Vec<usize>);

impl std::io::Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let wanted = self.1.pop().unwrap_or(11).max(1).min(into.len()).min(self.0.len());
        into[..wanted].copy_from_slice(&self.0[..wanted]);
        self.0 = &self.0[wanted..];
        Ok(wanted)
    }
}

fn in_pieces(bytes: &[u8], pieces: &[usize]) -> Option<(Vec<Record>, Vec<Note>)> {
    let survey = survey(Pieces(bytes, pieces.to_vec()), None, |_| {}).ok()?;
    let mut import = Import::open(Pieces(bytes, pieces.to_vec()), &survey, Dictionary::default()).ok()?;
    let (mut records, mut notes) = (Vec::new(), Vec::new());
    while let Some(item) = import.next_item().ok()? {
        match item {
            Item::Record(record) => records.push(*record),
            Item::Note(note) => notes.push(note),
        }
    }
    Some((records, notes))
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = in_pieces(&bytes, &[]);
    }

    #[test]
    fn any_bytes_behind_a_header_are_read_or_refused(which in 0..4_usize, bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let header = [
            "event,id,at,mail,name,phone,payment,signed_in\n",
            "注文ID,会員ID,受注日,メールアドレス,支払方法(名称),対応状況(ID)\n",
            "Name,Email,Financial Status,Created at,Billing Name,Total\n",
            "order_number,date,billing_email,status,customer_id\n",
        ][which];
        let bytes = [header.as_bytes(), &bytes].concat();
        let read = in_pieces(&bytes, &[]);
        prop_assert!(read == in_pieces(&bytes, &vec![1; bytes.len() + 1]));
        for record in read.iter().flat_map(|(records, _)| records) {
            prop_assert!(record.at.iter().chain(&record.until).all(|at| incident::When::parse(at).is_ok()));
        }
    }

    #[test]
    fn however_a_file_is_split_it_says_the_same(
        orders in 1_usize..8, seed in any::<u64>(), sjis in any::<bool>(), pieces in prop::collection::vec(1_usize..700, 0..40),
    ) {
        let made = testkit::exports::eccube_orders(orders, seed);
        let bytes = if sjis { testkit::exports::sjis(&made.csv) } else { made.csv.into_bytes() };
        let mut whole = Vec::new();
        Pieces(&bytes, pieces.clone()).read_to_end(&mut whole).unwrap();
        prop_assert!(whole == bytes);
        prop_assert!(in_pieces(&bytes, &pieces) == in_pieces(&bytes, &[]));
    }

    /// What is written as the form says comes out as it went in.
    #[test]
    fn there_and_back(
        rows in prop::collection::vec(("[a-z0-9-]{1,12}", "[ぁ-ん一-龠\", ]{0,12}", 0..8_usize, 0_i64..10_000_000), 1..12),
    ) {
        let words = ["card", "cash_on_delivery", "bank_transfer", "convenience_store", "postal_transfer", "deferred", "wallet", "cash"];
        let mut text = "event,id,at,name,payment,amount\n".to_owned();
        for (n, (id, name, way, amount)) in rows.iter().enumerate() {
            let line = ["order", &format!("{id}-{n}"), "2021-03-10", name, words[*way], &amount.to_string()];
            text.push_str(&line.map(quoted).join(","));
            text.push('\n');
        }
        let (records, notes) = in_pieces(text.as_bytes(), &[]).unwrap();
        prop_assert!(notes.is_empty());
        prop_assert_eq!(records.len(), rows.len());
        for (n, (record, (id, name, way, amount))) in records.iter().zip(&rows).enumerate() {
            prop_assert_eq!(&record.id, &format!("{id}-{n}"));
            prop_assert_eq!(word(record, "payment"), Some(words[*way].to_owned()));
            prop_assert_eq!(word(record, "amount"), Some(amount.to_string()));
            let tidy = domain::text::tidy_line(name);
            let found = record.person.as_ref().and_then(|p| p.name.as_ref()).map(|n| n.reveal().to_owned());
            prop_assert_eq!(found.unwrap_or_default(), tidy);
        }
    }
}
