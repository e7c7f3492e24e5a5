//! Reads `Cookie` fields (RFC 6265 section 4.2), up to a limit.

use http::{HeaderMap, header::COOKIE};

/// The bytes of all fields that are read. Browsers keep a few dozen cookies of 4 KiB for a host,
/// and servers accept less.
const MAX_BYTES: usize = 64 * 1024;

/// The number of cookies that are read.
const MAX_COOKIES: usize = 256;

/// Returns the name and value of each cookie within the limits, from all `Cookie` fields. Both are
/// bytes, because most are only compared.
///
/// A name that occurs twice is returned twice. The caller must trust neither value if they differ.
pub(crate) fn read(headers: &HeaderMap) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut bytes = 0_usize;
    headers
        .get_all(COOKIE)
        .iter()
        .take_while(move |field| {
            bytes = bytes.saturating_add(field.len());
            bytes <= MAX_BYTES
        })
        .flat_map(|field| pairs(field.as_bytes()))
        .filter_map(|pair| {
            let equals = memchr::memchr(b'=', pair)?;
            Some((pair[..equals].trim_ascii(), pair[equals + 1..].trim_ascii()))
        })
        .take(MAX_COOKIES)
}

/// Splits a field at its semicolons. `memchr` is faster than a search byte by byte, which would be
/// the largest cost of a request with a long session cookie.
fn pairs(field: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = memchr::memchr_iter(b';', field).chain([field.len()]);
    let mut start = 0;
    ends.map(move |end| {
        let pair = &field[start..end];
        start = end + 1;
        pair
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(fields: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(COOKIE, HeaderValue::from_bytes(field).unwrap());
        }
        headers
    }

    fn texts(headers: &HeaderMap) -> Vec<(&str, &str)> {
        let text = |bytes| str::from_utf8(bytes).ok();
        let pairs = read(headers).filter_map(|(name, value)| Some((text(name)?, text(value)?)));
        pairs.collect()
    }

    #[test]
    fn cookies_of_all_fields_are_read_with_repeated_names() {
        let headers = headers(&[b"a=1; b=2;c=", b"a=3;d; =4; e==5 "]);
        assert_eq!(
            texts(&headers),
            [
                ("a", "1"),
                ("b", "2"),
                ("c", ""),
                ("a", "3"),
                ("", "4"),
                ("e", "=5")
            ]
        );
    }

    #[test]
    fn value_that_is_not_text_hides_no_other() {
        let headers = headers(&[b"a=\xff; b=2", b"\xff=3; c=4"]);
        assert_eq!(texts(&headers), [("b", "2"), ("c", "4")]);
        assert_eq!(read(&headers).count(), 4);
    }

    #[test]
    fn cookies_beyond_the_limits_are_not_read() {
        let long = format!("long={}", "x".repeat(MAX_BYTES - 10));
        let fields = headers(&[b"a=1", long.as_bytes(), b"b=2"]);
        let names: Vec<_> = read(&fields).map(|(name, _)| name).collect();
        assert_eq!(names, [&b"a"[..], b"long"]);
        let many = vec!["a=1"; MAX_COOKIES + 1].join(";");
        assert_eq!(read(&headers(&[many.as_bytes()])).count(), MAX_COOKIES);
        assert_eq!(read(&HeaderMap::new()).count(), 0);
    }
}
