//! Records that were tampered with: every kind is found, and a record that was not is left alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::{Arc, OnceLock};

use super::*;
use crate::campaign::{self, Campaign};
use crate::execute::{Options, ProgressListener};
use crate::judge::Verdict;
use crate::plan::{Inputs, Selection};
use crate::record::{
    BodyRecord, CaseId, ControlRecord, ListRecord, NotRunKindRecord, NotRunRecord, ResponseRecord, RoundRecord,
    StepsRecord, TrialKindRecord, parse, write,
};
use crate::reference::{self, Fault};
use crate::suite::check::shipped;
use crate::suite::contract::{Edition, RequirementId, contract};
use crate::suite::scenario::Texts;

struct Quiet;

impl ProgressListener for Quiet {
    fn request_done(&self) {}
    fn case_done(&self) {}
}

async fn ran(edition: Edition, faults: &[Fault], mut inputs: Inputs, max_requests: Option<u64>) -> RunRecord {
    let contract = contract().unwrap();
    let catalogue: Catalogue = match inputs.scenarios.is_empty() {
        true => shipped(contract).unwrap(),
        false => with_texts(&inputs.scenarios, contract).unwrap(),
    };
    let config = reference::Config { edition, faults: faults.to_vec(), ..reference::Config::default() };
    let handle = reference::start(config).await.unwrap();
    let profile = crate::cli::reference_profile(&handle.base_url(), edition, handle.fixtures());
    inputs.supply = profile.supply(edition);
    let plan = decide(contract, &catalogue, edition, &inputs).unwrap();
    let campaign = Campaign {
        contract,
        edition,
        inputs,
        profile,
        embedded: true,
        strict_base: false,
        options: Options { max_requests, ..Options::default() },
        seed: 0,
    };
    let (_stop, interrupted) = tokio::sync::watch::channel(None);
    campaign::run(campaign, plan, Arc::new(Quiet), interrupted).await.unwrap()
}

fn look(record: RunRecord) -> Verification {
    verify(contract().unwrap(), record).unwrap()
}

/// One run for all kinds of tampering, with cases of every kind and a failure that is written down.
fn sample() -> RunRecord {
    static SAMPLE: OnceLock<RunRecord> = OnceLock::new();
    let make = || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let filters = ["if-match/", "transitions/booked-to-", "race/one-status-wins", "every/", "sequences/walk"];
            let selection = Selection { filters: filters.map(str::to_owned).to_vec(), ..Selection::default() };
            let inputs = Inputs { selection, cases: Some(12), ..Inputs::default() };
            ran(Edition::May2019, &[Fault::AcceptMissingIfMatch, Fault::ReopenAfterRead], inputs, None).await
        })
    };
    SAMPLE.get_or_init(make).clone()
}

