//! Whether a caller had signed in with a second factor, as far as AWS knows.

use super::caller::Caller;
use super::is_assumed_root;
use super::role::{federated_provider, is_permission_set};
use crate::member::Member;
use crate::value::{descend, text, text_at};

const PROVIDER_DECIDES: &str = "decided by the identity provider";

/// The words for the MFA of a call; `None` where it says nothing.
pub(super) fn of_call(caller: &Caller<'_>) -> Option<&'static str> {
    if is_made_by_service(caller) {
        return None;
    }
    match caller.kind()?.as_ref() {
        "Root" if is_assumed_root(caller) => of_role(caller),
        "Root" | "IAMUser" | "FederatedUser" => of_user(caller),
        "AssumedRole" => of_role(caller),
        _ => None,
    }
}

/// The words for the MFA of a sign-in.
pub(super) fn of_sign_in(caller: &Caller<'_>) -> Option<&'static str> {
    if is_made_by_service(caller) {
        return None;
    }
    let additional = caller.record().member(Member::Additional);
    let kind = caller.kind()?;
    let is_federated =
        matches!(kind.as_ref(), "AssumedRole" | "SAMLUser" | "WebIdentityUser" | "FederatedUser");
    if is_federated || text_at(additional, "SamlProviderArn").is_some() {
        return Some(PROVIDER_DECIDES);
    }
    Some(match text_at(additional, "MFAUsed").as_deref() {
        Some("Yes") => "yes",
        Some("No") => "no",
        Some(_) | None => "not recorded",
    })
}

fn is_made_by_service(caller: &Caller<'_>) -> bool {
    caller.text("invokedBy").is_some_and(|service| service != "signin.amazonaws.com")
}

fn authenticated(caller: &Caller<'_>) -> Option<bool> {
    let told = descend(caller.session(), &["attributes", "mfaAuthenticated"]).and_then(text)?;
    Some(told.eq_ignore_ascii_case("true"))
}

fn of_user(caller: &Caller<'_>) -> Option<&'static str> {
    let key = caller.text("accessKeyId");
    match authenticated(caller) {
        Some(true) => Some("yes"),
        Some(false) => Some("no"),
        None if key.is_some_and(|key| key.starts_with("AKIA")) => Some("no (long-term key)"),
        None => None,
    }
}

fn of_role(caller: &Caller<'_>) -> Option<&'static str> {
    if is_permission_set(caller) {
        return Some(PROVIDER_DECIDES);
    }
    if text_at(caller.session(), "ec2RoleDelivery").is_some() || federated_provider(caller).is_some() {
        return None;
    }
    match authenticated(caller)? {
        true => Some("yes"),
        false => Some("not seen by AWS"),
    }
}
