//! The fixtures of all tests: an application with its client, requests and replies.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use okta_tower_test::{Client, Issuer, ManualClock};
use reqwest::{RequestBuilder, Response, StatusCode, header, redirect::Policy};
use serde_json::Value;
use url::form_urlencoded;

pub(crate) const CLIENT: &str = "0oaLedger";
pub(crate) const SECRET: &str = "a secret";
pub(crate) const CALLBACK: &str = "http://localhost:3000/authorization-code/callback";
pub(crate) const HOME: &str = "http://localhost:3000/";

/// RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// An issuer with a manual clock, and an HTTP client that follows no redirect.
pub(crate) struct App {
    pub(crate) issuer: Issuer,
    pub(crate) clock: ManualClock,
    pub(crate) http: reqwest::Client,
}

/// The status, headers and body of a response. `json` is null if the body is not JSON.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: header::HeaderMap,
    pub(crate) text: String,
    pub(crate) json: Value,
}

impl App {
    /// Starts an issuer with a client that has a secret.
    pub(crate) async fn start() -> Self {
        Self::with(client()).await
    }

    pub(crate) async fn with(client: Client) -> Self {
        let clock = ManualClock::new();
        let issuer = Issuer::builder()
            .clock(clock.clone())
            .client(client)
            .start()
            .await
            .unwrap();
        let http = reqwest::Client::builder().redirect(Policy::none());
        Self {
            issuer,
            clock,
            http: http.build().unwrap(),
        }
    }

    pub(crate) fn url(&self, endpoint: &str) -> String {
        format!("{}/v1/{endpoint}", self.issuer.url())
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Returns the URL of a valid authorization request with these parameters added or changed.
    ///
    /// An empty value removes the parameter.
    pub(crate) fn authorize_url(&self, changes: &[(&str, &str)]) -> String {
        format!(
            "{}?{}",
            self.issuer.authorize_url(),
            encode(&request(changes))
        )
    }

    /// Returns the code of a sign-in as `admin`.
    pub(crate) fn code(&self, changes: &[(&str, &str)]) -> String {
        let url = self.authorize_url(changes);
        let callback = self.issuer.authorize_as("admin", &url);
        callback.get("code").unwrap().to_owned()
    }

    /// Posts a form to an endpoint, with the client secret in the header.
    pub(crate) async fn post(&self, endpoint: &str, form: &[(&str, &str)]) -> Reply {
        let request = self.http.post(self.url(endpoint));
        send(request.basic_auth("0oaLedger", Some("a+secret")), form).await
    }

    pub(crate) async fn exchange(&self, code: &str) -> Reply {
        self.post("token", &exchange_form(code)).await
    }

    pub(crate) async fn refresh(&self, refresh_token: &str) -> Reply {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
        ];
        self.post("token", &form).await
    }

    /// Returns the tokens of a sign-in as `admin` with these scopes.
    pub(crate) async fn sign_in(&self, scope: &str) -> Value {
        let reply = self.exchange(&self.code(&[("scope", scope)])).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json
    }

    pub(crate) async fn userinfo(&self, tokens: &Value) -> Reply {
        let request = self.http.get(self.url("userinfo"));
        let request = request.bearer_auth(text(tokens, "access_token"));
        Reply::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, url: &str) -> Reply {
        Reply::of(self.http.get(url).send().await.unwrap()).await
    }
}

impl Reply {
    pub(crate) async fn of(response: Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        Self {
            status,
            headers,
            json: serde_json::from_str(&text).unwrap_or_default(),
            text,
        }
    }

    pub(crate) fn location(&self) -> &str {
        self.headers[header::LOCATION].to_str().unwrap()
    }

    /// Returns a query parameter of the `Location` header.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.location().split_once('?')?;
        form_urlencoded::parse(query.as_bytes())
            .find(|(given, _)| given == name)
            .map(|(_, value)| value.into_owned())
    }

    #[track_caller]
    pub(crate) fn assert_rejected(&self, status: u16, error: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.json["error"], error, "{self:?}");
        assert!(self.json["error_description"].is_string());
    }
}

pub(crate) fn client() -> Client {
    Client::with_secret(CLIENT, SECRET)
        .redirect_uri(CALLBACK)
        .post_logout_redirect_uri(HOME)
}

/// Returns the parameters of a valid authorization request, with changes.
pub(crate) fn request<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let good = [
        ("client_id", CLIENT),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid profile email offline_access"),
        ("state", "af0ifjsldkj"),
        ("nonce", "n-0S6_WzA2Mj"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let is_changed = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
    let good = good.into_iter().filter(|(name, _)| !is_changed(name));
    let all = good.chain(changes.iter().copied());
    all.filter(|(_, value)| !value.is_empty()).collect()
}

pub(crate) fn exchange_form(code: &str) -> [(&str, &str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ]
}

pub(crate) async fn send(request: RequestBuilder, form: &[(&str, &str)]) -> Reply {
    const FORM: &str = "application/x-www-form-urlencoded";
    let request = request.header(header::CONTENT_TYPE, FORM);
    Reply::of(request.body(encode(form)).send().await.unwrap()).await
}

pub(crate) fn encode(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

pub(crate) fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().unwrap()
}

/// Returns the header (0) or the claims (1) of a token, unverified.
pub(crate) fn part(token: &str, place: usize) -> Value {
    let part = token.split('.').nth(place).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

pub(crate) fn claims(tokens: &Value, member: &str) -> Value {
    part(text(tokens, member), 1)
}

/// Returns the body as JSON.
pub(crate) async fn json_of(response: Response) -> Value {
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}

/// Starts an issuer with a manual clock.
pub(crate) async fn issuer_with_clock() -> (Issuer, ManualClock) {
    let clock = ManualClock::new();
    let issuer = Issuer::builder().clock(clock.clone());
    (issuer.start().await.unwrap(), clock)
}
