//! `acr_values` and `max_age`: the ID token must satisfy the request.

use http::StatusCode;

use super::world::World;

#[tokio::test]
async fn unreached_acr_is_rejected() {
    for (acr, status) in [
        (Some("urn:okta:loa:2fa:any"), StatusCode::SEE_OTHER),
        (Some("phr"), StatusCode::SEE_OTHER),
        (Some("urn:okta:loa:1fa:any"), StatusCode::FORBIDDEN),
        (None, StatusCode::FORBIDDEN),
    ] {
        let world = World::new().await;
        let mut browser = world.browser();
        let login = "/login?acr_values=urn:okta:loa:2fa:any%20phr";
        let callback = world.attempt(&mut browser, login, "admin").await;
        world.issuer.tamper_id_token(move |claims| {
            claims.remove("acr");
            if let Some(acr) = acr {
                claims.insert("acr".into(), acr.into());
            }
        });
        assert_eq!(browser.get(&callback.url()).await.status, status, "{acr:?}");
    }
}

#[tokio::test]
async fn sign_in_older_than_max_age_is_rejected() {
    for (age, status) in [
        (0, StatusCode::SEE_OTHER),
        (355, StatusCode::SEE_OTHER),
        (365, StatusCode::FORBIDDEN),
    ] {
        let world = World::new().await;
        let mut browser = world.browser();
        let callback = world
            .attempt(&mut browser, "/login?max_age=300", "admin")
            .await;
        world.issuer.tamper_id_token(move |claims| {
            // The leeway is 60 s.
            let now = claims["iat"].as_i64().unwrap();
            claims.insert("auth_time".into(), (now - age).into());
        });
        assert_eq!(browser.get(&callback.url()).await.status, status, "{age}");
    }
}
