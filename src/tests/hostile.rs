//! Hostile and broken targets over raw sockets: no hang, no panic, bounded memory, and the right exit code with a reason.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

/// What the harness may have in memory, in KiB.
const MOST_MEMORY: u32 = 256 * 1024;
/// A run that lasts longer hangs; none comes near it, on the busiest machine.
const PATIENCE: Duration = Duration::from_secs(900);
/// Seconds that no request comes near unless the target never ends its response.
const AMPLE: &str = "300";
/// Seconds a request may take where the target never ends its response: it is the program that gives up. A busy machine
/// may need more than the first for what the target does well, so the next is tried before the row fails.
const TIMEOUTS: [&str; 3] = ["0.3", "5", "50"];

/// Up to where the target behaves.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub(super) enum Until {
    /// Not at all.
    Never,
    /// It describes itself.
    Read,
    /// It lets appointments be read.
    Patch,
}

pub(super) type Script = fn(&mut TcpStream);

/// The words of a run in which a MUST is broken, and of one in which a MUST is undecided.
const BAD: &str = "not conformant";
const VAGUE: &str = "incomplete";

/// What a target does, from when on, the exit code it must lead to, and words that must be printed.
pub(super) type Row = (&'static str, Until, Script, i32, &'static str);

/// Targets whose responses end only when the client gives up.
pub(super) const ENDLESS: &[Row] = &[
    ("never answers", Until::Never, wait, 3, "got no HTTP response"),
    (
        "sends interim answers without end",
        Until::Never,
        |out| flood(out, b"", b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"),
        3,
        "got no HTTP response",
    ),
    ("reads are dripped", Until::Read, drip, 4, VAGUE),
    ("patches are never answered", Until::Patch, wait, 4, VAGUE),
    ("patches are dripped", Until::Patch, drip, 4, VAGUE),
];

/// Targets whose responses end, or that send more than the client takes.
pub(super) const TABLE: &[Row] = &[
    ("closes at once", Until::Never, |_| {}, 3, "got no HTTP response"),
    ("speaks another protocol", Until::Never, |out| say(out, b"SSH-2.0-OpenSSH_9.2\r\n"), 3, "got no HTTP response"),
    ("sends an endless status line", Until::Never, |out| flood(out, b"HTTP/1.1 200 ", b"O"), 3, "got no HTTP response"),
    (
        "sends headers without end",
        Until::Never,
        |out| flood(out, b"HTTP/1.1 200 OK\r\n", b"x: y\r\n"),
        3,
        "got no HTTP response",
    ),
    (
        "sends one header without end",
        Until::Never,
        |out| flood(out, b"HTTP/1.1 200 OK\r\nx: ", b"y"),
        3,
        "got no HTTP response",
    ),
    (
        "has NUL in a header",
        Until::Never,
        |out| say(out, b"HTTP/1.1 200 OK\r\nx: a\0b\r\ncontent-length: 0\r\n\r\n"),
        3,
        "got no HTTP response",
    ),
    (
        "is a web page",
        Until::Never,
        |out| answer(out, "200 OK", "content-type: text/html\r\n", b"<html><script>alert(1)</script>"),
        3,
        "page of markup",
    ),
    (
        "points elsewhere",
        Until::Never,
        |out| answer(out, "302 Found", "location: http://127.0.0.1:9/else\r\n", b""),
        3,
        "redirects are not followed",
    ),
    ("describes itself without end", Until::Never, |out| flood(out, OPEN, b"[[],"), 3, "longer than patchproof keeps"),
    ("describes itself deeply", Until::Never, |out| json(out, &[b'['; 100_000]), 3, "nested deeper"),
    ("is no UTF-8", Until::Never, |out| json(out, b"{\"resourceType\":\"\xff\xfe\"}"), 3, "not UTF-8"),
    (
        "reads are cut off",
        Until::Read,
        |out| say(out, b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"res"),
        4,
        VAGUE,
    ),
    (
        "reads are too long for their length",
        Until::Read,
        |out| say(out, b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}{}{}{}"),
        4,
        VAGUE,
    ),
    ("reads are reset", Until::Read, reset, 4, VAGUE),
    ("reads have no end", Until::Read, |out| flood(out, OPEN, b"{\"status\":\"booked\"},"), 4, VAGUE),
    ("reads are a bomb", Until::Read, bomb, 4, VAGUE),
    ("reads are deep", Until::Read, |out| json(out, "{\"a\":".repeat(100_000).as_bytes()), 4, VAGUE),
    (
        "reads have members twice and huge numbers",
        Until::Read,
        |out| json(out, b"{\"status\":1e999999,\"status\":123456789012345678901234567890,\"status\":\"lost\"}"),
        4,
        VAGUE,
    ),
    (
        "reads point elsewhere",
        Until::Read,
        |out| answer(out, "307 Temporary Redirect", "location: http://127.0.0.1:9/x\r\n", b""),
        4,
        VAGUE,
    ),
    (
        "reads never stop moving on",
        Until::Read,
        |out| answer(out, "301 Moved Permanently", "location: /r4/Appointment/1\r\n", b""),
        4,
        VAGUE,
    ),
    // A plain PATCH without a response, or with one that is no HTTP, as often as it is sent, has failed (design section 4.7).
    ("patches are reset", Until::Patch, reset, 1, BAD),
    ("patches are answered with garbage", Until::Patch, |out| say(out, b"\x00\x01\x02\x03\r\n\r\n"), 1, BAD),
    (
        "patches are answered with a length and chunks",
        Until::Patch,
        |out| say(out, b"HTTP/1.1 412 No\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
        1,
        BAD,
    ),
    ("patches are 204 with a body", Until::Patch, |out| answer(out, "204 No Content", "", b"{\"x\":1}"), 1, BAD),
    (
        "patches are answered twice",
        Until::Patch,
        |out| say(out, b"HTTP/1.1 412 No\r\ncontent-length: 0\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
        1,
        BAD,
    ),
    (
        "patches are answered with two lengths",
        Until::Patch,
        |out| say(out, b"HTTP/1.1 412 No\r\ncontent-length: 3\r\ncontent-length: 7\r\n\r\nabcdefg"),
        1,
        BAD,
    ),
    (
        "patches are answered with everything twice",
        Until::Patch,
        |out| {
            answer(
                out,
                "200 OK",
                "etag: W/\"1\"\r\netag: W/\"2\"\r\ndate: x\r\ndate: y\r\ncontent-type: a\r\ncontent-type: b\r\n",
                b"{}",
            )
        },
        1,
        BAD,
    ),
    (
        "patches are answered with scripts",
        Until::Patch,
        |out| {
            let script = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>\u{1b}[31m";
            let body = format!(
                "{{\"resourceType\":\"OperationOutcome\",\"issue\":[{{\"severity\":\"{0}\",\"code\":\"{0}\"}}]}}",
                script.replace('"', "\\\"").replace('\u{1b}', "\\u001b")
            );
            answer(
                out,
                "422 <script>",
                &format!("content-type: application/fhir+json\r\netag: {}\r\n", script.replace('\u{1b}', "")),
                body.as_bytes(),
            );
        },
        1,
        BAD,
    ),
    ("patches are a bomb", Until::Patch, bomb, 1, BAD),
    (
        "patches point elsewhere",
        Until::Patch,
        |out| answer(out, "307 Temporary Redirect", "location: http://127.0.0.1:9/x\r\n", b""),
        1,
        BAD,
    ),
    ("patches are answered 999", Until::Patch, |out| answer(out, "999 Odd", "", b""), 1, BAD),
];

const OPEN: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/fhir+json\r\ntransfer-encoding: identity\r\n\r\n[";
const FILTERS: [&str; 2] = ["if-match/missing", "transitions/booked-to-cancelled"];

#[test]
pub(super) fn hostile_targets_are_survived_and_named() {
    report(TABLE, |row| complaint(row, AMPLE));
}

#[test]
pub(super) fn targets_that_never_end_a_response_are_given_up() {
    report(ENDLESS, |row| {
        let complaints: Vec<String> = TIMEOUTS.iter().map_while(|timeout| complaint(row, timeout)).collect();
        (complaints.len() == TIMEOUTS.len()).then(|| complaints.join("\n"))
    });
}

#[test]
pub(super) fn a_whole_run_against_endless_responses_stays_small() {
    let target = Target::start(Until::Patch, |out| flood(out, OPEN, b"{\"status\":\"booked\"},"));
    let (code, printed) = target.run(&["--max-requests=100"], AMPLE);
    assert!(matches!(code, 1 | 4), "exit code {code}\n{printed}");
}

#[test]
pub(super) fn a_redirect_is_never_followed() {
    static ELSEWHERE: std::sync::OnceLock<u16> = std::sync::OnceLock::new();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    ELSEWHERE.set(other.local_addr().unwrap().port()).unwrap();
    let visits = Arc::new(AtomicUsize::new(0));
    let seen = visits.clone();
    std::thread::spawn(move || {
        other.incoming().for_each(|_| {
            let _ = seen.fetch_add(1, Ordering::SeqCst);
        })
    });
    for until in [Until::Never, Until::Read, Until::Patch] {
        let target = Target::start(until, |out| {
            let place = format!("location: http://127.0.0.1:{}/r4/Appointment/1\r\n", ELSEWHERE.get().unwrap());
            answer(out, "308 Permanent Redirect", &place, b"");
        });
        target.run(&FILTERS, AMPLE);
    }
    assert_eq!(visits.load(Ordering::SeqCst), 0, "somebody followed the redirect");
}

/// Holds every row against what it must lead to, four at a time, and fails with all complaints.
pub(super) fn report<R: Sync>(rows: &[R], complaint: impl Fn(&R) -> Option<String> + Sync) {
    let complaint = &complaint;
    let failures: Vec<String> = std::thread::scope(|scope| {
        let parts = rows.chunks(rows.len().div_ceil(4));
        let waiting: Vec<_> =
            parts.map(|part| scope.spawn(move || part.iter().filter_map(complaint).collect::<Vec<_>>())).collect();
        waiting.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n\n"));
}

/// What is wrong with one row, if anything.
fn complaint((name, until, script, code, words): &Row, timeout: &str) -> Option<String> {
    let target = Target::start(*until, *script);
    let (found, printed) = target.run(&FILTERS, timeout);
    let sound =
        found == *code && printed.contains(words) && !printed.contains("panicked") && !printed.contains('\u{1b}');
    (!sound)
        .then(|| format!("{name}, {timeout} s each: expected exit code {code} and `{words}`, found {found}\n{printed}"))
}

/// A target on a port that the system chose, and the file that describes it.
pub(super) struct Target {
    pub(super) file: PathBuf,
}

impl Target {
    pub(super) fn start(until: Until, script: Script) -> Target {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                std::thread::spawn(move || serve(stream, until, script));
            }
        });
        let ids: Vec<String> = (1..=40).map(|id| format!("'{id}'")).collect();
        let text = format!(
            "base-url: http://127.0.0.1:{port}/r4\nedition: 2019-05\ncreate: false\nfixtures:\n  booked: [{}]\n",
            ids.join(", ")
        );
        let file = std::env::temp_dir().join(format!("patchproof-hostile-{}.yaml", uuid::Uuid::new_v4()));
        std::fs::write(&file, text).unwrap();
        Target { file }
    }

    /// Runs the program against this target, with so many seconds for each request.
    fn run(&self, arguments: &[&str], timeout: &str) -> (i32, String) {
        let target = format!("--target={}", self.file.display());
        let timeout = format!("--timeout={timeout}");
        patchproof(&[&[target.as_str(), &timeout], arguments].concat())
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

/// Runs the program with little memory; gives the exit code and all that was printed.
fn patchproof(arguments: &[&str]) -> (i32, String) {
    let limited = format!("ulimit -d {MOST_MEMORY} && exec \"$0\" run \"$@\"");
    let mut child = Command::new("/bin/sh")
        .args(["-c", &limited, env!("CARGO_BIN_EXE_patchproof")])
        .args(arguments)
        .env_remove("PATCHPROOF_TARGET")
        .env_remove("PATCHPROOF_EDITION")
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (sender, printed) = mpsc::channel();
    read_to_end(child.stdout.take().unwrap(), sender.clone());
    read_to_end(child.stderr.take().unwrap(), sender);
    let mut text = String::new();
    for _ in 0..2 {
        let Ok(part) = printed.recv_timeout(PATIENCE) else {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{arguments:?} hangs");
        };
        text += &part;
    }
    (child.wait().unwrap().code().unwrap_or(-1), text)
}

fn read_to_end(mut pipe: impl std::io::Read + Send + 'static, sender: mpsc::Sender<String>) {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        sender.send(String::from_utf8_lossy(&bytes).into_owned())
    });
}

/// One request a connection: what the target does well first, then the script.
fn serve(mut stream: TcpStream, until: Until, script: Script) {
    let Some(head) = request(&mut stream) else { return };
    let read = head.starts_with("GET /r4/Appointment/");
    if until > Until::Never && head.starts_with("GET /r4/metadata") {
        json(&mut stream, b"{\"resourceType\":\"CapabilityStatement\"}");
    } else if until == Until::Patch && read {
        let id = head.trim_start_matches("GET /r4/Appointment/").split(' ').next().unwrap();
        let body = format!(
            "{{\"resourceType\":\"Appointment\",\"id\":\"{id}\",\"meta\":{{\"versionId\":\"1\"}},\"status\":\"booked\"}}"
        );
        answer(&mut stream, "200 OK", "content-type: application/fhir+json\r\netag: W/\"1\"\r\n", body.as_bytes());
    } else {
        script(&mut stream);
    }
    let _ = stream.shutdown(Shutdown::Write);
    // What the client still sends is read until it closes, so that the connection is not reset before it has read all.
    let _ = stream.set_read_timeout(None);
    let _ = std::io::copy(&mut stream, &mut std::io::sink());
}

/// Reads a request to its end and gives its head.
fn request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        let count = stream.read(&mut part).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&part[..count]);
        let Some(end) = bytes.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse::<usize>().ok());
        if bytes.len() >= end + 4 + length.unwrap_or(0) {
            return Some(head);
        }
    }
}

