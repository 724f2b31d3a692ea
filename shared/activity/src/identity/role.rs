//! Sessions of roles. Sessions of people and functions are identities of their own; sessions whose names machines make
//! belong to the role.

use super::{Caller, Named};
use crate::arn;
use crate::principal::{RoleSession, is_session_name_of_machine, of_account, part};
use crate::value::text_at;

/// The role and session of a caller, from the ARN, the issuer and the principal id.
fn role_session(caller: &Caller<'_>) -> Option<RoleSession> {
    let from_arn = caller.arn().as_deref().and_then(RoleSession::of_arn);
    let issuer = caller.at(&["sessionContext", "sessionIssuer", "userName"]);
    let id = caller.text("principalId");
    let session = id.as_deref().and_then(|id| id.split_once(':')).map(|(_, session)| session.to_owned());
    match (from_arn, issuer) {
        (Some(named), issuer) => {
            Some(RoleSession { role: issuer.unwrap_or(named.role), session: named.session.or(session) })
        }
        (None, Some(role)) => Some(RoleSession { role, session }),
        (None, None) => None,
    }
}

pub(super) fn session_name(caller: &Caller<'_>) -> Option<String> {
    let is_role = caller.arn().is_some_and(|arn| arn.contains(":assumed-role/"))
        || matches!(caller.kind().as_deref(), Some("AssumedRole" | "Role"));
    is_role.then(|| role_session(caller)).flatten()?.session
}

/// The identity of a caller whose ARN or issuer is a role.
pub(super) fn role(caller: &Caller<'_>) -> Named {
    let Some(session) = role_session(caller) else {
        let id = caller.text("principalId");
        let account = caller.key_account();
        let key = id.clone().map_or_else(|| format!("role:{account}"), |id| format!("id:{id}"));
        let words = match caller.arn().or(id) {
            Some(id) => format!("role session {}", part(&id)),
            None => of_account("role session without a name", &account),
        };
        return Named::new(words, caller.arn().unwrap_or(key));
    };
    let (name, mut notes) = session.words(&caller.foreign_account());
    let source = caller.source_identity();
    if let Some(source) = source.as_ref().filter(|source| Some(*source) != session.session.as_ref()) {
        notes.push(format!("source identity {}", part(source)));
    }
    if let Some(provider) = federated_provider(caller) {
        notes.push(format!("signed in by {}", part(arn::provider(&provider))));
    }
    let key = key(caller, &session, source.as_deref());
    Named { name, notes, key }
}

/// The web identity provider that signed the caller in.
pub(super) fn federated_provider(caller: &Caller<'_>) -> Option<String> {
    let federation = caller.at(&["sessionContext", "webIdFederationData", "federatedProvider"]);
    federation.or_else(|| text_at(caller.session(), "federatedProvider").map(|text| text.into_owned()))
}

/// Whether the caller's role is a permission set of IAM Identity Center.
pub(super) fn is_permission_set(caller: &Caller<'_>) -> bool {
    role_session(caller).is_some_and(|session| session.permission_set().is_some())
}

fn key(caller: &Caller<'_>, session: &RoleSession, source: Option<&str>) -> String {
    let account = caller.key_account();
    let arn = caller.arn();
    let Some(name) = &session.session else {
        return arn.unwrap_or_else(|| format!("arn:aws:iam::{account}:role/{}", session.role));
    };
    if session.permission_set().is_none() && is_session_name_of_machine(name) {
        let issuer = caller.at(&["sessionContext", "sessionIssuer", "arn"]);
        let role = issuer.unwrap_or_else(|| match arn.as_deref().and_then(|arn| arn.strip_suffix(name)) {
            Some(role) => role.trim_end_matches('/').to_owned(),
            None => format!("arn:aws:sts::{account}:assumed-role/{}", session.role),
        });
        return match source {
            Some(source) => format!("{role}#{source}"),
            None => role,
        };
    }
    arn.unwrap_or_else(|| format!("arn:aws:sts::{account}:assumed-role/{}/{name}", session.role))
}
