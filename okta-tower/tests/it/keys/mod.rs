//! Signing keys: when they are fetched, which of them are used, and how outages end.

mod address;
mod demand;
mod discovery;
mod end;
mod events;
mod faults;
mod flood;
mod given;
mod metrics;
mod odd;
mod proxy;
mod refresh;
mod scripted;
mod secrets;
mod stale;
mod start;
mod stress;
mod transient;
mod unusable;
mod world;
