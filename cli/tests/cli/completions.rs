//! `trailbell completions`: the scripts, and the answers they get.

use std::path::Path;
use std::process::Command;

use crate::support::{command, run, write};

/// What a shell is offered for the last of these words.
fn offered(shell: &str, words: &[&str], folder: &Path) -> Vec<String> {
    let output = command()
        .current_dir(folder)
        .env("_TRAILBELL_COMPLETE", shell)
        .env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string())
        .env("_CLAP_IFS", "\n")
        .arg("--")
        .args(words)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    // Fish takes help behind a tab, zsh behind a colon.
    let value = |line: &str| line.split(['\t', ':']).next().unwrap_or_default().to_owned();
    text.lines().map(value).filter(|value| !value.is_empty()).collect()
}

#[test]
fn rule_ids_set_names_and_files_are_completed_in_every_shell() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "cis-own.yaml", "");
    let cases: [(&[&str], &[&str]); 7] = [
        (&["trailbell", "rules", "show", "root-us"], &["root-usage"]),
        (&["trailbell", "rules", "show", "vpc-changes", "root-us"], &["root-usage"]),
        (&["trailbell", "rules", "list", "--set", "security"], &["security-hub"]),
        (&["trailbell", "replay", "--set", "aws"], &["aws-guide"]),
        (&["trailbell", "rules", "diff", "cis-3"], &["cis-3.0"]),
        (&["trailbell", "rules", "diff", "all", "cis-"], &["cis-1.2", "cis-own.yaml"]),
        (&["trailbell", "rules", "sh"], &["show"]),
    ];
    for shell in ["bash", "zsh", "fish"] {
        for (words, expected) in cases {
            let offered = offered(shell, words, folder.path());
            for value in expected {
                assert!(offered.iter().any(|offer| offer == value), "{shell} {words:?}: {offered:?}");
            }
            let start = words.last().unwrap();
            assert!(offered.iter().all(|offer| offer.starts_with(start)), "{shell} {words:?}: {offered:?}");
        }
    }
}

#[test]
fn every_shell_has_a_script_that_asks_the_program() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let result = run(["completions", shell]);
        assert_eq!((result.code, result.stderr.as_str()), (Some(0), ""), "{shell}");
        assert!(result.stdout.contains("_TRAILBELL_COMPLETE"), "{shell}: {}", result.stdout);
    }
}

/// Runs what a shell does with the script, where the shell is installed.
fn in_shell(shell: &str, script: &str) -> Option<String> {
    let program = Path::new(env!("CARGO_BIN_EXE_trailbell")).parent().unwrap();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", program.display());
    let output = Command::new(shell).args(["-c", script]).env("PATH", path).output().ok()?;
    assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn bash_completes_with_the_script() {
    let script = r#"
        source <(trailbell completions bash)
        COMP_WORDS=(trailbell rules show root-us) COMP_CWORD=3 COMP_TYPE=9
        _clap_complete_trailbell trailbell root-us show
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let Some(offered) = in_shell("bash", script) else { return };
    assert_eq!(offered, "root-usage\n");
}

#[test]
fn fish_completes_with_the_script() {
    let script = "trailbell completions fish | source; complete --do-complete 'trailbell rules show root-us'";
    let Some(offered) = in_shell("fish", script) else { return };
    assert!(offered.starts_with("root-usage\t"), "{offered}");
}
