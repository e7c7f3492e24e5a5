//! Without the feature `sign-in` no cookie is looked at. The same names as in `cookie.rs`, so that nothing else need know.

use std::{convert::Infallible, future::Future, pin::Pin};

use http::{Request, Response};

use super::decide::ByCookie;
use crate::{error::AuthErrorKind, verifier::Patience};

pub(super) type SessionOutcome = Infallible;
pub(super) type SessionWait = Pin<Box<dyn Future<Output = SessionOutcome> + Send>>;

#[derive(Clone, Default)]
pub(crate) struct CookieHalf;

#[derive(Default)]
pub(super) struct WayOut;

impl CookieHalf {
    pub(super) fn authenticate<B>(
        &self,
        _: &Request<B>,
        _: Patience,
        _: Option<SessionOutcome>,
    ) -> ByCookie {
        ByCookie {
            caller: Ok(None),
            way_out: WayOut,
        }
    }
}

impl WayOut {
    pub(super) fn leads_to_sign_in(&self, _: AuthErrorKind) -> bool {
        false
    }

    pub(super) fn complete<B>(
        &mut self,
        _: &CookieHalf,
        _: &mut Response<B>,
        _: Option<AuthErrorKind>,
    ) {
    }
}
