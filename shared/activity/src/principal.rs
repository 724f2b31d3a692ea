//! Principals by their ARNs: roles with their sessions, permission sets and users, in words.

use crate::arn;
use crate::text::{VALUE_CHARS, cut};

/// One part of the words, cleaned and cut.
pub(crate) fn part(text: &str) -> String {
    cut(text, VALUE_CHARS)
}

/// A name with its account, which may be empty.
pub(crate) fn of_account(name: &str, account: &str) -> String {
    match account {
        "" => name.to_owned(),
        account => format!("{name} of account {}", part(account)),
    }
}

/// A role and a session, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RoleSession {
    pub(crate) role: String,
    pub(crate) session: Option<String>,
}

impl RoleSession {
    /// Reads `…:assumed-role/Role/session` or `…:role/path/Role`.
    pub(crate) fn of_arn(arn: &str) -> Option<Self> {
        let resource = arn::resource(arn)?;
        if let Some(rest) = resource.strip_prefix("assumed-role/") {
            let (role, session) = match rest.split_once('/') {
                Some((role, session)) => (role, Some(session.to_owned())),
                None => (rest, None),
            };
            return Some(Self { role: role.to_owned(), session });
        }
        let path = resource.strip_prefix("role/")?;
        Some(Self { role: arn::tail(path).to_owned(), session: None })
    }

    /// The permission set of IAM Identity Center that the role stands for: `AWSReservedSSO_<set>_<hex>`.
    pub(crate) fn permission_set(&self) -> Option<&str> {
        let (set, id) = self.role.strip_prefix("AWSReservedSSO_")?.rsplit_once('_')?;
        let is_id = (12..=16).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        (is_id && !set.is_empty()).then_some(set)
    }

    /// Name and notes.
    pub(crate) fn words(&self, account: &str) -> (String, Vec<String>) {
        match (self.permission_set(), &self.session) {
            (Some(set), Some(person)) => {
                let set = format!("IAM Identity Center, {}", part(set));
                (format!("{}{account}", part(person)), vec![set])
            }
            (_, Some(session)) => {
                (format!("role {}{account}, session {}", part(&self.role), part(session)), Vec::new())
            }
            (_, None) => (format!("role {}{account}", part(&self.role)), Vec::new()),
        }
    }
}

/// The words for the ARN of a role session, a user or another principal.
pub(crate) fn person_or_role(arn: &str) -> String {
    let name = |kind: &str, name: &str| format!("{kind} {}", part(arn::tail(name)));
    if let Some(session) = RoleSession::of_arn(arn) {
        let (name, notes) = session.words("");
        return match notes.is_empty() {
            true => name,
            false => format!("{name} ({})", notes.join("; ")),
        };
    }
    match arn::resource(arn) {
        Some("root") => of_account("root", arn::account(arn).unwrap_or_default()),
        Some(resource) if resource.starts_with("user/") => name("IAM user", resource),
        Some(resource) if resource.starts_with("federated-user/") => name("federated user", resource),
        Some(_) | None => part(arn),
    }
}

/// Whether a machine made the name of a session: such names differ from session to session, so that they tell nothing
/// about the identity.
pub(crate) fn is_session_name_of_machine(name: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_instance = name.strip_prefix("i-").is_some_and(|id| (8..=17).contains(&id.len()) && hex(id));
    let is_number = name.len() >= 10 && digits(name);
    let tail_digits = name.len() - name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let is_word_with_time = tail_digits >= 13;
    let is_sdk =
        ["botocore-session-", "Session-"].iter().any(|prefix| name.strip_prefix(prefix).is_some_and(digits))
            || (name.starts_with("aws-sdk-") && name.rsplit_once('-').is_some_and(|(_, time)| digits(time)));
    let is_pod = name.starts_with("eks-")
        && name.len().checked_sub(36).and_then(|at| name.get(at..)).is_some_and(is_uuid);
    is_instance
        || (name.len() == 32 && hex(name))
        || is_uuid(name)
        || is_number
        || is_word_with_time
        || is_sdk
        || is_pod
        || matches!(name, "GitHubActions" | "AutoScaling")
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_machines_make_are_told_from_names_of_people() {
        for machine in [
            "i-0123456789abcdef0",
            "0123456789abcdef0123456789abcdef",
            "0123abcd-0123-4567-89ab-0123456789ab",
            "1772614800",
            "aws-go-sdk-1722375070115152000",
            "botocore-session-1772614800",
            "aws-sdk-js-session-1772614800",
            "Session-17",
            "eks-prod-payments-0123abcd-0123-4567-89ab-0123456789ab",
            "GitHubActions",
            "AutoScaling",
        ] {
            assert!(is_session_name_of_machine(machine), "{machine}");
        }
        for person in
            ["alice", "dana@example.com", "s-4711", "i-am-zoe", "report-2026", "MyFunction", "ci", "é"]
        {
            assert!(!is_session_name_of_machine(person), "{person}");
        }
    }
}
