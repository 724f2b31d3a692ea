//! Why an alarm does not match the rules. Whether a call is retried is decided in [`super::calls`].

use std::sync::Arc;

use pipeline::OperationalEvent;

use crate::plan::Conflict;
use crate::store::{AlarmStoreError, AlarmStoreErrorKind};

/// An alarm that does not match the rules.
#[derive(Debug, thiserror::Error)]
#[error("alarm `{name}`")]
pub struct Failure {
    /// Its name.
    pub name: String,
    /// Why it does not.
    #[source]
    pub cause: Arc<ApplyError>,
}

/// Why an alarm does not match the rules.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// An alarm with this name exists and is not ours.
    #[error(
        "an alarm with this name already exists and {}; rename or delete it, or choose another prefix",
        belongs(owner.as_deref())
    )]
    Conflict {
        /// Its owner, according to its tag.
        owner: Option<String>,
    },
    /// CloudWatch rejected the call, or did not respond.
    #[error(transparent)]
    Store(AlarmStoreError),
    /// The deadline passed first.
    #[error("not completed before the deadline")]
    Deadline,
}

fn belongs(owner: Option<&str>) -> String {
    owner.map_or_else(|| "has no owner tag".to_owned(), |owner| format!("belongs to `{owner}`"))
}

impl ApplyError {
    /// The event that this error reports.
    #[must_use]
    pub fn event(&self) -> OperationalEvent {
        match self {
            Self::Conflict { .. } => OperationalEvent::AlarmsConflict,
            Self::Store(error) => error.kind.event(),
            Self::Deadline => OperationalEvent::AlarmsDeadline,
        }
    }

    pub(super) fn has_kind(&self, kind: AlarmStoreErrorKind) -> bool {
        match self {
            Self::Store(error) => error.kind == kind,
            Self::Conflict { .. } | Self::Deadline => false,
        }
    }
}

impl From<&Conflict> for Failure {
    fn from(conflict: &Conflict) -> Self {
        let cause = Arc::new(ApplyError::Conflict { owner: conflict.owner.clone() });
        Self { name: conflict.name.clone(), cause }
    }
}
