//! On-premises: an issuer behind a private certificate authority, and behind a proxy with a
//! password.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use okta_tower::{Okta, StartErrorKind, keys::RefreshErrorKind};
use okta_tower_test::{Endpoint, Issuer, ManualClock};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

/// An issuer with an https URL, whose certificate is signed by a private authority.
struct Private {
    issuer: Issuer,
    url: String,
    authority: String,
}

impl Private {
    async fn start() -> Self {
        let issuer = Issuer::start().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!(
            "https://localhost:{}",
            listener.local_addr().unwrap().port()
        );
        let plain = format!("http://{}", issuer.address());
        // The same documents with the external URL.
        issuer.serve_metadata(issuer.metadata().to_string().replace(&plain, &origin));
        let url = issuer.url().replace(&plain, &origin);

        let (acceptor, authority) = certified("localhost");
        let behind = issuer.address();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // Clients that do not trust the certificate close the connection, and report
                    // the error.
                    if let Ok(mut outside) = acceptor.accept(connection).await {
                        let mut inside = TcpStream::connect(behind).await.unwrap();
                        let _ = copy_bidirectional(&mut outside, &mut inside).await;
                    }
                });
            }
        });
        Self {
            issuer,
            url,
            authority,
        }
    }

    fn token(&self) -> String {
        self.issuer
            .token()
            .user("ada@example.com")
            .issuer_claim(&self.url)
            .sign()
    }
}

/// Returns the server side of TLS, and the authority's certificate as PEM.
fn certified(name: &str) -> (TlsAcceptor, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&ca_key).unwrap().pem();
    let ca = rcgen::Issuer::new(params, ca_key);

    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new([name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &ca).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), authority)
}

/// A proxy that opens tunnels (`CONNECT`) for clients with the password.
struct Proxy {
    address: SocketAddr,
    tunnels: Arc<AtomicUsize>,
}

impl Proxy {
    async fn start(user_and_password: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let tunnels = Arc::new(AtomicUsize::new(0));
        let (count, expected) = (
            Arc::clone(&tunnels),
            format!(
                "proxy-authorization: basic {}",
                STANDARD.encode(user_and_password)
            ),
        );
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let (count, expected) = (Arc::clone(&count), expected.clone());
                tokio::spawn(async move {
                    let _ = tunnel(connection, &expected, &count).await;
                });
            }
        });
        Self { address, tunnels }
    }

    fn tunnels(&self) -> usize {
        self.tunnels.load(Ordering::Relaxed)
    }
}

async fn tunnel(connection: TcpStream, expected: &str, count: &AtomicUsize) -> std::io::Result<()> {
    let mut connection = BufReader::new(connection);
    let mut target = String::new();
    connection.read_line(&mut target).await?;
    let mut is_known = false;
    loop {
        let mut line = String::new();
        connection.read_line(&mut line).await?;
        if line.trim().is_empty() {
            break;
        }
        // The encoded password is case-sensitive. The names of header and scheme are not.
        let (name, value) = line.trim().rsplit_once(' ').unwrap_or_default();
        let (expected_name, expected_value) = expected.rsplit_once(' ').unwrap();
        is_known |= name.eq_ignore_ascii_case(expected_name) && value == expected_value;
    }
    let target = target.split(' ').nth(1).unwrap_or_default().to_owned();
    if !is_known {
        let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
        connection.write_all(refusal).await?;
        return connection.shutdown().await;
    }
    count.fetch_add(1, Ordering::Relaxed);
    let mut inside = TcpStream::connect(target).await?;
    connection.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    copy_bidirectional(&mut connection, &mut inside)
        .await
        .map(drop)
}

#[tokio::test]
async fn private_authority_needs_its_root_certificate() {
    let private = Private::start().await;

    let refused = Okta::builder(&private.url).start().await.unwrap_err();
    assert_eq!(refused.kind(), StartErrorKind::Keys);
    assert_eq!(
        private.issuer.requests(Endpoint::Discovery),
        0,
        "a request was sent before the certificate was trusted"
    );

    let (_, other) = certified("localhost");
    let refused = Okta::builder(&private.url)
        .root_certificate(other)
        .start()
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), StartErrorKind::Keys);

    let okta = Okta::builder(&private.url)
        .root_certificate(private.authority.as_str())
        .start()
        .await
        .unwrap();
    let caller = okta.verify(&private.token()).await.unwrap();
    assert_eq!(caller.issuer(), private.url);
}

#[tokio::test]
async fn certificate_for_another_name_is_rejected() {
    let (acceptor, authority) = certified("other.example.com");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "https://localhost:{}/oauth2/default",
        listener.local_addr().unwrap().port()
    );
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            if let Ok(mut trusting) = acceptor.accept(connection).await {
                let mut request = [0; 1];
                let read = trusting.read(&mut request).await.unwrap_or(0);
                assert_eq!(read, 0, "a request was sent to the wrong server");
            }
        }
    });
    let builder = Okta::builder(&url).root_certificate(authority);
    let (okta, refresher) = builder.clock(ManualClock::new()).pair().unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(30), async {
        tokio::select! {
            () = refresher => {}
            () = failed(&okta) => {}
        }
    });
    ended.await.unwrap();
    let failure = okta.key_state().last_failure.unwrap();
    assert_eq!(failure.kind(), RefreshErrorKind::Connection);
}

async fn failed(okta: &Okta) {
    while okta.key_state().last_failure.is_none() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn proxy_is_used_only_with_its_password() {
    let private = Private::start().await;
    let proxy = Proxy::start("ada:p@ss word").await;
    let okta = || Okta::builder(&private.url).root_certificate(private.authority.as_str());

    let right = format!("http://ada:p%40ss%20word@{}", proxy.address);
    let started = okta().proxy(right.as_str()).start().await.unwrap();
    assert!(started.verify(&private.token()).await.is_ok());
    assert!(proxy.tunnels() > 0, "a request bypassed the proxy");

    let seen = || {
        (
            proxy.tunnels(),
            private.issuer.requests(Endpoint::Discovery),
            private.issuer.requests(Endpoint::Keys),
        )
    };
    let before = seen();
    let wrong = format!("http://ada:guess@{}", proxy.address);
    let refused = okta().proxy(wrong.as_str()).start().await.unwrap_err();
    assert_eq!(refused.kind(), StartErrorKind::Keys);
    assert_eq!(seen(), before, "a request bypassed the proxy");
    let mut text = format!("{refused} {refused:?}");
    let mut cause = std::error::Error::source(&refused);
    while let Some(error) = cause {
        text += &format!(" {error} {error:?}");
        cause = error.source();
    }
    assert!(
        !text.contains("guess") && !text.contains(&STANDARD.encode("ada:guess")),
        "{text}"
    );
}
