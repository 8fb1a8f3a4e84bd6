//! Requests as they are written: without Accept where there is none, header names in the case given.

use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue};
use hyper::http::Extensions;
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt as _;

use super::connect::{ByteStream, Route};
use super::outgoing::{Outgoing, headers};
use super::trouble::chain;
use crate::execute::evidence::{Lost, LostKind};

/// Sends a request on a new connection.
pub(super) async fn send(route: &Route, outgoing: &Outgoing) -> Result<reqwest::Response, Lost> {
    let unsent = |message: String| Lost { kind: LostKind::NotConnected, message };
    let uri: Uri = outgoing.url.parse().map_err(|error| unsent(format!("invalid URL: {error}")))?;
    let connected = route.connect(&uri).await.map_err(unsent)?;
    let mut request = request(outgoing, &uri, connected.absolute).await?;
    if let Some(credentials) = connected.credentials {
        request.headers_mut().insert(hyper::header::PROXY_AUTHORIZATION, credentials);
    }
    exchange(connected.line, request).await
}

/// The request as hyper sends it; `absolute` where a proxy forwards it (RFC 9112 section 3.2.2).
pub(super) async fn request(outgoing: &Outgoing, uri: &Uri, absolute: bool) -> Result<Request<reqwest::Body>, Lost> {
    let unsent = |message: String| Lost { kind: LostKind::NotConnected, message };
    let authority = uri.authority().ok_or_else(|| unsent(format!("the URL `{}` has no host", outgoing.url)))?;
    let host = HeaderValue::from_str(authority.as_str()).map_err(|_| unsent("the host cannot be sent".to_owned()))?;
    let target = match (absolute, uri.path_and_query()) {
        (false, Some(path)) => Uri::from(path.clone()),
        (true, _) | (_, None) => uri.clone(),
    };
    let body = outgoing.body.clone().map_or_else(reqwest::Body::default, reqwest::Body::from);
    let mut request = Request::builder()
        .method(outgoing.method.as_bytes())
        .uri(target)
        .header(HOST, host)
        .body(body)
        .map_err(|error| unsent(error.to_string()))?;
    request.headers_mut().extend(headers(outgoing).map_err(unsent)?);
    *request.extensions_mut() = names_as_written(&outgoing.headers).await;
    Ok(request)
}

/// Sends a request over a connection that is open, and reads the head of the response. Interim responses are skipped.
pub(super) async fn exchange(
    line: Box<dyn ByteStream>,
    request: Request<reqwest::Body>,
) -> Result<reqwest::Response, Lost> {
    let broken = |error: hyper::Error| Lost { kind: LostKind::Broken, message: chain(&error) };
    let (mut sender, connection) = http1::handshake(TokioIo::new(line)).await.map_err(broken)?;
    // The connection ends with the body of the response, or when that is dropped.
    tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(broken)?;
    Ok(reqwest::Response::from(response.map(reqwest::Body::wrap)))
}

/// What makes hyper write header names as they are given. It only keeps the case of names it read itself, so it is given
/// them to read.
async fn names_as_written(headers: &[(String, String)]) -> Extensions {
    /// Room for what hyper responds to a head that it does not take.
    const ERROR: usize = 1024;
    let mut head = "GET / HTTP/1.1\r\n".to_owned();
    for (name, _) in headers {
        head.push_str(name);
        head.push_str(": \r\n");
    }
    head.push_str("\r\n");
    let (mut near, far) = tokio::io::duplex(head.len().max(ERROR));
    let (give, take) = std::sync::mpsc::channel();
    let service = hyper::service::service_fn(move |request: Request<hyper::body::Incoming>| {
        let _ = give.send(request.into_parts().0.extensions);
        async { Err::<hyper::Response<reqwest::Body>, _>(std::io::Error::other("read")) }
    });
    let read = async {
        let mut builder = hyper::server::conn::http1::Builder::new();
        let _ = builder.preserve_header_case(true).serve_connection(TokioIo::new(far), service).await;
    };
    let write = async {
        let _ = near.write_all(head.as_bytes()).await;
    };
    tokio::join!(read, write);
    take.try_recv().unwrap_or_default()
}
