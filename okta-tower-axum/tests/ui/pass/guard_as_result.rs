use axum_core::extract::FromRequestParts;
use okta_tower_axum::{Rejection, RequireGroup, group};

group!(Admins = "admin");

fn page(guard: Result<RequireGroup<Admins>, Rejection>) {
    let _ = guard;
}

fn extractor<T: FromRequestParts<()>>() {}

fn main() {
    let _ = page;
    extractor::<RequireGroup<Admins>>();
}
