//! A fake of an account's alarms in memory. It is as strict as CloudWatch about the order of calls, and fails on
//! request.
//!
//! It is for tests only, behind the feature `testing`. It does not enforce quotas on calls, but records the time of
//! each call.
//!
//! Source: the CloudWatch API reference, PutMetricAlarm, PutCompositeAlarm, DeleteAlarms.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::alarm::{Alarm, Definition, Existing, Kind, Tags};
use crate::store::{AlarmStore, AlarmStoreError, AlarmStoreErrorKind};

/// The maximum number of alarms that one call can delete (DeleteAlarms).
const DELETIONS: usize = 100;

/// A call to the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// All alarms are read, with the tags of those that are not trusted.
    Describe,
    /// An alarm is created or overwritten.
    Put(String),
    /// An alarm is tagged.
    Tag(String),
    /// Alarms are deleted.
    Delete(Vec<String>),
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is carried out.
    Done,
    /// It fails.
    Failed(AlarmStoreErrorKind),
    /// It is not carried out, and the caller waits forever.
    LostBefore,
    /// It is carried out, but the caller waits forever.
    LostAfter,
}

/// Decides the fate of a call, given the number of earlier calls.
type Judge = Box<dyn FnMut(usize, &Call) -> Fate + Send>;

/// [`AlarmStore`] in memory.
#[derive(Default)]
pub struct MemoryAlarms(Mutex<State>);

#[derive(Default)]
struct State {
    alarms: BTreeMap<String, Existing>,
    calls: Vec<(Instant, Call)>,
    judge: Option<Judge>,
}

/// Why CloudWatch would reject a call.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Reason(&'static str);

impl fmt::Debug for MemoryAlarms {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.alarms()).finish()
    }
}

impl MemoryAlarms {
    /// An account with these alarms.
    pub fn with(alarms: impl IntoIterator<Item = Existing>) -> Self {
        let alarms = alarms.into_iter().map(|alarm| (alarm.name.clone(), alarm)).collect();
        Self(Mutex::new(State { alarms, ..State::default() }))
    }

    /// Lets `judge` decide the fate of all further calls.
    pub fn judge(&self, judge: impl FnMut(usize, &Call) -> Fate + Send + 'static) {
        let mut state = self.state();
        state.calls.clear();
        state.judge = Some(Box::new(judge));
    }

    /// All alarms, sorted by name.
    pub fn alarms(&self) -> Vec<Existing> {
        self.state().alarms.values().cloned().collect()
    }

    /// The names of all alarms.
    pub fn names(&self) -> Vec<String> {
        self.state().alarms.keys().cloned().collect()
    }

    /// The alarm with this name.
    pub fn alarm(&self, name: &str) -> Option<Existing> {
        self.state().alarms.get(name).cloned()
    }

    /// Adds or overwrites an alarm, as another user of the account would.
    pub fn insert(&self, alarm: Existing) {
        self.state().alarms.insert(alarm.name.clone(), alarm);
    }

    /// Deletes an alarm, as another user of the account would.
    pub fn take(&self, name: &str) -> Option<Existing> {
        self.state().alarms.remove(name)
    }

    /// The calls so far, with their times.
    pub fn calls(&self) -> Vec<(Instant, Call)> {
        self.state().calls.clone()
    }

    /// The calls so far that write.
    pub fn writes(&self) -> Vec<Call> {
        let calls = self.calls().into_iter().map(|(_, call)| call);
        calls.filter(|call| *call != Call::Describe).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // If another thread panicked, the test has already failed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve<T>(
        &self,
        call: Call,
        work: impl FnOnce(&mut BTreeMap<String, Existing>) -> Result<T, AlarmStoreError> + Send,
    ) -> Result<T, AlarmStoreError> {
        let (fate, answer) = {
            let mut state = self.state();
            let before = state.calls.len();
            let fate = state.judge.as_mut().map_or(Fate::Done, |judge| judge(before, &call));
            state.calls.push((Instant::now(), call));
            let answer = match fate {
                Fate::Done | Fate::LostAfter => work(&mut state.alarms),
                Fate::Failed(kind) => Err(error(kind, "requested by the test")),
                Fate::LostBefore => Err(error(AlarmStoreErrorKind::Unavailable, "never returned")),
            };
            (fate, answer)
        };
        // Other tasks get a turn between any two calls.
        tokio::task::yield_now().await;
        match fate {
            Fate::Done | Fate::Failed(_) => answer,
            Fate::LostBefore | Fate::LostAfter => std::future::pending().await,
        }
    }
}

