//! Requirements whose verdict changed, ordered by what matters, each with the evidence of its new verdict.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::direction::{Direction, weight};
use super::side::asked;
use crate::record::{
    Area, CaseId, CaseRecord, ExchangeId, ExchangeRecord, FindingRecord, Level, RequirementId, RequirementRecord,
    ResponseRecord, RunRecord, Standing, Verdict,
};

/// A requirement whose verdict changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequirementChange {
    pub requirement: RequirementId,
    pub title: String,
    pub statement: String,
    pub level: Level,
    pub standing: Standing,
    /// The document that makes the rule, and the place in it.
    pub source: String,
    pub direction: Direction,
    pub before: Verdict,
    pub after: Verdict,
    /// What each verdict rests on.
    pub reason_before: String,
    pub reason_after: String,
    /// The evidence of the new verdict, where findings carry it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub witness: Option<ChangeWitness>,
    /// The cases in which this requirement changed in the same direction.
    pub cases: Vec<CaseId>,
}

/// A finding with the request and the response.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangeWitness {
    pub case: CaseId,
    /// Where the case is written: file and line.
    pub origin: String,
    pub expected: String,
    pub found: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub glance: Option<Glance>,
}

/// An exchange at a glance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Glance {
    /// Its place in the exchanges of the later run.
    pub exchange: ExchangeId,
    pub method: String,
    /// Below the base URL.
    pub path: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub if_match: Option<String>,
    /// At most 200 characters of it.
    pub body: String,
    /// Absent where the response was lost.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub etag: Option<String>,
}

/// What kind of evidence shows something best: one request, then a rule about all, then several clients, then long lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Plainness {
    Case,
    Property,
    Race,
    Sequence,
}

/// What a broken rule costs whoever relies on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Harm {
    /// Writes are lost, mixed, or made by whoever may not.
    Lost,
    /// The appointment ends in a state it should not have.
    Wrong,
    /// The data is safe; clients are misinformed.
    Misinformed,
}

/// The worst finding of each requirement in each case.
type Findings<'a> = BTreeMap<(&'a RequirementId, &'a CaseId), &'a FindingRecord>;

/// Every requirement that both runs were asked about and judged differently, the weightiest first: requirements that
/// decide before inherited ones, by level, failures before other verdicts, lost data before wrong data before wrong words,
/// what one request shows before what takes several, what many cases show before what few do, then as in the table.
pub(super) fn changes(before: &RunRecord, after: &RunRecord) -> Vec<RequirementChange> {
    let old: BTreeMap<_, _> = asked(before).map(|requirement| (&requirement.id, requirement)).collect();
    let (findings_before, findings_after) = (worst(before), worst(after));
    let plain = plainness(after);
    let strict = before.strict_base || after.strict_base;
    let mut changes: Vec<(_, RequirementChange)> = Vec::new();
    for (place, new) in asked(after).enumerate() {
        let Some(old) = old.get(&new.id) else { continue };
        let Some(direction) = Direction::of(old.verdict, new.verdict) else { continue };
        let cases = changed(&new.id, direction, &findings_before, &findings_after);
        let witness = witness(after, new, &cases, &plain);
        let evidence = witness.as_ref().map_or(Plainness::Sequence, |witness| plain(&witness.case));
        let worst = if direction == Direction::Better { old.verdict } else { new.verdict };
        let aside = new.standing == Standing::Inherited && !strict;
        let key = (aside, new.level, weight(worst), harm(&new.id), evidence, Reverse(cases.len()), place);
        changes.push((key, change(old, new, direction, witness, cases)));
    }
    changes.sort_by_key(|(key, _)| *key);
    changes.into_iter().map(|(_, change)| change).collect()
}

fn change(
    old: &RequirementRecord,
    new: &RequirementRecord,
    direction: Direction,
    witness: Option<ChangeWitness>,
    cases: Vec<CaseId>,
) -> RequirementChange {
    let document = if new.document.is_empty() { &new.source.doc } else { &new.document };
    RequirementChange {
        requirement: new.id.clone(),
        title: new.title.clone(),
        statement: new.statement.clone(),
        level: new.level,
        standing: new.standing,
        source: format!("{document}, {}", new.source.section),
        direction,
        before: old.verdict,
        after: new.verdict,
        reason_before: old.reason.clone(),
        reason_after: new.reason.clone(),
        witness,
        cases,
    }
}

