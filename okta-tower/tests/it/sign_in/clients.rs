//! Client authentication at Okta.

use http::StatusCode;
use okta_tower::{Algorithm, ClientAuth};
use okta_tower_test::{Client, Key, SecretIn};

use super::world::{CALLBACK, CLIENT, World, sign_in};

async fn signs_in(world: &World) -> bool {
    let mut browser = world.browser();
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    browser.get(&callback.url()).await.status == StatusCode::SEE_OTHER
}

fn with_redirect(client: Client) -> Client {
    client.redirect_uri(CALLBACK)
}

#[tokio::test]
async fn client_secret_is_sent_in_header_or_form_intact() {
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
async fn private_key_authenticates_the_client() {
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
async fn public_client_uses_pkce_alone() {
    let public = with_redirect(Client::public(CLIENT));
    let world = World::of(public, |okta| {
        okta.sign_in(sign_in().client_auth(ClientAuth::public()))
    })
    .await;
    assert!(signs_in(&world).await);
    let headers = world
        .issuer
        .last_headers(okta_tower_test::Endpoint::Token)
        .unwrap();
    assert!(!headers.contains_key("authorization"));
}
