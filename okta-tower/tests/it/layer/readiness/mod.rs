//! The contract of `poll_ready`: the inner service that was polled ready is the one that is called,
//! at once or after a wait, with all kinds of bodies and services.

mod kinds;
mod limits;
mod picky;

use okta_tower::{
    Okta, Verified,
    auth::{AuthLayer, AuthService, EmptyBody, Problem, ResponseFuture},
};

use self::picky::Picky;

const fn is_send<T: Send>() {}
const fn is_send_sync_clone<T: Send + Sync + Clone>() {}

/// The test is that this compiles: the future is `Send` if its parts are, and bodies need not be
/// `Sync`.
#[allow(dead_code, reason = "the compiler is who reads it")]
const fn futures_are_send_when_their_parts_are<F: Send, S: Send, B: Send, R: Send + Sync>() {
    is_send::<ResponseFuture<F, S, B, R>>();
}

const _: () = {
    is_send_sync_clone::<Okta>();
    is_send_sync_clone::<Verified>();
    is_send_sync_clone::<AuthLayer<EmptyBody>>();
    is_send_sync_clone::<AuthLayer<Problem>>();
    is_send_sync_clone::<AuthService<Picky, Problem>>();
};
