//! Japan Post's postal codes: from a code to prefecture, city and town, and to the office that owns a code.
//!
//! The whole country is one file of about a megabyte, `data/postal.bin`, embedded in the binary and
//! written by `cargo xtask postal`; `data/SOURCE.md` says where the facts come from. It is unpacked once,
//! at the first question, in some 25 ms; after that an answer borrows from it and allocates nothing but the
//! list. Nothing here is personal data: what a customer typed goes no further than the search.
//!
//! What the table leaves out on purpose, so that a filled-in address can be sent as it stands:
//! remarks in brackets ("…を除く", "１～１９丁目", "その他"), and towns that are no town
//! ("以下に掲載がない場合", "…の次に番地がくる場合"): there [`Place::town`] is empty. The floor of a tower,
//! which has a code of its own, is kept in [`Place::floor`].

mod code;
mod table;

pub use code::Code;
use table::Table;

/// One place that a postal code stands for. All texts live as long as the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// The postal code itself.
    pub code: Code,
    /// Prefecture with its ending: 東京都, 長野県.
    pub prefecture: &'static str,
    /// City, ward or county and town: 松本市, 札幌市中央区, 北都留郡小菅村.
    pub city: &'static str,
    /// Town within the city; empty where the code covers the rest of a city.
    pub town: &'static str,
    /// Reading of the prefecture in full-width katakana.
    pub prefecture_kana: &'static str,
    /// Reading of the city.
    pub city_kana: &'static str,
    /// Reading of the town; empty where the town is, and for some offices.
    pub town_kana: &'static str,
    /// Which floor of a tower the code is for; `None` elsewhere and for basements.
    pub floor: Option<u8>,
    /// The organisation that has this code to itself.
    pub office: Option<Office>,
}

/// A company, authority or post office box with a postal code of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Office {
    /// Its name as Japan Post lists it.
    pub name: &'static str,
    /// What follows the town in its address: block, number, building; may be empty.
    pub street: &'static str,
}

/// Every place for what a person typed as a postal code, in the order of Japan Post's readings; empty when it
/// is no postal code or not in use. Takes what [`Code::parse`] takes.
pub fn lookup(code: &str) -> Vec<Place> {
    Code::parse(code).map(|code| places(code).collect()).unwrap_or_default()
}

/// Every place for a code, without a list.
pub fn places(code: Code) -> impl Iterator<Item = Place> {
    let table = Table::get();
    table.range(code).map(move |row| table.place(row))
}

/// A real town for a made-up address: the same one for the same number, with a town and without an office
/// or a tower's floor. Every such row of the table is about equally likely, so villages weigh as much as wards.
pub fn sample(n: u64) -> Place {
    pick(n, |_| true).unwrap_or(EMPTY)
}

/// As [`sample`], within one prefecture (東京都); `None` when no prefecture is called that.
pub fn sample_in(prefecture: &str, n: u64) -> Option<Place> {
    if !Table::get().has_prefecture(prefecture) {
        return None;
    }
    pick(n, |place| place.prefecture == prefecture)
}

/// The smallest prefectures hold one row in 300: this many throws miss them about once in 10^14.
const THROWS_MAX: u64 = 10_000;

const EMPTY: Place = Place {
    code: Code::ZERO,
    prefecture: "",
    city: "",
    town: "",
    prefecture_kana: "",
    city_kana: "",
    town_kana: "",
    floor: None,
    office: None,
};

fn pick(n: u64, wanted: impl Fn(&Place) -> bool) -> Option<Place> {
    let table = Table::get();
    if table.is_empty() {
        return None;
    }
    (0..THROWS_MAX)
        .map(|throw| mix(mix(n) ^ throw) % table.len() as u64)
        .map(|row| table.place(row as usize))
        .find(|p| !p.town.is_empty() && p.office.is_none() && p.floor.is_none() && wanted(p))
}

/// SplitMix64's finaliser: spreads neighbouring numbers over the whole range.
fn mix(n: u64) -> u64 {
    let z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
