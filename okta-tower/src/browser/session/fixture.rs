//! Sessions for unit tests, with a scripted identity provider.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, header::COOKIE};
use serde_json::json;
use tokio::{
    sync::{Semaphore, watch},
    task::JoinHandle,
};

use super::{Environment, Sessions, record::NewSession};
use crate::{
    base::{
        clock::{Clock, Sleep, from_unix_seconds},
        secret::Secret,
    },
    browser::{
        identity::{BoxFuture, Provider, RefreshFailure, Refreshed, Renewal},
        settings::SignIn,
        store::{
            MemoryStore, Owner, SessionKey, SessionStore, StoreError, StoreErrorKind, StoreFuture,
            StoredSession,
        },
    },
    oauth::TokenResponse,
    okta::builder::OktaBuilder,
};

pub(super) const CLIENT_ID: &str = "0oa1";
pub(super) const ISSUER: &str = "https://acme.okta.com/oauth2/default";

pub(super) fn claims() -> String {
    json!({
        "iss": ISSUER, "sub": "00u1", "aud": CLIENT_ID, "exp": 4_000_000_000_i64, "iat": 1,
        "email": "ada@example.com", "groups": ["viewer"],
    })
    .to_string()
}

/// `number` is that of the refresh that issued them.
pub(super) fn tokens(number: usize) -> TokenResponse {
    let payload = URL_SAFE_NO_PAD.encode(claims());
    let signature = URL_SAFE_NO_PAD.encode(format!("signature {number}"));
    TokenResponse {
        access_token: Secret::new(format!("access-{number}")),
        expires_in: Some(Duration::from_secs(3600)),
        scope: Some("openid email".into()),
        refresh_token: Some(Secret::new(format!("refresh-{number}"))),
        id_token: Some(Secret::new(format!("e30.{payload}.{signature}"))),
    }
}

pub(super) fn new_session() -> NewSession {
    NewSession {
        claims: claims(),
        scopes: "openid email offline_access".into(),
        tokens: tokens(0),
        sid: Some("sid-1".into()),
        nonce: Some("n-0".into()),
        local: Some(json!({ "id": 7 })),
    }
}

pub(super) fn refreshed(number: usize) -> Refreshed {
    Refreshed {
        tokens: tokens(number),
        claims: Some(claims()),
    }
}

/// Answers each refresh with the next of its answers, and then with tokens. Each answer can be held
/// back.
#[derive(Debug)]
pub(super) struct Scripted {
    answers: Mutex<VecDeque<Result<(), RefreshFailure>>>,
    /// The refresh tokens of all requests.
    pub(super) asked: Mutex<Vec<String>>,
    pub(super) revoked: Mutex<Vec<String>>,
    gate: Semaphore,
}

impl Scripted {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::default(),
            asked: Mutex::default(),
            revoked: Mutex::default(),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
        })
    }

    pub(super) fn fails_with(&self, failure: impl Into<RefreshFailure>) {
        self.answers.lock().unwrap().push_back(Err(failure.into()));
    }

    /// Holds back each answer until [`release`](Self::release).
    pub(super) fn hold(&self) {
        self.gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub(super) fn release(&self) {
        self.gate.add_permits(1000);
    }

    pub(super) fn refreshes(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl Provider for Scripted {
    fn refresh<'a>(
        &'a self,
        renewal: Renewal<'a>,
    ) -> BoxFuture<'a, Result<Refreshed, RefreshFailure>> {
        Box::pin(async move {
            let token = renewal.refresh_token.expose().to_owned();
            let number = {
                let mut asked = self.asked.lock().unwrap();
                asked.push(token);
                asked.len()
            };
            self.gate.acquire().await.unwrap().forget();
            let answer = self.answers.lock().unwrap().pop_front();
            answer.unwrap_or(Ok(())).map(|()| refreshed(number))
        })
    }

    fn revoke<'a>(&'a self, refresh_token: &'a Secret) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let token = refresh_token.expose().to_owned();
            self.revoked.lock().unwrap().push(token);
        })
    }
}

/// When the tests begin, in Unix seconds.
pub(super) const START: i64 = 2_000_000_000;

/// A clock that is moved by hand.
#[derive(Clone, Debug)]
pub(super) struct HandClock(watch::Sender<Duration>);

impl HandClock {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(Duration::ZERO))
    }

    pub(super) fn advance(&self, seconds: u64) {
        self.pass(Duration::from_secs(seconds));
    }

    pub(super) fn pass(&self, duration: Duration) {
        self.0.send_modify(|time| *time += duration);
    }

    /// Returns the time that has passed.
    pub(super) fn elapsed(&self) -> Duration {
        *self.0.borrow()
    }

    /// Lets time pass by tenths of a second until a task has ended, for at most a minute.
    pub(super) async fn run<T>(&self, task: JoinHandle<T>) -> T {
        for _ in 0..600 {
            settle().await;
            if task.is_finished() {
                break;
            }
            self.pass(Duration::from_millis(100));
        }
        assert!(task.is_finished(), "the task does not end");
        task.await.unwrap()
    }
}

