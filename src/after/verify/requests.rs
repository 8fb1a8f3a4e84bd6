//! Makes every request of a record again, from the plan and from what it was filled with, and compares.

use serde_json::Value;

use super::difference::{Difference, evidence_difference};
use super::places::Places;
use crate::execute::evidence::{
    Evidence, Exchange, ExchangeId, NotRunKind, Owner, Payload, Purpose, SentRequest, Trial, TrialKind, owners,
};
use crate::execute::{DISCOVERY, creations, next_page, rebuilt, rebuilt_as_documented};
use crate::plan::{Act, Advance, KnownTag, Plan, Precondition, Racer, RequestTemplate, plain_change};
use crate::record::{Redact, RunRecord};
use crate::suite::scenario::Fixture;
use crate::words::fhir::{AppointmentStatus, FHIR_JSON, FhirId};

/// Adds what is not the request that the plan asks for.
pub(super) fn check(record: &RunRecord, evidence: &Evidence, places: &Places<'_>, differences: &mut Vec<Difference>) {
    let mut look = RequestsLook { record, evidence, places, differences: Vec::new() };
    let mut is_due = vec![true; evidence.exchanges.len()];
    for (number, trial) in evidence.trials.iter().enumerate() {
        look.trial(number, trial, &mut is_due);
    }
    let (owners, _) = owners(&evidence.exchanges, &evidence.trials);
    for ((exchange, owner), is_due) in evidence.exchanges.iter().zip(owners).zip(is_due) {
        match owner {
            Some(Owner::Fixture | Owner::Run) if is_due => look.unowned(exchange),
            // Sent before the request of a trial, and equal to it.
            Some(Owner::Trial(_) | Owner::Fixture | Owner::Run) | None => {}
        }
    }
    differences.append(&mut look.differences);
}

struct RequestsLook<'a> {
    record: &'a RunRecord,
    evidence: &'a Evidence,
    places: &'a Places<'a>,
    differences: Vec<Difference>,
}

