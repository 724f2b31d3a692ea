//! Identities, keys, secrets, sign-ins, and the services that watch them.

use super::compute::nothing;
use super::{Call, Callers};
use crate::dice::Dice;
use crate::generator::account::Scene;
use crate::generator::record::{Details, Kind, timestamp};
use crate::json::{Json, list, object};

pub(super) const CALLS: &[Call] = &[
    Call::read("sts", "AssumeRole", 60, assume_role).version("1.08").by(Callers::Services),
    Call::read("sts", "GetCallerIdentity", 14, nothing).version("1.08"),
    Call::read("sts", "AssumeRoleWithWebIdentity", 6, assume_with_web_identity).version("1.08"),
    Call::read("iam", "GetRole", 10, get_role).by(Callers::Workloads),
    Call::read("iam", "ListAttachedRolePolicies", 8, get_role).by(Callers::Workloads),
    Call::read("iam", "ListUsers", 3, nothing).by(Callers::Humans),
    Call::change("iam", "PutRolePolicy", 1, put_role_policy).by(Callers::Workloads),
    Call::read("kms", "Decrypt", 50, decrypt),
    Call::read("kms", "GenerateDataKey", 26, generate_data_key),
    Call::read("kms", "DescribeKey", 6, describe_key),
    Call::read("secretsmanager", "GetSecretValue", 14, secret).version("1.10").by(Callers::Workloads),
    Call::read("secretsmanager", "DescribeSecret", 4, secret).version("1.10"),
    Call::read("cloudtrail", "LookupEvents", 4, lookup_events).by(Callers::Humans),
    Call::read("cloudtrail", "GetTrailStatus", 5, trail),
    Call::read("config", "DescribeConfigurationRecorders", 4, nothing).version("1.08"),
    Call::change("config", "PutEvaluations", 6, put_evaluations).version("1.08").by(Callers::Workloads),
    Call::read("guardduty", "ListFindings", 4, list_findings).version("1.09").by(Callers::Humans),
    Call::read("organizations", "DescribeOrganization", 3, nothing).version("1.08"),
    Call::change("signin", "ConsoleLogin", 2, console_login)
        .version("1.08")
        .of_kind(Kind::SignIn)
        .by(Callers::Humans),
    Call::change("sso-oauth", "CreateToken", 2, create_token).version("1.08").by(Callers::Directory),
];

fn role_arn(scene: Scene<'_>, role: &str) -> String {
    format!("arn:aws:iam::{}:role/{role}", scene.account.id)
}

/// As long as a real token. The same every time: a random one would compress to no less than itself.
const SESSION_TOKEN: &str = "EXAMPLEIQoJb3JpZ2luX2VjEXAMPLE/////EXAMPLEaCXVzLWVhc3QtMSJGMEQCIEXAMPLEsession+token+of+the\
    +sample+accounts/EXAMPLE/0123456789/abcdefghijklmnopqrstuvwxyz/ABCDEFGHIJKLMNOPQRSTUVWXYZ/EXAMPLEtoken/not\
    /a/credential/EXAMPLE/9876543210/zyxwvutsrqponmlkjihgfedcba/ZYXWVUTSRQPONMLKJIHGFEDCBA/EXAMPLEEXAMPLEEX\
    AMPLE+end+of+the+session+token+EXAMPLE==";

/// Temporary credentials: CloudTrail records the key id and the expiry, and never the secret.
fn credentials(dice: &mut Dice, scene: Scene<'_>) -> Json {
    let expiry = scene.time + time::Duration::hours(1);
    object! {
        "accessKeyId": dice.access_key_id("ASIA"),
        "sessionToken": SESSION_TOKEN,
        "expiration": timestamp(expiry),
    }
}

fn assume_role(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let role = *dice.pick(&["web-instance", "orders-api-task", "image-resizer", "stack-deployer"]);
    let session = dice.pick(&scene.account.instances);
    let arn = role_arn(scene, role);
    let request = object! {
        "roleArn": &arn,
        "roleSessionName": session,
        "durationSeconds": 3600,
        "tags": list![object! { "key": "service", "value": role }, object! { "key": "stage", "value": "production" }],
        "transitiveTagKeys": list!["stage"],
    };
    let assumed = object! {
        "assumedRoleId": format!("{}:{session}", dice.unique_id("AROA")),
        "arn": format!("arn:aws:sts::{}:assumed-role/{role}/{session}", scene.account.id),
    };
    let response = object! { "credentials": credentials(dice, scene), "assumedRoleUser": assumed };
    let resource = object! { "accountId": scene.account.id, "type": "AWS::IAM::Role", "ARN": arn };
    Details::change(request, response).with_resources(list![resource])
}

fn assume_with_web_identity(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let arn = role_arn(scene, "deploy");
    let request = object! { "roleArn": &arn, "roleSessionName": "build-7291", "durationSeconds": 3600 };
    let provider =
        format!("arn:aws:iam::{}:oidc-provider/token.actions.githubusercontent.com", scene.account.id);
    let response = object! {
        "subjectFromWebIdentityToken": "repo:example/orders:ref:refs/heads/main",
        "credentials": credentials(dice, scene),
        "provider": provider,
        "audience": "sts.amazonaws.com",
    };
    let resource = object! { "accountId": scene.account.id, "type": "AWS::IAM::Role", "ARN": arn };
    Details::change(request, response).with_resources(list![resource])
}

