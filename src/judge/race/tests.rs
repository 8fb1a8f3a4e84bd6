//! Races with answers made up, where the reference server does not give them.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

use serde_json::json;

use crate::campaign;
use crate::contract::{Edition, contract};
use crate::execute::evidence::{
    Answer, Evidence, Exchange, Lost, LostKind, Payload, Purpose, RaceRound, Received, Sent,
};
use crate::fhir::StatusCode;
use crate::judge::{Verdict, judge};
use crate::plan::{Plan, Selection, Supply};

const RACE: &str = "race/one-status-wins";

#[test]
fn losers_may_be_refused_as_outdated_or_as_locked() {
    let round = [patch(200, 0, 90, 1), patch(409, 10, 80, 0), patch(423, 20, 85, 0)];
    let told = told(Edition::May2019, &[&round]);
    assert_eq!(told.verdict("APPT-CONC-02"), Verdict::Pass);
    assert_eq!(told.verdict("APPT-CONC-03"), Verdict::Pass);
    assert_eq!(told.verdict("APPT-CONC-05"), Verdict::Pass);
    assert_eq!(told.verdict("APPT-ERR-10"), Verdict::Pass);
    assert!(told.found("APPT-CONC-03").contains("200 x1, 409 x1, 423 x1"), "{}", told.found("APPT-CONC-03"));
}

#[test]
fn the_codes_of_losers_are_those_of_the_edition() {
    let vendor = [patch(200, 0, 90, 1), patch(412, 10, 80, 0)];
    assert_eq!(told(Edition::May2019, &[&vendor]).verdict("APPT-CONC-03"), Verdict::Fail);
    assert_eq!(told(Edition::FhirR4, &[&vendor]).verdict("APPT-CONC-02"), Verdict::Pass);
    let locked = [patch(200, 0, 90, 1), patch(423, 10, 80, 0)];
    assert_eq!(told(Edition::FhirR4, &[&locked]).verdict("APPT-CONC-02"), Verdict::Fail);
}

#[test]
fn a_race_without_a_winner_warns_only_after_one_more_round() {
    let none = [patch(423, 0, 90, 0), patch(423, 10, 80, 0)];
    let one = [patch(200, 0, 90, 1), patch(423, 10, 80, 0)];
    assert_eq!(told(Edition::March2024, &[&none, &none]).verdict("APPT-CONC-04"), Verdict::Warn);
    assert_ne!(told(Edition::March2024, &[&none, &one]).verdict("APPT-CONC-04"), Verdict::Warn);
    assert_eq!(told(Edition::March2024, &[&none, &none]).verdict("APPT-CONC-02"), Verdict::Pass);
}

#[test]
fn requests_that_did_not_meet_prove_nothing() {
    let apart = [patch(200, 0, 9, 1), patch(409, 10, 80, 0)];
    let told = told(Edition::May2019, &[&apart]);
    assert_eq!(told.verdict("APPT-CONC-02"), Verdict::Inconclusive);
    assert!(told.found("APPT-CONC-02").contains("did not overlap"));
}

#[test]
fn two_winners_fail_even_where_they_did_not_meet() {
    let apart = [patch(200, 0, 9, 1), patch(200, 10, 80, 2)];
    let told = told(Edition::May2019, &[&apart]);
    assert_eq!(told.verdict("APPT-CONC-02"), Verdict::Fail);
    assert!(told.findings.iter().any(|own| own.found.starts_with("client 2")), "{:#?}", told.findings);
}

#[test]
fn a_lost_answer_may_be_that_of_the_winner() {
    let lost = [patch(0, 0, 90, 0), patch(409, 10, 80, 0)];
    let told = told(Edition::May2019, &[&lost]);
    assert_eq!(told.verdict("APPT-CONC-05"), Verdict::Pass);
    assert_eq!(told.verdict("APPT-CONC-04"), Verdict::Inconclusive);
}

#[test]
fn overload_is_no_loss() {
    let busy = [patch(200, 0, 90, 1), patch(503, 10, 80, 0), patch(429, 10, 80, 0)];
    assert_eq!(told(Edition::May2019, &[&busy]).verdict("APPT-CONC-02"), Verdict::Pass);
}

#[test]
fn a_conflict_that_is_none_is_held_against_the_codes_of_losers() {
    let mut round = vec![patch(409, 0, 5, 0), patch(200, 10, 80, 1), patch(409, 20, 85, 0)];
    let failed = told(Edition::May2019, &[&round]);
    assert_eq!(failed.verdict("APPT-CONC-03"), Verdict::Fail);
    assert!(failed.found("APPT-CONC-03").starts_with("conflict that was none"), "{}", failed.found("APPT-CONC-03"));
    round[0] = patch(409, 0, 15, 0);
    assert_eq!(told(Edition::May2019, &[&round]).verdict("APPT-CONC-03"), Verdict::Pass);
}

