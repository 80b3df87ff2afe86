//! Headless Chromium, driven as a person would: by labels, buttons and what is on the page.

use anyhow::{Context, Result, bail};
use std::{
    io::{BufRead, BufReader},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use thirtyfour::prelude::*;

/// How long the browser may take to show what a step waits for.
const STEP_SECONDS_MAX: u64 = 20;

/// How long a page may take until it is laid out for its screen.
const LAID_OUT_SECONDS_MAX: u64 = 3;

/// A longer page is cut in its picture, in CSS pixels.
const PICTURE_HEIGHT_MAX: f64 = 6_000.0;

/// The program itself, of Debian: the one on the path is a shell that would die in its place.
const SHELL: &str = "/usr/lib/chromium/chromium-headless-shell";

/// The width a test looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// 1280 × 900.
    Desktop,
    /// 390 × 844 at double density, with touch.
    Phone,
}

impl Width {
    /// The word in the names of screenshots.
    pub fn word(self) -> &'static str {
        match self {
            Width::Desktop => "desktop",
            Width::Phone => "phone",
        }
    }
}

/// A browser with an empty profile that reads Japanese.
pub struct Browser {
    /// For steps that need more than the helpers here.
    pub driver: WebDriver,
    width: Width,
    scripts: bool,
    server: Child,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts driver and browser. `None`, noted as skipped, where Chromium is not installed.
    pub async fn open(width: Width) -> Option<Browser> {
        if which("chromedriver").is_none() || which("chromium").is_none() {
            testkit::skip(&testkit::test_name(), "chromium and chromium-driver are not installed");
            return None;
        }
        Some(Browser::start(width, true).await.unwrap_or_else(|e| panic!("no browser: {e:#}")))
    }

    /// The same with scripts switched off.
    pub async fn open_without_scripts(width: Width) -> Option<Browser> {
        which("chromedriver")?;
        Some(Browser::start(width, false).await.unwrap_or_else(|e| panic!("no browser: {e:#}")))
    }

