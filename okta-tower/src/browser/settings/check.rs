//! The check of everything that sign-in was given.

use std::time::Duration;

use url::Url;

use super::{
    SignIn,
    checked::{Opener, Paths, SessionSettings, SignInSettings},
};
use crate::browser::seal::{BadKey, SealKeys};
use crate::{
    config::{
        ConfigError, ConfigErrorKind as Kind,
        given::Given,
        issuer::{is_loopback, is_placeholder},
    },
    oauth::client_auth::{ClientAuth, Method},
    okta::builder::OktaBuilder,
};

const CALLBACK_EXAMPLE: &str = "https://app.example.com/authorization-code/callback";
const KEY_RECIPE: &str = "make one with `openssl rand -base64 32 | tr '+/' '-_' | tr -d '='`";

impl OktaBuilder {
    /// Checks the settings of sign-in, where it was turned on. The client's own settings were checked before.
    pub(crate) fn checked_sign_in(&self) -> Result<Option<SignInSettings>, ConfigError> {
        let Some(sign_in) = &self.sign_in else {
            return Ok(None);
        };
        let Some(client_id) = &self.client_id else {
            let problem = "sign-in needs it: the client id of your application at Okta (OKTA_OAUTH2_CLIENT_ID)";
            return Err(ConfigError::new(Kind::Missing, "client_id", problem));
        };
        let redirect_uri = self.redirect_uri(sign_in)?;
        let origin = redirect_uri.origin().ascii_serialization();
        let is_https = redirect_uri.scheme() == "https";
        let paths = checked_paths(sign_in, &redirect_uri)?;
        Ok(Some(SignInSettings {
            client_id: client_id.as_str().into(),
            client_auth: self.checked_client_auth(sign_in)?,
            post_logout_redirect_uri: self.post_logout_redirect_uri(sign_in, &origin)?,
            default_return_to: checked_return_to(sign_in, &origin, &paths)?,
            scopes: self.checked_scopes(sign_in)?,
            prompt: checked_prompt(sign_in)?,
            response_mode: sign_in.response_mode,
            pushes_requests: sign_in.pushes_requests,
            userinfo: sign_in.userinfo,
            allows_logout_by_get: sign_in.allows_logout_by_get,
            opener: checked_opener(sign_in)?,
            session: self.checked_session(sign_in)?,
            store: sign_in.store.clone(),
            on_sign_in: sign_in.on_sign_in.clone(),
            audit: sign_in.audit.clone(),
            seal: self.checked_keys(sign_in, &redirect_uri)?,
            redirect_uri,
            origin: origin.into(),
            is_https,
            paths,
        }))
    }

    fn redirect_uri(&self, sign_in: &SignIn) -> Result<Url, ConfigError> {
        let given = match (&sign_in.redirect_uri, &self.ambient.redirect_uri) {
            (Some(text), _) => Given {
                text: text.clone(),
                setting: "redirect_uri",
            },
            (None, Some(given)) => given.clone(),
            (None, None) => {
                let problem = format!(
                    "sign-in needs it: one of your application's sign-in redirect URIs at Okta, such as {CALLBACK_EXAMPLE} (OKTA_OAUTH2_REDIRECT_URI)"
                );
                return Err(ConfigError::new(Kind::Missing, "redirect_uri", problem));
            }
        };
        let url = public_url(&given)?;
        let error = |kind, problem: String| {
            Err(ConfigError::new(kind, given.setting, problem).showing(&given.text))
        };
        if url.query().is_some() {
            let problem =
                "a redirect URI with a query is not supported; register one without it at Okta";
            return error(Kind::Invalid, problem.into());
        }
        if url.path() == "/" {
            let problem = format!(
                "it needs a path of its own, which answers nothing but Okta's callback, such as {CALLBACK_EXAMPLE}"
            );
            return error(Kind::Invalid, problem);
        }
        if let Err(problem) = check_path(url.path()) {
            return error(Kind::Invalid, format!("its path {problem}"));
        }
        Ok(url)
    }

    fn post_logout_redirect_uri(&self, sign_in: &SignIn, origin: &str) -> Result<Url, ConfigError> {
        let setting = "post_logout_redirect_uri";
        let own = sign_in.post_logout_redirect_uri.clone();
        let own = own.map(|text| Given { text, setting });
        match own.or_else(|| self.ambient.post_logout_redirect_uri.clone()) {
            Some(given) => public_url(&given),
            None => Url::parse(&format!("{origin}/"))
                .map_err(|_| ConfigError::new(Kind::NotAUrl, setting, "it is not a URL")),
        }
    }

