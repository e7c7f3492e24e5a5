//! Pages for frameworks: the order of layers, who answers first, and what becomes of streams when a token expires.
//!
//! Axum has extractors and a page of its own, in the crate `okta-tower-axum`. Each of these pages has a running example beside
//! it, and its code stands there word for word.
//!
//! | | |
//! |---|---|
//! | [`tonic`] | gRPC: rules for each method, refusals as statuses, gRPC-Web |
//! | [`warp`] | the layer around Warp's filters, or filters inside the layer |
//! | [`hyper`] | any `Service<http::Request<B>>`, served over HTTP/1 and HTTP/2 |
//!
//! # The order of layers
//!
//! ```text
//! request ─▶ tracing ─▶ CORS ─▶ limits ─▶ okta.layer() ─▶ guards ─▶ translation ─▶ your service
//! ```
//!
//! - **Tracing outside.** Refusals are what one looks for in a log, and inside of this layer there are none. The reason
//!   stands in the response's extensions as an [`AuthError`](crate::AuthError), and holds nothing of the token. There is
//!   no choice, either: this layer makes answers of `B: Default`, and the bodies of tracing layers are not.
//! - **CORS outside.** A preflight carries no token and must not be asked for one. And a refusal must carry CORS headers too, or
//!   the script that was refused sees a network error and not a 401. Expose `WWW-Authenticate` to it (for gRPC-Web `grpc-status` and
//!   `grpc-message` as well). Where CORS must be inside, there is
//!   [`allow_preflight`](crate::auth::AuthLayer::allow_preflight).
//! - **Limits** on how much strangers may ask stand outside; limits on how much work is done at once may stand inside, where only
//!   callers take up places. A request that waits for a key takes none.
//! - **What changes the path outside**, such as a layer that takes slashes away: rules must see the path that the router
//!   sees. They read a path in every way that they know of, and refuse it where two ways lead to different rules.
//! - **What reads or translates the body inside**: nothing is done for a caller who is refused.
//!
//! # 404 before 401, or after
//!
//! Who answers first where there is no route? Either order is safe, and says something else to a stranger:
//!
//! | | the layer first, with [`rules`](crate::auth::AuthLayer::rules) | the router first |
//! |---|---|---|
//! | how | around the outermost service | on the routes alone (Axum's `route_layer`, Warp's filters, the arms of a `match`) |
//! | no such route | 401, or 403 where no rule names it | 404 |
//! | wrong method | 401 or 403 | 405 |
//! | a route that somebody forgot to guard | closed | open |
//! | a stranger learns what routes there are | no | yes |
//!
//! Take the first where nothing may be forgotten, the second where people type addresses. In the first, a rule
//! `.at("/{*any}", Require::public())` leaves everything that has no rule of its own to the router, and with it goes the promise
//! of the last but one row.
//!
//! # Streams that outlive their token
//!
//! A request is judged once, when its head arrives. A stream, a WebSocket, a long poll goes on; a token that was good for an
//! hour has then opened something that may stay open for a week. [`Okta::expired`](crate::Okta::expired) is the wait for the
//! moment from which the same token would be refused, leeway included. Race the stream against it, and end it in the
//! protocol's own way:
//!
//! | | end it with | because |
//! |---|---|---|
//! | gRPC | status 16, `UNAUTHENTICATED` | the end of a stream without an error means that this was all |
//! | server-sent events, long polls | the end of the body | whoever reads connects anew, and is answered 401 |
//! | WebSocket | close code 3000 (unauthorized) | the same; where clients send a new token as a message, judge it with [`Okta::verify`](crate::Okta::verify) and start a new wait |
//! | an upload, a client's stream | an error, and nothing more read | what came before the end has been accepted |
//!
//! Clients then fetch a token and call again, best before the old one ends. For a session the wait is for the end that it has
//! when the request is judged: a stream is no use of it. A token that Okta revokes is not noticed by the wait, as it is not
//! noticed by requests: where that matters, keep tokens short.
//!
//! Tests need not wait: the wait goes by the [`Clock`](crate::Clock) that the application has, and `okta-tower-test`'s is moved by
//! hand.

#[doc = include_str!("hyper.md")]
pub mod hyper {}
#[doc = include_str!("tonic.md")]
pub mod tonic {}
#[doc = include_str!("warp.md")]
pub mod warp {}
