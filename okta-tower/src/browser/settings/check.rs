//! The check of everything that sign-in was given.

use std::{sync::Arc, time::Duration};

use url::Url;

use super::{Opener, Paths, SessionSettings, SignIn, SignInSettings, builder::SignInDraft};
use crate::{
    base::{fetch::is_loopback, secret::Secret},
    browser::{
        cookies::SameSite,
        pages::DefaultPages,
        seal::{BadKey, SealContext, SealKeys},
    },
    config::{
        ConfigError, ConfigErrorKind as Kind,
        checks::{self, words},
        setting::{Setting, in_range},
        variables::{
            COOKIE_KEYS, Found, POST_LOGOUT_REDIRECT_URI, PUBLIC_PREFIX, REDIRECT_URI, SCOPES,
        },
    },
    oauth::client_auth::{ClientAuth, Method},
};

const CALLBACK_EXAMPLE: &str = "https://app.example.com/authorization-code/callback";
const KEY_RECIPE: &str = "make one with `openssl rand -base64 32 | tr '+/' '-_' | tr -d '='`";

impl SignInDraft {
    /// Checks the settings if sign-in is turned on. The client's own settings were checked before.
    pub(crate) fn check(
        &self,
        issuer: &str,
        client_id: Option<&Setting<String>>,
        client_secret: Option<&Setting<Secret>>,
        found: &Found,
        fetch_timeout: Duration,
    ) -> Result<Option<SignInSettings>, ConfigError> {
        let Some(sign_in) = &self.settings else {
            return Ok(None);
        };
        let Some(client_id) = client_id else {
            let problem = "is required for sign-in: the client ID of your application at Okta \
                           (OKTA_OAUTH2_CLIENT_ID)";
            return Err(ConfigError::new(Kind::Missing, "client_id", problem));
        };
        let first = checked_redirect_uri(sign_in, found)?;
        let given = Given {
            sign_in,
            issuer,
            client_id: &client_id.value,
            client_secret,
            found,
            fetch_timeout,
            checks_origin: !self.skips_origin_check,
            first: &first,
        };
        let mut settings = given.check_at(&first)?;
        for uri in &sign_in.more_redirect_uris {
            let setting = Setting::built("add_redirect_uri", uri.clone());
            let uri = checked_callback(&setting)?;
            let mut others = settings.others.iter().map(|other| &other.redirect_uri);
            if first.origin() == uri.origin() || others.any(|other| other.origin() == uri.origin())
            {
                let problem = "has the origin of another redirect URI; name one for each origin";
                return Err(setting.shown(Kind::Contradiction, problem));
            }
            settings.others.push(given.check_at(&uri)?);
        }
        Ok(Some(settings))
    }
}

/// What sign-in was given, the same for each public origin.
struct Given<'g> {
    sign_in: &'g SignIn,
    issuer: &'g str,
    client_id: &'g str,
    client_secret: Option<&'g Setting<Secret>>,
    found: &'g Found,
    fetch_timeout: Duration,
    checks_origin: bool,
    /// The redirect URI of the first origin.
    first: &'g Url,
}

