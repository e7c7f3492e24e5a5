//! Pages for rejections. One for a form that was sent without a session: a link would be redirected
//! to the sign-in, but the sign-in cannot send the form again. One for what a user may not do.

use http::{
    HeaderMap, Response,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};

use super::{context::SignInContext, response};
use crate::browser::{
    pages::{Action, ActionKind, Page, PageKind},
    source::PageRequired,
};

impl SignInContext {
    /// Writes the page, if the session's source asked for it. A text that the application wrote
    /// itself stays.
    pub(super) fn explain_rejection<B: From<Vec<u8>>>(&self, rejection: &mut Response<B>) {
        let required = rejection.extensions_mut().remove::<PageRequired>();
        let Some(required) = required.filter(|_| !is_text(rejection.headers())) else {
            return;
        };
        let page = match required.link {
            Some(link) => {
                let link = Action::link(ActionKind::SignIn, link);
                Page::new(PageKind::SignInRequired, vec![link])
            }
            None => Page::new(PageKind::Forbidden, Vec::new()),
        };
        let page = response::html(page.with_languages(required.languages));
        let (head, body) = response::write(page, &*self.settings.pages).into_parts();
        rejection.headers_mut().remove(CONTENT_LENGTH);
        rejection.headers_mut().extend(head.headers);
        *rejection.body_mut() = body.into_bytes().into();
    }
}

/// Whether a user can read the response.
fn is_text(headers: &HeaderMap) -> bool {
    (headers.get(CONTENT_TYPE)).is_some_and(|value| value.as_bytes().starts_with(b"text/"))
}
