use proptest::prelude::*;

use super::*;

const ORIGIN: &str = "https://app.example.com";

fn pages() -> ReturnPages {
    behind("")
}

fn behind(prefix: &str) -> ReturnPages {
    let path = |path: &str| format!("{prefix}{path}").into();
    ReturnPages {
        origin: ORIGIN.into(),
        prefix: prefix.into(),
        paths: Paths {
            login: path("/login"),
            callback: path("/authorization-code/callback"),
            logout: path("/logout"),
            session: path("/session"),
        },
        default: ReturnTo(path("/")),
        keys: SealKeys::random(),
    }
}

fn parse(requested: &str) -> Option<String> {
    let found = pages().of_link(requested).ok()?;
    Some(found.as_str().to_owned())
}

/// Reads what a redirect to the sign-in says, as `/login` does.
fn follow(pages: &ReturnPages, location: &str) -> String {
    let query = location.split_once('?').map_or("", |(_, query)| query);
    let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    let get = |name| {
        let mut pairs = pairs.iter();
        pairs
            .find(|(found, _)| found == name)
            .map(|(_, value)| &**value)
    };
    let page = pages.read(get("return_to"), get("return_to_tag"));
    page.as_str().to_owned()
}

#[test]
fn path_of_the_application_keeps_its_query() {
    for (requested, kept) in [
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
        ("/a#b", "/a#b"),
        ("/a?b#c", "/a?b#c"),
        ("/a#/reports/7?x=%C3%A9", "/a#/reports/7?x=%C3%A9"),
        ("/a#é", "/a#%C3%A9"),
    ] {
        assert_eq!(parse(requested).as_deref(), Some(kept), "{requested}");
    }
}

#[test]
fn ambiguous_or_foreign_target_is_rejected() {
    for requested in REFUSED {
        assert_eq!(parse(requested), None, "{requested:?}");
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
    // Fragments that a page's script could take for another origin.
    "/#//evil.example",
    "/a#b#c",
    "/a#\\evil.example",
    "/a#b c",
    "/a#%0d%0a",
    "/a#%",
    "//evil.example#a",
    "/login#a",
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
    let page = pages().of_link("/a?b").unwrap();
    assert_eq!(pages().url(&page), "https://app.example.com/a?b");
    assert_eq!(format!("{page:?}"), "ReturnTo(..)");
}

#[test]
fn redirect_names_a_plain_page_as_one_query_value() {
    let pages = pages();
    for (page, location) in [
        ("/reports/7", "/login?return_to=/reports/7"),
        (
            "/search?q=a&b=c%20d",
            "/login?return_to=/search%3Fq%3Da%26b%3Dc%2520d",
        ),
        ("/logout", "/login"),
    ] {
        assert_eq!(pages.sign_in_location(page), location);
    }
    // An absolute target loses its authority.
    assert_eq!(
        pages.public(&"https://evil.example/x".parse().unwrap()),
        "/x"
    );
}

#[test]
fn requested_page_is_kept_in_its_spelling() {
    let pages = pages();
    let query = format!("/search?q={}", "a".repeat(2000));
    let last = format!("/{}", "a".repeat(MAX_REQUESTED_BYTES - 1));
    for page in [
        "/artifacts/group%2Fproject/7",
        "/files/100%25.pdf",
        "/a//b",
        "//a",
        "/search?q=50%",
        "/a%5Cb",
        "/v1.0/a%2eb",
        &query,
        &last,
    ] {
        let location = pages.sign_in_location(page);
        assert!(location.contains("&return_to_tag="), "{location}");
        assert_eq!(follow(&pages, &location), page);
        let page = pages.of_request(page).unwrap();
        let url = Url::parse(&pages.url(&page)).unwrap();
        assert_eq!(url.origin().ascii_serialization(), ORIGIN);
    }
}

#[test]
fn requested_page_without_its_tag_is_a_link() {
    let (pages, others) = (pages(), pages());
    let location = pages.sign_in_location("/a//b");
    assert_eq!(follow(&pages, &location), "/a//b");
    let untagged = location.split("&return_to_tag").next().unwrap();
    let moved = location.replace("/a//b", "/a//c");
    let longer = format!("{location}A");
    for forged in [untagged, &*moved, &*longer] {
        assert_eq!(follow(&pages, forged), "/", "{forged}");
    }
    assert_eq!(follow(&others, &location), "/");
    // A tag that is wrong takes nothing from a plain link.
    assert_eq!(follow(&pages, "/login?return_to=/a&return_to_tag=x"), "/a");
}

#[test]
fn unusable_requested_page_is_dropped() {
    let pages = pages();
    let long = format!("/{}", "a".repeat(MAX_REQUESTED_BYTES));
    let escaped = format!("/{}", "%".repeat(MAX_REQUESTED_BYTES / 2));
    for page in [
        "/login//a/../../login",
        "/a/%2E%2e/login",
        "/login/done?to=/a",
        "/session?x=%",
        &long,
        &escaped,
    ] {
        assert_eq!(pages.sign_in_location(page), "/login", "{page}");
    }
}

#[test]
fn pages_outside_the_prefix_are_dropped() {
    let pages = behind("/shop");
    for (requested, page) in [
        ("/shop/a", "/shop/a"),
        ("/shop", "/shop"),
        ("/shop?a", "/shop?a"),
        ("/shopper", "/shop/"),
        ("/a", "/shop/"),
        ("/shop/logout", "/shop/"),
        ("/shop/a/../../b", "/shop/"),
    ] {
        assert_eq!(pages.read(Some(requested), None).as_str(), page);
    }
    assert_eq!(pages.public(&"/a?b".parse().unwrap()), "/shop/a?b");
    let location = pages.sign_in_location("/shop/a//b");
    assert!(location.starts_with("/shop/login?"), "{location}");
    assert_eq!(follow(&pages, &location), "/shop/a//b");
}

#[test]
fn page_of_another_sites_link_is_a_whole_url() {
    for (requested, page) in [
        ("https://app.example.com", "/"),
        ("https://app.example.com/a?b#c", "/a?b#c"),
        ("https://app.example.com.evil.example/a", "/"),
        ("https://app.example.com@evil.example/a", "/"),
        ("https://app.example.com//evil.example", "/"),
        ("https://app.example.com/logout", "/"),
        ("https://evil.example/a", "/"),
        ("http://app.example.com/a", "/"),
        ("/a", "/"),
    ] {
        assert_eq!(pages().read_url(requested).as_str(), page, "{requested}");
    }
}

proptest! {
    #[test]
    fn requested_page_never_leads_to_another_origin(
        page in r"/[/\\.:@?#%a-z0-9]{0,24}|/\PC{0,16}"
    ) {
        if let Ok(page) = pages().of_request(&page) {
            let url = Url::parse(&pages().url(&page)).unwrap();
            prop_assert_eq!(url.origin().ascii_serialization(), ORIGIN);
        }
    }

    #[test]
    fn target_never_resolves_to_another_origin(
        requested in r"[/\\.:@?#%a-z0-9 \t\n2fFeE5cC]{0,24}|\PC{0,16}"
    ) {
        if let Some(kept) = parse(&requested) {
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
