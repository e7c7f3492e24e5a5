//! The issuer of an authorization server, and the mistakes that are made with it.

use std::sync::Arc;

use url::{Host, Url};

use super::{
    ConfigError, ConfigErrorKind as Kind,
    setting::{Setting, is_address, is_placeholder},
};
use crate::base::fetch::{PlainHttp, is_loopback};

/// The issuer of a custom authorization server.
#[derive(Clone, Debug)]
pub(crate) struct Issuer {
    /// Exactly as configured: `iss` is compared with it character by character.
    text: Arc<str>,
    url: Url,
}

const EXAMPLE: &str = "https://{yourOktaDomain}/oauth2/default";
pub(crate) const REQUIRED: &str = "is required: the issuer of your authorization server, such as \
                                   https://{yourOktaDomain}/oauth2/default";

type Problem = (Kind, String);

impl Issuer {
    /// Checks the text.
    pub(crate) fn parse(setting: &Setting<String>, http: PlainHttp) -> Result<Self, ConfigError> {
        let url = parse(&setting.value, http)
            .map_err(|(kind, problem)| setting.shown_address(kind, problem))?;
        let text = setting.value.as_str().into();
        Ok(Self { text, url })
    }

    pub(crate) fn text(&self) -> &Arc<str> {
        &self.text
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Returns the URL of the metadata (OpenID Connect Discovery 1.0 section 4).
    pub(crate) fn discovery_url(&self) -> Url {
        self.endpoint("/.well-known/openid-configuration")
    }

    /// Returns the URL of Okta's fixed path of the keys.
    pub(crate) fn keys_url(&self) -> Url {
        self.endpoint("/v1/keys")
    }

    /// Returns the URL of one of Okta's fixed paths below the issuer, such as `/v1/token`.
    pub(crate) fn endpoint(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", self.url.path()));
        url
    }
}

/// Parses an issuer. The order of the checks decides which mistake is reported.
fn parse(text: &str, http: PlainHttp) -> Result<Url, Problem> {
    let error = |kind, problem: &str| Err((kind, problem.to_owned()));
    if text.is_empty() {
        return error(Kind::Missing, REQUIRED);
    }
    if is_placeholder(text) {
        let problem = "contains a placeholder; replace it with your own Okta domain, which the \
                       admin console shows at the top right";
        return error(Kind::Placeholder, problem);
    }
    if (text.chars()).any(|char| char.is_whitespace() || char.is_control()) {
        return error(Kind::NotAUrl, "contains white space; remove it");
    }
    if text.starts_with(['"', '\'']) || text.ends_with(['"', '\'']) {
        return error(Kind::NotAUrl, "contains quotes; remove them");
    }
    if !text.contains("://") {
        let problem = format!("has no scheme; write {}", with_scheme(text));
        return Err((Kind::NotAUrl, problem));
    }
    let Some(url) = Url::parse(text).ok().filter(Url::has_host) else {
        return error(Kind::NotAUrl, "is not a URL with a host");
    };
    if !url.username().is_empty() || url.password().is_some() {
        let problem = "contains a user name or password; remove them";
        return error(Kind::NotAnIssuer, problem);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return error(Kind::NotAnIssuer, "contains a query or fragment; remove it");
    }
    check_host(&url)?;
    if let Some((issuer, _)) = text.split_once("/.well-known/") {
        let problem = format!("is the URL of the issuer's metadata; the issuer itself is {issuer}");
        return Err((Kind::NotAnIssuer, problem));
    }
    match url.scheme() {
        "http" if !http.allows(&url) => return error(Kind::Insecure, insecure(&url)),
        "http" | "https" => {}
        _ => return error(Kind::NotAUrl, "has another scheme than https; use https"),
    }
    check_path(&url, text)?;
    if text.ends_with('/') {
        let problem = format!(
            "ends with a slash, and Okta's issuers, which are compared exactly, do not; write {}",
            text.trim_end_matches('/')
        );
        return Err((Kind::TrailingSlash, problem));
    }
    if url.as_str() != text {
        let problem = format!("is compared exactly, and Okta writes this issuer as {url}");
        return Err((Kind::NotAnIssuer, problem));
    }
    Ok(url)
}

/// Returns what is wrong with plain `http`, and the remedies.
pub(crate) fn insecure(url: &Url) -> &'static str {
    if is_loopback(url) {
        "is plain http, so an attacker on the network can replace the signing keys; use https \
         (for a test issuer on loopback, set OKTA_TESTING_DISABLE_HTTPS_CHECK=true or call \
         .danger().allow_http_on_loopback())"
    } else {
        "is plain http beyond loopback, so an attacker on the network can replace the signing \
         keys; use https, or if you trust the network between, call \
         .danger().allow_http_beyond_loopback(). If the issuer's name is another one, and only \
         its address has no TLS, configure the name and set issuer_address"
    }
}

