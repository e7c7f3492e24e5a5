use axum_core::extract::FromRequestParts;
use okta_tower_axum::Claims;

fn extractor<T: FromRequestParts<()>>() {}

fn with_text(_: &str) {
    extractor::<Claims<&'static str>>();
}

fn main() {
    let _ = with_text;
}
