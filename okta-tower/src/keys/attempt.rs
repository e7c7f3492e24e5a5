//! One attempt: discovery where it is due, then the key document.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use url::Url;

use super::{discovery, failure::RefreshError, schedule::DISCOVERY_AGE};
use crate::{
    base::fetch::{Answer, Fetcher, UrlPolicy, Validators},
    error::Endpoint,
    keys::jwk::{Algorithm, KeySet, Skipped},
};

/// Where the keys come from, and what is remembered from one attempt to the next.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) fetcher: Fetcher,
    pub(super) urls: UrlPolicy,
    pub(super) issuer: Arc<str>,
    pub(super) algorithms: BTreeSet<Algorithm>,
    pub(super) discovery_url: Url,
    /// Okta's fixed path of the keys, for when discovery is not there.
    pub(super) fallback_url: Url,
    pub(super) known: Option<Known>,
    /// Where the endpoints that discovery names are put.
    #[cfg(feature = "sign-in")]
    pub(super) shared: Arc<super::Shared>,
    /// What the document in use said of itself, and the URL that it came from: of another it says nothing.
    pub(super) validators: Option<(Url, Validators)>,
}

/// An endpoint that discovery named, and when.
#[derive(Clone, Debug)]
pub(super) struct Known {
    jwks_url: Url,
    at: Duration,
}

/// What a successful attempt brought.
#[derive(Debug)]
pub(super) struct Fetched {
    /// The new keys, or `None` where those from before were confirmed.
    pub(super) keys: Option<(KeySet, Vec<Skipped>)>,
    pub(super) max_age: Option<Duration>,
    /// A fault of discovery that did not keep the keys from being fetched.
    pub(super) discovery: Option<RefreshError>,
}

impl Source {
    /// Fetches the keys. `has_failed` says that the last attempt failed, so that the endpoint is looked up anew.
    pub(super) async fn fetch(
        &mut self,
        current: &KeySet,
        now: Duration,
        has_failed: bool,
    ) -> Result<Fetched, RefreshError> {
        let mut discovery = None;
        let is_known = (self.known.as_ref())
            .is_some_and(|known| !has_failed && now.saturating_sub(known.at) < DISCOVERY_AGE);
        if !is_known && let Err(error) = self.discover(now).await {
            // An endpoint that was once vouched for is still better than none. Without one, only a document that is
            // not there is worked around: a document that is wrong means a wrong issuer.
            if self.known.is_none() && !error.is_absence() {
                return Err(error);
            }
            discovery = Some(error);
        }
        let url = match &self.known {
            Some(known) => known.jwks_url.clone(),
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
        let Answer::Document { body, .. } = answer else {
            // Not asked conditionally, so not answered so.
            return Ok(());
        };
        let metadata = discovery::read(&body, &self.issuer, &self.urls)
            .map_err(|error| RefreshError::discovery(url, error))?;
        #[cfg(feature = "sign-in")]
        self.shared
            .name_endpoints(metadata.endpoints, metadata.names_issuer_in_callback);
        self.known = Some(Known {
            jwks_url: metadata.jwks_url,
            at: now,
        });
        Ok(())
    }

    async fn keys(
        &mut self,
        url: &Url,
        current: &KeySet,
    ) -> Result<(Option<(KeySet, Vec<Skipped>)>, Option<Duration>), RefreshError> {
        let none = Validators::default();
        let validators = match &self.validators {
            Some((source, validators)) if source == url => validators,
            _ => &none,
        };
        let answer = (self.fetcher.get(url, validators).await)
            .map_err(|error| RefreshError::fetch(Endpoint::Keys, url.as_str(), error))?;
        match answer {
            Answer::NotModified { max_age } => Ok((None, max_age)),
            Answer::Document {
                body,
                validators,
                max_age,
            } => {
                let read = KeySet::parse(&body, &self.algorithms, current)
                    .map_err(|error| RefreshError::document(url.as_str(), error))?;
                // Kept only now: a document that was not used must not be "not modified" the next time.
                self.validators = Some((url.clone(), validators));
                Ok((Some(read), max_age))
            }
        }
    }
}
