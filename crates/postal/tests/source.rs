//! The embedded table against Japan Post's full lists, row by row, where those lie beside the repository.
#![allow(clippy::unwrap_used)]

use postal::{Code, lookup};
use std::path::Path;

/// Rows of a gzipped CSV file without its head; these files quote nothing that matters here but a comma.
fn rows(path: &Path) -> Vec<Vec<String>> {
    let packed = std::fs::read(path).unwrap();
    // Ten bytes of head, then the file's name when bit 3 of the flags is set.
    let name = if packed[3] & 8 != 0 { packed[10..].iter().position(|b| *b == 0).unwrap() + 1 } else { 0 };
    let raw = miniz_oxide::inflate::decompress_to_vec(&packed[10 + name..]).unwrap();
    String::from_utf8(raw).unwrap().lines().skip(1).map(fields).collect()
}

fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            c => fields.last_mut().unwrap().push(c),
        }
    }
    fields
}

/// What the table should say for a town of the list: mostly the same; ranges of 地割 keep their stem, lists
/// become several towns, and remarks in place of a town become none.
fn expected(town: &str) -> Vec<String> {
    if town.ends_with("場合") {
        return vec![String::new()];
    }
    if town.contains("地割") {
        let stem: String = town.chars().take_while(|c| !('０'..='９').contains(c)).collect();
        return vec![stem];
    }
    town.split('、').map(str::to_owned).collect()
}

#[test]
fn every_row_of_the_country_is_found() {
    let Some(data) = testkit::shared_data() else { return };
    let rows = rows(&data.join("postal/ken_all_utf8.csv.gz"));
    assert!(rows.len() > 124_000);
    for row in &rows {
        let found = lookup(&row[0]);
        for town in expected(&row[4]) {
            let place = found.iter().find(|p| p.prefecture == row[2] && p.city == row[3] && p.town == town);
            let place = place.unwrap_or_else(|| panic!("{} {} {town} is missing", row[0], row[3]));
            assert_eq!((place.prefecture_kana, place.city_kana), (row[5].as_str(), row[6].as_str()));
        }
        if !row[4].contains('、') && !row[4].ends_with("場合") {
            assert!(found.iter().any(|p| p.town_kana == row[7]), "{}: reading {}", row[0], row[7]);
        }
    }
}

#[test]
fn every_office_is_found() {
    let Some(data) = testkit::shared_data() else { return };
    let rows = rows(&data.join("postal/jigyosyo_utf8.csv.gz"));
    assert!(rows.len() > 22_000);
    for row in &rows {
        let found = lookup(&row[0]);
        let is_it = |p: &postal::Place| {
            p.office.is_some_and(|o| o.name == row[3] && o.street == row[7])
                && (p.prefecture, p.city, p.town) == (row[4].as_str(), row[5].as_str(), row[6].as_str())
        };
        assert!(found.iter().any(is_it), "{} {} is missing", row[0], row[3]);
    }
}

#[test]
fn nothing_was_made_up() {
    let Some(data) = testkit::shared_data() else { return };
    let mut known = vec![false; 10_000_000];
    for file in ["postal/ken_all_utf8.csv.gz", "postal/jigyosyo_utf8.csv.gz"] {
        rows(&data.join(file)).iter().for_each(|r| known[r[0].parse::<usize>().unwrap()] = true);
    }
    for (value, known) in known.into_iter().enumerate() {
        let code = Code::new(value as u32).unwrap();
        assert_eq!(postal::places(code).next().is_some(), known, "{code}");
    }
}
