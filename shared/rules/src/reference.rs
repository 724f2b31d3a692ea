//! References of rules: which page they stand for, and which of them are controls. Whether a page exists is not checked.
//!
//! Sources: the AWS Security Hub user guide (CloudWatch controls), the AWS CloudTrail user guide, MITRE ATT&CK, and the
//! CIS page of the AWS benchmarks, whose text only registered readers may see.

const CIS_BENCHMARKS: &str = "https://www.cisecurity.org/benchmark/amazon_web_services";
const CLOUDTRAIL_GUIDE: &str =
    "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudwatch-alarms-for-cloudtrail.html";
const SECURITY_HUB: &str =
    "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-";
const ATTACK: &str = "https://attack.mitre.org/techniques/";
const GITHUB: &str = "https://github.com/";

/// The address of the page that a reference stands for, if its form determines one.
///
/// ```
/// use rules::reference::url;
///
/// assert_eq!(url("T1078.004").unwrap(), "https://attack.mitre.org/techniques/T1078/004/");
/// assert_eq!(url("https://example.com/runbook").unwrap(), "https://example.com/runbook");
/// assert_eq!(url("our runbook"), None);
/// ```
#[must_use]
pub fn url(reference: &str) -> Option<String> {
    if reference.starts_with("https://") {
        return Some(reference.to_owned());
    }
    if let Some(number) = security_hub_number(reference) {
        return Some(format!("{SECURITY_HUB}{number}"));
    }
    if is_cis(reference) {
        return Some(CIS_BENCHMARKS.to_owned());
    }
    if reference == "CloudTrail guide" {
        return Some(CLOUDTRAIL_GUIDE.to_owned());
    }
    technique_path(reference)
        .map(|path| format!("{ATTACK}{path}/"))
        .or_else(|| is_repository(reference).then(|| format!("{GITHUB}{reference}")))
}

/// Whether a reference is a control of a benchmark: of CIS, such as `CIS 5.0 4.6`, or of Security Hub, such as
/// `CloudWatch.6`.
#[must_use]
pub fn is_control(reference: &str) -> bool {
    is_cis(reference) || security_hub_number(reference).is_some()
}

fn is_cis(reference: &str) -> bool {
    reference.starts_with("CIS ")
}

/// The number of a Security Hub control.
fn security_hub_number(reference: &str) -> Option<&str> {
    reference.strip_prefix("CloudWatch.").filter(|number| is_number(number))
}

/// `T1078/004` for the technique `T1078.004`.
fn technique_path(reference: &str) -> Option<String> {
    let digits = reference.strip_prefix('T')?;
    let (technique, part) = match digits.split_once('.') {
        Some((technique, part)) => (technique, Some(part)),
        None => (digits, None),
    };
    let is_technique = technique.len() == 4 && is_number(technique) && part.is_none_or(is_number);
    is_technique.then(|| match part {
        Some(part) => format!("T{technique}/{part}"),
        None => format!("T{technique}"),
    })
}

/// Whether a reference is a repository on GitHub, such as `zoph-io/aws-security-survival-kit`.
fn is_repository(reference: &str) -> bool {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    };
    reference.split_once('/').is_some_and(|(owner, name)| is_name(owner) && is_name(name))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{is_control, url};

    #[test]
    fn a_reference_stands_for_the_page_of_its_form() {
        for (reference, page, control) in [
            (
                "CloudWatch.6",
                Some(
                    "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-6",
                ),
                true,
            ),
            ("CIS 5.0 4.6", Some("https://www.cisecurity.org/benchmark/amazon_web_services"), true),
            ("T1110", Some("https://attack.mitre.org/techniques/T1110/"), false),
            ("T1562.008", Some("https://attack.mitre.org/techniques/T1562/008/"), false),
            (
                "zoph-io/aws-security-survival-kit",
                Some("https://github.com/zoph-io/aws-security-survival-kit"),
                false,
            ),
            ("https://example.com/a", Some("https://example.com/a"), false),
            ("http://example.com/a", None, false),
            ("CloudWatch.six", None, false),
            ("T11", None, false),
            ("T1110.x", None, false),
            ("Elastic f772ec8a-e182-483c-91d2-72058f76a44c", None, false),
            ("../..", None, false),
            ("a/b/c", None, false),
            ("a b/c", None, false),
        ] {
            assert_eq!(url(reference).as_deref(), page, "{reference}");
            assert_eq!(is_control(reference), control, "{reference}");
        }
    }
}
