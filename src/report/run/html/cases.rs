//! Every case with its findings; the script fills in the exchanges of a case when it is opened.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::data;
use super::sheet::{Section, Sheet, chip};
use crate::record::{CaseRecord, ControlRecord, ExchangeId, FindingRecord, Verdict};
use crate::report::page::words::sign;

pub(super) fn section(sheet: &Sheet<'_>) -> Option<Section> {
    let cases = &sheet.record.cases;
    let body = html! {
        (filters(sheet))
        noscript { p .note { "The script of this page shows requests and responses. Without it, look them up by number in run.json." } }
        div #cases-list .case-list { @for (place, record) in cases.iter().enumerate() { (case(sheet, place, record)) } }
    };
    (!cases.is_empty()).then_some(Section { id: "cases", title: "Cases", body })
}

fn case(sheet: &Sheet<'_>, place: usize, case: &CaseRecord) -> Markup {
    html! {
        details .case .lazy id={ "case-" (place) } data-verdict=(case.verdict.name()) {
            summary { (chip(case.verdict)) " " span .case-id { (case.id) } " " span .case-title { (case.title) } }
            div .case-body {
                (findings(case))
                p .muted { "Written in " (case.origin) @if let Some(attempt) = sheet.attempts(&case.id).last() {
                    "; sent to an appointment in state " (attempt.state.name())
                    @if attempt.alone { ", repeated on a fresh one" } } "." }
                @if !case.exchanges.is_empty() { (data::list(&roles(sheet, case), "Exchanges")) }
            }
        }
    }
}

fn findings(case: &CaseRecord) -> Markup {
    let silent = |finding: &&FindingRecord| finding.found.is_empty() && finding.expected.is_empty();
    let (kept, told): (Vec<_>, Vec<_>) = case.findings.iter().partition(silent);
    let mut quiet: BTreeMap<Verdict, Vec<&FindingRecord>> = BTreeMap::new();
    for finding in kept {
        let list = quiet.entry(finding.verdict).or_default();
        if list.iter().all(|other| other.requirement != finding.requirement) {
            list.push(finding);
        }
    }
    html! {
        @if case.findings.is_empty() { p { (case.reason) } }
        ul .plain {
            @for finding in told { li { (chip(finding.verdict)) " " (rule(finding)) " "
                @if !finding.expected.is_empty() { "expected " (finding.expected) "; found " } (finding.found)
                @if let Some(id) = finding.exchange { " " span .muted { "(exchange " (id) ")" } } } }
            @for (verdict, list) in &quiet { li { (chip(*verdict)) " "
                @for (place, finding) in list.iter().enumerate() { @if place > 0 { ", " } (rule(finding)) } } }
        }
    }
}

fn rule(finding: &FindingRecord) -> Markup {
    html! { a href={ "#" (finding.requirement) } { code { (finding.requirement) } } }
}

/// The exchanges of a case, each with what it was for it.
fn roles(sheet: &Sheet<'_>, case: &CaseRecord) -> Vec<(usize, &'static str)> {
    let mut roles: BTreeMap<ExchangeId, &'static str> = BTreeMap::new();
    for attempt in sheet.attempts(&case.id) {
        match attempt.control {
            ControlRecord::Exchange(id) => roles.insert(id, "control"),
            ControlRecord::Twin(id) => roles.insert(id, "tag still current"),
            ControlRecord::NotNeeded | ControlRecord::Missing(_) => None,
        };
        for step in &attempt.steps {
            let reads = [(step.before, "before"), (step.first_after, "after"), (step.after, "after")];
            for (id, role) in reads {
                if let Some(id) = id {
                    roles.entry(id).or_insert(role);
                }
            }
        }
        // A step is a step, whatever else it serves as.
        roles.extend(attempt.steps.iter().map(|step| (step.exchange, "step")));
    }
    case.exchanges.iter().map(|id| (*id as usize, roles.get(id).copied().unwrap_or_default())).collect()
}

/// Shown by the script only.
fn filters(sheet: &Sheet<'_>) -> Markup {
    let verdicts = Verdict::ALL.into_iter().filter(|verdict| sheet.record.summary.cases.contains_key(verdict));
    html! {
        form .filters data-for="cases-list" role="search" aria-label="Filter the cases" hidden {
            label { "Verdict " select name="verdict" { option value="" { "all" }
                @for verdict in verdicts { option value=(verdict.name()) { (sign(verdict)) " " (verdict.name()) } } } }
            label .text { "Text " input type="search" name="text" placeholder="id, title or requirement"; }
            button type="reset" { "Clear" }
            output aria-live="polite" {}
        }
    }
}
