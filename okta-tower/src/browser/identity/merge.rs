//! The claims of a session: those of the ID token, and what `userinfo` adds. Feature `sign-in`.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::value::RawValue;

use crate::{
    base::json,
    claims::{MAX_MEMBERS, is_specified},
};

/// Why two sets of claims are not merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MergeError {
    /// One of them is not a JSON object with each member once, or both have too many members.
    Malformed,
    /// `userinfo` is about another user, or names none (OpenID Connect Core section 5.3.2).
    OtherSubject,
}

/// Returns the claims of the ID token, unchanged, followed by the members of `userinfo` that it
/// lacks.
///
/// The ID token's member wins if both have one. Members that need a signature, whose meaning a
/// specification fixes, are never taken from `userinfo`: they are signed in the ID token, or
/// absent. If `sub` differs, all of `userinfo` is rejected, and the sign-in with it.
pub(crate) fn merge(id_token: &str, userinfo: Option<&str>) -> Result<String, MergeError> {
    let own: BTreeMap<Cow<'_, str>, &RawValue> = members(id_token)?;
    let mut merged = id_token.trim_end().to_owned();
    let Some(userinfo) = userinfo else {
        return Ok(merged);
    };
    let more = members(userinfo)?;
    let subject = |members: &BTreeMap<Cow<'_, str>, &RawValue>| -> Option<String> {
        serde_json::from_str(members.get("sub")?.get()).ok()
    };
    match (subject(&own), subject(&more)) {
        (Some(own), Some(other)) if own == other => {}
        _ => return Err(MergeError::OtherSubject),
    }
    // The text is an object, so this is its closing brace, and `sub` precedes it.
    merged.pop();
    for (name, value) in more {
        if own.contains_key(&name) || is_specified(&name) {
            continue;
        }
        let name = serde_json::to_string(&name).map_err(|_| MergeError::Malformed)?;
        merged += ",";
        merged += &name;
        merged += ":";
        merged += value.get();
    }
    merged += "}";
    // The merged claims must stay within the bounds of one token.
    members(&merged)?;
    Ok(merged)
}

/// Returns the members of an object. Each must occur once, at every level.
fn members(text: &str) -> Result<BTreeMap<Cow<'_, str>, &RawValue>, MergeError> {
    json::check(text, MAX_MEMBERS).map_err(|_| MergeError::Malformed)?;
    serde_json::from_str(text).map_err(|_| MergeError::Malformed)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ID: &str = r#"{"sub":"00u1","name":"Ada","iss":"https://a","exp":1}"#;

    fn merged(userinfo: &str) -> Value {
        serde_json::from_str(&merge(ID, Some(userinfo)).unwrap()).unwrap()
    }

    #[test]
    fn userinfo_adds_members_and_id_token_wins() {
        let claims = merged(r#"{"sub":"00u1","name":"Eve","groups":["a"],"email":"a@b"}"#);
        let expected = json!({
            "sub": "00u1", "name": "Ada", "iss": "https://a", "exp": 1, "groups": ["a"],
            "email": "a@b",
        });
        assert_eq!(claims, expected);
        assert_eq!(merge(ID, None).as_deref(), Ok(ID));
    }

    #[test]
    fn signed_only_members_of_userinfo_are_ignored() {
        // Written out, so that a member that the list loses is noticed here.
        let signed_only = [
            "iss",
            "aud",
            "azp",
            "exp",
            "nbf",
            "iat",
            "jti",
            "nonce",
            "at_hash",
            "c_hash",
            "s_hash",
            "auth_time",
            "acr",
            "amr",
            "sid",
            "idp",
            "uid",
            "cid",
            "client_id",
            "scp",
            "scope",
            "cnf",
            "events",
            "toe",
            "ver",
        ];
        for name in signed_only {
            let claims = merged(&format!(r#"{{"sub":"00u1","{name}":"evil","other":1}}"#));
            assert_ne!(claims.get(name), Some(&json!("evil")), "{name}");
            assert_eq!(claims["other"], 1);
        }
    }

    #[test]
    fn userinfo_about_another_user_is_rejected() {
        assert!(merge(ID, Some(r#"{"sub":"00u1"}"#)).is_ok());
        for other in [
            r#"{"sub":"00u2","groups":["admin"]}"#,
            r#"{"sub":"00U1"}"#,
            r#"{"sub":["00u1"]}"#,
            r#"{"groups":["admin"]}"#,
        ] {
            assert_eq!(
                merge(ID, Some(other)),
                Err(MergeError::OtherSubject),
                "{other}"
            );
        }
        let unnamed = merge(r#"{"iss":"https://a"}"#, Some(r#"{"name":"Ada"}"#));
        assert_eq!(unnamed, Err(MergeError::OtherSubject));
    }

    #[test]
    fn ambiguous_json_is_rejected() {
        for unsound in [
            r#"{"sub":"00u1","sub":"00u1"}"#,
            r#"{"sub":"00u1","a":{"b":1,"b":2}}"#,
            r#"{"sub":"00u1","\u0073ub":"00u2"}"#,
            r#"["sub"]"#,
            "\"eyJhbGciOiJSUzI1NiJ9.e30.c2ln\"",
            "",
        ] {
            assert_eq!(
                merge(ID, Some(unsound)),
                Err(MergeError::Malformed),
                "{unsound}"
            );
        }
        // An escaped name equals the name that it spells.
        let claims = merged(r#"{"sub":"00u1","\u0065xp":9,"na\u006de":"Eve","qu\"ote":1}"#);
        assert_eq!(
            (&claims["exp"], &claims["name"]),
            (&json!(1), &json!("Ada"))
        );
        assert_eq!(claims["qu\"ote"], 1);
    }

    #[test]
    fn merged_claims_have_at_most_a_tokens_members() {
        let with = |count: usize| {
            let members: Vec<String> = (0..count).map(|x| format!(r#""x{x}":1"#)).collect();
            merge(
                ID,
                Some(&format!(r#"{{"sub":"00u1",{}}}"#, members.join(","))),
            )
        };
        assert!(with(MAX_MEMBERS - 4).is_ok());
        assert_eq!(with(MAX_MEMBERS - 3), Err(MergeError::Malformed));
    }
}
