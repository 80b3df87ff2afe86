//! `dozo new`: a folder in which a merchant writes down a shop of his own; and whether what stands there is enough to open.

mod check;
mod machine;
mod texts;

pub use check::{draw, files, fits, ready, refused};

use crate::{
    settings::Owner,
    tongue::{self, Lang},
    up::folder::{private_dir, write_new},
};
use anyhow::{Context, Result, ensure};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

/// The folder of the merchant's files, within that of keys and data.
pub const MERCHANT: &str = "merchant";
/// What is said where there is no shop.
pub const NO_SHOP: &str =
    "there is no shop in this folder yet; `dozo new` makes one, `dozo up --demo` opens the demo shop";

/// What `dozo new` takes.
#[derive(clap::Args)]
pub struct Options {
    /// The folder for keys and data; it must be empty, or not be there yet.
    #[arg(long, default_value = "dozo-data")]
    data: PathBuf,
    /// The name that customers type, such as shop.example.jp.
    #[arg(long, required_unless_present_any = ["practice", "check"])]
    host: Option<String>,
    /// Your mail address: alarms go there.
    #[arg(long, required_unless_present = "check")]
    mail: Option<String>,
    /// What you type to sign in to the back office.
    #[arg(long, default_value = "owner")]
    login: String,
    /// What colleagues see of you.
    #[arg(long, default_value = "店主")]
    name: String,
    /// A shop to try first: a sandbox takes the cards, a mail viewer the mails, and nothing leaves this machine.
    #[arg(long)]
    practice: bool,
    /// Take over what was written for another shop: its folder `merchant`.
    #[arg(long, conflicts_with = "check")]
    files: Option<PathBuf>,
    /// Make nothing: say what is still missing or wrong in the folder.
    #[arg(long)]
    check: bool,
    /// The language of the answers; otherwise that of the terminal.
    #[arg(long, value_enum)]
    lang: Option<Lang>,
}

/// Makes the folder, or checks it.
///
/// # Errors
/// Where something is in the way, and then nothing was made; or where something is missing or wrong.
pub fn run(options: &Options) -> Result<()> {
    let locale = tongue::locale(options.lang);
    if options.check {
        let faults = check::look(&options.data, locale)?;
        ensure!(faults.is_empty(), "{}", texts::list(&faults, locale));
        return say(&texts::say("check-good", locale, &options.data));
    }
    make(options)?;
    say(&texts::say(if options.practice { "made-practice" } else { "made" }, locale, &options.data))
}

/// The files that a new shop begins with.
const BEGINNING: [(&str, &str); 4] = [
    ("shop.toml", include_str!("../../assets/new/shop.toml")),
    ("catalogue.toml", include_str!("../../assets/new/catalogue.toml")),
    ("stores.toml", include_str!("../../assets/new/stores.toml")),
    ("pictures/README.txt", include_str!("../../assets/new/pictures.txt")),
];
const SETTINGS: &str = include_str!("../../assets/new/dozo.toml");

/// All of it or nothing: it is made beside the folder, and then put in its place.
fn make(options: &Options) -> Result<()> {
    let data = &options.data;
    let shown = data.display();
    let is_empty = |dir: &Path| fs::read_dir(dir).is_ok_and(|mut all| all.next().is_none());
    ensure!(
        !data.exists() || is_empty(data),
        "{shown} is not empty, and nothing was changed: choose another folder with --data, or see with `dozo new --check` \
         what is missing there"
    );
    let settings = settings(options)?;
    let name = data.file_name().and_then(|name| name.to_str()).context("--data is the path of a folder")?;
    let part = data.with_file_name(format!(".{name}.new"));
    let _ = fs::remove_dir_all(&part);
    let made = (|| -> Result<()> {
        private_dir(&part.join(MERCHANT).join(merchant::PICTURES))?;
        // Where the processor's keys are put.
        private_dir(&part.join("till"))?;
        write_new(&part.join(crate::up::KEPT), settings.as_bytes())?;
        match &options.files {
            Some(from) => take_over(from, &part.join(MERCHANT))?,
            None => {
                for (name, text) in BEGINNING {
                    write_new(&part.join(MERCHANT).join(name), text.as_bytes())?;
                }
            }
        }
        Ok(fs::rename(&part, data)?)
    })();
    made.inspect_err(|_| drop(fs::remove_dir_all(&part))).with_context(|| format!("cannot make {shown}"))
}

