//! A user who installed ring as the default rustls provider. okta-tower still uses TLS with a
//! private certificate authority, and the user's own TLS still uses ring.

use std::sync::Arc;

use okta_tower::{
    Okta,
    store::{RedisStore, SessionKey, SessionStore},
};
use okta_tower_test::Issuer;
use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

#[tokio::main]
async fn main() {
    // Before the user installs a provider: okta-tower works, and has not installed one.
    round_trip::round_trip().await;
    let signed =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let redis = RedisStore::builder("rediss://localhost")
        .root_certificate(signed.cert.pem())
        .connect_lazily();
    redis.expect("TLS without a default provider");
    ring::default_provider()
        .install_default()
        .expect("okta-tower has installed no provider");
    round_trip::round_trip().await;

    // A Redis server with TLS by ring, and a store with TLS by aws-lc-rs.
    let (url, authority) = redis_with_tls().await;
    let store = RedisStore::builder(url).root_certificate(authority);
    let store = store.connect().await.expect("a connection with TLS");
    let none = store.load(&SessionKey::new("none")).await;
    assert!(none.expect("a response").is_none());

    // The test issuer's keys, served with TLS.
    let issuer = Issuer::start().await;
    let (url, authority) = serve_with_tls(issuer.key_set().to_string()).await;

    // A private certificate authority, and a token with the URL of the TLS server as issuer.
    let okta = Okta::builder(&url)
        .root_certificate(authority.as_bytes())
        .start()
        .await
        .expect("a start");
    let token = issuer
        .token()
        .user("ada@example.com")
        .issuer_claim(&url)
        .sign();
    okta.verify(&token)
        .await
        .expect("a token of the issuer with TLS is accepted");

    let authority = reqwest::Certificate::from_pem(authority.as_bytes()).expect("a certificate");
    let own = reqwest::Client::builder()
        .tls_certs_merge([authority])
        .build()
        .expect("the user's own client");
    let answer = own
        .get(format!("{url}/v1/keys"))
        .send()
        .await
        .expect("the user's own request");
    assert!(answer.status().is_success());
}

/// Serves discovery and keys of an issuer with TLS. Returns its URL and the certificate.
async fn serve_with_tls(keys: String) -> (String, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!(
        "https://localhost:{}/oauth2/default",
        listener.local_addr().expect("an address").port()
    );
    let discovery = json!({
        "issuer": url,
        "jwks_uri": format!("{url}/v1/keys"),
        "authorization_endpoint": format!("{url}/v1/authorize"),
        "token_endpoint": format!("{url}/v1/token"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    })
    .to_string();

    let (acceptor, authority) = acceptor();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            // Clients that do not trust the certificate close the connection, and report the error.
            let Ok(mut connection) = acceptor.accept(connection).await else {
                continue;
            };
            let mut request = [0; 4096];
            let read = connection.read(&mut request).await.unwrap_or(0);
            let asks_for_keys = request[..read].starts_with(b"GET /oauth2/default/v1/keys ");
            let body = if asks_for_keys { &keys } else { &discovery };
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
                 connection: close\r\n\r\n",
                body.len()
            );
            let _ = connection.write_all(head.as_bytes()).await;
            let _ = connection.write_all(body.as_bytes()).await;
            let _ = connection.shutdown().await;
        }
    });
    (url, authority)
}

/// Serves the Redis protocol with TLS. Responds to every command as an empty Redis does to the one
/// for a session's six fields. Returns the URL and the certificate.
async fn redis_with_tls() -> (String, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (acceptor, authority) = acceptor();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let Ok(mut connection) = acceptor.accept(connection).await else {
                continue;
            };
            let mut command = [0; 4096];
            while connection
                .read(&mut command)
                .await
                .is_ok_and(|read| read > 0)
            {
                let nothing = format!("*6\r\n{}", "$-1\r\n".repeat(6));
                let _ = connection.write_all(nothing.as_bytes()).await;
            }
        }
    });
    (format!("rediss://localhost:{port}"), authority)
}

/// Returns a TLS acceptor for `localhost` with the default provider, and the certificate.
fn acceptor() -> (TlsAcceptor, String) {
    let signed =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(signed.signing_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![signed.cert.der().clone()], key)
        .expect("a configuration");
    (TlsAcceptor::from(Arc::new(config)), signed.cert.pem())
}
