//! What `dozo up` says on standard output once the shop is open: for people, or as JSON for programs.

use super::{Options, folder::Folder, opening};
use crate::settings::Settings;
use std::{io::Write, time::Instant};

/// Says it.
pub(super) fn ready(
    options: &Options,
    settings: &Settings,
    folder: &Folder,
    opened: &opening::Opened,
    began: Instant,
) {
    let ready_ms = began.elapsed().as_millis() as u64;
    let metrics = format!("http://{}/metrics", settings.listen.status);
    let mut out = std::io::stdout().lock();
    let written = match (options.json, settings.vault.listen) {
        (true, Some(at)) => {
            let line = serde_json::json!({ "vault": at, "metrics": metrics, "ready_ms": ready_ms });
            writeln!(out, "{line}")
        }
        (true, None) => writeln!(out, "{}", addresses(settings, opened, &metrics, ready_ms)),
        (false, Some(at)) => writeln!(
            out,
            "\n  The vault is open to the shop's machine ({ready_ms} ms)\n\n  Vault          {at}\n  Metrics        {metrics}\n  Data           {}\n\n  Ctrl-C closes it.",
            folder.path.display()
        ),
        (false, None) => {
            writeln!(out, "{}\n  Ctrl-C closes the shop.", told(settings, folder, opened, ready_ms))
        }
    };
    // A closed pipe is the reader's business; the shop stays open.
    let _ = written.and_then(|()| out.flush());
}

/// Where everything is, for programs.
fn addresses(
    settings: &Settings,
    opened: &opening::Opened,
    metrics: &str,
    ready_ms: u64,
) -> serde_json::Value {
    let shop = settings.shop_origin();
    let sign_in = opened.staff_token.as_ref().map(|token| format!("{shop}/admin/link/{token}"));
    let to_try = |origin: String| settings.is_trial().then_some(origin);
    serde_json::json!({
        "shop": shop, "back_office": format!("{shop}/admin"), "staff_sign_in": sign_in,
        "sandbox": to_try(format!("{}/dashboard", settings.pay_origin())), "mail": to_try(settings.mail_origin()),
        "metrics": metrics, "ready_ms": ready_ms,
    })
}

/// The same for people.
fn told(settings: &Settings, folder: &Folder, opened: &opening::Opened, ready_ms: u64) -> String {
    let shop = settings.shop_origin();
    let mut text = format!(
        "\n  {} is open ({ready_ms} ms)\n\n  Shop           {shop}\n  Back office    {shop}/admin\n",
        settings.name()
    );
    if settings.practice {
        text += "  Practice       no goods come and no money moves; the sandbox takes 4242 4242 4242 4242\n";
    }
    if let Some(token) = &opened.staff_token {
        let how = if settings.demo {
            "a new one at each start"
        } else {
            "for the owner: set up password and device there"
        };
        text +=
            &format!("  Staff sign-in  {shop}/admin/link/{token}\n                 (works once; {how})\n");
    }
    if settings.is_trial() {
        text += &format!(
            "  Sandbox        {}/dashboard\n  Mail           {}\n",
            settings.pay_origin(),
            settings.mail_origin()
        );
    }
    text += &format!(
        "  Metrics        http://{}/metrics\n  Data           {}\n",
        settings.listen.status,
        folder.path.display()
    );
    for (mail, password) in &opened.customers {
        text += &format!("  Demo customer  {mail}  {password}\n");
    }
    text
}
