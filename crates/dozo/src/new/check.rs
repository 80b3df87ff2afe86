//! Whether a folder has all that a shop of one's own takes to open.

use super::{MERCHANT, NO_SHOP, machine, texts};
use crate::{settings::Settings, tongue, up};
use anyhow::{Result, ensure};
use domain::Locale;
use merchant::{Drawn, Fault, Folder, NotDrawn};
use std::path::Path;
use web::pictures::make::{self, NotMade};

/// The merchant's files, in the data folder that the process stands in.
pub fn files() -> Folder {
    Folder(MERCHANT.into())
}

/// Makes of a picture's file what is kept: an SVG as it is, a photograph anew and without what the camera noted.
///
/// # Errors
/// Why it cannot be shown.
pub fn draw(file: &[u8]) -> Result<Drawn, NotDrawn> {
    if file.trim_ascii_start().starts_with(b"<") {
        return merchant::svg(file);
    }
    let made = make::make(file).map_err(|why| match why {
        NotMade::Type => "picture-type",
        NotMade::Large => "picture-large",
        NotMade::Small => "picture-small",
        NotMade::Broken => "picture-broken",
    })?;
    let make::Made { width, height, sha256, bytes, sizes } = made;
    Ok(Drawn { media_type: make::MEDIA_TYPE, width, height, sha256, bytes, sizes })
}

/// One error of all faults, in the terminal's language.
pub fn refused(faults: &[Fault]) -> anyhow::Error {
    let locale = tongue::locale(None);
    let lines: Vec<String> = faults.iter().map(|fault| texts::fault(fault, locale)).collect();
    anyhow::anyhow!("{}", texts::list(&lines, locale))
}

/// Refuses what cannot open, before anything is made in the folder.
///
/// # Errors
/// Where there is no shop, or something is missing or wrong.
pub fn ready(data: &Path, demo: bool) -> Result<()> {
    if !data.join(up::KEPT).is_file() {
        ensure!(demo, "{NO_SHOP}");
        return Ok(());
    }
    let settings = Settings::read(&data.join(up::KEPT))?;
    ensure!(
        !demo || settings.demo,
        "there is a shop of your own in {}: open it without --demo, or choose another folder with --data",
        data.display()
    );
    // A shop that was open takes its goods from the database, and `up` says what is wrong with the rest.
    if settings.demo || settings.vault.listen.is_some() || data.join(up::EFFECTIVE).exists() {
        return Ok(());
    }
    up::child::check(data, tongue::locale(None).word())
}

/// Whether this machine has what the settings in force name; in the data folder. Asked at each start.
///
/// # Errors
/// Everything that it has not, a line each.
pub fn fits(settings: &Settings) -> Result<()> {
    let locale = tongue::locale(None);
    let wrong = machine::look(settings, Path::new("."), locale);
    ensure!(wrong.is_empty(), "{}", texts::list(&wrong, locale));
    Ok(())
}

/// Everything that is missing or wrong, a line each.
///
/// # Errors
/// Where there is no shop of one's own.
pub fn look(data: &Path, locale: Locale) -> Result<Vec<String>> {
    ensure!(data.join(up::KEPT).is_file(), "{NO_SHOP}");
    let mut all = Vec::new();
    match Settings::read(&data.join(up::KEPT)) {
        Ok(settings) => {
            ensure!(!settings.demo, "this is the demo shop: there is nothing to write down");
            all.extend(missing(&settings, data).into_iter().map(|id| texts::say(id, locale, data)));
            all.extend(machine::look(&settings, data, locale));
        }
        Err(error) => all.push(format!("{error:#}")),
    }
    if let Err(faults) = merchant::read(&Folder(data.join(MERCHANT)), &draw) {
        all.extend(faults.iter().map(|fault| texts::fault(fault, locale)));
    }
    Ok(all)
}

