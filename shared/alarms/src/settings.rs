//! What the rules leave open about their alarms: names, ownership, actions.

use std::fmt;

use crate::alarm::Tags;

/// The tag that makes an alarm ours.
pub const OWNER_TAG: &str = "trailbell:owner";
/// The tag with the id of the rule.
pub const RULE_TAG: &str = "trailbell:rule";
/// The tag with the severity of the rule.
pub const SEVERITY_TAG: &str = "trailbell:severity";

/// The longest prefix, in characters: a name of 255 also holds a rule id of up to 128 and a dimension's value.
const PREFIX_CHARACTERS: usize = 64;
/// The longest value of a tag, in characters (CloudWatch `Tag`).
const TAG_VALUE_CHARACTERS: usize = 256;

/// How alarms are made from rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Which alarms are ours.
    pub ownership: Ownership,
    /// ARNs of what is told that an alarm is in `ALARM`.
    pub alarm_actions: Vec<String>,
    /// ARNs of what is told that it is in `OK` again.
    pub ok_actions: Vec<String>,
    /// Whether each severity has a composite alarm over the alarms of its rules. It has the same actions as those, so
    /// that a subscription can filter by its name.
    pub severity_alarms: bool,
}

/// Which alarms are ours: those whose names begin with the prefix and whose tag names the owner.
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

/// What the names of all our alarms begin with, before a slash.
///
/// It holds no slash itself, so that of two prefixes none can begin the names of the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(String);

/// Why a text is no prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a prefix has 1 to {PREFIX_CHARACTERS} ASCII letters, digits, `-`, `_` and `.`")]
pub struct PrefixError;

impl Prefix {
    /// Takes a text as a prefix.
    ///
    /// # Errors
    ///
    /// [`PrefixError`] when it is empty, too long, or has another character.
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

    /// The name of an alarm.
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

/// Who the alarms belong to, such as the id of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner(String);

/// Why a text is no owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an owner has 1 to {TAG_VALUE_CHARACTERS} letters, digits, spaces and characters of `_.:/=+-@`")]
pub struct OwnerError;

impl Owner {
    /// Takes a text as an owner.
    ///
    /// # Errors
    ///
    /// [`OwnerError`] when it can't be the value of a tag.
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
