//! Who else writes to the appointments of a run: changes that no request of this run made (design section 4.6).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::bodies::Bodies;
use super::rollup::CaseResult;
use super::suspects::names;
use super::verdict::Verdict;
use crate::execute::evidence::{Attempt, Batch, Evidence, Exchange, ExchangeId, Payload, Purpose, Trial};
use crate::judge::check::version_of;
use crate::plan::CaseId;
use crate::suite::contract::roles;
use crate::words::json::{differences, within};

/// What the reads of a run show of other writers.
#[derive(Debug, Default)]
pub(super) struct Strangers<'e> {
    /// Appointments that show a version which no accepted request of this run made.
    disturbed: BTreeSet<&'e str>,
    /// Why it is someone else who made it, and not the target in response to a request of ours.
    shown: Option<String>,
}

/// A version that no accepted request made.
struct Move<'e> {
    appointment: &'e str,
    /// The members that changed, where no write to the appointment was sent between the two reads and no request of ours
    /// that could have been about it names one of them.
    strange: Option<String>,
    /// Nothing but rejections was sent between the two reads.
    after_rejection: bool,
}

/// Leaves out the versions that follow rejections where they follow nearly all of them: the others who write are not there at
/// each of them, so it is the target that makes them. Gives whether it is so.
fn leave_to_the_target(moves: &mut Vec<Move<'_>>, unmoved: usize) -> bool {
    /// So many times have to be seen, and so many of them for one at which nothing moved.
    const ENOUGH: usize = 8;
    const FOR_ONE: usize = 3;
    let moved = moves.iter().filter(|one| one.after_rejection).count();
    let by_target = moved >= ENOUGH && moved >= unmoved * FOR_ONE;
    moves.retain(|one| !(by_target && one.after_rejection));
    by_target
}

