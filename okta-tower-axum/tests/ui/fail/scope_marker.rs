use okta_tower_axum::{RequireScope, group};

group!(ReportsRead = "reports:read");

fn reports(_: RequireScope<ReportsRead>) {}

fn main() {
    let _ = reports;
}
