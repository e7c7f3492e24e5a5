use okta_tower_axum::RequireGroup;

struct Admins;

fn admin(_: RequireGroup<Admins>) {}

fn main() {
    let _ = admin;
}
