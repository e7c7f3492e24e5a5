//! One request's decision, without the inner service: the order in which the layer asks.

use std::{fmt, sync::Arc};

use http::{
    HeaderMap, HeaderValue, Method, Request,
    header::{ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, ORIGIN},
};

use super::{
    caller::{TokenPlace, set_anonymous, set_verified},
    credentials::{CredentialFinder, RequestHead},
    marker::Rejected,
    refusal::Refusal,
    source::{Completions, Identified, PendingOutcome, Source},
};
use crate::{
    base::telemetry::Metrics,
    claims::{ClaimType, Verified},
    error::AuthError,
    rules::{Require, RouteRules},
};

/// What a layer is configured with.
#[derive(Clone)]
pub(super) struct LayerOptions {
    /// Asked in order; the first that is not absent decides.
    pub(super) sources: Vec<Arc<dyn Source>>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) rules: Option<RouteRules>,
    pub(super) claim_type: Option<&'static ClaimType>,
    pub(super) is_optional: bool,
    pub(super) allows_preflight: bool,
    pub(super) realm: Arc<str>,
    /// The application's finder of credentials, if it has one.
    pub(super) finder: Option<Arc<dyn CredentialFinder>>,
    pub(super) removes_authorization: bool,
    pub(super) on_rejection: Option<Arc<RejectionHook>>,
    /// The field of the request's span that takes the user ID.
    pub(super) user_id_field: Option<&'static str>,
}

/// What an application does with a rejection, besides the response.
pub(super) type RejectionHook = dyn Fn(&Refusal<'_>) + Send + Sync;

impl fmt::Debug for LayerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LayerOptions")
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
    Forward,
    Reject(Rejected),
    /// Wait for the outcome, then ask [`LayerOptions::admit`] with this requirement.
    Wait(PendingOutcome, Option<Require>),
}

impl LayerOptions {
    /// Decides, and on [`Decision::Forward`] leaves the caller in the request's extensions.
    pub(super) fn decide<B>(
        &self,
        request: &mut Request<B>,
        completions: &mut Completions,
    ) -> Decision {
        if self.allows_preflight && is_preflight(request.method(), request.headers()) {
            return self.forward_preflight(request);
        }
        let required = match &self.rules {
            None => None,
            Some(rules) => match rules.require_for(request.method(), request.uri().path()) {
                Ok(required) => Some(required),
                Err(denied) => return Decision::Reject(Rejected::new(denied)),
            },
        };
        let is_public = required.is_some_and(Require::is_public);
        let caller = match self.identify(RequestHead::of(request), is_public, completions) {
            Identified::Caller(caller) => Ok(caller),
            Identified::Refused(error) => Err(error),
            Identified::Absent => Err(AuthError::missing_credentials()),
            Identified::Pending(outcome) => return Decision::Wait(outcome, required.cloned()),
        };
        match self.admit(request, required, caller) {
            Ok(()) => Decision::Forward,
            Err(rejected) => Decision::Reject(rejected),
        }
    }

    fn identify(
        &self,
        request: RequestHead<'_>,
        is_public: bool,
        completions: &mut Completions,
    ) -> Identified {
        for source in &self.sources {
            match source.identify(request, is_public, completions) {
                Identified::Absent => {}
                found => return found,
            }
        }
        Identified::Absent
    }

    /// Holds an identified caller against what is required, and leaves the caller in the request's
    /// extensions.
    pub(super) fn admit<B>(
        &self,
        request: &mut Request<B>,
        required: Option<&Require>,
        caller: Result<Verified, AuthError>,
    ) -> Result<(), Rejected> {
        match caller.and_then(|caller| self.with_claim_type(caller)) {
            Ok(caller) => {
                if let Some(Err(denied)) = required.map(|required| required.check(&caller)) {
                    let rejected = Rejected::new(denied).with_caller(caller);
                    return Err(rejected.with_required(required.cloned()));
                }
                self.metrics.authenticated();
                if let (Some(field), Some(user_id)) = (self.user_id_field, caller.user_id()) {
                    tracing::Span::current().record(field, user_id);
                }
                set_verified(request.extensions_mut(), caller);
                if self.removes_authorization || self.finder.is_some() {
                    self.set_token_place(request);
                }
                Ok(())
            }
            Err(error) if self.allows_anonymous(required, &error) => {
                self.forward_anonymous(request);
                Ok(())
            }
            Err(error) => Err(Rejected::new(error).with_required(required.cloned())),
        }
    }

    /// A public route ignores credentials that are not valid. An optional layer still rejects them,
    /// but takes an absent credential or an ended session for an anonymous caller.
    fn allows_anonymous(&self, required: Option<&Require>, error: &AuthError) -> bool {
        match required {
            Some(required) => required.is_public(),
            None => self.is_optional && error.is_absence(),
        }
    }

    /// Reads the claims as the layer's claim type, if it has one.
    fn with_claim_type(&self, caller: Verified) -> Result<Verified, AuthError> {
        match self.claim_type {
            Some(claim_type) => caller.read(claim_type),
            None => Ok(caller),
        }
    }

    /// A preflight has no credentials. It passes where a rule names the path, whatever the method:
    /// the answer to it says which methods there are.
    fn forward_preflight<B>(&self, request: &mut Request<B>) -> Decision {
        let path = request.uri().path();
        if let Some(Err(denied)) = self.rules.as_ref().map(|rules| rules.check_path(path)) {
            return Decision::Reject(Rejected::new(denied));
        }
        self.forward_anonymous(request);
        Decision::Forward
    }

    /// Says where the caller's token is, which is then no longer in the header.
    fn set_token_place<B>(&self, request: &mut Request<B>) {
        let place = TokenPlace {
            finder: self.finder.clone(),
            removed: self.remove_authorization(request),
        };
        request.extensions_mut().insert(place);
    }

    fn remove_authorization<B>(&self, request: &mut Request<B>) -> Option<HeaderValue> {
        let headers = request.headers_mut();
        (self.removes_authorization).then(|| headers.remove(AUTHORIZATION))?
    }

    fn forward_anonymous<B>(&self, request: &mut Request<B>) {
        self.metrics.anonymous();
        self.remove_authorization(request);
        set_anonymous(request.extensions_mut());
    }
}

/// A CORS preflight (Fetch standard, "CORS-preflight request") is `OPTIONS` with both headers.
fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}
