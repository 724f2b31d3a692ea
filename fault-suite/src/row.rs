//! One row of the table: a load, what goes wrong while it is processed, and what is promised all the same.

use std::time::{Duration, Instant};

use testkit::emulator::{HostCounts, Strike};

use crate::expected::{Counts, NAMESPACE, Tally};
use crate::load::{Load, LoadOptions, MOST_PROBES};
use crate::stage::{Stage, Suite, Timing};
use crate::wire::{Fault, Target, Wire};

/// The longest time between two strikes.
const STRIKE_PAUSE: Duration = Duration::from_millis(250);

/// What is done to the function's processes in the middle of their work.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Strikes {
    pub(crate) strike: Strike,
    pub(crate) times: usize,
}

/// How much may be counted twice. Nothing may be lost, ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubles {
    /// Nothing.
    None,
    /// What one file leads to, for each process that died with work in hand.
    OneFileADeath,
    /// What one file leads to, for each answer about it that was lost after its request took effect.
    OneFileALostAnswer(Target),
}

/// One row.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// What goes wrong, in words.
    pub(crate) about: &'static str,
    pub(crate) load: LoadOptions,
    pub(crate) fault: Fault,
    pub(crate) strikes: Option<Strikes>,
    pub(crate) timing: Timing,
    pub(crate) doubles: Doubles,
    /// The code with which messages end in the dead-letter queue until the fault is mended, and how many of four do.
    pub(crate) dead: Option<(&'static str, usize)>,
    /// Whether all is announced before the function starts.
    pub(crate) is_queue_full: bool,
}

/// Of how many files something may be doubled; what one file leads to, for each death or lost answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bound {
    pub(crate) metric_files: u64,
    pub(crate) alert_files: u64,
}

impl Bound {
    /// Findings in metrics: two rules count each call.
    pub(crate) fn in_metrics(self) -> u64 {
        self.metric_files * MOST_PROBES * 2
    }

    /// Findings in alerts, which one of the rules has.
    pub(crate) fn in_alerts(self) -> u64 {
        self.alert_files * MOST_PROBES
    }
}

/// What the work of a row has cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    /// CPU time of the function's processes.
    pub(crate) function_cpu: Duration,
    /// CPU time of the emulator.
    pub(crate) emulator_cpu: Duration,
    pub(crate) peak_rss_bytes: u64,
}

/// What a row has shown.
#[derive(Debug)]
pub(crate) struct RowResult {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) files: usize,
    pub(crate) records: u64,
    pub(crate) metrics: Tally,
    pub(crate) alerts: Tally,
    /// Requests or processes that the fault has met.
    pub(crate) struck: u64,
    pub(crate) bound: Bound,
    /// Messages in the dead-letter queue before the fault was mended.
    pub(crate) dead: usize,
    /// Why files failed, with how often.
    pub(crate) codes: Counts,
    pub(crate) seconds: f64,
    pub(crate) usage: Usage,
    /// The promises that were broken.
    pub(crate) broken: Vec<String>,
}

/// How a load was processed.
struct Work {
    is_quiet: bool,
    dead: usize,
    codes: Counts,
    seconds: f64,
    usage: Usage,
}

impl RowResult {
    /// One line for the one who waits.
    pub(crate) fn verdict(&self) -> String {
        if self.broken.is_empty() { "as promised".to_owned() } else { self.broken.join("; ") }
    }
}

impl Row {
    /// Runs the row to its end.
    pub(crate) async fn run(self, suite: &Suite) -> RowResult {
        let seed = suite.seed_of(self.name);
        let load = Load::new(self.load, seed);
        let wire = Wire::new(self.fault.clone(), seed);
        let mut stage = Stage::set(suite, self.timing, &wire).await;
        stage.put(&load, false).await;
        let (work, struck) = self.process(&mut stage, &load, &wire, seed).await;
        let struck = struck.unwrap_or_else(|| wire.struck());
        let by_delivery = stage.totals(NAMESPACE, "ProbesByDelivery").await;
        let by_event = stage.totals(NAMESPACE, "ProbesByEvent").await;
        let metrics = Tally::of(&load.expected.by_delivery, &by_delivery);
        let mut result = RowResult {
            name: self.name,
            about: self.about,
            files: load.files.len(),
            records: load.records,
            metrics: metrics.and(Tally::of(&load.expected.by_event, &by_event)),
            alerts: Tally::of(&load.expected.by_delivery, &stage.alerted().await),
            struck,
            bound: self.bound(&stage.host.counts(), struck),
            dead: work.dead,
            codes: work.codes,
            seconds: work.seconds,
            usage: work.usage,
            broken: Vec::new(),
        };
        let dropped = stage.totals("Trailbell", "DatapointsDropped").await;
        result.broken = self.broken(&result, &load, &dropped, work.is_quiet, stage.dead_letters().await);
        if !result.broken.is_empty() {
            suite.keep_log(self.name, &stage.host.log());
        }
        result
    }

