//! `trailbell` in the emulated account, as its owner runs it.

use std::process::{Output, Stdio};

use testkit::emulator::{ACCOUNT, REGION, executable};
use tokio::process::Command;

/// `trailbell` with these arguments and nothing of this process's environment, killed with the test. `endpoint` is that of
/// the emulator or of a proxy before it.
pub(crate) fn trailbell(endpoint: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(executable("trailbell"));
    command
        .args(arguments)
        .env_clear()
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_ACCESS_KEY_ID", ACCOUNT)
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", REGION)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Runs `trailbell` to its end, which has to have this exit code, and answers what it wrote to standard output.
pub(crate) async fn run(endpoint: &str, arguments: &[&str], code: i32) -> String {
    let Output { status, stdout, stderr } = trailbell(endpoint, arguments).output().await.unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert_eq!(status.code(), Some(code), "trailbell {arguments:?}\n{stdout}\n{stderr}");
    stdout.into_owned()
}
