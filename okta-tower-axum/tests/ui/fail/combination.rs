use okta_tower_axum::{AnyOf, Guard};

fn admin(_: Guard<AnyOf<()>>) {}

fn main() {
    let _ = admin;
}
