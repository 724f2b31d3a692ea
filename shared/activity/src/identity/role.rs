//! Sessions of roles. Sessions of people and functions are identities of their own; sessions whose names machines make
//! belong to the role.

use std::borrow::Cow;

use super::Named;
use super::caller::Caller;
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
            let role = issuer.map_or(named.role, Cow::into_owned);
            Some(RoleSession { role, session: named.session.or(session) })
        }
        (None, Some(role)) => Some(RoleSession { role: role.into_owned(), session }),
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
        let key = id.as_ref().map_or_else(|| format!("role:{account}"), |id| format!("id:{id}"));
        let words = match caller.arn().or(id) {
            Some(id) => format!("role session {}", part(&id)),
            None => of_account("role session without a name", &account),
        };
        return Named::new(words, caller.arn().map_or(key, Cow::into_owned));
    };
    let (name, mut notes) = session.words(&caller.foreign_account());
    let source = caller.source_identity();
    if let Some(source) = source.as_deref().filter(|source| Some(*source) != session.session.as_deref()) {
        notes.push(format!("source identity {}", part(source)));
    }
    if let Some(provider) = federated_provider(caller) {
        notes.push(format!("signed in by {}", part(arn::provider(&provider))));
    }
    let key = key(caller, &session, source.as_deref());
    Named { name, notes, key }
}

/// The web identity provider that signed the caller in.
pub(super) fn federated_provider<'r>(caller: &Caller<'r>) -> Option<Cow<'r, str>> {
    let federation = caller.at(&["sessionContext", "webIdFederationData", "federatedProvider"]);
    federation.or_else(|| text_at(caller.session(), "federatedProvider"))
}

/// Whether the caller's role is a permission set of IAM Identity Center.
pub(super) fn is_permission_set(caller: &Caller<'_>) -> bool {
    role_session(caller).is_some_and(|session| session.permission_set().is_some())
}

fn key(caller: &Caller<'_>, session: &RoleSession, source: Option<&str>) -> String {
    let account = caller.key_account();
    let arn = caller.arn();
    let Some(name) = &session.session else {
        let role = || format!("arn:aws:iam::{account}:role/{}", session.role);
        return arn.map_or_else(role, Cow::into_owned);
    };
    if session.permission_set().is_none() && is_session_name_of_machine(name) {
        let role = match (caller.session_issuer(), arn.as_deref().and_then(|arn| arn.strip_suffix(name))) {
            (Some(issuer), _) => issuer.into_owned(),
            (None, Some(role)) => role.trim_end_matches('/').to_owned(),
            (None, None) => format!("arn:aws:sts::{account}:assumed-role/{}", session.role),
        };
        return match source {
            Some(source) => format!("{role}#{source}"),
            None => role,
        };
    }
    let of_session = || format!("arn:aws:sts::{account}:assumed-role/{}/{name}", session.role);
    arn.map_or_else(of_session, Cow::into_owned)
}
