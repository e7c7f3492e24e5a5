//! Two layers of one `Okta` share its token cache, but not their claim types, whichever layer saw
//! the token first.

use std::convert::Infallible;

use http::{Request, Response};
use okta_tower::{Claims, Verified};
use tower::{ServiceBuilder, ServiceExt, service_fn};

use super::world::World;

#[derive(serde::Deserialize)]
struct Employee {
    #[allow(dead_code, reason = "it is there to be required of the token")]
    sub: String,
}

#[tokio::test]
async fn claim_types_of_one_layer_do_not_affect_another() {
    let world = World::start().await;
    let okta = &world.okta;
    let found = |request: Request<String>| async move {
        let claims: Option<Claims<Employee>> =
            request.extensions().get::<Verified>().unwrap().typed();
        Ok::<_, Infallible>(Response::new(claims.is_some().to_string()))
    };
    let without = ServiceBuilder::new()
        .layer(okta.layer())
        .service(service_fn(found));
    let with = ServiceBuilder::new()
        .layer(okta.layer().claims::<Employee>())
        .service(service_fn(found));
    let token = world.token().sign();
    let request = || {
        Request::get("/")
            .header("authorization", format!("Bearer {token}"))
            .body(String::new())
            .unwrap()
    };
    let before = without
        .clone()
        .oneshot(request())
        .await
        .unwrap()
        .into_body();
    with.oneshot(request()).await.unwrap();
    let after = without.oneshot(request()).await.unwrap().into_body();
    assert_eq!(before, after);
}
