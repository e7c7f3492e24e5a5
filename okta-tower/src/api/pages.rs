//! A list, a page at a time.

use std::{fmt, marker::PhantomData, sync::Arc};

use http::Method;
use serde::de::DeserializeOwned;
use url::Url;

use super::{
    ApiError, answer,
    client::{Call, Client},
    error::Problem,
    link,
};

/// A list that is asked for page by page, as Okta's `Link: <…>; rel="next"` leads. Nothing is asked for before the first call
/// of [`next`](Self::next) or [`collect`](Self::collect).
///
/// # Security
/// A next page on another origin than the org's is an error ([`Unreadable`](super::ApiErrorKind::Unreadable)), and is not asked
/// for: our credentials would go there.
#[must_use = "nothing is asked for before `next` or `collect`"]
pub struct Pages<T> {
    client: Arc<Client>,
    name: &'static str,
    next: Option<Url>,
    items: PhantomData<fn() -> T>,
}

impl<T> Pages<T> {
    pub(super) fn new(client: Arc<Client>, name: &'static str, first: Url) -> Self {
        Self {
            client,
            name,
            next: Some(first),
            items: PhantomData,
        }
    }
}

#[expect(
    private_bounds,
    reason = "only this crate says what there are pages of"
)]
impl<T: Item> Pages<T> {
    /// The next page, which may be empty; `None` behind the last one. After an error it asks for the same page again.
    ///
    /// # Errors
    /// As for every call: see [`ApiError`].
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
        let told = |error| self.client.told(&call, error);
        let next =
            link::next(&reply.links, url).map_err(|error| told(Problem::Link(error).into()))?;
        let items = answer::json(&reply).map_err(told)?;
        self.next = next;
        Ok(Some(items))
    }

    /// Everything, if it is on so many pages.
    ///
    /// # Errors
    /// [`TooMany`](super::ApiErrorKind::TooMany) where there are more: half a list would look like a whole one. And as for
    /// every call.
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

/// What there are pages of.
trait Item: DeserializeOwned {}

impl Item for super::User {}
impl Item for super::Group {}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("of", &self.name)
            .field("is_done", &self.next.is_none())
            .finish_non_exhaustive()
    }
}