impl<'e> Strangers<'e> {
    /// Looks at every appointment's reads and writes.
    pub fn find(evidence: &'e Evidence, bodies: &Bodies<'e>, is_disturbed: impl Fn(&Batch) -> bool) -> Strangers<'e> {
        let mut lives: BTreeMap<&str, Vec<&Exchange>> = BTreeMap::new();
        for exchange in &evidence.exchanges {
            if let Some(appointment) = exchange.appointment.as_deref() {
                lives.entry(appointment).or_default().push(exchange);
            }
        }
        let mut accepted: Vec<&Exchange> = evidence.exchanges.iter().filter(|write| write.is_write()).collect();
        accepted.retain(|write| write.succeeded());
        let run = SentWrites { bodies, accepted };
        let (mut moves, mut unmoved) = (Vec::new(), 0);
        for (appointment, mut life) in lives {
            life.sort_by_key(|exchange| (exchange.begin_us, exchange.id));
            // In a race nothing is before or after anything else.
            if life.iter().any(|exchange| exchange.purpose == Purpose::Race) {
                moves.extend(phantom(appointment, &life, &run));
            } else {
                let (of_life, stood_still) = moves_of(appointment, &life, &run);
                moves.extend(of_life);
                unmoved += stood_still;
            }
        }
        let by_target = leave_to_the_target(&mut moves, unmoved);
        let shown = moves.iter().find_map(|one| {
            let members = one.strange.as_deref()?;
            Some(format!("{members} of Appointment/{} changed, which no request of this run named", one.appointment))
        });
        let disturbed: BTreeSet<&str> = moves.iter().map(|one| one.appointment).collect();
        let strangers = Strangers { disturbed, shown };
        let repeated =
            (strangers.shown.is_none() && !by_target).then(|| strangers.repeated(evidence, is_disturbed)).flatten();
        Strangers { shown: strangers.shown.or(repeated), disturbed: strangers.disturbed }
    }

    /// The same request, sent alone to one appointment after another: where one of them stood still, it is not the request
    /// that makes the version.
    fn repeated(&self, evidence: &'e Evidence, is_disturbed: impl Fn(&Batch) -> bool) -> Option<String> {
        let mut alone: BTreeMap<&CaseId, Vec<Attempt<'e>>> = BTreeMap::new();
        for attempt in evidence.trials.iter().filter_map(Trial::attempt).filter(|attempt| attempt.alone) {
            alone.entry(attempt.case).or_default().push(attempt);
        }
        let stood_still = |attempts: &Vec<Attempt<'e>>| {
            let disturbed = attempts.iter().filter(|attempt| self.is_disturbed(attempt)).count();
            disturbed > 0 && disturbed < attempts.len()
        };
        if let Some((case, _)) = alone.iter().find(|(_, attempts)| stood_still(attempts)) {
            return Some(format!("{case} was sent alone to several appointments, and only some of them changed"));
        }
        let cases: BTreeMap<ExchangeId, &CaseId> = evidence
            .trials
            .iter()
            .filter_map(Trial::attempt)
            .flat_map(|attempt| attempt.seen.steps.iter().map(move |step| (step.exchange, attempt.case)))
            .collect();
        let harmless = |id: &ExchangeId| {
            let attempts = cases.get(id).and_then(|case| alone.get(*case));
            attempts.is_some_and(|attempts| attempts.iter().any(|attempt| !self.is_disturbed(attempt)))
        };
        let batches = evidence.batches.iter().filter(|batch| batch.tries.len() > 1 && is_disturbed(batch));
        let changed = batches.into_iter().find(|batch| batch.tries.iter().all(harmless)).map(|batch| {
            let count = batch.tries.len();
            format!(
                "Appointment/{} changed after {count} rejections, none of which changes one alone",
                batch.appointment
            )
        });
        changed.or_else(|| self.not_again(evidence))
    }

    /// A generated list after which its appointment was another one, and which did so on none of several others.
    fn not_again(&self, evidence: &Evidence) -> Option<String> {
        /// So often it has to be sent again.
        const ENOUGH: u32 = 3;
        let mut shrunk = evidence.lists.iter().flat_map(|run| run.shrunk.iter().map(move |shrunk| (run, shrunk)));
        shrunk.find_map(|(run, shrunk)| {
            let of_case = evidence.trials.iter().filter(|trial| trial.case == run.case).filter_map(Trial::list);
            let first = of_case.into_iter().find(|list| list.number == shrunk.number && !list.rerun)?;
            let bystander = first.bystander.as_ref().map(|bystander| bystander.id.as_str());
            let mut concerned = first.appointment.as_deref().into_iter().chain(bystander);
            let disturbed = concerned.any(|appointment| self.disturbed.contains(appointment));
            (disturbed && shrunk.failed == 0 && shrunk.tried >= ENOUGH).then(|| {
                let (case, number, tried) = (&run.case, shrunk.number, shrunk.tried);
                format!("list {number} of {case} was sent {tried} times more, and none of these appointments changed")
            })
        })
    }

    /// What shows that someone else writes to the appointments of the run.
    pub fn shown(&self) -> Option<&str> {
        self.shown.as_deref()
    }

    /// Why what an appointment shows decides nothing, where someone else writes to it.
    pub fn excuse_for(&self, appointment: &str) -> Option<String> {
        let shown = self.shown.as_ref().filter(|_| self.disturbed.contains(appointment))?;
        Some(format!("someone else writes here: {shown}"))
    }

    /// Whether the appointment of an attempt shows a version that no request of this run made.
    pub fn is_disturbed(&self, attempt: &Attempt<'_>) -> bool {
        attempt.seen.appointment.as_deref().is_some_and(|appointment| self.disturbed.contains(appointment))
    }

    /// A failure that was seen on an appointment to which someone else writes decides nothing.
    pub fn excuse(&self, evidence: &Evidence, results: &mut [CaseResult]) {
        for result in results {
            let mut changed = false;
            for finding in result.findings.iter_mut().filter(|finding| finding.verdict == Verdict::Fail) {
                let appointment = || evidence.exchanges.get(finding.exchange? as usize)?.appointment.as_deref();
                let about_others = finding.requirement.as_str() == roles::NO_OTHER_RESOURCE;
                let trials = evidence.trials.iter().filter(|trial| trial.case == result.id && about_others);
                let bystanders = trials.filter_map(Trial::attempt);
                let bystanders = bystanders.filter_map(|attempt| Some(attempt.seen.bystander.as_ref()?.id.as_str()));
                let mut concerned = appointment().into_iter().chain(bystanders);
                if let Some(why) = concerned.find_map(|appointment| self.excuse_for(appointment)) {
                    finding.verdict = Verdict::Inconclusive;
                    finding.found = format!("{}, but {why}", finding.found);
                    changed = true;
                }
            }
            if changed {
                result.conclude();
            }
        }
    }
}