impl Given<'_> {
    /// Checks the settings at the origin of this redirect URI.
    fn check_at(&self, redirect_uri: &Url) -> Result<SignInSettings, ConfigError> {
        let Self { sign_in, found, .. } = *self;
        let origin = redirect_uri.origin().ascii_serialization();
        let prefix = Setting::higher(found.get(&PUBLIC_PREFIX), sign_in.public_prefix.clone())
            .unwrap_or_else(|| Setting::built(PUBLIC_PREFIX.setter, String::new()));
        let public_prefix = checked_prefix(&prefix)?;
        let received_paths = checked_paths(sign_in, redirect_uri, &prefix, public_prefix)?;
        let paths = received_paths.behind(public_prefix);
        let application = SealContext {
            issuer: self.issuer,
            client_id: self.client_id,
            origin: &origin,
        };
        Ok(SignInSettings {
            client_id: self.client_id.into(),
            client_auth: checked_client_auth(sign_in, self.client_secret)?,
            post_logout_redirect_uri: checked_post_logout(
                sign_in,
                found,
                self.first,
                redirect_uri,
                public_prefix,
            )?,
            default_return_to: checked_return_to(sign_in, &origin, &received_paths, public_prefix)?,
            scopes: checked_scopes(sign_in, found)?,
            prompt: checked_prompt(sign_in)?,
            response_mode: sign_in.response_mode,
            pushes_requests: sign_in.pushes_requests,
            userinfo: sign_in.userinfo,
            allows_logout_by_get: sign_in.allows_logout_by_get,
            opener: checked_opener(sign_in)?,
            session: checked_session(
                sign_in,
                &application,
                self.fetch_timeout,
                self.checks_origin,
            )?,
            store: sign_in.store.clone(),
            on_sign_in: sign_in.on_sign_in.clone(),
            on_refresh: sign_in.on_refresh.clone(),
            audit: sign_in.audit.clone(),
            redirects_htmx: sign_in.redirects_htmx,
            pages: (sign_in.pages.clone()).unwrap_or_else(|| Arc::new(DefaultPages)),
            seal: checked_keys(sign_in, found, redirect_uri, &application)?,
            is_https: redirect_uri.scheme() == "https",
            redirect_uri: redirect_uri.clone(),
            origin: origin.into(),
            public_prefix: public_prefix.into(),
            paths,
            received_paths,
            others: Vec::new(),
        })
    }
}

fn checked_redirect_uri(sign_in: &SignIn, found: &Found) -> Result<Url, ConfigError> {
    let setting = Setting::higher(found.get(&REDIRECT_URI), sign_in.redirect_uri.clone());
    let Some(setting) = setting else {
        let problem = format!(
            "is required for sign-in: one of your application's sign-in redirect URIs at Okta, \
             such as {CALLBACK_EXAMPLE} (OKTA_OAUTH2_REDIRECT_URI)"
        );
        return Err(ConfigError::new(Kind::Missing, "redirect_uri", problem));
    };
    checked_callback(&setting)
}

/// Checks a redirect URI.
fn checked_callback(setting: &Setting<String>) -> Result<Url, ConfigError> {
    let url = public_url(setting)?;
    let problem = if url.query().is_some() {
        "contains a query, which is not supported; register one without it at Okta".to_owned()
    } else if url.path() == "/" {
        format!("needs a path that serves only Okta's callback, such as {CALLBACK_EXAMPLE}")
    } else if let Err(problem) = check_path(url.path()) {
        format!("has a path that {problem}")
    } else {
        return Ok(url);
    };
    Err(setting.shown(Kind::Invalid, problem))
}

fn checked_post_logout(
    sign_in: &SignIn,
    found: &Found,
    first: &Url,
    redirect_uri: &Url,
    prefix: &str,
) -> Result<Url, ConfigError> {
    let own = sign_in.post_logout_redirect_uri.clone();
    match Setting::higher(found.get(&POST_LOGOUT_REDIRECT_URI), own) {
        Some(setting) => {
            let url = public_url(&setting)?;
            if url.origin() != first.origin() {
                return Ok(url);
            }
            // The same page at each origin.
            let mut own = redirect_uri.clone();
            own.set_path(url.path());
            own.set_query(url.query());
            Ok(own)
        }
        None => {
            let mut url = redirect_uri.clone();
            url.set_path(&format!("{prefix}/"));
            Ok(url)
        }
    }
}

fn checked_client_auth(
    sign_in: &SignIn,
    secret: Option<&Setting<Secret>>,
) -> Result<Method, ConfigError> {
    let auth = match (&sign_in.client_auth, secret) {
        (Some(auth), _) => auth.clone(),
        (None, Some(secret)) => ClientAuth::basic(secret.value.clone()),
        (None, None) => ClientAuth::public(),
    };
    auth.checked()
}

