//! What the pages may be made of, and what has changed since the manifest in force was signed.

use super::{Common, demo, enter, say, source, tell};
use ::manifest::{Manifest, PageSummary, Summary};
use anyhow::Result;
use serde_json::json;
use std::collections::BTreeSet;

/// Prints it.
pub(super) fn run(common: &Common) -> Result<()> {
    let own = super::own()?;
    let summary = Summary::of(&own);
    // Without a shop in the folder there is nothing to compare with.
    let in_force = enter(&common.data).and_then(|settings| {
        let source = demo::of_demo(&settings)?.map_or_else(|| source(&settings), Ok)?;
        Ok(source.signed()?)
    });
    let changed = in_force.as_ref().ok().map(|signed| changed(&signed.manifest, &own));
    if common.json {
        let serial = in_force.as_ref().ok().map(|signed| signed.serial);
        return tell(common, "", &json!({ "serial": serial, "changed": changed, "manifest": summary }));
    }
    for (kind, page) in summary.pages.iter().filter(|(_, page)| page.templates.len() > 1) {
        say(&told(kind, page))?;
    }
    for file in &summary.files {
        say(&format!("{}  {}", file.path, file.integrity))?;
    }
    say(&format!("\nroutes that may lead to the processor: {}", summary.to_processor.join(", ")))?;
    say(&format!("SHA-256 of the manifest of this program's pages: {}", summary.sha256))?;
    match (in_force, changed) {
        (Ok(signed), Some(changed)) if changed.is_empty() => {
            say(&format!("in force: number {}, the same", signed.serial))
        }
        (Ok(signed), Some(changed)) => {
            say(&format!("in force: number {}; since then have changed: {}", signed.serial, list(&changed)))
        }
        (error, _) => say(&format!(
            "in force: none that could be read ({:#})",
            error.err().unwrap_or_else(|| anyhow::anyhow!("none"))
        )),
    }
}

fn told(kind: &str, page: &PageSummary) -> String {
    let mut text = format!("{kind}\n  templates: {}\n", page.templates.join(", "));
    for (what, all) in [
        ("scripts", &page.scripts),
        ("styles", &page.styles),
        ("meta", &page.meta),
        ("placeholders", &page.placeholders),
        ("frames", &page.frames),
    ] {
        text += &format!("  {what}: {}\n", list(all));
    }
    for (form, fields) in &page.forms {
        text += &format!("  form {form}: {}\n", list(fields));
    }
    let links = if page.links_elsewhere { "; links out of the shop in what staff write" } else { "" };
    text + &format!("  holes for text: {}{links}\n", page.holes)
}

fn list(all: &BTreeSet<String>) -> String {
    if all.is_empty() { "none".into() } else { all.iter().cloned().collect::<Vec<_>>().join(", ") }
}

/// What is not in both alike.
fn changed(before: &Manifest, now: &Manifest) -> BTreeSet<String> {
    let mut changed = BTreeSet::new();
    let names = |m: &Manifest| m.templates.keys().cloned().collect::<BTreeSet<_>>();
    for name in names(before).union(&names(now)) {
        if before.templates.get(name) != now.templates.get(name) {
            changed.insert(format!("template {name}"));
        }
    }
    let files =
        |m: &Manifest| m.files.iter().map(|f| (f.name.clone(), f.sha256.clone())).collect::<BTreeSet<_>>();
    changed.extend(files(before).symmetric_difference(&files(now)).map(|(name, _)| format!("file {name}")));
    let ids = |m: &Manifest| m.routes.iter().map(|r| format!("{r:?}")).collect::<BTreeSet<_>>();
    if ids(before) != ids(now) {
        changed.insert("routes and their fields".into());
    }
    for (what, same) in [
        ("texts", before.words == now.words),
        ("headers", before.headers == now.headers),
        ("which templates answer where", before.pages == now.pages),
    ] {
        if !same {
            changed.insert(what.into());
        }
    }
    changed
}
