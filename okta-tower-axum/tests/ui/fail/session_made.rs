use okta_tower_axum::Session;

fn session(inner: okta_tower::session::Session) -> Session {
    Session(inner)
}

fn main() {
    let _ = session;
}
