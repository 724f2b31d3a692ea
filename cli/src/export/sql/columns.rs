//! The columns of the Athena table over log files: the one list that the table and the queries on it are made from.
//!
//! `requestParameters` and its like differ from call to call and are kept as JSON text. A field that is no column, such as
//! `insightDetails`, cannot be queried.
//!
//! Source: [CloudTrail and Athena](https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table-partition-projection.html).

use std::fmt;

/// What a column, or a field of one, holds.
#[derive(Debug)]
pub(super) enum Shape {
    /// Text. A number or boolean of the record arrives as text too.
    Text,
    /// A JSON document as text.
    Json,
    /// An object whose fields are known.
    Struct(&'static [Field]),
    /// An array of such values.
    List(&'static Shape),
    /// An object with any fields, all of them text.
    Map,
}

/// A column, or a field of one.
#[derive(Debug)]
pub(super) struct Field {
    /// The name in a record; the table's name is the same in lower case.
    pub(super) key: &'static str,
    pub(super) shape: Shape,
}

const fn text(key: &'static str) -> Field {
    Field { key, shape: Shape::Text }
}

const fn json(key: &'static str) -> Field {
    Field { key, shape: Shape::Json }
}

const fn fields(key: &'static str, fields: &'static [Field]) -> Field {
    Field { key, shape: Shape::Struct(fields) }
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
                &[text("federatedProvider"), Field { key: "attributes", shape: Shape::Map }],
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
        shape: Shape::List(&Shape::Struct(&[text("ARN"), text("accountId"), text("type")])),
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

/// The type as Glue writes it.
impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Text | Shape::Json => formatter.write_str("string"),
            Shape::Map => formatter.write_str("map<string,string>"),
            Shape::List(shape) => write!(formatter, "array<{shape}>"),
            Shape::Struct(fields) => {
                formatter.write_str("struct<")?;
                for (index, field) in fields.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(formatter, "{comma}{}:{}", field.key.to_ascii_lowercase(), field.shape)?;
                }
                formatter.write_str(">")
            }
        }
    }
}
