//! The command line of `trailbell events`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Subcommand, ValueEnum, ValueHint};
use history::{
    Column, CsvCells, Cursor, Order, OutputFormat, OutputOptions, Page, Query, ReadWriteType, RulePattern,
};
use time::OffsetDateTime;

use crate::inputs::SourceOptions;
use crate::moment::{Moment, Span};
use crate::options::Format;

/// The most events on a terminal, unless `--limit` says otherwise.
const TERMINAL_LIMIT: usize = 50;
/// The most events on a page, unless `--limit` says otherwise.
const PAGE_LIMIT: usize = 10_000;

const EVENTS_HELP: &str = "\
Examples:
  trailbell events AWSLogs/
  trailbell events AWSLogs/ --user alice --name 'Delete*' --from 2d
  trailbell events s3://amzn-s3-demo-bucket --account 111122223333 --region eu-west-1 --from 6h
  trailbell events --lookup --name StopLogging --from 30d
  trailbell events AWSLogs/ --ip 203.0.113.0/24 --error AccessDenied --format csv
  trailbell events AWSLogs/ --where '{ $.userIdentity.type = Root }' --count-by name
  trailbell events AWSLogs/ --rule root-usage --from 7d
  trailbell events AWSLogs/ --access-key AKIAIOSFODNN7EXAMPLE --html events.html
  trailbell events AWSLogs/ --around 6f2f0d6c-9a1b-4c1e-8f7a-3f0c2b1d4e5a --within 1h
  aws cloudtrail lookup-events --output json | trailbell events - --all --format json
  trailbell events show 6f2f0d6c-9a1b-4c1e-8f7a-3f0c2b1d4e5a AWSLogs/ --around 10m
  trailbell events files AWSLogs/

Exit codes:
  0  everything was read, with or without events
  1  a file or a record could not be read, nothing was evaluated, or `--fail-if-found` found events
  2  the command line is invalid, or the output could not be written";

const SHOW_HELP: &str = "\
Examples:
  trailbell events show 6f2f0d6c-9a1b-4c1e-8f7a-3f0c2b1d4e5a AWSLogs/
  trailbell events show 6f2f0d6c-9a1b-4c1e-8f7a-3f0c2b1d4e5a AWSLogs/ --format json
  trailbell events show 6f2f0d6c-9a1b-4c1e-8f7a-3f0c2b1d4e5a --lookup --around 10m

Exit codes:
  0  the event was found, and everything was read
  1  no event has this id, or a file or a record could not be read
  2  the command line is invalid, or the output could not be written";

const FILES_HELP: &str = "\
Examples:
  trailbell events files AWSLogs/
  trailbell events files s3://amzn-s3-demo-bucket --from 30d --depth regions
  trailbell events files AWSLogs/ --depth files --format json

Exit codes:
  0  every day between the first and the last has files
  1  days are missing, no file is named like a file of a trail, or a folder could not be read
  2  the command line is invalid, or the output could not be written";

const INDEX_HELP: &str = "\
Examples:
  trailbell events index AWSLogs/
  trailbell events index AWSLogs/ --from 30d

Exit codes:
  0  there is an index of every day
  1  the folders contain no log files of a trail, or a folder could not be read
  2  the command line is invalid, or an index could not be written";

#[cfg(feature = "aws")]
const TAIL_HELP: &str = "\
Examples:
  trailbell events tail s3://amzn-s3-demo-bucket
  trailbell events tail s3://amzn-s3-demo-bucket --account 111122223333 --rule root-usage --format jsonl

Exit codes:
  0  the user stopped the command, and everything was read
  1  a file or a record could not be read
  2  the command line is invalid, or the bucket could not be listed";

const SOURCES: &str =
    "Files, folders, `s3://BUCKET[/PREFIX]`, or `-` for standard input, which is read if there is no source";

/// What `events` takes.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = EVENTS_HELP)]
pub(crate) struct EventsArguments {
    #[command(subcommand)]
    pub(super) command: Option<EventsCommand>,
    #[command(flatten)]
    pub(super) list: ListArguments,
}

#[derive(Debug, Subcommand)]
pub(super) enum EventsCommand {
    /// Show one event in words, and its record
    Show(ShowArguments),
    /// Show which files there are, by account, region and day, and which days are missing
    ///
    /// Digest files and files of Insights and network activity events are counted separately. A day is missing if it
    /// has no file at all, not even a digest, and lies between days with files of the same account and region. The days
    /// are those of delivery. No file is opened.
    Files(FilesArguments),
    /// Index the log files of folders, so that searches open only those that can contain what they look for
    ///
    /// The index of a day takes about 3 % of its log files. Every search uses it by itself: it looks at the size and the
    /// time of each file, and opens the files that the index does not know as they are. So an index that is old or damaged
    /// makes a search slower, but costs no event. A search by `*`, a range of addresses, a pattern, a rule or a session
    /// alone opens every file.
    Index(IndexArguments),
    /// Show events as their log files arrive in a bucket
    ///
    /// Lists the folders of today every 30 seconds, fetches each new log file once, and says what the requests cost.
    /// CloudTrail delivers a log file some minutes after the events. Stop it with Ctrl-C.
    #[cfg(feature = "aws")]
    Tail(Box<TailArguments>),
}

