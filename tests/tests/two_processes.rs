//! Sign-in with two processes of the application behind one address that takes turns, as in production: the quickstart twice,
//! a real Redis, a certified provider. Nothing here can be told what time it is: the tokens live for seconds.

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

/// 32 random bytes each, good for nothing else.
const OLD_KEY: &str = "YDt9omugw8vbCpINyQAfIrLFVwF7wBW_RQ0QQPdgOmU";
const NEW_KEY: &str = "AE1qg_pXBipbE5pu8I2ucbUS9qJvxFSetCmO8cT4MDQ";

/// How long the tokens live that are to end during a test.
const SHORT: Duration = Duration::from_secs(6);

struct World {
    provider: Provider,
    front: RoundRobin,
    applications: [Application; 2],
}

impl World {
    /// Two processes that keep sessions where these variables say. `None` where a tool is missing.
    async fn start(variables: &[(&str, &str)]) -> Option<Self> {
        let provider = Provider::start()?;
        let front = RoundRobin::start().await;
        let settings = || {
            let settings = Settings::new(provider.issuer(), provider.client("app"))
                .found_at(&front.origin())
                .variable("OKTA_OAUTH2_SCOPES", "openid profile email offline_access")
                .variable("OKTA_TOWER_COOKIE_KEYS", OLD_KEY)
                // A lock is given up after twice as long and a second, which is the time that the death of a process costs.
                .variable("OKTA_CLIENT_REQUESTTIMEOUT", "2");
            let add =
                |settings: Settings, (name, value): &(&str, &str)| settings.variable(name, value);
            variables.iter().fold(settings, add)
        };
        provider
            .register(&settings().redirect_uri(), &settings().home())
            .await;
        // As at Okta, where the old refresh token works for another 30 s when it has been exchanged.
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

    /// Signs somebody in whose access token is about to end, with a refresh token.
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
            .expect("an answer")
    }

    /// Each process is asked, more than once.
    async fn is_known_everywhere(&self, visitor: &Visitor) {
        self.take_turns();
        for _ in 0..6 {
            assert_eq!(self.ask(visitor).await, StatusCode::OK);
        }
    }

    /// Asks until the answer is good. What comes before may be "not now", and nothing else: nobody is signed out.
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

/// No answer takes a session's cookie away.
fn assert_keeps_the_cookie(answer: &Answer) {
    for cookie in answer.headers.get_all(header::SET_COOKIE) {
        let cookie = cookie.to_str().expect("ASCII");
        assert!(!cookie.contains("Max-Age=0"), "{}: {cookie}", answer.status);
    }
}

#[tokio::test]
async fn a_hundred_requests_at_the_moment_of_refresh_make_one_token_request_and_all_succeed() {
    let Some((world, _redis)) = World::with_redis(&[]).await else {
        return;
    };
    let world = Arc::new(world);
    // Before the token has ended, and after.
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
async fn a_process_that_is_killed_amid_a_refresh_signs_nobody_out() {
    let Some((mut world, _redis)) = World::with_redis(&[]).await else {
        return;
    };
    // Before the provider has exchanged the refresh token, and after: the new one is lost with the process.
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
        // Whoever was being answered sees a connection that breaks.
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
async fn a_redis_that_hangs_for_five_seconds_means_not_now_and_all_is_well_after_it() {
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
async fn a_redis_that_is_gone_for_five_seconds_means_not_now_and_all_is_well_after_it() {
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
    // Each process finds its own way back.
    for number in [0, 1] {
        world.pass_to(number);
        world.recovers(&visitor, Duration::from_secs(10)).await;
    }
    world.is_known_everywhere(&visitor).await;
    std::fs::remove_dir_all(&folder).expect("a folder that is there");
}

#[tokio::test]
async fn keys_that_are_changed_in_two_phases_sign_nobody_out() {
    // Sealed cookies: every process must open what another has sealed.
    let Some(mut world) = World::start(&[]).await else {
        return;
    };
    let early = world.signed_in().await;
    world.is_known_everywhere(&early).await;
    let mut later = Vec::new();
    // First the new key opens everywhere, then it seals.
    for keys in [
        format!("{OLD_KEY},{NEW_KEY}"),
        format!("{NEW_KEY},{OLD_KEY}"),
    ] {
        for number in 0..2 {
            world.applications[number]
                .restart_with("OKTA_TOWER_COOKIE_KEYS", &keys)
                .await;
            world.is_known_everywhere(&early).await;
            // Somebody signs in at the one that was changed, and is known to the one that was not.
            world.pass_to(number);
            let visitor = world.signed_in().await;
            world.is_known_everywhere(&visitor).await;
            later.push(visitor);
        }
    }
    for visitor in &later {
        world.is_known_everywhere(visitor).await;
    }
    // By now the new key seals: when the old one goes, the last cookies are still good and the first are not.
    for application in &mut world.applications {
        application
            .restart_with("OKTA_TOWER_COOKIE_KEYS", NEW_KEY)
            .await;
    }
    world.is_known_everywhere(&later[3]).await;
    assert_eq!(world.ask(&early).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_key_that_seals_before_it_opens_everywhere_refuses_people_and_takes_no_cookie_away() {
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
    // The mistake is mended, and nobody has lost anything.
    world.applications[1]
        .restart_with("OKTA_TOWER_COOKIE_KEYS", &keys)
        .await;
    world.is_known_everywhere(&visitor).await;
}

#[tokio::test]
async fn who_signs_out_at_one_process_is_signed_out_at_the_other_at_once() {
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
        .expect("an answer");
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
async fn a_client_secret_that_is_wrong_for_a_minute_signs_nobody_out() {
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
    // Its token had ended, and it could not be refreshed.
    assert!(refused > 30, "{refused}");
    // A few attempts, not one for each request.
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
