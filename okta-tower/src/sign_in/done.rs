//! `GET /login/done`: the last step of a sign-in. It sees once whether the browser kept the session cookie: otherwise the page
//! that was asked for would send it to sign in again, and that would never end.

use http::{HeaderMap, Uri};

use super::{
    answer::{self, Answer},
    attempt::Wish,
    parameters::Parameters,
    parts::Parts,
    problem::Problem,
};

impl Parts {
    pub(super) fn done(&self, uri: &Uri, headers: &HeaderMap) -> Answer {
        let query = uri.query().unwrap_or_default();
        let asked = Parameters::read(query, &["to"]);
        let asked = asked
            .as_ref()
            .ok()
            .and_then(|parameters| parameters.get("to"));
        let wish = Wish {
            return_to: asked.unwrap_or(&self.settings.default_return_to).into(),
            ..Wish::default()
        };
        if self.sessions.is_presented(headers) {
            return answer::redirect(&self.destination(&wish));
        }
        self.tell(&Problem::SessionCookie, None);
        // The link must not carry what was not checked.
        answer::page(&Problem::SessionCookie, Some(&self.settings.paths.login))
    }
}