fn checked_scopes(sign_in: &SignIn, found: &Found) -> Result<Vec<Box<str>>, ConfigError> {
    let default = || Setting::built(SCOPES.setter, vec!["profile".into(), "email".into()]);
    let mut setting = Setting::higher(found.get(&SCOPES).map(words), sign_in.scopes.clone())
        .unwrap_or_else(default);
    if sign_in.wants_refresh_token {
        setting.value.push("offline_access".into());
    }
    let mut scopes: Vec<Box<str>> = vec!["openid".into()];
    for scope in &setting.value {
        // RFC 6749 section 3.3.
        let is_sound = |byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        if scope.is_empty() || !scope.bytes().all(is_sound) {
            let problem = "must be words of printable ASCII without quotes and backslashes; name \
                           each scope on its own";
            return Err(setting.error(Kind::Invalid, problem).showing(scope));
        }
        if !scopes.iter().any(|known| **known == **scope) {
            scopes.push(scope.as_str().into());
        }
    }
    // Okta accepts 1024 characters in all.
    let length: usize = scopes.iter().map(|scope| scope.len() + 1).sum();
    if length > 1025 {
        let problem = "are longer than 1024 characters, which Okta rejects; request fewer";
        return Err(setting.error(Kind::OutOfRange, problem));
    }
    Ok(scopes)
}

fn checked_session(
    sign_in: &SignIn,
    application: &SealContext<'_>,
    fetch_timeout: Duration,
    checks_origin: bool,
) -> Result<SessionSettings, ConfigError> {
    if sign_in.cookie_options.same_site != SameSite::Lax && !checks_origin {
        let problem = "other than `Lax` requires the same-origin check; keep the check";
        return Err(ConfigError::new(Kind::Contradiction, "same_site", problem));
    }
    const MINUTE: Duration = Duration::from_secs(60);
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let grace = Setting::built("rotation_grace", sign_in.rotation_grace);
    let idle = in_range(
        Setting::built("idle_timeout", sign_in.idle),
        MINUTE..=DAY * 30,
    )?;
    let absolute = Setting::built("absolute_timeout", sign_in.absolute);
    let absolute = in_range(absolute, idle..=DAY * 90)?;
    let refresh_before = Setting::built("refresh_before", sign_in.refresh_before);
    let refresh_before = in_range(refresh_before, Duration::ZERO..=MINUTE * 10)?;
    let rotation_grace = in_range(grace, Duration::ZERO..=MINUTE * 2)?;
    let lock_ttl = fetch_timeout * 2 + Duration::from_secs(1);
    // The holder of the lock must have the token endpoint's response before the lock expires. If
    // the holder is killed, another must have time to use the old refresh token. No grace, no such
    // time.
    let is_short = !rotation_grace.is_zero() && lock_ttl >= rotation_grace;
    if sign_in.store.is_some() && is_short {
        let problem = format!(
            "must with a store be longer than {lock_ttl:?}, twice the fetch timeout plus one \
             second, so that a refresh that hangs can be repeated while the old refresh token \
             still works. Lower `fetch_timeout`, or raise this together with the grace period at \
             Okta"
        );
        let error = grace.error(Kind::Contradiction, problem);
        return Err(error.showing(format!("{rotation_grace:?}")));
    }
    let origins = sign_in.allowed_origins.iter();
    let sessions = Setting::built("max_sessions_per_user", sign_in.max_sessions_per_user);
    Ok(SessionSettings {
        max_per_user: in_range(sessions, 1..=10_000)?,
        cookie_name: checked_cookie_name(sign_in, application)?,
        cookie: sign_in.cookie_options,
        idle,
        absolute,
        refresh_before,
        rotation_grace,
        lock_ttl,
        keeps_access_token: sign_in.keeps_access_token,
        keeps_id_token: sign_in.keeps_id_token,
        checks_origin,
        allowed_origins: origins
            .map(|text| checked_origin("allow_origin", text))
            .collect::<Result<_, _>>()?,
    })
}

