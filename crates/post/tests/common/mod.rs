//! Stand-ins: a vault that opens everything, a mail server that dies on cue, an order worth a mail.
#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    clippy::unwrap_used,
    reason = "for tests, of which each uses a part"
)]

pub mod campaign;

use domain::{
    Locale, Yen,
    delivery::TimeSlot,
    noshi::{Noshi, NoshiPlace, Wrapping},
    order::OrderState,
    payment::PaymentMethod,
    person::{Contact, GiftWords, Personal},
    tax::{TaxClass, TaxLine},
};
use post::{About, Card, Facts, LineFacts, OrderFacts, PerLocale, RecipientFacts, Shop};
use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
};
use uuid::Uuid;
use vault_api::{
    AccountMessage, AccountMessageKind, LinkToken, MessageKind, OpenedMessage, Plain, Sealed, Secret,
    UnsealItem, VaultError,
};

/// What the fake vault calls sealing: enough that a scan for plain text finds none.
pub fn seal(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|b| b ^ 0x5a).collect()
}

/// Opens what [`seal`] sealed, and counts.
#[derive(Default)]
pub struct FakeVault {
    pub opened: AtomicUsize,
    pub asked: Mutex<Vec<String>>,
    pub fails: Mutex<Option<VaultError>>,
}

impl post::Opener for FakeVault {
    fn open(
        &self,
        _grant: &[u8],
        message: Uuid,
        kind: MessageKind,
        items: Vec<UnsealItem>,
    ) -> Result<OpenedMessage, VaultError> {
        if let Some(error) = self.fails.lock().unwrap().clone() {
            return Err(error);
        }
        self.opened.fetch_add(1, Ordering::SeqCst);
        let places = items.iter().map(|i| i.place.column.to_string());
        *self.asked.lock().unwrap() = places.collect();
        let mut token = [7; 32];
        token[..16].copy_from_slice(message.as_bytes());
        Ok(OpenedMessage {
            opened: items.into_iter().map(|i| Ok(Plain::new(seal(i.sealed.as_bytes())))).collect(),
            order_link: (kind != MessageKind::InquiryAnswer).then(|| LinkToken::from_bytes(token)),
        })
    }

    /// A grant of the fake vault says for itself what its mail is: the number of a kind, then the address.
    fn open_account(&self, grant: &[u8], _message: Uuid) -> Result<AccountMessage, VaultError> {
        if let Some(error) = self.fails.lock().unwrap().clone() {
            return Err(error);
        }
        self.opened.fetch_add(1, Ordering::SeqCst);
        let (number, to) = grant.split_first().unwrap();
        Ok(account_message(ACCOUNT_KINDS[usize::from(*number)], std::str::from_utf8(to).unwrap()))
    }
}

/// Every kind of mail about an account.
pub const ACCOUNT_KINDS: [AccountMessageKind; 14] = [
    AccountMessageKind::Register,
    AccountMessageKind::AlreadyRegistered,
    AccountMessageKind::Reset,
    AccountMessageKind::NotRegistered,
    AccountMessageKind::PasswordChanged,
    AccountMessageKind::MailConfirm,
    AccountMessageKind::MailTaken,
    AccountMessageKind::MailAsked,
    AccountMessageKind::MailChanged,
    AccountMessageKind::Left,
    AccountMessageKind::PasskeyAdded,
    AccountMessageKind::PasskeyRemoved,
    AccountMessageKind::StaffInvited,
    AccountMessageKind::Answer,
];

/// What the vault says of a mail of this kind.
pub fn account_message(kind: AccountMessageKind, to: &str) -> AccountMessage {
    use AccountMessageKind as K;
    let linked = matches!(
        kind,
        K::Register | K::AlreadyRegistered | K::Reset | K::NotRegistered | K::MailConfirm | K::StaffInvited
    );
    AccountMessage {
        kind,
        to: Secret::new(to),
        link: linked.then(|| LinkToken::from_bytes([9; 32])),
        link_hours: if linked { 24 } else { 0 },
    }
}

pub fn contact(name: &str, city: &str) -> Contact {
    let p = |text: &str| Personal::new(text);
    Contact {
        name: p(name),
        kana: p("カナ"),
        phone: p("09011112222"),
        postcode: p("3900874"),
        prefecture: p("長野県"),
        city: p(city),
        street: p("一丁目2-3"),
        building: p("栗の木ハイツ 201号"),
    }
}

