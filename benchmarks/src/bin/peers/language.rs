//! Filter patterns as conditions of other languages. Only what `patterns.txt` uses is translated.

use filter_pattern::ast::{Ast, Comparison, Condition, Expression, Operand, Test};
use filter_pattern::{Pattern, Selector, Step};

/// How a language writes conditions. `VALUE` stands for the selected value, and `TEXT` for a text in quotes.
pub(crate) struct Language {
    /// Writes the selected value.
    value: fn(&[&str]) -> String,
    /// Writes that there is no value.
    absent: fn(&[&str]) -> String,
    quoted: fn(&str) -> String,
    equal: &'static str,
    not_equal: &'static str,
    matches: &'static str,
    and: &'static str,
    or: &'static str,
    /// One for a condition that holds, and zero otherwise.
    as_number: &'static str,
}

pub(crate) const JQ: Language = Language {
    value: |keys| format!(".{}", keys.join(".")),
    absent: |keys| {
        with_last(keys, |rest, last| format!("((.{} // {{}}) | has(\"{last}\") | not)", rest.join(".")))
    },
    quoted: json,
    equal: "(VALUE == TEXT)",
    not_equal: "(VALUE != null and VALUE != TEXT)",
    matches: "(VALUE // \"\" | test(TEXT))",
    and: " and ",
    or: " or ",
    as_number: "(if CONDITION then 1 else 0 end)",
};

pub(crate) const PYTHON: Language = Language {
    value: call,
    absent: |keys| with_last(keys, |rest, last| format!("({} not in ({} or {{}}))", json(last), call(rest))),
    quoted: json,
    equal: "(VALUE == TEXT)",
    not_equal: "(VALUE not in (None, TEXT))",
    matches: "matches(VALUE, TEXT)",
    and: " and ",
    or: " or ",
    as_number: "(1 if CONDITION else 0)",
};

pub(crate) const POLARS: Language = Language {
    value: call,
    absent: |keys| format!("{}.is_null()", call(keys)),
    quoted: json,
    equal: "(VALUE == TEXT).fill_null(False)",
    not_equal: "(VALUE != TEXT).fill_null(False)",
    matches: "VALUE.str.contains(TEXT).fill_null(False)",
    and: " & ",
    or: " | ",
    as_number: "(CONDITION).cast(int)",
};

pub(crate) const DUCKDB: Language = Language {
    value: |keys| format!("(record->>'$.{}')", keys.join(".")),
    absent: |keys| format!("(NOT json_exists(record, '$.{}'))", keys.join(".")),
    quoted: |text| format!("'{}'", text.replace('\'', "''")),
    equal: "coalesce(VALUE = TEXT, false)",
    not_equal: "coalesce(VALUE <> TEXT, false)",
    matches: "coalesce(regexp_matches(VALUE, TEXT), false)",
    and: " AND ",
    or: " OR ",
    as_number: "(CONDITION)::INT",
};

impl Language {
    /// The number of patterns that match a record.
    pub(crate) fn sum(&self, patterns: &[Pattern]) -> String {
        let conditions = patterns.iter().filter_map(|pattern| match pattern.ast() {
            Ast::Json(conditions) => Some(self.expression(conditions)),
            Ast::Terms(_) | Ast::SpaceDelimited(_) => None,
        });
        conditions.map(|text| self.as_number.replace("CONDITION", &text)).collect::<Vec<_>>().join(" + ")
    }

    fn expression(&self, expression: &Expression<Condition>) -> String {
        let joined = |parts: &[Expression<Condition>], word: &str| {
            let parts: Vec<String> = parts.iter().map(|part| self.expression(part)).collect();
            format!("({})", parts.join(word))
        };
        match expression {
            Expression::Condition(condition) => self.condition(condition),
            Expression::All(parts) => joined(parts, self.and),
            Expression::Any(parts) => joined(parts, self.or),
        }
    }

    fn condition(&self, Condition { selector, test }: &Condition) -> String {
        let keys = keys(selector);
        let filled = |form: &str, text: &str| {
            form.replace("TEXT", &(self.quoted)(text)).replace("VALUE", &(self.value)(&keys))
        };
        match test {
            Test::NotExists => (self.absent)(&keys),
            Test::Compare(Comparison::Equal(Operand::Text(glob))) if glob.has_wildcard() => {
                filled(self.matches, &as_regex(glob.as_str()))
            }
            Test::Compare(Comparison::Equal(Operand::Text(glob))) => filled(self.equal, glob.as_str()),
            Test::Compare(Comparison::NotEqual(Operand::Text(glob))) => filled(self.not_equal, glob.as_str()),
            Test::Compare(Comparison::Equal(Operand::Regex(regex))) => filled(self.matches, regex.as_str()),
            Test::Compare(_) | Test::Is(_) => untranslated(),
        }
    }
}

/// Makes every program fail, so that a pattern that cannot be translated is noticed.
fn untranslated() -> String {
    "a condition that has no translation".to_owned()
}

fn keys(selector: &Selector) -> Vec<&str> {
    fn key(step: &Step) -> Option<&str> {
        match step {
            Step::Key(key) => Some(key),
            Step::Index(_) | Step::AnyField | Step::AnyElement => None,
        }
    }
    selector.steps().iter().filter_map(key).collect()
}

fn with_last(keys: &[&str], form: impl Fn(&[&str], &str) -> String) -> String {
    keys.split_last().map(|(last, rest)| form(rest, last)).unwrap_or_default()
}

fn call(keys: &[&str]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| json(key)).collect();
    format!("value({})", keys.join(", "))
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A text with stars as a regular expression.
fn as_regex(glob: &str) -> String {
    let escaped = |part: &str| part.replace('.', "\\.");
    format!("^{}$", glob.split('*').map(escaped).collect::<Vec<_>>().join(".*"))
}
