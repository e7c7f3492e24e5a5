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
    rules::{Require, RouteRules},
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
        // Borrowed from the table, which outlives the request; the request itself must stay free to be changed.
        let require = match &self.rules {
            None => None,
            Some(rules) => match rules.require_for(request.method(), request.uri().path()) {
                Ok(require) => Some(require),
                Err(denied) => return Decision::Refuse(denied.into()),
            },
        };
        let is_public = require.is_some_and(Require::is_public);
        // A public route has no use for credentials that cannot be judged at once.
        let patience = if is_public { Patience::Now } else { patience };
        let caller = match self.authenticate(request, patience) {
            Ok(caller) => caller,
            Err(Pending::Wait(wait)) => return Decision::Wait(wait),
            Err(Pending::Refuse(_)) if is_public => return self.pass_anonymous(request),
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

    /// Whether the caller may: by the rule where there is a table, else by being somebody.
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
