//! Who made a call: one line of words for people, and a key that tells identities apart.
//!
//! Words may change from version to version. The key is stable, and it exists for identities without an ARN too.
//!
//! # Source
//!
//! The CloudTrail user guide, userIdentity element, and AWS console sign-in events.

mod caller;
mod known;
mod mfa;
mod other;
mod role;

use std::borrow::Cow;

use self::caller::Caller;
pub use self::known::KnownIdentities;
use crate::arn;
use crate::insight::Insight;
use crate::member::{Member, Record};
use crate::principal::{of_account, part};
use crate::session::session_created;
use crate::text::{VALUE_CHARS, cut};
use crate::value::{is_hidden, text_at};

/// The longest key, in characters.
const KEY_CHARS: usize = 512;

/// Who made a call. All texts have been cleaned and cut.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// One line for people.
    pub words: String,
    /// What separates this identity from others.
    pub key: String,
    /// `userIdentity.type`.
    pub kind: Option<String>,
    /// `userIdentity.arn`.
    pub arn: Option<String>,
    /// `userIdentity.accessKeyId`, if it has the form of one.
    pub access_key_id: Option<String>,
    /// Whether the caller had signed in with MFA, in words.
    pub mfa: Option<&'static str>,
    /// The name of a role's session.
    pub session: Option<String>,
    /// The ARN of the role or user that issued the session.
    pub session_issuer: Option<String>,
    /// When the session was opened, in Unix seconds.
    pub session_created: Option<i64>,
    /// The source identity of a role's session.
    pub source_identity: Option<String>,
    /// The service that made the call for the identity.
    pub invoked_by: Option<String>,
}

impl Identity {
    /// The identity of a record.
    pub fn of(record: &Record<'_>) -> Self {
        let caller = Caller::of(record);
        let named = match Insight::of(record) {
            Some(insight) => of_insight(record, &insight),
            None => named(&caller),
        };
        let mfa = match record.is_sign_in() {
            true => mfa::of_sign_in(&caller),
            false => mfa::of_call(&caller),
        };
        Self::of_caller(&caller, named, mfa)
    }

    /// The identity of a record that is neither about an Insight nor about a sign-in, and whether it follows from
    /// `userIdentity` and the account alone.
    pub(crate) fn of_call(record: &Record<'_>) -> (Self, bool) {
        let caller = Caller::of(record);
        let identity = Self::of_caller(&caller, named(&caller), mfa::of_call(&caller));
        (identity, caller.is_self_contained())
    }

    /// Whether an ARN is that of the identity, or of the role or user that issued its session.
    pub(crate) fn has_arn(&self, arn: &str) -> bool {
        self.arn.as_deref() == Some(arn) || self.session_issuer.as_deref() == Some(arn)
    }

    fn of_caller(caller: &Caller<'_>, named: Named, mfa: Option<&'static str>) -> Self {
        let Named { name, mut notes, key } = named;
        notes.extend(common_notes(caller));
        let words = match notes.is_empty() {
            true => name,
            false => format!("{name} ({})", notes.join("; ")),
        };
        let cut_text = |text: Option<Cow<'_, str>>| text.map(|text| cut(&text, KEY_CHARS));
        Self {
            words,
            key: cut(&key, KEY_CHARS),
            kind: caller.kind().map(|kind| cut(&kind, VALUE_CHARS)),
            arn: cut_text(caller.arn()),
            access_key_id: caller
                .text("accessKeyId")
                .filter(|key| is_access_key_id(key))
                .map(|key| key.into_owned()),
            mfa,
            session: role::session_name(caller).map(|name| part(&name)),
            session_issuer: cut_text(caller.session_issuer()),
            session_created: session_created(caller.session()),
            source_identity: caller.source_identity().map(|name| part(&name)),
            invoked_by: caller.text("invokedBy").map(|name| part(&name)),
        }
    }
}

/// An identity by its type: name, notes for the brackets behind it, and key.
struct Named {
    name: String,
    notes: Vec<String>,
    key: String,
}