    fn checked_client_auth(&self, sign_in: &SignIn) -> Result<Method, ConfigError> {
        let auth = match (&sign_in.client_auth, &self.client_secret) {
            (Some(auth), _) => auth.clone(),
            (None, Some(secret)) => ClientAuth::basic(secret.clone()),
            (None, None) => ClientAuth::public(),
        };
        auth.checked()
    }

    fn checked_scopes(&self, sign_in: &SignIn) -> Result<Vec<Box<str>>, ConfigError> {
        let given = sign_in.scopes.as_ref().or(self.ambient.scopes.as_ref());
        let mut scopes: Vec<Box<str>> = vec!["openid".into()];
        let mut add = |scope: &str| {
            // RFC 6749 section 3.3.
            let is_sound = scope
                .bytes()
                .all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
            if scope.is_empty() || !is_sound {
                let problem = "a scope is one word of printable ASCII without quotes and backslashes; name each on its own";
                return Err(ConfigError::new(Kind::Invalid, "scopes", problem).showing(scope));
            }
            if !scopes.iter().any(|known| **known == *scope) {
                scopes.push(scope.into());
            }
            Ok(())
        };
        match given {
            Some(given) => given.iter().try_for_each(|scope| add(scope))?,
            None => ["profile", "email"].into_iter().try_for_each(&mut add)?,
        }
        if sign_in.wants_refresh_token {
            add("offline_access")?;
        }
        // Okta takes 1024 characters in all.
        let length: usize = scopes.iter().map(|scope| scope.len() + 1).sum();
        if length > 1025 {
            let problem =
                "they are over 1024 characters long, which Okta does not take; ask for fewer";
            return Err(ConfigError::new(Kind::OutOfRange, "scopes", problem));
        }
        Ok(scopes)
    }

    fn checked_session(&self, sign_in: &SignIn) -> Result<SessionSettings, ConfigError> {
        const MINUTE: Duration = Duration::from_secs(60);
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        let time = |setting, value: Duration, from: Duration, to: Duration| {
            if (from..=to).contains(&value) {
                return Ok(());
            }
            let problem = format!("it must be from {from:?} to {to:?}");
            Err(ConfigError::new(Kind::OutOfRange, setting, problem).showing(format!("{value:?}")))
        };
        time("idle_timeout", sign_in.idle, MINUTE, DAY * 30)?;
        time("absolute_timeout", sign_in.absolute, sign_in.idle, DAY * 90)?;
        time(
            "refresh_before",
            sign_in.refresh_before,
            Duration::ZERO,
            MINUTE * 10,
        )?;
        time(
            "rotation_grace",
            sign_in.rotation_grace,
            Duration::ZERO,
            MINUTE * 2,
        )?;
        let lock_ttl = self.timeout * 2 + Duration::from_secs(1);
        // Who holds the lock must have had the token endpoint's answer before the lock is another's, and a holder that is
        // killed must leave time for another to use the old refresh token. Without any grace that cannot be had.
        if sign_in.store.is_some()
            && !sign_in.rotation_grace.is_zero()
            && lock_ttl >= sign_in.rotation_grace
        {
            let problem = format!(
                "with a store it must be over {lock_ttl:?}, which is twice the fetch time-out plus one second: a refresh that hangs must be over, and be made again, while the old refresh token still works. Lower `fetch_timeout`, or raise this together with the grace period at Okta"
            );
            let grace = format!("{:?}", sign_in.rotation_grace);
            return Err(
                ConfigError::new(Kind::Contradiction, "rotation_grace", problem).showing(grace),
            );
        }
        let origins = sign_in.allowed_origins.iter();
        Ok(SessionSettings {
            cookie_name: checked_cookie_name(&sign_in.cookie_name)?,
            idle: sign_in.idle,
            absolute: sign_in.absolute,
            refresh_before: sign_in.refresh_before,
            rotation_grace: sign_in.rotation_grace,
            lock_ttl,
            keeps_access_token: sign_in.keeps_access_token,
            keeps_id_token: sign_in.keeps_id_token,
            checks_origin: self.checks_origin,
            allowed_origins: origins
                .map(|text| checked_origin("allow_origin", text))
                .collect::<Result<_, _>>()?,
        })
    }

