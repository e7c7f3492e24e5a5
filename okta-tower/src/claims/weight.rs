//! How much memory claims take, for those who keep them within a bound.

use super::Verified;

/// How often the payload's length counts: its text, the claims taken from it, and what a guard or the application
/// reads from it later.
const COPIES: usize = 3;

/// What each name in a list (groups, scopes, audiences) costs beyond its text, in bytes: its place, up to eight slots of an
/// index, and something to spare. Short names cost more than they are long.
const NAME: usize = 112;

impl Verified {
    /// About how many bytes it takes, beyond a constant.
    pub(crate) fn weight(&self) -> usize {
        let names = [
            self.audience().len(),
            self.scopes().len(),
            self.groups().len(),
            self.amr().len(),
        ];
        self.raw_json().len() * COPIES + names.iter().sum::<usize>() * NAME
    }
}
