//! A set of keys, made from a JWKS document and searched by `kid` and `alg`.

use std::{collections::BTreeSet, fmt, sync::Arc};

use serde::de::MapAccess;
use serde_json::value::RawValue;

use super::{
    algorithm::Algorithm,
    material::PreparedKey,
    parse::Jwk,
    skip_reason::{SkipReason, SkippedKey},
};
use crate::base::json::{self, Member, Members, ReadResult};

/// How many keys of a document are read. Okta publishes two or three.
const MAX_KEYS: usize = 100;

/// How many members the outer object may have, inner objects outside `keys` included.
const MAX_MEMBERS: usize = 64;

/// The usable keys of one JWKS document.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeySet {
    keys: Vec<Arc<PreparedKey>>,
}

/// The key that a token's `kid` and `alg` select.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Selection<'a> {
    /// The one key that fits both.
    Key(&'a Arc<PreparedKey>),
    /// A key has this `kid`, and is not for this `alg`.
    OtherAlgorithm,
    /// No key has this `kid`.
    Unknown,
}

/// Why a whole document is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DocumentError {
    /// Not UTF-8, not JSON, not an object, or a member twice.
    Malformed,
    /// It has no array `keys`.
    NoKeys,
    /// Every key in it was skipped, or there is none.
    NothingUsable(Vec<SkippedKey>),
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let skipped = match self {
            Self::Malformed => return f.write_str("it is not a JSON object with each member once"),
            Self::NoKeys => return f.write_str("it has no array `keys`"),
            Self::NothingUsable(skipped) => skipped,
        };
        f.write_str("it holds no usable key")?;
        for (position, key) in skipped.iter().enumerate() {
            write!(f, "{}{key}", if position == 0 { " (" } else { ", " })?;
        }
        f.write_str(if skipped.is_empty() { "" } else { ")" })
    }
}

impl KeySet {
    /// Reads a JWKS. Keys that are already in `previous` are taken from there, so that what is
    /// bound to a key (cached tokens) stays bound to it for as long as its material stays
    /// published.
    pub(crate) fn parse(
        document: &[u8],
        algorithms: &BTreeSet<Algorithm>,
        previous: &Self,
    ) -> Result<(Self, Vec<SkippedKey>), DocumentError> {
        let text = std::str::from_utf8(document).map_err(|_| DocumentError::Malformed)?;
        let mut outer = Document::default();
        json::read_object(text, MAX_MEMBERS, &mut outer).map_err(|_| DocumentError::Malformed)?;
        let elements: Vec<&RawValue> = (outer.keys)
            .and_then(|keys| serde_json::from_str(keys.get()).ok())
            .ok_or(DocumentError::NoKeys)?;

        let mut skipped: Vec<SkippedKey> = Vec::new();
        let mut skip = |index, reason| {
            // A key that names no algorithm is several prepared keys, and is left out once.
            let entry = SkippedKey { index, reason };
            if !skipped.contains(&entry) {
                skipped.push(entry);
            }
        };
        let mut found: Vec<(usize, Arc<PreparedKey>)> = Vec::new();
        for (index, element) in elements.iter().take(MAX_KEYS).enumerate() {
            match prepare(element.get(), algorithms, previous) {
                Ok(keys) => found.extend(keys.into_iter().map(|key| (index, key))),
                Err(reason) => skip(index, reason),
            }
        }

        // Two different keys under one ID: choosing either would be a guess.
        let mut keys: Vec<Arc<PreparedKey>> = Vec::with_capacity(found.len());
        for (position, (index, key)) in found.iter().enumerate() {
            let mut twins = (found.iter().enumerate()).filter(|(other, (_, twin))| {
                *other != position && twin.kid() == key.kid() && twin.algorithm() == key.algorithm()
            });
            if twins.clone().any(|(_, (_, twin))| !is_same(twin, key)) {
                skip(*index, SkipReason::Conflict);
            } else if twins.all(|(other, _)| other > position) {
                keys.push(Arc::clone(key));
            }
        }
        if elements.len() > MAX_KEYS {
            skip(MAX_KEYS, SkipReason::TooMany);
        }
        skipped.sort_by_key(|entry| entry.index);
        if keys.is_empty() {
            return Err(DocumentError::NothingUsable(skipped));
        }
        Ok((Self { keys }, skipped))
    }