    fn checked_keys(&self, sign_in: &SignIn, redirect_uri: &Url) -> Result<SealKeys, ConfigError> {
        let (keys, setting) = match (&sign_in.cookie_keys, &self.ambient.cookie_keys) {
            (Some(keys), _) => (keys, "cookie_keys"),
            (None, Some(keys)) => (keys, "OKTA_TOWER_COOKIE_KEYS"),
            (None, None) if redirect_uri.host().is_some_and(|host| is_loopback(&host)) => {
                return Ok(SealKeys::random());
            }
            (None, None) => {
                let problem = format!(
                    "sign-in away from loopback needs it, so that sessions outlive a restart and are known to every process: {KEY_RECIPE} and set OKTA_TOWER_COOKIE_KEYS"
                );
                return Err(ConfigError::new(Kind::Missing, "cookie_keys", problem));
            }
        };
        // The value is a secret: not shown.
        SealKeys::parse(keys.expose()).map_err(|bad| {
            let problem = match bad {
                BadKey::Form => {
                    format!("each key is 32 bytes in base64url without padding; {KEY_RECIPE}")
                }
                BadKey::Weak => format!("a key in it is no random one; {KEY_RECIPE}"),
                BadKey::Count => {
                    format!("it holds no key, or one twice, or too many; {KEY_RECIPE}")
                }
            };
            ConfigError::new(Kind::Invalid, setting, problem)
        })
    }
}

/// A URL that browsers are sent to: `https`, or `http` on loopback, and spelt as Okta compares it.
fn public_url(given: &Given) -> Result<Url, ConfigError> {
    let text = given.text.as_str();
    let error = |kind, problem: String| {
        let error = ConfigError::new(kind, given.setting, problem);
        // What stands before an `@` may be a password.
        if text.contains('@') {
            error
        } else {
            error.showing(text)
        }
    };
    if text.trim().is_empty() {
        let problem = "it is empty; set it, or leave it out";
        return Err(ConfigError::new(Kind::Missing, given.setting, problem));
    }
    if is_placeholder(text) {
        let problem = "a placeholder was left in; replace it";
        return Err(error(Kind::Placeholder, problem.into()));
    }
    let url = Url::parse(text).ok().filter(Url::has_host);
    let Some(url) = url else {
        let problem = format!("it must be a whole URL, such as {CALLBACK_EXAMPLE}");
        return Err(error(Kind::NotAUrl, problem));
    };
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        let problem = "it holds no user name, password or fragment; remove them";
        return Err(error(Kind::Invalid, problem.into()));
    }
    check_scheme(&url).map_err(|problem| error(Kind::Insecure, problem.into()))?;
    if url.as_str() != text {
        let problem = format!("Okta compares it to the letter; register and write it as {url}");
        return Err(error(Kind::Invalid, problem));
    }
    Ok(url)
}

fn check_scheme(url: &Url) -> Result<(), &'static str> {
    match url.scheme() {
        "https" => Ok(()),
        "http" if url.host().is_some_and(|host| is_loopback(&host)) => Ok(()),
        _ => Err(
            "it must be https; plain http is allowed on loopback alone (localhost, 127.0.0.1, [::1])",
        ),
    }
}

fn checked_origin(setting: &'static str, text: &str) -> Result<Box<str>, ConfigError> {
    let error = |kind, problem: String| {
        let error = ConfigError::new(kind, setting, problem);
        if text.contains('@') {
            error
        } else {
            error.showing(text)
        }
    };
    let form = "it must be an origin: scheme, host and port, and nothing behind them, such as https://spa.example.com";
    if is_placeholder(text) {
        let problem = "a placeholder was left in; replace it";
        return Err(error(Kind::Placeholder, problem.into()));
    }
    let url = Url::parse(text).ok().filter(Url::has_host);
    let Some(url) = url else {
        return Err(error(Kind::NotAUrl, form.into()));
    };
    check_scheme(&url).map_err(|problem| error(Kind::Insecure, problem.into()))?;
    let origin = url.origin().ascii_serialization();
    if origin != text {
        return Err(error(Kind::Invalid, format!("{form}; write {origin}")));
    }
    Ok(origin.into())
}

/// A path that means the same to every server and proxy: what is encoded, doubled or dotted could be read otherwise.
fn check_path(path: &str) -> Result<(), &'static str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    if !path.starts_with('/') {
        Err("must begin with a slash")
    } else if path.len() > 200 {
        Err("is over 200 characters long")
    } else if !path.bytes().all(is_plain) {
        Err("may hold letters, digits, `-`, `.`, `_`, `~` and slashes only")
    } else if path == "/" || path.ends_with('/') {
        Err("must name something, and not end with a slash")
    } else if path[1..]
        .split('/')
        .any(|part| matches!(part, "" | "." | ".."))
    {
        Err("holds an empty or dotted part")
    } else {
        Ok(())
    }
}