/// Lets every task run until it waits.
pub(super) async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

impl Clock for HandClock {
    fn now(&self) -> SystemTime {
        from_unix_seconds(START) + *self.0.borrow()
    }

    fn uptime(&self) -> Duration {
        *self.0.borrow()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let until = self.uptime() + duration;
        let mut time = self.0.subscribe();
        Box::pin(async move {
            let _ = time.wait_for(|time| *time >= until).await;
        })
    }
}

/// 32 bytes without a pattern.
pub(super) const KEY: &str = "8eAVWYOB7ShzLMsvVkDl9dGmTgBtWmS1k4Yi_sC0Kpc";
pub(super) const OTHER_KEY: &str = "bqQ1s9dXo3w-0PvGzJUyTnC5mL7R2hEaFfKiB84tZYk";

/// The sessions of an application, with their clock and identity provider.
pub(super) struct World {
    pub(super) clock: HandClock,
    pub(super) issuer: Arc<Scripted>,
    pub(super) sessions: Arc<Sessions>,
}

pub(super) fn sign_in() -> SignIn {
    SignIn::new()
        .redirect_uri("https://app.example.com/authorization-code/callback")
        .cookie_keys(KEY)
        .cookie_name("okta_session")
        .keep_access_token()
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(sign_in())
    }

    pub(super) fn with(sign_in: SignIn) -> Self {
        let clock = HandClock::new();
        let issuer = Scripted::new();
        let sessions = process(sign_in, &clock, &issuer);
        Self {
            clock,
            issuer,
            sessions,
        }
    }

    /// Sessions in a store.
    pub(super) fn stored() -> (Self, Arc<WatchedStore>) {
        let clock = HandClock::new();
        let issuer = Scripted::new();
        let store = WatchedStore::new(&clock);
        let sessions = process(sign_in().store(Arc::clone(&store)), &clock, &issuer);
        let world = Self {
            clock,
            issuer,
            sessions,
        };
        (world, store)
    }

    /// Another process of the application that [`stored`](Self::stored) has made.
    pub(super) fn another_process(&self, store: &Arc<WatchedStore>) -> Arc<Sessions> {
        process(
            sign_in().store(Arc::clone(store)),
            &self.clock,
            &self.issuer,
        )
    }

    /// Signs in, and returns what the browser sends from then on.
    pub(super) async fn signed_in(&self) -> HeaderMap {
        let mut browser = HeaderMap::new();
        let created = self.sessions.create(new_session(), &browser).await.unwrap();
        take(&mut browser, &created.set_cookies);
        browser
    }

    pub(super) async fn current(&self, browser: &HeaderMap) -> Result<String, &'static str> {
        identify(&self.sessions, browser).await
    }
}

/// One process of the application.
pub(super) fn process<P: Provider + 'static>(
    sign_in: SignIn,
    clock: &HandClock,
    issuer: &Arc<P>,
) -> Arc<Sessions> {
    process_with(sign_in, clock, issuer, |okta| okta)
}

/// One process of a client at the issuer.
pub(super) fn process_of<P: Provider + 'static>(
    client_id: &str,
    sign_in: SignIn,
    clock: &HandClock,
    issuer: &Arc<P>,
) -> Arc<Sessions> {
    process_with(sign_in, clock, issuer, |okta| okta.client_id(client_id))
}

/// One process of the application, with other settings.
pub(super) fn process_with<P: Provider + 'static>(
    sign_in: SignIn,
    clock: &HandClock,
    issuer: &Arc<P>,
    set: impl FnOnce(OktaBuilder) -> OktaBuilder,
) -> Arc<Sessions> {
    let builder = OktaBuilder::new(ISSUER)
        .client_id(CLIENT_ID)
        .client_secret("secret")
        .clock(clock.clone())
        // Dropping a cache of the default size takes longer than most tests.
        .token_cache_bytes(1 << 20)
        .sign_in(sign_in);
    let config = set(builder).build().unwrap();
    let environment = Environment {
        policy: config.policy,
        clock: config.clock,
        metrics: Arc::default(),
        cache_bytes: config.cache_bytes,
    };
    let settings = config.sign_in.unwrap();
    Sessions::new(&settings, environment, issuer.clone())
}

/// A store that counts its requests, and can be unreachable.
pub(super) struct WatchedStore {
    inner: MemoryStore,
    is_down: AtomicBool,
    fails_to_delete: AtomicBool,
    loads: AtomicUsize,
    saves: AtomicUsize,
    /// The keys of all sessions, in the order of their creation.
    keys: Mutex<Vec<SessionKey>>,
}

