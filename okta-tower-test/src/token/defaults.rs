//! The claims that Okta puts into every token.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Map, Value, json};

use crate::random::random_id;

/// The default client.
const CLIENT_ID: &str = "0oaTestClient0000001";

/// The default user.
const USER: &str = "user@example.com";

#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Access,
    Id,
}

impl Kind {
    /// Returns the default claims of this kind of token, except `iss` and the times.
    pub(super) fn claims(self, audience: &str) -> Map<String, Value> {
        match self {
            Self::Access => members([
                ("ver", 1.into()),
                ("jti", format!("AT.{}", random_id(32)).into()),
                ("aud", audience.into()),
                ("cid", CLIENT_ID.into()),
                ("uid", user_id(USER).into()),
                ("scp", json!(["openid"])),
                ("sub", USER.into()),
            ]),
            Self::Id => members([
                ("ver", 1.into()),
                ("jti", format!("ID.{}", random_id(32)).into()),
                ("aud", CLIENT_ID.into()),
                ("sub", user_id(USER).into()),
                ("amr", json!(["pwd"])),
                ("idp", "00oTestOrganization1".into()),
                ("name", USER.into()),
                ("preferred_username", USER.into()),
                ("email", USER.into()),
                ("email_verified", true.into()),
            ]),
        }
    }
}

fn members<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Returns an Okta-shaped user ID that depends only on the login.
pub(crate) fn user_id(login: &str) -> String {
    let hash = digest(&SHA256, login.as_bytes());
    let letters = hash.as_ref().iter().map(|byte| {
        const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])
    });
    "00u".chars().chain(letters.take(17)).collect()
}