fn checked_paths(sign_in: &SignIn, redirect_uri: &Url) -> Result<Paths, ConfigError> {
    let callback = redirect_uri.path();
    let done = format!("{}/done", sign_in.login_path);
    let mut taken = vec![
        (callback, "the redirect URI"),
        (&done, "the end of a sign-in"),
    ];
    for (setting, path) in [
        ("login_path", &sign_in.login_path),
        ("logout_path", &sign_in.logout_path),
        ("session_path", &sign_in.session_path),
    ] {
        if let Err(problem) = check_path(path) {
            let problem = format!("the path {problem}");
            return Err(ConfigError::new(Kind::Invalid, setting, problem).showing(path));
        }
        if let Some((_, other)) = taken.iter().find(|(known, _)| known == path) {
            let problem = format!("it is the path of {other}, too; choose another");
            return Err(ConfigError::new(Kind::Contradiction, setting, problem).showing(path));
        }
        taken.push((path, setting));
    }
    if callback == done {
        let problem = "its path is taken by the end of a sign-in; choose another";
        return Err(
            ConfigError::new(Kind::Contradiction, "redirect_uri", problem).showing(callback),
        );
    }
    Ok(Paths {
        login: sign_in.login_path.as_str().into(),
        callback: callback.into(),
        logout: sign_in.logout_path.as_str().into(),
        session: sign_in.session_path.as_str().into(),
    })
}

fn checked_return_to(
    sign_in: &SignIn,
    origin: &str,
    paths: &Paths,
) -> Result<Box<str>, ConfigError> {
    let path = sign_in.default_return_to.as_str();
    let whole = format!("{origin}{path}");
    // A path that a URL parser leaves as it is, is one that browsers do not read otherwise.
    let url = Url::parse(&whole)
        .ok()
        .filter(|url| path.starts_with('/') && !path.starts_with("//") && url.as_str() == whole);
    let Some(url) = url else {
        let problem = "it must be a path of this application, such as /dashboard";
        return Err(ConfigError::new(Kind::Invalid, "default_return_to", problem).showing(path));
    };
    if [&paths.login, &paths.callback, &paths.logout]
        .iter()
        .any(|own| &***own == url.path())
    {
        let problem = "a sign-in must not lead to sign-in's own paths; name a page";
        return Err(
            ConfigError::new(Kind::Contradiction, "default_return_to", problem).showing(path),
        );
    }
    Ok(path.into())
}

fn checked_prompt(sign_in: &SignIn) -> Result<Option<Box<str>>, ConfigError> {
    let Some(prompt) = &sign_in.prompt else {
        return Ok(None);
    };
    let parts: Vec<&str> = prompt.split(' ').collect();
    let is_known = |part: &&str| matches!(*part, "none" | "login" | "consent" | "select_account");
    if !parts.iter().all(is_known) || (parts.contains(&"none") && parts.len() > 1) {
        let problem =
            "it must be `login`, `consent`, `login consent`, `select_account` or `none` alone";
        return Err(ConfigError::new(Kind::Invalid, "prompt", problem).showing(prompt));
    }
    Ok(Some(prompt.as_str().into()))
}

fn checked_opener(sign_in: &SignIn) -> Result<Option<Opener>, ConfigError> {
    match &sign_in.opener {
        Some(text) => Ok(Some(Opener {
            origin: checked_origin("opener", text)?,
            receives_token: sign_in.hands_over_access_token,
        })),
        None if sign_in.hands_over_access_token => {
            let problem =
                "there is nobody to hand it to; name the front end's origin with `opener`";
            Err(ConfigError::new(
                Kind::Contradiction,
                "hand_over_access_token",
                problem,
            ))
        }
        None => Ok(None),
    }
}

fn checked_cookie_name(name: &str) -> Result<Box<str>, ConfigError> {
    let error =
        |problem| Err(ConfigError::new(Kind::Invalid, "cookie_name", problem).showing(name));
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.';
    if name.starts_with("__") {
        return error(
            "it must not begin with `__`: the prefix `__Host-` is added where it belongs",
        );
    }
    if name.is_empty() || name.len() > 64 || !name.bytes().all(is_plain) {
        return error("it must be 1 to 64 letters, digits, `_` and `.`");
    }
    Ok(name.into())
}
