//! The program from outside, given bad input: exit codes, what it says, what it sends and what it writes.
//!
//! The target is a stub that answers every request alike and counts them; nothing here leaves this machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use patchproof::plan::{Case, Role, Selection, expand};
use patchproof::suite::check::shipped;
use patchproof::suite::contract::{Edition, contract};
use serde_json::Value;

const JSON: &str = "application/fhir+json";
const HTML: &str = "text/html; charset=utf-8";
const OUTCOME: &str =
    r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"processing","diagnostics":"no"}]}"#;
const SECRET: &str = "s3cr3t-t0ken-never-to-be-seen";

// Targets that are none.

#[test]
fn a_target_where_nobody_listens_ends_with_3_and_names_the_url() {
    let url = format!("http://127.0.0.1:{}/r4", closed_port());
    let ran = patchproof(&["run", "--target", &url]);
    ran.ends_with(3).says(&url);
}

#[test]
fn a_web_page_at_the_base_url_ends_with_3_and_says_what_was_expected() {
    let stub = Stub::answering(200, HTML, "<!doctype html><title>It works!</title>");
    let ran = patchproof(&["run", "--target", &stub.url()]);
    ran.ends_with(3).says(&stub.url()).says("FHIR");
    assert_eq!(stub.requests(), 1, "nothing is sent after the first look");
}

#[test]
fn a_target_that_refuses_all_credentials_ends_with_3() {
    let stub = Stub::answering(401, JSON, OUTCOME);
    let ran = patchproof(&["run", "if-match/", "--target", &stub.url(), "--header", "Authorization: Bearer wrong"]);
    ran.ends_with(3).says("401");
}

#[test]
fn a_target_that_tells_everyone_only_what_it_offers_ends_with_3() {
    let stub = Stub::start(|head| {
        let open = head.starts_with("OPTIONS ") || head.starts_with("GET /r4/metadata ");
        (if open { 200 } else { 401 }, JSON, OUTCOME.to_owned())
    });
    let ran = patchproof(&["run", "--target", &stub.url(), "--edition", "2019-05"]);
    ran.ends_with(3).says("401").says("Authorization");
}

#[test]
fn a_fault_that_nobody_would_see_is_not_served() {
    patchproof(&["serve", "--fault", "no-challenge"]).ends_with(2).says("no-challenge").says("--token");
}

#[test]
fn https_to_a_port_without_tls_ends_with_3_and_names_the_url() {
    let stub = Stub::answering(200, JSON, "{}");
    let url = stub.url().replace("http://", "https://");
    patchproof(&["run", "--target", &url]).ends_with(3).says(&url);
    assert_eq!(stub.requests(), 0, "no request can be read from a TLS greeting");
}

// Targets that answer everything alike.

#[test]
fn a_target_that_answers_everything_alike_is_never_conformant() {
    let table = [(412, OUTCOME), (200, "{}"), (500, OUTCOME)];
    for edition in Edition::ALL {
        for (status, body) in table {
            let stub = Stub::answering(status, JSON, body);
            let out = Out::new(&format!("alike-{status}-{edition}"));
            let ran = patchproof(&[
                "run",
                "--target",
                &stub.url(),
                "--edition",
                edition.id(),
                "--quiet",
                "--out",
                out.path(),
            ]);
            assert!(
                matches!(ran.code, Some(1 | 4)),
                "{status} to everything, {edition}: exit {:?}, not 1 or 4\n{}",
                ran.code,
                ran.stderr
            );
            assert_ne!(out.record()["summary"]["verdict"], "conformant", "{status}, {edition}");
        }
    }
}

#[test]
fn a_target_that_refuses_everything_with_412_passes_no_negative_requirement() {
    for edition in Edition::ALL {
        let stub = Stub::answering(412, JSON, OUTCOME);
        let out = Out::new(&format!("refuses-everything-{edition}"));
        patchproof(&["run", "--target", &stub.url(), "--edition", edition.id(), "--quiet", "--out", out.path()]);
        let record = out.record();
        let refusals = refusals(edition);
        let verdicts: Vec<(&str, &str)> = list(&record, "cases").iter().map(id_and_verdict).collect();
        assert!(verdicts.iter().any(|(id, _)| refusals.iter().any(|own| own == id)), "no refusal was in the run");
        let green: Vec<&str> = verdicts
            .iter()
            .filter(|(id, verdict)| *verdict == "pass" && refusals.iter().any(|own| own == id))
            .map(|(id, _)| *id)
            .collect();
        assert!(green.is_empty(), "{edition}: green without a control: {green:?}");
        for requirement in list(&record, "requirements") {
            let (id, verdict) = id_and_verdict(requirement);
            let cases = requirement["cases"].as_array().unwrap();
            let negative = cases.iter().any(|case| refusals.iter().any(|own| own == case.as_str().unwrap()));
            assert!(!(negative && verdict == "pass"), "{edition}: {id} is negative and passed");
        }
    }
}

