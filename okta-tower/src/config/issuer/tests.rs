//! Accepted issuers, and the errors of others.

use super::*;
use crate::base::fetch::PlainHttp::{Anywhere, Nowhere, OnLoopback};

fn parse(text: &str, http: PlainHttp) -> Result<String, (Kind, String)> {
    match Issuer::parse(&Setting::built("issuer", text.to_owned()), http) {
        Ok(issuer) => Ok(issuer.keys_url().to_string()),
        Err(error) => Err((error.kind(), error.to_string())),
    }
}

#[test]
fn issuers_of_custom_authorization_servers_are_accepted() {
    for text in [
        "https://dev-1234.okta.com/oauth2/default",
        "https://dev-1234.oktapreview.com/oauth2/aus1a2b3c",
        "https://login.example.com/oauth2/default",
        "https://login.example.com:8443/oauth2/default",
        "https://admin.okta.com/oauth2/default",
    ] {
        assert_eq!(parse(text, Nowhere), Ok(format!("{text}/v1/keys")));
    }
}

#[test]
fn each_common_mistake_is_reported_with_its_remedy() {
    for (text, kind, remedy) in [
        ("", Kind::Missing, "/oauth2/default"),
        (
            "https://{yourOktaDomain}/oauth2/default",
            Kind::Placeholder,
            "your own Okta domain",
        ),
        (
            "https://%7ByourOktaDomain%7D/oauth2/default",
            Kind::Placeholder,
            "your own Okta domain",
        ),
        (
            "https://${yourOktaDomain}/oauth2/default",
            Kind::Placeholder,
            "your own Okta domain",
        ),
        (
            "https://yourOktaDomain/oauth2/default",
            Kind::Placeholder,
            "your own Okta domain",
        ),
        (
            "https://<org>.okta.com/oauth2/default",
            Kind::Placeholder,
            "your own Okta domain",
        ),
        (
            "dev-1234.okta.com/oauth2/default",
            Kind::NotAUrl,
            "https://dev-1234.okta.com/oauth2/default",
        ),
        (
            " https://dev-1234.okta.com/oauth2/default",
            Kind::NotAUrl,
            "white space",
        ),
        ("https://", Kind::NotAUrl, "URL"),
        (
            "dev-1234.okta.com",
            Kind::NotAUrl,
            "write https://dev-1234.okta.com/oauth2/default",
        ),
        (
            "https:/dev-1234.okta.com/oauth2/x",
            Kind::NotAUrl,
            "write https://dev-1234.okta.com/oauth2/x",
        ),
        (
            "//dev-1234.okta.com/oauth2/x",
            Kind::NotAUrl,
            "write https://dev-1234.okta.com/oauth2/x",
        ),
        (
            "\"https://dev-1234.okta.com/oauth2/x\"",
            Kind::NotAUrl,
            "quotes",
        ),
        (
            "https://dev-1234.okta.com//oauth2/default",
            Kind::NotAnIssuer,
            "two slashes",
        ),
        (
            "https://dev-1234.okta.com/oauth2//",
            Kind::NotAnIssuer,
            "two slashes",
        ),
        (
            "https://dev-1234.okta.com/oauth2/",
            Kind::OrgIssuer,
            "https://dev-1234.okta.com/oauth2/default",
        ),
        (
            "https://your-domain.okta.com/oauth2/default",
            Kind::Placeholder,
            "your own Okta domain",
        ),
        (
            "https://example.okta.com/oauth2/default",
            Kind::Placeholder,
            "your own Okta domain",
        ),
        (
            "https://accounts.example.com",
            Kind::OrgIssuer,
            "not the issuer of a custom",
        ),
        (
            "ftp://dev-1234.okta.com/oauth2/default",
            Kind::NotAUrl,
            "https",
        ),
        (
            "https://dev-1234-admin.okta.com/oauth2/default",
            Kind::AdminHost,
            "https://dev-1234.okta.com/oauth2/default",
        ),
        (
            "https://a-admin.oktapreview.com/oauth2/default",
            Kind::AdminHost,
            "https://a.oktapreview.com/oauth2/default",
        ),
        (
            "https://a-admin.okta-emea.com/oauth2/default",
            Kind::AdminHost,
            "https://a.okta-emea.com/oauth2/default",
        ),
        (
            "https://dev-1234.okta.com.com/oauth2/default",
            Kind::NotAnIssuer,
            ".com once",
        ),
        (
            "https://dev-1234.okta.com/oauth2/default/",
            Kind::TrailingSlash,
            "write https://dev-1234.okta.com/oauth2/default",
        ),
        (
            "https://dev-1234.okta.com/oauth2/default?x=1",
            Kind::NotAnIssuer,
            "query",
        ),
        (
            "https://dev-1234.okta.com/oauth2/default#x",
            Kind::NotAnIssuer,
            "fragment",
        ),
        (
            "https://dev-1234.okta.com/oauth2/default/v1/keys",
            Kind::NotAnIssuer,
            "write https://dev-1234.okta.com/oauth2/default",
        ),
        (
            "https://dev-1234.okta.com/oauth2/default/.well-known/openid-configuration",
            Kind::NotAnIssuer,
            "is https://dev-1234.okta.com/oauth2/default",
        ),
        (
            "https://Dev-1234.okta.com/oauth2/default",
            Kind::NotAnIssuer,
            "as https://dev-1234.okta.com/oauth2/default",
        ),
        (
            "https://dev-1234.okta.com:443/oauth2/default",
            Kind::NotAnIssuer,
            "as https://dev-1234.okta.com/oauth2/default",
        ),
        (
            "http://dev-1234.okta.com/oauth2/default",
            Kind::Insecure,
            "https",
        ),
        (
            "http://127.0.0.1:8080/oauth2/default",
            Kind::Insecure,
            "OKTA_TESTING_DISABLE_HTTPS_CHECK",
        ),
        (
            "https://dev-1234.okta.com",
            Kind::OrgIssuer,
            "https://dev-1234.okta.com/oauth2/default",
        ),
        (
            "https://dev-1234.okta.com/",
            Kind::OrgIssuer,
            "https://dev-1234.okta.com/oauth2/default",
        ),
        (
            "https://dev-1234.okta.com/oauth2",
            Kind::OrgIssuer,
            "custom authorization server",
        ),
        (
            "https://dev-1234.okta.com/oauth2/v1",
            Kind::OrgIssuer,
            "custom authorization server",
        ),
    ] {
        let (found, message) = parse(text, Nowhere).expect_err(text);
        assert_eq!(found, kind, "{text}: {message}");
        assert!(message.contains(remedy), "{text}: {message}");
        assert!(message.contains("setting issuer"), "{message}");
    }
}

