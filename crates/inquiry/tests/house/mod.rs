//! A house in miniature around the rules: records, a job that answers in rounds, and everybody's mailboxes. The rules are
//! the real ones; what is told of a record is its state.

use domain::{
    Locale,
    inquiry::{Asker, Level, Reach, Via},
};
use inquiry::{Given, Index, Question, Record, decide, receipt, rhythm, words};
use uuid::Uuid;

/// When the intrusion began.
const BEGAN: i64 = 1_700_000_000_000;

/// Chance that can be repeated (SplitMix64).
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Chance {
        Chance(seed)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }

    pub fn pick_level(&mut self) -> Level {
        self.pick(Level::ALL)
    }
}

/// Somebody with a mailbox, a telephone and a letter box.
#[derive(Clone)]
pub struct Person {
    pub name: String,
    pub mail: String,
    pub phone: String,
}

/// What is recorded of a victim's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub concerned: bool,
    pub last4: Option<String>,
}

/// Something that somebody sees.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    at: i64,
    what: String,
}

/// Two persons who have nothing in common.
pub fn two(chance: &mut Chance) -> (Person, Person) {
    let family = ["山野", "髙橋", "斎藤", "渡邊", "小林", "佐々木"];
    let given = ["栗子", "花子", "一郎", "真", "薫", "ゆき"];
    let mut one = |who: &str| {
        let n = chance.below(1_000_000);
        let name = format!("{} {}", chance.pick(&family), chance.pick(&given));
        let domain = chance.pick(&["example.jp", "mail.example.com", "carrier.example.ne.jp"]);
        Person {
            name,
            mail: format!("{who}.{n}@{domain}"),
            phone: format!("090{:08}", chance.below(100_000_000)),
        }
    };
    let (mut victim, me) = (one("v"), one("a"));
    if victim.name == me.name {
        victim.name.push('美');
    }
    (victim, me)
}

/// Nobody: owns no mailbox.
pub fn nobody() -> Person {
    Person { name: "-".into(), mail: "-".into(), phone: "-".into() }
}

/// A value with one character changed, left out or put twice.
pub fn near(chance: &mut Chance, of: &str) -> String {
    let chars: Vec<char> = of.chars().collect();
    let at = chance.below(chars.len() as u64) as usize;
    let how = chance.below(3);
    let changed = chars.iter().enumerate().flat_map(|(n, c)| match (n == at, how) {
        (true, 0) => vec![],
        (true, 1) => vec![*c, *c],
        (true, _) => vec!['x'],
        _ => vec![*c],
    });
    changed.collect()
}

/// The blind index of a value: equal for equal ones. The vault's normal forms are tested there.
fn index(value: &str) -> Option<Index> {
    let mut out = [0u8; 16];
    let seed = value
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325, |h: u64, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01B3));
    let mut chance = Chance::new(seed);
    out.iter_mut().for_each(|b| *b = chance.below(256) as u8);
    (!value.is_empty() && value != "-").then_some(out)
}

/// What an attacker does before he asks, and how he asks.
pub struct Try {
    via: Via,
    level: Level,
    reach: Reach,
    asker: Asker,
    mail: String,
    phone: String,
    name: String,
    headers: String,
    body: String,
    at: i64,
    times: i64,
    /// Contact data in the victim's account since the intrusion.
    changed: Option<(String, String)>,
    /// An order of the attacker's own: mail, telephone, name.
    order: Option<(String, String, String)>,
}

impl Try {
    fn new(chance: &mut Chance, via: Via, level: Level) -> Try {
        Try {
            via,
            level,
            reach: Reach::Mail,
            asker: Asker::Customer,
            mail: String::new(),
            phone: String::new(),
            name: String::new(),
            headers: String::new(),
            body: String::new(),
            at: BEGAN + 1_000_000_000 + chance.below(10_000_000) as i64,
            times: 1,
            changed: None,
            order: None,
        }
    }

    pub fn form(chance: &mut Chance, level: Level) -> Try {
        Try::new(chance, Via::Form, level)
    }

    pub fn phone(chance: &mut Chance, level: Level) -> Try {
        Try::new(chance, Via::Phone, level)
    }

    /// A mail asks for the first level, with the address in its `From` and nothing else.
    pub fn mail(chance: &mut Chance, from: &str, body: &str) -> Try {
        let headers = format!("From: {from}\r\nTo: ask@shop.example\r\nSubject: question\r\n");
        Try { headers, body: body.to_owned(), ..Try::new(chance, Via::Mail, Level::Concerned) }
    }

    pub fn header(mut self, line: &str) -> Try {
        self.headers.push_str(line);
        self.headers.push_str("\r\n");
        self
    }

    pub fn given(mut self, mail: &str, phone: &str, name: &str) -> Try {
        (self.mail, self.phone, self.name) = (mail.to_owned(), phone.to_owned(), name.to_owned());
        self
    }

    pub fn asker(self, asker: Asker) -> Try {
        Try { asker, ..self }
    }

    pub fn reach(self, reach: Reach) -> Try {
        Try { reach, ..self }
    }

