//! `GET /login/done`: the last step of a sign-in. It sees whether the browser kept the session cookie: otherwise the page that
//! was asked for would send it to sign in again, and that would never end.

use http::{HeaderMap, Uri};
use url::form_urlencoded;

use super::{
    answer::{self, Answer},
    attempt::Wish,
    parameters::Parameters,
    parts::Parts,
    problem::Problem,
};

/// Where to.
const TO: &str = "to";
/// Present the second time.
const AGAIN: &str = "again";

impl Parts {
    pub(super) async fn done(&self, uri: &Uri, headers: &HeaderMap) -> Answer {
        let query = uri.query().unwrap_or_default();
        let parameters = Parameters::read(query, &[TO, AGAIN]).ok();
        let parameter = |name| (parameters.as_ref()).and_then(|parameters| parameters.get(name));
        let asked = parameter(TO);
        let wish = Wish {
            return_to: asked.unwrap_or(&self.settings.default_return_to).into(),
            ..Wish::default()
        };
        match self.sessions.current(headers).await {
            // Another tab that signed in at the same time has just ended the session of this cookie, or the browser keeps an old
            // one and not the new one. It is asked once more which.
            Err(error) if error.is_final() && parameter(AGAIN).is_none() => {
                return answer::redirect(&self.done_url(&wish.return_to, &[(AGAIN, "1")]));
            }
            Ok(None) => {}
            Err(error) if error.is_final() => {}
            _ => return answer::redirect(&self.destination(&wish)),
        }
        self.tell(&Problem::SessionCookie, None);
        // The link must not carry what was not checked.
        answer::page(&Problem::SessionCookie, Some(&self.settings.paths.login))
    }

    /// The URL of this step, for somebody who is to come to `return_to` at last.
    pub(super) fn done_url(&self, return_to: &str, more: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair(TO, return_to).extend_pairs(more);
        let (origin, login) = (&self.settings.origin, &self.settings.paths.login);
        format!("{origin}{login}/done?{}", query.finish())
    }
}
