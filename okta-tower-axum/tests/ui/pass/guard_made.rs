use okta_tower::Verified;
use okta_tower_axum::{Guard, group};

group!(Admins = "admin");

fn verified(guard: Guard<Admins>) -> Verified {
    guard.into_verified()
}

fn main() {
    let _ = verified;
}
