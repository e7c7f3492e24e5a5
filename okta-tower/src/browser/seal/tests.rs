//! Sealing, from outside: what opens, and everything that must not.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::{BadKey, Purpose, SealKeys, Unopened};
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

fn opened(keys: &SealKeys, sealed: &str) -> Result<Vec<u8>, Unopened> {
    keys.open(Purpose::Session, "name", sealed)
}

#[test]
fn what_is_sealed_opens_for_the_same_purpose_and_name_and_no_other() {
    let keys = SealKeys::random();
    for purpose in PURPOSES {
        let sealed = keys.seal(purpose, "name", b"hello");
        assert_eq!(keys.open(purpose, "name", &sealed).unwrap(), b"hello");
        assert_eq!(
            keys.open(purpose, "names", &sealed),
            Err(Unopened::Forged),
            "{purpose:?}"
        );
        for other in PURPOSES.into_iter().filter(|other| *other != purpose) {
            assert_eq!(keys.open(other, "name", &sealed), Err(Unopened::Forged));
        }
    }
}

#[test]
fn nothing_is_sealed_twice_to_the_same_text() {
    let keys = SealKeys::random();
    let seal = || keys.seal(Purpose::Session, "name", b"hello");
    assert_ne!(seal(), seal());
}

#[test]
fn every_flipped_bit_is_refused() {
    let keys = SealKeys::random();
    let sealed = keys.seal(Purpose::Session, "name", b"hello");
    let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let refused = opened(&keys, &URL_SAFE_NO_PAD.encode(changed)).unwrap_err();
        // Version and key id are looked at first.
        let is_named = bit / 8 < 5;
        let expected = if is_named {
            Unopened::UnknownKey
        } else {
            Unopened::Forged
        };
        assert_eq!(refused, expected, "bit {bit}");
    }
    assert_eq!(opened(&keys, &sealed).unwrap(), b"hello");
}

#[test]
fn what_was_cut_or_lengthened_anywhere_is_refused() {
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
fn only_one_spelling_of_a_sealed_value_opens() {
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
fn what_is_longer_than_anything_of_ours_is_refused_before_any_work() {
    let keys = SealKeys::random();
    let longest = keys.seal(Purpose::Session, "name", &vec![7; 90_000]);
    assert!(opened(&keys, &longest).is_ok());
    let longer = keys.seal(Purpose::Session, "name", &vec![7; 100_000]);
    assert_eq!(opened(&keys, &longer), Err(Unopened::Malformed));
}

#[test]
fn a_key_that_is_not_in_the_list_is_told_from_a_forgery() {
    let keys = SealKeys::random();
    let sealed = SealKeys::random().seal(Purpose::Session, "name", b"hello");
    assert_eq!(opened(&keys, &sealed), Err(Unopened::UnknownKey));
}

#[test]
fn keys_are_changed_in_two_phases_and_nothing_is_lost() {
    let (old, new) = (text_of(random()), text_of(random()));
    let list = |text: String| SealKeys::parse(&text).unwrap();
    let before = list(old.clone());
    let first_phase = list(format!("{old},{new}"));
    let second_phase = list(format!("{new} {old}"));
    let after = list(new);
    // Processes of two neighbouring phases run side by side: each opens what the other seals.
    for (one, other) in [(&before, &first_phase), (&first_phase, &second_phase)] {
        for (seals, opens) in [(one, other), (other, one)] {
            let sealed = seals.seal(Purpose::Session, "name", b"hello");
            assert_eq!(opened(opens, &sealed).unwrap(), b"hello");
            let tag = seals.tag(Purpose::State, b"hello");
            assert!(opens.checks(Purpose::State, b"hello", &tag));
        }
    }
    let sealed = before.seal(Purpose::Session, "name", b"hello");
    assert_eq!(opened(&after, &sealed), Err(Unopened::UnknownKey));
    let tag = before.tag(Purpose::State, b"hello");
    assert!(!after.checks(Purpose::State, b"hello", &tag));
}

#[test]
fn keys_that_nobody_drew_at_random_are_refused() {
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
        assert_eq!(SealKeys::parse(&text_of(weak)).unwrap_err(), BadKey::Weak);
    }
    for _ in 0..1000 {
        assert!(SealKeys::parse(&text_of(random())).is_ok());
    }
}

#[test]
fn a_list_that_cannot_be_read_is_refused_as_a_whole() {
    let key = text_of(random());
    assert!(SealKeys::parse(&format!("  {key}=,\n{}", text_of(random()))).is_ok());
    for bad in [
        URL_SAFE_NO_PAD.encode(random::<31>()),
        URL_SAFE_NO_PAD.encode(random::<33>()),
        "not a key".to_owned(),
        format!("{key}!"),
        format!("{key};{key}"),
    ] {
        assert_eq!(SealKeys::parse(&bad).unwrap_err(), BadKey::Form, "{bad}");
    }
    for count in ["", " , ", &format!("{key},{key}")] {
        assert_eq!(
            SealKeys::parse(count).unwrap_err(),
            BadKey::Count,
            "{count}"
        );
    }
    let many: Vec<String> = (0..17).map(|_| text_of(random())).collect();
    assert_eq!(SealKeys::parse(&many.join(",")).unwrap_err(), BadKey::Count);
    assert!(SealKeys::parse(&many[..16].join(",")).is_ok());
}

#[test]
fn a_tag_is_good_for_its_data_and_purpose_alone() {
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
fn debug_prints_no_key() {
    let keys = SealKeys::parse(&text_of(random())).unwrap();
    assert_eq!(format!("{keys:?}"), "SealKeys(1)");
}

proptest! {
    #[test]
    fn whatever_is_sealed_opens_again(plain in prop::collection::vec(any::<u8>(), 0..2000), name in ".{0,20}") {
        let keys = SealKeys::random();
        let sealed = keys.seal(Purpose::Stored, &name, &plain);
        prop_assert_eq!(keys.open(Purpose::Stored, &name, &sealed).unwrap(), plain);
    }

    #[test]
    fn arbitrary_text_never_opens(text in "[A-Za-z0-9_-]{0,200}", any in any::<String>()) {
        let keys = SealKeys::random();
        prop_assert!(opened(&keys, &text).is_err());
        prop_assert!(opened(&keys, &any).is_err());
    }
}