#[test]
fn secret_in_the_issuers_place_is_not_shown() {
    for (text, kind) in [
        (
            "https://user:hunter2@dev-1234.okta.com/oauth2/default",
            Kind::NotAnIssuer,
        ),
        (
            "user:hunter2@dev-1234.okta.com/oauth2/default",
            Kind::NotAUrl,
        ),
        (
            "https://user:hunter2@{yourOktaDomain}/oauth2/default",
            Kind::Placeholder,
        ),
        (
            "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.hunter2",
            Kind::NotAUrl,
        ),
        // A header that begins with a blank or a line break, and a token of another kind.
        ("ewogImFsZyI6IlJTMjU2In0.eyB.hunter2_x", Kind::NotAUrl),
        ("v2.local.hunter2_hunter2", Kind::NotAUrl),
        ("hunter2", Kind::NotAUrl),
        ("hunter2 hunter2", Kind::NotAUrl),
    ] {
        let (found, message) = parse(text, Nowhere).unwrap_err();
        assert_eq!(found, kind, "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn http_is_accepted_only_on_loopback_if_allowed() {
    for host in [
        "127.0.0.1:8080",
        "127.8.8.8",
        "[::1]:8080",
        "localhost",
        "okta.localhost:1",
    ] {
        let text = format!("http://{host}/oauth2/default");
        assert!(parse(&text, OnLoopback).is_ok(), "{text}");
        assert_eq!(
            parse(&text, Nowhere).unwrap_err().0,
            Kind::Insecure,
            "{text}"
        );
    }
    for host in [
        "10.0.0.1",
        "example.com",
        "localhost.example.com",
        "128.0.0.1",
        "[::2]",
        "0.0.0.0",
    ] {
        let text = format!("http://{host}/oauth2/default");
        let (kind, message) = parse(&text, OnLoopback).unwrap_err();
        assert_eq!(kind, Kind::Insecure, "{text}");
        assert!(message.contains("allow_http_beyond_loopback"), "{message}");
        assert!(message.contains("issuer_address"), "{message}");
        assert!(parse(&text, Anywhere).is_ok(), "{text}");
    }
}
