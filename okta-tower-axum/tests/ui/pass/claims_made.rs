use okta_tower_axum::Claims;

fn inner(claims: Claims) -> okta_tower::Claims {
    claims.into_inner()
}

fn main() {
    let _ = inner;
}
