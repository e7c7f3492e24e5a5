//! `CurrentUser` and `Option<CurrentUser>`.

use axum::{Router, extract::FromRef, http::StatusCode, routing::get as on_get};
use okta_tower::{ManagementApi, Misconfigured, Okta};
use okta_tower_axum::{Claims, CurrentUser};
use okta_tower_test::{Endpoint, Fault, Issuer, ManualClock, User};

use crate::world::{Answer, get};

const TOKEN: &str = "00tTestToken";

/// A state that contains more than an `Okta`.
#[derive(Clone)]
struct State {
    okta: Okta,
    greeting: &'static str,
}

impl FromRef<State> for Okta {
    fn from_ref(state: &State) -> Self {
        state.okta.clone()
    }
}

struct World {
    issuer: Issuer,
    clock: ManualClock,
    okta: Okta,
    app: Router,
}

async fn start(issuer: &Issuer, clock: &ManualClock, api: Option<ManagementApi>) -> Okta {
    let mut okta = issuer.okta_builder().clock(clock.clone());
    if let Some(api) = api {
        okta = okta.api(api);
    }
    okta.start().await.unwrap()
}

fn app(okta: &Okta, layer: &Okta) -> Router {
    let state = State {
        okta: okta.clone(),
        greeting: "Hello",
    };
    Router::new()
        .route("/me", on_get(me))
        .route("/maybe", on_get(maybe))
        .route(
            "/claims",
            on_get(async |user: Claims| user.subject().to_owned()),
        )
        .route_layer(layer.layer().optional())
        .route("/unlayered", on_get(me))
        .route("/maybe-unlayered", on_get(maybe))
        .with_state(state)
}

async fn me(axum::extract::State(state): axum::extract::State<State>, user: CurrentUser) -> String {
    format!("{} {}", state.greeting, user.display_name())
}

async fn maybe(user: Option<CurrentUser>) -> String {
    user.map_or("nobody".into(), |user| user.into_inner().display_name())
}

async fn world() -> World {
    let clock = ManualClock::new();
    let issuer = Issuer::builder()
        .clock(clock.clone())
        .api_token(TOKEN)
        .user(User::new("ada@example.com").name("Ada Lovelace"));
    let issuer = issuer.start().await.unwrap();
    let api = ManagementApi::new().token(TOKEN).max_retries(0);
    let okta = start(&issuer, &clock, Some(api)).await;
    let app = app(&okta, &okta);
    World {
        issuer,
        clock,
        okta,
        app,
    }
}

impl World {
    fn token(&self, login: &str) -> String {
        self.issuer.token().user(login).expires_in(3600).sign()
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        get(&self.app, path, Some(token)).await
    }

    fn pass(&self, seconds: u64) {
        self.clock.advance(std::time::Duration::from_secs(seconds));
    }
}

fn reason(answer: &Answer) -> &'static str {
    answer.error.as_ref().unwrap().reason()
}

#[tokio::test]
async fn handler_gets_the_account_with_one_lookup() {
    let world = world().await;
    let ada = world.token("ada@example.com");
    assert_eq!(world.get("/me", &ada).await.body, "Hello Ada Lovelace");
    assert_eq!(world.get("/maybe", &ada).await.body, "Ada Lovelace");
    assert_eq!(world.issuer.requests(Endpoint::User), 1);
    // A handler that does not extract the account causes no call.
    let admin = world.token("admin@example.com");
    assert_eq!(world.get("/claims", &admin).await.status, StatusCode::OK);
    assert_eq!(world.issuer.requests(Endpoint::User), 1);
}

#[tokio::test]
async fn concurrent_requests_share_one_lookup() {
    let world = world().await;
    let token = world.token("ada@example.com");
    let held = world.issuer.hold_next(Endpoint::User);
    let requests: Vec<_> = (0..20)
        .map(|_| {
            let (app, token) = (world.app.clone(), token.clone());
            tokio::spawn(async move { get(&app, "/me", Some(&token)).await })
        })
        .collect();
    held.arrived().await;
    held.release();
    for request in requests {
        assert_eq!(request.await.unwrap().body, "Hello Ada Lovelace");
    }
    assert_eq!(world.issuer.requests(Endpoint::User), 1);
}

#[tokio::test]
async fn anonymous_caller_is_401_or_none() {
    let world = world().await;
    let answer = get(&world.app, "/me", None).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.challenge().unwrap().get("error"), None);
    assert_eq!(get(&world.app, "/maybe", None).await.body, "nobody");
    assert_eq!(world.issuer.requests(Endpoint::User), 0);
}

