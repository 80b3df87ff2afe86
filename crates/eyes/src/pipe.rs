//! The browser and the pipe by which it is told what to do (Chrome DevTools Protocol; `--remote-debugging-pipe`): JSON, a
//! zero byte behind each message. Nobody else on the machine can speak on a pipe, as he could on a port.

use rustix::process::{Pid, Signal};
use serde_json::Value;
use std::{
    io::{self, BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    time::Duration,
};

/// The largest message that is read.
const MESSAGE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Where Debian and others put the program itself. What lies in `/usr/bin` is a script of the distribution's.
const PLACES: [&str; 4] = [
    "/usr/lib/chromium/chromium",
    "/usr/lib/chromium-browser/chromium-browser",
    "/opt/google/chrome/chrome",
    "/usr/lib64/chromium-browser/chromium-browser",
];
/// The shell that lays the pipes where the browser looks for them.
pub const SHELL: &str = "/bin/sh";
/// Reads at 3, writes at 4.
const LAY_PIPES: &str = r#"exec "$0" "$@" 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null"#;

/// The browser's program, where there is one.
pub fn chromium() -> Option<PathBuf> {
    PLACES.iter().map(PathBuf::from).find(|path| path.is_file())
}

/// A browser that runs. It ends with this.
pub(crate) struct Pipe {
    child: Child,
    write: ChildStdin,
    read: Receiver<Value>,
}

impl Pipe {
    /// Starts `program` with a profile of its own in `profile`. It takes the key of `pin` whoever signed for it.
    pub(crate) fn start(program: &Path, profile: &Path, pin: Option<&str>) -> io::Result<Pipe> {
        let mut command = Command::new(SHELL);
        command.arg("-c").arg(LAY_PIPES).arg(program).args(arguments(profile, pin));
        command.env_clear().env("HOME", profile).env("TMPDIR", profile).env("LANG", "ja_JP.UTF-8");
        // A group of its own: all of its processes end together.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        let mut child = command.spawn()?;
        let (Some(write), Some(out)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("no pipe to the browser"));
        };
        let (send, read) = mpsc::channel();
        std::thread::Builder::new().name("browser".into()).spawn(move || {
            let mut out = BufReader::with_capacity(1 << 16, out);
            let mut message = Vec::new();
            while out.read_until(0, &mut message).is_ok_and(|read| read > 0) {
                message.pop();
                let value =
                    (message.len() <= MESSAGE_BYTES_MAX).then(|| serde_json::from_slice(&message).ok());
                if value.flatten().is_some_and(|value| send.send(value).is_err()) {
                    break;
                }
                message.clear();
            }
        })?;
        Ok(Pipe { child, write, read })
    }

    pub(crate) fn send(&mut self, message: &Value) -> io::Result<()> {
        let mut text = serde_json::to_vec(message)?;
        text.push(0);
        self.write.write_all(&text)
    }

    /// The next message; `None` where none came in that time.
    pub(crate) fn receive(&mut self, time: Duration) -> io::Result<Option<Value>> {
        match self.read.recv_timeout(time) {
            Ok(message) => Ok(Some(message)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(group) = group {
            let _ = rustix::process::kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

fn arguments(profile: &Path, pin: Option<&str>) -> Vec<String> {
    let fixed = [
        "--remote-debugging-pipe",
        "--headless=new",
        // Frames of other origins are processes, and so targets, of their own.
        "--site-per-process",
        "--disable-blink-features=AutomationControlled",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-dev-shm-usage",
        "--disable-extensions",
        "--disable-gpu",
        "--disable-quic",
        "--disable-sync",
        "--disable-breakpad",
        "--disable-features=Translate,OptimizationHints,MediaRouter,InterestFeedContentSuggestions",
        "--mute-audio",
        "--no-default-browser-check",
        "--no-first-run",
        "--no-pings",
        "--no-proxy-server",
        "--password-store=basic",
        "--lang=ja",
        "--window-size=1280,900",
        // Not every resolver knows that these names mean this machine (RFC 6761 §6.3).
        "--host-resolver-rules=MAP *.localhost 127.0.0.1",
    ];
    let mut all: Vec<String> = fixed.map(str::to_owned).to_vec();
    // Its own sandbox needs a user who is not root.
    all.extend(rustix::process::geteuid().is_root().then(|| "--no-sandbox".to_owned()));
    all.extend(pin.map(|pin| format!("--ignore-certificate-errors-spki-list={pin}")));
    all.push(format!("--user-data-dir={}", profile.display()));
    all.push("about:blank".into());
    all
}