fn checked_keys(
    sign_in: &SignIn,
    found: &Found,
    redirect_uri: &Url,
    application: &SealContext<'_>,
) -> Result<SealKeys, ConfigError> {
    let found = found
        .get(&COOKIE_KEYS)
        .map(|setting| setting.map(Secret::new));
    let Some(setting) = Setting::higher(found, sign_in.cookie_keys.clone()) else {
        if is_loopback(redirect_uri) {
            return Ok(SealKeys::ephemeral(application));
        }
        let problem = format!(
            "is required for sign-in on another host than loopback, so that sessions survive a \
             restart and every process opens them: {KEY_RECIPE} and set OKTA_TOWER_COOKIE_KEYS"
        );
        return Err(ConfigError::new(Kind::Missing, "cookie_keys", problem));
    };
    SealKeys::parse(setting.value.expose(), application).map_err(|bad| {
        let problem = match bad {
            BadKey::Form => "must be keys of 32 bytes in base64url without padding",
            BadKey::Weak => "contains a weak key",
            BadKey::Count => "contains no key, one twice, or too many",
        };
        setting.error(Kind::Invalid, format!("{problem}; {KEY_RECIPE}"))
    })
}

/// Parses a URL that browsers are sent to: `https`, or `http` on loopback, spelled as Okta compares
/// it.
fn public_url(setting: &Setting<String>) -> Result<Url, ConfigError> {
    if setting.value.trim().is_empty() {
        setting.filled()?;
    }
    let url = checks::url(
        setting,
        &format!("must be a whole URL, such as {CALLBACK_EXAMPLE}"),
    )?;
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        let problem = "contains a user name, password or fragment; remove them";
        return Err(setting.shown_address(Kind::Invalid, problem));
    }
    check_scheme(setting, &url)?;
    if url.as_str() != setting.value {
        let problem = format!("is compared exactly by Okta; register and write it as {url}");
        return Err(setting.shown_address(Kind::Invalid, problem));
    }
    Ok(url)
}

fn check_scheme(setting: &Setting<String>, url: &Url) -> Result<(), ConfigError> {
    if url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url)) {
        return Ok(());
    }
    let problem = "must be https; plain http is allowed only on loopback (localhost, 127.0.0.1, \
                   [::1])";
    Err(setting.shown_address(Kind::Insecure, problem))
}

fn checked_origin(setter: &'static str, text: &str) -> Result<Box<str>, ConfigError> {
    let setting = Setting::built(setter, text.to_owned());
    let form = "must be an origin: scheme, host and port only, such as https://spa.example.com";
    let url = checks::url(&setting, form)?;
    check_scheme(&setting, &url)?;
    let origin = url.origin().ascii_serialization();
    if origin != text {
        return Err(setting.shown_address(Kind::Invalid, format!("{form}; write {origin}")));
    }
    Ok(origin.into())
}

/// Rejects a path that servers and proxies could read in several ways: with encoded, empty or
/// dotted parts.
fn check_path(path: &str) -> Result<(), &'static str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    if !path.starts_with('/') {
        Err("must begin with a slash")
    } else if path.len() > 200 {
        Err("is longer than 200 characters")
    } else if !path.bytes().all(is_plain) {
        Err("may contain only letters, digits, `-`, `.`, `_`, `~` and slashes")
    } else if path.ends_with('/') {
        Err("must contain a name and not end with a slash")
    } else if path[1..]
        .split('/')
        .any(|part| matches!(part, "" | "." | ".."))
    {
        Err("contains an empty or dotted part")
    } else {
        Ok(())
    }
}

fn checked_prefix(setting: &Setting<String>) -> Result<&str, ConfigError> {
    let prefix = setting.value.as_str();
    match prefix {
        "" | "/" => Ok(""),
        _ => match check_path(prefix) {
            Ok(()) => Ok(prefix),
            Err(problem) => Err(setting.shown(Kind::Invalid, problem)),
        },
    }
}