struct Told {
    findings: Vec<crate::judge::Finding>,
}

impl Told {
    /// The weightiest verdict about a requirement.
    fn verdict(&self, id: &str) -> Verdict {
        let own = self.findings.iter().filter(|own| own.requirement.as_str() == id);
        own.map(|own| own.verdict).min().unwrap_or(Verdict::NotTested)
    }

    fn found(&self, id: &str) -> &str {
        &self.findings.iter().find(|own| own.requirement.as_str() == id).unwrap().found
    }
}

/// One answer to a PATCH: its code (0 for none), its instants, and the version it makes.
#[derive(Clone, Copy)]
struct Answered {
    code: u16,
    begin: u64,
    end: u64,
    version: u32,
}

fn patch(code: u16, begin: u64, end: u64, version: u32) -> Answered {
    Answered { code, begin, end, version }
}

/// What is found out about rounds in which writers of version 0 got these answers.
fn told(edition: Edition, rounds: &[&[Answered]]) -> Told {
    let contract = contract().unwrap();
    let catalogue = crate::scenario::shipped(contract).unwrap();
    let selection = Selection { filters: vec![RACE.to_owned()], ..Selection::default() };
    let plan = campaign::plan(contract, &catalogue, edition, &selection, &Supply::default()).unwrap();
    let mut evidence = Evidence::default();
    for (number, answers) in (1u32..).zip(rounds) {
        round(&plan, &mut evidence, number, answers);
    }
    let judgement = judge(contract, &plan, &evidence, Vec::new(), false);
    Told { findings: judgement.cases.into_iter().find(|own| own.id.0 == RACE).unwrap().findings }
}

fn round(plan: &Plan, evidence: &mut Evidence, number: u32, answers: &[Answered]) {
    let appointment = number.to_string();
    let mut push = |method: &str, value: &str, answered: Answered, held: u32| {
        let id = u32::try_from(evidence.exchanges.len()).unwrap();
        let body = match method {
            "GET" => json!({ "resourceType": "Appointment", "status": value }),
            _ => json!([{ "op": "replace", "path": "/status", "value": value }]),
        };
        let mut headers = vec![("accept".to_owned(), "application/fhir+json".to_owned())];
        if method == "PATCH" {
            headers.push(("if-match".to_owned(), "W/\"0\"".to_owned()));
        }
        let is_read = method == "GET";
        let body = Payload::Text(body.to_string());
        let answer = match StatusCode::new(answered.code) {
            None => Answer::Lost(Lost { kind: LostKind::TimedOut, message: "late".to_owned() }),
            Some(status) => Answer::Received(Received {
                status,
                version: "HTTP/1.1".to_owned(),
                headers: vec![("etag".to_owned(), format!("W/\"{held}\""))],
                body: if is_read { body.clone() } else { Payload::Empty },
                cut: false,
            }),
        };
        evidence.exchanges.push(Exchange {
            id,
            lane: 1,
            purpose: if is_read { Purpose::Read } else { Purpose::Race },
            appointment: Some(appointment.clone()),
            at: String::new(),
            begin_us: answered.begin,
            end_us: answered.end,
            attempt: 1,
            request: Sent {
                method: method.to_owned(),
                url: format!("http://localhost/Appointment/{appointment}"),
                headers,
                body: if is_read { Payload::Empty } else { body },
            },
            answer,
        });
        id
    };
    let values = ["cancelled", "checked-in"];
    let before = push("GET", "booked", patch(200, 0, 0, 0), 0);
    let clients: Vec<Vec<u32>> = answers
        .iter()
        .enumerate()
        .map(|(client, own)| vec![push("PATCH", values[client % 2], *own, own.version)])
        .collect();
    // The one that succeeded, or whose answer was lost, is the one whose change stays.
    let winner = answers.iter().position(|own| matches!(own.code, 0 | 200));
    let (value, held) = winner.map_or(("booked", 0), |winner| (values[winner % 2], 1));
    let after = push("GET", value, patch(200, 200, 210, held), held);
    let overlapped = answers
        .iter()
        .enumerate()
        .any(|(place, one)| answers.iter().skip(place + 1).any(|other| one.begin < other.end && other.begin < one.end));
    evidence.races.push(RaceRound {
        case: plan.races[0].id.clone(),
        round: number,
        appointments: vec![number.to_string()],
        before: vec![before],
        warm: Vec::new(),
        clients,
        after: vec![after],
        retried: None,
        then: None,
        last: None,
        overlapped,
    });
}
