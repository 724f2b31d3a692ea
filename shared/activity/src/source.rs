//! Where a call came from: the address, the program, and the VPC endpoint.

use crate::member::{Member, Record};
use crate::text::{VALUE_CHARS, cut};

/// Programs by a part of their user agent, in the order in which they are tried. Hostile tools come first; the AWS CLI
/// comes before Boto3, since both contain `botocore`, and Terraform before Go.
const FAMILIES: [(&str, &[&str]); 24] = [
    ("Kali Linux client", &["kali"]),
    ("Pacu", &["Pacu"]),
    ("console", &["console.amazonaws.com", "signin.amazonaws.com", "S3Console"]),
    ("AWS CLI", &["aws-cli/"]),
    ("Terraform", &["Terraform/", "terraform-provider-aws"]),
    ("Pulumi", &["Pulumi", "pulumi"]),
    ("CDK", &["aws-cdk", "AWS-CDK", "cdk-"]),
    ("CloudFormation", &["cloudformation", "CloudFormation"]),
    ("Boto3", &["Boto3/", "Botocore", "botocore"]),
    ("AWS SDK for Go", &["aws-sdk-go"]),
    ("AWS SDK for JavaScript", &["aws-sdk-js", "aws-sdk-nodejs"]),
    ("AWS SDK for Java", &["aws-sdk-java", "aws-internal/"]),
    ("AWS SDK for Rust", &["aws-sdk-rust"]),
    ("AWS SDK for .NET", &["aws-sdk-dotnet"]),
    ("AWS SDK for PHP", &["aws-sdk-php"]),
    ("AWS SDK for Ruby", &["aws-sdk-ruby"]),
    ("AWS SDK for C++", &["aws-sdk-cpp"]),
    ("AWS Tools for PowerShell", &["PowerShell"]),
    ("browser", &["Mozilla/"]),
    ("curl", &["curl/"]),
    ("Python requests", &["python-requests/"]),
    ("Go client", &["Go-http-client/"]),
    ("AWS SDK for Swift", &["aws-sdk-swift"]),
    ("AWS SDK for Kotlin", &["aws-sdk-kotlin"]),
];
/// The longest name of an unknown program, in characters.
const UNKNOWN_CHARS: usize = 40;

/// Where a call came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// `sourceIPAddress`: an address, the name of a service, or `AWS Internal`.
    pub address: Option<String>,
    /// The program, as its family; `None` for services.
    pub client: Option<String>,
    /// `vpcEndpointId`.
    pub vpc_endpoint: Option<String>,
}

/// Where a call came from.
pub fn source(record: &Record<'_>) -> Source {
    let client = if record.flag(Member::FromConsole) == Some(true) {
        Some("console".to_owned())
    } else {
        record.text(Member::Agent).and_then(|agent| client_family(&agent))
    };
    source_of_client(record, client)
}

/// Where a call came from whose [client](Source::client) is known.
pub fn source_of_client(record: &Record<'_>, client: Option<String>) -> Source {
    let address = record.text(Member::Address).map(|text| cut(&text, VALUE_CHARS));
    let vpc_endpoint = record.text(Member::VpcEndpoint).map(|text| cut(&text, VALUE_CHARS));
    Source { address, client, vpc_endpoint }
}

/// The family of a user agent; `None` for AWS itself and its services.
pub fn client_family(agent: &str) -> Option<String> {
    let family = FAMILIES.iter().find(|(_, marks)| marks.iter().any(|mark| agent.contains(mark)));
    match family {
        Some(("CloudFormation", _)) | None if agent == "AWS Internal" || is_service(agent) => None,
        Some((family, _)) => Some((*family).to_owned()),
        None => Some(cut(agent, UNKNOWN_CHARS)),
    }
}

/// Whether an address or a user agent is the name of an AWS service.
fn is_service(text: &str) -> bool {
    let name = text.strip_suffix(".amazonaws.com").or_else(|| text.strip_suffix(".amazonaws.com.cn"));
    name.is_some_and(|name| {
        name.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))
    })
}

impl Source {
    /// The address in words: services by name.
    pub fn address_words(&self) -> Option<String> {
        let address = self.address.as_deref()?;
        Some(match address {
            "AWS Internal" => "AWS itself".to_owned(),
            service if is_service(service) => format!("AWS service {service}"),
            address => address.to_owned(),
        })
    }

    /// One line: address, program and endpoint.
    pub fn words(&self) -> Option<String> {
        let endpoint = self.vpc_endpoint.as_ref().map(|endpoint| format!("through {endpoint}"));
        let parts: Vec<String> =
            [self.address_words(), self.client.clone(), endpoint].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}
