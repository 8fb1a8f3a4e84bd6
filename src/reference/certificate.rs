//! TLS for the server: a certificate authority made at its start, and a certificate for this machine signed by it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// What connections are encrypted with.
#[derive(Clone)]
pub(super) struct Encryption {
    #[cfg(feature = "tls")]
    acceptor: tokio_rustls::TlsAcceptor,
}

#[cfg(feature = "tls")]
impl Encryption {
    /// A new authority and a certificate of it for localhost and the loopback addresses; gives the authority in PEM, too.
    ///
    /// # Errors
    /// No keys can be made.
    pub(super) fn new() -> io::Result<(Encryption, String)> {
        use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
        use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
        use tokio_rustls::rustls::{ServerConfig, crypto::aws_lc_rs};

        let mut authority = CertificateParams::new(Vec::new()).map_err(io::Error::other)?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        authority.distinguished_name.push(DnType::CommonName, "patchproof reference CA");
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let authority = CertifiedIssuer::self_signed(authority, key).map_err(io::Error::other)?;
        let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
        let server = CertificateParams::new(names).map_err(io::Error::other)?;
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let server = server.signed_by(&key, &authority).map_err(io::Error::other)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(std::sync::Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(vec![server.der().clone()], key)
            .map_err(io::Error::other)?;
        let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
        Ok((Encryption { acceptor }, authority.pem()))
    }

    /// Encrypts a connection.
    ///
    /// # Errors
    /// The client does not speak TLS, or takes no such certificate.
    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<AcceptedLine> {
        self.acceptor.accept(stream).await.map(|stream| AcceptedLine(Box::new(stream)))
    }
}

#[cfg(not(feature = "tls"))]
impl Encryption {
    /// There is none in this build.
    ///
    /// # Errors
    /// Always.
    pub(super) fn new() -> io::Result<(Encryption, String)> {
        Err(io::Error::other("this build has no TLS: expected one with the feature `tls`"))
    }

    /// There is none in this build.
    ///
    /// # Errors
    /// Always.
    pub(super) async fn accept(&self, _: TcpStream) -> io::Result<AcceptedLine> {
        Err(io::Error::other("this build has no TLS"))
    }
}

/// Anything that carries bytes both ways.
trait ByteLine: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteLine for T {}

/// A connection, encrypted or not.
pub(super) struct AcceptedLine(Box<dyn ByteLine>);

impl AcceptedLine {
    /// A connection that is not encrypted.
    pub(super) fn plain(stream: TcpStream) -> AcceptedLine {
        AcceptedLine(Box::new(stream))
    }
}

impl AsyncRead for AcceptedLine {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for AcceptedLine {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
