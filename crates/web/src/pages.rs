//! What the page manifest is derived from: the templates' own text, which of them answers for which kind of page, and
//! the shop's texts. A new template gets its line here; one that has none fails a test.

use crate::view::Texts;
use domain::Locale;
use incident::vocabulary::{ITEMS, Words};
use site::PageKind;
use std::collections::BTreeMap;

/// Every template with its text, as it was when the program was built.
pub static TEMPLATES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/templates.rs"));
/// The page that says what is wrong: in the shop, and in the back office. It may answer everywhere.
pub const FAULTS: [&str; 2] = ["shop/fault.html", "backoffice/fault.html"];
/// Holes for what staff wrote with Markdown: template and expression.
pub const MARKUP: &[(&str, &str)] = &[
    ("shop/piece.html", "body"),
    ("backoffice/piece.html", "p.body_ja"),
    ("backoffice/piece.html", "p.body_en"),
];

/// The templates that may answer for a kind of page, beside [`FAULTS`].
pub fn of_kind(kind: PageKind) -> &'static [&'static str] {
    use PageKind as K;
    match kind {
        K::Home => &["shop/home.html"],
        K::Category => &["shop/category.html"],
        K::Product => &["shop/product.html"],
        K::Search => &["shop/search.html"],
        K::Cart => &["shop/cart.html"],
        // Each of these forms leads to each of the others.
        K::Checkout | K::Confirm => &[
            "checkout/form.html",
            "checkout/recipients.html",
            "checkout/recipient.html",
            "checkout/confirm.html",
        ],
        K::CheckoutReturn => &[],
        K::Order => &["checkout/order.html"],
        K::Receipt => &["checkout/receipt.html"],
        K::OrderLink => &["account/word.html"],
        K::Legal => &["shop/legal.html"],
        K::Stores => &["shop/stores.html"],
        K::News => &["shop/news.html", "shop/piece.html"],
        K::Notice => &["shop/notice.html"],
        K::Inquiry => &["shop/inquiry.html", "shop/inquiry_sent.html"],
        K::Contact => &["shop/contact.html", "shop/contact_sent.html"],
        K::SignIn => &["account/sign_in.html"],
        K::Register | K::Forgot => &["account/ask.html", "account/word.html"],
        K::RegisterConfirm | K::ForgotConfirm => {
            &["account/register.html", "account/reset.html", "account/mail_confirm.html", "account/word.html"]
        }
        K::AccountWord => &["account/word.html"],
        K::Account => &["account/account.html"],
        K::AccountOrders => &["account/orders.html"],
        K::AccountProfile | K::AccountAddress => &["account/contact.html"],
        K::AccountAddresses => &["account/addresses.html", "account/contact.html"],
        K::AccountPassword | K::AccountMail => &["account/form.html", "account/word.html"],
        K::AccountLeave => &["account/leave.html", "account/word.html"],
        K::OrderAgain => &["account/again.html"],
        K::AccountCards => &["account/cards.html"],
        K::AccountPasskeys => &["account/passkeys.html"],
        K::AccountSignIns => &["account/sign_ins.html", "account/passkeys.html"],
        K::Data | K::Picture | K::Asset | K::Webhook => &[],
        K::StaffSignIn => &["backoffice/sign_in.html", "backoffice/link.html"],
        K::StaffSetup => &["backoffice/setup.html"],
        K::Dashboard => &["backoffice/dashboard.html"],
        K::StaffOrders => &["backoffice/orders.html"],
        K::StaffOrder => &["backoffice/order.html"],
        K::StaffSlip => &["backoffice/slip.html"],
        K::StaffProducts => &["backoffice/products.html"],
        K::StaffProduct => &["backoffice/product.html", "backoffice/product_new.html"],
        K::StaffStock => &["backoffice/stock.html", "backoffice/variant.html"],
        K::StaffInquiries => &["backoffice/inquiries.html", "backoffice/inquiry.html"],
        K::StaffNews => &["backoffice/news.html", "backoffice/piece.html"],
        K::StaffReconciliation => &["backoffice/reconciliations.html", "backoffice/reconciliation.html"],
        K::StaffVault => &["backoffice/vault.html"],
        K::StaffCases => &["backoffice/cases.html", "backoffice/case_new.html", "backoffice/case.html"],
        K::StaffIncidents => &[
            "backoffice/incidents.html",
            "backoffice/incident_new.html",
            "backoffice/incident.html",
            "backoffice/incident_part.html",
            "backoffice/incident_read.html",
        ],
        K::StaffCampaigns => &["backoffice/campaigns.html", "backoffice/campaign.html"],
        K::StaffLetters => &["backoffice/letters.html", "backoffice/letter_batch.html"],
        K::StaffExports => &["backoffice/exports.html"],
        K::StaffWatch => &["backoffice/watch.html"],
        K::StaffOwn => &["backoffice/me.html"],
        K::StaffList => &["backoffice/staff.html"],
    }
}

/// The shop's texts without arguments, Japanese and English, by id; what an incident's items are called among them.
pub fn words() -> BTreeMap<String, [String; 2]> {
    let en = Texts::of(Locale::En);
    let both = |(id, ja): (&str, &str)| (id.to_owned(), [ja.to_owned(), en.s(id).to_owned()]);
    let item = |(word, name): &(&str, Words)| (format!("item-{word}"), [name.ja.into(), name.en.into()]);
    Texts::of(Locale::Ja).all_plain().map(both).chain(ITEMS.iter().map(item)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_answers_somewhere() {
        for (name, text) in TEMPLATES {
            let page = text.starts_with("{% extends");
            let answers =
                FAULTS.contains(name) || PageKind::ALL.iter().any(|kind| of_kind(*kind).contains(name));
            assert_eq!(page, answers, "{name}");
        }
    }
}
