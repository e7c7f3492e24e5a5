//! The settings of the management API, from each origin.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::*;
use crate::okta::OktaBuilder;

const ISSUER: &str = "https://dev-1234.okta.com/oauth2/default";
const TOKEN: &str = "00tXoPUxgPeyzMQO8zIpBXQwvQZrJCvWiEVAMcmTTbX";

fn pem() -> String {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let der = pair.to_pkcs8v1().unwrap();
    let text = STANDARD.encode(der.as_ref());
    format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")
}

fn set(builder: OktaBuilder, api: ManagementApi) -> Result<ApiSettings, ConfigError> {
    builder.api(api).build().map(|config| config.api.unwrap())
}

fn own(api: ManagementApi) -> Result<ApiSettings, ConfigError> {
    set(OktaBuilder::new(ISSUER), api)
}

/// From the environment alone.
fn ambient(variables: &[(&str, &str)]) -> Result<ApiSettings, ConfigError> {
    set(builder(variables)?, ManagementApi::new())
}

fn builder(variables: &[(&str, &str)]) -> Result<OktaBuilder, ConfigError> {
    OktaBuilder::from_variables(|name| {
        let issuer = ("OKTA_OAUTH2_ISSUER", ISSUER);
        let mut all = variables.iter().copied().chain([issuer]);
        let found = all.find(|(other, _)| *other == name);
        found.map(|(_, value)| value.into())
    })
}

fn token(settings: &ApiSettings) -> Option<&str> {
    match &settings.access {
        ApiAccess::Token(token) => Some(token.expose()),
        ApiAccess::Service { .. } => None,
    }
}

fn service(settings: &ApiSettings) -> Option<(&str, &str, Option<&str>)> {
    match &settings.access {
        ApiAccess::Token(_) => None,
        ApiAccess::Service {
            client_id,
            key,
            scopes,
        } => Some((client_id, scopes, key.kid.as_deref())),
    }
}

#[test]
fn variables_count_only_if_the_api_is_turned_on() {
    let wrong = [
        ("OKTA_CLIENT_ORGURL", "not a url"),
        ("OKTA_CLIENT_TOKEN", "two words"),
        ("OKTA_CLIENT_AUTHORIZATIONMODE", "Bearer"),
        ("OKTA_CLIENT_RATELIMIT_MAXRETRIES", "many"),
    ];
    let config = builder(&wrong).unwrap().build().unwrap();
    assert!(config.api.is_none());
    assert!(ambient(&wrong).is_err());
}

#[test]
fn org_defaults_to_the_issuers_origin() {
    let org = |builder: OktaBuilder, api: ManagementApi| {
        set(builder, api.token(TOKEN)).map(|settings| settings.org.to_string())
    };
    let plain = org(OktaBuilder::new(ISSUER), ManagementApi::new());
    assert_eq!(plain.unwrap(), "https://dev-1234.okta.com/");
    let variable = [("OKTA_CLIENT_ORGURL", "https://acme.okta.com")];
    let found = org(builder(&variable).unwrap(), ManagementApi::new());
    assert_eq!(found.unwrap(), "https://acme.okta.com/");
    let own = ManagementApi::new().org_url("https://acme.oktapreview.com/");
    let found = org(builder(&variable).unwrap(), own);
    assert_eq!(found.unwrap(), "https://acme.oktapreview.com/");
}

