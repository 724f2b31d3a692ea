//! Turns the folder `catalogue` into the tables that `src/catalogue.rs` includes.
//!
//! Each rule exists twice: as written, and without its tests and comments, which make up most of the text and which
//! the Lambda functions do not need. The two are separate tables, so that the linker drops the one that a program
//! does not use. The rules are not checked here, because the code that checks them is only being built; tests check
//! them. For the same reason they are not decoded here: `decoded.txt` is written by a test, and each of its
//! lines is taken only if it was made from the present text.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use saphyr_parser::{Event, Parser};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const FOLDER: &str = "catalogue";
const SETS: &str = "sets.yaml";
/// A rule a line: its id, the fingerprint of the text it was made from, and its JSON.
const DECODED: &str = "decoded.txt";
/// The set of all rules, which has no list of its own.
const ALL: &str = "all";

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed={FOLDER}");
    println!("cargo::rerun-if-changed={DECODED}");
    // Read at run time: a target folder may outlive the folder in which the script was built.
    let folder = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("Cargo sets no CARGO_MANIFEST_DIR")?)
        .join(FOLDER);
    let rules = rule_files(&folder)?;
    let mut code = String::new();
    table(&mut code, "WHOLE", &rules, |path, _| format!("include_str!({path:?})"))?;
    table(&mut code, "WITHOUT_TESTS", &rules, |_, text| format!("{:?}", without_tests(text)))?;
    decoded(&mut code, &fs::read_to_string(folder.with_file_name(DECODED))?, &rules)?;
    sets(&mut code, &fs::read_to_string(folder.join(SETS))?, &rules)?;
    let out = env::var_os("OUT_DIR").ok_or("Cargo sets no OUT_DIR")?;
    fs::write(Path::new(&out).join("catalogue.rs"), code)?;
    Ok(())
}

/// The ids and paths of all rules, sorted by id.
fn rule_files(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if let Some(id) = name.strip_suffix(".yaml").filter(|_| name != SETS) {
            files.push((id.to_owned(), path.clone()));
        }
    }
    files.sort();
    Ok(files)
}

/// Writes a table of ids and texts.
fn table(
    code: &mut String,
    name: &str,
    rules: &[(String, PathBuf)],
    text: impl Fn(&Path, &str) -> String,
) -> Result<()> {
    writeln!(code, "static {name}: [(&str, &str); {}] = [", rules.len())?;
    for (id, path) in rules {
        writeln!(code, "    ({id:?}, {}),", text(path, &fs::read_to_string(path)?))?;
    }
    writeln!(code, "];")?;
    Ok(())
}

/// Writes the table of ids and decoded rules, without those whose text has changed since.
fn decoded(code: &mut String, lines: &str, rules: &[(String, PathBuf)]) -> Result<()> {
    let mut entries = String::new();
    let mut count = 0;
    for (id, path) in rules {
        let made_from = format!("{id} {:016x} ", fingerprint(&without_tests(&fs::read_to_string(path)?)));
        if let Some(json) = lines.lines().find_map(|line| line.strip_prefix(&made_from)) {
            writeln!(entries, "    ({id:?}, {json:?}),")?;
            count += 1;
        }
    }
    writeln!(code, "static DECODED: [(&str, &str); {count}] = [\n{entries}];")?;
    Ok(())
}

/// FNV-1a, 64 bits: it only has to notice that somebody edited a text.
fn fingerprint(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// The text of a rule up to its tests, which come last, without comment lines.
fn without_tests(text: &str) -> String {
    let lines = text.split_inclusive('\n').take_while(|line| line.trim_end() != "    tests:");
    lines.filter(|line| !line.trim_start().starts_with('#')).collect()
}

/// Writes the sets: `name: { description, rules }` below the key `sets`.
fn sets(code: &mut String, text: &str, rules: &[(String, PathBuf)]) -> Result<()> {
    let document = Node::read(text)?;
    let sets = document.get("sets").and_then(Node::entries).ok_or("sets.yaml has no mapping `sets`")?;
    writeln!(code, "static SETS: [Set; {}] = [", sets.len())?;
    for (name, set) in sets {
        let description =
            set.get("description").and_then(Node::text).ok_or(format!("set `{name}` has no description"))?;
        let ids: Vec<&str> = match set.get("rules") {
            Some(Node::List(items)) => items.iter().filter_map(Node::text).collect(),
            None if name == ALL => rules.iter().map(|(id, _)| id.as_str()).collect(),
            Some(Node::Text(_) | Node::Mapping(_)) | None => {
                return Err(format!("set `{name}` has no list of `rules`").into());
            }
        };
        if let Some(unknown) = ids.iter().find(|id| !rules.iter().any(|(known, _)| known == *id)) {
            return Err(format!("set `{name}` lists the rule `{unknown}`, which has no file").into());
        }
        let description = description.trim();
        writeln!(code, "    Set {{ name: {name:?}, description: {description:?}, rules: &{ids:?} }},")?;
    }
    writeln!(code, "];")?;
    Ok(())
}

/// A YAML value without its position.
enum Node {
    Text(String),
    List(Vec<Node>),
    Mapping(Vec<(String, Node)>),
}

impl Node {
    fn read(text: &str) -> Result<Self> {
        let mut events = Vec::new();
        for event in Parser::new_from_str(text) {
            events.push(event?.0);
        }
        Self::next(&mut events.into_iter()).ok_or("sets.yaml is empty".into())
    }

    /// The next value; `None` at the end of the enclosing list or mapping.
    fn next<'e>(events: &mut impl Iterator<Item = Event<'e>>) -> Option<Self> {
        loop {
            return Some(match events.next()? {
                Event::Scalar(text, ..) => Self::Text(text.into_owned()),
                Event::SequenceStart(..) => Self::List(std::iter::from_fn(|| Self::next(events)).collect()),
                Event::MappingStart(..) => Self::Mapping(
                    std::iter::from_fn(|| {
                        let Self::Text(key) = Self::next(events)? else { return None };
                        Some((key, Self::next(events)?))
                    })
                    .collect(),
                ),
                Event::SequenceEnd | Event::MappingEnd => return None,
                Event::Nothing
                | Event::StreamStart
                | Event::StreamEnd
                | Event::DocumentStart(_)
                | Event::DocumentEnd
                | Event::Alias(_) => continue,
            });
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::List(_) | Self::Mapping(_) => None,
        }
    }

    fn entries(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Mapping(entries) => Some(entries),
            Self::Text(_) | Self::List(_) => None,
        }
    }

    fn get(&self, key: &str) -> Option<&Self> {
        self.entries()?.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }
}
