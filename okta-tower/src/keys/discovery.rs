//! The issuer's metadata (OpenID Connect Discovery 1.0 section 4; RFC 8414): where its keys are,
//! and its endpoints.

use std::fmt;

use serde::de::MapAccess;
use url::Url;

use crate::base::{
    fetch::UrlPolicy,
    json::{self, Member, Members, ReadResult},
};

/// How many members a metadata document may have. Okta's has about 30.
const MAX_MEMBERS: usize = 512;

/// RFC 9207 section 3.
const NAMES_ISSUER: &str = "authorization_response_iss_parameter_supported";

/// The members with an endpoint that sign-in uses. Without sign-in, none of them is read.
const ENDPOINTS: [&str; 6] = [
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "revocation_endpoint",
    "end_session_endpoint",
    "pushed_authorization_request_endpoint",
];

/// Why a metadata document is not used. Unlike a document that is not there, one that is wrong is
/// never worked around.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DiscoveryError {
    /// Not a JSON object with each member once.
    Malformed,
    /// This member is required and missing, or has the wrong type, or is not a URL.
    Member(&'static str),
    /// Its `issuer` is not, character for character, the one configured, but this one.
    WrongIssuer(Box<str>),
    /// This member is not https, or not on an allowed host.
    UrlNotAllowed {
        member: &'static str,
        origin: Box<str>,
    },
}

impl fmt::Display for DiscoveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("it is not valid authorization server metadata"),
            Self::Member(member) => write!(f, "its `{member}` is missing or not what it must be"),
            Self::WrongIssuer(issuer) => write!(
                f,
                "its `issuer` is not exactly the configured one, but {issuer:?}; if that is your \
                 issuer, configure it, and set `issuer_address` if its host is not reachable"
            ),
            Self::UrlNotAllowed { member, origin } => write!(
                f,
                "its `{member}` is on {origin}, which is not https or not the issuer's host; if \
                 the issuer is reached there, set `issuer_address`"
            ),
        }
    }
}

/// What a metadata document says.
#[derive(Debug)]
pub(crate) struct Metadata {
    pub(crate) jwks_url: Url,
    /// The endpoints that sign-in uses, by their names.
    pub(crate) endpoints: Vec<(&'static str, Url)>,
    /// `authorization_response_iss_parameter_supported` (RFC 9207 section 3).
    pub(crate) names_issuer_in_callback: bool,
}

/// Reads the document. What is not used need not be right: `uses_endpoints` is for sign-in.
pub(crate) fn read(
    body: &[u8],
    issuer: &str,
    urls: &UrlPolicy,
    uses_endpoints: bool,
) -> Result<Metadata, DiscoveryError> {
    let text = std::str::from_utf8(body).map_err(|_| DiscoveryError::Malformed)?;
    let mut found = Found {
        uses_endpoints,
        ..Found::default()
    };
    json::read_object(text, MAX_MEMBERS, &mut found).map_err(|_| match found.reading {
        Some(member) => DiscoveryError::Member(member),
        None => DiscoveryError::Malformed,
    })?;
    // RFC 8414 section 3.3: identical, or the document MUST NOT be used.
    let named = found.issuer.ok_or(DiscoveryError::Member("issuer"))?;
    if named != issuer {
        let shown: String = named.chars().take(200).collect();
        return Err(DiscoveryError::WrongIssuer(shown.into()));
    }
    let checked = |member, text: &str| {
        let url = Url::parse(text).map_err(|_| DiscoveryError::Member(member))?;
        let is_for_browsers = matches!(member, "authorization_endpoint" | "end_session_endpoint");
        let result = if is_for_browsers {
            urls.check(&url)
        } else {
            urls.resolve(&url).map(drop)
        };
        let origin = || url.origin().ascii_serialization().into();
        result.map_err(|_| DiscoveryError::UrlNotAllowed {
            member,
            origin: origin(),
        })?;
        Ok((member, url))
    };
    let jwks_uri = found.jwks_uri.ok_or(DiscoveryError::Member("jwks_uri"))?;
    let (_, jwks_url) = checked("jwks_uri", &jwks_uri)?;
    let endpoints = (found.endpoints.iter()).map(|(member, text)| checked(member, text));
    Ok(Metadata {
        jwks_url,
        endpoints: endpoints.collect::<Result<_, _>>()?,
        names_issuer_in_callback: found.names_issuer_in_callback,
    })
}

#[derive(Default)]
struct Found {
    uses_endpoints: bool,
    issuer: Option<String>,
    jwks_uri: Option<String>,
    endpoints: Vec<(&'static str, String)>,
    names_issuer_in_callback: bool,
    /// The member in use whose value is being read.
    reading: Option<&'static str>,
}

impl Found {
    /// Returns the name of a member that is used.
    fn used(&self, name: &str) -> Option<&'static str> {
        const ALWAYS: [&str; 2] = ["issuer", "jwks_uri"];
        let for_sign_in = (ENDPOINTS.iter()).chain([&NAMES_ISSUER]);
        let for_sign_in = for_sign_in.filter(|_| self.uses_endpoints);
        (ALWAYS.iter().chain(for_sign_in))
            .copied()
            .find(|used| *used == name)
    }
}

impl<'d> Members<'d> for Found {
    fn member<A: MapAccess<'d>>(&mut self, name: &str, value: Member<'_, A>) -> ReadResult<'d, A> {
        let Some(member) = self.used(name) else {
            return value.skip();
        };
        self.reading = Some(member);
        // `null` counts as absent.
        match member {
            "issuer" => self.issuer = value.get()?,
            "jwks_uri" => self.jwks_uri = value.get()?,
            NAMES_ISSUER => {
                let names_issuer: Option<bool> = value.get()?;
                self.names_issuer_in_callback = names_issuer.unwrap_or_default();
            }
            _ => {
                let url: Option<String> = value.get()?;
                self.endpoints.extend(url.map(|url| (member, url)));
            }
        }
        self.reading = None;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::okta::builder::OktaBuilder;

