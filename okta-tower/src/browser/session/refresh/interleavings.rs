//! Every order of three requests, their refresh and a disconnect, with the code that serves
//! requests. `.ci/models --mutants` shows that each test fails without the line that it is about.
//!
//! The test polls each request by hand, and only after it was woken, so that a lost wake-up shows.
//! The refresh runs on a runtime that makes progress only in its own step.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use http::{HeaderMap, header::SET_COOKIE};
use tokio::{runtime::Runtime, sync::Semaphore};

use crate::{
    base::secret::Secret,
    browser::{
        identity::{BoxFuture, Provider, RefreshFailure, Refreshed, Renewal},
        session::{
            Session, Sessions,
            fixture::{HandClock, new_session, process, refreshed, settle, sign_in, take},
        },
    },
    claims::{NoExtra, Verified},
    error::SessionError,
    oauth::TokenFailure,
};

const REQUESTS: usize = 3;
/// The refresh is due, and the session serves without it.
const DUE: u64 = 3540;
/// The session does not serve before the refresh.
const NEEDED: u64 = 3600;
/// Longer than every pause after a failure.
const PAUSE: u64 = 31;

/// How the provider answers.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Answer {
    Tokens,
    Failure,
    Panic,
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Poll(usize),
    /// The client of the first request disconnects.
    Disconnect,
    /// The refresh makes progress.
    Turn,
    /// The provider answers.
    Answer,
}

/// Counts the token requests. Holds each back until `Step::Answer`.
#[derive(Debug)]
struct Counting {
    answer: Mutex<Answer>,
    gate: Semaphore,
    asked: AtomicUsize,
    running: AtomicUsize,
    most_at_once: AtomicUsize,
}

/// Also counts a token request that is canceled or panics.
struct Running<'c>(&'c AtomicUsize);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Provider for Counting {
    fn refresh<'a>(&'a self, _: Renewal<'a>) -> BoxFuture<'a, Result<Refreshed, RefreshFailure>> {
        Box::pin(async move {
            let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
            let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
            let _running = Running(&self.running);
            self.most_at_once.fetch_max(running, Ordering::SeqCst);
            self.gate.acquire().await.unwrap().forget();
            let answer = *self.answer.lock().unwrap();
            match answer {
                Answer::Tokens => Ok(refreshed(number)),
                Answer::Failure => Err(TokenFailure::Transient { retry_after: None }.into()),
                Answer::Panic => panic!("the provider panics"),
            }
        })
    }

    fn revoke<'a>(&'a self, _: &'a Secret) -> BoxFuture<'a, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// Whether a request was woken since its last poll.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

type Outcome = Result<Option<Verified>, SessionError>;

struct Request {
    /// `None` after the end, or after the client has disconnected.
    future: Option<BoxFuture<'static, Outcome>>,
    woken: Arc<Woken>,
    was_polled: bool,
    outcome: Option<Outcome>,
}

struct World<'r> {
    runtime: &'r Runtime,
    clock: HandClock,
    provider: Arc<Counting>,
    sessions: Arc<Sessions>,
    browser: HeaderMap,
    requests: Vec<Request>,
    turns: usize,
    was_answered: bool,
}

impl<'r> World<'r> {
    fn new(runtime: &'r Runtime) -> Self {
        let clock = HandClock::new();
        let provider = Arc::new(Counting {
            answer: Mutex::new(Answer::Tokens),
            gate: Semaphore::new(0),
            asked: AtomicUsize::new(0),
            running: AtomicUsize::new(0),
            most_at_once: AtomicUsize::new(0),
        });
        let sessions = process(sign_in(), &clock, &provider);
        Self {
            runtime,
            clock,
            provider,
            sessions,
            browser: HeaderMap::new(),
            requests: Vec::new(),
            turns: 0,
            was_answered: false,
        }
    }

