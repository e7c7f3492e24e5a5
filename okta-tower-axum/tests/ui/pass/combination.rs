use okta_tower_axum::{AnyOf, Guard, group};

group!(Admins = "admin");

fn admin(_: Guard<AnyOf<(Admins,)>>) {}

fn main() {
    let _ = admin;
}
