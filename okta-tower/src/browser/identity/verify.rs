//! From an ID token's text to a verdict: the keys as they are now, and the one wait for a key that nobody knows. Nothing is
//! cached: each ID token is judged once. Feature `sign-in`.

use crate::bearer::verifier::Verifier;
use crate::{
    bearer::token::CheckError,
    browser::identity::{IdExpectations, IdToken},
    error::{AuthError, KeysUnavailable, TokenError},
};

/// Why an ID token is not accepted at once.
enum NotNow {
    Unavailable(KeysUnavailable),
    Refused(TokenError),
    UnknownKey(Box<str>),
}

impl Verifier {
    /// Judges an ID token, waiting for its key if need be: at most the configured time.
    pub(crate) async fn verify_id_token(
        &self,
        token: &str,
        expect: &IdExpectations<'_>,
    ) -> Result<IdToken, AuthError> {
        let kid = match self.judge_id_token(token, expect) {
            Ok(token) => return Ok(token),
            Err(NotNow::Unavailable(error)) => return Err(error.into()),
            Err(NotNow::Refused(error)) => return Err(error.into()),
            Err(NotNow::UnknownKey(kid)) => kid,
        };
        let Some(wait) = self.request(&kid) else {
            return Err(self.keys().unknown(&kid));
        };
        wait.await;
        self.judge_id_token(token, expect)
            .map_err(|not_now| match not_now {
                NotNow::Unavailable(error) => error.into(),
                NotNow::Refused(error) => error.into(),
                NotNow::UnknownKey(kid) => self.keys().unknown(&kid),
            })
    }

    fn judge_id_token(&self, token: &str, expect: &IdExpectations<'_>) -> Result<IdToken, NotNow> {
        let (snapshot, now) = self.present().map_err(NotNow::Unavailable)?;
        super::verify_id_token(token, &snapshot.keys, self.policy(), expect, now).map_err(
            |refused| match refused {
                CheckError::Token(error) => NotNow::Refused(error),
                CheckError::UnknownKey(kid) => NotNow::UnknownKey(kid.into()),
            },
        )
    }
}
