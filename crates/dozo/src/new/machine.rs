//! Whether the settings can be had on this machine: files that they name, addresses, accounts. What `dozo.toml` says for itself
//! is looked at when it is read.

use super::texts;
use crate::{
    house::House,
    settings::{Settings, Tls},
    up,
};
use domain::Locale;
use std::{fs, net::SocketAddr, path::Path};

/// Something that is wrong: where in `dozo.toml`, or in which other file, and the text that says what to do.
struct Wrong {
    /// Section and key.
    at: (&'static str, &'static str),
    why: &'static str,
    value: String,
}

/// A line for everything that is wrong. `data` is the folder that paths are relative to.
pub fn look(s: &Settings, data: &Path, locale: Locale) -> Vec<String> {
    let text = fs::read_to_string(data.join(up::KEPT)).unwrap_or_default();
    wrong(s, data).iter().map(|wrong| told(wrong, &text, locale)).collect()
}

fn told(wrong: &Wrong, text: &str, locale: Locale) -> String {
    let (section, key) = wrong.at;
    let what = texts::with_value(&format!("machine-{}", wrong.why), locale, &wrong.value);
    match line_of(text, section, key) {
        _ if section.is_empty() => what,
        Some(line) => format!("{}:{line}: [{section}] {key}: {what}", up::KEPT),
        None => format!("{}: [{section}] {key}: {what}", up::KEPT),
    }
}

/// The line of a key; or of its section, where the key is not there.
fn line_of(text: &str, section: &str, key: &str) -> Option<usize> {
    let lines = || text.lines().enumerate();
    let head = format!("[{section}]");
    let (from, _) = lines().find(|(_, line)| line.trim_start().starts_with(&head))?;
    let within = lines().skip(from + 1).take_while(|(_, line)| !line.trim_start().starts_with('['));
    let is_key =
        |line: &str| line.trim_start().strip_prefix(key).is_some_and(|l| l.trim_start().starts_with('='));
    Some(within.into_iter().find(|(_, line)| is_key(line)).map_or(from, |(at, _)| at) + 1)
}

fn wrong(s: &Settings, data: &Path) -> Vec<Wrong> {
    let mut all = Vec::new();
    let mut add = |at, why, value: &dyn ToString| all.push(Wrong { at, why, value: value.to_string() });
    if !s.listen.status.ip().is_loopback() {
        add(("listen", "status"), "not-this-machine", &s.listen.status);
    }
    if let Some(Err(error)) = s.users.as_ref().map(crate::users::Users::check) {
        add(("", ""), "says", &format!("{error:#}"));
    }
    // Of a practice all that follows is laid aside, and a vault by itself has none of it.
    if s.practice || House::of(s) == House::Vault {
        return all;
    }
    let server = smtp::Server { host: s.smtp.host.clone(), port: s.smtp.port, login: None };
    if server.check().is_err() {
        add(("smtp", "host"), "smtp-host", &s.smtp.host);
    }
    if s.smtp.port == 0 {
        add(("smtp", "port"), "port", &s.smtp.port);
    }
    if smtp::Address::parse(&s.smtp.from).is_err() {
        add(("smtp", "from"), "mail", &s.smtp.from);
    }
    let owner = s.manifest.owner.as_deref();
    if owner.is_some_and(|key| ::ledger::VerifierKey::parse(key).is_none()) {
        add(("manifest", "owner"), "owner-key", &"");
    }
    let is_witness = |key: &String| ::ledger::VerifierKey::parse(key).is_some_and(|key| key.cosigns());
    if let Some(key) = s.witness.keys.iter().find(|key| !is_witness(key)) {
        add(("witness", "keys"), "witness-key", key);
    }
    let acme = s.tls.as_ref().and_then(|tls| tls.acme.as_ref());
    let authorities = [
        (("alarm", "webhook_ca_file"), s.alarm.webhook_ca_file.as_ref()),
        (("processor", "ca_file"), s.processor.as_ref().and_then(|it| it.ca_file.as_ref())),
        (("tls", "ca_file"), s.tls.as_ref().and_then(|it| it.ca_file.as_ref())),
        (("tls.acme", "ca_file"), acme.and_then(|it| it.ca_file.as_ref())),
    ];
    for (at, path) in authorities {
        if let Some(Err(error)) = path.map(|path| crate::processes::trust_in(&data.join(path))) {
            add(at, "says", &format!("{error:#}"));
        }
    }
    if let Some(processor) = &s.processor {
        if processor.pages.is_empty() {
            add(("processor", "pages"), "no-pages", &"");
        }
        if let Some(page) = processor.pages.iter().find(|page| !is_origin(page)) {
            add(("processor", "pages"), "pages", page);
        }
        for (file, empty) in [("till/processor.key", "empty-key"), ("till/webhook.secret", "empty-secret")] {
            let text = fs::read_to_string(data.join(file));
            if text.is_ok_and(|text| !crate::processes::is_one_line(&text)) {
                add(("", ""), empty, &file);
            }
        }
    }
    if let Some(tls) = &s.tls {
        if !is_host(&tls.host) {
            add(("tls", "host"), "host", &tls.host);
        }
        if tls.redirect.is_some_and(|at| overlap(at, s.listen.shop)) {
            add(("tls", "redirect"), "same-port", &s.listen.shop.port());
        }
        if let Err(error) = certificate(tls, data) {
            add(("tls", "certificate"), "says", &format!("{error:#}"));
        }
    }
    all
}

