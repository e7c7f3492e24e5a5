use axum_core::extract::FromRequestParts;
use okta_tower_axum::Claims;

fn extractor<T: FromRequestParts<()>>() {}

fn with_text<'a>(_: &'a str) {
    extractor::<Claims<&'a str>>();
}

fn main() {
    let _ = with_text;
}