/// Returns the paths as the application receives them.
fn checked_paths(
    sign_in: &SignIn,
    redirect_uri: &Url,
    setting: &Setting<String>,
    prefix: &str,
) -> Result<Paths, ConfigError> {
    let is_behind = |rest: &&str| rest.starts_with('/');
    let Some(callback) = redirect_uri.path().strip_prefix(prefix).filter(is_behind) else {
        let problem = format!(
            "is not in front of the path of the redirect URI, {}; set the prefix that the proxy \
             removes, and register a redirect URI behind it",
            redirect_uri.path()
        );
        return Err(setting.shown(Kind::Contradiction, problem));
    };
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
        let setting = Setting::built(setting, path.clone());
        check_path(path).map_err(|problem| setting.shown(Kind::Invalid, problem))?;
        if let Some((_, other)) = taken.iter().find(|(known, _)| known == path) {
            let problem = format!("is also the path of {other}; choose another");
            return Err(setting.shown(Kind::Contradiction, problem));
        }
        taken.push((path, setting.origin.name()));
    }
    if callback == done {
        let problem = "has the path of the end of a sign-in; choose another";
        let error = ConfigError::new(Kind::Contradiction, "redirect_uri", problem);
        return Err(error.showing(callback));
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
    received: &Paths,
    prefix: &str,
) -> Result<Box<str>, ConfigError> {
    let setting = Setting::built("default_return_to", sign_in.default_return_to.clone());
    let path = setting.value.as_str();
    let whole = format!("{origin}{path}");
    // Browsers read a path in one way only if a URL parser leaves it unchanged.
    let is_plain =
        |url: &Url| path.starts_with('/') && !path.starts_with("//") && url.as_str() == whole;
    let Some(url) = Url::parse(&whole).ok().filter(is_plain) else {
        let problem = "must be a path of this application, such as /dashboard";
        return Err(setting.shown(Kind::Invalid, problem));
    };
    let Paths {
        login,
        callback,
        logout,
        session,
    } = received;
    let done = [login, logout].map(|path| format!("{path}/done"));
    let own = [login, callback, logout, session].map(|path| &**path);
    if own.contains(&url.path()) || done.iter().any(|own| own == url.path()) {
        let problem = "is one of the paths of sign-in; name a page";
        return Err(setting.shown(Kind::Contradiction, problem));
    }
    Ok(format!("{prefix}{path}").into())
}

fn checked_prompt(sign_in: &SignIn) -> Result<Option<Box<str>>, ConfigError> {
    let Some(prompt) = &sign_in.prompt else {
        return Ok(None);
    };
    let parts: Vec<&str> = prompt.split(' ').collect();
    let is_known = |part: &&str| matches!(*part, "none" | "login" | "consent" | "select_account");
    if !parts.iter().all(is_known) || (parts.contains(&"none") && parts.len() > 1) {
        let problem =
            "must be `login`, `consent`, `login consent`, `select_account`, or `none` alone";
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
            let problem = "requires an opener; name the front end's origin with `opener`";
            let setting = "hand_over_access_token";
            Err(ConfigError::new(Kind::Contradiction, setting, problem))
        }
        None => Ok(None),
    }
}

fn checked_cookie_name(
    sign_in: &SignIn,
    application: &SealContext<'_>,
) -> Result<Box<str>, ConfigError> {
    let Some(name) = sign_in.cookie_name.as_deref() else {
        return Ok(format!("okta_session_{}", application.client_tag()).into());
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.';
    let problem = if name.starts_with("__") {
        "must not begin with `__`; the prefix `__Host-` is added on https"
    } else if name.is_empty() || name.len() > 64 || !name.bytes().all(is_plain) {
        "must be 1 to 64 letters, digits, `_` and `.`"
    } else {
        return Ok(name.into());
    };
    Err(ConfigError::new(Kind::Invalid, "cookie_name", problem).showing(name))
}
