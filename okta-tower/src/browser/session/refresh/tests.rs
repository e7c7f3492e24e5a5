//! What a refresh leaves behind: a free lock, the next pause, and the session that serves.

use std::{
    future::ready,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::HeaderMap;
use tokio::task::JoinHandle;

use crate::browser::session::{
    Session, Sessions,
    backend::SessionData,
    fixture::{
        WatchedStore, World, claims, new_session, process, process_with, settle, sign_in, take,
        tokens,
    },
    refresh_slot::{Claim, RefreshPermit},
};
use crate::{
    base::secret::Secret,
    browser::{
        identity::{BoxFuture, Provider, RefreshFailure, Refreshed, Renewal},
        settings::SignIn,
        store::{
            Owner, SessionKey, SessionStore, StoreError, StoreErrorKind, StoreFuture, StoredSession,
        },
    },
    claims::NoExtra,
    error::AuthError,
    oauth::{TokenFailure, TokenResponse},
};

const DUE: u64 = 3540;
const NEEDED: u64 = 3600;
const LONG: Duration = Duration::from_secs(3000);

/// A session may stay unused for as long as a test takes.
fn patient() -> SignIn {
    sign_in().idle_timeout(Duration::from_secs(24 * 3600))
}

fn sealed() -> World {
    World::with(patient())
}

/// Sessions in a store, and those of another process.
fn stored() -> (World, Arc<Sessions>, Arc<WatchedStore>) {
    let (mut world, store) = World::stored();
    let sessions = || {
        let settings = patient().store(Arc::clone(&store));
        process(settings, &world.clock, &world.issuer)
    };
    let (one, other) = (sessions(), sessions());
    world.sessions = one;
    (world, other, store)
}

async fn handle(sessions: &Arc<Sessions>, browser: &HeaderMap) -> Session<NoExtra> {
    let verified = sessions.current(browser).await.unwrap().unwrap();
    Session::of(&verified).unwrap()
}

fn access_token(session: &Session<NoExtra>) -> String {
    session.access_token().unwrap().expose().to_owned()
}

fn reason(refreshed: Result<Session<NoExtra>, AuthError>) -> &'static str {
    refreshed.unwrap_err().reason()
}

/// Spawns a request. Returns the access token of its session.
fn request(sessions: &Arc<Sessions>, browser: &HeaderMap) -> JoinHandle<String> {
    let (sessions, browser) = (Arc::clone(sessions), browser.clone());
    tokio::spawn(async move { access_token(&handle(&sessions, &browser).await) })
}

/// Writes over a session, whatever its version.
async fn put(store: &WatchedStore, session: &StoredSession) {
    let key = store.last_key();
    let version = store.load(&key).await.unwrap().unwrap().version;
    let mut session = session.clone();
    session.version = version + 1;
    assert!(store.save(&key, version, session).await.unwrap());
}

#[tokio::test]
async fn lock_is_held_during_a_refresh_and_released_after_it() {
    let (world, _, store) = stored();
    let browser = world.signed_in().await;
    world.clock.advance(DUE);
    world.issuer.hold();
    let waiting = request(&world.sessions, &browser);
    settle().await;
    let key = store.last_key();
    assert!(!store.lock(&key, "next", LONG).await.unwrap());
    world.issuer.release();
    assert_eq!(world.clock.run(waiting).await, "access-1");
    assert!(store.lock(&key, "next", LONG).await.unwrap());
}

#[tokio::test]
async fn lock_is_released_if_another_process_was_faster() {
    let (world, other, store) = stored();
    let browser = world.signed_in().await;
    let outdated = handle(&world.sessions, &browser).await;
    let faster = handle(&other, &browser).await.refresh_now().await.unwrap();
    let now = outdated.refresh_now().await.unwrap();
    assert_eq!(access_token(&now), access_token(&faster));
    assert_eq!(world.issuer.refreshes(), 1);
    let key = store.last_key();
    assert!(store.lock(&key, "next", LONG).await.unwrap());
}

