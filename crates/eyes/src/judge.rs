//! What a page did and what it is made of, held against the manifest.

use crate::{dom::Document, tab::text};
use manifest::Outside;
use serde::Serialize;
use serde_json::Value;
use site::{Match, Method, match_route};
use std::collections::{BTreeMap, BTreeSet};

/// The longest word that is told, in characters.
const WORD_CHARS_MAX: usize = 60;
/// Elements that hold another document, or another program.
const FRAMES: [&str; 7] = ["iframe", "frame", "object", "embed", "portal", "fencedframe", "applet"];

/// Something that does not belong there. Says where and what kind of thing, never what stood on the page.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Seen {
    /// The step: `product`, `cart`, `checkout`, `confirm`, `processor`, `home`.
    pub page: &'static str,
    /// What kind of thing.
    pub kind: &'static str,
    /// A host, a header, or a word of the manifest's.
    pub from: String,
}

impl Seen {
    pub(crate) fn new(page: &'static str, kind: &'static str, from: &str) -> Seen {
        Seen { page, kind, from: word(from) }
    }
}

/// What happened on one page, of all that the browser told.
#[derive(Debug, Default)]
pub(crate) struct Happened {
    /// The documents of the window itself: request, address, status, headers.
    pub(crate) documents: Vec<Shown>,
    /// Addresses that were asked for, with what was sent there.
    requests: Vec<(String, String)>,
    sockets: Vec<String>,
    /// Scripts that ran: SHA-256 of what ran, by the browser itself, and where it is from.
    scripts: Vec<(String, String)>,
    /// Frames, workers and windows.
    targets: Vec<(String, String)>,
    /// Directives of the policy that something went against.
    violations: Vec<String>,
}

/// A document as it came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shown {
    pub(crate) request: String,
    pub(crate) url: String,
    pub(crate) status: u64,
    pub(crate) headers: BTreeMap<String, String>,
}

impl Happened {
    /// Of these events.
    pub(crate) fn read(events: &[Value]) -> Happened {
        let mut all = Happened::default();
        for event in events {
            let params = &event["params"];
            match event["method"].as_str().unwrap_or_default() {
                "Network.requestWillBeSent" => {
                    let request = &params["request"];
                    let sent = format!("{}\n{}", text(&request["url"]), text(&request["postData"]));
                    all.requests.push((text(&request["url"]), sent));
                }
                "Network.responseReceived" if params["type"] == "Document" => {
                    all.documents.push(shown(params));
                }
                "Network.webSocketCreated" | "Network.webTransportCreated" => {
                    all.sockets.push(text(&params["url"]));
                }
                "Debugger.scriptParsed" => all.scripts.push((text(&params["hash"]), text(&params["url"]))),
                "Target.attachedToTarget" => {
                    let info = &params["targetInfo"];
                    all.targets.push((text(&info["type"]), text(&info["url"])));
                }
                "Audits.issueAdded" => {
                    let details = &params["issue"]["details"]["contentSecurityPolicyIssueDetails"];
                    // What is only reported is the list of hashes that is asked for of every page.
                    if details.is_object() && details["isReportOnly"] != true {
                        all.violations.push(text(&details["violatedDirective"]));
                    }
                }
                _ => {}
            }
        }
        all
    }

    /// Whether these digits were sent anywhere but to the processor, as they are, in groups, backwards or in base64.
    pub(crate) fn sent_elsewhere(&self, rules: &Outside, digits: &[String]) -> bool {
        let elsewhere = self.requests.iter().filter(|(url, _)| !rules.is_processor(url));
        elsewhere.map(|(_, sent)| sent).any(|sent| digits.iter().any(|digits| sent.contains(digits.as_str())))
    }

    /// Requests, sockets, frames and violations that do not belong on a page of `page`.
    pub(crate) fn judge(&self, page: &'static str, rules: &Outside) -> BTreeSet<Seen> {
        let at_processor = page == "processor";
        let own = |url: &str| if at_processor { rules.is_processor(url) } else { rules.is_own(url) };
        // The step before and the one after share a moment: both ends of the way to the processor are fine.
        let allowed = |url: &str| own(url) || rules.is_own(url) && at_processor || url.starts_with("about:");
        let mut seen = BTreeSet::new();
        let mut add = |kind, from: &str| {
            seen.insert(Seen::new(page, kind, from));
        };
        self.requests.iter().filter(|(url, _)| !allowed(url)).for_each(|(url, _)| add("request", host(url)));
        self.sockets.iter().for_each(|url| add("socket", host(url)));
        if !at_processor {
            // What an own file is called says nothing: its bytes do.
            let others = self.scripts.iter().filter(|(hash, _)| !rules.is_hash(hash));
            others.for_each(|(_, url)| add("script", host(url)));
            self.targets.iter().for_each(|(kind, url)| {
                add(if kind.contains("worker") { "script" } else { "frame" }, host(url));
            });
            self.violations.iter().for_each(|directive| add("policy", directive));
        }
        seen
    }
}

