//! The ways in which services may read one request path.

use std::borrow::Cow;

/// How far a path is from its plainest spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathForm {
    /// Every service reads it the same way.
    Plain,
    /// Only case, and a slash at the end, may be read differently.
    Spelled,
    /// Services may decode, merge, resolve or cut parts of it.
    Odd,
    /// Not a path: it does not begin with a slash, as in `OPTIONS *` and `CONNECT host:port`.
    NoPath,
    /// It holds control characters.
    Unreadable,
}

/// The longest path that is read in several ways, in bytes. Such paths are short in real traffic,
/// and each reading costs a pass.
const MOST_BYTES: usize = 8 * 1024;

/// The most readings of one path, and the most bytes in all of them.
const MOST_READINGS: usize = 32;
const MOST_BYTES_READ: usize = 32 * 1024;

impl PathForm {
    pub(super) fn of(path: &str) -> Self {
        if !path.starts_with('/') {
            return Self::NoPath;
        }
        let mut form = Self::Plain;
        let mut after_slash = false;
        for byte in path.bytes() {
            match byte {
                0..=0x1F | 0x7F => return Self::Unreadable,
                b'%' | b'\\' | b';' | b'?' | b'#' => form = Self::Odd,
                b'/' | b'.' if after_slash => form = Self::Odd,
                b'A'..=b'Z' | 0x80.. if form == Self::Plain => form = Self::Spelled,
                _ => {}
            }
            after_slash = byte == b'/';
        }
        if form == Self::Plain && after_slash && path.len() > 1 {
            return Self::Spelled;
        }
        form
    }
}

/// Returns the path as a service reads it that ignores case and trailing slashes.
///
/// Case is folded for all of Unicode: some services take the Kelvin sign for a `k`, the long s for
/// an `s`.
pub(super) fn fold(path: &str) -> Cow<'_, str> {
    let path = match path.trim_end_matches('/') {
        "" => "/",
        shorter => shorter,
    };
    if !path.is_ascii() {
        let upper = path.chars().flat_map(char::to_uppercase);
        return Cow::Owned(upper.flat_map(char::to_lowercase).collect());
    }
    if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Cow::Owned(path.to_ascii_lowercase());
    }
    Cow::Borrowed(path)
}

/// Returns whether `agrees` returns `true` for every reading of the path.
///
/// A reading is the result of any of these steps, in any order, any number of times: decode
/// percent-encoding, take a backslash for a slash, cut `;parameters` from segments, merge slashes,
/// resolve dot segments, cut a query or fragment that came to light, take what follows `//` for a
/// host. Services differ in the order, so all orders are tried.
///
/// Returns `false` too if the path is too long or has too many readings, if an escape in it is
/// malformed, or if a reading is not UTF-8 (such as an overlong `%c0%af`) or holds a control
/// character.
pub(super) fn every_reading(path: &str, mut agrees: impl FnMut(&str) -> bool) -> bool {
    if path.len() > MOST_BYTES || !escapes_are_whole(path) {
        return false;
    }
    let mut bytes_left = MOST_BYTES_READ;
    let mut readings = vec![path.to_owned()];
    let mut next = 0;
    while next < readings.len() {
        if !agrees(&readings[next]) {
            return false;
        }
        let Ok(decoded) = decode(&readings[next]) else {
            return false;
        };
        let others = STEPS.map(|step| step(&readings[next]));
        for found in others.into_iter().chain([decoded]).flatten() {
            if readings.contains(&found) {
                continue;
            }
            let Some(left) = bytes_left.checked_sub(found.len()) else {
                return false;
            };
            if readings.len() == MOST_READINGS || PathForm::of(&found) == PathForm::Unreadable {
                return false;
            }
            bytes_left = left;
            readings.push(found);
        }
        next += 1;
    }
    true
}

/// Each returns a path that begins with a slash and is no longer than the given one, or `None` for
/// the same.
const STEPS: [fn(&str) -> Option<String>; 7] = [
    decode_dots,
    take_backslashes_for_slashes,
    cut_parameters,
    merge_slashes,
    resolve_dots,
    cut_query,
    take_host_off,
];

