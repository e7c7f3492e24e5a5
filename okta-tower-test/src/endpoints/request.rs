//! Parser of authorization requests (OpenID Connect Core section 3.1.2.1, with Okta's rules).

use super::values::{is_challenge, is_state, words};
use crate::{
    callback::{Callback, CallbackMode},
    parameters::Parameters,
    state::{
        clients::Client,
        requests::{AuthorizationRequest, Prompt},
    },
};

/// An error in an authorization request.
#[derive(Clone, Debug)]
pub(crate) enum RequestError {
    /// Shown to the user. An application that might not be the requested client gets no redirect
    /// (RFC 6749 section 4.1.2.1).
    Shown(String),
    /// Reported to the application.
    Reported {
        back: ReturnAddress,
        error: &'static str,
        description: String,
    },
}

/// Where and how to send the callback.
#[derive(Clone, Debug)]
pub(crate) struct ReturnAddress {
    pub(crate) redirect_uri: String,
    pub(crate) mode: CallbackMode,
    pub(crate) state: Option<String>,
}

impl ReturnAddress {
    pub(crate) fn of(request: &AuthorizationRequest) -> Self {
        Self {
            redirect_uri: request.redirect_uri.clone(),
            mode: request.mode,
            state: Some(request.state.clone()),
        }
    }

    /// Returns a callback with these parameters and the request's `state`.
    pub(crate) fn carry(&self, parameters: &[(&str, &str)]) -> Callback {
        let state = self.state.as_deref().map(|state| ("state", state));
        Callback {
            redirect_uri: self.redirect_uri.clone(),
            mode: self.mode,
            parameters: parameters
                .iter()
                .copied()
                .chain(state)
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            appended: None,
        }
    }
}

/// Parses a request of this client.
pub(crate) fn read_request(
    parameters: &Parameters,
    client: &Client,
) -> Result<AuthorizationRequest, RequestError> {
    let redirect_uri = match parameters.get("redirect_uri") {
        Some(uri) if client.accepts_redirect_uri(uri) => uri,
        Some(uri) => {
            return Err(RequestError::Shown(format!(
                "The 'redirect_uri' parameter must be a Login redirect URI in the client app \
                 settings: {uri}"
            )));
        }
        None => {
            return Err(RequestError::Shown(
                "The 'redirect_uri' parameter is missing.".to_owned(),
            ));
        }
    };
    let mut back = ReturnAddress {
        redirect_uri: redirect_uri.to_owned(),
        mode: CallbackMode::Query,
        state: None,
    };
    parse_parameters(parameters, client, &mut back).map_err(|(error, description)| {
        RequestError::Reported {
            back,
            error,
            description,
        }
    })
}

