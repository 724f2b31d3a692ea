//! Splits filter patterns to fit the quotas of metric filters.
//!
//! A pattern over quota is split at its `||` into several patterns that together count the same records. That
//! is possible only if no record can satisfy two alternatives, because two filters would count it twice: each
//! alternative must compare the same selector with a different text. Any other pattern over quota is an
//! error.

use filter_pattern::ast::{Ast, Comparison, Condition, Expression, Operand, Test};
use filter_pattern::{Pattern, QuotaViolation, Selector};

/// Why a pattern does not fit in metric filters.
#[derive(Debug, thiserror::Error)]
pub(super) enum OverQuota {
    #[error(
        "{violation}; it cannot be split, because a record that satisfies two alternatives would be counted twice"
    )]
    NotExclusive { violation: QuotaViolation },
    #[error("{violation}; a single alternative exceeds the quota")]
    Alternative { violation: QuotaViolation },
}

/// Filter patterns that together count the same records as `pattern`; the text of `pattern` itself if it is
/// within the quotas.
pub(super) fn within_quota(pattern: &Pattern) -> Result<Vec<String>, OverQuota> {
    let Some(violation) = pattern.quota_violations().first() else {
        return Ok(vec![pattern.text().trim().to_owned()]);
    };
    let split = match pattern.ast() {
        Ast::Json(expression) => split(expression),
        Ast::Terms(_) | Ast::SpaceDelimited(_) => None,
    };
    let Some(Split { guards, alternatives }) = split else {
        return Err(OverQuota::NotExclusive { violation: violation.clone() });
    };
    let mut texts = Vec::new();
    let mut taken: Vec<Expression<Condition>> = Vec::new();
    for alternative in alternatives {
        taken.push(alternative.clone());
        if fits(&text(&guards, &taken)) {
            continue;
        }
        taken.pop();
        if taken.is_empty() || !fits(&text(&guards, std::slice::from_ref(&alternative))) {
            return Err(OverQuota::Alternative { violation: violation.clone() });
        }
        texts.push(text(&guards, &taken));
        taken = vec![alternative];
    }
    texts.push(text(&guards, &taken));
    Ok(texts)
}

fn fits(text: &str) -> bool {
    Pattern::parse_strict(text).is_ok()
}

/// A pattern as conditions that every record must satisfy, and alternatives of which a record satisfies one
/// at most.
struct Split {
    guards: Vec<Expression<Condition>>,
    alternatives: Vec<Expression<Condition>>,
}

fn split(expression: &Expression<Condition>) -> Option<Split> {
    match expression {
        Expression::Condition(_) => None,
        Expression::Any(parts) => {
            are_exclusive(parts).then(|| Split { guards: Vec::new(), alternatives: parts.clone() })
        }
        Expression::All(parts) => {
            let mut guards = parts.clone();
            let place = parts.iter().position(
                |part| matches!(part, Expression::Any(alternatives) if are_exclusive(alternatives)),
            )?;
            match guards.remove(place) {
                Expression::Any(alternatives) => Some(Split { guards, alternatives }),
                Expression::Condition(_) | Expression::All(_) => None,
            }
        }
    }
}

/// Whether each alternative compares the same selector with a text of its own.
fn are_exclusive(alternatives: &[Expression<Condition>]) -> bool {
    let Some((first, _)) = alternatives.first().and_then(equality) else { return false };
    let mut texts = std::collections::BTreeSet::new();
    alternatives.iter().all(|alternative| {
        equality(alternative).is_some_and(|(selector, text)| selector == first && texts.insert(text))
    })
}

/// The selector and text of `$.selector = text`, if the selector selects at most one value and the text has
/// no wildcard.
fn equality(expression: &Expression<Condition>) -> Option<(&Selector, &str)> {
    let Expression::Condition(Condition { selector, test }) = expression else { return None };
    let Test::Compare(Comparison::Equal(Operand::Text(glob))) = test else { return None };
    (selector.wildcards() == 0 && !glob.has_wildcard()).then_some((selector, glob.as_str()))
}