impl<'a> RequestsLook<'a> {
    fn plan(&self) -> &'a Plan {
        self.places.plan
    }

    fn differ(&mut self, place: impl Into<String>, recorded: impl std::fmt::Display, computed: impl std::fmt::Display) {
        self.differences.push(evidence_difference(place, recorded, computed));
    }

    /// The requests of a trial are those of its case.
    fn trial(&mut self, number: usize, trial: &Trial, is_due: &mut [bool]) {
        let mut done = |id: ExchangeId| {
            if let Some(due) = usize::try_from(id).ok().and_then(|place| is_due.get_mut(place)) {
                *due = false;
            }
        };
        let mut asked: Vec<(ExchangeId, Vec<RequestTemplate>)> = Vec::new();
        match &trial.kind {
            TrialKind::Steps(seen) => {
                let case = self.places.places(&trial.case).first().and_then(|place| self.plan().stepwise(place.index));
                let Some(case) = case else { return };
                let all: Vec<RequestTemplate> = case.steps.iter().map(|step| step.request.clone()).collect();
                for (turn, step) in seen.steps.iter().enumerate() {
                    // Of a trial that the harness broke off, nobody knows which step was sent how often.
                    let one = case.steps.get(turn).map(|step| vec![step.request.clone()]);
                    let asks = if self.is_broken_off(trial) { all.clone() } else { one.unwrap_or_default() };
                    asked.push((step.exchange, asks));
                }
            }
            TrialKind::Round(_) => return self.round(number, trial, &mut done),
            TrialKind::List(list) => {
                let edition = self.plan().edition;
                asked.extend(
                    list.steps
                        .iter()
                        .filter_map(|step| Some((step.seen.sent()?.exchange, vec![step.drawn.step(edition).request]))),
                );
            }
        }
        for (id, templates) in asked {
            done(id);
            if let Some(exchange) = self.evidence.exchanges.get(id as usize) {
                self.compare(&format!("trials[{number}] ({})", trial.case), exchange, &templates);
            }
        }
    }

    /// Whether the run ended before its plan did: then a client of a race may have sent less than it had to.
    fn has_stopped(&self) -> bool {
        self.record.cut_short.is_some() || self.evidence.headline().is_some()
    }

    fn is_broken_off(&self, trial: &Trial) -> bool {
        let failed = |case: &crate::plan::CaseId| {
            self.evidence
                .not_run
                .iter()
                .any(|not_run| not_run.case == *case && not_run.kind == NotRunKind::HarnessFailed)
        };
        trial.attempt().is_some_and(|attempt| attempt.seen.halted.is_some()) && failed(&trial.case)
    }

    /// The requests of a round are those of its race.
    fn round(&mut self, number: usize, trial: &Trial, done: &mut dyn FnMut(ExchangeId)) {
        let plan = self.plan();
        let case = self.places.places(&trial.case).first().and_then(|place| plan.cases.get(place.index));
        let (Some(race), Some(round)) = (case.and_then(|case| case.race()), trial.round()) else { return };
        let place = format!("trials[{number}] ({})", trial.case);
        let exchanges = &self.evidence.exchanges;
        let exchange = |id: ExchangeId| exchanges.get(id as usize);
        let whole = round.halted.is_none();
        if whole && (round.clients.len(), round.warm.len()) != (race.clients.len(), race.clients.len()) {
            let found = format!("{} clients, {} of them warm", round.clients.len(), round.warm.len());
            self.differ(format!("{place}.clients"), found, format!("{} clients", race.clients.len()));
        }
        let mut writes: Vec<(&Exchange, Vec<RequestTemplate>)> = Vec::new();
        let mut reads: Vec<&Exchange> = round.warm.iter().filter_map(|id| exchange(*id)).collect();
        for (client, ids) in round.clients.iter().enumerate() {
            let racer = race.clients.get(client);
            let writers = || race.clients.iter().filter_map(Racer::request).cloned().collect::<Vec<_>>();
            for sent in ids.iter().filter_map(|id| exchange(*id)) {
                match racer.and_then(Racer::request) {
                    Some(request) if whole => writes.push((sent, vec![request.clone()])),
                    // Of a round that is not complete, the request that opens the connection stands among the others.
                    Some(_) | None if !whole && sent.request.method != "GET" => writes.push((sent, writers())),
                    Some(_) | None => reads.push(sent),
                }
            }
            let wanted = racer.map_or(0, Racer::requests);
            let too_few = ids.len() < wanted && !self.has_stopped();
            if whole && (too_few || ids.len() > wanted) {
                self.differ(format!("{place}.clients[{client}]"), format!("{} requests", ids.len()), wanted);
            }
        }
        let then = round.then.and_then(exchange).zip(race.then.clone());
        writes.extend(then.map(|(sent, then)| (sent, vec![then])));
        if let Some(again) = round.retried.and_then(exchange) {
            let is_locked = |sent: &&(&Exchange, _)| sent.0.status().is_some_and(|status| status.get() == 423);
            if !writes.iter().filter(is_locked).any(|(sent, _)| sent.request == again.request) {
                self.differ(format!("{place}.retried"), "another request", "the request that was rejected as locked");
            }
        }
        round.exchanges().for_each(&mut *done);
        writes.into_iter().for_each(|(sent, templates)| self.compare(&place, sent, &templates));
        let around = round.before.iter().chain(&round.after).chain(&round.last);
        reads.extend(around.filter_map(|id| exchange(*id)));
        reads.into_iter().for_each(|read| self.read(read));
    }

    /// A request that belongs to no trial is one of those by which appointments are had, read and controlled.
    fn unowned(&mut self, exchange: &Exchange) {
        let base = self.record.target.base_url.as_str();
        match exchange.purpose {
            Purpose::Preflight => {
                let wanted = self.documented(("GET", format!("{base}/metadata")), &[], None);
                self.one_of(exchange, &[wanted]);
            }
            Purpose::Token => self.token(exchange),
            Purpose::Read => self.read(exchange),
            Purpose::Search => {
                let url = &exchange.request.url;
                let known = search(url.strip_prefix(base).unwrap_or_default()) || self.is_next_page(exchange);
                let wanted = known.then(|| self.documented(("GET", url.clone()), &[], None));
                let wanted: Vec<SentRequest> = wanted.into_iter().collect();
                self.one_of(exchange, &wanted);
            }
            Purpose::Create => {
                let url = format!("{base}/Appointment");
                let line = [("content-type", FHIR_JSON)];
                let slot = slot_of(&exchange.request.body);
                let states = [Fixture::Booked, Fixture::Proposed].into_iter();
                let bodies = states.flat_map(|state| creations(self.plan().edition, state, slot.as_deref()));
                let wanted: Vec<SentRequest> =
                    bodies.map(|body| self.documented(("POST", url.clone()), &line, Some(&body))).collect();
                self.one_of(exchange, &wanted);
            }
            Purpose::Walk if exchange.request.method == "DELETE" => self.deletion(exchange),
            Purpose::Walk => {
                let templates: Vec<RequestTemplate> =
                    steps_on(self.plan()).map(|request| request.with_if_match(WHERE_SHOWN)).collect();
                self.compare("a step that leads on", exchange, &templates);
            }
            Purpose::CleanUp if exchange.request.method == "GET" => self.read(exchange),
            Purpose::CleanUp => {
                let templates: Vec<RequestTemplate> =
                    cancellations(self.plan()).map(|request| request.with_if_match(WHERE_SHOWN)).collect();
                self.compare("a request that cancels what was made", exchange, &templates);
            }
            Purpose::Control => {
                let templates = controls(self.places, exchange.lane);
                self.compare("a control", exchange, &templates);
            }
            // It was under way when the run had to end, and its trial never came to be.
            Purpose::Try | Purpose::Advance | Purpose::Race => {}
        }
    }

    /// An appointment is deleted where the plan has a lane for one, and nowhere else.
    fn deletion(&mut self, exchange: &Exchange) {
        let url =
            format!("{}/Appointment/{}", self.record.target.base_url, exchange.appointment.as_deref().unwrap_or("?"));
        let planned = self.plan().lanes.iter().any(|lane| lane.start == Fixture::Deleted);
        let wanted = planned.then(|| self.documented(("DELETE", url), &[], None));
        self.one_of(exchange, wanted.as_slice());
    }

    /// A request for a token, or for the place where tokens are to be had: nothing that touches an appointment.
    fn token(&mut self, exchange: &Exchange) {
        let SentRequest { method, url, body, .. } = &exchange.request;
        let asks = body.text().is_some_and(|body| body.starts_with("grant_type=client_credentials"));
        let is_discovery = method == "GET" && url.ends_with(DISCOVERY) && body.is_empty();
        if exchange.appointment.is_some() || !(is_discovery || (method == "POST" && asks)) {
            let place = format!("exchanges[{}].request", exchange.id);
            self.differ(place, line(&exchange.request), "a request for a token");
        }
    }

    /// Whether an earlier search of the lane names the URL as its next page.
    fn is_next_page(&self, exchange: &Exchange) -> bool {
        let earlier = self.evidence.exchanges.iter().take(exchange.id as usize);
        let mut searches = earlier.filter(|other| other.lane == exchange.lane && other.purpose == Purpose::Search);
        let page = |other: &Exchange| other.received().and_then(|received| next_page(&received.body.json()?));
        searches.any(|other| page(other).as_ref() == Some(&exchange.request.url))
    }

    fn read(&mut self, exchange: &Exchange) {
        let Some(id) = &exchange.appointment else {
            return self.differ(format!("exchanges[{}]", exchange.id), "a read of nothing", "the id of an appointment");
        };
        let url = format!("{}/Appointment/{id}", self.record.target.base_url);
        let wanted = self.documented(("GET", url), &[], None);
        self.one_of(exchange, &[wanted]);
    }

    fn documented(&self, to: (&str, String), lines: &[(&str, &str)], body: Option<&str>) -> SentRequest {
        rebuilt_as_documented(to, lines, &self.record.target.headers, body)
    }

    /// Compares a request with those that the plan may ask for here.
    fn compare(&mut self, of: &str, exchange: &Exchange, templates: &[RequestTemplate]) {
        let place = format!("exchanges[{}]", exchange.id);
        let Some(bound) = &exchange.bound else {
            return self.differ(format!("{place}.bound"), "nothing", "what the request was filled with");
        };
        let target = &self.record.target;
        let made = |template: &RequestTemplate| rebuilt(template, bound, &target.base_url, &target.headers);
        let made: Vec<Result<SentRequest, String>> = templates.iter().map(made).collect();
        let wanted: Vec<SentRequest> = made.iter().filter_map(|made| made.as_ref().ok()).cloned().collect();
        match made.into_iter().find_map(Result::err) {
            Some(why) if wanted.is_empty() => {
                self.differ(format!("{place}.bound"), format!("for {of}: {why}"), "all its values")
            }
            Some(_) | None => self.one_of(exchange, &wanted),
        }
    }

    fn one_of(&mut self, exchange: &Exchange, wanted: &[SentRequest]) {
        let is_redacted = self.record.target.redaction == Redact::Phi;
        if wanted.iter().any(|wanted| is_same(&exchange.request, wanted, is_redacted)) {
            return;
        }
        let place = format!("exchanges[{}].request", exchange.id);
        let Some(wanted) = wanted.first() else {
            return self.differ(place, line(&exchange.request), "a request that the plan asks for");
        };
        let found = &exchange.request;
        if (&found.method, &found.url) != (&wanted.method, &wanted.url) {
            self.differ(place, line(found), line(wanted));
        } else if found.headers != wanted.headers {
            let (found, wanted) = (lines(found, wanted), lines(wanted, found));
            self.differ(format!("{place}.headers"), found, wanted);
        } else {
            self.differ(format!("{place}.body"), short(&found.body), short(&wanted.body));
        }
    }
}

