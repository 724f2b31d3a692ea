//! The columns of the Athena table over log files: one list, from which the table and the queries are made.
//!
//! `requestParameters` and similar fields differ from call to call, and are kept as JSON text. A field that
//! is not a column, such as `insightDetails`, cannot be queried.
//!
//! Source: [CloudTrail and
//! Athena](https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table-partition-projection.html).

use std::fmt;

/// The type of a column, or of a field of a column.
#[derive(Debug)]
pub(super) enum ColumnType {
    /// Text. Numbers and booleans arrive as text too.
    Text,
    /// A JSON document as text.
    Json,
    /// An object whose fields are known.
    Struct(&'static [Field]),
    /// An array of such values.
    List(&'static ColumnType),
    /// An object with any fields, all of them text.
    Map,
}

/// A column, or a field of a column.
#[derive(Debug)]
pub(super) struct Field {
    /// The name in a record. The table has the same name in lower case.
    pub(super) key: &'static str,
    pub(super) column_type: ColumnType,
}

const fn text(key: &'static str) -> Field {
    Field { key, column_type: ColumnType::Text }
}

const fn json(key: &'static str) -> Field {
    Field { key, column_type: ColumnType::Json }
}

const fn fields(key: &'static str, fields: &'static [Field]) -> Field {
    Field { key, column_type: ColumnType::Struct(fields) }
}

const USER_IDENTITY: &[Field] = &[
    text("type"),
    text("principalId"),
    text("arn"),
    text("accountId"),
    text("invokedBy"),
    text("accessKeyId"),
    text("userName"),
    fields("onBehalfOf", &[text("userId"), text("identityStoreArn")]),
    fields(
        "sessionContext",
        &[
            fields("attributes", &[text("mfaAuthenticated"), text("creationDate")]),
            fields(
                "sessionIssuer",
                &[text("type"), text("principalId"), text("arn"), text("accountId"), text("userName")],
            ),
            text("ec2RoleDelivery"),
            fields(
                "webIdFederationData",
                &[text("federatedProvider"), Field { key: "attributes", column_type: ColumnType::Map }],
            ),
        ],
    ),
];

/// The columns in the order of the table.
pub(super) const COLUMNS: &[Field] = &[
    text("eventVersion"),
    fields("userIdentity", USER_IDENTITY),
    text("eventTime"),
    text("eventSource"),
    text("eventName"),
    text("awsRegion"),
    text("sourceIPAddress"),
    text("userAgent"),
    text("errorCode"),
    text("errorMessage"),
    json("requestParameters"),
    json("responseElements"),
    json("additionalEventData"),
    text("requestID"),
    text("eventID"),
    text("readOnly"),
    Field {
        key: "resources",
        column_type: ColumnType::List(&ColumnType::Struct(&[text("ARN"), text("accountId"), text("type")])),
    },
    text("eventType"),
    text("apiVersion"),
    text("recipientAccountId"),
    json("serviceEventDetails"),
    text("sharedEventID"),
    text("vpcEndpointId"),
    text("vpcEndpointAccountId"),
    text("eventCategory"),
    fields(
        "addendum",
        &[text("reason"), text("updatedFields"), text("originalRequestID"), text("originalEventID")],
    ),
    text("sessionCredentialFromConsole"),
    json("edgeDeviceDetails"),
    fields("tlsDetails", &[text("tlsVersion"), text("cipherSuite"), text("clientProvidedHostHeader")]),
];

/// The type in the syntax of Glue.
impl fmt::Display for ColumnType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnType::Text | ColumnType::Json => formatter.write_str("string"),
            ColumnType::Map => formatter.write_str("map<string,string>"),
            ColumnType::List(column_type) => write!(formatter, "array<{column_type}>"),
            ColumnType::Struct(fields) => {
                formatter.write_str("struct<")?;
                for (index, field) in fields.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(formatter, "{comma}{}:{}", field.key.to_ascii_lowercase(), field.column_type)?;
                }
                formatter.write_str(">")
            }
        }
    }
}
