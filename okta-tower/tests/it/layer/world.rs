//! An issuer, an `Okta` that trusts it, the clock that both live by, and a service that says whom it was called by.

use std::convert::Infallible;

use bytes::Bytes;
use http::{
    HeaderMap, Request, Response, StatusCode,
    header::{AUTHORIZATION, WWW_AUTHENTICATE},
    request::Builder,
};
use http_body::Body as _;
use http_body_util::{BodyExt, Full};
use okta_tower::{AuthError, Okta, OktaBuilder, auth};
use okta_tower_test::{Endpoint, Fault, Issuer, ManualClock, TokenBuilder};
use tower::{Service, ServiceExt};

use crate::world::challenge::{self, Challenge};

pub(crate) type Body = Full<Bytes>;

pub(crate) struct World {
    pub(crate) issuer: Issuer,
    pub(crate) clock: ManualClock,
    pub(crate) okta: Okta,
}

impl World {
    /// With the issuer's keys loaded.
    pub(crate) async fn start() -> Self {
        let (issuer, clock) = issuer().await;
        let okta = settings(&issuer, &clock).start().await.unwrap();
        Self {
            issuer,
            clock,
            okta,
        }
    }

    /// With an issuer that does not answer: no keys.
    pub(crate) async fn start_without_keys() -> Self {
        let (issuer, clock) = issuer().await;
        issuer.fault_everywhere(&Fault::Status(StatusCode::SERVICE_UNAVAILABLE));
        let okta = settings(&issuer, &clock).start_lazy().unwrap();
        issuer.wait_for_requests(Endpoint::Keys, 1).await;
        Self {
            issuer,
            clock,
            okta,
        }
    }

    /// A good token, to be made worse.
    pub(crate) fn token(&self) -> TokenBuilder {
        self.issuer.token().user("ada@example.com")
    }
}

async fn issuer() -> (Issuer, ManualClock) {
    let clock = ManualClock::new();
    let issuer = Issuer::builder()
        .clock(clock.clone())
        .start()
        .await
        .unwrap();
    (issuer, clock)
}

pub(crate) fn settings(issuer: &Issuer, clock: &ManualClock) -> OktaBuilder {
    Okta::builder(issuer.url())
        .audience(issuer.audience())
        .clock(clock.clone())
        .danger()
        .allow_http_on_loopback()
}

/// Says who calls, or that nobody does.
pub(crate) async fn who(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let name = match auth::caller(request.extensions()) {
        Ok(Some(caller)) => format!("hello {}", caller.subject()),
        Ok(None) => "hello nobody".to_owned(),
        Err(_) => "no layer".to_owned(),
    };
    Ok(Response::new(name.into()))
}

/// The beginning of a GET with a bearer token.
pub(crate) fn with(token: &str) -> Builder {
    Request::get("/").header(AUTHORIZATION, format!("Bearer {token}"))
}

pub(crate) fn to(uri: &str, token: &str) -> Builder {
    with(token).uri(uri)
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    /// Whether the head alone ends the response, as gRPC's "Trailers-Only" must.
    pub(crate) is_head_only: bool,
    pub(crate) error: Option<AuthError>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next()?;
        assert!(values.next().is_none(), "{name} twice");
        Some(first.to_str().unwrap())
    }

    /// The challenge: at most one, read strictly.
    pub(crate) fn challenge(&self) -> Option<Challenge> {
        let field = self.header(WWW_AUTHENTICATE.as_str())?;
        let mut challenges =
            challenge::parse(field).unwrap_or_else(|error| panic!("{field}: {error}"));
        assert_eq!(challenges.len(), 1, "{field}");
        let challenge = challenges.remove(0);
        assert!(challenge.is_bearer(), "{field}");
        Some(challenge)
    }

    /// The exact reason in the extensions.
    pub(crate) fn reason(&self) -> Option<&'static str> {
        self.error.as_ref().map(AuthError::reason)
    }

    /// Everything that the caller sees, to be searched.
    pub(crate) fn visible(&self) -> String {
        format!("{} {:?} {}", self.status, self.headers, self.body)
    }
}

/// Asks the service, as a server would: ready first.
pub(crate) async fn ask<S>(service: &S, request: Builder) -> Answer
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone,
{
    let Ok(response) = (service.clone())
        .oneshot(request.body(Body::default()).unwrap())
        .await;
    let (head, body) = response.into_parts();
    let is_head_only = body.is_end_stream();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer {
        status: head.status,
        headers: head.headers,
        body: String::from_utf8(bytes.to_vec()).unwrap(),
        is_head_only,
        error: head.extensions.get::<AuthError>().cloned(),
    }
}