    /// Begins anew with another session, of this age in seconds. New sessions alone are cheap.
    fn begin(&mut self, answer: Answer, age: u64) {
        let provider = &self.provider;
        *provider.answer.lock().unwrap() = answer;
        provider.gate.forget_permits(Semaphore::MAX_PERMITS);
        provider.asked.store(0, Ordering::SeqCst);
        provider.most_at_once.store(0, Ordering::SeqCst);
        (self.turns, self.was_answered) = (0, false);

        let mut browser = HeaderMap::new();
        let created = self
            .runtime
            .block_on(self.sessions.create(new_session(), &browser));
        take(&mut browser, &created.unwrap().set_cookies);
        // Used meanwhile, or the session would be idle for too long.
        self.clock.advance(age / 2);
        let verified = self
            .runtime
            .block_on(self.sessions.current(&browser))
            .unwrap();
        let mut fields = HeaderMap::new();
        self.sessions
            .finish(&verified.unwrap(), self.sessions.now(), &mut fields);
        take(&mut browser, fields.get_all(SET_COOKIE));
        self.clock.advance(age - age / 2);
        self.browser = browser;
        self.requests = (0..REQUESTS).map(|_| self.request()).collect();
    }

    fn request(&self) -> Request {
        let (sessions, browser) = (Arc::clone(&self.sessions), self.browser.clone());
        Request {
            future: Some(Box::pin(async move { sessions.current(&browser).await })),
            woken: Arc::new(Woken(AtomicBool::new(true))),
            was_polled: false,
            outcome: None,
        }
    }

    /// Returns the steps that are possible now.
    fn possible(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut has_equal_before = false;
        for (number, request) in self.requests.iter().enumerate() {
            // Of equal requests that have not begun, one begins first. The first request differs
            // from the others: it may end early.
            let is_new = number > 0 && !request.was_polled;
            if is_new && has_equal_before {
                continue;
            }
            has_equal_before |= is_new;
            if request.future.is_some() && request.woken.0.load(Ordering::SeqCst) {
                steps.push(Step::Poll(number));
            }
        }
        if self.requests[0].future.is_some() && self.requests[0].was_polled {
            steps.push(Step::Disconnect);
        }
        // The refresh waits once, for the provider. Between, its turns change nothing.
        let can_progress = match self.turns {
            0 => self.requests.iter().any(|request| request.was_polled),
            1 => self.was_answered,
            _ => false,
        };
        if can_progress {
            steps.push(Step::Turn);
        }
        if !self.was_answered && self.provider.asked.load(Ordering::SeqCst) > 0 {
            steps.push(Step::Answer);
        }
        steps
    }

    fn make(&mut self, step: Step) {
        match step {
            Step::Poll(number) => self.poll(number),
            Step::Disconnect => self.requests[0].future = None,
            Step::Turn => {
                self.turns += 1;
                self.runtime.block_on(tokio::task::yield_now());
            }
            Step::Answer => {
                self.was_answered = true;
                self.provider.gate.add_permits(100);
            }
        }
    }

    fn poll(&mut self, number: usize) {
        let _in_runtime = self.runtime.enter();
        let request = &mut self.requests[number];
        let Some(future) = &mut request.future else {
            return;
        };
        request.was_polled = true;
        request.woken.0.store(false, Ordering::SeqCst);
        let waker = Waker::from(Arc::clone(&request.woken));
        if let Poll::Ready(outcome) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            request.outcome = Some(outcome);
            request.future = None;
        }
    }

    /// Lets everything end: the provider answers, and each request is polled if it was woken.
    fn end(&mut self) {
        self.provider.gate.add_permits(100);
        for _ in 0..4 {
            self.runtime.block_on(settle());
            for number in 0..self.requests.len() {
                if self.requests[number].woken.0.load(Ordering::SeqCst) {
                    self.poll(number);
                }
            }
        }
    }

    /// Makes one more request, and returns its access token.
    fn next_request(&mut self) -> Result<String, SessionError> {
        let next = self.request();
        self.requests.push(next);
        self.end();
        token(self.requests.pop().unwrap().outcome.expect("no wake-up"))
    }
}

