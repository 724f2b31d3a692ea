//! `trailbell events files`: which files there are, by account, region and day. No file is opened.

use std::io::{self, IsTerminal as _, Write};

use history::{AccountFiles, DayFiles, FileTree, Gap, RegionFiles, StoredFile, StoredKind};
use indicatif::HumanBytes;
use pipeline::{Clock as _, SystemClock};
use serde_json::{Value, json};
use time::Date;

use super::arguments::{Depth, FilesArguments};
use crate::exit::Exit;
use crate::inputs::{self, Inputs, Span};
use crate::moment::Moment;
use crate::options::Format;
use crate::terminal::{Stdout, columns, complain, printable, table};

/// The most files that a page lists one by one.
const MOST_FILES: usize = 5_000;
/// The columns of the table that hold numbers.
const NUMBERS: [usize; 2] = [1, 2];

/// Shows the files of the sources.
pub(super) fn run(arguments: &FilesArguments) -> anyhow::Result<Exit> {
    let now = SystemClock.now();
    let time = |moment: &Option<Moment>| moment.as_ref().map(|moment| moment.time(now));
    let span = Span { from: time(&arguments.from), to: time(&arguments.to), ..Span::EVERYTHING };
    let inputs = inputs::list(&arguments.sources, io::stdin().is_terminal(), &span, &arguments.options)?;
    let tree = tree(&inputs);
    let mut out = Stdout::json();
    match arguments.format {
        Format::Text if tree.accounts().is_empty() => {}
        Format::Text => {
            writeln!(out, "{}", table(columns(), &NUMBERS, rows(&tree, arguments.depth).into_iter()))?
        }
        Format::Json => {
            serde_json::to_writer(&mut out, &to_json(&tree, arguments.depth))?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    let others = tree.others() + inputs.skipped.len() as u64;
    if others > 0 {
        complain(format_args!("note: {others} files are not named like files of a trail"));
    }
    for text in &inputs.unreachable {
        complain(format_args!("error: {}", printable(text)));
    }
    match tree.missing_days() {
        0 => {}
        1 => complain("note: 1 day between days with files has none"),
        days => complain(format_args!("note: {days} days between days with files have none")),
    }
    if tree.accounts().is_empty() {
        complain("note: no file is named like a file of a trail");
    }
    let is_fine = !tree.accounts().is_empty() && tree.missing_days() == 0 && inputs.unreachable.is_empty();
    Ok(if is_fine { Exit::Success } else { Exit::Findings })
}

/// Sorts the inputs by account, region and day.
fn tree(inputs: &Inputs) -> FileTree {
    let mut tree = FileTree::default();
    for input in &inputs.inputs {
        tree.add(&input.path_text, &input.name, input.bytes);
    }
    tree
}

/// The inputs for a page: down to the files, if there are not too many of them.
pub(super) fn for_page(inputs: &Inputs) -> Value {
    let depth = if inputs.inputs.len() <= MOST_FILES { Depth::Files } else { Depth::Days };
    to_json(&tree(inputs), depth)
}

type Row = [String; 5];

fn rows(tree: &FileTree, depth: Depth) -> Vec<Row> {
    let mut rows = vec![["", "FILES", "BYTES", "DELIVERED", ""].map(str::to_owned)];
    for (account, files) in tree.accounts() {
        let regions = counted(files.0.len(), "region");
        let all: Vec<&StoredFile> = files.files().collect();
        rows.push(row(account.clone(), &all, &days_text(&all), vec![regions]));
        if depth >= Depth::Regions {
            add_regions(&mut rows, files, depth);
        }
    }
    rows
}

fn add_regions(rows: &mut Vec<Row>, account: &AccountFiles, depth: Depth) {
    for (region, files) in &account.0 {
        let all: Vec<&StoredFile> = files.files().collect();
        let mut notes = vec![counted(files.0.len(), "day")];
        match files.gaps().into_iter().map(Gap::days).sum() {
            0 => {}
            1 => notes.push("1 day missing".to_owned()),
            days => notes.push(format!("{days} days missing")),
        }
        rows.push(row(format!("  {region}"), &all, &days_text(&all), notes));
        if depth >= Depth::Days {
            add_days(rows, files, depth);
        }
    }
}

fn add_days(rows: &mut Vec<Row>, region: &RegionFiles, depth: Depth) {
    let gaps = region.gaps();
    for (day, files) in &region.0 {
        let all: Vec<&StoredFile> = files.0.iter().collect();
        rows.push(row(format!("    {day}"), &all, &times_text(&all), Vec::new()));
        if depth >= Depth::Files {
            add_files(rows, files);
        }
        let gap = gaps.iter().find(|gap| day.next_day() == Some(gap.first));
        rows.extend(gap.map(|gap| {
            [format!("    {}", gap_text(*gap)), "0".into(), String::new(), String::new(), "missing".into()]
        }));
    }
}

fn add_files(rows: &mut Vec<Row>, day: &DayFiles) {
    for file in &day.0 {
        let name = file.name.rsplit('/').next().unwrap_or_default();
        let note = match file.kind {
            StoredKind::LogFile => "",
            StoredKind::Insights => "Insights",
            StoredKind::NetworkActivity => "network activity",
            StoredKind::Digest => "digest",
        };
        rows.push([
            format!("      {name}"),
            String::new(),
            HumanBytes(file.bytes).to_string(),
            time_text(file),
            note.to_owned(),
        ]);
    }
}

/// One line: log files of all kinds are counted, and digests beside them.
fn row(label: String, files: &[&StoredFile], times: &str, mut notes: Vec<String>) -> Row {
    let count = |kind| files.iter().filter(|file| file.kind == kind).count();
    let digests = count(StoredKind::Digest);
    for (kind, noun) in [
        (StoredKind::Insights, "Insights file"),
        (StoredKind::NetworkActivity, "network activity file"),
        (StoredKind::Digest, "digest"),
    ] {
        if count(kind) > 0 {
            notes.push(counted(count(kind), noun));
        }
    }
    let bytes = files.iter().map(|file| file.bytes).sum();
    [
        label,
        (files.len() - digests).to_string(),
        HumanBytes(bytes).to_string(),
        times.to_owned(),
        notes.join(", "),
    ]
}

fn days_text(files: &[&StoredFile]) -> String {
    let days = files.iter().map(|file| file.delivered_at.date());
    match (days.clone().min(), days.max()) {
        (Some(first), Some(last)) if first != last => format!("{first} to {last}"),
        (Some(day), _) => day.to_string(),
        (None, _) => String::new(),
    }
}

fn times_text(files: &[&StoredFile]) -> String {
    match (files.first(), files.last()) {
        (Some(first), Some(last)) if time_text(first) != time_text(last) => {
            format!("{} to {}", time_text(first), time_text(last))
        }
        (Some(file), _) => time_text(file),
        (None, _) => String::new(),
    }
}

fn time_text(file: &StoredFile) -> String {
    let time = file.delivered_at;
    format!("{:02}:{:02}", time.hour(), time.minute())
}

fn gap_text(gap: Gap) -> String {
    if gap.first == gap.last { gap.first.to_string() } else { format!("{} to {}", gap.first, gap.last) }
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn to_json(tree: &FileTree, depth: Depth) -> Value {
    let accounts = tree.accounts().iter().map(|(account, files)| {
        let mut object = json!({ "account": account });
        add_counts(&mut object, files.files());
        if depth >= Depth::Regions {
            let regions = files.0.iter().map(|(region, files)| region_json(region, files, depth));
            set(&mut object, "regions", regions.collect());
        }
        object
    });
    json!({
        "accounts": accounts.collect::<Vec<_>>(),
        "missingDays": tree.missing_days(),
        "otherFiles": tree.others(),
    })
}

fn region_json(region: &str, files: &RegionFiles, depth: Depth) -> Value {
    let mut object = json!({ "region": region });
    add_counts(&mut object, files.files());
    let gap = |gap: Gap| json!({ "first": gap.first.to_string(), "last": gap.last.to_string(), "days": gap.days() });
    set(&mut object, "missing", files.gaps().into_iter().map(gap).collect());
    if depth >= Depth::Days {
        let days = files.0.iter().map(|(day, files)| day_json(*day, files, depth));
        set(&mut object, "days", days.collect());
    }
    object
}

fn day_json(day: Date, files: &DayFiles, depth: Depth) -> Value {
    let mut object = json!({ "day": day.to_string() });
    add_counts(&mut object, files.0.iter());
    if depth >= Depth::Files {
        set(&mut object, "objects", files.0.iter().map(|file| json!(file)).collect());
    }
    object
}

fn add_counts<'f>(object: &mut Value, files: impl Iterator<Item = &'f StoredFile>) {
    let (mut counts, mut bytes) = ([0_u64; 4], 0);
    for file in files {
        bytes += file.bytes;
        let [log_files, insights, network, digests] = &mut counts;
        *match file.kind {
            StoredKind::LogFile => log_files,
            StoredKind::Insights => insights,
            StoredKind::NetworkActivity => network,
            StoredKind::Digest => digests,
        } += 1;
    }
    let [log_files, insights, network, digests] = counts;
    for (name, count) in [
        ("logFiles", log_files),
        ("insightsFiles", insights),
        ("networkActivityFiles", network),
        ("digests", digests),
        ("bytes", bytes),
    ] {
        set(object, name, json!(count));
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}
