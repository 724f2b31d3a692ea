//! The command line of `trailbell verify`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use crate::moment::Moment;

const HELP: &str = "\
Examples:
  trailbell verify copy-of-bucket/ --keys keys.json
  trailbell verify copy-of-bucket/ --keys keys.json --from 2026-09-14 --to 2026-09-15
  trailbell verify copy-of-bucket/ --keys keys.json --format html > evidence.html

Public keys, one region after the other:
  aws cloudtrail list-public-keys --region us-east-1 --start-time 2026-09-01T00:00:00Z
  {\"us-east-1\": ANSWER, \"eu-central-1\": ANSWER}

Exit codes:
  0  every digest and every log file is valid, and every second that can be proven is
  1  something is missing, changed, added or not proven; it is listed, and everything else was verified
  2  the work could not be done, for instance because there are no public keys";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct VerifyArguments {
    /// Folder with a copy of the trail's bucket
    ///
    /// The copy keeps the keys as paths: `FOLDER/BUCKET/[PREFIX/]AWSLogs/...`, or `FOLDER/AWSLogs/...`. Beside each digest,
    /// NAME.meta.json holds its user metadata, or the answer of `aws s3api head-object`. Without these files every digest but
    /// the newest of each chain can be verified.
    #[arg(value_name = "SOURCE", value_hint = ValueHint::DirPath)]
    pub(crate) source: PathBuf,
    /// First second of delivery: `2026-09-14`, `2026-09-14T12:00Z`, or a time ago such as `36h`; otherwise the first day that
    /// there is
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<Moment>,
    /// End of the span, which does not belong to it
    #[arg(long, value_name = "TIME", default_value = "now")]
    pub(crate) to: Moment,
    /// Account to verify, in place of all that there are; may be repeated
    #[arg(long = "account", value_name = "ID", value_parser = account)]
    pub(crate) accounts: Vec<String>,
    /// Region to verify, in place of all that there are; may be repeated
    #[arg(long = "region", value_name = "REGION", value_parser = region)]
    pub(crate) regions: Vec<String>,
    /// File of public keys: for each region the answer of `aws cloudtrail list-public-keys`
    ///
    /// The keys are what is trusted. Get them from CloudTrail yourself; keys that come with a copy prove nothing.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) keys: Option<PathBuf>,
    /// File to write the public keys to that were used
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) save_keys: Option<PathBuf>,
    /// File that remembers which log files were valid, so that the next run reads only what is new
    ///
    /// Every digest is verified again. Its log files are read again only if the size or the time of one of them has changed.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) state: Option<PathBuf>,
    /// Form of the report
    #[arg(long, value_enum, default_value_t = EvidenceFormat::Text)]
    pub(crate) format: EvidenceFormat,
    /// Who runs the verification, for the report
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// Time of the verification, in place of the clock
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Moment>,
}

/// The form of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EvidenceFormat {
    /// For people: what is wrong, and how much is not
    Text,
    /// For programs: one JSON object with every object and its hash
    Json,
    /// For auditors: one page that prints
    Html,
}

fn account(text: &str) -> Result<String, String> {
    if cloudtrail::is_account(text) { Ok(text.to_owned()) } else { Err("expected 12 digits".to_owned()) }
}

fn region(text: &str) -> Result<String, String> {
    if cloudtrail::is_region(text) {
        Ok(text.to_owned())
    } else {
        Err("expected the name of a region, such as `us-east-1`".to_owned())
    }
}
