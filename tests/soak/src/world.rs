//! The issuer, the quickstart, and what callers know of both.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use cross_tests::application::{Application, Settings};
use okta_tower_test::{Client, Issuer, Key};
use reqwest::StatusCode;
use tokio::sync::RwLock;

use crate::{people::People, tally::Tally};

const CLIENT: (&str, &str) = ("0oaSoak", "a-secret-of-the-soak");

/// How long a key may be unknown to the quickstart while the issuer is reachable: the pause after
/// the failures of an outage.
const LONGEST_UNKNOWN: Duration = Duration::from_secs(40);

/// How long a new key may be rejected by 401: the cool-down of 10 s, if made-up keys and earlier
/// rotations have used up the attempts.
const COOL_DOWN: Duration = Duration::from_secs(12);

/// How long callers make up the same key. Each costs one of the attempts that a rotation needs.
const MADE_UP_FOR: Duration = Duration::from_secs(30);

/// Sessions are refreshed at half of it. No outage lasts for the other half.
const TOKEN_LIFETIME: Duration = Duration::from_secs(60);

pub(crate) struct World {
    pub(crate) issuer: Issuer,
    pub(crate) client: reqwest::Client,
    pub(crate) origin: String,
    pub(crate) people: People,
    /// A key that the issuer never publishes.
    pub(crate) stranger: Key,
    /// Sign-ins hold it to read, outages to write.
    pub(crate) outage: RwLock<()>,
    keys: Mutex<Keys>,
    tally: Mutex<Tally>,
    began: Instant,
}

/// The tokens of the active key.
#[derive(Clone)]
pub(crate) struct Keys {
    /// Counts rotations.
    pub(crate) epoch: u64,
    pub(crate) admin: Arc<str>,
    pub(crate) viewer: Arc<str>,
    /// Of a key that is withdrawn, and that the quickstart has replaced.
    pub(crate) withdrawn: Option<Arc<str>>,
    /// Whether the quickstart has accepted a token of the active key.
    pub(crate) is_accepted: bool,
    rotated_at: Instant,
    unknown_until: Instant,
}

impl Keys {
    fn of(issuer: &Issuer, epoch: u64) -> Self {
        let token = |login: &str| {
            let token = issuer.token().user(login).groups([login]);
            token.expires_in(24 * 3600).sign().into()
        };
        Self {
            epoch,
            admin: token("admin"),
            viewer: token("viewer"),
            withdrawn: None,
            is_accepted: false,
            rotated_at: Instant::now(),
            unknown_until: Instant::now() + LONGEST_UNKNOWN,
        }
    }

    /// Returns whether this status is right for a valid token, because the quickstart may not have
    /// fetched its key yet.
    pub(crate) fn may_be_unknown(&self, status: StatusCode) -> bool {
        let is_in_time = match status {
            StatusCode::UNAUTHORIZED => self.rotated_at.elapsed() < COOL_DOWN,
            _ => status.is_server_error() && Instant::now() < self.unknown_until,
        };
        !self.is_accepted && is_in_time
    }
}

impl World {
    pub(crate) async fn start() -> (Arc<Self>, Application) {
        let issuer = Issuer::builder().access_token_lifetime(TOKEN_LIFETIME);
        let issuer = issuer.start().await.expect("a free port");
        issuer.sign_in_automatically_as("admin");
        let settings = Settings::new(issuer.url(), CLIENT)
            .variable("OKTA_OAUTH2_SCOPES", "openid profile email offline_access");
        let client = Client::with_secret(CLIENT.0, CLIENT.1)
            .redirect_uri(settings.redirect_uri())
            .post_logout_redirect_uri(settings.home());
        issuer.register(client);
        let application = settings.start().await;
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(30));
        let world = Self {
            client: client.build().expect("a plain client"),
            origin: application.origin().to_owned(),
            people: People::default(),
            stranger: Key::generate(issuer.algorithm()),
            outage: RwLock::new(()),
            keys: Mutex::new(Keys::of(&issuer, 0)),
            tally: Mutex::default(),
            began: Instant::now(),
            issuer,
        };
        (Arc::new(world), application)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    pub(crate) fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the tokens as they are now.
    pub(crate) fn keys(&self) -> Keys {
        self.lock_keys().clone()
    }

    /// Changes the issuer's keys. No caller can see new keys with old tokens.
    pub(crate) fn rotate(&self, change: impl FnOnce(&Issuer)) {
        let mut keys = self.lock_keys();
        change(&self.issuer);
        *keys = Keys {
            withdrawn: keys.withdrawn.take(),
            ..Keys::of(&self.issuer, keys.epoch + 1)
        };
    }

    /// Marks the tokens of another key as withdrawn.
    pub(crate) fn withdraw(&self, token: &Arc<str>) {
        self.lock_keys().withdrawn = Some(Arc::clone(token));
    }

    /// Marks the active key as accepted by the quickstart.
    pub(crate) fn accepted(&self, epoch: u64) {
        let mut keys = self.lock_keys();
        keys.is_accepted |= keys.epoch == epoch;
    }

    /// The issuer is reachable again.
    pub(crate) fn restart_patience(&self) {
        self.lock_keys().unknown_until = Instant::now() + LONGEST_UNKNOWN;
    }

    pub(crate) fn made_up_kid(&self) -> String {
        let number = self.began.elapsed().as_secs() / MADE_UP_FOR.as_secs();
        format!("made-up-{number}")
    }

    fn lock_keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
