//! The layer and its options.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use tower_layer::Layer;

use super::{
    AuthService, CredentialFinder, EmptyBody, Refusal,
    challenge::{DEFAULT_REALM, quotable},
    credentials::CookieAware,
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
                finder: None,
                removes_authorization: false,
                on_rejection: None,
                user_id_field: None,
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

    /// Looks for credentials elsewhere than in the `Authorization` header. A token from a cookie is
    /// held to a same-origin check: see [`Credential::Cookie`](super::Credential::Cookie).
    pub fn credentials(mut self, finder: impl CredentialFinder) -> Self {
        let finder: Arc<dyn CredentialFinder> = Arc::new(CookieAware(finder));
        self.options.finder = Some(Arc::clone(&finder));
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
    /// `Access-Control-Request-Method`. Needed only if the CORS layer is inside this one. With
    /// [`rules`](Self::rules), a preflight of a path that no rule names is rejected.
    pub fn allow_preflight(mut self) -> Self {
        self.options.allows_preflight = true;
        self
    }

    /// Removes the `Authorization` header from every request that the layer forwards, so that the
    /// inner service, such as a reverse proxy, cannot pass the token on by accident. Default: the
    /// header stays. [`bearer_token`](super::bearer_token) still returns the caller's token.
    pub fn remove_authorization(mut self) -> Self {
        self.options.removes_authorization = true;
        self
    }

    /// Calls `hook` once for each rejection that the layer writes: its own, and those of guards,
    /// extractors and handlers inside. For audit logs. Default: none.
    ///
    /// The hook runs within the request: it must be quick, and must not block.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::sync::{Arc, Mutex};
    ///
    /// use http::{Request, Response};
    /// use okta_tower::{Okta, Require, Verified, auth::Refusal};
    /// use okta_tower_test::Issuer;
    /// use tower::{ServiceBuilder, ServiceExt, service_fn};
    ///
    /// let audit = Arc::new(Mutex::new(Vec::new()));
    /// let hook = {
    ///     let audit = Arc::clone(&audit);
    ///     move |refusal: &Refusal<'_>| {
    ///         let rejected = refusal.rejected();
    ///         audit.lock().unwrap().push(format!(
    ///             "{} {} by {:?}: {}, required {:?}",
    ///             refusal.method(),
    ///             refusal.uri().path(),
    ///             rejected.caller().and_then(Verified::user_id),
    ///             rejected.error().reason(),
    ///             rejected.required(),
    ///         ));
    ///     }
    /// };
    ///
    /// let issuer = Issuer::start().await;
    /// let okta = Okta::builder(issuer.url()).danger().allow_http_on_loopback().start().await?;
    /// let service = ServiceBuilder::new()
    ///     .layer(okta.layer().on_rejection(hook))
    ///     .layer(Require::group("admin").layer())
    ///     .service(service_fn(async |_: Request<String>| {
    ///         Ok::<_, std::convert::Infallible>(Response::new(String::new()))
    ///     }));
    /// let send = |group: &str| {
    ///     let ada = issuer.token().user("ada@example.com").claim("uid", "00u1");
    ///     let token = format!("Bearer {}", ada.groups([group]).sign());
    ///     Request::get("/admin").header("authorization", token).body(String::new())
    /// };
    /// service.clone().oneshot(send("admin")?).await?; // accepted: not reported
    /// service.oneshot(send("sales")?).await?; // 403
    /// assert_eq!(
    ///     *audit.lock().unwrap(),
    ///     [r#"GET /admin by Some("00u1"): group, required Some(any_group(["admin"]))"#]
    /// );
    /// # Ok(()) }
    /// ```
    ///
    /// # Security
    /// User IDs are personal data, and paths may hold secrets. The library itself logs neither.
    pub fn on_rejection(mut self, hook: impl Fn(&Refusal<'_>) + Send + Sync + 'static) -> Self {
        self.options.on_rejection = Some(Arc::new(hook));
        self
    }

    /// Records the caller's user ID in this field of the current `tracing` span, that of the
    /// tracing layer around this one: `record_user_id("user_id")`. Default: no user ID is recorded.
    ///
    /// The span must declare the field, as `tracing::field::Empty`. A service has no user ID, and
    /// leaves the field empty.
    ///
    /// # Security
    /// User IDs are personal data.
    pub fn record_user_id(mut self, field: &'static str) -> Self {
        self.options.user_id_field = Some(field);
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
