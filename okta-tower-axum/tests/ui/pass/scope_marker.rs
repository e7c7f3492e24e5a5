use okta_tower_axum::{RequireScope, scope};

scope!(ReportsRead = "reports:read");

fn reports(_: RequireScope<ReportsRead>) {}

fn main() {
    let _ = reports;
}
