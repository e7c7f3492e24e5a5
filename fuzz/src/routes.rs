//! Route patterns with a path, compared with the matchit of Axum.

use http::Method;
use okta_tower::{Require, RouteRules, fuzzing};

/// Patterns, one a line, and in the last line a path.
pub(crate) fn routes(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut patterns: Vec<&str> = text.lines().take(9).collect();
    let Some(path) = patterns.pop() else { return };
    let mut rules = RouteRules::new();
    for pattern in &patterns {
        rules = rules.at(*pattern, Require::public());
    }
    let Ok(rules) = rules.build() else { return };
    let mut router = matchit::Router::new();
    for pattern in &patterns {
        router
            .insert(*pattern, *pattern)
            .expect("matchit takes what the table takes");
    }
    if rules.require_for(&Method::GET, path).is_err() {
        return;
    }
    let ours = fuzzing::pattern_for(&rules, path).expect("only a pattern allows");
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8();
    let decoded = decoded.expect("an escape that is not text is rejected");
    for reading in [path, &*decoded] {
        match router.at(reading) {
            Ok(found) if *found.value == ours => {}
            // A catch-all covers its own root, which matchit leaves to another pattern or none.
            _ => assert!(is_root(ours, reading), "{ours} decides for {reading:?}"),
        }
    }
}

fn is_root(pattern: &str, path: &str) -> bool {
    let root = pattern.rsplit_once("/{*").map(|(root, _)| root);
    let path = path.strip_suffix('/').unwrap_or(path);
    root.is_some_and(|root| {
        let mut segments = root.split('/');
        let is_same = path.split('/').all(|part| {
            segments.next().is_some_and(|own| {
                own == part
                    || (own.starts_with('{') && !own.starts_with("{{") && !part.is_empty())
                    || own.replace("{{", "{").replace("}}", "}") == part
            })
        });
        is_same && segments.next().is_none()
    })
}
