//! Authorization requests: what they may say (OpenID Connect Core section 3.1.2.1, as Okta reads it). Pure.

use super::values::{is_challenge, is_state, words};
use crate::{
    callback::{Callback, CallbackMode},
    parameters::Parameters,
    state::{
        clients::Client,
        requests::{AuthorizationRequest, Prompt},
    },
};

/// What is wrong with an authorization request.
#[derive(Clone, Debug)]
pub(crate) enum RequestError {
    /// Told to the person, on a page of the issuer's. An application that cannot be trusted to be the one that the
    /// request names is told nothing (RFC 6749 section 4.1.2.1).
    Shown(String),
    /// Told to the application.
    Told {
        back: ReturnAddress,
        error: &'static str,
        description: String,
    },
}

/// The way back to the application.
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

    /// The answer that these parameters are. `state` is added.
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

/// Reads a request of this client, which `client_id` named.
pub(crate) fn read_request(
    parameters: &Parameters,
    client: &Client,
) -> Result<AuthorizationRequest, RequestError> {
    let redirect_uri = match parameters.get("redirect_uri") {
        Some(uri) if client.redirect_uris.iter().any(|known| known == uri) => uri,
        Some(uri) => {
            return Err(RequestError::Shown(format!(
                "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings: {uri}"
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
    read_the_rest(parameters, client, &mut back).map_err(|(error, description)| {
        RequestError::Told {
            back,
            error,
            description,
        }
    })
}

/// Errors are an error code and a description.
fn read_the_rest(
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
        // Of several, the first is the one that is wanted most.
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

    /// The good request, with one parameter set to something else. Empty is absent.
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

    fn told(name: &str, value: &str) -> &'static str {
        match read_with(name, value) {
            Err(RequestError::Told { error, .. }) => error,
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
            assert_eq!(told(name, value), error, "{name}={value}");
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
            Err(RequestError::Told {
                error: "invalid_request",
                ..
            })
        ));
    }

    #[test]
    fn client_without_pkce_may_omit_it_but_not_half_of_it() {
        let text = |extra: &str| {
            format!(
                "client_id=0oa&redirect_uri=http://app/&response_type=code&scope=openid&state=s{extra}"
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
