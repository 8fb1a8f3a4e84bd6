//! Tests of what is sent when a target does not respond as it should, against scripted responses on a real socket.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::evidence::{Evidence, NotRunKind, Trial};
use super::{Limits, Options, ProgressListener, run};
use crate::judge::{RunVerdict, Verdict, judge};
use crate::plan::{Expanded, Plan, Selection, arrange, expand};
use crate::suite::check::shipped;
use crate::suite::contract::{Edition, contract};
use crate::suite::scenario::Fixture;
use crate::sut::Profile;

struct Quiet;

impl ProgressListener for Quiet {
    fn request_done(&self) {}
    fn case_done(&self) {}
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Type: application/fhir+json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn statement() -> String {
    answer("200 OK", "", r#"{"resourceType":"CapabilityStatement"}"#)
}

fn appointment(status: &str, version: &str) -> String {
    let body =
        format!(r#"{{"resourceType":"Appointment","id":"a","meta":{{"versionId":"{version}"}},"status":"{status}"}}"#);
    answer("200 OK", &format!("ETag: W/\"{version}\"\r\n"), &body)
}

/// Responds to one request after the other as scripted, and gives the request lines that came.
async fn scripted(answers: Vec<String>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/r4", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    tokio::spawn(async move {
        let mut answers = answers.into_iter();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = Vec::new();
            loop {
                let mut chunk = [0; 4096];
                let Ok(count) = stream.read(&mut chunk).await else { break };
                if count == 0 {
                    break;
                }
                bytes.extend_from_slice(&chunk[..count]);
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let length = head
                    .to_lowercase()
                    .split("content-length: ")
                    .nth(1)
                    .map_or(0, |rest| rest.split("\r\n").next().unwrap().parse::<usize>().unwrap());
                if body.len() < length {
                    continue;
                }
                bytes.clear();
                log.lock().unwrap().push(head.lines().next().unwrap().to_owned());
                let Some(response) = answers.next() else { return };
                if response.is_empty() {
                    break;
                }
                stream.write_all(response.as_bytes()).await.unwrap();
            }
        }
    });
    (url, seen)
}

async fn sent(answers: Vec<String>) -> (Evidence, Vec<String>) {
    let (_, evidence, lines) = sent_with(answers, Options::default(), Arc::new(Quiet)).await;
    (evidence, lines)
}

async fn sent_with(
    answers: Vec<String>,
    options: Options,
    progress: Arc<dyn ProgressListener>,
) -> (Arc<Plan>, Evidence, Vec<String>) {
    let (url, seen) = scripted(answers).await;
    let mut profile = Profile::of_url(url);
    profile.create = false;
    profile.fixtures.insert(Fixture::Booked, vec!["a".to_owned()]);
    let contract = contract().unwrap();
    let selection =
        Selection { filters: vec!["transitions/booked-to-arrived".to_owned()], exact: true, ..Selection::default() };
    let Expanded { cases, routes } =
        expand(&shipped(contract).unwrap(), contract, Edition::May2019, &selection).unwrap();
    let plan = arrange(Edition::May2019, cases, routes, &profile.supply(Edition::May2019));
    let (_stop, interrupted) = tokio::sync::watch::channel(None);
    let plan = Arc::new(plan);
    let (evidence, _) = run(plan.clone(), &profile, &options, progress, interrupted).await.unwrap();
    let lines = seen.lock().unwrap().clone();
    (plan, evidence, lines)
}

fn writes(lines: &[String]) -> usize {
    lines.iter().filter(|line| line.starts_with("PATCH")).count()
}

#[tokio::test]
async fn an_overloaded_target_is_asked_again_after_a_read_that_shows_no_change() {
    let (evidence, lines) = sent(vec![
        statement(),
        appointment("booked", "1"),
        appointment("booked", "1"),
        answer("503 Service Unavailable", "Retry-After: 0\r\n", ""),
        appointment("booked", "1"),
        answer("200 OK", "ETag: W/\"2\"\r\n", ""),
        appointment("arrived", "2"),
    ])
    .await;
    assert_eq!(writes(&lines), 2, "{lines:?}");
    let attempts: Vec<u32> =
        evidence.exchanges.iter().filter(|exchange| exchange.is_patch()).map(|exchange| exchange.attempt).collect();
    assert_eq!(attempts, [1, 2]);
}

#[tokio::test]
async fn a_write_that_may_have_taken_effect_is_never_sent_again() {
    let (_, lines) = sent(vec![
        statement(),
        appointment("booked", "1"),
        appointment("booked", "1"),
        answer("503 Service Unavailable", "Retry-After: 0\r\n", ""),
        appointment("arrived", "2"),
        appointment("arrived", "2"),
    ])
    .await;
    assert_eq!(writes(&lines), 1, "{lines:?}");
}

/// Panics when so many requests are done.
struct Panics(Mutex<u32>);

impl ProgressListener for Panics {
    fn request_done(&self) {
        let mut left = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *left = left.checked_sub(1).unwrap_or(u32::MAX);
        assert!(*left != 0, "the display is gone");
    }
    fn case_done(&self) {}
}

