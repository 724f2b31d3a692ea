//! Storage, databases, queues, logs and the management of systems.

use super::compute::nothing;
use super::{Call, Callers};
use crate::dice::Dice;
use crate::generator::account::Scene;
use crate::generator::record::{Details, Kind};
use crate::json::{Json, list, object};

pub(super) const CALLS: &[Call] = &[
    Call::read("s3", "GetBucketAcl", 16, bucket_acl).by(Callers::Services),
    Call::read("s3", "ListBuckets", 6, list_buckets),
    Call::read("s3", "GetBucketLocation", 6, bucket_location),
    Call::read("s3", "GetBucketEncryption", 4, bucket_encryption),
    Call::read("s3", "GetObject", 40, get_object).of_kind(Kind::Data).by(Callers::Workloads),
    Call::change("s3", "PutObject", 8, put_object).of_kind(Kind::Data).by(Callers::Workloads),
    Call::read("dynamodb", "DescribeTable", 14, describe_table),
    Call::read("rds", "DescribeDBInstances", 10, describe_databases).version("1.08"),
    Call::read("cloudformation", "DescribeStacks", 10, describe_stacks).version("1.08"),
    Call::change("cloudformation", "CreateChangeSet", 1, create_change_set).by(Callers::Workloads),
    Call::read("sqs", "GetQueueAttributes", 6, queue_attributes).version("1.08"),
    Call::read("logs", "DescribeLogStreams", 8, describe_log_streams),
    Call::change("logs", "CreateLogStream", 9, create_log_stream).by(Callers::Services),
    Call::read("monitoring", "DescribeAlarms", 12, describe_alarms).version("1.08"),
    Call::change("monitoring", "PutMetricAlarm", 2, put_alarm).version("1.08").by(Callers::Workloads),
    Call::change("ssm", "UpdateInstanceInformation", 18, update_instance_information)
        .version("1.08")
        .by(Callers::Workloads),
    Call::read("ssm", "GetParametersByPath", 10, parameters_by_path).version("1.08"),
    Call::read("ssm", "ListInstanceAssociations", 8, instance_associations)
        .version("1.08")
        .by(Callers::Workloads),
    Call::read("health", "DescribeEventAggregates", 4, event_aggregates).version("1.08").by(Callers::Humans),
    Call::read("tagging", "GetResources", 4, nothing).version("1.08"),
];

fn s3_host(scene: Scene<'_>) -> String {
    format!("s3.{}.amazonaws.com", scene.region)
}

/// What S3 adds to all of its records.
fn s3_extra(dice: &mut Dice, received: u32, sent: u32) -> Json {
    object! {
        "SignatureVersion": "SigV4",
        "CipherSuite": "TLS_AES_128_GCM_SHA256",
        "bytesTransferredIn": i64::from(received),
        "AuthenticationMethod": "AuthHeader",
        "x-amz-id-2": format!("{}EXAMPLE==", dice.alphanumeric(24)),
        "bytesTransferredOut": i64::from(sent),
    }
}

fn bucket_resource(scene: Scene<'_>, bucket: &str) -> Json {
    object! { "accountId": scene.account.id, "type": "AWS::S3::Bucket", "ARN": format!("arn:aws:s3:::{bucket}") }
}

fn about_bucket(dice: &mut Dice, scene: Scene<'_>, parameter: &'static str) -> Details {
    let bucket = dice.pick(&scene.account.buckets);
    let mut request = vec![("bucketName", Json::from(bucket)), ("Host", s3_host(scene).into())];
    request.push((parameter, "".into()));
    let sent = dice.between(300, 700);
    Details::read(Json::Object(request))
        .with_resources(list![bucket_resource(scene, bucket)])
        .with_additional(s3_extra(dice, 0, sent))
}

fn bucket_acl(dice: &mut Dice, scene: Scene<'_>) -> Details {
    about_bucket(dice, scene, "acl")
}

fn bucket_location(dice: &mut Dice, scene: Scene<'_>) -> Details {
    about_bucket(dice, scene, "location")
}

fn bucket_encryption(dice: &mut Dice, scene: Scene<'_>) -> Details {
    about_bucket(dice, scene, "encryption")
}

fn list_buckets(dice: &mut Dice, scene: Scene<'_>) -> Details {
    Details::read(object! { "Host": s3_host(scene) }).with_additional(s3_extra(dice, 0, 1873))
}

fn object_access(dice: &mut Dice, scene: Scene<'_>, received: u32, sent: u32) -> (Json, Json, Json) {
    let bucket = &scene.account.buckets[0];
    let key = format!("incoming/2026/09/order-{}.json", dice.between(100_000, 999_999));
    let resources = list![
        object! { "type": "AWS::S3::Object", "ARN": format!("arn:aws:s3:::{bucket}/{key}") },
        bucket_resource(scene, bucket),
    ];
    let request = object! { "bucketName": bucket, "Host": s3_host(scene), "key": key };
    (request, resources, s3_extra(dice, received, sent))
}

