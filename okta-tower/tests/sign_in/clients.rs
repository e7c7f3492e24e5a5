//! How the application proves to Okta that it is the client.

use http::StatusCode;
use okta_tower::{Algorithm, ClientAuth};
use okta_tower_test::{Client, Key, SecretIn};

use crate::world::{CALLBACK, CLIENT, World, sign_in};

async fn signs_in(world: &World) -> bool {
    let mut browser = world.browser();
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    browser.get(&callback.url()).await.status == StatusCode::SEE_OTHER
}

fn with_redirect(client: Client) -> Client {
    client.redirect_uri(CALLBACK)
}

#[tokio::test]
async fn a_secret_goes_into_the_header_or_into_the_form_whatever_characters_it_has() {
    for secret in ["s3cr3t", "a:b c%d+e&f=é"] {
        for (place, auth, other) in [
            (
                SecretIn::Header,
                ClientAuth::basic(secret),
                ClientAuth::post(secret),
            ),
            (
                SecretIn::Form,
                ClientAuth::post(secret),
                ClientAuth::basic(secret),
            ),
        ] {
            let client =
                || with_redirect(Client::with_secret(CLIENT, secret).secret_only_in(place));
            let world = World::of(client(), |okta| okta.sign_in(sign_in().client_auth(auth))).await;
            assert!(signs_in(&world).await, "{secret}");
            let world =
                World::of(client(), |okta| okta.sign_in(sign_in().client_auth(other))).await;
            assert!(!signs_in(&world).await, "{secret}");
        }
    }
}

#[tokio::test]
async fn a_private_key_signs_assertions_and_another_one_does_not_pass() {
    for algorithm in [Algorithm::Rs256, Algorithm::Es256] {
        let (own, other) = (Key::generate(algorithm), Key::generate(algorithm));
        let pem = own.private_pem();
        let auth = || ClientAuth::private_key(pem.clone(), Some(own.kid()));
        let world = World::of(with_redirect(Client::with_key(CLIENT, &own)), |okta| {
            okta.sign_in(sign_in().client_auth(auth()))
        })
        .await;
        assert!(
            signs_in(&world).await && signs_in(&world).await,
            "{algorithm}"
        );
        world.issuer.set_client_key(CLIENT, &other);
        assert!(!signs_in(&world).await, "{algorithm}");
    }
}

#[tokio::test]
async fn a_public_client_has_pkce_alone() {
    let public = with_redirect(Client::public(CLIENT));
    let world = World::of(public, |okta| okta.sign_in(sign_in())).await;
    assert!(signs_in(&world).await);
    let headers = world
        .issuer
        .last_headers(okta_tower_test::Endpoint::Token)
        .unwrap();
    assert!(!headers.contains_key("authorization"));
}