    pub fn changed_account(self, mail: &str, phone: &str) -> Try {
        Try { changed: Some((mail.to_owned(), phone.to_owned())), ..self }
    }

    pub fn guest_order(self, mail: &str, phone: &str, name: &str) -> Try {
        Try { order: Some((mail.to_owned(), phone.to_owned(), name.to_owned())), ..self }
    }

    pub fn many(self, times: i64) -> Try {
        Try { times, ..self }
    }

    /// What the house takes of it.
    fn question(&self) -> Question {
        let mut given = Given { mail: index(&self.mail), phone: index(&self.phone), name: index(&self.name) };
        if self.via == Via::Mail {
            let mail = format!("{}\r\n{}", self.headers, self.body);
            let written = bounce::written(mail.as_bytes());
            given = Given {
                mail: written.and_then(|w| w.from).and_then(|from| index(&from)),
                ..Given::default()
            };
        }
        Question { asker: self.asker, via: self.via, level: self.level, reach: self.reach, given }
    }
}

/// A record, where it leads, and what is told of it.
struct Entry {
    record: Record,
    mail: String,
    phone: String,
    name: String,
    /// Who empties the letter box at its postal address.
    home: String,
    state: State,
}

pub struct House(Vec<Entry>);

impl House {
    /// The house after what the attacker did. `None`: the victim never was a customer, and has no account to take over.
    pub fn of(victim: &Person, me: &Person, state: Option<State>, try_: &Try) -> House {
        let mut entries = Vec::new();
        let mut add =
            |person: u128, since, mail: &str, phone: &str, name: &str, home: &Person, state: State| {
                let record = Record {
                    id: Uuid::from_u128(entries.len() as u128 + 1),
                    person: Uuid::from_u128(person),
                    since,
                    mail: index(mail),
                    phone: index(phone),
                    name: index(name),
                    postal: true,
                    // The attacker's own order is none.
                    account: person != 3,
                };
                let (mail, phone, name) = (mail.to_owned(), phone.to_owned(), name.to_owned());
                entries.push(Entry { record, mail, phone, name, home: home.mail.clone(), state });
            };
        // The attacker is a customer, too, and what is told of him is the same in every house.
        let own = State { concerned: true, last4: Some("0000".into()) };
        add(2, BEGAN - 50, &me.mail, &me.phone, &me.name, me, own.clone());
        if let Some((mail, phone, name)) = &try_.order {
            add(3, BEGAN + 500, mail, phone, name, me, own);
        }
        if let Some(state) = state {
            add(1, BEGAN - 100, &victim.mail, &victim.phone, &victim.name, victim, state.clone());
            if let Some((mail, phone)) = &try_.changed {
                add(1, BEGAN + 100, mail, phone, &victim.name, victim, state);
            }
        }
        House(entries)
    }

    /// Plays it, and gives what `me` sees: the receipts, and what arrives at his mailbox, telephone and letter box. With a
    /// defect the house does one thing as many do it.
    pub fn play(&self, try_: &Try, me: &Person, defect: Option<Defect>) -> Vec<Seen> {
        let mut seen = Vec::new();
        let records: Vec<Record> = self.0.iter().map(|e| e.record).collect();
        // Whoever trusts every contact takes none for younger than the intrusion.
        let intrusion = if defect == Some(Defect::TrustsWhatWasChanged) { i64::MAX } else { BEGAN };
        for n in 0..try_.times {
            let at = try_.at + n * rhythm::ROUND_MS / try_.times.max(1);
            let kept = words::own(&try_.body);
            let mut receipt = Seen { at, what: format!("{} {}", receipt::text(Locale::Ja), kept.len()) };
            let decision = decide(&try_.question(), &records, Some(intrusion));
            if let Some(defect) = defect {
                self.spoil(defect, (try_, n), !decision.answers.is_empty(), &mut receipt);
            }
            seen.push(receipt);
            for answer in &decision.answers {
                let Some(to) = self.find(answer.to) else { continue };
                let mine = match answer.reach {
                    Reach::Mail => to.mail == me.mail || defect.is_some_and(|d| d.sends_to(try_, me)),
                    Reach::Call => to.phone == me.phone,
                    Reach::Letter => to.home == me.mail,
                };
                if mine {
                    let merged = defect == Some(Defect::PutsCasesTogether);
                    let told = self
                        .0
                        .iter()
                        .filter(|e| answer.about.contains(&e.record.id) || merged && e.shares_with(to));
                    let told: Vec<String> = told.map(|e| e.told(answer.level)).collect();
                    let what = format!("{} {}", answer.reach, told.join(","));
                    seen.push(Seen { at: rhythm::round_of(at), what });
                }
            }
            if let Some(told) = defect.and_then(|defect| self.told_by(defect, try_, me)) {
                seen.push(Seen { at: rhythm::round_of(at), what: told });
            }
        }
        seen
    }

    fn find(&self, id: Uuid) -> Option<&Entry> {
        self.0.iter().find(|e| e.record.id == id)
    }

