//! The property of reads after an accepted PATCH: they show it, at once or soon (APPT-BASE-28, in vendor editions APPT-RSP-13).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::responses::Responses;
use crate::execute::evidence::{Exchange, Purpose};
use crate::judge::check::version_of;
use crate::judge::index::Index;
use crate::judge::verdict::CheckResult;

/// So long a read may lag behind a write that was acknowledged.
pub(in crate::judge) const SETTLES_US: u64 = 2_000_000;

/// An accepted PATCH, as the reads after it are held against it.
struct Acknowledged<'e> {
    exchange: &'e Exchange,
    made: String,
    /// The versions that the appointment is known to have had before it was sent.
    older: BTreeSet<String>,
}

/// What a read that shows an older version comes to.
struct StaleRead<'e> {
    read: &'e Exchange,
    /// Since the write was acknowledged.
    lag_us: u64,
    /// When a later read first showed it, or something newer.
    settled_us: Option<u64>,
}

/// Every read after an accepted PATCH, in lanes, races and lists alike, shows the new version. Those that do not are counted
/// in one warning where a later read shows that they settled in time.
pub(super) fn reads(index: &Index<'_>, responses: &mut Responses) {
    let mut lives: BTreeMap<&str, Vec<&Exchange>> = BTreeMap::new();
    for exchange in &index.evidence.exchanges {
        if let Some(appointment) = exchange.appointment.as_deref() {
            lives.entry(appointment).or_default().push(exchange);
        }
    }
    let mut late: Vec<StaleRead<'_>> = Vec::new();
    for mut life in lives.into_values() {
        life.sort_by_key(|exchange| (exchange.begin_us, exchange.id));
        let writes = acknowledged(index, &life);
        let shown: Vec<(&Exchange, String)> =
            life.iter().filter(|it| is_read(it)).filter_map(|it| Some((*it, version_of(&index.bodies, it)?))).collect();
        for (place, (read, version)) in shown.iter().enumerate() {
            match superseding(&writes, read, version) {
                None => {
                    if writes.iter().any(|write| write.exchange.end_us <= read.begin_us) {
                        responses.add(read.id, CheckResult::Holds);
                    }
                }
                Some(write) => {
                    let later = shown.iter().skip(place).filter(|(_, later)| !write.older.contains(later));
                    let end_us = write.exchange.end_us;
                    let settled_us = later.map(|(later, _)| later.end_us.saturating_sub(end_us)).next();
                    let lag_us = read.begin_us.saturating_sub(end_us);
                    late.push(StaleRead { read, lag_us, settled_us });
                }
            }
        }
    }
    conclude(&late, responses);
}

fn conclude(late: &[StaleRead<'_>], responses: &mut Responses) {
    let expected = || "the version that the response before it gave".to_owned();
    let in_ms = |time_us: u64| format!("{} ms", time_us.div_ceil(1000));
    let settled = |stale: &StaleRead<'_>| match stale.settled_us {
        Some(time_us) => format!("it settled after {}", in_ms(time_us)),
        None => "it had not settled by the last read".to_owned(),
    };
    let passing: Vec<&StaleRead<'_>> = late.iter().filter(|stale| stale.lag_us <= SETTLES_US).collect();
    for stale in late.iter().filter(|stale| stale.lag_us > SETTLES_US) {
        let found = format!("an older version {} after the response; {}", in_ms(stale.lag_us), settled(stale));
        responses.add(stale.read.id, CheckResult::Broken { expected: expected(), found });
    }
    if let Some(stale) = passing.iter().find(|stale| stale.settled_us.is_none()) {
        let found = format!("an older version {} after the response, and no later read", in_ms(stale.lag_us));
        responses.add(stale.read.id, CheckResult::Undecided(found));
    }
    let passed: Vec<&&StaleRead<'_>> = passing.iter().filter(|stale| stale.settled_us.is_some()).collect();
    if let Some(worst) = passed.iter().max_by_key(|stale| stale.settled_us) {
        let count = passed.len();
        let reads = if count == 1 { "1 read".to_owned() } else { format!("{count} reads") };
        let found = format!("an older version in {reads} after a success; the slowest settled after {}", {
            in_ms(worst.settled_us.unwrap_or_default())
        });
        responses.add(worst.read.id, CheckResult::Tolerated { expected: expected(), found });
    }
}

/// The first acknowledged write that a read does not show, although it was sent after the response to it.
fn superseding<'w, 'e>(writes: &'w [Acknowledged<'e>], read: &Exchange, version: &str) -> Option<&'w Acknowledged<'e>> {
    let before = writes.iter().filter(|write| write.exchange.end_us < read.begin_us);
    // One that changed nothing need not make a version.
    let moved = before.filter(|write| !write.older.contains(&write.made));
    let superseding = moved.filter(|write| write.older.contains(version));
    // A version that came back is none that is old.
    let again = |write: &Acknowledged<'_>| {
        let later = writes.iter().filter(|other| other.exchange.begin_us >= write.exchange.begin_us);
        later.into_iter().any(|other| other.made == version)
    };
    superseding.filter(|write| !again(write)).min_by_key(|write| write.exchange.end_us)
}

/// The accepted patches of one appointment that say which version they made.
fn acknowledged<'e>(index: &Index<'e>, life: &[&'e Exchange]) -> Vec<Acknowledged<'e>> {
    let mut writes = Vec::new();
    for patch in life.iter().copied().filter(|exchange| exchange.is_patch() && exchange.succeeded()) {
        let Some(made) = version_of(&index.bodies, patch) else { continue };
        // A response that shows another appointment says nothing of the version of this one.
        let shown = index.bodies.resource(Some(patch));
        let id = shown.as_deref().and_then(|shown| shown.get("id")).and_then(Value::as_str);
        if id.is_some_and(|id| patch.appointment.as_deref() != Some(id)) {
            continue;
        }
        let seen = life.iter().filter(|other| other.end_us <= patch.begin_us);
        let older: BTreeSet<String> = seen.filter_map(|other| version_of(&index.bodies, other)).collect();
        writes.push(Acknowledged { exchange: patch, made, older });
    }
    writes
}

fn is_read(exchange: &Exchange) -> bool {
    let reads = matches!(exchange.purpose, Purpose::Read | Purpose::Race) && exchange.request.method == "GET";
    reads && exchange.status().is_some_and(|status| status.get() == 200)
}
