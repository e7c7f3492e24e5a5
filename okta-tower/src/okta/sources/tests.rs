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
        assert_eq!(&*config.policy.groups_claim, "roles");
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

#[cfg(feature = "sign-in")]
#[test]
fn client_secrets_file_is_enough_to_sign_in() {
    let path = env::temp_dir().join(format!("okta-tower-secrets-{}", std::process::id()));
    let read = |text: &str| {
        std::fs::write(&path, text).unwrap();
        OktaBuilder::from_client_secrets_file(&path)
    };
    let text = r#"{"web":{"issuer":"https://dev-1234.okta.com/oauth2/default",
        "client_id":"0oa1","client_secret":"hunter2",
        "redirect_uris":["http://localhost:8080/authorization-code/callback"]}}"#;
    let config = read(text).unwrap().sign_in(crate::SignIn::new()).build();
    let settings = config.unwrap().sign_in.unwrap();
    assert_eq!(
        settings.redirect_uri.as_str(),
        "http://localhost:8080/authorization-code/callback"
    );
    assert_eq!(&*settings.client_id, "0oa1");
    let error = read(r#"{"web":{"issuer":" "}}"#).unwrap_err();
    assert_eq!(
        (error.kind(), error.setting()),
        (Kind::Missing, "web.issuer")
    );
    std::fs::remove_file(&path).unwrap();
    let absent = OktaBuilder::from_client_secrets_file(&path).unwrap_err();
    assert_eq!(absent.kind(), Kind::File);
}

#[cfg(feature = "yaml")]
mod yaml {
    use std::fs;

    use super::*;

    fn parse(text: &str) -> Result<OktaBuilder, ConfigError> {
        OktaBuilder::empty().with(crate::config::yaml::read(text, Path::new("okta.yaml"))?)
    }

    #[test]
    fn file_of_oktas_libraries_is_read() {
        let text = "okta:\n  client:\n    orgUrl: https://x.okta.com\n    connectionTimeout: 3\n    \
                    requestTimeout: 0\n    rateLimit: { maxRetries: 4 }\n    proxy: { host: \
                    p.example.com, port: 3128, username: ada, password: '012' }\n  oauth2:\n    \
                    issuer: https://x.okta.com/oauth2/default\n    audience: api://x\n    \
                    groupsClaim: roles\n    clientId: 0oa1\n    clientSecret: s3cr3t\n  \
                    testing:\n    disableHttpsCheck: true\n";
        let builder = parse(text).unwrap();
        assert_eq!(builder.client_id.as_ref().unwrap().value, "0oa1");
        let secret = &builder.client_secret.as_ref().unwrap().value;
        assert_eq!(secret.expose(), "s3cr3t");
        let proxy = &builder.proxy.as_ref().unwrap().value;
        assert_eq!(proxy.expose(), "http://ada:012@p.example.com:3128");
        assert!(builder.allows_http_on_loopback.unwrap().value);
        let config = builder.build().unwrap();
        assert_eq!(&**config.issuer.text(), "https://x.okta.com/oauth2/default");
        assert_eq!(&*config.policy.audiences[0], "api://x");
        assert_eq!(&*config.policy.groups_claim, "roles");
        assert_eq!(config.fetch.connect_timeout, Duration::from_secs(3));
        assert_eq!(config.fetch.timeout, Duration::from_secs(5));
    }

    #[test]
    fn later_place_wins_over_earlier_one() {
        let root = env::temp_dir().join(format!("okta-tower-yaml-{}", std::process::id()));
        let (home, folder) = (root.join("home"), root.join("folder"));
        fs::create_dir_all(home.join(".okta")).unwrap();
        fs::create_dir_all(&folder).unwrap();
        let none = |_: &str| None;
        let issuer = |builder: &OktaBuilder| builder.issuer.clone().unwrap().value;
        let missing = OktaBuilder::from_places(Some(&home), &folder, none).unwrap_err();
        assert_eq!(missing.kind(), Kind::Missing);

        let write = |path: std::path::PathBuf, id: &str, audience: &str| {
            let issuer = format!("https://{id}.okta.com/oauth2/default");
            let oauth2 = format!("issuer: '{issuer}', audience: '{audience}'");
            fs::write(path, format!("okta: {{ oauth2: {{ {oauth2} }} }}")).unwrap();
        };
        write(home.join(".okta").join("okta.yaml"), "home", "api://home");
        let builder = OktaBuilder::from_places(Some(&home), &folder, none).unwrap();
        assert_eq!(issuer(&builder), "https://home.okta.com/oauth2/default");

        write(folder.join("okta.yaml"), "project", "");
        let builder = OktaBuilder::from_places(Some(&home), &folder, none).unwrap();
        assert_eq!(issuer(&builder), "https://project.okta.com/oauth2/default");
        assert_eq!(audiences(builder), ["api://home"]);

        let variable = |name: &str| (name == "OKTA_OAUTH2_AUDIENCE").then(|| "api://env".into());
        let builder = OktaBuilder::from_places(Some(&home), &folder, variable).unwrap();
        assert_eq!(audiences(builder.clone()), ["api://env"]);
        assert_eq!(audiences(builder.audience("api://call")), ["api://call"]);

        let absent = OktaBuilder::from_yaml_file(folder.join("none.yaml")).unwrap_err();
        assert_eq!(absent.kind(), Kind::File);
        fs::write(folder.join("okta.yaml"), "#".repeat(300_000)).unwrap();
        let long = OktaBuilder::from_yaml_file(folder.join("okta.yaml")).unwrap_err();
        assert!(long.to_string().contains("256 KiB"));
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn parts_of_proxies_of_different_files_do_not_mix() {
        let with_port = "okta: { oauth2: { proxy: { host: first.example.com, port: 3128 } } }";
        let other = "okta: { client: { proxy: { host: second.example.com } } }";
        let other = crate::config::yaml::read(other, Path::new("okta.yaml")).unwrap();
        let builder = parse(with_port).unwrap().with(other).unwrap();
        assert_eq!(
            builder.proxy.unwrap().value.expose(),
            "http://second.example.com"
        );
    }

    #[test]
    fn file_that_sets_nothing_is_accepted() {
        for text in ["", "okta: { oauth2: { issuer: '' } }", "other: 1"] {
            assert!(parse(text).unwrap().issuer.is_none(), "{text}");
        }
    }
}
