use super::*;

const PROGRAM: Program = Program::new("ledger");
const LIFETIME: &str = PROGRAM.lifetime_variable;
const ORG: (&str, &str) = (ISSUER, "https://dev-1234.okta.com/oauth2/default");
const CLIENT: (&str, &str) = ("OKTA_OAUTH2_CLIENT_ID", "0oa1");

type Variables = &'static [(&'static str, &'static str)];

fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let variables = (variables.iter()).map(|(name, value)| (name.into(), value.into()));
    Settings::read(PROGRAM, &crate::Variables::of(variables))
}

#[test]
fn built_in_issuer_is_used_only_without_okta_settings() {
    let half = |names: &[&str]| {
        let names = names.iter().map(ToString::to_string).collect();
        Err(SettingsError::HalfConfigured(names))
    };
    let test_issuer = || {
        Ok(IssuerChoice::BuiltIn {
            token_lifetime: 3600,
        })
    };
    const URL: &str = "https://dev-1234.okta.com/oauth2/default";
    let configured = || Ok(IssuerChoice::Configured(URL.to_owned()));
    let table: [(Variables, Result<IssuerChoice, SettingsError>); 10] = [
        (&[], test_issuer()),
        (
            &[("PATH", "/bin"), ("OKTAGON", "8"), ("MY_OKTA_KEY", "k")],
            test_issuer(),
        ),
        (&[("OKTA_TOWER_VECTORS", "vectors")], test_issuer()),
        (
            &[(ISSUER, ""), ("OKTA_OAUTH2_AUDIENCE", " ")],
            test_issuer(),
        ),
        (&[(ISSUER, URL)], configured()),
        (
            &[(ISSUER, URL), ("OKTA_OAUTH2_AUDIENCE", "api://ledger")],
            configured(),
        ),
        (
            &[("OKTA_OAUTH2_CLIENT_ID", "0oa"), (ISSUER, URL)],
            configured(),
        ),
        (
            &[("OKTA_OAUTH2_AUDIENCE", "api://ledger")],
            half(&["OKTA_OAUTH2_AUDIENCE"]),
        ),
        (
            &[(ISSUER, ""), ("OKTA_CLIENT_TOKEN", "t")],
            half(&["OKTA_CLIENT_TOKEN"]),
        ),
        (
            &[
                ("OKTA_TESTING_DISABLE_HTTPS_CHECK", "true"),
                ("OKTA_DOMAIN", "d"),
            ],
            half(&["OKTA_DOMAIN", "OKTA_TESTING_DISABLE_HTTPS_CHECK"]),
        ),
    ];
    for (variables, expected) in table {
        let chosen = read(variables).map(|settings| settings.issuer);
        assert_eq!(chosen, expected, "{variables:?}");
    }
}

#[test]
fn address_defaults_to_localhost_3000() {
    for (variables, address) in [
        (&[][..], "localhost:3000"),
        (&[(PROGRAM.address_variable, "")], "localhost:3000"),
        (
            &[(PROGRAM.address_variable, "127.0.0.1:8080")],
            "127.0.0.1:8080",
        ),
        (&[(PROGRAM.address_variable, " [::1]:0 ")], "[::1]:0"),
    ] {
        assert_eq!(read(variables).unwrap().address, address, "{variables:?}");
    }
}

#[test]
fn only_built_in_issuer_is_confined_to_loopback() {
    let public: &[SocketAddr] = &["0.0.0.0:3000".parse().unwrap()];
    let local: &[SocketAddr] = &[
        "127.0.0.1:3000".parse().unwrap(),
        "[::1]:3000".parse().unwrap(),
    ];
    let mixed: &[SocketAddr] = &[local[0], "10.0.0.7:3000".parse().unwrap()];

    let test_issuer = read(&[]).unwrap();
    assert_eq!(test_issuer.allow(PROGRAM, "0.0.0.0:3000", local), Ok(()));
    for addresses in [public, mixed] {
        let refusal = test_issuer
            .allow(PROGRAM, "0.0.0.0:3000", addresses)
            .unwrap_err()
            .to_string();
        assert!(
            refusal.contains("test issuer") && refusal.contains(ISSUER),
            "{refusal}"
        );
    }
    let configured = read(&[(ISSUER, "https://dev-1234.okta.com/oauth2/default")]).unwrap();
    assert_eq!(configured.allow(PROGRAM, "0.0.0.0:3000", public), Ok(()));
}