/// The settings, with what was said on the command line.
fn settings(options: &Options) -> Result<String> {
    let mail = options.mail.as_deref().unwrap_or_default();
    ensure!(smtp::Address::parse(mail).is_ok(), "--mail: {mail} is no mail address");
    let host = options.host.as_deref().unwrap_or("shop.example.jp");
    ensure!(machine::is_host(host), "--host is the shop's name alone, such as shop.example.jp, not {host}");
    let owner = Owner { login: options.login.clone(), name: options.name.clone() };
    owner.check()?;
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    Ok(SETTINGS
        .replace("{{practice}}", if options.practice { "true" } else { "false" })
        .replace("{{login}}", &quoted(&owner.login))
        .replace("{{name}}", &quoted(&owner.name))
        .replace("{{host}}", &quoted(host))
        .replace("{{from}}", &quoted(&format!("shop@{}", host.strip_prefix("www.").unwrap_or(host))))
        .replace("{{mail}}", &quoted(mail)))
}

/// Copies the files of another shop's merchant.
fn take_over(from: &Path, to: &Path) -> Result<()> {
    ensure!(
        from.join(merchant::SHOP).is_file(),
        "{} has no {}: name the folder `{MERCHANT}` of a shop with --files",
        from.display(),
        merchant::SHOP
    );
    for name in merchant::FILES {
        if from.join(name).is_file() {
            write_new(&to.join(name), &fs::read(from.join(name))?)?;
        }
    }
    let pictures = from.join(merchant::PICTURES);
    for entry in fs::read_dir(&pictures).into_iter().flatten() {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            write_new(&to.join(merchant::PICTURES).join(entry.file_name()), &fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

fn say(text: &str) -> Result<()> {
    writeln!(std::io::stdout().lock(), "{text}").context("cannot write")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn options(data: PathBuf, practice: bool) -> Options {
        Options {
            data,
            host: Some("shop.sangetsu.example".into()),
            mail: Some("you@sangetsu.example".into()),
            login: "hana".into(),
            name: "月野 \"花\"".into(),
            practice,
            files: None,
            check: false,
            lang: Some(Lang::Ja),
        }
    }

    #[test]
    fn what_is_made_is_read_and_is_not_made_over() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("shop");
        make(&options(data.clone(), true)).unwrap();
        let settings = Settings::read(&data.join("dozo.toml")).unwrap();
        assert!(settings.practice && !settings.demo);
        assert_eq!(settings.owner.unwrap().name, "月野 \"花\"");
        assert_eq!(settings.smtp.from, "shop@shop.sangetsu.example");
        assert_eq!(settings.tls.unwrap().host, "shop.sangetsu.example");
        let before = fs::read(data.join("dozo.toml")).unwrap();
        let told = make(&options(data.clone(), false)).unwrap_err().to_string();
        assert!(told.contains("not empty"), "{told}");
        assert_eq!(fs::read(data.join("dozo.toml")).unwrap(), before);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn what_was_said_wrong_makes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        for (change, told) in [
            ((|o: &mut Options| o.host = Some("https://x.example/".into())) as fn(&mut Options), "--host"),
            (|o| o.mail = Some("you".into()), "--mail"),
            (|o| o.login = "花".into(), "[owner] login"),
            (|o| o.files = Some("nowhere".into()), "--files"),
        ] {
            let mut options = options(dir.path().join("shop"), false);
            change(&mut options);
            let error = format!("{:#}", make(&options).unwrap_err());
            assert!(error.contains(told), "{error}");
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "{error}");
        }
    }

    #[test]
    fn what_was_written_once_is_taken_over() {
        let dir = tempfile::tempdir().unwrap();
        let (first, second) = (dir.path().join("practice"), dir.path().join("shop"));
        make(&options(first.clone(), true)).unwrap();
        fs::write(first.join("merchant/shop.toml"), "# mine\n").unwrap();
        fs::write(first.join("merchant/pictures/a.jpg"), "a").unwrap();
        make(&Options { files: Some(first.join("merchant")), ..options(second.clone(), false) }).unwrap();
        assert_eq!(fs::read_to_string(second.join("merchant/shop.toml")).unwrap(), "# mine\n");
        assert!(
            second.join("merchant/pictures/a.jpg").is_file()
                && second.join("merchant/catalogue.toml").is_file()
        );
    }
}
