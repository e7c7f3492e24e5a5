//! Clients, users and what was granted to them.

use std::{
    collections::BTreeMap,
    fmt,
    time::{Duration, SystemTime},
};

use super::{
    browsers::Browsers,
    clients::Client,
    grants::{GRANT_TYPES, Grants},
    org::Org,
    requests::{Attempt, PushedRequest},
    tampering::Tampering,
    users::Users,
};
use crate::{bounded::Bounded, parameters::Parameters};

/// How long access tokens are valid by default, as at Okta.
const ACCESS_TOKEN_LIFETIME: Duration = Duration::from_secs(3600);

/// The largest number of open pages, pushed requests and used assertions that are remembered.
const MAX_ENTRIES: usize = 5_000;

/// Everything that changes while clients and users sign in.
pub(crate) struct SignIn {
    clients: Vec<Client>,
    pub(crate) users: Users,
    pub(crate) grants: Grants,
    pub(crate) browsers: Browsers,
    /// Open sign-in and consent pages.
    pub(crate) attempts: Bounded<Attempt>,
    /// Pushed authorization requests, by `request_uri`.
    pub(crate) pushed: Bounded<PushedRequest>,
    /// Used client assertions, by client and `jti`.
    assertions: Bounded<()>,
    /// What `/v1/authorize` does without showing a page.
    pub(crate) automatic: Option<Automatic>,
    pub(crate) tampering: Tampering,
    pub(crate) access_token_lifetime: Duration,
    /// Whether ID tokens omit groups.
    pub(crate) has_thin_id_tokens: bool,
    token_requests: BTreeMap<&'static str, u64>,
    pub(crate) refreshes: u64,
    pub(crate) org: Org,
}

/// What `/v1/authorize` does without asking the user.
#[derive(Clone, Debug)]
pub(crate) enum Automatic {
    Grant {
        login: String,
        auth_time: SystemTime,
    },
    Refuse {
        error: String,
        description: String,
    },
}

impl SignIn {
    pub(crate) fn new() -> Self {
        Self {
            clients: Vec::new(),
            users: Users::new(),
            grants: Grants::new(),
            browsers: Browsers::new(),
            attempts: Bounded::new(MAX_ENTRIES),
            pushed: Bounded::new(MAX_ENTRIES),
            assertions: Bounded::new(MAX_ENTRIES),
            automatic: None,
            tampering: Tampering::default(),
            access_token_lifetime: ACCESS_TOKEN_LIFETIME,
            has_thin_id_tokens: false,
            token_requests: BTreeMap::new(),
            refreshes: 0,
            org: Org::new(),
        }
    }

    /// Adds a client, or replaces the client with the same ID.
    pub(crate) fn register(&mut self, client: Client) {
        match self.client_mut(&client.id) {
            Some(known) => *known = client,
            None => self.clients.push(client),
        }
    }

    pub(crate) fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }

    pub(crate) fn client_mut(&mut self, id: &str) -> Option<&mut Client> {
        self.clients.iter_mut().find(|client| client.id == id)
    }

    /// Returns whether this is the client's first assertion with this `jti`, and notes it as used.
    pub(crate) fn note_assertion(&mut self, client_id: &str, jti: &str) -> bool {
        let key = format!("{client_id} {jti}");
        if self.assertions.get(&key).is_some() {
            return false;
        }
        self.assertions.insert(key, ());
        true
    }

    /// Counts a request to `/v1/token` by its grant type.
    pub(crate) fn count_grant(&mut self, grant_type: Option<&str>) {
        let known = GRANT_TYPES
            .into_iter()
            .find(|known| grant_type == Some(*known));
        *self.token_requests.entry(known.unwrap_or("")).or_default() += 1;
    }

    pub(crate) fn token_requests(&self, grant_type: &str) -> u64 {
        self.token_requests.get(grant_type).copied().unwrap_or(0)
    }

    /// Takes the parameters of a pushed request of this client.
    ///
    /// Taking them uses the `request_uri` up. A request of another client stays.
    pub(crate) fn take_pushed(
        &mut self,
        request_uri: &str,
        client_id: &str,
        now: SystemTime,
    ) -> Option<Parameters> {
        let pushed = self.pushed.get(request_uri)?;
        if pushed.client_id != client_id {
            return None;
        }
        let pushed = self.pushed.remove(request_uri)?;
        (now < pushed.expires).then_some(pushed.parameters)
    }

    /// Signs every user out of the issuer.
    pub(crate) fn end_browser_sessions(&mut self) {
        self.browsers.clear();
        self.attempts.clear();
    }
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn")
            .field("clients", &self.clients)
            .field("users", &self.users)
            .finish_non_exhaustive()
    }
}
