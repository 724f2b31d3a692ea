//! What goes to the log, gathered line by line.

use std::fmt;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};

/// The lines of this thread, until it is dropped.
pub(crate) struct LogLines {
    lines: Arc<Mutex<Vec<Line>>>,
    _guard: DefaultGuard,
}

/// Fields by name, the message among them, as they would be printed.
pub(crate) type Line = Vec<(String, String)>;

impl LogLines {
    /// The messages in their order.
    pub(crate) fn messages(&self) -> Vec<String> {
        self.field("message")
    }

    /// The values of one field in their order.
    pub(crate) fn field(&self, name: &str) -> Vec<String> {
        let lines = self.lines.lock().unwrap();
        let fields = lines.iter().flatten().filter(|(field, _)| field == name);
        fields.map(|(_, value)| value.clone()).collect()
    }

    /// Everything: messages and fields.
    pub(crate) fn values(&self) -> Vec<String> {
        self.lines.lock().unwrap().iter().flatten().map(|(_, value)| value.clone()).collect()
    }
}

/// Starts gathering.
pub(crate) fn gather() -> LogLines {
    let lines = Arc::default();
    let subscriber = tracing_subscriber::registry().with(Gatherer(Arc::clone(&lines)));
    LogLines { lines, _guard: tracing::subscriber::set_default(subscriber) }
}

struct Gatherer(Arc<Mutex<Vec<Line>>>);

impl<S: tracing::Subscriber> Layer<S> for Gatherer {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut line = Fields::default();
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }
}

#[derive(Default)]
struct Fields(Line);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push((field.name().to_owned(), format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name().to_owned(), value.to_owned()));
    }
}
