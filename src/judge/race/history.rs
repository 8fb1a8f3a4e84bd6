//! From the exchanges of a race to the history that the checker reads.

use serde_json::Value;

use crate::execute::evidence::{Evidence, Exchange, ExchangeId, LostKind, RaceRound, Reply};
use crate::judge::SETTLES_US;
use crate::judge::history::{Checked, HistoryRules};
use crate::judge::lines::{Before, Line, Op, check};
use crate::plan::{CaseId, Race};
use crate::words::fhir::StatusCode;

/// The history of one appointment in one round of a race.
#[derive(Debug, Clone, PartialEq)]
pub struct RaceHistory {
    /// The case.
    pub case: CaseId,
    /// The round, counted from 1.
    pub round: u32,
    /// The appointment contended for.
    pub appointment: String,
    /// The version before the race.
    pub etag: Option<String>,
    /// The value before the race.
    pub value: Option<String>,
    /// The requests of all clients on it.
    pub lines: Vec<Line>,
    /// Why no order of the requests explains the responses, where none does.
    pub witness: Option<RaceWitness>,
}

/// The few requests of a history that no order explains.
#[derive(Debug, Clone, PartialEq)]
pub struct RaceWitness {
    /// The name of what went wrong.
    pub anomaly: String,
    /// Why no order explains it, in one sentence without a full stop.
    pub why: String,
    /// Places in [`RaceHistory::lines`], in order of the calls.
    pub lines: Vec<usize>,
}

/// How the history of a race is checked.
pub(super) fn check_history(race: &Race, history: &RaceHistory) -> Checked {
    // What a read shows that lags behind is the matter of a rule about all reads of a run.
    let versions_are_unique = !race.version_may_stay;
    let rules = HistoryRules { versions_are_unique, settles: SETTLES_US, ..HistoryRules::default() };
    check(&history.lines, &Before { etag: history.etag.clone(), value: history.value.clone() }, rules)
}

/// What a check found wrong, as it is recorded.
pub(super) fn witness(checked: &Checked) -> Option<RaceWitness> {
    match checked {
        Checked::Violated(witness) => Some(RaceWitness {
            anomaly: witness.anomaly.name().to_owned(),
            why: witness.anomaly.why().to_owned(),
            lines: witness.operations.clone(),
        }),
        Checked::Holds | Checked::Undecided(_) => None,
    }
}

/// One history for each appointment of a round.
pub(super) fn round_histories(case: &CaseId, race: &Race, round: &RaceRound, evidence: &Evidence) -> Vec<RaceHistory> {
    let exchange = |id: ExchangeId| evidence.exchanges.get(id as usize);
    let mut histories = Vec::new();
    for (appointment, before) in round.appointments.iter().zip(&round.before) {
        let before = exchange(*before);
        let mut lines: Vec<Line> = Vec::new();
        let belongs = |exchange: &&Exchange| exchange.appointment.as_deref() == Some(appointment.as_str());
        for (client, ids) in (1u32..).zip(&round.clients) {
            let warm = round.warm.get(client as usize - 1);
            let sent = warm.into_iter().chain(ids).filter_map(|id| exchange(*id)).filter(belongs);
            lines.extend(sent.filter_map(|exchange| line(race, client, exchange)));
        }
        let rest = round.after.iter().copied().chain([round.retried, round.then, round.last].into_iter().flatten());
        lines.extend(rest.filter_map(exchange).filter(belongs).filter_map(|exchange| line(race, 0, exchange)));
        lines.sort_by_key(|line| (line.call, line.exchange));
        histories.push(RaceHistory {
            case: case.clone(),
            round: round.round,
            appointment: appointment.clone(),
            etag: before.and_then(version),
            value: before.and_then(|read| shown(race, read)),
            lines,
            witness: None,
        });
    }
    histories
}

/// One exchange as a line; `None` where nothing was sent.
fn line(race: &Race, client: u32, exchange: &Exchange) -> Option<Line> {
    let not_sent = matches!(&exchange.reply, Reply::Lost(lost) if lost.kind == LostKind::NotConnected);
    if not_sent {
        return None;
    }
    let op = if exchange.is_patch() { Op::Patch } else { Op::Get };
    let status = exchange.status();
    Some(Line {
        client,
        op,
        call: exchange.begin_us,
        ret: status.map(|_| exchange.end_us),
        if_match: exchange.sent_header("if-match").map(str::to_owned),
        etag: version(exchange),
        status: status.map(StatusCode::get),
        value: match op {
            Op::Get => shown(race, exchange),
            Op::Patch | Op::Put => written(race, exchange),
        },
        exchange: Some(exchange.id),
    })
}

/// The ETag of a response.
pub(super) fn etag(exchange: &Exchange) -> Option<&str> {
    exchange.received()?.header("etag")
}

/// The version a response shows: its ETag, else that of the appointment in it.
pub(super) fn version(exchange: &Exchange) -> Option<String> {
    let in_body = || {
        let body = exchange.received()?.body.json()?;
        (body.get("resourceType")?.as_str()? == "Appointment").then_some(())?;
        Some(format!("W/\"{}\"", body.get("meta")?.get("versionId")?.as_str()?))
    };
    etag(exchange).map(str::to_owned).or_else(in_body).filter(|_| exchange.succeeded())
}

/// The members of a read by which changes are told apart.
fn shown(race: &Race, read: &Exchange) -> Option<String> {
    let body = read.received().filter(|received| received.status.is_success())?.body.json()?;
    let members: Vec<String> =
        race.shows.iter().map(|pointer| word(body.pointer(pointer).unwrap_or(&Value::Null))).collect();
    Some(members.join(" + "))
}

/// The same members as a patch document sets them; nothing where it leaves one of them alone.
fn written(race: &Race, exchange: &Exchange) -> Option<String> {
    let document = exchange.request.body.json()?;
    let set = |pointer: &String| {
        document.as_array()?.iter().rev().find_map(|operation| {
            let rest = pointer.strip_prefix(operation.get("path")?.as_str()?)?;
            operation.get("value")?.pointer(rest).map(word)
        })
    };
    let members: Option<Vec<String>> = race.shows.iter().map(set).collect();
    Some(members?.join(" + "))
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "nothing".to_owned(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}
