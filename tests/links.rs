//! Every link between pages of the project leads somewhere, and every page of `docs/` is in its index.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use regex::Regex;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The pages that people read.
fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = Vec::new();
    for folder in ["", "docs", "docs/reference", "infra", "samples", "shared/rules/catalogue"] {
        let entries = std::fs::read_dir(root().join(folder)).unwrap();
        let files = entries.map(|entry| entry.unwrap().path());
        pages.extend(files.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    }
    pages.sort();
    pages
}

/// A page without what is in code.
fn prose(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let mut is_code = false;
    let lines = text.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_fence && !is_code && !line.starts_with("    ")
    });
    let lines: Vec<&str> = lines.collect();
    Regex::new("`[^`]*`").unwrap().replace_all(&lines.join("\n"), "code").into_owned()
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(path: &Path) -> HashSet<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let headings = text.lines().filter_map(|line| {
        let title = line.trim_start_matches('#');
        (title.len() < line.len() && title.starts_with(' ')).then(|| title.trim())
    });
    let anchor = |title: &str| -> String {
        let kept = title
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
            .collect::<String>();
        kept.replace(' ', "-")
    };
    headings.map(anchor).collect()
}

#[test]
fn every_link_leads_to_a_page_and_a_heading_that_exist() {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let mut broken = Vec::new();
    let mut count = 0;
    for page in pages() {
        for found in link.captures_iter(&prose(&page)) {
            let target = &found[1];
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            count += 1;
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            if !path.exists() || (!anchor.is_empty() && !anchors(&path).contains(anchor)) {
                broken.push(format!("{}: {target}", page.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(count > 100, "{count} links are too few to believe");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_page_of_the_documents_is_in_their_index() {
    let index = std::fs::read_to_string(root().join("docs/README.md")).unwrap();
    let docs = root().join("docs");
    let pages = pages().into_iter().filter_map(|page| page.strip_prefix(&docs).ok().map(Path::to_path_buf));
    let missing: Vec<PathBuf> = pages
        .filter(|page| page.as_os_str() != "README.md")
        .filter(|page| {
            !index.contains(&format!("({})", page.display()))
                && !index.contains(&format!("({}#", page.display()))
        })
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