    /// Has the load processed to its end, with a redrive if need be; answers how many processes were struck, too.
    async fn process(&self, stage: &mut Stage, load: &Load, wire: &Wire, seed: u64) -> (Work, Option<u64>) {
        if self.is_queue_full {
            stage.announce(load).await;
        }
        let emulator = stage.cloud.cpu_time();
        let start = Instant::now();
        stage.host.add_environments(self.timing.environments);
        let announce = async {
            if !self.is_queue_full {
                stage.announce(load).await;
            }
        };
        let (struck, ()) = tokio::join!(self.strike(stage, seed), announce);
        let mut is_quiet = stage.is_quiet().await;
        let dead = stage.dead_letters().await;
        let codes = stage.totals("Trailbell", "Failures").await;
        if dead > load.expected.poison {
            wire.mend();
            stage.put(load, true).await;
            stage.redrive().await;
            is_quiet &= stage.is_quiet().await;
        }
        let counts = stage.host.counts();
        let usage = Usage {
            function_cpu: counts.cpu,
            emulator_cpu: stage.cloud.cpu_time().saturating_sub(emulator),
            peak_rss_bytes: counts.peak_rss_bytes,
        };
        (Work { is_quiet, dead, codes, seconds: start.elapsed().as_secs_f64(), usage }, struck)
    }

    /// Strikes processes at random moments until it has been done as often as it is to be; answers how often.
    async fn strike(&self, stage: &Stage, seed: u64) -> Option<u64> {
        let Strikes { strike, times } = self.strikes?;
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut done = 0;
        let start = Instant::now();
        while done < times && start.elapsed() < Duration::from_secs(600) {
            tokio::time::sleep(STRIKE_PAUSE.mul_f64(rng.f64())).await;
            done += usize::from(stage.host.strike(strike, rng.usize(..)));
        }
        Some(done as u64)
    }

    /// What may be doubled.
    fn bound(&self, counts: &HostCounts, struck: u64) -> Bound {
        let deaths = counts.deaths + counts.timeouts;
        let (metric_files, alert_files) = match self.doubles {
            Doubles::None => (0, 0),
            Doubles::OneFileADeath => (deaths, deaths),
            Doubles::OneFileALostAnswer(Target::Datapoints) => (struck, 0),
            Doubles::OneFileALostAnswer(_) => (0, struck),
        };
        Bound { metric_files, alert_files }
    }

    /// The promises that the result breaks.
    fn broken(
        &self,
        result: &RowResult,
        load: &Load,
        dropped: &Counts,
        quiet: bool,
        dead_at_the_end: usize,
    ) -> Vec<String> {
        let mut broken = Vec::new();
        let mut check = |kept: bool, text: String| {
            if !kept {
                broken.push(text);
            }
        };
        check(quiet, "messages are left in the queue".to_owned());
        let (metrics, alerts) = (&result.metrics, &result.alerts);
        check(metrics.lost == 0, format!("{} findings lost in metrics", metrics.lost));
        check(alerts.lost == 0, format!("{} findings lost in alerts", alerts.lost));
        for (tally, files, findings, medium) in [
            (metrics, result.bound.metric_files, result.bound.in_metrics(), "metrics"),
            (alerts, result.bound.alert_files, result.bound.in_alerts(), "alerts"),
        ] {
            let is_bounded = tally.doubled <= findings && tally.doubled_files <= files;
            check(
                is_bounded,
                format!(
                    "{} findings of {} files doubled in {medium}, {findings} of {files} allowed",
                    tally.doubled, tally.doubled_files
                ),
            );
        }
        let poison = load.expected.poison;
        check(dead_at_the_end == poison, format!("{dead_at_the_end} dead letters at the end, not {poison}"));
        if let Some((code, of_four)) = self.dead {
            let expected = load.files.len() / 4 * of_four;
            check(result.dead == expected, format!("{} dead letters, not {expected}", result.dead));
            check(result.codes.contains_key(code), format!("no failure has the code `{code}`"));
        }
        if let Some(Strikes { times, .. }) = self.strikes {
            check(result.struck == times as u64, format!("{} strikes, not {times}", result.struck));
        }
        let has_struck = result.struck > 0 || matches!(self.fault, Fault::None);
        check(has_struck, "the fault has struck nothing".to_owned());
        let (too_old, expected) = (dropped.values().sum::<u64>(), load.expected.too_old);
        check(too_old == expected, format!("{too_old} datapoints dropped as too old, not {expected}"));
        broken
    }
}
