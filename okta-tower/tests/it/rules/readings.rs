//! Dot segments written `%2e%2e` that a service resolves *before* it decodes `%2f`: what the WHATWG URL standard says, and
//! so what browsers, Envoy and the `url` crate do. The rules must try that reading too.

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
fn a_path_that_the_url_crate_reads_as_administration_is_not_public() {
    // It arrives as it is: `http::Uri` takes it.
    let uri: Uri = HOSTILE.parse().unwrap();
    assert_eq!(uri.path(), HOSTILE);

    // What a service sees that parses the request's target with the `url` crate and decodes then.
    let normal = url::Url::parse(&format!("http://h{HOSTILE}")).unwrap();
    assert_eq!(normal.path(), "/admin%2fusers%2f..%2f..%2fpublic%2fx");
    let decoded = percent_decode_str(normal.path()).decode_utf8().unwrap();
    assert_eq!(decoded, "/admin/users/../../public/x");
    assert!(decoded.starts_with("/admin/"));
    let mut router = matchit::Router::new();
    router.insert("/admin/{*any}", "administration").unwrap();
    router.insert("/public/{*any}", "public").unwrap();
    assert_eq!(*router.at(&decoded).unwrap().value, "administration");

    // What the rules say without any credentials.
    let verdict = rules().check(&Method::GET, uri.path(), None);
    assert!(
        verdict.is_err(),
        "let through to administration without credentials"
    );
}

#[test]
fn nor_one_whose_first_segment_alone_is_decoded() {
    // A proxy or service that picks its handler by the first segment of the normalised path, decoded:
    // `/tenant-a%2f..%2fpublic%2fx` belongs to `/{tenant}`.
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
    let verdict = rules.check(&Method::GET, hostile, None);
    assert!(verdict.is_err(), "let through without credentials");
}
