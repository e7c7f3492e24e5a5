//! Users and groups as JSON of the management API.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Map, Value, json};

use crate::{incoming::IncomingRequest, state::users::User};

/// The time of every past event, because events are not recorded.
const LONG_AGO: &str = "2026-01-05T08:00:00.000Z";

/// Returns the profile of a user.
pub(super) fn profile(user: &User) -> Map<String, Value> {
    let (first, last) = user.name.rsplit_once(' ').unwrap_or((&user.name, ""));
    let usual: [(&str, Value); 6] = [
        ("login", user.login.as_str().into()),
        ("email", user.email.as_str().into()),
        ("firstName", first.into()),
        ("lastName", last.into()),
        ("mobilePhone", Value::Null),
        ("secondEmail", Value::Null),
    ];
    let mut profile: Map<String, Value> = usual
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    profile.extend(user.attributes.clone());
    profile
}

/// Returns a user object. `origin` is the URL of the org.
pub(super) fn user(user: &User, origin: &str, incoming: &IncomingRequest) -> Value {
    let mut object = json!({
        "id": user.uid,
        "status": user.status,
        "created": LONG_AGO,
        "activated": LONG_AGO,
        "statusChanged": LONG_AGO,
        "lastLogin": null,
        "lastUpdated": LONG_AGO,
        "passwordChanged": LONG_AGO,
        "type": { "id": "otyTestUserType00001" },
        "profile": profile(user),
        "_links": { "self": { "href": format!("{origin}/api/v1/users/{}", user.uid) } },
    });
    if !omits_credentials(incoming) {
        object["credentials"] = json!({
            "password": {},
            "provider": { "type": "OKTA", "name": "OKTA" },
        });
    }
    object
}

/// Returns whether the caller omits credentials. Okta reads this option from the content type.
fn omits_credentials(incoming: &IncomingRequest) -> bool {
    let content_type = incoming.headers.get(http::header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    content_type.is_some_and(|text| text.contains("omitCredentials"))
}

pub(super) fn group(name: &str, origin: &str) -> Value {
    let id = group_id(name);
    let kind = if name == "Everyone" {
        "BUILT_IN"
    } else {
        "OKTA_GROUP"
    };
    json!({
        "id": id,
        "type": kind,
        "objectClass": ["okta:user_group"],
        "profile": { "name": name, "description": null },
        "created": LONG_AGO,
        "lastUpdated": LONG_AGO,
        "lastMembershipUpdated": LONG_AGO,
        "_links": { "users": { "href": format!("{origin}/api/v1/groups/{id}/users") } },
    })
}

/// Returns an Okta-shaped group ID that depends only on the name.
pub(crate) fn group_id(name: &str) -> String {
    let hash = digest(&SHA256, name.as_bytes());
    let letters = hash.as_ref().iter().map(|byte| {
        const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])
    });
    "00g".chars().chain(letters.take(17)).collect()
}
