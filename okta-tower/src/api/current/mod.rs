//! The cache of current users: one lookup per user and time, shared by concurrent requests.

mod table;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    runtime::Handle,
    sync::{Semaphore, watch},
};

use self::table::Table;
use super::{account, client::Client, error::ApiErrorKind, timestamp::Timestamp, user::User};
use crate::{
    base::clock::Clock,
    error::{AuthError, CurrentUserError as Error},
};

/// The number of lookups at a time, waiting ones included. Beyond it a request gets 503 at once.
const MAX_LOOKUPS: usize = 1024;

/// The number of concurrent calls to Okta. An org may have a limit of only 35.
const MAX_CALLS: usize = 16;

/// The time a request waits for a lookup, which continues afterwards.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// The pause after a failure that affects all users.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest pause that Okta may request.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The outcome of a lookup. `Ok(None)`: there is no such user.
type Outcome = Result<Option<User>, Error>;

/// Receives the outcome of a lookup. `None` while it is in progress.
type Pending = watch::Receiver<Option<Outcome>>;

pub(super) struct CurrentUsers {
    state: Mutex<State>,
    calls: Semaphore,
    ttl: Duration,
    clock: Arc<dyn Clock>,
}

/// Never locked across an await.
struct State {
    table: Table<Option<User>>,
    /// The lookups in progress, with their numbers.
    lookups: HashMap<Box<str>, (u64, Pending)>,
    /// The number of lookups so far.
    count: u64,
    /// The start and length of the current pause between lookups.
    pause: Option<(Timestamp, Duration)>,
}

/// One lookup. Dropping it notifies the requests that wait.
struct Lookup {
    users: Arc<CurrentUsers>,
    id: Box<str>,
    number: u64,
    outcome: watch::Sender<Option<Outcome>>,
}

enum Found {
    Cached(Option<User>),
    Pending(Pending),
}

impl CurrentUsers {
    pub(super) fn new(ttl: Duration, capacity: usize, clock: Arc<dyn Clock>) -> Self {
        Self {
            state: Mutex::new(State {
                table: Table::new(capacity),
                lookups: HashMap::new(),
                count: 0,
                pause: None,
            }),
            calls: Semaphore::new(MAX_CALLS),
            ttl,
            clock,
        }
    }

    /// Returns the user of this ID, if the account is in use.
    pub(super) async fn find(
        self: &Arc<Self>,
        client: &Arc<Client>,
        id: &str,
    ) -> Result<User, AuthError> {
        let user = match self.find_or_start(client, id)? {
            Found::Cached(user) => user,
            Found::Pending(pending) => self.wait(pending).await?,
        };
        let user = user.ok_or(Error::Unknown)?;
        if !user.status().is_active() {
            return Err(Error::Inactive.into());
        }
        Ok(user)
    }

    /// Forgets a user. The outcome of a lookup in progress is not cached.
    pub(super) fn forget(&self, id: &str) {
        let mut state = self.state();
        state.table.remove(id);
        state.lookups.remove(id);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code panics while the lock is held. The state would be consistent even so.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Timestamp {
        Timestamp::now(&*self.clock)
    }

    /// Returns the cached user, the lookup in progress, or a new lookup.
    fn find_or_start(self: &Arc<Self>, client: &Arc<Client>, id: &str) -> Result<Found, Error> {
        let now = self.now();
        let mut state = self.state();
        if let Some(user) = state.table.get(id, now, self.ttl) {
            return Ok(Found::Cached(user.clone()));
        }
        if let Some((_, pending)) = state.lookups.get(id) {
            return Ok(Found::Pending(pending.clone()));
        }
        if state.is_paused(now) || state.lookups.len() >= MAX_LOOKUPS {
            return Err(Error::Unavailable);
        }
        let runtime = Handle::try_current().map_err(|_| Error::Unavailable)?;
        let (outcome, pending) = watch::channel(None);
        state.count += 1;
        let lookup = Lookup {
            users: Arc::clone(self),
            id: id.into(),
            number: state.count,
            outcome,
        };
        let entry = (lookup.number, pending.clone());
        state.lookups.insert(id.into(), entry);
        // In a task of its own: the disconnect of one client does not affect others that wait.
        runtime.spawn(lookup.run(Arc::clone(client)));
        Ok(Found::Pending(pending))
    }

    async fn wait(&self, mut pending: Pending) -> Outcome {
        tokio::select! {
            outcome = pending.wait_for(Option::is_some) => match outcome.as_deref() {
                Ok(Some(outcome)) => outcome.clone(),
                // The lookup was dropped.
                Ok(None) | Err(_) => Err(Error::Unavailable),
            },
            () = self.clock.sleep(MAX_WAIT) => Err(Error::Unavailable),
        }
    }
}

impl State {
    fn is_paused(&self, now: Timestamp) -> bool {
        (self.pause).is_some_and(|(since, length)| !since.is_past(length, now))
    }

    /// Returns whether this lookup is in progress and was not forgotten.
    fn is_current(&self, lookup: &Lookup) -> bool {
        let number = self.lookups.get(&*lookup.id).map(|(number, _)| *number);
        number == Some(lookup.number)
    }
}

impl Lookup {
    async fn run(self, client: Arc<Client>) {
        let outcome = self.look_up(&client).await;
        // After a failure, a user that is still cached stays.
        if let Ok(user) = &outcome {
            let (now, ttl) = (self.users.now(), self.users.ttl);
            let mut state = self.users.state();
            if state.is_current(&self) {
                state.table.insert(&self.id, user.clone(), now, ttl);
            }
        }
        self.outcome.send_replace(Some(outcome));
    }

    async fn look_up(&self, client: &Client) -> Outcome {
        let permit = self.users.calls.acquire().await;
        let _permit = permit.map_err(|_| Error::Unavailable)?;
        // While this lookup waited, another one may have failed for all users.
        if self.users.state().is_paused(self.users.now()) {
            return Err(Error::Unavailable);
        }
        let error = match account::get(client, &self.id).await {
            // A lookup by login could find another user.
            Ok(user) => return Ok(Some(user).filter(|user| user.id() == &*self.id)),
            Err(error) => error,
        };
        match error.kind() {
            ApiErrorKind::NotFound => Ok(None),
            // The ID is invalid and was not sent.
            ApiErrorKind::Invalid if error.status().is_none() => Ok(None),
            // The response may be unreadable for this user only.
            ApiErrorKind::Unreadable => Err(Error::Unavailable),
            _ => {
                let requested = error.retry_after().unwrap_or_default();
                let length = requested.clamp(PAUSE, LONGEST_PAUSE);
                let now = self.users.now();
                self.users.state().pause = Some((now, length));
                Err(Error::Unavailable)
            }
        }
    }
}

impl Drop for Lookup {
    fn drop(&mut self) {
        let mut state = self.users.state();
        if state.is_current(self) {
            state.lookups.remove(&*self.id);
        }
    }
}

/// Hides the users.
impl fmt::Debug for CurrentUsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CurrentUsers")
            .field("ttl", &self.ttl)
            .finish_non_exhaustive()
    }
}
