//! A target that responds to every request in the same way and counts them; nothing leaves this machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

pub(super) const JSON: &str = "application/fhir+json";
pub(super) const HTML: &str = "text/html; charset=utf-8";
pub(super) const OUTCOME: &str =
    r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"processing","diagnostics":"no"}]}"#;

pub(super) const STATEMENT: &str = r#"{"resourceType":"CapabilityStatement"}"#;

/// Whether a request asks what the server offers.
pub(super) fn is_look(head: &str) -> bool {
    head.starts_with("GET ") && head.lines().next().is_some_and(|line| line.contains("/metadata "))
}

/// Status, content type and body of a response, from the head of its request.
type Respond = dyn Fn(&str) -> (u16, &'static str, String) + Send + Sync;

/// A server that gives every request the same kind of response, and counts them; dropping it stops it.
pub(super) struct Stub {
    port: u16,
    requests: Arc<AtomicUsize>,
    stopped: Arc<AtomicBool>,
}

impl Stub {
    pub(super) fn constant(status: u16, content_type: &'static str, body: &'static str) -> Stub {
        Stub::start(move |_| (status, content_type, body.to_owned()))
    }

    /// As [`Stub::constant`], but it describes itself as a FHIR server does.
    pub(super) fn of_fhir(status: u16, content_type: &'static str, body: &'static str) -> Stub {
        Stub::start(move |head| match is_look(head) {
            true => (200, JSON, STATEMENT.to_owned()),
            false => (status, content_type, body.to_owned()),
        })
    }

    /// Responds by the text of a request's head.
    pub(super) fn start(respond: impl Fn(&str) -> (u16, &'static str, String) + Send + Sync + 'static) -> Stub {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let stub =
            Stub { port: listener.local_addr().unwrap().port(), requests: Arc::default(), stopped: Arc::default() };
        let (requests, stopped) = (stub.requests.clone(), stub.stopped.clone());
        let respond: Arc<Respond> = Arc::new(respond);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (requests, respond) = (requests.clone(), respond.clone());
                std::thread::spawn(move || converse(stream, &requests, &*respond));
            }
        });
        stub
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(super) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

/// Responds to one connection's requests until it closes. What is not HTTP gets no response and is not counted.
fn converse(stream: TcpStream, requests: &AtomicUsize, respond: &Respond) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
    let Ok(mut writer) = stream.try_clone() else { return };
    let mut reader = BufReader::new(stream);
    while let Some(head) = read_head(&mut reader) {
        requests.fetch_add(1, Ordering::Relaxed);
        let (status, content_type, body) = respond(&head);
        let length = body.len();
        let head_sent = format!(
            "HTTP/1.1 {status} Stub\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\
             ETag: W/\"1\"\r\n\r\n"
        );
        let bodyless = head.starts_with("HEAD ");
        let text = if bodyless { head_sent } else { head_sent + &body };
        if writer.write_all(text.as_bytes()).is_err() {
            return;
        }
    }
}

/// The head of the next request; its body is read and dropped.
fn read_head(reader: &mut BufReader<TcpStream>) -> Option<String> {
    read_request(reader).map(|(head, _)| head)
}

/// The head and the body of the next request.
pub(super) fn read_request(reader: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let head = read_lines(reader)?;
    if !head.lines().next()?.contains(" HTTP/1.") {
        return None;
    }
    let body = read_body(reader, &head)?;
    Some((head, body))
}

/// The head of the next response without the empty line at its end, and its body, where it has one.
pub(super) fn read_response(reader: &mut BufReader<TcpStream>, bodyless: bool) -> Option<(String, Vec<u8>)> {
    let head = read_lines(reader)?;
    let body = if bodyless { Vec::new() } else { read_body(reader, &head)? };
    Some((head.trim_end().to_owned(), body))
}

/// Everything up to the next empty line.
fn read_lines(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let mut head = String::new();
    loop {
        let start = head.len();
        // A TLS greeting is not UTF-8, and its connection ends here.
        let read = reader.read_line(&mut head).ok()?;
        if read == 0 || head.len() > 65536 {
            return None;
        }
        if head[start..].trim_end().is_empty() {
            return Some(head);
        }
    }
}

/// The body that a head announces.
fn read_body(reader: &mut BufReader<TcpStream>, head: &str) -> Option<Vec<u8>> {
    let length = head.lines().filter_map(|line| line.split_once(':')).find_map(|(name, value)| {
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<u64>().ok())?
    });
    let mut body = Vec::new();
    reader.by_ref().take(length.unwrap_or(0)).read_to_end(&mut body).ok()?;
    Some(body)
}
