//! What goes over the wire and what is read from it, against scripted connections.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::*;
use crate::execute::evidence::Payload;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: W/\"1\"\r\n\r\n{}";

/// Answers one connection and keeps it open; gives what was sent on it.
async fn scripted(response: &'static [u8]) -> (std::net::SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = Vec::new();
        while !bytes.windows(4).any(|window| window == b"\r\n\r\n") {
            let mut chunk = [0; 4096];
            let count = stream.read(&mut chunk).await.unwrap();
            bytes.extend_from_slice(&chunk[..count]);
        }
        stream.write_all(response).await.unwrap();
        // Open until the client goes.
        let _ = stream.read(&mut [0; 1]).await;
        String::from_utf8(bytes).unwrap()
    });
    (address, seen)
}

fn outgoing(url: String) -> Outgoing {
    let line = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let headers = vec![line("IF-MATCH", "W/\"1\""), line("content-type", "application/json-patch+json")];
    Outgoing { method: "PATCH".to_owned(), url, headers, body: Some(b"[]".to_vec()), verbatim: true }
}

fn client(base_url: &str) -> Client {
    Client::new(base_url, Limits { timeout: Duration::from_secs(60), ..Limits::default() }).unwrap()
}

async fn sent(response: &'static [u8]) -> (Answer, String) {
    let (address, seen) = scripted(response).await;
    let base = format!("http://{address}");
    let answer = client(&base).send(&outgoing(format!("{base}/r4/Appointment/a?x=1"))).await;
    (answer, seen.await.unwrap())
}

#[tokio::test]
async fn header_names_are_written_as_given_and_nothing_is_added() {
    let (_, seen) = sent(OK).await;
    let (head, _) = seen.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<&str> = head.lines().filter(|line| !line.to_lowercase().starts_with("host:")).collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "IF-MATCH: W/\"1\"",
            "PATCH /r4/Appointment/a?x=1 HTTP/1.1",
            "content-length: 2",
            "content-type: application/json-patch+json"
        ]
    );
}

#[tokio::test]
async fn a_response_ends_with_its_length_though_the_connection_stays_open() {
    let (Answer::Received(received), _) = sent(OK).await else { panic!() };
    assert_eq!((received.status.get(), received.header("etag")), (200, Some("W/\"1\"")));
    assert_eq!(received.body, Payload::Text("{}".to_owned()));
}

#[tokio::test]
async fn interim_responses_are_skipped() {
    let responses: [&[u8]; 2] = [
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ];
    for response in responses {
        let (Answer::Received(received), _) = sent(response).await else { panic!() };
        assert_eq!(received.status.get(), 200);
    }
}

#[tokio::test]
async fn an_ipv6_target_is_reached() {
    // Not every machine has IPv6.
    let Ok(listener) = TcpListener::bind("[::1]:0").await else { return };
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
        stream.write_all(OK).await.unwrap();
    });
    let answer = client(&base).send(&outgoing(format!("{base}/Appointment/a"))).await;
    assert!(matches!(answer, Answer::Received(_)), "{answer:?}");
}

#[tokio::test]
async fn a_configured_proxy_forwards_http_and_tunnels_https() {
    let table = [
        ("http://target.example/Appointment/a", "PATCH http://target.example/Appointment/a HTTP/1.1"),
        ("https://target.example:8443/Appointment/a", "CONNECT target.example:8443 HTTP/1.1"),
    ];
    for (url, expected) in table {
        let (address, seen) = scripted(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n").await;
        let matcher = Matcher::builder().all(format!("http://user:pass@{address}")).build();
        let route = Route { proxies: Some(std::sync::Arc::new(matcher)), ..Route::new("http://127.0.0.1").unwrap() };
        let answer = verbatim::send(&route, &outgoing(url.to_owned())).await;
        assert_eq!(answer.is_ok(), url.starts_with("http://"), "{url}");
        drop(answer);
        let seen = seen.await.unwrap();
        assert!(seen.starts_with(expected), "{seen}");
        assert!(seen.to_lowercase().contains("proxy-authorization: basic dxnlcjpwyxnz"), "{seen}");
    }
}

#[test]
fn loopback_has_no_proxy() {
    assert!(Route::new("http://localhost:1/r4").unwrap().proxies.is_none());
    assert!(Route::new("http://target.example/r4").unwrap().proxies.is_some());
}

#[test]
fn bytes_off_the_wire_are_read_as_the_client_reads_them() {
    let received = read_response(OK, 100).unwrap();
    assert_eq!((received.status.get(), received.version.as_str()), (200, "HTTP/1.1"));
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    assert_eq!(read_response(chunked, 100).unwrap().body, Payload::Text("abcde".to_owned()));
    let cut = read_response(chunked, 4).unwrap();
    assert_eq!((cut.body, cut.cut), (Payload::Text("abcd".to_owned()), true));
    assert!(read_response(b"SSH-2.0-OpenSSH\r\n", 100).is_none());
    assert!(read_response(b"", 100).is_none());
}
