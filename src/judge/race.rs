//! Judges a race: from its exchanges to a history, from the history to findings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::history::{Anomaly, Rules, Witness};
use super::index::Index;
use super::lines::{Before, Checked, Line, Op, check, tell};
use super::rollup::CaseResult;
use super::status::says_nothing;
use super::verdict::{Finding, Verdict};
use crate::contract::{Breach, Contract, Grade, Level, RequirementId};
use crate::execute::evidence::{Answer, Evidence, Exchange, ExchangeId, LostKind, RaceRound};
use crate::fhir::StatusCode;
use crate::plan::{CaseId, Plan, Race, Racer};
use crate::scenario::{Contest, IfMatch, RaceRule};

/// The history of one appointment in one round of a race.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RaceHistory {
    pub case: CaseId,
    pub round: u32,
    pub appointment: String,
    /// The version and the value before the race.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<String>,
    pub lines: Vec<Line>,
}

/// The histories of all races of a run, as `check-history` reads them.
pub fn histories(plan: &Plan, evidence: &Evidence) -> Vec<RaceHistory> {
    let races: BTreeMap<&CaseId, &Race> = plan.races.iter().map(|race| (&race.id, race)).collect();
    let rounds = evidence.races.iter().filter_map(|round| Some((round, *races.get(&round.case)?)));
    rounds.flat_map(|(round, race)| round_histories(race, round, evidence)).collect()
}

/// The result of a race.
pub(super) fn judge(contract: &Contract, plan: &Plan, index: &Index<'_>, race: &Race) -> CaseResult {
    let rounds: Vec<&RaceRound> = index.evidence.races.iter().filter(|round| round.case == race.id).collect();
    let mut result = CaseResult {
        id: race.id.clone(),
        title: race.title.clone(),
        requirements: race.requirements.clone(),
        verdict: Verdict::NotTested,
        reason: String::new(),
        findings: Vec::new(),
        exchanges: rounds.iter().flat_map(|round| round.exchanges()).collect(),
        origin: race.origin.clone(),
        selected: race.selected,
    };
    let views: Vec<View<'_>> = rounds.iter().map(|round| View::new(race, round, index.evidence)).collect();
    for id in &race.requirements {
        let Some(rule) = RaceRule::of(id) else { continue };
        let judge = Judge { contract, plan, race, id, rule, views: &views };
        match (views.is_empty(), index.not_run(&race.id)) {
            (false, _) => judge.rounds(&mut result.findings),
            (true, Some(why)) => result.findings.push(judge.finding(Verdict::NotTested, "", why.to_owned(), None)),
            (true, None) => {
                let why = "it was planned, and nothing says what became of it".to_owned();
                result.findings.push(judge.finding(Verdict::Error, "", why, None));
            }
        }
    }
    result.conclude();
    result
}

/// One round, looked at.
struct View<'a> {
    race: &'a Race,
    round: &'a RaceRound,
    evidence: &'a Evidence,
    /// The writers' exchanges, with what each sent.
    writes: Vec<(&'a Exchange, &'a IfMatch)>,
    histories: Vec<RaceHistory>,
    checked: Vec<Checked>,
}

impl<'a> View<'a> {
    fn new(race: &'a Race, round: &'a RaceRound, evidence: &'a Evidence) -> View<'a> {
        let sent = race.clients.iter().zip(&round.clients);
        let writes = sent
            .filter_map(|(racer, ids)| match racer {
                Racer::Writer { if_match, .. } => Some((evidence.exchanges.get(*ids.first()? as usize)?, if_match)),
                Racer::Reader { .. } => None,
            })
            .collect();
        let histories = round_histories(race, round, evidence);
        let rules = Rules { versions_are_unique: !race.version_may_stay, ..Rules::default() };
        let checked = histories
            .iter()
            .map(|own| check(&own.lines, &Before { etag: own.etag.clone(), value: own.value.clone() }, rules))
            .collect();
        View { race, round, evidence, writes, histories, checked }
    }

    fn exchange(&self, id: ExchangeId) -> Option<&'a Exchange> {
        self.evidence.exchanges.get(id as usize)
    }

