//! Settings from `client_secrets.json`, the file that Flask-OIDC and Okta's samples for it have. Feature `sign-in`.
//!
//! ```json
//! { "web": {
//!     "issuer": "https://dev-1234.okta.com/oauth2/default",
//!     "client_id": "0oa…",
//!     "client_secret": "…",
//!     "redirect_uris": ["http://localhost:8080/authorization-code/callback"],
//!     "auth_uri": "…", "token_uri": "…", "userinfo_uri": "…"
//! } }
//! ```

use std::path::Path;

use serde_json::Value;

use super::{
    ConfigError, ConfigErrorKind as Kind,
    file::{file_error, read},
    given::Given,
};
use crate::base::{json, secret::Secret};
use crate::okta::builder::OktaBuilder;

impl OktaBuilder {
    /// Reads one `client_secrets.json`, and nothing else: `issuer`, `client_id`, `client_secret` and the first of
    /// `redirect_uris` of its object `web`. The addresses of endpoints in it are not used: the issuer's metadata say them. The
    /// redirect URI is used where [`SignIn`](super::SignIn) names none. Feature `sign-in`.
    ///
    /// # Errors
    /// [`File`](Kind::File) where the file cannot be read or is no JSON; [`Missing`](Kind::Missing) without `web` or an issuer in
    /// it; [`Invalid`](Kind::Invalid) where a value has the wrong type.
    pub fn from_client_secrets_file(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        match read(path)? {
            Some(text) => from_text(&text, path),
            None => Err(file_error(path, "it is not there")),
        }
    }
}

fn from_text(text: &str, path: &Path) -> Result<OktaBuilder, ConfigError> {
    // The error's own text may quote the file, which holds a secret.
    let sound = json::check(text, 512).map_err(|error| {
        let problem = format!(
            "it is no JSON with each member once: see line {}",
            error.line()
        );
        file_error(path, &problem)
    });
    sound?;
    let root: Value = serde_json::from_str(text).map_err(|_| file_error(path, "it is no JSON"))?;
    let Some(web) = root.get("web").filter(|web| web.is_object()) else {
        let problem = "it has no object `web`, which holds issuer, client_id and client_secret";
        return Err(ConfigError::new(
            Kind::Missing,
            path.display().to_string(),
            problem,
        ));
    };
    let mut builder = OktaBuilder::empty();
    builder.issuer = string(web, "issuer", "web.issuer")?;
    builder.issuer_setting = "web.issuer";
    if builder.issuer.is_none() {
        let problem = "it is required: the issuer of your authorization server, such as https://{yourOktaDomain}/oauth2/default";
        return Err(ConfigError::new(Kind::Missing, "web.issuer", problem));
    }
    builder.client_id = string(web, "client_id", "web.client_id")?;
    builder.client_secret = string(web, "client_secret", "web.client_secret")?.map(Secret::new);
    builder.ambient.redirect_uri = match web.get("redirect_uris") {
        None | Some(Value::Null) => None,
        Some(Value::Array(uris)) => match uris.first() {
            Some(Value::String(uri)) => Some(Given {
                text: uri.trim().to_owned(),
                setting: "web.redirect_uris",
            }),
            Some(_) => return Err(wrong_type("web.redirect_uris", "an array of strings")),
            None => None,
        },
        Some(_) => return Err(wrong_type("web.redirect_uris", "an array of strings")),
    };
    Ok(builder)
}

/// A string. Empty and null are the same as not there.
fn string(web: &Value, name: &str, setting: &'static str) -> Result<Option<String>, ConfigError> {
    match web.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            let text = text.trim();
            Ok((!text.is_empty()).then(|| text.to_owned()))
        }
        Some(_) => Err(wrong_type(setting, "a string")),
    }
}

fn wrong_type(setting: &'static str, expected: &str) -> ConfigError {
    // The value is not shown: it may be a secret that stands in the wrong place.
    ConfigError::new(Kind::Invalid, setting, format!("it must be {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::settings::SignIn;

    fn parse(text: &str) -> Result<OktaBuilder, ConfigError> {
        from_text(text, Path::new("client_secrets.json"))
    }

    const SOUND: &str = r#"{"web":{"issuer":"https://dev-1234.okta.com/oauth2/default","client_id":"0oa1",
        "client_secret":"hunter2","redirect_uris":["http://localhost:8080/authorization-code/callback"],
        "auth_uri":"https://evil.example/","token_uri":"https://evil.example/","userinfo_uri":7}}"#;

    #[test]
    fn the_file_of_flask_users_is_enough_to_sign_in() {
        let builder = parse(SOUND).unwrap();
        assert_eq!(builder.client_id.as_deref(), Some("0oa1"));
        assert_eq!(builder.client_secret.as_ref().unwrap().expose(), "hunter2");
        let settings = builder
            .sign_in(SignIn::new())
            .build()
            .unwrap()
            .sign_in
            .unwrap();
        assert_eq!(
            settings.redirect_uri.as_str(),
            "http://localhost:8080/authorization-code/callback"
        );
    }

    #[test]
    fn a_value_of_the_wrong_type_is_named_and_not_shown() {
        for (from, to, setting) in [
            (r#""hunter2""#, r#"["hunter2"]"#, "web.client_secret"),
            (r#""0oa1""#, "7", "web.client_id"),
            (r#"["http"#, r#"[7,"http"#, "web.redirect_uris"),
        ] {
            let error = parse(&SOUND.replacen(from, to, 1)).unwrap_err();
            assert_eq!((error.kind(), error.setting()), (Kind::Invalid, setting));
            assert!(!error.to_string().contains("hunter2"));
        }
        let twice = SOUND.replacen(
            r#""client_id""#,
            r#""client_secret":"hunter3","client_id""#,
            1,
        );
        assert_eq!(parse(&twice).unwrap_err().kind(), Kind::File);
        let error = parse(&SOUND.replacen("}}", "}", 1)).unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }

    #[test]
    fn a_file_without_web_or_issuer_is_refused() {
        for text in [
            "{}",
            r#"{"installed":{}}"#,
            r#"{"web":[]}"#,
            r#"{"web":{"issuer":" "}}"#,
        ] {
            assert_eq!(parse(text).unwrap_err().kind(), Kind::Missing, "{text}");
        }
    }
}
