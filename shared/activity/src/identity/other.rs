//! Identities other than root, users and roles: federated ones, services, foreign accounts, and unknown ones.

use std::borrow::Cow;

use super::caller::Caller;
use super::{Named, iam_user, role, root};
use crate::arn;
use crate::member::Member;
use crate::principal::{of_account, part};
use crate::value::{child, text_at};

pub(super) fn federated_user(caller: &Caller<'_>) -> Named {
    let arn = caller.arn();
    let id = caller.text("principalId");
    let name = arn
        .as_deref()
        .and_then(|arn| arn.split_once("federated-user/"))
        .or_else(|| id.as_deref().and_then(|id| id.split_once(':')))
        .map(|(_, name)| name.to_owned())
        .unwrap_or_else(|| "without a name".to_owned());
    let account = caller.key_account();
    let key = arn.unwrap_or_else(|| format!("arn:aws:sts::{account}:federated-user/{name}").into());
    let mut named = Named::new(format!("federated user {}{}", part(&name), caller.foreign_account()), key);
    let issuer = child(caller.session(), "sessionIssuer");
    let issuer_name = issuer.and_then(|issuer| text_at(issuer, "userName"));
    match issuer.and_then(|issuer| text_at(issuer, "type")).as_deref() {
        Some("Root") => named.notes.push("session of root".to_owned()),
        Some(_) | None => {
            named.notes.extend(issuer_name.map(|name| format!("session of IAM user {}", part(&name))));
        }
    }
    named
}

pub(super) fn saml_user(caller: &Caller<'_>) -> Named {
    let name = caller.text("userName").or_else(|| caller.text("principalId")).unwrap_or_default();
    let issuer = caller.text("identityProvider").unwrap_or_default();
    let mut named = Named::new(format!("SAML user {}", part(&name)), format!("saml:{issuer}:{name}"));
    let provider = text_at(caller.record().member(Member::Request), "principalArn");
    named.notes.extend(provider.map(|arn| format!("provider {}", part(arn::provider(&arn)))));
    named
}

pub(super) fn web_identity(caller: &Caller<'_>) -> Named {
    let name = caller.text("userName").or_else(|| caller.text("principalId")).unwrap_or_default();
    let provider = caller.text("identityProvider").unwrap_or_default();
    let provider = arn::provider(&provider);
    let pod = name.strip_prefix("system:serviceaccount:").and_then(|pod| pod.split_once(':'));
    let words = match (name.strip_prefix("repo:"), pod) {
        (Some(workflow), _) => format!("GitHub workflow {}", part(workflow)),
        (None, Some((namespace, account))) => {
            format!("Kubernetes service account {}/{}", part(namespace), part(account))
        }
        (None, None) => format!("web identity {}", part(&name)),
    };
    let mut named = Named::new(words, format!("web:{provider}:{name}"));
    if !provider.is_empty() {
        named.notes.push(format!("provider {}", part(provider)));
    }
    named
}

pub(super) fn service(caller: &Caller<'_>) -> Named {
    let service = caller.text("invokedBy").or_else(|| event_source(caller));
    match service.as_deref() {
        None => Named::new("AWS service", "service:"),
        Some(service) => of_service(service),
    }
}

fn of_service(service: &str) -> Named {
    let words = match service {
        "AWS Internal" => "AWS itself".to_owned(),
        service => format!("AWS service {}", part(service)),
    };
    Named::new(words, format!("service:{service}"))
}

fn event_source<'r>(caller: &Caller<'r>) -> Option<Cow<'r, str>> {
    caller.record().text(Member::EventSource)
}

/// A principal of another account, of which only the id is known, or nobody.
pub(super) fn foreign(caller: &Caller<'_>) -> Named {
    let account = caller.account().unwrap_or_default();
    if account.eq_ignore_ascii_case("anonymous") || account == "ANONYMOUS_PRINCIPAL" {
        return Named::new("anonymous caller (no credentials)", "anonymous");
    }
    let id = caller.text("principalId").filter(|id| *id != account);
    let words = match id.as_deref() {
        Some(id) if id.starts_with("AROA") => format!(", role session {}", part(id)),
        Some(id) if id.starts_with("AIDA") => format!(", IAM user {}", part(id)),
        Some(id) => format!(", principal {}", part(id)),
        None => String::new(),
    };
    let name =
        if account.is_empty() { "another account".to_owned() } else { format!("account {}", part(&account)) };
    let key = match id {
        Some(id) => format!("account:{account}:{id}"),
        None => format!("account:{account}"),
    };
    Named::new(name + &words, key)
}