    /// Returns the key for a token's `kid` and `alg`.
    pub(crate) fn select(&self, kid: &str, algorithm: Algorithm) -> Selection<'_> {
        let mut selection = Selection::Unknown;
        for key in &self.keys {
            if key.kid() == kid {
                if key.algorithm() == algorithm {
                    return Selection::Key(key);
                }
                selection = Selection::OtherAlgorithm;
            }
        }
        selection
    }

    /// Returns whether exactly this key is in the set.
    pub(crate) fn holds(&self, key: &Arc<PreparedKey>) -> bool {
        self.keys.iter().any(|held| Arc::ptr_eq(held, key))
    }

    /// Returns whether a key has this ID.
    pub(crate) fn names(&self, kid: &str) -> bool {
        self.keys.iter().any(|key| key.kid() == kid)
    }

    /// Returns the IDs of the keys, each once, in the document's order.
    pub(crate) fn kids(&self) -> Vec<&str> {
        let mut kids: Vec<&str> = Vec::new();
        for key in &self.keys {
            if !kids.contains(&key.kid()) {
                kids.push(key.kid());
            }
        }
        kids
    }

    fn find_same(&self, jwk: &Jwk<'_>, algorithm: Algorithm) -> Option<&Arc<PreparedKey>> {
        (self.keys.iter()).find(|key| key.is_same_as(&jwk.kid, algorithm, &jwk.material))
    }
}

#[cfg(test)]
impl KeySet {
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(super) fn first(&self) -> Arc<PreparedKey> {
        Arc::clone(&self.keys[0])
    }

    /// The algorithms of all keys that have another name.
    pub(super) fn algorithms_besides(&self, kid: &str) -> Vec<Algorithm> {
        let others = self.keys.iter().filter(|key| key.kid() != kid);
        others.map(|key| key.algorithm()).collect()
    }
}

fn is_same(one: &PreparedKey, other: &PreparedKey) -> bool {
    one.is_same_as(other.kid(), other.algorithm(), other.material())
}

/// One element to its prepared keys: one for the algorithm it names, or one for each allowed
/// algorithm that fits a key which names none.
fn prepare(
    element: &str,
    algorithms: &BTreeSet<Algorithm>,
    previous: &KeySet,
) -> Result<Vec<Arc<PreparedKey>>, SkipReason> {
    let jwk = Jwk::parse(element)?;
    let mut keys = Vec::new();
    for algorithm in algorithms.iter().copied() {
        if jwk.algorithm.is_some_and(|own| own != algorithm) || !jwk.material.fits(algorithm) {
            continue;
        }
        keys.push(match previous.find_same(&jwk, algorithm) {
            Some(key) => Arc::clone(key),
            None => Arc::new(PreparedKey::new(&jwk.kid, algorithm, jwk.material.clone())?),
        });
    }
    if keys.is_empty() {
        return Err(SkipReason::ForeignAlgorithm);
    }
    Ok(keys)
}

/// The outer object of a JWKS. Its `keys` stay text, so that one odd key cannot spoil the others.
#[derive(Default)]
struct Document<'d> {
    keys: Option<&'d RawValue>,
}

impl<'d> Members<'d> for Document<'d> {
    fn member<A: MapAccess<'d>>(&mut self, name: &str, value: Member<'_, A>) -> ReadResult<'d, A> {
        match name {
            "keys" => self.keys = Some(value.get()?),
            _ => value.skip()?,
        }
        Ok(())
    }
}
