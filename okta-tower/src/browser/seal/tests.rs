//! Sealing through its interface: which values open, and which must not.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::{BadKey, OpenError, Purpose, SealContext, SealKeys};
use crate::base::random::random;

const PURPOSES: [Purpose; 4] = [
    Purpose::Attempt,
    Purpose::Session,
    Purpose::Stored,
    Purpose::State,
];

fn text_of(key: [u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

const APPLICATION: SealContext<'static> = SealContext {
    issuer: "https://acme.okta.com",
    client_id: "0oaApp",
    origin: "https://app.example.com",
};

fn parse(text: &str) -> Result<SealKeys, BadKey> {
    SealKeys::parse(text, &APPLICATION)
}

fn opened(keys: &SealKeys, sealed: &str) -> Result<Vec<u8>, OpenError> {
    keys.open(Purpose::Session, "name", sealed)
}

#[test]
fn value_opens_only_for_its_purpose_and_name() {
    let keys = SealKeys::random();
    for purpose in PURPOSES {
        let sealed = keys.seal(purpose, "name", b"hello");
        assert_eq!(keys.open(purpose, "name", &sealed).unwrap(), b"hello");
        assert_eq!(
            keys.open(purpose, "names", &sealed),
            Err(OpenError::Forged),
            "{purpose:?}"
        );
        for other in PURPOSES.into_iter().filter(|other| *other != purpose) {
            assert_eq!(keys.open(other, "name", &sealed), Err(OpenError::Forged));
        }
    }
}

#[test]
fn value_opens_only_in_its_own_application() {
    let key = text_of(random());
    let keys = |context| SealKeys::parse(&key, &context).unwrap();
    let own = keys(APPLICATION);
    let sealed = own.seal(Purpose::Session, "name", b"hello");
    let tag = own.tag(Purpose::State, b"hello");
    let again = keys(APPLICATION);
    assert_eq!(opened(&again, &sealed).unwrap(), b"hello");
    assert!(again.checks(Purpose::State, b"hello", &tag));
    for other in [
        SealContext {
            issuer: "https://acme.okta.com/oauth2/default",
            ..APPLICATION
        },
        SealContext {
            client_id: "0oaPayroll",
            ..APPLICATION
        },
        SealContext {
            origin: "https://payroll.example.com",
            ..APPLICATION
        },
        // The same texts, joined.
        SealContext {
            issuer: "https://acme.okta.com0oa",
            client_id: "App",
            ..APPLICATION
        },
    ] {
        let keys = keys(other);
        assert_eq!(opened(&keys, &sealed), Err(OpenError::Forged), "{other:?}");
        assert!(!keys.checks(Purpose::State, b"hello", &tag), "{other:?}");
    }
}

#[test]
fn value_of_version_1_does_not_open() {
    let keys = SealKeys::random();
    let mut bytes = URL_SAFE_NO_PAD
        .decode(keys.seal(Purpose::Session, "name", b"hello"))
        .unwrap();
    assert_eq!(bytes[0], 2);
    bytes[0] = 1;
    let older = URL_SAFE_NO_PAD.encode(bytes);
    assert_eq!(opened(&keys, &older), Err(OpenError::UnknownKey));
}

#[test]
fn sealing_twice_gives_different_texts() {
    let keys = SealKeys::random();
    let seal = || keys.seal(Purpose::Session, "name", b"hello");
    assert_ne!(seal(), seal());
}

#[test]
fn flipped_bit_is_rejected() {
    let keys = SealKeys::random();
    let sealed = keys.seal(Purpose::Session, "name", b"hello");
    let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let refused = opened(&keys, &URL_SAFE_NO_PAD.encode(changed)).unwrap_err();
        // The version and the key ID are checked first.
        let is_named = bit / 8 < 5;
        let expected = if is_named {
            OpenError::UnknownKey
        } else {
            OpenError::Forged
        };
        assert_eq!(refused, expected, "bit {bit}");
    }
    assert_eq!(opened(&keys, &sealed).unwrap(), b"hello");
}

#[test]
fn truncated_or_extended_value_is_rejected() {
    let keys = SealKeys::random();
    let sealed = keys.seal(Purpose::Session, "name", b"hello, how are you?");
    for end in 0..sealed.len() {
        assert!(opened(&keys, &sealed[..end]).is_err(), "{end}");
        assert!(opened(&keys, &sealed[end..]).is_err() || end == 0, "{end}");
    }
    for more in ["A", "AA", "AAAA", "=", " ", "\n"] {
        assert!(
            opened(&keys, &format!("{sealed}{more}")).is_err(),
            "{more:?}"
        );
    }
}

#[test]
fn second_spelling_of_a_value_is_rejected() {
    let keys = SealKeys::random();
    // 53 bytes and one of content: the last character has unused bits.
    let sealed = keys.seal(Purpose::Session, "name", b"!!");
    let others = (b'A'..=b'Z')
        .chain(b'a'..=b'z')
        .chain(b'0'..=b'9')
        .chain(*b"-_");
    let openable = others.filter(|last| {
        let text = format!("{}{}", &sealed[..sealed.len() - 1], char::from(*last));
        opened(&keys, &text).is_ok()
    });
    assert_eq!(openable.count(), 1);
}

