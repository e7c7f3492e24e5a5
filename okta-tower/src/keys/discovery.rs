//! The issuer's metadata (OpenID Connect Discovery 1.0 section 4; RFC 8414): where its keys are,
//! and its endpoints.

use serde::de::MapAccess;
use url::Url;

use crate::base::{
    fetch::UrlPolicy,
    json::{self, Member, Members, ReadResult},
};

/// How many members a metadata document may have. Okta's has about 30.
const MAX_MEMBERS: usize = 512;

/// Why a metadata document is not used. Unlike a document that is not there, one that is wrong is
/// never worked around.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DiscoveryError {
    /// Not a JSON object with each member once, or a required member is missing or of the wrong
    /// type.
    Invalid,
    /// Its `issuer` is not, character for character, the one configured.
    WrongIssuer,
    /// Its `jwks_uri` is not https, or not on an allowed host.
    UrlNotAllowed,
}

/// What a metadata document says.
#[derive(Debug)]
pub(super) struct Metadata {
    pub(super) jwks_url: Url,
    /// Every member whose name ends with `_endpoint`.
    #[cfg(feature = "sign-in")]
    pub(super) endpoints: Vec<(String, Url)>,
    /// `authorization_response_iss_parameter_supported` (RFC 9207 section 3).
    #[cfg(feature = "sign-in")]
    pub(super) names_issuer_in_callback: bool,
}

/// Reads the document.
pub(super) fn read(
    body: &[u8],
    issuer: &str,
    urls: &UrlPolicy,
) -> Result<Metadata, DiscoveryError> {
    let text = std::str::from_utf8(body).map_err(|_| DiscoveryError::Invalid)?;
    let mut found = Found::default();
    json::read_object(text, MAX_MEMBERS, &mut found).map_err(|_| DiscoveryError::Invalid)?;
    // RFC 8414 section 3.3: identical, or the document MUST NOT be used.
    if found.issuer.ok_or(DiscoveryError::Invalid)? != issuer {
        return Err(DiscoveryError::WrongIssuer);
    }
    let mut endpoints = found.endpoints.into_iter().map(|(name, text)| {
        let url = Url::parse(&text).map_err(|_| DiscoveryError::Invalid)?;
        urls.check(&url)
            .map_err(|_| DiscoveryError::UrlNotAllowed)?;
        Ok((name, url))
    });
    // Every endpoint is held to the policy, not just the one used here: a document that sends
    // anything to another host is not the issuer's.
    let checked: Vec<(String, Url)> = endpoints.by_ref().collect::<Result<_, _>>()?;
    let jwks_url = (checked.iter())
        .find(|(name, _)| name == "jwks_uri")
        .map(|(_, url)| url.clone())
        .ok_or(DiscoveryError::Invalid)?;
    Ok(Metadata {
        jwks_url,
        #[cfg(feature = "sign-in")]
        endpoints: checked,
        #[cfg(feature = "sign-in")]
        names_issuer_in_callback: found.names_issuer_in_callback,
    })
}

#[derive(Default)]
struct Found {
    issuer: Option<String>,
    endpoints: Vec<(String, String)>,
    #[cfg(feature = "sign-in")]
    names_issuer_in_callback: bool,
}

impl<'d> Members<'d> for Found {
    fn member<A: MapAccess<'d>>(&mut self, name: &str, value: Member<'_, A>) -> ReadResult<'d, A> {
        match name {
            "issuer" => self.issuer = Some(value.text()?.into()),
            name if name == "jwks_uri" || name.ends_with("_endpoint") => {
                let url = value.text()?;
                self.endpoints.push((name.to_owned(), url.into()));
            }
            #[cfg(feature = "sign-in")]
            "authorization_response_iss_parameter_supported" => {
                self.names_issuer_in_callback = value.get()?;
            }
            _ => value.skip()?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::okta::builder::OktaBuilder;

    const ISSUER: &str = "https://a.okta.com/oauth2/default";

    /// Reads a document as an application of this issuer would.
    fn read_as(issuer: &str, document: &str) -> Result<String, DiscoveryError> {
        let config = OktaBuilder::new(ISSUER)
            .extra_issuers(["https://login.example.com/oauth2/default"])
            .build()
            .unwrap();
        read(document.as_bytes(), issuer, &config.urls).map(|found| found.jwks_url.into())
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
            assert_eq!(keys_at(url), Err(DiscoveryError::UrlNotAllowed), "{url}");
        }
        for url in [
            "",
            "keys",
            "/oauth2/default/v1/keys",
            "//a.okta.com/keys",
            "https://",
        ] {
            assert_eq!(keys_at(url), Err(DiscoveryError::Invalid), "{url}");
        }
    }

    #[test]
    fn one_foreign_endpoint_rejects_the_document() {
        const KEYS: &str = r#""jwks_uri":"https://a.okta.com/keys""#;
        let also = |member: &str, url: &str| with(&format!(r#"{KEYS},"{member}":"{url}""#));
        for member in [
            "token_endpoint",
            "authorization_endpoint",
            "end_session_endpoint",
            "new_endpoint",
        ] {
            assert!(also(member, "https://a.okta.com/x").is_ok(), "{member}");
            let foreign = also(member, "https://evil.example/x");
            assert_eq!(foreign, Err(DiscoveryError::UrlNotAllowed), "{member}");
        }
        // A URL that nothing is sent to may be anywhere.
        assert!(also("service_documentation", "https://docs.example/x").is_ok());
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
            assert_eq!(document(other), Err(DiscoveryError::WrongIssuer), "{other}");
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
            let read = read_as(ISSUER, &document);
            assert_eq!(read, Err(DiscoveryError::Invalid), "{document}");
        }
        let config = OktaBuilder::new(ISSUER).build().unwrap();
        let latin1 = read(b"{\"issuer\":\"\xe9\"}", ISSUER, &config.urls);
        assert_eq!(latin1.err(), Some(DiscoveryError::Invalid));
    }
}
