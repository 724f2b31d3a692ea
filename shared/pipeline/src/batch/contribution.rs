//! From the findings of a file to its contribution: duplicates are removed, and datapoints and groups are merged.
//!
//! Nothing is published here.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use activity::OutcomeState;
use cloudtrail::S3Object;
use foldhash::quality::RandomState;
use rules::{Rule, TimestampSource};

use crate::alert::{Group, address};
use crate::counts::{DroppedDatapoints, RuleCounts};
use crate::datapoint::{Samples, Series, SeriesKey, minute};
use crate::findings::{DeliveryTime, FileFindings, GroupKey, Stamp, position};
use crate::publish_options::{MetricOptions, PublishOptions};

/// What one file adds to the batch.
#[derive(Debug, Default)]
pub(super) struct Contribution {
    /// The datapoints, by namespace.
    pub(super) series: BTreeMap<String, Series>,
    /// The findings, by group.
    pub(super) groups: BTreeMap<GroupKey, Group>,
    /// The matches of each rule.
    pub(super) rules: Vec<RuleCounts>,
    /// The samples that are not published.
    pub(super) dropped: DroppedDatapoints,
}

/// The timestamps that the sink accepts, in Unix seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct AcceptedTimestamps {
    pub(super) earliest: i64,
    pub(super) latest: i64,
}

impl AcceptedTimestamps {
    pub(super) fn around(now: i64, accepted: Option<(i64, i64)>) -> Self {
        match accepted {
            Some((before, after)) => Self { earliest: minute(now - before), latest: now + after },
            None => Self { earliest: i64::MIN, latest: i64::MAX },
        }
    }
}

impl Contribution {
    /// Merges the findings of one file. `counted` says for each finding whether it is new.
    pub(super) fn of(
        file: &S3Object,
        findings: &FileFindings,
        counted: &[bool],
        rules: &[Rule],
        stamp: Stamp,
        accepted: AcceptedTimestamps,
    ) -> Self {
        let mut contribution = Self {
            rules: findings.matches.iter().map(|&matches| RuleCounts { matches, counted: 0 }).collect(),
            dropped: DroppedDatapoints {
                without_value: findings.without_value,
                without_time: findings.without_time,
                ..Default::default()
            },
            ..Self::default()
        };
        let Totals { series, groups } = Totals::of(file, findings, counted, rules, &mut contribution.rules);
        for (key, samples) in findings.series.iter().zip(series) {
            contribution.add_samples(key, samples, accepted);
        }
        let groups = findings.groups.iter().zip(groups).filter(|(_, group)| group.count > 0);
        contribution.groups = groups.map(|(key, group)| (key.clone(), group)).collect();
        contribution.add_defaults(findings, rules, stamp, accepted);
        contribution
    }

    /// Removes what the options of the file switch off.
    pub(super) fn limited_to(mut self, options: PublishOptions) -> Self {
        if options.metrics == MetricOptions::Off {
            let series = std::mem::take(&mut self.series);
            let samples = series.values().flat_map(|series| series.values());
            self.dropped.switched_off += samples.map(Samples::count).sum::<u64>();
        }
        if !options.alerts {
            self.groups.clear();
        }
        self
    }

    /// Adds the samples of a series, of which there may be none.
    fn add_samples(&mut self, key: &SeriesKey, samples: Samples, accepted: AcceptedTimestamps) {
        let count = samples.count();
        if key.timestamp < accepted.earliest {
            self.dropped.too_old += count;
        } else if key.timestamp > accepted.latest {
            self.dropped.too_new += count;
        } else if count > 0 {
            let series = self.series.entry(key.namespace.clone()).or_default();
            series.entry(key.clone()).or_default().absorb(samples);
        }
    }