/// The WHATWG URL standard takes `%2e` for a dot in dot segments, and keeps every other escape
/// (`%2f`).
fn decode_dots(path: &str) -> Option<String> {
    let decoded = path.replace("%2e", ".").replace("%2E", ".");
    (decoded != path).then_some(decoded)
}

fn take_backslashes_for_slashes(path: &str) -> Option<String> {
    path.contains('\\').then(|| path.replace('\\', "/"))
}

fn cut_parameters(path: &str) -> Option<String> {
    let name = |segment: &str| segment.split(';').next().unwrap_or_default().to_owned();
    (path.contains(';')).then(|| path.split('/').map(name).collect::<Vec<_>>().join("/"))
}

fn merge_slashes(path: &str) -> Option<String> {
    if !path.contains("//") {
        return None;
    }
    let mut merged = String::with_capacity(path.len());
    for char in path.chars() {
        if char != '/' || !merged.ends_with('/') {
            merged.push(char);
        }
    }
    Some(merged)
}

/// RFC 3986 section 5.2.4: empty segments count as segments.
fn resolve_dots(path: &str) -> Option<String> {
    let is_dots = |segment: &str| matches!(segment, "." | "..");
    if !path.split('/').any(is_dots) {
        return None;
    }
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            name => kept.push(name),
        }
    }
    if path.rsplit('/').next().is_some_and(is_dots) {
        kept.push("");
    }
    Some(format!("/{}", kept.join("/")))
}

fn cut_query(path: &str) -> Option<String> {
    path.find(['?', '#']).map(|end| path[..end].to_owned())
}

/// `//host/a` read as a reference without a scheme (RFC 3986 section 4.2) is the path `/a`.
fn take_host_off(path: &str) -> Option<String> {
    let after = path.strip_prefix("//")?;
    Some(
        after
            .find('/')
            .map_or("/", |start| &after[start..])
            .to_owned(),
    )
}

/// Not UTF-8 after decoding.
struct NotText;

/// Decodes each complete escape once, and keeps everything else.
fn decode(path: &str) -> Result<Option<String>, NotText> {
    if !path.contains('%') {
        return Ok(None);
    }
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        match escape(rest) {
            Some(value) => {
                decoded.push(value);
                rest = &rest[3..];
            }
            None => {
                decoded.push(byte);
                rest = after;
            }
        }
    }
    let decoded = String::from_utf8(decoded).map_err(|_| NotText)?;
    Ok((decoded != path).then_some(decoded))
}

