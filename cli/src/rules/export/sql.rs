//! Filter patterns as WHERE clauses of Athena (Trino) SQL over the table of log files.
//!
//! The clause selects the records that the pattern matches, as far as the table preserves them: a typed
//! column does not distinguish an absent field from an explicit null, or `true` from `"true"`. A condition
//! that SQL cannot express is omitted, so that the clause selects more records, never fewer; a remark names
//! the condition. Numbers are compared as 64-bit floats.
//!
//! Only JSON patterns are translated, because the table does not hold the text of a record for terms to be
//! found in.

mod clause;
mod columns;
mod regex;
#[cfg(test)]
mod tests;

use filter_pattern::ast::{
    Ast, Comparison, Condition, Expression, Glob, NumberLiteral, Operand, State, Test,
};
use filter_pattern::{Pattern, Selector, Step};

use clause::Clause;
use columns::{COLUMNS, ColumnType, Field};

/// A pattern in SQL.
#[derive(Debug)]
pub(super) struct Translation {
    /// The condition, indented by two spaces, to follow a line that ends in `AND`.
    pub(super) clause: String,
    /// What the query finds in addition, or cannot distinguish.
    pub(super) remarks: Vec<String>,
}

/// Why a pattern has no query.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoQuery {
    #[error("only JSON patterns can be queried: the table does not hold the text of a record")]
    NotJson,
    #[error("the rest of the pattern would find every record: {}", remarks.join("; "))]
    Everything { remarks: Vec<String> },
}

/// Translates a pattern.
pub(super) fn translate(pattern: &Pattern) -> Result<Translation, NoQuery> {
    let Ast::Json(expression) = pattern.ast() else { return Err(NoQuery::NotJson) };
    let mut translator = Translator::default();
    let clause = translator.expression(expression);
    if clause == Clause::Always {
        return Err(NoQuery::Everything { remarks: translator.remarks });
    }
    Ok(Translation { clause: clause.lines(2), remarks: translator.remarks })
}

/// The names and Glue types of the table's columns.
pub(super) fn columns() -> impl Iterator<Item = (String, String)> {
    COLUMNS.iter().map(|column| (column.key.to_ascii_lowercase(), column.column_type.to_string()))
}

/// Text as an SQL literal.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Why a condition is omitted.
#[derive(Debug, thiserror::Error)]
enum Untranslatable {
    #[error("the table has no field `{key}`")]
    NoField { key: String },
    #[error("the fields of an object in the table have no common type")]
    AnyFieldOfStruct,
    #[error("a key with a quotation mark or a backslash cannot be written in a JSON path")]
    Key,
    #[error("Athena's regular expressions have no equivalent of a negated set inside a class")]
    Regex,
}

/// What a selector has led to: an SQL expression and its type.
#[derive(Clone)]
enum SqlValue {
    /// A column or a field of one.
    Typed { sql: String, column_type: &'static ColumnType },
    /// A value inside a JSON document.
    Json { document: String, path: String },
}

#[derive(Default)]
struct Translator {
    remarks: Vec<String>,
    /// The number of quantified variables around the current value.
    depth: usize,
}

impl Translator {
    fn expression(&mut self, expression: &Expression<Condition>) -> Clause {
        match expression {
            Expression::Condition(condition) => self.condition(condition),
            Expression::All(parts) => Clause::all(parts.iter().map(|part| self.expression(part)).collect()),
            Expression::Any(parts) => self.any(parts),
        }
    }

    /// Joins alternatives by OR, equalities of one text column as a list.
    fn any(&mut self, parts: &[Expression<Condition>]) -> Clause {
        let mut lists: Vec<(&Selector, Vec<String>)> = Vec::new();
        let mut clauses = Vec::new();
        for part in parts {
            match listable(part) {
                Some((selector, text)) => match lists.iter_mut().find(|(listed, _)| *listed == selector) {
                    Some((_, texts)) => texts.push(literal(text)),
                    None => lists.push((selector, vec![literal(text)])),
                },
                None => clauses.push(self.expression(part)),
            }
        }
        let lists = lists.into_iter().filter_map(|(selector, texts)| {
            let column = text_column(selector)?;
            Some(match texts.as_slice() {
                [only] => Clause::Test(format!("{column} = {only}")),
                _ => Clause::OneOf(column, texts),
            })
        });
        Clause::any(lists.chain(clauses).collect())
    }

