//! HEAD (RFC 9110 section 9.3.2): the response to GET without its content and without an effect.
//! Link checkers, mail filters and chat programs send it with every address that they find.

use http::HeaderMap;

use super::{
    context::SignInContext,
    response::{self, PageResponse},
    route::Route,
};

impl SignInContext {
    /// Answers HEAD where GET is allowed. No attempt starts, no code is redeemed, no session ends:
    /// the redirects are those of a GET that succeeds.
    pub(super) async fn head(&self, route: Route, headers: &HeaderMap) -> PageResponse {
        let settings = &self.settings;
        match route {
            Route::Session => self.session(headers).await,
            Route::LogoutReturn => self.returned("", &HeaderMap::new()).await,
            Route::Confirm => {
                response::redirect(&self.return_pages.url(&self.return_pages.default_page()))
            }
            Route::Login => response::redirect(self.client.authorization_url(&[]).as_str()),
            Route::Logout => response::redirect(settings.post_logout_redirect_uri.as_str()),
            Route::Callback(_) | Route::WrongMethod(_) => {
                response::redirect(&self.confirm_url(&self.return_pages.default_page(), &[]))
            }
        }
    }
}
