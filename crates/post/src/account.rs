//! Mails about accounts, as texts. Whom one goes to has no name here: the vault knows the address and nothing else.

use crate::{
    Shop,
    facts::AccountFacts,
    tongue::{Tongue, say},
    view::{Link, Sender, View},
};
use vault_api::{AccountMessage, AccountMessageKind as Kind};

/// All texts of a mail about an account.
pub(crate) fn view(facts: &AccountFacts, message: &AccountMessage, shop: &Shop) -> View {
    let t = Tongue::of(facts.locale);
    let name = shop.name.of(facts.locale);
    let ((subject, title), paragraphs) = match &facts.answer {
        Some(answer) => ((answer.subject.clone(), answer.subject.clone()), answer.paragraphs.clone()),
        None => (head(t, message.kind, name), paragraphs(t, message.kind, name)),
    };
    View {
        lang: t.locale.word(),
        subject,
        preheader: paragraphs.first().cloned().unwrap_or_default(),
        title,
        greeting: say!(t, "account-greeting"),
        paragraphs,
        order_heading: String::new(),
        order_rows: Vec::new(),
        parcels: Vec::new(),
        sums: Vec::new(),
        tax_notes: Vec::new(),
        link: link(t, message, shop),
        closing: say!(t, "closing"),
        automatic: match message.kind {
            Kind::Answer => say!(t, "answer-automatic"),
            _ => say!(t, "account-automatic", origin = format!("{}/", shop.origin)),
        },
        shop: Sender::of(t, shop),
    }
}

/// Subject and title.
fn head(t: &Tongue, kind: Kind, shop: &str) -> (String, String) {
    let title = match kind {
        Kind::Register => say!(t, "account-title-register"),
        Kind::AlreadyRegistered => say!(t, "account-title-already"),
        Kind::Reset => say!(t, "account-title-reset"),
        Kind::NotRegistered => say!(t, "account-title-none"),
        Kind::PasswordChanged => say!(t, "account-title-password"),
        Kind::MailConfirm => say!(t, "account-title-mail-confirm"),
        Kind::MailTaken => say!(t, "account-title-mail-taken"),
        Kind::MailAsked => say!(t, "account-title-mail-asked"),
        Kind::MailChanged => say!(t, "account-title-mail-changed"),
        Kind::Left => say!(t, "account-title-left"),
        Kind::PasskeyAdded => say!(t, "account-title-passkey-added"),
        Kind::PasskeyRemoved => say!(t, "account-title-passkey-removed"),
        Kind::StaffInvited => say!(t, "account-title-staff"),
        Kind::ExportAlone => say!(t, "account-title-export"),
        // Its words are the answer's own.
        Kind::Answer => say!(t, "account-title-answer"),
    };
    (say!(t, "account-subject", shop = shop, title = title.as_str()), title)
}

fn paragraphs(t: &Tongue, kind: Kind, shop: &str) -> Vec<String> {
    let not_me = || say!(t, "account-not-me-harmless");
    let alarm = || say!(t, "account-not-me-alarm");
    match kind {
        Kind::Register => vec![say!(t, "account-register", shop = shop), not_me()],
        Kind::AlreadyRegistered => vec![say!(t, "account-already", shop = shop), not_me()],
        Kind::Reset => vec![say!(t, "account-reset", shop = shop), not_me()],
        Kind::NotRegistered => vec![say!(t, "account-none", shop = shop), not_me()],
        Kind::PasswordChanged => {
            vec![say!(t, "account-password", shop = shop), say!(t, "account-password-passkeys"), alarm()]
        }
        Kind::MailConfirm => vec![say!(t, "account-mail-confirm", shop = shop), not_me()],
        Kind::MailTaken => vec![say!(t, "account-mail-taken", shop = shop), not_me()],
        Kind::MailAsked => vec![say!(t, "account-mail-asked", shop = shop), alarm()],
        Kind::MailChanged => vec![say!(t, "account-mail-changed", shop = shop), alarm()],
        Kind::Left => vec![say!(t, "account-left", shop = shop), say!(t, "account-left-kept")],
        Kind::PasskeyAdded => {
            vec![say!(t, "account-passkey-added", shop = shop), say!(t, "account-not-me-passkey")]
        }
        Kind::PasskeyRemoved => {
            vec![say!(t, "account-passkey-removed", shop = shop), say!(t, "account-not-me-passkey")]
        }
        Kind::StaffInvited => vec![say!(t, "account-staff", shop = shop), say!(t, "account-not-me-staff")],
        Kind::ExportAlone => vec![say!(t, "account-export", shop = shop), say!(t, "account-not-me-export")],
        Kind::Answer => Vec::new(),
    }
}

/// To the form that the token opens; where there is none, to whoever can help.
fn link(t: &Tongue, message: &AccountMessage, shop: &Shop) -> Link {
    let Some(token) = &message.link else {
        let (label, page) = match message.kind {
            Kind::ExportAlone => (say!(t, "account-link-export"), "admin/exports"),
            Kind::Answer => return Link::to_check(t, shop),
            _ => (say!(t, "account-link-contact"), "contact"),
        };
        return Link { label, url: format!("{}/{page}", shop.origin), note: String::new() };
    };
    let label = match message.kind {
        Kind::Register | Kind::NotRegistered => say!(t, "account-link-register"),
        Kind::MailConfirm => say!(t, "account-link-mail"),
        Kind::StaffInvited => say!(t, "account-link-staff"),
        _ => say!(t, "account-link-reset"),
    };
    let hours = message.link_hours.to_string();
    let note = say!(t, "account-link-note", hours = hours);
    let page = if message.kind == Kind::StaffInvited { "admin/link" } else { "a" };
    Link { label, url: format!("{}/{page}/{}", shop.origin, token.to_text()), note }
}
