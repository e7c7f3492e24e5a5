//! One request's verdict, without the inner service: what the layer knows, and the order in which it asks.

use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{
    HeaderMap, Method, Request,
    header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN},
};

use super::cookie::{CookieHalf, SessionOutcome, SessionWait, WayOut};
use super::{
    Found, RequestHead,
    caller::{set_anonymous, set_verified},
    challenge::Challenges,
    credentials::{BearerHeader, CredentialFinder, Glance},
};
use crate::{
    base::telemetry::Metrics,
    bearer::verifier::{Judgement, Patience, Verifier},
    claims::{ClaimType, Verified},
    error::{AuthError, CredentialsError, SessionError, TokenError, TokenErrorKind},
    keys::KeyWait,
    rules::{Require, RouteRules},
};

/// What a layer was told to do.
#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) metrics: Arc<Metrics>,
    /// `None` for [`BearerHeader`].
    pub(crate) finder: Option<Arc<dyn CredentialFinder>>,
    pub(crate) cookies: CookieHalf,
    pub(crate) rules: Option<RouteRules>,
    pub(crate) extra: Option<&'static ClaimType>,
    pub(crate) is_optional: bool,
    pub(crate) allows_preflight: bool,
    pub(super) challenges: Challenges,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("rules", &self.rules)
            .field("is_optional", &self.is_optional)
            .field("allows_preflight", &self.allows_preflight)
            .field("realm", &self.challenges.realm())
            .finish_non_exhaustive()
    }
}

/// What to do with a request.
pub(crate) enum Decision {
    /// Call the inner service: the extensions say who is calling.
    Pass,
    Refuse(AuthError),
    /// Wait, then decide again.
    Wait(Wait),
}

/// One look at a request.
pub(crate) struct Look {
    pub(crate) patience: Patience,
    /// What came of the wait for its session, where it was waited for.
    pub(crate) session: Option<SessionOutcome>,
}

impl Look {
    pub(crate) const FIRST: Self = Self {
        patience: Patience::MayWait,
        session: None,
    };
    /// Of one that has waited. Only requests without a token wait for sessions, and their headers do not change meanwhile.
    pub(crate) const LAST: Self = Self {
        patience: Patience::Now,
        session: None,
    };
}

/// What a request waits for.
pub(crate) enum Wait {
    /// The key of its token.
    Key(KeyWait),
    /// Its session, to be refreshed or fetched.
    #[cfg_attr(not(feature = "sign-in"), allow(dead_code, reason = "no session then"))]
    Session(SessionWait),
}

impl Wait {
    /// Ready with the next look.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Look> {
        Poll::Ready(match self {
            Self::Key(wait) => {
                ready!(wait.as_mut().poll(context));
                Look::LAST
            }
            Self::Session(wait) => Look {
                session: Some(ready!(wait.as_mut().poll(context))),
                ..Look::LAST
            },
        })
    }
}

impl Options {
    /// Decides, and on [`Decision::Pass`] leaves the caller in the request's extensions. Beside it, what the answer must carry.
    // Everything that a request with a known token passes through is inlined, and nothing else: what is handed on between
    // these functions is hundreds of bytes, and none of it is ever written for such a request.
    #[inline(always)]
    pub(crate) fn decide<B>(&self, request: &mut Request<B>, look: Look) -> (Decision, WayOut) {
        let mut way_out = WayOut::default();
        let decision = self.decide_for(request, look, &mut way_out);
        (decision, way_out)
    }

    #[inline(always)]
    fn decide_for<B>(
        &self,
        request: &mut Request<B>,
        look: Look,
        way_out: &mut WayOut,
    ) -> Decision {
        if self.allows_preflight && is_preflight(request.method(), request.headers()) {
            return self.pass_anonymous(request);
        }
        // Borrowed from the table, which outlives the request; the request itself must stay free to be changed.
        let require = match &self.rules {
            None => None,
            Some(rules) => match rules.require_for(request.method(), request.uri().path()) {
                Ok(require) => Some(require),
                Err(denied) => return Decision::Refuse(denied.into()),
            },
        };
        let is_public = require.is_some_and(Require::is_public);
        let Look { patience, session } = look;
        // A public route has no use for credentials that cannot be judged at once.
        let patience = if is_public { Patience::Now } else { patience };
        let caller = match self.authenticate(request, patience, session, way_out) {
            Ok(caller) => caller,
            Err(Pending::Wait(wait)) => return Decision::Wait(wait),
            Err(Pending::Refuse(_)) if is_public => return self.pass_anonymous(request),
            Err(Pending::Refuse(error))
                if is_over(&error) && self.authorize(require, None).is_ok() =>
            {
                return self.pass_anonymous(request);
            }
            Err(Pending::Refuse(error)) => return Decision::Refuse(error),
        };
        if let Err(error) = self.authorize(require, caller.as_ref()) {
            return Decision::Refuse(error);
        }
        match caller {
            None => self.pass_anonymous(request),
            Some(verified) => {
                self.metrics.authenticated();
                set_verified(request.extensions_mut(), verified);
                Decision::Pass
            }
        }
    }