// Mistakes of the user: exit 2, before anything is sent.

#[test]
fn a_mistake_on_the_command_line_ends_with_2_and_sends_nothing() {
    let missing = scratch("no-such-folder").display().to_string();
    let table: [(&[&str], &str); 9] = [
        (&["--edition", "2031-01"], "2031-01"),
        (&["no-such-case-anywhere"], "no-such-case-anywhere"),
        (&["if-match/", "no-such-case-anywhere"], "no-such-case-anywhere"),
        (&["--requirement", "APPT-VER-99"], "APPT-VER-99"),
        (&["--requirement", "nonsense"], "nonsense"),
        (&["--scenarios", &missing], &missing),
        (&["--header", "no colon"], "colon"),
        (&["--timeout", "never"], "never"),
        (&["--no-such-option"], "--no-such-option"),
    ];
    for (arguments, word) in table {
        let stub = Stub::answering(200, JSON, "{}");
        let url = stub.url();
        let ran = patchproof(&[&["run", "--target", &url], arguments].concat());
        ran.ends_with(2).says(word);
        assert_eq!(stub.requests(), 0, "{arguments:?} sent something");
    }
}

#[test]
fn a_target_that_is_neither_url_nor_file_ends_with_2() {
    patchproof(&["run", "--target", "no-such-target.yaml"]).ends_with(2).says("no-such-target.yaml");
}

#[test]
fn an_empty_scenario_folder_ends_with_2() {
    let folder = Out::new("empty-scenarios");
    patchproof(&["run", "--scenarios", folder.path()]).ends_with(2).says(folder.path());
}

#[test]
fn malformed_yaml_is_shown_with_file_line_and_column() {
    let folder = Out::new("malformed");
    folder.write("bad.yaml", "kind: exchange\ntitle: Own\ncases:\n  - id: own/one\n    title: \"never closed\n");
    let stub = Stub::answering(200, JSON, "{}");
    let ran = patchproof(&["run", "--target", &stub.url(), "--scenarios", folder.path()]);
    ran.ends_with(2);
    assert_place(&ran.stderr, "bad.yaml");
    assert_eq!(stub.requests(), 0);
}

#[test]
fn several_mistakes_in_several_files_are_reported_at_once() {
    let folder = Out::new("several-mistakes");
    folder.write(
        "first.yaml",
        "kind: exchange\ntitle: Own\ncases:\n  - id: own/one\n    title: One\n    verifies: [APPT-VER-99]\n    fixture: booked\n    \
         steps:\n      - patch: [{ op: replace, path: /status, value: arrived }]\n        expect: accepted\n",
    );
    folder.write("second.yaml", "kind: no-such-kind\n");
    folder.write(
        "third.yaml",
        "kind: exchange\ntitle: Own\ncases:\n  - id: own/three\n    title: Three\n    verifies: [APPT-VER-04]\n    fixture: booked\n    \
         colour: green\n    steps:\n      - patch: [{ op: replace, path: /status, value: arrived }]\n        \
         expect: accepted\n",
    );
    for arguments in [vec!["run", "--scenarios", folder.path()], vec!["check", folder.path()]] {
        let ran = patchproof(&arguments);
        ran.ends_with(2).says("APPT-VER-99").says("no-such-kind").says("colour");
        for file in ["first.yaml", "second.yaml", "third.yaml"] {
            assert_place(&ran.stderr, file);
        }
    }
}

// The guard.

#[test]
fn a_host_that_is_not_this_machine_is_refused_with_6_and_nothing_is_sent() {
    // Should the guard fail, the request goes to the stub as a proxy, is counted, and still leaves this machine alone.
    let stub = Stub::answering(200, HTML, "<p>a proxy</p>");
    let ran = Program::new(&["run", "--target", "http://192.0.2.1/r4", "--timeout", "2"]).through(&stub).run();
    ran.ends_with(6).says("192.0.2.1").says("writes: allow");
    assert_eq!(stub.requests(), 0);
}

