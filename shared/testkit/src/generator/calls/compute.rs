//! Instances, networks, load balancers, containers and functions.

use super::{Call, Callers};
use crate::dice::Dice;
use crate::generator::account::Scene;
use crate::generator::record::{Details, Kind};
use crate::json::{Json, list, object};

pub(super) const CALLS: &[Call] = &[
    Call::read("ec2", "DescribeInstances", 60, describe_instances),
    Call::read("ec2", "DescribeInstanceStatus", 15, describe_some_instances),
    Call::read("ec2", "DescribeTags", 18, describe_tags),
    Call::read("ec2", "DescribeVolumes", 15, describe_volumes),
    Call::read("ec2", "DescribeSecurityGroups", 20, describe_security_groups),
    Call::read("ec2", "DescribeNetworkInterfaces", 22, describe_interfaces),
    Call::read("ec2", "DescribeSubnets", 12, describe_subnets),
    Call::read("ec2", "DescribeRouteTables", 6, describe_in_vpc),
    Call::read("ec2", "DescribeVpcEndpoints", 5, describe_in_vpc),
    Call::change("ec2", "RunInstances", 8, run_instances).by(Callers::Services),
    Call::change("ec2", "TerminateInstances", 5, terminate_instances).by(Callers::Services),
    Call::change("ec2", "CreateTags", 6, create_tags),
    Call::change("ec2", "CreateNetworkInterface", 6, create_interface).by(Callers::Services),
    Call::change("ec2", "DeleteNetworkInterface", 6, delete_interface).by(Callers::Services),
    Call::change("ec2", "CreateSnapshot", 4, create_snapshot).by(Callers::Workloads),
    Call::read("autoscaling", "DescribeAutoScalingGroups", 16, describe_scaling_groups).version("1.08"),
    Call::change("autoscaling", "CompleteLifecycleAction", 4, complete_lifecycle).version("1.08"),
    Call::read("elasticloadbalancing", "DescribeTargetHealth", 18, describe_target_health).version("1.09"),
    Call::read("elasticloadbalancing", "DescribeLoadBalancers", 10, describe_balancers).version("1.09"),
    Call::change("elasticloadbalancing", "RegisterTargets", 4, register_targets).version("1.09"),
    Call::read("ecs", "DescribeServices", 12, describe_services).version("1.10"),
    Call::change("ecs", "RegisterTaskDefinition", 5, register_task).version("1.10").by(Callers::Workloads),
    Call::read("ecr", "BatchGetImage", 12, batch_get_image).version("1.08").by(Callers::Workloads),
    Call::read("ecr", "GetAuthorizationToken", 8, nothing).version("1.08").by(Callers::Workloads),
    Call::read("lambda", "GetFunction20150331v2", 8, get_function).version("1.10"),
    Call::change("lambda", "UpdateFunctionCode20150331v2", 2, update_function).by(Callers::Workloads),
    Call::read("lambda", "Invoke", 12, invoke_function).of_kind(Kind::Data).by(Callers::Workloads),
    Call::change("ec2", "BidEvictedEvent", 1, spot_eviction)
        .of_kind(Kind::ServiceEvent)
        .by(Callers::Services),
];

pub(super) fn nothing(_: &mut Dice, _: Scene<'_>) -> Details {
    Details::default()
}

/// `{"items":[{"<key>":"<id>"}, …]}`, the shape of every list in EC2's records.
fn items(key: &'static str, values: impl IntoIterator<Item = String>) -> Json {
    let items = values.into_iter().map(|value| Json::Object(vec![(key, value.into())]));
    object! { "items": items.collect::<Json>() }
}

fn filter(name: &'static str, value: impl Into<Json>) -> Json {
    let values = object! { "items": list![object! { "value": value.into() }] };
    object! { "items": list![object! { "name": name, "valueSet": values }] }
}

fn describe_instances(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let (instances, filters) = match dice.below(3) {
        0 => (object! {}, filter("tag:aws:autoscaling:groupName", "web-fleet")),
        1 => (object! {}, filter("vpc-id", &scene.account.vpc)),
        _ => (items("instanceId", scene.account.instances.iter().cloned()), object! {}),
    };
    Details::read(object! { "maxResults": 1000, "instancesSet": instances, "filterSet": filters })
}