fn say(stream: &mut TcpStream, bytes: &[u8]) {
    let _ = stream.write_all(bytes);
}

pub(super) fn answer(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) {
    say(
        stream,
        format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n", body.len()).as_bytes(),
    );
    say(stream, body);
}

pub(super) fn json(stream: &mut TcpStream, body: &[u8]) {
    answer(stream, "200 OK", "content-type: application/fhir+json\r\netag: W/\"1\"\r\n", body);
}

/// Sends a beginning, and then the same again until nobody listens.
pub(super) fn flood(stream: &mut TcpStream, first: &[u8], again: &[u8]) {
    say(stream, first);
    let many = again.repeat(16 * 1024 / again.len());
    while stream.write_all(&many).is_ok() {}
}

/// Says nothing until the client goes away.
pub(super) fn wait(stream: &mut TcpStream) {
    let _ = std::io::copy(stream, &mut std::io::sink());
}

/// A response of one byte every so often: each alone in time, all of them never.
fn drip(stream: &mut TcpStream) {
    say(stream, b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
    let _ = stream.set_read_timeout(Some(Duration::from_millis(50)));
    let mut byte = [0];
    // Waiting for a client that says no more is a clock that ends with it.
    while stream.write_all(b" ").is_ok() && !matches!(stream.read(&mut byte), Ok(0)) {}
}

/// Closes the connection with data unread and part of a response sent, which resets it.
fn reset(stream: &mut TcpStream) {
    say(stream, b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{");
    let _ = stream.shutdown(Shutdown::Both);
}

/// A small body that swells to 64 MiB.
fn bomb(stream: &mut TcpStream) {
    static BOMB: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    let bytes = BOMB.get_or_init(|| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let spaces = vec![b' '; 1024 * 1024];
        (0..64).for_each(|_| encoder.write_all(&spaces).unwrap());
        encoder.finish().unwrap()
    });
    answer(stream, "200 OK", "content-type: application/fhir+json\r\ncontent-encoding: gzip\r\n", bytes);
}