/// Returns what was most likely meant by an issuer without its scheme.
fn with_scheme(text: &str) -> String {
    let bare = (text
        .strip_prefix("https:")
        .or_else(|| text.strip_prefix("http:")))
    .unwrap_or(text);
    let bare = bare.trim_matches('/');
    match (is_address(text), bare.contains('/')) {
        (true, true) => format!("https://{bare}"),
        (true, false) => format!("https://{bare}/oauth2/default"),
        (false, _) => EXAMPLE.to_owned(),
    }
}

/// Rejects the hosts that are mistaken for an org's domain.
pub(crate) fn check_host(url: &Url) -> Result<(), Problem> {
    let Some(Host::Domain(name)) = url.host() else {
        return Ok(());
    };
    if name == "example.okta.com" {
        let problem = "is the domain of examples; replace it with your own Okta domain";
        return Err((Kind::Placeholder, problem.into()));
    }
    for domain in [
        ".okta.com",
        ".oktapreview.com",
        ".okta-emea.com",
        ".okta-gov.com",
    ] {
        let org = name.strip_suffix(domain);
        if let Some(org) = org.and_then(|org| org.strip_suffix("-admin")) {
            let right = url.as_str().replacen(name, &format!("{org}{domain}"), 1);
            let problem =
                format!("is the host of the admin console, which issues no tokens; write {right}");
            return Err((Kind::AdminHost, problem));
        }
    }
    if name.ends_with(".com.com") {
        let problem = "ends with .com.com, which looks like a typo; write .com once";
        return Err((Kind::NotAnIssuer, problem.into()));
    }
    Ok(())
}

/// Rejects the path of an org authorization server. A custom one has the path `/oauth2/{id}`.
fn check_path(url: &Url, text: &str) -> Result<(), Problem> {
    if url.path().contains("//") {
        let problem = "contains two slashes in a row; write one";
        return Err((Kind::NotAnIssuer, problem.into()));
    }
    let segments: Vec<&str> = url.path().trim_matches('/').split('/').collect();
    match segments.as_slice() {
        ["oauth2", id] if !id.is_empty() && *id != "v1" => Ok(()),
        ["oauth2", id, ..] if !id.is_empty() && *id != "v1" => {
            let end = text
                .find(&format!("/oauth2/{id}"))
                .map_or(0, |at| at + "/oauth2/".len() + id.len());
            let issuer = &text[..end];
            let problem = format!(
                "continues after the authorization server's ID, with which an issuer ends; write \
                 {issuer}"
            );
            Err((Kind::NotAnIssuer, problem))
        }
        _ => {
            let origin = url.origin().ascii_serialization();
            let problem = format!(
                "is not the issuer of a custom authorization server, which ends with \
                 /oauth2/{{id}}. An Okta org's own issuer cannot be used: its access tokens are \
                 for Okta's own API, their contents may change without notice, and only Okta may \
                 verify them. Most Okta orgs have a custom authorization server at \
                 {origin}/oauth2/default; the admin console lists them under Security > API > \
                 Authorization Servers"
            );
            Err((Kind::OrgIssuer, problem))
        }
    }
}

#[cfg(test)]
mod tests;
