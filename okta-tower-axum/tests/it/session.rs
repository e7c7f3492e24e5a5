//! `Session<C>`, `Option<Session<C>>`, and the other extractors for users with a session. A browser
//! goes through the whole sign-in first.

use axum::{
    Router,
    http::{Method, Request, StatusCode, request::Parts},
    routing::get as on_get,
};
use okta_tower::{
    Misconfigured, NoExtra, Okta, SignIn, Verified,
    auth::{AuthLayer, RequestHead},
};
use okta_tower_axum::{Claims, Rejection, RequireGroup, Session, group};
use okta_tower_test::Issuer;
use serde::Deserialize;

use crate::world::{Answer, get_with};

const OPENS_A_PAGE: [(&str, &str); 2] = [
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "document"),
];

group!(Admins = "admin");

#[derive(Deserialize)]
struct Person {
    email: String,
}

#[derive(Deserialize)]
struct Tenant {}

struct World {
    issuer: Issuer,
    okta: Okta,
    app: Router,
}

/// Sign-in around the layer around a handler for each extractor.
async fn world(set: impl FnOnce(AuthLayer) -> AuthLayer) -> World {
    let issuer = Issuer::start().await;
    let okta = issuer
        .okta_builder()
        .sign_in(SignIn::new().offline_access());
    #[cfg(feature = "api")]
    let okta = okta.api(okta_tower::ManagementApi::new().token("00tTestToken"));
    let okta = okta.start().await.unwrap();
    let app = Router::new()
        .route("/me", on_get(async |session: Session| email(&session)))
        .route(
            "/person",
            on_get(async |session: Session<Person>| session.extra().email.clone()),
        )
        .route(
            "/greeting",
            on_get(async |session: Option<Session>| match session {
                Some(session) => email(session.into_inner().claims()),
                None => "nobody".to_owned(),
            }),
        )
        .route("/claims", on_get(async |user: Claims| email(&user)))
        .route("/admin", on_get(async |_: RequireGroup<Admins>| "managed"))
        .route("/tenant", on_get(async |_: Session<Tenant>| "tenant"))
        .route(
            "/maybe-tenant",
            on_get(async |_: Option<Session<Tenant>>| "tenant"),
        )
        .route("/checkout", on_get(checkout))
        .route_layer(set(okta.layer()))
        .route("/unlayered", on_get(async |_: Option<Session>| "open"))
        .layer(okta.sign_in_layer());
    World { issuer, okta, app }
}

/// The e-mail address of a session, or the login that is an access token's subject.
fn email(caller: &Verified) -> String {
    caller.email().unwrap_or(caller.subject()).to_owned()
}

async fn checkout(session: Session, request: Parts) -> Result<String, Rejection> {
    let session = session.refresh_now().await;
    let session = session.map_err(|error| Rejection::new(error, &request))?;
    Ok(format!("for {}", email(&session)))
}

impl World {
    async fn get(&self, path: &str, cookies: &str) -> Answer {
        get_with(&self.app, path, None, &[("cookie", cookies)]).await
    }

    async fn open(&self, path: &str) -> Answer {
        get_with(&self.app, path, None, &OPENS_A_PAGE).await
    }

    /// Signs a user in, and returns the cookies.
    async fn sign_in(&self, who: &str) -> String {
        let browser = self.issuer.browser(self.app.clone());
        browser.sign_in(who).await.cookies()
    }
}

#[tokio::test]
async fn handler_gets_the_session_of_the_signed_in_user() {
    let world = world(AuthLayer::claims::<Person>).await;
    let cookies = world.sign_in("admin").await;
    for (path, says) in [
        ("/me", "admin@example.com"),
        ("/person", "admin@example.com"),
        ("/greeting", "admin@example.com"),
        ("/claims", "admin@example.com"),
        ("/admin", "managed"),
        ("/checkout", "for admin@example.com"),
    ] {
        let answer = world.get(path, &cookies).await;
        assert_eq!(
            (answer.status, &*answer.body),
            (StatusCode::OK, says),
            "{path}"
        );
    }
}

