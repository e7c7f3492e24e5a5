//! The account of the caller is asked for through an `Okta`, which the router's state must have.

use axum::{Router, routing::get};
use okta_tower_axum::CurrentUser;

async fn profile(user: CurrentUser) -> String {
    user.display_name()
}

fn app(state: &'static str) -> Router {
    Router::new().route("/", get(profile)).with_state(state)
}

fn main() {
    let _ = app("no Okta");
}
