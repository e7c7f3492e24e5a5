use okta_tower_axum::Session;

fn inner(session: Session) -> okta_tower::session::Session {
    session.into_inner()
}

fn main() {
    let _ = inner;
}
