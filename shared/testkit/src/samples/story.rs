//! The attack of the sample folder, step by step.
//!
//! A password of `dana.lopez` is guessed; the account is searched; a hidden administrator is made; logging is stopped;
//! large instances are launched behind an open security group; data is published; a key is condemned; and in the end the
//! root user of the management account signs in. Each step is one that a common alarm baseline has a rule for.

use super::{Delivery, IRELAND, MANAGEMENT, PRODUCTION, SampleDay, VIRGINIA};
use crate::dice::Dice;
use crate::generator::{ACCOUNTS, DEFAULT_DAY, Details, Kind, Principal, Record, Refusal, Scene, launch};
use crate::json::{Json, list, object};

/// From where the attacker comes: an address of a documentation range that no ordinary caller has.
const ATTACKER: &str = "198.51.100.77";
const VICTIM: &str = "dana.lopez";
const HIDDEN_ADMINISTRATOR: &str = "backup-svc";

/// The attacker's disguises, in the order in which they are won.
struct Cast {
    victim: Principal,
    administrator: Principal,
    root: Principal,
}

impl Cast {
    fn new(dice: &mut Dice) -> Self {
        let production = ACCOUNTS[PRODUCTION];
        let from = |mut principal: Principal| {
            ATTACKER.clone_into(&mut principal.address);
            principal
        };
        Self {
            victim: from(Principal::console_user(dice, production, VICTIM, DEFAULT_DAY, false)),
            administrator: from(Principal::iam_user(dice, production, HIDDEN_ADMINISTRATOR)),
            root: from(Principal::root(dice, ACCOUNTS[MANAGEMENT], DEFAULT_DAY)),
        }
    }
}

pub(super) fn tell(day: &mut SampleDay) {
    let cast = Cast::new(day.generator.dice());
    guess_the_password(day);
    sign_in_and_look_around(day, &cast.victim);
    make_an_administrator(day, &cast.victim);
    blind_the_defenders(day, &cast.administrator);
    open_the_network(day, &cast.administrator);
    publish_the_data(day, &cast.administrator);
    condemn_the_key(day, &cast.administrator);
    use_the_root_user(day, &cast.root);
}

const fn delivered(hour: i64, minute: i64, account: usize, region: &'static str) -> Delivery {
    Delivery { minute: hour * 60 + minute, account, region }
}

/// A call of the story; everything around its parameters has a default.
struct Step {
    service: &'static str,
    name: &'static str,
    kind: Kind,
    read_only: bool,
    error: Option<Refusal>,
    details: Details,
}

impl Step {
    fn change(service: &'static str, name: &'static str, request: Json, response: Json) -> Self {
        let details = Details::change(request, response);
        Self { service, name, kind: Kind::Management, read_only: false, error: None, details }
    }

    fn read(service: &'static str, name: &'static str, request: Json) -> Self {
        Self { read_only: true, ..Self::change(service, name, request, Json::Null) }
    }

    /// The call is refused for want of a permission.
    fn denied(mut self, who: &Principal) -> Self {
        self.error = Some(Refusal::denied(self.service, self.name, &who.arn));
        self.details.response = Json::Null;
        self
    }

    fn sign_in(error: Option<Refusal>) -> Self {
        let outcome = if error.is_some() { "Failure" } else { "Success" };
        let additional = object! {
            "LoginTo": "https://console.aws.amazon.com/console/home?state=hashArgs%23&isauthcode=true",
            "MobileVersion": "No",
            "MFAUsed": "No",
        };
        let details =
            Details::change(Json::Null, object! { "ConsoleLogin": outcome }).with_additional(additional);
        Self { service: "signin", name: "ConsoleLogin", kind: Kind::SignIn, read_only: false, error, details }
    }

    fn into_record(self, dice: &mut Dice) -> Record {
        let Self { service, name, kind, read_only, error, details } = self;
        Record {
            version: "1.11",
            service,
            name,
            kind,
            read_only,
            error,
            details,
            event_id: dice.uuid(),
            shared_event_id: None,
        }
    }
}

impl SampleDay {
    fn step(&mut self, delivery: Delivery, at: (i64, i64, i64), who: &Principal, step: Step) {
        self.record(delivery, at, who, |dice, _| step.into_record(dice));
    }
}