/// Whether both cannot be listened on at once.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let all = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && (all || one.ip() == other.ip())
}

/// A name alone: no scheme, no port, no path.
pub fn is_host(host: &str) -> bool {
    host.contains('.') && smtp::Address::parse(&format!("shop@{host}")).is_ok()
}

/// An origin of https, as a browser writes it.
fn is_origin(page: &str) -> bool {
    let rest = page.strip_prefix("https://").unwrap_or_default();
    let (host, port) = rest.split_once(':').unwrap_or((rest, "443"));
    is_host(host) && port.parse::<u16>().is_ok_and(|port| port != 0)
}

/// Whether chain and key can be read, belong together and are for the shop's name. Those of an authority (`[tls.acme]`) come
/// when the shop is open.
fn certificate(tls: &Tls, data: &Path) -> anyhow::Result<()> {
    match (&tls.certificate, &tls.key) {
        (Some(certificate), Some(key)) => {
            gate::check_certificate(&data.join(certificate), &data.join(key), &tls.host)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Processor;

    fn cases(change: impl FnOnce(&mut Settings)) -> Vec<&'static str> {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("till")).unwrap();
        for file in ["till/processor.key", "till/webhook.secret"] {
            fs::write(dir.path().join(file), "sk_x\n").unwrap();
        }
        let mut s = Settings::demo(9000);
        s.processor = Some(Processor {
            api: "https://api.example".into(),
            pages: vec!["https://pay.example".into()],
            ca_file: None,
        });
        change(&mut s);
        for locale in Locale::ALL {
            for line in look(&s, dir.path(), *locale) {
                assert!(!line.contains('{') && !line.contains("No localization"), "{line}");
            }
        }
        wrong(&s, dir.path()).iter().map(|wrong| wrong.why).collect()
    }

    fn tls(s: &mut Settings, host: &str) {
        let file = |name: &str| Some(name.into());
        s.tls = Some(Tls {
            host: host.into(),
            aliases: Vec::new(),
            certificate: file("none.pem"),
            key: file("none.key"),
            redirect: None,
            ca_file: None,
            acme: None,
        });
    }

    #[test]
    fn what_the_machine_cannot_give_is_told() {
        assert!(cases(|_| ()).is_empty());
        for (change, why) in [
            (
                (|s: &mut Settings| s.listen.status = "0.0.0.0:9".parse().unwrap()) as fn(&mut Settings),
                "not-this-machine",
            ),
            (|s| s.smtp.host = String::new(), "smtp-host"),
            (|s| s.smtp.host = "mail.example".into(), "smtp-host"),
            (|s| s.smtp.port = 0, "port"),
            (|s| s.smtp.from = "shop".into(), "mail"),
            (|s| s.manifest.owner = Some("owner+1".into()), "owner-key"),
            (|s| s.witness.keys = vec!["x".into()], "witness-key"),
            (|s| s.alarm.webhook_ca_file = Some("none.pem".into()), "says"),
            (|s| s.users = Some(crate::users::Users::FirstId(5)), "says"),
            (|s| s.users = Some(crate::users::Users::Prefix("no-such-".into())), "says"),
            (|s| s.processor.as_mut().unwrap().pages.clear(), "no-pages"),
            (|s| s.processor.as_mut().unwrap().pages = vec!["http://pay.example".into()], "pages"),
            (|s| s.processor.as_mut().unwrap().pages = vec!["https://pay.example/".into()], "pages"),
        ] {
            assert_eq!(cases(change), [why]);
        }
        assert_eq!(cases(|s| tls(s, "shop.example")), ["says"], "no such files");
        assert_eq!(cases(|s| tls(s, "https://shop.example/")), ["host", "says"]);
        assert_eq!(cases(|s| tls(s, "")), ["host", "says"]);
        let redirect = |s: &mut Settings| {
            tls(s, "shop.example");
            s.tls.as_mut().unwrap().redirect = Some(([0, 0, 0, 0], s.listen.shop.port()).into());
        };
        assert_eq!(cases(redirect), ["same-port", "says"]);
        let practice = |s: &mut Settings| {
            s.practice = true;
            tls(s, "");
        };
        assert!(cases(practice).is_empty(), "laid aside");
    }

    #[test]
    fn keys_that_are_none_are_told() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("till")).unwrap();
        let processor = Processor {
            api: "https://api.example".into(),
            pages: vec!["https://pay.example".into()],
            ca_file: None,
        };
        let s = Settings { processor: Some(processor), ..Settings::demo(9000) };
        for (text, told) in [("", 1), (" \n", 1), ("one\ntwo\n", 1), ("one\n", 0)] {
            fs::write(dir.path().join("till/processor.key"), text).unwrap();
            assert_eq!(wrong(&s, dir.path()).len(), told, "{text:?}");
        }
    }

    #[test]
    fn the_line_is_named() {
        let text = "demo = false\n\n[smtp]\nhost = \"x\"\n# port = 1\nport = 0\n[tls]\n";
        assert_eq!(line_of(text, "smtp", "port"), Some(6));
        assert_eq!(line_of(text, "smtp", "from"), Some(3), "the section");
        assert_eq!(line_of(text, "users", "prefix"), None);
    }
}
