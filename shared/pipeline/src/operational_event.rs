//! Every error and every operational event that Trailbell reports: its code, its level, what it means, and what to do.
//!
//! The codes appear in log lines, in the dimension `Code` of the metric `Failures`, in the ledger, and in the output of
//! `trailbell`. They are part of the interface, so a code never changes its meaning. `docs/codes.md` is generated from
//! the table below.
//!
//! The error that carries an event says what led to it.

/// Whether the same work can succeed later without anybody's help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The message returns to the queue and is retried.
    Transient,
    /// Retries cannot help. The message goes to the dead-letter queue and waits there until somebody fixes the cause.
    Permanent,
}

/// How much attention an event needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventLevel {
    /// Somebody has to act.
    Error,
    /// The work goes on or is retried; somebody has to act only if it keeps happening.
    Warning,
    /// Nobody has to act.
    Info,
}

/// What happens after an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// The message returns to the queue and is retried, with a growing delay.
    Retried,
    /// The message goes to the dead-letter queue within seconds.
    DeadLettered,
    /// The work goes on.
    Continues,
    /// The function does not start.
    NotStarted,
    /// This run of the alarm reconciler fails, and the next run tries again.
    RunFails,
    /// Nothing happens: the event is a finding of `trailbell dlq` or `trailbell replay`.
    Diagnosed,
}

/// One row of the table.
#[derive(Debug)]
struct Description {
    code: &'static str,
    level: EventLevel,
    effect: Effect,
    /// The documentation of the variant, with the space at the start of each line.
    meaning: &'static str,
    advice: &'static str,
}