#[tokio::test]
async fn suspended_or_removed_user_is_403_despite_a_valid_token() {
    let world = world().await;
    let ada = world.token("ada@example.com");
    assert_eq!(world.get("/me", &ada).await.status, StatusCode::OK);
    world.issuer.set_user_status("ada", "SUSPENDED");
    assert_eq!(world.get("/me", &ada).await.status, StatusCode::OK);
    world.pass(60);
    for path in ["/me", "/maybe"] {
        let answer = world.get(path, &ada).await;
        assert_eq!(
            (answer.status, reason(&answer)),
            (StatusCode::FORBIDDEN, "user_inactive")
        );
        assert_eq!(answer.challenge(), None);
        let said = answer.said().to_lowercase();
        assert!(
            !said.contains("suspended") && !said.contains("inactive"),
            "{said}"
        );
    }
    assert_eq!(world.get("/claims", &ada).await.status, StatusCode::OK);
    world.issuer.remove_user("ada");
    world.pass(60);
    let answer = world.get("/me", &ada).await;
    assert_eq!(
        (answer.status, reason(&answer)),
        (StatusCode::FORBIDDEN, "user_unknown")
    );
}

#[tokio::test]
async fn service_caller_is_403() {
    let world = world().await;
    let service = world.issuer.token().service("0oaService").sign();
    for path in ["/me", "/maybe"] {
        let answer = world.get(path, &service).await;
        assert_eq!(
            (answer.status, reason(&answer)),
            (StatusCode::FORBIDDEN, "not_a_person")
        );
    }
    assert_eq!(world.get("/claims", &service).await.status, StatusCode::OK);
}

#[tokio::test]
async fn outage_is_503_and_cached_users_are_accepted() {
    let world = world().await;
    let ada = world.token("ada@example.com");
    assert_eq!(world.get("/me", &ada).await.status, StatusCode::OK);
    for fault in [
        Fault::Close,
        Fault::Status(StatusCode::SERVICE_UNAVAILABLE),
        Fault::Status(StatusCode::UNAUTHORIZED),
    ] {
        world.issuer.fault(Endpoint::User, fault);
        let admin = world.token("admin@example.com");
        for path in ["/me", "/maybe"] {
            let answer = world.get(path, &admin).await;
            assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
            assert!(answer.header("retry-after").is_some());
            assert_eq!(reason(&answer), "user_unavailable");
            assert_eq!(answer.challenge(), None);
        }
        assert_eq!(world.get("/me", &ada).await.status, StatusCode::OK);
        world.pass(2);
    }
    world.issuer.heal();
    world.pass(2);
    let admin = world.token("admin@example.com");
    assert_eq!(world.get("/me", &admin).await.status, StatusCode::OK);
}

#[tokio::test]
async fn misconfiguration_is_500_and_not_revealed() {
    let world = world().await;
    let ada = world.token("ada@example.com");
    let other = world_without_api().await;
    let others = other.issuer.token().user("ada@example.com").sign();
    let mixed = app(&world.okta, &other.okta);
    for (app, path, token, mistake) in [
        (&world.app, "/unlayered", &ada, Misconfigured::LayerMissing),
        (
            &world.app,
            "/maybe-unlayered",
            &ada,
            Misconfigured::LayerMissing,
        ),
        (&other.app, "/me", &others, Misconfigured::ApiMissing),
        (&other.app, "/maybe", &others, Misconfigured::ApiMissing),
        (&mixed, "/me", &others, Misconfigured::OtherIssuer),
        (&mixed, "/maybe", &others, Misconfigured::OtherIssuer),
    ] {
        let answer = get(app, path, Some(token)).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        assert_eq!(reason(&answer), mistake.as_str());
        let said = answer.said();
        assert!(!said.contains("api") && !said.contains("layer"), "{said}");
    }
    assert_eq!(world.issuer.requests(Endpoint::User), 0);
    assert_eq!(world.get("/me", &ada).await.status, StatusCode::OK);
}

async fn world_without_api() -> World {
    let clock = ManualClock::new();
    let issuer = Issuer::builder()
        .clock(clock.clone())
        .start()
        .await
        .unwrap();
    let okta = start(&issuer, &clock, None).await;
    let app = app(&okta, &okta);
    World {
        issuer,
        clock,
        okta,
        app,
    }
}

#[tokio::test]
async fn current_user_debug_shows_nothing_of_the_user() {
    let world = world().await;
    let app = Router::new()
        .route(
            "/",
            on_get(async |user: CurrentUser| format!("{:?}", user.clone())),
        )
        .route_layer(world.okta.layer())
        .with_state(world.okta.clone());
    let ada = world.token("ada@example.com");
    let printed = get(&app, "/", Some(&ada)).await.body;
    assert_eq!(printed, "User { status: Active, .. }");
}
