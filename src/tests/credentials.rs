//! Credentials that die, or seem to, in the middle of a run: a relay in front of the reference server rejects them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::program::{Out, Served, patchproof};

const DENIED: &str = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nContent-Length: 0\r\n\r\n";

/// A relay that rejects the requests for which `denies` holds, of their number among those with the right token.
fn relay(upstream: u16, denies: impl Fn(usize) -> bool + Send + Sync + 'static) -> u16 {
    let count = AtomicUsize::new(0);
    relay_by_head(upstream, move |head| {
        let ours = head.contains("Bearer sesame") && !head.contains("/metadata ");
        ours && denies(count.fetch_add(1, Ordering::SeqCst))
    })
}

/// A relay that rejects the requests whose head is denied.
pub(super) fn relay_by_head(upstream: u16, denies: impl Fn(&str) -> bool + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let denies = Arc::new(denies);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let denies = denies.clone();
            std::thread::spawn(move || pass(stream, upstream, &*denies));
        }
    });
    port
}

/// Passes on the requests of one connection, each on another connection behind it.
fn pass(stream: TcpStream, upstream: u16, denies: &dyn Fn(&str) -> bool) -> Option<()> {
    let mut writer = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let lower = head.to_ascii_lowercase();
        let length = lower.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        let mut body = Vec::new();
        reader.by_ref().take(length.unwrap_or(0)).read_to_end(&mut body).ok()?;
        if denies(&head) {
            writer.write_all(DENIED.as_bytes()).ok()?;
            continue;
        }
        let mut behind = TcpStream::connect((Ipv4Addr::LOCALHOST, upstream)).ok()?;
        let head = head.replacen("\r\n", "\r\nConnection: close\r\n", 1);
        behind.write_all(&[head.as_bytes(), &body].concat()).ok()?;
        std::io::copy(&mut behind, &mut writer).ok()?;
        return None;
    }
}

fn run(port: u16, out: &Out, arguments: &[&str]) -> (i32, String, Value) {
    let url = format!("http://127.0.0.1:{port}/r4");
    let header = "Authorization: Bearer sesame";
    let fixed = ["run", "--target", &url, "--edition", "fhir-r4", "--header", header, "--out", out.path()];
    let ran = patchproof(&[&fixed, arguments].concat());
    (ran.code.unwrap(), ran.stderr, out.record())
}

/// How many requests of a record got 401 though they carried the token of the run.
fn denied(record: &Value) -> Vec<&Value> {
    let of = |exchange: &&Value| {
        let received = &exchange["response"]["received"];
        received["status"] == 401
            && exchange["request"]["headers"].to_string().to_ascii_lowercase().contains("authorization")
    };
    record["exchanges"].as_array().unwrap().iter().filter(of).collect()
}

#[test]
fn one_rejection_of_the_credentials_is_asked_again_and_nothing_fails() {
    let server = Served::start(&["--edition", "fhir-r4", "--token", "sesame"]);
    let out = Out::new("blinks");
    let port = relay(server.port(), |number| number % 60 == 59);
    let (code, stderr, record) = run(port, &out, &["--cases", "1"]);
    assert!(denied(&record).len() > 3, "{}", denied(&record).len());
    let failed = record["cases"].as_array().unwrap().iter().filter(|case| case["verdict"] == "fail");
    assert_eq!(failed.map(|case| &case["id"]).collect::<Vec<_>>(), Vec::<&Value>::new());
    assert!(matches!(code, 0 | 4), "{code}: {stderr}");
    assert_ne!(record["summary"]["verdict"], "not-conformant");
}

#[test]
fn credentials_that_die_end_the_run_with_3_and_the_request_wherever_it_happens() {
    let server = Served::start(&["--edition", "fhir-r4", "--token", "sesame"]);
    let port = server.port();
    // In the lanes, in the races, and in the generated sequences.
    for (after, arguments) in [(40, &[][..]), (25, &["race/"]), (30, &["sequences/"])] {
        let out = Out::new(&format!("dies-{after}"));
        let (code, stderr, record) = run(relay(port, move |number| number >= after), &out, arguments);
        assert_eq!(code, 3, "{arguments:?}\n{stderr}");
        assert!(stderr.contains("/Appointment") && stderr.contains("got 401 twice in a row"), "{stderr}");
        assert_eq!(record["summary"]["exit_code"], 3);
        assert!(record["summary"]["reason"].as_str().unwrap().contains("401 twice in a row"), "{}", record["summary"]);
        assert_ne!(record["summary"]["verdict"], "not-conformant", "{}", record["summary"]);
        // What was under way on other lanes is asked again too, and then nothing more.
        assert!(denied(&record).len() <= 40, "{arguments:?}: {}", denied(&record).len());
    }
}
