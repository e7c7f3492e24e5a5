//! A value too long for one cookie, in several.
//!
//! ```text
//! okta_session=TEXT                                         one is enough
//! okta_session=3.TEXT; okta_session-1=TEXT; okta_session-2=TEXT     the first says how many there are
//! ```
//!
//! What is kept like this must be sealed as a whole: then chunks of two values, exchanged, missing or added ones do not open.
//! A chunk beyond the number that the first one says is left over from a longer value, and means nothing.

use std::{fmt, time::Duration};

use http::{HeaderMap, HeaderValue};

use super::{Jar, MAX_SET_COOKIE, SameSite, read::read};

/// How many cookies a value may take. Five full ones are more than many servers accept in a request's head.
const MAX_CHUNKS: usize = 5;

/// A cookie whose value may be long. `SameSite=Lax`.
#[derive(Clone, Debug)]
pub(crate) struct Chunked {
    jar: Jar,
    /// Whole, with its prefix.
    name: Box<str>,
}

/// What a request carries of it.
#[derive(Debug)]
pub(crate) enum Gathered<'h> {
    /// Nothing.
    Absent,
    Whole(Parts<'h>),
    /// Chunks are missing, or one came twice with different values: another application on this host, or an attacker on a
    /// sibling domain, has set it too.
    Broken,
}

/// A value in the pieces in which it came.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'h> {
    parts: [&'h [u8]; MAX_CHUNKS],
    count: usize,
}

/// A value that is longer than what browsers keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge {
    /// How long it is, in bytes.
    pub(crate) bytes: usize,
    /// How long it may be.
    pub(crate) limit: usize,
}

impl Chunked {
    pub(crate) fn new(jar: Jar, base: &str) -> Self {
        Self {
            jar,
            name: jar.name(base).into(),
        }
    }

    /// The cookie's whole name: that of its first chunk.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Which chunk of ours a cookie is.
    fn place(&self, name: &[u8]) -> Option<usize> {
        match name.strip_prefix(self.name.as_bytes())? {
            [] => Some(0),
            [b'-', digit @ b'1'..=b'9'] => {
                Some(usize::from(digit - b'0')).filter(|place| *place < MAX_CHUNKS)
            }
            _ => None,
        }
    }

    /// The value that a request carries. Allocates nothing.
    pub(crate) fn gather<'h>(&self, headers: &'h HeaderMap) -> Gathered<'h> {
        let mut found: [Option<&[u8]>; MAX_CHUNKS] = [None; MAX_CHUNKS];
        let mut is_doubled = [false; MAX_CHUNKS];
        // Not a `for` loop: this is done with every request, and twice as fast like this.
        read(headers).for_each(|(name, value)| {
            let Some(place) = self.place(name) else {
                return;
            };
            match found[place] {
                Some(other) if other != value => is_doubled[place] = true,
                _ => found[place] = Some(value),
            }
        });
        let Some(first) = found[0].filter(|first| !first.is_empty()) else {
            // Left-over chunks without a first one are nothing.
            return Gathered::Absent;
        };
        let (count, first) = match first {
            [digit @ b'2'..=b'9', b'.', ..] => (usize::from(digit - b'0'), &first[2..]),
            _ => (1, first),
        };
        let mut parts = [first; MAX_CHUNKS];
        if count > MAX_CHUNKS || is_doubled[..count].contains(&true) {
            return Gathered::Broken;
        }
        for (part, found) in parts[..count].iter_mut().zip(found).skip(1) {
            match found {
                Some(found) => *part = found,
                None => return Gathered::Broken,
            }
        }
        Gathered::Whole(Parts { parts, count })
    }

    /// How many chunks of it a request carries, left-over ones included.
    pub(crate) fn pieces(&self, headers: &HeaderMap) -> usize {
        let places = read(headers).filter_map(|(name, _)| self.place(name));
        places.map(|place| place + 1).max().unwrap_or(0)
    }

    /// The `Set-Cookie` fields that keep a value, and remove what is left over of one that had so many pieces.
    pub(crate) fn write(
        &self,
        value: &str,
        max_age: Duration,
        pieces: usize,
    ) -> Result<Vec<HeaderValue>, TooLarge> {
        let around = self.set(MAX_CHUNKS - 1, "", max_age).len() + "2.".len();
        let room = MAX_SET_COOKIE.saturating_sub(around);
        let too_large = TooLarge {
            bytes: value.len(),
            limit: room * MAX_CHUNKS,
        };
        let count = value.len().div_ceil(room.max(1)).max(1);
        // What is cut must be ASCII, as everything is that may stand in a cookie.
        if count > MAX_CHUNKS || room == 0 || !value.is_ascii() {
            return Err(too_large);
        }
        // As equal as can be: the end of the value, by which it is looked up, stays in one piece.
        let length = value.len().div_ceil(count);
        let mut fields = Vec::with_capacity(count);
        for place in 0..count {
            let end = value.len().min((place + 1) * length);
            let piece = &value[(place * length).min(end)..end];
            fields.push(match place {
                0 if count > 1 => self.set(0, &format!("{count}.{piece}"), max_age),
                _ => self.set(place, piece, max_age),
            });
        }
        fields.extend((count..pieces.min(MAX_CHUNKS)).map(|place| self.removal(place)));
        Ok(fields)
    }

    /// The `Set-Cookie` fields that remove whatever a request carries of it, and the first chunk in any case.
    pub(crate) fn clear(&self, headers: &HeaderMap) -> Vec<HeaderValue> {
        let pieces = self.pieces(headers).max(1);
        (0..pieces).map(|place| self.removal(place)).collect()
    }

    fn removal(&self, place: usize) -> HeaderValue {
        self.set(place, "", Duration::ZERO)
    }

    fn set(&self, place: usize, value: &str, max_age: Duration) -> HeaderValue {
        match place {
            0 => self.jar.write(&self.name, value, max_age, SameSite::Lax),
            _ => {
                let name = format!("{}-{place}", self.name);
                self.jar.write(&name, value, max_age, SameSite::Lax)
            }
        }
    }
}

