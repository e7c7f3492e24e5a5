//! Tokens of a certified provider, in Okta's shape and in its own.

use std::collections::BTreeSet;

use cross_tests::provider::Provider;
use okta_tower::{
    Okta, TokenErrorKind, TokenType, Via,
    explain::{Outcome, Topic},
};

/// The reason of a rejection, of which the explanation says the same, with its remedy.
async fn reason(okta: &Okta, token: &str) -> TokenErrorKind {
    let error = okta.verify(token).await.expect_err("a rejection");
    let explanation = okta.explain(token).await;
    assert_eq!(explanation.reason(), Some(error.reason()), "{explanation}");
    let advice = Topic::Rejection.advice(error.reason()).unwrap();
    let mut findings = explanation.findings().iter();
    let reported = findings.find(|finding| finding.reason() == Some(error.reason()));
    assert_eq!(reported.unwrap().remedy(), Some(advice.remedy()));
    for part in token.split('.') {
        assert!(!explanation.to_string().contains(part));
    }
    error.token_error().expect("a token error").kind()
}

#[tokio::test]
async fn user_token_gives_the_claims_of_the_user() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let okta = provider.settings().start().await.unwrap();
    for (name, groups) in [
        ("admin", &["Everyone", "admin"][..]),
        ("viewer", &["Everyone", "viewer"]),
        ("nobody", &[]),
    ] {
        let tokens = provider
            .tokens(&format!("user={name}&scope=openid%20reports:read"))
            .await;
        let claims = okta.verify(tokens.access()).await.unwrap();
        let (uid, login) = provider.user(name);
        assert_eq!((claims.user_id(), claims.subject()), (Some(uid), login));
        assert_eq!(claims.client_id(), Some(provider.client("web").0));
        assert_eq!(
            claims.groups().iter().collect::<BTreeSet<_>>(),
            groups.iter().copied().collect()
        );
        let scopes: BTreeSet<&str> = claims.scopes().iter().collect();
        assert_eq!(scopes, BTreeSet::from(["openid", "reports:read"]));
        assert_eq!(
            (claims.issuer(), claims.identity_issuer()),
            (provider.issuer(), provider.issuer())
        );
        assert_eq!(claims.audience().collect::<Vec<_>>(), ["api://default"]);
        assert!(!claims.is_service() && claims.via() == Via::Bearer);
        assert!(claims.token_id().is_some_and(|id| id.starts_with("AT.")));
        assert!(
            claims
                .auth_time()
                .is_some_and(|time| time <= claims.expires_at())
        );
        let lifetime = claims
            .expires_at()
            .duration_since(claims.issued_at().unwrap());
        assert_eq!(lifetime.unwrap().as_secs(), 3600);
    }
}

#[tokio::test]
async fn service_token_gives_a_caller_without_user() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let okta = provider.settings().start().await.unwrap();
    let tokens = provider.tokens("client=service").await;
    let claims = okta.verify(tokens.access()).await.unwrap();
    let id = provider.client("service").0;
    assert_eq!(
        (claims.client_id(), claims.subject(), claims.user_id()),
        (Some(id), id, None)
    );
    assert!(claims.is_service() && claims.groups().is_empty());
    assert_eq!(claims.scopes().iter().collect::<Vec<_>>(), ["reports:read"]);
    assert!(tokens.json().get("id_token").is_none());
}

#[tokio::test]
async fn untyped_token_is_rejected_only_under_rfc_9068() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let lenient = provider.settings().start().await.unwrap();
    let strict = provider
        .settings()
        .token_type(TokenType::Rfc9068)
        .start()
        .await
        .unwrap();
    for who in ["user=admin", "client=service"] {
        let untyped = provider.tokens(&format!("{who}&typ=none")).await;
        assert!(lenient.verify(untyped.access()).await.is_ok());
        assert_eq!(
            reason(&strict, untyped.access()).await,
            TokenErrorKind::TypeNotAllowed
        );

        let typed = provider.tokens(&format!("{who}&claims=rfc9068")).await;
        for okta in [&lenient, &strict] {
            let claims = okta.verify(typed.access()).await.unwrap();
            assert!(claims.client_id().is_some() && claims.token_id().is_some());
        }
    }
    // This token has the type and Okta's claims, but not the claims that RFC 9068 requires.
    let okta_claims = provider.tokens("user=admin").await;
    assert!(lenient.verify(okta_claims.access()).await.is_ok());
    assert_eq!(
        reason(&strict, okta_claims.access()).await,
        TokenErrorKind::MissingClaim
    );
}