/// Declares the events. The documentation of a variant is the meaning of its event.
macro_rules! operational_events {
    ($($(#[doc = $meaning:literal])+ $event:ident = $code:literal, $level:ident, $effect:ident, $advice:literal;)+) => {
        /// An error or an operational event, without the data of one occurrence.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum OperationalEvent {
            $($(#[doc = $meaning])+ $event,)+
        }

        impl OperationalEvent {
            /// Every event, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$event),+];

            const fn description(self) -> &'static Description {
                match self {
                    $(Self::$event => &Description {
                        code: $code,
                        level: EventLevel::$level,
                        effect: Effect::$effect,
                        meaning: concat!($($meaning),+),
                        advice: $advice,
                    },)+
                }
            }
        }
    };
}

operational_events! {
    /// A message of the batch has no id, so its failure could not be reported. The whole batch returns to the queue.
    BatchMissingMessageId = "batch.missing-message-id", Error, Retried,
        "Find out who invokes the function: only the event source mapping of an SQS queue should.";
    /// The message is not JSON.
    MessageNotJson = "message.not-json", Error, DeadLettered,
        "Find out who else writes to the queue: look at the body, at the queue's policy and at its subscriptions. A redrive does not help.";
    /// The message is JSON, but not an object.
    MessageNotAnObject = "message.not-an-object", Error, DeadLettered,
        "Find out who else writes to the queue: look at the body, at the queue's policy and at its subscriptions. A redrive does not help.";
    /// The message has none of the shapes that announce log files.
    MessageUnknownShape = "message.unknown-shape", Error, DeadLettered,
        "Find out who else writes to the queue: look at the body, at the queue's policy and at its subscriptions. A redrive does not help.";
    /// The message has a known shape, but a member is missing or has the wrong type.
    MessageMalformed = "message.malformed", Error, DeadLettered,
        "Look at the body, and at anything that rewrites messages on their way (an input transformer, a relay). Announce the files with `trailbell backfill`.";
    /// An object key in the message is not UTF-8 after decoding.
    MessageKeyEncoding = "message.key-encoding", Error, DeadLettered,
        "Look at the body, and at anything that rewrites messages on their way (an input transformer, a relay). Announce the files with `trailbell backfill`.";
    /// The message lists more objects than one message may list.
    MessageTooManyObjects = "message.too-many-objects", Error, DeadLettered,
        "Only a relay writes such messages: configure it to announce fewer files at once. Announce these files with `trailbell backfill`.";
    /// The message is wrapped in too many SNS envelopes.
    MessageTooManyEnvelopes = "message.too-many-envelopes", Error, DeadLettered,
        "Topics are chained: subscribe the queue to the trail's own topic. Announce the files with `trailbell backfill`.";
    /// The message announces no files, such as a test message.
    MessageNothing = "message.nothing", Info, Diagnosed,
        "Redrive or delete the message; the log processor accepts and ignores it.";

    /// The message names a bucket that is not on the allow-list.
    FileBucketNotAllowed = "file.bucket-not-allowed", Error, DeadLettered,
        "If the bucket's files should be read, add the bucket to `TRAILBELL_ALLOWED_BUCKETS` and redrive. If not, find out who announces them.";
    /// The object or its bucket does not exist.
    FileNotFound = "file.not-found", Error, DeadLettered,
        "The object was deleted or expired, or the message names another bucket. Restore the object and redrive; if it is gone for good, delete the message.";
    /// The function may not read the object or use its KMS key.
    FileAccessDenied = "file.access-denied", Error, DeadLettered,
        "Allow `s3:GetObject` in the policies of the function's role and of the bucket, and `kms:Decrypt` on the trail's key. Then redrive.";
    /// S3 or KMS throttled the request.
    FileThrottled = "file.throttled", Warning, Retried,
        "Transient. If the message is in the dead-letter queue, the problem outlasted the retries: redrive.";
    /// S3 gave no usable response.
    FileUnavailable = "file.unavailable", Warning, Retried,
        "Transient. If the message is in the dead-letter queue, the problem outlasted the retries: redrive.";
    /// S3 refused the request for another reason.
    FileRefused = "file.refused", Error, DeadLettered,
        "If the object is archived (Glacier, Deep Archive), restore it first. Then redrive.";
    /// The object is empty.
    FileEmpty = "file.empty", Error, DeadLettered,
        "CloudTrail did not write the object like this. Compare it with its digest (`aws cloudtrail validate-logs`), restore an earlier version or a copy, redrive, and find out who changed it.";
    /// The object is neither gzip nor JSON.
    FileNotGzip = "file.not-gzip", Error, DeadLettered,
        "The object is not a CloudTrail log file. Find out what writes to this prefix. A redrive helps only after the original is restored.";
    /// The gzip data ends too early.
    FileTruncatedGzip = "file.truncated-gzip", Error, DeadLettered,
        "CloudTrail did not write the object like this. Compare it with its digest (`aws cloudtrail validate-logs`), restore an earlier version or a copy, redrive, and find out who changed it.";
    /// The gzip data is corrupt.
    FileCorruptGzip = "file.corrupt-gzip", Error, DeadLettered,
        "CloudTrail did not write the object like this. Compare it with its digest (`aws cloudtrail validate-logs`), restore an earlier version or a copy, redrive, and find out who changed it.";
    /// The content does not match the checksum or the length in the gzip trailer.
    FileChecksumMismatch = "file.checksum-mismatch", Error, DeadLettered,
        "CloudTrail did not write the object like this. Compare it with its digest (`aws cloudtrail validate-logs`), restore an earlier version or a copy, redrive, and find out who changed it.";
    /// Data follows the end of the gzip data.
    FileTrailingData = "file.trailing-data", Error, DeadLettered,
        "CloudTrail did not write the object like this. Compare it with its digest (`aws cloudtrail validate-logs`), restore an earlier version or a copy, redrive, and find out who changed it.";
    /// The log file is larger than the limit after decompression.
    FileTooLarge = "file.too-large", Error, DeadLettered,
        "Raise `TRAILBELL_MAX_FILE_BYTES` and, if necessary, the function's memory. Then redrive.";
    /// The content is not JSON.
    FileNotJson = "file.not-json", Error, DeadLettered,
        "The object is not a CloudTrail log file. Find out what writes to this prefix. A redrive helps only after the original is restored.";
    /// The content has no `Records`.
    FileNoRecords = "file.no-records", Error, DeadLettered,
        "The object is not a CloudTrail log file. Find out what writes to this prefix. A redrive helps only after the original is restored.";
    /// `Records` is not a list.
    FileRecordsNotAList = "file.records-not-a-list", Error, DeadLettered,
        "The object is not a CloudTrail log file. Find out what writes to this prefix. A redrive helps only after the original is restored.";
    /// The connection broke while the file was being read.
    FileRead = "file.read", Warning, Retried,
        "Transient. If the message is in the dead-letter queue, the problem outlasted the retries: redrive.";
    /// The reader was used after an error. This is a bug.
    FileAfterFailure = "file.after-failure", Error, DeadLettered,
        "Report the bug, together with the log lines of the invocation.";
    /// Another invocation is processing the file.
    FileInProgress = "file.in-progress", Warning, Retried,
        "Wait until the other invocation is done.";
    /// The invocation ran out of time before the file was finished.
    FileDeadline = "file.deadline", Warning, Retried,
        "If this keeps happening, raise the function's timeout or memory, or lower the batch size. Then redrive.";
    /// The task that evaluated the file ended without a result.
    FileAborted = "file.aborted", Warning, Retried,
        "Transient. If it happens again with the same file, report the bug, together with the log lines of the invocation.";
    /// No ledger table was named, so the state of the file is unknown.
    FileUnknown = "file.unknown", Info, Diagnosed,
        "Name the ledger's table with `--table` to see what happened to the file.";
    /// The key does not name a log file.
    FileIgnored = "file.ignored", Info, Diagnosed,
        "The log processor skips such files. A redrive is harmless and empties the queue.";
    /// No invocation has claimed the file.
    FileNeverBegun = "file.never-begun", Info, Diagnosed,
        "Look for errors and throttling of the function (reserved concurrency, a start that fails, an unreachable ledger). Then redrive.";
    /// The invocation that had claimed the file was terminated.
    FileCutOff = "file.cut-off", Info, Diagnosed,
        "Look in the function's log for a timeout, for exhausted memory or for a crash, and give the function more time or memory. Then redrive.";
    /// The last attempt failed, and the ledger does not say why.
    FileFailed = "file.failed", Info, Diagnosed,
        "Search the log of the log processor for the file.";
    /// The file has been processed since.
    FileDone = "file.done", Info, Diagnosed,
        "A redrive is harmless and empties the queue.";
    /// The path is not a regular file or folder, so `trailbell replay` did not open it.
    FileNotRegular = "file.not-regular", Info, Diagnosed,
        "Name it on the command line to read it.";

    /// The record is not a JSON object.
    RecordNotAnObject = "record.not-an-object", Error, Continues,
        "Compare the log file with its digest (`aws cloudtrail validate-logs`). All other records of the file are evaluated.";
    /// The record is larger than the limit.
    RecordTooLarge = "record.too-large", Error, Continues,
        "Look at the record in the log file. All other records of the file are evaluated.";
    /// The record nests deeper than the limit.
    RecordTooDeep = "record.too-deep", Error, Continues,
        "Look at the record in the log file. All other records of the file are evaluated.";
    /// The brackets of the record do not match.
    RecordUnbalanced = "record.unbalanced", Error, Continues,
        "Compare the log file with its digest (`aws cloudtrail validate-logs`). All other records of the file are evaluated.";
    /// The record is not valid UTF-8.
    RecordInvalidUtf8 = "record.invalid-utf8", Error, Continues,
        "Compare the log file with its digest (`aws cloudtrail validate-logs`). All other records of the file are evaluated.";
    /// The record is not valid JSON.
    RecordMalformed = "record.malformed", Error, Continues,
        "Compare the log file with its digest (`aws cloudtrail validate-logs`). All other records of the file are evaluated.";

    /// CloudWatch refused a whole request as invalid.
    MetricsInvalid = "metrics.invalid", Error, DeadLettered,
        "Look up the datapoint in the function's log, and correct the rule. Then redrive.";
    /// The function may not publish metrics.
    MetricsAccessDenied = "metrics.access-denied", Error, DeadLettered,
        "Allow the function's role `cloudwatch:PutMetricData` for the namespace. Then redrive.";
    /// CloudWatch throttled PutMetricData.
    MetricsThrottled = "metrics.throttled", Warning, Retried,
        "Transient. If the message is in the dead-letter queue, the problem outlasted the retries: redrive.";
    /// CloudWatch gave no usable response to PutMetricData.
    MetricsUnavailable = "metrics.unavailable", Warning, Retried,
        "Transient. If the message is in the dead-letter queue, the problem outlasted the retries: redrive.";
    /// CloudWatch refused one datapoint as invalid. It is dropped, and all others are published.
    MetricsRefused = "metrics.refused", Error, Continues,
        "Correct the value or the dimensions of the metric that the log line names.";
    /// The alarm reconciler could not publish its own metrics.
    MetricsFailed = "metrics.failed", Warning, Continues,
        "If this keeps happening, check that the function's role allows `cloudwatch:PutMetricData` for the namespace.";

    /// SNS refused an alert as invalid.
    AlertsInvalid = "alerts.invalid", Error, DeadLettered,
        "Look up the alert in the function's log, and correct the rule. Then redrive.";
    /// The function may not publish to the alert topic, or the topic does not exist.
    AlertsAccessDenied = "alerts.access-denied", Error, DeadLettered,
        "Check that the alert topic exists. Allow `sns:Publish` in the policies of the function's role and of the topic, and the use of the topic's key. Then redrive.";
    /// SNS throttled Publish.
    AlertsThrottled = "alerts.throttled", Warning, Retried,
        "Transient. If the message is in the dead-letter queue, the problem outlasted the retries: redrive.";
    /// SNS gave no usable response to Publish.
    AlertsUnavailable = "alerts.unavailable", Warning, Retried,
        "Transient. If the message is in the dead-letter queue, the problem outlasted the retries: redrive.";

    /// The rule file or its bucket does not exist.
    RulesNotFound = "rules.not-found", Error, DeadLettered,
        "Put the rule file where `TRAILBELL_RULES` says. Then redrive.";
    /// The function may not read the rule file or use its KMS key.
    RulesAccessDenied = "rules.access-denied", Error, DeadLettered,
        "Allow the function's role to read the rule file, its earlier versions and its KMS key. Then redrive.";
    /// S3 throttled the request for the rule file.
    RulesThrottled = "rules.throttled", Warning, Retried,
        "Transient. If the message is in the dead-letter queue, the problem outlasted the retries: redrive.";
    /// S3 gave no usable response to the request for the rule file.
    RulesUnavailable = "rules.unavailable", Warning, Retried,
        "Transient. If the message is in the dead-letter queue, the problem outlasted the retries: redrive.";
    /// S3 refused the request for the rule file for another reason.
    RulesRefused = "rules.refused", Error, DeadLettered,
        "Check that the object that `TRAILBELL_RULES` names can be read, and is not archived. Then redrive.";
    /// The rule file did not arrive in time.
    RulesSlow = "rules.slow", Warning, Retried,
        "Transient. If the message is in the dead-letter queue, the problem outlasted the retries: redrive.";
    /// The rule file is larger than the limit.
    RulesTooLarge = "rules.too-large", Error, DeadLettered,
        "Shorten the rule file. Then redrive.";
    /// The rule file is not UTF-8.
    RulesNotUtf8 = "rules.not-utf-8", Error, DeadLettered,
        "Save the rule file as UTF-8, and check it with `trailbell rules check`. Then redrive.";
    /// The rule file has errors.
    RulesInvalid = "rules.invalid", Error, DeadLettered,
        "Correct the rule file; `trailbell rules check` shows all errors. Then redrive.";
    /// The task that read the rule file ended without a result.
    RulesAborted = "rules.aborted", Error, DeadLettered,
        "Redrive. If it happens again, report the bug, together with the log lines of the invocation.";
    /// The rule file is valid, but part of it is suspicious.
    RulesWarning = "rules.warning", Warning, Continues,
        "Correct the rule file; `trailbell rules check` shows all warnings.";
    /// The rule file has more errors or warnings than the log shows.
    RulesMoreDiagnostics = "rules.more-diagnostics", Warning, Continues,
        "Run `trailbell rules check` to see all of them.";
    /// The newest version of the rule file is unusable, and an earlier version is in force.
    RulesEarlierVersion = "rules.earlier-version", Warning, Continues,
        "Correct the rule file; `trailbell rules check` shows all errors.";

    /// A call of the ledger failed, so redelivered files may be counted twice.
    LedgerUnavailable = "ledger.unavailable", Error, Continues,
        "Check that the table exists, that the function's role may use the table and its KMS key, and that the function's network reaches DynamoDB.";
    /// Several calls of the ledger failed in a row, and the batch stopped calling it.
    LedgerGivenUp = "ledger.given-up", Error, Continues,
        "Look at the `ledger.unavailable` lines before this one.";
    /// The log processor could not publish its own metrics.
    TelemetryNotPublished = "telemetry.not-published", Error, Continues,
        "If this keeps happening, check that the function's role allows `cloudwatch:PutMetricData` for Trailbell's namespace.";
    /// The delay of a failed message could not be set, so the message returns after the queue's visibility timeout.
    RedeliveryUnchanged = "redelivery.unchanged", Warning, Continues,
        "If this keeps happening, check that the function's role allows `sqs:ChangeMessageVisibility` on the queue.";
    /// A function could not start: its configuration or the rules in its package are invalid.
    StartFailed = "start.failed", Error, NotStarted,
        "Correct the environment variables or the rule file that the log line names.";
    /// Logging was already started in this process, so its settings stay as they are.
    StartLoggingTwice = "start.logging-twice", Warning, Continues,
        "Report the bug: the function starts logging once.";

    /// The alarm reconciler does not handle this event.
    EventUnknown = "event.unknown", Error, RunFails,
        "Find out who invokes the function: only CloudFormation, EventBridge and operators should.";
    /// The new object that the event names is not the rule file. Nothing needs to be done.
    EventOtherObject = "event.other-object", Warning, Continues,
        "Limit the EventBridge rule to the key of the rule file.";
    /// CloudFormation did not receive the reconciler's response.
    ResponseFailed = "response.failed", Error, RunFails,
        "CloudFormation waits for about an hour and then rolls back. Check that the function's network reaches S3.";
    /// An alarm's name would be too long.
    AlarmsLongName = "alarms.long-name", Error, RunFails,
        "Shorten the rule's id, the alarm prefix or the dimension value.";
    /// Two alarms of a rule would have the same name.
    AlarmsSameName = "alarms.same-name", Error, RunFails,
        "List each dimension value of the rule's alarm only once.";
    /// CloudWatch throttled a call about alarms.
    AlarmsThrottled = "alarms.throttled", Error, RunFails,
        "Transient. The next run finishes the work.";
    /// CloudWatch gave no usable response to a call about alarms.
    AlarmsUnavailable = "alarms.unavailable", Error, RunFails,
        "Transient. The next run finishes the work.";
    /// The function may not read or change alarms.
    AlarmsAccessDenied = "alarms.access-denied", Error, RunFails,
        "Allow the function's role the CloudWatch actions that the log line names.";
    /// The account has reached its quota of alarms.
    AlarmsLimitExceeded = "alarms.limit-exceeded", Error, RunFails,
        "Request a higher quota for CloudWatch alarms, or delete unused alarms.";
    /// An alarm disappeared while it was being changed.
    AlarmsNotFound = "alarms.not-found", Error, RunFails,
        "The next run creates the alarm again if the rules still define it.";
    /// CloudWatch refused the definition of an alarm.
    AlarmsRefused = "alarms.refused", Error, RunFails,
        "Correct the rule whose alarm the log line names.";
    /// An alarm with this name exists and belongs to somebody else.
    AlarmsConflict = "alarms.conflict", Error, RunFails,
        "Rename or delete the other alarm, or choose another alarm prefix.";
    /// The run ended before this alarm was reached.
    AlarmsDeadline = "alarms.deadline", Error, RunFails,
        "The next run finishes the work. If this keeps happening, raise the function's timeout.";
    /// Some alarms do not match the rules.
    AlarmsIncomplete = "alarms.incomplete", Error, RunFails,
        "Look at the log lines of the alarms that the message lists.";
    /// The alarms still did not match the rules after several rounds. Something else is probably changing them.
    AlarmsUnsettled = "alarms.unsettled", Error, RunFails,
        "Find out what else changes these alarms, such as a second stack with the same prefix.";
    /// The reconciler's work panicked. This is a bug.
    AlarmsAborted = "alarms.aborted", Error, RunFails,
        "Report the bug, together with the log lines of the invocation.";
}

impl OperationalEvent {
    /// The event with a code, as it is written in a log line or in the ledger.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|event| event.code() == code)
    }

    /// The stable code, `SUBJECT.REASON`.
    pub const fn code(self) -> &'static str {
        self.description().code
    }

    /// How much attention it needs.
    pub const fn level(self) -> EventLevel {
        self.description().level
    }

    /// Whether somebody has to act.
    pub const fn is_error(self) -> bool {
        matches!(self.level(), EventLevel::Error)
    }

    /// Whether somebody has to act if it keeps happening.
    pub const fn is_warning(self) -> bool {
        matches!(self.level(), EventLevel::Warning)
    }

    /// What happens after it.
    pub const fn effect(self) -> Effect {
        self.description().effect
    }

    /// What it means, in one or two sentences.
    pub fn meaning(self) -> &'static str {
        self.description().meaning.trim_start()
    }

    /// What an operator should do.
    pub const fn advice(self) -> &'static str {
        self.description().advice
    }

    /// Whether a retry can help with the failure of a file or a message.
    pub fn retry(self) -> Retry {
        match self.effect() {
            Effect::Retried => Retry::Transient,
            Effect::DeadLettered
            | Effect::Continues
            | Effect::NotStarted
            | Effect::RunFails
            | Effect::Diagnosed => Retry::Permanent,
        }
    }
}

/// Writes a log line about an [`OperationalEvent`], at the event's level and with its code.
///
/// The event comes first, then the fields and the message, as in `tracing::event!`.
#[macro_export]
macro_rules! log_event {
    ($event:expr, $($rest:tt)+) => {{
        let event = $event;
        if event.is_error() {
            ::tracing::error!(code = event.code(), $($rest)+);
        } else if event.is_warning() {
            ::tracing::warn!(code = event.code(), $($rest)+);
        } else {
            ::tracing::info!(code = event.code(), $($rest)+);
        }
    }};
}

pub(crate) use log_event;
