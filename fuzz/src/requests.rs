//! What browsers, clients and Okta's API send in header fields, queries and forms.

use std::{collections::BTreeMap, sync::LazyLock};

use cookie::Cookie;
use http::{HeaderMap, HeaderValue, Request, header};
use okta_tower::{
    auth::{BearerHeader, Credential, CredentialFinder, RequestHead},
    fuzzing::{self, Sealer},
};
use url::{Url, form_urlencoded};

use crate::tokens::APPLICATION;

static SEALER: LazyLock<Sealer> = LazyLock::new(|| Sealer::new("s"));

fn cookies(field: &[u8]) -> Option<HeaderMap> {
    let field = HeaderValue::from_bytes(field).ok()?;
    Some(HeaderMap::from_iter([(header::COOKIE, field)]))
}

/// A `Cookie` field, compared with the crate `cookie`; and a value through chunks and back.
pub(crate) fn cookie(data: &[u8]) {
    if let (Some(headers), Ok(text)) = (cookies(data), std::str::from_utf8(data)) {
        let found = SEALER.gather(&headers);
        // The crate removes quotes. It leaves out cookies without a name, which have none here.
        if data.len() <= 8 * 1024 && !text.contains('"') && text.matches(';').count() < 200 {
            assert_eq!(found, gathered(text), "{text:?}");
        }
        if let Ok(Some(value)) = found {
            let value = String::from_utf8_lossy(&value);
            assert!(SEALER.open(&value).is_none(), "a foreign session opens");
        }
    }
    // The value as base64url has: ASCII that a cookie may contain.
    let value: String = data
        .iter()
        .map(|byte| char::from(b'a' + byte % 26))
        .collect();
    let value = value.repeat(1 + usize::from(data.first().copied().unwrap_or(0)));
    let Some(fields) = SEALER.write(&value) else {
        assert!(value.len() > 4 * 4096, "a short value is written");
        return;
    };
    let pairs = fields.iter().map(|field| {
        assert!(field.len() <= 4096, "browsers reject {} bytes", field.len());
        let cookie = Cookie::parse(field.to_str().unwrap()).unwrap();
        assert!(cookie.secure() == Some(true) && cookie.http_only() == Some(true));
        format!("{}={}", cookie.name(), cookie.value())
    });
    let request = pairs.collect::<Vec<_>>().join("; ");
    let expected = (!value.is_empty()).then(|| value.into_bytes());
    assert_eq!(
        SEALER.gather(&cookies(request.as_bytes()).unwrap()),
        Ok(expected)
    );
}

/// The reference: what `gather` must find.
fn gathered(text: &str) -> Result<Option<Vec<u8>>, ()> {
    let mut found: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for cookie in Cookie::split_parse(text).flatten() {
        let value = cookie.value_raw().unwrap_or_default();
        found.entry(cookie.name().into()).or_default().push(value);
    }
    let one = |index: usize| -> Result<Option<&str>, ()> {
        let name = if index == 0 {
            "__Host-s".into()
        } else {
            format!("__Host-s-{index}")
        };
        let Some(values) = found.get(&name) else {
            return Ok(None);
        };
        let is_same = values.iter().all(|value| value == &values[0]);
        if is_same {
            Ok(Some(values[0]))
        } else {
            Err(())
        }
    };
    let first = match one(0) {
        // Of two values, the first says whether there is a session.
        Err(()) if found["__Host-s"][0].is_empty() => return Ok(None),
        other => other?,
    };
    let Some(first) = first.filter(|first| !first.is_empty()) else {
        return Ok(None);
    };
    let (count, first) = match first.as_bytes() {
        [digit @ b'2'..=b'9', b'.', ..] => (usize::from(digit - b'0'), &first[2..]),
        _ => (1, first),
    };
    if count > 5 {
        return Err(());
    }
    let mut value = first.to_owned();
    for index in 1..count {
        value.push_str(one(index)?.ok_or(())?);
    }
    Ok(Some(value.into_bytes()))
}

/// Sealing and opening. Only the sealed text opens.
pub(crate) fn seal(data: &[u8]) {
    let sealed = SEALER.seal(data);
    assert_eq!(SEALER.open(&sealed).as_deref(), Some(data));
    let text = String::from_utf8_lossy(data);
    assert!(
        SEALER.open(&text).is_none(),
        "a text that was not sealed opens"
    );
    if let [high, low, byte, what, ..] = data {
        let mut bytes = sealed.clone().into_bytes();
        let at = usize::from(u16::from_be_bytes([*high, *low])) % bytes.len();
        match what % 3 {
            0 => bytes[at] = byte & 0x7f,
            1 => bytes.insert(at, byte & 0x7f),
            _ => bytes.truncate(at),
        }
        let changed = String::from_utf8(bytes).unwrap();
        assert_eq!(
            SEALER.open(&changed).is_some(),
            changed == sealed,
            "a changed text opens"
        );
    }
}

