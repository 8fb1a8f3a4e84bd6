//! Races with responses made up, where the reference server does not give them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where something is not as it should be")]

use serde_json::json;

use crate::campaign;
use crate::execute::evidence::{
    Evidence, Exchange, Lost, LostKind, Payload, Purpose, RaceRound, Reply, Response, SentRequest, Trial, TrialKind,
};
use crate::judge::{RaceHistory, Verdict, judge};
use crate::plan::{Plan, Selection, Supply};
use crate::suite::contract::{Edition, contract};
use crate::words::fhir::StatusCode;

const RACE: &str = "race/one-status-wins";

#[test]
fn losers_may_be_refused_as_outdated_or_as_locked() {
    let round = [patch(200, 0, 90, 1), patch(409, 10, 80, 0), patch(423, 20, 85, 0)];
    let judged = judged(Edition::May2019, &[&round]);
    assert_eq!(judged.verdict("APPT-CONC-02"), Verdict::Pass);
    assert_eq!(judged.verdict("APPT-CONC-03"), Verdict::Pass);
    assert_eq!(judged.verdict("APPT-CONC-05"), Verdict::Pass);
    assert_eq!(judged.verdict("APPT-ERR-10"), Verdict::Pass);
    assert!(judged.found("APPT-CONC-03").contains("200 x1, 409 x1, 423 x1"), "{}", judged.found("APPT-CONC-03"));
}

#[test]
fn the_codes_of_losers_are_those_of_the_edition() {
    let vendor = [patch(200, 0, 90, 1), patch(412, 10, 80, 0)];
    assert_eq!(judged(Edition::May2019, &[&vendor]).verdict("APPT-CONC-03"), Verdict::Fail);
    assert_eq!(judged(Edition::FhirR4, &[&vendor]).verdict("APPT-CONC-02"), Verdict::Pass);
    for code in [400, 403, 404, 422, 423, 428, 500] {
        let other = [patch(200, 0, 90, 1), patch(code, 10, 80, 0)];
        // At most one won: the code of the other never breaks the rule.
        assert_eq!(judged(Edition::FhirR4, &[&other]).verdict("APPT-CONC-02"), Verdict::Warn, "{code}");
        assert_eq!(judged(Edition::May2019, &[&other]).verdict("APPT-CONC-02"), Verdict::Pass, "{code}");
    }
}

#[test]
fn a_loser_that_the_state_of_the_winner_forbids_warns() {
    // Client 1 cancels, client 2 checks in: after a cancellation nothing may follow, after a check-in a cancellation may.
    let forbidden = [patch(200, 0, 90, 1), patch(422, 10, 80, 0)];
    let allowed = [patch(422, 0, 90, 0), patch(200, 10, 80, 1)];
    for edition in [Edition::May2019, Edition::March2024] {
        assert_eq!(judged(edition, &[&forbidden]).verdict("APPT-CONC-03"), Verdict::Warn, "{edition}");
        assert_eq!(judged(edition, &[&allowed]).verdict("APPT-CONC-03"), Verdict::Fail, "{edition}");
        let both = [patch(200, 0, 90, 1), patch(422, 10, 80, 0), patch(412, 10, 80, 0)];
        assert_eq!(judged(edition, &[&both]).verdict("APPT-CONC-03"), Verdict::Fail, "the worst of them counts");
    }
}

#[test]
fn without_a_winner_only_documented_losers_keep_the_rule() {
    for (edition, code, verdict) in [
        (Edition::May2019, 409, Verdict::Pass),
        (Edition::May2019, 423, Verdict::Pass),
        (Edition::May2019, 400, Verdict::Inconclusive),
        (Edition::FhirR4, 412, Verdict::Pass),
        (Edition::FhirR4, 423, Verdict::Warn),
        (Edition::FhirR4, 400, Verdict::Inconclusive),
    ] {
        let none = [patch(code, 0, 90, 0), patch(code, 10, 80, 0)];
        assert_eq!(judged(edition, &[&none]).verdict("APPT-CONC-02"), verdict, "{edition} {code}");
    }
    let refused = [patch(400, 0, 90, 0), patch(400, 10, 80, 0)];
    assert_eq!(judged(Edition::May2019, &[&refused]).verdict("APPT-CONC-03"), Verdict::Inconclusive);
    let nothing = [patch(503, 0, 90, 0), patch(0, 10, 80, 0)];
    assert_eq!(judged(Edition::FhirR4, &[&nothing]).verdict("APPT-CONC-02"), Verdict::Inconclusive);
}

