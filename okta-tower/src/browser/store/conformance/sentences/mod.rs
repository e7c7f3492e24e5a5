//! The sentences: what each store must do. Each panics if the store does not.

mod calls;
mod creating;
mod deleting;
mod ending;
mod limiting;
mod locking;
mod saving;

pub use self::{creating::*, deleting::*, ending::*, limiting::*, locking::*, saving::*};
