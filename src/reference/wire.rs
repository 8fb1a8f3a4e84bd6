//! How bytes go out: connections served by hyper, with the manners that only show on the wire.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot};

use super::certificate::{AcceptedLine, Encryption};
use super::choice::WireStyle;
use super::failure::Breakdown;

/// Serves until `stop` is sent or dropped, and lets the responses under way finish.
pub(super) async fn serve(
    (listener, encryption): (TcpListener, Option<Encryption>),
    router: Router,
    style: WireStyle,
    stop: oneshot::Receiver<()>,
) {
    let mut stop = pin!(stop);
    let ended = Arc::new(Notify::new());
    let graceful = GracefulShutdown::new();
    let mut builder = http1::Builder::new();
    builder.title_case_headers(style.capitals).timer(TokioTimer::new()).header_read_timeout(None);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            // A sender that was dropped stops the server as well as one that was used.
            _ = &mut stop => break,
            () = ended.notified() => break,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file handles, most likely: it passes.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (inner, ended) = (TowerToHyperService::new(router.clone()), ended.clone());
        let served = AtomicBool::new(false);
        let service = service_fn(move |request| {
            let is_late = served.swap(true, Ordering::Relaxed) && style.one_request;
            let under_way = (!is_late).then(|| inner.call(request));
            let ended = ended.clone();
            async move {
                let Some(under_way) = under_way else { return Err(io::Error::from(io::ErrorKind::ConnectionAborted)) };
                let Ok(response) = under_way.await;
                match response.extensions().get::<Breakdown>() {
                    None | Some(Breakdown::ServerError | Breakdown::Denies | Breakdown::FailsAfterwards) => {
                        return Ok(response);
                    }
                    Some(Breakdown::HangsUp | Breakdown::HangsUpAfterwards) => {}
                    Some(Breakdown::Ends) => ended.notify_one(),
                }
                Err(io::Error::from(io::ErrorKind::ConnectionAborted))
            }
        });
        let (builder, watcher, encryption) = (builder.clone(), graceful.watcher(), encryption.clone());
        tokio::spawn(async move {
            let line = match &encryption {
                Some(encryption) => encryption.accept(stream).await,
                None => Ok(AcceptedLine::plain(stream)),
            };
            let Ok(line) = line else { return };
            let hint = if style.hints { HINT } else { b"" };
            let stream = WireStream { stream: line, byte_by_byte: style.byte_by_byte, written: 0, hint, ahead: hint };
            let io = TokioIo::new(stream);
            // A client that went away is no concern of the server's.
            let _: Result<(), hyper::Error> = watcher.watch(builder.serve_connection(io, service)).await;
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// A stream whose writes may be cut short.
struct WireStream {
    stream: AcceptedLine,
    byte_by_byte: bool,
    /// Bytes since the last flush, which ends a response.
    written: usize,
    /// What goes out before each response.
    hint: &'static [u8],
    /// What is left of it before this one.
    ahead: &'static [u8],
}

/// A response that says no more than that another one follows (RFC 9110 section 15.2).
const HINT: &[u8] = b"HTTP/1.1 103 Early Hints\r\nlink: </r4/metadata>; rel=preload\r\n\r\n";

impl WireStream {
    /// As many bytes of a response go out one at a time; one write for each of the rest tells no more and takes long.
    const SINGLE: usize = 96;
    /// Odd, so that the pieces fall into every place of a longer response.
    const PIECE: usize = 37;

    fn most(&self) -> usize {
        match (self.byte_by_byte, self.written < WireStream::SINGLE) {
            (false, _) => usize::MAX,
            (true, true) => 1,
            (true, false) => WireStream::PIECE,
        }
    }
}

impl AsyncRead for WireStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for WireStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        while !self.ahead.is_empty() {
            let ahead = self.ahead;
            match Pin::new(&mut self.stream).poll_write(context, ahead) {
                Poll::Ready(Ok(count)) => self.ahead = ahead.get(count..).unwrap_or_default(),
                other @ (Poll::Ready(Err(_)) | Poll::Pending) => return other,
            }
        }
        let part = bytes.get(..self.most()).unwrap_or(bytes);
        let written = Pin::new(&mut self.stream).poll_write(context, part);
        if let Poll::Ready(Ok(count)) = written {
            self.written += count;
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.written = 0;
        self.ahead = self.hint;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