#[test]
fn a_target_file_without_writes_is_refused_like_a_url() {
    let folder = Out::new("guard-file");
    folder.write("target.yaml", "base-url: http://192.0.2.1/r4\nfixtures:\n  booked: ['1']\n");
    let stub = Stub::answering(200, HTML, "<p>a proxy</p>");
    let file = format!("{}/target.yaml", folder.path());
    Program::new(&["run", "--target", &file, "--timeout", "2"]).through(&stub).run().ends_with(6);
    assert_eq!(stub.requests(), 0);
}

// How it ends.

#[test]
fn the_record_holds_the_code_the_process_ends_with() {
    let silent = Stub::answering(401, JSON, OUTCOME);
    let silent_url = silent.url();
    let fault = ["if-match/missing", "--fault", "accept-missing-if-match"];
    let snapshots = Out::new("ends-snapshots");
    patchproof(&["run", "if-match/missing", "--snapshots", "accept", "--snapshot-dir", snapshots.path()]).ends_with(4);
    let drift = ["--snapshot-dir", snapshots.path(), "--fail-on-drift", "--variant", "refusals-without-body"];
    let table: [(i32, Vec<&str>); 5] = [
        (0, vec!["--cases", "1"]),
        (1, fault.to_vec()),
        (1, [&["if-match/missing"], &drift[..]].concat()),
        (3, vec!["if-match/", "--target", &silent_url]),
        (4, vec!["--max-requests", "5"]),
    ];
    for (number, (code, arguments)) in table.into_iter().enumerate() {
        let out = Out::new(&format!("ends-{number}"));
        let ran = patchproof(&[&["run", "--quiet", "--out", out.path()][..], &arguments].concat());
        assert_eq!((ran.code, out.ends_with()), (Some(code), code), "{arguments:?}\n{}", ran.stderr);
        patchproof(&["verify", out.path()]).ends_with(0);
    }
}

#[test]
fn an_interrupted_run_ends_with_130_and_so_does_its_record() {
    let child = Arc::new(AtomicUsize::new(0));
    let (process, sent) = (child.clone(), AtomicUsize::new(0));
    let stub = Stub::start(move |_| {
        if sent.fetch_add(1, Ordering::Relaxed) == 20 {
            while process.load(Ordering::Relaxed) == 0 {
                std::thread::yield_now();
            }
            let kill = format!("kill -INT {}", process.load(Ordering::Relaxed));
            assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        }
        (200, JSON, "{}".to_owned())
    });
    let out = Out::new("ends-interrupted");
    let mut running = Program::new(&["run", "--quiet", "--target", &stub.url(), "--jobs", "1", "--out", out.path()])
        .0
        .spawn()
        .unwrap();
    child.store(running.id() as usize, Ordering::Relaxed);
    assert_eq!((running.wait().unwrap().code(), out.ends_with()), (Some(130), 130));
    patchproof(&["verify", out.path()]).ends_with(0);
}

#[test]
fn a_run_that_sends_nothing_leaves_no_record() {
    let elsewhere = ["run", "--target", "http://192.0.2.1/r4"];
    for (code, arguments) in [(2, &["run", "no/such/case"][..]), (6, &elsewhere)] {
        let out = Out::new(&format!("ends-unsent-{code}"));
        patchproof(&[arguments, &["--out", out.path()]].concat()).ends_with(code);
        assert!(!out.files().contains(&"run.json".to_owned()));
    }
}

// What is written.

#[test]
fn the_schema_is_valid_json() {
    let ran = patchproof(&["schema"]);
    ran.ends_with(0);
    let schema: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(schema.is_object());
}

#[test]
fn a_spent_request_budget_ends_with_4_and_the_record_says_so() {
    let out = Out::new("budget");
    let ran = patchproof(&["run", "--max-requests", "5", "--out", out.path()]);
    ran.ends_with(4);
    let record = out.record();
    assert!(list(&record, "exchanges").len() <= 5, "more than five requests were sent");
    assert_eq!(record["summary"]["exit_code"], 4);
    let told = list(&record, "not_run").iter().filter(|own| own["reason"].as_str().unwrap().contains("--max-requests"));
    assert!(told.count() > 0, "no case says that the budget was spent");
}

