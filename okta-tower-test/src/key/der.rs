//! DER and PEM for keys.

use base64::{Engine, engine::general_purpose::STANDARD};

/// Returns modulus and exponent of an `RSAPublicKey` (RFC 8017 appendix A.1.1).
///
/// The library that generated the key wrote the DER, so the DER is well-formed.
pub(crate) fn modulus_and_exponent(der: &[u8]) -> (&[u8], &[u8]) {
    let (sequence, _) = der_value(der);
    let (modulus, rest) = der_value(sequence);
    let (exponent, _) = der_value(rest);
    (unsigned(modulus), unsigned(exponent))
}

/// Returns the content of the first DER value, and the bytes after that value.
fn der_value(der: &[u8]) -> (&[u8], &[u8]) {
    let (length, start) = match usize::from(der[1]) {
        short @ ..0x80 => (short, 2),
        long => {
            let octets = long & 0x7f;
            let length = der[2..2 + octets]
                .iter()
                .fold(0, |length, octet| length << 8 | usize::from(*octet));
            (length, 2 + octets)
        }
    };
    der[start..].split_at(length)
}

/// Removes the zero that DER puts before a number with a high first bit. A JWK must not have it
/// (RFC 7518 section 6.3.1.1).
fn unsigned(integer: &[u8]) -> &[u8] {
    match integer {
        [0, rest @ ..] => rest,
        all => all,
    }
}

/// Returns PEM text (RFC 7468).
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.extend(line.iter().map(|byte| char::from(*byte)));
        pem.push('\n');
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    pem
}
