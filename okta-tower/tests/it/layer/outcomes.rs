//! The outcome table, row by row, in plain HTTP and in each form of gRPC.

use http::{
    HeaderValue, Request, StatusCode, Version,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use okta_tower::{Algorithm, Require, RouteRules};
use okta_tower_test::Fault;
use tower::{Layer, ServiceExt, service_fn};

use super::row::{GRPC, HTTP};
use super::{
    row::{
        FORBIDDEN, INVALID, MALFORMED, NO_CREDENTIALS, Row, TOO_LARGE, UNAVAILABLE,
        assert_accepted, assert_row,
    },
    world::{Body, World, ask, to, who, with},
};
use crate::world::{log::Log, okta};

#[tokio::test]
async fn valid_token_gets_the_services_own_response() {
    let world = World::start().await;
    assert_accepted(&world, &world.token().sign()).await;
}

#[tokio::test]
async fn missing_credentials_get_a_challenge_without_error() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(who));
    assert_row!(&service, Request::get("/"), NO_CREDENTIALS);
}

#[tokio::test]
async fn other_scheme_is_missing_credentials() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(who));
    for value in ["Basic dTpw", "DPoP a.b.c", "Negotiate"] {
        assert_row!(
            &service,
            Request::get("/").header(AUTHORIZATION, value),
            NO_CREDENTIALS.because("other_scheme")
        );
    }
}

#[tokio::test]
async fn two_authorization_headers_are_malformed() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(who));
    let token = world.token().sign();
    assert_accepted(&world, &token).await;
    let row = MALFORMED.because("two_headers");
    for second in [
        format!("Bearer {token}"),
        "Basic dTpw".to_owned(),
        String::new(),
    ] {
        assert_row!(&service, with(&token).header(AUTHORIZATION, &second), row);
    }
}

#[tokio::test]
async fn token_in_the_query_is_ignored() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(who));
    let token = world.token().sign();
    for query in [
        "/?a=1&access_token=x",
        "/?a=1&token=x",
        "/tiles?access_token=pk.x",
    ] {
        let answer = ask(&service, to(query, &token)).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    // Alone, too: URLs end up in logs.
    let in_query = format!("/?access_token={token}");
    assert_row!(&service, Request::get(&in_query), NO_CREDENTIALS);
}

#[tokio::test]
async fn header_without_a_bearer_token_is_malformed() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(who));
    for value in ["Bearer", "Bearer ", "", "Bearer\"a\""] {
        assert_row!(
            &service,
            Request::get("/").header(AUTHORIZATION, value),
            MALFORMED
        );
    }
    // Malformed characters within a token are the token's fault (RFC 6750 section 3.1).
    for value in ["Bearer a b", "Bearer a, Bearer b", "Bearer \"a\""] {
        assert_row!(
            &service,
            Request::get("/").header(AUTHORIZATION, value),
            INVALID.because("not_compact")
        );
    }
    let bytes = HeaderValue::from_bytes(b"Bearer \xe4").unwrap();
    assert_row!(
        &service,
        Request::get("/").header(AUTHORIZATION, &bytes),
        MALFORMED.because("not_text")
    );
}

#[tokio::test]
async fn token_without_a_scheme_has_a_reason_of_its_own() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(who));
    let token = world.token().sign();
    assert_accepted(&world, &token).await;
    assert_row!(
        &service,
        Request::get("/").header(AUTHORIZATION, &token),
        NO_CREDENTIALS.because("no_scheme")
    );
}

/// A proxy that asks by `auth_request` reads a status 200 as allowed.
#[tokio::test]
async fn only_a_grpc_call_is_rejected_with_status_200() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(who));
    for (method, version, content_type, status) in [
        ("POST", Version::HTTP_2, "application/grpc", 200),
        ("POST", Version::HTTP_11, "application/grpc", 401),
        ("GET", Version::HTTP_2, "application/grpc", 401),
        ("DELETE", Version::HTTP_2, "application/grpc", 401),
        ("POST", Version::HTTP_11, "application/grpc-web", 200),
        ("PUT", Version::HTTP_11, "application/grpc-web", 401),
    ] {
        let request = Request::builder().method(method).version(version);
        let request = request.header(CONTENT_TYPE, content_type);
        let request = request.body(Body::default()).unwrap();
        let response = service.clone().oneshot(request).await.unwrap();
        assert_eq!(
            response.status(),
            status,
            "{method} {version:?} {content_type}"
        );
    }
}