    /// A rule with a `defaultValue` adds that value once for every evaluated record that does not match.
    fn add_defaults(
        &mut self,
        findings: &FileFindings,
        rules: &[Rule],
        stamp: Stamp,
        accepted: AcceptedTimestamps,
    ) {
        let matched_time = findings.matched.iter().find_map(|record| record.event_time);
        for (rule, matches) in rules.iter().zip(&findings.matches) {
            let Some(value) = rule.metric.default_value else { continue };
            let count = findings.records.evaluated.saturating_sub(*matches);
            if count == 0 {
                continue;
            }
            let delivered = match (stamp.delivery, rule.metric.timestamp) {
                (DeliveryTime::Present, TimestampSource::Delivery) => Some(stamp.now),
                // Records that do not match are not parsed, so the file's time stands in for theirs.
                (DeliveryTime::Present, TimestampSource::Event) => {
                    stamp.delivered.or(matched_time).or(Some(stamp.now))
                }
                (DeliveryTime::LogFile, _) => stamp.delivered.or(matched_time),
            };
            let Some(delivered) = delivered else {
                self.dropped.without_time += count;
                continue;
            };
            let key = SeriesKey {
                namespace: rule.metric.namespace.clone(),
                name: rule.metric.name.clone(),
                dimensions: Vec::new(),
                timestamp: minute(delivered),
                unit: rule.metric.unit,
                by_event: false,
            };
            let mut samples = Samples::default();
            samples.add(value, count);
            self.add_samples(&key, samples, accepted);
        }
    }
}

/// What the counted findings of a file add up to, by the indices of the file.
struct Totals {
    series: Vec<Samples>,
    groups: Vec<Group>,
}

impl Totals {
    /// Adds up the findings that are new, and counts them for their rules.
    fn of(
        file: &S3Object,
        findings: &FileFindings,
        counted: &[bool],
        rules: &[Rule],
        rules_counts: &mut [RuleCounts],
    ) -> Self {
        let mut series = vec![Samples::default(); findings.series.len()];
        let mut groups: Vec<Group> =
            findings.groups.iter().map(|_| Group::new(findings.samples_per_group)).collect();
        let mut counted = counted.iter();
        let log_file: Arc<str> = address(file).into();
        // Groups and facets recur, so findings that share both are counted first, and added up together.
        let mut facets: HashMap<(u32, u32), u64, RandomState> = HashMap::default();
        for (record, own) in findings.by_record() {
            let state = record.facets.and_then(|index| findings.facets.get(index)?.state);
            let has_succeeded = state.is_some_and(OutcomeState::is_success);
            for (finding, _) in own.iter().zip(&mut counted).filter(|(_, counted)| **counted) {
                if let Some(counts) = rules_counts.get_mut(position(finding.rule)) {
                    counts.counted += u64::from(!finding.is_sequel);
                }
                if let Some(samples) = finding.series.and_then(|index| series.get_mut(position(index))) {
                    samples.add(finding.value, 1);
                }
                let Some(index) = finding.group else { continue };
                if let Some(group) = groups.get_mut(position(index)) {
                    group.add(record.event_time, record.summary.as_ref(), &log_file, finding.is_silent);
                    if let Some(target) = findings.target(record.target) {
                        group.add_target(target, has_succeeded);
                    }
                }
                if let Some(of_record) = record.facets {
                    *facets.entry((index, of_record)).or_default() += 1;
                }
            }
        }
        let mut facets: Vec<((u32, u32), u64)> = facets.into_iter().collect();
        facets.sort_unstable();
        for ((group, of_records), count) in facets {
            let of_records = findings.facets.get(of_records);
            if let (Some(group), Some(of_records)) = (groups.get_mut(position(group)), of_records) {
                group.add_facets(of_records, &findings.facets, count);
            }
        }
        for (group, broader) in groups.iter_mut().zip(&findings.broader) {
            broader
                .iter()
                .filter_map(|rule| rules.get(position(*rule)))
                .for_each(|rule| group.add_broader(rule));
        }
        Self { series, groups }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sink_without_limits_accepts_every_timestamp() {
        let accepted = AcceptedTimestamps::around(1_000_000, None);
        assert_eq!((accepted.earliest, accepted.latest), (i64::MIN, i64::MAX));
        let accepted = AcceptedTimestamps::around(1_000_030, Some((100, 50)));
        assert_eq!((accepted.earliest, accepted.latest), (999_900, 1_000_080));
    }
}
