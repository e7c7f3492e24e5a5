//! npm's `oidc-provider` in Okta's shape, as a process of its own. See `tests/e2e/README.md`.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

use okta_tower::{Okta, OktaBuilder};
use serde_json::Value;

use crate::{process::Said, tools::skip};

/// A running provider. The process ends when this is dropped.
#[derive(Debug)]
pub struct Provider {
    process: Child,
    /// What the process has complained about.
    complaints: Said,
    introduction: Value,
    client: reqwest::Client,
}

/// What the provider's token endpoint has answered.
#[derive(Clone, Debug)]
pub struct Tokens(Value);

/// One step of a key rotation, as Okta does it, or an administrator whose key has leaked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// The next key is published; nothing is signed with it yet.
    PublishNext,
    /// It signs; the old one is still published.
    ActivateNext,
    /// The old one is published no longer.
    WithdrawOld,
    /// A new key at once, and no other.
    Emergency,
}

/// How often the provider was asked, and the ids of its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Requests for the key set.
    pub key_fetches: u64,
    /// Requests for metadata.
    pub discovery_fetches: u64,
    /// The key that signs.
    pub active_kid: String,
}

/// What the token endpoint was asked for, of one grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenRequests {
    /// How often it was asked.
    pub asked: u64,
    /// How often it answered with tokens.
    pub granted: u64,
}

impl Provider {
    /// Installs the provider if need be, and starts it on a free port of this machine. `None`, and said loudly, where
    /// Node is absent or the provider cannot be installed.
    ///
    /// # Panics
    /// Where it is installed and does not start; where it is absent and [`REQUIRE_TOOLS`](crate::tools::REQUIRE_TOOLS)
    /// is set.
    #[must_use]
    pub fn start() -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e");
        if let Err(why) = install(&folder) {
            skip("the certified provider", &why);
            return None;
        }
        let mut process = Command::new("node")
            .arg(folder.join("provider.mjs"))
            // It runs until this closes, so that no test leaves a process behind.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("node starts");
        let complaints = Said::default();
        complaints.collect(process.stderr.take().expect("piped above"));
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("piped above"))
            .read_line(&mut line)
            .expect("the provider speaks UTF-8");
        let introduction = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("the provider did not start: {}", complaints.text()));
        let client = reqwest::Client::builder()
            .no_proxy()
            // Node closes a connection after five idle seconds: perhaps while a request is on its way.
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

    /// The issuer's URL.
    #[must_use]
    pub fn issuer(&self) -> &str {
        member(&self.introduction, "/issuer")
    }

    /// Where the provider sends people back to.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        member(&self.introduction, "/redirect_uri")
    }

    /// The id and the secret of a client, `web`, `service` or `app`.
    #[must_use]
    pub fn client(&self, name: &str) -> (&str, &str) {
        let part = |part| member(&self.introduction, &format!("/clients/{name}/{part}"));
        (part("client_id"), part("client_secret"))
    }

    /// Stable id (`uid`) and login of a user: `admin`, `viewer` or `nobody`.
    #[must_use]
    pub fn user(&self, name: &str) -> (&str, &str) {
        let part = |part| member(&self.introduction, &format!("/users/{name}/{part}"));
        (part("uid"), part("login"))
    }

    /// What every user types as a password.
    #[must_use]
    pub fn password(&self) -> &str {
        member(&self.introduction, "/password")
    }

    /// Lets the client `app` be sent back to these addresses after signing in and out, and to no others.
    ///
    /// # Panics
    /// Where the provider refuses.
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

    /// Asks the control endpoint for a change that `tests/e2e/README.md` lists: `lifetimes?access_token=5`.
    ///
    /// # Panics
    /// Where the provider refuses.
    pub async fn change(&self, what: &str) {
        answer(self.client.post(format!("{}/{what}", self.control()))).await;
    }

    /// Settings of an [`Okta`] for this provider and the audience of its tokens.
    pub fn settings(&self) -> OktaBuilder {
        Okta::builder(self.issuer())
            .audience("api://default")
            .danger()
            .allow_http_on_loopback()
    }

    /// Tokens out of a real round at the provider: `user=admin`, `client=service`, and the further parameters that
    /// `tests/e2e/README.md` lists.
    ///
    /// # Panics
    /// Where the provider refuses.
    pub async fn tokens(&self, query: &str) -> Tokens {
        let url = format!("{}/token?{query}", self.control());
        Tokens(answer(self.client.get(url)).await)
    }

    /// Takes one step of a rotation.
    ///
    /// # Panics
    /// Where the step does not follow on the last.
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

    /// What has been asked of it so far.
    ///
    /// # Panics
    /// Where the provider is gone.
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

    /// How often the token endpoint was asked for a grant, and how often it gave one.
    ///
    /// # Panics
    /// Where the provider is gone.
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

    /// The URL of the control endpoint.
    pub(crate) fn control(&self) -> &str {
        member(&self.introduction, "/control")
    }
}

impl Tokens {
    /// The access token.
    ///
    /// # Panics
    /// Where there is none.
    #[must_use]
    pub fn access(&self) -> &str {
        member(&self.0, "/access_token")
    }

    /// The ID token.
    ///
    /// # Panics
    /// Where there is none: services get none, and users only with the scope `openid`.
    #[must_use]
    pub fn id(&self) -> &str {
        member(&self.0, "/id_token")
    }

    /// The whole answer.
    #[must_use]
    pub fn json(&self) -> &Value {
        &self.0
    }
}

impl Drop for Provider {
    #[expect(
        clippy::print_stderr,
        reason = "why a test has failed may stand in there"
    )]
    fn drop(&mut self) {
        // Closes its standard input, at which it ends by itself; killing makes sure. It may be gone already.
        drop(self.process.stdin.take());
        let _ = self.process.kill();
        let _ = self.process.wait();
        if thread::panicking() {
            eprintln!("the provider said:\n{}", self.complaints.text());
        }
    }
}

fn install(folder: &Path) -> Result<(), String> {
    for tool in ["node", "npm"] {
        let found = Command::new(tool)
            .arg("--version")
            .stdout(Stdio::null())
            .status();
        if !found.is_ok_and(|status| status.success()) {
            return Err(format!("there is no {tool}"));
        }
    }
    let output = Command::new(folder.join("install"))
        .output()
        .map_err(|error| format!("tests/e2e/install: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("tests/e2e/install failed: {said}"));
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
    found.unwrap_or_else(|| panic!("no {path} in the provider's answer"))
}