    const ISSUER: &str = "https://a.okta.com/oauth2/default";

    /// Reads a document as an application of this issuer would that uses sign-in.
    fn read_as(issuer: &str, document: &str) -> Result<String, DiscoveryError> {
        read_for(issuer, document, true)
    }

    fn read_for(issuer: &str, document: &str, signs_in: bool) -> Result<String, DiscoveryError> {
        let config = OktaBuilder::new(ISSUER)
            .extra_issuers(["https://login.example.com/oauth2/default"])
            .build()
            .unwrap();
        let found = read(document.as_bytes(), issuer, &config.urls, signs_in);
        found.map(|found| found.jwks_url.into())
    }

    fn is_foreign(result: &Result<String, DiscoveryError>, name: &str) -> bool {
        matches!(result, Err(DiscoveryError::UrlNotAllowed { member, .. }) if *member == name)
    }

    /// A document with these members and the right issuer.
    fn with(members: &str) -> Result<String, DiscoveryError> {
        read_as(ISSUER, &format!(r#"{{"issuer":"{ISSUER}",{members}}}"#))
    }

    fn keys_at(url: &str) -> Result<String, DiscoveryError> {
        with(&format!(r#""jwks_uri":"{url}""#))
    }

    #[test]
    fn keys_may_be_anywhere_on_the_issuers_hosts() {
        for url in [
            "https://a.okta.com/oauth2/default/v1/keys",
            "https://a.okta.com/oauth2/v1/keys?client_id=0oa1",
            "https://login.example.com/keys",
        ] {
            assert_eq!(keys_at(url).as_deref(), Ok(url));
        }
        let with_the_port = keys_at("https://a.okta.com:443/keys");
        assert_eq!(with_the_port.as_deref(), Ok("https://a.okta.com/keys"));
        let escaped = keys_at(r"https:\/\/a.okta.com\u002fkeys");
        assert_eq!(escaped.as_deref(), Ok("https://a.okta.com/keys"));
    }

    #[test]
    fn keys_may_be_nowhere_else() {
        for url in [
            "http://a.okta.com/oauth2/default/v1/keys",
            "https://a.okta.com:8443/oauth2/default/v1/keys",
            "https://a.okta.com.evil.example/keys",
            "https://evil.example/https://a.okta.com/keys",
            "https://a.okta.com@evil.example/keys",
            "https://user:password@a.okta.com/keys",
            r"https://evil.example\\@a.okta.com/keys",
            "https://b.okta.com/oauth2/default/v1/keys",
            "file:///keys",
            "data:application/json,{}",
        ] {
            assert!(is_foreign(&keys_at(url), "jwks_uri"), "{url}");
        }
        for url in [
            "",
            "keys",
            "/oauth2/default/v1/keys",
            "//a.okta.com/keys",
            "https://",
        ] {
            assert_eq!(
                keys_at(url),
                Err(DiscoveryError::Member("jwks_uri")),
                "{url}"
            );
        }
    }

    #[test]
    fn endpoint_that_is_used_must_be_right() {
        for member in ENDPOINTS {
            let document = |value: &str| {
                let keys = r#""jwks_uri":"https://a.okta.com/keys""#;
                format!(r#"{{"issuer":"{ISSUER}",{keys},"{member}":{value}}}"#)
            };
            let with_sign_in = |value: &str| read_as(ISSUER, &document(value));
            let without = |value: &str| read_for(ISSUER, &document(value), false);
            for right in [r#""https://a.okta.com/x""#, "null"] {
                assert!(
                    with_sign_in(right).is_ok() && without(right).is_ok(),
                    "{member}"
                );
            }
            let foreign = r#""https://evil.example/x""#;
            assert!(is_foreign(&with_sign_in(foreign), member), "{member}");
            assert!(without(foreign).is_ok(), "{member}");
            for wrong in ["5", "{}", r#"["https://a.okta.com/x"]"#, r#""/x""#, r#""""#] {
                let named = Err(DiscoveryError::Member(member));
                assert_eq!(with_sign_in(wrong), named, "{member} {wrong}");
                assert!(without(wrong).is_ok(), "{member} {wrong}");
            }
        }
        let flag = |value: &str, signs_in| {
            let keys = r#""jwks_uri":"https://a.okta.com/keys""#;
            let document = format!(r#"{{"issuer":"{ISSUER}",{keys},"{NAMES_ISSUER}":{value}}}"#);
            read_for(ISSUER, &document, signs_in)
        };
        assert!(flag("true", true).is_ok() && flag("null", true).is_ok());
        assert_eq!(
            flag(r#""yes""#, true),
            Err(DiscoveryError::Member(NAMES_ISSUER))
        );
        assert!(flag(r#""yes""#, false).is_ok());
    }

    #[test]
    fn member_that_is_not_used_may_be_anything() {
        for member in [
            "registration_endpoint",
            "introspection_endpoint",
            "device_authorization_endpoint",
            "new_endpoint",
            "service_documentation",
            "response_types_supported",
        ] {
            for value in ["null", "5", "{}", r#""https://docs.example/x""#, r#""x""#] {
                let members = r#""jwks_uri":"https://a.okta.com/keys""#;
                assert!(
                    with(&format!(r#"{members},"{member}":{value}"#)).is_ok(),
                    "{member}"
                );
                // It must still be JSON with each member once.
                let twice = format!(r#"{members},"{member}":{value},"{member}":{value}"#);
                assert_eq!(with(&twice), Err(DiscoveryError::Malformed), "{member}");
            }
        }
    }

    #[test]
    fn error_names_the_member_and_the_remedy() {
        let text = |result: Result<String, DiscoveryError>| result.unwrap_err().to_string();
        let missing = text(with(r#""x":1"#));
        assert_eq!(missing, "its `jwks_uri` is missing or not what it must be");
        let foreign = text(keys_at(
            "https://user:hunter2@okta.internal:8443/keys?secret",
        ));
        assert!(
            foreign.contains("`jwks_uri` is on https://okta.internal:8443,"),
            "{foreign}"
        );
        assert!(foreign.contains("set `issuer_address`"), "{foreign}");
        assert!(
            !foreign.contains("hunter2") && !foreign.contains("secret"),
            "{foreign}"
        );
        let other = text(read_as(
            "https://b.okta.com/oauth2/default",
            &format!(r#"{{"issuer":"{ISSUER}\n","jwks_uri":"https://a.okta.com/keys"}}"#),
        ));
        assert!(
            other.contains(r#"but "https://a.okta.com/oauth2/default\n""#),
            "{other}"
        );
    }

    #[test]
    fn issuer_is_compared_character_by_character() {
        let document = |issuer: &str| {
            let members = r#""jwks_uri":"https://a.okta.com/keys""#;
            read_as(ISSUER, &format!(r#"{{"issuer":"{issuer}",{members}}}"#))
        };
        assert!(document(ISSUER).is_ok());
        for other in [
            "",
            "https://a.okta.com/oauth2/default/",
            "https://a.okta.com/oauth2/Default",
            "https://A.okta.com/oauth2/default",
            "https://a.okta.com:443/oauth2/default",
            "https://a.okta.com/oauth2/%64efault",
            "https://login.example.com/oauth2/default",
            "https://a.okta.com",
        ] {
            let expected = Err(DiscoveryError::WrongIssuer(other.into()));
            assert_eq!(document(other), expected, "{other}");
        }
    }

    #[test]
    fn unsound_document_is_not_read() {
        const KEYS: &str = r#""jwks_uri":"https://a.okta.com/keys""#;
        let sound = format!(r#"{{"issuer":"{ISSUER}",{KEYS},"x":{{"y":[1,null,true,"z"]}}}}"#);
        assert!(read_as(ISSUER, &sound).is_ok());
        assert!(read_as(ISSUER, &format!(" \n{sound}\n")).is_ok());
        let mut unsound = vec![
            String::new(),
            "null".into(),
            "[]".into(),
            "{}".into(),
            "<!doctype html>".into(),
            format!("\u{feff}{sound}"),
            format!("{sound},"),
            format!("{sound}{sound}"),
            format!("{{{KEYS}}}"),
            format!(r#"{{"issuer":"{ISSUER}"}}"#),
            format!(r#"{{"issuer":null,{KEYS}}}"#),
            format!(r#"{{"issuer":["{ISSUER}"],{KEYS}}}"#),
            format!(r#"{{"issuer":"{ISSUER}","jwks_uri":null}}"#),
            format!(r#"{{"issuer":"{ISSUER}","jwks_uri":{{}}}}"#),
            format!(r#"{{"issuer":"{ISSUER}","jwks_uri":["https://a.okta.com/keys"]}}"#),
            format!(r#"{{"issuer":"{ISSUER}",{KEYS},{KEYS}}}"#),
            format!(r#"{{"issuer":"https://evil.example","issuer":"{ISSUER}",{KEYS}}}"#),
            format!(r#"{{"issuer":"{ISSUER}",{KEYS},"\u006awks_uri":"https://a.okta.com/"}}"#),
            format!(r#"{{"issuer":"{ISSUER}",{KEYS},"x":{{"y":1,"y":2}}}}"#),
            format!(
                r#"{{"issuer":"{ISSUER}",{KEYS},"x":{}1{}}}"#,
                "[".repeat(99),
                "]".repeat(99)
            ),
        ];
        let many: Vec<String> = (0..MAX_MEMBERS).map(|x| format!(r#""x{x}":1"#)).collect();
        unsound.push(format!(
            r#"{{"issuer":"{ISSUER}",{KEYS},{}}}"#,
            many.join(",")
        ));
        for document in unsound {
            let invalid = |signs_in| {
                let error = read_for(ISSUER, &document, signs_in).unwrap_err();
                matches!(error, DiscoveryError::Malformed | DiscoveryError::Member(_))
            };
            assert!(invalid(true) && invalid(false), "{document}");
        }
        let config = OktaBuilder::new(ISSUER).build().unwrap();
        let latin1 = read(b"{\"issuer\":\"\xe9\"}", ISSUER, &config.urls, true);
        assert_eq!(latin1.err(), Some(DiscoveryError::Malformed));
    }
}
