//! Who calls: the principals of an account, each with the `userIdentity`, address and user agent that its calls carry.
//!
//! Names are made up, addresses come from the documentation ranges, ids end in `EXAMPLE`.

use time::Date;

use crate::dice::Dice;
use crate::json::{Json, object};

/// A caller and what its calls have in common.
#[derive(Debug, Clone)]
pub(crate) struct Principal {
    pub(crate) identity: Json,
    pub(crate) arn: String,
    /// `sourceIPAddress`: an address, or the DNS name of a service.
    pub(crate) address: String,
    pub(crate) agent: String,
    /// Whether the calls come through the web console.
    pub(crate) from_console: bool,
}

const CLI: &str = "aws-cli/2.31.4 md/awscrt#0.27.6 ua/2.1 os/linux#6.8.0-1021-aws md/arch#x86_64 \
                   lang/python#3.13.7 md/pyimpl#CPython m/b,C,E,N,Z,n cfg/retry-mode#standard md/installer#exe sid/8f2c0d3e4b5a \
                   md/prompt#off md/command#sts.get-caller-identity";
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0";
const TERRAFORM: &str = "APN/1.0 HashiCorp/1.0 Terraform/1.13.1 (+https://www.terraform.io) \
                         terraform-provider-aws/6.11.0 (+https://registry.terraform.io/providers/hashicorp/aws) \
                         aws-sdk-go-v2/1.38.3 ua/2.1 os/linux lang/go#1.24.6 md/GOOS#linux md/GOARCH#amd64 m/i,n";
const SDK_JAVA: &str = "aws-sdk-java/2.33.0 md/io#sync md/http#Apache ua/2.1 os/Linux#6.1 lang/java#21.0.8 \
                        md/OpenJDK_64-Bit_Server_VM#21.0.8+9-LTS md/vendor#Amazon.com_Inc. md/en_US \
                        md/rb-license#Apache-2.0 exec-env/AWS_ECS_FARGATE m/D,E,N,b,z app/orders-api-production \
                        cfg/retry-mode#standard cfg/auth-source#container";
const SSM_AGENT: &str = "aws-sdk-go/1.55.5 (go1.24.6; linux; amd64) exec-env/AWS_EC2 amazon-ssm-agent/3.3.2299.0 \
                         (Amazon Linux 2023; kernel 6.1.141-155.222.amzn2023.x86_64)";

impl Principal {
    /// An IAM user with a long-lived access key, at the command line.
    pub(crate) fn iam_user(dice: &mut Dice, account: &str, name: &'static str) -> Self {
        let arn = format!("arn:aws:iam::{account}:user/{name}");
        let identity = object! {
            "type": "IAMUser",
            "principalId": dice.unique_id("AIDA"),
            "arn": &arn,
            "accountId": account.to_owned(),
            "accessKeyId": dice.access_key_id("AKIA"),
            "userName": name,
        };
        Self { identity, arn, address: public_address(dice), agent: CLI.to_owned(), from_console: false }
    }

    /// The same user, signed in to the web console.
    pub(crate) fn console_user(
        dice: &mut Dice,
        account: &str,
        name: &'static str,
        day: Date,
        mfa: bool,
    ) -> Self {
        let arn = format!("arn:aws:iam::{account}:user/{name}");
        let identity = object! {
            "type": "IAMUser",
            "principalId": dice.unique_id("AIDA"),
            "arn": &arn,
            "accountId": account.to_owned(),
            "accessKeyId": dice.access_key_id("ASIA"),
            "userName": name,
            "sessionContext": object! { "attributes": session_attributes(dice, day, mfa) },
        };
        Self { identity, arn, address: public_address(dice), agent: BROWSER.to_owned(), from_console: true }
    }

    /// The account's root user in the web console.
    pub(crate) fn root(dice: &mut Dice, account: &str, day: Date) -> Self {
        let arn = format!("arn:aws:iam::{account}:root");
        let identity = object! {
            "type": "Root",
            "principalId": account.to_owned(),
            "arn": &arn,
            "accountId": account.to_owned(),
            "accessKeyId": dice.access_key_id("ASIA"),
            "sessionContext": object! { "attributes": session_attributes(dice, day, false) },
        };
        Self { identity, arn, address: public_address(dice), agent: BROWSER.to_owned(), from_console: true }
    }

