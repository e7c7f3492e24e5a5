//! The application, served in this process to a real HTTP client.

mod cors;
mod events;
mod outage;
mod program;
mod roles;
mod world;