#[test]
fn oversized_value_is_malformed() {
    let keys = SealKeys::random();
    let longest = keys.seal(Purpose::Session, "name", &vec![7; 90_000]);
    assert!(opened(&keys, &longest).is_ok());
    let longer = keys.seal(Purpose::Session, "name", &vec![7; 100_000]);
    assert_eq!(opened(&keys, &longer), Err(OpenError::Malformed));
}

#[test]
fn key_outside_the_list_is_unknown() {
    let keys = SealKeys::random();
    let sealed = SealKeys::random().seal(Purpose::Session, "name", b"hello");
    assert_eq!(opened(&keys, &sealed), Err(OpenError::UnknownKey));
}

#[test]
fn key_rotation_in_two_steps_loses_nothing() {
    let (old, new) = (text_of(random()), text_of(random()));
    let list = |text: String| parse(&text).unwrap();
    let before = list(old.clone());
    let first_phase = list(format!("{old},{new}"));
    let second_phase = list(format!("{new} {old}"));
    let after = list(new);
    // Processes of consecutive phases run at the same time: each opens what the other seals.
    for (one, other) in [(&before, &first_phase), (&first_phase, &second_phase)] {
        for (seals, opens) in [(one, other), (other, one)] {
            let sealed = seals.seal(Purpose::Session, "name", b"hello");
            assert_eq!(opened(opens, &sealed).unwrap(), b"hello");
            let tag = seals.tag(Purpose::State, b"hello");
            assert!(opens.checks(Purpose::State, b"hello", &tag));
        }
    }
    let sealed = before.seal(Purpose::Session, "name", b"hello");
    assert_eq!(opened(&after, &sealed), Err(OpenError::UnknownKey));
    let tag = before.tag(Purpose::State, b"hello");
    assert!(!after.checks(Purpose::State, b"hello", &tag));
}

#[test]
fn weak_key_is_rejected() {
    let mut counting = [0; 32];
    for (place, byte) in (0_u8..).zip(&mut counting) {
        *byte = place;
    }
    let half: [u8; 16] = random();
    let mut twice = [0; 32];
    twice[..16].copy_from_slice(&half);
    twice[16..].copy_from_slice(&half);
    let passphrase = *b"correct horse battery staple 42!";
    for weak in [[0; 32], [255; 32], counting, twice, passphrase] {
        assert_eq!(parse(&text_of(weak)).unwrap_err(), BadKey::Weak);
    }
    for _ in 0..1000 {
        assert!(parse(&text_of(random())).is_ok());
    }
}

#[test]
fn malformed_list_is_rejected() {
    let key = text_of(random());
    assert!(parse(&format!("  {key}=,\n{}", text_of(random()))).is_ok());
    for bad in [
        URL_SAFE_NO_PAD.encode(random::<31>()),
        URL_SAFE_NO_PAD.encode(random::<33>()),
        "not a key".to_owned(),
        format!("{key}!"),
        format!("{key};{key}"),
    ] {
        assert_eq!(parse(&bad).unwrap_err(), BadKey::Form, "{bad}");
    }
    for count in ["", " , ", &format!("{key},{key}")] {
        assert_eq!(parse(count).unwrap_err(), BadKey::Count, "{count}");
    }
    let many: Vec<String> = (0..17).map(|_| text_of(random())).collect();
    assert_eq!(parse(&many.join(",")).unwrap_err(), BadKey::Count);
    assert!(parse(&many[..16].join(",")).is_ok());
}

#[test]
fn tag_is_valid_only_for_its_data_and_purpose() {
    let keys = SealKeys::random();
    let tag = keys.tag(Purpose::State, b"hello");
    assert!(keys.checks(Purpose::State, b"hello", &tag));
    assert!(!keys.checks(Purpose::State, b"hellp", &tag));
    assert!(!keys.checks(Purpose::Attempt, b"hello", &tag));
    assert!(!keys.checks(Purpose::State, b"hello", &tag[..15]));
    assert!(!keys.checks(Purpose::State, b"hello", b""));
    assert!(!SealKeys::random().checks(Purpose::State, b"hello", &tag));
    for bit in 0..128 {
        let mut changed = tag;
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(
            !keys.checks(Purpose::State, b"hello", &changed),
            "bit {bit}"
        );
    }
}

#[test]
fn debug_hides_keys() {
    let keys = parse(&text_of(random())).unwrap();
    assert_eq!(format!("{keys:?}"), "SealKeys(1)");
}

proptest! {
    #[test]
    fn sealed_value_opens(
        plain in prop::collection::vec(any::<u8>(), 0..2000),
        name in ".{0,20}",
    ) {
        let keys = SealKeys::random();
        let sealed = keys.seal(Purpose::Stored, &name, &plain);
        prop_assert_eq!(keys.open(Purpose::Stored, &name, &sealed).unwrap(), plain);
    }

    #[test]
    fn arbitrary_text_does_not_open(text in "[A-Za-z0-9_-]{0,200}", any in any::<String>()) {
        let keys = SealKeys::random();
        prop_assert!(opened(&keys, &text).is_err());
        prop_assert!(opened(&keys, &any).is_err());
    }
}
