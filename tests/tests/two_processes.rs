//! Sign-in with two processes behind one load balancer, as in production: two quickstarts, a real
//! Redis and a certified provider. The clocks are real, so tokens live for seconds.

use std::{sync::Arc, time::Duration};

use cross_tests::{
    application::{Application, Settings},
    provider::Provider,
    redis::RedisServer,
    round_robin::RoundRobin,
    visitor::{Answer, Visitor},
};
use reqwest::{Method, StatusCode, header};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

/// 32 random bytes each, only used in tests.
const OLD_KEY: &str = "YDt9omugw8vbCpINyQAfIrLFVwF7wBW_RQ0QQPdgOmU";
const NEW_KEY: &str = "AE1qg_pXBipbE5pu8I2ucbUS9qJvxFSetCmO8cT4MDQ";

/// The lifetime of tokens that expire during a test.
const SHORT: Duration = Duration::from_secs(6);

struct World {
    provider: Provider,
    front: RoundRobin,
    applications: [Application; 2],
}

impl World {
    /// Starts two processes with these variables. Returns `None` if a tool is missing.
    async fn start(variables: &[(&str, &str)]) -> Option<Self> {
        let provider = Provider::start()?;
        let front = RoundRobin::start().await;
        let settings = || {
            let settings = Settings::new(provider.issuer(), provider.client("app"))
                .found_at(&front.origin())
                .variable("OKTA_OAUTH2_SCOPES", "openid profile email offline_access")
                .variable("OKTA_TOWER_COOKIE_KEYS", OLD_KEY)
                // A lock expires after twice this time and a second. The death of a process delays
                // others by that.
                .variable("OKTA_CLIENT_REQUESTTIMEOUT", "2");
            let add =
                |settings: Settings, (name, value): &(&str, &str)| settings.variable(name, value);
            variables.iter().fold(settings, add)
        };
        provider
            .register(&settings().redirect_uri(), &settings().home())
            .await;
        // As at Okta: an exchanged refresh token still works for 30 s.
        provider.change("lifetimes?rotation_grace=30").await;
        let applications = [settings().start().await, settings().start().await];
        let world = Self {
            provider,
            front,
            applications,
        };
        world.take_turns();
        Some(world)
    }

    async fn with_redis(arguments: &[&str]) -> Option<(Self, RedisServer)> {
        let redis = RedisServer::start(arguments)?;
        let world = Self::start(&[("QUICKSTART_REDIS", &redis.url())]).await?;
        Some((world, redis))
    }

    fn take_turns(&self) {
        self.front
            .pass_to(&[self.applications[0].port(), self.applications[1].port()]);
    }

    fn pass_to(&self, number: usize) {
        self.front.pass_to(&[self.applications[number].port()]);
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.front.origin())
    }

    async fn signed_in(&self) -> Visitor {
        let visitor = Visitor::new();
        let (_, login) = self.provider.user("admin");
        visitor
            .sign_in(&self.url("/dashboard"), login, self.provider.password())
            .await;
        visitor
    }

    /// Signs a user in with an access token that expires soon, and with a refresh token.
    async fn signed_in_shortly(&self) -> Visitor {
        self.provider
            .change(&format!("lifetimes?access_token={}", SHORT.as_secs()))
            .await;
        let visitor = self.signed_in().await;
        self.provider.change("lifetimes?access_token=600").await;
        visitor
    }

    async fn ask(&self, visitor: &Visitor) -> StatusCode {
        self.answer(visitor).await.status
    }

    async fn answer(&self, visitor: &Visitor) -> Answer {
        visitor
            .ask(Method::GET, &self.url("/api/me"))
            .await
            .expect("a response")
    }

    /// Asserts that each process knows the session.
    async fn is_known_everywhere(&self, visitor: &Visitor) {
        self.take_turns();
        for _ in 0..6 {
            assert_eq!(self.ask(visitor).await, StatusCode::OK);
        }
    }

    /// Polls until the response is 200. Until then, only 503 is allowed: the session must survive.
    async fn recovers(&self, visitor: &Visitor, within: Duration) {
        let began = Instant::now();
        while let Some(status) = self.not_yet(visitor).await {
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
            assert!(began.elapsed() < within, "still {status}");
            sleep(Duration::from_millis(100)).await;
        }
    }

    async fn not_yet(&self, visitor: &Visitor) -> Option<StatusCode> {
        let answer = self.answer(visitor).await;
        assert_keeps_the_cookie(&answer);
        (answer.status != StatusCode::OK).then_some(answer.status)
    }

    async fn refreshes(&self) -> (u64, u64) {
        let requests = self.provider.token_requests("refresh_token").await;
        (requests.asked, requests.granted)
    }
}

