//! Random identifiers.

use aws_lc_rs::rand;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Returns `bytes` random bytes as URL-safe text.
pub(crate) fn random_id(bytes: usize) -> String {
    let mut id = vec![0; bytes];
    rand::fill(&mut id).expect("the operating system has no random bytes");
    URL_SAFE_NO_PAD.encode(&id)
}

/// Returns a new name for something that only its owner may know.
pub(crate) fn secret_name() -> String {
    random_id(16)
}