/// What the settings name or need, and is not there.
fn missing(s: &Settings, data: &Path) -> Vec<&'static str> {
    if s.practice {
        return Vec::new();
    }
    let there = |path: &str| data.join(path).is_file();
    let mut all = Vec::new();
    all.extend((!there("till/processor.key")).then_some("no-processor-key"));
    all.extend((!there("till/webhook.secret")).then_some("no-webhook-secret"));
    all.extend((s.post.dkim.is_some() && !there(crate::settings::DKIM_KEY)).then_some("no-dkim-key"));
    match s.manifest.owner {
        None => all.push("no-manifest-owner"),
        Some(_) => all.extend((!there("gate/manifest/manifest.note")).then_some("no-signature")),
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use merchant::Files;
    use std::{fs, path::PathBuf};

    fn new_shop(dir: &Path) -> PathBuf {
        let data = dir.join("shop");
        fs::create_dir_all(data.join("merchant/pictures")).unwrap();
        for (name, text) in super::super::BEGINNING {
            fs::write(data.join(MERCHANT).join(name), text).unwrap();
        }
        let settings = super::super::SETTINGS
            .replace("{{practice}}", "true")
            .replace("{{login}}", "\"hana\"")
            .replace("{{name}}", "\"花\"")
            .replace("{{host}}", "\"shop.example.jp\"")
            .replace("{{from}}", "\"shop@example.jp\"")
            .replace("{{mail}}", "\"you@example.jp\"");
        fs::write(data.join("dozo.toml"), settings).unwrap();
        data
    }

    #[test]
    fn a_new_shop_says_what_to_write_and_where() {
        let dir = tempfile::tempdir().unwrap();
        let data = new_shop(dir.path());
        let told = look(&data, Locale::En).unwrap();
        assert!(told.iter().all(|line| line.starts_with("merchant/shop.toml:")), "{told:?}");
        assert!(told.iter().any(|line| line.contains("name") && line.contains("empty")), "{told:?}");
        assert_eq!(told.len(), 7, "{told:?}");
        let japanese = look(&data, Locale::Ja).unwrap();
        assert!(japanese.iter().all(|line| line.contains("書いてください")), "{japanese:?}");
    }

    #[test]
    fn the_example_of_the_catalogue_is_one() {
        let dir = tempfile::tempdir().unwrap();
        let data = new_shop(dir.path());
        let text = fs::read_to_string(data.join("merchant/catalogue.toml")).unwrap();
        // The example is written as remarks: without their sign it is goods.
        let shown: Vec<&str> = text.lines().map(|line| line.strip_prefix("#~ ").unwrap_or(line)).collect();
        fs::write(data.join("merchant/catalogue.toml"), shown.join("\n")).unwrap();
        let shop = fs::read_to_string(data.join("merchant/shop.toml")).unwrap();
        let shop = shop
            .replace("name = \"\"", "name = \"山月堂\"")
            .replace("company = \"\"", "company = \"山月堂\"")
            .replace("representative = \"\"", "representative = \"月野 渡\"")
            .replace("postcode = \"\"", "postcode = \"390-0811\"")
            .replace("address = \"\"", "address = \"長野県松本市中央一丁目1番1号\"")
            .replace("phone = \"\"", "phone = \"0263-00-1111\"")
            .replace("email = \"\"", "email = \"shop@example.jp\"");
        fs::write(data.join("merchant/shop.toml"), shop).unwrap();
        assert_eq!(look(&data, Locale::En).unwrap(), Vec::<String>::new());
        let read = merchant::read(&Folder(data.join(MERCHANT)), &draw).unwrap();
        assert_eq!((read.products.len(), read.products[0].variants.len()), (1, 2));
    }

    #[test]
    fn a_shop_that_sells_needs_keys_and_a_signature() {
        let dir = tempfile::tempdir().unwrap();
        let data = new_shop(dir.path());
        let path = data.join("dozo.toml");
        let text = fs::read_to_string(&path).unwrap().replace("practice = true", "practice = false");
        fs::write(&path, &text).unwrap();
        let told = look(&data, Locale::En).unwrap().join("\n");
        assert!(told.contains("terms_agreed"), "{told}");
        fs::write(&path, text.replace("terms_agreed = false", "terms_agreed = true")).unwrap();
        let told = look(&data, Locale::En).unwrap().join("\n");
        for word in ["till/processor.key", "till/webhook.secret", "dozo manifest key"] {
            assert!(told.contains(word), "{word}: {told}");
        }
    }

    #[test]
    fn nobody_opens_the_demo_over_a_shop_and_a_picture_stays_in_its_folder() {
        let dir = tempfile::tempdir().unwrap();
        let data = new_shop(dir.path());
        assert!(ready(&data, true).unwrap_err().to_string().contains("of your own"));
        assert!(ready(&dir.path().join("none"), false).unwrap_err().to_string().contains("dozo new"));
        assert!(ready(&dir.path().join("none"), true).is_ok());
        fs::write(dir.path().join("secret"), "x").unwrap();
        assert!(Folder(data.join(MERCHANT)).picture("../../../secret").unwrap().is_none());
    }

    #[test]
    fn photographs_are_made_anew() {
        assert_eq!(draw(b"GIF89a").unwrap_err(), "picture-type");
        assert_eq!(draw(b"  <svg>").unwrap_err(), "picture-type");
        assert_eq!(draw(&[0xFF, 0xD8, 0xFF, 0xE0]).unwrap_err(), "picture-broken");
    }
}
