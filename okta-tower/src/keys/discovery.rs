//! The issuer's metadata (OpenID Connect Discovery 1.0 section 4; RFC 8414): where its keys are.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use url::Url;

use crate::{
    config::UrlPolicy,
    json::{self, Budget, Checked, Names, Text},
};

/// How many members a metadata document may have. Okta's has about 30.
const MAX_MEMBERS: usize = 512;

/// Why a metadata document is not used. Unlike a document that is not there, one that is wrong is never
/// worked around.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DiscoveryError {
    /// Not a JSON object with each member once, or a required member is missing or of the wrong type.
    Invalid,
    /// Its `issuer` is not, character for character, the one configured.
    WrongIssuer,
    /// Its `jwks_uri` is not https, or not on an allowed host.
    UrlNotAllowed,
}

/// Reads the document and gives the URL of the keys.
pub(super) fn read(body: &[u8], issuer: &str, urls: &UrlPolicy) -> Result<Url, DiscoveryError> {
    let text = std::str::from_utf8(body).map_err(|_| DiscoveryError::Invalid)?;
    let budget = Budget::new(MAX_MEMBERS);
    let found =
        json::read(text, Members { budget: &budget }).map_err(|_| DiscoveryError::Invalid)?;
    // RFC 8414 section 3.3: identical, or the document MUST NOT be used.
    if found.issuer.ok_or(DiscoveryError::Invalid)? != issuer {
        return Err(DiscoveryError::WrongIssuer);
    }
    let mut endpoints = found.endpoints.into_iter().map(|(name, text)| {
        let url = Url::parse(&text).map_err(|_| DiscoveryError::Invalid)?;
        urls.check(&url)
            .map_err(|_| DiscoveryError::UrlNotAllowed)?;
        Ok((name, url))
    });
    // Every endpoint is held to the policy, not just the one used here: a document that sends anything to
    // another host is not the issuer's.
    let checked: Vec<(String, Url)> = endpoints.by_ref().collect::<Result<_, _>>()?;
    (checked.into_iter())
        .find_map(|(name, url)| (name == "jwks_uri").then_some(url))
        .ok_or(DiscoveryError::Invalid)
}

#[derive(Default)]
struct Found {
    issuer: Option<String>,
    endpoints: Vec<(String, String)>,
}

struct Members<'b> {
    budget: &'b Budget,
}

impl<'de> DeserializeSeed<'de> for Members<'_> {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("authorization server metadata")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found, A::Error> {
        let mut names = Names::new(self.budget);
        let mut found = Found::default();
        while let Some(name) = names.next(&mut map)? {
            match &*name {
                "issuer" => found.issuer = Some(map.next_value_seed(Text)?.into()),
                name if name == "jwks_uri" || name.ends_with("_endpoint") => {
                    let url = map.next_value_seed(Text)?;
                    found.endpoints.push((name.to_owned(), url.into()));
                }
                _ => map.next_value_seed(Checked::new(self.budget))?,
            }
        }
        Ok(found)
    }
}
