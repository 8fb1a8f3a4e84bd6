//! A relay before a server, that says which request of a run is passing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::io::{BufReader, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::stub::read_request;

/// Passes requests on to a server; it lasts as long as the tests.
pub(super) struct Relay {
    port: u16,
    passed: Arc<AtomicUsize>,
}

impl Relay {
    /// `passes` gets the number of each request, from 1, before the request goes on.
    pub(super) fn start(server: u16, passes: impl Fn(usize) + Send + Sync + 'static) -> Relay {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let relay = Relay { port: listener.local_addr().unwrap().port(), passed: Arc::default() };
        let (passed, passes) = (relay.passed.clone(), Arc::new(passes));
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (passed, passes) = (passed.clone(), passes.clone());
                std::thread::spawn(move || pass(client, server, &passed, &*passes));
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
fn pass(client: TcpStream, server: u16, passed: &AtomicUsize, passes: &dyn Fn(usize)) {
    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, server)) else { return };
    let (mut responses, mut back) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut responses, &mut back);
        let _ = back.shutdown(Shutdown::Both);
    });
    let (mut server, mut client) = (server, BufReader::new(client));
    while let Some((head, body)) = read_request(&mut client) {
        passes(passed.fetch_add(1, Ordering::Relaxed) + 1);
        if server.write_all(head.as_bytes()).and_then(|()| server.write_all(&body)).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Both);
}