/// The query of a callback, compared with `form_urlencoded`.
pub(crate) fn callback(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let pairs: Vec<_> = form_urlencoded::parse(data).collect();
    let all = |name: &str| -> Vec<&str> {
        let of_name = pairs.iter().filter(|(found, _)| found == name);
        of_name.map(|(_, value)| &**value).collect()
    };
    let names = [
        "code",
        "state",
        "iss",
        "error",
        "error_description",
        "error_uri",
    ];
    let is_single = names.iter().all(|name| all(name).len() < 2);
    let one = |name| all(name).first().copied().unwrap_or_default();
    let (code, state, error) = (one("code"), one("state"), one("error"));
    let is_code = code.len() <= 4096 && code.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let is_good = data.len() <= 16 * 1024 && pairs.len() <= 64 && is_single && is_code;
    let is_good = is_good && !state.is_empty() && (code.is_empty() != error.is_empty());
    let found = fuzzing::callback(text);
    assert!(
        found.is_some() || !is_good,
        "a good callback is rejected: {text:?}"
    );
    let Some(found) = found else { return };
    assert!(is_single, "a parameter is repeated");
    assert_eq!(found.state, state);
    assert_eq!(found.code.unwrap_or_default(), code);
    assert_eq!(found.issuer.as_deref(), all("iss").first().copied());
}

/// A page to return to. It must stay in the application in every browser, and survive a round
/// trip through the address of the sign-in.
pub(crate) fn return_to(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let page = APPLICATION.return_to(text, None);
    let login = Url::parse("https://app.example.com/login").unwrap();
    let url = login.join(&page).expect("an accepted page resolves");
    assert_eq!(
        url.origin(),
        login.origin(),
        "{page:?} leaves the application"
    );
    assert!(url.username().is_empty() && url.password().is_none());
    assert!(page.starts_with('/') && !page.starts_with("//") && !page.contains('\\'));
    assert!(!page.chars().any(char::is_control), "{page:?}");
    assert!(
        !["/login", "/logout"].contains(&url.path()),
        "{page:?} is a page of the sign-in"
    );
    assert_eq!(
        APPLICATION.return_to(&page, None),
        page,
        "reading is idempotent"
    );
    assert_eq!(
        APPLICATION.return_to(text, Some("AAAA")),
        page,
        "a made-up tag changes nothing"
    );

    let location = APPLICATION.sign_in_location(text);
    let url = login.join(&location).unwrap();
    assert_eq!((url.origin(), url.path()), (login.origin(), "/login"));
    let pairs: BTreeMap<_, _> = url.query_pairs().collect();
    if let Some(named) = pairs.get("return_to") {
        let tag = pairs.get("return_to_tag").map(|tag| &**tag);
        assert_eq!(
            APPLICATION.return_to(named, tag),
            **named,
            "a written page is read"
        );
    }
}

/// An `Authorization` field, compared with splitting its text.
pub(crate) fn authorization(data: &[u8]) {
    let Ok(field) = HeaderValue::from_bytes(data) else {
        return;
    };
    let request = Request::builder()
        .header(header::AUTHORIZATION, &field)
        .body(());
    let request = request.unwrap();
    let found = match BearerHeader::default().find(RequestHead::of(&request)) {
        Ok(Credential::Bearer(token)) => Some(token.to_vec()),
        Ok(Credential::Absent) => panic!("a field is there"),
        _ => None,
    };
    let expected = std::str::from_utf8(data)
        .ok()
        .filter(|text| text.is_ascii())
        .and_then(|text| {
            let (scheme, rest) = text.split_once(' ')?;
            let token = rest.trim_start_matches(' ');
            let is_bearer = scheme.eq_ignore_ascii_case("bearer") && !token.is_empty();
            is_bearer.then(|| token.as_bytes().to_vec())
        });
    assert_eq!(found, expected);
}

/// `Link` fields, one a line. The next page stays in the API; a plain link is found.
pub(crate) fn links(data: &[u8]) {
    let current = Url::parse("https://a.okta.com/api/v1/users?limit=2").unwrap();
    let is_ours = |url: &Url| {
        url.origin() == current.origin()
            && url.username().is_empty()
            && url.password().is_none()
            && url.path().starts_with("/api/v1/")
            && *url != current
    };
    let lines = data.split(|byte| *byte == b'\n');
    let fields: Vec<_> = lines
        .filter_map(|line| HeaderValue::from_bytes(line).ok())
        .collect();
    if let Some(url) = fuzzing::next_page(&fields, &current) {
        assert!(is_ours(&url), "{url} is not a page of the API");
        let texts: Vec<_> = fields
            .iter()
            .filter_map(|field| field.to_str().ok())
            .collect();
        let is_named = texts.iter().any(|text| {
            // A target may contain `<`, too.
            let starts = text.match_indices('<').map(|(at, _)| &text[at + 1..]);
            let mut targets = starts.filter_map(|rest| rest.split_once('>'));
            targets.any(|(target, rest)| {
                current.join(target).as_ref() == Ok(&url)
                    && rest.to_ascii_lowercase().contains("rel")
                    && rest.to_ascii_lowercase().contains("next")
            })
        });
        assert!(is_named, "no link names {url}");
    }
    // The target alone, in a link as Okta writes it.
    let target = String::from_utf8_lossy(data);
    let Ok(field) = HeaderValue::from_str(&format!("<{target}>; rel=\"next\"")) else {
        return;
    };
    if field.to_str().is_ok() && !target.contains('>') {
        let expected = current.join(&target).ok().filter(is_ours);
        assert_eq!(
            fuzzing::next_page(&[field], &current),
            expected,
            "{target:?}"
        );
    }
}