fn describe_some_instances(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let count = dice.between(2, 8) as usize;
    let ids = scene.account.instances.iter().take(count).cloned();
    Details::read(object! {
        "instancesSet": items("instanceId", ids),
        "filterSet": object! {},
        "includeAllInstances": true,
    })
}

fn describe_tags(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let id = dice.pick(&scene.account.instances);
    Details::read(object! { "filterSet": filter("resource-id", id), "maxResults": 200 })
}

fn describe_volumes(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let id = dice.pick(&scene.account.volumes).clone();
    Details::read(object! { "volumeSet": items("volumeId", [id]), "filterSet": object! {} })
}

fn describe_security_groups(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let id = dice.pick(&scene.account.security_groups).clone();
    let groups = items("groupId", [id]);
    Details::read(
        object! { "securityGroupSet": object! {}, "securityGroupIdSet": groups, "filterSet": object! {} },
    )
}

fn describe_interfaces(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let id = dice.pick(&scene.account.interfaces).clone();
    Details::read(
        object! { "networkInterfaceIdSet": items("networkInterfaceId", [id]), "filterSet": object! {} },
    )
}

fn describe_subnets(_: &mut Dice, scene: Scene<'_>) -> Details {
    let ids = scene.account.subnets.iter().cloned();
    Details::read(object! { "subnetSet": items("subnetId", ids), "filterSet": object! {} })
}

fn describe_in_vpc(_: &mut Dice, scene: Scene<'_>) -> Details {
    Details::read(object! { "filterSet": filter("vpc-id", &scene.account.vpc) })
}

fn run_instances(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let count = dice.between(1, 6);
    launch(dice, scene, "m7g.large", i64::from(count))
}

/// The parameters of a launch of `count` instances.
pub(crate) fn launch(dice: &mut Dice, scene: Scene<'_>, instance_type: &'static str, count: i64) -> Details {
    let subnet = dice.pick(&scene.account.subnets).clone();
    let group = dice.pick(&scene.account.security_groups).clone();
    let image = "ami-0abcdef1234567890";
    let instances = (0..count).map(|index| launched(dice, scene, instance_type, index, &subnet, &group));
    let instances = instances.collect::<Json>();
    let request = object! {
        "instancesSet": object! { "items": list![object! { "imageId": image, "minCount": 1, "maxCount": count }] },
        "instanceType": instance_type,
        "blockDeviceMapping": object! {},
        "monitoring": object! { "enabled": false },
        "disableApiTermination": false,
        "disableApiStop": false,
        "clientToken": dice.uuid(),
        "subnetId": subnet,
        "groupSet": items("groupId", [group]),
        "metadataOptions": object! { "httpTokens": "required", "httpPutResponseHopLimit": 2 },
        "launchTemplate": object! { "launchTemplateId": "lt-0a1b2c3d4e5f60718", "version": "17" },
    };
    let response = object! {
        "requestId": dice.uuid(),
        "reservationId": dice.resource("r"),
        "ownerId": scene.account.id,
        "groupSet": object! {},
        "instancesSet": object! { "items": instances },
        "requesterId": "123456789012",
    };
    Details::change(request, response)
}

fn launched(
    dice: &mut Dice,
    scene: Scene<'_>,
    instance_type: &'static str,
    index: i64,
    subnet: &String,
    group: &String,
) -> Json {
    let address = format!("10.0.{}.{}", dice.below(256), dice.between(4, 250));
    let name = format!("ip-{}.{}.compute.internal", address.replace('.', "-"), scene.region);
    object! {
        "instanceId": dice.resource("i"),
        "imageId": "ami-0abcdef1234567890",
        "currentInstanceBootMode": "uefi",
        "instanceState": object! { "code": 0, "name": "pending" },
        "privateDnsName": name,
        "amiLaunchIndex": index,
        "productCodes": object! {},
        "instanceType": instance_type,
        "launchTime": scene.time.unix_timestamp() * 1000,
        "placement": object! { "availabilityZone": format!("{}a", scene.region), "tenancy": "default" },
        "monitoring": object! { "state": "pending" },
        "subnetId": subnet,
        "vpcId": &scene.account.vpc,
        "privateIpAddress": address,
        "stateReason": object! { "code": "pending", "message": "pending" },
        "architecture": "arm64",
        "rootDeviceType": "ebs",
        "rootDeviceName": "/dev/xvda",
        "blockDeviceMapping": object! {},
        "virtualizationType": "hvm",
        "hypervisor": "xen",
        "clientToken": dice.uuid(),
        "groupSet": object! { "items": list![object! { "groupId": group, "groupName": "web" }] },
        "sourceDestCheck": true,
        "ebsOptimized": false,
        "metadataOptions": object! {
            "state": "pending",
            "httpTokens": "required",
            "httpPutResponseHopLimit": 2,
            "httpEndpoint": "enabled",
            "httpProtocolIpv4": "enabled",
            "httpProtocolIpv6": "disabled",
            "instanceMetadataTags": "disabled",
        },
    }
}

