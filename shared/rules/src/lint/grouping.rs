//! `&&` and `||` side by side without parentheses.
//!
//! `a || b && c` is `a || (b && c)`. Published texts of CIS 4.1 are written so, and read as if the exclusion applied to both
//! alternatives. The syntax tree has no parentheses any more, so this looks at the text; it knows what can hold an operator
//! that is none: quoted text, keys in brackets, and regular expressions.

use super::{LintCode, Report};

/// Which operators have been seen between a pair of parentheses.
#[derive(Clone, Copy, Default)]
struct Level {
    has_and: bool,
    has_or: bool,
}

pub(super) fn check(text: &str, report: &mut Report<'_, '_>) {
    if mixes_operators(text) {
        report.add(
            LintCode::Ungrouped,
            String::new(),
            "`&&` and `||` stand side by side, and `&&` binds tighter",
            format!(
                "put parentheses round what belongs together; as it is written it means `{}`",
                report.rule.pattern
            ),
        );
    }
}

/// Whether `&&` and `||` stand at the same level of parentheses. The text is that of a valid JSON pattern.
fn mixes_operators(text: &str) -> bool {
    let mut levels = vec![Level::default()];
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' | '\'' | '%' => {
                while let Some(inside) = characters.next() {
                    // A backslash keeps a quote from being the end; an expression has no `%` and a key no escapes.
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
