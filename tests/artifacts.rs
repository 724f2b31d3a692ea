//! The deployment packages as `cargo lambda build` makes them: the right executable, under the right name, within its size.
//!
//! Packages take some minutes, so they are built once a run, and the deployment tests deploy the same files. Those of the
//! profile `lambda` for a processor whose standard library this machine lacks are left out, and the test says so on
//! standard error; those of `--release`, which SAM builds, are for this machine's own processor.
//!
//! Source: the AWS Lambda developer guide, "Building Lambda functions with Rust" and "OS-only runtimes"; `elf(5)`.

use std::env::consts::ARCH;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use testkit::emulator::{python_tools, target_folder};
use zip::ZipArchive;

/// The minor version of the glibc 2 that Amazon Linux 2023 has.
const GLIBC_MINOR: u32 = 34;

/// The binaries that are deployed.
pub(crate) const FUNCTIONS: [&str; 2] = ["log-processor", "alarm-reconciler"];

/// A processor that Lambda offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Processor {
    Arm64,
    X86,
}

impl Processor {
    /// The one of this machine, whose package runs here.
    pub(crate) fn own() -> Self {
        match ARCH {
            "x86_64" => Self::X86,
            "aarch64" => Self::Arm64,
            other => panic!("Lambda has no `{other}`"),
        }
    }

    /// The value of the template's parameter `Architecture`.
    pub(crate) fn architecture(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86 => "x86_64",
        }
    }

    fn target(self) -> &'static str {
        match self {
            Self::Arm64 => "aarch64-unknown-linux-gnu",
            Self::X86 => "x86_64-unknown-linux-gnu",
        }
    }

    /// `e_machine` of an executable.
    fn elf_machine(self) -> u16 {
        match self {
            Self::Arm64 => 183,
            Self::X86 => 62,
        }
    }

    /// The deployment package of one of the [`FUNCTIONS`].
    pub(crate) fn package(self, function: &str) -> PathBuf {
        Profile::Lambda.package(self, function)
    }

    /// Whether this machine's toolchain has the standard library.
    fn has_standard_library(self) -> bool {
        let arguments = ["--print", "target-libdir", "--target", self.target()];
        let output = Command::new("rustc").args(arguments).output().expect("run `rustc`");
        output.status.success() && Path::new(String::from_utf8_lossy(&output.stdout).trim()).exists()
    }
}

/// A profile of Cargo's that the documentation builds with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Profile {
    /// What `sam build` can do and nothing else: fast code, larger.
    Release,
    /// Small code but where records pass.
    Lambda,
}

impl Profile {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Release => &["--release"],
            Self::Lambda => &["--profile", "lambda"],
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Lambda => "lambda",
        }
    }

    /// Largest executable, in bytes. Lambda's own limit for all that a package unfolds to is far from either, but a cold
    /// start pays for every page.
    fn most_executable_bytes(self) -> usize {
        match self {
            Self::Release => 15_000_000,
            Self::Lambda => 8_700_000,
        }
    }

    /// Largest package, in bytes: what can be uploaded without a bucket is 50 MB, and these are far from it.
    fn most_package_bytes(self) -> u64 {
        match self {
            Self::Release => 6_500_000,
            Self::Lambda => 5_000_000,
        }
    }

    /// The deployment package of one of the [`FUNCTIONS`].
    fn package(self, processor: Processor, function: &str) -> PathBuf {
        static FOLDERS: [[OnceLock<PathBuf>; 2]; 2] = [const { [const { OnceLock::new() }; 2] }; 2];
        let folder = FOLDERS[self as usize][processor as usize].get_or_init(|| build(self, processor));
        folder.join(function).join("bootstrap.zip")
    }
}

