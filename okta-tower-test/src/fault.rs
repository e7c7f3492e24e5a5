//! What can go wrong between an application and its authorization server, on request.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use http::StatusCode;
use tokio::sync::watch;

/// Something that the issuer serves and counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// The metadata: `/.well-known/openid-configuration` and both forms of `/.well-known/oauth-authorization-server`.
    Discovery,
    /// The signing keys: `/v1/keys`.
    Keys,
    /// Where the browser is sent to sign in: `/v1/authorize`. What a person then sends from the sign-in page is not
    /// counted, and meets no fault.
    Authorize,
    /// Pushed authorization requests (RFC 9126): `/v1/par`.
    Par,
    /// Tokens for codes, refresh tokens and client credentials: `/v1/token`.
    Token,
    /// The claims of the person who signed in: `/v1/userinfo`.
    UserInfo,
    /// Token revocation (RFC 7009): `/v1/revoke`.
    Revoke,
    /// Token introspection (RFC 7662): `/v1/introspect`.
    Introspect,
    /// Where the browser is sent to sign out: `/v1/logout`.
    Logout,
    /// Tokens for Okta's own API, from the org authorization server: `/oauth2/v1/token`.
    OrgToken,
    /// People, to be listed, found and created: `/api/v1/users`.
    Users,
    /// One person: `/api/v1/users/{id}`.
    User,
    /// What is done to a person's account: `/api/v1/users/{id}/lifecycle/{activate,reactivate,deactivate,reset_password}` and
    /// `/api/v1/users/{id}/credentials/forgot_password`.
    Lifecycle,
    /// A person's sessions at Okta: `/api/v1/users/{id}/sessions`.
    UserSessions,
    /// A person's groups: `/api/v1/users/{id}/groups`.
    UserGroups,
}

impl Endpoint {
    /// Every endpoint there is.
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

    /// Its place in [`ALL`](Self::ALL).
    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

/// How an endpoint misbehaves. Set with [`Issuer::fault`](crate::Issuer::fault), and settable at any time.
///
/// The faults that are about size serve the true document behind their padding: a client that has no limit would
/// accept it, so a test that sees a refusal has seen the limit.
///
/// At an endpoint that changes something (a code is used up, a refresh token is rotated), the faults that serve the true
/// document, or a part of it, come after the change: [`Truncated`](Self::Truncated) and [`HangBody`](Self::HangBody) lose
/// the answer to a request that took effect. With all others the request is lost, and changes nothing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// Answers with this status and, from 400 on, Okta's error object for it. 429 also carries Okta's rate-limit
    /// headers.
    Status(StatusCode),
    /// Answers with this status and exactly this text as JSON, whether or not the two go together:
    /// `Fault::Answer(StatusCode::TOO_MANY_REQUESTS, r#"{"error":"invalid_grant"}"#.into())`. 429 also carries Okta's
    /// rate-limit headers.
    Answer(StatusCode, String),
    /// Answers 429, as Okta does until its limit starts anew: this long from now, in whole seconds.
    /// [`Status`](Self::Status) with 429 says 60 s.
    RateLimited(Duration),
    /// The true document, and behind it a page that is elsewhere: `Link: <…>; rel="next"` with this URL.
    NextLink(String),
    /// Takes the request and never answers. The connection is freed when the client gives up.
    Hang,
    /// Answers status and headers, and never sends the body that they promise.
    HangBody,
    /// Sends the true document one byte at a time, with this pause (of real time) before each, and blanks for ever
    /// after it.
    Drip(Duration),
    /// This many blanks in front of the true document, without a `Content-Length` to warn of it.
    Huge(u64),
    /// As [`Huge`](Self::Huge), with an honest `Content-Length`.
    HugeAnnounced(u64),
    /// The true document behind this many blanks, compressed with gzip and marked so, though no client asked for it:
    /// a few kilobytes that become as much as you like. `Gzip(0)` is harmless but for being compressed.
    Gzip(u64),
    /// Answers 200 with an HTML page, as a captive portal does.
    Garbage,
    /// Answers 200 with exactly this text as JSON, and without anything to validate or cache it by.
    Body(String),
    /// Answers 200 with a document that is sound and empty: `{"keys":[]}`, or `{}` for metadata.
    Empty,
    /// Announces the true document's length and closes the connection half-way through.
    Truncated,
    /// Answers 302 to this URL.
    Redirect(String),
    /// Closes the connection instead of answering.
    Close,
}

impl Fault {
    /// Whether what it serves holds the true document, or a part of it.
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

/// An answer that is held back, from [`Issuer::hold_next`](crate::Issuer::hold_next). Its content is fixed when its
/// request arrives, so that an older answer can be delivered after a newer one; what the request changes has changed by
/// then. Dropping this releases it.
#[derive(Debug)]
#[must_use = "an answer is held only as long as this value lives"]
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

    /// Waits until the request has come whose answer this is.
    pub async fn arrived(&self) {
        // The sender lives in the gate, so the channel cannot be closed while we wait.
        let _ = self.gate.arrived.subscribe().wait_for(|is| *is).await;
    }

    /// Lets the answer go.
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
        // As above: the sender outlives this wait.
        let _ = self.open.subscribe().wait_for(|is| *is).await;
    }
}

/// What is to happen at one endpoint.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// One request each, first come first served.
    pub(crate) next: VecDeque<Step>,
    /// All requests after those.
    pub(crate) always: Option<Fault>,
}

#[derive(Debug)]
pub(crate) enum Step {
    Fault(Fault),
    Hold(Arc<Gate>),
}

impl Plan {
    /// What the request that has just arrived gets; `None` is the true answer.
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
