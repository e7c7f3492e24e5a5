//! Look-up of header fields, most of which are missing.

use http::{HeaderMap, HeaderName, HeaderValue};

/// Up to this many fields, comparing each name takes less time than hashing the wanted one.
const FEW: usize = 24;

/// The occurrences of a field that should occur once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said<'h> {
    Nothing,
    Once(&'h HeaderValue),
    /// Whether it is the same each time or not.
    MoreThanOnce,
}

/// Whether there is a field of this name.
#[inline]
pub(crate) fn has(headers: &HeaderMap, name: &HeaderName) -> bool {
    if headers.keys_len() > FEW {
        return headers.contains_key(name);
    }
    headers.keys().any(|other| other == name)
}

/// The field of this name.
#[inline]
pub(crate) fn said<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Said<'h> {
    if headers.len() > FEW {
        return said_among_many(headers, name);
    }
    let Some((_, value)) = headers.iter().find(|(other, _)| *other == name) else {
        return Said::Nothing;
    };
    // Nearly always nothing is said twice, and then neither is this.
    if headers.keys_len() == headers.len() {
        return Said::Once(value);
    }
    said_among_many(headers, name)
}

fn said_among_many<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Said<'h> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Said::Nothing,
        (Some(value), None) => Said::Once(value),
        (Some(_), Some(_)) => Said::MoreThanOnce,
    }
}

#[cfg(test)]
mod tests {
    use http::header::{AUTHORIZATION, COOKIE};

    use super::*;

    /// Fields of so many names, none of which is looked for.
    fn others(count: usize) -> HeaderMap {
        let name = |number| HeaderName::try_from(format!("x-other-{number}")).unwrap();
        let field = |number| (name(number), HeaderValue::from_static("other"));
        (0..count).map(field).collect()
    }

    #[test]
    fn a_field_is_found_among_few_and_among_many_and_told_from_two() {
        let value = HeaderValue::from_static("value");
        let custom = HeaderName::from_static("x-custom");
        for count in [0, 1, FEW - 2, FEW - 1, FEW, FEW + 1, 100] {
            for name in [&AUTHORIZATION, &custom] {
                let mut headers = others(count);
                assert!(!has(&headers, name));
                assert_eq!(said(&headers, name), Said::Nothing);
                headers.append(name, value.clone());
                assert!(has(&headers, name));
                assert_eq!(said(&headers, name), Said::Once(&value));
                // One of another name behind it, there twice, makes no difference.
                headers.append(COOKIE, value.clone());
                headers.append(COOKIE, value.clone());
                assert_eq!(said(&headers, name), Said::Once(&value));
                assert_eq!(said(&headers, &COOKIE), Said::MoreThanOnce);
                headers.append(name, value.clone());
                assert!(has(&headers, name));
                assert_eq!(said(&headers, name), Said::MoreThanOnce);
                headers.append(name, value.clone());
                assert_eq!(said(&headers, name), Said::MoreThanOnce);
            }
        }
    }
}
