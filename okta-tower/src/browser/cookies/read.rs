//! Reading `Cookie` fields (RFC 6265 section 4.2), with a bound on how much of them.

use http::{HeaderMap, header::COOKIE};

/// How much of the fields is looked at, in bytes. Browsers keep a few dozen cookies of 4 KiB for a host; servers take less.
const MAX_BYTES: usize = 64 * 1024;

/// How many cookies are looked at.
const MAX_COOKIES: usize = 256;

/// Every cookie of a request as name and raw value, from all `Cookie` fields: bytes, because most are compared with what is
/// known and need not be read as text. A name that occurs twice is given twice: which is the right one is for the caller to
/// decide, and the answer should be none.
///
/// What is beyond the bound is not there.
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

/// What stands between the semicolons. Session cookies are long: a byte at a time would be what a request costs most.
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
    fn cookies_of_all_fields_are_read_and_doubles_are_shown() {
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
    fn a_value_that_is_not_text_hides_no_other() {
        let headers = headers(&[b"a=\xff; b=2", b"\xff=3; c=4"]);
        assert_eq!(texts(&headers), [("b", "2"), ("c", "4")]);
        assert_eq!(read(&headers).count(), 4);
    }

    #[test]
    fn what_is_beyond_the_bounds_is_not_looked_at() {
        let long = format!("long={}", "x".repeat(MAX_BYTES - 10));
        let fields = headers(&[b"a=1", long.as_bytes(), b"b=2"]);
        let names: Vec<_> = read(&fields).map(|(name, _)| name).collect();
        assert_eq!(names, [&b"a"[..], b"long"]);
        let many = vec!["a=1"; MAX_COOKIES + 1].join(";");
        assert_eq!(read(&headers(&[many.as_bytes()])).count(), MAX_COOKIES);
        assert_eq!(read(&HeaderMap::new()).count(), 0);
    }
}