fn terminate_instances(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let id = dice.pick(&scene.account.instances);
    let ended = object! {
        "instanceId": id,
        "currentState": object! { "code": 32, "name": "shutting-down" },
        "previousState": object! { "code": 16, "name": "running" },
    };
    Details::change(
        object! { "instancesSet": items("instanceId", [id.clone()]) },
        object! { "requestId": dice.uuid(), "instancesSet": object! { "items": list![ended] } },
    )
}

fn create_tags(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let id = dice.pick(&scene.account.volumes).clone();
    let tag = object! { "key": "cost-centre", "value": format!("cc-{}", dice.between(100, 120)) };
    let request = object! {
        "resourcesSet": items("resourceId", [id]),
        "tagSet": object! { "items": list![tag] },
    };
    Details::change(request, object! { "requestId": dice.uuid(), "_return": true })
}

fn create_interface(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let subnet = dice.pick(&scene.account.subnets).clone();
    let interface = object! {
        "networkInterfaceId": dice.resource("eni"),
        "subnetId": &subnet,
        "vpcId": &scene.account.vpc,
        "availabilityZone": format!("{}b", scene.region),
        "ownerId": scene.account.id,
        "requesterManaged": false,
        "status": "pending",
        "sourceDestCheck": true,
        "interfaceType": "interface",
    };
    let request = object! {
        "subnetId": subnet,
        "description": "AWS Lambda VPC ENI-image-resizer",
        "groupSet": items("groupId", [dice.pick(&scene.account.security_groups).clone()]),
        "privateIpAddressesSet": object! {},
        "clientToken": dice.uuid(),
    };
    Details::change(request, object! { "requestId": dice.uuid(), "networkInterface": interface })
}

fn delete_interface(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let id = dice.pick(&scene.account.interfaces);
    Details::change(
        object! { "networkInterfaceId": id },
        object! { "requestId": dice.uuid(), "_return": true },
    )
}

fn create_snapshot(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let volume = dice.pick(&scene.account.volumes);
    let request = object! { "volumeId": volume, "description": "nightly: volume \"data\" of web-fleet" };
    let response = object! {
        "requestId": dice.uuid(),
        "snapshotId": dice.resource("snap"),
        "volumeId": volume,
        "status": "pending",
        "startTime": scene.time.unix_timestamp() * 1000,
        "progress": "",
        "ownerId": scene.account.id,
        "volumeSize": "64",
        "encrypted": true,
    };
    Details::change(request, response)
}

fn describe_scaling_groups(_: &mut Dice, _: Scene<'_>) -> Details {
    Details::read(object! { "autoScalingGroupNames": list!["web-fleet", "workers"], "maxRecords": 100 })
}

fn complete_lifecycle(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let request = object! {
        "autoScalingGroupName": "web-fleet",
        "lifecycleHookName": "drain",
        "lifecycleActionResult": "CONTINUE",
        "instanceId": dice.pick(&scene.account.instances),
    };
    Details::change(request, Json::Null)
}

fn target_group(scene: Scene<'_>) -> String {
    scene.arn("elasticloadbalancing", "targetgroup/web/6d0ecf831eec9f09")
}

fn describe_target_health(_: &mut Dice, scene: Scene<'_>) -> Details {
    Details::read(object! { "targetGroupArn": target_group(scene) })
}

fn describe_balancers(_: &mut Dice, scene: Scene<'_>) -> Details {
    let balancer = scene.arn("elasticloadbalancing", "loadbalancer/app/web/50dc6c495c0c9188");
    Details::read(object! { "loadBalancerArns": list![balancer] })
}

fn register_targets(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let target = object! { "id": dice.pick(&scene.account.instances), "port": 8080 };
    let request = object! { "targetGroupArn": target_group(scene), "targets": list![target] };
    Details::change(request, Json::Null)
}

