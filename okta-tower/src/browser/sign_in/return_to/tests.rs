use proptest::prelude::*;

use super::*;

const ORIGIN: &str = "https://app.example.com";

fn own() -> Paths {
    Paths {
        login: "/login".into(),
        callback: "/authorization-code/callback".into(),
        logout: "/logout".into(),
        session: "/session".into(),
    }
}

fn parse(asked: &str) -> Option<String> {
    let found = ReturnTo::parse(asked, ORIGIN, &own())?;
    Some(found.as_str().to_owned())
}

#[test]
fn path_of_the_application_keeps_its_query() {
    for (asked, kept) in [
        ("/", "/"),
        ("/dashboard", "/dashboard"),
        ("/a/b/c/", "/a/b/c/"),
        ("/a?b=c&d=e", "/a?b=c&d=e"),
        ("/search?q=a%2Fb%5Cc%2e%25", "/search?q=a%2Fb%5Cc%2e%25"),
        ("/a?next=//evil.example", "/a?next=//evil.example"),
        (
            "/a?next=https://evil.example/",
            "/a?next=https://evil.example/",
        ),
        ("/a@evil.example", "/a@evil.example"),
        ("/https:evil.example", "/https:evil.example"),
        ("/caf%C3%A9", "/caf%C3%A9"),
        ("/café", "/caf%C3%A9"),
        ("/a.b/..c/...", "/a.b/..c/..."),
        ("/loginx", "/loginx"),
        ("/login/other", "/login/other"),
        ("/a?", "/a?"),
    ] {
        assert_eq!(parse(asked).as_deref(), Some(kept), "{asked}");
    }
}

#[test]
fn ambiguous_or_foreign_target_is_rejected() {
    for asked in REFUSED {
        assert_eq!(parse(asked), None, "{asked:?}");
    }
}

/// Known attacks on redirectors.
const REFUSED: &[&str] = &[
    "",
    "dashboard",
    "?a=b",
    "#a",
    ".",
    "./a",
    "../a",
    // Other origins, absolute and without a scheme.
    "https://evil.example",
    "https://evil.example/dashboard",
    "http://app.example.com/",
    "https://app.example.com/dashboard",
    "https://app.example.com@evil.example/",
    "https://app.example.com.evil.example/",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "HTTPS://evil.example",
    "//evil.example",
    "//evil.example/%2f..",
    "///evil.example",
    "////evil.example",
    "//app.example.com/dashboard",
    "//user@evil.example",
    "//evil.example:443/",
    "/a//evil.example",
    "/a//",
    // Backslashes are slashes to browsers.
    "\\\\evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "/a\\b",
    "/a?b\\c",
    // Dots that make two slashes meet, or climb.
    "/.//evil.example",
    "/..//evil.example",
    "/./evil.example",
    "/../evil.example",
    "/a/../../evil.example",
    "/a/..",
    "/..;/evil.example",
    "/a/.;x=1/b",
    // The same, encoded once and twice.
    "/%2f/evil.example",
    "/%2fevil.example",
    "/%2Fevil.example",
    "/%5cevil.example",
    "/%5C%5Cevil.example",
    "/%2e%2e/evil.example",
    "/%2e/evil.example",
    "/.%2e/evil.example",
    "/%252f%252fevil.example",
    "/%255cevil.example",
    "/a%2f..%2fb",
    // Characters that parsers drop or treat as white space.
    "/\tevil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    " /a",
    "/a ",
    "/ /evil.example",
    "/\u{0}/evil.example",
    "/\u{b}/evil.example",
    "/\u{7f}a",
    "/\u{85}/evil.example",
    "/\u{a0}/evil.example",
    "/\u{2028}/evil.example",
    "/\u{3000}/evil.example",
    "/\u{feff}/evil.example",
    // Encoded control characters: header injection in software that decodes once too often.
    "/%0d%0aSet-Cookie:a=b",
    "/%0aLocation:%20https://evil.example",
    "/%09/evil.example",
    "/%00",
    "/%7f",
    "/a?b=%0d%0aSet-Cookie:a=b",
    "/a?b=%00",
    // Broken escapes.
    "/%",
    "/%2",
    "/%zz",
    "/a?b=%",
    "/%u002f/evil.example",
    "/%é",
    // Scripts and other schemes.
    "javascript:alert(1)",
    "javascript://app.example.com/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "blob:https://app.example.com/1",
    "mailto:eve@evil.example",
    // Fragments.
    "/a#b",
    "/#//evil.example",
    "/a?b#c",
    // Sign-in's own paths.
    "/login",
    "/login?return_to=/login",
    "/login/done",
    "/login/done?to=/a",
    "/logout",
    "/logout?a",
    "/session",
    "/authorization-code/callback?code=a&state=b",
];

#[test]
fn too_long_target_is_rejected() {
    let of = |length: usize| format!("/{}", "a".repeat(length - 1));
    assert!(parse(&of(MAX_BYTES)).is_some());
    assert_eq!(parse(&of(MAX_BYTES + 1)), None);
    // A text that becomes too long when encoded.
    assert_eq!(parse(&format!("/{}", "é".repeat(300))), None);
}

#[test]
fn url_starts_with_the_configured_origin() {
    let page = ReturnTo::parse("/a?b", ORIGIN, &own()).unwrap();
    assert_eq!(page.url(ORIGIN), "https://app.example.com/a?b");
    assert_eq!(format!("{page:?}"), "ReturnTo(..)");
}

proptest! {
    #[test]
    fn target_never_resolves_to_another_origin(
        asked in r"[/\\.:@?#%a-z0-9 \t\n2fFeE5cC]{0,24}|\PC{0,16}"
    ) {
        if let Some(kept) = parse(&asked) {
            let base = Url::parse("https://app.example.com/deep/page?x#y").unwrap();
            let origin = base.origin();
            // As a relative reference, as a whole URL, and decoded once more.
            prop_assert_eq!(base.join(&kept).unwrap().origin(), origin.clone());
            let whole = Url::parse(&format!("{ORIGIN}{kept}")).unwrap();
            prop_assert_eq!(whole.origin(), origin.clone());
            let path = kept.split('?').next().unwrap();
            let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
            prop_assert_eq!(base.join(&decoded).unwrap().origin(), origin);
            // Parsing again changes nothing.
            prop_assert_eq!(parse(&kept), Some(kept));
        }
    }
}