fn get_object(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let size = dice.between(900, 9000);
    let (request, resources, extra) = object_access(dice, scene, 0, size);
    Details::read(request).with_resources(resources).with_additional(extra)
}

fn put_object(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let size = dice.between(900, 9000);
    let (request, resources, extra) = object_access(dice, scene, size, 0);
    let response = object! { "x-amz-server-side-encryption": "aws:kms", "x-amz-checksum-crc32": "6Ywx+A==" };
    Details::change(request, response).with_resources(resources).with_additional(extra)
}

fn describe_table(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let table = *dice.pick(&["orders", "customers", "sessions"]);
    let arn = scene.arn("dynamodb", &format!("table/{table}"));
    let resource = object! { "accountId": scene.account.id, "type": "AWS::DynamoDB::Table", "ARN": arn };
    Details::read(object! { "tableName": table }).with_resources(list![resource])
}

fn describe_databases(_: &mut Dice, _: Scene<'_>) -> Details {
    Details::read(object! { "dBInstanceIdentifier": "orders-primary", "maxRecords": 100 })
}

fn describe_stacks(dice: &mut Dice, _: Scene<'_>) -> Details {
    Details::read(object! { "stackName": *dice.pick(&["orders", "network", "web"]) })
}

fn create_change_set(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let name = format!("change-{}", dice.hex(8));
    let request = object! {
        "stackName": "orders",
        "changeSetName": &name,
        "capabilities": list!["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        "usePreviousTemplate": false,
        "parameters": list![object! { "parameterKey": "Stage", "parameterValue": "production" }],
    };
    let response = object! {
        "id": scene.arn("cloudformation", &format!("changeSet/{name}/{}", dice.uuid())),
        "stackId": scene.arn("cloudformation", "stack/orders/0a1b2c3d-4e5f-4071-8293-a4b5c6d7e8f9"),
    };
    Details::change(request, response)
}

fn queue_attributes(_: &mut Dice, scene: Scene<'_>) -> Details {
    let url = format!("https://sqs.{}.amazonaws.com/{}/orders", scene.region, scene.account.id);
    Details::read(object! { "queueUrl": url, "attributeNames": list!["ApproximateNumberOfMessages"] })
}

fn describe_log_streams(_: &mut Dice, _: Scene<'_>) -> Details {
    Details::read(
        object! { "logGroupName": "/aws/lambda/image-resizer", "orderBy": "LastEventTime", "limit": 50 },
    )
}

fn create_log_stream(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let stream = format!("{}/[$LATEST]{}", scene.time.date().to_string().replace('-', "/"), dice.hex(32));
    let request = object! { "logGroupName": "/aws/lambda/image-resizer", "logStreamName": stream };
    Details::change(request, Json::Null)
}

fn describe_alarms(_: &mut Dice, _: Scene<'_>) -> Details {
    Details::read(object! {
        "alarmNamePrefix": "TargetTracking-service/orders/orders-api",
        "alarmTypes": list!["MetricAlarm", "CompositeAlarm"],
        "maxRecords": 100,
    })
}

fn put_alarm(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let request = object! {
        "alarmName": format!("orders-queue-age-{}", dice.between(1, 9)),
        "metricName": "ApproximateAgeOfOldestMessage",
        "namespace": "AWS/SQS",
        "statistic": "Maximum",
        "dimensions": list![object! { "name": "QueueName", "value": "orders" }],
        "period": 60,
        "evaluationPeriods": 5,
        "threshold": 300.0,
        "comparisonOperator": "GreaterThanThreshold",
        "treatMissingData": "notBreaching",
        "alarmActions": list![scene.arn("sns", "operations")],
        "actionsEnabled": true,
    };
    Details::change(request, Json::Null)
}

fn update_instance_information(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let request = object! {
        "instanceId": dice.pick(&scene.account.instances),
        "agentVersion": "3.3.2299.0",
        "agentStatus": "Active",
        "platformType": "Linux",
        "platformName": "Amazon Linux",
        "platformVersion": "2023",
        "iPAddress": format!("10.0.{}.{}", dice.below(4), dice.between(4, 250)),
        "computerName": "ip-10-0-1-27.ec2.internal",
        "agentName": "amazon-ssm-agent",
        "availabilityZone": format!("{}a", scene.region),
        "sSMConnectionChannel": "ssmmessages",
    };
    Details::change(request, Json::Null)
}

fn parameters_by_path(_: &mut Dice, _: Scene<'_>) -> Details {
    Details::read(object! { "path": "/orders/production/", "recursive": true, "withDecryption": true })
}

fn instance_associations(dice: &mut Dice, scene: Scene<'_>) -> Details {
    Details::read(object! { "instanceId": dice.pick(&scene.account.instances), "maxResults": 20 })
}

fn event_aggregates(_: &mut Dice, scene: Scene<'_>) -> Details {
    let day = i64::from(scene.time.date().ordinal());
    let filter = object! { "eventStatusCodes": list!["open", "upcoming"], "dayOfYear": day };
    Details::read(object! { "aggregateField": "eventTypeCategory", "filter": filter })
}