    /// The writers that named the version contended for and succeeded.
    fn winners(&self) -> Vec<&'a Exchange> {
        let named = |form: &IfMatch| *form == IfMatch::Current;
        self.writes.iter().filter(|(own, form)| named(form) && own.succeeded()).map(|(own, _)| *own).collect()
    }

    /// Those that named it, or one before it, and were refused.
    fn losers(&self) -> impl Iterator<Item = (&'a Exchange, StatusCode)> + '_ {
        let named = |form: &IfMatch| matches!(form, IfMatch::Current | IfMatch::Stale);
        self.writes.iter().filter(move |(_, form)| named(form)).filter_map(|(own, _)| {
            let status = own.status().filter(|status| !status.is_success() && !says_nothing(*status))?;
            Some((*own, status))
        })
    }

    /// How many answers had each code, as in `200 ×1, 409 ×5`.
    fn split(&self) -> BTreeMap<String, usize> {
        let mut split = BTreeMap::new();
        for (own, _) in &self.writes {
            let word = own.status().map_or("no answer".to_owned(), |status| status.get().to_string());
            *split.entry(word).or_default() += 1;
        }
        split
    }

    /// Whether overload or a lost answer left it open who won.
    fn clouded(&self) -> bool {
        self.writes.iter().any(|(own, _)| own.status().is_none_or(says_nothing))
    }
}

/// One requirement against all rounds of a race.
struct Judge<'a> {
    contract: &'a Contract,
    plan: &'a Plan,
    race: &'a Race,
    id: &'a RequirementId,
    rule: RaceRule,
    views: &'a [View<'a>],
}

/// What one round says about one requirement.
enum Said {
    Kept,
    Broken { verdict: Verdict, expected: String, found: String, exchange: Option<ExchangeId>, notes: Vec<String> },
    Open(String),
    Noted(String),
    Nothing,
}

