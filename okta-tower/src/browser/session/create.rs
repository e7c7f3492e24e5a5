//! The creation of a session: always with a new ID, whatever the browser had before.

use http::{HeaderMap, HeaderValue};

use super::{
    record::{NewSession, Record},
    sessions::Sessions,
};
use crate::{
    base::{random::random, secret::Secret, telemetry},
    browser::{identity::session_claims, store::Owner},
    claims::Verified,
};

/// A session that was created.
pub(crate) struct CreatedSession {
    /// The `Set-Cookie` fields of the response.
    pub(crate) set_cookies: Vec<HeaderValue>,
    /// The refresh token of the session that this browser had before, which has ended. To be
    /// revoked, if possible.
    pub(crate) replaced: Option<Secret>,
}

/// Why a session was not created. The log has the cause.
#[derive(Debug)]
pub(crate) enum CreateError {
    /// It does not fit into cookies.
    TooLarge,
    /// The store failed.
    Store,
    /// Its claims are unusable.
    Claims,
}

impl Sessions {
    /// Creates a session, and ends the one that this browser had: a planted ID is worthless
    /// (session fixation), and no browser stays signed in as another user.
    pub(crate) async fn create(
        &self,
        new: NewSession,
        headers: &HeaderMap,
    ) -> Result<CreatedSession, CreateError> {
        let (now, ends_at) = (self.now(), self.absolute_end());
        let record = Record::new(random(), new, self.retention, now, ends_at);
        let caller = (self.context.caller(&record, None)).ok_or(CreateError::Claims)?;
        let user_id = caller.user_id().unwrap_or_default();
        let owner = Owner::new(caller.identity_issuer(), user_id);
        let text = self.backend.create(record, owner).await.map_err(|error| {
            telemetry::store_failed(&error);
            CreateError::Store
        })?;
        let chunks = self.context.cookie.count_chunks(headers);
        let set_cookies =
            (self.context.write_cookie(&text, ends_at, chunks, now)).map_err(|too_large| {
                telemetry::session_too_large(&too_large);
                CreateError::TooLarge
            })?;
        // End the old session only now that the new one exists. If the store fails at this
        // point, the user is signed in all the same.
        let replaced = self.end(headers).await.refresh_token;
        telemetry::session_began();
        Ok(CreatedSession {
            set_cookies,
            replaced,
        })
    }

    /// Returns the user who signs in, before there is a session: for the hook.
    pub(crate) fn identity(&self, claims: &str, scopes: &str) -> Option<Verified> {
        let (client_id, policy) = (&self.context.client_id, &self.context.policy);
        session_claims(claims, scopes, client_id, policy, self.absolute_end(), None)
    }

    fn absolute_end(&self) -> i64 {
        let absolute = i64::try_from(self.context.settings.absolute.as_secs());
        self.now().saturating_add(absolute.unwrap_or(i64::MAX))
    }
}