/// Parses everything except the redirect URI.
///
/// # Errors
///
/// Returns an error code and a description.
fn parse_parameters(
    parameters: &Parameters,
    client: &Client,
    back: &mut ReturnAddress,
) -> Result<AuthorizationRequest, (&'static str, String)> {
    let invalid = |name: &str| {
        let description = format!("The authentication request has an invalid '{name}' parameter.");
        ("invalid_request", description)
    };
    let get = |name: &str| parameters.get(name).map(str::to_owned);

    if let Some(name) = parameters.repeated() {
        return Err(invalid(name));
    }
    back.mode = match parameters.get("response_mode") {
        None | Some("query") => CallbackMode::Query,
        Some("fragment") => CallbackMode::Fragment,
        Some("form_post") => CallbackMode::FormPost,
        Some(_) => {
            let description =
                "The authorization server does not support the requested response mode.";
            return Err(("unsupported_response_mode", description.to_owned()));
        }
    };
    let state = get("state").filter(|state| is_state(state));
    let state = state.ok_or_else(|| invalid("state"))?;
    back.state = Some(state.clone());
    if parameters.get("response_type") != Some("code") {
        let description =
            "The response type is not supported by the authorization server. Supported: code.";
        return Err(("unsupported_response_type", description.to_owned()));
    }
    if parameters.get("request").is_some() {
        return Err(invalid("request"));
    }
    let scopes = words(parameters.get("scope").unwrap_or_default());
    if !scopes.iter().any(|scope| scope == "openid") {
        let description = "The authentication request must ask for the scope 'openid'.";
        return Err(("invalid_scope", description.to_owned()));
    }
    if client.forbidden(&scopes).is_some() {
        let description =
            "One or more scopes are not configured for the authorization server resource.";
        return Err(("invalid_scope", description.to_owned()));
    }
    let challenge = get("code_challenge");
    match (&challenge, parameters.get("code_challenge_method")) {
        (None, None) if client.needs_pkce => {
            let description = "PKCE code challenge is required when the application demands it.";
            return Err(("invalid_request", description.to_owned()));
        }
        (None, None) => {}
        (Some(challenge), Some("S256")) if is_challenge(challenge) => {}
        (Some(_), Some("S256")) | (None, _) => return Err(invalid("code_challenge")),
        (Some(_), _) => return Err(invalid("code_challenge_method")),
    }
    let max_age = parameters.get("max_age").map(str::parse).transpose();
    let prompt = Prompt::read(parameters.get("prompt").unwrap_or_default());
    Ok(AuthorizationRequest {
        client_id: client.id.clone(),
        redirect_uri: back.redirect_uri.clone(),
        mode: back.mode,
        state,
        scopes,
        nonce: get("nonce"),
        challenge,
        prompt: prompt.ok_or_else(|| invalid("prompt"))?,
        max_age: max_age.map_err(|_| invalid("max_age"))?,
        // The first value is the preferred one.
        acr: words(parameters.get("acr_values").unwrap_or_default())
            .into_iter()
            .next(),
        login_hint: get("login_hint"),
        idp: get("idp"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 7] = [
        ("client_id", "0oa"),
        ("redirect_uri", "http://app/callback"),
        ("response_type", "code"),
        ("scope", "openid email openid"),
        ("state", "a-b_c.d,9"),
        (
            "code_challenge",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        ),
        ("code_challenge_method", "S256"),
    ];

    /// Parses the valid request with one parameter changed. An empty value counts as absent.
    fn read_with(name: &str, value: &str) -> Result<AuthorizationRequest, RequestError> {
        let mut pairs: Vec<(String, String)> = GOOD
            .iter()
            .filter(|(given, _)| *given != name)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        pairs.push((name.to_owned(), value.to_owned()));
        let text = crate::parameters::encode(&pairs);
        let client = Client::public("0oa").redirect_uri("http://app/callback");
        read_request(&Parameters::parse(text.as_bytes()), &client)
    }

    fn error_of(name: &str, value: &str) -> &'static str {
        match read_with(name, value) {
            Err(RequestError::Reported { error, .. }) => error,
            other => panic!("{name}={value}: {other:?}"),
        }
    }

    #[test]
    fn valid_request_is_parsed() {
        let request = read_with("nonce", "n").unwrap();
        assert_eq!(request.scopes, ["openid", "email"]);
        assert_eq!(request.nonce.as_deref(), Some("n"));
        assert_eq!(request.mode, CallbackMode::Query);
    }

    #[test]
    fn unregistered_redirect_uri_is_never_followed() {
        for uri in [
            "",
            "http://app/callback/",
            "http://app/callback?a=1",
            "https://evil.example/",
        ] {
            assert!(
                matches!(read_with("redirect_uri", uri), Err(RequestError::Shown(_))),
                "{uri}"
            );
        }
    }

    #[test]
    fn invalid_parameter_is_reported_to_the_client() {
        for (name, value, error) in [
            ("state", "", "invalid_request"),
            ("response_type", "token", "unsupported_response_type"),
            (
                "response_mode",
                "okta_post_message",
                "unsupported_response_mode",
            ),
            ("scope", "email", "invalid_scope"),
            ("code_challenge", "", "invalid_request"),
            ("code_challenge", "short", "invalid_request"),
            ("code_challenge_method", "plain", "invalid_request"),
            ("code_challenge_method", "", "invalid_request"),
            ("prompt", "none login", "invalid_request"),
            ("max_age", "-1", "invalid_request"),
            ("request", "eyJ", "invalid_request"),
        ] {
            assert_eq!(error_of(name, value), error, "{name}={value}");
        }
    }

    #[test]
    fn repeated_parameter_is_rejected() {
        let pairs: Vec<(String, String)> = GOOD
            .iter()
            .chain(&[("nonce", "1"), ("nonce", "2")])
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let text = crate::parameters::encode(&pairs);
        let client = Client::public("0oa").redirect_uri("http://app/callback");
        let read = read_request(&Parameters::parse(text.as_bytes()), &client);
        assert!(matches!(
            read,
            Err(RequestError::Reported {
                error: "invalid_request",
                ..
            })
        ));
    }

    #[test]
    fn client_without_pkce_may_omit_it_but_not_half_of_it() {
        let text = |extra: &str| {
            format!(
                "client_id=0oa&redirect_uri=http://app/&response_type=code\
                 &scope=openid&state=s{extra}"
            )
        };
        let client = Client::with_secret("0oa", "s")
            .redirect_uri("http://app/")
            .without_pkce();
        let read = |text: String| read_request(&Parameters::parse(text.as_bytes()), &client);
        assert!(read(text("")).is_ok());
        assert!(read(text("&code_challenge_method=S256")).is_err());
    }
}
