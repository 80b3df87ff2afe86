//! What is published about an incident, as customers see it: both widths, both languages, an earlier version, and the page
//! of versions; nothing wider than the screen, no serious finding by axe-core.
#![allow(clippy::unwrap_used)]

use e2e::browser::{Browser, Width};
use std::{fs, path::Path, process::Command};

const PAGES: [&str; 8] = [
    "index.html",
    "questions.html",
    "versions.html",
    "v1/index.html",
    "v1/questions.html",
    "en/index.html",
    "en/questions.html",
    "en/v1/index.html",
];

fn publish(facts: &Path, to: &Path, today: &str) {
    let scope = testkit::root().join("crates/desk/tests/cases/two-causes/scope.json");
    let mut command = Command::new(testkit::binary().unwrap());
    command.args(["incident", "publish"]).arg(facts).arg("--scope").arg(scope);
    assert!(command.arg("--to").arg(to).args(["--today", today]).status().unwrap().success());
}

/// Two versions, the second of which corrects a day.
fn two_versions(dir: &Path) {
    let facts = testkit::root().join("crates/desk/tests/cases/two-causes/facts.toml");
    let to = dir.join("notice");
    publish(&facts, &to, "2021-11-17");
    let text = fs::read_to_string(facts).unwrap().replacen(
        "from = \"2021-03-10\"",
        "from = \"2021-03-12\"",
        1,
    ) + "\n[[versions]]\nnumber = 2\non = \"2021-12-01\"\nwho = \"staff\"\nwhy = { ja = \"期間を訂正しました。\", en = \"The time was corrected.\" }\n\
           [[answers]]\non = \"2021-11-20\"\npart = \"cards\"\nquestion = { ja = \"窓口は混み合っていますか。\", en = \"Is the desk busy?\" }\n\
           answer = { ja = \"午前中はつながりにくくなっています。\", en = \"It is in the mornings.\" }\n";
    let second = dir.join("facts.toml");
    fs::write(&second, text).unwrap();
    publish(&second, &to, "2021-12-01");
}

async fn all(width: Width) {
    let Some(b) = Browser::open(width).await else { return };
    let dir = testkit::temp_dir();
    two_versions(dir.path());
    let mut wrong = Vec::new();
    for page in PAGES {
        b.goto(&format!("file://{}/notice/{page}", dir.path().display())).await.unwrap();
        let name = format!("announced-{}", page.trim_end_matches(".html").replace('/', "-"));
        wrong.extend(b.look(&name).await.err().map(|e| format!("{e:#}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    b.close().await.unwrap();
}

#[tokio::test]
async fn on_a_desktop() {
    all(Width::Desktop).await;
}

#[tokio::test]
async fn on_a_phone() {
    all(Width::Phone).await;
}