fn error(kind: AlarmStoreErrorKind, reason: &'static str) -> AlarmStoreError {
    AlarmStoreError { kind, source: Box::new(Reason(reason)) }
}

fn refused(reason: &'static str) -> AlarmStoreError {
    error(AlarmStoreErrorKind::Refused, reason)
}

impl AlarmStore for MemoryAlarms {
    async fn describe(&self, name_prefix: &str, trusted: &[Alarm]) -> Result<Vec<Existing>, AlarmStoreError> {
        self.serve(Call::Describe, |alarms| {
            let found = alarms.values().filter(|alarm| alarm.name.starts_with(name_prefix)).cloned();
            Ok(found
                .map(|alarm| Existing {
                    tags: alarm.trusted_tags(trusted).unwrap_or(&alarm.tags).clone(),
                    ..alarm
                })
                .collect())
        })
        .await
    }

    async fn put(&self, alarm: &Alarm) -> Result<(), AlarmStoreError> {
        self.serve(Call::Put(alarm.name.clone()), |alarms| put(alarms, alarm)).await
    }

    async fn tag(&self, arn: &str, tags: &Tags) -> Result<(), AlarmStoreError> {
        self.serve(Call::Tag(arn.to_owned()), |alarms| {
            let found = alarms.values_mut().find(|alarm| alarm.arn == arn);
            let found = found.ok_or_else(|| error(AlarmStoreErrorKind::NotFound, "no such alarm"))?;
            found.tags.extend(tags.clone());
            Ok(())
        })
        .await
    }

    async fn delete(&self, names: &[String]) -> Result<(), AlarmStoreError> {
        self.serve(Call::Delete(names.to_vec()), |alarms| delete(alarms, names)).await
    }
}

fn put(alarms: &mut BTreeMap<String, Existing>, alarm: &Alarm) -> Result<(), AlarmStoreError> {
    if let Definition::Composite(composite) = &alarm.definition
        && !children(&composite.rule).all(|child| alarms.contains_key(child))
    {
        return Err(refused("a child does not exist"));
    }
    match alarms.get_mut(&alarm.name) {
        Some(found) if found.kind() != alarm.kind() => Err(refused("an alarm of another kind exists")),
        Some(found) => {
            found.definition = Some(alarm.definition.clone());
            Ok(())
        }
        None => {
            alarms.insert(alarm.name.clone(), Existing::from(alarm));
            Ok(())
        }
    }
}

fn delete(alarms: &mut BTreeMap<String, Existing>, names: &[String]) -> Result<(), AlarmStoreError> {
    if names.len() > DELETIONS {
        return Err(refused("more than 100 alarms"));
    }
    let kind = |name: &String| alarms.get(name).map(Existing::kind);
    if names.iter().any(|name| kind(name).is_none()) {
        return Err(error(AlarmStoreErrorKind::NotFound, "no such alarm"));
    }
    if names.len() > 1 && names.iter().any(|name| kind(name) == Some(Kind::Composite)) {
        return Err(refused("a composite alarm among others"));
    }
    let is_watched = |name: &str| {
        alarms.values().any(|alarm| match &alarm.definition {
            Some(Definition::Composite(composite)) => children(&composite.rule).any(|child| child == name),
            Some(Definition::Metric(_)) | None => false,
        })
    };
    if names.iter().any(|name| is_watched(name)) {
        return Err(refused("a composite alarm depends on it"));
    }
    alarms.retain(|name, _| !names.contains(name));
    Ok(())
}

/// The alarms in an expression that this crate has made.
fn children(rule: &str) -> impl Iterator<Item = &str> {
    rule.split('"').skip(1).step_by(2)
}

/// The alarm right after its creation.
impl From<&Alarm> for Existing {
    fn from(alarm: &Alarm) -> Self {
        Self {
            name: alarm.name.clone(),
            arn: format!("arn:aws:cloudwatch:us-east-1:111122223333:alarm:{}", alarm.name),
            definition: Some(alarm.definition.clone()),
            tags: alarm.tags.clone(),
        }
    }
}