/// What `events show` takes.
#[derive(Debug, Args)]
#[command(after_help = SHOW_HELP)]
pub(super) struct ShowArguments {
    /// The `eventID`, or the id that `events` shows for a record without one
    #[arg(value_name = "EVENT_ID")]
    pub(super) id: String,
    #[arg(value_name = "SOURCE", value_hint = ValueHint::AnyPath, help = SOURCES)]
    pub(super) sources: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) look_up: LookUpOption,
    /// Show also what the same session did in this time before and after the event, such as `10m`
    #[arg(long, value_name = "SPAN")]
    pub(super) around: Option<Span>,
    /// The earliest time at which the event may have happened
    #[arg(long, value_name = "TIME")]
    pub(super) from: Option<Moment>,
    /// The end of the time in which the event may have happened, exclusive
    #[arg(long, value_name = "TIME")]
    pub(super) to: Option<Moment>,
    #[command(flatten)]
    pub(super) options: SourceOptions,
    #[command(flatten)]
    pub(super) index: IndexOptions,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

/// Which indexes a search uses.
#[derive(Debug, Args)]
pub(super) struct IndexOptions {
    /// The folder of the indexes that `events index` made, if it is not the one in the cache of the user
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(super) index_folder: Option<PathBuf>,
    /// Open every file, whatever an index says
    #[arg(long, conflicts_with = "index_folder")]
    no_index: bool,
}

impl IndexOptions {
    /// The folder of the indexes; `None` if none may be used, or the user has no cache.
    pub(super) fn to_use(&self) -> Option<PathBuf> {
        if self.no_index { None } else { self.index_folder.clone().or_else(default_index_folder) }
    }
}

/// The folder of the indexes in the cache of the user.
///
/// # Source
///
/// The XDG Base Directory Specification.
pub(super) fn default_index_folder() -> Option<PathBuf> {
    let folder = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache")))?;
    Some(cache.join("trailbell").join("index").join("v1"))
}

/// What `events index` takes.
#[derive(Debug, Args)]
#[command(after_help = INDEX_HELP)]
pub(super) struct IndexArguments {
    #[arg(value_name = "FOLDER", value_hint = ValueHint::DirPath, required = true, help = "Folders with log files of a trail")]
    pub(super) folders: Vec<PathBuf>,
    /// Where to keep the indexes, if not in the cache of the user
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(super) index_folder: Option<PathBuf>,
    /// The earliest delivery of the log files
    #[arg(long, value_name = "TIME")]
    pub(super) from: Option<Moment>,
    /// The end of the deliveries
    #[arg(long, value_name = "TIME")]
    pub(super) to: Option<Moment>,
    #[command(flatten)]
    pub(super) options: SourceOptions,
}

/// What `events files` takes.
#[derive(Debug, Args)]
#[command(after_help = FILES_HELP)]
pub(super) struct FilesArguments {
    #[arg(value_name = "SOURCE", value_hint = ValueHint::AnyPath, required = true, help = "Files, folders, and `s3://BUCKET[/PREFIX]`")]
    pub(super) sources: Vec<PathBuf>,
    /// The earliest delivery of files in S3
    #[arg(long, value_name = "TIME")]
    pub(super) from: Option<Moment>,
    /// The end of the deliveries of files in S3
    #[arg(long, value_name = "TIME")]
    pub(super) to: Option<Moment>,
    #[command(flatten)]
    pub(super) options: SourceOptions,
    /// How detailed the output is
    #[arg(long, value_enum, default_value_t = Depth::Days)]
    pub(super) depth: Depth,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

/// What `events tail` takes.
#[cfg(feature = "aws")]
#[derive(Debug, Args)]
#[command(after_help = TAIL_HELP)]
pub(super) struct TailArguments {
    #[arg(
        value_name = "SOURCE",
        required = true,
        help = "`s3://BUCKET[/PREFIX]`, everything before `AWSLogs/`"
    )]
    pub(super) sources: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) filters: FilterArguments,
    /// Start with the log files that were delivered in this time
    #[arg(long, value_name = "SPAN", default_value = "15m")]
    pub(super) since: Span,
    /// Seconds between two listings
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) interval: u32,
    /// Stop after this many listings
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) rounds: Option<u32>,
    /// Form of the output
    #[arg(long, default_value_t = OutputFormat::Table, value_parser = tail_formats())]
    pub(super) format: OutputFormat,
    #[command(flatten)]
    pub(super) options: SourceOptions,
}

