//! The identity behind an event: the names by which people look for it, and its session.
//!
//! Source: the CloudTrail user guide, "CloudTrail userIdentity element".

use serde_json::Value;

/// `userIdentity` of a record.
#[derive(Debug)]
pub(crate) struct Identity(Value);

impl Identity {
    pub(crate) fn new(value: Value) -> Self {
        Self(value)
    }

    fn text(&self, path: &str) -> Option<&str> {
        self.0.pointer(path)?.as_str().filter(|text| !text.is_empty())
    }

    /// `IAMUser`, `AssumedRole`, `Root` and so on.
    pub(crate) fn kind(&self) -> Option<&str> {
        self.text("/type")
    }

    pub(crate) fn arn(&self) -> Option<&str> {
        self.text("/arn")
    }

    pub(crate) fn access_key(&self) -> Option<&str> {
        self.text("/accessKeyId")
    }

    pub(crate) fn account(&self) -> Option<&str> {
        self.text("/accountId")
    }

    pub(crate) fn principal(&self) -> Option<&str> {
        self.text("/principalId")
    }

    /// Whether the session used MFA; `None` if the record does not say.
    pub(crate) fn mfa(&self) -> Option<bool> {
        match self.0.pointer("/sessionContext/attributes/mfaAuthenticated")? {
            Value::Bool(mfa) => Some(*mfa),
            Value::String(text) => Some(text == "true"),
            Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    pub(crate) fn is_root(&self) -> bool {
        self.kind() == Some("Root")
    }

    /// `role/session` for the session of a role, as in its ARN.
    fn role_session(&self) -> Option<&str> {
        let (_, session) = self.arn()?.split_once(":assumed-role/")?;
        Some(session)
    }

    /// The name shown for the identity.
    ///
    /// The user, `role/session`, `root`, the AWS service or account, or whatever else identifies it.
    pub(crate) fn name(&self) -> Option<&str> {
        if self.is_root() {
            return Some("root");
        }
        self.role_session()
            .or_else(|| self.text("/userName"))
            .or_else(|| self.text("/sessionContext/sessionIssuer/userName"))
            .or_else(|| self.text("/invokedBy"))
            .or_else(|| self.text("/onBehalfOf/userId"))
            .or_else(|| self.arn().map(last_part))
            .or_else(|| self.principal())
            .or_else(|| self.account())
    }

    /// Every name by which `--user` finds the identity, `root` aside.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        let arn = self.arn();
        let session = self.role_session().and_then(|session| session.rsplit_once('/')).map(|(_, name)| name);
        [
            self.text("/userName"),
            self.text("/sessionContext/sessionIssuer/userName"),
            self.text("/sessionContext/sessionIssuer/arn"),
            session,
            arn,
            arn.map(last_part),
            self.name(),
        ]
        .into_iter()
        .flatten()
    }

    /// What the events of one session have in common: the access key, or else the principal or ARN.
    pub(crate) fn session(&self) -> Option<&str> {
        self.access_key().or_else(|| self.principal()).or_else(|| self.arn())
    }
}

/// The name at the end of an ARN: what follows the last `/`, or else the last `:`.
pub(crate) fn last_part(arn: &str) -> &str {
    arn.rsplit(['/', ':']).next().unwrap_or(arn)
}

#[cfg(test)]
mod tests {
    use super::{Identity, last_part};
    use serde_json::json;

    #[test]
    fn identities_have_the_name_that_people_know() {
        let role = json!({
            "type": "AssumedRole", "principalId": "AROAEXAMPLE:alice", "accountId": "111122223333",
            "arn": "arn:aws:sts::111122223333:assumed-role/deploy/alice",
            "sessionContext": {"sessionIssuer": {"userName": "deploy"}, "attributes": {"mfaAuthenticated": "true"}},
        });
        for (identity, expected) in [
            (role.clone(), Some("deploy/alice")),
            (json!({"type": "IAMUser", "userName": "bob"}), Some("bob")),
            (json!({"type": "Root", "arn": "arn:aws:iam::111122223333:root"}), Some("root")),
            (json!({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}), Some("ec2.amazonaws.com")),
            (json!({"type": "AWSAccount", "accountId": "444455556666"}), Some("444455556666")),
            (json!({"type": "FederatedUser", "arn": "arn:aws:sts::1:federated-user/carol"}), Some("carol")),
            (json!({"type": "IdentityCenterUser", "onBehalfOf": {"userId": "u-1"}}), Some("u-1")),
            (json!({"type": 5, "userName": ""}), None),
            (json!("alice"), None),
            (json!(null), None),
        ] {
            assert_eq!(Identity::new(identity.clone()).name(), expected, "{identity}");
        }
        let role = Identity::new(role);
        let names: Vec<&str> = role.names().collect();
        for name in ["deploy", "alice", "deploy/alice", "arn:aws:sts::111122223333:assumed-role/deploy/alice"]
        {
            assert!(names.contains(&name), "{name}");
        }
        assert_eq!((role.mfa(), role.session()), (Some(true), Some("AROAEXAMPLE:alice")));
    }

    #[test]
    fn the_last_part_of_an_arn_is_its_name() {
        for (arn, expected) in [
            ("arn:aws:s3:::logs", "logs"),
            ("arn:aws:iam::111122223333:role/path/deploy", "deploy"),
            ("arn:aws:sns:eu-west-1:111122223333:alerts", "alerts"),
            ("logs", "logs"),
        ] {
            assert_eq!(last_part(arn), expected);
        }
    }
}
