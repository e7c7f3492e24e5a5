//! The bearer token as a source of the caller.

use std::{fmt, sync::Arc};

use http::{
    HeaderValue,
    header::{CACHE_CONTROL, VARY},
    response::Parts,
};

use super::verifier::Verifier;
use crate::{
    auth::{
        BearerHeader, Credential, CredentialFinder, RequestHead, origin,
        source::{Completion, Completions, Identified, Source},
    },
    error::{AuthError, SessionError},
};

/// Finds a bearer token and has it verified. Stands after every other source that reads the
/// `Authorization` header: a scheme that no source takes ends the search, unless it is ignored.
#[derive(Clone)]
pub(crate) struct BearerSource {
    verifier: Arc<Verifier>,
    finder: Arc<dyn CredentialFinder>,
    ignores_other_schemes: bool,
}

impl BearerSource {
    pub(crate) fn new(verifier: Arc<Verifier>) -> Self {
        Self {
            verifier,
            finder: Arc::new(BearerHeader),
            ignores_other_schemes: false,
        }
    }

    /// Whether a token from a cookie may authenticate the request.
    fn is_own_origin(&self, request: RequestHead<'_>) -> bool {
        let is_allowed = |origin: &_| self.finder.allows_origin(origin);
        origin::check(request.method, request.headers, |_| false, is_allowed).is_ok()
    }
}

impl Source for BearerSource {
    fn identify(
        &self,
        request: RequestHead<'_>,
        public: bool,
        out: &mut Completions,
    ) -> Identified {
        match self.finder.find(request) {
            Ok(Credential::Absent) => Identified::Absent,
            Ok(Credential::OtherScheme) if self.ignores_other_schemes => Identified::Absent,
            Ok(Credential::OtherScheme) => Identified::Refused(AuthError::other_scheme()),
            Ok(Credential::NoScheme) => Identified::Refused(AuthError::no_scheme()),
            Ok(Credential::Bearer(text)) => Verifier::check(&self.verifier, &text, public),
            Ok(Credential::Cookie(text)) => {
                out.push(Box::new(ByCookie));
                if self.is_own_origin(request) {
                    Verifier::check(&self.verifier, &text, public)
                } else {
                    Identified::Refused(SessionError::CrossOrigin.into())
                }
            }
            Err(malformed) => Identified::Refused(malformed.into()),
        }
    }

    fn with_finder(&self, finder: Arc<dyn CredentialFinder>) -> Option<Arc<dyn Source>> {
        let own = self.clone();
        Some(Arc::new(Self { finder, ..own }))
    }

    fn ignoring_other_schemes(&self) -> Option<Arc<dyn Source>> {
        let own = self.clone();
        Some(Arc::new(Self {
            ignores_other_schemes: true,
            ..own
        }))
    }
}

/// Keeps the response to a token from a cookie out of shared caches: without an `Authorization`
/// header, nothing else tells them that it is for one user (RFC 9111 section 3.5).
struct ByCookie;

impl Completion for ByCookie {
    fn complete(self: Box<Self>, response: &mut Parts, _: Option<&AuthError>) {
        let headers = &mut response.headers;
        headers.append(VARY, HeaderValue::from_static("cookie"));
        let private = HeaderValue::from_static("private, no-store");
        headers.entry(CACHE_CONTROL).or_insert(private);
    }
}

impl fmt::Debug for BearerSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerSource").finish_non_exhaustive()
    }
}
