//! Runs the stored inputs without a fuzzer.

use std::fs;
use std::path::Path;

fn run(name: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        // Every prefix of an input is an input as well.
        for end in (0..=bytes.len()).step_by(bytes.len() / 64 + 1).chain([bytes.len()]) {
            // This is shown if the check fails: the last line names the input.
            println!("{name}: the first {end} bytes of {}", path.display());
            check(&bytes[..end]);
        }
        count += 1;
    }
    assert!(count > 0, "no inputs are kept for {name}");
}

#[test]
fn the_kept_inputs_of_every_target_are_fine() {
    run("pattern_set", fuzz::pattern_set);
    run("pattern", fuzz::pattern);
    run("analysis", fuzz::analysis);
    run("projection", fuzz::projection);
    run("log_file", fuzz::log_file);
    run("notification", fuzz::notification);
    run("object_key", fuzz::object_key);
    run("alert", fuzz::alert);
    run("rule_document", fuzz::rule_document);
    run("import", fuzz::import);
    run("shapes", fuzz::shapes);
    run("digest", fuzz::digest);
    run("digest_chain", fuzz::digest_chain);
    run("public_keys", fuzz::public_keys);
}
