//! The management API of an [`Okta`].

use std::sync::Arc;

use super::{Okta, OktaBuilder, check::Config};
use crate::{
    api::{Api, settings::ManagementApi},
    base::telemetry::Metrics,
};

impl OktaBuilder {
    /// Turns Okta's management API on. Feature `api`.
    ///
    /// Without this call the feature changes nothing: calls of [`Okta::api`] fail.
    pub fn api(mut self, api: ManagementApi) -> Self {
        self.api = Some(api);
        self
    }
}

impl Okta {
    /// Returns Okta's management API: users and groups. Feature `api`; see [`api`](crate::api).
    ///
    /// Without [`OktaBuilder::api`] its calls fail.
    #[must_use]
    pub fn api(&self) -> Api {
        self.api.clone()
    }
}

pub(super) fn new(config: &Config, metrics: &Arc<Metrics>) -> Result<Api, reqwest::Error> {
    let (settings, issuer) = (config.api.as_ref(), config.issuer.text());
    Api::new(settings, issuer, &config.fetch, &config.clock, metrics)
}