fn text(guards: &[Expression<Condition>], alternatives: &[Expression<Condition>]) -> String {
    let alternatives = match alternatives {
        [only] => only.clone(),
        _ => Expression::Any(alternatives.to_vec()),
    };
    let expression = match guards {
        [] => alternatives,
        _ => Expression::All(guards.iter().cloned().chain([alternatives]).collect()),
    };
    Ast::Json(expression).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pattern_analysis::PatternAnalysis;
    use serde_json::json;

    fn names(count: usize) -> String {
        let names: Vec<_> = (0..count).map(|index| format!("$.eventName = Name{index}")).collect();
        names.join(" || ")
    }

    #[test]
    fn a_pattern_within_the_quotas_stays_as_it_is_written() {
        for text in ["{ ($.a = b)||($.a=c) }", "ERROR -timeout", ""] {
            assert_eq!(within_quota(&Pattern::parse(text).unwrap()).unwrap(), [text]);
        }
    }

    #[test]
    fn exclusive_alternatives_are_split() {
        for text in [
            format!("{{ {} }}", names(100)),
            format!("{{ $.eventSource = ec2.amazonaws.com && ({}) && $.errorCode NOT EXISTS }}", names(100)),
        ] {
            let pattern = Pattern::parse(&text).unwrap();
            let parts: Vec<Pattern> = within_quota(&pattern)
                .unwrap()
                .iter()
                .map(|part| Pattern::parse_strict(part).unwrap())
                .collect();
            assert!(parts.len() > 2);
            for index in 0..101 {
                for source in ["ec2.amazonaws.com", "iam.amazonaws.com"] {
                    let record = json!({ "eventName": format!("Name{index}"), "eventSource": source });
                    let count = parts.iter().filter(|part| part.matches_record(&record)).count();
                    assert_eq!(count, usize::from(pattern.matches_record(&record)), "{record}");
                }
            }
        }
    }

    #[test]
    fn the_parts_of_a_split_are_proven_to_match_the_same_records_and_none_twice() {
        let text = format!("{{ $.eventSource = ec2.amazonaws.com && ({}) }}", names(100));
        let whole = Pattern::parse(&text).unwrap();
        let mut analysis = PatternAnalysis::new();
        let parts: Vec<_> = within_quota(&whole)
            .unwrap()
            .iter()
            .map(|part| analysis.add(&Pattern::parse(part).unwrap()).unwrap())
            .collect();
        assert!(parts.len() > 1);
        let (whole, together) = (analysis.add(&whole).unwrap(), analysis.add_any(&parts));
        assert!(analysis.equivalent(whole, together).is_proven());
        for (index, part) in parts.iter().enumerate() {
            for other in &parts[index + 1..] {
                assert!(analysis.disjoint(*part, *other).is_proven());
            }
        }
    }

    #[test]
    fn what_would_count_a_record_twice_is_refused() {
        let long = "x".repeat(500);
        for text in [
            format!("{{ {} || $.errorCode = AccessDenied }}", names(100)),
            format!("{{ {} || $.eventName = \"Name*\" }}", names(100)),
            format!("{{ {} || $.eventName = Name1 }}", names(100)),
            format!("{{ {} }}", names(100).replace("eventName", "names[*]")),
            format!("{{ {} }}", names(100).replace("||", "&&")),
            format!("{long} {long} {long}"),
            "{ $.a = %a% || $.a = %b% || $.a = %c% }".to_owned(),
        ] {
            let error = within_quota(&Pattern::parse(&text).unwrap()).unwrap_err();
            assert!(error.to_string().contains("CloudWatch Logs accepts at most"), "{error}");
            assert!(matches!(error, OverQuota::NotExclusive { .. }), "{text}");
        }
    }

    #[test]
    fn an_alternative_that_is_too_long_itself_is_refused() {
        let text = format!("{{ $.a = b || $.a = {} }}", "x".repeat(1_100));
        let error = within_quota(&Pattern::parse(&text).unwrap()).unwrap_err();
        assert!(matches!(error, OverQuota::Alternative { .. }), "{error}");
    }
}
