//! One token against a key set, a policy and a moment.

mod policy;

pub(crate) use policy::Policy;
pub use policy::TokenType;
