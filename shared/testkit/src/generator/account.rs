//! What an account owns: ids of its resources, and where in the world it works.
//!
//! A handful of each, so that the same ids recur as they do in real files.

use time::{Date, OffsetDateTime};

use super::principal::People;
use crate::dice::Dice;

/// The accounts of generated files: ids from the AWS documentation.
pub(crate) const ACCOUNTS: [&str; 3] = ["111122223333", "444455556666", "123456789012"];

/// The regions of generated files, the busiest first. Global services are recorded in the first.
pub(crate) const REGIONS: [&str; 5] =
    ["us-east-1", "us-east-2", "eu-west-1", "eu-central-1", "ap-southeast-2"];

/// One account with its principals and resources.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: &'static str,
    pub(crate) people: People,
    pub(crate) instances: Vec<String>,
    pub(crate) volumes: Vec<String>,
    pub(crate) interfaces: Vec<String>,
    pub(crate) security_groups: Vec<String>,
    pub(crate) subnets: Vec<String>,
    pub(crate) vpc: String,
    pub(crate) keys: Vec<String>,
    pub(crate) buckets: Vec<String>,
}

impl Account {
    pub(crate) fn new(dice: &mut Dice, id: &'static str, day: Date) -> Self {
        let mut some = |prefix, count| (0..count).map(|_| dice.resource(prefix)).collect::<Vec<_>>();
        let instances = some("i", 8);
        let volumes = some("vol", 8);
        let interfaces = some("eni", 8);
        let security_groups = some("sg", 4);
        let subnets = some("subnet", 3);
        let vpc = dice.resource("vpc");
        let keys = (0..3).map(|_| dice.uuid()).collect();
        let people = People::new(dice, id, &instances, day);
        let buckets = ["orders", "web-assets", "trail", "athena-results"]
            .map(|name| format!("amzn-s3-demo-bucket-{name}-{id}"))
            .to_vec();
        Self { id, people, instances, volumes, interfaces, security_groups, subnets, vpc, keys, buckets }
    }

    /// The ARN of a resource of this account: `service` may be `iam`, which has no region.
    pub(crate) fn arn(&self, service: &str, region: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{region}:{}:{resource}", self.id)
    }
}

/// Where and when a call happens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) account: &'a Account,
    pub(crate) region: &'static str,
    pub(crate) time: OffsetDateTime,
}

impl Scene<'_> {
    /// The ARN of a regional resource.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        self.account.arn(service, self.region, resource)
    }
}