    fn condition(&mut self, condition: &Condition) -> Clause {
        let row = SqlValue::Typed { sql: String::new(), column_type: &ColumnType::Struct(COLUMNS) };
        self.step(row, condition.selector.steps(), &condition.test).unwrap_or_else(|reason| {
            self.remark(format!("`{condition}` is omitted: {reason}"));
            Clause::Always
        })
    }

    fn remark(&mut self, remark: String) {
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }

    /// Follows the steps of a selector from a value, and tests what they lead to.
    fn step(&mut self, place: SqlValue, steps: &[Step], test: &Test) -> Result<Clause, Untranslatable> {
        let Some((step, steps)) = steps.split_first() else { return self.test(&place, test) };
        let place = match place {
            SqlValue::Typed { sql, column_type: ColumnType::Json } => {
                SqlValue::Json { document: sql, path: "$".to_owned() }
            }
            place @ (SqlValue::Typed { .. } | SqlValue::Json { .. }) => place,
        };
        let next = match (place, step) {
            (SqlValue::Json { document, path }, Step::Key(key)) => {
                SqlValue::Json { document, path: path + &path_step(key)? }
            }
            (SqlValue::Json { document, path }, Step::Index(index)) => {
                SqlValue::Json { document, path: format!("{path}[{index}]") }
            }
            (SqlValue::Json { document, path }, Step::AnyField | Step::AnyElement) => {
                let value = extract(&document, &path);
                let elements = format!(
                    "coalesce(try_cast({value} AS array(json)), map_values(try_cast({value} AS map(varchar, json))))"
                );
                let element = |document| SqlValue::Json { document, path: "$".to_owned() };
                return self.quantified(&elements, element, steps, test);
            }
            (SqlValue::Typed { sql, column_type }, step) => match typed_step(&sql, column_type, step)? {
                TypedStep::To(place) => place,
                TypedStep::Each(list, column_type) => {
                    return self.quantified(&list, |sql| SqlValue::Typed { sql, column_type }, steps, test);
                }
                // Nothing is selected, and only `NOT EXISTS` holds for nothing.
                TypedStep::Nowhere => {
                    return Ok(if *test == Test::NotExists { Clause::Always } else { Clause::Never });
                }
            },
        };
        self.step(next, steps, test)
    }

    /// A test that must hold for some element, or for every element if it is `NOT EXISTS`.
    fn quantified(
        &mut self,
        list: &str,
        element: impl FnOnce(String) -> SqlValue,
        steps: &[Step],
        test: &Test,
    ) -> Result<Clause, Untranslatable> {
        self.depth += 1;
        let variable = format!("v{}", self.depth);
        let inner = self.step(element(variable.clone()), steps, test);
        self.depth -= 1;
        let inner = inner?.inline();
        Ok(Clause::Test(match test {
            Test::NotExists => format!("coalesce(all_match({list}, {variable} -> {inner}), true)"),
            Test::Compare(_) | Test::Is(_) => format!("any_match({list}, {variable} -> {inner})"),
        }))
    }

    fn test(&mut self, place: &SqlValue, test: &Test) -> Result<Clause, Untranslatable> {
        match place {
            SqlValue::Typed { sql, column_type: ColumnType::Json } => json_test(sql, "$", test),
            SqlValue::Json { document, path } => json_test(document, path, test),
            SqlValue::Typed { sql, column_type: ColumnType::Text } => self.text_test(sql, test),
            SqlValue::Typed {
                sql,
                column_type: ColumnType::Struct(_) | ColumnType::List(_) | ColumnType::Map,
            } => match test {
                Test::Compare(_) | Test::Is(State::True | State::False) => Ok(Clause::Never),
                Test::Is(State::Null) | Test::NotExists => Ok(self.is_null(sql)),
            },
        }
    }

