//! What a test has logged, as text.

use std::{
    cell::{Cell, RefCell},
    fmt::{self, Write as _},
    mem,
    sync::{Arc, Mutex, MutexGuard, Once, PoisonError},
};

use tracing::{
    Event, Metadata, Subscriber, callsite,
    field::{Field, Visit},
    span,
    subscriber::{Interest, set_global_default},
};
use tracing_core::span::Current;

type Lines = Arc<Mutex<Vec<String>>>;

thread_local! {
    /// Where this thread's events go. Each test runs on a thread of its own.
    static LINES: RefCell<Option<Lines>> = const { RefCell::new(None) };
    /// The span that was opened last, and whether the thread is in a span.
    static SPAN: Cell<Option<&'static Metadata<'static>>> = const { Cell::new(None) };
    static IS_ENTERED: Cell<bool> = const { Cell::new(false) };
}

/// Captures every event of this thread, one line each, until it is dropped.
pub(crate) struct Log {
    lines: Lines,
}

impl Log {
    pub(crate) fn capture() -> Self {
        // One subscriber for the process, set once. With a subscriber for each test, `tracing`
        // could cache at a call site that no subscriber is interested, while another test runs.
        static ONCE: Once = Once::new();
        ONCE.call_once(|| set_global_default(Capture).unwrap());
        callsite::rebuild_interest_cache();
        let lines = Lines::default();
        LINES.set(Some(Arc::clone(&lines)));
        Self { lines }
    }

    /// How many lines begin with this level and target and hold this text.
    pub(crate) fn count(&self, begin: &str, text: &str) -> usize {
        let fits = |line: &&String| line.starts_with(begin) && line.contains(text);
        locked(&self.lines).iter().filter(fits).count()
    }

    pub(crate) fn text(&self) -> String {
        locked(&self.lines).join("\n")
    }

    /// Takes all lines, and returns the events of this library from level `DEBUG` up.
    pub(crate) fn take(&self) -> Vec<String> {
        let mut lines = mem::take(&mut *locked(&self.lines));
        lines.retain(|line| {
            let own = line.split_once(" okta_tower");
            own.is_some_and(|(level, _)| ["ERROR", "WARN", "INFO", "DEBUG"].contains(&level))
        });
        lines
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

fn locked(lines: &Lines) -> MutexGuard<'_, Vec<String>> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Capture;

impl Subscriber for Capture {
    // Asked each time: whether an event is wanted depends on the thread.
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, _: &Metadata<'_>) -> bool {
        LINES.with_borrow(Option::is_some)
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        let mut line = Line(format!("span {}", attributes.metadata().name()));
        attributes.record(&mut line);
        line.keep();
        SPAN.set(Some(attributes.metadata()));
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

    fn enter(&self, _: &span::Id) {
        IS_ENTERED.set(true);
    }

    fn exit(&self, _: &span::Id) {
        IS_ENTERED.set(false);
    }

    fn current_span(&self) -> Current {
        match SPAN.get() {
            Some(metadata) if IS_ENTERED.get() => Current::new(span::Id::from_u64(1), metadata),
            _ => Current::none(),
        }
    }
}

struct Line(String);

impl Line {
    fn keep(self) {
        LINES.with_borrow(|lines| {
            if let Some(lines) = lines {
                locked(lines).push(self.0);
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
