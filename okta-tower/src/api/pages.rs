//! A list, one page at a time.

use std::{fmt, marker::PhantomData, sync::Arc};

use http::Method;
use serde::de::DeserializeOwned;
use url::Url;

use super::{
    answer,
    client::{Call, Client},
    error::{ApiError, Problem},
    link,
};

/// A list that is requested page by page, along Okta's `Link: <…>; rel="next"`. Nothing is
/// requested before the first call of [`next`](Self::next) or [`collect`](Self::collect).
///
/// # Security
/// A next page at another origin than the org's is an error
/// ([`Unreadable`](super::ApiErrorKind::Unreadable)) and is not requested: that origin would get
/// the credentials.
#[must_use = "nothing is requested before `next` or `collect`"]
pub struct Pages<T> {
    client: Arc<Client>,
    name: &'static str,
    next: Option<Url>,
    items: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Pages<T> {
    pub(super) fn new(client: Arc<Client>, name: &'static str, first: Url) -> Self {
        Self {
            client,
            name,
            next: Some(first),
            items: PhantomData,
        }
    }

    /// Requests the next page, which may be empty. Returns `None` after the last one. After an
    /// error the next call requests the same page again.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn next(&mut self) -> Result<Option<Vec<T>>, ApiError> {
        let Some(url) = &self.next else {
            return Ok(None);
        };
        let call = Call {
            name: self.name,
            method: Method::GET,
            url: url.clone(),
            body: None,
        };
        let reply = self.client.send(&call).await?;
        let next =
            link::next(&reply.links, url).map_err(|error| ApiError::from(Problem::Link(error)));
        let report = |error| self.client.report(&call, error);
        let (next, items) = (next.map_err(report)?, answer::json(&reply).map_err(report)?);
        self.next = next;
        Ok(Some(items))
    }

    /// Requests all pages, up to `max_pages`.
    ///
    /// # Errors
    /// [`TooMany`](super::ApiErrorKind::TooMany) if there are more pages: a partial list would look
    /// complete. See also [`ApiError`].
    pub async fn collect(mut self, max_pages: usize) -> Result<Vec<T>, ApiError> {
        let mut all = Vec::new();
        for _ in 0..max_pages {
            match self.next().await? {
                Some(page) => all.extend(page),
                None => return Ok(all),
            }
        }
        match self.next {
            None => Ok(all),
            Some(_) => Err(Problem::TooManyPages.into()),
        }
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("of", &self.name)
            .field("is_done", &self.next.is_none())
            .finish_non_exhaustive()
    }
}
