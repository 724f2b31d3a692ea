//! The small version of the suite, with the function as the tests of the workspace build it.

use std::process::Command;

use testkit::emulator::executable;

#[test]
fn every_promise_is_kept_under_a_small_load() {
    let output = Command::new(env!("CARGO_BIN_EXE_fault-suite"))
        .arg("--quick")
        .arg("--function")
        .arg(executable("log-processor"))
        .output()
        .expect("run the suite");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    println!("{}", text(&output.stdout));
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
}