/// Asserts that the response does not remove the session cookie.
fn assert_keeps_the_cookie(answer: &Answer) {
    for cookie in answer.headers.get_all(header::SET_COOKIE) {
        let cookie = cookie.to_str().expect("ASCII");
        assert!(!cookie.contains("Max-Age=0"), "{}: {cookie}", answer.status);
    }
}

#[tokio::test]
async fn hundred_requests_at_refresh_make_one_token_request() {
    let Some((world, _redis)) = World::with_redis(&[]).await else {
        return;
    };
    let world = Arc::new(world);
    // Before the token expires, and after.
    for (round, moment) in [(1, SHORT * 3 / 4), (2, SHORT + Duration::from_secs(1))] {
        let visitor = Arc::new(world.signed_in_shortly().await);
        sleep(moment).await;
        let mut crowd = JoinSet::new();
        for _ in 0..100 {
            let (world, visitor) = (Arc::clone(&world), Arc::clone(&visitor));
            crowd.spawn(async move { world.ask(&visitor).await });
        }
        assert_eq!(crowd.join_all().await, [StatusCode::OK; 100]);
        assert_eq!(world.refreshes().await, (round, round));
        world.is_known_everywhere(&visitor).await;
        assert_eq!(world.refreshes().await, (round, round));
    }
}

#[tokio::test]
async fn killed_process_during_refresh_keeps_the_session() {
    let Some((mut world, _redis)) = World::with_redis(&[]).await else {
        return;
    };
    // Before the provider exchanges the refresh token, and after, when the new one dies with the
    // process.
    for (round, held_back) in [(1, "before_ms=5000"), (2, "after_ms=5000")] {
        let visitor = Arc::new(world.signed_in_shortly().await);
        sleep(SHORT).await;
        let (before, _) = world.refreshes().await;
        let fault = format!("token-fault?grant=refresh_token&times=1&{held_back}");
        world.provider.change(&fault).await;
        world.pass_to(0);
        let asking = {
            let (visitor, url) = (Arc::clone(&visitor), world.url("/api/me"));
            tokio::spawn(async move { visitor.ask(Method::GET, &url).await })
        };
        while world.refreshes().await.0 == before {
            sleep(Duration::from_millis(20)).await;
        }
        world.applications[0].kill();
        // The pending request fails with a broken connection.
        assert!(asking.await.expect("no panic").is_err(), "round {round}");
        world.pass_to(1);
        world.recovers(&visitor, Duration::from_secs(20)).await;
        assert_eq!(world.refreshes().await.0, before + 2);
        world.applications[0]
            .restart_with("OKTA_CLIENT_REQUESTTIMEOUT", "2")
            .await;
        world.is_known_everywhere(&visitor).await;
    }
}

#[tokio::test]
async fn paused_redis_is_503_and_recovers() {
    let Some((world, redis)) = World::with_redis(&[]).await else {
        return;
    };
    let visitor = world.signed_in().await;
    world.is_known_everywhere(&visitor).await;
    redis.stop();
    let began = Instant::now();
    let mut refused = 0;
    while began.elapsed() < Duration::from_secs(5) {
        let answer = world.answer(&visitor).await;
        assert_keeps_the_cookie(&answer);
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers.contains_key(header::RETRY_AFTER));
        refused += 1;
    }
    assert!(refused > 1);
    redis.resume();
    world.recovers(&visitor, Duration::from_secs(10)).await;
    world.is_known_everywhere(&visitor).await;
}