    fn is_null(&mut self, sql: &str) -> Clause {
        self.remark(format!("column `{sql}` does not distinguish an explicit null from an absent field"));
        Clause::Test(format!("{sql} IS NULL"))
    }

    /// A test of a text column.
    fn text_test(&mut self, sql: &str, test: &Test) -> Result<Clause, Untranslatable> {
        let boolean = match test {
            Test::Compare(comparison) => return text_comparison(sql, comparison),
            Test::Is(State::Null) | Test::NotExists => return Ok(self.is_null(sql)),
            Test::Is(State::True) => "true",
            Test::Is(State::False) => "false",
        };
        self.remark(format!("column `{sql}` does not distinguish a boolean from the text `true` or `false`"));
        Ok(Clause::Test(format!("{sql} = '{boolean}'")))
    }
}

/// The selector and text of an equality that can become an element of an IN list.
fn listable(part: &Expression<Condition>) -> Option<(&Selector, &str)> {
    let Expression::Condition(Condition { selector, test }) = part else { return None };
    let Test::Compare(Comparison::Equal(Operand::Text(glob))) = test else { return None };
    text_column(selector)?;
    (!glob.has_wildcard()).then_some((selector, glob.as_str()))
}

/// The SQL of a selector that leads to text through keys only.
fn text_column(selector: &Selector) -> Option<String> {
    let mut column_type = &ColumnType::Struct(COLUMNS);
    let mut sql = String::new();
    for step in selector.steps() {
        match typed_step(&sql, column_type, step) {
            Ok(TypedStep::To(SqlValue::Typed { sql: next, column_type: inner })) => {
                (sql, column_type) = (next, inner)
            }
            Ok(_) | Err(_) => return None,
        }
    }
    matches!(column_type, ColumnType::Text).then_some(sql)
}

/// What a step leads to from a typed value.
enum TypedStep {
    To(SqlValue),
    /// To every element of a list.
    Each(String, &'static ColumnType),
    Nowhere,
}

fn typed_step(sql: &str, column_type: &'static ColumnType, step: &Step) -> Result<TypedStep, Untranslatable> {
    let to = |sql, column_type| Ok(TypedStep::To(SqlValue::Typed { sql, column_type }));
    match (column_type, step) {
        (ColumnType::Struct(fields), Step::Key(key)) => match fields.iter().find(|field| field.key == key) {
            Some(Field { key, column_type }) => {
                let dot = if sql.is_empty() { "" } else { "." };
                to(format!("{sql}{dot}{}", key.to_ascii_lowercase()), column_type)
            }
            None => Err(Untranslatable::NoField { key: key.clone() }),
        },
        (ColumnType::Struct(_), Step::AnyField | Step::AnyElement) => Err(Untranslatable::AnyFieldOfStruct),
        (ColumnType::List(column_type), Step::Index(index)) => {
            to(format!("element_at({sql}, {})", u64::from(*index) + 1), column_type)
        }
        (ColumnType::List(column_type), Step::AnyField | Step::AnyElement) => {
            Ok(TypedStep::Each(sql.to_owned(), column_type))
        }
        (ColumnType::Map, Step::Key(key)) => {
            to(format!("element_at({sql}, {})", literal(key)), &ColumnType::Text)
        }
        (ColumnType::Map, Step::AnyField | Step::AnyElement) => {
            Ok(TypedStep::Each(format!("map_values({sql})"), &ColumnType::Text))
        }
        (ColumnType::Text | ColumnType::Json, _)
        | (ColumnType::Struct(_) | ColumnType::Map, Step::Index(_))
        | (ColumnType::List(_), Step::Key(_)) => Ok(TypedStep::Nowhere),
    }
}

fn path_step(key: &str) -> Result<String, Untranslatable> {
    let plain = key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && key.chars().all(|next| next.is_ascii_alphanumeric() || next == '_');
    match key {
        _ if plain => Ok(format!(".{key}")),
        _ if key.contains(['"', '\\']) => Err(Untranslatable::Key),
        _ => Ok(format!("[\"{key}\"]")),
    }
}

fn extract(document: &str, path: &str) -> String {
    format!("json_extract({document}, {})", literal(path))
}

/// A comparison with a text column. A number in the pattern is compared as text, as written. Texts have no
/// order.
fn text_comparison(sql: &str, comparison: &Comparison) -> Result<Clause, Untranslatable> {
    match comparison {
        Comparison::Equal(operand) => Ok(Clause::Test(equality(sql, operand, true)?)),
        Comparison::NotEqual(operand) => Ok(Clause::Test(equality(sql, operand, false)?)),
        Comparison::Order(..) => Ok(Clause::Never),
    }
}

/// `sql = operand` or its opposite, on text.
fn equality(sql: &str, operand: &Operand, equal: bool) -> Result<String, Untranslatable> {
    let not = if equal { "" } else { "NOT " };
    let sign = if equal { "=" } else { "<>" };
    Ok(match operand {
        Operand::Text(glob) if glob.has_wildcard() => format!("{sql} {not}LIKE {}", like(glob)),
        Operand::Text(glob) => format!("{sql} {sign} {}", literal(glob.as_str())),
        Operand::Number(number) => format!("{sql} {sign} {}", literal(number.as_str())),
        Operand::Regex(regex) => {
            let regex = regex::translate(regex.as_str()).ok_or(Untranslatable::Regex)?;
            format!("{not}regexp_like({sql}, {})", literal(&regex))
        }
    })
}

fn like(glob: &Glob) -> String {
    let text = glob.as_str();
    if !text.contains(['%', '_', '\\']) {
        return literal(&text.replace('*', "%"));
    }
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '*' => escaped.push('%'),
            '%' | '_' | '\\' => {
                escaped.push('\\');
                escaped.push(character);
            }
            _ => escaped.push(character),
        }
    }
    format!("{} ESCAPE '\\'", literal(&escaped))
}