impl<'h> Parts<'h> {
    /// The pieces in their order.
    pub(crate) fn as_slice(&self) -> &[&'h [u8]] {
        &self.parts[..self.count]
    }

    /// The value as one text. What is no text is nothing of ours, and becomes an empty one.
    pub(crate) fn concat(&self) -> String {
        String::from_utf8(self.as_slice().concat()).unwrap_or_default()
    }
}

/// Prints nothing of the value.
impl fmt::Debug for Parts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parts({})", self.count)
    }
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, limit } = self;
        write!(
            f,
            "the session takes {bytes} bytes in cookies, and browsers keep {limit} of it: keep sessions in a store (`SignIn::store`), or leave tokens out of it (`SignIn::drop_access_token`, `SignIn::drop_id_token`)"
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

    fn cookie() -> Chunked {
        Chunked::new(Jar::new(true), "s")
    }

    /// What a browser sends back.
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
            Gathered::Whole(parts) => Some(parts.concat()),
            Gathered::Absent | Gathered::Broken => None,
        }
    }

    fn is_broken(cookies: &str) -> bool {
        matches!(cookie().gather(&request(cookies)), Gathered::Broken)
    }

    fn write(value: &str) -> Vec<HeaderValue> {
        cookie().write(value, HOUR, 0).unwrap()
    }

    #[test]
    fn a_short_value_takes_one_cookie_and_a_long_one_as_many_as_it_needs() {
        for (length, count) in [(1, 1), (3900, 1), (4100, 2), (8200, 3), (20_000, 5)] {
            let set = write(&"x".repeat(length));
            assert_eq!(set.len(), count, "{length}");
            assert_eq!(value(&sent(&set)).unwrap().len(), length);
        }
    }

    #[test]
    fn a_value_longer_than_what_browsers_keep_is_an_error_that_names_the_way_out() {
        let error = cookie().write(&"x".repeat(21_000), HOUR, 0).unwrap_err();
        assert!(cookie().write(&"x".repeat(error.limit), HOUR, 0).is_ok());
        assert!(
            cookie()
                .write(&"x".repeat(error.limit + 1), HOUR, 0)
                .is_err()
        );
        let text = error.to_string();
        for way_out in ["SignIn::store", "drop_access_token", "drop_id_token"] {
            assert!(text.contains(way_out), "{text}");
        }
    }

    #[test]
    fn a_missing_chunk_or_a_count_that_cannot_be_is_broken() {
        assert!(!is_broken("__Host-s=2.a; __Host-s-1=b"));
        assert!(is_broken("__Host-s=2.a"));
        assert!(is_broken("__Host-s=3.a; __Host-s-2=b"));
        assert!(is_broken("__Host-s=6.a; __Host-s-1=b"));
        assert!(is_broken("__Host-s=9.a"));
    }

    #[test]
    fn chunks_are_put_in_their_order_whatever_the_order_in_which_they_come() {
        let headers = request("__Host-s-2=c; __Host-s-1=b; __Host-s=3.a");
        assert_eq!(value(&headers).unwrap(), "abc");
        let Gathered::Whole(parts) = cookie().gather(&headers) else {
            panic!("whole");
        };
        assert_eq!(parts.as_slice(), [b"a", b"b", b"c"]);
        assert_eq!(format!("{parts:?}"), "Parts(3)");
    }

    #[test]
    fn what_is_left_over_from_a_longer_value_means_nothing_and_is_removed_at_the_next_writing() {
        let headers = request("__Host-s=2.a; __Host-s-1=b; __Host-s-2=old; __Host-s-4=old");
        assert_eq!(value(&headers).unwrap(), "ab");
        let set = cookie()
            .write("short", HOUR, cookie().pieces(&headers))
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
        assert!(matches!(cookie().gather(&two_fields), Gathered::Broken));
    }

    #[test]
    fn a_cookie_that_came_twice_with_different_values_is_not_used() {
        assert!(is_broken("__Host-s=a; __Host-s=b"));
        assert!(is_broken("__Host-s=2.a; __Host-s-1=b; __Host-s-1=c"));
        assert!(!is_broken("__Host-s=a; __Host-s=a"));
        assert!(!is_broken("__Host-s=a; s=b; __Host-s-1=x; __Host-s-1=y"));
    }

    #[test]
    fn cookies_with_names_like_ours_are_not_ours() {
        for other in [
            "s=a",
            "__Host-sx=a",
            "__Host-s-0=a",
            "__Host-s-12=a",
            "__host-s=a",
            "__Host-s=",
        ] {
            assert!(
                matches!(cookie().gather(&request(other)), Gathered::Absent),
                "{other}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_value_comes_back_and_no_cookie_is_too_long(
            value_in in "[A-Za-z0-9_-]{1,9000}", is_https in any::<bool>(), base in "[a-z_]{1,60}"
        ) {
            let cookie = Chunked::new(Jar::new(is_https), &base);
            let set = cookie.write(&value_in, HOUR, 0).unwrap();
            prop_assert!(set.iter().all(|field| field.len() <= MAX_SET_COOKIE));
            let headers = sent(&set);
            match cookie.gather(&headers) {
                Gathered::Whole(parts) => prop_assert_eq!(parts.concat(), value_in),
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}
