//! Without the feature `sign-in` no cookie is looked at. The same names as in `cookie.rs`, so that nothing else need know.

use std::{convert::Infallible, future::Future, pin::Pin};

use http::{Request, Response};

use super::decide::ByCookie;
use crate::{bearer::verifier::Patience, error::AuthErrorKind};

pub(crate) type SessionOutcome = Infallible;
pub(crate) type SessionWait = Pin<Box<dyn Future<Output = SessionOutcome> + Send>>;

#[derive(Clone, Default)]
pub(crate) struct CookieHalf;

#[derive(Default)]
pub(crate) struct WayOut;

impl CookieHalf {
    pub(crate) fn authenticate<B>(
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
    pub(crate) fn leads_to_sign_in(&self, _: AuthErrorKind) -> bool {
        false
    }

    pub(crate) fn complete<B>(
        &mut self,
        _: &CookieHalf,
        _: &mut Response<B>,
        _: Option<AuthErrorKind>,
    ) {
    }
}
