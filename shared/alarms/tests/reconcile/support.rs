//! Rules, alarms and stores for the tests.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use alarms::testing::MemoryAlarms;
use alarms::{
    Alarm, AlarmSettings, AlarmStore, AlarmStoreError, Definition, Existing, Kind, Outcome, Owner, Ownership,
    Prefix, Reconciler, RuleVersions, Tags, desired,
};
use pipeline::RejectedRules;
use rules::RuleSet;

/// The ARN of a topic.
pub(crate) const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:alerts";

/// A rule set with these ids and thresholds; rules whose ids begin with `h` have high severity.
pub(crate) fn rule_set(rules: &[(&str, u32)]) -> Arc<RuleSet> {
    let mut text = "version: 1\nrules:\n".to_owned();
    for (id, threshold) in rules {
        let severity = if id.starts_with('h') { "high" } else { "low" };
        text.push_str(&format!(
            "  - id: {id}\n    severity: {severity}\n    filterPattern: '{{ $.a = 1 }}'\n    metricTransformation: {{ metricName: M{id} }}\n    alarm: {{ threshold: {threshold} }}\n"
        ));
    }
    Arc::new(RuleSet::parse("rules.yaml", &text).unwrap().0)
}

/// The rules before a change.
pub(crate) fn old_rules() -> Arc<RuleSet> {
    rule_set(&[("a", 1), ("b", 1), ("c", 1), ("h1", 1), ("h2", 1)])
}

/// The rules after the change: one stays, one changes, the others are gone, and two are new.
pub(crate) fn new_rules() -> Arc<RuleSet> {
    rule_set(&[("a", 1), ("b", 5), ("d", 1), ("h3", 1)])
}

/// Settings with composite alarms.
pub(crate) fn settings() -> AlarmSettings {
    AlarmSettings {
        ownership: Ownership { prefix: Prefix::new("p").unwrap(), owner: Owner::new("stack").unwrap() },
        alarm_actions: vec![TOPIC.to_owned()],
        sole_alarm_actions: vec![TOPIC.to_owned()],
        ok_actions: Vec::new(),
        severity_alarms: true,
    }
}

/// The alarms that the rules require.
pub(crate) fn wanted(rules: &RuleSet) -> Vec<Alarm> {
    desired(rules.rules(), &settings()).unwrap()
}

/// The alarms that the rules require, as existing alarms.
pub(crate) fn in_place(rules: &RuleSet) -> Vec<Existing> {
    wanted(rules).iter().map(Existing::from).collect()
}

/// Alarms that are not ours: with another prefix, with our prefix but without our tag, and with another owner's tag.
pub(crate) fn foreign() -> Vec<Existing> {
    let like = wanted(&old_rules()).into_iter().find(|alarm| alarm.kind() == Kind::Metric).unwrap();
    let alarm = |name: &str, owner: Option<&str>| {
        let tags: Tags =
            owner.map(|owner| (alarms::OWNER_TAG.to_owned(), owner.to_owned())).into_iter().collect();
        Existing::from(&Alarm { name: name.to_owned(), tags, ..like.clone() })
    };
    vec![
        alarm("elsewhere", Some("stack")),
        alarm("p", Some("stack")),
        alarm("p-2/a", Some("stack")),
        alarm("p/by-hand", None),
        alarm("p/of-another", Some("another")),
    ]
}

/// Asserts that the account contains the alarms of the rules and the foreign alarms, and nothing else.
#[track_caller]
pub(crate) fn assert_settled(store: &MemoryAlarms, rules: &RuleSet, foreign: &[Existing]) {
    let mut expected = in_place(rules);
    expected.extend_from_slice(foreign);
    expected.sort_by(|one, other| one.name.cmp(&other.name));
    assert_eq!(store.alarms(), expected);
}

/// Reconciles with fixed rules and no deadline.
pub(crate) async fn reconcile(rules: &Arc<RuleSet>, store: &MemoryAlarms) -> Outcome {
    Reconciler { rules: Arc::clone(rules), store: Shared(store), settings: settings() }.reconcile(None).await
}

/// A shared store.
#[derive(Clone, Copy)]
pub(crate) struct Shared<'s>(pub(crate) &'s MemoryAlarms);

impl AlarmStore for Shared<'_> {
    async fn describe(&self, name_prefix: &str, trusted: &[Alarm]) -> Result<Vec<Existing>, AlarmStoreError> {
        self.0.describe(name_prefix, trusted).await
    }

    async fn put(&self, alarm: &Alarm) -> Result<(), AlarmStoreError> {
        self.0.put(alarm).await
    }

    async fn tag(&self, arn: &str, tags: &Tags) -> Result<(), AlarmStoreError> {
        self.0.tag(arn, tags).await
    }

    async fn delete(&self, names: &[String]) -> Result<(), AlarmStoreError> {
        self.0.delete(names).await
    }
}

/// A store with delays before and after each call takes effect; the list of delays repeats.
pub(crate) struct Slow<'s> {
    pub(crate) store: &'s MemoryAlarms,
    pub(crate) delays_ms: Mutex<std::iter::Cycle<std::vec::IntoIter<u64>>>,
}

impl<'s> Slow<'s> {
    pub(crate) fn new(store: &'s MemoryAlarms, delays_ms: Vec<u64>) -> Self {
        Self { store, delays_ms: Mutex::new(delays_ms.into_iter().cycle()) }
    }

    async fn wait(&self) {
        let delay = self.delays_ms.lock().unwrap().next().unwrap_or_default();
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }

    async fn slowly<T>(&self, call: impl Future<Output = T> + Send) -> T {
        self.wait().await;
        let answer = call.await;
        self.wait().await;
        answer
    }
}

impl AlarmStore for Slow<'_> {
    async fn describe(&self, name_prefix: &str, trusted: &[Alarm]) -> Result<Vec<Existing>, AlarmStoreError> {
        self.slowly(self.store.describe(name_prefix, trusted)).await
    }

    async fn put(&self, alarm: &Alarm) -> Result<(), AlarmStoreError> {
        self.slowly(self.store.put(alarm)).await
    }

    async fn tag(&self, arn: &str, tags: &Tags) -> Result<(), AlarmStoreError> {
        self.slowly(self.store.tag(arn, tags)).await
    }

    async fn delete(&self, names: &[String]) -> Result<(), AlarmStoreError> {
        self.slowly(self.store.delete(names)).await
    }
}

/// Rules that change after a number of reads by any reader.
pub(crate) struct Changing {
    pub(crate) before: Arc<RuleSet>,
    pub(crate) after: Arc<RuleSet>,
    pub(crate) readings_left: Mutex<usize>,
}

impl Changing {
    pub(crate) fn new(readings: usize) -> Self {
        Self { before: old_rules(), after: new_rules(), readings_left: Mutex::new(readings) }
    }
}

impl RuleVersions for &Changing {
    async fn latest(&self) -> Result<Arc<RuleSet>, RejectedRules> {
        let mut left = self.readings_left.lock().unwrap();
        if *left == 0 {
            return Ok(Arc::clone(&self.after));
        }
        *left -= 1;
        Ok(Arc::clone(&self.before))
    }
}

/// The threshold of an alarm.
pub(crate) fn threshold(alarm: &Existing) -> f64 {
    let Some(Definition::Metric(metric)) = &alarm.definition else { panic!("{alarm:?}") };
    metric.threshold.unwrap()
}
