//! The settings of alarms that rules do not contain: names, ownership and actions.

use std::fmt;

use rules::Severity;

use crate::alarm::{Actions, Tags};

/// The tag that marks an alarm as ours.
pub const OWNER_TAG: &str = "trailbell:owner";
/// The tag with the id of the rule.
pub const RULE_TAG: &str = "trailbell:rule";
/// The tag with the controls that the rule covers, such as `CIS 5.0 4.3 / CloudWatch.1`; absent if it covers none.
pub const CONTROLS_TAG: &str = "trailbell:controls";
/// The tag with the severity of the rule.
pub const SEVERITY_TAG: &str = "trailbell:severity";

/// The maximum length of a prefix, in characters: a name of 255 also contains a rule id of up to 128 and dimension
/// values.
const PREFIX_CHARACTERS: usize = 64;
/// The maximum length of a tag value, in characters (CloudWatch `Tag`).
pub(crate) const TAG_VALUE_CHARACTERS: usize = 256;

/// How alarms are made from rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmSettings {
    /// Which alarms are ours.
    pub ownership: Ownership,
    /// ARNs of the actions when an alarm changes to `ALARM` whose rule sends alerts as well, or which watches such alarms.
    pub alarm_actions: Vec<String>,
    /// The same for an alarm whose rule sends no alerts, so that the alarm is all that anybody hears of the rule.
    pub sole_alarm_actions: Vec<String>,
    /// ARNs of the actions when an alarm returns to `OK`.
    pub ok_actions: Vec<String>,
    /// Whether each severity has a composite alarm over the alarms of its rules. Its actions are those of an alarm whose
    /// rule sends alerts.
    pub severity_alarms: bool,
}

impl AlarmSettings {
    /// The actions of an alarm, by whether its rule sends alerts as well.
    pub(crate) fn actions(&self, beside_alerts: bool) -> Actions {
        let sorted = |actions: &[String]| {
            let mut actions = actions.to_vec();
            actions.sort();
            actions.dedup();
            actions
        };
        Actions {
            enabled: true,
            alarm: sorted(if beside_alerts { &self.alarm_actions } else { &self.sole_alarm_actions }),
            ok: sorted(&self.ok_actions),
            insufficient_data: Vec::new(),
        }
    }

    /// The tags that every alarm of a severity has.
    pub(crate) fn tags(&self, severity: Severity) -> Tags {
        Tags::from([
            (OWNER_TAG.to_owned(), self.ownership.owner.as_str().to_owned()),
            (SEVERITY_TAG.to_owned(), severity.as_str().to_owned()),
        ])
    }
}

/// Which alarms are ours: the name must begin with the prefix, and the tag [`OWNER_TAG`] must contain the owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ownership {
    /// The beginning of their names.
    pub prefix: Prefix,
    /// The value of their tag.
    pub owner: Owner,
}

impl Ownership {
    /// Whether an alarm with this name and these tags is ours.
    #[must_use]
    pub fn holds(&self, name: &str, tags: &Tags) -> bool {
        self.prefix.begins(name) && tags.get(OWNER_TAG).is_some_and(|owner| *owner == self.owner.0)
    }
}

/// The beginning of the names of all our alarms, before a slash.
///
/// It contains no slash itself, so names with one prefix can never begin with another prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(String);

/// The text is not a valid prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a prefix must consist of 1 to {PREFIX_CHARACTERS} ASCII letters, digits, `-`, `_` and `.`")]
pub struct PrefixError;

impl Prefix {
    /// Validates a prefix.
    ///
    /// # Errors
    ///
    /// [`PrefixError`] if the text is empty, too long, or contains another character.
    pub fn new(text: &str) -> Result<Self, PrefixError> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if (1..=PREFIX_CHARACTERS).contains(&text.len()) && text.bytes().all(is_plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(PrefixError)
        }
    }

    /// The prefix without its slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the name of an alarm begins with the prefix and a slash.
    #[must_use]
    pub fn begins(&self, name: &str) -> bool {
        name.strip_prefix(self.as_str()).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The name of an alarm: the prefix, a slash and `rest`.
    pub(crate) fn name(&self, rest: &str) -> String {
        format!("{self}/{rest}")
    }
}

/// `trailbell`
impl Default for Prefix {
    fn default() -> Self {
        Self("trailbell".to_owned())
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The owner of the alarms, such as the id of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner(String);

/// The text is not a valid owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an owner must consist of 1 to {TAG_VALUE_CHARACTERS} letters, digits, spaces and characters from `_.:/=+-@`, \
     without spaces at either end"
)]
pub struct OwnerError;

impl Owner {
    /// Validates an owner.
    ///
    /// # Errors
    ///
    /// [`OwnerError`] if the text cannot be the value of a tag.
    pub fn new(text: &str) -> Result<Self, OwnerError> {
        let is_allowed = |c: char| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c);
        let is_value = (1..=TAG_VALUE_CHARACTERS).contains(&text.chars().count())
            && text.chars().all(is_allowed)
            && text.trim() == text;
        if is_value { Ok(Self(text.to_owned())) } else { Err(OwnerError) }
    }

    /// The value of the tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_one_plain_word() {
        for text in ["trailbell", "Trail_bell-2.prod", &"a".repeat(64)] {
            assert_eq!(Prefix::new(text).unwrap().as_str(), text);
        }
        for text in ["", "a/b", "a b", "a\"b", "é", &"a".repeat(65)] {
            assert_eq!(Prefix::new(text), Err(PrefixError), "{text}");
        }
    }

    #[test]
    fn a_prefix_begins_names_up_to_its_slash() {
        let prefix = Prefix::new("trailbell").unwrap();
        assert!(prefix.begins("trailbell/root-usage"));
        for name in ["trailbell", "trailbell-2/root-usage", "Trailbell/root-usage", "x/trailbell/root-usage"]
        {
            assert!(!prefix.begins(name), "{name}");
        }
    }

    #[test]
    fn an_owner_is_the_value_of_a_tag() {
        let stack = "arn:aws:cloudformation:us-east-1:111122223333:stack/trailbell/0f1e2d3c";
        for text in [stack, "Équipe sécurité", "a@example.com"] {
            assert_eq!(Owner::new(text).unwrap().as_str(), text);
        }
        for text in ["", " a", "a\n", "a;b", &"a".repeat(257)] {
            assert_eq!(Owner::new(text), Err(OwnerError), "{text}");
        }
    }

    #[test]
    fn an_alarm_is_ours_by_its_name_and_its_tag_together() {
        let ours = Ownership { prefix: Prefix::new("p").unwrap(), owner: Owner::new("me").unwrap() };
        let tags = |value: &str| Tags::from([(OWNER_TAG.to_owned(), value.to_owned())]);
        assert!(ours.holds("p/a", &tags("me")));
        assert!(!ours.holds("p/a", &tags("you")));
        assert!(!ours.holds("p/a", &Tags::new()));
        assert!(!ours.holds("q/a", &tags("me")));
    }
}
