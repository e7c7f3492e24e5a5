//! What the issuer publishes: its keys and its metadata.

use okta_tower::fuzzing::Keys;
use serde_json::Value;
use url::Url;

use crate::{
    json::unique,
    tokens::{APPLICATION, ISSUER, KID, good_token, public, verify},
};

/// One JWK.
pub(crate) fn jwk(data: &[u8]) {
    jwks(&[br#"{"keys":["#, data, b"]}"].concat());
}

/// A JWK set.
pub(crate) fn jwks(data: &[u8]) {
    let Some(keys) = Keys::parse(data, &Keys::default()) else {
        return;
    };
    let document: Value = match serde_json::from_slice(data) {
        Ok(document) => document,
        // JSON has numbers that serde_json cannot hold. One odd key affects no other.
        Err(error) if error.to_string().starts_with("number out of range") => return,
        Err(error) => panic!("an accepted set is not JSON: {error}"),
    };
    let elements = document["keys"].as_array().expect("`keys` is an array");
    let of_kid =
        |kid: &str| -> Vec<&Value> { elements.iter().filter(|jwk| jwk["kid"] == kid).collect() };
    assert!(!keys.kids().is_empty());
    for kid in keys.kids() {
        let mut candidates = of_kid(kid)
            .into_iter()
            .filter(|jwk| jwk.get("d").is_none() && jwk["use"] != "enc");
        assert!(
            candidates.clone().next().is_some(),
            "{kid:?} is no public signing key"
        );
        // What jsonwebtoken reads must be a key to it, too.
        let is_key = candidates.any(|jwk| {
            let parsed = serde_json::from_value::<jsonwebtoken::jwk::Jwk>(jwk.clone());
            parsed.map_or(true, |jwk| {
                jsonwebtoken::DecodingKey::from_jwk(&jwk).is_ok()
            })
        });
        assert!(is_key, "jsonwebtoken does not take {kid:?}");
    }
    if verify(&good_token(), &keys).is_some() {
        assert!(
            of_kid(KID).iter().any(|jwk| jwk["x"] == public().as_str()),
            "another key verifies"
        );
    }
    let again = Keys::parse(data, &keys).expect("a set that was read is read again");
    assert_eq!(keys.kids(), again.kids());
}

/// A metadata document.
pub(crate) fn discovery(data: &[u8]) {
    let Some(found) = APPLICATION.discovery(data) else {
        return;
    };
    let document = unique(data).expect("accepted metadata is JSON without duplicates");
    assert_eq!(document["issuer"], ISSUER);
    let origin = Url::parse(ISSUER).unwrap().origin();
    for (name, url) in found {
        assert_eq!(url.origin(), origin, "{name} is elsewhere: {url}");
        let text = document[name].as_str().expect("a used member is a string");
        assert_eq!(Ok(&url), Url::parse(text).as_ref(), "{name}");
    }
}