    async fn start(width: Width, scripts: bool) -> Result<Browser> {
        let (server, port) = chromedriver()?;
        let profile = testkit::temp_dir();
        let mut caps = DesiredCapabilities::chrome();
        for arg in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-proxy-server",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--lang=ja",
            "--accept-lang=ja",
            "--host-resolver-rules=MAP *.localhost 127.0.0.1",
            "--window-size=1280,900",
        ] {
            caps.add_arg(arg)?;
        }
        if scripts && Path::new(SHELL).is_file() {
            caps.set_binary(&with_a_page(profile.path())?.display().to_string())?;
        }
        caps.add_arg(&format!("--user-data-dir={}", profile.path().display()))?;
        let mut prefs = serde_json::json!({ "intl.accept_languages": "ja" });
        if !scripts {
            prefs["profile.managed_default_content_settings.javascript"] = 2.into();
        }
        caps.add_experimental_option("prefs", prefs)?;
        if width == Width::Phone {
            caps.add_experimental_option(
                "mobileEmulation",
                serde_json::json!({ "deviceMetrics": { "width": 390, "height": 844, "pixelRatio": 2.0, "touch": true } }),
            )?;
        }
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), caps).await?;
        Ok(Browser { driver, width, scripts, server, _profile: profile })
    }

    /// Whether pages may run scripts.
    pub fn has_scripts(&self) -> bool {
        self.scripts
    }

    /// Goes to an address.
    pub async fn goto(&self, url: &str) -> Result<()> {
        Ok(self.driver.goto(url).await?)
    }

    /// One page back, by the browser's own button. Where it cannot show that page, it shows an error of its own.
    pub async fn back(&self) -> Result<()> {
        Ok(self.driver.back().await?)
    }

    /// The address shown.
    pub async fn url(&self) -> Result<String> {
        Ok(self.driver.current_url().await?.to_string())
    }

    /// Types into the field of that name, in place of what is there.
    pub async fn fill(&self, name: &str, text: &str) -> Result<()> {
        let field = self.find(&format!("[name='{name}']:not([type=hidden])")).await?;
        field.clear().await?;
        Ok(field.send_keys(text).await?)
    }

    /// Chooses an option by its value, as its script would; needs scripts.
    pub async fn choose(&self, name: &str, value: &str) -> Result<()> {
        self.set(&format!("select[name='{name}']"), value).await
    }

    /// Picks a day, as a calendar would; needs scripts.
    pub async fn pick(&self, name: &str, day: &str) -> Result<()> {
        self.set(&format!("input[type='date'][name='{name}']"), day).await
    }

    async fn set(&self, field: &str, value: &str) -> Result<()> {
        let field = self.find(field).await?;
        let set = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('change', { bubbles: true }))";
        self.driver.execute(set, vec![field.to_json()?, value.into()]).await?;
        Ok(())
    }

    /// Chooses an option by its value where scripts may be off: the page is given the attribute.
    pub async fn select(&self, name: &str, value: &str) -> Result<()> {
        let css = format!("select[name='{name}'] option[value='{value}']");
        self.find(&css).await?;
        let document = self.cdp("DOM.getDocument", serde_json::json!({ "depth": 0 })).await?;
        let ask = serde_json::json!({ "nodeId": document["root"]["nodeId"], "selector": css });
        let node = self.cdp("DOM.querySelector", ask).await?["nodeId"].clone();
        let set = serde_json::json!({ "nodeId": node, "name": "selected", "value": "" });
        self.cdp("DOM.setAttributeValue", set).await?;
        Ok(())
    }

    /// Ticks the radio button or box of that name and value, by its label if it is hidden behind one.
    pub async fn tick(&self, name: &str, value: &str) -> Result<()> {
        self.click(&format!("input[name='{name}'][value='{value}']:not([type=hidden])")).await
    }

    /// Clicks the middle of the first match of a CSS selector, scrolled into view.
    ///
    /// By the debugger: the driver's own click waits for a timer in the page, which never comes where scripts are
    /// off, and now and then not where the click leads to another page. What the click does is for the caller to
    /// wait for.
    pub async fn click(&self, css: &str) -> Result<()> {
        self.find(css).await?;
        let end = Instant::now() + Duration::from_secs(STEP_SECONDS_MAX);
        loop {
            match self.click_now(css).await {
                Ok(()) => return Ok(()),
                // The page was just being replaced, or the element is not laid out yet.
                Err(_) if Instant::now() < end => tokio::time::sleep(Duration::from_millis(50)).await,
                Err(e) => return Err(e).with_context(|| format!("cannot click {css}")),
            }
        }
    }

    async fn click_now(&self, css: &str) -> Result<()> {
        let document = self.cdp("DOM.getDocument", serde_json::json!({ "depth": 0 })).await?;
        let ask = serde_json::json!({ "nodeId": document["root"]["nodeId"], "selector": css });
        let node = self.cdp("DOM.querySelector", ask).await?["nodeId"].as_i64().filter(|id| *id != 0);
        let node = serde_json::json!({ "nodeId": node.context("it is gone")? });
        self.cdp("DOM.scrollIntoViewIfNeeded", node.clone()).await?;
        let quads = self.cdp("DOM.getContentQuads", node).await?;
        let corner = |i: usize| quads["quads"][0][i].as_f64().context("it has no place on the page");
        let (x, y) = ((corner(0)? + corner(4)?) / 2.0, (corner(1)? + corner(5)?) / 2.0);
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let pressed = u8::from(kind != "mouseMoved");
            let button = if pressed == 1 { "left" } else { "none" };
            let event =
                serde_json::json!({ "type": kind, "x": x, "y": y, "button": button, "clickCount": pressed });
            self.cdp("Input.dispatchMouseEvent", event).await?;
        }
        Ok(())
    }

    /// Plugs in a device that holds passkeys and always agrees, as one with a screen lock does; its id.
    pub async fn authenticator(&self) -> Result<String> {
        self.cdp("WebAuthn.enable", serde_json::json!({})).await?;
        let options = serde_json::json!({
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": true,
            "hasUserVerification": true,
            "isUserVerified": true,
            "automaticPresenceSimulation": true,
        });
        let added =
            self.cdp("WebAuthn.addVirtualAuthenticator", serde_json::json!({ "options": options })).await?;
        Ok(added["authenticatorId"].as_str().context("no authenticator")?.to_owned())
    }

    /// One command to the browser's debugger.
    pub async fn cdp(&self, method: &str, params: serde_json::Value) -> Result<serde_json::Value> {
        Ok(self.driver.cdp().send_raw(method, params).await?)
    }

    /// Waits for the first match of a CSS selector.
    pub async fn find(&self, css: &str) -> Result<WebElement> {
        let end = Instant::now() + Duration::from_secs(STEP_SECONDS_MAX);
        loop {
            match self.driver.find(By::Css(css)).await {
                Ok(element) => return Ok(element),
                Err(_) if Instant::now() < end => tokio::time::sleep(Duration::from_millis(50)).await,
                Err(e) => {
                    let url = self.url().await.unwrap_or_default();
                    let text = self.text().await.unwrap_or_default();
                    return Err(e).with_context(|| format!("nothing matches {css} on {url}:\n{text}"));
                }
            }
        }
    }

    /// Waits until the page's text holds `text`.
    pub async fn sees(&self, text: &str) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(STEP_SECONDS_MAX);
        loop {
            let body = self.text().await.unwrap_or_default();
            if body.contains(text) {
                return Ok(());
            }
            if Instant::now() > end {
                bail!("“{text}” is not on {}:\n{body}", self.url().await?);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the field of that name holds `text`.
    pub async fn sees_value(&self, name: &str, text: &str) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(STEP_SECONDS_MAX);
        loop {
            let value = match self.find(&format!("[name='{name}']")).await {
                Ok(field) => field.prop("value").await.ok().flatten().unwrap_or_default(),
                Err(_) => String::new(),
            };
            if value.contains(text) {
                return Ok(());
            }
            if Instant::now() > end {
                bail!("{name} does not hold “{text}” but “{value}”");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// All visible text.
    pub async fn text(&self) -> Result<String> {
        Ok(self.driver.find(By::Tag("body")).await?.text().await?)
    }

    /// Waits until the address holds `part`.
    pub async fn arrives_at(&self, part: &str) -> Result<String> {
        let end = Instant::now() + Duration::from_secs(STEP_SECONDS_MAX);
        loop {
            let url = self.url().await?;
            if url.contains(part) {
                return Ok(url);
            }
            if Instant::now() > end {
                bail!("waited for {part}, is at {url}:\n{}", self.text().await.unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the address holds `part` no more: what a click led to is there.
    pub async fn leaves(&self, part: &str) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(STEP_SECONDS_MAX);
        while self.url().await?.contains(part) {
            anyhow::ensure!(
                Instant::now() < end,
                "still at {part}:\n{}",
                self.text().await.unwrap_or_default()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Keeps a picture ([`Browser::shot`]) and, where scripts run, asks axe-core ([`Browser::accessible`]).
    pub async fn look(&self, name: &str) -> Result<()> {
        self.shot(name).await?;
        if self.scripts { self.accessible(name).await } else { Ok(()) }
    }

    /// Keeps a picture of the whole page as `target/e2e/shots/NAME-WIDTH.png`, but where nobody will look at it, and
    /// checks that nothing runs out of the screen sideways.
    pub async fn shot(&self, name: &str) -> Result<()> {
        let widest = if self.width == Width::Phone { 390.0 } else { 1280.0 };
        let mut size = self.size().await?;
        // A page that is not laid out yet has no width, or that of a desktop.
        let end = Instant::now() + Duration::from_secs(LAID_OUT_SECONDS_MAX);
        while (size.0 == 0.0 || size.0 > widest) && Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(50)).await;
            size = self.size().await?;
        }
        anyhow::ensure!(
            size.0 <= widest,
            "{name} is {} pixels wide on the {} screen",
            size.0,
            self.width.word()
        );
        if testkit::is_ci() {
            return Ok(());
        }
        let dir = crate::evidence().join("shots");
        std::fs::create_dir_all(&dir)?;
        let path = dir.join(format!("{name}-{}.png", self.width.word()));
        let height = size.1.min(PICTURE_HEIGHT_MAX);
        let clip = serde_json::json!({ "x": 0, "y": 0, "width": size.0, "height": height, "scale": 1 });
        let ask = serde_json::json!({ "captureBeyondViewport": true, "format": "png", "clip": clip });
        let picture = self.cdp("Page.captureScreenshot", ask).await?;
        let data = picture["data"].as_str().context("no picture")?;
        Ok(std::fs::write(&path, crate::canary::from_base64(data).context("no base64")?)?)
    }

    /// A photograph of what is shown, as JPEG.
    pub async fn photograph(&self) -> Result<Vec<u8>> {
        let ask = serde_json::json!({ "format": "jpeg", "quality": 90 });
        let picture = self.cdp("Page.captureScreenshot", ask).await?;
        crate::canary::from_base64(picture["data"].as_str().context("no picture")?).context("no base64")
    }

    /// Width and height of the page, in CSS pixels. By the debugger: scripts may be off.
    async fn size(&self) -> Result<(f64, f64)> {
        let metrics = self.cdp("Page.getLayoutMetrics", serde_json::json!({})).await?;
        let number =
            |what: &str| metrics["cssContentSize"][what].as_f64().with_context(|| format!("no {what}"));
        Ok((number("width")?, number("height")?))
    }

    /// Runs axe-core on the page: no finding of impact serious or critical.
    pub async fn accessible(&self, name: &str) -> Result<()> {
        let Some(axe) = testkit::npm_file("axe-core/axe.min.js") else { return Ok(()) };
        // By the debugger, which the page's own policy does not bind.
        let source = std::fs::read_to_string(axe)?;
        let evaluate = async |expression: String| {
            let ask =
                serde_json::json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
            self.cdp("Runtime.evaluate", ask).await
        };
        evaluate(source).await?;
        let script = "axe.run(document, { resultTypes: ['violations'] }).then(r => r.violations \
            .filter(v => ['serious', 'critical'].includes(v.impact)) \
            .map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(', ')))";
        let result = evaluate(script.to_owned()).await?;
        let found =
            result["result"]["value"].as_array().with_context(|| format!("axe gave no list: {result}"))?;
        anyhow::ensure!(found.is_empty(), "{name}: {found:#?}");
        Ok(())
    }

    /// Ends the browser.
    pub async fn close(self) -> Result<()> {
        let _ = self.driver.clone().quit().await;
        Ok(())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver and the browsers it started: a test that failed has not closed them.
        let group = format!("-{}", self.server.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.server.wait();
    }
}

/// The engine without a desktop browser's windows, which takes half of the processor's time but not the preference that
/// switches scripts off. It opens no page by itself, and the driver wants one.
fn with_a_page(folder: &Path) -> Result<PathBuf> {
    let program = folder.join("browser");
    std::fs::write(&program, format!("#!/bin/sh\nexec {SHELL} \"$@\" data:,\n"))?;
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700))?;
    Ok(program)
}

fn chromedriver() -> Result<(Child, u16)> {
    let mut server = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .context("cannot start chromedriver")?;
    let stdout = server.stdout.take().context("no stdout")?;
    let mut lines = BufReader::new(stdout).lines();
    let port = lines
        .by_ref()
        .map_while(Result::ok)
        .find_map(|line| line.split("successfully on port ").nth(1)?.trim_end_matches('.').parse().ok());
    // It goes on writing: somebody must go on reading.
    std::thread::spawn(move || lines.for_each(drop));
    Ok((server, port.context("chromedriver did not say its port")?))
}

fn which(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join(name)).find(|p| p.is_file())
}
