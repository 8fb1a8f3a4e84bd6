//! Responses that differ from the accepted snapshots; they never affect the verdict.

use maud::{Markup, html};

use super::sheet::{Section, Sheet};
use crate::record::{DriftChange, DriftKind};
use crate::report::page::words::counted;

/// Changes shown with what differs; the others are counted.
const MOST: usize = 200;

pub(super) fn section(sheet: &Sheet<'_>) -> Option<Section> {
    let drift = sheet.record.drift.as_ref()?;
    let body = html! {
        p {
            "Compared with the snapshots of " code { (drift.target) "/" (sheet.record.edition) } ": "
            (counted(drift.same, "response is", "responses are")) " unchanged. Drift does not affect the verdict."
        }
        @for kind in DriftKind::ALL {
            @let changes: Vec<&DriftChange> = drift.of(kind).collect();
            @if !changes.is_empty() {
                h3 { (counted(changes.len(), "case", "cases")) " " (kind.name()) }
                @for change in changes.iter().take(MOST) { (shown(sheet, change)) }
                @if changes.len() > MOST { p .note { "and " (changes.len() - MOST) " more: see run.json" } }
            }
        }
    };
    Some(Section { id: "drift", title: "Drift since the accepted snapshots", body })
}

fn shown(sheet: &Sheet<'_>, change: &DriftChange) -> Markup {
    html! {
        details .drift {
            summary { (sheet.case_link(&change.case)) @if let Some(reason) = &change.reason { ": " (reason) } }
            @if !change.diff.is_empty() { pre { @for line in &change.diff { (line) "\n" } } }
        }
    }
}
