//! A value that may be too long for one cookie.
//!
//! ```text
//! okta_session=TEXT                                      a value that fits into one cookie
//! okta_session=3.TEXT; okta_session-1=TEXT; okta_session-2=TEXT     three: the first has the count
//! ```
//!
//! Such a value must be sealed as a whole, so that it does not open if chunks are missing, added,
//! or exchanged with those of another value. A chunk beyond the count is left over from a longer
//! value and ignored.

use std::{fmt, time::Duration};

use http::{HeaderMap, HeaderValue};

use super::{CookieWriter, MAX_SET_COOKIE, SameSite, read::read};

/// The number of cookies that a value may take. Many servers reject a request with five full ones.
const MAX_CHUNKS: usize = 5;

/// A cookie that is split into chunks if its value is long.
#[derive(Clone, Debug)]
pub(crate) struct ChunkedCookie {
    writer: CookieWriter,
    /// The name of the first chunk, with the prefix.
    name: Box<str>,
    options: CookieOptions,
}

/// How browsers keep and send a cookie.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CookieOptions {
    pub(crate) same_site: SameSite,
    /// Whether the cookie lasts until the browser closes, instead of until its value ends.
    pub(crate) ends_with_browser: bool,
}

/// The value of a [`ChunkedCookie`] in a request.
#[derive(Debug)]
pub(crate) enum CookieValue<'h> {
    /// The request has no first chunk, or an empty one.
    Absent,
    /// All chunks are there.
    Whole(Chunks<'h>),
    /// Chunks are missing, or one occurs twice with different values. The other value was set by
    /// another application on this host or by an attacker on a sibling domain.
    Broken,
}

/// The chunks of a value, as the request has them.
#[derive(Clone, Copy)]
pub(crate) struct Chunks<'h> {
    chunks: [&'h [u8]; MAX_CHUNKS],
    count: usize,
}

/// The error for a value that is longer than browsers keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge {
    /// The length of the value, in bytes.
    pub(crate) bytes: usize,
    /// The longest possible value, in bytes.
    pub(crate) limit: usize,
}

impl ChunkedCookie {
    pub(crate) fn new(writer: CookieWriter, base: &str, options: CookieOptions) -> Self {
        Self {
            writer,
            name: writer.name(base).into(),
            options,
        }
    }

    /// Returns the name of the first chunk, with the prefix.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the index of the chunk with this name.
    fn index(&self, name: &[u8]) -> Option<usize> {
        match name.strip_prefix(self.name.as_bytes())? {
            [] => Some(0),
            [b'-', digit @ b'1'..=b'9'] => {
                Some(usize::from(digit - b'0')).filter(|index| *index < MAX_CHUNKS)
            }
            _ => None,
        }
    }

