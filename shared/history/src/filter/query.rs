//! The filters as the user wrote them. Nothing is checked here.

use serde::Serialize;
use time::OffsetDateTime;

/// Filters of event history, by the option that carries them. An empty list does not restrict anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Query {
    /// Values of `eventName`.
    #[serde(rename = "name", skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Values of `eventSource`; `s3` means `s3.amazonaws.com`.
    #[serde(rename = "source", skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// Users, roles, session names, ARNs, or `root`.
    #[serde(rename = "user", skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<String>,
    /// Resources by ARN or name, or strings of the request.
    #[serde(rename = "resource", skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// Types of listed resources, such as `AWS::S3::Object`.
    #[serde(rename = "resourceType", skip_serializing_if = "Vec::is_empty")]
    pub resource_types: Vec<String>,
    /// Addresses, address ranges such as `203.0.113.0/24`, or AWS services that made the call.
    #[serde(rename = "ip", skip_serializing_if = "Vec::is_empty")]
    pub ips: Vec<String>,
    /// Access keys of the identity.
    #[serde(rename = "accessKey", skip_serializing_if = "Vec::is_empty")]
    pub access_keys: Vec<String>,
    /// Event ids.
    #[serde(rename = "id", skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
    /// Error codes; `*` for any error, `Failure` for one without a code.
    #[serde(rename = "error", skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
    /// Accounts that received the event.
    #[serde(rename = "account", skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    /// Values of `awsRegion`.
    #[serde(rename = "region", skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// Filter patterns.
    #[serde(rename = "where", skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<String>,
    /// Rules of which at least one must match.
    #[serde(rename = "rule", skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RulePattern>,
    /// The session of the identity, as [`Event::session`](crate::Event::session) has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Reads, writes or both; `None` for the default, see [`Query::is_narrow`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_write: Option<ReadWriteType>,
    /// The earliest event time.
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub from: Option<OffsetDateTime>,
    /// The end of the time range, exclusive.
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub to: Option<OffsetDateTime>,
}

impl Query {
    /// Whether a filter other than time, account and region is set. By default, reads are left out unless it is.
    pub fn is_narrow(&self) -> bool {
        let is_broad = |criterion| matches!(criterion, Criterion::Account | Criterion::Region);
        !self.patterns.is_empty()
            || !self.rules.is_empty()
            || self.session.is_some()
            || self
                .criteria()
                .into_iter()
                .any(|(criterion, values)| !is_broad(criterion) && !values.is_empty())
    }

    /// The lists of values, the ones that are cheap to decide first.
    pub(super) fn criteria(&self) -> [(Criterion, &[String]); 11] {
        [
            (Criterion::Name, &self.names),
            (Criterion::Source, &self.sources),
            (Criterion::Region, &self.regions),
            (Criterion::Ip, &self.ips),
            (Criterion::Id, &self.ids),
            (Criterion::Account, &self.accounts),
            (Criterion::Error, &self.errors),
            (Criterion::AccessKey, &self.access_keys),
            (Criterion::User, &self.users),
            (Criterion::ResourceType, &self.resource_types),
            (Criterion::Resource, &self.resources),
        ]
    }
}

/// The filter pattern of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulePattern {
    /// The id of the rule.
    pub id: String,
    /// Its filter pattern.
    pub pattern: String,
    /// Whether the rule must not match.
    pub is_excluded: bool,
}

impl Serialize for RulePattern {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sign = if self.is_excluded { "!" } else { "" };
        serializer.collect_str(&format_args!("{sign}{}", self.id))
    }
}

/// Which events are selected by `readOnly`. The names are those of a trail's event selectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ReadWriteType {
    /// Reads and writes.
    All,
    /// Reads alone.
    ReadOnly,
    /// Everything that is not known to be a read.
    WriteOnly,
}

/// A filter with a list of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Criterion {
    /// `--name`
    Name,
    /// `--source`
    Source,
    /// `--region`
    Region,
    /// `--ip`
    Ip,
    /// `--id`
    Id,
    /// `--account`
    Account,
    /// `--error`
    Error,
    /// `--access-key`
    AccessKey,
    /// `--user`
    User,
    /// `--resource-type`
    ResourceType,
    /// `--resource`
    Resource,
}

impl Criterion {
    /// The option that sets it.
    pub fn option(self) -> &'static str {
        match self {
            Self::Name => "--name",
            Self::Source => "--source",
            Self::Region => "--region",
            Self::Ip => "--ip",
            Self::Id => "--id",
            Self::Account => "--account",
            Self::Error => "--error",
            Self::AccessKey => "--access-key",
            Self::User => "--user",
            Self::ResourceType => "--resource-type",
            Self::Resource => "--resource",
        }
    }

    /// A text that the criterion matches although no member of a record contains it.
    pub(super) fn derived_text(self) -> Option<&'static str> {
        match self {
            Self::User => Some("root"),
            Self::Error => Some("Failure"),
            Self::Name
            | Self::Source
            | Self::Region
            | Self::Ip
            | Self::Id
            | Self::Account
            | Self::AccessKey
            | Self::ResourceType
            | Self::Resource => None,
        }
    }
}
