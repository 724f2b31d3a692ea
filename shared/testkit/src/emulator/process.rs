//! The emulator's process: started on a free port of the loopback interface, and gone with its owner.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::host::{cpu_ticks, fields, from_ticks};
use super::install::{from_environment, last_lines};
use super::{ACCOUNT, REGION, StartError};

/// How long a start may take on a machine that compiles at the same time.
const PATIENCE: Duration = Duration::from_secs(60);

/// Another process may take the free port between our looking and the emulator's binding.
const ATTEMPTS: u32 = 3;

/// Runs the emulator, and ends the whole process group when standard input closes or the emulator ends: a test that is
/// killed takes the emulator and its Lambda environments along, whichever way it dies.
const SUPERVISOR: &str = r#"( "$1"; kill -KILL 0 ) & cat >/dev/null; kill -KILL 0"#;

#[derive(Debug)]
pub(super) struct Process {
    supervisor: Child,
    port: u16,
    folder: TempDir,
}

impl Process {
    pub(super) fn start(ministack: &Path) -> Result<Self, StartError> {
        let mut attempt = 1;
        loop {
            match Self::start_once(ministack) {
                Err(StartError::Unhealthy { .. }) if attempt < ATTEMPTS => attempt += 1,
                outcome => return outcome,
            }
        }
    }

    fn start_once(ministack: &Path) -> Result<Self, StartError> {
        let folder = tempfile::Builder::new()
            .prefix("trailbell-emulator-")
            .tempdir()
            .map_err(StartError::io("create a folder for the emulator"))?;
        let port = free_port().map_err(StartError::io("find a free port"))?;
        let supervisor =
            spawn(ministack, folder.path(), port).map_err(StartError::io("start the emulator"))?;
        let mut process = Self { supervisor, port, folder };
        process.wait_for_health()?;
        Ok(process)
    }

    pub(super) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(super) fn log(&self) -> String {
        let bytes = fs::read(self.folder.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// CPU time of the supervisor's process group.
    pub(super) fn cpu_time(&self) -> Duration {
        let group = self.supervisor.id().to_string();
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        let processes = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let is_own = |process: &u32| {
            let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            fields(&stat).nth(2) == Some(group.as_str())
        };
        from_ticks(processes.filter(is_own).filter_map(cpu_ticks).sum())
    }

    /// Calls a service of the JSON protocol; null when it does not answer.
    pub(super) fn call(&self, service: &str, target: &str, body: &Value) -> Value {
        let body = body.to_string();
        let request = format!(
            "POST / HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\n\
             X-Amz-Target: {target}\r\nContent-Length: {}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260914/{REGION}/{service}/aws4_request, \
             SignedHeaders=host, Signature=0\r\n\r\n{body}",
            body.len(),
        );
        let answer = exchange(self.port, &request).unwrap_or_default();
        let document = answer.split_once("\r\n\r\n").and_then(|(_, json)| serde_json::from_str(json).ok());
        document.unwrap_or_default()
    }

    fn wait_for_health(&mut self) -> Result<(), StartError> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            let ended = self.supervisor.try_wait().map_err(StartError::io("look after the emulator"))?;
            if ended.is_some() {
                break;
            }
            if is_healthy(self.port) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let log = last_lines(&self.log(), 8);
        Err(StartError::Unhealthy { seconds: start.elapsed().as_secs(), log })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The supervisor takes the closing for its sign.
        drop(self.supervisor.stdin.take());
        let _ = self.supervisor.wait();
        // The others of its group die in their own time. The lock on the log is free when the last has: only then is
        // the port closed, and the folder without a writer.
        let _ = File::open(self.folder.path().join("log")).and_then(|log| log.lock());
    }
}

/// The emulator sees nothing of this process's environment but where to find programs: Lambda functions inherit what it
/// sees, and would behave differently on another machine.
fn spawn(ministack: &Path, folder: &Path, port: u16) -> std::io::Result<Child> {
    let [state, temporary] = ["state", "tmp"].map(|name| folder.join(name));
    fs::create_dir(&state)?;
    fs::create_dir(&temporary)?;
    let log = File::create(folder.join("log"))?;
    // The lock belongs to the open file, which the processes share from here on.
    log.lock()?;
    Command::new("/bin/sh")
        .args(["-c", SUPERVISOR, "emulator"])
        .arg(ministack)
        .env_clear()
        .env("PATH", from_environment("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("STATE_DIR", &state)
        .env("TMPDIR", &temporary)
        // Without these two it listens on every interface, and for MQTT as well.
        .env("BIND_HOST", "127.0.0.1")
        .env("IOT_MTLS_ENABLED", "0")
        .env("GATEWAY_PORT", port.to_string())
        .env("EDGE_PORT", port.to_string())
        // What functions need to find their way back.
        .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
        .env("AWS_ACCESS_KEY_ID", ACCOUNT)
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", REGION)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::piped())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0)
        .spawn()
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn is_healthy(port: u16) -> bool {
    let answer = exchange(port, "GET /_ministack/health HTTP/1.0\r\nHost: localhost\r\n\r\n");
    answer.is_ok_and(|answer| answer.lines().next().is_some_and(|status| status.contains(" 200")))
}

/// Sends a request of HTTP/1.0 and reads the whole answer.
fn exchange(port: u16, request: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
