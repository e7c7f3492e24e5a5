//! What a test has logged, as text.

use std::{
    cell::RefCell,
    fmt::{self, Write as _},
    sync::{Arc, Mutex, Once, PoisonError},
};

use tracing::{
    Event, Metadata, Subscriber, callsite,
    field::{Field, Visit},
    span,
};

type Lines = Arc<Mutex<Vec<String>>>;

thread_local! {
    /// Where this thread's events go.
    static LINES: RefCell<Option<Lines>> = const { RefCell::new(None) };
}

/// Captures every event of this thread, one line each, until it is dropped.
pub(crate) struct Log {
    lines: Lines,
}

impl Log {
    pub(crate) fn capture() -> Self {
        // One for the process and for good. A subscriber for each test comes and goes while other tests meet a place in the
        // code for the first time, and `tracing` may then note for ever that nobody wants to hear of it.
        static ONCE: Once = Once::new();
        ONCE.call_once(|| tracing::subscriber::set_global_default(Capture).unwrap());
        callsite::rebuild_interest_cache();
        let lines = Lines::default();
        LINES.set(Some(Arc::clone(&lines)));
        Self { lines }
    }

    /// How many lines begin with this level and target and hold this text.
    pub(crate) fn count(&self, begin: &str, text: &str) -> usize {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |line: &&String| line.starts_with(begin) && line.contains(text);
        lines.iter().filter(fits).count()
    }

    pub(crate) fn text(&self) -> String {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .join("\n")
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        LINES.set(None);
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

struct Capture;

impl Subscriber for Capture {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        let mut line = Line(format!("span {}", attributes.metadata().name()));
        attributes.record(&mut line);
        line.keep();
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        let mut line = Line("record".into());
        values.record(&mut line);
        line.keep();
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut line = Line(format!("{} {}", metadata.level(), metadata.target()));
        event.record(&mut line);
        line.keep();
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Line(String);

impl Line {
    fn keep(self) {
        LINES.with_borrow(|lines| {
            if let Some(lines) = lines {
                let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
                lines.push(self.0);
            }
        });
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string does not fail.
        let _ = write!(self.0, " {field}={value:?}");
    }
}