fn agree(record: &RunRecord, what: &str) {
    let bytes = write(record).unwrap();
    let back = parse("run.json", &bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(back, *record, "{what}: written and read again");
    let found = look(back);
    assert!(found.agrees(), "{what}: {:#?}", found.differences);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_agrees_with_itself_in_all_editions_with_faults_filters_and_budgets() {
    for edition in Edition::ALL {
        agree(&ran(edition, &[], Inputs::default(), None).await, edition.id());
    }
    let some = |fault: &str| fault.parse::<Fault>().unwrap();
    let leaks = [some("ignore-accept"), some("stale-multi-operation-leaks"), some("two-winners")];
    agree(&ran(Edition::FhirR4, &leaks, Inputs::default(), None).await, "faults");
    agree(&ran(Edition::May2019, &[], Inputs::default(), Some(200)).await, "a budget");
    let id: RequirementId = "APPT-VER-04".parse().unwrap();
    let selection = Selection { requirements: vec![id], ..Selection::default() };
    agree(&ran(Edition::May2019, &[], Inputs { selection, ..Inputs::default() }, None).await, "a requirement");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_scenarios_of_ones_own_agrees_with_itself() {
    let text = "kind: exchange\ntitle: x\ncases:\n  - id: own/stale\n    title: A stale tag is refused\n    verifies: \
                [APPT-VER-06]\n    fixture: booked\n    steps:\n      - patch: [{ op: replace, path: /status, value: arrived \
                }]\n        if-match: stale\n        expect: refused\n";
    let scenarios = Texts::from([("own.yaml".to_owned(), text.to_owned())]);
    let selection = Selection { filters: vec!["own/".to_owned()], ..Selection::default() };
    let inputs = Inputs { selection, scenarios, ..Inputs::default() };
    let mut record = ran(Edition::May2019, &[], inputs, None).await;
    assert!(record.cases.iter().any(|case| case.id.0 == "own/stale"));
    agree(&record, "own scenarios");
    let changed = text.replace("expect: refused", "expect: accepted");
    record.inputs.scenarios.insert("own.yaml".to_owned(), changed);
    assert!(!look(record).agrees());
}

type Tamper = fn(&mut RunRecord);

/// The place of the first exchange of a refusal without If-Match that was carried out.
fn offender(record: &RunRecord) -> usize {
    let case = record.cases.iter().find(|case| case.id.0 == "if-match/missing").unwrap();
    case.findings.iter().find_map(|finding| finding.exchange).unwrap() as usize
}

fn received(record: &mut RunRecord, place: usize) -> &mut crate::record::ReceivedRecord {
    match &mut record.exchanges[place].response {
        ResponseRecord::Received(received) => received,
        ResponseRecord::Lost(_) => panic!("no response"),
    }
}

/// A read that something is decided by: before requests that had to be rejected.
fn read_of(record: &RunRecord) -> usize {
    let before = record.batches.iter().filter(|batch| !batch.tries.is_empty()).find_map(|batch| batch.before);
    usize::try_from(before.unwrap()).unwrap()
}

fn status(code: u16) -> crate::words::fhir::StatusCode {
    crate::words::fhir::StatusCode::new(code).unwrap()
}

/// What can be changed in a record, and whether it is found even where all digests are computed anew.
const TAMPERING: &[(&str, bool, Tamper)] = &[
    ("the status code of a response", true, |record| {
        let place = offender(record);
        received(record, place).status = status(412);
    }),
    ("a header of a response", true, |record| {
        for place in 0..record.exchanges.len() {
            if record.exchanges[place].is_patch() && record.exchanges[place].succeeded() {
                received(record, place).headers.retain(|(name, _)| name != "etag");
            }
        }
    }),
    ("a header of a request", true, |record| {
        let place = offender(record);
        record.exchanges[place].request.headers.push(("if-match".to_owned(), "W/\"0\"".to_owned()));
        record.exchanges[place].request.url = "http://127.0.0.1:1/r4/Appointment/1".to_owned();
    }),
    ("the body of a read", true, |record| {
        for place in 0..record.exchanges.len() {
            if record.exchanges[place].request.method == "GET" && record.exchanges[place].succeeded() {
                received(record, place).body =
                    BodyRecord::Text("{\"resourceType\":\"Appointment\",\"id\":\"1\"}".to_owned());
            }
        }
    }),
    ("a header that no rule speaks of", false, |record| {
        let place = read_of(record);
        received(record, place).headers.push(("x-other".to_owned(), "1".to_owned()));
    }),
    ("one letter in the narrative of a read", true, |record| {
        let place = read_of(record);
        let BodyRecord::Text(text) = &mut received(record, place).body else { panic!("no text") };
        *text = text.replace("<b>Appointment</b>", "<b>appointment</b>");
    }),
    ("the verdict of a case", true, |record| {
        record.cases.iter_mut().find(|case| case.verdict == Verdict::Fail).unwrap().verdict = Verdict::Pass;
    }),
    ("the verdict of a requirement", true, |record| {
        record.requirements.iter_mut().find(|requirement| requirement.verdict == Verdict::Fail).unwrap().verdict =
            Verdict::Pass;
    }),
    ("the reason of a requirement", true, |record| record.requirements[3].reason.push('!')),
    ("the statement of a requirement", true, |record| record.requirements[3].statement = "None.".to_owned()),
    ("the level of a requirement", true, |record| {
        record.requirements.iter_mut().find(|requirement| requirement.verdict == Verdict::Fail).unwrap().level =
            crate::record::Level::May;
    }),
    ("the text of a finding", true, |record| record.cases[0].findings[0].found.push_str(" (mended since)")),
    ("a finding left out", true, |record| {
        record.cases.iter_mut().find(|case| case.verdict == Verdict::Fail).unwrap().findings.clear();
    }),
    ("a case left out", true, |record| record.cases.retain(|case| case.verdict != Verdict::Fail)),
    ("a requirement left out", true, |record| {
        record.requirements.retain(|requirement| requirement.verdict != Verdict::Fail)
    }),
    ("the verdict of the run", true, |record| record.summary.verdict = RunVerdict::Conformant),
    ("the exit code", true, |record| record.summary.exit_code = 0),
    ("the totals", true, |record| *record.summary.cases.entry(Verdict::Pass).or_default() += 1),
    ("an exchange left out", true, |record| {
        let place = offender(record);
        record.exchanges.remove(place);
    }),
    ("the last exchange left out", true, |record| drop(record.exchanges.pop())),
    ("an exchange left out and the others numbered anew", true, |record| {
        let place = offender(record);
        record.exchanges.remove(place);
        (0..).zip(&mut record.exchanges).for_each(|(id, exchange)| exchange.id = id);
    }),
    ("two exchanges in each other's place", true, |record| {
        let place = offender(record);
        record.exchanges.swap(place, place + 1);
        (0..).zip(&mut record.exchanges).for_each(|(id, exchange)| exchange.id = id);
    }),
    ("a step of a planned case", true, |record| record.plan.decided.cases[0].requirements.clear()),
    ("a planned lane", true, |record| record.plan.decided.lanes.clear()),
    ("an attempt left out", true, |record| record.trials.retain(|trial| trial.case.0 != "if-match/missing")),
    ("an attempt turned into a case that was not run", true, |record| {
        record.trials.retain(|trial| trial.case.0 != "if-match/missing");
        record.not_run.push(NotRunRecord {
            case: CaseId("if-match/missing".to_owned()),
            kind: NotRunKindRecord::Limit,
            reason: "no time".to_owned(),
        });
    }),
    ("the control of a refusal", true, |record| {
        for attempt in attempts(record) {
            if let ControlRecord::Exchange(id) = &mut attempt.control {
                *id = 0;
            }
        }
    }),
    ("the control of a batch", true, |record| {
        record.batches.iter_mut().filter(|batch| batch.control.is_some()).for_each(|batch| batch.control = Some(0));
    }),
    ("the edition", true, |record| record.edition = Edition::FhirR4),
    ("the inputs of the plan: a filter", true, |record| drop(record.inputs.selection.filters.remove(0))),
    ("the inputs of the plan: what the target has", true, |record| {
        record.inputs.supply.provided.clear();
        record.inputs.supply.creatable.clear();
    }),
    ("the digest of the plan", true, |record| record.digests.plan = "0".repeat(64)),
    ("the digest of the evidence", false, |record| record.digests.evidence = "0".repeat(64)),
    ("the digest of the record", false, |record| record.digests.record = "0".repeat(64)),
    ("the seed", true, |record| record.seed = 77),
    ("the numbers of the plan", true, |record| record.plan.requests += 1),
    ("a round of a race left out", true, |record| remove_round(record)),
    ("a race without overlap that claims one", true, |record| {
        rounds(record).for_each(|round| round.overlapped = !round.overlapped);
    }),
    ("an operation in a history", true, |record| record.histories[0].lines[0].status = Some(500)),
    ("an operation left out of a history", true, |record| drop(record.histories[0].lines.pop())),
    ("a step of a generated list", true, |record| drop(lists(record)[0].steps.pop())),
    ("a response in a generated list", true, |record| {
        let ids: Vec<_> = lists(record).iter().flat_map(|list| list.block.range(usize::MAX)).collect();
        for id in ids {
            if let ResponseRecord::Received(received) = &mut record.exchanges[id].response {
                received.status = status(500);
            }
        }
    }),
    ("a generated list left out", true, |record| {
        let first = record.trials.iter().position(|trial| trial.list().is_some()).unwrap();
        record.trials.remove(first);
    }),
    ("the last generated list left out with all its requests", true, |record| {
        let place = record.trials.iter().rposition(|trial| trial.list().is_some_and(|list| !list.rerun)).unwrap();
        record.trials.truncate(place + 1);
        let list = record.trials.pop().unwrap().list().unwrap().clone();
        record.exchanges.truncate(list.block.first as usize);
        record.lists[0].shrunk.clear();
    }),
    ("a drawn step", true, |record| {
        let step =
            lists(record).into_iter().flat_map(|list| &mut list.steps).find(|step| step.drawn.document().is_some());
        step.unwrap().drawn = crate::plan::DrawnStep::Read;
    }),
    ("the seed of generated lists", true, |record| record.lists[0].seed += 1),
    ("how often a list was sent to make it smaller", true, |record| record.lists[0].shrunk[0].reruns += 1),
    ("what a smaller list shows", true, |record| record.lists[0].shrunk[0].trial = 0),
    ("the appointment that was watched", true, |record| {
        let list = lists(record).into_iter().find(|list| list.bystander.is_some()).unwrap();
        list.bystander.as_mut().unwrap().after = list.start;
    }),
    ("an appointment left out", true, |record| record.fixtures.clear()),
    ("the state an appointment was left in", true, |record| {
        record.fixtures[0].left = Some("booked by nobody".to_owned())
    }),
    ("whether the base is strict", false, |record| record.strict_base = true),
    ("the URL of the target", true, |record| record.target.base_url = "https://fhir.example.org/r4".to_owned()),
    ("when the run began", true, |record| record.started = "2020-01-01T00:00:00.000Z".replace("2020", "2099")),
    ("when the run ended", true, |record| record.finished = record.started.clone().replace("20", "19")),
    ("when an exchange was", true, |record| record.exchanges[5].at = "2020-01-01T00:00:00.000Z".to_owned()),
    ("the clock of an exchange", true, |record| record.exchanges[5].end_us = 0),
    ("who made it", false, |record| record.tool.version = "9.9.9".to_owned()),
    ("that a signal ended it", true, |record| record.signal = Some(crate::execute::StopSignal::Interrupt)),
    ("where a case is written", true, |record| record.cases[0].origin = "elsewhere.yaml:1".to_owned()),
];

#[test]
fn every_kind_of_tampering_is_found() {
    let sample = sample();
    assert!(
        sample.rounds().count() > 0 && sample.trials.iter().filter(|trial| trial.list().is_some()).count() > 1,
        "the sample has everything"
    );
    agree(&sample, "the sample");
    let (mut wrong, mut told) = (Vec::new(), false);
    for (what, alone, tamper) in TAMPERING {
        let mut record = sample.clone();
        tamper(&mut record);
        assert_ne!(record, sample, "{what}: nothing was changed");
        // Whether `verify` says so is one comparison for all of them, and seen on the first.
        let evidence = record.evidence_digest();
        let matches = evidence == record.digests.evidence && record.record_digest(&evidence) == record.digests.record;
        assert!(!matches, "{what}: every digest matches");
        if !std::mem::replace(&mut told, true) {
            let found = look(record.clone());
            assert!(
                found.differences.iter().any(|difference| difference.kind == DifferenceKind::Digest),
                "{what}: the digest is not told"
            );
        }
        // Whoever changes a record can compute its digests anew; then judging again is what finds it, or only a signature.
        record.digests.evidence = record.evidence_digest();
        record.digests.record = record.record_digest(&record.digests.evidence);
        let found = look(record);
        if found.agrees() == *alone {
            let first: Vec<&str> =
                found.differences.iter().map(|difference| difference.place.as_str()).take(3).collect();
            wrong.push(format!("{what}: found though its digests are anew: {}; {first:?}", !found.agrees()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_record_of_other_tables_names_the_version_that_made_it() {
    for change in [(|record: &mut RunRecord| record.contract.digest = "1".repeat(64)) as Tamper, |record| {
        record.digests.scenarios = "1".repeat(64)
    }] {
        let mut record = sample();
        record.tool.version = "7.6.5".to_owned();
        change(&mut record);
        let refusal = verify(contract().unwrap(), record).unwrap_err().to_string();
        assert!(refusal.contains("7.6.5") && refusal.contains("111111111111"), "{refusal}");
    }
}

#[test]
fn numbers_from_anywhere_do_not_make_it_fail() {
    let sample = sample();
    let wild: [Tamper; 8] = [
        |record| {
            record.exchanges.iter_mut().for_each(|exchange| (exchange.begin_us, exchange.end_us) = (u64::MAX, u64::MAX))
        },
        |record| record.exchanges.iter_mut().for_each(|exchange| (exchange.begin_us, exchange.end_us) = (u64::MAX, 0)),
        |record| attempts(record).flat_map(|attempt| &mut attempt.steps).for_each(|step| step.exchange = u32::MAX),
        |record| rounds(record).for_each(|round| (round.round, round.clients) = (u32::MAX, vec![vec![u32::MAX]])),
        |record| record.lists.iter_mut().for_each(|case| case.not_kept.lists = u32::MAX),
        |record| lists(record).into_iter().for_each(|list| (list.block.first, list.block.count) = (u32::MAX, u32::MAX)),
        |record| record.lists.iter_mut().flat_map(|case| &mut case.shrunk).for_each(|shrunk| shrunk.trial = u32::MAX),
        |record| record.exchanges.clear(),
    ];
    for tamper in wild {
        let mut record = sample.clone();
        tamper(&mut record);
        assert!(!look(record).agrees());
    }
}

#[test]
fn a_run_judged_by_another_version_of_the_suite_is_rejected_in_one_sentence() {
    let mut record = sample();
    record.suite.version = 7;
    let rejected = verify(contract().unwrap(), record).unwrap_err().to_string();
    assert!(rejected.contains("judged by version 7 of the suite") && rejected.contains("has version 1"), "{rejected}");
    assert!(!rejected.contains('\n'), "{rejected}");
}

#[test]
fn another_program_with_the_same_suite_may_have_another_proof_of_it_and_is_named() {
    let (mut same, mut other) = (sample(), sample());
    same.suite.kill_matrix = "0".to_owned();
    assert!(look(same).differences.iter().any(|difference| difference.place == "suite.kill_matrix"));
    other.suite.kill_matrix = "0".to_owned();
    other.tool.version = "77.0.1".to_owned();
    other.digests.record = other.record_digest(&other.digests.evidence);
    let found = look(other);
    assert!(found.agrees(), "{:#?}", found.differences);
    assert!(found.cannot_tell.iter().any(|text| text.contains("whether patchproof 77.0.1, which made the record")));
}

#[test]
fn what_is_no_record_is_told_with_its_place() {
    let sample = sample();
    let text = String::from_utf8(write(&sample).unwrap()).unwrap();
    let cut = &text[..text.len() / 2];
    let nested = format!("{{\"schema\": \"patchproof/run/4\", \"cases\": {}", "[".repeat(100_000));
    let table: [(&str, &str); 10] = [
        ("", "is empty"),
        ("  \n", "is empty"),
        (cut, "is cut short: EOF"),
        ("{\"a\": 1}", "is not a record of a run"),
        ("[1, 2]", "is not a record of a run"),
        (&text.replacen("patchproof/run/4", "patchproof/run/77", 1), "or a newer one"),
        (&text.replacen("patchproof/run/4", "patchproof/run/1", 1), "or run again"),
        (
            &text.replacen("\"strict_base\": false", "\"strict_base\": 1", 1).replacen(
                "\"strict_base\":false",
                "\"strict_base\":1",
                1,
            ),
            "at strict_base",
        ),
        (&text.replacen("\"attempt\":1", "\"attempt\":-1", 1), "at exchanges[0].attempt"),
        (&nested, "is cut short"),
    ];
    for (bytes, expected) in table {
        let error = parse("run.json", bytes.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error}");
        assert!(error.contains("`run.json`") && !error.contains('\n'), "{error}");
    }
    let behind = format!("{text}{{}}");
    assert!(parse("run.json", behind.as_bytes()).unwrap_err().to_string().contains("trailing"));
    let unknown = text.replacen("{", "{\"extra\": 1,", 1);
    assert!(parse("run.json", unknown.as_bytes()).unwrap_err().to_string().contains("unknown field `extra`"));
}

fn attempts(record: &mut RunRecord) -> impl Iterator<Item = &mut StepsRecord> {
    record.trials.iter_mut().filter_map(|trial| match &mut trial.kind {
        TrialKindRecord::Steps(seen) => Some(seen),
        TrialKindRecord::Round(_) | TrialKindRecord::List(_) => None,
    })
}

fn rounds(record: &mut RunRecord) -> impl Iterator<Item = &mut RoundRecord> {
    record.trials.iter_mut().filter_map(|trial| match &mut trial.kind {
        TrialKindRecord::Round(round) => Some(round),
        TrialKindRecord::Steps(_) | TrialKindRecord::List(_) => None,
    })
}

fn lists(record: &mut RunRecord) -> Vec<&mut ListRecord> {
    let list = |trial| match trial {
        &mut TrialKindRecord::List(ref mut list) => Some(list),
        TrialKindRecord::Steps(_) | TrialKindRecord::Round(_) => None,
    };
    record.trials.iter_mut().map(|trial| &mut trial.kind).filter_map(list).collect()
}

fn remove_round(record: &mut RunRecord) {
    let first = record.trials.iter().position(|trial| trial.round().is_some()).unwrap();
    record.trials.remove(first);
}