/// The versions of one appointment that no accepted request made, and how often none followed nothing but rejections.
fn moves_of<'e>(appointment: &'e str, life: &[&'e Exchange], run: &SentWrites<'e, '_>) -> (Vec<Move<'e>>, usize) {
    let (mut moves, mut unmoved) = (Vec::new(), 0);
    let mut last: Option<&Exchange> = None;
    // What was sent since the last read: whether anything, whether some of it may have had an effect or was accepted, and the
    // tag it made.
    let (mut sent, mut may_have_changed, mut accepted, mut made): (bool, bool, bool, Option<&str>) =
        (false, false, false, None);
    for exchange in life.iter().copied() {
        if exchange.request.method == "GET" || exchange.request.method == "HEAD" {
            let Some(version) = version_of(run.bodies, exchange).filter(|_| exchange.succeeded()) else { continue };
            let before = last.and_then(|read| version_of(run.bodies, read));
            let moved = before.as_deref().is_some_and(|before| before != version);
            // A read that shows the version before an accepted write lags behind it, and says nothing of others.
            if !moved && accepted && !made.is_some_and(|made| same_tag(made, &version)) {
                continue;
            }
            let overtaken = made.is_some_and(|made| !same_tag(made, &version));
            let by_name = || last.is_some_and(|last| !sent && run.names(appointment, last, exchange));
            if moved && (!may_have_changed || overtaken) && !by_name() {
                let strange = last.filter(|_| !sent).and_then(|last| run.strange(life, last, exchange));
                moves.push(Move { appointment, strange, after_rejection: sent && !may_have_changed });
            }
            unmoved += usize::from(sent && !may_have_changed && !moved && last.is_some());
            (last, sent, may_have_changed, accepted, made) = (Some(exchange), false, false, false, None);
        } else {
            sent = true;
            accepted |= exchange.succeeded();
            may_have_changed |= accepted || exchange.status().is_none_or(|status| !status.is_client_error());
            if exchange.succeeded() {
                made = exchange.received().and_then(|received| received.header("etag"));
            }
        }
    }
    (moves, unmoved)
}

/// A version of an appointment contended for that none of the contenders made; nothing where one of them does not say what
/// it made.
fn phantom<'e>(appointment: &'e str, life: &[&'e Exchange], run: &SentWrites<'e, '_>) -> Option<Move<'e>> {
    let bodies = run.bodies;
    let begin = life.iter().position(|exchange| exchange.purpose == Purpose::Race).unwrap_or(life.len());
    let (before, race) = life.split_at(begin);
    let writes = || race.iter().filter(|exchange| exchange.is_patch());
    let silent = |exchange: &'e Exchange| {
        let status = exchange.status();
        status.is_none_or(|status| status.is_server_error())
            || (exchange.succeeded() && version_of(bodies, exchange).is_none())
    };
    if writes().any(|exchange| silent(exchange)) {
        return None;
    }
    let made: BTreeSet<String> =
        before.iter().chain(writes()).filter_map(|exchange| version_of(bodies, exchange)).collect();
    let reads = race.iter().copied().filter(|exchange| exchange.request.method == "GET");
    let unmade = reads.filter(|read| version_of(bodies, read).is_some_and(|version| !made.contains(&version)));
    let unmade: Vec<&Exchange> = unmade.collect();
    let last = before.iter().rev().copied().find(|read| read.request.method == "GET" && read.succeeded());
    let strange = unmade.iter().find_map(|read| run.strange(life, last?, read));
    (!unmade.is_empty()).then_some(Move { appointment, strange, after_rejection: false })
}

/// What a run sent, to find out whether a change can be its doing.
struct SentWrites<'e, 'b> {
    bodies: &'b Bodies<'e>,
    /// The accepted writes to any appointment, by when they began.
    accepted: Vec<&'e Exchange>,
}

