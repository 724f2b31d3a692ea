//! The callers behind most of the noise, with what would be left without each of them and the pattern to paste.
//!
//! A pattern without a caller keeps every record that lacks the field: `!=` is false on a missing field. The text of the
//! pattern comes from a record, so it is checked by parsing it.

use alarm_simulation::Sample;
use filter_pattern::Pattern;
use rules::{MetricValue, Rule};

use super::analysis::{Runs, minutes_of};
use super::callers::Caller;
use super::record::{Recorder, Window};
use super::report::Noise;
use super::rings::AlarmRun;
use super::side::Side;
use super::watched::{Watched, WatchedAlarm, range_of};

/// Callers that are listed.
const LISTED: usize = 20;
/// Callers of one rule that are listed.
const LISTED_OF_RULE: usize = 3;
/// A caller with fewer matches makes no noise.
const LEAST_MATCHES: u64 = 3;
/// A caller with a smaller share of a rule's matches, in percent, is not worth an exclusion.
const LEAST_SHARE: u64 = 10;

/// The noise of the new rules.
///
/// # Errors
///
/// If an alarm cannot be simulated.
pub(super) fn noise(
    recorder: &Recorder<'_>,
    watched: &Watched,
    runs: &Runs,
    range: Option<u32>,
    window: Window,
) -> anyhow::Result<Vec<Noise>> {
    let mut noise = Vec::new();
    for (index, (rule, record)) in recorder.sets.of(Side::New).iter().zip(&recorder.rules).enumerate() {
        let matches: u64 = minutes_of(record).iter().map(|minute| minute.matches).sum();
        let alarms: Vec<(&WatchedAlarm, &AlarmRun)> =
            watched.alarms.iter().zip(runs).filter(|(alarm, _)| alarm.rule == index).collect();
        let rings = alarms.iter().map(|(_, run)| run.rings).sum();
        for caller in record.callers.by_matches().into_iter().take(LISTED_OF_RULE) {
            if caller.matches < LEAST_MATCHES || caller.matches * 100 < matches * LEAST_SHARE {
                continue;
            }
            let rings_without = rings_without(recorder, (rule, &alarms), caller, range, window)?;
            let (pattern, refused) = match exclusion(rule, caller) {
                Ok(pattern) => (Some(pattern), None),
                Err(reason) => (None, Some(reason)),
            };
            noise.push(Noise {
                rule: rule.id.clone(),
                severity: rule.severity,
                caller: caller.words.to_string(),
                matches: caller.matches,
                matches_of_rule: matches,
                rings,
                rings_without,
                pattern,
                refused,
            });
        }
    }
    let gone = |noise: &Noise| noise.rings_without.map_or(0, |without| noise.rings.saturating_sub(without));
    noise.sort_by(|a, b| (gone(b), b.matches).cmp(&(gone(a), a.matches)).then_with(|| a.rule.cmp(&b.rule)));
    noise.truncate(LISTED);
    Ok(noise)
}

/// The rings of a rule without the matches of a caller.
fn rings_without(
    recorder: &Recorder<'_>,
    (rule, alarms): (&Rule, &[(&WatchedAlarm, &AlarmRun)]),
    caller: &Caller,
    range: Option<u32>,
    window: Window,
) -> anyhow::Result<Option<u64>> {
    let MetricValue::Constant(value) = rule.metric.value else { return Ok(None) };
    if !rule.metric.dimensions.is_empty() || alarms.is_empty() {
        return Ok(None);
    }
    let mut rings = 0;
    for (alarm, _) in alarms {
        let samples = without(recorder.samples(Side::New, &alarm.metric), caller, value);
        let range = range_of(&alarm.definition, range);
        rings += AlarmRun::of(&alarm.definition, range, samples, window)?.rings;
    }
    Ok(Some(rings))
}

/// The samples without those of a caller.
fn without(mut samples: Vec<Sample>, caller: &Caller, value: f64) -> Vec<Sample> {
    samples.sort_by_key(|sample| (sample.visible, sample.at));
    for cell in caller.cells.as_slice() {
        let key = (cell.visible, cell.at);
        let from = samples.partition_point(|sample| (sample.visible, sample.at) < key);
        let mut left = cell.matches;
        let same = samples.iter_mut().skip(from).take_while(|sample| (sample.visible, sample.at) == key);
        for sample in same.filter(|sample| sample.value == value) {
            let gone = sample.count.min(left);
            sample.count -= gone;
            left -= gone;
        }
    }
    samples
}