impl WatchedStore {
    fn new(clock: &HandClock) -> Arc<Self> {
        Arc::new(Self {
            inner: MemoryStore::new().clock(clock.clone()),
            is_down: AtomicBool::new(false),
            fails_to_delete: AtomicBool::new(false),
            loads: AtomicUsize::new(0),
            saves: AtomicUsize::new(0),
            keys: Mutex::default(),
        })
    }

    pub(super) fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }

    pub(super) fn fail_to_delete(&self) {
        self.fails_to_delete.store(true, Ordering::SeqCst);
    }

    pub(super) fn loads(&self) -> usize {
        self.loads.load(Ordering::SeqCst)
    }

    pub(super) fn saves(&self) -> usize {
        self.saves.load(Ordering::SeqCst)
    }

    pub(super) fn last_key(&self) -> SessionKey {
        self.keys.lock().unwrap().last().unwrap().clone()
    }

    fn or_down<'a, T: Send + 'a>(&'a self, operation: StoreFuture<'a, T>) -> StoreFuture<'a, T> {
        if self.is_down.load(Ordering::SeqCst) {
            let error = StoreError::new(StoreErrorKind::Unavailable, "unreachable");
            return Box::pin(async move { Err(error) });
        }
        operation
    }
}

impl SessionStore for WatchedStore {
    fn create<'a>(&'a self, key: &'a SessionKey, session: StoredSession) -> StoreFuture<'a, ()> {
        self.keys.lock().unwrap().push(key.clone());
        self.or_down(self.inner.create(key, session))
    }

    fn load<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, Option<StoredSession>> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        self.or_down(self.inner.load(key))
    }

    fn save<'a>(
        &'a self,
        key: &'a SessionKey,
        expected: u64,
        session: StoredSession,
    ) -> StoreFuture<'a, bool> {
        self.saves.fetch_add(1, Ordering::SeqCst);
        self.or_down(self.inner.save(key, expected, session))
    }

    fn delete<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, bool> {
        if self.fails_to_delete.load(Ordering::SeqCst) {
            let error = StoreError::new(StoreErrorKind::Unavailable, "read only");
            return Box::pin(async move { Err(error) });
        }
        self.or_down(self.inner.delete(key))
    }

    fn delete_user<'a>(&'a self, owner: &'a Owner) -> StoreFuture<'a, u64> {
        self.or_down(self.inner.delete_user(owner))
    }

    fn delete_sid<'a>(&'a self, issuer: &'a str, sid: &'a str) -> StoreFuture<'a, u64> {
        self.or_down(self.inner.delete_sid(issuer, sid))
    }

    fn limit_user<'a>(
        &'a self,
        owner: &'a Owner,
        most: usize,
        newest: &'a SessionKey,
    ) -> StoreFuture<'a, u64> {
        self.or_down(self.inner.limit_user(owner, most, newest))
    }

    fn lock<'a>(
        &'a self,
        key: &'a SessionKey,
        token: &'a str,
        ttl: Duration,
    ) -> StoreFuture<'a, bool> {
        self.or_down(self.inner.lock(key, token, ttl))
    }

    fn unlock<'a>(&'a self, key: &'a SessionKey, token: &'a str) -> StoreFuture<'a, ()> {
        self.or_down(self.inner.unlock(key, token))
    }
}

/// Returns the subject, or the reason for the rejection.
pub(super) async fn identify(
    sessions: &Arc<Sessions>,
    browser: &HeaderMap,
) -> Result<String, &'static str> {
    match sessions.current(browser).await {
        Ok(Some(verified)) => Ok(verified.subject().to_owned()),
        Ok(None) => Err("anonymous"),
        Err(error) => Err(error.as_str()),
    }
}

/// Does what a browser does with `Set-Cookie`.
pub(super) fn take<'f>(browser: &mut HeaderMap, fields: impl IntoIterator<Item = &'f HeaderValue>) {
    let mut cookies = cookies(browser);
    for field in fields {
        let (pair, attributes) = field.to_str().unwrap().split_once(';').unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        cookies.retain(|(other, _)| other != name);
        if !attributes.contains("Max-Age=0") {
            cookies.push((name.to_owned(), value.to_owned()));
        }
    }
    browser.clear();
    set(browser, &cookies);
}

/// Gives a browser exactly these cookies.
pub(super) fn set(browser: &mut HeaderMap, cookies: &[(String, String)]) {
    let text: Vec<String> = (cookies.iter())
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if !text.is_empty() {
        browser.insert(COOKIE, HeaderValue::try_from(text.join("; ")).unwrap());
    }
}

/// Returns the cookies of a browser, by name.
pub(super) fn cookies(browser: &HeaderMap) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let pairs =
        crate::browser::cookies::read(browser).map(|(name, value)| (text(name), text(value)));
    pairs.collect()
}
