//! The application in this process, served over sockets, and a real HTTP client.

mod cors;
mod events;
mod outage;
mod program;
mod roles;
mod world;