/// The holder of the lock may be killed after it has saved the session.
#[tokio::test]
async fn wait_for_the_lock_ends_once_its_holder_has_refreshed() {
    let (world, other, store) = stored();
    let browser = world.signed_in().await;
    let key = store.last_key();
    world.clock.advance(NEEDED);
    let before = store.load(&key).await.unwrap().unwrap();
    assert_eq!(request(&other, &browser).await.unwrap(), "access-1");
    let after = store.load(&key).await.unwrap().unwrap();
    put(&store, &before).await;
    assert!(store.lock(&key, "holder", LONG).await.unwrap());
    let began = world.clock.elapsed();
    let waiting = request(&world.sessions, &browser);
    settle().await;
    put(&store, &after).await;
    assert_eq!(world.clock.run(waiting).await, "access-1");
    assert!(world.clock.elapsed() - began <= Duration::from_millis(500));
    assert_eq!(world.issuer.refreshes(), 1);
}

#[tokio::test]
async fn refresh_never_overwrites_that_of_another_process() {
    for is_faster in [true, false] {
        let (world, other, store) = stored();
        let browser = world.signed_in().await;
        let key = store.last_key();
        world.clock.advance(NEEDED);
        let before = store.load(&key).await.unwrap().unwrap();
        assert_eq!(request(&other, &browser).await.unwrap(), "access-1");
        let after = store.load(&key).await.unwrap().unwrap();
        put(&store, &before).await;
        world.issuer.hold();
        let waiting = request(&world.sessions, &browser);
        settle().await;
        put(&store, if is_faster { &after } else { &before }).await;
        world.issuer.release();
        let expected = if is_faster { "access-1" } else { "access-2" };
        assert_eq!(world.clock.run(waiting).await, expected);
        assert_eq!(request(&other, &browser).await.unwrap(), expected);
        assert_eq!(world.issuer.refreshes(), 2);
    }
}

#[tokio::test]
async fn live_session_waits_no_longer_than_the_lock_lasts() {
    let world = sealed();
    let brief = Duration::from_millis(100);
    let sessions = process_with(patient(), &world.clock, &world.issuer, |okta| {
        okta.fetch_timeout(brief).connect_timeout(brief)
    });
    let world = World { sessions, ..world };
    let browser = world.signed_in().await;
    world.clock.advance(DUE);
    world.issuer.hold();
    let waiting = request(&world.sessions, &browser);
    settle().await;
    // Twice the timeout and one second.
    world.clock.pass(Duration::from_millis(1199));
    settle().await;
    assert!(!waiting.is_finished());
    world.clock.pass(Duration::from_millis(1));
    settle().await;
    assert!(waiting.is_finished());
    world.issuer.release();
}

#[tokio::test]
async fn success_shortens_the_pause_after_the_next_failure() {
    let (world, _, _) = stored();
    let browser = world.signed_in().await;
    let transient = TokenFailure::Transient { retry_after: None };
    world.clock.advance(DUE);
    for pause in [1, 2] {
        world.issuer.fails_with(transient.clone());
        assert_eq!(world.current(&browser).await, Ok("00u1".into()));
        world.clock.advance(pause);
    }
    assert_eq!(
        request(&world.sessions, &browser).await.unwrap(),
        "access-3"
    );
    world.clock.advance(DUE);
    world.issuer.fails_with(transient);
    assert_eq!(world.current(&browser).await, Ok("00u1".into()));
    world.clock.advance(1);
    assert_eq!(
        request(&world.sessions, &browser).await.unwrap(),
        "access-5"
    );
}

