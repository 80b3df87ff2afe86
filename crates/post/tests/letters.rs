//! Letters as they are written. With `DOZO_LETTERS=folder` each one is also put there, to be looked at.
#![allow(clippy::unwrap_used, reason = "for tests")]

mod common;

use common::{FakeVault, facts, shop};
use domain::{Locale, Yen, fulfillment::Carrier, order::OrderState, payment::PaymentMethod};
use post::{About, Facts, Letter, Shipment, Unopened, smtp};
use uuid::Uuid;
use vault_api::{AccountMessage, AccountMessageKind, NotOpened, OpenedMessage, UnsealItem, VaultError};

fn shipment() -> About {
    About::Shipped(Shipment {
        recipient: Uuid::from_u128(12),
        carrier: Some(Carrier::Yamato),
        tracking_number: Some("123456789012".into()),
        shipped_at_ms: Some(1_795_446_300_000),
    })
}

type Make = fn() -> About;

fn all() -> Vec<(&'static str, Make)> {
    vec![
        ("received", || About::Received),
        ("paid", || About::Paid),
        ("shipped", shipment),
        ("canceled", || About::Canceled),
        ("refunded", || About::Refunded(Yen::new(13_724))),
    ]
}

fn letter(facts: &Facts, vault: &FakeVault) -> Letter {
    let people = post::open(vault, facts).expect("the fake vault opens everything");
    post::write(facts, &people, &shop()).unwrap()
}

#[test]
fn each_says_what_it_should_in_both_languages() {
    let folder = std::env::var_os("DOZO_LETTERS").map(std::path::PathBuf::from);
    for (name, about) in all() {
        for locale in Locale::ALL {
            let facts = facts(about(), *locale);
            let letter = letter(&facts, &FakeVault::default());
            if let Some(folder) = &folder {
                std::fs::write(folder.join(format!("{name}-{locale}.html")), &letter.html).unwrap();
                std::fs::write(folder.join(format!("{name}-{locale}.txt")), &letter.text).unwrap();
            }
            assert!(letter.subject.contains("R26-0000-1234"), "{}", letter.subject);
            let link = "http://shop.localhost:8080/o/";
            for part in [&letter.text, &letter.html] {
                assert!(part.contains("R26-0000-1234") && part.contains(link) && part.contains("山田 花子"));
                assert!(!part.contains("{ $") && !part.contains('\u{2068}'), "{name} {locale}");
                assert!(!part.contains("090"), "no telephone number of a customer");
            }
            assert!(
                !letter.html.contains("<script")
                    && !letter.html.contains("<img")
                    && !letter.html.contains("<table")
            );
            // All links lead to the shop.
            assert!(
                letter.html.split("href=\"").skip(1).all(|l| l.starts_with("http://shop.localhost:8080/"))
            );
        }
    }
}

#[test]
fn the_order_as_it_was_placed() {
    let letter = letter(&facts(About::Received, Locale::Ja), &FakeVault::default());
    assert_eq!(letter.subject, "【栗鼠堂】ご注文ありがとうございます（ご注文番号 R26-0000-1234）");
    for part in [&letter.text, &letter.html] {
        for wanted in [
            "山田 花子 様",
            "2026年11月23日（月）00:05",
            "クレジットカード（Visa 末尾 4242）",
            "お届け先（2／2件目）",
            "〒390-0874",
            "長野県諏訪郡胡桃町一丁目2-3 栗の木ハイツ 201号",
            "御祝（紅白蝶結び）",
            "いつまでもお元気で。",
            "2026年11月28日（土）午前中",
            "くるみ羊羹 一棹※",
            "1,620円 × 3点",
            "4,860円",
            "木の実の風呂敷",
            "13,724円",
            "8％対象 11,124円（うち消費税 824円）",
            "10％対象 2,600円（うち消費税 236円）",
        ] {
            assert!(part.contains(wanted), "{wanted} is missing in:\n{part}");
        }
        assert!(!part.contains("風呂敷※") && !part.contains("代引"));
    }
    assert!(letter.text.contains("佐藤 & きく 様") && letter.html.contains("佐藤 &#38; きく 様"));
}

#[test]
fn what_is_to_be_paid_depends_on_how() {
    let mut cash = facts(About::Received, Locale::Ja);
    cash.order.method = PaymentMethod::CashOnDelivery;
    cash.order.cod_fee = Yen::new(440);
    let cash = letter(&cash, &FakeVault::default());
    assert!(cash.text.contains("配送員へ現金で") && cash.text.contains("代引手数料: 440円"));
    assert!(!cash.text.contains("4242"));
    let mut waiting = facts(About::Received, Locale::Ja);
    waiting.order.state = OrderState::AwaitingPayment;
    assert!(letter(&waiting, &FakeVault::default()).text.contains("お支払いがまだお済みでない場合"));
}

#[test]
fn a_cancellation_says_where_the_money_is() {
    let says = |received: i64, refunded: i64| {
        let mut facts = facts(About::Canceled, Locale::Ja);
        facts.order.received = Yen::new(received);
        facts.order.refunded = Yen::new(refunded);
        letter(&facts, &FakeVault::default()).text
    };
    assert!(says(0, 0).contains("お支払いは発生しておりません"));
    assert!(says(500, 0).contains("500円は、お使いになったカードへお返しいたします"));
    assert!(says(500, 500).contains("お返しする手続きをいたしました"));
}

#[test]
fn opens_no_more_than_it_shows() {
    for (name, about) in all() {
        let vault = FakeVault::default();
        letter(&facts(about(), Locale::Ja), &vault);
        let asked = vault.asked.lock().unwrap().clone();
        let base = ["orders.email", "orders.contact"];
        let more: &[&str] = match name {
            "received" => &["order_recipient.contact", "order_recipient.contact", "order_recipient.message"],
            "shipped" => &["order_recipient.contact"],
            _ => &[],
        };
        assert_eq!(asked, [&base, more].concat(), "{name}");
    }
}

