//! A change of an appointment that nothing addressed is charged to the request that most likely made it.

use serde_json::{Value, json};

use super::made::{Made, reply_of};
use crate::execute::evidence::{Bystander, ControlSeen, ExchangeId, Payload, TrialKind};
use crate::judge::Verdict::{Fail, Inconclusive, NotTested, Pass};
use crate::judge::suspects::{alike, likely};
use crate::plan::CheckRule;
use crate::suite::contract::Breach;
use crate::suite::scenario::Check;

impl Made {
    /// A read of another appointment, which nothing is sent to.
    fn read_beside(&mut self, status: &str) -> ExchangeId {
        let read = self.read(status, 1);
        self.exchange(read).appointment = Some("8".to_owned());
        read
    }

    /// A PATCH of this document.
    fn sends_document(&mut self, document: &Value, code: u16) -> ExchangeId {
        let patch = self.patch("arrived", code);
        self.exchange(patch).request.body = Payload::Text(document.to_string());
        patch
    }
}

#[test]
fn what_was_carried_out_and_names_it_is_the_likeliest() {
    let mut made = Made::rejection();
    let of_status = json!([{ "op": "replace", "path": "/status", "value": "arrived" }]);
    let of_id = json!([{ "op": "replace", "path": "/id", "value": "8" }]);
    let rejected = made.sends_document(&of_id, 422);
    let accepted = made.sends_document(&of_status, 200);
    let likeliest = |made: &Made, harmless: &[ExchangeId]| -> Vec<ExchangeId> {
        let all: Vec<_> = made.evidence.exchanges.iter().collect();
        likely(&all, "8", |write| harmless.contains(&write.id)).iter().map(|write| write.id).collect()
    };
    assert_eq!(likeliest(&made, &[]), [accepted]);
    let again = made.sends_document(&of_status, 200);
    assert_eq!(likeliest(&made, &[]), [accepted, again]);
    assert_eq!(likeliest(&made, &[accepted]), [again]);
    assert_eq!(likeliest(&made, &[accepted, again]), [accepted, again], "somebody did it");
    let lost = made.sends_document(&of_id, 200);
    assert_eq!(likeliest(&made, &[]), [lost]);
    let write = |id: ExchangeId| &made.evidence.exchanges[id as usize];
    assert!(alike(write(accepted), write(again)) && !alike(write(rejected), write(lost)));
}

/// The findings about an appointment beside a case of two steps, the second one of these documents and codes, of which the
/// reads around and between them show these states.
fn charged(
    first: (&str, u16),
    second: (&str, u16),
    shown: [&str; 3],
) -> Vec<(crate::judge::Verdict, Option<ExchangeId>)> {
    let mut made = Made::rejection();
    let step = &mut made.case().steps;
    step[0].status.clear();
    let rule = CheckRule {
        requirements: vec![("APPT-VER-04".parse().unwrap(), Breach::Fail)],
        check: Check::BystanderUnchanged,
    };
    step[0].checks = vec![rule];
    step.push(step[0].clone());
    let before = made.read_beside(shown[0]);
    let document = |id: &str| json!([{ "op": "replace", "path": "/id", "value": id }]);
    let one = made.sends_document(&document(first.0), first.1);
    made.read_beside(shown[1]);
    let two = made.sends_document(&document(second.0), second.1);
    // What is throttled, shut out or lost on the way is asked again, and the repetition counts.
    for code in [429, 401, 503, 500] {
        let throttled = made.read_beside(shown[2]);
        made.exchange(throttled).reply = reply_of(code, Vec::new(), Payload::Empty);
    }
    let after = made.read_beside(shown[2]);
    made.attempt(&[(one, None, None), (two, None, None)], ControlSeen::NotNeeded);
    if let TrialKind::Steps(seen) = &mut made.evidence.trials[0].kind {
        seen.bystander = Some(Bystander { id: "8".to_owned(), before, after: Some(after) });
    }
    let findings = made.judged().findings.into_iter();
    let of = findings.filter(|one| one.expected.contains("Appointment/8") || one.verdict == Pass);
    of.map(|finding| (finding.verdict, finding.exchange)).collect()
}

#[test]
fn of_two_steps_the_one_is_charged_after_which_it_had_changed() {
    let (named, other) = (("8", 422), ("9", 422));
    assert_eq!(charged(named, named, ["booked", "arrived", "arrived"]), [(Fail, Some(1)), (Pass, Some(3))]);
    assert_eq!(charged(named, named, ["booked", "booked", "arrived"]), [(Pass, Some(1)), (Fail, Some(3))]);
    assert_eq!(charged(other, other, ["booked", "booked", "booked"]), [(Pass, Some(1)), (Pass, Some(3))]);
}

#[test]
fn a_request_beside_which_another_one_more_likely_did_it_is_not_charged() {
    for (code, verdict) in [(200, Inconclusive), (422, Fail)] {
        let mut made = Made::rejection();
        let step = &mut made.case().steps[0];
        step.status.clear();
        let rule = CheckRule {
            requirements: vec![("APPT-VER-04".parse().unwrap(), Breach::Fail)],
            check: Check::BystanderUnchanged,
        };
        step.checks = vec![rule];
        let before = made.read_beside("booked");
        let patch = made.sends_document(&json!([{ "op": "replace", "path": "/id", "value": "8" }]), 422);
        let other = made.patch("arrived", code);
        made.exchange(other).begin_us = made.evidence.exchanges[patch as usize].begin_us;
        let after = made.read_beside("arrived");
        made.attempt(&[(patch, None, None)], ControlSeen::NotNeeded);
        if let TrialKind::Steps(seen) = &mut made.evidence.trials[0].kind {
            seen.bystander = Some(Bystander { id: "8".to_owned(), before, after: Some(after) });
        }
        let found: Vec<_> = made.judged().findings.into_iter().map(|one| (one.verdict, one.found)).collect();
        assert_eq!(found[0].0, verdict, "{found:?}");
    }
}

#[test]
fn a_change_between_two_reads_names_the_accepted_request_and_not_one_whose_like_was_harmless() {
    let rule = json!({ "on": "lane", "check": "bystander-unchanged" });
    let mut made = Made::rejection();
    let (harmless, guilty) = (json!([{ "op": "test", "path": "/id", "value": "7" }]), json!([{ "op": "move" }]));
    made.read_beside("booked");
    made.sends_document(&harmless, 200);
    made.read_beside("booked");
    made.sends_document(&harmless, 200);
    made.sends_document(&guilty, 422);
    let id = made.sends_document(&guilty, 200);
    made.read_beside("arrived");
    let found = made.property(&rule, Breach::Fail);
    assert_eq!(found[0].0, Fail, "{found:?}");
    assert!(!found[0].1.contains("beside"), "{found:?}");
    assert_eq!(made.charged_of(&rule), [Some(id), None]);
}

#[test]
fn a_success_that_shows_another_appointment_makes_no_version_of_this_one() {
    let rule = json!({ "on": "request", "check": "reads-are-fresh" });
    for (shown, verdict) in [("7", Inconclusive), ("8", NotTested)] {
        let mut made = Made::rejection();
        made.read("booked", 1);
        let patch = made.patch("arrived", 200);
        let body = json!({ "resourceType": "Appointment", "id": shown, "status": "arrived" });
        let tag = vec![("etag".to_owned(), "W/\"5\"".to_owned())];
        made.exchange(patch).reply = reply_of(200, tag, Payload::Text(body.to_string()));
        made.read("booked", 1);
        let found = made.property(&rule, Breach::Fail);
        assert_eq!(found[0].0, verdict, "{shown}: {found:?}");
    }
}
