//! `&&` and `||` mixed without parentheses.
//!
//! `a || b && c` means `a || (b && c)`. Published versions of CIS control 4.1 contain such patterns, which read as if
//! the exclusion applied to both alternatives. The syntax tree has no parentheses, so this check scans the text. It
//! skips the places where `&&` and `||` are not operators: quoted text, keys in brackets, and regular expressions.

use super::rule_lints::RuleLints;
use crate::LintCode;

/// The operators found between a pair of parentheses.
#[derive(Clone, Copy, Default)]
struct Level {
    has_and: bool,
    has_or: bool,
}

pub(super) fn check(text: &str, lints: &mut RuleLints<'_, '_>) {
    if mixes_operators(text) {
        lints.add(
            LintCode::Ungrouped,
            String::new(),
            "`&&` and `||` are mixed without parentheses, and `&&` binds more tightly",
            format!(
                "add parentheses to show the grouping; as written, the pattern means `{}`",
                lints.rule.pattern
            ),
        );
    }
}

/// Whether `&&` and `||` occur at the same level of parentheses. The text must be a valid JSON pattern.
fn mixes_operators(text: &str) -> bool {
    let mut levels = vec![Level::default()];
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' | '\'' | '%' => {
                while let Some(inside) = characters.next() {
                    // A backslash escapes a quote. A regular expression contains no `%`, and a key has no escapes.
                    if inside == '\\' && c == '"' {
                        characters.next();
                    } else if inside == c {
                        break;
                    }
                }
            }
            '(' => levels.push(Level::default()),
            ')' => drop(levels.pop()),
            '&' | '|' if characters.peek() == Some(&c) => {
                characters.next();
                let Some(level) = levels.last_mut() else { return false };
                level.has_and |= c == '&';
                level.has_or |= c == '|';
                if level.has_and && level.has_or {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::mixes_operators;

    #[test]
    fn only_operators_of_one_level_count() {
        for (text, expected) in [
            ("{ $.a = 1 }", false),
            ("{ $.a = 1 && $.b = 2 && $.c = 3 }", false),
            ("{ $.a = 1 || $.b = 2 && $.c = 3 }", true),
            ("{ $.a = 1 && $.b = 2 || $.c = 3 }", true),
            ("{ ($.a = 1 || $.b = 2) && $.c = 3 }", false),
            ("{ $.a = 1 || ($.b = 2 && $.c = 3) }", false),
            ("{ (($.a = 1) || ($.b = 2) && ($.c = 3)) }", true),
            ("{($.a=1)||($.b=2)&&($.c!=3)}", true),
            (r#"{ $.a = "x || y" && $.b = 2 }"#, false),
            (r#"{ $.a = "\" ||" && $.b = "\\" || $.c = 1 }"#, true),
            (r"{ $.a = %x||y\x28% && $.b = 2 }", false),
            ("{ $.['a || (b'] = 1 && $.b = 2 }", false),
            (r#"{ $.["a || 'b"] = 1 && $.b = 2 }"#, false),
        ] {
            filter_pattern::Pattern::parse(text).unwrap();
            assert_eq!(mixes_operators(text), expected, "{text}");
        }
    }
}
