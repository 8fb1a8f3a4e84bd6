//! Drift for a terminal: responses that differ from the accepted snapshots, equal changes shown once.

use std::collections::{BTreeMap, BTreeSet};

use crate::record::{DriftChange, DriftKind, DriftRecord, RunRecord};
use crate::report::page::look::{TextView, Verbosity};
use crate::report::page::paper::{Page, Paint};

/// Kinds of change that are shown in full unless everything is asked for.
const SHOWN: usize = 12;
/// Cases named in one line.
const NAMED: usize = 4;

/// The drift of a run; empty where it was not asked for.
pub fn drift(record: &RunRecord, view: &TextView) -> String {
    let Some(drift) = &record.drift else { return String::new() };
    let mut page = Page::new(view.color, view.width);
    if view.verbosity > Verbosity::Quiet {
        page.blank();
        changes(&mut page, drift, view.verbosity);
        others(&mut page, drift, view.verbosity);
    }
    if view.verbosity > Verbosity::Quiet || drift.drifted() {
        total(&mut page, record, drift);
    }
    page.finish()
}

/// What changed, each way of changing once with the cases that changed so; the most common first.
fn changes(page: &mut Page, drift: &DriftRecord, verbosity: Verbosity) {
    let mut groups: BTreeMap<Vec<&str>, Vec<&DriftChange>> = BTreeMap::new();
    for change in drift.of(DriftKind::Changed) {
        let lines = change.diff.iter().map(String::as_str).filter(|line| !line.starts_with("  "));
        groups.entry(lines.collect()).or_default().push(change);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, cases)| std::cmp::Reverse(cases.len()));
    let most = if verbosity == Verbosity::Verbose { usize::MAX } else { SHOWN };
    for (lines, cases) in groups.iter().take(most) {
        title(page, DriftKind::Changed, cases, verbosity);
        let places: BTreeSet<&str> =
            cases.iter().flat_map(|change| &change.diff).filter_map(|line| line.strip_prefix("  ")).collect();
        if !places.is_empty() {
            let places: Vec<&str> = places.into_iter().collect();
            page.line(&[(Paint::Frame, "   |"), (Paint::Dim, &format!("   {}", places.join(", ")))]);
        }
        for line in lines {
            let look = if line.starts_with('-') { Paint::Bad } else { Paint::Good };
            page.line(&[(Paint::Frame, "   |"), (Paint::Plain, " "), (look, line)]);
        }
        page.blank();
    }
    if let Some(more) = groups.len().checked_sub(most).filter(|more| *more > 0) {
        page.line(&[(Paint::Plain, &format!("and {more} more kinds of change (--verbose shows them)"))]);
        page.blank();
    }
}

/// Cases that have no response or no snapshot to compare with, by the reason.
fn others(page: &mut Page, drift: &DriftRecord, verbosity: Verbosity) {
    for kind in DriftKind::ALL.into_iter().filter(|kind| *kind != DriftKind::Changed) {
        let mut reasons: BTreeMap<&str, Vec<&DriftChange>> = BTreeMap::new();
        for change in drift.of(kind) {
            // Why a request differs is particular to its case.
            let together = kind == DriftKind::AskedDifferently && verbosity < Verbosity::Verbose;
            let reason = change.reason.as_deref().filter(|_| !together).unwrap_or_default();
            reasons.entry(reason).or_default().push(change);
        }
        for (reason, cases) in reasons {
            title(page, kind, &cases, verbosity);
            if !reason.is_empty() {
                page.para((Paint::Frame, "   | "), (Paint::Frame, "   | "), &[(Paint::Plain, reason)]);
            }
            page.blank();
        }
    }
}

fn title(page: &mut Page, kind: DriftKind, cases: &[&DriftChange], verbosity: Verbosity) {
    let named = if verbosity == Verbosity::Verbose { cases.len() } else { NAMED };
    let ids: Vec<&str> = cases.iter().take(named).map(|change| change.case.0.as_str()).collect();
    let more = match cases.len().saturating_sub(named) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let look = match kind {
        DriftKind::Changed | DriftKind::Vanished => Paint::Care,
        DriftKind::New => Paint::Good,
        DriftKind::AskedDifferently | DriftKind::Unanswered => Paint::Dim,
    };
    let lead = format!("drift[{}] ", kind.name());
    let text = format!("{}{more}", ids.join(", "));
    page.para((look, &lead), (Paint::Plain, "    "), &[(Paint::Plain, &text)]);
}

fn total(page: &mut Page, record: &RunRecord, drift: &DriftRecord) {
    let mut parts: Vec<String> = DriftKind::ALL
        .into_iter()
        .filter_map(|kind| Some((drift.of(kind).count(), kind)).filter(|(count, _)| *count > 0))
        .map(|(count, kind)| format!("{count} {}", kind.name()))
        .collect();
    parts.push(format!("{} unchanged", drift.same));
    let text = format!(
        "{}, compared with the snapshots of {}/{}; drift does not affect the verdict",
        parts.join(", "),
        drift.target,
        record.edition
    );
    page.para((Paint::Strong, "Drift      "), (Paint::Plain, "           "), &[(Paint::Plain, &text)]);
}
