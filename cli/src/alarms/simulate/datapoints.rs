//! The data of a metric, read from the output of `get-metric-statistics` or `get-metric-data`, from JSON, or
//! from CSV.
//!
//! The AWS CLI's output holds statistics per minute instead of samples. They become samples that have the
//! same statistic over any longer period. Where that is impossible, as for percentiles, the file is refused.

use alarm_simulation::{Sample, Series};
use anyhow::{Context as _, bail};
use rules::{RuleAlarm, Statistic};
use serde::Deserialize;
use serde_json::Value;

use super::seconds::Seconds;

/// A minute of statistics, or a sample.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Statistics {
    count: Option<f64>,
    average: Option<f64>,
    sum: Option<f64>,
    minimum: Option<f64>,
    maximum: Option<f64>,
    percentile: Option<f64>,
}

/// The data of a file.
#[derive(Debug)]
pub(crate) struct Datapoints {
    /// The samples.
    pub(crate) series: Series,
    /// Whether the file says that it does not hold all data.
    pub(crate) is_incomplete: bool,
}

/// Reads a file. A datapoint for which the file does not say when it became visible is
/// visible `visible_after` seconds after the start of its minute.
pub(crate) fn read(text: &str, alarm: &RuleAlarm, visible_after: u32) -> anyhow::Result<Datapoints> {
    let reader = Reader { alarm, visible_after };
    let is_json = text.trim_start().starts_with(['{', '[']);
    let (samples, is_incomplete) = if is_json { reader.json(text)? } else { (reader.csv(text)?, false) };
    Ok(Datapoints { series: Series::new(samples)?, is_incomplete })
}

struct Reader<'a> {
    alarm: &'a RuleAlarm,
    visible_after: u32,
}

/// The output of `get-metric-data`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetricData {
    metric_data_results: Vec<MetricDataResult>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetricDataResult {
    #[serde(default)]
    id: String,
    timestamps: Vec<Seconds>,
    values: Vec<f64>,
    #[serde(default)]
    status_code: String,
}

/// The output of `get-metric-statistics`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetricStatistics {
    datapoints: Vec<StatisticsDatapoint>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StatisticsDatapoint {
    timestamp: Seconds,
    sample_count: Option<f64>,
    average: Option<f64>,
    sum: Option<f64>,
    minimum: Option<f64>,
    maximum: Option<f64>,
    #[serde(default)]
    extended_statistics: std::collections::BTreeMap<String, f64>,
}

/// A datapoint of our own JSON.
#[derive(Debug, Deserialize)]
struct Row {
    #[serde(alias = "at", alias = "time", alias = "timestamp")]
    minute: Seconds,
    visible: Option<Seconds>,
    #[serde(flatten)]
    published: Published,
}

/// What was published, once or several times.
#[derive(Debug, Deserialize)]
struct Published {
    value: Option<f64>,
    count: Option<f64>,
    #[serde(default)]
    samples: Vec<(f64, f64)>,
}

