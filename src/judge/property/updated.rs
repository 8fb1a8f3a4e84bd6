//! Properties of meta.lastUpdated over the life of each appointment.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::responses::Responses;
use crate::execute::evidence::{Exchange, ExchangeId, Purpose};
use crate::judge::check::version_of;
use crate::judge::index::Index;
use crate::judge::verdict::CheckResult;

/// A server's clock may count seconds; where it shows fractions, the steps of common clocks are below this.
const FINE_US: u64 = 20_000;
const COARSE_US: u64 = 2_000_000;

/// A version of an appointment as reads showed it.
struct VersionSeen {
    name: String,
    updated: String,
    /// When a read first showed its time, which an earlier version may have had, too.
    time_seen_us: u64,
    /// When the first write began that may have made it.
    made_after_us: u64,
    exchange: ExchangeId,
}

/// A new version has a time of its own, and the time stands still while the version does (APPT-BASE-24).
pub(super) fn moves(index: &Index<'_>, responses: &mut Responses) {
    let moves_alone = index.moving.covers("/meta/lastUpdated");
    note_reads(index, responses);
    for versions in lives(index) {
        for pair in versions.windows(2) {
            let [old, new] = pair else { continue };
            let resolution =
                if [old, new].iter().all(|version| shows_fraction(&version.updated)) { FINE_US } else { COARSE_US };
            let late = new.made_after_us.saturating_sub(old.time_seen_us) > resolution;
            let same = same_time(&old.updated, &new.updated);
            if same && !late {
                continue;
            }
            let expected = format!("another meta.lastUpdated for version {} than for {}", new.name, old.name);
            responses.add(new.exchange, CheckResult::of(!same, expected, format!("{} again", new.updated)));
        }
    }
    if moves_alone {
        let read = index.exchanges().find(|exchange| is_read(exchange)).map_or(0, |read| read.id);
        let expected = "meta.lastUpdated as it was, while the version is";
        let found = "two reads of one version, with no write in between, show different times in meta.lastUpdated";
        responses.add(read, CheckResult::of(false, expected, found));
    }
}

/// The time of a version is not before that of an earlier one (APPT-BASE-25).
pub(super) fn forwards(index: &Index<'_>, responses: &mut Responses) {
    note_reads(index, responses);
    for versions in lives(index) {
        for pair in versions.windows(2) {
            let [old, new] = pair else { continue };
            let (Some(before), Some(after)) = (instant(&old.updated), instant(&new.updated)) else { continue };
            let expected = format!("meta.lastUpdated of version {} not before {}", new.name, old.updated);
            responses.add(new.exchange, CheckResult::of(after >= before, expected, new.updated.clone()));
        }
    }
}

/// A server need not show the time at all, and of one version nothing follows.
fn note_reads(index: &Index<'_>, responses: &mut Responses) {
    if let Some(read) = index.exchanges().find(|exchange| is_read(exchange)) {
        responses.add(read.id, CheckResult::Void);
    }
}

/// The versions of each appointment, in the order in which the reads of a lane showed them; a stale read shows none again.
fn lives(index: &Index<'_>) -> Vec<Vec<VersionSeen>> {
    let mut lives: BTreeMap<(u32, &str), Vec<VersionSeen>> = BTreeMap::new();
    let mut writing: BTreeMap<(u32, &str), u64> = BTreeMap::new();
    for exchange in index.exchanges() {
        let Some(appointment) = exchange.appointment.as_deref() else { continue };
        let key = (exchange.lane, appointment);
        if !is_read(exchange) {
            if exchange.request.method != "GET" {
                writing.entry(key).or_insert(exchange.begin_us);
            }
            continue;
        }
        let updated = index.bodies.resource(Some(exchange)).and_then(|body| {
            let updated = body.pointer("/meta/lastUpdated")?;
            updated.as_str().map(str::to_owned)
        });
        let (Some(name), Some(updated)) = (version_of(&index.bodies, exchange), updated) else { continue };
        // What was written before a read of a known version made no other.
        let made_after_us = writing.remove(&key).unwrap_or(exchange.begin_us);
        let versions = lives.entry(key).or_default();
        if versions.iter().any(|version| version.name == name) {
            continue;
        }
        let known = versions.iter().find(|version| same_time(&version.updated, &updated));
        let time_seen_us = known.map_or(exchange.end_us, |version| version.time_seen_us);
        versions.push(VersionSeen { name, updated, time_seen_us, made_after_us, exchange: exchange.id });
    }
    lives.into_values().collect()
}

fn is_read(exchange: &Exchange) -> bool {
    exchange.purpose == Purpose::Read && exchange.request.method == "GET" && exchange.succeeded()
}

fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

fn same_time(one: &str, other: &str) -> bool {
    one == other || instant(one).is_some_and(|one| Some(one) == instant(other))
}

fn shows_fraction(text: &str) -> bool {
    instant(text).is_some_and(|time| time.subsec_nanosecond() != 0)
}
