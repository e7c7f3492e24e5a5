//! Randomness. Features `sign-in` and `api`.

/// Bytes from the system's generator.
///
/// # Panics
/// Where the system has no randomness to give: nothing could be kept secret then. AWS-LC ends the process by itself before
/// it would report this.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Only a generator that failed its own health tests errs, and AWS-LC aborts on that. Going on with zeros would be worse.
    aws_lc_rs::rand::fill(&mut bytes).expect("the system's random generator works");
    bytes
}
