//! The sign-in settings of the example.

use okta_tower::{ResponseMode, SignIn};
use scaffold::{SettingsError, Variables};

/// The path in Okta's guide.
pub(crate) const CALLBACK: &str = "/authorization-code/callback";

const RESPONSE_MODE: &str = "EXAMPLE_RESPONSE_MODE";

/// The options of the flow.
pub(crate) struct Flow {
    response_mode: ResponseMode,
    prompt: Option<String>,
}

impl Flow {
    pub(crate) fn read(variables: &Variables) -> Result<Self, SettingsError> {
        let response_mode = match variables.get(RESPONSE_MODE) {
            None | Some("query") => ResponseMode::Query,
            Some("form_post") => ResponseMode::FormPost,
            Some(other) => {
                let expected = "`query` or `form_post`".to_owned();
                return Err(SettingsError::Unknown(
                    RESPONSE_MODE,
                    other.to_owned(),
                    expected,
                ));
            }
        };
        Ok(Self {
            response_mode,
            prompt: variables.prompt().map(str::to_owned),
        })
    }

    pub(crate) fn sign_in(self, redirect_uri: &str) -> SignIn {
        let sign_in = SignIn::new()
            .redirect_uri(redirect_uri)
            .response_mode(self.response_mode)
            .keep_access_token() // the profile page shows it
            .default_return_to("/profile");
        match self.prompt {
            Some(prompt) => sign_in.prompt(prompt),
            None => sign_in,
        }
    }
}