    /// Returns the value in a request. Allocates nothing.
    pub(crate) fn gather<'h>(&self, headers: &'h HeaderMap) -> CookieValue<'h> {
        let mut found: [Option<&[u8]>; MAX_CHUNKS] = [None; MAX_CHUNKS];
        let mut is_doubled = [false; MAX_CHUNKS];
        // Each request does this, and `for_each` is twice as fast here as a `for` loop.
        read(headers).for_each(|(name, value)| {
            let Some(index) = self.index(name) else {
                return;
            };
            match found[index] {
                Some(other) if other != value => is_doubled[index] = true,
                _ => found[index] = Some(value),
            }
        });
        let Some(first) = found[0].filter(|first| !first.is_empty()) else {
            // Other chunks may be left over from a longer value.
            return CookieValue::Absent;
        };
        let (count, first) = match first {
            [digit @ b'2'..=b'9', b'.', ..] => (usize::from(digit - b'0'), &first[2..]),
            _ => (1, first),
        };
        let mut chunks = [first; MAX_CHUNKS];
        if count > MAX_CHUNKS || is_doubled[..count].contains(&true) {
            return CookieValue::Broken;
        }
        for (chunk, found) in chunks[..count].iter_mut().zip(found).skip(1) {
            match found {
                Some(found) => *chunk = found,
                None => return CookieValue::Broken,
            }
        }
        CookieValue::Whole(Chunks { chunks, count })
    }

    /// Returns the number of chunks in a request, up to the last one, including left-over chunks.
    pub(crate) fn count_chunks(&self, headers: &HeaderMap) -> usize {
        let indices = read(headers).filter_map(|(name, _)| self.index(name));
        indices.map(|index| index + 1).max().unwrap_or(0)
    }

    /// Returns the `Set-Cookie` fields that set a value. They also remove the chunks that are left
    /// over if the browser has `old_count` chunks of an earlier value.
    pub(crate) fn write(
        &self,
        value: &str,
        max_age: Duration,
        old_count: usize,
    ) -> Result<Vec<HeaderValue>, TooLarge> {
        let max_age = (!self.options.ends_with_browser).then_some(max_age);
        let overhead = self.set(MAX_CHUNKS - 1, "", max_age).len() + "2.".len();
        let room = MAX_SET_COOKIE.saturating_sub(overhead);
        let too_large = TooLarge {
            bytes: value.len(),
            limit: room * MAX_CHUNKS,
        };
        let count = value.len().div_ceil(room.max(1)).max(1);
        // Only ASCII can be cut at any byte. A cookie may contain nothing else (RFC 6265).
        if count > MAX_CHUNKS || room == 0 || !value.is_ascii() {
            return Err(too_large);
        }
        // Equal lengths keep the end of the value in one chunk: sessions are looked up by it.
        let length = value.len().div_ceil(count);
        let mut fields = Vec::with_capacity(count);
        for index in 0..count {
            let end = value.len().min((index + 1) * length);
            let chunk = &value[(index * length).min(end)..end];
            fields.push(match index {
                0 if count > 1 => self.set(0, &format!("{count}.{chunk}"), max_age),
                _ => self.set(index, chunk, max_age),
            });
        }
        fields.extend((count..old_count.min(MAX_CHUNKS)).map(|index| self.removal(index)));
        Ok(fields)
    }

    /// Returns the `Set-Cookie` fields that remove the first chunk and the others in a request.
    pub(crate) fn clear(&self, headers: &HeaderMap) -> Vec<HeaderValue> {
        let count = self.count_chunks(headers).max(1);
        (0..count).map(|index| self.removal(index)).collect()
    }

    fn removal(&self, index: usize) -> HeaderValue {
        self.set(index, "", Some(Duration::ZERO))
    }

    fn set(&self, index: usize, value: &str, max_age: Option<Duration>) -> HeaderValue {
        let same_site = self.options.same_site;
        match index {
            0 => self.writer.write(&self.name, value, max_age, same_site),
            _ => {
                let name = format!("{}-{index}", self.name);
                self.writer.write(&name, value, max_age, same_site)
            }
        }
    }
}

impl<'h> Chunks<'h> {
    /// Returns the chunks in order.
    pub(crate) fn as_slice(&self) -> &[&'h [u8]] {
        &self.chunks[..self.count]
    }

    /// Returns the value as one text. A value that is not UTF-8 was not set by this application and
    /// becomes an empty text.
    pub(crate) fn concat(&self) -> String {
        String::from_utf8(self.as_slice().concat()).unwrap_or_default()
    }
}

/// Prints the number of chunks only: the value is a secret.
impl fmt::Debug for Chunks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chunks({})", self.count)
    }
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, limit } = self;
        write!(
            f,
            "the session needs {bytes} bytes of cookies, more than the {limit} that browsers keep; \
             use a store (`SignIn::store`) or keep fewer tokens (not \
             `SignIn::keep_access_token`; `SignIn::drop_id_token`)"
        )
    }
}

impl std::error::Error for TooLarge {}

#[cfg(test)]
mod tests {
    use http::header::COOKIE;
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn cookie() -> ChunkedCookie {
        cookie_with(CookieOptions::default())
    }

    fn cookie_with(options: CookieOptions) -> ChunkedCookie {
        ChunkedCookie::new(CookieWriter::new(true), "s", options)
    }

