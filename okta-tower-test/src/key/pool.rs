//! RSA key pairs of this process. Creating a pair is slow, so released pairs are reused.

use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::rsa::{KeyPair, KeySize};

static PAIRS: Mutex<Vec<Arc<KeyPair>>> = Mutex::new(Vec::new());

/// Returns a key pair that has no other owner.
pub(crate) fn take() -> Arc<KeyPair> {
    let free = PAIRS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .iter()
        // A pair with one owner belongs to the pool alone, and the locked pool cannot clone it
        // elsewhere.
        .find(|pair| Arc::strong_count(pair) == 1)
        .map(Arc::clone);
    free.unwrap_or_else(|| {
        // Create outside the lock, so that concurrent tests create keys in parallel.
        let pair =
            Arc::new(KeyPair::generate(KeySize::Rsa2048).expect("failed to generate an RSA key"));
        PAIRS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Arc::clone(&pair));
        pair
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_key_pairs_are_distinct() {
        let (one, two) = (take(), take());
        assert!(!Arc::ptr_eq(&one, &two));
    }
}
