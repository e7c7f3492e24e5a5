//! RSA key pairs that this process has made. Making one costs more than most tests, so a pair that nobody holds
//! any more is handed out again.

use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::rsa::{KeyPair, KeySize};

static PAIRS: Mutex<Vec<Arc<KeyPair>>> = Mutex::new(Vec::new());

/// A key pair that nobody else holds at this moment.
pub(crate) fn take() -> Arc<KeyPair> {
    let free = PAIRS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .iter()
        // Only the pool can clone what only the pool holds, and the pool is locked.
        .find(|pair| Arc::strong_count(pair) == 1)
        .map(Arc::clone);
    free.unwrap_or_else(|| {
        // Outside the lock: tests that need new keys at the same time make them at the same time.
        let pair = Arc::new(
            KeyPair::generate(KeySize::Rsa2048).expect("an RSA key could not be generated"),
        );
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
