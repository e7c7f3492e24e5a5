use axum_core::extract::FromRequestParts;
use okta_tower_axum::{Rejection, RequireGroup, group};

group!(Admins = "admin");

fn extractor<T: FromRequestParts<()>>() {}

fn main() {
    extractor::<Result<RequireGroup<Admins>, Rejection>>();
}