impl Reader<'_> {
    fn sample(&self, at: Seconds, visible: Option<Seconds>, value: f64, count: u64) -> Sample {
        let visible = visible.map_or(at.minute() + i64::from(self.visible_after), |visible| visible.0);
        Sample { at: at.0, visible, value, count }
    }

    fn json(&self, text: &str) -> anyhow::Result<(Vec<Sample>, bool)> {
        let document: Value = serde_json::from_str(text).context("not valid JSON")?;
        if document.get("MetricDataResults").is_some() {
            let data: MetricData =
                serde_json::from_value(document).context("expected the output of `get-metric-data`")?;
            let is_partial =
                data.metric_data_results.iter().any(|result| result.status_code == "PartialData");
            return Ok((self.metric_data(&data)?, is_partial || data.next_token.is_some()));
        }
        if document.get("Datapoints").is_some() {
            let data: MetricStatistics =
                serde_json::from_value(document).context("expected the output of `get-metric-statistics`")?;
            return Ok((self.metric_statistics(&data)?, false));
        }
        let Value::Array(rows) = document else {
            bail!(
                "expected the output of `get-metric-statistics` or `get-metric-data`, or an array of `[minute, value]`"
            )
        };
        let mut samples = Vec::new();
        for (place, row) in rows.into_iter().enumerate() {
            self.row(row, &mut samples).with_context(|| format!("datapoint {} of the array", place + 1))?;
        }
        Ok((samples, false))
    }

    fn row(&self, row: Value, samples: &mut Vec<Sample>) -> anyhow::Result<()> {
        if let Value::Array(cells) = &row {
            let cell = |place: usize| cells.get(place).cloned().unwrap_or_default();
            let count: Option<f64> =
                serde_json::from_value(cell(2)).context("expected a number as its count")?;
            let value = serde_json::from_value(cell(1)).context("expected a number as its value")?;
            let at = serde_json::from_value(cell(0))?;
            samples.push(self.sample(at, None, value, whole(count.unwrap_or(1.0))?));
            return Ok(());
        }
        let Row { minute, visible, published } = serde_json::from_value(row)?;
        if published.value.is_none() && published.samples.is_empty() {
            bail!("it has neither `value` nor `samples`");
        }
        let single = published.value.map(|value| (value, published.count.unwrap_or(1.0)));
        for (value, count) in single.into_iter().chain(published.samples) {
            samples.push(self.sample(minute, visible, value, whole(count)?));
        }
        Ok(())
    }

    /// One query with the alarm's statistic, or several whose ids are names of statistics.
    fn metric_data(&self, data: &MetricData) -> anyhow::Result<Vec<Sample>> {
        let mut minutes = std::collections::BTreeMap::<Seconds, Statistics>::new();
        let only = data.metric_data_results.len() == 1;
        for result in &data.metric_data_results {
            if result.timestamps.len() != result.values.len() {
                bail!("a result has {} times and {} values", result.timestamps.len(), result.values.len());
            }
            for (time, value) in result.timestamps.iter().zip(&result.values) {
                let minute = minutes.entry(*time).or_default();
                let id = if only { self.alarm.statistic.as_str() } else { &result.id };
                *self.member(minute, id)? = Some(*value);
            }
        }
        let samples = minutes.iter().map(|(time, minute)| self.sample_of_minute(*time, minute));
        Ok(samples.collect::<anyhow::Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    /// Where the value of a query with this id goes.
    fn member<'s>(&self, minute: &'s mut Statistics, id: &str) -> anyhow::Result<&'s mut Option<f64>> {
        let id = id.to_ascii_lowercase();
        let is_own = id == self.alarm.statistic.as_str().to_ascii_lowercase();
        Ok(match id.as_str() {
            "samplecount" => &mut minute.count,
            "average" => &mut minute.average,
            "sum" => &mut minute.sum,
            "minimum" => &mut minute.minimum,
            "maximum" => &mut minute.maximum,
            _ if is_own => &mut minute.percentile,
            _ => bail!(
                "it has several results; expected one, or ids such as `sum`, `sampleCount` and `average`"
            ),
        })
    }

    fn metric_statistics(&self, data: &MetricStatistics) -> anyhow::Result<Vec<Sample>> {
        let mut samples = Vec::new();
        for datapoint in &data.datapoints {
            let minute = Statistics {
                count: datapoint.sample_count,
                average: datapoint.average,
                sum: datapoint.sum,
                minimum: datapoint.minimum,
                maximum: datapoint.maximum,
                percentile: datapoint.extended_statistics.get(self.alarm.statistic.as_str()).copied(),
            };
            samples.extend(self.sample_of_minute(datapoint.timestamp, &minute)?);
        }
        Ok(samples)
    }

    /// One sample that contributes as much to the alarm's statistic as the whole minute; `None` for a minute
    /// without samples.
    fn sample_of_minute(&self, at: Seconds, minute: &Statistics) -> anyhow::Result<Option<Sample>> {
        if minute.count == Some(0.0) {
            return Ok(None);
        }
        let statistic = &self.alarm.statistic;
        let is_one_minute = self.alarm.period == 60;
        let count = minute.count.map(whole).transpose()?;
        let product = minute.average.zip(minute.count).map(|(average, count)| average * count);
        let mean = minute.sum.zip(minute.count).map(|(sum, count)| sum / count);
        let (value, count) = match statistic {
            Statistic::Sum => (minute.sum.or(product), Some(1)),
            Statistic::SampleCount => (count.map(|_| 0.0), count),
            Statistic::Average => (minute.average.or(mean), count.or(is_one_minute.then_some(1))),
            Statistic::Minimum => (minute.minimum, Some(1)),
            Statistic::Maximum => (minute.maximum, Some(1)),
            Statistic::Percentile(_) if !is_one_minute => {
                bail!(
                    "per-minute percentiles cannot be combined into a period of {} seconds; expected single values",
                    self.alarm.period
                )
            }
            Statistic::Percentile(_) => (minute.percentile, Some(1)),
        };
        let needs = match statistic {
            Statistic::Average => "`Average` or `Sum`, and `SampleCount`".to_owned(),
            Statistic::Sum
            | Statistic::SampleCount
            | Statistic::Minimum
            | Statistic::Maximum
            | Statistic::Percentile(_) => format!("`{statistic}`"),
        };
        let missing = || format!("a datapoint lacks a statistic; the alarm needs {needs} of each minute");
        let (value, count) = value.zip(count).with_context(missing)?;
        Ok(Some(self.sample(at, None, value, count)))
    }

    fn csv(&self, text: &str) -> anyhow::Result<Vec<Sample>> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let mut columns: Vec<String> = ["minute", "value", "count", "visible"].map(str::to_owned).to_vec();
        let mut samples = Vec::new();
        for (place, line) in reader.records().enumerate() {
            let line = line.context("not valid CSV")?;
            let begins_with_time = line.get(0).is_some_and(|cell| cell.parse::<Seconds>().is_ok());
            if place == 0 && !begins_with_time {
                columns = line.iter().map(str::to_ascii_lowercase).collect();
                continue;
            }
            let number = line.position().map_or(0, csv::Position::line);
            samples.push(self.csv_line(&columns, &line).with_context(|| format!("line {number}"))?);
        }
        Ok(samples)
    }

    fn csv_line(&self, columns: &[String], line: &csv::StringRecord) -> anyhow::Result<Sample> {
        let cell = |names: &[&str]| {
            let place = columns.iter().position(|column| names.contains(&column.as_str()))?;
            line.get(place).filter(|cell| !cell.is_empty())
        };
        let at = cell(&["minute", "time", "timestamp", "at"])
            .context("expected the columns `minute` and `value`")?;
        let value = cell(&["value"]).context("expected a number in the column `value`")?;
        let value: f64 = value.parse().context("expected a number in the column `value`")?;
        let count =
            cell(&["count"]).map_or(Ok(1), str::parse).context("expected a whole number in `count`")?;
        let visible = cell(&["visible"]).map(str::parse).transpose()?;
        Ok(self.sample(at.parse()?, visible, value, count))
    }
}

/// A number of samples.
pub(crate) fn whole(count: f64) -> anyhow::Result<u64> {
    if count < 0.0 || count.fract() != 0.0 || count >= 2.0_f64.powi(53) {
        bail!("{count} is not a number of samples; expected a whole number");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was just checked")]
    let whole = count as u64;
    Ok(whole)
}

#[cfg(test)]
mod tests;
