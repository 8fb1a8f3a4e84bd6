//! How a connection comes about: directly or through the configured proxy, with TLS for https.

use std::net::SocketAddr;

use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue, PROXY_AUTHORIZATION};
use hyper::{Method, Request, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::tls::Certificates;
use super::trouble::chain;

/// Anything that carries bytes both ways.
pub(super) trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

/// The way to a target.
#[derive(Debug, Clone)]
pub(super) struct Route {
    /// The proxies of the machine; `None` where the target is this machine, and only its addresses are connected to.
    pub(super) proxies: Option<std::sync::Arc<Matcher>>,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<std::sync::Arc<tokio_rustls::rustls::ClientConfig>>,
}

/// A connection that is open.
pub(super) struct Connected {
    pub line: Box<dyn ByteStream>,
    /// A proxy reads the request: its target is the whole URL.
    pub absolute: bool,
    /// What that proxy wants to see.
    pub credentials: Option<HeaderValue>,
}

impl Route {
    /// The way to a base URL.
    ///
    /// # Errors
    /// The TLS roots of the machine cannot be loaded (only for https).
    pub fn new(base_url: &str, certificates: &Certificates) -> Result<Route, String> {
        let proxies = (!crate::sut::is_loopback(base_url)).then(|| std::sync::Arc::new(Matcher::from_system()));
        #[cfg(not(feature = "tls"))]
        let _ = certificates;
        Ok(Route {
            proxies,
            #[cfg(feature = "tls")]
            tls: if base_url.starts_with("https://") { Some(certificates.config()?) } else { None },
        })
    }

    /// Opens a connection to the host of a URL.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn connect(&self, uri: &Uri) -> Result<Connected, String> {
        let proxy = self.proxies.as_ref().and_then(|proxies| proxies.intercept(uri));
        let secure = is_secure(uri);
        let Some(proxy) = proxy else {
            let line = tcp(uri, self.proxies.is_none()).await?;
            let line = if secure { self.encrypt(line, uri).await? } else { line };
            return Ok(Connected { line, absolute: false, credentials: None });
        };
        if !matches!(proxy.uri().scheme_str(), Some("http" | "https")) {
            let proxy = crate::sut::without_credentials(&proxy.uri().to_string());
            return Err(format!("unsupported proxy `{proxy}`: expected an http or https proxy"));
        }
        let line = tcp(proxy.uri(), false).await?;
        let line = if is_secure(proxy.uri()) { self.encrypt(line, proxy.uri()).await? } else { line };
        if !secure {
            return Ok(Connected { line, absolute: true, credentials: proxy.basic_auth().cloned() });
        }
        let line = tunnel(line, &proxy, uri).await?;
        Ok(Connected { line: self.encrypt(line, uri).await?, absolute: false, credentials: None })
    }

    #[cfg(feature = "tls")]
    async fn encrypt(&self, line: Box<dyn ByteStream>, uri: &Uri) -> Result<Box<dyn ByteStream>, String> {
        let config = match &self.tls {
            Some(config) => config.clone(),
            None => Certificates::default().config()?,
        };
        let host = uri.host().map(without_brackets).unwrap_or_default().to_owned();
        let name = tokio_rustls::rustls::pki_types::ServerName::try_from(host).map_err(|error| error.to_string())?;
        let line = tokio_rustls::TlsConnector::from(config).connect(name, line).await;
        line.map(|line| Box::new(line) as Box<dyn ByteStream>).map_err(|error| chain(&error))
    }

    #[cfg(not(feature = "tls"))]
    async fn encrypt(&self, _: Box<dyn ByteStream>, _: &Uri) -> Result<Box<dyn ByteStream>, String> {
        Err(super::trouble::NO_TLS.to_owned())
    }
}

pub(super) fn is_secure(uri: &Uri) -> bool {
    uri.scheme_str() == Some("https")
}

pub(super) fn without_brackets(host: &str) -> &str {
    host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host)
}

pub(super) async fn tcp(uri: &Uri, only_here: bool) -> Result<Box<dyn ByteStream>, String> {
    let host = uri.host().map(without_brackets).ok_or_else(|| format!("`{uri}` has no host"))?;
    let port = uri.port_u16().unwrap_or(if is_secure(uri) { 443 } else { 80 });
    let addresses = tokio::net::lookup_host((host, port)).await.map_err(|error| error.to_string())?.collect();
    let addresses = if only_here { of_this_machine(host, addresses)? } else { addresses };
    let stream = TcpStream::connect(addresses.as_slice()).await.map_err(|error| error.to_string())?;
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    Ok(Box::new(stream))
}

/// The addresses of this machine among those that a name stands for. A name that is taken for this machine may stand for
/// another one, and the guard let the run pass because of the name.
///
/// # Errors
/// None of them is of this machine.
fn of_this_machine(name: &str, addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, String> {
    let is_here = |address: &SocketAddr| address.ip().to_canonical().is_loopback();
    match addresses.iter().find(|address| !is_here(address)).copied() {
        Some(elsewhere) if !addresses.iter().any(is_here) => {
            Err(format!("`{name}` leads to {}, which is not a loopback address", elsewhere.ip()))
        }
        Some(_) | None => Ok(addresses.into_iter().filter(is_here).collect()),
    }
}

/// Looks up names for a target on this machine: its loopback addresses, or none.
pub(super) struct OnlyHere;

impl reqwest::dns::Resolve for OnlyHere {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(of_this_machine(name.as_str(), addresses)?.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

/// Has a proxy open a way to the host of a URL (RFC 9110 section 9.3.6).
async fn tunnel(line: Box<dyn ByteStream>, proxy: &Intercept, uri: &Uri) -> Result<Box<dyn ByteStream>, String> {
    let host = uri.host().unwrap_or_default();
    let authority = format!("{host}:{}", uri.port_u16().unwrap_or(443));
    let mut request = Request::builder().method(Method::CONNECT).uri(&authority).header(HOST, &authority);
    if let Some(credentials) = proxy.basic_auth() {
        request = request.header(PROXY_AUTHORIZATION, credentials);
    }
    let request = request.body(reqwest::Body::default()).map_err(|error| error.to_string())?;
    let refused = |error: hyper::Error| format!("the proxy did not connect: {}", chain(&error));
    let (mut sender, connection) = http1::handshake(TokioIo::new(line)).await.map_err(refused)?;
    tokio::spawn(connection.with_upgrades());
    let response = sender.send_request(request).await.map_err(refused)?;
    if !response.status().is_success() {
        return Err(format!("the proxy did not connect: status {}", response.status().as_u16()));
    }
    let upgraded = hyper::upgrade::on(response).await.map_err(refused)?;
    Ok(Box::new(TokioIo::new(upgraded)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_name_of_this_machine_leads_to_its_loopback_addresses_or_nowhere() {
        let looked_up = |texts: &[&str]| {
            let addresses = texts.iter().map(|text| text.parse().unwrap()).collect();
            of_this_machine("localhost", addresses)
                .map(|found| found.iter().map(SocketAddr::to_string).collect::<Vec<_>>())
        };
        let here = ["[::1]:80", "127.0.0.1:80", "127.8.0.1:80", "[::ffff:127.0.0.1]:80"];
        assert_eq!(looked_up(&here).unwrap(), here);
        assert_eq!(looked_up(&["10.0.0.1:80", "127.0.0.1:80"]).unwrap(), ["127.0.0.1:80"]);
        assert_eq!(
            looked_up(&["10.0.0.1:80"]).unwrap_err(),
            "`localhost` leads to 10.0.0.1, which is not a loopback address"
        );
    }
}