#[test]
fn a_closed_field_is_no_letter() {
    struct Closed;
    impl post::Opener for Closed {
        fn open(
            &self,
            grant: &[u8],
            message: Uuid,
            kind: vault_api::MessageKind,
            items: Vec<UnsealItem>,
        ) -> Result<OpenedMessage, VaultError> {
            let mut opened = FakeVault::default().open(grant, message, kind, items)?;
            opened.opened[1] = Err(NotOpened::NoKey);
            Ok(opened)
        }

        fn open_account(&self, _: &[u8], _: Uuid) -> Result<AccountMessage, VaultError> {
            Err(VaultError::Unavailable)
        }
    }
    let facts = facts(About::Paid, Locale::Ja);
    assert_eq!(post::open(&Closed, &facts).err(), Some(Unopened::Closed(NotOpened::NoKey)));
}

#[test]
fn packed_and_stuffed_it_fits_the_wire() {
    let facts = facts(About::Received, Locale::Ja);
    let vault = FakeVault::default();
    let people = post::open(&vault, &facts).unwrap();
    let author = post::Author::of("栗鼠堂", &post::Address::parse("shop@risudo.example").unwrap(), "");
    let letter = post::write(&facts, &people, &shop()).unwrap();
    let bytes = post::pack(letter, &author, &people.to, facts.message, 0, "ja").unwrap();
    let wire = smtp::stuffed(&bytes);
    assert!(wire.is_ascii() && wire.split(|b| *b == b'\n').all(|l| l.len() <= 998));
}

/// Anybody can have an answer sent, and whose pages lie elsewhere links there: it opens no order and promises nothing of links.
#[test]
fn an_answer_to_an_inquiry_opens_no_order() {
    for locale in Locale::ALL {
        let answer =
            || post::Answer { subject: "件名".into(), paragraphs: vec!["https://x.example/a".into()] };
        let facts = facts(About::Answer(answer()), *locale);
        let account = post::AccountFacts {
            message: facts.message,
            created_at_ms: 0,
            locale: *locale,
            grant: vec![0],
            answer: Some(answer()),
        };
        let message = common::account_message(AccountMessageKind::Answer, "hanako@example.jp");
        let account = post::write_account(&account, &message, &shop()).unwrap();
        for letter in [letter(&facts, &FakeVault::default()), account] {
            for part in [&letter.text, &letter.html] {
                assert!(!part.contains("/o/") && part.contains("http://shop.localhost:8080/notice"));
                for wrong in ["会員のお手続き", "で始まります", "your account", "begins with"] {
                    assert!(!part.contains(wrong), "{wrong}");
                }
            }
        }
    }
}

/// Whoever orders in cash proves no mail address: the shop does not greet its owner with a stranger's link.
#[test]
fn a_name_that_holds_a_link_is_not_said() {
    for (locale, instead) in [(Locale::Ja, "お客様\n"), (Locale::En, "Dear customer,\n")] {
        for about in [About::Received, About::Paid] {
            let facts = facts(about, locale);
            let mut people = post::open(&FakeVault::default(), &facts).unwrap();
            let phish = domain::person::Personal::new("至急 https://kuri-card.example/k で確認");
            people.name = phish.clone();
            for (_, recipient) in &mut people.recipients {
                recipient.contact.name = phish.clone();
            }
            let letter = post::write(&facts, &people, &shop()).unwrap();
            assert!(letter.text.starts_with(instead), "{}", letter.text);
            assert!(!letter.text.contains("kuri-card") && !letter.html.contains("kuri-card"));
        }
    }
}

#[test]
fn mails_about_accounts_say_what_the_vault_says_in_both_languages() {
    let folder = std::env::var_os("DOZO_LETTERS").map(std::path::PathBuf::from);
    let mut subjects = std::collections::BTreeSet::new();
    for (number, kind) in common::ACCOUNT_KINDS.into_iter().enumerate() {
        for locale in Locale::ALL {
            let facts = post::AccountFacts {
                message: Uuid::from_u128(99),
                created_at_ms: 1_795_359_900_000,
                locale: *locale,
                grant: vec![0],
                answer: None,
            };
            let message = common::account_message(kind, "hanako@example.jp");
            let letter = post::write_account(&facts, &message, &shop()).unwrap();
            if let Some(folder) = &folder {
                std::fs::write(folder.join(format!("account-{number}-{locale}.html")), &letter.html).unwrap();
            }
            assert!(subjects.insert(letter.subject.clone()), "{}", letter.subject);
            let page = if kind == AccountMessageKind::StaffInvited { "admin/link" } else { "a" };
            let instead = if kind == AccountMessageKind::Answer { "/notice" } else { "/contact" };
            let link = message
                .link
                .as_ref()
                .map(|token| format!("http://shop.localhost:8080/{page}/{}", token.to_text()));
            for part in [&letter.text, &letter.html] {
                assert!(!part.contains("{ $") && !part.contains("hanako"), "{kind:?} {locale}");
                match &link {
                    Some(link) => assert!(part.contains(link) && part.contains("24"), "{kind:?} {locale}"),
                    None => assert!(!part.contains("/a/") && part.contains(instead), "{kind:?} {locale}"),
                }
            }
            assert!(!letter.text.contains("────────────────────\n\n────"), "no empty part");
            assert!(
                letter.html.split("href=\"").skip(1).all(|l| l.starts_with("http://shop.localhost:8080/"))
            );
        }
    }
}