fn get_role(dice: &mut Dice, _: Scene<'_>) -> Details {
    let role = *dice.pick(&["web-instance", "orders-api-task", "image-resizer", "deploy"]);
    Details::read(object! { "roleName": role })
}

fn put_role_policy(_: &mut Dice, scene: Scene<'_>) -> Details {
    // A document inside a string: quotes escaped once, and member names that a careless search would take for real.
    let document = format!(
        "{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{{\"Effect\": \"Allow\", \"Action\": \"s3:GetObject\", \
         \"Resource\": \"arn:aws:s3:::{}/*\"}}]\n}}",
        scene.account.buckets[0]
    );
    let request = object! {
        "roleName": "orders-api-task",
        "policyName": "read-orders",
        "policyDocument": document,
    };
    Details::change(request, Json::Null)
}

fn key_resource(dice: &mut Dice, scene: Scene<'_>) -> (String, Json) {
    let arn = scene.arn("kms", &format!("key/{}", dice.pick(&scene.account.keys)));
    let resource = object! { "accountId": scene.account.id, "type": "AWS::KMS::Key", "ARN": &arn };
    (arn, list![resource])
}

fn decrypt(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let (_, resources) = key_resource(dice, scene);
    let bucket = dice.pick(&scene.account.buckets);
    let context = object! { "aws:s3:arn": format!("arn:aws:s3:::{bucket}") };
    let request = object! { "encryptionAlgorithm": "SYMMETRIC_DEFAULT", "encryptionContext": context };
    Details::read(request).with_resources(resources)
}

fn generate_data_key(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let (arn, resources) = key_resource(dice, scene);
    let bucket = dice.pick(&scene.account.buckets);
    let context = object! { "aws:s3:arn": format!("arn:aws:s3:::{bucket}") };
    let request = object! { "keyId": arn, "encryptionContext": context, "keySpec": "AES_256" };
    Details::read(request).with_resources(resources)
}

fn describe_key(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let (arn, resources) = key_resource(dice, scene);
    Details::read(object! { "keyId": arn }).with_resources(resources)
}

fn secret(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let name = *dice.pick(&["orders/database-AbCdEf", "orders/payment-gateway-GhIjKl"]);
    Details::read(object! { "secretId": scene.arn("secretsmanager", &format!("secret:{name}")) })
}

fn lookup_events(dice: &mut Dice, _: Scene<'_>) -> Details {
    let name = *dice.pick(&["ConsoleLogin", "StopLogging", "DeleteTrail"]);
    let attribute = object! { "attributeKey": "EventName", "attributeValue": name };
    Details::read(object! { "lookupAttributes": list![attribute], "maxResults": 50 })
}

fn trail(_: &mut Dice, scene: Scene<'_>) -> Details {
    Details::read(object! { "name": scene.arn("cloudtrail", "trail/management-events") })
}

fn put_evaluations(dice: &mut Dice, scene: Scene<'_>) -> Details {
    let evaluations = (0..dice.between(4, 30))
        .map(|_| {
            object! {
                "complianceResourceType": "AWS::EC2::Instance",
                "complianceResourceId": dice.pick(&scene.account.instances),
                "annotation": "checked by the scheduled rule",
                "complianceType": *dice.pick(&["COMPLIANT", "COMPLIANT", "NON_COMPLIANT"]),
                "orderingTimestamp": timestamp(scene.time),
            }
        })
        .collect::<Json>();
    let request = object! { "evaluations": evaluations, "resultToken": "HIDDEN_DUE_TO_SECURITY_REASONS", "testMode": false };
    Details::change(request, object! { "failedEvaluations": list![] })
}

fn list_findings(_: &mut Dice, _: Scene<'_>) -> Details {
    let criterion = object! { "service.archived": object! { "eq": list!["false"] } };
    Details::read(object! {
        "detectorId": "12abc34d567e8fa901bc2d34e56789f0",
        "findingCriteria": object! { "criterion": criterion },
        "maxResults": 50,
    })
}

fn console_login(_: &mut Dice, _: Scene<'_>) -> Details {
    Details::change(Json::Null, object! { "ConsoleLogin": "Success" }).with_additional(object! {
        "LoginTo": "https://console.aws.amazon.com/console/home?state=hashArgs%23&isauthcode=true",
        "MobileVersion": "No",
        "MFAUsed": "Yes",
    })
}

fn create_token(dice: &mut Dice, _: Scene<'_>) -> Details {
    let request = object! {
        "clientId": dice.hex(32),
        "clientSecret": "HIDDEN_DUE_TO_SECURITY_REASONS",
        "grantType": "urn:ietf:params:oauth:grant-type:device_code",
        "deviceCode": dice.hex(32),
    };
    let response = object! {
        "accessToken": "HIDDEN_DUE_TO_SECURITY_REASONS",
        "tokenType": "Bearer",
        "expiresIn": 28800,
        "refreshToken": "HIDDEN_DUE_TO_SECURITY_REASONS",
    };
    Details::change(request, response)
}
