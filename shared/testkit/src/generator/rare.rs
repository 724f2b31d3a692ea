//! Records that are valid and unusual: what trips readers that search for text instead of reading JSON.

use super::account::Scene;
use super::principal::Principal;
use super::record::{Details, Kind, Record, timestamp};
use crate::dice::Dice;
use crate::json::{Json, Spelling, list, object};

/// The unusual records that a generator mixes in, about one in two hundred altogether.
pub const RARITIES: [&str; 7] = [
    "every key and string with a needless escape",
    "white space between all tokens",
    "a string that contains the text of a member, such as `\"eventName\":\"DeleteTrail\"`",
    "names outside ASCII, and outside the basic plane",
    "an Insight record, which has no `eventName` and no `userIdentity`",
    "`userIdentity` is null",
    "strings with control characters, backslashes and an escaped quote at their end",
];

/// One record in two hundred is rare: which one, and how it is spelled.
pub(super) fn draw(dice: &mut Dice, scene: Scene<'_>) -> Option<(Json, Spelling)> {
    if !dice.one_in(200) {
        return None;
    }
    let rare = match dice.below(7) {
        0 => (tagged(dice, scene, "spelled".to_owned()), Spelling::Escaped),
        1 => (tagged(dice, scene, "spaced".to_owned()), Spelling::Spaced),
        2 => (tagged(dice, scene, decoy()), Spelling::Compact),
        3 => (foreign_names(dice, scene), Spelling::Compact),
        4 => (insight(dice, scene), Spelling::Compact),
        5 => (nobody(dice, scene), Spelling::Compact),
        _ => (
            tagged(dice, scene, "tab\t newline\n null\u{0} path C:\\logs\\ quote\"".to_owned()),
            Spelling::Compact,
        ),
    };
    Some(rare)
}

/// Text that would be a member if its quotes were not escaped.
fn decoy() -> String {
    r#"}],"eventName":"DeleteTrail","eventSource":"cloudtrail.amazonaws.com",{[\"#.to_owned()
}

fn tag_call(dice: &mut Dice, scene: Scene<'_>, value: String) -> Record {
    let tag = object! { "key": "note", "value": value };
    let resource = object! { "resourceId": dice.pick(&scene.account.instances) };
    let request = object! {
        "resourcesSet": object! { "items": list![resource] },
        "tagSet": object! { "items": list![tag] },
    };
    Record {
        version: "1.11",
        service: "ec2",
        name: "CreateTags",
        kind: Kind::Management,
        read_only: false,
        error: None,
        details: Details::change(request, object! { "requestId": dice.uuid(), "_return": true }),
        event_id: dice.uuid(),
        shared_event_id: None,
    }
}

fn tagged(dice: &mut Dice, scene: Scene<'_>, value: String) -> Json {
    let who = dice.pick(&scene.account.people.humans);
    tag_call(dice, scene, value).into_json(dice, who, scene)
}

fn foreign_names(dice: &mut Dice, scene: Scene<'_>) -> Json {
    let mut who = dice.pick(&scene.account.people.humans).clone();
    let name = *dice.pick(&["Zoë.Müller", "李伟", "Ольга", "🦊.fox", "e\u{301}lodie"]);
    who.identity = object! {
        "type": "SAMLUser",
        "principalId": format!("{}:{name}", dice.unique_id("AROA")),
        "userName": name,
        "identityProvider": format!("arn:aws:iam::{}:saml-provider/directory", scene.account.id),
    };
    tag_call(dice, scene, format!("für {name}")).into_json(dice, &who, scene)
}

fn nobody(dice: &mut Dice, scene: Scene<'_>) -> Json {
    let who = Principal { identity: Json::Null, ..Principal::service("AWS Internal") };
    let record = Record {
        version: "1.08",
        service: "kms",
        name: "RotateKey",
        kind: Kind::ServiceEvent,
        read_only: false,
        error: None,
        details: Details {
            service_details: Some(
                object! { "keyId": dice.pick(&scene.account.keys), "rotationType": "AUTOMATIC" },
            ),
            ..Details::default()
        },
        event_id: dice.uuid(),
        shared_event_id: None,
    };
    record.into_json(dice, &who, scene)
}

fn insight(dice: &mut Dice, scene: Scene<'_>) -> Json {
    let caller = &dice.pick(&scene.account.people.workloads).arn;
    let statistics = object! {
        "baseline": object! { "average": 0.000_098_222_2 },
        "insight": object! { "average": 5.0 },
        "insightDuration": 1,
        "baselineDuration": 10181,
    };
    let attribution = object! {
        "attribute": "userIdentityArn",
        "insight": list![object! { "value": caller, "average": 5.0 }],
        "baseline": list![object! { "value": caller, "average": 0.000_098 }],
    };
    object! {
        "eventVersion": "1.08",
        "eventTime": timestamp(scene.time),
        "awsRegion": scene.region,
        "eventID": dice.uuid(),
        "eventType": "AwsCloudTrailInsight",
        "recipientAccountId": scene.account.id,
        "sharedEventID": dice.uuid(),
        "insightDetails": object! {
            "state": "Start",
            "eventSource": "autoscaling.amazonaws.com",
            "eventName": "CompleteLifecycleAction",
            "insightType": "ApiCallRateInsight",
            "insightContext": object! { "statistics": statistics, "attributions": list![attribution] },
        },
        "eventCategory": "Insight",
    }
}
