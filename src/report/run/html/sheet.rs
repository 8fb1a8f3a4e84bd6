//! The record as the sections of the page look at it, and the pieces of markup that they share.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::record::{AttemptRecord, CaseId, RequirementRecord, RunRecord, Verdict};
use crate::report::run::requirement::{source, source_link};

/// A part of the page with a heading.
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) body: Markup,
}

/// The record with what several sections look up in it.
pub(super) struct Sheet<'a> {
    pub(super) record: &'a RunRecord,
    pub(super) places: BTreeMap<&'a CaseId, usize>,
    attempts: BTreeMap<&'a CaseId, Vec<AttemptRecord<'a>>>,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(record: &'a RunRecord) -> Sheet<'a> {
        let mut attempts: BTreeMap<&CaseId, Vec<AttemptRecord<'_>>> = BTreeMap::new();
        for attempt in record.attempts() {
            attempts.entry(attempt.case).or_default().push(attempt);
        }
        let places = record.cases.iter().enumerate().map(|(place, case)| (&case.id, place)).collect();
        Sheet { record, places, attempts }
    }

    /// The attempts of a case, the last of which counts.
    pub(super) fn attempts(&self, id: &CaseId) -> &[AttemptRecord<'a>] {
        self.attempts.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    /// The name of a case, as a link to it where the record has it.
    pub(super) fn case_link(&self, id: &CaseId) -> Markup {
        match self.places.get(id) {
            Some(place) => html! { a .case-id href={ "#case-" (place) } { (id) } },
            None => html! { span .case-id { (id) } },
        }
    }
}

/// A verdict as its word; the style sheet puts its sign before it.
pub(super) fn chip(verdict: Verdict) -> Markup {
    html! { span class={ "chip v-" (verdict.name()) } { (verdict.name()) } }
}

/// A wide thing that scrolls within itself; focus makes it scroll by keyboard.
pub(super) fn scrolling(label: &str, inner: &Markup) -> Markup {
    html! { div .scroll role="region" aria-label=(label) tabindex="0" { (inner) } }
}

/// The document that makes a rule, as a link where it has an address.
pub(super) fn cite(sheet: &Sheet<'_>, requirement: &RequirementRecord) -> Markup {
    match source_link(sheet.record, requirement) {
        Some(address) => html! { a href=(address) rel="noreferrer noopener" { (source(requirement)) } },
        None => html! { (source(requirement)) },
    }
}