#[test]
fn a_record_is_written_whole_with_its_reports_alone_beside_it() {
    let out = Out::new("whole");
    patchproof(&["run", "if-match/", "--quiet", "--out", out.path()]);
    let record = out.record();
    for part in ["schema", "tool", "edition", "target", "contract", "summary", "requirements", "cases", "exchanges"] {
        assert!(!record[part].is_null(), "the record has no `{part}`");
    }
    assert_eq!(record["schema"], "patchproof/run/3");
    let usual =
        ["badge.json", "junit.xml", "report.html", "requirements.csv", "run.json", "summary.md", "testreport.json"];
    assert_eq!(out.files(), usual, "nothing half-written is left beside them");
}

#[test]
fn a_run_that_could_not_begin_leaves_an_earlier_record_alone() {
    let out = Out::new("earlier");
    out.write("run.json", "{}");
    let url = format!("http://127.0.0.1:{}", closed_port());
    patchproof(&["run", "--target", &url, "--out", out.path()]).ends_with(3);
    assert_eq!(out.files(), ["run.json"]);
    assert_eq!(out.record(), serde_json::json!({}));
}

#[test]
fn a_secret_given_by_header_is_shown_and_recorded_nowhere() {
    let kind = Stub::answering(200, JSON, "{}");
    let refusing = Stub::answering(401, JSON, OUTCOME);
    let silent = format!("http://127.0.0.1:{}", closed_port());
    for (number, target) in [None, Some(kind.url()), Some(refusing.url()), Some(silent)].into_iter().enumerate() {
        assert_secret_is_kept(&format!("secret-{number}"), target.as_deref());
    }
}

