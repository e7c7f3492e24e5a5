//! Faults between an application and its authorization server.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use http::StatusCode;
use tokio::sync::watch;

/// An endpoint of the issuer, with its own faults and counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// Metadata: `/.well-known/openid-configuration` and both paths of
    /// `/.well-known/oauth-authorization-server`.
    Discovery,
    /// Signing keys: `/v1/keys`.
    Keys,
    /// Authorization requests: `/v1/authorize`. Forms of the sign-in page are not counted and have
    /// no faults.
    Authorize,
    /// Pushed authorization requests (RFC 9126): `/v1/par`.
    Par,
    /// Tokens for codes, refresh tokens and client credentials: `/v1/token`.
    Token,
    /// Claims of the user: `/v1/userinfo`.
    UserInfo,
    /// Token revocation (RFC 7009): `/v1/revoke`.
    Revoke,
    /// Token introspection (RFC 7662): `/v1/introspect`.
    Introspect,
    /// Sign-out: `/v1/logout`.
    Logout,
    /// Access tokens for Okta's API, from the org authorization server: `/oauth2/v1/token`.
    OrgToken,
    /// Listing, searching and creating users: `/api/v1/users`.
    Users,
    /// One user: `/api/v1/users/{id}`.
    User,
    /// Changes to a user's account:
    /// `/api/v1/users/{id}/lifecycle/{activate,reactivate,deactivate,reset_password}` and
    /// `/api/v1/users/{id}/credentials/forgot_password`.
    Lifecycle,
    /// A user's sessions at Okta: `/api/v1/users/{id}/sessions`.
    UserSessions,
    /// A user's groups: `/api/v1/users/{id}/groups`.
    UserGroups,
}

impl Endpoint {
    /// Every endpoint.
    pub const ALL: [Self; 15] = [
        Self::Discovery,
        Self::Keys,
        Self::Authorize,
        Self::Par,
        Self::Token,
        Self::UserInfo,
        Self::Revoke,
        Self::Introspect,
        Self::Logout,
        Self::OrgToken,
        Self::Users,
        Self::User,
        Self::Lifecycle,
        Self::UserSessions,
        Self::UserGroups,
    ];

    /// Returns the position in [`ALL`](Self::ALL).
    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

/// How an endpoint fails. Set with [`Issuer::fault`](crate::Issuer::fault) at any time.
///
/// Oversized faults serve the correct document after padding. A client without a size limit accepts
/// it, so a rejection proves that the client has a limit.
///
/// Some endpoints change state: they use a code up or rotate a refresh token. Faults that serve the
/// document, or a part of it, apply after the change. [`Truncated`](Self::Truncated) and
/// [`HangBody`](Self::HangBody) thus lose the response to a request that took effect. With all
/// other faults, the request has no effect.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// Returns this status. From 400 on, the body is Okta's error object. A 429 has Okta's
    /// rate-limit headers.
    Status(StatusCode),
    /// Returns this status and exactly this text as JSON, even if they do not match:
    /// `Fault::Answer(StatusCode::TOO_MANY_REQUESTS, r#"{"error":"invalid_grant"}"#.into())`.
    ///
    /// A 429 has Okta's rate-limit headers.
    Answer(StatusCode, String),
    /// Returns 429 with a rate limit that resets after this time, in whole seconds.
    ///
    /// [`Status`](Self::Status) with 429 resets after 60 s.
    RateLimited(Duration),
    /// Returns the correct document with a link to a next page elsewhere: `Link: <…>; rel="next"`
    /// with this URL.
    NextLink(String),
    /// Accepts the request and never responds. The connection closes when the client disconnects.
    Hang,
    /// Returns status and headers, and never sends the announced body.
    HangBody,
    /// Sends the correct document one byte at a time, followed by blanks without end.
    ///
    /// The pause before each byte is real time.
    Drip(Duration),
    /// Sends this many blanks before the correct document, without `Content-Length`.
    Huge(u64),
    /// Sends this many blanks before the correct document, with the correct `Content-Length`.
    HugeAnnounced(u64),
    /// Sends this many blanks and the correct document, compressed with gzip although the client
    /// did not accept it.
    ///
    /// A few kilobytes expand to any size. `Gzip(0)` is small, but compressed.
    Gzip(u64),
    /// Returns 200 with an HTML page, as a captive portal does.
    Garbage,
    /// Returns 200 with exactly this text as JSON, without validators or `Cache-Control`.
    Body(String),
    /// Returns 200 with a valid, empty document: `{"keys":[]}`, or `{}` for metadata.
    Empty,
    /// Announces the length of the correct document and closes the connection halfway.
    Truncated,
    /// Returns 302 to this URL.
    Redirect(String),
    /// Closes the connection instead of responding.
    Close,
}

impl Fault {
    /// Returns whether the fault serves the document, or a part of it.
    pub(crate) fn serves_the_document(&self) -> bool {
        matches!(
            self,
            Self::HangBody
                | Self::Drip(_)
                | Self::Huge(_)
                | Self::HugeAnnounced(_)
                | Self::Gzip(_)
                | Self::Truncated
                | Self::NextLink(_)
        )
    }
}

/// A response that is held back, from [`Issuer::hold_next`](crate::Issuer::hold_next). Dropping it
/// releases the response.
///
/// The request takes effect, and the content is fixed, when the request arrives. An older response
/// can thus arrive after a newer one.
#[derive(Debug)]
#[must_use = "dropping this value releases the response"]
pub struct HeldAnswer {
    gate: Arc<Gate>,
}

#[derive(Debug)]
pub(crate) struct Gate {
    arrived: watch::Sender<bool>,
    open: watch::Sender<bool>,
}

impl HeldAnswer {
    pub(crate) fn new() -> (Self, Arc<Gate>) {
        let gate = Arc::new(Gate {
            arrived: watch::Sender::new(false),
            open: watch::Sender::new(false),
        });
        let held = Self {
            gate: Arc::clone(&gate),
        };
        (held, gate)
    }

    /// Waits until the request has arrived.
    pub async fn arrived(&self) {
        // The sender lives in the gate, so the channel cannot close during the wait.
        let _ = self.gate.arrived.subscribe().wait_for(|is| *is).await;
    }

    /// Releases the response.
    pub fn release(self) {}
}

impl Drop for HeldAnswer {
    fn drop(&mut self) {
        self.gate.open.send_replace(true);
    }
}

impl Gate {
    pub(crate) async fn pass(&self) {
        self.arrived.send_replace(true);
        // The sender lives in the gate, so the channel cannot close during the wait.
        let _ = self.open.subscribe().wait_for(|is| *is).await;
    }
}

/// The planned faults of one endpoint.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Steps for the next requests, one each.
    pub(crate) next: VecDeque<Step>,
    /// The fault of all later requests.
    pub(crate) always: Option<Fault>,
}

#[derive(Debug)]
pub(crate) enum Step {
    Fault(Fault),
    Hold(Arc<Gate>),
}

impl Plan {
    /// Takes the step for a request that has just arrived. `None` serves the correct response.
    pub(crate) fn step(&mut self) -> Option<Step> {
        self.next
            .pop_front()
            .or_else(|| self.always.clone().map(Step::Fault))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoint_index_matches_its_place_in_all() {
        for (place, endpoint) in Endpoint::ALL.into_iter().enumerate() {
            assert_eq!(endpoint.index(), place, "{endpoint:?}");
        }
    }
}
