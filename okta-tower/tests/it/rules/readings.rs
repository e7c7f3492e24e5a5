//! The WHATWG URL standard resolves dot segments written `%2e%2e` *before* it decodes `%2f`, and so
//! do browsers, Envoy and the `url` crate. The rules must try that reading too.

use http::{Method, Uri};
use okta_tower::{Require, RouteRules};
use percent_encoding::percent_decode_str;

fn rules() -> RouteRules {
    RouteRules::new()
        .at("/public/{*any}", Require::public())
        .at("/admin/{*any}", Require::group("admin"))
        .build()
        .unwrap()
}

const HOSTILE: &str = "/public/%2e%2e/admin%2fusers%2f..%2f..%2fpublic%2fx";

#[test]
fn path_that_whatwg_resolves_to_admin_is_rejected() {
    // `http::Uri` accepts the path unchanged.
    let uri: Uri = HOSTILE.parse().unwrap();
    assert_eq!(uri.path(), HOSTILE);

    // A service that parses the target with the `url` crate and then decodes sees this path.
    let normal = url::Url::parse(&format!("http://h{HOSTILE}")).unwrap();
    assert_eq!(normal.path(), "/admin%2fusers%2f..%2f..%2fpublic%2fx");
    let decoded = percent_decode_str(normal.path()).decode_utf8().unwrap();
    assert_eq!(decoded, "/admin/users/../../public/x");
    assert!(decoded.starts_with("/admin/"));
    let mut router = matchit::Router::new();
    router.insert("/admin/{*any}", "administration").unwrap();
    router.insert("/public/{*any}", "public").unwrap();
    assert_eq!(*router.at(&decoded).unwrap().value, "administration");

    // The rules must reject the path without credentials.
    let result = rules().check(&Method::GET, uri.path(), None);
    assert!(
        result.is_err(),
        "let through to administration without credentials"
    );
}

#[test]
fn path_with_encoded_slash_after_dot_segments_is_rejected() {
    // A proxy or service may choose its handler by the decoded first segment of the normalized
    // path: `/tenant-a%2f..%2fpublic%2fx` belongs to `/{tenant}`.
    let rules = RouteRules::new()
        .at("/public/{*any}", Require::public())
        .unlisted(Require::authenticated())
        .build()
        .unwrap();
    let hostile = "/public/%2E%2E/secrets%2F%2e%2e%2Fpublic%2Fx";
    let normal = url::Url::parse(&format!("http://h{hostile}")).unwrap();
    assert_eq!(normal.path(), "/secrets%2F%2e%2e%2Fpublic%2Fx");
    assert!(
        rules.check(&Method::GET, normal.path(), None).is_err(),
        "the rules themselves would refuse it"
    );
    let result = rules.check(&Method::GET, hostile, None);
    assert!(result.is_err(), "let through without credentials");
}