#[tokio::test]
async fn a_lane_that_panics_keeps_its_requests_and_its_cases_are_errors() {
    let answers = || {
        let read = || appointment("booked", "1");
        vec![statement(), read(), read(), appointment("arrived", "2")]
    };
    for (last, requests, trials) in [(2, 2, 0), (4, 4, 1)] {
        let progress = Arc::new(Panics(Mutex::new(last)));
        let (plan, evidence, lines) = sent_with(answers(), Options::default(), progress).await;
        assert_eq!((lines.len(), evidence.exchanges.len()), (requests, requests));
        assert_eq!(evidence.not_run.len(), 1);
        let not_run = &evidence.not_run[0];
        let reason = "the harness failed: the display is gone";
        assert_eq!((not_run.kind, not_run.reason.as_str()), (NotRunKind::HarnessFailed, reason));
        let halted: Vec<_> =
            evidence.trials.iter().filter_map(Trial::attempt).map(|trial| &trial.seen.halted).collect();
        assert_eq!(halted, vec![&Some(reason.to_owned()); trials]);
        let judgement = judge(contract().unwrap(), &plan, &evidence, false);
        let case = judgement.cases.iter().find(|case| case.id == not_run.case).unwrap();
        assert_eq!((case.verdict, case.reason.as_str()), (Verdict::Error, reason));
        assert_eq!(judgement.verdict, RunVerdict::Error);
        assert_eq!(judgement.verdict.exit_code(), 5);
    }
}

#[tokio::test]
async fn past_the_bound_on_all_that_is_kept_what_is_left_is_not_tested_with_the_limits_name() {
    let limits = Limits { run: 250, ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let answers = vec![statement(), appointment("booked", "1"), appointment("arrived", "2")];
    let (plan, evidence, lines) = sent_with(answers, options, Arc::new(Quiet)).await;
    assert_eq!(lines.len(), 2);
    let kinds: Vec<NotRunKind> = evidence.not_run.iter().map(|not_run| not_run.kind).collect();
    assert_eq!(kinds, [NotRunKind::Limit]);
    assert!(evidence.not_run[0].reason.contains("patchproof keeps of a run"), "{:?}", evidence.not_run);
    let judgement = judge(contract().unwrap(), &plan, &evidence, false);
    let case = judgement.cases.iter().find(|case| case.id == evidence.not_run[0].case).unwrap();
    assert_eq!(case.verdict, Verdict::NotTested);
}

/// A connection that is closed without a response.
fn silence() -> String {
    String::new()
}

#[tokio::test]
async fn a_write_whose_connection_closes_in_silence_is_sent_again_after_a_read_that_shows_no_change() {
    let arrived = || appointment("arrived", "2");
    let again = vec![appointment("booked", "1"), answer("200 OK", "ETag: W/\"2\"\r\n", ""), arrived()];
    for (then, writes_sent) in [(again, 2), (vec![arrived(), arrived(), arrived()], 1)] {
        let first = vec![statement(), appointment("booked", "1"), appointment("booked", "1"), silence()];
        let (evidence, lines) = sent([first, then].concat()).await;
        assert_eq!(writes(&lines), writes_sent, "{lines:?}");
        assert_eq!(evidence.exchanges.iter().filter(|exchange| exchange.is_patch()).count(), writes_sent);
        assert_eq!(evidence.headline(), None);
    }
}

#[tokio::test]
async fn a_read_whose_connection_closes_in_silence_is_sent_again_at_once() {
    let (evidence, lines) = sent(vec![
        statement(),
        silence(),
        answer("504 Gateway Timeout", "Retry-After: 0\r\n", ""),
        appointment("booked", "1"),
        appointment("booked", "1"),
        answer("200 OK", "ETag: W/\"2\"\r\n", ""),
        appointment("arrived", "2"),
    ])
    .await;
    assert_eq!((writes(&lines), evidence.headline()), (1, None), "{lines:?}");
    let reads: Vec<u32> = evidence.exchanges.iter().skip(1).take(3).map(|exchange| exchange.attempt).collect();
    assert_eq!(reads, [1, 2, 3]);
}

#[tokio::test]
async fn a_target_that_listens_no_more_ends_the_run_with_one_sentence() {
    // The script ends with the PATCH, and nobody listens afterwards.
    let script = vec![statement(), appointment("booked", "1"), appointment("booked", "1")];
    let (plan, evidence, lines) = sent_with(script, Options::default(), Arc::new(Quiet)).await;
    assert_eq!(writes(&lines), 1, "{lines:?}");
    let headline = evidence.headline().unwrap();
    assert!(headline.starts_with("the target stopped responding: "), "{headline}");
    assert!(headline.contains("the last request it was sent is PATCH /Appointment/a with"), "{headline}");
    let judgement = judge(contract().unwrap(), &plan, &evidence, false);
    assert_eq!((judgement.verdict, judgement.verdict.exit_code()), (RunVerdict::Incomplete, 4));
    assert!(judgement.reason.contains(headline), "{}", judgement.reason);
}
