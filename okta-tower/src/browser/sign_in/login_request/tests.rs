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

fn read(query: &str) -> Result<LoginRequest, ParameterError> {
    LoginRequest::read(query, &settings(false))
}

#[test]
fn allowed_parameters_are_forwarded() {
    let asked = read(
        "return_to=/a%3Fb%3D1&prompt=login%20consent&login_hint=ada%40example.com&idp=0oa9\
         &acr_values=phr%20phrh&max_age=0&scope=profile&other=1",
    )
    .unwrap();
    assert_eq!(&*asked.options.return_to, "/a?b=1");
    assert_eq!(asked.options.prompt.as_deref(), Some("login consent"));
    assert_eq!(asked.options.login_hint.as_deref(), Some("ada@example.com"));
    assert_eq!(asked.options.idp.as_deref(), Some("0oa9"));
    assert_eq!(asked.options.acr_values.as_deref(), Some("phr phrh"));
    assert_eq!(asked.options.max_age, Some(0));
    assert_eq!(asked.options.scope.as_deref(), Some("openid profile"));
    assert!(!asked.options.is_popup && !asked.has_moved);
}

#[test]
fn empty_query_uses_the_configured_defaults() {
    let asked = read("").unwrap();
    assert_eq!(&*asked.options.return_to, "/home");
    assert_eq!((asked.options.prompt, asked.options.scope), (None, None));
    // A page outside the application becomes the default: the link still signs in.
    for elsewhere in ["https://evil.example/", "//evil.example", "/logout"] {
        let query = format!("return_to={elsewhere}");
        assert_eq!(
            &*read(&query).unwrap().options.return_to,
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
        LoginRequest::read("mode=popup", &settings(true))
            .unwrap()
            .options
            .is_popup
    );
    assert!(LoginRequest::read("mode=popup", &settings(false)).is_err());
    assert!(LoginRequest::read("mode=redirect", &settings(true)).is_err());
}

#[test]
fn moved_link_keeps_its_parameters() {
    let query = LoginRequest::moved_query("return_to=/a&prompt=login&other=1").unwrap();
    let asked = read(&query).unwrap();
    assert!(asked.has_moved);
    assert_eq!(
        (&*asked.options.return_to, asked.options.prompt.as_deref()),
        ("/a", Some("login"))
    );
    assert!(!query.contains("other"));
}
