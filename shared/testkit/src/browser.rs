//! A headless Chromium, driven over the pipe of its debugging protocol: pages from files, keys, and what the page said and
//! asked for while it was open.
//!
//! It installs nothing. The environment variable `CHROME` names another executable. Unix only.
//!
//! # Source
//!
//! The Chrome DevTools Protocol, and `--remote-debugging-pipe`: JSON that ends with a zero byte, on descriptors 3 and 4.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use data_encoding::BASE64;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The executables that are tried without `CHROME`.
const EXECUTABLES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
/// Options without which a browser writes, asks or waits for things that no test is about.
const OPTIONS: [&str; 10] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    "--remote-debugging-pipe",
];
/// The height of the window, in pixels.
const HEIGHT: u32 = 900;

/// A browser with one page.
#[derive(Debug)]
pub struct Browser {
    child: Child,
    input: File,
    output: BufReader<File>,
    next: u64,
    session: Option<String>,
    events: Vec<Value>,
    _folder: TempDir,
}

/// What a page did while it was open.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Behaviour {
    /// Messages of its script, errors, and violations of its policy.
    pub messages: Vec<String>,
    /// The addresses it asked for, its own among them.
    pub requests: Vec<String>,
}

/// The executable of the browser; `None` if the machine has none.
fn executable() -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the one option of a tool for tests")]
    let named = std::env::var("CHROME").ok();
    let runs = |name: &String| {
        let quiet = || Stdio::null();
        let version = Command::new(name).arg("--version").stdout(quiet()).stderr(quiet()).status();
        version.is_ok_and(|status| status.success())
    };
    named.into_iter().chain(EXECUTABLES.map(str::to_owned)).find(runs)
}

impl Browser {
    /// Starts a browser; `None` if the machine has none.
    pub fn start() -> Option<Self> {
        let executable = executable()?;
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let pipe = |name: &str| {
            let path = folder.path().join(name);
            let made = Command::new("mkfifo").arg(&path).status().expect("`mkfifo` runs");
            assert!(made.success(), "a pipe can be made");
            path
        };
        let (input, output) = (pipe("input"), pipe("output"));
        let child = Command::new("sh")
            .args([
                "-c",
                r#"program=$1 input=$2 output=$3; shift 3; exec "$program" "$@" 3<"$input" 4>"$output""#,
                "sh",
            ])
            .args([executable.as_ref(), input.as_os_str(), output.as_os_str()])
            .args(OPTIONS)
            .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell runs");
        // Each side waits for the other to open a pipe, in this order.
        let input = OpenOptions::new().write(true).open(input).expect("the pipe can be opened");
        let output = BufReader::new(File::open(output).expect("the pipe can be opened"));
        let mut browser =
            Self { child, input, output, next: 0, session: None, events: Vec::new(), _folder: folder };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = browser.call("Target.attachToTarget", attach);
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        browser.call("Performance.enable", json!({ "timeDomain": "threadTicks" }));
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        Some(browser)
    }

    /// Opens a file in a window of this width, and waits until it is loaded. Forgets what earlier pages did.
    pub fn open(&mut self, path: &Path, width: u32) {
        let size = json!({ "width": width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", size);
        self.events.clear();
        self.call("Page.navigate", json!({ "url": format!("file://{}", path.display()) }));
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            let event = self.read();
            self.events.push(event);
        }
    }

    /// Shows pages as a dark or a light system would, on a screen.
    pub fn prefer_dark(&mut self, is_dark: bool) {
        let scheme =
            json!({ "name": "prefers-color-scheme", "value": if is_dark { "dark" } else { "light" } });
        self.call("Emulation.setEmulatedMedia", json!({ "media": "screen", "features": [scheme] }));
    }

    /// The CPU time that pages have taken so far, in seconds: unlike the time on the clock, it does not depend on what else
    /// the machine does.
    pub fn cpu_seconds(&mut self) -> f64 {
        let answer = self.call("Performance.getMetrics", json!({}));
        let metrics = answer["metrics"].as_array().expect("there are metrics");
        let tasks = metrics.iter().find(|metric| metric["name"] == "TaskDuration");
        tasks.and_then(|metric| metric["value"].as_f64()).expect("the time of tasks is measured")
    }

    /// The value of an expression in the page; of a promise, what it comes to.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let answer = self.call(
            "Runtime.evaluate",
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true }),
        );
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Presses a key, such as `ArrowRight` or `/`.
    pub fn press(&mut self, key: &str) {
        let text = if key.chars().count() == 1 { key } else { "" };
        self.call("Input.dispatchKeyEvent", json!({ "type": "keyDown", "key": key, "text": text }));
        self.call("Input.dispatchKeyEvent", json!({ "type": "keyUp", "key": key }));
    }

    /// A picture of the whole page, or of its first `height` pixels, as PNG.
    pub fn picture(&mut self, width: u32, height: Option<u32>) -> Vec<u8> {
        let full = self.evaluate("document.documentElement.scrollHeight").as_u64().unwrap_or(0);
        let height = height.map_or(full, u64::from).min(full);
        let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
        let answer = self.call(
            "Page.captureScreenshot",
            json!({ "format": "png", "clip": clip, "captureBeyondViewport": true }),
        );
        let data = answer["data"].as_str().expect("a picture has data");
        BASE64.decode(data.as_bytes()).expect("the data is in Base64")
    }

    /// The page as paper, as PDF.
    pub fn print(&mut self) -> Vec<u8> {
        let answer =
            self.call("Page.printToPDF", json!({ "preferCSSPageSize": true, "printBackground": true }));
        let data = answer["data"].as_str().expect("a document has data");
        BASE64.decode(data.as_bytes()).expect("the data is in Base64")
    }

    /// What the page did since it was opened.
    pub fn behaviour(&mut self) -> Behaviour {
        // The answer comes after every event that the page has caused.
        self.evaluate("0");
        let mut behaviour = Behaviour::default();
        for event in &self.events {
            let parameters = &event["params"];
            match event["method"].as_str().unwrap_or_default() {
                "Runtime.consoleAPICalled" | "Runtime.exceptionThrown" | "Log.entryAdded" => {
                    behaviour.messages.push(parameters.to_string());
                }
                "Network.requestWillBeSent" => {
                    behaviour
                        .requests
                        .push(parameters["request"]["url"].as_str().unwrap_or_default().to_owned());
                }
                _ => {}
            }
        }
        behaviour
    }

    fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.next += 1;
        let mut message = json!({ "id": self.next, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        write!(self.input, "{message}\0").expect("the browser listens");
        self.input.flush().expect("the browser listens");
        loop {
            let answer = self.read();
            if answer["id"] == self.next {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].clone();
            }
            self.events.push(answer);
        }
    }

    fn read(&mut self) -> Value {
        let mut message = Vec::new();
        self.output.read_until(0, &mut message).expect("the browser answers");
        assert_eq!(message.pop(), Some(0), "the browser has ended");
        serde_json::from_slice(&message).expect("the browser answers in JSON")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
