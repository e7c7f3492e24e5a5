//! Every fault of a token and every wrong kind of token that the test issuer can sign.

use std::collections::BTreeSet;

use okta_tower::{
    Algorithm, TokenErrorKind, TokenType,
    explain::{Check, Explanation, Finding, Outcome, Topic},
};
use serde_json::json;

use super::world::{Fault, World, assert_accepts, assert_explains, failures, of};

macro_rules! faults {
    ($($name:literal: $token:expr
        => $reason:literal, $check:ident, $says:literal, $remedy:literal;)+) => {
        vec![$(Fault {
            name: $name,
            token: $token,
            reason: $reason,
            check: Check::$check,
            says: $says,
            remedy: $remedy,
        },)+]
    };
}

fn forms(world: &World) -> Vec<Fault> {
    let token = world.token().sign();
    let jwe = format!("{}.{}", token, "c2Vjb25k.dGhpcmQtcGFydA");
    faults! {
        "too large": world.token().claim("note", "x".repeat(20_000)).sign()
            => "too_large", Form, "the token has 2", "narrow the groups claim's filter";
        "far too large": "A".repeat(1_000_000)
            => "too_large", Form, "1000000 bytes; configured: 16384", "raise the limit";
        "JWE": jwe
            => "encrypted", Form, "access-token encryption is on", "turn off token encryption";
        "nothing": String::new()
            => "not_compact", Form, "there is no token", "send the access token";
        "API token": "00QCjAl4MlV-WPXM_ABCDEFGHIJKLMNOPQRSTUVWXY".to_owned()
            => "not_compact", Form, "an API token", "send the access token";
        "refresh token or code": "MIOf-U1zQbyfa3MUfJHhvnUqIut9ClH0xjlDXGJAyqo".to_owned()
            => "not_compact", Form, "a refresh token, an authorization code", "the access token";
        "two parts": token.rsplit_once('.').unwrap().0.to_owned()
            => "not_compact", Form, "2 parts instead of three", "send the access token";
        "unsigned": world.token().unsigned()
            => "not_compact", Form, "unsigned token", "send the access token";
        "with its scheme": format!("Bearer {token}")
            => "bad_encoding", Form, "the scheme `Bearer`", "look for quotes, blanks";
        "in quotes": format!("\"{token}\"")
            => "bad_encoding", Form, "contains quotes", "look for quotes, blanks";
        "with a line break": format!("{token}\n")
            => "bad_encoding", Form, "line breaks", "look for quotes, blanks";
        "padded": format!("{token}=") => "bad_encoding", Form, "padding", "padding in the token";
        "percent-encoded": token.replacen('e', "%65", 1)
            => "bad_encoding", Form, "percent-encoded", "look for quotes";
        "foreign characters": token.replacen('e', "~", 1)
            => "bad_encoding", Form, "not canonical base64url", "look for quotes";
    }
}