#[test]
fn wrong_org_url_is_rejected() {
    let rejected = |text: &str| {
        let error = own(ManagementApi::new().token(TOKEN).org_url(text)).unwrap_err();
        assert_eq!(error.setting(), "org_url");
        error.kind()
    };
    assert!(
        own(ManagementApi::new()
            .token(TOKEN)
            .org_url("https://acme.okta.com"))
        .is_ok()
    );
    for (text, kind) in [
        ("", Kind::NotAUrl),
        ("acme.okta.com", Kind::NotAUrl),
        ("https://{yourOktaDomain}", Kind::Placeholder),
        ("https://acme-admin.okta.com", Kind::AdminHost),
        ("http://acme.okta.com", Kind::Insecure),
        ("ftp://acme.okta.com", Kind::Insecure),
        ("http://127.0.0.1:8080", Kind::Insecure),
        ("https://acme.okta.com/oauth2/default", Kind::Invalid),
        ("https://acme.okta.com/?x", Kind::Invalid),
        ("https://acme.okta.com/#x", Kind::Invalid),
        ("https://ada@acme.okta.com", Kind::Invalid),
        ("https://ada:hunter2@acme.okta.com", Kind::Invalid),
    ] {
        assert_eq!(rejected(text), kind, "{text}");
    }
    let local = OktaBuilder::new(ISSUER).danger().allow_http_on_loopback();
    let api = ManagementApi::new().token(TOKEN);
    assert!(set(local.clone(), api.clone().org_url("http://127.0.0.1:8080")).is_ok());
    assert!(set(local, api.org_url("http://10.0.0.1")).is_err());
    let error = own(ManagementApi::new()
        .token(TOKEN)
        .org_url("https://ada:hunter2@x.okta.com"));
    assert!(!error.unwrap_err().to_string().contains("hunter2"));
}

#[test]
fn token_of_builder_wins_over_variable() {
    let variable = [("OKTA_CLIENT_TOKEN", TOKEN)];
    assert_eq!(token(&ambient(&variable).unwrap()), Some(TOKEN));
    let own = ManagementApi::new().token("00tOther");
    let settings = set(builder(&variable).unwrap(), own).unwrap();
    assert_eq!(token(&settings), Some("00tOther"));
    let error = ambient(&[]).unwrap_err();
    assert_eq!(
        (error.kind(), error.setting()),
        (Kind::Missing, "OKTA_CLIENT_TOKEN")
    );
}

