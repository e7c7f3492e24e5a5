//! The settings that only this example has: the session store, the probes, and the audit page.

use std::fs;

use okta_tower::{SignIn, store::RedisStore};
use scaffold::{Failure, Listeners, Program, SettingsError};

use crate::audit::Log;

const REDIS: &str = "REDIS_URL";
const REDIS_ROOT_CERTIFICATE: &str = "REDIS_ROOT_CERTIFICATE";
const AUDIT: &str = "EXAMPLE_AUDIT";
const PROBES: &str = "EXAMPLE_PROBES";
const DEFAULT_PROBES: &str = "localhost:9464";

/// The settings of all examples, and those of this one.
pub(crate) struct Settings {
    pub(crate) general: scaffold::Settings,
    /// The log of the audit page, if it is enabled.
    pub(crate) audit: Option<Log>,
}

impl Settings {
    pub(crate) fn read(general: scaffold::Settings) -> Result<Self, SettingsError> {
        let is_audited = general.variables().is_on(AUDIT)?;
        Ok(Self {
            audit: is_audited.then(Log::default),
            general,
        })
    }

    /// Listens for probes. They are public and reveal internals, so they have their own address.
    pub(crate) async fn bind_probes(&self) -> Result<Listeners, Failure> {
        let program = Program::new("role-dashboard")
            .variables(PROBES, "")
            .default_address(DEFAULT_PROBES);
        let address = self.general.variables().get(PROBES);
        let address = address.unwrap_or(DEFAULT_PROBES);
        self.general.bind_at(program, address).await
    }

    pub(crate) fn sign_in(&self, redirect_uri: &str) -> Result<SignIn, Failure> {
        let mut sign_in = SignIn::new()
            .redirect_uri(redirect_uri)
            .default_return_to("/dashboard");
        if let Some(url) = self.general.variables().get(REDIS) {
            // Redis may start later than the application: requests get 503 until it is reachable.
            let mut store = RedisStore::builder(url);
            if let Some(path) = self.general.variables().get(REDIS_ROOT_CERTIFICATE) {
                let unusable = |error| format!("{REDIS_ROOT_CERTIFICATE}={path}: {error}");
                store = store.root_certificate(fs::read(path).map_err(unusable)?);
            }
            sign_in = sign_in.store(store.connect_lazily()?);
        }
        if let Some(log) = &self.audit {
            sign_in = sign_in.audit(log.clone());
        }
        Ok(sign_in)
    }
}
