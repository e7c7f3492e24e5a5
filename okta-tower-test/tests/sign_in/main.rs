//! Signing in, as an application and as a browser see it.

mod common;

mod code;
mod logout;
mod refresh;
mod userinfo;
