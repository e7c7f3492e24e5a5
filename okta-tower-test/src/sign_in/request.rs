//! Authorization requests: what they may say (OpenID Connect Core section 3.1.2.1, as Okta reads it). Pure.

use super::{
    callback::{Callback, CallbackMode},
    client::Client,
};
use crate::parameters::Parameters;

/// An authorization request in which nothing is wrong.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) mode: CallbackMode,
    pub(crate) state: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<String>,
    pub(crate) prompt: Prompt,
    /// In seconds.
    pub(crate) max_age: Option<u64>,
    pub(crate) acr: Option<String>,
    pub(crate) login_hint: Option<String>,
    pub(crate) idp: Option<String>,
}

/// What the person is to be asked, whatever the issuer knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prompt {
    pub(crate) none: bool,
    pub(crate) login: bool,
    pub(crate) consent: bool,
}

/// What is wrong with an authorization request.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// Told to the person, on a page of the issuer's. An application that cannot be trusted to be the one that the
    /// request names is told nothing (RFC 6749 section 4.1.2.1).
    Shown(String),
    /// Told to the application.
    Told {
        back: Back,
        error: &'static str,
        description: String,
    },
}

/// The way back to the application.
#[derive(Clone, Debug)]
pub(crate) struct Back {
    pub(crate) redirect_uri: String,
    pub(crate) mode: CallbackMode,
    pub(crate) state: Option<String>,
}

impl Back {
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

impl AuthorizationRequest {
    /// Reads a request of this client, which `client_id` named.
    pub(crate) fn read(parameters: &Parameters, client: &Client) -> Result<Self, Fault> {
        let redirect_uri = match parameters.get("redirect_uri") {
            Some(uri) if client.redirect_uris.iter().any(|known| known == uri) => uri,
            Some(uri) => {
                return Err(Fault::Shown(format!(
                    "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings: {uri}"
                )));
            }
            None => {
                return Err(Fault::Shown(
                    "The 'redirect_uri' parameter is missing.".to_owned(),
                ));
            }
        };
        let mut back = Back {
            redirect_uri: redirect_uri.to_owned(),
            mode: CallbackMode::Query,
            state: None,
        };
        read_the_rest(parameters, client, &mut back).map_err(|(error, description)| Fault::Told {
            back,
            error,
            description,
        })
    }

    pub(crate) fn back(&self) -> Back {
        Back {
            redirect_uri: self.redirect_uri.clone(),
            mode: self.mode,
            state: Some(self.state.clone()),
        }
    }
}

/// Errors are an error code and a description.
fn read_the_rest(
    parameters: &Parameters,
    client: &Client,
    back: &mut Back,
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
    let scopes = scopes(parameters.get("scope").unwrap_or_default());
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
    let prompt = prompt(parameters.get("prompt").unwrap_or_default());
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
        acr: scopes_of(parameters.get("acr_values")).into_iter().next(),
        login_hint: get("login_hint"),
        idp: get("idp"),
    })
}

/// Space-separated, each once, in their order.
pub(crate) fn scopes(text: &str) -> Vec<String> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in text.split_ascii_whitespace() {
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    scopes
}

fn scopes_of(text: Option<&str>) -> Vec<String> {
    scopes(text.unwrap_or_default())
}

/// The characters that Okta allows in `state`.
fn is_state(state: &str) -> bool {
    state
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b',' | b'.' | b'_' | b'-'))
}

/// Base64url of a SHA-256 hash.
fn is_challenge(challenge: &str) -> bool {
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    challenge.len() == 43 && challenge.bytes().all(is_base64url)
}

fn prompt(text: &str) -> Option<Prompt> {
    let mut prompt = Prompt::default();
    for word in text.split_ascii_whitespace() {
        match word {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "consent" => prompt.consent = true,
            _ => return None,
        }
    }
    // "If this parameter contains none with any other value, an error is returned."
    let contradicts = prompt.none && (prompt.login || prompt.consent);
    (!contradicts).then_some(prompt)
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
    fn read(name: &str, value: &str) -> Result<AuthorizationRequest, Fault> {
        let mut pairs: Vec<(String, String)> = GOOD
            .iter()
            .filter(|(given, _)| *given != name)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        pairs.push((name.to_owned(), value.to_owned()));
        let text = crate::parameters::encode(&pairs);
        let client = Client::public("0oa").redirect_uri("http://app/callback");
        AuthorizationRequest::read(&Parameters::parse(text.as_bytes()), &client)
    }

    fn told(name: &str, value: &str) -> &'static str {
        match read(name, value) {
            Err(Fault::Told { error, .. }) => error,
            other => panic!("{name}={value}: {other:?}"),
        }
    }

    #[test]
    fn a_good_request_is_read() {
        let request = read("nonce", "n").unwrap();
        assert_eq!(request.scopes, ["openid", "email"]);
        assert_eq!(request.nonce.as_deref(), Some("n"));
        assert_eq!(request.mode, CallbackMode::Query);
    }

    #[test]
    fn another_redirect_uri_is_shown_and_never_followed() {
        for uri in [
            "",
            "http://app/callback/",
            "http://app/callback?a=1",
            "https://evil.example/",
        ] {
            assert!(
                matches!(read("redirect_uri", uri), Err(Fault::Shown(_))),
                "{uri}"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_told_to_the_application() {
        for (name, value, error) in [
            ("state", "", "invalid_request"),
            ("state", "a+b", "invalid_request"),
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
            ("prompt", "shout", "invalid_request"),
            ("max_age", "-1", "invalid_request"),
            ("request", "eyJ", "invalid_request"),
        ] {
            assert_eq!(told(name, value), error, "{name}={value}");
        }
    }

    #[test]
    fn a_repeated_parameter_is_refused() {
        let pairs: Vec<(String, String)> = GOOD
            .iter()
            .chain(&[("nonce", "1"), ("nonce", "2")])
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let text = crate::parameters::encode(&pairs);
        let client = Client::public("0oa").redirect_uri("http://app/callback");
        let read = AuthorizationRequest::read(&Parameters::parse(text.as_bytes()), &client);
        assert!(matches!(
            read,
            Err(Fault::Told {
                error: "invalid_request",
                ..
            })
        ));
    }

    #[test]
    fn prompts_come_in_any_order() {
        let both = Prompt {
            none: false,
            login: true,
            consent: true,
        };
        assert_eq!(read("prompt", "login consent").unwrap().prompt, both);
        assert_eq!(read("prompt", "consent login").unwrap().prompt, both);
    }

    #[test]
    fn a_client_without_pkce_may_leave_it_out_and_not_half_of_it() {
        let text = |extra: &str| {
            format!(
                "client_id=0oa&redirect_uri=http://app/&response_type=code&scope=openid&state=s{extra}"
            )
        };
        let client = Client::with_secret("0oa", "s")
            .redirect_uri("http://app/")
            .without_pkce();
        let read =
            |text: String| AuthorizationRequest::read(&Parameters::parse(text.as_bytes()), &client);
        assert!(read(text("")).is_ok());
        assert!(read(text("&code_challenge_method=S256")).is_err());
    }
}
