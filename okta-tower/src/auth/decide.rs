//! One request's verdict, without the inner service: what the layer knows, and the order in which it asks.

use std::{fmt, sync::Arc};

use http::{
    HeaderMap, Method, Request,
    header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN},
};

use super::{
    Found, RequestHead,
    caller::{set_anonymous, set_verified},
    credentials::CredentialFinder,
};
use crate::{
    claims::{ExtraKind, Verified},
    error::{AuthError, TokenError, TokenErrorKind},
    keys::KeyWait,
    rules::RouteRules,
    telemetry::Metrics,
    verifier::{Judgement, Patience, Verifier},
};

/// What a layer was told to do.
#[derive(Clone)]
pub(super) struct Options {
    pub(super) verifier: Arc<Verifier>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) finder: Arc<dyn CredentialFinder>,
    pub(super) rules: Option<RouteRules>,
    pub(super) extra: Option<ExtraKind>,
    pub(super) is_optional: bool,
    pub(super) allows_preflight: bool,
    pub(super) realm: Arc<str>,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("rules", &self.rules)
            .field("is_optional", &self.is_optional)
            .field("allows_preflight", &self.allows_preflight)
            .field("realm", &self.realm)
            .finish_non_exhaustive()
    }
}

/// What to do with a request.
pub(super) enum Decision {
    /// Call the inner service: the extensions say who is calling.
    Pass,
    Refuse(AuthError),
    /// Wait, then decide again.
    Wait(KeyWait),
}

impl Options {
    /// Decides, and on [`Decision::Pass`] leaves the caller in the request's extensions.
    pub(super) fn decide<B>(&self, request: &mut Request<B>, patience: Patience) -> Decision {
        if self.allows_preflight && is_preflight(request.method(), request.headers()) {
            return self.pass_anonymous(request);
        }
        let is_public = self.rules.as_ref().is_some_and(|rules| {
            rules.is_public(request.method(), request.uri().path())
        });
        // A public route has no use for credentials that cannot be judged at once.
        let patience = if is_public { Patience::Now } else { patience };
        match self.authenticate(request, patience) {
            Err(Pending::Wait(wait)) => Decision::Wait(wait),
            Err(Pending::Refuse(_)) if is_public => self.pass_anonymous(request),
            Err(Pending::Refuse(error)) => Decision::Refuse(error),
            Ok(None) => match self.authorize(request, None) {
                Ok(()) => self.pass_anonymous(request),
                Err(error) => Decision::Refuse(error),
            },
            Ok(Some(verified)) => match self.authorize(request, Some(&verified)) {
                Ok(()) => {
                    self.metrics.authenticated();
                    set_verified(request.extensions_mut(), verified);
                    Decision::Pass
                }
                Err(error) => Decision::Refuse(error),
            },
        }
    }

    fn pass_anonymous<B>(&self, request: &mut Request<B>) -> Decision {
        self.metrics.anonymous();
        set_anonymous(request.extensions_mut());
        Decision::Pass
    }

    /// Who is calling: `None` where there are no credentials of ours.
    fn authenticate<B>(
        &self,
        request: &Request<B>,
        patience: Patience,
    ) -> Result<Option<Verified>, Pending> {
        let found = (self.finder.find(RequestHead::of(request)))
            .map_err(|error| Pending::Refuse(error.into()))?;
        let token = match found {
            Found::Absent | Found::OtherScheme => return Ok(None),
            Found::Bearer(token) => token,
        };
        let verified = match self.verifier.judge(&token, patience) {
            Judgement::Accepted(verified) => verified,
            Judgement::Refused(error) => return Err(Pending::Refuse(error)),
            Judgement::Wait(wait) => return Err(Pending::Wait(wait)),
        };
        if self.extra.is_some_and(|extra| !verified.ensure_extra(extra)) {
            let unreadable = TokenError::from(TokenErrorKind::ClaimsUnreadable);
            return Err(Pending::Refuse(unreadable.into()));
        }
        Ok(Some(verified))
    }

    /// Whether the caller may: by the rules where there are any, else by being somebody.
    fn authorize<B>(&self, request: &Request<B>, caller: Option<&Verified>) -> Result<(), AuthError> {
        match &self.rules {
            Some(rules) => rules.check(request.method(), request.uri().path(), caller),
            None if caller.is_none() && !self.is_optional => Err(AuthError::missing_credentials()),
            None => Ok(()),
        }
    }
}

enum Pending {
    Refuse(AuthError),
    Wait(KeyWait),
}

/// A CORS preflight (Fetch standard, "CORS-preflight request"): OPTIONS with both headers. A plain OPTIONS is none.
fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}