#[tokio::test]
async fn bad_tokens_get_one_response_and_exact_reasons() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(who));
    let good = || world.token();
    assert_accepted(&world, &good().sign()).await;
    let mut answers = Vec::new();
    for (reason, token) in [
        ("encrypted", "a.b.c.d.e".to_owned()),
        ("not_compact", "a.b".to_owned()),
        ("bad_encoding", "a=.b.c".replace('=', "+")),
        ("bad_header", good().sign_raw("[]", "{}")),
        ("critical", good().header("crit", vec!["exp"]).sign()),
        ("not_compact", good().unsigned()),
        ("algorithm_not_allowed", good().header("alg", "none").sign()),
        (
            "algorithm_not_allowed",
            good().hs256(world.issuer.active_key().public_pem()),
        ),
        ("type_not_allowed", good().typ("logout+jwt").sign()),
        ("missing_key_id", good().without_header("kid").sign()),
        ("unknown_key", good().header("kid", "unknown").sign()),
        (
            "bad_signature",
            good().key(world.issuer.forged_key()).sign(),
        ),
        ("bad_claims", good().claim("iss", 5).sign()),
        (
            "not_an_access_token",
            world
                .issuer
                .id_token()
                .audience(world.issuer.audience())
                .sign(),
        ),
        (
            "sender_constrained",
            good().claim("cnf", serde_json::json!({"jkt": "x"})).sign(),
        ),
        ("missing_claim", good().without("exp").sign()),
        (
            "wrong_issuer",
            good().issuer_claim("http://127.0.0.1/oauth2/other").sign(),
        ),
        ("wrong_audience", good().audience("api://other").sign()),
        ("expired", good().expires_in(-61).sign()),
        ("not_yet_valid", good().not_before_in(3600).sign()),
        (
            "issued_in_future",
            good().issued_ago(-3600).expires_in(7200).sign(),
        ),
    ] {
        assert_row!(&service, with(&token), INVALID.because(reason));
        answers.push(ask(&service, with(&token)).await.visible());
    }
    answers.dedup();
    assert_eq!(
        answers.len(),
        1,
        "responses reveal more than that the token is bad: {answers:?}"
    );
}

/// As 401 `invalid_token`, a front end would get another token of the same length, for ever.
#[tokio::test]
async fn token_longer_than_the_limit_is_431_and_logged_above_debug() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(who));
    let log = Log::capture();
    let padded = |bytes: usize| world.token().claim("padding", "a".repeat(bytes)).sign();
    assert_accepted(&world, &padded(10_000)).await;
    assert_eq!(log.count("INFO", ""), 0, "{log:?}");
    let token = padded(21_000);
    assert!((28_000..30_000).contains(&token.len()));
    assert_row!(&service, with(&token), TOO_LARGE);
    let lines = HTTP.len() + GRPC.len();
    assert_eq!(
        log.count("INFO okta_tower::auth", "reason=\"too_large\""),
        lines
    );
    assert_eq!(
        log.count("INFO okta_tower::auth", "limit=\"16384 bytes\""),
        lines
    );
    assert!(!log.text().contains(&token[..20]));
    // With a higher limit, the token is accepted.
    let roomy = okta(&world.issuer, &world.clock, |okta| {
        okta.max_token_bytes(32 * 1024)
    })
    .await;
    let service = roomy.layer().layer(service_fn(who));
    assert_eq!(ask(&service, with(&token)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn rejected_token_is_logged_with_claim_and_configuration() {
    let other = "https://login.example.com/oauth2/default";
    let world = World::with(|okta| {
        okta.audiences(["api://a", "api://b"])
            .extra_issuers([other])
    });
    let world = world.await;
    let service = world.okta.layer().layer(service_fn(who));
    let good = || world.token().audience("api://b");
    let issuers = format!("configured=\"{} {other}\"", world.issuer.url());
    for (reason, claim, configured, token) in [
        ("missing_claim", "claim=\"exp\"", "", good().without("exp")),
        (
            "missing_claim",
            "claim=\"aud\"",
            "api://a api://b",
            good().without("aud"),
        ),
        ("bad_claims", "claim=\"jti\"", "", good().claim("jti", 7)),
        (
            "wrong_audience",
            "",
            "configured=\"api://a api://b\"",
            good().audience("api://secret"),
        ),
        (
            "wrong_issuer",
            "",
            &issuers,
            good().issuer_claim("https://secret.example"),
        ),
        (
            "algorithm_not_allowed",
            "",
            "configured=\"RS256\"",
            good().header("alg", "none"),
        ),
    ] {
        let log = Log::capture();
        let answer = ask(&service, with(&token.sign())).await;
        assert_eq!(answer.reason(), Some(reason));
        let line = log.text();
        assert_eq!(log.count("DEBUG okta_tower::auth", reason), 1, "{line}");
        assert!(
            line.contains(claim) && line.contains(configured),
            "{reason}: {line}"
        );
        assert!(!line.contains("secret"), "{line}");
        assert!(!answer.visible().contains("api://a"), "{answer:?}");
    }
    let log = Log::capture();
    assert_eq!(
        ask(&service, with(&good().sign())).await.status,
        StatusCode::OK
    );
    assert_eq!(log.count("", "request refused"), 0, "{log:?}");
}

#[tokio::test]
async fn header_without_bearer_scheme_is_logged_with_its_reason() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(who));
    for (value, reason) in [
        (Some(world.token().sign()), "no_scheme"),
        (Some("Basic dTpw".to_owned()), "other_scheme"),
        (None, "missing_credentials"),
    ] {
        let log = Log::capture();
        let mut request = Request::get("/");
        if let Some(value) = &value {
            request = request.header(AUTHORIZATION, value);
        }
        assert_eq!(
            ask(&service, request).await.status,
            StatusCode::UNAUTHORIZED
        );
        let reason_field = format!("reason=\"{reason}\"");
        assert_eq!(
            log.count("DEBUG okta_tower::auth", &reason_field),
            1,
            "{log:?}"
        );
        let metrics = world.okta.metrics();
        assert_eq!(metrics.get("okta_tower_refusals_total", reason), Some(1));
    }
}