/// A handle from before a change of local data finds another generation, and asks nothing.
#[tokio::test]
async fn local_change_does_not_reset_the_count_of_failures() {
    for changes in [false, true] {
        let world = sealed();
        let browser = world.signed_in().await;
        let session = handle(&world.sessions, &browser).await;
        let transient = TokenFailure::Transient { retry_after: None };
        for pause in [1, 2, 4] {
            world.issuer.fails_with(transient.clone());
            let failed = handle(&world.sessions, &browser).await.refresh_now().await;
            assert_eq!(reason(failed), "session_refresh_unavailable");
            world.clock.advance(pause);
        }
        if changes {
            session.update_local(8.into()).await.unwrap();
        }
        world.issuer.fails_with(transient);
        assert_eq!(
            reason(session.refresh_now().await),
            "session_refresh_unavailable"
        );
        assert_eq!(world.issuer.refreshes(), 4);
        // The fourth failure: the pause is 4 s at least, not 1 s.
        world.clock.pass(Duration::from_millis(3999));
        assert_eq!(
            reason(session.refresh_now().await),
            "session_refresh_unavailable"
        );
        assert_eq!(world.issuer.refreshes(), 4, "{changes}");
        world.clock.pass(Duration::from_millis(4001));
        assert_eq!(
            access_token(&session.refresh_now().await.unwrap()),
            "access-5"
        );
    }
}

/// The response may belong to another user: only its refresh token is kept.
#[tokio::test]
async fn rejected_id_token_loses_no_rotated_refresh_token() {
    for rotated in [None, Some("rotated")] {
        let (stored, _, _) = stored();
        for world in [sealed(), stored] {
            let browser = world.signed_in().await;
            world.issuer.fails_with(RefreshFailure {
                failure: TokenFailure::Refused("id_token"),
                rotated: rotated.map(Into::into),
            });
            let session = handle(&world.sessions, &browser).await;
            assert_eq!(
                reason(session.refresh_now().await),
                "session_refresh_unavailable"
            );
            // The session is as it was, and lasts no longer.
            let after = handle(&world.sessions, &browser).await;
            assert_eq!(access_token(&after), "access-0");
            assert_eq!(after.token_ends_at(), session.token_ends_at());
            world.clock.advance(2);
            let refreshed = after.refresh_now().await.unwrap();
            assert_eq!(access_token(&refreshed), "access-2");
            let asked = world.issuer.asked.lock().unwrap().clone();
            assert_eq!(asked, ["refresh-0", rotated.unwrap_or("refresh-0")]);
            assert!(world.issuer.revoked.lock().unwrap().is_empty());
        }
    }
}

#[tokio::test]
async fn refresh_pauses_for_as_long_as_the_provider_asks() {
    let (world, _, _) = stored();
    let browser = world.signed_in().await;
    world.clock.advance(DUE);
    world.issuer.fails_with(TokenFailure::Transient {
        retry_after: Some(Duration::from_secs(20)),
    });
    for (pause, refreshes) in [(19, 1), (1, 1), (0, 2)] {
        assert_eq!(world.current(&browser).await, Ok("00u1".into()));
        assert_eq!(world.issuer.refreshes(), refreshes);
        world.clock.advance(pause);
    }
}

#[tokio::test]
async fn refresh_without_grace_serves_the_request_that_waited() {
    for grace in [Duration::ZERO, Duration::from_secs(30)] {
        let world = World::with(patient().rotation_grace(grace));
        let browser = world.signed_in().await;
        world.clock.advance(NEEDED);
        let session = handle(&world.sessions, &browser).await;
        assert_eq!(access_token(&session), "access-1");
    }
}

#[tokio::test]
async fn superseded_handle_never_uses_its_refresh_token() {
    let world = sealed();
    let other = process(patient(), &world.clock, &world.issuer);
    let mut browser = world.signed_in().await;
    let superseded = handle(&world.sessions, &browser).await;
    // The other process refreshes, and this one sees the newer cookie.
    let verified = other.current(&browser).await.unwrap().unwrap();
    let session = Session::<NoExtra>::of(&verified).unwrap();
    session.refresh_now().await.unwrap();
    let mut headers = HeaderMap::new();
    other.finish(&verified, other.now(), &mut headers);
    take(&mut browser, headers.get_all(http::header::SET_COOKIE));
    let newer = handle(&world.sessions, &browser).await;
    assert_eq!(access_token(&newer), "access-1");
    let refused = superseded.refresh_now().await;
    assert_eq!(reason(refused), "session_refresh_unavailable");
    assert_eq!(world.issuer.refreshes(), 1);
    newer.refresh_now().await.unwrap();
    assert_eq!(
        *world.issuer.asked.lock().unwrap(),
        ["refresh-0", "refresh-1"]
    );
}

