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
use crate::browser::pages::SignInProblem;

/// The page to redirect to.
const TO: &str = "to";
/// Present the second time.
const AGAIN: &str = "again";

impl SignInContext {
    pub(super) async fn confirm(&self, uri: &Uri, headers: &HeaderMap) -> PageResponse {
        let query = uri.query().unwrap_or_default();
        let parameters = Parameters::read(query, &[TO, AGAIN]).ok();
        let parameter = |name| (parameters.as_ref()).and_then(|parameters| parameters.get(name));
        let requested = parameter(TO);
        let options = LoginOptions {
            return_to: requested.unwrap_or(&self.settings.default_return_to).into(),
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
        self.report(&SignInProblem::SessionCookie, None);
        // The retry link does not carry `return_to`, which is not validated here.
        let login = &self.settings.paths.login;
        response::page(&SignInProblem::SessionCookie, Some(login))
    }

    /// Returns the URL of this step, which ends at `return_to`.
    pub(super) fn confirm_url(&self, return_to: &str, more: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair(TO, return_to).extend_pairs(more);
        let (origin, login) = (&self.settings.origin, &self.settings.paths.login);
        format!("{origin}{login}/done?{}", query.finish())
    }
}
