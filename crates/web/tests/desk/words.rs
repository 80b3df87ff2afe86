//! Every word that the back office can meet has its text in both languages.

use domain::Locale;
use std::{fs, path::Path};
use web::view::Texts;

fn has(id: &str) {
    for locale in Locale::ALL {
        assert!(Texts::of(*locale).has(id), "{id} in {locale}");
    }
}

#[test]
fn every_family_has_all_its_words() {
    use domain::*;
    let family = |name: &str, words: &[&str]| {
        words.iter().for_each(|w| has(&format!("{name}-{}", w.replace('_', "-"))));
    };
    macro_rules! all {
        ($family:literal, $words:ty) => {
            family($family, &<$words>::ALL.iter().map(|w| w.word()).collect::<Vec<_>>())
        };
    }
    all!("bo-role", staff::StaffRole);
    all!("bo-order-state", order::OrderState);
    all!("bo-parcel-state", fulfillment::FulfillmentState);
    all!("bo-payment-state", payment::PaymentState);
    all!("bo-refund-state", payment::RefundState);
    all!("bo-method", payment::PaymentMethod);
    all!("bo-channel", order::Channel);
    all!("bo-language", Locale);
    all!("bo-mail", message::MessageKind);
    all!("bo-mail-state", message::DeliveryState);
    all!("bo-sale", catalog::SaleStatus);
    all!("bo-move", stock::StockReason);
    all!("bo-news-state", news::NewsState);
    all!("bo-inquiry-state", customer::InquiryState);
    all!("bo-detail", fulfillment::Carrier);
    all!("bo-detail", customer::InquiryState);
    all!("bo-event", order::OrderEvent);
    family("bo-event", &["placed", "shipped", "held", "released", "rest_stopped"]);
    family("bo-purpose", site::backoffice::PURPOSES);
    family("bo-detail", site::backoffice::PURPOSES);
    family("bo-reason", site::backoffice::REASONS);
    family("bo-detail", site::backoffice::REASONS);
    family("bo-done", site::backoffice::DONE);
    family("bo-done", site::staff::DONE);
    all!("bo-case-state", inquiry::CaseState);
    all!("bo-case-via", inquiry::Via);
    all!("inquiry-asker", inquiry::Asker);
    all!("inquiry-level", inquiry::Level);
    all!("inquiry-reach", inquiry::Reach);
    {
        use ::inquiry::Need;
        let needs = [
            Need::PowerOfAttorney,
            Need::CallBackByContract,
            Need::WrittenRequest,
            Need::ContactChanged,
            Need::NoSuchWay,
        ];
        let words: Vec<&str> = needs
            .map(web::inquiry::need_word)
            .into_iter()
            .chain(["no_incident", "to_be_told", "was_told", "undelivered"])
            .collect();
        family("bo-case-need", &words);
        family("bo-case-do", &words);
    }
    {
        use site::incident as inc;
        let parts: Vec<&str> = inc::PARTS_OF_FACTS.iter().map(|(word, _)| *word).collect();
        family("bo-inc-part", &parts);
        family("bo-inc-part", &["begin", "freeze", "file"]);
        family("bo-inc-lead", &parts);
        for (_, form) in inc::PARTS_OF_FACTS {
            let own = ["base", "entry", "go"];
            let names: Vec<&str> = form.fields.iter().map(|f| f.name).filter(|n| !own.contains(n)).collect();
            family("bo-inc-f", &names);
        }
        family("bo-inc-truth", inc::TRUTHS);
        family("bo-inc-both", inc::BOTH);
        family("bo-inc-rule", inc::RULES);
        family("bo-inc-known", inc::KNOWN);
        family("bo-inc-certainty", inc::CERTAINTIES);
        family("bo-inc-happened", inc::HAPPENED);
        family("bo-inc-progress", inc::PROGRESS);
        family("bo-inc-office", inc::OFFICES);
        family("bo-inc-filing", inc::FILINGS);
        family("bo-inc-payer", inc::PAYERS);
        family("bo-inc-question-part", inc::PARTS);
        family("bo-inc-read", inc::READINGS);
        family("bo-inc-level", &["confirmed", "possible", "affected"]);
        family("bo-done", inc::DONE);
        family("bo-done", site::inquiry::DONE);
    }
    all!("bo-camp-state", notice::CampaignState);
    all!("bo-camp-fate", notice::Fate);
    all!("bo-camp-list", notice::NoticeState);
    all!("bo-camp-returned", message::ReturnOutcome);
    family("bo-camp-state", &["ended"]);
    family("bo-camp-source", &["order", "imported", "customer", "none"]);
    family("bo-camp-pace", site::campaign::PACES);
    family("bo-done", site::campaign::DONE);
    all!("bo-letters-state", letter::BatchState);
    all!("bo-letters-next", letter::BatchState);
    all!("bo-letter-state", letter::LetterState);
    all!("bo-letters-return", letter::LetterReturn);
    family("bo-letters-unfit", &["incomplete", "no_glyph", "too_long", "no_text", "erased", "closed"]);
    family("bo-letters-trouble", &["font", "text", "changed", "vault", "disk", "database", "stopped"]);
    family("bo-done", site::letters::DONE);
    all!("bo-staff-status", staff::StaffStatus);
    family("bo-refund-reason", &["canceled", "surplus", "staff"]);
    {
        use store::payment::{HOLD_AMOUNT, HOLD_DISPUTE, HOLD_LAPSED, HOLD_REFUND};
        family("bo-hold", &[HOLD_AMOUNT, HOLD_DISPUTE, HOLD_LAPSED, HOLD_REFUND, "refunded"]);
    }
    family("bo-stock-state", &["fine", "low", "none", "off"]);
    family("bo-stock-show", &["all", "low"]);
    family("bo-news-state", &["waiting"]);
    family("bo-picture-wrong", &["type", "broken"]);
    for word in web::error::Fault::WORDS.iter().chain(&["budget", "refused"]) {
        has(&format!("bo-fault-{word}-title"));
        has(&format!("bo-fault-{word}-body"));
    }
}

#[test]
fn every_action_that_is_noted_has_its_words() {
    let mut noted = 0;
    for text in sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/backoffice"))) {
        for area in [
            "order", "orders", "product", "category", "stock", "inquiry", "news", "staff", "incident",
            "case", "campaign", "letters", "letter",
        ] {
            for at in text.split(&format!("\"{area}.")).skip(1) {
                let word = at.split('"').next().unwrap();
                has(&format!("bo-action-{area}-{}", word.replace('_', "-")));
                noted += 1;
            }
        }
    }
    has("bo-action-sign-in");
    assert!(noted >= 14, "{noted}");
}

fn sources(folder: &Path) -> Vec<String> {
    let mut out = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        match path.is_dir() {
            true => out.extend(sources(&path)),
            false => out.push(fs::read_to_string(path).unwrap()),
        }
    }
    out
}