    /// Returns the request of a browser that received these `Set-Cookie` fields.
    fn sent(set: &[HeaderValue]) -> HeaderMap {
        let pair = |field: &HeaderValue| {
            field
                .to_str()
                .unwrap()
                .split(';')
                .next()
                .unwrap()
                .to_owned()
        };
        let kept = set
            .iter()
            .filter(|field| !field.to_str().unwrap().contains("Max-Age=0"));
        request(&kept.map(pair).collect::<Vec<_>>().join("; "))
    }

    fn request(cookies: &str) -> HeaderMap {
        HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(cookies).unwrap())])
    }

    fn value(headers: &HeaderMap) -> Option<String> {
        match cookie().gather(headers) {
            CookieValue::Whole(chunks) => Some(chunks.concat()),
            CookieValue::Absent | CookieValue::Broken => None,
        }
    }

    fn is_broken(cookies: &str) -> bool {
        matches!(cookie().gather(&request(cookies)), CookieValue::Broken)
    }

    fn write(value: &str) -> Vec<HeaderValue> {
        cookie().write(value, HOUR, 0).unwrap()
    }

    #[test]
    fn value_takes_as_many_cookies_as_its_length_needs() {
        for (length, count) in [(1, 1), (3900, 1), (4100, 2), (8200, 3), (20_000, 5)] {
            let set = write(&"x".repeat(length));
            assert_eq!(set.len(), count, "{length}");
            assert_eq!(value(&sent(&set)).unwrap().len(), length);
        }
    }

    #[test]
    fn too_long_value_is_rejected_with_remedies() {
        let error = cookie().write(&"x".repeat(21_000), HOUR, 0).unwrap_err();
        assert!(cookie().write(&"x".repeat(error.limit), HOUR, 0).is_ok());
        assert!(
            cookie()
                .write(&"x".repeat(error.limit + 1), HOUR, 0)
                .is_err()
        );
        let text = error.to_string();
        for remedy in ["SignIn::store", "keep_access_token", "drop_id_token"] {
            assert!(text.contains(remedy), "{text}");
        }
    }

    #[test]
    fn missing_chunk_or_impossible_count_is_broken() {
        assert!(!is_broken("__Host-s=2.a; __Host-s-1=b"));
        assert!(is_broken("__Host-s=2.a"));
        assert!(is_broken("__Host-s=3.a; __Host-s-2=b"));
        assert!(is_broken("__Host-s=6.a; __Host-s-1=b"));
        assert!(is_broken("__Host-s=9.a"));
    }

    #[test]
    fn chunks_in_any_order_are_joined_in_order() {
        let headers = request("__Host-s-2=c; __Host-s-1=b; __Host-s=3.a");
        assert_eq!(value(&headers).unwrap(), "abc");
        let CookieValue::Whole(chunks) = cookie().gather(&headers) else {
            panic!("whole");
        };
        assert_eq!(chunks.as_slice(), [b"a", b"b", b"c"]);
        assert_eq!(format!("{chunks:?}"), "Chunks(3)");
    }

    #[test]
    fn left_over_chunks_are_ignored_and_removed_by_next_write() {
        let headers = request("__Host-s=2.a; __Host-s-1=b; __Host-s-2=old; __Host-s-4=old");
        assert_eq!(value(&headers).unwrap(), "ab");
        let set = cookie()
            .write("short", HOUR, cookie().count_chunks(&headers))
            .unwrap();
        let names: Vec<_> = set
            .iter()
            .map(|field| field.to_str().unwrap().split('=').next().unwrap())
            .collect();
        assert_eq!(
            names,
            [
                "__Host-s",
                "__Host-s-1",
                "__Host-s-2",
                "__Host-s-3",
                "__Host-s-4"
            ]
        );
        assert!(
            set[1..]
                .iter()
                .all(|field| field.to_str().unwrap().ends_with("Max-Age=0"))
        );
        assert_eq!(cookie().clear(&headers).len(), 5);
        assert_eq!(cookie().clear(&HeaderMap::new()).len(), 1);
        assert_eq!(value(&request("__Host-s-1=b")), None);
    }

    #[test]
    fn value_is_found_among_other_cookies() {
        for cookies in [
            "__Host-s=abc",
            "a=b; __Host-s=abc",
            "a=b;c;  __Host-s=abc",
            "__Host-s=abc; a=b",
            "__Host-s-1=c; __Host-s=abc",
        ] {
            let headers = request(cookies);
            assert_eq!(value(&headers).as_deref(), Some("abc"), "{cookies}");
        }
        let two = request("__Host-s=2.ab; __Host-s-1=c");
        assert_eq!(value(&two).as_deref(), Some("abc"));
        for cookies in ["x__Host-s=abc", "__Host-sx=abc", "a=b", ";;;;"] {
            assert_eq!(value(&request(cookies)), None, "{cookies}");
        }
        assert!(is_broken("__Host-s=abc; __Host-s=other"));
        assert!(is_broken("__Host-s =other; __Host-s=abc"));
        let mut two_fields = request("__Host-s=abc");
        two_fields.append(COOKIE, HeaderValue::from_static("__Host-s=other"));
        assert!(matches!(cookie().gather(&two_fields), CookieValue::Broken));
    }

    #[test]
    fn space_before_a_cookie_hides_no_second_value() {
        // Whether the values are equal is decided by one reader, however a field is spelled.
        for cookies in [
            " __Host-s=other; __Host-s=abc",
            "__Host-s= other; __Host-s=abc",
            "\t__Host-s\t=other;__Host-s=abc",
            "__Host-s=abc;  __Host-s=other",
        ] {
            assert!(is_broken(cookies), "{cookies:?}");
        }
        for cookies in [
            " __Host-s=abc; __Host-s=abc",
            " __Host-s=abc",
            "a=b;__Host-s=abc ",
        ] {
            assert_eq!(
                value(&request(cookies)).as_deref(),
                Some("abc"),
                "{cookies:?}"
            );
        }
    }

    #[test]
    fn cookie_without_max_age_is_removed_with_one() {
        let cookie = cookie_with(CookieOptions {
            same_site: SameSite::Partitioned,
            ends_with_browser: true,
        });
        let set = cookie.write(&"x".repeat(5000), HOUR, 3).unwrap();
        assert_eq!(set.len(), 3);
        for (field, is_removal) in set.iter().zip([false, false, true]) {
            let field = field.to_str().unwrap();
            assert_eq!(field.contains("Max-Age=0"), is_removal, "{field}");
            assert_eq!(field.contains("Max-Age"), is_removal, "{field}");
            assert!(
                field.contains("SameSite=None") && field.contains("Partitioned"),
                "{field}"
            );
        }
    }

    #[test]
    fn cookie_with_two_different_values_is_broken() {
        assert!(is_broken("__Host-s=a; __Host-s=b"));
        assert!(is_broken("__Host-s=2.a; __Host-s-1=b; __Host-s-1=c"));
        assert!(!is_broken("__Host-s=a; __Host-s=a"));
        assert!(!is_broken("__Host-s=a; s=b; __Host-s-1=x; __Host-s-1=y"));
    }

    #[test]
    fn cookie_with_similar_name_is_ignored() {
        for other in [
            "s=a",
            "__Host-sx=a",
            "__Host-s-0=a",
            "__Host-s-12=a",
            "__host-s=a",
            "__Host-s=",
        ] {
            assert!(
                matches!(cookie().gather(&request(other)), CookieValue::Absent),
                "{other}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_value_is_read_back_from_cookies_of_allowed_size(
            value_in in "[A-Za-z0-9_-]{1,9000}", is_https in any::<bool>(), base in "[a-z_]{1,60}"
        ) {
            let options = CookieOptions::default();
            let cookie = ChunkedCookie::new(CookieWriter::new(is_https), &base, options);
            let set = cookie.write(&value_in, HOUR, 0).unwrap();
            prop_assert!(set.iter().all(|field| field.len() <= MAX_SET_COOKIE));
            let headers = sent(&set);
            match cookie.gather(&headers) {
                CookieValue::Whole(chunks) => prop_assert_eq!(chunks.concat(), value_in),
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}
