//! A browser's cookies for one origin, by name.

use std::collections::BTreeMap;

use http::{HeaderMap, header::SET_COOKIE};

pub(crate) type Jar = BTreeMap<String, String>;

/// The cookies as the `Cookie` header has them.
pub(crate) fn header(jar: &Jar) -> String {
    let pairs: Vec<String> = (jar.iter())
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("; ")
}

/// Stores what a response sets, and drops what it removes.
pub(crate) fn take(jar: &mut Jar, headers: &HeaderMap) {
    for field in headers.get_all(SET_COOKIE) {
        let (pair, attributes) = field.to_str().unwrap().split_once(';').unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        if attributes.contains("Max-Age=0") {
            jar.remove(name);
        } else {
            jar.insert(name.to_owned(), value.to_owned());
        }
    }
}
