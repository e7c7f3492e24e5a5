//! The members of a payload that were asked for by name.

use std::sync::OnceLock;

use serde::de::MapAccess;
use serde_json::Value;

use crate::base::json::{self, Member, Members, ReadResult};

/// How many members a payload may have, inner objects included.
pub(crate) const MAX_MEMBERS: usize = 512;

/// Claims whose meaning a specification or Okta fixes. None of them can hold the groups, and
/// `userinfo` adds none of them to a session.
const SPECIFIED: &str = "iss sub aud azp exp nbf iat jti nonce at_hash c_hash s_hash auth_time acr \
    amr sid idp uid cid client_id scp scope cnf events toe ver";

/// Returns whether a specification or Okta fixes the meaning of this claim.
pub(crate) fn is_specified(claim: &str) -> bool {
    SPECIFIED.split(' ').any(|specified| specified == claim)
}

/// An append-only list of the members that were asked for, each read once. Readers take no lock.
///
/// A map of all members would take several times the memory of their text, for each cached token.
#[derive(Default)]
pub(super) struct ReadMembers(OnceLock<Box<Node>>);

struct Node {
    name: Box<str>,
    value: Value,
    next: ReadMembers,
}

impl ReadMembers {
    /// Returns the member of this name.
    ///
    /// A name that the payload lacks is not kept: such names could be without number.
    pub(super) fn get(&self, name: &str, payload: &str) -> Option<&Value> {
        let mut list = self;
        while let Some(node) = list.0.get() {
            if *node.name == *name {
                return Some(&node.value);
            }
            list = &node.next;
        }
        let mut value = Some(read(name, payload)?);
        loop {
            // Another thread may have appended a node meanwhile.
            let node = list.0.get_or_init(|| {
                Box::new(Node {
                    name: name.into(),
                    value: value.take().unwrap_or_default(),
                    next: Self::default(),
                })
            });
            if *node.name == *name {
                return Some(&node.value);
            }
            list = &node.next;
        }
    }
}

/// Reads one member. The payload was read strictly before, so the name occurs once.
fn read(name: &str, payload: &str) -> Option<Value> {
    let mut wanted = Wanted { name, value: None };
    json::read_object(payload, MAX_MEMBERS, &mut wanted).ok()?;
    wanted.value
}

struct Wanted<'n> {
    name: &'n str,
    value: Option<Value>,
}

impl<'de> Members<'de> for Wanted<'_> {
    fn member<A: MapAccess<'de>>(
        &mut self,
        name: &str,
        value: Member<'_, A>,
    ) -> ReadResult<'de, A> {
        if name == self.name {
            self.value = Some(value.get()?);
            return Ok(());
        }
        value.skip()
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use serde_json::json;

    use super::*;

    const PAYLOAD: &str = r#"{"a":1,"b":{"c":[true]},"n":null,"\u0065":"e"}"#;

    #[test]
    fn members_are_read_once_and_missing_ones_are_not_kept() {
        let members = ReadMembers::default();
        let a = members.get("a", PAYLOAD).unwrap();
        assert_eq!(a, &json!(1));
        assert_eq!(members.get("b", PAYLOAD), Some(&json!({ "c": [true] })));
        assert_eq!(members.get("n", PAYLOAD), Some(&Value::Null));
        assert_eq!(members.get("e", PAYLOAD), Some(&json!("e")));
        assert!(std::ptr::eq(a, members.get("a", PAYLOAD).unwrap()));
        for missing in ["", "A", "c", "ab"] {
            assert_eq!(members.get(missing, PAYLOAD), None, "{missing}");
        }
        let mut kept = 0;
        let mut list = &members;
        while let Some(node) = list.0.get() {
            kept += 1;
            list = &node.next;
        }
        assert_eq!(kept, 4);
    }

    #[test]
    fn threads_that_ask_at_once_get_the_same_value() {
        let members = ReadMembers::default();
        thread::scope(|scope| {
            for names in [["a", "b"], ["b", "a"], ["a", "n"], ["n", "b"]] {
                let members = &members;
                scope
                    .spawn(move || names.map(|name| assert!(members.get(name, PAYLOAD).is_some())));
            }
        });
        assert_eq!(members.get("a", PAYLOAD), Some(&json!(1)));
        assert_eq!(members.get("b", PAYLOAD), Some(&json!({ "c": [true] })));
    }
}
