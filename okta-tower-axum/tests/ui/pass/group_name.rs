use okta_tower_axum::group;

const NAME: &str = "admin";

group!(Admins = NAME);

fn main() {
    let _: Option<Admins> = None;
}
