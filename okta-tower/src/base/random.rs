//! Randomness. Features `sign-in` and `api`.

/// Returns bytes from the system's generator.
///
/// # Panics
/// Panics if the system has no randomness: no secret could be kept then. AWS-LC ends the process
/// before it reports this.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Only a generator that failed its own health tests errs, and AWS-LC aborts then. Continuing
    // with zeros would be worse.
    aws_lc_rs::rand::fill(&mut bytes).expect("the system's random generator works");
    bytes
}