/// Letters for the usual envelopes, in a folder beside the shop's.
pub fn letters(dir: &std::path::Path) -> post::printing::Config {
    post::printing::Config { folder: dir.join("letters"), envelope: letters::Envelope::LONG_3 }
}

pub fn shop() -> Shop {
    let two = |ja: &str, en: &str| PerLocale { ja: ja.into(), en: en.into() };
    Shop {
        name: two("栗鼠堂", "Risudo"),
        address: two("長野県栗本市木の実町一丁目1番1号", "1-1-1 Konomi-cho, Kurimoto, Nagano"),
        phone: "0260-00-0000".into(),
        email: "shop@risudo.example".into(),
        origin: "http://shop.localhost:8080".into(),
    }
}

fn line(ja: &str, en: &str, price: i64, quantity: u32, tax: TaxClass) -> LineFacts {
    LineFacts { name_ja: ja.into(), name_en: en.into(), unit_price: Yen::new(price), quantity, tax }
}

/// An order of two recipients, the second a gift.
pub fn facts(about: About, locale: Locale) -> Facts {
    let sealed = |bytes: Vec<u8>| Sealed::from_bytes(seal(&bytes));
    let words = GiftWords {
        message: Personal::new("祖母へ\nいつまでもお元気で。"),
        noshi_name: Personal::new("山田"),
    };
    let own = RecipientFacts {
        id: Uuid::from_u128(11),
        person: Uuid::from_u128(2),
        is_orderer: true,
        contact: sealed(contact("山田 花子", "栗本市木の実町").to_bytes()),
        words: None,
        noshi: Noshi::None,
        noshi_place: NoshiPlace::Inside,
        wrapping: Wrapping::None,
        delivery_date: None,
        slot: TimeSlot::Any,
        lines: vec![
            line("栗かのこ 6個入", "Chestnut kanoko, box of 6", 2_160, 2, TaxClass::Reduced),
            line(
                "どんぐり最中 10個入（季節の包み・数量限定）",
                "Acorn monaka, box of 10",
                1_944,
                1,
                TaxClass::Reduced,
            ),
        ],
    };
    let gift = RecipientFacts {
        id: Uuid::from_u128(12),
        person: Uuid::from_u128(3),
        is_orderer: false,
        contact: sealed(contact("佐藤 & きく", "諏訪郡胡桃町").to_bytes()),
        words: Some(sealed(words.to_bytes())),
        noshi: Noshi::Celebration,
        noshi_place: NoshiPlace::Outside,
        wrapping: Wrapping::Paper,
        delivery_date: Some(jiff::civil::date(2026, 11, 28)),
        slot: TimeSlot::Morning,
        lines: vec![
            line("くるみ羊羹 一棹", "Walnut yokan, one bar", 1_620, 3, TaxClass::Reduced),
            line("木の実の風呂敷", "Wrapping cloth", 1_100, 1, TaxClass::Standard),
        ],
    };
    let order = OrderFacts {
        id: Uuid::from_u128(1),
        person: Uuid::from_u128(2),
        number: "R26-0000-1234".into(),
        locale,
        state: OrderState::Confirmed,
        method: PaymentMethod::Card,
        placed_at_ms: 1_795_359_900_000,
        goods: Yen::new(12_224),
        shipping_fee: Yen::new(1_500),
        cool_fee: Yen::ZERO,
        cod_fee: Yen::ZERO,
        total: Yen::new(13_724),
        tax: vec![
            TaxLine { class: TaxClass::Reduced, gross: Yen::new(11_124), tax: Yen::new(824) },
            TaxLine { class: TaxClass::Standard, gross: Yen::new(2_600), tax: Yen::new(236) },
        ],
        email: sealed(b"hanako@example.jp".to_vec()),
        contact: sealed(contact("山田 花子", "栗本市木の実町").to_bytes()),
        grant: Some(vec![1]),
        recipients: vec![own, gift],
        card: Some(Card { brand: "visa".into(), last4: "4242".into() }),
        received: Yen::new(13_724),
        refunded: Yen::ZERO,
    };
    Facts { message: Uuid::from_u128(99), created_at_ms: 1_795_359_900_000, about, order }
}

/// Where a connection ends from the server's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dies {
    BeforeGreeting,
    AfterMail,
    AfterRcpt,
    MidData,
    AfterDot,
    AfterAnswer,
    Never,
}