fn harm(id: &RequirementId) -> Harm {
    let area = id.as_str().split('-').nth(1).and_then(|name| name.parse::<Area>().ok());
    match area {
        Some(Area::Auth | Area::Ver | Area::Conc | Area::Atom) => Harm::Lost,
        Some(Area::Trn | Area::Ops | Area::Comb | Area::Val) => Harm::Wrong,
        Some(Area::Hdr | Area::Rsp | Area::Err | Area::Rfc | Area::Base) | None => Harm::Misinformed,
    }
}

fn worst(record: &RunRecord) -> Findings<'_> {
    let mut worst: Findings<'_> = BTreeMap::new();
    for finding in record.cases.iter().flat_map(|case| &case.findings) {
        let entry = worst.entry((&finding.requirement, &finding.case)).or_insert(finding);
        if finding.verdict < entry.verdict {
            *entry = finding;
        }
    }
    worst
}

/// The cases in which a requirement changed in a direction. A sequence names a requirement only once it breaks it.
fn changed(id: &RequirementId, wanted: Direction, before: &Findings<'_>, after: &Findings<'_>) -> Vec<CaseId> {
    let direction = |key, new: Verdict| match before.get(key) {
        Some(old) => Direction::of(old.verdict, new),
        None => matches!(new, Verdict::Fail | Verdict::Error).then_some(Direction::Worse),
    };
    let pairs = after.iter().filter(|((requirement, _), _)| *requirement == id);
    let moved = pairs.filter(|(key, new)| direction(*key, new.verdict) == Some(wanted));
    moved.map(|((_, case), _)| (*case).clone()).collect()
}

fn plainness(record: &RunRecord) -> impl Fn(&CaseId) -> Plainness {
    let races: BTreeSet<&CaseId> = record.rounds().map(|(case, _)| case).collect();
    let sequences: BTreeSet<&CaseId> = record.sequences.iter().map(|sequence| &sequence.id).collect();
    let attempts: BTreeSet<&CaseId> = record.attempts().map(|attempt| attempt.case).collect();
    move |case| {
        if races.contains(case) {
            Plainness::Race
        } else if sequences.contains(case) {
            Plainness::Sequence
        } else if attempts.contains(case) {
            Plainness::Case
        } else {
            Plainness::Property
        }
    }
}

/// The finding that shows the new verdict best: of a case that changed, with an exchange, of the plainest kind.
fn witness(
    record: &RunRecord,
    requirement: &RequirementRecord,
    changed: &[CaseId],
    plain: impl Fn(&CaseId) -> Plainness,
) -> Option<ChangeWitness> {
    let candidates = record.cases.iter().flat_map(|case| case.findings.iter().map(move |finding| (case, finding)));
    let candidates = candidates
        .filter(|(_, finding)| finding.requirement == requirement.id && finding.verdict == requirement.verdict);
    let (case, finding): (&CaseRecord, &FindingRecord) = candidates
        .min_by_key(|(case, finding)| (!changed.contains(&case.id), finding.exchange.is_none(), plain(&case.id)))?;
    Some(ChangeWitness {
        case: case.id.clone(),
        origin: case.origin.clone(),
        expected: finding.expected.clone(),
        found: finding.found.clone(),
        glance: finding.exchange.and_then(|id| record.exchange(id)).map(|exchange| glance(record, exchange)),
    })
}

fn glance(record: &RunRecord, exchange: &ExchangeRecord) -> Glance {
    const BODY: usize = 200;
    let url = &exchange.request.url;
    let below = url.strip_prefix(record.target.base_url.trim_end_matches('/')).filter(|path| path.starts_with('/'));
    let text = exchange.request.body.text().unwrap_or("(not text)");
    let mut body: String = text.chars().take(BODY).collect();
    if body.len() < text.len() {
        body.push('…');
    }
    let received = match &exchange.response {
        ResponseRecord::Received(received) => Some(received),
        ResponseRecord::Lost(_) => None,
    };
    Glance {
        exchange: exchange.id,
        method: exchange.request.method.clone(),
        path: below.unwrap_or(url).to_owned(),
        if_match: exchange.sent_header("if-match").map(str::to_owned),
        body,
        status: received.map(|received| received.status.get()),
        etag: received.and_then(|received| received.header("etag")).map(str::to_owned),
    }
}