/// Builds the packages as the documentation says, in a folder that no other profile has, and answers with the folder.
fn build(profile: Profile, processor: Processor) -> PathBuf {
    let tools = python_tools("cargo-lambda-tools", "tests/artifacts/requirements.txt").unwrap();
    let packages = target_folder().join("cargo-lambda").join(profile.folder()).join(processor.architecture());
    let path = std::env::var("PATH").unwrap_or_default();
    let flag = if processor == Processor::Arm64 { "--arm64" } else { "--x86-64" };
    // The tests that run meanwhile wait for answers in time; nobody waits for this but its own.
    let output = Command::new("nice")
        .arg(tools.join("cargo-lambda"))
        .args(["lambda", "build", flag, "--locked", "--output-format", "zip"])
        .args(profile.arguments())
        .args(FUNCTIONS.iter().flat_map(|function| ["--package", *function]))
        .arg("--lambda-dir")
        .arg(&packages)
        // It finds zig beside the first `python3`.
        .env("PATH", format!("{}:{path}", tools.display()))
        .env("CARGO_TARGET_DIR", target_folder())
        .current_dir(root())
        .output()
        .expect("run `cargo-lambda`");
    assert!(output.status.success(), "cargo lambda build: {}", String::from_utf8_lossy(&output.stderr));
    packages
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

#[test]
fn each_package_for_each_processor_is_one_executable_that_amazon_linux_runs() {
    for processor in [Processor::Arm64, Processor::X86] {
        if processor.has_standard_library() {
            FUNCTIONS.iter().for_each(|function| check_package(Profile::Lambda, processor, function));
        } else {
            let target = processor.target();
            // Past the capture of a test that passes.
            writeln!(std::io::stderr(), "not built: this toolchain has no `{target}`").unwrap();
        }
    }
}

/// In a test of its own: it waits for its build only, and the deployment tests do not.
#[test]
fn each_package_of_a_release_build_is_one_executable_that_amazon_linux_runs() {
    FUNCTIONS.iter().for_each(|function| check_package(Profile::Release, Processor::own(), function));
}

#[test]
fn the_page_on_deployment_builds_each_function_in_both_profiles() {
    let page = std::fs::read_to_string(root().join("docs/deploy.md")).unwrap();
    for profile in [Profile::Release, Profile::Lambda] {
        let command = format!("cargo lambda build {} --arm64", profile.arguments().join(" "));
        let functions: String = FUNCTIONS.iter().map(|function| format!(" -p {function}")).collect();
        assert!(page.contains(&format!("{command}{functions}\n")), "no `{command}{functions}`");
    }
}

fn check_package(profile: Profile, processor: Processor, function: &str) {
    let build = format!("{function} for {processor:?} in {profile:?}");
    let package = File::open(profile.package(processor, function)).unwrap();
    let size = package.metadata().unwrap().len();
    assert!(size <= profile.most_package_bytes(), "the package of {build} has {size} bytes");
    let mut archive = ZipArchive::new(package).unwrap();
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert_eq!(names, ["bootstrap"], "the runtime starts the file of this name");
    let mut file = archive.by_name("bootstrap").unwrap();
    assert_eq!(file.unix_mode().unwrap() & 0o111, 0o111, "everybody may execute it");
    let mut executable = Vec::new();
    file.read_to_end(&mut executable).unwrap();
    assert!(executable.starts_with(b"\x7fELF\x02\x01"), "ELF, 64 bits, little-endian");
    let machine = u16::from_le_bytes([executable[18], executable[19]]);
    assert_eq!(machine, processor.elf_machine(), "e_machine of {build}");
    let size = executable.len();
    assert!(size <= profile.most_executable_bytes(), "the executable of {build} has {size} bytes");
    let newest = newest_glibc(&executable).expect("it is linked dynamically");
    assert!(newest <= GLIBC_MINOR, "the executable of {build} needs glibc 2.{newest}");
}

/// The highest minor version among the symbol versions `GLIBC_2.x`, which the dynamic linker looks for.
fn newest_glibc(executable: &[u8]) -> Option<u32> {
    let text = String::from_utf8_lossy(executable);
    let minors = text.split("GLIBC_2.").skip(1).filter_map(|rest| {
        let digits = rest.split(|character: char| !character.is_ascii_digit()).next()?;
        digits.parse().ok()
    });
    minors.max()
}