impl Judge<'_> {
    fn rounds(&self, findings: &mut Vec<Finding>) {
        let (mut kept, mut broken, mut open, mut noted) = (0usize, 0usize, None, Vec::new());
        for view in self.views {
            let said = self.round(view);
            match said {
                // Whatever was seen to be broken is broken; but nothing is kept by requests that did not meet.
                Said::Kept | Said::Noted(_) if !view.round.overlapped => {
                    open = Some("the requests of the clients did not overlap in time".to_owned());
                }
                Said::Kept => kept += 1,
                Said::Noted(text) => noted.push(text),
                Said::Open(why) => open = Some(why),
                Said::Nothing => {}
                Said::Broken { verdict, expected, found, exchange, notes } => {
                    broken += 1;
                    if broken == 1 {
                        findings.push(self.finding(verdict, &expected, found, exchange));
                        findings.extend(notes.into_iter().map(|note| self.finding(verdict, "", note, None)));
                    }
                }
            }
        }
        if broken > 1 {
            if let Some(first) = findings.iter().rev().find(|own| own.requirement == *self.id && own.exchange.is_some())
            {
                let (verdict, total) = (first.verdict, self.views.len());
                findings.push(self.finding(verdict, "", format!("in {broken} of {total} rounds"), None));
            }
        }
        if kept > 0 {
            let verdict = if self.breach() == Breach::Observe { Verdict::Observed } else { Verdict::Pass };
            findings.push(self.finding(verdict, "", self.told(kept), None));
        } else if let (0, Some(text)) = (broken, noted.first()) {
            findings.push(self.finding(Verdict::Observed, "", text.clone(), None));
        } else if let (0, Some(why)) = (broken, open) {
            findings.push(self.finding(Verdict::Inconclusive, "", why, None));
        }
    }

    /// The number of rounds and the split of codes.
    fn told(&self, kept: usize) -> String {
        let mut split: BTreeMap<String, usize> = BTreeMap::new();
        for (word, count) in self.views.iter().flat_map(View::split) {
            *split.entry(word).or_default() += count;
        }
        let codes: Vec<String> = split.iter().map(|(word, count)| format!("{word} x{count}")).collect();
        let rounds = if kept == 1 { "round" } else { "rounds" };
        format!("held in {kept} {rounds} of {} clients: {}", self.race.clients.len(), codes.join(", "))
    }

    fn round(&self, view: &View<'_>) -> Said {
        match self.rule {
            RaceRule::OneWinner => self.one_winner(view),
            RaceRule::LoserCodes => self.loser_codes(view),
            RaceRule::SomeWinner => self.some_winner(view),
            RaceRule::FinalState => self.final_state(view),
            RaceRule::WholePatches => self.whole_patches(view),
            RaceRule::PatchedAgain => self.patched_again(view),
            RaceRule::RetryAfterLock => retried(view),
            RaceRule::Independent => self.independent(view),
            RaceRule::LockHasReason => self.lock_has_reason(view),
        }
    }

    fn one_winner(&self, view: &View<'_>) -> Said {
        let winners = view.winners();
        if let Some(second) = winners.get(1) {
            let mut tags: Vec<Option<&str>> = winners.iter().map(|own| etag(own)).collect();
            tags.sort_unstable();
            tags.dedup();
            let stayed = view.race.version_may_stay && tags.len() == 1;
            let verdict = if stayed { Verdict::Warn } else { self.breach().into() };
            let witness = self.witness(view, &[Anomaly::TwoWinners, Anomaly::LostUpdate, Anomaly::VersionReused]);
            let notes =
                witness.unwrap_or_else(|| winners.iter().take(Witness::MOST).map(|own| told(view, own)).collect());
            return Said::Broken {
                verdict,
                expected: "at most one success for one version".to_owned(),
                found: format!("{} of {} writers of one version succeeded", winners.len(), view.writes.len()),
                exchange: Some(second.id),
                notes,
            };
        }
        // Where no requirement of the edition speaks of the codes of losers, this one does.
        let stands = |own: &crate::contract::Requirement| {
            RaceRule::of(&own.id) == Some(RaceRule::LoserCodes) && own.standing(self.plan.edition).is_some()
        };
        if self.contract.requirements.iter().any(stands) { Said::Kept } else { self.loser_codes(view) }
    }

    fn loser_codes(&self, view: &View<'_>) -> Said {
        let requirement = self.contract.requirement(self.id);
        let expectation = requirement.and_then(|own| {
            own.expectation(self.plan.edition, Some("losers")).or_else(|| own.expectation(self.plan.edition, None))
        });
        let Some(expectation) = expectation else { return Said::Nothing };
        let mut any = false;
        for (own, status) in view.losers() {
            any = true;
            if expectation.grade(status) != Grade::Expected {
                return Said::Broken {
                    verdict: self.breach().into(),
                    expected: format!("{expectation} for a writer that lost"),
                    found: status.to_string(),
                    exchange: Some(own.id),
                    notes: Vec::new(),
                };
            }
        }
        let has_winner = !view.winners().is_empty();
        match self.anomaly(view, &[Anomaly::FalseConflict]) {
            Some(said) if has_winner => said,
            _ if any || has_winner => Said::Kept,
            _ => Said::Nothing,
        }
    }

    fn some_winner(&self, view: &View<'_>) -> Said {
        let won_later =
            self.views.iter().any(|other| other.round.round > view.round.round && !other.winners().is_empty());
        match (view.winners().is_empty(), view.clouded(), won_later) {
            (false, _, _) => Said::Kept,
            (true, true, _) => {
                Said::Open("an answer was lost or says nothing, so a winner may have gone unseen".to_owned())
            }
            (true, false, true) => Said::Nothing,
            (true, false, false) => Said::Broken {
                verdict: Verdict::Warn,
                expected: "one writer of several to succeed, now or in one more round".to_owned(),
                found: "none did".to_owned(),
                exchange: view.writes.first().map(|(own, _)| own.id),
                notes: Vec::new(),
            },
        }
    }

    fn final_state(&self, view: &View<'_>) -> Said {
        let others = [
            Anomaly::VersionReused,
            Anomaly::FracturedChain,
            Anomaly::PhantomVersion,
            Anomaly::StaleRead,
            Anomaly::FutureRead,
            Anomaly::WriteOrder,
            Anomaly::WrongValue,
            Anomaly::NoOrder,
        ];
        if let Some(said) = self.anomaly(view, &others) {
            return said;
        }
        let read = view.round.after.last().and_then(|id| view.exchange(*id));
        if !read.is_some_and(Exchange::succeeded) {
            return Said::Open("the read after the race was not answered with an appointment".to_owned());
        }
        // Another anomaly hides what comes after it.
        match view.checked.first() {
            Some(Checked::Undecided(why)) => Said::Open(why.clone()),
            Some(Checked::Violated(_)) => Said::Nothing,
            Some(Checked::Holds) | None => Said::Kept,
        }
    }

    fn whole_patches(&self, view: &View<'_>) -> Said {
        let Some(history) = view.histories.first() else { return Said::Nothing };
        let written =
            |value: &String| history.lines.iter().any(|line| line.op != Op::Get && line.value.as_ref() == Some(value));
        let reads = || history.lines.iter().filter(|line| line.op == Op::Get && line.status == Some(200));
        for line in reads() {
            let Some(value) = &line.value else { continue };
            if history.value.as_ref() != Some(value) && !written(value) {
                return Said::Broken {
                    verdict: self.breach().into(),
                    expected: "every read to show the appointment before a patch or after all of it".to_owned(),
                    found: format!("a read shows {value}, which is neither"),
                    exchange: line.exchange,
                    notes: vec![tell(line)],
                };
            }
        }
        if reads().next().is_some() { Said::Kept } else { Said::Nothing }
    }

    fn patched_again(&self, view: &View<'_>) -> Said {
        let Some(then) = view.round.then.and_then(|id| view.exchange(id)) else { return Said::Nothing };
        match then.status() {
            Some(status) if status.is_success() => Said::Kept,
            Some(status) if matches!(status.get(), 409 | 412 | 423) => Said::Broken {
                verdict: self.breach().into(),
                expected: "the version read after the race to be accepted".to_owned(),
                found: status.to_string(),
                exchange: Some(then.id),
                notes: vec![told(view, then)],
            },
            Some(status) => Said::Open(format!("the patch after the race was answered {status}")),
            None => Said::Open("the patch after the race got no answer".to_owned()),
        }
    }

    fn independent(&self, view: &View<'_>) -> Said {
        let all = view.writes.iter().filter_map(|(own, _)| Some((*own, own.status()?)));
        let refused = all.clone().find(|(_, status)| !status.is_success());
        let won = all.filter(|(_, status)| status.is_success()).count();
        match (view.race.contest, refused) {
            (Contest::Slot, _) if won > 1 => Said::Broken {
                verdict: Verdict::Warn,
                expected: "one slot to be given to one appointment".to_owned(),
                found: format!("{won} appointments were booked on it"),
                exchange: view.writes.last().map(|(own, _)| own.id),
                notes: view.writes.iter().map(|(own, _)| told(view, own)).take(Witness::MOST).collect(),
            },
            (Contest::Nothing, Some((own, status))) => Said::Broken {
                verdict: Verdict::Warn,
                expected: "patches of different appointments not to disturb each other".to_owned(),
                found: status.to_string(),
                exchange: Some(own.id),
                notes: Vec::new(),
            },
            _ if view.clouded() => Said::Open("an answer was lost or says nothing".to_owned()),
            _ => Said::Kept,
        }
    }

    fn lock_has_reason(&self, view: &View<'_>) -> Said {
        let locked = |id: ExchangeId| {
            view.exchange(id).is_some_and(|own| own.status().is_some_and(|status| status.get() == 423))
        };
        if let Some(said) = self.anomaly(view, &[Anomaly::LockedForNoReason]) {
            return said;
        }
        if view.round.exchanges().any(locked) { Said::Kept } else { Said::Nothing }
    }

    /// The witness as a breach, where it is of one of these kinds.
    fn anomaly(&self, view: &View<'_>, kinds: &[Anomaly]) -> Option<Said> {
        let notes = self.witness(view, kinds)?;
        let (witness, history) = view.violations().find(|(witness, _)| kinds.contains(&witness.anomaly))?;
        let last = witness.operations.last().and_then(|place| history.lines.get(*place));
        Some(Said::Broken {
            verdict: self.breach().into(),
            expected: "an order of the requests that explains every answer".to_owned(),
            found: format!("{}: {}", witness.anomaly.name(), witness.anomaly.why()),
            exchange: last.and_then(|line| line.exchange),
            notes,
        })
    }

    /// The lines of a witness of one of these kinds.
    fn witness(&self, view: &View<'_>, kinds: &[Anomaly]) -> Option<Vec<String>> {
        let (witness, history) = view.violations().find(|(witness, _)| kinds.contains(&witness.anomaly))?;
        Some(witness.operations.iter().filter_map(|place| history.lines.get(*place)).map(tell).collect())
    }

    fn breach(&self) -> Breach {
        let requirement = self.contract.requirement(self.id);
        match requirement {
            Some(own) if own.level == Level::Unspecified && self.rule == RaceRule::RetryAfterLock => Breach::Observe,
            Some(own) => own.breach(self.plan.edition),
            None => Breach::Fail,
        }
    }

    fn finding(&self, verdict: Verdict, expected: &str, found: String, exchange: Option<ExchangeId>) -> Finding {
        Finding {
            case: self.race.id.clone(),
            requirement: self.id.clone(),
            verdict,
            expected: expected.to_owned(),
            found,
            exchange,
        }
    }
}

