//! One window of the browser: what it is told, and all that happens in it.

use crate::{Fault, pipe::Pipe};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// How long the browser may take to answer one command.
const ANSWER: Duration = Duration::from_secs(10);
/// How long a page may take to be there.
const PAGE: Duration = Duration::from_secs(15);
/// How long nothing must be on its way until a page is still.
const STILL: Duration = Duration::from_millis(250);
/// The most events that are kept of one walk.
const EVENTS_MAX: usize = 20_000;

/// A window with nothing of an earlier visitor in it.
pub(crate) struct Tab<'p> {
    pipe: &'p mut Pipe,
    next: u64,
    context: String,
    session: String,
    /// What happened and was not looked at yet, of this window and of what opened from it.
    events: VecDeque<Value>,
    /// Pages that were loaded.
    loaded: usize,
}

/// Which device it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Device {
    Desktop,
    Phone,
}

impl<'p> Tab<'p> {
    /// Opens one. All that is to be heard of is asked for before it goes anywhere.
    pub(crate) fn open(pipe: &'p mut Pipe, device: Device) -> Result<Tab<'p>, Fault> {
        let (context, session) = (String::new(), String::new());
        let mut tab = Tab { pipe, next: 0, context, session, events: VecDeque::new(), loaded: 0 };
        let context = tab.call("Target.createBrowserContext", json!({ "disposeOnDetach": true }))?;
        tab.context = text(&context["browserContextId"]);
        let target = json!({ "url": "about:blank", "browserContextId": tab.context });
        let target = tab.call("Target.createTarget", target)?;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        tab.session = text(&tab.call("Target.attachToTarget", attach)?["sessionId"]);
        let auto = json!({ "autoAttach": true, "waitForDebuggerOnStart": false, "flatten": true });
        tab.call("Target.setAutoAttach", auto)?;
        for domain in ["Network", "Page", "DOM", "Debugger", "Audits"] {
            tab.call(&format!("{domain}.enable"), json!({}))?;
        }
        tab.become_device(device)?;
        tab.events.clear();
        Ok(tab)
    }

    fn become_device(&mut self, device: Device) -> Result<(), Fault> {
        let phone = device == Device::Phone;
        // Not what says `Headless`.
        let version = self.call("Browser.getVersion", json!({}))?;
        let product = text(&version["product"]);
        let major = product.split('/').nth(1).and_then(|v| v.split('.').next()).unwrap_or("146").to_owned();
        let (system, platform) = if phone {
            ("Linux; Android 10; K", "Android")
        } else {
            ("Windows NT 10.0; Win64; x64", "Windows")
        };
        let mobile = if phone { "Mobile " } else { "" };
        let agent = format!(
            "Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 {mobile}Safari/537.36"
        );
        let brand = |name: &str| json!({ "brand": name, "version": major });
        self.call(
            "Emulation.setUserAgentOverride",
            json!({
                "userAgent": agent, "acceptLanguage": "ja,en-US;q=0.9,en;q=0.8", "platform": platform,
                "userAgentMetadata": {
                    "brands": [brand("Chromium"), brand("Google Chrome")], "platform": platform,
                    "platformVersion": "10.0.0", "architecture": if phone { "" } else { "x86" }, "model": "",
                    "mobile": phone,
                },
            }),
        )?;
        let (width, height, scale) = if phone { (390, 844, 2) } else { (1280, 900, 1) };
        self.call(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": scale, "mobile": phone }),
        )?;
        self.call("Emulation.setTouchEmulationEnabled", json!({ "enabled": phone })).map(drop)
    }

    /// Goes to an address, and waits until the page is there.
    pub(crate) fn go(&mut self, url: &str) -> Result<(), Fault> {
        let before = self.loaded;
        let went = self.call("Page.navigate", json!({ "url": url }))?;
        if went["errorText"].is_string() {
            return Err(Fault::NoPage);
        }
        self.wait_loaded(before)
    }

    /// How many pages were loaded so far; for [`Tab::wait_loaded`].
    pub(crate) fn loaded(&self) -> usize {
        self.loaded
    }

    /// Waits until another page than before is loaded, and nothing more is on its way.
    pub(crate) fn wait_loaded(&mut self, before: usize) -> Result<(), Fault> {
        self.until(|tab| tab.loaded > before, PAGE)?;
        self.be_still()
    }

    /// Waits until nothing has come for a moment. A page that never rests is looked at all the same.
    pub(crate) fn be_still(&mut self) -> Result<(), Fault> {
        let end = Instant::now() + PAGE;
        let mut heard = self.events.len();
        let mut since = Instant::now();
        while Instant::now() < end && since.elapsed() < STILL {
            self.hear(STILL / 4)?;
            if self.events.len() != heard {
                (heard, since) = (self.events.len(), Instant::now());
            }
        }
        Ok(())
    }

    fn until(&mut self, is: impl Fn(&Self) -> bool, time: Duration) -> Result<(), Fault> {
        let end = Instant::now() + time;
        while !is(self) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Fault::NoPage);
            }
            self.hear(left.min(STILL))?;
        }
        Ok(())
    }

    /// All that has happened since it was asked last.
    pub(crate) fn take_events(&mut self) -> Vec<Value> {
        self.events.drain(..).collect()
    }

    /// Clicks, or taps, in the middle of an element.
    pub(crate) fn click(&mut self, node: u64) -> Result<(), Fault> {
        let (x, y) = self.middle(node)?;
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", event)?;
        }
        Ok(())
    }

    /// Types into a field.
    pub(crate) fn type_in(&mut self, node: u64, words: &str) -> Result<(), Fault> {
        self.call("DOM.focus", json!({ "backendNodeId": node }))?;
        self.call("Input.insertText", json!({ "text": words })).map(drop)
    }

    /// What lies in the middle of an element as the visitor sees it: the element itself, or what covers it. By its node.
    pub(crate) fn on_top_of(&mut self, node: u64) -> Result<u64, Fault> {
        let (x, y) = self.middle(node)?;
        // Elements are found by their place in the document, not in the window.
        let window = self.call("Page.getLayoutMetrics", json!({}))?["cssVisualViewport"].take();
        let from = |side: &str| window[side].as_f64().unwrap_or_default();
        let (x, y) = ((x + from("pageX")) as i64, (y + from("pageY")) as i64);
        let at = json!({ "x": x, "y": y, "ignorePointerEventsNone": true });
        let hit = self.call("DOM.getNodeForLocation", at)?;
        hit["backendNodeId"].as_u64().ok_or(Fault::Answer)
    }

    /// The middle of an element, once it is in sight.
    fn middle(&mut self, node: u64) -> Result<(f64, f64), Fault> {
        self.call("DOM.scrollIntoViewIfNeeded", json!({ "backendNodeId": node }))?;
        let model = self.call("DOM.getBoxModel", json!({ "backendNodeId": node }))?;
        let quad: Vec<f64> =
            model["model"]["border"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
        let [left, top, _, _, right, bottom, ..] = quad[..] else { return Err(Fault::Answer) };
        Ok(((left + right) / 2.0, (top + bottom) / 2.0))
    }

    /// The whole page as it stands there, with what hides in shadow roots and frames.
    pub(crate) fn document(&mut self) -> Result<Value, Fault> {
        Ok(self.call("DOM.getDocument", json!({ "depth": -1, "pierce": true }))?["root"].take())
    }

    /// Closes the window and forgets its visitor.
    pub(crate) fn close(mut self) {
        let context = json!({ "browserContextId": self.context });
        let _ = self.call_at("", "Target.disposeBrowserContext", context);
    }

    /// Sends one command and waits for its answer. What happens meanwhile is kept.
    pub(crate) fn call(&mut self, method: &str, params: Value) -> Result<Value, Fault> {
        let of_browser = method.starts_with("Browser.")
            || method.starts_with("Target.") && method != "Target.setAutoAttach";
        let session = if of_browser { String::new() } else { self.session.clone() };
        self.call_at(&session, method, params)
    }

    /// The same, in a window that opened from this one.
    pub(crate) fn call_at(&mut self, session: &str, method: &str, params: Value) -> Result<Value, Fault> {
        self.next += 1;
        let id = self.next;
        let mut message = json!({ "id": id, "method": method, "params": params });
        if !session.is_empty() {
            message["sessionId"] = session.into();
        }
        self.pipe.send(&message).map_err(|_| Fault::Ended)?;
        let end = Instant::now() + ANSWER;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let Some(mut heard) = self.pipe.receive(left).map_err(|_| Fault::Ended)? else {
                return Err(Fault::Silent);
            };
            if heard["id"].as_u64() == Some(id) && text(&heard["sessionId"]) == session {
                let failed = heard["error"]["message"].as_str();
                // The browser's own words about its own command.
                let Some(why) = failed else { return Ok(heard["result"].take()) };
                tracing::debug!(method, why, "the browser could not do it");
                return Err(Fault::Answer);
            }
            self.keep(heard);
        }
    }

    fn hear(&mut self, time: Duration) -> Result<(), Fault> {
        if let Some(event) = self.pipe.receive(time).map_err(|_| Fault::Ended)? {
            self.keep(event);
        }
        Ok(())
    }

    fn keep(&mut self, event: Value) {
        if !event["method"].is_string() {
            return;
        }
        if event["method"] == "Page.loadEventFired" && text(&event["sessionId"]) == self.session {
            self.loaded += 1;
        }
        if self.events.len() < EVENTS_MAX {
            self.events.push_back(event);
        }
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
