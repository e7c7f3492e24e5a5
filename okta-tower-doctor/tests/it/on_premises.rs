//! An issuer at another address, behind a private certificate authority, and behind a proxy.

use std::sync::Arc;

use okta_tower_test::Issuer;
use rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivateKeyDer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

use crate::run::{File, Run};

const NAME: &str = "https://dev-1234.okta.com";

/// Changes the metadata of a test issuer to this origin, and returns the issuer's new URL.
fn rename(issuer: &Issuer, origin: &str) -> String {
    let plain = format!("http://{}", issuer.address());
    issuer.serve_metadata(issuer.metadata().to_string().replace(&plain, origin));
    issuer.url().replace(&plain, origin)
}

#[tokio::test]
async fn issuer_at_its_address_passes() {
    let issuer = Issuer::start().await;
    let url = rename(&issuer, NAME);
    let address = format!("http://{}", issuer.address());
    let run = Run::at(&url).set("OKTA_TOWER_ISSUER_ADDRESS", &address);
    let found = run.found().await;
    assert_eq!(found.exit, 0, "{}", found.text);
    // As the library does: the issuer's path may be part of the address.
    let run = Run::at(&url).set("OKTA_TOWER_ISSUER_ADDRESS", issuer.url());
    assert_eq!(run.found().await.exit, 0);
}

#[tokio::test]
async fn private_authority_passes_only_with_its_certificate() {
    let issuer = Issuer::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = rename(&issuer, &format!("https://localhost:{port}"));
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signed.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![signed.cert.der().clone()], key)
        .unwrap();
    let (acceptor, behind) = (TlsAcceptor::from(Arc::new(config)), issuer.address());
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // A client that does not trust the certificate closes the connection.
                if let Ok(mut outside) = acceptor.accept(connection).await {
                    let mut inside = TcpStream::connect(behind).await.unwrap();
                    let _ = copy_bidirectional(&mut outside, &mut inside).await;
                }
            });
        }
    });
    let file = File::new(&signed.cert.pem());
    let trusting = Run::at(&url).arguments(&["--root-certificate", file.path()]);
    let found = trusting.found().await;
    assert_eq!(found.exit, 0, "{}", found.text);
    let found = Run::at(&url).found().await;
    let (_, code, words) = found.problem("metadata");
    assert_eq!((found.exit, &*code), (4, "connection"), "{}", found.text);
    assert!(words.contains("certificate"), "{words}");
}

#[tokio::test]
async fn proxy_gets_its_password_and_the_output_does_not() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heads = tokio::spawn(async move {
        let mut heads = Vec::new();
        // The metadata, the keys, and the library's own attempts.
        while heads.len() < 3 {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut head = vec![0; 4096];
            let length = connection.read(&mut head).await.unwrap();
            heads.push(String::from_utf8_lossy(&head[..length]).into_owned());
            let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
            connection.write_all(refusal).await.unwrap();
        }
        heads
    });
    let run = Run::at(&format!("{NAME}/oauth2/default"))
        .set("OKTA_OAUTH2_PROXY_HOST", "127.0.0.1")
        .set("OKTA_OAUTH2_PROXY_PORT", &port.to_string())
        .set("OKTA_OAUTH2_PROXY_USERNAME", "ada")
        .set("OKTA_OAUTH2_PROXY_PASSWORD", "hunter2");
    let output = run.output().await;
    assert_eq!(output.exit.code(), 4, "{}", output.stdout);
    assert!(!output.stdout.contains("hunter2"), "{}", output.stdout);
    for head in heads.await.unwrap() {
        assert!(head.starts_with("CONNECT dev-1234.okta.com:443 "), "{head}");
        let head = head.to_ascii_lowercase();
        // `ada:hunter2`
        assert!(head.contains("basic ywrhomh1bnrlcji="), "{head}");
    }
}