    /// A session of a role. `session` is what follows the role's name in the ARN.
    fn session(dice: &mut Dice, account: &str, role: &'static str, session: &str, day: Date) -> Self {
        let role_name = role.rsplit('/').next().unwrap_or(role);
        let issuer_id = dice.unique_id("AROA");
        let arn = format!("arn:aws:sts::{account}:assumed-role/{role_name}/{session}");
        let identity = object! {
            "type": "AssumedRole",
            "principalId": format!("{issuer_id}:{session}"),
            "arn": &arn,
            "accountId": account.to_owned(),
            "accessKeyId": dice.access_key_id("ASIA"),
            "sessionContext": object! {
                "sessionIssuer": object! {
                    "type": "Role",
                    "principalId": issuer_id,
                    "arn": format!("arn:aws:iam::{account}:role/{role}"),
                    "accountId": account.to_owned(),
                    "userName": role_name,
                },
                "attributes": session_attributes(dice, day, false),
            },
        };
        Self { identity, arn, address: public_address(dice), agent: SDK_JAVA.to_owned(), from_console: false }
    }

    /// A person who came through IAM Identity Center.
    fn workforce(dice: &mut Dice, account: &str, role: &'static str, person: &str, day: Date) -> Self {
        let mut principal = Self::session(dice, account, role, &format!("{person}@example.com"), day);
        principal.from_console = dice.one_in(2);
        principal.agent = if principal.from_console { BROWSER } else { CLI }.to_owned();
        principal
    }

    /// A role that an EC2 instance, a container or a function wears.
    fn workload(dice: &mut Dice, account: &str, role: &'static str, session: &str, day: Date) -> Self {
        let mut principal = Self::session(dice, account, role, session, day);
        principal.address = format!("10.{}.{}.{}", dice.between(0, 3), dice.below(256), dice.between(4, 250));
        if session.starts_with("i-") {
            principal.agent = SSM_AGENT.to_owned();
            push_member(&mut principal.identity, &["sessionContext"], "ec2RoleDelivery", "2.0".into());
        }
        let scope = match session {
            instance if instance.starts_with("i-") => {
                Some(("EC2::Instance", format!("ec2:us-east-1:{account}:instance/{instance}")))
            }
            "image-resizer" => {
                Some(("Lambda::Function", format!("lambda:us-east-1:{account}:function:{session}")))
            }
            _ => None,
        };
        if let Some((kind, resource)) = scope {
            let scope = object! {
                "issuerType": format!("AWS::{kind}"),
                "credentialsIssuedTo": format!("arn:aws:{resource}"),
            };
            push_member(&mut principal.identity, &[], "inScopeOf", scope);
        }
        principal
    }

    /// A deployment pipeline with a federated web identity.
    fn pipeline(dice: &mut Dice, account: &str, day: Date) -> Self {
        let mut principal = Self::session(dice, account, "deploy", "build-7291", day);
        let provider = format!("arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com");
        push_member(
            &mut principal.identity,
            &["sessionContext"],
            "webIdFederationData",
            object! { "federatedProvider": provider, "attributes": object! {} },
        );
        principal.agent = TERRAFORM.to_owned();
        principal
    }

    /// A service role that a service uses on the account's behalf, seen from outside as that service.
    fn service_session(
        dice: &mut Dice,
        account: &str,
        role: &'static str,
        session: &str,
        host: &str,
        day: Date,
    ) -> Self {
        let mut principal = Self::session(dice, account, role, session, day);
        push_member(&mut principal.identity, &[], "invokedBy", host.to_owned().into());
        host.clone_into(&mut principal.address);
        host.clone_into(&mut principal.agent);
        principal
    }

    /// A service that acts by itself.
    pub(crate) fn service(host: &str) -> Self {
        Self {
            identity: object! { "type": "AWSService", "invokedBy": host.to_owned() },
            arn: String::new(),
            address: host.to_owned(),
            agent: host.to_owned(),
            from_console: false,
        }
    }

    /// A person of the directory before any role is chosen.
    fn directory_person(dice: &mut Dice, account: &str) -> Self {
        let identity = object! {
            "type": "IdentityCenterUser",
            "accountId": account.to_owned(),
            "onBehalfOf": object! {
                "userId": dice.uuid(),
                "identityStoreArn": format!("arn:aws:identitystore::{account}:identitystore/d-9067EXAMPLE"),
            },
            "credentialId": dice.hex(64),
        };
        let address = public_address(dice);
        Self { identity, arn: String::new(), address, agent: BROWSER.to_owned(), from_console: true }
    }

