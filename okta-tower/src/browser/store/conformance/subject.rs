//! The store under test.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use crate::{
    base::clock::{Clock, SystemClock},
    browser::store::session_store::SessionStore,
};

/// The extra time that the suite waits in real time, for engines with another clock.
const MARGIN: Duration = Duration::from_millis(100);

/// A store under test, and how time passes for it.
pub struct Subject {
    pub(super) store: Arc<dyn SessionStore>,
    clock: Arc<dyn Clock>,
    advance: Option<Box<dyn Fn(Duration) + Send + Sync>>,
    /// Dropped with the store.
    kept: Option<Box<dyn Send + Sync>>,
}

impl Subject {
    /// Tests a store with the system clock. The suite waits for expiry: two seconds, up to twice in
    /// a test.
    #[must_use]
    pub fn in_real_time(store: impl SessionStore) -> Self {
        Self {
            store: Arc::new(store),
            clock: Arc::new(SystemClock::new()),
            advance: None,
            kept: None,
        }
    }

    /// Tests a store with `clock`, which `advance` moves. The suite never waits.
    #[must_use]
    pub fn by_hand(
        store: impl SessionStore,
        clock: impl Clock,
        advance: impl Fn(Duration) + Send + Sync + 'static,
    ) -> Self {
        Self {
            clock: Arc::new(clock),
            advance: Some(Box::new(advance)),
            ..Self::in_real_time(store)
        }
    }

    /// Keeps a value, such as the engine's process or a folder, until the test ends.
    #[must_use]
    pub fn keeping(mut self, engine: impl Send + Sync + 'static) -> Self {
        self.kept = Some(Box::new(engine));
        self
    }

    pub(super) fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// Lets time pass.
    pub(super) async fn pass(&self, time: Duration) {
        match &self.advance {
            Some(advance) => advance(time),
            None => self.clock.sleep(time + MARGIN).await,
        }
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject")
            .field("clock", &self.clock)
            .field("keeps an engine", &self.kept.is_some())
            .finish_non_exhaustive()
    }
}
