//! Whole runs against hostile targets: none needs more than 300 MiB, and each ends within its deadline and five seconds.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::hostile::{ENDLESS, Row, TABLE, Target, report};
use super::program::{Out, Program, Ran, Served, patchproof};
use super::relay::{Relay, Whole};

/// What a run may have in memory, in KiB.
const MOST_MEMORY: u32 = 300 * 1024;

/// Seconds that a run may last. A busy machine may need more than the first for what is no waiting, so the next is tried.
const DEADLINES: [u64; 3] = [5, 20, 60];
const GRACE: Duration = Duration::from_secs(5);

/// How a target with all that the documents ask for makes itself heavy.
type Burden = (&'static str, fn(Whole) -> Whole);

const BURDENS: &[Burden] = &[
    ("heads of 390 KB", |(head, body)| (with_lines(head, 24, 16_000), body)),
    ("bodies of 100 KB", |(head, body)| (head, padded(&body, |pad| pad.push_str(&"z".repeat(100_000))))),
    ("dates of every kind", far_dates),
];

fn with_lines(head: String, count: usize, length: usize) -> String {
    (0..count).fold(head, |head, line| format!("{head}\r\nx-{line}: {}", "y".repeat(length)))
}

/// A JSON object with one more member, of what `fill` writes into its text.
fn padded(body: &[u8], fill: impl Fn(&mut String)) -> Vec<u8> {
    match String::from_utf8(body.to_vec()) {
        Ok(mut text) if text.ends_with('}') => {
            text.pop();
            text.push_str(",\"zzz\":\"");
            fill(&mut text);
            text.push_str("\"}");
            text.into_bytes()
        }
        Ok(_) | Err(_) => body.to_vec(),
    }
}

/// Years that no clock shows, wherever a date may stand.
fn far_dates((head, body): Whole) -> Whole {
    let lines = head.lines().map(|line| match line.split_once(':').map(|(name, _)| name.to_ascii_lowercase()) {
        Some(name) if name == "date" => "date: Fri, 31 Dec 9999 23:59:59 GMT".to_owned(),
        Some(name) if name == "last-modified" => "last-modified: Sat, 01 Jan 10000 00:00:00 GMT".to_owned(),
        Some(_) | None => line.to_owned(),
    });
    let head = lines.collect::<Vec<_>>().join("\r\n") + "\r\nexpires: Thu, 01 Jan -0001 00:00:00 GMT";
    let text = String::from_utf8_lossy(&body).into_owned();
    let Ok(mut value) = serde_json::from_str::<serde_json::Value>(&text) else { return (head, body) };
    if !value.is_object() {
        return (head, body);
    }
    value["start"] = "9999-12-31T23:59:59.999Z".into();
    value["end"] = "99999-01-01T00:00:00Z".into();
    value["created"] = "-9999-01-01".into();
    value["meta"]["lastUpdated"] = "9999-12-31T23:59:60-23:59".into();
    (head, value.to_string().into_bytes())
}

#[test]
pub(super) fn a_run_against_a_hostile_target_is_small_and_ends_in_time() {
    let rows: Vec<&Row> = TABLE.iter().chain(ENDLESS).collect();
    report(&rows, |(name, until, script, _, _)| {
        let target = Target::start(*until, *script);
        complaint(name, target.file.to_str().unwrap())
    });
}

#[test]
pub(super) fn a_run_against_a_heavy_target_is_small_and_its_record_can_be_read() {
    let server = Served::start(&[]);
    for (name, burden) in BURDENS {
        let relay = Relay::changing(server.port(), |_| {}, *burden);
        let out = Out::new(&format!("small-{}", name.replace(' ', "-")));
        let (url, cases) = (relay.url(), ["--cases", "5", "--rounds", "1"]);
        let run = [&["run", "-q", "--target", &url, "--out", out.path()][..], &cases].concat();
        let (code, peak) = measured(&run);
        assert!(matches!(code, Some(0 | 1 | 4)), "{name}: {code:?}");
        assert!(relay.passed() > 50, "{name}: {} requests", relay.passed());
        assert!(peak > 0 && peak <= MOST_MEMORY, "{name}: {peak} KiB");
        patchproof(&["verify", out.path()]).ends_with(0);
    }
}

/// Runs the program; gives its exit code, and the most memory that the system saw it have, in KiB.
fn measured(arguments: &[&str]) -> (Option<i32>, u32) {
    const LOOK: Duration = Duration::from_millis(5);
    let mut running = Program::new(arguments).0.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let (status, mut peak) = (format!("/proc/{}/status", running.id()), 0);
    loop {
        // The mark only rises, and what is last seen of it is that of a process about to end.
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let mark = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB"));
        peak = mark.and_then(|mark| mark.trim().parse().ok()).unwrap_or(peak);
        if let Some(ended) = running.try_wait().unwrap() {
            return (ended.code(), peak);
        }
        std::thread::park_timeout(LOOK);
    }
}

/// What is wrong with a run against a target, if anything, however much time it gets.
fn complaint(name: &str, target: &str) -> Option<String> {
    let mut complaints = Vec::new();
    for seconds in DEADLINES {
        let deadline = seconds.to_string();
        let begin = Instant::now();
        let run = ["run", "-q", "--target", target, "--deadline", &deadline, "--timeout", "300"];
        let ran = Program::small(&run, MOST_MEMORY).run();
        let took = begin.elapsed();
        if !is_sound(&ran) {
            return Some(format!("{name}: {:?}\n{}\n{}", ran.code, ran.stdout, ran.stderr));
        }
        if took <= Duration::from_secs(seconds) + GRACE {
            return None;
        }
        complaints.push(format!("{name}: {took:?} with a deadline of {seconds} s"));
    }
    Some(complaints.join("\n"))
}

fn is_sound(ran: &Ran) -> bool {
    let printed = format!("{}{}", ran.stdout, ran.stderr);
    matches!(ran.code, Some(0 | 1 | 3 | 4)) && !printed.contains("panicked") && !printed.contains("memory allocation")
}