#[tokio::test]
async fn older_handle_does_not_wait_for_the_refresh_after_its_own() {
    let world = sealed();
    let browser = world.signed_in().await;
    let older = handle(&world.sessions, &browser).await;
    let newer = older.refresh_now().await.unwrap();
    world.issuer.hold();
    let running = tokio::spawn(async move { access_token(&newer.refresh_now().await.unwrap()) });
    settle().await;
    let again = tokio::spawn(async move { access_token(&older.refresh_now().await.unwrap()) });
    settle().await;
    assert!(again.is_finished() && !running.is_finished());
    assert_eq!(again.await.unwrap(), "access-1");
    world.issuer.release();
    assert_eq!(running.await.unwrap(), "access-2");
}

#[tokio::test]
async fn refresh_now_that_fails_returns_no_session() {
    let (world, _, store) = stored();
    let browser = world.signed_in().await;
    let session = handle(&world.sessions, &browser).await;
    world
        .issuer
        .fails_with(TokenFailure::Transient { retry_after: None });
    let refused = session.refresh_now().await;
    assert_eq!(reason(refused), "session_refresh_unavailable");
    assert_eq!(world.current(&browser).await, Ok("00u1".into()));
    world.clock.advance(1);
    assert_eq!(
        access_token(&session.refresh_now().await.unwrap()),
        "access-2"
    );
    // Without a refresh token, neither the provider nor the store is asked.
    let mut new = new_session();
    new.tokens.refresh_token = None;
    let mut browser = HeaderMap::new();
    let created = world.sessions.create(new, &browser).await.unwrap();
    take(&mut browser, &created.set_cookies);
    let session = handle(&world.sessions, &browser).await;
    let loads = store.loads();
    let refused = session.refresh_now().await;
    assert_eq!(reason(refused), "session_refresh_unavailable");
    assert_eq!((store.loads(), world.issuer.refreshes()), (loads, 2));
}

/// Answers each refresh with these claims and this access token.
#[derive(Debug)]
struct Answers {
    claims: String,
    access_token: String,
    expires_in: Duration,
    refreshes: AtomicUsize,
}

impl Answers {
    fn new(claims: String, access_token: String, expires_in: u64) -> Arc<Self> {
        Arc::new(Self {
            claims,
            access_token,
            expires_in: Duration::from_secs(expires_in),
            refreshes: AtomicUsize::new(0),
        })
    }

    fn refreshes(&self) -> usize {
        self.refreshes.load(Ordering::SeqCst)
    }
}

impl Provider for Answers {
    fn refresh<'a>(&'a self, _: Renewal<'a>) -> BoxFuture<'a, Result<Refreshed, RefreshFailure>> {
        self.refreshes.fetch_add(1, Ordering::SeqCst);
        let tokens = TokenResponse {
            access_token: Secret::new(self.access_token.clone()),
            expires_in: Some(self.expires_in),
            ..tokens(1)
        };
        let claims = Some(self.claims.clone());
        Box::pin(ready(Ok(Refreshed { tokens, claims })))
    }

    fn revoke<'a>(&'a self, _: &'a Secret) -> BoxFuture<'a, ()> {
        Box::pin(ready(()))
    }
}

#[tokio::test]
async fn refresh_to_an_unusable_session_keeps_the_present_one() {
    let foreign = claims().replace("acme.okta.com", "other.okta.com");
    for (claims, token, expected) in [
        (claims(), "new".to_owned(), "new"),
        (foreign, "new".to_owned(), "access-0"),
        // Does not fit into cookies.
        (claims(), "x".repeat(100_000), "access-0"),
    ] {
        let mut world = sealed();
        let provider = Answers::new(claims, token, NEEDED);
        world.sessions = process(patient(), &world.clock, &provider);
        let browser = world.signed_in().await;
        world.clock.advance(DUE);
        // The second request comes within the pause after a failure.
        for _ in 0..2 {
            let session = handle(&world.sessions, &browser).await;
            assert_eq!(access_token(&session), expected);
            assert_eq!(provider.refreshes(), 1);
        }
    }
}

