//! npm's `oidc-provider` in the shape of Okta, as a process. See `tests/e2e/README.md`.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

use okta_tower::{Okta, OktaBuilder};
use serde_json::Value;

use crate::{
    process::CapturedOutput,
    tools::{require, skip},
};

/// A running provider. Dropping it ends the process.
#[derive(Debug)]
pub struct Provider {
    process: Child,
    /// The error output of the process.
    complaints: CapturedOutput,
    introduction: Value,
    client: reqwest::Client,
}

/// A response of the provider's token endpoint.
#[derive(Clone, Debug)]
pub struct Tokens(Value);

/// A step of a key rotation: Okta's regular one, or an administrator's after a key leak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Publishes the next key, which signs nothing yet.
    PublishNext,
    /// Signs with the next key. The old one is still published.
    ActivateNext,
    /// Stops publishing the old key.
    WithdrawOld,
    /// Replaces all keys by a new one at once.
    Emergency,
}

/// The number of fetches, and the ID of the signing key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Requests for the key set.
    pub key_fetches: u64,
    /// Requests for metadata.
    pub discovery_fetches: u64,
    /// The ID of the signing key.
    pub active_kid: String,
}

/// The number of requests to the token endpoint for one grant type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenRequests {
    /// All requests.
    pub asked: u64,
    /// Successful requests.
    pub granted: u64,
}

impl Provider {
    /// Installs the provider if necessary, and starts it on a free port.
    ///
    /// If Node is missing or the provider cannot be installed, prints a notice and returns `None`.
    ///
    /// # Panics
    /// If the installed provider does not start. If a tool is missing and
    /// [`REQUIRE_TOOLS`](crate::tools::REQUIRE_TOOLS) is set.
    #[must_use]
    pub fn start() -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e");
        if let Err(why) = install(&folder) {
            skip("the certified provider", &why);
            return None;
        }
        let mut process = Command::new("node")
            .arg(folder.join("provider.mjs"))
            // The script runs until this pipe closes, so that no test leaves a process behind.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("node starts");
        let complaints = CapturedOutput::default();
        complaints.collect(process.stderr.take().expect("piped above"));
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("piped above"))
            .read_line(&mut line)
            .expect("the provider speaks UTF-8");
        let introduction = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("the provider did not start: {}", complaints.text()));
        let client = reqwest::Client::builder()
            .no_proxy()
            // Node closes idle connections after five seconds, possibly while a request is in
            // transit.
            .pool_max_idle_per_host(0)
            .build()
            .expect("a plain client");
        Some(Self {
            process,
            complaints,
            introduction,
            client,
        })
    }

    /// Returns the issuer's URL.
    #[must_use]
    pub fn issuer(&self) -> &str {
        member(&self.introduction, "/issuer")
    }

    /// Returns the redirect URI of the clients.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        member(&self.introduction, "/redirect_uri")
    }

    /// Returns the ID and the secret of a client: `web`, `service` or `app`.
    #[must_use]
    pub fn client(&self, name: &str) -> (&str, &str) {
        let part = |part| member(&self.introduction, &format!("/clients/{name}/{part}"));
        (part("client_id"), part("client_secret"))
    }

    /// Returns the stable ID (`uid`) and the login of a user: `admin`, `viewer` or `nobody`.
    #[must_use]
    pub fn user(&self, name: &str) -> (&str, &str) {
        let part = |part| member(&self.introduction, &format!("/users/{name}/{part}"));
        (part("uid"), part("login"))
    }

    /// Returns the password of every user.
    #[must_use]
    pub fn password(&self) -> &str {
        member(&self.introduction, "/password")
    }

    /// Registers these URIs for the client `app`, and removes all others.
    ///
    /// # Panics
    /// If the provider rejects the request.
    pub async fn register(&self, redirect_uri: &str, post_logout_redirect_uri: &str) {
        let query = reqwest::Url::parse_with_params(
            &format!("{}/app", self.control()),
            [
                ("redirect_uri", redirect_uri),
                ("post_logout_redirect_uri", post_logout_redirect_uri),
            ],
        );
        answer(self.client.post(query.expect("a URL"))).await;
    }

    /// Requests a change that `tests/e2e/README.md` lists, such as `lifetimes?access_token=5`.
    ///
    /// # Panics
    /// If the provider rejects the request.
    pub async fn change(&self, what: &str) {
        answer(self.client.post(format!("{}/{what}", self.control()))).await;
    }

    /// Returns settings of an [`Okta`] for this provider and the audience of its tokens.
    pub fn settings(&self) -> OktaBuilder {
        Okta::builder(self.issuer())
            .audience("api://default")
            .danger()
            .allow_http_on_loopback()
    }

    /// Returns tokens of a real flow at the provider. `query` is `user=admin` or `client=service`,
    /// with the parameters that `tests/e2e/README.md` lists.
    ///
    /// # Panics
    /// If the provider rejects the request.
    pub async fn tokens(&self, query: &str) -> Tokens {
        let url = format!("{}/token?{query}", self.control());
        Tokens(answer(self.client.get(url)).await)
    }

    /// Takes a step of a key rotation.
    ///
    /// # Panics
    /// If the step is out of order.
    pub async fn rotate(&self, step: Step) {
        let step = match step {
            Step::PublishNext => "publish-next",
            Step::ActivateNext => "activate-next",
            Step::WithdrawOld => "withdraw-old",
            Step::Emergency => "emergency",
        };
        answer(
            self.client
                .post(format!("{}/rotate?step={step}", self.control())),
        )
        .await;
    }

    /// Returns the number of fetches so far.
    ///
    /// # Panics
    /// If the provider is down.
    pub async fn stats(&self) -> Stats {
        let stats = answer(self.client.get(format!("{}/stats", self.control()))).await;
        let count = |path| {
            stats
                .pointer(path)
                .and_then(Value::as_u64)
                .expect("a count")
        };
        Stats {
            key_fetches: count("/fetches/keys"),
            discovery_fetches: count("/fetches/discovery"),
            active_kid: member(&stats, "/kids/active").to_owned(),
        }
    }

    /// Returns the number of requests to the token endpoint for a grant type.
    ///
    /// # Panics
    /// If the provider is down.
    pub async fn token_requests(&self, grant: &str) -> TokenRequests {
        let stats = answer(self.client.get(format!("{}/stats", self.control()))).await;
        let count = |what| {
            let found = stats.pointer(&format!("/tokens/{grant}/{what}"));
            found.and_then(Value::as_u64).unwrap_or(0)
        };
        TokenRequests {
            asked: count("asked"),
            granted: count("granted"),
        }
    }

    /// Returns the URL of the control endpoint.
    pub(crate) fn control(&self) -> &str {
        member(&self.introduction, "/control")
    }
}