/// Nine failed sign-ins in three minutes; two of them with names that do not exist.
fn guess_the_password(day: &mut SampleDay) {
    let file = delivered(2, 20, PRODUCTION, VIRGINIA);
    for attempt in 0..9 {
        let unknown = matches!(attempt, 1 | 4);
        let (name, message) = if unknown {
            ("HIDDEN_DUE_TO_SECURITY_REASONS", "No username found in supplied account")
        } else {
            (VICTIM, "Failed authentication")
        };
        let mut who =
            Principal::console_user(day.generator.dice(), ACCOUNTS[PRODUCTION], VICTIM, DEFAULT_DAY, false);
        ATTACKER.clone_into(&mut who.address);
        who.identity = object! {
            "type": "IAMUser",
            "accountId": ACCOUNTS[PRODUCTION],
            "accessKeyId": "",
            "userName": name,
        };
        let refusal = Refusal { code: None, message: message.into() };
        day.step(file, (2, 11, 5 + attempt * 19), &who, Step::sign_in(Some(refusal)));
    }
}

/// The tenth attempt succeeds, without a second factor. What may I do? Not much, says the account.
fn sign_in_and_look_around(day: &mut SampleDay, victim: &Principal) {
    let file = delivered(2, 30, PRODUCTION, VIRGINIA);
    let ireland = delivered(2, 30, PRODUCTION, IRELAND);
    day.step(file, (2, 16, 41), victim, Step::sign_in(None));
    day.step(file, (2, 17, 30), victim, Step::read("sts", "GetCallerIdentity", Json::Null));
    let searches = [
        ("iam", "GetAccountAuthorizationDetails"),
        ("iam", "ListUsers"),
        ("organizations", "ListAccounts"),
        ("secretsmanager", "ListSecrets"),
        ("guardduty", "ListDetectors"),
    ];
    for (index, (service, name)) in (0..).zip(searches) {
        let step = Step::read(service, name, Json::Null).denied(victim);
        day.step(file, (2, 18, 4 + index * 11), victim, step);
    }
    let own_policies = object! { "userName": VICTIM };
    day.step(file, (2, 19, 52), victim, Step::read("iam", "ListAttachedUserPolicies", own_policies));
    let everything = object! { "maxResults": 1000, "instancesSet": object! {}, "filterSet": object! {} };
    for (index, name) in
        (0..).zip(["DescribeInstances", "DescribeSnapshots", "DescribeKeyPairs", "DescribeVpcs"])
    {
        let step = Step::read("ec2", name, everything.clone()).denied(victim);
        day.step(ireland, (2, 21, 10 + index * 9), victim, step);
    }
}

/// But the user may manage users, and that is enough.
fn make_an_administrator(day: &mut SampleDay, victim: &Principal) {
    let file = delivered(2, 50, PRODUCTION, VIRGINIA);
    let account = ACCOUNTS[PRODUCTION];
    let user_id = day.generator.dice().unique_id("AIDA");
    let key_id = day.generator.dice().access_key_id("AKIA");
    let name = || object! { "userName": HIDDEN_ADMINISTRATOR };
    let user = object! {
        "path": "/",
        "userName": HIDDEN_ADMINISTRATOR,
        "userId": user_id,
        "arn": format!("arn:aws:iam::{account}:user/{HIDDEN_ADMINISTRATOR}"),
        "createDate": "Sep 14, 2026 2:41:12 AM",
    };
    day.step(file, (2, 41, 12), victim, Step::change("iam", "CreateUser", name(), object! { "user": user }));
    let policy = object! {
        "userName": HIDDEN_ADMINISTRATOR,
        "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
    };
    day.step(file, (2, 41, 58), victim, Step::change("iam", "AttachUserPolicy", policy, Json::Null));
    let key = object! {
        "userName": HIDDEN_ADMINISTRATOR,
        "accessKeyId": key_id,
        "status": "Active",
        "createDate": "Sep 14, 2026 2:42:30 AM",
    };
    day.step(
        file,
        (2, 42, 30),
        victim,
        Step::change("iam", "CreateAccessKey", name(), object! { "accessKey": key }),
    );
    let profile = object! {
        "userName": HIDDEN_ADMINISTRATOR,
        "createDate": "Sep 14, 2026 2:43:02 AM",
        "passwordResetRequired": false,
    };
    let step = Step::change("iam", "CreateLoginProfile", name(), object! { "loginProfile": profile });
    day.step(file, (2, 43, 2), victim, step);
}

