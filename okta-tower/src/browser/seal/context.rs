//! The application that sealed values belong to.

use aws_lc_rs::digest::{Context, SHA256};

/// The application that sealed values belong to. They open in no other application, even if both
/// have the same keys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SealContext<'c> {
    /// The issuer as configured.
    pub(crate) issuer: &'c str,
    pub(crate) client_id: &'c str,
    /// The public origin.
    pub(crate) origin: &'c str,
}

impl SealContext<'_> {
    /// Returns a hash for key derivation.
    pub(super) fn hash(&self) -> [u8; 32] {
        hash_of(
            "okta-tower application",
            &[self.issuer, self.client_id, self.origin],
        )
    }

    /// Returns eight hexadecimal digits that differ by client.
    pub(crate) fn client_tag(&self) -> String {
        let hash = hash_of("okta-tower client", &[self.issuer, self.client_id]);
        hash[..4].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Returns the hash of texts. Different texts give different input, because each follows its
/// length.
fn hash_of(label: &str, texts: &[&str]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    context.update(label.as_bytes());
    for text in texts {
        context.update(&(text.len() as u64).to_be_bytes());
        context.update(text.as_bytes());
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}
