//! What is this example's own in the environment: two origins, and where the front end keeps its token.

use scaffold::{Address, Failure, Listeners, Program, SettingsError};

use crate::front_end::{self, Storage};

const BACKEND_URL: &str = "BACKEND_URL";
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
        if variables.get(FRONTEND_URL).is_some() {
            return Ok(None);
        }
        front_end::build()?;
        let program = Program::new("spa-popup").variables(FRONTEND, "");
        let address = variables.get(FRONTEND).unwrap_or(DEFAULT_FRONTEND);
        let address = Address::resolve(program, address).await?;
        Ok(Some(address.bind().await?))
    }

    /// Where browsers find the API. It is an origin: no slash at its end.
    pub(crate) fn backend_url(&self, port: u16) -> String {
        self.origin(BACKEND_URL, port)
    }

    /// Where browsers find the front end.
    pub(crate) fn frontend_url(&self, front_end: Option<&Listeners>) -> String {
        self.origin(FRONTEND_URL, front_end.map_or(0, Listeners::port))
    }

    fn origin(&self, variable: &str, port: u16) -> String {
        match self.general.variables().get(variable) {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://localhost:{port}"),
        }
    }
}