/// A second trail is stopped and deleted, and the configuration recorder with it. `StopLogging` is delivered twice.
fn blind_the_defenders(day: &mut SampleDay, who: &Principal) {
    let file = delivered(3, 0, PRODUCTION, VIRGINIA);
    let trail = || object! { "name": format!("arn:aws:cloudtrail:us-east-1:{}:trail/account-audit", ACCOUNTS[PRODUCTION]) };
    day.step(file, (2, 52, 9), who, Step::change("cloudtrail", "StopLogging", trail(), Json::Null));
    day.step(file, (2, 52, 40), who, Step::change("cloudtrail", "DeleteTrail", trail(), Json::Null));
    let recorder = object! { "configurationRecorderName": "default" };
    day.step(
        file,
        (2, 53, 15),
        who,
        Step::change("config", "StopConfigurationRecorder", recorder, Json::Null),
    );
    let detector = object! { "detectorId": "12abc34d567e8fa901bc2d34e56789f0" };
    day.step(file, (2, 53, 51), who, Step::change("guardduty", "DeleteDetector", detector, Json::Null));
    day.deliver_again(file, "StopLogging", delivered(3, 5, PRODUCTION, VIRGINIA));
}

/// A way in from everywhere, and eight of the largest instances behind it.
fn open_the_network(day: &mut SampleDay, who: &Principal) {
    let file = delivered(3, 15, PRODUCTION, IRELAND);
    let dice = day.generator.dice();
    let [vpc, gateway, table, acl, group] =
        ["vpc", "igw", "rtb", "acl", "sg"].map(|prefix| dice.resource(prefix));
    let done = || object! { "_return": true };
    let ssh = object! {
        "ipProtocol": "tcp",
        "fromPort": 22,
        "toPort": 22,
        "groups": object! {},
        "ipRanges": object! { "items": list![object! { "cidrIp": "0.0.0.0/0" }] },
        "ipv6Ranges": object! { "items": list![object! { "cidrIpv6": "::/0" }] },
        "prefixListIds": object! {},
    };
    let steps = [
        ("CreateVpc", object! { "cidrBlock": "10.66.0.0/16" }, object! { "vpc": object! { "vpcId": &vpc } }),
        (
            "CreateInternetGateway",
            object! {},
            object! { "internetGateway": object! { "internetGatewayId": &gateway } },
        ),
        ("AttachInternetGateway", object! { "internetGatewayId": &gateway, "vpcId": &vpc }, done()),
        (
            "CreateRoute",
            object! { "routeTableId": table, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": gateway },
            done(),
        ),
        (
            "CreateNetworkAclEntry",
            object! {
                "networkAclId": acl, "ruleNumber": 1, "egress": false, "ruleAction": "allow",
                "aclProtocol": "-1", "cidrBlock": "0.0.0.0/0",
            },
            done(),
        ),
        (
            "AuthorizeSecurityGroupIngress",
            object! { "groupId": group, "ipPermissions": object! { "items": list![ssh] } },
            done(),
        ),
    ];
    for (index, (name, request, response)) in (0..).zip(steps) {
        day.step(file, (3, 4, 7 + index * 8), who, Step::change("ec2", name, request, response));
    }
    launch_miners(day, file, who);
}

/// The first launch asks for too many; the second does not.
fn launch_miners(day: &mut SampleDay, file: Delivery, who: &Principal) {
    let launch_of = |count, error: Option<Refusal>| {
        move |dice: &mut Dice, scene: Scene<'_>| {
            let mut details = launch(dice, scene, "p4d.24xlarge", count);
            if error.is_some() {
                details.response = Json::Null;
            }
            let mut step = Step::change("ec2", "RunInstances", Json::Null, Json::Null);
            step.details = details;
            step.error = error;
            step.into_record(dice)
        }
    };
    let too_many = Refusal::new(
        "Client.VcpuLimitExceeded",
        "You have requested more vCPU capacity than your current vCPU limit allows for the instance bucket.",
    );
    day.record(file, (3, 6, 20), who, launch_of(64, Some(too_many)));
    day.record(file, (3, 6, 55), who, launch_of(8, None));
}

