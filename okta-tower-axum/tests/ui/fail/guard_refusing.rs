use axum_core::extract::FromRequestParts;
use okta_tower_axum::{RequireGroup, group};

group!(Admins = "admin");

fn extractor<T: FromRequestParts<()>>() {}

fn main() {
    extractor::<Option<RequireGroup<Admins>>>();
}