#[tokio::test]
async fn only_the_newest_cookie_starts_an_early_refresh() {
    let mut world = sealed();
    let provider = Answers::new(claims(), "new".to_owned(), 60);
    let settings = patient().rotation_grace(Duration::from_secs(60));
    world.sessions = process(settings, &world.clock, &provider);
    let older = world.signed_in().await;
    world.clock.advance(DUE);
    let verified = world.sessions.current(&older).await.unwrap().unwrap();
    let mut headers = HeaderMap::new();
    world
        .sessions
        .finish(&verified, world.sessions.now(), &mut headers);
    let mut newest = older.clone();
    take(&mut newest, headers.get_all(http::header::SET_COOKIE));
    assert_eq!(provider.refreshes(), 1);
    // The new access token is at half its life.
    world.clock.advance(30);
    assert_eq!(world.current(&older).await, Ok("00u1".into()));
    assert_eq!(provider.refreshes(), 1);
    assert_eq!(world.current(&newest).await, Ok("00u1".into()));
    assert_eq!(provider.refreshes(), 2);
}

/// A store of which one operation fails.
struct Faulty {
    inner: Arc<WatchedStore>,
    fails: Mutex<&'static str>,
}

impl Faulty {
    fn unless<'a, T: Send + 'a>(
        &self,
        name: &str,
        operation: impl FnOnce() -> StoreFuture<'a, T>,
    ) -> StoreFuture<'a, T> {
        if *self.fails.lock().unwrap() == name {
            let error = StoreError::new(StoreErrorKind::Unavailable, "unreachable");
            return Box::pin(ready(Err(error)));
        }
        operation()
    }
}

impl SessionStore for Faulty {
    fn create<'a>(&'a self, key: &'a SessionKey, session: StoredSession) -> StoreFuture<'a, ()> {
        self.inner.create(key, session)
    }

    fn load<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, Option<StoredSession>> {
        self.inner.load(key)
    }

    fn save<'a>(
        &'a self,
        key: &'a SessionKey,
        expected: u64,
        session: StoredSession,
    ) -> StoreFuture<'a, bool> {
        self.unless("save", || self.inner.save(key, expected, session))
    }

    fn delete<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, bool> {
        self.unless("delete", || self.inner.delete(key))
    }

    fn delete_user<'a>(&'a self, owner: &'a Owner) -> StoreFuture<'a, u64> {
        self.inner.delete_user(owner)
    }

    fn delete_sid<'a>(&'a self, issuer: &'a str, sid: &'a str) -> StoreFuture<'a, u64> {
        self.inner.delete_sid(issuer, sid)
    }

    fn lock<'a>(
        &'a self,
        key: &'a SessionKey,
        token: &'a str,
        ttl: Duration,
    ) -> StoreFuture<'a, bool> {
        self.inner.lock(key, token, ttl)
    }

    fn unlock<'a>(&'a self, key: &'a SessionKey, token: &'a str) -> StoreFuture<'a, ()> {
        self.inner.unlock(key, token)
    }
}

fn faulty(settings: SignIn) -> (World, Arc<Faulty>) {
    let (mut world, inner) = World::stored();
    let fails = Mutex::new("");
    let store = Arc::new(Faulty { inner, fails });
    let settings = settings.store(Arc::clone(&store));
    world.sessions = process(settings, &world.clock, &world.issuer);
    (world, store)
}

#[tokio::test]
async fn session_not_renewed_ends_even_if_it_cannot_be_deleted() {
    for fails in ["delete", ""] {
        let (world, store) = faulty(patient());
        let browser = world.signed_in().await;
        world.clock.advance(NEEDED);
        *store.fails.lock().unwrap() = fails;
        world.issuer.fails_with(TokenFailure::InvalidGrant);
        // After the pause, the provider is not asked again.
        for _ in 0..2 {
            assert_eq!(world.current(&browser).await, Err("session_ended"));
            assert_eq!(world.issuer.refreshes(), 1);
            world.clock.advance(60);
        }
    }
}

