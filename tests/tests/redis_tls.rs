//! `RedisStore` and a real Redis with TLS.

use std::{error::Error, fs, path::PathBuf};

use cross_tests::redis::{RedisServer, free_port};
use okta_tower::store::{RedisStore, RedisStoreBuilder, SessionKey, SessionStore, StoreErrorKind};

/// A Redis server with a self-signed certificate for `localhost`.
struct TlsServer {
    /// Dropped first, because the server has the folder's files open.
    _server: RedisServer,
    folder: PathBuf,
    port: u16,
    certificate: String,
}

impl TlsServer {
    fn start() -> Option<Self> {
        let names = ["localhost".to_owned()];
        let signed = rcgen::generate_simple_self_signed(names).expect("a certificate");
        let port = free_port();
        let name = format!("okta-tower-redis-{}-{port}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).expect("a folder");
        let file = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::write(&path, text).expect("a file");
            path.display().to_string()
        };
        let certificate = signed.cert.pem();
        let certificate_file = file("certificate.pem", &certificate);
        let key_file = file("key.pem", &signed.signing_key.serialize_pem());
        let server = RedisServer::start(&[
            "--tls-port",
            &port.to_string(),
            "--tls-cert-file",
            &certificate_file,
            "--tls-key-file",
            &key_file,
            "--tls-ca-cert-file",
            &certificate_file,
            "--tls-auth-clients",
            "no",
            "--requirepass",
            "s3cr3t",
        ]);
        if server.is_none() {
            let _ = fs::remove_dir_all(&folder);
        }
        Some(Self {
            _server: server?,
            folder,
            port,
            certificate,
        })
    }

    fn at(&self, host: &str) -> RedisStoreBuilder {
        RedisStore::builder(format!("rediss://:s3cr3t@{host}:{}/1", self.port))
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test]
async fn self_signed_certificate_works_only_if_trusted() {
    let Some(server) = TlsServer::start() else {
        return;
    };
    let trusting = server
        .at("localhost")
        .root_certificate(&*server.certificate);
    let store = trusting.connect().await.expect("a store");
    assert!(!store.delete(&SessionKey::new("none")).await.unwrap());

    let error = server.at("localhost").connect().await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    let cause = error.source().and_then(Error::source).expect("a cause");
    assert!(cause.to_string().contains("certificate"), "{cause}");
    assert!(!format!("{error:?}").contains("s3cr3t"));
}

#[tokio::test]
async fn redis_certificate_for_another_name_is_rejected() {
    let Some(server) = TlsServer::start() else {
        return;
    };
    let elsewhere = server
        .at("127.0.0.1")
        .root_certificate(&*server.certificate);
    let error = elsewhere.connect().await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
}

#[tokio::test]
async fn tls_mismatch_fails_in_time() {
    let Some(server) = TlsServer::start() else {
        return;
    };
    let plain = format!("redis://:s3cr3t@localhost:{}", server.port);
    let error = RedisStore::connect(plain).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);

    let port = server._server.port();
    let encrypted = format!("rediss://:s3cr3t@localhost:{port}");
    let error = RedisStore::connect(encrypted).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
}

#[tokio::test]
async fn invalid_certificate_is_rejected_before_connecting() {
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for pem in ["", "no PEM", broken, "-----BEGIN CERTIFICATE-----\n!\n"] {
        let builder = RedisStore::builder("rediss://localhost").root_certificate(pem);
        let error = builder.connect_lazily().unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Misconfigured, "{pem:?}");
    }
    // A certificate that would not be used is a misconfiguration.
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = signed.cert.pem();
    let with = |address: &str| RedisStore::builder(address).root_certificate(&*certificate);
    assert!(with("redis://localhost").connect_lazily().is_err());
    assert!(with("rediss://localhost").connect_lazily().is_ok());
}