/// The last level that `events files` shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Depth {
    /// Accounts
    Accounts,
    /// Accounts and their regions
    Regions,
    /// Accounts, regions and days
    Days,
    /// Everything down to the files
    Files,
}

/// What `events` takes without a subcommand.
#[derive(Debug, Args)]
pub(super) struct ListArguments {
    /// Files, folders, `s3://BUCKET[/PREFIX]`, or `-` for standard input, which is read if there is no source
    ///
    /// A source may contain log files, records, or what the AWS CLI, EventBridge or CloudWatch Logs made of them, plain
    /// or gzip. A folder is searched with all its subfolders, whatever the names of the files are. Files in it that
    /// contain no records are skipped, counted and named. A file with the name of a trail's log file must be intact.
    ///
    /// In S3, a source is an object, a folder, or everything before `AWSLogs/`. Accounts, regions and days that the
    /// filters exclude are neither listed nor fetched. Without `--from`, log files of the last 24 hours are searched.
    /// Needs s3:ListBucket on the bucket, s3:GetObject on the objects, and kms:Decrypt on the key of the trail.
    #[arg(value_name = "SOURCE", value_hint = ValueHint::AnyPath)]
    pub(super) sources: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) look_up: LookUpOption,
    #[command(flatten)]
    pub(super) filters: FilterArguments,
    #[command(flatten)]
    pub(super) output: OutputArguments,
    #[command(flatten)]
    pub(super) options: SourceOptions,
    #[command(flatten)]
    pub(super) index: IndexOptions,
}

/// Whether CloudTrail itself is asked.
#[derive(Debug, Args)]
pub(super) struct LookUpOption {
    /// Look up management events in CloudTrail's event history of every region, in place of sources
    ///
    /// Event history reaches back 90 days. CloudTrail selects by one of the filters, and the others are applied here. Each
    /// region answers two requests a second with 50 events each. Without `--from`, the last 24 hours are looked up, except for
    /// an event id. `--region` leaves out the other regions. Needs cloudtrail:LookupEvents.
    #[cfg(feature = "aws")]
    #[arg(long, conflicts_with = "sources")]
    pub(super) lookup: bool,
}

impl LookUpOption {
    /// Whether it was given.
    pub(super) fn is_set(&self) -> bool {
        #[cfg(feature = "aws")]
        return self.lookup;
        #[cfg(not(feature = "aws"))]
        false
    }
}

/// The filters.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filters")]
pub(super) struct FilterArguments {
    /// `eventName`, such as `DeleteTrail` or `Delete*`; like every filter with a value, it can be repeated
    #[arg(long)]
    name: Vec<String>,
    /// `eventSource`; `s3` means `s3.amazonaws.com`
    #[arg(long)]
    source: Vec<String>,
    /// A user, role, session name or ARN, or `root`
    #[arg(long)]
    user: Vec<String>,
    /// A resource by ARN or name, or a text of the request
    #[arg(long)]
    resource: Vec<String>,
    /// The type of a resource, such as `AWS::S3::Object`
    #[arg(long, value_name = "TYPE")]
    resource_type: Vec<String>,
    /// An address, a range such as `203.0.113.0/24`, or the AWS service that made the call
    #[arg(long)]
    ip: Vec<String>,
    /// An access key id
    #[arg(long, value_name = "KEY")]
    access_key: Vec<String>,
    /// `eventID`
    #[arg(long)]
    id: Vec<String>,
    /// An error code, or `Failure` for an error without a code; without a value, any error
    ///
    /// Without a value, put it after the sources.
    #[arg(long, value_name = "CODE", num_args = 0..=1, default_missing_value = "*")]
    error: Vec<String>,
    /// The account that received the event
    #[arg(long)]
    account: Vec<String>,
    /// `awsRegion`
    #[arg(long)]
    region: Vec<String>,
    /// A filter pattern
    #[arg(long = "where", value_name = "PATTERN")]
    patterns: Vec<String>,
    /// A rule by its id, such as `root-usage`: events that its filter pattern matches
    ///
    /// The ids are those of the built-in rules, or with `--rules` those of rule files.
    #[arg(long, value_name = "ID")]
    pub(super) rule: Vec<String>,
    /// Rule file with the rules of `--rule`; without `--rule`, events that any of its rules matches
    #[arg(long = "rules", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) rule_files: Vec<PathBuf>,
    /// The events of the same session as this event, shortly before and after it
    ///
    /// A session is known by its access key, or else by the principal.
    #[arg(long, value_name = "EVENT_ID")]
    pub(super) around: Option<String>,
    /// With `--around`, how long before and after the event
    #[arg(long, value_name = "SPAN", default_value = "10m", requires = "around")]
    pub(super) within: Span,
    /// The earliest time: `2026-09-14`, `2026-09-14T12:00Z`, or `90m`, `36h` or `2d` ago
    #[arg(long, value_name = "TIME")]
    from: Option<Moment>,
    /// The end of the time range, exclusive
    #[arg(long, value_name = "TIME")]
    to: Option<Moment>,
    /// Show writes only
    #[arg(long, group = "read_write")]
    write: bool,
    /// Show reads only
    #[arg(long, group = "read_write")]
    read: bool,
    /// Show reads and writes
    #[arg(long, group = "read_write")]
    all: bool,
}

