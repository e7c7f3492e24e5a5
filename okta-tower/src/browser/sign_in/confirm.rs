//! `GET /login/done`: confirms that the browser kept the session cookie. Without this step, a
//! browser that rejects the cookie would be sent to sign-in endlessly.

use http::{HeaderMap, Uri};
use url::form_urlencoded;

use super::{
    attempt::LoginOptions,
    context::SignInContext,
    parameters::Parameters,
    response::{self, PageResponse},
};
use crate::browser::{pages::SignInProblem, return_to::ReturnTo};

/// The page to redirect to.
const TO: &str = "to";
/// Proves that this application has named the page.
const TAG: &str = "tag";
/// Present the second time.
const AGAIN: &str = "again";

impl SignInContext {
    pub(super) async fn confirm(&self, uri: &Uri, headers: &HeaderMap) -> PageResponse {
        let query = uri.query().unwrap_or_default();
        let parameters = Parameters::read(query, &[TO, TAG, AGAIN]).ok();
        let parameter = |name| (parameters.as_ref()).and_then(|parameters| parameters.get(name));
        let options = LoginOptions {
            return_to: self.return_pages.read(parameter(TO), parameter(TAG)),
            ..LoginOptions::default()
        };
        match self.sessions.current(headers).await {
            // Another tab that signed in has just ended this cookie's session, or the browser kept
            // an old cookie and not the new one. The second request tells these cases apart.
            Err(error) if error.is_final() && parameter(AGAIN).is_none() => {
                return response::redirect(&self.confirm_url(&options.return_to, &[(AGAIN, "1")]));
            }
            Ok(None) => {}
            Err(error) if error.is_final() => {}
            _ => return response::redirect(&self.destination(&options)),
        }
        self.report(SignInProblem::SessionCookie);
        response::page(
            &SignInProblem::SessionCookie,
            Some(&self.login_link(&options)),
        )
    }

    /// Returns the URL of this step, which ends at `return_to`.
    pub(super) fn confirm_url(&self, return_to: &ReturnTo, more: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let tag = self.return_pages.tag(return_to);
        query
            .append_pair(TO, return_to.as_str())
            .extend_pairs(tag.map(|tag| (TAG, tag)));
        query.extend_pairs(more);
        let (origin, login) = (&self.settings.origin, &self.settings.paths.login);
        format!("{origin}{login}/done?{}", query.finish())
    }
}