/// The tag of the current version, where the target shows one: what a request that no case asks for carries.
const WHERE_SHOWN: Precondition = Precondition::Tag(KnownTag::CurrentWhereShown);

/// The plain steps from one status to another.
fn steps_on(plan: &Plan) -> impl Iterator<Item = RequestTemplate> + '_ {
    let open = AppointmentStatus::ALL.iter().filter(|_| plan.routes.open).map(|status| plain_change(*status));
    plan.routes.documents.values().cloned().chain(open).map(RequestTemplate::document)
}

/// The plain steps that cancel an appointment.
fn cancellations(plan: &Plan) -> impl Iterator<Item = RequestTemplate> + '_ {
    steps_on(plan).filter(|request| request.status_set() == Some(AppointmentStatus::Cancelled))
}

/// What may control what was tried in a lane: whatever leads on from one of its acts, or a plain step in the place of a
/// case or behind a list.
fn controls(places: &Places<'_>, lane: u32) -> Vec<RequestTemplate> {
    let mut templates: Vec<RequestTemplate> =
        steps_on(places.plan).map(|request| request.with_if_match(WHERE_SHOWN)).collect();
    for act in places.acts(lane) {
        let forms = [WHERE_SHOWN, Precondition::Absent, Precondition::Tag(KnownTag::Strong)];
        let plain = plain_of(places.plan, act);
        templates.extend(forms.into_iter().map(|form| plain.clone().with_if_match(form)));
        match &act.advance {
            Advance::Plain { request, .. } => templates.push(request.as_ref().clone().with_if_match(WHERE_SHOWN)),
            Advance::Case { case, .. } => {
                let first = places.plan.stepwise(*case).and_then(|case| case.body.steps.first());
                templates.extend(first.map(|step| step.request.clone()));
            }
            Advance::End => {}
        }
    }
    templates
}

