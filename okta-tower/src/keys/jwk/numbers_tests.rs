//! The numbers of a key: which are used, and which are none that a signature could be trusted for.

use serde_json::json;

use super::{
    Algorithm, KeySet, SkipReason,
    fixture::{encode, key_set},
    parse_tests::{ec, fate, okp, rsa, with, without},
};

#[test]
fn missing_misspelled_or_off_curve_numbers_are_bad() {
    let bad = Err(SkipReason::BadNumbers);
    for (jwk, members) in [
        (rsa(), &["n", "e"][..]),
        (ec(), &["x", "y"]),
        (okp(), &["x"]),
    ] {
        assert!(fate(&jwk).is_ok());
        for member in members {
            let good = jwk[member].as_str().unwrap().to_owned();
            assert_eq!(fate(&without(jwk.clone(), member)), bad, "{member}");
            for spelling in [format!("{good}="), format!(" {good}"), format!("{good}\n")] {
                assert_eq!(fate(&with(jwk.clone(), member, spelling)), bad, "{member}");
            }
        }
    }
    // P-256 coordinates have 32 bytes, and Ed25519 keys too: no more and no fewer.
    for length in [0, 31, 33, 48] {
        let number = encode(&vec![7; length]);
        assert_eq!(fate(&with(ec(), "x", number.clone())), bad);
        assert_eq!(fate(&with(ec(), "y", number.clone())), bad);
        assert_eq!(fate(&with(okp(), "x", number)), bad);
    }
    // A point that is not on the curve, the point at infinity, and one on another curve of the same
    // length.
    let point = with(ec(), "y", ec()["y"].clone());
    assert_eq!(fate(&point), bad);
    let zero = encode(&[0; 32]);
    assert_eq!(fate(&with(with(ec(), "x", zero.clone()), "y", zero)), bad);
    assert_eq!(fate(&with(ec(), "crv", "P-384")), bad);
}

#[test]
fn rsa_moduli_outside_2048_to_8192_bits_are_skipped() {
    let modulus = |bits: usize| {
        let mut n = vec![0xff_u8; bits.div_ceil(8)];
        n[0] = 0xff >> (n.len() * 8 - bits);
        with(rsa(), "n", encode(&n))
    };
    for bits in [1, 1024, 2047, 8193, 16_384] {
        assert_eq!(fate(&modulus(bits)), Err(SkipReason::RsaSize), "{bits}");
    }
    for bits in [2048, 2049, 3072, 4096, 8192] {
        assert!(fate(&modulus(bits)).is_ok(), "{bits}");
    }
    assert_eq!(fate(&with(rsa(), "n", "")), Err(SkipReason::RsaSize));
    assert_eq!(
        fate(&with(rsa(), "n", encode(&[0; 256]))),
        Err(SkipReason::RsaSize)
    );
}

#[test]
fn leading_zeros_make_a_modulus_neither_longer_nor_another() {
    let long = [
        &[0; 3][..],
        &crate::base::base64url::decode(rsa()["n"].as_str().unwrap()).unwrap(),
    ];
    let padded = with(rsa(), "n", encode(&long.concat()));
    assert_eq!(fate(&padded), Ok(vec![Algorithm::Rs256]));
    let set = key_set(&[padded]);
    let same = KeySet::parse(
        json!({ "keys": [rsa()] }).to_string().as_bytes(),
        &Algorithm::ALL.into(),
        &set,
    );
    assert!(set.holds(&same.unwrap().0.first()));
}

#[test]
fn rsa_exponents_that_are_small_or_even_or_long_are_skipped() {
    let exponent = |e: u64| {
        let bytes = e.to_be_bytes();
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        with(rsa(), "e", encode(&bytes[zeros..]))
    };
    for e in [
        0,
        1,
        2,
        3,
        17,
        65_535,
        65_536,
        65_538,
        1 << 33,
        (1 << 33) + 1,
        u64::MAX,
    ] {
        assert_eq!(fate(&exponent(e)), Err(SkipReason::RsaExponent), "{e}");
    }
    for e in [65_537, 65_539, (1 << 33) - 1] {
        assert!(fate(&exponent(e)).is_ok(), "{e}");
    }
    let long = with(rsa(), "e", encode(&[1; 9]));
    assert_eq!(fate(&long), Err(SkipReason::RsaExponent));
}