impl FilterArguments {
    /// The filters, with times relative to `now`, and with the patterns of the chosen rules.
    pub(super) fn query(&self, now: OffsetDateTime, rules: Vec<RulePattern>) -> Query {
        let time = |moment: &Option<Moment>| moment.as_ref().map(|moment| moment.time(now));
        Query {
            names: self.name.clone(),
            sources: self.source.clone(),
            users: self.user.clone(),
            resources: self.resource.clone(),
            resource_types: self.resource_type.clone(),
            ips: self.ip.clone(),
            access_keys: self.access_key.clone(),
            ids: self.id.clone(),
            errors: self.error.clone(),
            accounts: self.account.clone(),
            regions: self.region.clone(),
            patterns: self.patterns.clone(),
            rules,
            session: None,
            read_write: match (self.write, self.read, self.all) {
                (true, _, _) => Some(ReadWriteType::WriteOnly),
                (_, true, _) => Some(ReadWriteType::ReadOnly),
                (_, _, true) => Some(ReadWriteType::All),
                (false, false, false) => None,
            },
            from: time(&self.from),
            to: time(&self.to),
        }
    }
}

/// The form of the output.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArguments {
    /// Write a page for a browser to this file instead: filters, details, findings of the rules, and files
    ///
    /// The page contains everything and loads nothing, so it can be kept or handed over. It has the newest 10,000 events
    /// unless `--limit` says otherwise. The recommended rules, or those of `--rules`, are run over its events.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["format", "columns", "csv_raw", "count_by"])]
    pub(super) html: Option<PathBuf>,
    /// Form of the output; `records` is a log file that `replay` accepts
    #[arg(long, default_value_t = OutputFormat::Table, value_parser = formats())]
    pub(super) format: OutputFormat,
    /// Columns of tables and CSV, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', conflicts_with = "count_by")]
    columns: Vec<Column>,
    /// Leave cells of CSV as they are, for programs; a spreadsheet may run them as formulas
    #[arg(long)]
    pub(super) csv_raw: bool,
    /// Count the events by a column, such as `user`, `name` or `day`, instead of showing them
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["limit", "before", "oldest_first"])]
    pub(super) count_by: Option<Column>,
    /// The most events to show; by default 50 on a terminal, 10,000 on a page, and all elsewhere
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Continue behind this event, as the note about more events says: `TIME/EVENT_ID`
    #[arg(long, value_name = "EVENT")]
    before: Option<Cursor>,
    /// Show the oldest events first
    #[arg(long)]
    oldest_first: bool,
    /// Show an event again for every further record with the same time and id
    #[arg(long)]
    duplicates: bool,
    /// Exit with 1 if there are events
    #[arg(long)]
    pub(super) fail_if_found: bool,
}

impl OutputArguments {
    /// The part of the events to show.
    pub(super) fn page(&self, is_terminal: bool) -> Page {
        let limit = self.limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let default = match (&self.html, self.count_by) {
            (Some(_), _) => Some(PAGE_LIMIT),
            (None, Some(_)) => None,
            (None, None) => is_terminal.then_some(TERMINAL_LIMIT),
        };
        Page {
            order: if self.oldest_first { Order::OldestFirst } else { Order::NewestFirst },
            after: self.before.clone(),
            limit: limit.or(default),
            keeps_duplicates: self.duplicates,
        }
    }

    /// The form of the output, at most `width` columns wide.
    pub(super) fn options(&self, width: Option<usize>) -> OutputOptions {
        let columns = if self.columns.is_empty() { Column::DEFAULT.to_vec() } else { self.columns.clone() };
        let csv_cells = if self.csv_raw { CsvCells::Raw } else { CsvCells::Guarded };
        OutputOptions { format: self.format, columns, width, csv_cells }
    }
}

#[cfg(feature = "aws")]
fn tail_formats() -> impl clap::builder::TypedValueParser<Value = OutputFormat> {
    PossibleValuesParser::new(["table", "jsonl"]).try_map(|name| name.parse::<OutputFormat>())
}

fn formats() -> impl clap::builder::TypedValueParser<Value = OutputFormat> {
    let names = ["table", "csv", "json", "jsonl", "records"];
    PossibleValuesParser::new(names).try_map(|name| name.parse::<OutputFormat>())
}