/// The rule's pattern without the matches of a caller, or why there is none.
fn exclusion(rule: &Rule, caller: &Caller) -> Result<String, &'static str> {
    if caller.key.starts_with("root:") {
        return Err("the root user is never excluded");
    }
    let Some((selector, value)) = field_of(&caller.key) else {
        return Err("no single field names this caller");
    };
    let inner = rule.pattern.text().trim().strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    let Some(inner) = inner else { return Err("the pattern is not a pattern on fields") };
    let term = format!("(({selector} NOT EXISTS) || ({selector} != \"{value}\"))");
    let pattern = format!("{{ ({}) && {term} }}", inner.trim());
    match Pattern::parse(&pattern) {
        Ok(_) => Ok(pattern),
        Err(_) => Err("the pattern would be too long or too complex"),
    }
}

/// The selector and the value that name a caller, from the key that distinguishes callers.
fn field_of(key: &str) -> Option<(&'static str, &str)> {
    let is_plain = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/+=,.@_-".contains(&byte))
    };
    let field = if let Some(service) = key.strip_prefix("service:") {
        ("$.userIdentity.invokedBy", service)
    } else if key.starts_with("arn:") && key.contains(":iam::") && key.contains(":role/") {
        ("$.userIdentity.sessionContext.sessionIssuer.arn", key)
    } else if key.starts_with("arn:")
        && [":user/", ":assumed-role/", ":federated-user/"].iter().any(|part| key.contains(part))
    {
        ("$.userIdentity.arn", key)
    } else {
        return None;
    };
    is_plain(field.1).then_some(field)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::backtest::callers::CallerCell;
    use crate::backtest::notes::Told;
    use crate::backtest::record::RuleRecord;

    fn rule(pattern: &str) -> Rule {
        let text = format!(
            "version: 1\nrules:\n  - id: a\n    filterPattern: '{pattern}'\n    metricTransformation: {{ metricName: A }}\n"
        );
        rules::RuleSet::parse("rules.yaml", &text).unwrap().0.rules()[0].clone()
    }

    fn record_of(key: &str) -> RuleRecord {
        let mut record = RuleRecord::default();
        let told = Told { caller: Some(key.into()), ..Told::default() };
        record.callers.count(&told, Some(CallerCell { at: 0, visible: 60, matches: 1 }));
        record
    }

    fn exclusion_of(pattern: &str, key: &str) -> Result<String, &'static str> {
        let record = record_of(key);
        exclusion(&rule(pattern), record.callers.by_matches()[0])
    }

    #[test]
    fn an_exclusion_drops_the_caller_and_keeps_records_without_the_field() {
        let key = "arn:aws:iam::111122223333:role/ci";
        let text = exclusion_of("{ $.a = 1 || $.b = 2 }", key).unwrap();
        let pattern = Pattern::parse(&text).unwrap();
        let of = |arn: &str| json!({ "a": 1, "userIdentity": { "sessionContext": { "sessionIssuer": { "arn": arn } } } });
        let matches = |record: serde_json::Value| pattern.matches_record(&record);
        assert!(!matches(of(key)), "{text}");
        assert!(matches(of("arn:aws:iam::111122223333:role/other")), "{text}");
        assert!(matches(json!({ "b": 2 })), "{text}");
    }

    #[test]
    fn an_exclusion_that_would_be_wrong_is_refused() {
        for key in [
            "root:111122223333",
            "id:AIDAEXAMPLE",
            "service:x\" || $.a = \"",
            "arn:aws:iam::111122223333:user/*",
        ] {
            assert!(exclusion_of("{ $.a = 1 }", key).is_err(), "{key}");
        }
        assert!(exclusion_of("ERROR", "service:config.amazonaws.com").is_err());
        assert!(exclusion_of("{ $.a = 1 }", "service:config.amazonaws.com").is_ok());
    }

    #[test]
    fn the_samples_of_a_caller_go_and_the_others_stay() {
        let sample = |at: i64, value: f64, count: u64| Sample { at, visible: at + 60, value, count };
        let mut record = record_of("service:x");
        let told = Told { caller: Some("service:x".into()), ..Told::default() };
        record.callers.count(&told, Some(CallerCell { at: 60, visible: 120, matches: 2 }));
        let caller = record.callers.by_matches()[0].clone();
        let left = without(vec![sample(60, 1.0, 5), sample(0, 1.0, 1), sample(60, 0.0, 9)], &caller, 1.0);
        let counts: Vec<_> = left.iter().map(|sample| (sample.at, sample.value, sample.count)).collect();
        assert_eq!(counts, [(0, 1.0, 0), (60, 1.0, 3), (60, 0.0, 9)]);
    }
}
