//! What became of the appointments of a run, in one sentence: made, cancelled, left behind; listed, spent, as before.

use std::collections::BTreeMap;

use crate::record::{FixtureEnd, FixtureRecord, RunRecord};

/// What became of the appointments, in words; none where none was used, and none for the embedded server, which ends with
/// the run.
pub(super) fn in_words(record: &RunRecord) -> Option<String> {
    if record.fixtures.is_empty() || record.target.embedded {
        return None;
    }
    let (made, listed): (Vec<_>, Vec<_>) = record.fixtures.iter().partition(|fixture| fixture.made);
    let mut parts = Vec::new();
    if !made.is_empty() {
        parts.push(format!("{} made: {}", made.len(), made_in_words(&made)));
    }
    if !listed.is_empty() {
        let spent = listed.iter().filter(|fixture| is_spent(fixture)).count();
        let rest = listed.len() - spent;
        parts.push(format!("{} listed: {spent} spent, {rest} as before", listed.len()));
    }
    Some(parts.join("; "))
}

/// Whether an appointment no longer holds the status in which it was handed out.
pub(super) fn is_spent(fixture: &FixtureRecord) -> bool {
    let held = fixture.start.status().map(|status| status.code());
    held.is_some_and(|held| fixture.left.as_deref().is_some_and(|left| left != held))
}

fn made_in_words(made: &[&FixtureRecord]) -> String {
    let mut cancelled = 0;
    let mut others: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for fixture in made {
        let left = fixture.left.as_deref().unwrap_or("not read");
        match fixture.end {
            Some(FixtureEnd::Cancelled) => cancelled += 1,
            Some(FixtureEnd::Final) => *others.entry(("already", left)).or_default() += 1,
            Some(FixtureEnd::Gone) => *others.entry(("gone", "")).or_default() += 1,
            Some(FixtureEnd::Kept) | None => *others.entry(("left", left)).or_default() += 1,
            Some(FixtureEnd::Failed) => *others.entry(("not cancelled, left", left)).or_default() += 1,
        }
    }
    let others = others.into_iter().map(|((what, left), count)| format!("{count} {what} {left}").trim().to_owned());
    std::iter::once(format!("{cancelled} cancelled at the end")).chain(others).collect::<Vec<_>>().join(", ")
}
