use std::marker::PhantomData;

use okta_tower::Verified;
use okta_tower_axum::{Guard, group};

group!(Admins = "admin");

fn guard(verified: Verified) -> Guard<Admins> {
    Guard {
        verified,
        requirement: PhantomData,
    }
}

fn main() {
    let _ = guard;
}
