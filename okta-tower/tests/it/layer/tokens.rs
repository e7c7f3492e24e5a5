//! The caller's token inside the layer, and tokens from cookies.

use std::convert::Infallible;

use http::{
    HeaderValue, Method, Request, Response, StatusCode,
    header::{AUTHORIZATION, CONNECTION, COOKIE, ORIGIN, UPGRADE},
    request::Builder,
};
use okta_tower::{
    CredentialsError, Require, RouteRules,
    auth::{AuthLayer, Credential, CredentialFinder, RequestHead, bearer_token},
};
use tower::{Layer, ServiceBuilder, service_fn};

use super::world::{Body, World, ask, with};

/// Answers with the token, and with the `Authorization` header that reached it.
async fn token(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let token = bearer_token(RequestHead::of(&request), request.extensions());
    let token = match &token {
        Ok(Some(token)) => token.expose(),
        Ok(None) => "none",
        Err(error) => error.reason(),
    };
    let header = request.headers().get(AUTHORIZATION);
    let header = header.map_or("none", |value| value.to_str().unwrap());
    Ok(Response::new(format!("{token}, header {header}").into()))
}

#[tokio::test]
async fn token_is_readable_and_its_header_can_be_removed() {
    let world = World::start().await;
    let text = world.token().sign();
    let kept = world.okta.layer().layer(service_fn(token));
    let answer = ask(&kept, with(&text)).await;
    assert_eq!(answer.body, format!("{text}, header Bearer {text}"));
    let removed = world.okta.layer().remove_authorization();
    let removed = removed.layer(service_fn(token));
    let answer = ask(&removed, with(&text)).await;
    assert_eq!(answer.body, format!("{text}, header none"));
    // Without a layer, the header is not verified, and no token is returned.
    let answer = ask(&service_fn(token), with("a.b.c")).await;
    assert_eq!(answer.body, "layer_missing, header Bearer a.b.c");
}

#[tokio::test]
async fn header_of_an_anonymous_caller_is_removed_too() {
    let world = World::start().await;
    let open = || {
        RouteRules::new()
            .at("/", Require::public())
            .build()
            .unwrap()
    };
    let service = |layer: AuthLayer| layer.rules(open()).layer(service_fn(token));
    let unverified = || with(&world.token_of_another_issuer());
    let answer = ask(
        &service(world.okta.layer().remove_authorization()),
        unverified(),
    )
    .await;
    assert_eq!(answer.body, "none, header none");
    let answer = ask(&service(world.okta.layer()), unverified()).await;
    assert!(answer.body.starts_with("none, header Bearer"), "{answer:?}");
}

impl World {
    fn token_of_another_issuer(&self) -> String {
        self.token().key(self.issuer.forged_key()).sign()
    }
}

/// The inner layer's caller has the inner layer's token.
#[tokio::test]
async fn nested_layers_do_not_mix_their_tokens() {
    let (outer, inner) = (World::start().await, World::start().await);
    let (cookie, header) = (outer.token().sign(), inner.token().sign());
    let service = ServiceBuilder::new()
        .layer(outer.okta.layer().credentials(InCookie::honest()))
        .layer(inner.okta.layer())
        .service_fn(token);
    let request = with(&header).header(COOKIE, format!("token={cookie}"));
    let answer = ask(&service, request).await;
    assert_eq!(answer.body, format!("{header}, header Bearer {header}"));
}

/// Finds the token in a cookie, and says so or not.
struct InCookie {
    says_so: bool,
    allows: &'static str,
}

impl InCookie {
    fn honest() -> Self {
        Self {
            says_so: true,
            allows: "",
        }
    }
}

impl CredentialFinder for InCookie {
    fn find<'r>(&self, request: RequestHead<'r>) -> Result<Credential<'r>, CredentialsError> {
        let field = request
            .headers
            .get(COOKIE)
            .and_then(|field| field.to_str().ok());
        Ok(match field.and_then(|field| field.strip_prefix("token=")) {
            None => Credential::Absent,
            Some(token) if self.says_so => Credential::Cookie(token.as_bytes().into()),
            Some(token) => Credential::Bearer(token.as_bytes().to_vec().into()),
        })
    }

    fn allows_origin(&self, origin: &HeaderValue) -> bool {
        origin == self.allows
    }
}

#[tokio::test]
async fn token_from_a_cookie_is_held_to_the_same_origin_check() {
    let world = World::start().await;
    let text = world.token().sign();
    let cookie = |method: Method| {
        let request = Request::builder().method(method);
        request.header(COOKIE, format!("token={text}"))
    };
    let site = |request: Builder, site: &str| request.header("sec-fetch-site", site);
    for says_so in [true, false] {
        let allows = "https://spa.example";
        let finder = InCookie { says_so, allows };
        let layer = world.okta.layer().credentials(finder);
        let service = layer.layer(service_fn(token));
        for request in [
            cookie(Method::GET),
            site(cookie(Method::GET), "cross-site"),
            site(cookie(Method::POST), "same-origin"),
            site(cookie(Method::DELETE), "none"),
            site(cookie(Method::POST), "same-site").header(ORIGIN, allows),
            cookie(Method::POST).header(ORIGIN, allows),
        ] {
            let answer = ask(&service, request).await;
            assert_eq!(answer.body, format!("{text}, header none"), "{says_so}");
            // A shared cache must not hand one user's page to the next.
            assert_eq!(answer.header("cache-control"), Some("private, no-store"));
            assert_eq!(answer.header("vary"), Some("cookie"));
        }
        for request in [
            cookie(Method::POST),
            site(cookie(Method::POST), "cross-site"),
            site(cookie(Method::PUT), "same-site"),
            site(cookie(Method::POST), "cross-site").header(ORIGIN, "https://evil.example"),
            cookie(Method::POST).header(ORIGIN, "https://evil.example"),
            cookie(Method::POST).header(ORIGIN, ""),
            // A WebSocket is opened by a GET, and by any site.
            site(cookie(Method::GET), "cross-site")
                .header(CONNECTION, "upgrade")
                .header(UPGRADE, "websocket"),
        ] {
            let answer = ask(&service, request).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{says_so}");
            assert_eq!(answer.reason(), Some("cross_origin"));
        }
    }
}

/// A client that sends the header means the header, whatever is in its cookies.
#[tokio::test]
async fn token_in_a_header_needs_no_same_origin_check() {
    struct Header;
    impl CredentialFinder for Header {
        fn find<'r>(&self, request: RequestHead<'r>) -> Result<Credential<'r>, CredentialsError> {
            let field = request
                .headers
                .get(AUTHORIZATION)
                .and_then(|field| field.to_str().ok());
            let token = field.and_then(|field| field.strip_prefix("Token "));
            Ok(token.map_or(Credential::Absent, |token| {
                Credential::Bearer(token.as_bytes().into())
            }))
        }
    }
    let world = World::start().await;
    let text = world.token().sign();
    let layer = world.okta.layer().credentials(Header);
    for (layer, header) in [
        (layer.clone(), format!("Token {text}")),
        (layer.remove_authorization(), "none".to_owned()),
    ] {
        let service = layer.layer(service_fn(token));
        let request = Request::post("/").header("sec-fetch-site", "cross-site");
        let request = request.header(AUTHORIZATION, format!("Token {text}"));
        let request = request.header(COOKIE, format!("token={text}"));
        let answer = ask(&service, request).await;
        assert_eq!(answer.body, format!("{text}, header {header}"));
    }
}