/// How one connection goes: where it dies, and answers other than the usual ones (verb, whole answer).
#[derive(Clone)]
pub struct Script {
    pub dies: Dies,
    pub answers: Vec<(&'static str, &'static str)>,
}

impl Script {
    pub fn dies(dies: Dies) -> Script {
        Script { dies, answers: Vec::new() }
    }

    pub fn answers(answers: &[(&'static str, &'static str)]) -> Script {
        Script { dies: Dies::Never, answers: answers.to_vec() }
    }
}

/// A mail server that follows one script for each connection, the last one for all that follow.
pub struct FakeServer {
    pub port: u16,
    /// Contents whose final dot arrived, with their recipient, whether or not they were answered.
    pub seen: Arc<Mutex<Vec<(String, String)>>>,
    /// What was said after MAIL, each time.
    pub senders: Arc<Mutex<Vec<String>>>,
    pub connections: Arc<AtomicUsize>,
    /// One word for each connection that the server ended.
    pub ended: Mutex<mpsc::Receiver<()>>,
}

impl FakeServer {
    pub fn start(scripts: Vec<Script>) -> FakeServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (seen, senders) = (Arc::default(), Arc::default());
        let connections = Arc::new(AtomicUsize::new(0));
        let (tell, ended) = mpsc::channel();
        let (theirs, from, count) = (Arc::clone(&seen), Arc::clone(&senders), Arc::clone(&connections));
        std::thread::spawn(move || {
            for (at, stream) in listener.incoming().enumerate() {
                let script = scripts[at.min(scripts.len() - 1)].clone();
                let (seen, from, tell) = (Arc::clone(&theirs), Arc::clone(&from), tell.clone());
                count.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || {
                    let _ = talk(stream.unwrap(), &script, &seen, &from);
                    let _ = tell.send(());
                });
            }
        });
        FakeServer { port, seen, senders, connections, ended: Mutex::new(ended) }
    }

    pub fn server(&self) -> post::smtp::Server {
        post::smtp::Server { host: "localhost".into(), port: self.port, login: None }
    }

    pub fn seen(&self) -> Vec<(String, String)> {
        self.seen.lock().unwrap().clone()
    }
}

fn talk(
    stream: TcpStream,
    script: &Script,
    seen: &Mutex<Vec<(String, String)>>,
    senders: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut from = BufReader::new(stream.try_clone()?);
    let say = |verb: &str, usual: &str| {
        let other = script.answers.iter().find(|(v, _)| *v == verb).map(|(_, a)| *a);
        (&stream).write_all(format!("{}\r\n", other.unwrap_or(usual)).as_bytes())
    };
    if script.dies == Dies::BeforeGreeting {
        return Ok(());
    }
    say("", "220 mail.localhost")?;
    let mut to = String::new();
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let verb = line.split([' ', '\r']).next().unwrap_or_default();
        match verb {
            "EHLO" => say("EHLO", "250-mail.localhost\r\n250 SIZE 1000000")?,
            "MAIL" => {
                senders.lock().unwrap().push(line.trim_end().to_owned());
                say("MAIL", "250 ok")?;
            }
            "RCPT" => {
                to = line.trim_end().to_owned();
                let verb = if line.contains('"') { "RCPT quoted" } else { "RCPT" };
                say(verb, "250 ok")?;
            }
            "DATA" => {
                say("DATA", "354 go")?;
                if script.dies == Dies::MidData {
                    // What was sent is left unread: the kernel resets the connection.
                    stream.peek(&mut [0])?;
                    return Ok(());
                }
                let mut content = String::new();
                loop {
                    let mut line = String::new();
                    if from.read_line(&mut line)? == 0 {
                        return Ok(());
                    }
                    if line == ".\r\n" {
                        break;
                    }
                    content.push_str(&line);
                }
                seen.lock().unwrap().push((to.clone(), content));
                if script.dies == Dies::AfterDot {
                    return Ok(());
                }
                say(".", "250 kept")?;
                if script.dies == Dies::AfterAnswer {
                    return Ok(());
                }
            }
            "QUIT" => return say("QUIT", "221 bye"),
            _ => say(verb, "250 ok")?,
        }
        if (verb == "MAIL" && script.dies == Dies::AfterMail)
            || (verb == "RCPT" && script.dies == Dies::AfterRcpt)
        {
            return Ok(());
        }
    }
}
