use super::*;
use crate::{
    browser::{
        settings::{SignIn, SignInSettings},
        sign_in::parameters::ParameterError,
    },
    okta::builder::OktaBuilder,
};

fn settings(has_opener: bool) -> SignInSettings {
    let mut sign_in = SignIn::new()
        .redirect_uri("https://app.example.com/authorization-code/callback")
        .cookie_keys("uZ0WbS5a3m1f0Zk8Yy7Qn2Vt4Xc6Bd9Eh1Gj3KlMpRs")
        .default_return_to("/home")
        .scopes(["openid", "profile", "reports:read"]);
    if has_opener {
        sign_in = sign_in.opener("https://spa.example.com");
    }
    let builder = OktaBuilder::new("https://a.okta.com/oauth2/default").client_id("0oa1");
    builder.sign_in(sign_in).build().unwrap().sign_in.unwrap()
}

fn read_with(query: &str, settings: &SignInSettings) -> Result<LoginRequest, ParameterError> {
    let issuer = "https://a.okta.com/oauth2/default";
    LoginRequest::read(
        query,
        settings,
        &ReturnPages::new(settings),
        issuer,
        &Method::GET,
    )
}

fn read(query: &str) -> Result<LoginRequest, ParameterError> {
    read_with(query, &settings(false))
}

#[test]
fn allowed_parameters_are_forwarded() {
    let requested = read(
        "return_to=/a%3Fb%3D1&prompt=login%20consent&login_hint=ada%40example.com&idp=0oa9\
         &acr_values=phr%20phrh&max_age=0&scope=profile&other=1",
    )
    .unwrap();
    assert_eq!(requested.options.return_to.as_str(), "/a?b=1");
    assert_eq!(requested.options.prompt.as_deref(), Some("login consent"));
    assert_eq!(
        requested.options.login_hint.as_deref(),
        Some("ada@example.com")
    );
    assert_eq!(requested.options.idp.as_deref(), Some("0oa9"));
    assert_eq!(requested.options.acr_values.as_deref(), Some("phr phrh"));
    assert_eq!(requested.options.max_age, Some(0));
    assert_eq!(requested.options.scope.as_deref(), Some("openid profile"));
    assert!(!requested.options.is_popup && !requested.has_moved);
}

#[test]
fn empty_query_uses_the_configured_defaults() {
    let requested = read("").unwrap();
    assert_eq!(requested.options.return_to.as_str(), "/home");
    assert_eq!(
        (requested.options.prompt, requested.options.scope),
        (None, None)
    );
    // A page outside the application becomes the default: the link still signs in.
    for elsewhere in ["https://evil.example/", "//evil.example", "/logout"] {
        let query = format!("return_to={elsewhere}");
        assert_eq!(
            read(&query).unwrap().options.return_to.as_str(),
            "/home",
            "{elsewhere}"
        );
    }
}

#[test]
fn invalid_parameter_fails_the_request() {
    for (query, name) in [
        ("prompt=none%20login", "prompt"),
        ("prompt=login%20login", "prompt"),
        ("prompt=enroll_authenticator", "prompt"),
        ("prompt=login%20%20consent", "prompt"),
        ("login_hint=a%0Ab", "login_hint"),
        ("idp=a/b", "idp"),
        ("acr_values=a%22b", "acr_values"),
        ("acr_values=a%20%20b", "acr_values"),
        ("max_age=-1", "max_age"),
        ("max_age=%2B1", "max_age"),
        ("max_age=99999999999", "max_age"),
        ("scope=admin", "scope"),
        ("scope=openid%20admin", "scope"),
        ("mode=popup", "mode"),
        ("mode=window", "mode"),
    ] {
        assert_eq!(
            read(query).unwrap_err(),
            ParameterError::Invalid(name),
            "{query}"
        );
    }
    assert_eq!(
        read("prompt=login&prompt=none").unwrap_err(),
        ParameterError::Repeated
    );
    for query in [
        "prompt=none",
        "prompt=login",
        "prompt=select_account",
        "max_age=1",
        "scope=openid",
    ] {
        assert!(read(query).is_ok(), "{query}");
    }
}

#[test]
fn popup_without_opener_is_rejected() {
    assert!(
        read_with("mode=popup", &settings(true))
            .unwrap()
            .options
            .is_popup
    );
    assert!(read_with("mode=popup", &settings(false)).is_err());
    assert!(read_with("mode=redirect", &settings(true)).is_err());
}

#[test]
fn moved_link_keeps_its_parameters() {
    let query = LoginRequest::moved_query("return_to=/a&prompt=login&other=1").unwrap();
    let requested = read(&query).unwrap();
    assert!(requested.has_moved);
    assert_eq!(
        (
            requested.options.return_to.as_str(),
            requested.options.prompt.as_deref()
        ),
        ("/a", Some("login"))
    );
    assert!(!query.contains("other"));
}

#[test]
fn third_party_link_names_this_issuer() {
    for (iss, is_accepted) in [
        ("https://a.okta.com/oauth2/default", true),
        ("https://a.okta.com", true),
        ("https://a.okta.com/", false),
        ("https://a.okta.com/oauth2", false),
        ("https://a.okta.com/oauth2/other", false),
        ("https://a.okta.co", false),
        ("https", false),
        ("http://a.okta.com", false),
        ("https://evil.example", false),
        ("", false),
    ] {
        let query = format!("iss={iss}&login_hint=ada&target_link_uri=https://app.example.com/a");
        let found = read(&query).map(|requested| requested.options);
        match found {
            Ok(options) if is_accepted => {
                assert_eq!(options.return_to.as_str(), "/a");
                assert_eq!(options.login_hint.as_deref(), Some("ada"));
            }
            found => assert_eq!(
                (found.err(), is_accepted),
                (Some(ParameterError::Invalid("iss")), false),
                "{iss}"
            ),
        }
    }
    let unnamed = read("target_link_uri=https://app.example.com/a");
    assert_eq!(unnamed.unwrap_err(), ParameterError::Invalid("iss"));
}

#[test]
fn options_that_fit_no_cookie_drop_the_page() {
    let settings = settings(false);
    let pages = ReturnPages::new(&settings);
    let location = pages.sign_in_location(&format!("/{}", "a".repeat(2400)));
    let query = location.split_once('?').unwrap().1;
    let read = |query: &str| {
        LoginRequest::read(query, &settings, &pages, "", &Method::GET)
            .unwrap()
            .options
    };
    assert_eq!(read(query).return_to.as_str().len(), 2401);
    let query = format!("{query}&acr_values={}", "a".repeat(512));
    assert_eq!(read(&query).return_to.as_str(), "/home");
}
