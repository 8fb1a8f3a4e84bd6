//! Tests of what is sent when a target does not answer as it should, against scripted answers on a real socket.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::evidence::Evidence;
use super::{Options, Progress, run};
use crate::plan::{Expanded, Selection, arrange, expand};
use crate::suite::check::shipped;
use crate::suite::contract::{Edition, contract};
use crate::suite::scenario::Fixture;
use crate::sut::Profile;

struct Quiet;

impl Progress for Quiet {
    fn request_done(&self) {}
    fn case_done(&self) {}
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Type: application/fhir+json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn appointment(status: &str, version: &str) -> String {
    let body =
        format!(r#"{{"resourceType":"Appointment","id":"a","meta":{{"versionId":"{version}"}},"status":"{status}"}}"#);
    answer("200 OK", &format!("ETag: W/\"{version}\"\r\n"), &body)
}

/// Answers one request after the other as scripted, and gives the request lines that came.
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
                let Some(answer) = answers.next() else { return };
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        }
    });
    (url, seen)
}

async fn sent(answers: Vec<String>) -> (Evidence, Vec<String>) {
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
    let (_stop, interrupted) = tokio::sync::watch::channel(false);
    let evidence = run(Arc::new(plan), &profile, &Options::default(), Arc::new(Quiet), interrupted).await.unwrap();
    let lines = seen.lock().unwrap().clone();
    (evidence.0, lines)
}

fn writes(lines: &[String]) -> usize {
    lines.iter().filter(|line| line.starts_with("PATCH")).count()
}

#[tokio::test]
async fn an_overloaded_target_is_asked_again_after_a_read_that_shows_no_change() {
    let (evidence, lines) = sent(vec![
        answer("200 OK", "", "{}"),
        appointment("booked", "1"),
        answer("503 Service Unavailable", "Retry-After: 0\r\n", ""),
        appointment("booked", "1"),
        answer("200 OK", "ETag: W/\"2\"\r\n", ""),
        appointment("arrived", "2"),
    ])
    .await;
    assert_eq!(writes(&lines), 2, "{lines:?}");
    let attempts: Vec<u32> = evidence.exchanges.iter().filter(|own| own.is_patch()).map(|own| own.attempt).collect();
    assert_eq!(attempts, [1, 2]);
}

#[tokio::test]
async fn a_write_that_may_have_taken_effect_is_never_sent_again() {
    let (_, lines) = sent(vec![
        answer("200 OK", "", "{}"),
        appointment("booked", "1"),
        answer("503 Service Unavailable", "Retry-After: 0\r\n", ""),
        appointment("arrived", "2"),
        appointment("arrived", "2"),
    ])
    .await;
    assert_eq!(writes(&lines), 1, "{lines:?}");
}
