//! Somebody who does not exist, another one for each walk: what he types must not give the watch away. Nothing of it is
//! kept but where a test order is placed.

/// Family names with their readings, given names with theirs: the most frequent ones.
const FAMILIES: [(&str, &str); 12] = [
    ("佐藤", "サトウ"),
    ("鈴木", "スズキ"),
    ("高橋", "タカハシ"),
    ("田中", "タナカ"),
    ("伊藤", "イトウ"),
    ("渡辺", "ワタナベ"),
    ("山本", "ヤマモト"),
    ("中村", "ナカムラ"),
    ("小林", "コバヤシ"),
    ("加藤", "カトウ"),
    ("吉田", "ヨシダ"),
    ("山田", "ヤマダ"),
];
const GIVEN: [(&str, &str); 12] = [
    ("陽子", "ヨウコ"),
    ("恵子", "ケイコ"),
    ("京子", "キョウコ"),
    ("美咲", "ミサキ"),
    ("葵", "アオイ"),
    ("結衣", "ユイ"),
    ("誠", "マコト"),
    ("隆", "タカシ"),
    ("健一", "ケンイチ"),
    ("大輔", "ダイスケ"),
    ("翔太", "ショウタ"),
    ("蓮", "レン"),
];
/// Of quarters in large towns, where many live.
const POSTCODES: [&str; 8] =
    ["3900811", "1000005", "0600001", "5300001", "4600008", "8100001", "9800811", "7300011"];
/// Where most people have their mail. The names before the sign are random: nobody has them, and nothing is ever sent.
const PROVIDERS: [&str; 3] = ["gmail.com", "yahoo.co.jp", "icloud.com"];
/// Letters of the random part of a mail address.
const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
const MAIL_CHARS: usize = 14;

/// Random bytes of a person.
const CHANCES: usize = 40;

/// One of them.
pub(crate) struct Person {
    chances: [u8; CHANCES],
    name: String,
    kana: String,
    email: String,
    phone: String,
    postcode: &'static str,
    /// House number.
    pub(crate) street: String,
}

impl Person {
    /// Made of random bytes.
    ///
    /// # Errors
    /// Where the kernel has none.
    pub(crate) fn new() -> Result<Person, getrandom::Error> {
        let mut chances = [0; CHANCES];
        getrandom::fill(&mut chances)?;
        Ok(Person::of(chances))
    }

    fn of(chances: [u8; CHANCES]) -> Person {
        let at = |n: usize, of: usize| usize::from(chances[n]) % of;
        let (family, given) = (FAMILIES[at(0, FAMILIES.len())], GIVEN[at(1, GIVEN.len())]);
        let local: String = (0..MAIL_CHARS).map(|n| char::from(LETTERS[at(2 + n, LETTERS.len())])).collect();
        let digits: String = (0..8).map(|n| char::from(b'0' + at(16 + n, 10) as u8)).collect();
        Person {
            name: format!("{} {}", family.0, given.0),
            kana: format!("{} {}", family.1, given.1),
            email: format!("{local}@{}", PROVIDERS[at(24, PROVIDERS.len())]),
            phone: format!("0{}0{digits}", 7 + at(25, 3)),
            postcode: POSTCODES[at(26, POSTCODES.len())],
            street: format!("{}-{}-{}", 1 + at(27, 5), 1 + at(28, 20), 1 + at(29, 15)),
            chances,
        }
    }

    /// What he types first, by field. The town follows from the postcode.
    pub(crate) fn typed(&self) -> [(&'static str, &str); 5] {
        [
            ("name", &self.name),
            ("kana", &self.kana),
            ("email", &self.email),
            ("phone", &self.phone),
            ("postcode", self.postcode),
        ]
    }

    /// A number by chance, another for each turn.
    pub(crate) fn chance(&self, turn: usize) -> usize {
        usize::from(self.chances[30 + turn % 5]) << 8 | usize::from(self.chances[35 + turn % 5])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_another_one_and_none_looks_made_up() {
        let (a, b) = (Person::new().unwrap(), Person::new().unwrap());
        assert_ne!(a.email, b.email);
        for chance in [0, 255] {
            let person = Person::of([chance; CHANCES]);
            assert_eq!(person.phone.len(), 11);
            assert!(person.email.split('@').next().unwrap().len() == MAIL_CHARS);
            assert!(person.typed().iter().all(|(_, words)| !words.is_empty()));
        }
    }
}
