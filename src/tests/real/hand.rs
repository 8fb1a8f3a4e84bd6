//! Requests written by hand, sent to a server over a socket of their own: nothing of patchproof is in between.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

/// One request and its response.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Hand {
    /// Method and path below the base URL.
    send: String,
    /// Beside those that go with every request; null leaves out one of these.
    #[serde(default)]
    headers: BTreeMap<String, Option<String>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    status: Option<u16>,
    /// Sent so many times at once, with so many responses of each status.
    #[serde(default)]
    at_once: BTreeMap<String, usize>,
    /// Headers, each with a part of its value.
    #[serde(default)]
    has: BTreeMap<String, String>,
    /// Headers that are not there.
    #[serde(default)]
    lacks: Vec<String>,
    /// Members of the body.
    #[serde(default)]
    shows: BTreeMap<String, Value>,
    /// Members that the body does not have.
    #[serde(default)]
    without: Vec<String>,
    /// A part of the body.
    #[serde(default)]
    says: Option<String>,
}

/// A response as far as a table looks at it.
struct Received {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// A fresh appointment and what the requests of one row name of it.
pub(super) struct Fixture<'a> {
    base_url: &'a str,
    names: Vec<(&'static str, String)>,
}

impl<'a> Fixture<'a> {
    /// Makes an appointment, and another one beside it.
    pub fn make(base_url: &'a str) -> Fixture<'a> {
        let (id, read) = made(base_url);
        let (other, _) = made(base_url);
        let shown: Value = serde_json::from_str(&read.body).unwrap_or_default();
        let version = shown.pointer("/meta/versionId").and_then(Value::as_str).unwrap_or_default().to_owned();
        let tag = read.header("etag").unwrap_or_default().to_owned();
        // The longest first: `$id` would take a part of no other.
        Fixture { base_url, names: vec![("$version", version), ("$other", other), ("$etag", tag), ("$id", id)] }
    }

    /// Sends one request and gives what is otherwise than written.
    pub fn differences(&self, hand: &Hand) -> Vec<String> {
        let (method, path) = hand.send.split_once(' ').unwrap_or_else(|| panic!("no method and path: {}", hand.send));
        let request = self.request(method, &self.filled(path), hand);
        let said = || format!("`{}`{}{}", hand.send, shown_headers(hand), hand.body.as_deref().unwrap_or_default());
        if !hand.at_once.is_empty() {
            let count = hand.at_once.values().sum();
            let mut found: BTreeMap<String, usize> = BTreeMap::new();
            for status in at_once(self.base_url, &request, count) {
                *found.entry(status.to_string()).or_default() += 1;
            }
            return match found == hand.at_once {
                true => Vec::new(),
                false => {
                    vec![format!("{} {count} times at once: expected {:?}, found {found:?}", said(), hand.at_once)]
                }
            };
        }
        let received = exchange(self.base_url, &request);
        let mut wrong = Vec::new();
        let mut compare = |what: &str, expected: String, found: String| {
            if expected != found {
                wrong.push(format!("{}: {what}: expected {expected}, found {found}", said()));
            }
        };
        if let Some(status) = hand.status {
            compare("status", status.to_string(), received.status.to_string());
        }
        for (name, part) in &hand.has {
            let part = self.filled(part);
            let value = received.header(name).unwrap_or("none");
            let found = if value.contains(&part) { part.clone() } else { value.to_owned() };
            compare(name, part, found);
        }
        for name in &hand.lacks {
            compare(name, "none".to_owned(), received.header(name).unwrap_or("none").to_owned());
        }
        let body: Value = serde_json::from_str(&received.body).unwrap_or_default();
        for (pointer, value) in &hand.shows {
            let expected = self.filled(&value.to_string());
            compare(pointer, expected, body.pointer(pointer).map_or("nothing".to_owned(), Value::to_string));
        }
        for pointer in &hand.without {
            compare(
                pointer,
                "nothing".to_owned(),
                body.pointer(pointer).map_or("nothing".to_owned(), Value::to_string),
            );
        }
        if let Some(part) = &hand.says {
            let found = received.body.contains(part.as_str());
            compare("body", part.clone(), if found { part.clone() } else { received.body.chars().take(200).collect() });
        }
        wrong
    }

    fn filled(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }

    fn request(&self, method: &str, path: &str, hand: &Hand) -> Vec<u8> {
        let body = self.filled(hand.body.as_deref().unwrap_or_default());
        let mut headers: BTreeMap<String, Option<String>> = usual(method);
        for (name, value) in &hand.headers {
            headers.insert(name.to_ascii_lowercase(), value.as_deref().map(|value| self.filled(value)));
        }
        message(self.base_url, method, path, &headers, &body)
    }
}

impl Received {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

fn shown_headers(hand: &Hand) -> String {
    let lines = hand.headers.iter().map(|(name, value)| format!("{name}: {}", value.as_deref().unwrap_or("none")));
    lines.map(|line| format!(" [{line}] ")).collect()
}

fn usual(method: &str) -> BTreeMap<String, Option<String>> {
    let mut headers = BTreeMap::from([("accept".to_owned(), Some("application/fhir+json".to_owned()))]);
    match method {
        "PATCH" => headers.insert("content-type".to_owned(), Some("application/json-patch+json".to_owned())),
        "POST" | "PUT" => headers.insert("content-type".to_owned(), Some("application/fhir+json".to_owned())),
        _ => None,
    };
    headers
}

/// A booked appointment, its id and how it is read.
fn made(base_url: &str) -> (String, Received) {
    let appointment = json!({
        "resourceType": "Appointment",
        "status": "booked",
        "start": "2030-01-07T09:00:00Z",
        "end": "2030-01-07T09:30:00Z",
        "minutesDuration": 30,
        "comment": "before",
        "participant": [
            { "actor": { "display": "Somebody" }, "status": "accepted" },
            { "actor": { "display": "Somebody else" }, "status": "tentative" }
        ]
    });
    let request = message(base_url, "POST", "/Appointment", &usual("POST"), &appointment.to_string());
    let received = exchange(base_url, &request);
    assert_eq!(received.status, 201, "POST /Appointment: {}", received.body);
    let location = received.header("location").unwrap_or_default();
    let from_location = location.split('/').skip_while(|part| *part != "Appointment").nth(1);
    let body: Value = serde_json::from_str(&received.body).unwrap_or_default();
    let id = from_location.map(str::to_owned).or_else(|| Some(body["id"].as_str()?.to_owned()));
    let id = id.unwrap_or_else(|| panic!("no id in Location `{location}` or in {}", received.body));
    let read = exchange(base_url, &message(base_url, "GET", &format!("/Appointment/{id}"), &usual("GET"), ""));
    assert_eq!(read.status, 200, "GET /Appointment/{id}: {}", read.body);
    (id, read)
}

/// Host and port of a base URL, and its path.
fn parts(base_url: &str) -> (&str, &str) {
    let rest = base_url.strip_prefix("http://").unwrap();
    rest.find('/').map_or((rest, ""), |at| rest.split_at(at))
}

fn message(
    base_url: &str,
    method: &str,
    path: &str,
    headers: &BTreeMap<String, Option<String>>,
    body: &str,
) -> Vec<u8> {
    let (host, below) = parts(base_url);
    let mut text = format!("{method} {below}{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in headers {
        if let Some(value) = value {
            text += &format!("{name}: {value}\r\n");
        }
    }
    if !matches!(method, "GET" | "OPTIONS" | "DELETE") {
        text += &format!("content-length: {}\r\n", body.len());
    }
    (text + "\r\n" + body).into_bytes()
}

fn exchange(base_url: &str, request: &[u8]) -> Received {
    let mut stream = TcpStream::connect(parts(base_url).0).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    stream.write_all(request).unwrap();
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    received(&bytes)
}

/// The statuses of one request that is sent several times at once.
fn at_once(base_url: &str, request: &[u8], count: usize) -> Vec<u16> {
    let barrier = Arc::new(Barrier::new(count));
    let sent = (0..count).map(|_| {
        let (barrier, base_url, request) = (barrier.clone(), base_url.to_owned(), request.to_vec());
        std::thread::spawn(move || {
            barrier.wait();
            exchange(&base_url, &request).status
        })
    });
    let sent: Vec<_> = sent.collect();
    sent.into_iter().map(|thread| thread.join().unwrap()).collect()
}

fn received(bytes: &[u8]) -> Received {
    let head = bytes.windows(4).position(|part| part == b"\r\n\r\n").unwrap_or(bytes.len());
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let mut lines = text.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let status = status.unwrap_or_else(|| panic!("no response: `{text}`"));
    let split = |line: &str| line.split_once(':').map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
    let headers: Vec<(String, String)> = lines.filter_map(split).collect();
    let rest = bytes.get(head + 4..).unwrap_or_default();
    let mut received = Received { status, headers, body: String::new() };
    let chunked = received.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"));
    let body = if chunked { unchunked(rest) } else { rest.to_vec() };
    received.body = String::from_utf8_lossy(&body).into_owned();
    received
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|part| part == b"\r\n") {
        let size = String::from_utf8_lossy(&rest[..end]);
        let size = usize::from_str_radix(size.split(';').next().unwrap().trim(), 16).unwrap_or(0);
        let chunk = rest.get(end + 2..end + 2 + size).unwrap_or_default();
        if chunk.is_empty() {
            break;
        }
        body.extend_from_slice(chunk);
        rest = rest.get(end + 4 + size..).unwrap_or_default();
    }
    body
}