fn headers(world: &World) -> Vec<Fault> {
    let token = || world.token();
    let other = |typ: &str| world.token().typ(typ).sign();
    faults! {
        "member twice": world.header_text(r#""alg":"RS256""#)
            => "bad_header", Header, "each member once", "use tokens of the issuer only";
        "no alg": token().without_header("alg").sign()
            => "bad_header", Header, "alg", "use tokens of the issuer only";
        "critical": token().header("crit", json!(["b64"])).sign()
            => "critical", Header, "`crit`", "use tokens of the issuer only";
        "alg none": token().header("alg", "none").sign()
            => "algorithm_not_allowed", Header, "`alg` is `none`; configured: RS256",
               "OktaBuilder::algorithms";
        "HS256": token().hs256(world.issuer.active_key().public_pem())
            => "algorithm_not_allowed", Header, "`alg` is `HS256`", "OktaBuilder::algorithms";
        "ID-JAG": token().typ("oauth-id-jag+jwt").sign()
            => "type_not_allowed", Kind, "an ID-JAG", "must exchange an ID-JAG";
        "logout token by type": other("logout+jwt")
            => "type_not_allowed", Kind, "a logout token", "send the access token";
        "DPoP proof": other("dpop+jwt")
            => "type_not_allowed", Kind, "a DPoP proof", "send the access token";
        "other type": other("secevent+jwt")
            => "type_not_allowed", Kind, "a security event", "send the access token";
        "no kid": token().without_header("kid").sign()
            => "missing_key_id", Signature, "no `kid`", "use tokens of the issuer only";
        "forged": token().key(world.issuer.forged_key()).sign()
            => "bad_signature", Signature, "the signature is not that of the key",
               "copy the whole token";
    }
}

fn claims(world: &World) -> Vec<Fault> {
    let token = || world.token();
    let id_token = || world.issuer.id_token();
    let org = world.issuer.org_url().to_owned();
    let issuer = world.issuer.url().to_owned();
    faults! {
        "claim twice": world.claims_text(r#""sub":"eve""#)
            => "bad_claims", Claims, "each member once", "check custom claims";
        "claim of the wrong type": token().claim("exp", "tomorrow").sign()
            => "bad_claims", Claims, "`exp`", "check custom claims";
        "ID token with nonce": id_token().nonce("n-0S6_WzA2Mj").sign()
            => "not_an_access_token", Kind, "an ID token", "send the access token";
        "ID token with at_hash": id_token().issued_with(&token().sign()).sign()
            => "not_an_access_token", Kind, "an ID token", "send the access token";
        "plain ID token": id_token().sign()
            => "not_an_access_token", Kind, "`jti` begins with `ID.`", "send the access token";
        "ID token by its audience": id_token().without("jti").sign()
            => "not_an_access_token", Kind, "`aud` is a client ID", "send the access token";
        "logout token": token().claim("events", json!({ "logout": {} })).sign()
            => "not_an_access_token", Kind, "a logout token", "send the access token";
        "neither client nor scopes": token().without("cid").without("scp").sign()
            => "not_an_access_token", Kind, "neither a client nor scopes", "the access token";
        "DPoP": token().claim("cnf", json!({ "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2Hgl" })).sign()
            => "sender_constrained", Binding, "bound to a key", "turn off DPoP";
        "no iss": token().without("iss").sign()
            => "missing_claim", Issuer, "`iss`", "check the claims of the authorization server";
        "org server": token().issuer_claim(org).sign()
            => "wrong_issuer", Issuer, "an Okta org itself", "OKTA_OAUTH2_ISSUER";
        "another issuer": token().issuer_claim("https://idp.example.com/realms/a").sign()
            => "wrong_issuer", Issuer, "another issuer", "OKTA_OAUTH2_ISSUER";
        "no URL": token().issuer_claim("example").sign()
            => "wrong_issuer", Issuer, "`example`: no URL", "OKTA_OAUTH2_ISSUER";
        "slash at the end": token().issuer_claim(format!("{issuer}/")).sign()
            => "wrong_issuer", Issuer, "with a slash at its end", "OKTA_OAUTH2_ISSUER";
        "another server of the org": token().issuer_claim(format!("{issuer}2")).sign()
            => "wrong_issuer", Issuer, "another authorization server of the same org",
               "OKTA_OAUTH2_ISSUER";
        "custom domain": token().issuer_claim("https://login.example.com/oauth2/default").sign()
            => "wrong_issuer", Issuer, "another host name", "extra_issuers";
        "no aud": token().without("aud").sign()
            => "missing_claim", Audience, "`aud`", "check the claims of the authorization server";
        "another audience": token().audience("api://other").sign()
            => "wrong_audience", Audience, r#"`aud` is `"api://other"`; configured: api://default"#,
               "OKTA_OAUTH2_AUDIENCE";
        "for a client": token().audience("0oaTestClient0000001").sign()
            => "wrong_audience", Audience, "a client ID, the audience of ID tokens",
               "OKTA_OAUTH2_AUDIENCE";
        "for the authorization server": token().audience(&issuer).sign()
            => "wrong_audience", Audience, "the authorization server itself",
               "OKTA_OAUTH2_AUDIENCE";
        "for Okta's own API": token().audience("https://acme.okta.com").sign()
            => "wrong_audience", Audience, "an Okta org itself", "OKTA_OAUTH2_AUDIENCE";
        "no audience in the list": token().audiences([] as [&str; 0]).sign()
            => "wrong_audience", Audience, "`aud` is `[]`", "OKTA_OAUTH2_AUDIENCE";
        "no exp": token().without("exp").sign()
            => "missing_claim", Lifetime, "`exp`", "check the claims of the authorization server";
        "expired": token().expires_in(-300).sign()
            => "expired", Lifetime, "expired 5 min ago", "get a new token; compare the clocks";
        "not yet valid": token().not_before_in(600).sign()
            => "not_yet_valid", Lifetime, "`nbf` is 10 min ahead", "synchronize the clocks";
        "issued in the future": token().issued_ago(-600).sign()
            => "issued_in_future", Lifetime, "`iat` is 10 min ahead", "synchronize the clocks";
        "no sub": token().without("sub").sign()
            => "missing_claim", Claims, "`sub`", "check the claims of the authorization server";
    }
}

#[tokio::test]
async fn every_malformed_token_is_explained() {
    let world = World::start().await;
    for fault in forms(&world) {
        assert_explains(&world.okta, &fault).await;
    }
    assert_accepts(&world.okta, "the twin", &world.token().sign()).await;
}

#[tokio::test]
async fn every_fault_of_a_header_is_explained() {
    let world = World::start().await;
    for fault in headers(&world) {
        assert_explains(&world.okta, &fault).await;
    }
    for (name, typ) in [("JWT", "JWT"), ("RFC 9068", "at+jwt")] {
        assert_accepts(&world.okta, name, &world.token().typ(typ).sign()).await;
    }
}

#[tokio::test]
async fn every_fault_of_a_claim_is_explained() {
    let world = World::start().await;
    for fault in claims(&world) {
        assert_explains(&world.okta, &fault).await;
    }
    let service = world.token().service("0oaService").sign();
    assert_accepts(&world.okta, "a service", &service).await;
}

/// An application with settings that the test issuer's own tokens do not fit.
async fn narrow() -> World {
    World::with(|okta| {
        let okta = okta.algorithms([Algorithm::Rs256, Algorithm::Rs384]);
        okta.allowed_clients(["0oaOurs"])
    })
    .await
}

fn settings(world: &World) -> Vec<Fault> {
    let ours = world.token().client_id("0oaOurs");
    faults! {
        "another client": world.token().client_id("0oaTheirs").sign()
            => "client_not_allowed", Client, "the client is `0oaTheirs`; configured: 0oaOurs",
               "allowed_clients";
        "another algorithm of the key": ours.algorithm(Algorithm::Rs384).sign()
            => "key_mismatch", Signature, "is for another `alg`", "use tokens of the issuer only";
    }
}

#[tokio::test]
async fn fault_of_a_setting_is_explained_by_the_setting() {
    let world = narrow().await;
    let ours = world.token().client_id("0oaOurs").sign();
    assert_accepts(&world.okta, "the twin", &ours).await;
    for fault in settings(&world) {
        assert_explains(&world.okta, &fault).await;
    }
}

#[tokio::test]
async fn fault_under_rfc_9068_is_explained_by_the_setting() {
    let strict = World::with(|okta| okta.token_type(TokenType::Rfc9068)).await;
    let typed = || strict.token().typ("at+jwt");
    let complete = typed().claim("client_id", "0oaOurs").sign();
    assert_accepts(&strict.okta, "the twin", &complete).await;
    for fault in faults! {
        "Okta's token": strict.token().sign()
            => "type_not_allowed", Kind, "no `typ`; configured: Rfc9068", "TokenType::Lenient";
        "no client_id": typed().sign()
            => "missing_claim", Claims, "`client_id`", "TokenType::Rfc9068";
    } {
        assert_explains(&strict.okta, &fault).await;
    }
}

/// A reason that is added later needs a case here. Of `unknown_key`, `issuer_faults` has cases.
#[tokio::test]
async fn faults_cover_every_reason_of_an_access_token() {
    let world = narrow().await;
    let all = [forms, headers, claims, settings];
    let faults = all.iter().flat_map(|faults| faults(&world));
    let mut covered: BTreeSet<&str> = faults.map(|fault| fault.reason).collect();
    covered.insert("unknown_key");
    let of_id_tokens = |kind: &&TokenErrorKind| **kind != TokenErrorKind::NotAnIdToken;
    let of_access_tokens = TokenErrorKind::ALL.iter().take_while(of_id_tokens);
    let reasons: BTreeSet<&str> = of_access_tokens.map(|kind| kind.as_str()).collect();
    assert!(reasons.len() >= 22);
    assert_eq!(covered, reasons);
}

#[tokio::test]
async fn every_failure_is_given_and_the_reported_one_first() {
    let world = World::start().await;
    let token = (world.token().key(world.issuer.forged_key()))
        .audience("api://other")
        .issuer_claim("https://login.example.com/oauth2/default")
        .claim("cnf", json!({ "jkt": "x" }))
        .claim("scp", 7)
        .expires_in(-3600)
        .sign();
    let explanation = world.okta.explain(&token).await;
    let reasons: Vec<_> = failures(&explanation).filter_map(Finding::reason).collect();
    assert_eq!(
        reasons,
        [
            "bad_signature",
            "bad_claims",
            "sender_constrained",
            "wrong_issuer",
            "wrong_audience",
            "expired",
        ]
    );
    let reported = world.okta.verify(&token).await.unwrap_err();
    assert_eq!(explanation.reason(), Some(reported.reason()));
}

#[tokio::test]
async fn findings_of_claims_without_a_signature_say_so() {
    let world = World::start().await;
    let is_labelled = |explanation: &Explanation| {
        let audience = of(explanation, Check::Audience)[0].message();
        audience.starts_with("unverified: `aud` is")
    };
    let signed = world.okta.explain(&world.token().sign()).await;
    assert!(!is_labelled(&signed), "{signed}");
    let forged = world.token().key(world.issuer.forged_key()).sign();
    let forged = world.okta.explain(&forged).await;
    assert!(is_labelled(&forged), "{forged}");
    let unknown = world.token().header("alg", "none").sign();
    let unknown = world.okta.explain(&unknown).await;
    assert!(is_labelled(&unknown), "{unknown}");
}

#[tokio::test]
async fn claim_of_the_wrong_type_is_not_called_missing() {
    let world = World::start().await;
    let explanation = world
        .okta
        .explain(&world.token().claim("aud", 7).sign())
        .await;
    let reasons: Vec<_> = failures(&explanation).filter_map(Finding::reason).collect();
    assert_eq!(reasons, ["bad_claims"]);
}

#[tokio::test]
async fn accepted_token_is_explained_check_by_check() {
    let world = World::start().await;
    let explanation = assert_accepts(&world.okta, "plain", &world.token().sign()).await;
    assert_eq!(explanation.outcome(), Outcome::Ok);
    let checks: Vec<_> = explanation.findings().iter().map(Finding::check).collect();
    assert_eq!(
        checks,
        [
            Check::Form,
            Check::Keys,
            Check::Header,
            Check::Signature,
            Check::Kind,
            Check::Issuer,
            Check::Audience,
            Check::Lifetime,
            Check::Client,
            Check::Claims,
            Check::Groups,
        ]
    );
}

#[tokio::test]
async fn clocks_within_the_leeway_are_a_warning() {
    let world = World::start().await;
    let ahead = world.token().issued_ago(-30).sign();
    let explanation = assert_accepts(&world.okta, "ahead", &ahead).await;
    assert_eq!(explanation.outcome(), Outcome::Warning);
    let [clock] = of(&explanation, Check::Clock)[..] else {
        panic!("{explanation}");
    };
    assert!(clock.message().contains("`iat` is 30 s ahead"), "{clock}");
    assert!(clock.remedy().unwrap().contains("NTP"), "{clock}");

    let just_expired = world.token().expires_in(-30).sign();
    let explanation = assert_accepts(&world.okta, "expired", &just_expired).await;
    let lifetime = of(&explanation, Check::Lifetime)[0];
    assert_eq!(lifetime.outcome(), Outcome::Warning);
    assert!(
        lifetime.message().contains("expired 30 s ago"),
        "{lifetime}"
    );
}

#[tokio::test]
async fn groups_near_the_limit_or_unreadable_are_a_warning() {
    let world = World::start().await;
    let groups = |count: usize| (0..count).map(|number| format!("g{number}"));
    for (claim, outcome, says) in [
        (
            json!(groups(3).collect::<Vec<_>>()),
            Outcome::Ok,
            "groups in `groups`: 3",
        ),
        (
            json!(groups(89).collect::<Vec<_>>()),
            Outcome::Ok,
            "groups in `groups`: 89",
        ),
        (
            json!(groups(90).collect::<Vec<_>>()),
            Outcome::Warning,
            "limit is 100",
        ),
        (
            json!(groups(120).collect::<Vec<_>>()),
            Outcome::Warning,
            "groups in `groups`: 120",
        ),
        (
            json!(true),
            Outcome::Warning,
            "is not a list of names alone; names: 0",
        ),
        (
            json!(["admin", 7]),
            Outcome::Warning,
            "is not a list of names alone; names: 1",
        ),
        (
            json!([1]),
            Outcome::Warning,
            "is not a list of names alone; names: 0",
        ),
        (json!("admin"), Outcome::Ok, "groups in `groups`: 1"),
        (json!(null), Outcome::Ok, "no claim `groups`"),
    ] {
        let token = world.token().claim("groups", claim).sign();
        let explanation = assert_accepts(&world.okta, says, &token).await;
        let found = of(&explanation, Check::Groups)[0];
        assert_eq!(found.outcome(), outcome, "{found}");
        assert!(found.message().contains(says), "{found}");
    }
    let many = Topic::ProviderError.advice("too_many_groups").unwrap();
    assert!(many.remedy().contains("narrow the filter"));
}

#[tokio::test]
async fn nested_groups_claim_named_with_dots_is_a_warning() {
    let world = World::with(|okta| okta.groups_claim("realm.roles")).await;
    let token = world.token().claim("realm", json!({ "roles": ["admin"] }));
    let explanation = assert_accepts(&world.okta, "dots", &token.sign()).await;
    let found = of(&explanation, Check::Groups)[0];
    assert!(found.message().contains("write `/realm/roles`"), "{found}");
    assert_eq!(found.outcome(), Outcome::Warning);

    let pointed = World::with(|okta| okta.groups_claim("/realm/roles")).await;
    let token = pointed
        .token()
        .claim("realm", json!({ "roles": ["admin"] }));
    let explanation = assert_accepts(&pointed.okta, "pointer", &token.sign()).await;
    let found = of(&explanation, Check::Groups)[0];
    assert!(
        found.message().contains("groups in `/realm/roles`: 1"),
        "{found}"
    );
}

#[tokio::test]
async fn extra_issuer_is_explained_as_accepted() {
    let alias = "https://login.example.com/oauth2/default";
    let world = World::with(|okta| okta.extra_issuers([alias])).await;
    let token = world.token().issuer_claim(alias).sign();
    let explanation = assert_accepts(&world.okta, "alias", &token).await;
    let issuer = of(&explanation, Check::Issuer)[0];
    assert!(issuer.message().contains(alias), "{issuer}");
}