    /// A caller of another account, as the owner of the resource sees it.
    fn foreign(dice: &mut Dice, account: &'static str) -> Self {
        let id = dice.unique_id("AROA");
        Self {
            identity: object! { "type": "AWSAccount", "principalId": format!("{id}:replication"), "accountId": account },
            arn: String::new(),
            address: public_address(dice),
            agent: SDK_JAVA.to_owned(),
            from_console: false,
        }
    }
}

/// The callers of one account.
#[derive(Debug, Clone)]
pub(crate) struct People {
    /// Humans, at the console or the command line.
    pub(crate) humans: Vec<Principal>,
    /// Instances, containers, functions and pipelines.
    pub(crate) workloads: Vec<Principal>,
    /// Services of AWS, with and without a role of the account.
    pub(crate) services: Vec<Principal>,
    /// Sign-ins to the access portal.
    pub(crate) directory: Vec<Principal>,
}

impl People {
    pub(crate) fn new(dice: &mut Dice, account: &'static str, instances: &[String], day: Date) -> Self {
        let admin = "aws-reserved/sso.amazonaws.com/AWSReservedSSO_Administrator_0a1b2c3d4e5f6071";
        let viewer = "aws-reserved/sso.amazonaws.com/AWSReservedSSO_ReadOnly_1f2e3d4c5b6a7980";
        let humans = vec![
            Principal::workforce(dice, account, admin, "ana.silva", day),
            Principal::workforce(dice, account, viewer, "wei.chen", day),
            Principal::workforce(dice, account, viewer, "omar.haddad", day),
            Principal::iam_user(dice, account, "priya.nair"),
            Principal::console_user(dice, account, "tomas.novak", day, true),
        ];
        let mut workloads = vec![
            Principal::pipeline(dice, account, day),
            Principal::workload(dice, account, "orders-api-task", &dice.clone().hex(32), day),
            Principal::workload(dice, account, "image-resizer", "image-resizer", day),
            Principal::iam_user(dice, account, "backup-exporter"),
        ];
        let fleet = instances.iter().take(4);
        workloads.extend(fleet.map(|id| Principal::workload(dice, account, "web-instance", id, day)));
        let services = vec![
            Principal::service("cloudtrail.amazonaws.com"),
            Principal::service("ec2.amazonaws.com"),
            Principal::service("lambda.amazonaws.com"),
            Principal::service("ecs-tasks.amazonaws.com"),
            Principal::service_session(
                dice,
                account,
                "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
                "AutoScaling",
                "autoscaling.amazonaws.com",
                day,
            ),
            Principal::service_session(
                dice,
                account,
                "aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig",
                "AWSConfig-Describe",
                "config.amazonaws.com",
                day,
            ),
            Principal::service_session(
                dice,
                account,
                "stack-deployer",
                "AWSCloudFormation",
                "cloudformation.amazonaws.com",
                day,
            ),
            Principal::foreign(dice, "123456789012"),
        ];
        let directory = vec![Principal::directory_person(dice, account)];
        Self { humans, workloads, services, directory }
    }
}

/// Adds a member to the object that `path` leads to.
fn push_member(object: &mut Json, path: &[&str], key: &'static str, value: Json) {
    let Json::Object(members) = object else { panic!("only objects have members") };
    match path {
        [] => members.push((key, value)),
        [first, rest @ ..] => {
            let inner = members.iter_mut().find(|(name, _)| name == first);
            push_member(&mut inner.expect("the path is that of a session").1, rest, key, value);
        }
    }
}

fn session_attributes(dice: &mut Dice, day: Date, mfa: bool) -> Json {
    let creation = format!("{day}T{:02}:{:02}:{:02}Z", dice.below(3), dice.below(60), dice.below(60));
    object! { "creationDate": creation, "mfaAuthenticated": if mfa { "true" } else { "false" } }
}

fn public_address(dice: &mut Dice) -> String {
    let host = dice.between(1, 254);
    match dice.below(8) {
        0 => format!("2001:db8:{:x}::{host:x}", dice.below(0xffff)),
        1 | 2 => format!("192.0.2.{host}"),
        _ => format!("203.0.113.{host}"),
    }
}