impl Named {
    fn new(name: impl Into<String>, key: impl Into<String>) -> Self {
        Self { name: name.into(), notes: Vec::new(), key: key.into() }
    }
}

fn named(caller: &Caller<'_>) -> Named {
    match caller.kind().as_deref() {
        Some("Root") => root(caller),
        Some("IAMUser") => iam_user(caller),
        Some("AssumedRole" | "Role") => role::role(caller),
        Some("FederatedUser") => other::federated_user(caller),
        Some("SAMLUser") => other::saml_user(caller),
        Some("WebIdentityUser") => other::web_identity(caller),
        Some("AWSService") => other::service(caller),
        Some("AWSAccount") => other::foreign(caller),
        Some("Directory") => other::directory(caller),
        Some("IdentityCenterUser") => other::identity_center_user(caller),
        Some(_) => other::unknown(caller),
        None => other::untyped(caller),
    }
}

fn of_insight(record: &Record<'_>, insight: &Insight) -> Named {
    let shared = record.text(Member::SharedEventId);
    let id = shared.or_else(|| record.text(Member::EventId)).unwrap_or_default();
    Named::new(insight.who(), format!("insight:{id}"))
}

fn root(caller: &Caller<'_>) -> Named {
    let account = caller
        .account()
        .or_else(|| caller.text("principalId").filter(|id| arn::is_account(id)))
        .unwrap_or_else(|| caller.key_account());
    let mut named = Named::new(of_account("root", &account), format!("root:{account}"));
    if is_assumed_root(caller) {
        named.notes.push("AssumeRoot session".to_owned());
    }
    named
}

fn is_assumed_root(caller: &Caller<'_>) -> bool {
    text_at(caller.session(), "assumedRoot").is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

fn iam_user(caller: &Caller<'_>) -> Named {
    let user = caller.text("userName");
    if user.as_deref().is_some_and(is_hidden) {
        let address = caller.record().text(Member::Address).unwrap_or_default();
        return Named::new("unknown user name (hidden by AWS)", format!("hidden:{address}"));
    }
    let arn = caller.arn();
    let id = caller.text("principalId");
    let account = caller.key_account();
    let name = user.as_deref().or_else(|| arn.as_deref().map(arn::tail)).or(id.as_deref());
    let words = match name {
        Some(name) => format!("IAM user {}{}", part(name), caller.foreign_account()),
        None => of_account("IAM user without a name", &account),
    };
    let key = match (arn, user, id) {
        (Some(arn), _, _) => arn.into_owned(),
        (None, Some(user), _) => format!("arn:aws:iam::{account}:user/{user}"),
        (None, None, Some(id)) => format!("id:{id}"),
        (None, None, None) => format!("iamuser:{account}"),
    };
    Named::new(words, key)
}

/// Notes that every type of identity can have.
fn common_notes(caller: &Caller<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let kind = caller.kind();
    if kind.as_deref() != Some("IdentityCenterUser")
        && let Some(user) = caller.at(&["onBehalfOf", "userId"])
    {
        notes.push(format!("on behalf of Identity Center user {}", part(&user)));
    }
    if let Some(account) = caller.at(&["invokedByDelegate", "accountId"]) {
        notes.push(format!("delegated to account {}", part(&account)));
    }
    let is_itself = matches!(kind.as_deref(), Some("AWSService") | None);
    match caller.text("invokedBy").as_deref() {
        None => {}
        Some(_) if is_itself => {}
        Some("AWS Internal") => notes.push("through AWS itself".to_owned()),
        Some("signin.amazonaws.com") => notes.push("through the console".to_owned()),
        Some(service) => notes.push(format!("through {}", part(service))),
    }
    if let Some(source) = caller.at(&["inScopeOf", "sourceArn"]) {
        notes.push(format!("for {}", part(&source)));
    }
    notes
}

/// Whether a text has the form of an access key id. Key ids are not secrets.
fn is_access_key_id(text: &str) -> bool {
    (16..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
