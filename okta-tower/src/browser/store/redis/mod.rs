//! Sessions in Redis, shared by several processes. Feature `redis`.

mod address;
mod builder;
mod connection;
mod failure;
mod redis_store;
mod scripts;
mod tls;

pub use self::{builder::RedisStoreBuilder, redis_store::RedisStore};