    /// What a receipt says too much.
    fn spoil(&self, defect: Defect, (try_, n): (&Try, i64), found: bool, receipt: &mut Seen) {
        let known = || self.0.iter().filter(|e| e.bears_any(try_));
        match defect {
            Defect::ReceiptSaysWhetherFound if found => receipt.what.push_str(" We know you."),
            Defect::LooksUpWhileOneWaits if found => receipt.at += 3,
            Defect::CountsByRecord if found && n >= 3 => receipt.what = "too often".to_owned(),
            Defect::AnswersAtOnce => {
                receipt.what.extend(known().map(|e| e.told(try_.level)));
            }
            Defect::SuggestsAddresses => {
                receipt
                    .what
                    .extend(self.0.iter().filter(|e| nearly(&e.mail, &try_.mail)).map(|e| e.mail.clone()));
            }
            _ => {}
        }
    }

    /// What a house tells that believes what is typed or written.
    fn told_by(&self, defect: Defect, try_: &Try, me: &Person) -> Option<String> {
        let written = format!("{}\n{}", try_.headers, try_.body);
        let of: Vec<&Entry> = match defect {
            Defect::ReadsTheText if try_.headers.contains(&me.mail) => self
                .0
                .iter()
                .filter(|e| e.record.person.as_u128() == 1 && written.contains(&e.mail))
                .collect(),
            Defect::TakesSeveralSenders => {
                let from = try_.headers.lines().find(|line| line.starts_with("From:"))?;
                let takes =
                    |e: &&Entry| from.contains(&me.mail) && from.contains(&e.mail) && e.mail != me.mail;
                self.0.iter().filter(takes).collect()
            }
            Defect::AnswersWhatWasTyped
                if try_.via == Via::Phone || try_.mail == me.mail || try_.phone == me.phone =>
            {
                self.0.iter().filter(|e| e.bears_any(try_)).collect()
            }
            Defect::TakesNearForSame if try_.mail == me.mail => {
                self.0.iter().filter(|e| nearly(&e.name, &try_.name)).collect()
            }
            _ => return None,
        };
        let told: Vec<String> = of.iter().map(|e| e.told(try_.level)).collect();
        (!told.is_empty()).then(|| told.join(","))
    }
}

impl Entry {
    fn told(&self, level: Level) -> String {
        match level {
            Level::Concerned => format!("{}", self.state.concerned),
            Level::Card => format!("{} {:?}", self.state.concerned, self.state.last4),
        }
    }

    /// Whether it has anything in common with another one.
    fn shares_with(&self, other: &Entry) -> bool {
        let same = |a: Option<Index>, b: Option<Index>| a.is_some() && a == b;
        let (a, b) = (&self.record, &other.record);
        same(a.mail, b.mail) || same(a.phone, b.phone) || same(a.name, b.name)
    }

    /// Whether anything that was typed stands in it.
    fn bears_any(&self, try_: &Try) -> bool {
        let is = |typed: &str, has: &str| !typed.is_empty() && typed == has;
        is(&try_.mail, &self.mail) || is(&try_.phone, &self.phone) || is(&try_.name, &self.name)
    }
}

/// What the usual help desks do: each breaks one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// Who is not known is told so, be it by a refusal in SMTP.
    ReceiptSaysWhetherFound,
    /// It takes longer where there is something to read.
    LooksUpWhileOneWaits,
    /// Who asked too often about a record is refused; about none nobody is.
    CountsByRecord,
    /// Whoever knows enough sees it on the screen, or hears it on the telephone.
    AnswersAtOnce,
    /// "Did you mean …?"
    SuggestsAddresses,
    /// The answer goes to `Reply-To`.
    AnswersReplyTo,
    /// It goes to everybody in the mail.
    AnswersAll,
    /// It goes to each address in `From`, of which any may be the one that is known.
    TakesSeveralSenders,
    /// What stands in the text is taken for the sender's.
    ReadsTheText,
    /// It goes to the contact that was typed.
    AnswersWhatWasTyped,
    /// One letter more or less is the same name.
    TakesNearForSame,
    /// It goes to the newest contact of the account.
    TrustsWhatWasChanged,
    /// Whatever has a contact or a name in common is one person.
    PutsCasesTogether,
}

impl Defect {
    /// Whether the answer to a mail goes to the attacker as well.
    fn sends_to(self, try_: &Try, me: &Person) -> bool {
        let line =
            |name: &str| try_.headers.lines().any(|line| line.starts_with(name) && line.contains(&me.mail));
        match self {
            Defect::AnswersReplyTo => line("Reply-To:"),
            Defect::AnswersAll => line("Cc:") || line("Bcc:"),
            _ => false,
        }
    }
}

/// Whether two values differ in at most one character: changed, left out or put twice.
fn nearly(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let same = long.iter().zip(&short).take_while(|(x, y)| x == y).count();
    match long.len() - short.len() {
        0 => long[same..].iter().skip(1).eq(short[same..].iter().skip(1)),
        1 => long[same + 1..] == short[same..],
        _ => false,
    }
}