impl Tokens {
    /// Returns the access token.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn access(&self) -> &str {
        member(&self.0, "/access_token")
    }

    /// Returns the ID token.
    ///
    /// # Panics
    /// If there is none: services get none, and users only with the scope `openid`.
    #[must_use]
    pub fn id(&self) -> &str {
        member(&self.0, "/id_token")
    }

    /// Returns the whole response.
    #[must_use]
    pub fn json(&self) -> &Value {
        &self.0
    }
}

impl Drop for Provider {
    #[expect(clippy::print_stderr, reason = "the output may show why a test failed")]
    fn drop(&mut self) {
        // Closing standard input ends the script. Killing it makes sure. It may have ended already.
        drop(self.process.stdin.take());
        let _ = self.process.kill();
        let _ = self.process.wait();
        if thread::panicking() {
            eprintln!("output of the provider:\n{}", self.complaints.text());
        }
    }
}

fn install(folder: &Path) -> Result<(), String> {
    require(&["node", "npm"])?;
    let output = Command::new(folder.join("install"))
        .output()
        .map_err(|error| format!("tests/e2e/install: {error}"))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(format!("tests/e2e/install failed: {errors}"));
    }
    Ok(())
}

async fn answer(request: reqwest::RequestBuilder) -> Value {
    let response = request.send().await.expect("the provider answers");
    let status = response.status();
    let body = response.text().await.expect("the provider answers in full");
    assert!(status.is_success(), "{status}: {body}");
    serde_json::from_str(&body).expect("the provider answers in JSON")
}

fn member<'v>(value: &'v Value, path: &str) -> &'v str {
    let found = value.pointer(path).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no {path} in the provider's response"))
}