    #[inline(never)]
    fn pass_anonymous<B>(&self, request: &mut Request<B>) -> Decision {
        self.metrics.anonymous();
        set_anonymous(request.extensions_mut());
        Decision::Pass
    }

    /// Who is calling: `None` where there are no credentials of ours.
    #[inline(always)]
    fn authenticate<B>(
        &self,
        request: &Request<B>,
        patience: Patience,
        session: Option<SessionOutcome>,
        way_out: &mut WayOut,
    ) -> Result<Option<Verified>, Pending> {
        let verified = match self.find(RequestHead::of(request), patience)? {
            Known::Caller(verified) => verified,
            Known::OtherScheme => return Ok(None),
            Known::Absent => {
                let by_cookie = self.cookies.authenticate(request, patience, session);
                *way_out = by_cookie.way_out;
                match by_cookie.caller? {
                    Some(verified) => verified,
                    None => return Ok(None),
                }
            }
        };
        let Some(extra) = self.extra else {
            return Ok(Some(verified));
        };
        match verified.with_extra(extra) {
            Some(verified) => Ok(Some(verified)),
            None => {
                let unreadable = TokenError::from(TokenErrorKind::ClaimsUnreadable);
                Err(Pending::Refuse(unreadable.into()))
            }
        }
    }

    /// What the request says of its caller in places other than cookies.
    #[inline(always)]
    fn find(&self, head: RequestHead<'_>, patience: Patience) -> Result<Known, Pending> {
        let found = match &self.finder {
            Some(finder) => finder.find(head),
            None => match BearerHeader::glance(head) {
                Glance::Absent => return Ok(Known::Absent),
                Glance::Unread(bytes) => return self.judge_unread(bytes, patience),
                Glance::Unclear => BearerHeader.find(head),
            },
        };
        match found.map_err(malformed)? {
            Found::Absent => Ok(Known::Absent),
            Found::OtherScheme => Ok(Known::OtherScheme),
            Found::Bearer(token) => self.judge(token.as_bytes(), patience).map(Known::Caller),
        }
    }

    /// The caller by what stands where a token would, before its characters have been looked at: of a token that is known to
    /// the letter, or that is found to be one, they need not be. Where that leads to a refusal which says nothing of them,
    /// they decide whether the token is bad or the request.
    #[inline(always)]
    fn judge_unread(&self, bytes: &[u8], patience: Patience) -> Result<Known, Pending> {
        let refused = match self.judge(bytes, patience) {
            Err(Pending::Refuse(error)) => error,
            verdict => return verdict.map(Known::Caller),
        };
        if !is_beyond_form(&refused) {
            BearerHeader::check(bytes).map_err(malformed)?;
        }
        Err(Pending::Refuse(refused))
    }

    #[inline(always)]
    fn judge(&self, token: &[u8], patience: Patience) -> Result<Verified, Pending> {
        match self.verifier.judge(token, patience) {
            Judgement::Accepted(verified) => Ok(verified),
            Judgement::Refused(error) => Err(Pending::Refuse(error)),
            Judgement::Wait(wait) => Err(Pending::Wait(Wait::Key(wait))),
        }
    }

    /// Whether the caller may: by the rule where there is a table, else by being somebody.
    #[inline]
    fn authorize(
        &self,
        require: Option<&Require>,
        caller: Option<&Verified>,
    ) -> Result<(), AuthError> {
        match (require, caller) {
            (Some(require), Some(caller)) => Ok(require.check(caller)?),
            (None, Some(_)) => Ok(()),
            (Some(require), None) if require.is_public() => Ok(()),
            (None, None) if self.is_optional => Ok(()),
            (_, None) => Err(AuthError::missing_credentials()),
        }
    }
}

/// What a request says of its caller in places other than cookies.
enum Known {
    Caller(Verified),
    OtherScheme,
    Absent,
}

/// What the cookie half of the layer has to say of a request.
pub(crate) struct ByCookie {
    /// `None` where there is no session.
    pub(crate) caller: Result<Option<Verified>, Pending>,
    pub(crate) way_out: WayOut,
}

/// Why it cannot be said at once who is calling.
pub(crate) enum Pending {
    Refuse(AuthError),
    Wait(Wait),
}

fn malformed(error: CredentialsError) -> Pending {
    Pending::Refuse(error.into())
}

/// Whether a session is over. Browsers send its cookie of themselves, so this is nobody rather than somebody with something bad.
fn is_over(error: &AuthError) -> bool {
    error.session_error().is_some_and(SessionError::is_final)
}

/// Whether every character of the token was looked at before it was refused.
fn is_beyond_form(error: &AuthError) -> bool {
    (error.token_error()).is_some_and(|error| error.kind().is_beyond_form())
}

/// A CORS preflight (Fetch standard, "CORS-preflight request"): OPTIONS with both headers. A plain OPTIONS is none.
fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}