#[test]
fn a_secret_that_the_target_sends_back_is_shown_and_recorded_nowhere() {
    // As a gateway does that is set up for debugging.
    let gossip = Stub::start(|head| {
        let echo = serde_json::to_string(head).unwrap();
        (400, JSON, format!(r#"{{"resourceType":"OperationOutcome","issue":[{{"diagnostics":{echo}}}]}}"#))
    });
    assert_secret_is_kept("secret-echoed", Some(&gossip.url()));
}

fn assert_secret_is_kept(name: &str, target: Option<&str>) {
    let out = Out::new(name);
    let (header, own) = (format!("Authorization: Bearer {SECRET}"), format!("X-Api-Key: {SECRET}"));
    let mut arguments =
        vec!["run", "if-match/", "--verbose", "--header", &header, "--header", &own, "--out", out.path()];
    arguments.extend(target.iter().flat_map(|url| ["--target", url]));
    let ran = patchproof(&arguments);
    let place = target.unwrap_or("the reference server");
    assert!(!ran.stdout.contains(SECRET), "on standard output, with {place}");
    assert!(!ran.stderr.contains(SECRET), "on standard error, with {place}");
    for file in out.files() {
        let text = fs::read_to_string(out.0.join(&file)).unwrap();
        assert!(!text.contains(SECRET), "in {file}, with {place}");
    }
}

#[test]
fn a_secret_in_a_malformed_header_option_is_not_repeated() {
    let ran = patchproof(&["run", "--header", &format!("Author ization: Bearer {SECRET}")]);
    ran.ends_with(2);
    assert!(!ran.stderr.contains(SECRET), "{}", ran.stderr);
}

// What the tests share.

/// What the program did.
struct Ran {
    arguments: String,
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn ends_with(&self, code: i32) -> &Ran {
        assert_eq!(self.code, Some(code), "patchproof {}\n{}\n{}", self.arguments, self.stdout, self.stderr);
        self
    }

    fn says(&self, word: &str) -> &Ran {
        assert!(self.stderr.contains(word), "patchproof {}: no `{word}` in\n{}", self.arguments, self.stderr);
        self
    }
}

fn patchproof(arguments: &[&str]) -> Ran {
    Program::new(arguments).run()
}

/// The program before it starts.
struct Program(Command);

impl Program {
    fn new(arguments: &[&str]) -> Program {
        let mut command = Command::new(env!("CARGO_BIN_EXE_patchproof"));
        command.args(arguments).stdin(Stdio::null());
        for name in ["PATCHPROOF_TARGET", "PATCHPROOF_EDITION", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        Program(command)
    }

    fn through(mut self, proxy: &Stub) -> Program {
        for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
            self.0.env(name, proxy.url());
        }
        self.0.env_remove("no_proxy").env_remove("NO_PROXY");
        self
    }

    fn run(mut self) -> Ran {
        let output = self.0.output().unwrap();
        let arguments: Vec<_> = self.0.get_args().map(|own| own.to_string_lossy().into_owned()).collect();
        Ran {
            arguments: arguments.join(" "),
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// A folder of one test, empty at first.
struct Out(PathBuf);

impl Out {
    fn new(name: &str) -> Out {
        let path = scratch(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Out(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The exit code in the record.
    fn ends_with(&self) -> i32 {
        i32::try_from(self.record()["summary"]["exit_code"].as_i64().unwrap()).unwrap()
    }

    fn record(&self) -> Value {
        let bytes = fs::read(self.0.join("run.json")).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }
}

fn scratch(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cli").join(name)
}

/// A port on which nobody listens: it was free a moment ago.
fn closed_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn list<'a>(record: &'a Value, name: &str) -> &'a [Value] {
    record[name].as_array().unwrap()
}

fn id_and_verdict(entry: &Value) -> (&str, &str) {
    (entry["id"].as_str().unwrap(), entry["verdict"].as_str().unwrap())
}

/// The ids of the cases in which everything sent must be refused.
fn refusals(edition: Edition) -> Vec<String> {
    let contract = contract().unwrap();
    let catalogue = shipped(contract).unwrap_or_else(|error| panic!("{error:?}"));
    let cases = expand(&catalogue, contract, edition, &Selection::default()).unwrap().cases;
    let refusals = cases.iter().filter_map(Case::stepwise).filter(|case| case.role == Role::Refusal);
    refusals.map(|case| case.head.id.0.clone()).collect()
}

/// Asserts that a text names a place in a file, as `file:line:column`.
fn assert_place(text: &str, file: &str) {
    let marker = format!("{file}:");
    let placed = text.match_indices(&marker).any(|(start, _)| {
        let mut parts = text[start + marker.len()..].split(':');
        let number = |part: Option<&str>| {
            part.is_some_and(|part| part.bytes().next().is_some_and(|byte| byte.is_ascii_digit() && byte != b'0'))
        };
        number(parts.next()) && number(parts.next())
    });
    assert!(placed, "no {file}:line:column in\n{text}");
}

/// A server that gives every request the same kind of answer, and counts them; dropping it stops it.
struct Stub {
    port: u16,
    requests: Arc<AtomicUsize>,
    stopped: Arc<AtomicBool>,
}

impl Stub {
    fn answering(status: u16, content_type: &'static str, body: &'static str) -> Stub {
        Stub::start(move |_| (status, content_type, body.to_owned()))
    }

    /// Answers by the text of a request's head.
    fn start(answer: impl Fn(&str) -> (u16, &'static str, String) + Send + Sync + 'static) -> Stub {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let stub =
            Stub { port: listener.local_addr().unwrap().port(), requests: Arc::default(), stopped: Arc::default() };
        let (requests, stopped, answer) = (stub.requests.clone(), stub.stopped.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (requests, answer) = (requests.clone(), answer.clone());
                std::thread::spawn(move || converse(stream, &requests, &*answer));
            }
        });
        stub
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn requests(&self) -> usize {
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

/// Answers one connection's requests until it closes. What is not HTTP is neither answered nor counted.
fn converse(stream: TcpStream, requests: &AtomicUsize, answer: &dyn Fn(&str) -> (u16, &'static str, String)) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
    let Ok(mut writer) = stream.try_clone() else { return };
    let mut reader = BufReader::new(stream);
    while let Some(head) = read_head(&mut reader) {
        requests.fetch_add(1, Ordering::Relaxed);
        let (status, content_type, body) = answer(&head);
        let length = body.len();
        let own = format!(
            "HTTP/1.1 {status} Stub\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\
             ETag: W/\"1\"\r\n\r\n"
        );
        let bodyless = head.starts_with("HEAD ");
        let text = if bodyless { own } else { own + &body };
        if writer.write_all(text.as_bytes()).is_err() {
            return;
        }
    }
}

/// The head of the next request; its body is read and dropped.
fn read_head(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let mut head = String::new();
    loop {
        let start = head.len();
        // A TLS greeting is not UTF-8, and its connection ends here.
        let read = reader.read_line(&mut head).ok()?;
        if read == 0 || head.len() > 65536 {
            return None;
        }
        if head[start..].trim_end().is_empty() {
            break;
        }
    }
    if !head.lines().next()?.contains(" HTTP/1.") {
        return None;
    }
    let length = head.lines().filter_map(|line| line.split_once(':')).find_map(|(name, value)| {
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<u64>().ok())?
    });
    std::io::copy(&mut reader.by_ref().take(length.unwrap_or(0)), &mut std::io::sink()).ok()?;
    Some(head)
}
