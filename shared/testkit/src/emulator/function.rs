//! Lambda functions: built by Cargo, zipped, deployed, and put behind a queue.

use std::collections::HashMap;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, FunctionCode, FunctionResponseType, Runtime, ScalingConfig, State};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::install::workspace;
use super::{ACCOUNT, EmulatedCloud, Queue, wait_until};

/// A function to deploy.
#[derive(Debug, Clone)]
pub struct Function<'a> {
    /// Its name.
    pub name: &'a str,
    /// The contents of `bootstrap`: an executable, or a script that starts with `#!`.
    pub bootstrap: Vec<u8>,
    /// Its environment variables. The emulator adds the endpoint, region and credentials.
    pub environment: &'a [(&'a str, &'a str)],
    /// After how many seconds an invocation is ended.
    pub timeout_seconds: i32,
}

impl EmulatedCloud {
    /// Deploys a function on `provided.al2023`, and waits until it can be invoked.
    pub async fn deploy(&self, function: Function<'_>) {
        let client = aws_sdk_lambda::Client::new(self.sdk_config());
        let variables: HashMap<String, String> = function
            .environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let request = client
            .create_function()
            .function_name(function.name)
            .runtime(Runtime::Providedal2023)
            .handler("bootstrap")
            .role(format!("arn:aws:iam::{ACCOUNT}:role/function"))
            .memory_size(256)
            .timeout(function.timeout_seconds)
            .environment(Environment::builder().set_variables(Some(variables)).build())
            .code(FunctionCode::builder().zip_file(Blob::new(zip_of(&function.bootstrap))).build());
        request.send().await.expect("create a function");
        let active = wait_until(Duration::from_secs(10), async || {
            let configuration = client.get_function_configuration().function_name(function.name).send().await;
            configuration.ok().filter(|function| function.state != Some(State::Pending))
        });
        active.await.expect("a function becomes active");
    }

    /// Invokes a function and answers its payload, or the error document of a function that failed.
    pub async fn invoke(&self, function: &str, payload: &str) -> Result<String, String> {
        let client = aws_sdk_lambda::Client::new(self.sdk_config());
        let request = client.invoke().function_name(function).payload(Blob::new(payload));
        let answer = request.send().await.expect("invoke a function");
        let payload = answer.payload.map(Blob::into_inner).unwrap_or_default();
        let payload = String::from_utf8(payload).expect("functions answer with JSON");
        if answer.function_error.is_some() { Err(payload) } else { Ok(payload) }
    }

    /// Puts a function behind a queue, with partial batch responses.
    pub async fn connect(&self, queue: &Queue, function: &str, batch_size: i32) {
        let client = aws_sdk_lambda::Client::new(self.sdk_config());
        let request =
            client.create_event_source_mapping().event_source_arn(&queue.arn).function_name(function);
        let request = request.function_response_types(FunctionResponseType::ReportBatchItemFailures);
        request.batch_size(batch_size).send().await.expect("create an event source mapping");
    }

    /// Sets how many batches an event source mapping hands out at the same time.
    pub async fn set_maximum_concurrency(&self, mapping: &str, batches: i32) {
        let client = aws_sdk_lambda::Client::new(self.sdk_config());
        let scaling = ScalingConfig::builder().maximum_concurrency(batches).build();
        let request = client.update_event_source_mapping().uuid(mapping).scaling_config(scaling);
        request.send().await.expect("update an event source mapping");
    }
}

/// A deployment package. Stored and not compressed, since it travels to this machine only.
fn zip_of(bootstrap: &[u8]) -> Vec<u8> {
    let options =
        SimpleFileOptions::default().compression_method(CompressionMethod::Stored).unix_permissions(0o755);
    let mut archive = ZipWriter::new(Cursor::new(Vec::with_capacity(bootstrap.len() + 512)));
    archive.start_file("bootstrap", options).expect("a name that archives allow");
    archive.write_all(bootstrap).expect("memory takes every byte");
    archive.finish().expect("memory takes every byte").into_inner()
}

/// An executable of the workspace, in the profile and target folder of the running test.
///
/// It is built as `cargo test --workspace` builds it, so that a run of all tests finds it ready: building its package alone
/// would choose other features for its dependencies, and compile all of them once more. Cargo builds a package's
/// executables for its integration tests, so the package needs one.
///
/// # Panics
///
/// When the workspace does not compile.
pub fn executable(name: &str) -> PathBuf {
    static BUILT: Mutex<bool> = Mutex::new(false);
    let mut built = BUILT.lock().expect("a build that failed ends all tests that need it");
    let (target, profile) = target_and_profile();
    if !*built {
        let status = Command::new(env!("CARGO"))
            .args(["test", "--quiet", "--workspace", "--no-run"])
            .args(["--profile", if profile == "debug" { "test" } else { &profile }])
            .arg("--target-dir")
            .arg(&target)
            .current_dir(workspace())
            .status()
            .expect("run Cargo");
        assert!(status.success(), "the workspace does not compile");
        *built = true;
    }
    target.join(&profile).join(name)
}

/// The executable of a package of the workspace, built in the profile of the running executable `of`, into the folder beside
/// it. Both packages are built together, so that most of what they depend on is built once.
///
/// # Panics
///
/// When the package does not compile.
pub fn built_executable(name: &str, of: &str) -> PathBuf {
    let own = std::env::current_exe().expect("a process has an executable");
    let folder = own.parent().expect("an executable lies in a folder");
    let profile = folder.file_name().expect("a profile has a name").to_string_lossy();
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", of, "--package", name, "--bin", name])
        .args(["--profile", if profile == "debug" { "dev" } else { &profile }])
        .arg("--target-dir")
        .arg(folder.parent().expect("a profile lies in a target folder"))
        .current_dir(workspace())
        .status()
        .expect("run Cargo");
    assert!(status.success(), "`{name}` does not compile");
    folder.join(name)
}

/// The folder in which Cargo builds the running test, and in which a test may build more.
///
/// # Panics
///
/// Never in a test that Cargo has built.
pub fn target_folder() -> PathBuf {
    target_and_profile().0
}

/// Where the running test lies tells where Cargo builds: `<target>/<profile>/deps/<test>`.
fn target_and_profile() -> (PathBuf, String) {
    let test = std::env::current_exe().expect("a process has an executable");
    let profile = test.ancestors().nth(2).expect("a test lies in `<target>/<profile>/deps`");
    let name = profile.file_name().expect("a profile has a name").to_string_lossy().into_owned();
    (profile.parent().map(Path::to_owned).expect("a profile lies in a target folder"), name)
}