impl<'e> SentWrites<'e, '_> {
    /// Whether an accepted write to another appointment names this one, so that a change of it may be that write's doing.
    fn names(&self, appointment: &str, before: &Exchange, after: &Exchange) -> bool {
        let between = |write: &&&Exchange| write.begin_us < after.end_us && write.end_us > before.begin_us;
        self.accepted.iter().filter(between).any(|write| names(write, appointment))
    }

    /// The members that differ between two reads, where nothing that this run sent names one of them: neither an earlier
    /// write to the appointment, nor a write to another one that was under way between them, which may have gone astray.
    fn strange(&self, life: &[&'e Exchange], before: &'e Exchange, after: &'e Exchange) -> Option<String> {
        let shown = |read: &'e Exchange| shallow(&read.received()?.body);
        let changed = differences(&shown(before)?, &shown(after)?);
        let changed: Vec<String> = changed
            .into_iter()
            .filter(|member| !["/meta", "/text"].iter().any(|apart| within(member, apart)))
            .collect();
        let earlier = life.iter().copied().filter(|write| write.is_write() && write.begin_us <= after.end_us);
        let beside = self.accepted.iter().copied();
        let beside = beside.filter(|write| write.begin_us < after.end_us && write.end_us > before.begin_us);
        let named: Vec<String> = earlier.chain(beside).flat_map(named).collect();
        let about = |member: &String| named.iter().any(|name| within(member, name) || within(name, member));
        (!changed.is_empty() && !changed.iter().any(about)).then(|| changed.join(", "))
    }
}

/// The members that a request names; all, where its body is no patch document or is too long to look into.
fn named(write: &Exchange) -> Vec<String> {
    let everything = || vec![String::new()];
    let Some(document) = shallow(&write.request.body) else { return everything() };
    let Some(operations) = document.as_array() else { return everything() };
    let place = |operation: &Value, name: &str| operation.get(name).and_then(Value::as_str).map(str::to_owned);
    operations.iter().flat_map(|operation| [place(operation, "path"), place(operation, "from")]).flatten().collect()
}

fn same_tag(one: &str, other: &str) -> bool {
    let opaque = |tag: &str| tag.trim_start_matches("W/").trim_matches('"').to_owned();
    opaque(one) == opaque(other)
}

