//! The settings that only this example has: two origins, and the storage of the token.

use scaffold::{Failure, Listeners, Program, SettingsError, local_address};

use crate::front_end::{self, Storage};

const FRONTEND_URL: &str = "FRONTEND_URL";
const FRONTEND: &str = "EXAMPLE_FRONTEND";
const DEFAULT_FRONTEND: &str = "localhost:5173";
const STORAGE: &str = "EXAMPLE_TOKEN_STORAGE";

/// The settings of all examples, and those of this one.
pub(crate) struct Settings {
    pub(crate) general: scaffold::Settings,
    pub(crate) storage: Storage,
}

impl Settings {
    pub(crate) fn read(general: scaffold::Settings) -> Result<Self, SettingsError> {
        let storage = match general.variables().get(STORAGE) {
            None | Some("memory") => Storage::Memory,
            Some("local") => Storage::Local,
            Some(other) => {
                let expected = "`memory` or `local`".to_owned();
                return Err(SettingsError::Unknown(STORAGE, other.to_owned(), expected));
            }
        };
        Ok(Self { general, storage })
    }

    /// Builds the front end and listens for it, unless it is served elsewhere.
    pub(crate) async fn bind_front_end(&self) -> Result<Option<Listeners>, Failure> {
        let variables = self.general.variables();
        let url = variables.get(FRONTEND_URL);
        let address = match (variables.get(FRONTEND), url.map(local_address)) {
            // The URL is on another machine, or another server serves it.
            (Some("none"), _) | (None, Some(None)) => return Ok(None),
            (Some(address), _) | (None, Some(Some(address))) => address,
            (None, None) => DEFAULT_FRONTEND,
        };
        let program = Program::new("spa-popup")
            .variables(FRONTEND, "")
            .default_address(DEFAULT_FRONTEND);
        let listeners = self.general.bind_at(program, address).await?;
        front_end::build()?;
        Ok(Some(listeners))
    }

    /// Returns the front end's URL for browsers. An origin, so without a slash at the end.
    pub(crate) fn frontend_url(&self, front_end: Option<&Listeners>) -> String {
        match (self.general.variables().get(FRONTEND_URL), front_end) {
            (Some(url), _) => url.trim_end_matches('/').to_owned(),
            (None, Some(listeners)) => format!("http://localhost:{}", listeners.port()),
            (None, None) => format!("http://{DEFAULT_FRONTEND}"),
        }
    }
}
