//! Made-up people with likely names and real postcodes.

use crate::chance::Chance;
use domain::person::{Contact, Personal};

const NAMES: &str = include_str!("../data/names.tsv");
/// Mail domains that nobody can own: reserved by RFC 2606 and RFC 6761.
const MAIL_DOMAINS: [&str; 6] =
    ["mail.example", "post.example", "keitai.example", "hikari.example", "yubin.example", "katei.example"];

/// The stock of names.
pub struct Names {
    surnames: Vec<(&'static str, &'static str)>,
    /// Running sums of the surnames' weights.
    weights: Vec<u64>,
    given: Vec<(&'static str, &'static str)>,
}

/// One made-up person.
#[derive(Clone)]
pub struct Someone {
    /// Name, reading, telephone and address.
    pub contact: Contact,
    /// Mail address.
    pub email: Personal,
}

impl Names {
    /// Reads the names that are part of the program.
    pub fn load() -> Names {
        let mut names = Names { surnames: Vec::new(), weights: Vec::new(), given: Vec::new() };
        let mut sum = 0;
        for line in NAMES.lines().filter(|l| !l.starts_with('#')) {
            let mut parts = line.split('\t');
            let (Some(kind), Some(name), Some(kana)) = (parts.next(), parts.next(), parts.next()) else {
                continue;
            };
            if kind == "s" {
                sum += parts.next().and_then(|w| w.parse().ok()).unwrap_or(1u64);
                names.surnames.push((name, kana));
                names.weights.push(sum);
            } else {
                names.given.push((name, kana));
            }
        }
        names
    }

    /// A person of the given number: the number makes the mail address unique.
    pub fn someone(&self, number: usize, chance: &mut Chance) -> Someone {
        let (family, family_kana) = self.surname(chance);
        let (given, given_kana) = chance.pick(&self.given).copied().unwrap_or(("花子", "ハナコ"));
        let contact = Contact {
            name: Personal::new(format!("{family} {given}")),
            kana: Personal::new(format!("{family_kana} {given_kana}")),
            ..address(chance)
        };
        Someone { contact, email: mail_address(number, chance) }
    }

    fn surname(&self, chance: &mut Chance) -> (&'static str, &'static str) {
        let total = self.weights.last().copied().unwrap_or(0);
        let at = chance.below(total as usize) as u64;
        let index = self.weights.partition_point(|w| *w <= at);
        self.surnames.get(index).copied().unwrap_or(("栗田", "クリタ"))
    }
}

/// A mail address that no one else in the demo has.
pub fn mail_address(number: usize, chance: &mut Chance) -> Personal {
    let domain = chance.pick(&MAIL_DOMAINS).copied().unwrap_or("mail.example");
    // Some carriers once gave out addresses that RFC 5321 forbids; they are in use to this day.
    let local = match chance.below(60) {
        0 => format!("risu..{number}"),
        1 => format!("risu{number}."),
        n if n < 30 => format!("kuri.{number}"),
        _ => format!("h{number}-{}", chance.below(90) + 10),
    };
    Personal::new(format!("{local}@{domain}"))
}

/// A place of the real postal table, with a made-up street number and telephone; name and reading are left empty.
pub fn address(chance: &mut Chance) -> Contact {
    let place = postal::sample(chance.bits());
    let street = match chance.below(3) {
        0 => format!("{}番地{}", chance.between(1, 2400), chance.between(1, 30)),
        _ => format!("{}-{}-{}", chance.between(1, 5), chance.between(1, 30), chance.between(1, 20)),
    };
    let building = if chance.percent(35) {
        let house = chance
            .pick(&["コーポ栗の木", "メゾン団栗", "ハイツ山茶花", "こもれび荘", "くるみ坂マンション"])
            .copied()
            .unwrap_or("");
        format!("{house}{}0{}", chance.between(1, 9), chance.between(1, 8))
    } else {
        String::new()
    };
    // 050-00.. and 070-00.. are not given out.
    let phone =
        format!("0{}000{:05}", chance.pick(&[5, 7]).copied().unwrap_or(5) * 10, chance.below(100_000));
    Contact {
        name: Personal::default(),
        kana: Personal::default(),
        phone: Personal::new(phone),
        postcode: Personal::new(place.code.to_string()),
        prefecture: Personal::new(place.prefecture.to_string()),
        city: Personal::new(format!("{}{}", place.city, place.town)),
        street: Personal::new(street),
        building: Personal::new(building),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::person;

    #[test]
    fn people_pass_the_checks_that_customers_pass() {
        let names = Names::load();
        let mut chance = Chance::new(3);
        for n in 0..3_000 {
            let s = names.someone(n, &mut chance);
            let c = &s.contact;
            assert!(person::name_line(c.name.reveal()).is_ok());
            assert!(person::kana_line(c.kana.reveal()).is_ok(), "reading {n}");
            assert!(person::phone(c.phone.reveal()).is_ok(), "phone {n}");
            assert!(person::postcode(c.postcode.reveal()).is_ok());
            assert!(person::email(s.email.reveal()).is_ok(), "mail {n}");
            assert!(domain::shipping::Region::of_prefecture(c.prefecture.reveal()).is_some());
            assert!(person::address_line(c.city.reveal()).is_ok(), "city {n}");
        }
    }

    #[test]
    fn common_names_are_common() {
        let names = Names::load();
        let mut chance = Chance::new(4);
        let sato = (0..10_000).filter(|_| names.surname(&mut chance).0 == "佐藤").count();
        assert!((120..600).contains(&sato), "{sato}");
    }
}
