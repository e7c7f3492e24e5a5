//! Signing in: what the issuer knows of clients, people and browsers, and the endpoints that ask it.

mod assertion;
mod attempt;
mod authorize;
mod browser;
mod callback;
mod client;
pub(crate) mod client_auth;
mod grants;
mod introspect;
mod logout;
mod mint;
mod page;
mod par;
mod request;
mod revoke;
mod tampering;
mod token;
mod user;
mod userinfo;
pub(crate) mod values;

use std::{
    collections::BTreeMap,
    fmt,
    time::{Duration, SystemTime},
};

use self::{
    attempt::Attempt, authorize::Viewer, browser::Browsers, grants::Grants, par::Pushed,
    tampering::Tampering, user::Users,
};
pub use self::{
    callback::{Callback, CallbackMode},
    client::{Client, Rotation, SecretIn},
    user::User,
};
pub(crate) use self::{tampering::CallbackIssuer, user::ACTIVE};
use crate::{
    answer::Answer, bounded::Bounded, incoming::Asked, key::random_id, org::Org,
    routes::SignInRoute, shared::Shared,
};

/// How long access tokens live unless told otherwise, as at Okta.
const ACCESS_TOKEN_LIFETIME: Duration = Duration::from_secs(3600);

/// As many sign-in pages, pushed requests and assertions as are remembered.
const MOST: usize = 5_000;

/// Everything that changes as clients and people come and go.
pub(crate) struct SignIn {
    clients: Vec<Client>,
    pub(crate) users: Users,
    pub(crate) grants: Grants,
    browsers: Browsers,
    /// Pages that somebody has open.
    attempts: Bounded<Attempt>,
    /// Authorization requests that were pushed, by `request_uri`.
    pushed: Bounded<Pushed>,
    /// Assertions that have been used, by client and `jti`.
    assertions: Bounded<()>,
    /// Who is signed in without a page, and since when.
    pub(crate) automatic: Option<Automatic>,
    pub(crate) tampering: Tampering,
    pub(crate) access_token_lifetime: Duration,
    /// Leaves the groups out of ID tokens.
    pub(crate) has_thin_id_tokens: bool,
    token_requests: BTreeMap<&'static str, u64>,
    pub(crate) refreshes: u64,
    /// What Okta's management API knows beside the people.
    pub(crate) org: Org,
}

/// What `/v1/authorize` does without asking anybody.
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
            attempts: Bounded::new(MOST),
            pushed: Bounded::new(MOST),
            assertions: Bounded::new(MOST),
            automatic: None,
            tampering: Tampering::default(),
            access_token_lifetime: ACCESS_TOKEN_LIFETIME,
            has_thin_id_tokens: false,
            token_requests: BTreeMap::new(),
            refreshes: 0,
            org: Org::new(),
        }
    }

    /// Adds a client, instead of the one with the same id if there is one.
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

    /// Whether this is the first assertion of this client with this `jti`.
    fn note_assertion(&mut self, client_id: &str, jti: &str) -> bool {
        let key = format!("{client_id} {jti}");
        if self.assertions.get(&key).is_some() {
            return false;
        }
        self.assertions.insert(key, ());
        true
    }

    /// Counts a request to `/v1/token`, by its grant type.
    pub(crate) fn count_grant(&mut self, grant_type: Option<&str>) {
        let known = token::GRANT_TYPES
            .into_iter()
            .find(|known| grant_type == Some(*known));
        *self.token_requests.entry(known.unwrap_or("")).or_default() += 1;
    }

    pub(crate) fn token_requests(&self, grant_type: &str) -> u64 {
        self.token_requests.get(grant_type).copied().unwrap_or(0)
    }

    /// Signs one person out of the issuer, in every browser.
    pub(crate) fn end_browser_sessions_of(&mut self, login: &str) {
        self.browsers.end_all_of(login);
    }

    /// Signs everybody out of the issuer.
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

/// Answers a request as if nothing could go wrong.
pub(crate) fn answer(shared: &Shared, route: SignInRoute, asked: &Asked) -> Answer {
    match route {
        SignInRoute::Authorize => authorize::answer(shared, asked),
        SignInRoute::Page => attempt::answer(shared, asked),
        SignInRoute::Token => token::answer(shared, asked),
        SignInRoute::UserInfo => userinfo::answer(shared, asked),
        SignInRoute::Logout => logout::answer(shared, asked),
        SignInRoute::Par => par::answer(shared, asked),
        SignInRoute::Revoke => revoke::answer(shared, asked),
        SignInRoute::Introspect => introspect::answer(shared, asked),
    }
}

/// The answer to an authorization request in this URL, from a browser in which this person has just signed in, or which
/// nobody has signed in with: then [`Automatic`] must say who it is.
pub(crate) fn authorize_directly(
    shared: &Shared,
    query: &str,
    login: Option<&str>,
) -> Result<Callback, String> {
    let viewer = match login {
        Some(login) => Viewer::signed_in(shared, login)?,
        None => Viewer::nobody(),
    };
    authorize::directly(shared, query, &viewer)
}

/// A new name for something that only its owner should know.
fn secret_name() -> String {
    random_id(16)
}
