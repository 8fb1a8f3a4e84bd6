//! Certificates beside those of the machine: authorities to trust, and the certificate of this client.

use std::path::Path;
use std::sync::Arc;

use crate::sut::TlsFiles;

/// The bytes of the certificate files of a target.
#[derive(Debug, Clone, Default)]
pub(in crate::execute) struct Certificates {
    ca: Option<Arc<Vec<u8>>>,
    /// The certificate of the client, and its key.
    client: Option<Arc<(Vec<u8>, Vec<u8>)>>,
}

impl Certificates {
    /// Reads the files.
    ///
    /// # Errors
    /// One cannot be read.
    pub fn read(files: &TlsFiles) -> Result<Certificates, String> {
        let bytes = |path: &Path| {
            std::fs::read(path).map_err(|cause| format!("cannot read the certificate file {}: {cause}", path.display()))
        };
        let ca = files.ca.as_deref().map(bytes).transpose()?.map(Arc::new);
        let client = match &files.client {
            Some((certificate, key)) => Some(Arc::new((bytes(certificate)?, bytes(key)?))),
            None => None,
        };
        Ok(Certificates { ca, client })
    }

    /// Adds them to a client.
    ///
    /// # Errors
    /// A file has nothing of its kind in it.
    #[cfg(feature = "tls")]
    pub(super) fn add_to(&self, mut builder: reqwest::ClientBuilder) -> Result<reqwest::ClientBuilder, String> {
        if let Some(ca) = &self.ca {
            let certificates = reqwest::Certificate::from_pem_bundle(ca).map_err(|_| NO_CA)?;
            if certificates.is_empty() {
                return Err(NO_CA.to_owned());
            }
            builder = builder.tls_certs_merge(certificates);
        }
        if let Some(client) = &self.client {
            let both = [client.0.as_slice(), b"\n", client.1.as_slice()].concat();
            builder = builder.identity(reqwest::Identity::from_pem(&both).map_err(|_| NO_IDENTITY)?);
        }
        Ok(builder)
    }

    /// What connects with TLS where a request is written byte by byte: the same roots and versions as the other client.
    ///
    /// # Errors
    /// The roots of the machine cannot be loaded, or a file has nothing of its kind in it.
    #[cfg(feature = "tls")]
    pub(super) fn config(&self) -> Result<Arc<tokio_rustls::rustls::ClientConfig>, String> {
        use tokio_rustls::rustls::pki_types::pem::PemObject as _;
        use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
        use tokio_rustls::rustls::{ClientConfig, crypto::aws_lc_rs};

        let list =
            |bytes: &[u8]| CertificateDer::pem_slice_iter(bytes).collect::<Result<Vec<_>, _>>().unwrap_or_default();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let roots = self.ca.as_ref().map(|ca| list(ca)).unwrap_or_default();
        if self.ca.is_some() && roots.is_empty() {
            return Err(NO_CA.to_owned());
        }
        let unloaded = |error| format!("cannot load the TLS roots of this machine: {error}");
        let verifier =
            rustls_platform_verifier::Verifier::new_with_extra_roots(roots, provider.clone()).map_err(unloaded)?;
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(unloaded)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let Some(client) = &self.client else { return Ok(Arc::new(builder.with_no_client_auth())) };
        let key = PrivateKeyDer::from_pem_slice(&client.1).map_err(|_| NO_IDENTITY)?;
        let config = builder.with_client_auth_cert(list(&client.0), key).map_err(|_| NO_IDENTITY)?;
        Ok(Arc::new(config))
    }
}

#[cfg(feature = "tls")]
const NO_CA: &str = "the CA file of the target file has no certificate in PEM: expected -----BEGIN CERTIFICATE-----";
#[cfg(feature = "tls")]
const NO_IDENTITY: &str =
    "the client certificate of the target file cannot be used: expected a certificate and its private key, both in PEM";
