//! A relay before a server: it says which request of a run is passing, and may change what comes back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::io::{BufReader, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::stub::{read_request, read_response};

/// The head of a response without the empty line at its end, and its body; the relay writes the length.
pub(super) type Whole = (String, Vec<u8>);

/// Passes requests on to a server; it lasts as long as the tests.
pub(super) struct Relay {
    port: u16,
    passed: Arc<AtomicUsize>,
}

impl Relay {
    /// `passes` gets the number of each request, from 1, before the request goes on.
    pub(super) fn start(server: u16, passes: impl Fn(usize) + Send + Sync + 'static) -> Relay {
        Relay::changing(server, passes, |whole| whole)
    }

    /// As [`Relay::start`]; each response goes back as it is changed.
    pub(super) fn changing(
        server: u16,
        passes: impl Fn(usize) + Send + Sync + 'static,
        change: impl Fn(Whole) -> Whole + Send + Sync + 'static,
    ) -> Relay {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let relay = Relay { port: listener.local_addr().unwrap().port(), passed: Arc::default() };
        let (passed, hooks) = (relay.passed.clone(), Arc::new((passes, change)));
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (passed, hooks) = (passed.clone(), hooks.clone());
                std::thread::spawn(move || pass(client, server, &passed, (&hooks.0, &hooks.1)));
            }
        });
        relay
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/r4", self.port)
    }

    pub(super) fn passed(&self) -> usize {
        self.passed.load(Ordering::Relaxed)
    }
}

/// Passes what comes on one connection both ways until either end closes it.
fn pass(
    client: TcpStream,
    server: u16,
    passed: &AtomicUsize,
    (passes, change): (&dyn Fn(usize), &dyn Fn(Whole) -> Whole),
) -> Option<()> {
    let _ = client.set_nodelay(true);
    let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).ok()?;
    let _ = server.set_nodelay(true);
    let mut responses = BufReader::new(server.try_clone().ok()?);
    let mut back = client.try_clone().ok()?;
    let mut client = BufReader::new(client);
    while let Some((head, body)) = read_request(&mut client) {
        passes(passed.fetch_add(1, Ordering::Relaxed) + 1);
        server.write_all(&[head.as_bytes(), &body].concat()).ok()?;
        let bodyless = head.starts_with("HEAD ");
        let (head, body) = change(read_response(&mut responses, bodyless)?);
        let is_length = |line: &&str| line.to_ascii_lowercase().starts_with("content-length:");
        let mut lines: Vec<&str> = head.lines().filter(|line| bodyless || !is_length(line)).collect();
        let length = format!("content-length: {}", body.len());
        if !bodyless && !head.starts_with("HTTP/1.1 204") {
            lines.push(&length);
        }
        back.write_all(&[lines.join("\r\n").as_bytes(), b"\r\n\r\n", &body].concat()).ok()?;
    }
    server.shutdown(Shutdown::Both).ok()
}
