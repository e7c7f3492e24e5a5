//! What is this example's own in the environment: two origins, and where the front end keeps its token.

use scaffold::{Address, Failure, Listeners, Program, SettingsError, local_address};

use crate::front_end::{self, Storage};

const FRONTEND_URL: &str = "FRONTEND_URL";
const FRONTEND: &str = "EXAMPLE_FRONTEND";
const DEFAULT_FRONTEND: &str = "localhost:5173";
const STORAGE: &str = "EXAMPLE_TOKEN_STORAGE";

/// The settings of all examples, and ours.
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

    /// Where the front end is served, unless somebody else does. It is built first where it is not there.
    pub(crate) async fn bind_front_end(&self) -> Result<Option<Listeners>, Failure> {
        let variables = self.general.variables();
        let url = variables.get(FRONTEND_URL);
        let address = match (variables.get(FRONTEND), url.map(local_address)) {
            // The origin is another machine's, or of a server that somebody else has started here.
            (Some("none"), _) | (None, Some(None)) => return Ok(None),
            (Some(address), _) | (None, Some(Some(address))) => address,
            (None, None) => DEFAULT_FRONTEND,
        };
        front_end::build()?;
        let program = Program::new("spa-popup").variables(FRONTEND, "");
        let address = Address::resolve(program, address).await?;
        Ok(Some(address.bind().await?))
    }

    /// Where browsers find the front end. It is an origin: no slash at its end.
    pub(crate) fn frontend_url(&self, front_end: Option<&Listeners>) -> String {
        match (self.general.variables().get(FRONTEND_URL), front_end) {
            (Some(url), _) => url.trim_end_matches('/').to_owned(),
            (None, Some(listeners)) => format!("http://localhost:{}", listeners.port()),
            (None, None) => format!("http://{DEFAULT_FRONTEND}"),
        }
    }
}
