//! What the builder takes from `okta.yaml`, and in which order.

use std::{fs, path::PathBuf, time::Duration};

use super::*;
use crate::config::ConfigErrorKind as Kind;

fn audiences(builder: OktaBuilder) -> Vec<String> {
    let audiences = builder.build().unwrap().policy.audiences;
    audiences.into_iter().map(String::from).collect()
}

fn parse(text: &str) -> Result<OktaBuilder, ConfigError> {
    OktaBuilder::empty().with(yaml::read(text, Path::new("okta.yaml"))?)
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
    assert_eq!(config.policy.groups_claim.text(), "roles");
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

    let write = |path: PathBuf, id: &str, audience: &str| {
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
    let other = yaml::read(other, Path::new("okta.yaml")).unwrap();
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