/// The bucket of orders becomes readable for everyone.
fn publish_the_data(day: &mut SampleDay, who: &Principal) {
    let file = delivered(3, 30, PRODUCTION, VIRGINIA);
    let bucket = || format!("amzn-s3-demo-bucket-orders-{}", ACCOUNTS[PRODUCTION]);
    let open = object! {
        "BlockPublicAcls": false,
        "IgnorePublicAcls": false,
        "BlockPublicPolicy": false,
        "RestrictPublicBuckets": false,
    };
    let unblock = object! {
        "bucketName": bucket(),
        "Host": "s3.us-east-1.amazonaws.com",
        "publicAccessBlock": "",
        "PublicAccessBlockConfiguration": open,
    };
    day.step(file, (3, 21, 3), who, Step::change("s3", "PutBucketPublicAccessBlock", unblock, Json::Null));
    let statement = object! {
        "Sid": "PublicRead",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": format!("arn:aws:s3:::{}/*", bucket()),
    };
    let publish = object! {
        "bucketName": bucket(),
        "Host": "s3.us-east-1.amazonaws.com",
        "policy": "",
        "bucketPolicy": object! { "Version": "2012-10-17", "Statement": list![statement] },
    };
    day.step(file, (3, 21, 44), who, Step::change("s3", "PutBucketPolicy", publish, Json::Null));
}

/// The key that encrypts the backups is disabled and will be gone in a week.
fn condemn_the_key(day: &mut SampleDay, who: &Principal) {
    let file = delivered(3, 40, PRODUCTION, IRELAND);
    let arn = format!("arn:aws:kms:{IRELAND}:{}:key/{}", ACCOUNTS[PRODUCTION], day.generator.dice().uuid());
    let key = || list![object! { "accountId": ACCOUNTS[PRODUCTION], "type": "AWS::KMS::Key", "ARN": &arn }];
    let disable = object! { "keyId": &arn };
    let delete = object! { "keyId": &arn, "pendingWindowInDays": 7 };
    let answer =
        object! { "keyId": &arn, "deletionDate": "Sep 21, 2026 12:00:00 AM", "keyState": "PendingDeletion" };
    for (second, name, request, response) in
        [(12, "DisableKey", disable, Json::Null), (49, "ScheduleKeyDeletion", delete, answer)]
    {
        let mut step = Step::change("kms", name, request, response);
        step.details = step.details.with_resources(key());
        day.step(file, (3, 31, second), who, step);
    }
}

/// The root user of the management account signs in without a second factor and makes itself at home.
fn use_the_root_user(day: &mut SampleDay, root: &Principal) {
    let file = delivered(4, 15, MANAGEMENT, VIRGINIA);
    day.step(file, (4, 2, 31), root, Step::sign_in(None));
    let device = format!("arn:aws:iam::{}:mfa/root-account-mfa-device", ACCOUNTS[MANAGEMENT]);
    let request = object! { "userName": "root", "serialNumber": device };
    day.step(file, (4, 4, 10), root, Step::change("iam", "DeactivateMFADevice", request, Json::Null));
    let key = object! {
        "accessKeyId": day.generator.dice().access_key_id("AKIA"),
        "status": "Active",
        "createDate": "Sep 14, 2026 4:05:27 AM",
    };
    let step = Step::change("iam", "CreateAccessKey", Json::Null, object! { "accessKey": key });
    day.step(file, (4, 5, 27), root, step);
    let detach = object! { "policyId": "p-examplepolicyid111", "targetId": ACCOUNTS[PRODUCTION] };
    day.step(file, (4, 6, 50), root, Step::change("organizations", "DetachPolicy", detach, Json::Null));
    let leave = Step::change("organizations", "LeaveOrganization", Json::Null, Json::Null);
    let refusal = Refusal::new(
        "MasterCannotLeaveOrganizationException",
        "You can't remove a management account from an organization.",
    );
    day.step(file, (4, 8, 19), root, Step { error: Some(refusal), ..leave });
}
