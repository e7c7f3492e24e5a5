//! An issuer as Okta has them: which text is one, and which mistakes are made with it.

use std::sync::Arc;

use url::{Host, Url};

use super::{ConfigError, ConfigErrorKind as Kind};
pub(crate) use crate::base::fetch::is_loopback;

/// The issuer of a custom authorization server.
#[derive(Clone, Debug)]
pub(crate) struct Issuer {
    /// Exactly as configured: it is compared with `iss` character by character.
    text: Arc<str>,
    url: Url,
    discovery: Url,
    keys: Url,
}

const EXAMPLE: &str = "https://{yourOktaDomain}/oauth2/default";

impl Issuer {
    /// Checks the text. `allows_http` lets plain `http` pass on loopback.
    pub(crate) fn parse(
        setting: &'static str,
        text: &str,
        allows_http: bool,
    ) -> Result<Self, ConfigError> {
        // A secret that was put in the wrong place must not be shown: neither a password before an `@` nor what looks like
        // no address at all.
        let is_address = !text.contains('@') && (text.contains("://") || text.contains('.'));
        let error = |kind, problem: String| {
            let error = ConfigError::new(kind, setting, problem);
            if is_address {
                error.showing(text)
            } else {
                error
            }
        };
        let plain = |kind, problem: &str| error(kind, problem.to_owned());

        if text.is_empty() {
            let problem = format!(
                "it is required: the issuer of your authorization server, such as {EXAMPLE}"
            );
            return Err(ConfigError::new(Kind::Missing, setting, problem));
        }
        if is_placeholder(text) {
            return Err(plain(
                Kind::Placeholder,
                "a placeholder was left in; replace it with your own Okta domain, which the admin console shows at the top right",
            ));
        }
        if text
            .chars()
            .any(|char| char.is_whitespace() || char.is_control())
        {
            return Err(plain(Kind::NotAUrl, "it holds white space; remove it"));
        }
        if text.starts_with(['"', '\'']) || text.ends_with(['"', '\'']) {
            return Err(plain(
                Kind::NotAUrl,
                "the quotes are part of the value; remove them",
            ));
        }
        if !text.contains("://") {
            let problem = format!(
                "the scheme is missing; write {}",
                with_scheme(text, is_address)
            );
            return Err(error(Kind::NotAUrl, problem));
        }
        let url = Url::parse(text).map_err(|_| plain(Kind::NotAUrl, "it is not a URL"))?;
        let Some(host) = url.host() else {
            return Err(plain(Kind::NotAUrl, "it has no host"));
        };
        if !url.username().is_empty() || url.password().is_some() {
            // The value is not shown: it holds a password.
            let problem = "an issuer holds no user name or password; remove them";
            return Err(ConfigError::new(Kind::NotAnIssuer, setting, problem));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(plain(
                Kind::NotAnIssuer,
                "an issuer has no query or fragment; remove them",
            ));
        }
        check_host(&host, &url).map_err(|(kind, problem)| error(kind, problem))?;
        if let Some((issuer, _)) = text.split_once("/.well-known/") {
            return Err(error(
                Kind::NotAnIssuer,
                format!(
                    "this is the address of the issuer's metadata; the issuer itself is {issuer}"
                ),
            ));
        }
        match url.scheme() {
            "http" if !allows_http => {
                return Err(plain(
                    Kind::Insecure,
                    "plain http lets anybody on the way replace the signing keys; use https (an issuer for tests on loopback is allowed by OKTA_TESTING_DISABLE_HTTPS_CHECK=true or .danger().allow_http_on_loopback())",
                ));
            }
            "http" if !is_loopback(&host) => {
                return Err(plain(
                    Kind::Insecure,
                    "plain http is allowed on loopback alone (localhost, 127.0.0.1, [::1]), whatever else is set; use https",
                ));
            }
            "http" | "https" => {}
            _ => return Err(plain(Kind::NotAUrl, "an issuer's scheme is https")),
        }
        check_path(&url, text).map_err(|(kind, problem)| error(kind, problem))?;
        if text.ends_with('/') {
            return Err(error(
                Kind::TrailingSlash,
                format!(
                    "Okta's issuers do not end with a slash, and they are compared exactly; write {}",
                    text.trim_end_matches('/')
                ),
            ));
        }
        if url.as_str() != text {
            return Err(error(
                Kind::NotAnIssuer,
                format!("issuers are compared exactly, and Okta writes this one as {url}"),
            ));
        }
        let below = |path: &str| {
            Url::parse(&format!("{text}{path}"))
                .map_err(|_| plain(Kind::NotAUrl, "it is not a URL"))
        };
        Ok(Self {
            discovery: below("/.well-known/openid-configuration")?,
            keys: below("/v1/keys")?,
            text: text.into(),
            url,
        })
    }

