//! One attempt: discovery if it is due, then the key document.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use url::Url;

use super::{
    discovery, endpoints::Endpoints, failure::RefreshError, schedule::DISCOVERY_AGE, shared::Shared,
};
use crate::{
    base::fetch::{Document, Fetcher, UrlPolicy, Validators},
    error::Endpoint,
    keys::jwk::{Algorithm, KeySet, SkippedKey},
};

/// Fetches the keys, and keeps what one attempt leaves for the next.
#[derive(Debug)]
pub(super) struct KeyFetcher {
    pub(super) fetcher: Fetcher,
    pub(super) urls: UrlPolicy,
    pub(super) issuer: Arc<str>,
    pub(super) algorithms: BTreeSet<Algorithm>,
    pub(super) discovery_url: Url,
    /// Okta's fixed path of the keys, for an issuer without discovery.
    pub(super) fallback_url: Url,
    pub(super) discovered: Option<KeysUrl>,
    /// Whether sign-in uses the other endpoints that discovery names.
    pub(super) uses_endpoints: bool,
    /// Takes those endpoints.
    pub(super) shared: Arc<Shared>,
    /// The validators of the document in use, and the URL that they belong to.
    pub(super) validators: Option<(Url, Validators)>,
}

/// The URL of the keys, and when discovery named it.
#[derive(Clone, Debug)]
pub(super) struct KeysUrl {
    jwks_url: Url,
    at: Duration,
}

/// What a successful attempt brought.
#[derive(Debug)]
pub(super) struct Fetched {
    /// The new keys, or `None` if the present ones were confirmed.
    pub(super) keys: Option<(KeySet, Vec<SkippedKey>)>,
    pub(super) max_age: Option<Duration>,
    /// An error of discovery that did not prevent the fetch.
    pub(super) discovery: Option<RefreshError>,
}

impl KeyFetcher {
    /// Fetches the keys. If the last attempt failed (`has_failed`), discovery is asked again.
    pub(super) async fn fetch(
        &mut self,
        current: &KeySet,
        now: Duration,
        has_failed: bool,
    ) -> Result<Fetched, RefreshError> {
        let mut discovery = None;
        let is_current = (self.discovered.as_ref())
            .is_some_and(|found| !has_failed && now.saturating_sub(found.at) < DISCOVERY_AGE);
        if !is_current && let Err(error) = self.discover(now).await {
            // An URL that discovery once named stays in use. Without one, only a missing metadata
            // document leads to the fixed path: a wrong document means a wrong issuer.
            if self.discovered.is_none() && !error.is_absence() {
                return Err(error);
            }
            discovery = Some(error);
        }
        let url = match &self.discovered {
            Some(found) => found.jwks_url.clone(),
            None => self.fallback_url.clone(),
        };
        let (keys, max_age) = self.keys(&url, current).await?;
        Ok(Fetched {
            keys,
            max_age,
            discovery,
        })
    }

    async fn discover(&mut self, now: Duration) -> Result<(), RefreshError> {
        let url = self.discovery_url.as_str();
        let answer = (self
            .fetcher
            .get(&self.discovery_url, &Validators::default())
            .await)
            .map_err(|error| RefreshError::fetch(Endpoint::Discovery, url, error))?;
        let Document::New { body, .. } = answer else {
            // The request was not conditional, so the response is not either.
            return Ok(());
        };
        let metadata = discovery::read(&body, &self.issuer, &self.urls, self.uses_endpoints)
            .map_err(|error| RefreshError::discovery(url, error))?;
        if self.uses_endpoints {
            let names_issuer = metadata.names_issuer_in_callback;
            let before = self.shared.endpoints.load();
            let endpoints = Endpoints::named(metadata.endpoints, names_issuer, &before);
            self.shared.endpoints.store(Arc::new(endpoints));
        }
        self.discovered = Some(KeysUrl {
            jwks_url: metadata.jwks_url,
            at: now,
        });
        Ok(())
    }

    async fn keys(
        &mut self,
        url: &Url,
        current: &KeySet,
    ) -> Result<(Option<(KeySet, Vec<SkippedKey>)>, Option<Duration>), RefreshError> {
        // Errors name the address that was asked.
        let url = &self.urls.resolve(url).unwrap_or_else(|_| url.clone());
        let none = Validators::default();
        let validators = match &self.validators {
            Some((source, validators)) if source == url => validators,
            _ => &none,
        };
        let answer = (self.fetcher.get(url, validators).await)
            .map_err(|error| RefreshError::fetch(Endpoint::Keys, url.as_str(), error))?;
        match answer {
            Document::NotModified { max_age } => Ok((None, max_age)),
            Document::New {
                body,
                validators,
                max_age,
            } => {
                let read = KeySet::parse(&body, &self.algorithms, current)
                    .map_err(|error| RefreshError::document(url.as_str(), error))?;
                // Kept only now: an unusable document must not be "not modified" the next time.
                self.validators = Some((url.clone(), validators));
                Ok((Some(read), max_age))
            }
        }
    }
}