#[tokio::test]
async fn alternative_scopes_are_in_the_description() {
    let world = World::start().await;
    let table = RouteRules::new()
        .at(
            "/any",
            Require::any_scope(["reports:write", "reports:100%"]),
        )
        .at(
            "/or",
            Require::scope("a").or(Require::all_scopes(["b", "c"])),
        )
        .at("/one", Require::scope("a"));
    let layer = world.okta.layer().rules(table.build().unwrap());
    let service = layer.layer(service_fn(who));
    let token = world.token().sign();
    for (path, scope, description) in [
        (
            "/any",
            "reports:write",
            Some("one of these scopes is required: reports:write, reports:100%"),
        ),
        ("/or", "a", Some("one of these scopes is required: a, b c")),
        ("/one", "a", None),
    ] {
        let answer = ask(&service, to(path, &token)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        let challenge = answer.challenge().unwrap();
        assert_eq!(challenge.get("error"), Some("insufficient_scope"));
        assert_eq!(challenge.get("scope"), Some(scope));
        assert_eq!(challenge.get("error_description"), description);
        // gRPC's message says the same, percent-encoded.
        let call = to(path, &token).method("POST");
        let answer = ask(&service, call.header(CONTENT_TYPE, "application/grpc")).await;
        let expected = description.map_or("required scope: a".to_owned(), str::to_owned);
        let message = answer.header("grpc-message").unwrap();
        assert_eq!(message, expected.replace('%', "%25"));
        let (code, message) = answer.error.unwrap().grpc_status();
        assert_eq!((code, &*message), (7, &*expected));
    }
    let either = world.token().scopes(["reports:100%"]).sign();
    assert_eq!(
        ask(&service, to("/any", &either)).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn grpc_message_names_no_group() {
    let error = |denied: okta_tower::Denied| okta_tower::AuthError::from(denied).grpc_status();
    let world = World::start().await;
    let caller = world.okta.verify(&world.token().sign()).await.unwrap();
    let denied = |require: Require| error(require.check(&caller).unwrap_err());
    let (code, message) = denied(Require::group("secret-tellers"));
    assert_eq!((code, &*message), (7, "not allowed"));
    let (code, message) = denied(Require::scope("ledger:post"));
    assert_eq!((code, &*message), (7, "required scope: ledger:post"));
}

#[tokio::test]
async fn narrowed_settings_reject_through_the_layer() {
    let world = World::start().await;
    let narrow = okta(&world.issuer, &world.clock, |okta| {
        okta.allowed_clients(["0oaours"])
            .algorithms([Algorithm::Rs256, Algorithm::Ps256])
    })
    .await;
    let service = narrow.layer().layer(service_fn(who));
    let ours = || world.token().client_id("0oaours");
    assert_eq!(
        ask(&service, with(&ours().sign())).await.status,
        StatusCode::OK
    );
    let theirs = ours().client_id("0oatheirs").sign();
    assert_row!(
        &service,
        with(&theirs),
        INVALID.because("client_not_allowed")
    );
    let other_algorithm = ours().header("alg", "PS256").sign();
    assert_row!(
        &service,
        with(&other_algorithm),
        INVALID.because("key_mismatch")
    );
}

#[tokio::test]
async fn missing_scope_is_in_the_challenge_and_group_is_not() {
    let world = World::start().await;
    let table = RouteRules::new()
        .at(
            "/scope",
            Require::all_scopes(["reports:read", "reports:write"]),
        )
        .at("/group", Require::group("tellers"))
        .at("/client", Require::client_id("0oaother"))
        .at("/service", Require::service())
        .at("/claim", Require::claim("site", "berlin"))
        .at("/nobody", Require::nobody())
        .at("/predicate", Require::predicate(|_| false))
        .build()
        .unwrap();
    let service = world.okta.layer().rules(table).layer(service_fn(who));
    let poor = world
        .token()
        .scopes(["reports:read"])
        .groups(["interns"])
        .sign();
    let scope = Row {
        challenge: Some(&[
            ("realm", "api"),
            ("error", "insufficient_scope"),
            ("scope", "reports:read reports:write"),
        ]),
        ..FORBIDDEN.because("scope")
    };
    assert_row!(&service, to("/scope", &poor), scope);
    for (path, reason) in [
        ("/group", "group"),
        ("/client", "client"),
        ("/service", "caller_type"),
        ("/claim", "claim"),
        ("/nobody", "nobody"),
        ("/predicate", "predicate"),
        ("/unlisted", "unlisted"),
        ("/group/../scope", "ambiguous_path"),
    ] {
        assert_row!(&service, to(path, &poor), FORBIDDEN.because(reason));
    }

    let rich = (world
        .token()
        .scopes(["reports:read", "reports:write"])
        .groups(["tellers"]))
    .claim("site", "berlin")
    .sign();
    for path in ["/scope", "/group", "/claim"] {
        assert_eq!(
            ask(&service, to(path, &rich)).await.status,
            StatusCode::OK,
            "{path}"
        );
    }
}

#[tokio::test]
async fn missing_keys_are_503_unless_no_key_could_help() {
    let world = World::start_without_keys().await;
    let service = world.okta.layer().layer(service_fn(who));
    let good = world.token().sign();
    assert_row!(&service, with(&good), UNAVAILABLE);
    let forged = world.token().key(world.issuer.forged_key()).sign();
    assert_row!(&service, with(&forged), UNAVAILABLE);
    assert_row!(&service, with("e30.e30.c2ln"), UNAVAILABLE);
    for (text, reason) in [
        ("not.even.one", "bad_encoding"),
        ("a b", "not_compact"),
        ("opaque", "not_compact"),
        ("one.too.many.parts", "not_compact"),
        ("five.parts.are.a.jwe", "encrypted"),
        ("not.even.one", "bad_encoding"),
    ] {
        assert_row!(&service, with(text), INVALID.because(reason));
    }
    // A client without credentials needs some first, with or without keys.
    assert_row!(&service, Request::get("/"), NO_CREDENTIALS);
    assert_row!(&service, with(""), MALFORMED);
}

#[tokio::test]
async fn too_stale_keys_are_503() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(who));
    let long_lived = world.token().expires_in(48 * 3600).sign();
    world
        .issuer
        .fault_everywhere(&Fault::Status(StatusCode::SERVICE_UNAVAILABLE));
    world.advance(11 * 3600);
    assert_eq!(
        ask(&service, with(&long_lived)).await.status,
        StatusCode::OK
    );
    world.advance(3600 + 1);
    assert_row!(
        &service,
        with(&long_lived),
        UNAVAILABLE.because("keys_too_stale")
    );
}
