//! Targets of calls for which the table has no row, or none of the row's values is there.

use std::borrow::Cow;

use super::Call;
use super::shown::{LIST_VALUES, value_text};
use crate::arn;
use crate::member::Member;
use crate::resources::{ARN_CHARS, arns};
use crate::text::{cut, list};
use crate::value::{FirstNames, shown, values};

/// The most resources that are named.
const RESOURCES: usize = 2;

/// Parameters that name what a call is about, in the order in which they are tried, and the word for each.
const WELL_KNOWN: [(&[&str], &str); 54] = [
    (&["bucketName"], "bucket"),
    (&["userName"], "user"),
    (&["roleName"], "role"),
    (&["roleArn"], "role"),
    (&["policyArn"], "policy"),
    (&["functionName"], "function"),
    (&["keyId"], "key"),
    (&["secretId"], "secret"),
    (&["groupName"], "group"),
    (&["groupId"], "security group"),
    (&["instancesSet.*.instanceId", "instanceIds.*", "instanceId"], "instance"),
    (&["volumeId"], "volume"),
    (&["snapshotId", "snapshotSet.*.snapshotId"], "snapshot"),
    (&["imageId"], "image"),
    (&["networkInterfaceId"], "network interface"),
    (&["subnetId"], "subnet"),
    (&["vpcId"], "VPC"),
    (&["routeTableId"], "route table"),
    (&["dBInstanceIdentifier"], "database"),
    (&["dBClusterIdentifier"], "cluster"),
    (&["dBSnapshotIdentifier"], "snapshot"),
    (&["tableName"], "table"),
    (&["streamName"], "stream"),
    (&["topicArn"], "topic"),
    (&["queueUrl"], "queue"),
    (&["logGroupName"], "log group"),
    (&["alarmName", "alarmNames.*"], "alarm"),
    (&["stackName"], "stack"),
    (&["repositoryName"], "repository"),
    (&["clusterName", "cluster", "clusterIdentifier"], "cluster"),
    (&["serviceName"], "service"),
    (&["detectorId"], "detector"),
    (&["hostedZoneId"], "zone"),
    (&["domainName"], "domain"),
    (&["loadBalancerName", "loadBalancerArn"], "load balancer"),
    (&["autoScalingGroupName"], "group"),
    (&["launchTemplateId", "launchTemplateName"], "template"),
    (&["restApiId", "apiId"], "API"),
    (&["distributionId"], "distribution"),
    (&["certificateArn"], "certificate"),
    (&["modelId"], "model"),
    (&["fileSystemId"], "file system"),
    (&["projectName"], "project"),
    (&["pipelineName"], "pipeline"),
    (&["policyId"], "policy"),
    (&["accountId", "accountIds.*"], "account"),
    (&["resourceArn", "resourceARN", "resourceArns.*"], "resource"),
    (&["resourcesSet.*.resourceId"], "resource"),
    (&["arn"], "resource"),
    (&["resourceId"], "resource"),
    (&["trailName"], "trail"),
    (&["documentName"], "document"),
    (&["name", "names.*"], "name"),
    (&["id"], "id"),
];

/// The first of: resources, well-known parameters, and the resource that a refusal names.
pub(super) fn target(call: &Call<'_>) -> Option<String> {
    resources(call).or_else(|| well_known(call)).or_else(|| refused_resource(call))
}

fn resources(call: &Call<'_>) -> Option<String> {
    let mut kept: Vec<Cow<'_, str>> = Vec::new();
    let all: Vec<Cow<'_, str>> = arns(call.record).collect();
    for arn in &all {
        let is_continued = all
            .iter()
            .any(|other| other.strip_prefix(arn.as_ref()).is_some_and(|rest| rest.starts_with(['/', ':'])));
        if !is_continued && !kept.contains(arn) && !call.identity.has_arn(arn) {
            kept.push(arn.clone());
        }
    }
    list(kept.iter().take(RESOURCES).map(|arn| cut(arn, ARN_CHARS)).collect::<Vec<_>>(), RESOURCES)
}

fn well_known(call: &Call<'_>) -> Option<String> {
    ["", "<", "%"].iter().find_map(|prefix| {
        let (root, _) = call.root(prefix);
        let names = FirstNames::of(root);
        WELL_KNOWN.iter().find_map(|(paths, word)| {
            let found = paths.iter().filter(|path| names.may_begin(path)).find_map(|path| {
                let texts = values(root, path).into_iter().filter_map(shown).map(|text| named(&text));
                list(texts.collect::<Vec<_>>(), LIST_VALUES)
            });
            found.map(|value| format!("{word} {value}"))
        })
    })
}

/// A value of a parameter that the table does not know for this call: of a URL, only a part that is no secret.
fn named(text: &str) -> String {
    match arn::host(text) {
        Some(host) if host.starts_with("sqs.") || host.contains(".queue.") => value_text(arn::tail(text)),
        Some(host) => value_text(host),
        None if text.starts_with("arn:") => cut(text, ARN_CHARS),
        None => value_text(text),
    }
}

/// `User: … is not authorized to perform: A on resource: R`
fn refused_resource(call: &Call<'_>) -> Option<String> {
    let message = call.record.text(Member::ErrorMessage)?;
    let (_, behind) = message.split_once("is not authorized to perform: ")?;
    let (_, behind) = behind.split_once(" on resource: ")?;
    let resource = behind.split_whitespace().next()?.trim_end_matches(['.', ',', ';']);
    let resource = resource.trim_matches('"');
    (!resource.is_empty() && resource != "*" && !call.identity.has_arn(resource))
        .then(|| cut(resource, ARN_CHARS))
}