fn token(outcome: Outcome) -> Result<String, SessionError> {
    let session = Session::<NoExtra>::of(&outcome?.unwrap()).unwrap();
    Ok(session.access_token().unwrap().expose().to_owned())
}

/// Runs every order of the steps. `check` gets the world after each.
fn explore(answer: Answer, age: u64, check: impl Fn(&mut World<'_>)) {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.build().unwrap();
    // The choice at each step, and how many there were: the next order changes the last choice
    // that can be increased.
    let mut choices: Vec<(usize, usize)> = Vec::new();
    let mut orders = 0;
    let mut world = World::new(&runtime);
    loop {
        world.begin(answer, age);
        let mut order = Vec::new();
        loop {
            let possible = world.possible();
            if possible.is_empty() {
                break;
            }
            let depth = order.len();
            if depth == choices.len() {
                choices.push((0, possible.len()));
            }
            let step = possible[choices[depth].0];
            order.push(step);
            world.make(step);
        }
        orders += 1;
        let checked = std::panic::catch_unwind(AssertUnwindSafe(|| {
            world.end();
            check(&mut world);
        }));
        assert!(
            checked.is_ok(),
            "{answer:?} at the age {age}, in the order {order:?}"
        );
        while choices
            .last()
            .is_some_and(|(choice, count)| choice + 1 == *count)
        {
            choices.pop();
        }
        match choices.last_mut() {
            Some((choice, _)) => *choice += 1,
            None => break,
        }
    }
    // Every order of the first polls alone is more.
    assert!(orders > 100, "{orders}");
}

/// Returns the outcomes of the requests whose clients did not disconnect.
fn outcomes(world: &mut World<'_>) -> Vec<Result<String, SessionError>> {
    let lost = world
        .requests
        .iter()
        .any(|request| request.future.is_some());
    assert!(!lost, "a request was not woken");
    let requests = world.requests.iter_mut();
    let outcomes = requests.filter_map(|request| request.outcome.take());
    outcomes.map(token).collect()
}

#[test]
fn one_refresh_serves_all_requests_in_every_order() {
    for age in [DUE, NEEDED] {
        explore(Answer::Tokens, age, |world| {
            for outcome in outcomes(world) {
                assert_eq!(outcome.unwrap(), "access-1");
            }
            assert_eq!(world.provider.asked.load(Ordering::SeqCst), 1);
            assert_eq!(world.next_request().unwrap(), "access-1");
            assert_eq!(world.provider.asked.load(Ordering::SeqCst), 1);
        });
    }
}

#[test]
fn failed_refresh_frees_the_session_in_every_order() {
    for age in [DUE, NEEDED] {
        explore(Answer::Failure, age, |world| {
            for outcome in outcomes(world) {
                match age {
                    DUE => assert_eq!(outcome.unwrap(), "access-0"),
                    _ => assert_eq!(outcome.unwrap_err(), SessionError::RefreshUnavailable),
                }
            }
            // The others respect the pause.
            assert_eq!(world.provider.asked.load(Ordering::SeqCst), 1);
            *world.provider.answer.lock().unwrap() = Answer::Tokens;
            world.clock.advance(PAUSE);
            assert_eq!(world.next_request().unwrap(), "access-2");
        });
    }
}

#[test]
fn panic_in_a_refresh_frees_the_session_in_every_order() {
    explore(Answer::Panic, NEEDED, |world| {
        for outcome in outcomes(world) {
            assert_eq!(outcome.unwrap_err(), SessionError::RefreshUnavailable);
        }
        // A request after the panic may start another one, but never at the same time.
        assert_eq!(world.provider.most_at_once.load(Ordering::SeqCst), 1);
        *world.provider.answer.lock().unwrap() = Answer::Tokens;
        assert!(world.next_request().is_ok());
    });
}