#[test]
fn malformed_token_is_rejected_and_not_shown() {
    for (text, kind) in [
        ("", Kind::Missing),
        ("{apiToken}", Kind::Placeholder),
        ("SSWS hunter2", Kind::Invalid),
        ("hunter2\n", Kind::Invalid),
        ("hunter2é", Kind::Invalid),
    ] {
        let error = own(ManagementApi::new().token(text)).unwrap_err();
        assert_eq!((error.kind(), error.setting()), (kind, "token"), "{text}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}

#[test]
fn service_of_environment_or_builder_is_accepted() {
    let pem = pem();
    let one_line = pem.replace('\n', "\\n");
    for pem in [&pem, &one_line] {
        let variables = [
            ("OKTA_CLIENT_CLIENTID", "0oa1"),
            ("OKTA_CLIENT_PRIVATEKEY", pem.as_str()),
            ("OKTA_CLIENT_PRIVATEKEYID", "k1"),
            ("OKTA_CLIENT_SCOPES", "okta.users.read, okta.users.manage"),
        ];
        let settings = ambient(&variables).unwrap();
        let scopes = "okta.users.read okta.users.manage";
        assert_eq!(service(&settings), Some(("0oa1", scopes, Some("k1"))));
    }
    let settings = own(ManagementApi::new().service("0oa1", pem, None)).unwrap();
    assert_eq!(service(&settings), Some(("0oa1", "okta.users.read", None)));
}

#[test]
fn incomplete_service_is_rejected_without_its_key() {
    let pem = pem();
    let key = ("OKTA_CLIENT_PRIVATEKEY", pem.as_str());
    let error = ambient(&[key]).unwrap_err();
    assert_eq!(
        (error.kind(), error.setting()),
        (Kind::Missing, "OKTA_CLIENT_CLIENTID")
    );
    let mode = ("OKTA_CLIENT_AUTHORIZATIONMODE", "PrivateKey");
    let error = ambient(&[mode]).unwrap_err();
    assert_eq!(
        (error.kind(), error.setting()),
        (Kind::Missing, "OKTA_CLIENT_PRIVATEKEY")
    );
    let id = ("OKTA_CLIENT_CLIENTID", "0oa1");
    let error = ambient(&[id, ("OKTA_CLIENT_PRIVATEKEY", "hunter2")]).unwrap_err();
    assert_eq!(
        (error.kind(), error.setting()),
        (Kind::Invalid, "OKTA_CLIENT_PRIVATEKEY")
    );
    assert!(!error.to_string().contains("hunter2"));
    for (id, kind) in [("", Kind::Missing), ("{clientId}", Kind::Placeholder)] {
        let api = ManagementApi::new().service(id, pem.clone(), None);
        assert_eq!(own(api).unwrap_err().kind(), kind);
    }
    for scopes in [vec![], vec![""], vec!["okta.\"x"], vec!["x"; 600]] {
        let api = ManagementApi::new().service("0oa1", pem.clone(), None);
        let error = own(api.scopes(scopes)).unwrap_err();
        assert_eq!((error.kind(), error.setting()), (Kind::Invalid, "scopes"));
    }
}

#[test]
fn two_kinds_of_credentials_need_a_mode() {
    let pem = pem();
    let both = [
        ("OKTA_CLIENT_TOKEN", TOKEN),
        ("OKTA_CLIENT_CLIENTID", "0oa1"),
        ("OKTA_CLIENT_PRIVATEKEY", pem.as_str()),
    ];
    assert_eq!(ambient(&both).unwrap_err().kind(), Kind::Contradiction);
    let with = |mode| {
        let mode = ("OKTA_CLIENT_AUTHORIZATIONMODE", mode);
        ambient(&[&both[..], &[mode]].concat())
    };
    assert!(token(&with("ssws").unwrap()).is_some());
    assert!(service(&with("PrivateKey").unwrap()).is_some());
    assert_eq!(with("Bearer").unwrap_err().kind(), Kind::Invalid);
    let api = ManagementApi::new().token(TOKEN).service("0oa1", pem, None);
    assert_eq!(own(api).unwrap_err().kind(), Kind::Contradiction);
}

#[test]
fn number_outside_range_is_rejected() {
    let api = || ManagementApi::new().token(TOKEN);
    let seconds = Duration::from_secs;
    for (api, is_good) in [
        (api().max_retries(10), true),
        (api().max_retries(11), false),
        (api().max_wait(seconds(120)), true),
        (api().max_wait(seconds(121)), false),
        (api().max_wait(Duration::ZERO), true),
        (api().current_user_ttl(seconds(1)), true),
        (api().current_user_ttl(Duration::ZERO), false),
        (api().current_user_ttl(seconds(3600)), true),
        (api().current_user_ttl(seconds(3601)), false),
        (api().current_user_capacity(1), true),
        (api().current_user_capacity(0), false),
        (api().current_user_capacity(1_000_001), false),
    ] {
        match own(api) {
            Ok(_) => assert!(is_good),
            Err(error) => assert!(!is_good && error.kind() == Kind::OutOfRange, "{error}"),
        }
    }
    let retries = |name, value| ambient(&[("OKTA_CLIENT_TOKEN", TOKEN), (name, value)]);
    for name in [
        "OKTA_CLIENT_RATELIMIT_MAXRETRIES",
        "OKTA_CLIENT_RATE_LIMIT_MAX_RETRIES",
    ] {
        assert_eq!(retries(name, "4").unwrap().max_retries, 4);
        assert_eq!(retries(name, "11").unwrap_err().kind(), Kind::OutOfRange);
        assert_eq!(retries(name, "-1").unwrap_err().kind(), Kind::OutOfRange);
    }
    assert_eq!(own(api()).unwrap().max_retries, 1);
}

#[test]
fn debug_output_contains_no_secret() {
    let api = ManagementApi::new()
        .token("hunter2")
        .service("0oa1", "hunter3", None);
    let builder = OktaBuilder::new(ISSUER).api(api.clone());
    let settings = own(ManagementApi::new().token("hunter2")).unwrap();
    let printed = format!("{api:?} {builder:?} {settings:?}");
    assert!(!printed.contains("hunter"), "{printed}");
}
