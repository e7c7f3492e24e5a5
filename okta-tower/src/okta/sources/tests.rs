//! What the builder takes from the environment and from files.

use super::*;

const ISSUER_TEXT: &str = "https://dev-1234.okta.com/oauth2/default";

fn with(variables: &[(&str, &str)]) -> Result<OktaBuilder, ConfigError> {
    OktaBuilder::from_variables(|name| {
        let issuer = ("OKTA_OAUTH2_ISSUER", ISSUER_TEXT);
        let mut all = variables.iter().copied().chain([issuer]);
        all.find(|(other, _)| *other == name)
            .map(|(_, value)| value.into())
    })
}

fn audiences(builder: OktaBuilder) -> Vec<String> {
    let audiences = builder.build().unwrap().policy.audiences;
    audiences.into_iter().map(String::from).collect()
}

#[test]
fn missing_issuer_is_rejected_by_variable() {
    let error = OktaBuilder::from_variables(|_| None).unwrap_err();
    assert_eq!(
        (error.kind(), error.setting()),
        (Kind::Missing, "OKTA_OAUTH2_ISSUER")
    );
    let placeholder = "https://{yourOktaDomain}/oauth2/default";
    let error = with(&[("OKTA_OAUTH2_ISSUER", placeholder)]).unwrap();
    assert_eq!(error.check().unwrap_err().setting(), "OKTA_OAUTH2_ISSUER");
    assert!(with(&[]).unwrap().check().is_ok());
}

#[test]
fn each_spelling_reaches_the_config() {
    for id in CLIENT_ID.names {
        let builder = with(&[(id, "0oa1")]).unwrap();
        assert_eq!(builder.client_id.unwrap().value, "0oa1");
    }
    for secret in CLIENT_SECRET.names {
        let builder = with(&[(secret, "s3cr3t")]).unwrap();
        assert_eq!(builder.client_secret.unwrap().value.expose(), "s3cr3t");
    }
    for claim in GROUPS_CLAIM.names {
        let config = with(&[(claim, "roles")]).unwrap().build().unwrap();
        assert_eq!(config.policy.groups_claim.text(), "roles");
    }
    for check in DISABLE_HTTPS_CHECK.names {
        let is_open = |value| {
            let local = ("OKTA_OAUTH2_ISSUER", "http://localhost:1/oauth2/default");
            with(&[(check, value), local]).unwrap().check().is_ok()
        };
        assert!(is_open("true") && is_open("TRUE") && is_open("1"));
        assert!(!is_open("false") && !is_open("0") && !is_open(""));
        let error = with(&[(check, "yes please")]).unwrap_err();
        assert_eq!((error.kind(), error.setting()), (Kind::Invalid, *check));
    }
    let timeouts = |name, value| {
        let fetch = with(&[(name, value)])?.build().unwrap().fetch;
        Ok::<_, ConfigError>((fetch.timeout.as_secs(), fetch.connect_timeout.as_secs()))
    };
    for name in FETCH_TIMEOUT.names {
        assert_eq!(timeouts(name, "9"), Ok((9, 2)));
        assert_eq!(timeouts(name, "0"), Ok((5, 2)));
        assert_eq!(timeouts(name, "soon").unwrap_err().kind(), Kind::Invalid);
        let error = with(&[(name, "61")]).unwrap().check().unwrap_err();
        assert_eq!((error.kind(), error.setting()), (Kind::OutOfRange, *name));
    }
    for name in CONNECT_TIMEOUT.names {
        assert_eq!(timeouts(name, "3"), Ok((5, 3)));
        assert_eq!(timeouts(name, "0"), Ok((5, 2)));
        assert_eq!(timeouts(name, "-1").unwrap_err().kind(), Kind::Invalid);
    }
}

#[test]
fn audience_of_call_wins_over_variable() {
    assert_eq!(audiences(with(&[]).unwrap()), ["api://default"]);
    let empty = with(&[("OKTA_OAUTH2_AUDIENCE", "")]).unwrap();
    assert_eq!(audiences(empty), ["api://default"]);
    let builder = with(&[("OKTA_OAUTH2_AUDIENCE", "api://x")]).unwrap();
    assert_eq!(audiences(builder.clone()), ["api://x"]);
    assert_eq!(audiences(builder.audience("api://y")), ["api://y"]);
}

#[test]
fn proxy_is_joined_from_its_parts() {
    for prefix in ["OKTA_OAUTH2_PROXY", "OKTA_CLIENT_PROXY"] {
        let name = |part| format!("{prefix}_{part}");
        let builder = with(&[
            (&name("HOST"), "egress.example.com"),
            (&name("PORT"), "3128"),
            (&name("USERNAME"), "a:da"),
            (&name("PASSWORD"), "p@ss/word"),
        ]);
        let proxy = builder.unwrap().build().unwrap().fetch.proxy.unwrap();
        assert_eq!(proxy.url.as_str(), "http://egress.example.com:3128/");
        let (user, password) = proxy.credentials.unwrap();
        assert_eq!((user.as_str(), password.expose()), ("a:da", "p@ss/word"));
        let without_host = with(&[(&name("PORT"), "3128")]).unwrap().build().unwrap();
        assert!(without_host.fetch.proxy.is_none());
    }
}

#[test]
fn oauth2_proxy_wins_over_client_proxy() {
    let proxy = |variables: &[(&str, &str)]| {
        let proxy = with(variables).unwrap().build().unwrap().fetch.proxy;
        proxy.unwrap().url.to_string()
    };
    let client = [
        ("OKTA_CLIENT_PROXY_HOST", "client.example.com"),
        ("OKTA_CLIENT_PROXY_PORT", "3128"),
    ];
    assert_eq!(proxy(&client), "http://client.example.com:3128/");
    let oauth2 = ("OKTA_OAUTH2_PROXY_HOST", "oauth2.example.com");
    let both = [client[0], client[1], oauth2];
    assert_eq!(proxy(&both), "http://oauth2.example.com/");
}
