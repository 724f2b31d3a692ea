//! The deployment packages as `cargo lambda build` makes them: the right executable, under the right name, within its size.
//!
//! Packages take some minutes, so they are built once a run, and the deployment tests deploy the same files. Packages for a
//! processor whose standard library this machine lacks are left out, and the test says so on standard error.
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

/// Largest executable, in bytes. Lambda's own limit for all that a package unfolds to is far from it, but a cold start pays
/// for every page.
const MOST_EXECUTABLE_BYTES: usize = 9_200_000;

/// Largest package, in bytes: what can be uploaded without a bucket is 50 MB, and this is far from it.
const MOST_PACKAGE_BYTES: u64 = 5_000_000;

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
        static FOLDERS: [OnceLock<PathBuf>; 2] = [const { OnceLock::new() }; 2];
        FOLDERS[self as usize].get_or_init(|| build(self)).join(function).join("bootstrap.zip")
    }

    /// Whether this machine's toolchain has the standard library.
    fn has_standard_library(self) -> bool {
        let arguments = ["--print", "target-libdir", "--target", self.target()];
        let output = Command::new("rustc").args(arguments).output().expect("run `rustc`");
        output.status.success() && Path::new(String::from_utf8_lossy(&output.stdout).trim()).exists()
    }
}

/// Builds the packages as the documentation says, and answers with their folder.
fn build(processor: Processor) -> PathBuf {
    let tools = python_tools("cargo-lambda-tools", "tests/artifacts/requirements.txt").unwrap();
    let packages = target_folder().join("cargo-lambda").join(processor.architecture());
    let path = std::env::var("PATH").unwrap_or_default();
    let flag = if processor == Processor::Arm64 { "--arm64" } else { "--x86-64" };
    // The tests that run meanwhile wait for answers in time; nobody waits for this but its own.
    let output = Command::new("nice")
        .arg(tools.join("cargo-lambda"))
        .args(["lambda", "build", "--release", flag, "--locked", "--output-format", "zip"])
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
            FUNCTIONS.iter().for_each(|function| check_package(processor, function));
        } else {
            let target = processor.target();
            // Past the capture of a test that passes.
            writeln!(std::io::stderr(), "not built: this toolchain has no `{target}`").unwrap();
        }
    }
}

#[test]
fn the_page_on_deployment_builds_all_functions() {
    let page = std::fs::read_to_string(root().join("docs/deploy.md")).unwrap();
    let functions: String = FUNCTIONS.iter().map(|function| format!(" -p {function}")).collect();
    let command = format!("cargo lambda build --release --arm64{functions}\n");
    assert!(page.contains(&command), "no `{command}`");
}

fn check_package(processor: Processor, function: &str) {
    let build = format!("{function} for {processor:?}");
    let package = File::open(processor.package(function)).unwrap();
    let size = package.metadata().unwrap().len();
    assert!(size <= MOST_PACKAGE_BYTES, "the package of {build} has {size} bytes");
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
    assert!(size <= MOST_EXECUTABLE_BYTES, "the executable of {build} has {size} bytes");
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
