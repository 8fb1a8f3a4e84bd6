//! Generated sequences against the reference server: quiet where it is clean, precise where it has a fault.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;
use std::sync::OnceLock;

use super::*;
use crate::execute::Options;
use crate::execute::evidence::Reply;
use crate::judge::{RunVerdict, judge};
use crate::record::{Counterexample, ExchangeRecord, Verdict};
use crate::reference::{self, Fault};
use crate::suite::check::{load_folder, shipped};
use crate::suite::contract::contract;
use crate::suite::scenario::LoadError;
use crate::words::fhir::StatusCode;

/// Reading the scenarios takes longer than most runs here.
static SHIPPED: OnceLock<Catalogue> = OnceLock::new();

struct Quiet;

impl ProgressListener for Quiet {
    fn request_done(&self) {}
    fn case_done(&self) {}
}

struct Ask<'a> {
    edition: Edition,
    faults: &'a [Fault],
    filter: &'a str,
    seed: u64,
    cases: Option<u32>,
    jobs: usize,
    scenarios: Option<PathBuf>,
    /// Free slots that the target lists, where not all.
    slots: Option<usize>,
}

impl Default for Ask<'_> {
    fn default() -> Self {
        let edition = Edition::May2019;
        Ask {
            edition,
            faults: &[],
            filter: "sequences",
            seed: 0,
            cases: Some(8),
            jobs: 4,
            scenarios: None,
            slots: None,
        }
    }
}

async fn record(ask: Ask<'_>) -> RunRecord {
    let Judged { plan, evidence, judgement, circumstances } = sent_and_judged(ask).await;
    RunRecord::new(contract().unwrap(), &plan, evidence, judgement, circumstances)
}

async fn sent_and_judged(ask: Ask<'_>) -> Judged {
    let contract = contract().unwrap();
    let catalogue = match &ask.scenarios {
        Some(path) => load_folder(path, contract).unwrap(),
        None => SHIPPED.get_or_init(|| shipped(contract).unwrap()).clone(),
    };
    let config =
        reference::Config { edition: ask.edition, faults: ask.faults.to_vec(), ..reference::Config::default() };
    let handle = reference::start(config).await.unwrap();
    let mut profile = crate::cli::reference_profile(&handle.base_url(), ask.edition, handle.fixtures());
    profile.slots.truncate(ask.slots.unwrap_or(usize::MAX));
    let selection = Selection { filters: vec![ask.filter.to_owned()], ..Selection::default() };
    let inputs = Inputs { selection, supply: profile.supply(ask.edition), cases: ask.cases, ..Inputs::default() };
    let plan = decide(contract, &catalogue, ask.edition, &inputs).unwrap();
    let campaign = Campaign {
        contract,
        edition: ask.edition,
        inputs,
        profile,
        embedded: true,
        strict_base: false,
        options: Options { jobs: ask.jobs, ..Options::default() },
        seed: ask.seed,
    };
    let (_stop, interrupted) = tokio::sync::watch::channel(None);
    judged(campaign, plan, Arc::new(Quiet), interrupted).await.unwrap()
}

