use okta_tower_axum::Claims;

fn claims(inner: okta_tower::Claims) -> Claims {
    Claims(inner)
}

fn main() {
    let _ = claims;
}
