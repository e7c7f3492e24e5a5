//! What is remembered of the people who call: each looked up once for a time, however many of their requests come at once.

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
use super::{ApiErrorKind, User, Users, age::Moment, client::Client};
use crate::{
    base::clock::Clock,
    error::{AuthError, CurrentUserError as Error},
};

/// How many look-ups may be under way or waiting at once. Beyond it a request is answered 503 at once.
const MAX_FLIGHTS: usize = 1024;

/// How many of them ask Okta at the same time: an org may have as few as 35 calls under way.
const MAX_CALLS: usize = 16;

/// How long a request waits for a look-up. The look-up goes on without it.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// How long nobody is looked up after a failure that will be everybody's.
const REST: Duration = Duration::from_secs(1);

/// The longest time for which Okta is left alone because it asks for that.
const LONGEST_REST: Duration = Duration::from_secs(60);

/// What Okta said of a person: somebody, or that there is nobody.
type Known = Option<User>;

/// How a look-up has ended; `None` while it is under way.
type Landing = watch::Receiver<Option<Result<Known, Error>>>;

pub(super) struct CurrentUsers {
    state: Mutex<State>,
    calls: Semaphore,
    ttl: Duration,
    clock: Arc<dyn Clock>,
}

/// Locked for a look and no longer.
struct State {
    table: Table<Known>,
    flights: HashMap<Box<str>, (u64, Landing)>,
    /// How many look-ups there have been.
    count: u64,
    /// Nobody is looked up before this time has passed since that moment.
    rest: Option<(Moment, Duration)>,
}

/// One look-up. Whatever becomes of it, those who wait are told when it is gone.
struct Flight {
    users: Arc<CurrentUsers>,
    id: Box<str>,
    number: u64,
    landed: watch::Sender<Option<Result<Known, Error>>>,
}

impl CurrentUsers {
    pub(super) fn new(ttl: Duration, capacity: usize, clock: Arc<dyn Clock>) -> Self {
        Self {
            state: Mutex::new(State {
                table: Table::new(capacity),
                flights: HashMap::new(),
                count: 0,
                rest: None,
            }),
            calls: Semaphore::new(MAX_CALLS),
            ttl,
            clock,
        }
    }

    /// The person of this id, whose account is in use.
    pub(super) async fn find(
        self: &Arc<Self>,
        client: &Arc<Client>,
        id: &str,
    ) -> Result<User, AuthError> {
        let known = match self.board(client, id)? {
            Boarding::Known(known) => known,
            Boarding::Wait(landing) => self.wait(landing).await?,
        };
        let user = known.ok_or(Error::Unknown)?;
        if !user.status().is_active() {
            return Err(Error::Inactive.into());
        }
        Ok(user)
    }

    /// What was remembered of this person is out of date; so is what is being asked at the moment.
    pub(super) fn forget(&self, id: &str) {
        let mut state = self.state();
        state.table.remove(id);
        state.flights.remove(id);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held; if something did, the state would still be usable.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Moment {
        Moment::now(&*self.clock)
    }

    /// What is known, or a look-up to wait for: one under way, or a new one.
    fn board(self: &Arc<Self>, client: &Arc<Client>, id: &str) -> Result<Boarding, Error> {
        let now = self.now();
        let mut state = self.state();
        if let Some(known) = state.table.get(id, now, self.ttl) {
            return Ok(Boarding::Known(known.clone()));
        }
        if let Some((_, landing)) = state.flights.get(id) {
            return Ok(Boarding::Wait(landing.clone()));
        }
        if state.is_resting(now) || state.flights.len() >= MAX_FLIGHTS {
            return Err(Error::Unavailable);
        }
        // Without one there is no HTTP client either.
        let runtime = Handle::try_current().map_err(|_| Error::Unavailable)?;
        let (landed, landing) = watch::channel(None);
        state.count += 1;
        let flight = Flight {
            users: Arc::clone(self),
            id: id.into(),
            number: state.count,
            landed,
        };
        let number = flight.number;
        state.flights.insert(id.into(), (number, landing.clone()));
        // A task of its own: a request that goes away takes nothing from those who wait with it.
        runtime.spawn(flight.fly(Arc::clone(client)));
        Ok(Boarding::Wait(landing))
    }

    async fn wait(&self, mut landing: Landing) -> Result<Known, Error> {
        let landed = landing.wait_for(Option::is_some);
        tokio::select! {
            landed = landed => match landed.as_deref() {
                Ok(Some(outcome)) => outcome.clone(),
                // It was given up half-way.
                Ok(None) | Err(_) => Err(Error::Unavailable),
            },
            () = self.clock.sleep(MAX_WAIT) => Err(Error::Unavailable),
        }
    }
}

enum Boarding {
    Known(Known),
    Wait(Landing),
}

impl State {
    fn is_resting(&self, now: Moment) -> bool {
        (self.rest).is_some_and(|(since, lasts)| !since.is_past(lasts, now))
    }
}

impl Flight {
    async fn fly(self, client: Arc<Client>) {
        let outcome = self.look_up(client).await;
        {
            let mut state = self.users.state();
            let number = state.flights.get(&*self.id).map(|(number, _)| *number);
            // Unless it was forgotten meanwhile. What is known and still good stays through a failure.
            if let Ok(known) = &outcome
                && number == Some(self.number)
            {
                let now = self.users.now();
                let ttl = self.users.ttl;
                state.table.insert(&self.id, known.clone(), now, ttl);
            }
        }
        self.landed.send_replace(Some(outcome));
    }

    async fn look_up(&self, client: Arc<Client>) -> Result<Known, Error> {
        let permit = self.users.calls.acquire().await;
        let _permit = permit.map_err(|_| Error::Unavailable)?;
        // Those who have waited behind one that failed for everybody need not try.
        if self.users.state().is_resting(self.users.now()) {
            return Err(Error::Unavailable);
        }
        let users = Users {
            parts: Some((client, Arc::clone(&self.users))),
        };
        match users.get(&self.id).await {
            // By a login somebody else might be found.
            Ok(user) if user.id() == &*self.id => Ok(Some(user)),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == ApiErrorKind::NotFound => Ok(None),
            // An id that cannot be one, and was not sent.
            Err(error) if error.kind() == ApiErrorKind::Invalid && error.status().is_none() => {
                Ok(None)
            }
            Err(error) => {
                // An answer that cannot be read may be this person's alone.
                if error.kind() != ApiErrorKind::Unreadable {
                    let asked_for = error.retry_after().unwrap_or_default();
                    let rest = asked_for.clamp(REST, LONGEST_REST);
                    self.users.state().rest = Some((self.users.now(), rest));
                }
                Err(Error::Unavailable)
            }
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let mut state = self.users.state();
        let is_this = |(number, _): &(u64, Landing)| *number == self.number;
        if state.flights.get(&*self.id).is_some_and(is_this) {
            state.flights.remove(&*self.id);
        }
    }
}

/// Prints nothing of anybody.
impl fmt::Debug for CurrentUsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CurrentUsers")
            .field("ttl", &self.ttl)
            .finish_non_exhaustive()
    }
}