#[test]
fn a_race_without_a_winner_warns_only_after_one_more_round() {
    let none = [patch(423, 0, 90, 0), patch(423, 10, 80, 0)];
    let one = [patch(200, 0, 90, 1), patch(423, 10, 80, 0)];
    assert_eq!(judged(Edition::March2024, &[&none, &none]).verdict("APPT-CONC-04"), Verdict::Warn);
    assert_ne!(judged(Edition::March2024, &[&none, &one]).verdict("APPT-CONC-04"), Verdict::Warn);
    assert_eq!(judged(Edition::March2024, &[&none, &none]).verdict("APPT-CONC-02"), Verdict::Pass);
}

#[test]
fn requests_that_did_not_meet_prove_nothing() {
    let apart = [patch(200, 0, 9, 1), patch(409, 10, 80, 0)];
    let judged = judged(Edition::May2019, &[&apart]);
    assert_eq!(judged.verdict("APPT-CONC-02"), Verdict::Inconclusive);
    assert!(judged.found("APPT-CONC-02").contains("did not overlap"));
}

#[test]
fn two_winners_fail_even_where_they_did_not_meet() {
    let apart = [patch(200, 0, 9, 1), patch(200, 10, 80, 2)];
    let judged = judged(Edition::May2019, &[&apart]);
    assert_eq!(judged.verdict("APPT-CONC-02"), Verdict::Fail);
    assert!(judged.findings.iter().any(|finding| finding.found.starts_with("client 2")), "{:#?}", judged.findings);
}

#[test]
fn a_lost_answer_may_be_that_of_the_winner() {
    let lost = [patch(0, 0, 90, 0), patch(409, 10, 80, 0)];
    let judged = judged(Edition::May2019, &[&lost]);
    assert_eq!(judged.verdict("APPT-CONC-05"), Verdict::Pass);
    assert_eq!(judged.verdict("APPT-CONC-04"), Verdict::Inconclusive);
}

#[test]
fn overload_is_no_loss() {
    let busy = [patch(200, 0, 90, 1), patch(503, 10, 80, 0), patch(429, 10, 80, 0)];
    assert_eq!(judged(Edition::May2019, &[&busy]).verdict("APPT-CONC-02"), Verdict::Pass);
}

#[test]
fn a_writer_whose_credentials_are_no_longer_accepted_has_not_lost() {
    let shut_out = [patch(200, 0, 90, 1), patch(401, 10, 80, 0)];
    let judged = judged(Edition::May2019, &[&shut_out]);
    assert_eq!(
        (judged.verdict("APPT-CONC-02"), judged.verdict("APPT-CONC-03")),
        (Verdict::Pass, Verdict::Inconclusive)
    );
}

#[test]
fn a_conflict_that_is_none_is_held_against_the_codes_of_losers() {
    let mut round = vec![patch(409, 0, 5, 0), patch(200, 10, 80, 1), patch(409, 20, 85, 0)];
    let failed = judged(Edition::May2019, &[&round]);
    assert_eq!(failed.verdict("APPT-CONC-03"), Verdict::Fail);
    assert!(failed.found("APPT-CONC-03").starts_with("conflict that was none"), "{}", failed.found("APPT-CONC-03"));
    round[0] = patch(409, 0, 15, 0);
    assert_eq!(judged(Edition::May2019, &[&round]).verdict("APPT-CONC-03"), Verdict::Pass);
}

#[test]
fn rounds_are_counted_where_there_are_several() {
    let broken = [patch(200, 0, 90, 1), patch(412, 10, 80, 0)];
    let counted = |judged: &Judged| judged.findings.iter().filter(|finding| finding.found.starts_with("in ")).count();
    let one = judged(Edition::May2019, &[&broken]);
    assert_eq!(counted(&one), 0);
    let two = judged(Edition::May2019, &[&broken, &broken]);
    assert!(two.findings.iter().any(|finding| finding.found == "in 2 of 2 rounds"), "{:#?}", two.findings);
    assert!(one.found("APPT-CONC-02").starts_with("held in 1 round of "), "{}", one.found("APPT-CONC-02"));
    assert!(two.found("APPT-CONC-02").starts_with("held in 2 rounds of "), "{}", two.found("APPT-CONC-02"));
}

#[test]
fn only_a_later_round_makes_up_for_one_without_a_winner() {
    let none = [patch(423, 0, 90, 0), patch(423, 10, 80, 0)];
    let one = [patch(200, 0, 90, 1), patch(423, 10, 80, 0)];
    assert_eq!(judged(Edition::March2024, &[&one, &none]).verdict("APPT-CONC-04"), Verdict::Warn);
    assert_eq!(judged(Edition::March2024, &[&none, &one]).verdict("APPT-CONC-04"), Verdict::Pass);
}

