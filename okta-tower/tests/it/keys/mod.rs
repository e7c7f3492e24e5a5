//! Signing keys: when they are fetched, which of them are used, and how outages end.

mod demand;
mod discovery;
mod end;
mod events;
mod faults;
mod flood;
mod odd;
mod proxy;
mod refresh;
mod scripted;
mod secrets;
mod stale;
mod start;
mod stress;
mod transient;
mod world;