#[tokio::test]
async fn use_that_cannot_be_saved_rejects_no_request() {
    let (world, store) = faulty(sign_in());
    let browser = world.signed_in().await;
    world.clock.advance(900);
    *store.fails.lock().unwrap() = "save";
    assert_eq!(world.current(&browser).await, Ok("00u1".into()));
    assert_eq!(store.inner.saves(), 0);
    *store.fails.lock().unwrap() = "";
    assert_eq!(world.current(&browser).await, Ok("00u1".into()));
    assert_eq!(store.inner.saves(), 1);
}

#[tokio::test]
async fn local_data_that_cannot_be_saved_fails_at_once() {
    let (world, store) = faulty(patient());
    let browser = world.signed_in().await;
    let session = handle(&world.sessions, &browser).await;
    *store.fails.lock().unwrap() = "save";
    let changing = session.clone();
    let changing = tokio::spawn(async move { changing.update_local(8.into()).await });
    settle().await;
    assert!(changing.is_finished());
    assert_eq!(reason(changing.await.unwrap()), "session_store_unavailable");
    *store.fails.lock().unwrap() = "";
    let changed = session.update_local(8.into()).await.unwrap();
    assert_eq!(changed.local::<u8>(), Some(8));
}

/// A session, another process that has it too, and a handle of each.
async fn two_handles(
    world: &World,
    other: &Arc<Sessions>,
) -> (HeaderMap, Session<NoExtra>, Session<NoExtra>) {
    let browser = world.signed_in().await;
    let one = handle(&world.sessions, &browser).await;
    let two = handle(other, &browser).await;
    (browser, one, two)
}

#[tokio::test]
async fn refresh_now_after_a_local_change_asks_the_provider() {
    for answer in [Ok("access-1"), Err("session_ended")] {
        let sealed = sealed();
        let (stored, other, _) = stored();
        for (world, other) in [(&sealed, &sealed.sessions), (&stored, &other)] {
            let (_, session, changing) = two_handles(world, other).await;
            changing.update_local(8.into()).await.unwrap();
            if answer.is_err() {
                world.issuer.fails_with(TokenFailure::InvalidGrant);
            }
            let refreshed = session.refresh_now().await;
            assert_eq!(world.issuer.refreshes(), 1);
            match answer {
                Ok(token) => {
                    let refreshed = refreshed.unwrap();
                    assert_eq!(access_token(&refreshed), token);
                    assert_eq!(refreshed.local::<u8>(), Some(8));
                }
                Err(expected) => assert_eq!(reason(refreshed), expected),
            }
        }
    }
}

/// Holds the place of a session's refresh, as a change of its local data does.
async fn permit(sessions: &Arc<Sessions>, browser: &HeaderMap) -> RefreshPermit {
    let verified = sessions.peek(browser).await.unwrap().unwrap();
    let session = verified.attached::<SessionData>().unwrap();
    match session.state.refresh.claim(Duration::ZERO) {
        Claim::Start(permit, _) => permit,
        Claim::Join(_) | Claim::Pause => panic!("another refresh"),
    }
}

#[tokio::test]
async fn refresh_now_during_a_local_change_asks_the_provider() {
    let (world, other, _) = stored();
    let (browser, session, changing) = two_handles(&world, &other).await;
    let permit = permit(&world.sessions, &browser).await;
    let refreshing = tokio::spawn(async move { session.refresh_now().await });
    settle().await;
    changing.update_local(8.into()).await.unwrap();
    drop(permit);
    let refreshed = world.clock.run(refreshing).await.unwrap();
    assert_eq!(access_token(&refreshed), "access-1");
    assert_eq!(world.issuer.refreshes(), 1);
}

#[tokio::test]
async fn needed_refresh_is_made_after_a_local_change() {
    let (world, other, _) = stored();
    let (browser, _, changing) = two_handles(&world, &other).await;
    world.clock.advance(NEEDED);
    let permit = permit(&world.sessions, &browser).await;
    let waiting = request(&world.sessions, &browser);
    settle().await;
    changing.update_local(8.into()).await.unwrap();
    drop(permit);
    assert_eq!(world.clock.run(waiting).await, "access-1");
    assert_eq!(world.issuer.refreshes(), 1);
}