#[test]
fn without_losers_their_codes_are_not_known() {
    let nothing = [patch(503, 0, 90, 0), patch(0, 10, 80, 0)];
    assert_eq!(judged(Edition::May2019, &[&nothing]).verdict("APPT-CONC-03"), Verdict::Inconclusive);
    let won = [patch(200, 0, 90, 1), patch(503, 10, 80, 0)];
    assert_eq!(judged(Edition::May2019, &[&won]).verdict("APPT-CONC-03"), Verdict::Inconclusive);
}

#[test]
fn a_lock_without_a_lock_is_no_subject() {
    let round = [patch(200, 0, 90, 1), patch(409, 10, 80, 0)];
    assert_eq!(judged(Edition::May2019, &[&round]).verdict("APPT-ERR-10"), Verdict::NotTested);
}

#[test]
fn two_winners_in_one_version_pass_only_where_the_version_may_stay() {
    let same = [patch(200, 0, 90, 1), patch(200, 10, 80, 1)];
    let other = [patch(200, 0, 90, 1), patch(200, 10, 80, 2)];
    for (race, round, verdict) in [
        ("race/arrived", &same, Verdict::Warn),
        ("race/arrived", &other, Verdict::Fail),
        (RACE, &same, Verdict::Fail),
        (RACE, &other, Verdict::Fail),
    ] {
        assert_eq!(judged_of(race, Edition::May2019, &[round], |_| {}).verdict("APPT-CONC-02"), verdict, "{race}");
        // HTTP lets a success say that the change was in place already.
        let base = if verdict == Verdict::Warn { Verdict::Observed } else { verdict };
        assert_eq!(judged_of(race, Edition::FhirR4, &[round], |_| {}).verdict("APPT-CONC-02"), base, "{race}");
    }
}

