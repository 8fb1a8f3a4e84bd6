//! How bytes go out: connections served by hyper, with the manners that only show on the wire.

use std::convert::Infallible;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::Rules;
use super::variant::Variant;

/// Manners of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Manner {
    capitals: bool,
    byte_by_byte: bool,
}

impl Manner {
    /// The manners that the rules ask for.
    pub(super) fn of(rules: &Rules) -> Manner {
        Manner { capitals: rules.is(Variant::CapitalHeaders), byte_by_byte: rules.is(Variant::ByteByByte) }
    }
}

/// Serves until `stop` is sent or dropped, and lets the answers under way finish.
pub(super) async fn serve(listener: TcpListener, router: Router, manner: Manner, stop: oneshot::Receiver<()>) {
    let mut stop = pin!(stop);
    let graceful = GracefulShutdown::new();
    let mut builder = http1::Builder::new();
    builder.title_case_headers(manner.capitals).timer(TokioTimer::new()).header_read_timeout(None);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            // A sender that was dropped stops the server as well as one that was used.
            _ = &mut stop => break,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file handles, most likely: it passes.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let io = TokioIo::new(Line { stream, byte_by_byte: manner.byte_by_byte, written: 0 });
        let service = TowerToHyperService::new(router.clone());
        let connection = graceful.watch(builder.serve_connection(io, service));
        tokio::spawn(async move {
            // A client that went away is no concern of the server's.
            let _: Result<(), hyper::Error> = connection.await;
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// A stream whose writes may be cut short.
struct Line {
    stream: TcpStream,
    byte_by_byte: bool,
    /// Bytes since the last flush, which ends an answer.
    written: usize,
}

impl Line {
    /// As many bytes of an answer go out one at a time; one write for each of the rest tells no more and takes long.
    const SINGLE: usize = 96;
    /// Odd, so that the pieces fall into every place of a longer answer.
    const PIECE: usize = 37;

    fn most(&self) -> usize {
        match (self.byte_by_byte, self.written < Line::SINGLE) {
            (false, _) => usize::MAX,
            (true, true) => 1,
            (true, false) => Line::PIECE,
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let part = bytes.get(..self.most()).unwrap_or(bytes);
        let written = Pin::new(&mut self.stream).poll_write(context, part);
        if let Poll::Ready(Ok(count)) = written {
            self.written += count;
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.written = 0;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// A body whose length nobody knows beforehand.
pub(super) fn chunks(bytes: Vec<u8>) -> axum::body::Body {
    let parts: Vec<Result<Vec<u8>, Infallible>> = bytes.chunks(64).map(|part| Ok(part.to_vec())).collect();
    axum::body::Body::from_stream(futures_util::stream::iter(parts))
}
