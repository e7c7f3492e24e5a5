use std::sync::Arc;

use axum_core::extract::FromRequestParts;
use okta_tower_axum::Claims;

fn extractor<T: FromRequestParts<()>>() {}

fn main() {
    extractor::<Claims<Arc<str>>>();
}