#[test]
fn each_round_has_a_history_and_a_witness_where_no_order_explains_it() {
    let kept = [patch(200, 0, 90, 1), patch(409, 10, 80, 0)];
    let same = [patch(200, 0, 90, 1), patch(200, 10, 80, 1)];
    let (plan, mut evidence) = seen(RACE, Edition::May2019, &[&kept, &same]);
    let all = histories(&plan, &evidence);
    assert_eq!(all.iter().map(|history| history.round).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(all[0].witness, None);
    let witness = all[1].witness.as_ref().unwrap();
    assert!(!witness.anomaly.is_empty() && !witness.why.is_empty() && witness.lines.len() > 1, "{witness:?}");
    let (plan, stays) = seen("race/arrived", Edition::May2019, &[&same]);
    let anomaly = histories(&plan, &stays)[0].witness.as_ref().map(|witness| witness.anomaly.clone());
    assert_ne!(anomaly.as_deref(), Some("version reused"));
    // Each client's line says who sent it, the request that opened its connection included.
    let (plan, mut warm) = seen(RACE, Edition::May2019, &[&kept]);
    let first = first_round(&mut warm);
    let clients = first.clients.clone();
    first.warm = clients.iter().map(|ids| ids[0]).collect();
    first.clients = vec![Vec::new(); clients.len()];
    let clients = |all: &[RaceHistory]| all[0].lines.iter().map(|line| line.client).collect::<Vec<_>>();
    assert_eq!(clients(&histories(&plan, &warm)), [1, 2, 0]);
    // Without an ETag the version is that of the appointment in the body, and of nothing else.
    let read = first_round(&mut evidence).after[0] as usize;
    for (kind, etag) in [("Appointment", Some("W/\"9\"")), ("Patient", None)] {
        let Reply::Received(received) = &mut evidence.exchanges[read].reply else { panic!("no read") };
        received.headers.clear();
        let body = json!({ "resourceType": kind, "meta": { "versionId": "9" }, "status": "booked" });
        received.body = Payload::Text(body.to_string());
        let last = histories(&plan, &evidence)[0].lines.last().and_then(|line| line.etag.clone());
        assert_eq!(last.as_deref(), etag, "{kind}");
    }
}

#[test]
fn after_a_race_the_version_that_was_read_can_be_patched() {
    for (loser, code, verdict) in [
        (409, 200, Verdict::Pass),
        (423, 204, Verdict::Pass),
        (409, 409, Verdict::Fail),
        (400, 412, Verdict::Fail),
        (409, 500, Verdict::Inconclusive),
        // Nobody had to read again.
        (400, 200, Verdict::Inconclusive),
        (503, 200, Verdict::Inconclusive),
    ] {
        let kept = [patch(200, 0, 90, 1), patch(loser, 10, 80, 0)];
        let judged = judged_of("race/patched-again", Edition::May2019, &[&kept], |evidence| {
            let id = u32::try_from(evidence.exchanges.len()).unwrap();
            let mut then = evidence.exchanges[1].clone();
            (then.id, then.begin_us, then.end_us) = (id, 300, 310);
            let Reply::Received(received) = &mut then.reply else { panic!("no answer") };
            received.status = StatusCode::new(code).unwrap();
            evidence.exchanges.push(then);
            first_round(evidence).then = Some(id);
        });
        assert_eq!(judged.verdict("APPT-CONC-07"), verdict, "{code}");
        let note = judged.findings.iter().any(|finding| {
            finding.requirement.as_str() == "APPT-CONC-07"
                && finding.found.starts_with("client 0")
                && finding.found.contains("from 300")
        });
        assert_eq!(note, verdict == Verdict::Fail, "{code}: {:#?}", judged.findings);
    }
}

struct Judged {
    findings: Vec<crate::judge::Finding>,
}

impl Judged {
    /// The weightiest verdict about a requirement.
    fn verdict(&self, id: &str) -> Verdict {
        let findings = self.findings.iter().filter(|finding| finding.requirement.as_str() == id);
        findings.map(|finding| finding.verdict).min().unwrap_or(Verdict::NotTested)
    }

    fn found(&self, id: &str) -> &str {
        &self.findings.iter().find(|finding| finding.requirement.as_str() == id).unwrap().found
    }
}

/// One response to a PATCH: its code (0 for none), its instants, and the version it makes.
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

/// What is found out about rounds in which writers of version 0 got these responses.
fn judged(edition: Edition, rounds: &[&[Answered]]) -> Judged {
    judged_of(RACE, edition, rounds, |_| {})
}

/// The same of another race, whose evidence is changed before it is judged.
fn judged_of(race: &str, edition: Edition, rounds: &[&[Answered]], change: impl FnOnce(&mut Evidence)) -> Judged {
    let (plan, mut evidence) = seen(race, edition, rounds);
    change(&mut evidence);
    let judgement = judge(contract().unwrap(), &plan, &evidence, false);
    Judged { findings: judgement.cases.into_iter().find(|case| case.id.0 == race).unwrap().findings }
}

fn seen(race: &str, edition: Edition, rounds: &[&[Answered]]) -> (Plan, Evidence) {
    let contract = contract().unwrap();
    let catalogue = crate::suite::check::shipped(contract).unwrap();
    let selection = Selection { filters: vec![race.to_owned()], ..Selection::default() };
    let plan = campaign::plan(contract, &catalogue, edition, &selection, &Supply::default()).unwrap();
    let mut evidence = Evidence::default();
    for (number, answers) in (1u32..).zip(rounds) {
        round(&plan, &mut evidence, number, answers);
    }
    (plan, evidence)
}

#[expect(clippy::too_many_lines, reason = "the text that is expected, or the table of examples, is long")]
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
        let reply = match StatusCode::new(answered.code) {
            None => Reply::Lost(Lost { kind: LostKind::TimedOut, message: "late".to_owned() }),
            Some(status) => Reply::Received(Response {
                status,
                version: "HTTP/1.1".to_owned(),
                headers: vec![("etag".to_owned(), format!("W/\"{held}\""))],
                body: if is_read { body.clone() } else { Payload::Empty },
                cut: false,
                too_deep: false,
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
            bound: None,
            trace: None,
            request: SentRequest {
                method: method.to_owned(),
                url: format!("http://localhost/Appointment/{appointment}"),
                headers,
                body: if is_read { Payload::Empty } else { body },
            },
            reply,
        });
        id
    };
    let values = ["cancelled", "checked-in"];
    let before = push("GET", "booked", patch(200, 0, 0, 0), 0);
    let clients: Vec<Vec<u32>> = answers
        .iter()
        .enumerate()
        .map(|(client, response)| vec![push("PATCH", values[client % 2], *response, response.version)])
        .collect();
    // The one that succeeded, or whose response was lost, is the one whose change stays.
    let winner = answers.iter().position(|response| matches!(response.code, 0 | 200));
    let (value, held) = winner.map_or(("booked", 0), |winner| (values[winner % 2], 1));
    let after = push("GET", value, patch(200, 200, 210, held), held);
    let overlapped = answers
        .iter()
        .enumerate()
        .any(|(place, one)| answers.iter().skip(place + 1).any(|other| one.begin < other.end && other.begin < one.end));
    let seen = RaceRound {
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
        halted: None,
    };
    let case = plan.races().next().unwrap().0.id.clone();
    evidence.trials.push(Trial { case, lane: 1, kind: TrialKind::Round(seen) });
}

fn histories(plan: &Plan, evidence: &Evidence) -> Vec<RaceHistory> {
    judge(contract().unwrap(), plan, evidence, false).histories
}

fn first_round(evidence: &mut Evidence) -> &mut RaceRound {
    match &mut evidence.trials[0].kind {
        TrialKind::Round(round) => round,
        TrialKind::Steps(_) | TrialKind::List(_) => panic!("no round"),
    }
}
