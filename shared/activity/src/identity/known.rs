//! Identities by the text of the records, so that an identity that recurs is not worked out again.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::quality::RandomState;

use super::Identity;
use crate::member::{Member, Record};

/// Longer texts are not kept, in bytes. The identity of a role session takes some 700.
const TEXT_BYTES: usize = 2048;
/// The most bytes of all texts.
const ALL_BYTES: usize = 2 * 1024 * 1024;
/// The most identities.
const IDENTITIES: usize = 4096;

/// Identities of earlier records. It takes bounded memory, and what it does not keep is worked out again.
///
/// The hashes have a key of their own in each process, because the texts may come from an attacker.
#[derive(Debug, Default)]
pub struct KnownIdentities {
    by_text: HashMap<Box<[u8]>, Arc<Identity>, RandomState>,
    /// The text that was looked up last.
    text: Vec<u8>,
    bytes: usize,
}

impl KnownIdentities {
    /// The identity of a record, as [`Identity::of`] finds it, and whether it follows from `userIdentity` and
    /// `recipientAccountId` alone.
    pub fn of(&mut self, record: &Record<'_>) -> (Arc<Identity>, bool) {
        if !self.read_text(record) {
            return (Arc::new(Identity::of(record)), false);
        }
        if let Some(identity) = self.by_text.get(self.text.as_slice()) {
            return (Arc::clone(identity), true);
        }
        let (identity, is_self_contained) = Identity::of_call(record);
        let identity = Arc::new(identity);
        if is_self_contained && self.by_text.len() < IDENTITIES && self.bytes + self.text.len() <= ALL_BYTES {
            self.bytes += self.text.len();
            self.by_text.insert(self.text.as_slice().into(), Arc::clone(&identity));
        }
        (identity, is_self_contained)
    }

    /// Reads what decides about the identity of most records. `false` if more of this record decides.
    fn read_text(&mut self, record: &Record<'_>) -> bool {
        let (Some(account), Some(identity)) =
            (record.json_text(Member::Account), record.json_text(Member::Identity))
        else {
            return false;
        };
        if record.is_insight() || record.is_sign_in() || account.len() + identity.len() > TEXT_BYTES {
            return false;
        }
        self.text.clear();
        self.text.extend_from_slice(account);
        // No JSON text contains a zero.
        self.text.push(0);
        self.text.extend_from_slice(identity);
        true
    }
}

#[cfg(test)]
mod tests {
    use filter_pattern::{Projection, ProjectionBuffer, Selector};
    use serde_json::{Value, json};

    use super::*;

    /// The identities of the records in their order, once by their texts and once without.
    fn check(records: &[Value]) -> KnownIdentities {
        let selectors: Vec<Selector> = Member::ALL.into_iter().map(Member::selector).collect();
        let projection = Projection::new(&selectors);
        let mut known = KnownIdentities::default();
        for record in records {
            let text = record.to_string();
            let mut buffer = ProjectionBuffer::default();
            let projected = projection.read(text.as_bytes(), &mut buffer).unwrap();
            let (identity, _) = known.of(&Record::of_projected(projected, 0));
            assert_eq!(*identity, Identity::of(&Record::of_tree(record)), "{record}");
        }
        known
    }

    #[test]
    fn an_identity_that_recurs_is_kept_once() {
        let user = json!({ "type": "IAMUser", "userName": "alice", "accountId": "111122223333" });
        let record = |account: &str| json!({ "userIdentity": user, "recipientAccountId": account });
        let known = check(&[record("111122223333"), record("444455556666"), record("111122223333")]);
        assert_eq!(known.by_text.len(), 2);
    }

    #[test]
    fn an_identity_that_follows_from_more_of_its_record_is_not_kept() {
        let hidden = json!({ "type": "IAMUser", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS" });
        let from = |address: &str| json!({ "userIdentity": hidden, "sourceIPAddress": address });
        let service =
            |source: &str| json!({ "userIdentity": { "type": "AWSService" }, "eventSource": source });
        let user = json!({ "type": "IAMUser", "userName": "alice", "accessKeyId": "AKIAIOSFODNN7EXAMPLE" });
        let sign_in = |used: &str| json!({ "userIdentity": user, "eventName": "ConsoleLogin", "additionalEventData": { "MFAUsed": used } });
        let insight = |id: &str| json!({ "eventType": "AwsCloudTrailInsight", "sharedEventID": id });
        let saml = |arn: &str| json!({ "userIdentity": { "type": "SAMLUser" }, "requestParameters": { "principalArn": arn } });
        let known = check(&[
            from("192.0.2.1"),
            from("192.0.2.2"),
            service("a.amazonaws.com"),
            service("b.amazonaws.com"),
            sign_in("Yes"),
            sign_in("No"),
            insight("1"),
            insight("2"),
            saml("arn:aws:iam::111122223333:saml-provider/one"),
            saml("arn:aws:iam::111122223333:saml-provider/two"),
        ]);
        assert_eq!(known.by_text.len(), 0);
        check(&[json!({ "userIdentity": user }), sign_in("Yes"), json!({ "userIdentity": user })]);
    }

    #[test]
    fn memory_is_bounded() {
        let user = |name: String| json!({ "userIdentity": { "type": "IAMUser", "userName": name } });
        let known = check(&[user("x".repeat(TEXT_BYTES))]);
        assert_eq!(known.by_text.len(), 0);
        let many: Vec<Value> = (0..IDENTITIES + 10).map(|number| user(format!("user-{number}"))).collect();
        let known = check(&many);
        assert_eq!(known.by_text.len(), IDENTITIES);
        let long: Vec<Value> = (0..1100).map(|number| user(format!("{number:01900}"))).collect();
        let known = check(&long);
        assert!(known.by_text.len() > 1000 && known.bytes <= ALL_BYTES, "{}", known.by_text.len());
    }
}