fn plain_of(plan: &Plan, act: &Act) -> RequestTemplate {
    plan.routes.plain_step(act.state, act.advance.to().unwrap_or(act.state))
}

/// Whether this is the rest of the URL of a search for slots, whose parameters the target file may say, or of a look at one.
fn search(rest: &str) -> bool {
    match rest.strip_prefix("/Slot/") {
        Some(id) => id.parse::<FhirId>().is_ok(),
        None => rest.strip_prefix("/Slot?").is_some_and(|query| query.bytes().all(|byte| byte.is_ascii_graphic())),
    }
}

/// The id of the slot that a body takes, where it takes one.
fn slot_of(body: &Payload) -> Option<String> {
    let body = body.json()?;
    let slot = body.pointer("/slot/0/reference")?.as_str()?.strip_prefix("Slot/")?.parse::<FhirId>().ok()?;
    Some(slot.to_string())
}

/// Whether two requests are the same. In a record without protected values, those of a body may be placeholders.
fn is_same(found: &SentRequest, wanted: &SentRequest, is_redacted: bool) -> bool {
    if found == wanted {
        return true;
    }
    let alike =
        || matches!((found.body.json(), wanted.body.json()), (Some(one), Some(other)) if is_alike(&one, &other));
    is_redacted && found.method == "POST" && (&found.url, &found.headers) == (&wanted.url, &wanted.headers) && alike()
}

/// Whether a value is another one in which protected values are replaced.
fn is_alike(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => {
            found.len() == wanted.len()
                && wanted.iter().all(|(name, wanted)| found.get(name).is_some_and(|found| is_alike(found, wanted)))
        }
        (Value::Array(found), Value::Array(wanted)) => {
            found.len() == wanted.len() && found.iter().zip(wanted).all(|(found, wanted)| is_alike(found, wanted))
        }
        (Value::String(found), Value::String(wanted)) => found == wanted || is_replaced(found),
        (Value::Number(_), Value::Number(_)) => true,
        (found, wanted) => found == wanted,
    }
}

/// Whether a text has a placeholder such as `[name:7f3a09c1d2e4]` in it.
fn is_replaced(text: &str) -> bool {
    text.match_indices('[').any(|(at, _)| {
        let inner = text.get(at + 1..).and_then(|rest| rest.split_once(']')).map(|(inner, _)| inner);
        let token = inner.and_then(|inner| inner.split_once(':')).map(|(_, token)| token);
        token.is_some_and(|token| token.bytes().take_while(u8::is_ascii_hexdigit).count() == 12)
    })
}

fn line(request: &SentRequest) -> String {
    format!("{} {}", request.method, request.url)
}

/// The header lines that the other one has not.
fn lines(one: &SentRequest, other: &SentRequest) -> String {
    let more = one.headers.iter().filter(|line| !other.headers.contains(line));
    let lines: Vec<String> = more.map(|(name, value)| format!("{name}: {value}")).collect();
    if lines.is_empty() { "other lines, or in another order".to_owned() } else { lines.join("; ") }
}

fn short(body: &Payload) -> String {
    match body {
        Payload::Empty => "no body".to_owned(),
        Payload::Text(text) | Payload::Base64(text) => text.chars().take(200).collect(),
    }
}