fn describe_services(_: &mut Dice, scene: Scene<'_>) -> Details {
    let cluster = scene.arn("ecs", "cluster/orders");
    Details::read(object! { "cluster": cluster, "services": list!["orders-api", "orders-worker"] })
}

fn register_task(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let image = format!("{}.dkr.ecr.{}.amazonaws.com/orders-api", scene.account.id, scene.region);
    let containers = ["orders-api", "proxy", "log-router", "metrics"].map(|name| {
        let digest = if name == "orders-api" { dice.hex(64) } else { "5e".repeat(32) };
        container(name, format!("{image}@sha256:{digest}"))
    });
    let containers = Json::List(containers.to_vec());
    let role = format!("arn:aws:iam::{}:role/orders-api-task", scene.account.id);
    let request = object! {
        "family": "orders-api",
        "taskRoleArn": &role,
        "networkMode": "awsvpc",
        "requiresCompatibilities": list!["FARGATE"],
        "cpu": "512",
        "memory": "1024",
        "containerDefinitions": containers.clone(),
    };
    let definition = object! {
        "taskDefinitionArn": scene.arn("ecs", &format!("task-definition/orders-api:{}", dice.between(40, 99))),
        "family": "orders-api",
        "taskRoleArn": role,
        "networkMode": "awsvpc",
        "status": "ACTIVE",
        "containerDefinitions": containers,
    };
    Details::change(request, object! { "taskDefinition": definition })
}

fn container(name: &'static str, image: String) -> Json {
    let hidden =
        |variable: &'static str| object! { "name": variable, "value": "HIDDEN_DUE_TO_SECURITY_REASONS" };
    object! {
        "name": name,
        "image": image,
        "portMappings": list![object! { "containerPort": 8080, "hostPort": 8080, "protocol": "tcp" }],
        "essential": name == "orders-api",
        "environment": list![hidden("LOG_LEVEL"), hidden("TABLE_NAME"), hidden("QUEUE_URL"), hidden("STAGE")],
        "mountPoints": list![],
        "volumesFrom": list![],
        "linuxParameters": object! { "initProcessEnabled": true },
        "logConfiguration": object! { "logDriver": "awslogs", "options": object! {} },
        "healthCheck": object! { "interval": 30, "timeout": 5, "retries": 3 },
    }
}

fn batch_get_image(_: &mut Dice, scene: Scene<'_>) -> Details {
    let media = list![
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.oci.image.index.v1+json",
    ];
    let request = object! {
        "registryId": scene.account.id,
        "repositoryName": "orders-api",
        "imageIds": list![object! { "imageTag": "stable" }],
        "acceptedMediaTypes": media,
    };
    let repository =
        object! { "accountId": scene.account.id, "ARN": scene.arn("ecr", "repository/orders-api") };
    Details::read(request).with_resources(list![repository])
}

fn get_function(_: &mut Dice, scene: Scene<'_>) -> Details {
    Details::read(object! { "functionName": scene.arn("lambda", "function:image-resizer") })
}

fn update_function(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let request = object! {
        "functionName": "image-resizer",
        "s3Bucket": "amzn-s3-demo-bucket-artifacts",
        "s3Key": format!("image-resizer/{}.zip", dice.hex(40)),
        "publish": false,
        "dryRun": false,
    };
    let response = object! {
        "functionName": "image-resizer",
        "functionArn": scene.arn("lambda", "function:image-resizer"),
        "runtime": "provided.al2023",
        "handler": "bootstrap",
        "codeSize": i64::from(dice.between(2_000_000, 3_000_000)),
        "timeout": 30,
        "memorySize": 256,
        "environment": object! {},
        "version": "$LATEST",
        "state": "Active",
        "lastUpdateStatus": "InProgress",
    };
    Details::change(request, response)
}

fn invoke_function(_: &mut Dice, scene: Scene<'_>) -> Details {
    let arn = scene.arn("lambda", "function:image-resizer");
    let function = object! { "accountId": scene.account.id, "type": "AWS::Lambda::Function", "ARN": &arn };
    Details::read(object! { "functionName": arn, "invocationType": "Event" })
        .with_resources(list![function])
        .with_additional(object! { "functionVersion": scene.arn("lambda", "function:image-resizer:$LATEST") })
}

fn spot_eviction(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let id = dice.pick(&scene.account.instances).clone();
    Details { service_details: Some(object! { "instanceIdSet": list![id] }), ..Details::default() }
}
