//! The outcome table, row by row, in plain HTTP and in every spelling of gRPC.

use std::time::Duration;

use http::{HeaderValue, Request, StatusCode, header::AUTHORIZATION};
use okta_tower::{Algorithm, Require, RouteRules};
use okta_tower_test::Fault;
use tower::{Layer, service_fn};

use crate::{
    row::{
        FORBIDDEN, INVALID, MALFORMED, NO_CREDENTIALS, Row, UNAVAILABLE, assert_accepted,
        assert_row,
    },
    world::{World, ask, settings, to, who, with},
};

#[tokio::test]
async fn a_good_token_passes_and_the_answer_is_the_services_own() {
    let world = World::start().await;
    assert_accepted(&world, &world.token().sign()).await;
}

#[tokio::test]
async fn no_credentials_get_a_challenge_without_an_error() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(who));
    assert_row!(&service, Request::get("/"), NO_CREDENTIALS);
}

#[tokio::test]
async fn another_scheme_counts_as_no_credentials() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(who));
    for value in ["Basic dTpw", "DPoP a.b.c", "Negotiate"] {
        assert_row!(
            &service,
            Request::get("/").header(AUTHORIZATION, value),
            NO_CREDENTIALS
        );
    }
}

#[tokio::test]
async fn two_authorization_fields_are_a_malformed_request_and_one_of_them_is_not() {
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
async fn a_token_in_header_and_query_is_a_malformed_request_and_another_parameter_is_not() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(who));
    let token = world.token().sign();
    let row = MALFORMED.because("two_methods");
    assert_row!(&service, to("/?a=1&access_token=x", &token), row);
    assert_eq!(
        ask(&service, to("/?a=1&token=x", &token)).await.status,
        StatusCode::OK
    );
    // In the query alone it is nothing at all: URLs end up in logs.
    let in_query = format!("/?access_token={token}");
    assert_row!(&service, Request::get(&in_query), NO_CREDENTIALS);
}

#[tokio::test]
async fn a_header_that_is_no_bearer_token_is_a_malformed_request() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(who));
    for value in [
        "Bearer",
        "Bearer a b",
        "Bearer a, Bearer b",
        "",
        "Bearer \"a\"",
    ] {
        assert_row!(
            &service,
            Request::get("/").header(AUTHORIZATION, value),
            MALFORMED
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
async fn each_bad_token_has_its_own_reason_inside_and_the_same_answer_outside() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(who));
    let good = || world.token();
    assert_accepted(&world, &good().sign()).await;
    let mut answers = Vec::new();
    for (reason, token) in [
        ("too_large", format!("{}.a.b", "a".repeat(16 * 1024))),
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
        ("unknown_key", good().header("kid", "nobody-knows").sign()),
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
        "callers are told more than that the token is bad: {answers:?}"
    );
}

#[tokio::test]
async fn settings_that_narrow_what_is_accepted_refuse_through_the_layer_too() {
    let world = World::start().await;
    let narrow = settings(&world.issuer, &world.clock)
        .allowed_clients(["0oaours"])
        .algorithms([Algorithm::Rs256, Algorithm::Ps256])
        .start()
        .await
        .unwrap();
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
async fn a_missing_scope_is_named_in_the_challenge_and_a_missing_group_is_not() {
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
async fn without_keys_the_answer_is_to_come_again_unless_no_key_could_make_a_token_of_it() {
    let world = World::start_without_keys().await;
    let service = world.okta.layer().layer(service_fn(who));
    let good = world.token().sign();
    assert_row!(&service, with(&good), UNAVAILABLE);
    assert_row!(&service, with("e30.e30.c2ln"), UNAVAILABLE);
    for (text, reason) in [
        ("opaque", "not_compact"),
        ("one.too.many.parts", "not_compact"),
        ("five.parts.are.a.jwe", "encrypted"),
        ("not.even.one", "bad_encoding"),
    ] {
        assert_row!(&service, with(text), INVALID.because(reason));
    }
    // Whoever has no credentials must get some first, keys or no keys.
    assert_row!(&service, Request::get("/"), NO_CREDENTIALS);
    assert_row!(&service, with("a b"), MALFORMED);
}

#[tokio::test]
async fn with_keys_too_old_to_trust_the_answer_is_to_come_again() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(who));
    let long_lived = world.token().expires_in(48 * 3600).sign();
    world
        .issuer
        .fault_everywhere(&Fault::Status(StatusCode::SERVICE_UNAVAILABLE));
    world.clock.advance(Duration::from_secs(11 * 3600));
    assert_eq!(
        ask(&service, with(&long_lived)).await.status,
        StatusCode::OK
    );
    world.clock.advance(Duration::from_secs(3600 + 1));
    assert_row!(
        &service,
        with(&long_lived),
        UNAVAILABLE.because("keys_too_stale")
    );
}
