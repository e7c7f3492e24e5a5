//! What every other module uses: time, secrets, strict parsing, fetching, cache, events, counters.

pub(crate) mod base64url;
pub(crate) mod cache;
pub mod clock;
pub(crate) mod fetch;
pub(crate) mod json;
pub(crate) mod random;
pub(crate) mod secret;
pub mod telemetry;
