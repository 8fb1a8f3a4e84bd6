//! Reads a response from bytes in place of a connection, for fuzzing.

use tokio::io::AsyncWriteExt as _;

use super::outgoing::Outgoing;
use super::response::received;
use super::verbatim;
use crate::execute::evidence::{Reply, Response};
use crate::execute::secrets::Secrets;

/// A response as the client reads, decodes and masks it, from the bytes that come off the wire, up to `limit` bytes of
/// its body; `None` where it is not HTTP/1.1.
pub fn read_response(wire: &[u8], limit: usize) -> Option<Response> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().ok()?;
    let reply = Secrets::default().in_reply(Reply::Received(runtime.block_on(read(wire, limit))?));
    match reply {
        Reply::Received(received) => Some(received),
        Reply::Lost(_) => None,
    }
}

async fn read(wire: &[u8], limit: usize) -> Option<Response> {
    /// Room for the request, which nobody reads.
    const REQUEST: usize = 1024;
    let (near, mut far) = tokio::io::duplex(wire.len().max(REQUEST));
    let url = "http://localhost/".to_owned();
    let outgoing = Outgoing {
        method: "GET".to_owned(),
        url,
        headers: Vec::new(),
        body: None,
        verbatim: true,
        bound: None,
        trace: None,
    };
    let request = verbatim::request(&outgoing, &outgoing.url.parse().ok()?, false).await.ok()?;
    let exchange = verbatim::exchange(Box::new(near), request);
    let write = async {
        // hyper takes bytes that come before the request for a fault.
        tokio::io::AsyncReadExt::read(&mut far, &mut [0; REQUEST]).await.ok()?;
        far.write_all(wire).await.ok()?;
        far.shutdown().await.ok()
    };
    let (response, _) = tokio::join!(exchange, write);
    received(response.ok()?, limit, || usize::MAX).await.ok()
}