#[tokio::test]
async fn id_token_as_access_token_is_rejected() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let tokens = provider.tokens("user=admin").await;
    let web = provider.client("web").0;
    let okta = provider
        .settings()
        .audiences(["api://default", web])
        .start()
        .await
        .unwrap();
    assert!(okta.verify(tokens.access()).await.is_ok());
    assert_eq!(
        reason(&okta, tokens.id()).await,
        TokenErrorKind::NotAnAccessToken
    );
}

#[tokio::test]
async fn key_bound_token_as_bearer_token_is_rejected() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let okta = provider.settings().start().await.unwrap();
    for who in ["user=admin", "client=service"] {
        let bound = provider.tokens(&format!("{who}&dpop")).await;
        assert_eq!(bound.json()["token_type"], "DPoP");
        assert_eq!(
            reason(&okta, bound.access()).await,
            TokenErrorKind::SenderConstrained
        );
        let free = provider.tokens(who).await;
        assert!(okta.verify(free.access()).await.is_ok());
    }
}

#[tokio::test]
async fn token_for_another_audience_or_issuer_is_rejected() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let Some(other) = Provider::start() else {
        return;
    };
    let okta = provider.settings().start().await.unwrap();
    let elsewhere = provider
        .settings()
        .audience("api://elsewhere")
        .start()
        .await
        .unwrap();
    let tokens = provider.tokens("user=admin").await;
    assert!(okta.verify(tokens.access()).await.is_ok());
    assert_eq!(
        reason(&elsewhere, tokens.access()).await,
        TokenErrorKind::WrongAudience
    );
    let foreign = other.tokens("user=admin").await;
    assert_eq!(
        reason(&okta, foreign.access()).await,
        TokenErrorKind::UnknownKey
    );
}

#[tokio::test]
async fn token_with_mixed_parts_is_rejected() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let okta = provider.settings().start().await.unwrap();
    let admin = provider.tokens("user=admin").await;
    let viewer = provider.tokens("user=viewer").await;
    assert!(
        okta.verify(admin.access()).await.is_ok() && okta.verify(viewer.access()).await.is_ok()
    );
    let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (admin, viewer) = (parts(admin.access()), parts(viewer.access()));
    let mixed = format!("{}.{}.{}", viewer[0], admin[1], viewer[2]);
    assert_eq!(reason(&okta, &mixed).await, TokenErrorKind::BadSignature);
}

#[tokio::test]
async fn every_kind_of_provider_token_is_explained() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let okta = provider.settings().start().await.unwrap();
    let user = provider
        .tokens("user=admin&scope=openid%20offline_access")
        .await;
    let service = provider.tokens("client=service").await;
    for token in [user.access(), service.access()] {
        let explanation = okta.explain(token).await;
        assert_eq!(explanation.outcome(), Outcome::Ok, "{explanation}");
        let claims = explanation.unverified_claims().unwrap();
        assert_eq!(claims.get("iss").unwrap(), provider.issuer());
    }
    let bound = provider.tokens("client=service&dpop").await;
    let refresh = user.json()["refresh_token"].as_str().unwrap();
    for (token, kind, says) in [
        (user.id(), TokenErrorKind::NotAnAccessToken, "an ID token"),
        (refresh, TokenErrorKind::NotCompact, "a refresh token"),
        (
            bound.access(),
            TokenErrorKind::SenderConstrained,
            "bound to a key",
        ),
    ] {
        assert_eq!(reason(&okta, token).await, kind);
        let text = okta.explain(token).await.to_string();
        assert!(text.contains(says), "{text}");
    }
}
