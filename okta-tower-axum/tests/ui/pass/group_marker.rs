use okta_tower_axum::{RequireGroup, group};

group!(Admins = "admin");

fn admin(_: RequireGroup<Admins>) {}

fn main() {
    let _ = admin;
}
