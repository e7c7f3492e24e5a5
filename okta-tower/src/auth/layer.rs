//! The layer and its options.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use tower_layer::Layer;

use super::{
    AuthService, CredentialFinder, EmptyBody,
    challenge::{DEFAULT_REALM, quotable},
    decide::LayerOptions,
    source::Source,
};
use crate::{base::telemetry::Metrics, claims::ClaimType, rules::RouteRules};

/// Forwards requests of authenticated callers and rejects the others. Made by
/// [`Okta::layer`](crate::Okta::layer); the [module](super) says what it does in which order.
///
/// Cheap to clone.
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is put around a service"]
pub struct AuthLayer<R = EmptyBody> {
    options: LayerOptions,
    responder: R,
}

impl AuthLayer {
    /// `sources` are asked in order.
    pub(crate) fn new(sources: Vec<Arc<dyn Source>>, metrics: Arc<Metrics>) -> Self {
        Self {
            options: LayerOptions {
                sources,
                metrics,
                rules: None,
                claim_type: None,
                is_optional: false,
                allows_preflight: false,
                realm: DEFAULT_REALM.into(),
            },
            responder: EmptyBody,
        }
    }
}

impl<R> AuthLayer<R> {
    /// Forwards requests without credentials too, with no claims. Bad credentials are still
    /// rejected. The cookie of an ended session counts as no credentials, except for an unsafe
    /// request from another origin. Has no effect if there are [`rules`](Self::rules): they say
    /// themselves what is public.
    pub fn optional(mut self) -> Self {
        self.options.is_optional = true;
        self
    }

    /// Reads each token's payload as `C` too, once, for [`Claims<C>`](crate::Claims). A token that
    /// does not fit `C` is rejected as `claims_unreadable`, a session with 403 as
    /// `session_claims_unreadable`; give members that not every token has the type `Option`.
    pub fn claims<C: DeserializeOwned + Send + Sync + 'static>(mut self) -> Self {
        self.options.claim_type = Some(ClaimType::of::<C>());
        self
    }

    /// Decides by this table who may call which route. On a route that the table calls public,
    /// credentials are used if they are valid and ignored if not.
    ///
    /// # Security
    /// The layer sees the path as it stands in the request that reaches it. Routers that strip a
    /// prefix do so before their inner layers see the request, as Axum's `nest` does. A table of
    /// full paths therefore belongs around the outermost router and nowhere else: inside of
    /// `nest("/admin", …)` the path `/admin/users` is `/users` to it, and meets the rule for that.
    pub fn rules(mut self, rules: RouteRules) -> Self {
        self.options.rules = Some(rules);
        self
    }

    /// Looks for credentials elsewhere than in the `Authorization` header.
    pub fn credentials(mut self, finder: impl CredentialFinder) -> Self {
        let finder: Arc<dyn CredentialFinder> = Arc::new(finder);
        self.replace_sources(|source| source.with_finder(Arc::clone(&finder)));
        self
    }

    /// Takes credentials of another scheme than `Bearer` for absent: the session cookie then
    /// decides. For a proxy in front that forwards its own `Authorization: Basic`. Default: such a
    /// request gets 401, whatever its cookie is.
    ///
    /// # Security
    /// `Bearer` still decides over the cookie, two `Authorization` fields are still rejected, and
    /// the cookie is still held to the same-origin check.
    pub fn ignore_other_schemes(mut self) -> Self {
        self.replace_sources(|source| source.ignoring_other_schemes());
        self
    }

    fn replace_sources(&mut self, other: impl Fn(&dyn Source) -> Option<Arc<dyn Source>>) {
        for source in &mut self.options.sources {
            if let Some(other) = other(&**source) {
                *source = other;
            }
        }
    }

    /// Forwards CORS preflights, with no claims: `OPTIONS` with `Origin` and
    /// `Access-Control-Request-Method`. Needed only if the CORS layer is inside this one.
    pub fn allow_preflight(mut self) -> Self {
        self.options.allows_preflight = true;
        self
    }

    /// Sets the `realm` of challenges; `api` by default. Characters that a quoted string cannot
    /// hold are left out.
    pub fn realm(mut self, realm: &str) -> Self {
        self.options.realm = quotable(realm).into();
        self
    }

    /// Drops the sources that read cookies.
    pub(crate) fn without_cookies(mut self) -> Self {
        self.options
            .sources
            .retain(|source| !source.reads_cookies());
        self
    }

    /// Writes rejections in another way: [`Problem`](super::Problem),
    /// [`WithBody`](super::WithBody), a closure, or your own [`Responder`](super::Responder).
    pub fn responder<R2>(self, responder: R2) -> AuthLayer<R2> {
        AuthLayer {
            options: self.options,
            responder,
        }
    }
}

impl<S, R: Clone> Layer<S> for AuthLayer<R> {
    type Service = AuthService<S, R>;

    fn layer(&self, inner: S) -> AuthService<S, R> {
        AuthService::new(inner, self.options.clone(), self.responder.clone())
    }
}