/// Returns the byte of an escape at the beginning.
fn escape(bytes: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = *bytes else {
        return None;
    };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// Returns whether each percent sign begins a complete escape.
fn escapes_are_whole(path: &str) -> bool {
    let bytes = path.as_bytes();
    (0..bytes.len()).all(|at| bytes[at] != b'%' || escape(&bytes[at..]).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(path: &str) -> Option<Vec<String>> {
        let mut all = Vec::new();
        let whole = every_reading(path, |reading| {
            all.push(reading.to_owned());
            true
        });
        all.sort();
        whole.then_some(all)
    }

    #[test]
    fn form_of_a_path_is_recognized() {
        for (path, form) in [
            ("/", PathForm::Plain),
            ("/a/b.c/d-e_f~1,=:@", PathForm::Plain),
            ("/a/", PathForm::Spelled),
            ("/aBc", PathForm::Spelled),
            ("/caf\u{e9}", PathForm::Spelled),
            ("/A%", PathForm::Odd),
            ("/%A", PathForm::Odd),
            ("/a\\b", PathForm::Odd),
            ("/a;b", PathForm::Odd),
            ("/a?b", PathForm::Odd),
            ("/a#b", PathForm::Odd),
            ("//", PathForm::Odd),
            ("/a//b", PathForm::Odd),
            ("/a/.b", PathForm::Odd),
            ("/;/", PathForm::Odd),
            ("", PathForm::NoPath),
            ("*", PathForm::NoPath),
            ("a", PathForm::NoPath),
            ("/a\u{0}", PathForm::Unreadable),
            ("/a\u{1f}%", PathForm::Unreadable),
            ("/a\u{7f}", PathForm::Unreadable),
        ] {
            assert_eq!(PathForm::of(path), form, "{path:?}");
        }
        assert_eq!(PathForm::of("/a b"), PathForm::Plain);
    }

    #[test]
    fn folding_removes_case_and_trailing_slashes() {
        assert!(matches!(fold("/a/b"), Cow::Borrowed("/a/b")));
        assert!(matches!(fold("/a/b//"), Cow::Borrowed("/a/b")));
        assert!(matches!(fold("/"), Cow::Borrowed("/")));
        assert_eq!(fold("/A/b/"), "/a/b");
        assert_eq!(fold("/\u{212A}ey\u{17f}"), "/keys");
    }

    #[test]
    fn every_order_of_the_steps_is_tried() {
        assert_eq!(readings("/a").unwrap(), ["/a"]);
        assert_eq!(readings("/a%2fb").unwrap(), ["/a%2fb", "/a/b"]);
        assert_eq!(
            readings("/a%252Fb").unwrap(),
            ["/a%252Fb", "/a%2Fb", "/a/b"]
        );
        assert_eq!(readings("/a%5Cb").unwrap(), ["/a%5Cb", "/a/b", "/a\\b"]);
        assert_eq!(
            readings("/a;x%2fb").unwrap(),
            ["/a", "/a/b", "/a;x%2fb", "/a;x/b"]
        );
        assert_eq!(readings("/a/../b").unwrap(), ["/a/../b", "/b"]);
        assert_eq!(readings("/a/..").unwrap(), ["/", "/a/.."]);
        assert_eq!(readings("/a/./").unwrap(), ["/a/", "/a/./"]);
        assert_eq!(readings("/a/b/.").unwrap(), ["/a/b/", "/a/b/."]);
        assert_eq!(readings("/a//b").unwrap(), ["/a//b", "/a/b"]);
        assert_eq!(
            readings("/a//../b").unwrap(),
            ["/a/../b", "/a//../b", "/a/b", "/b"]
        );
        assert_eq!(readings("//a/b").unwrap(), ["//a/b", "/a/b", "/b"]);
        assert_eq!(readings("//a").unwrap(), ["/", "//a", "/a"]);
        assert_eq!(readings("/a%3fb").unwrap(), ["/a", "/a%3fb", "/a?b"]);
        assert_eq!(readings("/a#b").unwrap(), ["/a", "/a#b"]);
    }

    #[test]
    fn incomplete_escape_is_rejected() {
        for path in [
            "/%", "/%2", "/%zz", "/%2g", "/%g2", "/a%20%", "/%u002f", "/%+1",
        ] {
            assert!(readings(path).is_none(), "{path}");
        }
        assert_eq!(readings("/100%25").unwrap(), ["/100%", "/100%25"]);
        assert_eq!(readings("/%25zz%252e").unwrap().last().unwrap(), "/%zz.");
    }

    #[test]
    fn escape_that_is_not_clean_text_is_rejected() {
        for path in [
            "/%c0%af", "/%ff", "/%e2%84", "/%00", "/a%0a", "/%7f", "/%2500",
        ] {
            assert!(readings(path).is_none(), "{path}");
        }
        for path in ["/%c3%a9", "/a%20b", "/%E2%84%AA"] {
            assert!(readings(path).is_some(), "{path}");
        }
    }

    #[test]
    fn the_work_for_one_path_is_bounded() {
        let of_length = |length: usize| format!("/%20{}", "a".repeat(length - 4));
        assert!(readings(&of_length(MOST_BYTES)).is_some());
        assert!(readings(&of_length(MOST_BYTES + 1)).is_none());

        let escaped = |times: usize| format!("/%{}20", "25".repeat(times));
        assert_eq!(
            readings(&escaped(MOST_READINGS - 2)).unwrap().len(),
            MOST_READINGS
        );
        assert!(readings(&escaped(MOST_READINGS - 1)).is_none());

        let long = |times: usize| format!("/%{}20{}", "25".repeat(times), "a".repeat(8000));
        assert!(readings(&long(3)).is_some());
        assert!(readings(&long(4)).is_none());
    }

    #[test]
    fn reading_stops_at_the_first_disagreement() {
        let mut asked = 0;
        assert!(!every_reading("/a%252fb", |_| {
            asked += 1;
            asked < 2
        }));
        assert_eq!(asked, 2);
    }
}
