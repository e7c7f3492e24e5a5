//! TLS for Redis: rustls with aws-lc-rs and the system's certificates.

use std::sync::Arc;

use rustls::{
    ClientConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_platform_verifier::Verifier;
use tokio_rustls::TlsConnector;

use super::failure::Failure;

/// Returns a connector that trusts the system's certificates and those in these PEM texts.
///
/// The provider is explicit, so the process's default provider does not matter.
pub(super) fn connector(roots: &[Vec<u8>]) -> Result<TlsConnector, Failure> {
    let mut extra = Vec::new();
    for pem in roots {
        let before = extra.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let problem = "a root certificate for Redis is not PEM";
            extra.push(certificate.map_err(|_| Failure::Setting(problem))?);
        }
        if extra.len() == before {
            let problem = "a root certificate for Redis contains no certificate";
            return Err(Failure::Setting(problem));
        }
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Verifier::new_with_extra_roots(extra, Arc::clone(&provider)).map_err(|_| {
        Failure::Setting("the system's certificates or a root certificate for Redis cannot be used")
    })?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| Failure::Setting("rustls was built without TLS 1.2 and 1.3"))?
        // rustls calls every other verifier dangerous. The platform's verifier checks everything.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