/// A body as JSON, where it is not nested deep: what a list of extremes sends asks for nothing that matters here.
fn shallow(body: &Payload) -> Option<Value> {
    serde_json::from_str(body.text()?).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;
    use crate::execute::evidence::{ExchangeId, Lost, LostKind, Reply, Response, SentRequest};
    use crate::words::fhir::StatusCode;

    /// An exchange of 10 µs that begins at its id times 100.
    fn exchange(id: ExchangeId, request: (&str, &str, Value), code: u16, etag: &str, body: &Value) -> Exchange {
        let (method, appointment, document) = request;
        let payload = |value: &Value| match value {
            Value::Null => Payload::Empty,
            value => Payload::Text(value.to_string()),
        };
        let received = Response {
            status: StatusCode::new(code).unwrap_or_else(|| StatusCode::new(200).unwrap()),
            version: "HTTP/1.1".to_owned(),
            headers: vec![("etag".to_owned(), format!("W/\"{etag}\""))],
            body: payload(body),
            cut: false,
            too_deep: false,
        };
        let lost = Lost { kind: LostKind::Broken, message: "made up".to_owned() };
        Exchange {
            id,
            lane: 1,
            purpose: if method == "GET" { Purpose::Read } else { Purpose::Try },
            appointment: Some(appointment.to_owned()),
            at: String::new(),
            begin_us: u64::from(id) * 100,
            end_us: u64::from(id) * 100 + 10,
            attempt: 1,
            bound: None,
            trace: None,
            request: SentRequest {
                method: method.to_owned(),
                url: format!("http://h/Appointment/{appointment}"),
                headers: Vec::new(),
                body: payload(&document),
            },
            reply: if code == 0 { Reply::Lost(lost) } else { Reply::Received(received) },
        }
    }

    fn read(id: ExchangeId, version: &str, status: &str, comment: &str) -> Exchange {
        let body = json!({ "resourceType": "Appointment", "id": "a", "status": status, "comment": comment });
        exchange(id, ("GET", "a", Value::Null), 200, version, &body)
    }

    fn patch(id: ExchangeId, appointment: &str, path: &str, code: u16, version: &str) -> Exchange {
        let document = json!([{ "op": "replace", "path": path, "value": "x" }]);
        exchange(id, ("PATCH", appointment, document), code, version, &Value::Null)
    }

    /// For each version that no accepted request made, what shows that it was someone else.
    fn found(exchanges: &[Exchange]) -> Vec<Option<String>> {
        let bodies = Bodies::default();
        let accepted = exchanges.iter().filter(|write| write.is_write() && write.succeeded()).collect();
        let run = SentWrites { bodies: &bodies, accepted };
        let life: Vec<&Exchange> = exchanges.iter().filter(|it| it.appointment.as_deref() == Some("a")).collect();
        moves_of("a", &life, &run).0.into_iter().map(|one| one.strange).collect()
    }

    #[test]
    fn a_version_that_an_accepted_request_made_is_no_stranger_s() {
        let sound = [read(1, "1", "booked", "-"), patch(2, "a", "/status", 200, "2"), read(3, "2", "arrived", "-")];
        assert_eq!(found(&sound), []);
        let lost = [read(1, "1", "booked", "-"), patch(2, "a", "/status", 0, ""), read(3, "2", "arrived", "-")];
        assert_eq!(found(&lost), [], "it may have been carried out");
    }

    #[test]
    fn a_version_after_a_rejection_may_be_the_target_s_doing() {
        let rejected = [read(1, "1", "booked", "-"), patch(2, "a", "/comment", 409, ""), read(3, "2", "arrived", "-")];
        assert_eq!(found(&rejected), [None]);
        let overtaken = [read(1, "1", "booked", "-"), patch(2, "a", "/status", 200, "2"), read(3, "3", "booked", "-")];
        assert_eq!(found(&overtaken), [None]);
    }

    #[test]
    fn what_follows_nearly_every_rejection_is_the_target_s_doing() {
        let of = |after_rejection: bool| Move { appointment: "a", strange: None, after_rejection };
        for (moved, unmoved, left) in [(8, 2, 1), (8, 3, 9), (7, 0, 8), (20, 6, 1)] {
            let mut moves: Vec<Move<'_>> = (0..moved).map(|_| of(true)).collect();
            moves.push(of(false));
            let by_target = leave_to_the_target(&mut moves, unmoved);
            assert_eq!((by_target, moves.len()), (left == 1, left), "{moved} {unmoved}");
        }
        let rejected = [read(1, "1", "booked", "-"), patch(2, "a", "/comment", 409, ""), read(3, "1", "booked", "-")];
        let bodies = Bodies::default();
        let run = SentWrites { bodies: &bodies, accepted: Vec::new() };
        assert_eq!(moves_of("a", &rejected.iter().collect::<Vec<_>>(), &run).1, 1);
    }

    #[test]
    fn what_no_request_named_is_someone_else_s() {
        let idle = [read(1, "1", "booked", "-"), read(2, "2", "arrived", "-")];
        assert_eq!(found(&idle), [Some("/status".to_owned())]);
        let late = [patch(0, "a", "/status", 409, ""), read(1, "1", "booked", "-"), read(2, "2", "arrived", "-")];
        assert_eq!(found(&late), [None], "an earlier request to the appointment named it");
        let version_alone = [read(1, "1", "booked", "-"), read(2, "2", "booked", "-")];
        assert_eq!(found(&version_alone), [None]);
    }

    #[test]
    fn a_write_to_another_appointment_may_have_gone_astray() {
        // It lasts until the second read.
        let astray = |path, code| Exchange { end_us: 310, ..patch(2, "b", path, code, "7") };
        let around = |write| [read(1, "1", "booked", "-"), write, read(3, "2", "arrived", "-")];
        assert_eq!(found(&around(astray("/status", 200))), [None]);
        assert_eq!(found(&around(astray("/comment", 200))), [Some("/status".to_owned())]);
        assert_eq!(found(&around(astray("/status", 409))), [Some("/status".to_owned())], "it was rejected");
        let named = json!([{ "op": "replace", "path": "/id", "value": "a" }]);
        let by_name = Exchange { end_us: 310, ..exchange(2, ("PATCH", "b", named), 200, "7", &Value::Null) };
        assert_eq!(found(&around(by_name)), [], "its document names this one");
    }

    #[test]
    fn a_version_that_no_contender_made_is_a_phantom() {
        let race = |exchange: Exchange| Exchange { purpose: Purpose::Race, ..exchange };
        for (last, code, expected) in [
            (read(4, "2", "arrived", "-"), 200, None),
            (read(4, "9", "booked", "by the desk"), 200, Some(Some("/comment".to_owned()))),
            (read(4, "9", "arrived", "-"), 200, Some(None)),
            (read(4, "9", "arrived", "-"), 500, None),
        ] {
            let life = [read(1, "1", "booked", "-"), race(patch(2, "a", "/status", code, "2")), race(last)];
            let bodies = Bodies::default();
            let run = SentWrites { bodies: &bodies, accepted: Vec::new() };
            let life: Vec<&Exchange> = life.iter().collect();
            assert_eq!(phantom("a", &life, &run).map(|one| one.strange), expected, "{code}");
        }
    }
}
