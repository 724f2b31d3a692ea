//! The command line of `trailbell verify`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

#[cfg(feature = "aws")]
use crate::inputs::SourceOptions;
use crate::moment::Moment;
#[cfg(not(feature = "aws"))]
use crate::unavailable::UnavailableArguments as CopyArguments;

const HELP: &str = "\
Examples:
  trailbell verify s3://amzn-s3-demo-bucket --from 2026-09-14 --to 2026-09-15
  trailbell verify s3://amzn-s3-demo-bucket/audit --from 7d --account 111122223333 --state verified.json
  trailbell verify copy s3://amzn-s3-demo-bucket copy-of-bucket/ --from 2026-09-14 --to 2026-09-15
  trailbell verify copy-of-bucket/ --keys keys.json --format html > evidence.html

Public keys for a copy, one region after the other, or all at once with `--save-keys` of a run in S3:
  aws cloudtrail list-public-keys --region us-east-1 --start-time 2026-09-01T00:00:00Z
  {\"us-east-1\": ANSWER, \"eu-central-1\": ANSWER}

Exit codes:
  0  every digest and every log file is valid, and every second that can be proven is
  1  something is missing, changed, added or not proven; it is listed, and everything else was verified
  2  the work could not be done, for instance because there are no public keys";

#[cfg(feature = "aws")]
const COPY_HELP: &str = "\
Examples:
  trailbell verify copy s3://amzn-s3-demo-bucket copy-of-bucket/ --from 2026-09-14 --to 2026-09-15
  trailbell verify copy s3://amzn-s3-demo-bucket/audit copy-of-bucket/ --from 7d --region us-east-1

Exit codes:
  0  everything is there
  1  an object could not be copied, or is named by a digest and is not in the bucket; the others were copied
  2  the work could not be done, for instance because the bucket cannot be listed";

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true, after_help = HELP)]
pub(crate) struct VerifyArguments {
    #[command(subcommand)]
    pub(super) command: Option<VerifyCommand>,
    #[command(flatten)]
    pub(super) verification: VerificationArguments,
}

#[derive(Debug, Subcommand)]
pub(super) enum VerifyCommand {
    /// Copy digests and log files from a bucket, so that they can be verified without it
    ///
    /// Keys become paths: FOLDER/BUCKET/KEY. NAME.meta.json beside each digest holds its user metadata, and with it the
    /// signature. Log files that a digest of the span names are copied even if they lie after its end. What an earlier run
    /// has copied is not copied again unless it has changed in the bucket.
    Copy(CopyArguments),
}

/// What `verify copy` takes.
#[cfg(feature = "aws")]
#[derive(Debug, Args)]
#[command(after_help = COPY_HELP)]
pub(super) struct CopyArguments {
    /// `s3://BUCKET[/PREFIX]`, everything in front of `AWSLogs/`
    #[arg(value_name = "SOURCE")]
    pub(super) source: PathBuf,
    /// Folder for the copy, which is made if it is not there
    #[arg(value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(super) folder: PathBuf,
    /// First second of delivery: `2026-09-14`, `2026-09-14T12:00Z`, or a time ago such as `36h`
    #[arg(long, value_name = "TIME")]
    pub(super) from: Moment,
    /// End of the span, which does not belong to it
    #[arg(long, value_name = "TIME", default_value = "now")]
    pub(super) to: Moment,
    /// Account to copy, in place of all that there are; may be repeated
    #[arg(long = "account", value_name = "ID", value_parser = account)]
    pub(super) accounts: Vec<String>,
    /// Region to copy, in place of all that there are; may be repeated
    #[arg(long = "region", value_name = "REGION", value_parser = region)]
    pub(super) regions: Vec<String>,
    #[command(flatten)]
    pub(super) options: SourceOptions,
}

/// What `verify` takes without a subcommand.
#[derive(Debug, Args)]
pub(super) struct VerificationArguments {
    /// `s3://BUCKET[/PREFIX]`, or a folder with a copy of the trail's bucket
    ///
    /// In S3, the source is everything in front of `AWSLogs/`. The public keys come from CloudTrail, which is asked in each
    /// region, unless `--keys` names a file. Needs s3:ListBucket on the bucket, s3:GetObject on the objects, kms:Decrypt on the
    /// key of the trail, and cloudtrail:ListPublicKeys.
    ///
    /// A copy keeps the keys as paths: `FOLDER/BUCKET/[PREFIX/]AWSLogs/...`, or `FOLDER/AWSLogs/...`. Beside each digest,
    /// NAME.meta.json holds its user metadata, or the answer of `aws s3api head-object`. Without these files every digest but
    /// the newest of each chain can be verified.
    #[arg(value_name = "SOURCE", required = true, value_hint = ValueHint::DirPath)]
    pub(super) source: Option<PathBuf>,
    /// First second of delivery: `2026-09-14`, `2026-09-14T12:00Z`, or a time ago such as `36h`; otherwise the first day that
    /// there is
    #[arg(long, value_name = "TIME")]
    pub(super) from: Option<Moment>,
    /// End of the span, which does not belong to it
    #[arg(long, value_name = "TIME", default_value = "now")]
    pub(super) to: Moment,
    /// Account to verify, in place of all that there are; may be repeated
    #[arg(long = "account", value_name = "ID", value_parser = account)]
    pub(super) accounts: Vec<String>,
    /// Region to verify, in place of all that there are; may be repeated
    #[arg(long = "region", value_name = "REGION", value_parser = region)]
    pub(super) regions: Vec<String>,
    /// File of public keys: for each region the answer of `aws cloudtrail list-public-keys`
    ///
    /// The keys are what is trusted. Get them from CloudTrail yourself; keys that come with a copy prove nothing. For a folder
    /// they are required.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) keys: Option<PathBuf>,
    /// File to write the public keys to that were used
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) save_keys: Option<PathBuf>,
    /// File that remembers which log files were valid, so that the next run reads only what is new
    ///
    /// Every digest is verified again. Its log files are read again only if the size or the time of one of them has changed, in
    /// S3 the size or the ETag.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) state: Option<PathBuf>,
    /// Form of the report
    #[arg(long, value_enum, default_value_t = EvidenceFormat::Text)]
    pub(super) format: EvidenceFormat,
    /// Who runs the verification, for the report
    #[arg(long, value_name = "NAME")]
    pub(super) by: Option<String>,
    /// Time of the verification, in place of the clock
    #[arg(long, value_name = "TIME")]
    pub(super) now: Option<Moment>,
    #[cfg(feature = "aws")]
    #[command(flatten)]
    pub(super) options: SourceOptions,
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