impl View<'_> {
    fn violations(&self) -> impl Iterator<Item = (&Witness, &RaceHistory)> {
        self.checked.iter().zip(&self.histories).filter_map(|(checked, history)| match checked {
            Checked::Violated(witness) => Some((witness, history)),
            Checked::Holds | Checked::Undecided(_) => None,
        })
    }
}

fn retried(view: &View<'_>) -> Said {
    let answer = view.round.retried.and_then(|id| view.exchange(id)).and_then(Exchange::status);
    match answer {
        Some(status) => Said::Noted(format!("a writer that was refused as locked tried again and got {status}")),
        None => Said::Noted("no writer was refused as locked".to_owned()),
    }
}

fn told(view: &View<'_>, exchange: &Exchange) -> String {
    let lines = view.histories.iter().flat_map(|history| &history.lines);
    lines.into_iter().find(|line| line.exchange == Some(exchange.id)).map(tell).unwrap_or_default()
}

/// One history for each appointment of a round.
fn round_histories(race: &Race, round: &RaceRound, evidence: &Evidence) -> Vec<RaceHistory> {
    let exchange = |id: ExchangeId| evidence.exchanges.get(id as usize);
    let mut histories = Vec::new();
    for (appointment, before) in round.appointments.iter().zip(&round.before) {
        let before = exchange(*before);
        let mut lines: Vec<Line> = Vec::new();
        let own = |own: &&Exchange| own.appointment.as_deref() == Some(appointment.as_str());
        for (client, ids) in (1u32..).zip(&round.clients) {
            let warm = round.warm.get(client as usize - 1);
            let sent = warm.into_iter().chain(ids).filter_map(|id| exchange(*id)).filter(own);
            lines.extend(sent.filter_map(|own| line(race, client, own)));
        }
        let rest = round.after.iter().copied().chain([round.retried, round.then, round.last].into_iter().flatten());
        lines.extend(rest.filter_map(exchange).filter(own).filter_map(|own| line(race, 0, own)));
        lines.sort_by_key(|line| (line.call, line.exchange));
        histories.push(RaceHistory {
            case: round.case.clone(),
            round: round.round,
            appointment: appointment.clone(),
            etag: before.and_then(version),
            value: before.and_then(|read| shown(race, read)),
            lines,
        });
    }
    histories
}

/// One exchange as a line; `None` where nothing was sent.
fn line(race: &Race, client: u32, exchange: &Exchange) -> Option<Line> {
    let not_sent = matches!(&exchange.answer, Answer::Lost(lost) if lost.kind == LostKind::NotConnected);
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

fn etag(exchange: &Exchange) -> Option<&str> {
    exchange.received()?.header("etag")
}

/// The version an answer shows: its ETag, else that of the appointment in it.
fn version(exchange: &Exchange) -> Option<String> {
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
        other => other.to_string(),
    }
}
