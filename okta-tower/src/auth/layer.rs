//! The layer and its options.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use tower_layer::Layer;

use super::cookie::CookieHalf;
use super::{AuthService, CredentialFinder, EmptyBody, challenge::Challenges, decide::Options};
use crate::{
    base::telemetry::Metrics, bearer::verifier::Verifier, claims::ClaimType, rules::RouteRules,
};

/// Lets requests with a valid access token through and refuses the others. Made by
/// [`Okta::layer`](crate::Okta::layer); see the [module](super) for what it does in which order.
///
/// Cheap to clone.
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is put around a service"]
pub struct AuthLayer<R = EmptyBody> {
    options: Arc<Options>,
    responder: R,
}

impl AuthLayer {
    pub(crate) fn new(verifier: Arc<Verifier>, metrics: Arc<Metrics>, cookies: CookieHalf) -> Self {
        Self {
            options: Arc::new(Options {
                verifier,
                metrics,
                finder: None,
                cookies,
                rules: None,
                extra: None,
                is_optional: false,
                allows_preflight: false,
                challenges: Challenges::DEFAULT.clone(),
            }),
            responder: EmptyBody,
        }
    }
}

impl<R> AuthLayer<R> {
    fn with(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(Arc::make_mut(&mut self.options));
        self
    }

    /// Lets requests without credentials through, with no claims. Bad credentials are still refused; the cookie of a session
    /// that is over counts as none, but with an unsafe request from another origin. Has no effect where there are
    /// [`rules`](Self::rules): they say themselves what is public.
    pub fn optional(self) -> Self {
        self.with(|options| options.is_optional = true)
    }

    /// Reads each token's payload as `C` too, once, for [`Claims<C>`](crate::Claims). A token that does not fit `C` is
    /// refused as `claims_unreadable`; give members that not every token has the type `Option`.
    pub fn claims<C: DeserializeOwned + Send + Sync + 'static>(self) -> Self {
        self.with(|options| options.extra = Some(ClaimType::of::<C>()))
    }

    /// Decides by this table who may call which route. On a route that the table calls public, credentials are used if
    /// they are good and ignored if not.
    ///
    /// # Security
    /// The layer judges the path as it stands in the request that reaches it. Routers that strip a prefix do so before
    /// their inner layers see the request, as Axum's `nest` does. A table of full paths therefore belongs around the
    /// outermost router and nowhere else: inside of `nest("/admin", …)` the path `/admin/users` is `/users` to it, and
    /// meets the rule for that.
    pub fn rules(self, rules: RouteRules) -> Self {
        self.with(|options| options.rules = Some(rules))
    }

    /// Looks for credentials elsewhere than in the `Authorization` header.
    pub fn credentials(self, finder: impl CredentialFinder) -> Self {
        self.with(|options| options.finder = Some(Arc::new(finder)))
    }

    /// Looks at no session cookie: for services that programs alone call. Without sign-in there is none to look at. Feature
    /// `sign-in`.
    #[cfg(feature = "sign-in")]
    pub fn bearer_only(self) -> Self {
        self.with(|options| options.cookies = CookieHalf::default())
    }

    /// Lets CORS preflights through, with no claims: `OPTIONS` with `Origin` and `Access-Control-Request-Method`. Needed
    /// only where the CORS layer is inside this one.
    pub fn allow_preflight(self) -> Self {
        self.with(|options| options.allows_preflight = true)
    }

    /// The `realm` of challenges; `api` unless set. Characters that a quoted string cannot hold are left out.
    pub fn realm(self, realm: &str) -> Self {
        self.with(|options| options.challenges = Challenges::new(realm))
    }

    /// Writes refusals in another way: [`Problem`](super::Problem), [`WithBody`](super::WithBody), or your own
    /// [`Responder`](super::Responder).
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
        AuthService::new(inner, Arc::clone(&self.options), self.responder.clone())
    }
}
