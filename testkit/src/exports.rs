//! Exports of other shop systems as large as real ones, made up: nobody in them exists.

use std::fmt::Write;

/// The columns of EC-CUBE 4.3's CSV of orders as it ships (names: the open source project's `dtb_csv`).
pub const ECCUBE_ORDERS: &str = "注文ID,注文番号,会員ID,お名前(姓),お名前(名),お名前(セイ),お名前(メイ),会社名,郵便番号,\
    都道府県(ID),都道府県(名称),住所1,住所2,メールアドレス,TEL,性別(ID),性別(名称),職業(ID),職業(名称),誕生日,\
    ショップ用メモ欄,小計,値引き,送料,税金,合計,支払合計,対応状況(ID),対応状況(名称),支払方法(ID),支払方法(名称),受注日,\
    入金日,注文詳細ID,商品ID,商品規格ID,商品名,商品コード,規格名1,規格名2,規格分類名1,規格分類名2,価格,個数,税率,\
    税率ルール(ID),明細区分(ID),明細区分(名称),出荷ID,配送先_お名前(姓),配送先_お名前(名),配送先_お名前(セイ),\
    配送先_お名前(メイ),配送先_会社名,配送先_郵便番号,配送先_都道府県(ID),配送先_都道府県(名称),配送先_住所1,配送先_住所2,\
    配送先_TEL,配送業者(ID),配送業者(名称),お届け時間ID,お届け時間(名称),お届け希望日,送料,発送日,出荷伝票番号,\
    配達用メモ,出荷メール送信日";

const FAMILIES: [(&str, &str); 8] = [
    ("髙橋", "タカハシ"),
    ("﨑山", "サキヤマ"),
    ("栗原", "クリハラ"),
    ("渡邊", "ワタナベ"),
    ("齋藤", "サイトウ"),
    ("佐々木", "ササキ"),
    ("胡桃沢", "クルミザワ"),
    ("栃木", "トチギ"),
];
const GIVEN: [(&str, &str); 6] = [
    ("花子", "ハナコ"),
    ("太郎", "タロウ"),
    ("さくら", "サクラ"),
    ("榛名", "ハルナ"),
    ("梢", "コズエ"),
    ("樹", "イツキ"),
];
const PAYMENTS: [(&str, &str, u64); 5] = [
    ("5", "クレジットカード決済", 55),
    ("3", "代金引換", 20),
    ("2", "銀行振込", 10),
    ("4", "コンビニ決済", 10),
    ("9", "店頭払い", 5),
];

/// What was made, and what is in it.
#[derive(Default)]
pub struct Export {
    /// The file's text.
    pub csv: String,
    /// So many orders.
    pub orders: usize,
    /// So many of them paid by card.
    pub cards: usize,
    /// So many of them by a way of payment that no word is known for.
    pub unknown: usize,
    /// So many parcels to others than the orderer.
    pub gifts: usize,
    /// So many rows, the header not counted.
    pub rows: usize,
    /// The mail addresses of whoever ordered, each once: made up, for looking whether they are in the clear anywhere.
    pub mails: std::collections::BTreeSet<String>,
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers for the same seed.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[usize::try_from(self.next() % all.len() as u64).unwrap_or_default()]
    }
}

/// Somebody who does not exist.
struct Somebody {
    family: (&'static str, &'static str),
    given: (&'static str, &'static str),
    number: u64,
}

impl Somebody {
    fn of(number: u64) -> Somebody {
        let mut chance = Chance(number);
        Somebody { family: *chance.pick(&FAMILIES), given: *chance.pick(&GIVEN), number }
    }

    /// Name, reading, company, postcode, prefecture, address and building: nine columns of EC-CUBE.
    fn columns(&self) -> String {
        let (n, street) = (self.number, self.number % 90 + 1);
        let company = if n.is_multiple_of(17) { "㈱くり①" } else { "" };
        format!(
            "{},{},{},{},{company},{:07},13,東京都,千代田区栗町{street}-2-3,\"栗ビル{n}号室\n受付\"",
            self.family.0,
            self.given.0,
            self.family.1,
            self.given.1,
            1_000_000 + n % 9_000
        )
    }

    fn phone(&self) -> String {
        format!("090{:08}", self.number % 100_000_000)
    }
}

/// So many orders of EC-CUBE: one to three rows each, a third of them by guests, every seventh to somebody else.
pub fn eccube_orders(orders: usize, seed: u64) -> Export {
    let mut chance = Chance(seed);
    let mut made = Export { csv: format!("{ECCUBE_ORDERS}\r\n"), orders, ..Export::default() };
    let members = (orders as u64 / 3).max(1);
    for number in 1..=orders as u64 {
        let guest = chance.below(3) == 0;
        let who = if guest { 10_000_000 + chance.below(members) } else { chance.below(members) + 1 };
        let buyer = Somebody::of(who);
        let member = if guest { String::new() } else { who.to_string() };
        let mail = format!("{}{who}@kuri.example", if guest { "guest" } else { "member" });
        let roll = chance.below(100);
        let mut sum = 0;
        let way = PAYMENTS.iter().find(|way| {
            sum += way.2;
            roll < sum
        });
        let (way, name, _) = *way.unwrap_or(&PAYMENTS[0]);
        made.cards += usize::from(way == "5");
        made.unknown += usize::from(way == "9");
        let to = if chance.below(7) == 0 { Somebody::of(20_000_000 + number) } else { Somebody::of(who) };
        made.gifts += usize::from(to.number != who);
        let at = format!("2021-{:02}-{:02} {:02}:30:05", number % 12 + 1, number % 28 + 1, number % 24);
        let status = *chance.pick(&["1,新規受付", "5,発送済み", "3,注文取消し", "6,入金済み"]);
        for item in 0..=chance.below(3) {
            let _ = write!(
                made.csv,
                "{number},{number},{member},{},{mail},{},,,,,,\"メモ, {number}\",3000,0,500,318,3500,3500,{status},{way},\
                 {name},{at},,{number}{item},{item},{item},栗きんとん,K-{item},,,,,3000,1,8,1,1,商品,{number},{},{},1,宅配便,\
                 ,,,500,,,,\r\n",
                buyer.columns(),
                buyer.phone(),
                to.columns(),
                to.phone(),
            );
            made.rows += 1;
        }
        made.mails.insert(mail);
    }
    made
}

/// As Windows writes it.
///
/// # Panics
/// Where the text has characters that Shift_JIS has not.
pub fn sjis(text: &str) -> Vec<u8> {
    let (bytes, _, lost) = encoding_rs::SHIFT_JIS.encode(text);
    assert!(!lost, "a character that Shift_JIS has not");
    bytes.into_owned()
}
