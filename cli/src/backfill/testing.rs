//! Requests and keys for the tests.

use clap::Parser;
use time::OffsetDateTime;
use time::macros::datetime;

use super::arguments::BackfillArguments;
use super::request::Request;

pub(super) const ACCOUNT: &str = "111122223333";
pub(super) const OTHER: &str = "444455556666";
pub(super) const NOW: OffsetDateTime = datetime!(2026-09-14 12:00 UTC);
pub(super) const QUEUE: &str = "https://sqs.us-east-1.amazonaws.com/111122223333/deliveries";

/// A command line of this command alone.
#[derive(Debug, Parser)]
struct CommandLine {
    #[command(flatten)]
    arguments: BackfillArguments,
}

/// The arguments of a command line.
pub(super) fn arguments(source: &str, more: &[&str]) -> BackfillArguments {
    let line = ["backfill", source, "--queue-url", QUEUE];
    let line = CommandLine::try_parse_from(line.iter().chain(more)).unwrap_or_else(|error| panic!("{error}"));
    line.arguments
}

/// The request for a span of the whole bucket.
pub(super) fn request(from: &str, to: &str) -> Request {
    Request::of(&arguments("s3://amzn-s3-demo-bucket", &["--from", from, "--to", to]), NOW).unwrap()
}

/// The key of a log file that was delivered at `YYYYMMDDTHHMM`.
pub(super) fn key(root: &str, account: &str, region: &str, minute: &str) -> String {
    let (year, month, day) = (&minute[..4], &minute[4..6], &minute[6..8]);
    format!(
        "{root}{account}/CloudTrail/{region}/{year}/{month}/{day}/{account}_CloudTrail_{region}_{minute}Z_a1B2c3D4e5F6g7H8.json.gz"
    )
}