pub(super) fn directory(caller: &Caller<'_>) -> Named {
    let name = caller.text("userName");
    let id = caller.text("principalId");
    let shown = name.as_deref().or(id.as_deref()).unwrap_or("without a name");
    let words = format!("directory user {}{}", part(shown), caller.foreign_account());
    let account = caller.key_account();
    let key = match id {
        Some(id) => format!("id:{id}"),
        None => format!("directory:{account}:{}", name.unwrap_or_default()),
    };
    Named::new(words, key)
}

pub(super) fn identity_center_user(caller: &Caller<'_>) -> Named {
    let id = caller.at(&["onBehalfOf", "userId"]).unwrap_or_default();
    let store = caller.at(&["onBehalfOf", "identityStoreArn"]).unwrap_or_default();
    let additional = caller.record().member(Member::Additional);
    let name = text_at(additional, "UserName").or_else(|| caller.text("userName"));
    let key = format!("idc:{}:{id}", arn::tail(&store));
    match name {
        Some(name) => {
            let mut named = Named::new(format!("IAM Identity Center user {}", part(&name)), key);
            if !id.is_empty() {
                named.notes.push(format!("id {}", part(&id)));
            }
            named
        }
        None => Named::new(format!("IAM Identity Center user {}", part(&id)), key),
    }
}

/// An identity of the type `Unknown`, or of a type that does not exist yet: as its ARN says, or else as its names say.
pub(super) fn unknown(caller: &Caller<'_>) -> Named {
    let arn = caller.arn();
    match arn.as_deref().and_then(arn::resource) {
        Some(resource) if resource.starts_with("assumed-role/") || resource.starts_with("role/") => {
            return role::role(caller);
        }
        Some(resource) if resource.starts_with("user/") => return iam_user(caller),
        Some(resource) if resource.starts_with("federated-user/") => return federated_user(caller),
        Some("root") => return root(caller),
        Some(_) | None => {}
    }
    let account = caller.key_account();
    let id = caller.text("principalId").filter(|id| *id != account);
    if let Some(name) = caller.text("userName") {
        let key = arn.unwrap_or_else(|| format!("name:{account}:{name}").into());
        let words = format!("user {}{} (identity of unknown kind)", part(&name), caller.foreign_account());
        return Named::new(words, key);
    }
    if let Some(arn) = arn {
        return Named::new(format!("unknown identity {}", part(&arn)), arn);
    }
    match id {
        Some(id) => Named::new(
            format!("{} with the id {}", of_account("unknown identity", &account), part(&id)),
            format!("id:{id}"),
        ),
        None => Named::new(of_account("unknown identity", &account), format!("unknown:{account}")),
    }
}

/// An identity without a type: AWS itself in most cases.
pub(super) fn untyped(caller: &Caller<'_>) -> Named {
    if let Some(service) = caller.text("invokedBy") {
        return of_service(&service);
    }
    let has_name = ["arn", "userName", "principalId"].iter().any(|name| caller.text(name).is_some());
    if has_name {
        return unknown(caller);
    }
    if caller.record().is(Member::EventType, "AwsServiceEvent")
        && let Some(source) = event_source(caller)
    {
        return of_service(&source);
    }
    if caller.record().is(Member::EventType, "AwsVpceEvent")
        && let Some(endpoint) = caller.record().text(Member::VpcEndpoint)
    {
        let words = format!("unknown identity, through VPC endpoint {}", part(&endpoint));
        return Named::new(words, format!("vpce:{endpoint}"));
    }
    let account = caller.account();
    let words = of_account("unknown identity", account.as_deref().unwrap_or_default());
    Named::new(words, format!("unknown:{}", caller.key_account()))
}