/// A test of a value inside a JSON document, which has its own type.
fn json_test(document: &str, path: &str, test: &Test) -> Result<Clause, Untranslatable> {
    let value = extract(document, path);
    let written = format!("json_format({value})");
    Ok(match test {
        Test::NotExists => Clause::Test(format!("{value} IS NULL")),
        Test::Is(State::Null) => Clause::Test(format!("{written} = 'null'")),
        Test::Is(State::True) => Clause::Test(format!("{written} = 'true'")),
        Test::Is(State::False) => Clause::Test(format!("{written} = 'false'")),
        Test::Compare(Comparison::Order(operator, number)) => {
            Clause::Test(number_test(&written, operator.as_str(), number))
        }
        Test::Compare(comparison @ (Comparison::Equal(operand) | Comparison::NotEqual(operand))) => {
            let equal = matches!(comparison, Comparison::Equal(_));
            let scalar = format!("json_extract_scalar({document}, {})", literal(path));
            let text = Clause::Test(equality(&scalar, operand, equal)?);
            let mut parts = vec![text];
            if let Operand::Number(number) = operand {
                parts = vec![number_equality(parts, &written, number, equal)];
            }
            // Read as text, a boolean would look like a string.
            if ["true", "false"].iter().any(|boolean| satisfies(operand, boolean, equal)) {
                parts.push(Clause::Test(format!("{written} NOT IN ('true', 'false')")));
            }
            Clause::all(parts)
        }
    })
}

/// Numbers are compared by value, however they are written.
fn number_equality(mut parts: Vec<Clause>, written: &str, number: &NumberLiteral, equal: bool) -> Clause {
    if equal {
        parts.push(Clause::Test(number_test(written, "=", number)));
        return Clause::any(parts);
    }
    parts.push(Clause::Test(format!("coalesce({}, true)", number_test(written, "<>", number))));
    Clause::all(parts)
}

/// A comparison that only a number satisfies: a string is written in quotation marks, and is not a `double`.
fn number_test(written: &str, operator: &str, number: &NumberLiteral) -> String {
    format!("try_cast({written} AS double) {operator} CAST({} AS double)", literal(number.as_str()))
}

fn satisfies(operand: &Operand, text: &str, equal: bool) -> bool {
    let found = match operand {
        Operand::Text(glob) => glob.matches(text),
        Operand::Number(_) => false,
        Operand::Regex(regex) => regex.is_match(text),
    };
    found == equal
}