fn failures(record: &RunRecord) -> Vec<String> {
    let findings = record.cases.iter().flat_map(|case| &case.findings);
    findings
        .filter(|finding| finding.verdict == Verdict::Fail)
        .map(|finding| format!("{} {}: {}", finding.case, finding.requirement, finding.found))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_server_shows_nothing_for_twenty_seeds() {
    for edition in Edition::ALL {
        for seed in 0..20 {
            for filter in ["sequences/walk", "sequences/documents", "sequences/commands", "sequences/video"] {
                if edition == Edition::March2024 || matches!(filter, "sequences/walk" | "sequences/documents") {
                    quiet(Ask { edition, seed, filter, cases: Some(4), ..Ask::default() }).await;
                }
            }
        }
        quiet(Ask { edition, filter: "sequences/extremes", cases: Some(3), ..Ask::default() }).await;
    }
}

async fn quiet(ask: Ask<'_>) {
    let title = format!("{} in {} with seed {}", ask.filter, ask.edition, ask.seed);
    let record = record(ask).await;
    assert_eq!(failures(&record), Vec::<String>::new(), "{title}");
    assert!(
        record.sequences.iter().all(|sequence| sequence.steps > 0 && sequence.undecided == 0),
        "{title}: {:?}",
        record.sequences
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_counts_the_same_steps_again_and_another_seed_others() {
    let count = async |seed| {
        let ask = Ask { edition: Edition::March2024, filter: "sequences/commands", seed, jobs: 1, ..Ask::default() };
        let record = record(ask).await;
        let counts = record
            .sequences
            .iter()
            .map(|sequence| (sequence.steps, sequence.skipped, sequence.requests, sequence.lists));
        counts.collect::<Vec<_>>()
    };
    assert_eq!(count(5).await, count(5).await);
    assert_ne!(count(5).await, count(6).await);
}

/// Method, path, tag and body of each request, without what the server chose.
fn sent(exchanges: &[ExchangeRecord], base_url: &str) -> Vec<String> {
    let line = |exchange: &ExchangeRecord| {
        let tag = exchange.sent_header("if-match").unwrap_or("-").to_owned();
        format!(
            "{} {} {tag} {:?}",
            exchange.request.method,
            exchange.request.url.replace(base_url, ""),
            exchange.request.body
        )
    };
    exchanges.iter().map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_sends_the_same_requests_again() {
    let shown = async || {
        let ask = Ask {
            faults: &[Fault::ThirdWriteIgnoresIfMatch],
            filter: "sequences/walk",
            cases: Some(32),
            jobs: 1,
            ..Ask::default()
        };
        let record = record(ask).await;
        let base_url = record.target.base_url.clone();
        let all = record.sequences.iter().flat_map(|sequence| &sequence.counterexamples);
        all.map(|found| (found.scenario.clone(), sent(record.requests_of(found), &base_url))).collect::<Vec<_>>()
    };
    let one = shown().await;
    assert!(!one.is_empty());
    assert_eq!(one, shown().await);
}

/// Finds a fault, and gives the counterexample of this many steps after it was seen to reproduce alone.
async fn found(edition: Edition, fault: Fault, filter: &str, steps: usize) -> Counterexample {
    let record = record(Ask { edition, faults: &[fault], filter, cases: Some(96), ..Ask::default() }).await;
    let mut all = record.sequences.into_iter().flat_map(|sequence| sequence.counterexamples);
    let counterexample = all
        .find(|counterexample| counterexample.steps == steps && counterexample.end.is_none())
        .unwrap_or_else(|| panic!("{fault} in {edition}"));
    assert_eq!(counterexample.again, (2, 2), "{fault}");
    let known = [fault.breaks(), fault.follows()].concat();
    assert!(
        known.contains(&counterexample.requirement.as_str()),
        "{fault} is not known to break {}",
        counterexample.requirement
    );
    let folder = std::env::temp_dir().join(format!("patchproof-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("found.yaml");
    std::fs::write(&path, &counterexample.scenario).unwrap();
    for (faults, fails) in [(&[fault][..], true), (&[][..], false)] {
        let ask =
            Ask { edition, faults, filter: &counterexample.case, scenarios: Some(path.clone()), ..Ask::default() };
        let failures = failures(&self::record(ask).await);
        let named = failures.iter().any(|failure| failure.contains(counterexample.requirement.as_str()));
        assert_eq!(named, fails, "{fault}: {failures:?}\n{}", counterexample.scenario);
    }
    std::fs::remove_dir_all(folder).unwrap();
    counterexample
}

#[tokio::test(flavor = "multi_thread")]
async fn a_third_write_that_forgets_its_tag_is_found_in_three_steps() {
    for edition in Edition::ALL {
        found(edition, Fault::ThirdWriteIgnoresIfMatch, "sequences/walk", 3).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_appointment_that_opens_again_is_found_in_three_steps() {
    for edition in [Edition::May2019, Edition::March2024] {
        found(edition, Fault::ReopenAfterRead, "sequences/walk", 3).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leak_behind_a_stale_tag_is_found_in_two_steps() {
    for edition in Edition::ALL {
        let counterexample = found(edition, Fault::StaleMultiOperationLeaks, "sequences/documents", 2).await;
        assert!(counterexample.scenario.contains("check: unchanged"), "{}", counterexample.scenario);
    }
}

#[test]
fn a_sequence_that_makes_no_sense_is_reported_before_anything_is_sent() {
    let folder = std::env::temp_dir().join(format!("patchproof-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(folder.join("regressions")).unwrap();
    let bad = "kind: sequence\ntitle: x\nsequences:\n  - id: sequences/bad\n    title: x\n    verifies: [APPT-ATOM-01]\n    \
               cases: 0\n    length: 8\n    weights: { statuses: 1 }\n  - id: sequences/idle\n    title: x\n    verifies: \
               [APPT-ATOM-01]\n    cases: 3\n    length: 8\n    weights: { command: 1 }\n";
    std::fs::write(folder.join("bad.yaml"), bad).unwrap();
    std::fs::write(folder.join("regressions/old.yaml"), "kind: exchange\ntitle: x\ncases: [{ id: a/b, step: 1 }]\n")
        .unwrap();
    let Err(LoadError::Problems { problems, files }) = load_folder(&folder, contract().unwrap()) else {
        panic!("no problem");
    };
    let text = crate::words::yaml::render(&problems, &files, false);
    for expected in [
        "`cases` is 0",
        "unknown generator `statuses`: did you mean `status`?",
        "expected status, command",
        "the weights select nothing in edition fhir-r4",
        "bad.yaml:9:",
        "regressions/old.yaml:3:",
    ] {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_with_a_token_that_had_expired_is_left_open() {
    let ask = Ask { filter: "transitions/booked-to-", ..Ask::default() };
    let Judged { plan, mut evidence, judgement, .. } = sent_and_judged(ask).await;
    let verdicts = |judgement: &Judgement| judgement.cases.iter().map(|case| case.verdict).collect::<Vec<_>>();
    assert!(verdicts(&judgement).iter().all(|verdict| *verdict == Verdict::Pass));
    for exchange in evidence.exchanges.iter_mut().filter(|exchange| exchange.request.method == "PATCH") {
        let Reply::Received(received) = &mut exchange.reply else { panic!("no answer to {exchange:?}") };
        received.status = StatusCode::new(401).unwrap();
    }
    let later = judge(contract().unwrap(), &plan, &evidence, false);
    assert!(verdicts(&later).iter().all(|verdict| *verdict == Verdict::Inconclusive), "{:?}", verdicts(&later));
    assert_eq!(later.verdict, RunVerdict::Incomplete);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_carried_out_wrongly_fails_even_where_the_trial_could_not_go_on() {
    let ask = |faults, slots| Ask {
        edition: Edition::March2024,
        faults,
        filter: "all-or-nothing/failing-after-booking",
        slots: Some(slots),
        ..Ask::default()
    };
    // The first request uses up the only slot, so the second cannot be made.
    let Judged { plan, evidence, judgement, circumstances } =
        sent_and_judged(ask(&[Fault::UnlistedPathIgnored], 1)).await;
    let result = judgement.cases.iter().find(|case| case.selected).unwrap();
    assert_eq!(result.verdict, Verdict::Fail, "{result:#?}");
    assert!(result.reason.contains("200"), "{}", result.reason);
    let open = result.findings.iter().find(|finding| finding.verdict == Verdict::NotTested).unwrap();
    assert_eq!(open.found, "no free slot is left");
    assert_ne!(judgement.verdict, RunVerdict::Conformant);
    // Without its trial the request belongs to nothing, and that is an error with its place.
    let mut torn = evidence.clone();
    let orphan = torn.trials.remove(0).attempt().unwrap().steps[0].exchange;
    let again = crate::judge::judge(contract().unwrap(), &plan, &torn, false);
    assert_eq!(again.verdict, RunVerdict::Error);
    assert!(again.reason.contains(&format!("exchange {orphan} belongs to no trial")), "{}", again.reason);
    // In two trials it belongs to both.
    let mut doubled = evidence.clone();
    doubled.trials.push(doubled.trials[0].clone());
    let again = crate::judge::judge(contract().unwrap(), &plan, &doubled, false);
    assert!(again.reason.contains(&format!("exchange {orphan} belongs to two trials")), "{}", again.reason);
    // A record of it holds, and one without the trial does not.
    let record = RunRecord::new(contract().unwrap(), &plan, torn, again, circumstances);
    let found = crate::after::verify::verify(contract().unwrap(), record).unwrap();
    let place = format!("exchanges[{orphan}]");
    assert!(found.differences.iter().any(|difference| difference.place == place), "{:#?}", found.differences);
    // A sound server with as few slots is not blamed.
    let sound = sent_and_judged(ask(&[], 1)).await;
    assert_ne!(sound.judgement.verdict, RunVerdict::NotConformant);
    assert_ne!(sound.judgement.verdict, RunVerdict::Error, "{}", sound.judgement.reason);
}
