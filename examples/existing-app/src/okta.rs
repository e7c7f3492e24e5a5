//! What the application asks of Okta: sign-in, and the account of whoever is signed in.

use okta_tower::{ManagementApi, Okta, Require, RouteRules, RuleError, SignIn, api::User};
use okta_tower_test::Issuer;
use scaffold::{Failure, IssuerChoice, Listeners, Settings};

/// The guide's path.
const CALLBACK: &str = "/oidc/callback";

/// What the stand-in takes for a token of its Users API. It is good for nothing else.
const API_TOKEN: &str = "a-token-of-the-stand-in";

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
        // As the guide has it. What it risks: any page, mail or prefetch with this link can sign people out. Without this line
        // only a `POST` does, and a page has a button instead of a link.
        .logout_by_get();
    let api = match settings.issuer() {
        IssuerChoice::StandIn { .. } => ManagementApi::new().token(API_TOKEN),
        // The token is in the environment.
        IssuerChoice::Configured(_) => ManagementApi::new(),
    };
    let set_up = |okta: okta_tower::OktaBuilder| okta.sign_in(sign_in).api(api);
    let (okta, stand_in) = scaffold::start(settings, Some(client), set_up).await?;
    if let Some(issuer) = &stand_in {
        issuer.register_api_token(API_TOKEN);
    }
    let greeting = settings.greeting(listeners.url(), stand_in.as_ref(), Some(&url));
    greeting.print();
    Ok((okta, stand_in))
}

/// Who may see what. A path that is not here is for nobody, whatever routes there are: the layer is around them all.
pub(crate) fn rules() -> Result<RouteRules, RuleError> {
    RouteRules::new()
        .at("/", Require::public())
        .at("/dashboard", Require::user())
        .at("/repositories", Require::user())
        .build()
}

/// What the dashboard shows of an account.
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