fn shown(params: &Value) -> Shown {
    let response = &params["response"];
    let headers = response["headers"].as_object().into_iter().flatten();
    Shown {
        request: text(&params["requestId"]),
        url: text(&response["url"]),
        status: response["status"].as_u64().unwrap_or_default(),
        // Several of one name stand in lines.
        headers: headers.map(|(n, v)| (n.to_ascii_lowercase(), text(v).replace('\n', ", "))).collect(),
    }
}

/// What the page is made of that does not belong there.
pub(crate) fn made_of(page: &'static str, document: &Document, rules: &Outside) -> BTreeSet<Seen> {
    let mut seen = BTreeSet::new();
    let mut add = |kind, from: &str| {
        seen.insert(Seen::new(page, kind, from));
    };
    for element in &document.0 {
        match element.name.as_str() {
            name if FRAMES.contains(&name) => add("frame", name),
            "form" if takes(rules, element.attribute("method"), element.attribute("action")).is_none() => {
                add("form", host(element.attribute("action").unwrap_or_default()));
            }
            "input" | "select" | "textarea" | "button" => {
                let form = document.form_of(element);
                let route = form.and_then(|f| takes(rules, f.attribute("method"), f.attribute("action")));
                let name = element.attribute("name").unwrap_or_default();
                let pressed = element.name == "button";
                let fits = match (route, name) {
                    (_, "") => pressed,
                    (None, _) => false,
                    (Some(route), name) => route.fields.iter().any(|field| field.name == name),
                };
                let elsewhere = ["formaction", "formmethod"].iter().any(|n| element.attribute(n).is_some());
                if !fits || elsewhere {
                    add("field", if pressed { "button" } else { "input" });
                }
            }
            "script" => {
                let from = element.attribute("src").unwrap_or_default();
                if !rules.is_file_at(from) {
                    add("script", host(from));
                }
            }
            "base" => add("head", "base"),
            _ => {}
        }
        if element.attribute("contenteditable").is_some() {
            add("field", "contenteditable");
        }
    }
    seen
}

/// The route that a form leads to.
fn takes<'r>(
    rules: &'r Outside,
    method: Option<&str>,
    action: Option<&str>,
) -> Option<&'r manifest::RouteRule> {
    let method = match method {
        Some("post") => Method::Post,
        Some("get") => Method::Get,
        _ => return None,
    };
    let action = action?.split(['?', '#']).next()?;
    match match_route(method, action) {
        Match::Found(route) => rules.route(route.id),
        _ => None,
    }
}

/// The host of an address; without one the beginning, such as `data`, or `inline`.
pub(crate) fn host(url: &str) -> &str {
    match url.split_once("://") {
        Some((_, rest)) => rest.split(['/', '?', '#']).next().unwrap_or_default(),
        None => match url.split_once(':') {
            Some((scheme, _)) => scheme,
            None => "inline",
        },
    }
}

/// As it may stand in a message: whoever made the page chose it.
fn word(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || ":./-_".contains(c) { c } else { '?' };
    let word: String = text.chars().take(WORD_CHARS_MAX).map(plain).collect();
    domain::pan::redact(&word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_say_a_host_and_nothing_else() {
        for (url, told) in [
            ("https://evil.example/x?card=1", "evil.example"),
            ("data:text/html,x", "data"),
            ("", "inline"),
            ("wss://a.example:99/", "a.example:99"),
        ] {
            assert_eq!(word(host(url)), told);
        }
        assert_eq!(word("a<b>4242424242424242"), "a?b?[card number removed]");
    }

    #[test]
    fn what_the_browser_tells() {
        let event = |method: &str, params: Value| json!({ "method": method, "params": params });
        let events = [
            event(
                "Network.requestWillBeSent",
                json!({ "request": { "url": "https://a.example/", "postData": "n=42" } }),
            ),
            event(
                "Network.responseReceived",
                json!({ "type": "Document", "requestId": "1",
                "response": { "url": "https://a.example/", "status": 200, "headers": { "X-Frame-Options": "DENY" } } }),
            ),
            event("Network.responseReceived", json!({ "type": "Image", "response": {} })),
            event(
                "Audits.issueAdded",
                json!({ "issue": { "details": { "contentSecurityPolicyIssueDetails":
                { "violatedDirective": "script-src-elem", "isReportOnly": true } } } }),
            ),
            event(
                "Audits.issueAdded",
                json!({ "issue": { "details": { "contentSecurityPolicyIssueDetails":
                { "violatedDirective": "connect-src", "isReportOnly": false } } } }),
            ),
        ];
        let all = Happened::read(&events);
        assert_eq!(all.documents[0].headers["x-frame-options"], "DENY");
        assert_eq!((all.documents.len(), &all.violations[..]), (1, &["connect-src".to_owned()][..]));
        assert_eq!(all.requests, [("https://a.example/".to_owned(), "https://a.example/\nn=42".to_owned())]);
    }
}
