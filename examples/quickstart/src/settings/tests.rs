use super::*;

fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let variables = (variables.iter()).map(|(name, value)| (name.into(), value.into()));
    Settings::read(&Variables::of(variables))
}

const ORG: (&str, &str) = (
    "OKTA_OAUTH2_ISSUER",
    "https://dev-1234.okta.com/oauth2/default",
);
const CLIENT: (&str, &str) = ("OKTA_OAUTH2_CLIENT_ID", "0oa1");

#[test]
fn sign_in_settings_are_read() {
    let by_default = SignInSettings::default();
    assert_eq!(read(&[ORG, CLIENT]).unwrap().sign_in, Some(by_default));
    let all = read(&[
        ORG,
        CLIENT,
        (RESPONSE_MODE, "form_post"),
        (REDIS, "redis://:hunter2@127.0.0.1"),
        (OPENER, "http://localhost:5173"),
    ]);
    let all = all.unwrap().sign_in.unwrap();
    let expected = SignInSettings {
        is_form_post: true,
        redis: Some("redis://:hunter2@127.0.0.1".to_owned()),
        opener: Some("http://localhost:5173".to_owned()),
    };
    assert!(!format!("{all:?}").contains("hunter2"));
    assert_eq!(all, expected);
}

#[test]
fn sign_in_variables_require_sign_in() {
    for name in [RESPONSE_MODE, REDIS, OPENER] {
        let variable = (name, "query");
        let refused = read(&[ORG, variable]);
        assert_eq!(refused.unwrap_err(), SettingsError::NobodySignsIn(name));
        assert!(read(&[ORG, CLIENT, variable]).is_ok(), "{name}");
        assert!(read(&[variable]).is_ok(), "{name}");
    }
}

#[test]
fn unknown_response_mode_is_rejected() {
    for (value, expected) in [
        ("query", Some(false)),
        ("form_post", Some(true)),
        ("fragment", None),
    ] {
        let read = read(&[(RESPONSE_MODE, value)]);
        let mode = read.map(|settings| settings.sign_in.unwrap().is_form_post);
        assert_eq!(mode.ok(), expected, "{value}");
    }
}
