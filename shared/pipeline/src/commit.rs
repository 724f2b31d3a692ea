//! From the findings of a file to what it contributes: duplicates are taken out, datapoints and groups are merged.

use std::collections::BTreeMap;

use cloudtrail::S3Object;
use rules::{Rule, TimestampSource};

use crate::alert::Group;
use crate::datapoint::{Samples, Series, SeriesKey, minute};
use crate::evaluate::{DeliveryTime, FileFindings, Finding, GroupKey, MatchedRecord, Stamp, position};
use crate::outcome::RuleCounts;
use crate::telemetry::DroppedDatapoints;
use crate::treatment::{MetricTreatment, Treatment};

/// What one file adds to the batch.
#[derive(Debug, Default)]
pub(crate) struct Contribution {
    /// Datapoints by namespace.
    pub(crate) series: BTreeMap<String, Series>,
    /// Findings by group.
    pub(crate) groups: BTreeMap<GroupKey, Group>,
    /// Per rule.
    pub(crate) rules: Vec<RuleCounts>,
    /// Datapoints that are left out.
    pub(crate) dropped: DroppedDatapoints,
}

/// The timestamps that may be published, in Unix seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) earliest: i64,
    pub(crate) latest: i64,
}

impl Window {
    pub(crate) fn around(now: i64, accepted: Option<(i64, i64)>) -> Self {
        match accepted {
            Some((before, after)) => Self { earliest: minute(now - before), latest: now + after },
            None => Self { earliest: i64::MIN, latest: i64::MAX },
        }
    }
}

impl Contribution {
    /// Merges the findings of one file. `counted` tells for each finding whether it is new.
    pub(crate) fn of(
        file: &S3Object,
        findings: &FileFindings,
        counted: &[bool],
        rules: &[Rule],
        stamp: Stamp,
        window: Window,
    ) -> Self {
        let mut contribution = Self {
            rules: findings.matches.iter().map(|&matches| RuleCounts { matches, counted: 0 }).collect(),
            dropped: DroppedDatapoints { without_value: findings.without_value, ..Default::default() },
            ..Self::default()
        };
        let mut counted = counted.iter();
        for (record, own) in findings.by_record() {
            for (finding, _) in own.iter().zip(&mut counted).filter(|(_, counted)| **counted) {
                contribution.add_finding(file, record, finding, findings, window);
            }
        }
        contribution.add_defaults(findings, rules, stamp, window);
        contribution
    }

    /// Leaves out what is not wanted of the file.
    pub(crate) fn treated(mut self, treatment: Treatment) -> Self {
        if treatment.metrics == MetricTreatment::Off {
            let series = std::mem::take(&mut self.series);
            let samples = series.values().flat_map(|series| series.values());
            self.dropped.switched_off += samples.map(Samples::count).sum::<u64>();
        }
        if !treatment.alerts {
            self.groups.clear();
        }
        self
    }

    fn add_finding(
        &mut self,
        file: &S3Object,
        record: &MatchedRecord,
        finding: &Finding,
        findings: &FileFindings,
        window: Window,
    ) {
        if let Some(counts) = self.rules.get_mut(position(finding.rule)) {
            counts.counted += 1;
        }
        if let Some(key) = finding.series.and_then(|series| findings.series.get(position(series))) {
            self.add_value(key, finding.value, 1, window);
        }
        if let Some(key) = finding.group.and_then(|group| findings.groups.get(position(group))) {
            let group = self.groups.entry(key.clone()).or_default();
            group.add(record.event_time, record.summary.as_deref(), file);
        }
    }

    fn add_value(&mut self, key: &SeriesKey, value: f64, count: u64, window: Window) {
        if key.timestamp < window.earliest {
            self.dropped.too_old += count;
        } else if key.timestamp > window.latest {
            self.dropped.too_new += count;
        } else {
            let series = self.series.entry(key.namespace.clone()).or_default();
            series.entry(key.clone()).or_default().add(value, count);
        }
    }

    /// A rule with a `defaultValue` adds it once for every evaluated record that does not match.
    fn add_defaults(&mut self, findings: &FileFindings, rules: &[Rule], stamp: Stamp, window: Window) {
        let matched_time = findings.matched.iter().find_map(|record| record.event_time);
        for (rule, matches) in rules.iter().zip(&findings.matches) {
            let Some(value) = rule.metric.default_value else { continue };
            let count = findings.records.evaluated.saturating_sub(*matches);
            if count == 0 {
                continue;
            }
            let delivered = match (stamp.delivery, rule.metric.timestamp) {
                (DeliveryTime::Present, TimestampSource::Delivery) => stamp.now,
                // Records that do not match are not read any further, so the file's time stands for theirs.
                (DeliveryTime::Present, TimestampSource::Event) | (DeliveryTime::LogFile, _) => {
                    stamp.delivered.or(matched_time).unwrap_or(stamp.now)
                }
            };
            let key = SeriesKey {
                namespace: rule.metric.namespace.clone(),
                name: rule.metric.name.clone(),
                dimensions: Vec::new(),
                timestamp: minute(delivered),
                unit: rule.metric.unit,
                by_event: false,
            };
            self.add_value(&key, value, count, window);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sink_without_a_window_takes_every_time() {
        let window = Window::around(1_000_000, None);
        assert_eq!((window.earliest, window.latest), (i64::MIN, i64::MAX));
        let window = Window::around(1_000_030, Some((100, 50)));
        assert_eq!((window.earliest, window.latest), (999_900, 1_000_080));
    }
}
