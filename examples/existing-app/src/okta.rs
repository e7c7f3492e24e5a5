//! The application's use of Okta: sign-in, and the account of the signed-in user.

use okta_tower::{ManagementApi, Okta, Require, RouteRules, RuleError, SignIn, api::User};
use okta_tower_test::Issuer;
use scaffold::{Failure, IssuerChoice, Listeners, Settings};

/// The path in Okta's guide.
const CALLBACK: &str = "/oidc/callback";

/// The API token that the built-in test issuer accepts. It has no meaning elsewhere.
const API_TOKEN: &str = "a-token-of-the-test-issuer";

pub(crate) async fn start(
    settings: &Settings,
    listeners: &Listeners,
) -> Result<(Okta, Option<Issuer>), Failure> {
    let redirect_uri = settings.redirect_uri(CALLBACK, listeners.port());
    let url = settings.public_url(listeners.port());
    let client = scaffold::client(&redirect_uri, &url);
    let sign_in = SignIn::new()
        .redirect_uri(&redirect_uri)
        .default_return_to("/dashboard")
        // As in Okta's guide. The risk: any page, mail or prefetch with this link can sign users
        // out. Without this line only a `POST` does, and pages need a button instead of a link.
        .logout_by_get();
    let api = match settings.issuer() {
        IssuerChoice::BuiltIn { .. } => ManagementApi::new().token(API_TOKEN),
        // The environment has the token.
        IssuerChoice::Configured(_) => ManagementApi::new(),
    };
    let set_up = |okta: okta_tower::OktaBuilder| okta.sign_in(sign_in).api(api);
    let (okta, test_issuer) = scaffold::start(settings, Some(client), set_up).await?;
    if let Some(issuer) = &test_issuer {
        issuer.register_api_token(API_TOKEN);
    }
    let greeting = settings.greeting(listeners.url(), test_issuer.as_ref(), Some(&url));
    greeting.print();
    Ok((okta, test_issuer))
}

/// Returns the access rules. The layer is around all routes, so a path without a rule gets 403.
pub(crate) fn rules() -> Result<RouteRules, RuleError> {
    RouteRules::new()
        .at("/", Require::public())
        .at("/dashboard", Require::user())
        .at("/repositories", Require::user())
        .build()
}

/// Returns the fields of an account for the dashboard.
pub(crate) fn profile(user: &User) -> [(&'static str, String); 5] {
    let shown = |value: Option<&str>| value.unwrap_or("–").to_owned();
    let attribute = |name| shown(user.attribute(name).and_then(|value| value.as_str()));
    [
        ("Login", shown(user.login())),
        ("E-mail", shown(user.email())),
        ("Department", attribute("department")),
        ("Status", user.status().as_str().to_owned()),
        ("Last sign-in", shown(user.last_login())),
    ]
}
