use okta_tower_axum::group;

group!(Admins = std::env::var("ADMIN_GROUP").unwrap());

fn main() {
    let _: Option<Admins> = None;
}