    pub(crate) fn text(&self) -> &Arc<str> {
        &self.text
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Where the metadata are (OpenID Connect Discovery 1.0 section 4).
    pub(crate) fn discovery_url(&self) -> Url {
        self.discovery.clone()
    }

    /// Okta's fixed path of the keys.
    pub(crate) fn keys_url(&self) -> Url {
        self.keys.clone()
    }

    /// One of Okta's fixed paths below the issuer, such as `/v1/token`.
    #[cfg(feature = "sign-in")]
    pub(crate) fn endpoint(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", self.url.path()));
        url
    }
}

/// What was most likely meant by an issuer without its scheme.
fn with_scheme(text: &str, is_address: bool) -> String {
    let bare = (text
        .strip_prefix("https:")
        .or_else(|| text.strip_prefix("http:")))
    .unwrap_or(text);
    let bare = bare.trim_matches('/');
    match (is_address, bare.contains('/')) {
        (true, true) => format!("https://{bare}"),
        (true, false) => format!("https://{bare}/oauth2/default"),
        (false, _) => EXAMPLE.to_owned(),
    }
}

/// Whether the text is, or holds, something that a template wanted replaced.
pub(crate) fn is_placeholder(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    [
        "{",
        "}",
        "%7b",
        "%7d",
        "<",
        ">",
        "yourokta",
        "yourdomain",
        "your-domain",
        "your-okta",
        "your_okta",
    ]
    .iter()
    .any(|mark| lower.contains(mark))
}

pub(crate) fn check_host(host: &Host<&str>, url: &Url) -> Result<(), (Kind, String)> {
    let Host::Domain(name) = host else {
        return Ok(());
    };
    if *name == "example.okta.com" {
        let problem = "this is the domain of examples; replace it with your own Okta domain";
        return Err((Kind::Placeholder, problem.into()));
    }
    for domain in [
        ".okta.com",
        ".oktapreview.com",
        ".okta-emea.com",
        ".okta-gov.com",
    ] {
        if let Some(org) = name
            .strip_suffix(domain)
            .and_then(|org| org.strip_suffix("-admin"))
        {
            let right = url.as_str().replacen(*name, &format!("{org}{domain}"), 1);
            return Err((
                Kind::AdminHost,
                format!(
                    "this is the host of the admin console, which issues no tokens; write {right}"
                ),
            ));
        }
    }
    if name.ends_with(".com.com") {
        return Err((
            Kind::NotAnIssuer,
            "the domain ends with .com.com, which looks like a slip of the pen; write .com once"
                .into(),
        ));
    }
    Ok(())
}

/// The path tells the two kinds of authorization server apart: `/oauth2/{id}` is a custom one, anything else the org's.
fn check_path(url: &Url, text: &str) -> Result<(), (Kind, String)> {
    if url.path().contains("//") {
        return Err((
            Kind::NotAnIssuer,
            "its path holds two slashes in a row; write one".into(),
        ));
    }
    let segments: Vec<&str> = url.path().trim_matches('/').split('/').collect();
    match segments.as_slice() {
        ["oauth2", id] if !id.is_empty() && *id != "v1" => Ok(()),
        ["oauth2", id, ..] if !id.is_empty() && *id != "v1" => {
            let end = text
                .find(&format!("/oauth2/{id}"))
                .map_or(0, |at| at + "/oauth2/".len() + id.len());
            Err((
                Kind::NotAnIssuer,
                format!(
                    "an issuer ends with the authorization server's id; write {}",
                    &text[..end]
                ),
            ))
        }
        _ => Err((
            Kind::OrgIssuer,
            format!(
                "it is not the issuer of a custom authorization server, which ends with /oauth2/{{id}}. An Okta org's own issuer cannot be \
                 used: its access tokens are for Okta's own API, their contents may change without notice, and nobody else may \
                 verify them. Most Okta orgs have a custom authorization server at {}/oauth2/default; the admin console lists them \
                 under Security > API > Authorization Servers",
                url.origin().ascii_serialization()
            ),
        )),
    }
}

#[cfg(test)]
mod tests;
