//! Tells other kinds of token apart, and issuers: the hints in the messages of findings.

use serde_json::Value;
use url::Url;

use crate::{bearer::token::Policy, error::TokenErrorKind};

/// Says why a text is no token in compact form.
pub(super) fn malformed(token: &str, kind: TokenErrorKind) -> String {
    let trimmed = token.trim();
    let parts = trimmed.split('.').count();
    match kind {
        TokenErrorKind::Encrypted => {
            "the token has five parts: access-token encryption is on, and \
                                      the token is a JWE"
                .to_owned()
        }
        _ if trimmed.is_empty() => "there is no token".to_owned(),
        _ if has_scheme(token) => {
            "the token begins with the scheme `Bearer`, which is not a part of it".to_owned()
        }
        TokenErrorKind::NotCompact if parts == 1 && trimmed.starts_with("00") => {
            "the value has no dots and begins with `00`: an API token of Okta's management API"
                .to_owned()
        }
        TokenErrorKind::NotCompact if parts == 1 => {
            "the value has no dots: a refresh token, an authorization code, or a piece of a token"
                .to_owned()
        }
        TokenErrorKind::NotCompact if parts == 3 => {
            "one of the token's three parts is empty, such as the signature of an unsigned token"
                .to_owned()
        }
        TokenErrorKind::NotCompact => format!("the value has {parts} parts instead of three"),
        _ => odd_characters(token).to_owned(),
    }
}

fn odd_characters(token: &str) -> &'static str {
    if token.contains(char::is_whitespace) {
        "the token contains blanks or line breaks"
    } else if token.contains(['"', '\'']) {
        "the token contains quotes"
    } else if token.contains('=') {
        "the token contains padding (`=`)"
    } else if token.contains('%') {
        "the token is percent-encoded"
    } else {
        "a part of the token is not canonical base64url"
    }
}

fn has_scheme(token: &str) -> bool {
    let scheme = token.trim_start().get(..7);
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("Bearer "))
}

/// Returns the token without what is often copied along with it.
pub(super) fn cleaned(token: &str) -> &str {
    let around = |char: char| char.is_whitespace() || "\"'`,;".contains(char);
    let token = token.trim_matches(around);
    if has_scheme(token) {
        token[7..].trim_matches(around)
    } else {
        token
    }
}

/// Says what kind of token has this `typ`, if it is no access token.
pub(super) fn of_type(typ: &str) -> Option<&'static str> {
    let name = typ.to_ascii_lowercase();
    Some(match name.strip_prefix("application/").unwrap_or(&name) {
        "oauth-id-jag+jwt" => {
            "an ID-JAG, which the client must exchange for an access token at the authorization \
             server"
        }
        "logout+jwt" => "a logout token",
        "secevent+jwt" => "a security event token",
        "dpop+jwt" => "a DPoP proof",
        "token-introspection+jwt" => "a response of token introspection",
        "oauth-authz-req+jwt" => "an authorization request",
        _ => return None,
    })
}

/// Says what kind of token has this claim, which access tokens have not.
pub(super) fn of_claim(claim: &str, claims: &Value) -> &'static str {
    match claim {
        "events" | "toe" => "a logout token or a security event token",
        "nonce" | "at_hash" | "c_hash" | "s_hash" => "an ID token",
        "jti" => "an ID token (Okta's `jti` begins with `ID.`)",
        // Neither a client nor scopes.
        _ if is_client_id(claims.get("aud")) => "an ID token (`aud` is a client ID)",
        _ => "not an access token: it names neither a client nor scopes",
    }
}

/// Says what kind of token is for this audience, if it is not an API's.
pub(super) fn of_audience(aud: &Value, policy: &Policy) -> Option<&'static str> {
    if is_client_id(Some(aud)) {
        return Some("a client ID, the audience of ID tokens");
    }
    let aud = aud.as_str()?;
    if policy.check_issuer(Some(aud)).is_ok() {
        return Some(
            "the authorization server itself, the audience of client assertions and ID-JAGs",
        );
    }
    let (url, own) = (Url::parse(aud).ok()?, Url::parse(&policy.issuer).ok()?);
    is_org(&url, &own).then_some("an Okta org itself, the audience of tokens for Okta's own API")
}

/// Okta's client IDs begin with `0oa`.
fn is_client_id(aud: Option<&Value>) -> bool {
    aud.and_then(Value::as_str)
        .is_some_and(|aud| aud.starts_with("0oa"))
}

/// Says how an issuer differs from the one that is configured.
pub(super) fn of_issuer(iss: &str, policy: &Policy) -> &'static str {
    let (Ok(iss_url), Ok(own)) = (Url::parse(iss), Url::parse(&policy.issuer)) else {
        return "no URL";
    };
    let (host, path) = (iss_url.host_str(), iss_url.path());
    let has_server = path.starts_with("/oauth2/");
    if iss.trim_end_matches('/') == &*policy.issuer {
        "the configured issuer with a slash at its end"
    } else if is_org(&iss_url, &own) {
        "an Okta org itself, whose access tokens are for Okta's own API"
    } else if host == own.host_str() && path != own.path() && has_server {
        "another authorization server of the same org"
    } else if path == own.path() {
        "another host name: of the same authorization server (a custom domain, or the issuer mode \
         Dynamic), or of another org"
    } else {
        "another issuer"
    }
}

/// Returns whether this is the URL of an org, without the path of an authorization server.
fn is_org(url: &Url, own: &Url) -> bool {
    let okta = [
        ".okta.com",
        ".oktapreview.com",
        ".okta-emea.com",
        ".okta-gov.com",
    ];
    let host = url.host_str();
    let is_okta = host.is_some_and(|host| okta.iter().any(|domain| host.ends_with(domain)));
    !url.path().starts_with("/oauth2/") && (is_okta || host == own.host_str())
}