/// Both callers have the same user ID.
#[cfg(feature = "api")]
#[tokio::test]
async fn session_and_token_lead_to_the_same_account() {
    use okta_tower_axum::CurrentUser;

    let world = world(|layer| layer).await;
    world.issuer.register_api_token("00tTestToken");
    let app = Router::new()
        .route("/", on_get(async |user: CurrentUser| user.id().to_owned()))
        .route_layer(world.okta.layer())
        .with_state(world.okta.clone());
    let cookies = world.sign_in("admin").await;
    let by_session = get_with(&app, "/", None, &[("cookie", &cookies)]).await;
    let token = world.issuer.token().user("admin@example.com").sign();
    let by_token = get_with(&app, "/", Some(&token), &[]).await;
    let id = world.issuer.user("admin").unwrap().uid().to_owned();
    assert_eq!((by_session.body, by_token.body), (id.clone(), id));
    assert_eq!(world.issuer.requests(okta_tower_test::Endpoint::User), 1);
    let viewer = world.sign_in("viewer").await;
    world.issuer.set_user_status("viewer", "SUSPENDED");
    let refused = get_with(&app, "/", None, &[("cookie", &viewer)]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

/// A request by a browser, whose session is read without a layer.
#[tokio::test]
async fn handler_can_be_called_with_a_session() {
    let world = world(|layer| layer).await;
    let cookies = world.sign_in("admin").await;
    let session = async |method: Method, cookies: &str| {
        let request = Request::builder().method(method).header("cookie", cookies);
        let request = request.body(()).unwrap();
        let session = world.okta.session_as::<Person>(RequestHead::of(&request));
        session.await.map_err(|error| error.reason())
    };
    let found = session(Method::GET, &cookies).await.unwrap();
    let by_session = async |session: Session<Person>| session.extra().email.clone();
    let by_claims = async |user: Claims<Person>| user.extra().email.clone();
    assert_eq!(by_session(found.clone().into()).await, "admin@example.com");
    assert_eq!(by_claims(found.into()).await, "admin@example.com");
    let no_session = session(Method::GET, "").await;
    assert_eq!(no_session.err(), Some("missing_credentials"));
    // Another site may have started it.
    let unsafe_method = session(Method::POST, &cookies).await;
    assert_eq!(unsafe_method.err(), Some("cross_origin"));
    let request = Request::get("/")
        .header("cookie", &cookies)
        .body(())
        .unwrap();
    let unfit = world.okta.session_as::<Unfit>(RequestHead::of(&request));
    assert_eq!(
        unfit.await.unwrap_err().reason(),
        "session_claims_unreadable"
    );
}

#[derive(Debug, Deserialize)]
struct Unfit {
    #[allow(dead_code, reason = "no session has it")]
    department: String,
}

#[tokio::test]
async fn bearer_caller_has_no_session() {
    let world = world(|layer| layer).await;
    let token = world
        .issuer
        .token()
        .user("ada@example.com")
        .groups(["admin"])
        .sign();
    for (path, status, says) in [
        ("/claims", StatusCode::OK, "ada@example.com"),
        ("/admin", StatusCode::OK, "managed"),
        ("/greeting", StatusCode::OK, "nobody"),
    ] {
        let answer = get_with(&world.app, path, Some(&token), &[]).await;
        assert_eq!((answer.status, &*answer.body), (status, says), "{path}");
    }
    // Not redirected to sign in, even if it looks like a browser: the request has credentials.
    for headers in [&[][..], &OPENS_A_PAGE] {
        let answer = get_with(&world.app, "/me", Some(&token), headers).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.error.unwrap().reason(), "missing_credentials");
    }
}

#[tokio::test]
async fn groups_apply_to_sessions_and_tokens() {
    let world = world(|layer| layer).await;
    for (who, status) in [("admin", StatusCode::OK), ("viewer", StatusCode::FORBIDDEN)] {
        let cookies = world.sign_in(who).await;
        assert_eq!(world.get("/admin", &cookies).await.status, status, "{who}");
        let token = world
            .issuer
            .token()
            .user("ada@example.com")
            .groups([who])
            .sign();
        let answer = get_with(&world.app, "/admin", Some(&token), &[]).await;
        assert_eq!(answer.status, status, "{who}");
    }
}

#[tokio::test]
async fn optional_layer_can_contain_session_routes() {
    let world = world(AuthLayer::optional).await;
    let cookies = world.sign_in("viewer").await;
    assert_eq!(world.open("/greeting").await.body, "nobody");
    assert_eq!(
        world.get("/greeting", &cookies).await.body,
        "viewer@example.com"
    );
    // A navigation is redirected to sign in; an API client gets 401.
    let sent = world.open("/me").await;
    assert_eq!(sent.status, StatusCode::FOUND);
    assert_eq!(sent.header("location"), Some("/login?return_to=/me"));
    let answer = world.get("/me", "").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.challenge().is_some());
    assert_eq!(world.get("/me", &cookies).await.status, StatusCode::OK);
}

#[tokio::test]
async fn invalid_cookie_is_rejected_by_the_session_extractor() {
    let world = world(AuthLayer::optional).await;
    let cookies = world.sign_in("viewer").await;
    let mut changed = cookies.clone();
    let last = if changed.ends_with('A') { 'Q' } else { 'A' };
    changed.pop();
    changed.push(last);
    assert_eq!(
        world.get("/me", &changed).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(world.get("/me", &cookies).await.status, StatusCode::OK);
}

#[tokio::test]
async fn refresh_now_rejects_a_disabled_user() {
    let world = world(|layer| layer).await;
    let cookies = world.sign_in("admin").await;
    assert_eq!(
        world.get("/checkout", &cookies).await.status,
        StatusCode::OK
    );
    let locked_out = world.sign_in("viewer").await;
    world.issuer.disable_user("viewer");
    let refused = world.get("/checkout", &locked_out).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{refused:?}");
    assert_eq!(
        world.get("/checkout", &cookies).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn misconfiguration_is_500_and_not_anonymous() {
    let world = world(AuthLayer::claims::<Person>).await;
    let cookies = world.sign_in("viewer").await;
    for path in ["/tenant", "/maybe-tenant"] {
        let answer = world.get(path, &cookies).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        assert!(!answer.said().contains("Tenant"), "{answer:?}");
        let reason = Misconfigured::WrongClaimsType.as_str();
        assert_eq!(answer.error.unwrap().reason(), reason, "{path}");
    }
    let answer = world.get("/unlayered", &cookies).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.error.unwrap().reason(), "layer_missing");
    assert_eq!(
        world.get("/greeting", &cookies).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn session_debug_shows_nothing_of_the_user() {
    let world = world(|layer| layer).await;
    let cookies = world.sign_in("admin").await;
    let app = Router::new()
        .route(
            "/",
            on_get(async |session: Session<NoExtra>| format!("{:?}", session.clone())),
        )
        .route_layer(world.okta.layer());
    let answer = get_with(&app, "/", None, &[("cookie", &cookies)]).await;
    assert_eq!(answer.body, "Session { .. }");
}