#[test]
fn rejection_names_variables_without_their_values() {
    let refused = read(&[
        ("OKTA_CLIENT_TOKEN", "s3cret"),
        ("OKTA_DOMAIN", "d.example"),
    ]);
    let message = refused.unwrap_err().to_string();
    assert!(
        message.starts_with("OKTA_CLIENT_TOKEN, OKTA_DOMAIN are set"),
        "{message}"
    );
    assert!(
        !message.contains("s3cret") && !message.contains("d.example"),
        "{message}"
    );
}

#[test]
fn sign_in_needs_a_client_or_the_built_in_issuer() {
    let table: [(Variables, bool); 4] = [
        (&[], true),
        (&[ORG], false),
        (&[ORG, CLIENT], true),
        (&[ORG, ("OKTA_OAUTH2_CLIENTID", "0oa1")], true),
    ];
    for (variables, expected) in table {
        let settings = read(variables).unwrap();
        assert_eq!(settings.has_client(), expected, "{variables:?}");
    }
}

#[test]
fn token_lifetime_applies_only_to_built_in_issuer() {
    let table = [
        ("1", Some(1)),
        ("86400", Some(86_400)),
        ("0", None),
        ("86401", None),
        ("1h", None),
    ];
    for (value, expected) in table {
        let issuer = read(&[(LIFETIME, value)]).map(|settings| settings.issuer);
        let expected = expected.map(|token_lifetime| IssuerChoice::BuiltIn { token_lifetime });
        assert_eq!(issuer.ok(), expected, "{value}");
    }
    let refused = read(&[ORG, (LIFETIME, "60")]);
    assert_eq!(
        refused.unwrap_err(),
        SettingsError::OnlyForTestIssuer(LIFETIME)
    );
}

#[test]
fn local_redirect_uri_sets_the_default_address() {
    const PROGRAM: Program = Program::new("ledger").url_variable("LEDGER_URL");
    let read = |variables: &[(&str, &str)]| {
        let variables = (variables.iter()).map(|(name, value)| (name.into(), value.into()));
        Settings::read(PROGRAM, &crate::Variables::of(variables)).unwrap()
    };
    let uri = (
        "OKTA_OAUTH2_REDIRECT_URI",
        "http://localhost:5000/oidc/callback",
    );
    let public = (
        "OKTA_OAUTH2_REDIRECT_URI",
        "https://ledger.example/oidc/callback",
    );
    let backend = ("LEDGER_URL", "http://localhost:7156/");
    let address = ("EXAMPLE_ADDR", "127.0.0.1:8000");
    for (variables, listens, url) in [
        (&[ORG, uri][..], "localhost:5000", "http://localhost:5000"),
        (&[ORG, public], "localhost:3000", "https://ledger.example"),
        (
            &[ORG, uri, address],
            "127.0.0.1:8000",
            "http://localhost:5000",
        ),
        (&[backend], "localhost:7156", "http://localhost:7156"),
        (
            &[ORG, backend, uri],
            "localhost:5000",
            "http://localhost:5000",
        ),
        (&[], "localhost:3000", "http://localhost:3000"),
    ] {
        let settings = read(variables);
        assert_eq!(settings.address, listens);
        assert_eq!(settings.public_url(3000), url);
    }
    let callback = read(&[backend]).redirect_uri("/signin-oidc", 1);
    assert_eq!(callback, "http://localhost:7156/signin-oidc");
}