#[tokio::test]
async fn restarted_redis_is_503_and_recovers() {
    let folder = std::env::temp_dir().join(format!("okta-tower-redis-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let kept = [
        "--appendonly",
        "yes",
        "--appendfsync",
        "always",
        "--dir",
        folder.to_str().expect("UTF-8"),
    ];
    let Some((world, mut redis)) = World::with_redis(&kept).await else {
        return;
    };
    let visitor = world.signed_in().await;
    world.is_known_everywhere(&visitor).await;
    redis.end();
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(5) {
        let answer = world.answer(&visitor).await;
        assert_keeps_the_cookie(&answer);
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    }
    redis.start_again();
    // Each process recovers by itself.
    for number in [0, 1] {
        world.pass_to(number);
        world.recovers(&visitor, Duration::from_secs(10)).await;
    }
    world.is_known_everywhere(&visitor).await;
    std::fs::remove_dir_all(&folder).expect("the folder exists");
}

#[tokio::test]
async fn two_phase_key_rotation_keeps_sessions() {
    // With sealed cookies, every process must open what another process sealed.
    let Some(mut world) = World::start(&[]).await else {
        return;
    };
    let early = world.signed_in().await;
    world.is_known_everywhere(&early).await;
    let mut later = Vec::new();
    // In the first phase the new key opens everywhere. In the second it seals.
    for keys in [
        format!("{OLD_KEY},{NEW_KEY}"),
        format!("{NEW_KEY},{OLD_KEY}"),
    ] {
        for number in 0..2 {
            world.applications[number]
                .restart_with("OKTA_TOWER_COOKIE_KEYS", &keys)
                .await;
            world.is_known_everywhere(&early).await;
            // A user signs in at the changed process, and the unchanged one knows the session.
            world.pass_to(number);
            let visitor = world.signed_in().await;
            world.is_known_everywhere(&visitor).await;
            later.push(visitor);
        }
    }
    for visitor in &later {
        world.is_known_everywhere(visitor).await;
    }
    // The new key seals now. Without the old key, the latest cookies are valid and the earliest are
    // not.
    for application in &mut world.applications {
        application
            .restart_with("OKTA_TOWER_COOKIE_KEYS", NEW_KEY)
            .await;
    }
    world.is_known_everywhere(&later[3]).await;
    assert_eq!(world.ask(&early).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn premature_key_rotation_rejects_but_keeps_cookies() {
    let Some(mut world) = World::start(&[]).await else {
        return;
    };
    let keys = format!("{NEW_KEY},{OLD_KEY}");
    world.applications[0]
        .restart_with("OKTA_TOWER_COOKIE_KEYS", &keys)
        .await;
    world.pass_to(0);
    let visitor = world.signed_in().await;
    assert_eq!(world.ask(&visitor).await, StatusCode::OK);
    world.pass_to(1);
    let refused = world.answer(&visitor).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_keeps_the_cookie(&refused);
    // After the correction, the session is valid again.
    world.applications[1]
        .restart_with("OKTA_TOWER_COOKIE_KEYS", &keys)
        .await;
    world.is_known_everywhere(&visitor).await;
}

#[tokio::test]
async fn sign_out_is_effective_at_the_other_process_at_once() {
    let Some((world, _redis)) = World::with_redis(&[]).await else {
        return;
    };
    let visitor = world.signed_in().await;
    let thief = Visitor::with(visitor.cookies());
    let other = world.signed_in().await;
    world.is_known_everywhere(&thief).await;
    world.pass_to(0);
    let out = visitor
        .ask(Method::POST, &world.url("/logout"))
        .await
        .expect("a response");
    assert!(out.status.is_success(), "{out:?}");
    world.pass_to(1);
    assert_eq!(world.ask(&thief).await, StatusCode::UNAUTHORIZED);
    world.take_turns();
    for _ in 0..6 {
        assert_eq!(world.ask(&thief).await, StatusCode::UNAUTHORIZED);
    }
    world.is_known_everywhere(&other).await;
}

#[tokio::test]
async fn wrong_client_secret_for_a_minute_keeps_sessions() {
    let Some((world, _redis)) = World::with_redis(&[]).await else {
        return;
    };
    let (_, secret) = world.provider.client("app");
    let secret = secret.to_owned();
    let living = world.signed_in().await;
    let ending = world.signed_in_shortly().await;
    world
        .provider
        .change("app?secret=another-secret-than-the-applications")
        .await;
    let began = Instant::now();
    let mut refused = 0;
    while began.elapsed() < Duration::from_secs(60) {
        assert_eq!(world.ask(&living).await, StatusCode::OK);
        refused += u32::from(world.not_yet(&ending).await == Some(StatusCode::SERVICE_UNAVAILABLE));
        sleep(Duration::from_secs(1)).await;
    }
    // The token expired and could not be refreshed.
    assert!(refused > 30, "{refused}");
    // The number of attempts is bounded, and independent of the number of requests.
    let (asked, granted) = world.refreshes().await;
    assert!(
        (1..=20).contains(&asked) && granted == 0,
        "{asked} {granted}"
    );
    world.provider.change(&format!("app?secret={secret}")).await;
    world.recovers(&ending, Duration::from_secs(90)).await;
    world.is_known_everywhere(&ending).await;
    world.is_known_everywhere(&living).await;
}
