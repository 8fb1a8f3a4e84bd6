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

/// Responds to one connection and keeps it open; gives what was sent on it.
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
    Outgoing {
        method: "PATCH".to_owned(),
        url,
        headers,
        body: Some(b"[]".to_vec()),
        verbatim: true,
        bound: None,
        trace: None,
    }
}

fn client(base_url: &str) -> Client {
    Client::new(base_url, Limits { timeout: Duration::from_secs(60), ..Limits::default() }, Certificates::default())
        .unwrap()
}

async fn sent(response: &'static [u8]) -> (Reply, String) {
    let (address, seen) = scripted(response).await;
    let base = format!("http://{address}");
    let reply = client(&base).send(&outgoing(format!("{base}/r4/Appointment/a?x=1"))).await;
    (reply, seen.await.unwrap())
}

#[tokio::test]
async fn header_names_are_written_as_given_and_only_the_sender_is_added() {
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
            "content-type: application/json-patch+json",
            concat!("user-agent: patchproof/", env!("CARGO_PKG_VERSION"))
        ]
    );
}

#[tokio::test]
async fn every_request_names_its_sender_and_its_trace_unless_it_does_so_itself() {
    let id = crate::words::trace::id("0123456789abcdef", 7);
    let parent = crate::words::trace::parent(&id);
    for verbatim in [false, true] {
        for is_named in [false, true] {
            let (address, seen) = scripted(OK).await;
            let base = format!("http://{address}");
            let mut outgoing = Outgoing { verbatim, trace: Some(id.clone()), ..outgoing(format!("{base}/a")) };
            if is_named {
                outgoing.headers.push(("User-Agent".to_owned(), "mine".to_owned()));
                outgoing.headers.push(("Traceparent".to_owned(), "mine too".to_owned()));
            }
            client(&base).send(&outgoing).await;
            let head = seen.await.unwrap();
            let lines = |name: &str| -> Vec<String> {
                let lines = head.lines().filter_map(|line| line.split_once(": "));
                lines
                    .filter(|(header, _)| header.eq_ignore_ascii_case(name))
                    .map(|(_, value)| value.to_owned())
                    .collect()
            };
            let sender = concat!("patchproof/", env!("CARGO_PKG_VERSION"));
            let wanted = if is_named { ["mine", "mine too"] } else { [sender, parent.as_str()] };
            assert_eq!([lines("user-agent"), lines("traceparent")], wanted.map(|value| vec![value.to_owned()]));
        }
    }
}

#[tokio::test]
async fn a_response_ends_with_its_length_though_the_connection_stays_open() {
    let (Reply::Received(received), _) = sent(OK).await else { panic!() };
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
        let (Reply::Received(received), _) = sent(response).await else { panic!() };
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
    let reply = client(&base).send(&outgoing(format!("{base}/Appointment/a"))).await;
    assert!(matches!(reply, Reply::Received(_)), "{reply:?}");
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
        let route = Route {
            proxies: Some(std::sync::Arc::new(matcher)),
            ..Route::new("http://127.0.0.1", &Certificates::default()).unwrap()
        };
        let reply = verbatim::send(&route, &outgoing(url.to_owned())).await;
        assert_eq!(reply.is_ok(), url.starts_with("http://"), "{url}");
        drop(reply);
        let seen = seen.await.unwrap();
        assert!(seen.starts_with(expected), "{seen}");
        assert!(seen.to_lowercase().contains("proxy-authorization: basic dxnlcjpwyxnz"), "{seen}");
    }
}

#[test]
fn loopback_has_no_proxy() {
    assert!(Route::new("http://localhost:1/r4", &Certificates::default()).unwrap().proxies.is_none());
    assert!(Route::new("http://target.example/r4", &Certificates::default()).unwrap().proxies.is_some());
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

/// A body of so many bytes, and the response that carries it.
fn large(length: usize) -> &'static [u8] {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
    Box::leak([head.into_bytes(), vec![b'x'; length]].concat().into_boxed_slice())
}

#[tokio::test]
async fn a_body_of_8_mib_is_kept_whole_and_a_longer_one_is_cut() {
    let most = 8 * 1024 * 1024;
    assert_eq!((Limits::default().body, Limits::default().run), (most, 128 * 1024 * 1024));
    for (length, kept, cut) in [(most, most, false), (most + 1, 16 * 1024, true)] {
        let (Reply::Received(received), _) = sent(large(length)).await else { panic!("{length}") };
        assert_eq!((received.body.len(), received.cut), (kept, cut), "{length}");
        assert_eq!(received.limit().is_some(), cut, "{length}");
    }
}

#[tokio::test]
async fn all_clients_of_a_run_share_the_bound_on_all_that_is_kept() {
    let (address, _seen) = scripted(OK).await;
    let base = format!("http://{address}");
    let client = Client::new(&base, Limits { run: 2, ..Limits::default() }, Certificates::default()).unwrap();
    let beside = client.beside(&base, 1).unwrap();
    assert!(!client.is_full());
    let reply = beside.send(&outgoing(format!("{base}/Appointment/a"))).await;
    assert!(matches!(reply, Reply::Received(_)), "{reply:?}");
    assert!(client.is_full() && beside.is_full());
}

/// What is sent over TLS has the bytes that are given, as over a bare connection (APPT-HDR-03, APPT-HDR-16).
#[cfg(feature = "tls")]
#[tokio::test]
async fn over_tls_too_a_request_is_written_as_given() {
    use tokio_rustls::rustls::pki_types::pem::PemObject as _;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig, crypto::aws_lc_rs};

    // For these tests alone; it is valid until the year 2120, and nothing else trusts it.
    let certificate = CertificateDer::from_pem_slice(include_bytes!("tests/cert.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tests/key.pem")).unwrap();
    let provider = std::sync::Arc::new(aws_lc_rs::default_provider());
    let server = ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
    let server = server.with_no_client_auth().with_single_cert(vec![certificate.clone()], key).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(server));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/Appointment/a", listener.local_addr().unwrap());
    let seen = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = acceptor.accept(stream).await.unwrap();
        let mut bytes = Vec::new();
        while !bytes.windows(4).any(|window| window == b"\r\n\r\n") {
            let mut chunk = [0; 4096];
            let count = stream.read(&mut chunk).await.unwrap();
            bytes.extend_from_slice(&chunk[..count]);
        }
        stream.write_all(OK).await.unwrap();
        stream.flush().await.unwrap();
        // Open until the client goes.
        let _ = stream.read(&mut [0; 1]).await;
        String::from_utf8(bytes).unwrap()
    });
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let tls = tls.with_root_certificates(roots).with_no_client_auth();
    let route = Route { proxies: None, tls: Some(std::sync::Arc::new(tls)) };
    let response = verbatim::send(&route, &outgoing(url)).await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    drop(response);
    let seen = seen.await.unwrap();
    assert!(seen.starts_with("PATCH /Appointment/a HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains("\r\nIF-MATCH: W/\"1\"\r\n"), "{seen}");
    assert!(!seen.to_lowercase().contains("accept"), "{seen}");
}
