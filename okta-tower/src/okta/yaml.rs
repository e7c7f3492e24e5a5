//! The builder made from `okta.yaml`.

use std::{env, ffi::OsString, path::Path};

use super::{Okta, OktaBuilder};
use crate::config::{ConfigError, env::read, file, yaml};

impl OktaBuilder {
    /// Reads every place where Okta's libraries look. Feature `yaml`.
    ///
    /// The places are `~/.okta/okta.yaml`, `okta.yaml` or `.okta.yaml` in the working directory,
    /// and the environment as in [`from_env`](Self::from_env). A later place wins. A file that does
    /// not exist is skipped.
    ///
    /// # Errors
    /// [`File`] if a file cannot be read or is not YAML; [`Invalid`](Kind::Invalid) if a value has
    /// the wrong type; [`Missing`] if no place contains an issuer; and as for
    /// [`from_env`](Self::from_env).
    ///
    /// [`File`]: crate::config::ConfigErrorKind::File
    /// [`Missing`]: crate::config::ConfigErrorKind::Missing
    pub fn from_yaml() -> Result<Self, ConfigError> {
        let home = env::var_os("HOME").or_else(|| env::var_os("USERPROFILE"));
        Self::from_places(home.as_deref().map(Path::new), Path::new("."), |name| {
            env::var_os(name)
        })
    }

    /// Reads one `okta.yaml` and nothing else. Feature `yaml`.
    ///
    /// # Errors
    /// As for [`from_yaml`](Self::from_yaml), and if the file does not exist.
    pub fn from_yaml_file(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let found = yaml::read(&file::read_existing(path)?, path)?;
        Self::empty()
            .with(found)?
            .with_issuer_required("okta.oauth2.issuer")
    }

    fn from_places(
        home: Option<&Path>,
        folder: &Path,
        lookup: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, ConfigError> {
        let home = home.map(|home| home.join(".okta").join("okta.yaml"));
        let project = ["okta.yaml", ".okta.yaml"].map(|name| folder.join(name));
        let mut builder = Self::empty();
        for place in home.into_iter().chain(project) {
            if let Some(text) = file::read(&place)? {
                builder = builder.with(yaml::read(&text, &place)?)?;
            }
        }
        builder
            .with(read(lookup)?)?
            .with_issuer_required("okta.oauth2.issuer")
    }
}

impl Okta {
    /// Reads the settings from Okta's own `okta.yaml` and the environment. Feature `yaml`; see
    /// [`OktaBuilder::from_yaml`].
    ///
    /// # Errors
    /// If a file or variable cannot be read, or none contains an issuer.
    pub fn from_yaml() -> Result<OktaBuilder, ConfigError> {
        OktaBuilder::from_yaml()
    }
}

#[cfg(test)]
mod tests;
